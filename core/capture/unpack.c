/*
 * unpack.c - gzip and zstd streams, undone as they are read.
 *
 * Memory is fixed: what is unpacked goes straight into the caller's window.
 * A stream that grows beyond all reason is a bomb and ends with a failure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include "unpack.h"

enum {
	ROOM       = 1 << 20,           /* at least what input.c reads at once, and its magic */
	PIECE      = 64 << 10,          /* what one refill asks for: it stays in the cache */
	WINDOW_LOG = 27,                /* zstd: at most 128 MiB of history, its own default */
	BOMB_RATIO = 5000               /* deflate cannot exceed 1032 */
};

static const uint64_t BOMB_SIZE = 256 << 20;    /* what is smaller is no bomb */

struct unpack {
	const char   *name;
	z_stream      z;
	ZSTD_DStream *zstd;
	int           between;          /* at the end of a member or frame */
	uint64_t      in_total, out_total;
	size_t        begin, end;
	uint8_t       bytes[ROOM];
};

static struct unpack *failure(struct unpack *u, int *failed)
{
	fail("out of memory");
	*failed = 1;
	unpack_free(u);
	return NULL;
}

struct unpack *unpack_new(const uint8_t *bytes, size_t size, int *failed)
{
	int gzip = size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
	int zstd = size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0;
	struct unpack *u;

	*failed = 0;
	if ((!gzip && !zstd) || size > ROOM)
		return NULL;
	u = calloc(1, sizeof *u);
	if (!u)
		return failure(u, failed);
	u->name = gzip ? "gzip" : "zstd";
	u->between = 1;
	if (zstd) {
		u->zstd = ZSTD_createDStream();
		if (!u->zstd || ZSTD_isError(
				ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG)))
			return failure(u, failed);
	} else if (inflateInit2(&u->z, 15 + 16) != Z_OK) {
		return failure(u, failed);
	}
	memcpy(u->bytes, bytes, size);
	unpack_add(u, size);
	return u;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->zstd)
		ZSTD_freeDStream(u->zstd);
	else
		inflateEnd(&u->z);      /* harmless before inflateInit2 */
	free(u);
}

const char *unpack_name(const struct unpack *u)
{
	return u->name;
}

uint8_t *unpack_room(struct unpack *u, size_t *room)
{
	memmove(u->bytes, u->bytes + u->begin, u->end - u->begin);
	u->end -= u->begin;
	u->begin = 0;
	*room = ROOM - u->end < PIECE ? ROOM - u->end : PIECE;
	return u->bytes + u->end;
}

void unpack_add(struct unpack *u, size_t size)
{
	u->end += size;
	u->in_total += size;
}

static int run_gzip(struct unpack *u, uint8_t *out, size_t room, size_t *made)
{
	int status;

	u->z.next_in = u->bytes + u->begin;
	u->z.avail_in = (uInt)(u->end - u->begin);
	u->z.next_out = out;
	u->z.avail_out = (uInt)room;
	status = inflate(&u->z, Z_NO_FLUSH);
	u->begin = u->end - u->z.avail_in;
	*made = room - u->z.avail_out;
	u->between = status == Z_STREAM_END;
	if (status == Z_STREAM_END)
		inflateReset(&u->z);    /* a second member may follow */
	else if (status != Z_OK && status != Z_BUF_ERROR)
		return fail("gzip: %s", u->z.msg ? u->z.msg : "damaged data");
	return 0;
}

static int run_zstd(struct unpack *u, uint8_t *out, size_t room, size_t *made)
{
	ZSTD_inBuffer  from = { u->bytes + u->begin, u->end - u->begin, 0 };
	ZSTD_outBuffer to = { out, room, 0 };
	size_t status = ZSTD_decompressStream(u->zstd, &to, &from);

	u->begin += from.pos;
	*made = to.pos;
	if (ZSTD_isError(status))
		return fail("zstd: %s", ZSTD_getErrorName(status));
	u->between = status == 0;
	return 0;
}

int unpack_run(struct unpack *u, uint8_t *out, size_t room)
{
	size_t made = 0;
	int status = 0;

	while (made == 0 && status == 0) {
		size_t before = u->begin;

		if (u->begin == u->end && u->between)
			break;
		status = u->zstd ? run_zstd(u, out, room, &made) : run_gzip(u, out, room, &made);
		if (u->begin == before)
			break;          /* neither in nor out: it needs more bytes */
	}
	u->out_total += made;
	if (u->out_total > BOMB_SIZE && u->out_total / BOMB_RATIO > u->in_total)
		return fail("%s: unpacks to more than %d times its size", u->name, BOMB_RATIO);
	return status < 0 ? status : (int)made;
}

int unpack_complete(const struct unpack *u)
{
	return u->between && u->begin == u->end;
}

const char *unpack_library(int zstd)
{
	static char names[2][64];

	snprintf(names[zstd], sizeof names[zstd], "%s %s", zstd ? "zstd" : "zlib",
		zstd ? ZSTD_versionString() : zlibVersion());
	return names[zstd];
}
