/*
 * fold.h - headers as databases have them: an object of JSON, in which those of one name are one
 * value with ", " between; or an array of [name, value].
 *
 *	struct fold f;
 *	fold_open(&f, json);
 *	while (fold_next(&f, &name, &value)) …
 *	fold_close(&f);
 */
#pragma once

#include "../proto/header.h"

struct fold {
	char    *own;           /* a copy, in which texts lose their escapes */
	char    *at, *end;
	struct word name;       /* of the values of an array that stands for one */
	struct word rest;       /* of a value that is several */
	uint8_t  is_object;
	uint8_t  in_list;       /* the value at hand is an array */
	uint8_t  is_over;
	uint8_t  is_broken;     /* it is no JSON from `at` on, too long, or none that has headers */
};

/* Takes what is to be read, FOLD_MOST bytes at most; the caller closes it in any case. */
enum { FOLD_MOST = 1 << 20 };
void fold_open(struct fold *f, struct word json);
void fold_close(struct fold *f);

/*
 * The next header, which stays until the fold is closed.  Those of one name that can have no comma
 * come apart, as they were sent; others do not, since a comma may be their own.  0: there is none.
 */
int fold_next(struct fold *f, struct word *name, struct word *value);
