/* text.h - the strings of one load of packets: interface names, comments. */
#pragma once

#include <string.h>
#include "../slab.h"

struct text {
	char    *at;            /* a slab of TEXT_ROOM; at[0] is the empty string */
	uint32_t used;
	uint32_t load;          /* whose strings these are: offsets noted for another are void */
};

/* Begins anew, for the load of that number. */
static inline void text_clear(struct text *t, uint32_t load)
{
	t->at[0] = 0;
	t->used = 1;
	t->load = load;
}

/* Adds a string, cut at its first zero byte; returns its offset, 0 when there is no room. */
static inline uint32_t text_add(struct text *t, const void *bytes, size_t size)
{
	uint32_t at = t->used;
	size_t length = strnlen(bytes, size);

	if (length == 0 || length >= TEXT_ROOM - at)
		return 0;
	memcpy(t->at + at, bytes, length);
	t->at[at + length] = 0;
	t->used += (uint32_t)length + 1;
	return at;
}
