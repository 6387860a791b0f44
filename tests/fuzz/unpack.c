/* unpack.c - fuzzes the compressed readers: damaged streams, and sound ones of odd contents. */
#include <zlib.h>
#include <zstd.h>
#include "feed.h"

static void feed_packed(int zstd, const uint8_t *bytes, size_t size)
{
	size_t room = zstd ? ZSTD_compressBound(size) : compressBound(size) + 32, made;
	uint8_t *packed = malloc(room);
	z_stream z = { 0 };

	if (zstd) {
		made = ZSTD_compress(packed, room, bytes, size, 1);
	} else {
		deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
		z.next_in = (uint8_t *)bytes;
		z.avail_in = (uInt)size;
		z.next_out = packed;
		z.avail_out = (uInt)room;
		deflate(&z, Z_FINISH);
		made = room - z.avail_out;
		deflateEnd(&z);
	}
	feed(packed, made);
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size < 1)
		return 0;
	switch (bytes[0] & 3) {
	case 0: feed_behind("\x1f\x8b\x08\0\0\0\0\0\0\3", 10, bytes + 1, size - 1); break;
	case 1: feed_behind("\x28\xb5\x2f\xfd", 4, bytes + 1, size - 1); break;
	default: feed_packed(bytes[0] & 1, bytes + 1, size - 1);
	}
	return 0;
}
