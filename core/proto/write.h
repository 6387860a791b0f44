/*
 * write.h - a text that is made piece by piece, in room for the most that it can become.
 *
 *    struct writing w = write_begin(said, 4 * size);
 *    write_number(&w, 10);
 *    row->text = write_end(&w);
 */
#pragma once

#include "said.h"

struct writing {
	struct said *said;
	char *start, *at, *end;         /* what does not fit is left out */
};

/* Room for `most` bytes; when there is none, what is written goes nowhere. */
struct writing write_begin(struct said *s, uint32_t most);
struct weir_text write_end(struct writing *w);

void write_bytes(struct writing *w, const void *bytes, uint32_t size);
void write_plain(struct writing *w, const char *text);
void write_number(struct writing *w, uint32_t n);
void write_hex(struct writing *w, const uint8_t *bytes, uint32_t size);
void write_base64(struct writing *w, const uint8_t *bytes, uint32_t size);
void write_address(struct writing *w, const uint8_t *at, uint32_t version);
void write_format(struct writing *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline void write_letter(struct writing *w, char c)
{
	if (w->at < w->end)
		*w->at++ = c;
}
