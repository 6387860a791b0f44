/* pcap.c - fuzzes the reader of pcap files: the first byte chooses the variant. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char heads[][5] = {
		"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d",
		"\x34\xcd\xb2\xa1"
	};

	if (size < 1)
		return 0;
	feed_behind(heads[bytes[0] % 5], 4, bytes + 1, size - 1);
	return 0;
}
