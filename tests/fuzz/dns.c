/* dns.c - fuzzes messages of DNS and its kin: the first byte tells what carries them, and where. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech ways[] = {
		{ 17, 40000, 53 }, { 17, 5353, 5353 }, { 17, 40000, 5355 }, { 17, 137, 137 },
		{ 6, 40000, 53 }, { 17, 40000, 40001 }, { 6, 40000, 40001 }, { 6, 40000, 5355 }
	};

	if (size < 1)
		return 0;
	converse(&ways[bytes[0] % (sizeof ways / sizeof *ways)], bytes + 1, size - 1);
	return 0;
}
