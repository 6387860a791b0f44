/* coding.h - what bodies of HTTP are compressed with, taken off. */
#pragma once

#include "header.h"

/* What comes out of a coding. */
struct plain {
	uint8_t *at;                    /* malloc()ed; NULL: nothing */
	uint32_t size, room;
	uint32_t most;                  /* what it may grow to */
	const char *error;              /* why it is not all; NULL: it is */
};

/*
 * Takes the coding called `name` off some bytes, and sets what comes out: up to p->most bytes, and
 * what came before an error.  0 when no such coding is known here, or built in.
 */
int coding_take(struct word name, const uint8_t *at, uint32_t size, struct plain *p);

/* Whether bytes in that coding are as they are. */
int coding_is_none(struct word name);

/* What Weir was built with: "libbrotlidec 1.0.9"; "libbrotlidec -" without it. */
const char *coding_library(void);
