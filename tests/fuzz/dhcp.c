/* dhcp.c - fuzzes messages of DHCP: the first byte tells of which version. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech ways[] = { { 17, 68, 67 }, { 17, 546, 547 } };

	if (size < 1)
		return 0;
	converse(&ways[bytes[0] & 1], bytes + 1, size - 1);
	return 0;
}
