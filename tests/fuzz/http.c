/* http.c - fuzzes HTTP/1, and what is inside of tunnels: SOCKS is another one. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech way = { 6, 40000, 80 };

	converse(&way, bytes, size);
	return 0;
}
