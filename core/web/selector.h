/* selector.h - selectors of CSS, as they are compiled: what html_match.c goes by. */
#pragma once

#include "html.h"

enum {
	STEPS_MOST = 32,                /* of all that commas divide: a bit each */
	TESTS_MOST = 96
};

enum test_kind {
	TEST_NAME, TEST_ID, TEST_CLASS, TEST_HAS, TEST_EQUALS, TEST_WORD, TEST_LANGUAGE, TEST_BEGINS,
	TEST_ENDS, TEST_CONTAINS, TEST_NTH, TEST_LAST, TEST_EMPTY, TEST_ROOT, TEST_SCOPE
};

/* One condition on an element. */
struct test {
	uint8_t     kind;
	uint8_t     negated;
	uint8_t     any_case;           /* of the value */
	struct word name, value;        /* in the selector's text */
	int32_t     every, first;       /* NTH */
};

/* Conditions on one element, and how it stands to the element of the step before. */
struct step {
	char     relation;              /* ' ', '>', '+', '~'; 0: the first step */
	uint8_t  is_last;               /* what is looked for */
	uint16_t tests, tests_count;
};

struct weir_selector {
	char       *text;
	uint32_t    size;
	uint32_t    steps_count, tests_count;
	struct step steps[STEPS_MOST];
	struct test tests[TESTS_MOST];
};
