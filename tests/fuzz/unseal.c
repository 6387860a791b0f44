/*
 * unseal.c - fuzzes conversations of TLS whose secrets are told: two bytes of how many bytes of a
 * key log come first, those, and then the conversation.
 */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct speech way = { .protocol = 6, .from_port = 40000, .to_port = 443 };

	if (size < 2)
		return 0;
	way.keys = bytes + 2;
	way.keys_size = bytes[0] | (size_t)bytes[1] << 8;
	if (way.keys_size > size - 2)
		way.keys_size = size - 2;
	converse(&way, way.keys + way.keys_size, size - 2 - way.keys_size);
	return 0;
}
