/* http2.c - fuzzes HTTP/2: the preface has been said, and the first SETTINGS both ways. */
#include "protocol.h"

static const char begins[] =
	"\1"
	"\0\41\0" "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" "\0\0\0\4\0\0\0\0\0"
	"\1\11\0" "\0\0\0\4\0\0\0\0\0";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech way = { 6, 40000, 80 };
	uint8_t *all = malloc(sizeof begins - 1 + size);

	memcpy(all, begins, sizeof begins - 1);
	if (size)
		memcpy(all + sizeof begins - 1, bytes, size);
	converse(&way, all, sizeof begins - 1 + size);
	free(all);
	return 0;
}
