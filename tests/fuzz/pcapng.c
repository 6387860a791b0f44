/*
 * pcapng.c - fuzzes the reader of pcapng files: blocks behind a sound section header of
 * either order.
 */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t little[28] =
		"\x0a\x0d\x0d\x0a\x1c\0\0\0"
		"\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0";
	static const uint8_t big[28] =
		"\x0a\x0d\x0d\x0a\0\0\0\x1c"
		"\x1a\x2b\x3c\x4d\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x1c";

	if (size < 1)
		return 0;
	feed_behind(bytes[0] & 1 ? big : little, sizeof little, bytes + 1, size - 1);
	return 0;
}
