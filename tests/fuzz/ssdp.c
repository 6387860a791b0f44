/* ssdp.c - fuzzes what is said in SSDP. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech how = { 17, 40000, 1900 };

	converse(&how, bytes, size);
	return 0;
}
