/* span.h - bytes that are read from the front; each taking says whether they were there. */
#pragma once

#include "../base.h"

struct span {
	const uint8_t *at;
	uint32_t size;
};

static inline int span_take(struct span *from, uint32_t size, struct span *out)
{
	*out = (struct span){ from->at, 0 };    /* what nobody checks is nothing */
	if (size > from->size)
		return 0;
	*out = (struct span){ from->at, size };
	from->at += size;
	from->size -= size;
	return 1;
}

/* A number of one to four bytes. */
static inline int span_number(struct span *from, uint32_t bytes, uint32_t *number)
{
	struct span at;

	*number = 0;
	if (!span_take(from, bytes, &at))
		return 0;
	for (uint32_t i = 0; i < bytes; i++)
		*number = *number << 8 | at.at[i];
	return 1;
}

/* What is behind its own size, which is a number of so many bytes. */
static inline int span_sized(struct span *from, uint32_t bytes, struct span *out)
{
	struct span rest = *from;
	uint32_t size;

	if (!span_number(&rest, bytes, &size) || !span_take(&rest, size, out))
		return 0;
	*from = rest;
	return 1;
}
