/* coding.c - what bodies of HTTP are compressed with, taken off: gzip, deflate, br, zstd. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#ifdef WITH_BROTLI
#include <brotli/decode.h>
#endif
#include "coding.h"

enum { FIRST_ROOM = 16 << 10, ZSTD_WINDOW = 23 };       /* log of the bytes that it may look back */

static const char ends_early[] = "ends early", damaged[] = "damaged", too_long[] = "too long",
	no_memory[] = "no memory";

/* Room for at least one byte more; 0 when there is none. */
static int extend(struct plain *p)
{
	uint64_t room = p->room ? 2 * (uint64_t)p->room : FIRST_ROOM;
	uint8_t *at;

	if (p->size < p->room)
		return 1;
	if (p->room >= p->most) {
		p->error = too_long;
		return 0;
	}
	room = room < p->most ? room : p->most;
	at = realloc(p->at, room);
	if (!at) {
		p->error = no_memory;
		return 0;
	}
	p->at = at;
	p->room = (uint32_t)room;
	return 1;
}

/* ---- gzip and deflate ---------------------------------------------------------------- */

enum { GZIP = 15 + 16, ZLIB = 15, RAW = -15 };

/* Inflates until a stream ends; whether another one may follow it. */
static int inflate_one(z_stream *z, struct plain *p)
{
	int status;

	do {
		if (!extend(p))
			return 0;
		z->next_out = p->at + p->size;
		z->avail_out = p->room - p->size;
		status = inflate(z, Z_NO_FLUSH);
		p->size = p->room - z->avail_out;
	} while (status == Z_OK && (z->avail_in || !z->avail_out));
	if (status != Z_STREAM_END)
		p->error = status == Z_OK || status == Z_BUF_ERROR ? ends_early : damaged;
	return status == Z_STREAM_END;
}

static void take_zlib(const uint8_t *at, uint32_t size, struct plain *p, int kind)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)at, .avail_in = size };

	if (inflateInit2(&z, kind) != Z_OK) {
		p->error = no_memory;
		return;
	}
	while (inflate_one(&z, p) && kind == GZIP && z.avail_in > 2 && z.next_in[0] == 0x1f)
		inflateReset(&z);
	inflateEnd(&z);
}

/* What is called deflate should begin with two bytes of zlib's, but not all send them. */
static void take_deflate(const uint8_t *at, uint32_t size, struct plain *p)
{
	int has_head = size >= 2 && (at[0] & 15) == 8 && (at[0] << 8 | at[1]) % 31 == 0;

	take_zlib(at, size, p, has_head ? ZLIB : RAW);
}

static void take_gzip(const uint8_t *at, uint32_t size, struct plain *p)
{
	take_zlib(at, size, p, GZIP);
}

/* ---- zstd ---------------------------------------------------------------------------- */

static void take_zstd(const uint8_t *at, uint32_t size, struct plain *p)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer in = { at, size, 0 };
	size_t left = 1;

	if (!z || ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW)))
		p->error = no_memory;
	while (!p->error && (in.pos < size || (left && p->size == p->room)) && extend(p)) {
		ZSTD_outBuffer out = { p->at, p->room, p->size };

		left = ZSTD_decompressStream(z, &out, &in);
		p->size = (uint32_t)out.pos;
		if (ZSTD_isError(left))
			p->error = damaged;
	}
	if (!p->error && left)
		p->error = ends_early;
	ZSTD_freeDStream(z);
}

/* ---- br ------------------------------------------------------------------------------ */

#ifdef WITH_BROTLI

static void take_brotli(const uint8_t *at, uint32_t size, struct plain *p)
{
	BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
	size_t left = size;

	if (!b)
		p->error = no_memory;
	while (!p->error && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && extend(p)) {
		uint8_t *to = p->at + p->size;
		size_t room = p->room - p->size;

		result = BrotliDecoderDecompressStream(b, &left, &at, &room, &to, NULL);
		p->size = p->room - (uint32_t)room;
	}
	if (!p->error && result == BROTLI_DECODER_RESULT_ERROR)
		p->error = damaged;
	else if (!p->error && result != BROTLI_DECODER_RESULT_SUCCESS)
		p->error = ends_early;
	if (b)
		BrotliDecoderDestroyInstance(b);
}

const char *coding_library(void)
{
	static char text[32];
	uint32_t version = BrotliDecoderVersion();

	snprintf(text, sizeof text, "libbrotlidec %u.%u.%u", version >> 24, version >> 12 & 4095,
		version & 4095);
	return text;
}

#else

static void take_brotli(const uint8_t *at, uint32_t size, struct plain *p)
{
	(void)at;
	(void)size;
	p->error = "not built in";
}

const char *coding_library(void)
{
	return "libbrotlidec -";
}

#endif

/* ---- all of them --------------------------------------------------------------------- */

static const struct coding {
	const char *name;
	void (*take)(const uint8_t *at, uint32_t size, struct plain *p);
} codings[] = {
	{ "gzip", take_gzip }, { "x-gzip", take_gzip }, { "deflate", take_deflate },
	{ "br", take_brotli }, { "zstd", take_zstd }
};

int coding_is_none(struct word name)
{
	return name.size == 0 || word_is(name, "identity") || word_is(name, "none");
}

int coding_take(struct word name, const uint8_t *at, uint32_t size, struct plain *p)
{
	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
		if (word_is(name, codings[i].name)) {
			codings[i].take(at, size, p);
			return 1;
		}
	return 0;
}
