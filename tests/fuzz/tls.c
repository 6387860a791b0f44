/* tls.c - fuzzes conversations of TLS and DTLS: the first byte tells what carries them. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech ways[] = {
		{ 6, 40000, 443 }, { 17, 40000, 443 }, { 6, 40000, 25 }, { 17, 5246, 5246 }
	};

	if (size < 1)
		return 0;
	converse(&ways[bytes[0] % (sizeof ways / sizeof *ways)], bytes + 1, size - 1);
	return 0;
}
