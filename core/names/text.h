/* text.h - the texts of names: each is there once, as long as somebody keeps it. */
#pragma once

#include "names.h"

struct texts {
	struct cell *cells;             /* a text takes one or more */
	uint32_t *slots;                /* the first text of those with this hash */
	uint32_t used, free;
	uint64_t seed;
};

int  texts_init(struct texts *t, uint64_t seed);        /* 0 when there is no memory */
void texts_clear(struct texts *t);                      /* forgets all */
void texts_free(struct texts *t);

/* The number of a text, kept once more; 0 when there is no room for it. */
uint32_t text_keep(struct texts *t, const char *bytes, uint32_t size);
void     text_hold(struct texts *t, uint32_t text);
void     text_drop(struct texts *t, uint32_t text);
uint32_t text_read(const struct texts *t, uint32_t text, char out[NAME_MOST]);

/* Folds a 128-bit product: the cheapest good mixing there is. */
static inline uint64_t names_mix(uint64_t x, uint64_t y)
{
	unsigned __int128 product = (unsigned __int128)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}
