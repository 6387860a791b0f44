/* input.h - the bytes of a capture file, seen through a window that moves on. */
#pragma once

#include "../slab.h"

enum { PATIENCE = 25 };         /* ms that a read waits at most for what comes live, or grows */

struct unpack;

struct input {
	int      fd;
	int      follow;        /* at the end, wait for more */
	int      polite;        /* see input_wait_politely */
	int      ended;
	uint8_t *window;        /* a slab of WINDOW_SIZE */
	uint8_t *next;          /* another one, to move on to instead of reading over this; or NULL */
	size_t   begin, end;    /* what of the window is filled and not yet used */
	uint64_t base;          /* offset in the stream of window[0] */
	uint64_t taken;         /* bytes read from fd */
	uint64_t size;          /* of the file; 0 when unknown */
	uint64_t skip;          /* bytes still to be passed over before `begin` counts */
	struct unpack *unpack;  /* NULL when the file is not compressed */
};

/* Opens `path`, "-" being standard input.  input_close accepts the result of a failure. */
int input_open(struct input *in, const char *path, int follow);
void input_close(struct input *in);

/* From now on a pipe without bytes is waited for no longer than PATIENCE at a time. */
void input_wait_politely(struct input *in);

/* "gzip", "zstd" or NULL. */
const char *input_packing(const struct input *in);

/*
 * Reads on until `want` bytes (at most WEIR_FRAME and some) lie between begin
 * and end.  Returns 1 when they do, 0 when there is nothing to read yet,
 * WEIR_END at the end of the file, WEIR_FAIL.  May move the window's contents.
 */
int input_want(struct input *in, size_t want);

/* Passes over `n` bytes, which need not be in the window. */
void input_skip(struct input *in, uint64_t n);

static inline const uint8_t *input_at(const struct input *in)
{
	return in->window + in->begin;
}

static inline size_t input_left(const struct input *in)
{
	return in->end - in->begin;
}

/* Where in the (decompressed) stream the next byte is. */
static inline uint64_t input_offset(const struct input *in)
{
	return in->base + in->begin;
}
