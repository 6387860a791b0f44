/* icmp.c - which ICMP types answer each other. */
#include <stddef.h>
#include "icmp.h"

int icmp_answer(int version, uint8_t type)
{
	static const uint8_t pairs4[] = { 8, 0, 13, 14, 15, 16, 17, 18, 10, 9 };
	static const uint8_t pairs6[] = {
		128, 129, 130, 131, 133, 134, 135, 136, 139, 140, 144, 145
	};
	const uint8_t *pairs = version == 6 ? pairs6 : pairs4;
	size_t n = version == 6 ? sizeof pairs6 : sizeof pairs4;

	for (size_t i = 0; i < n; i++)
		if (pairs[i] == type)
			return pairs[i ^ 1];
	return -1;
}
