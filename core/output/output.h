/* output.h - a buffered file for writing, and room in it to write values into. */
#pragma once

#include "../base.h"

enum { STAMP = 19 };            /* 2026-01-01T00:00:00 */

struct weir_output {
	int      fd;
	int      status;        /* of the first failure; nothing is written after it */
	size_t   size, used;    /* of the buffer */
	int64_t  second;        /* that `stamp` shows */
	char     stamp[STAMP];
	char    *path;
	uint8_t *buffer;
};

enum { OUTPUT_PIECE = 128 << 10 };

/*
 * An output that keeps all in its buffer, which grows: weir_output_close frees it.  What is in it
 * is forgotten by making `used` 0.  NULL when there is no memory.
 */
struct weir_output *output_keep(void);

/* At least `size` bytes (at most OUTPUT_PIECE) to write to.  After a failure they lead nowhere. */
uint8_t *output_room(struct weir_output *o, size_t size);

/* What has been written there ends at `end`. */
static inline void output_end(struct weir_output *o, const uint8_t *end)
{
	o->used = (size_t)(end - o->buffer);
}
