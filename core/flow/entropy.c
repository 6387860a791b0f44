/*
 * entropy.c - how many bits a byte of a flow's first payload tells: 0 when all bytes are the
 * same, 8 when all 256 differ.
 *
 * Of n bytes, of which each value comes c times, that is (n log n - sum of c log c) / n.  The
 * products come from a table: flows are many, and logarithms slow.
 */
#include <math.h>
#include "flow_inside.h"

void entropy_prepare(struct flows *f)
{
	for (int n = 1; n <= HEAD; n++)
		f->products[n] = n * log2(n);
}

double entropy_of(const struct flows *f, const uint8_t *bytes, uint32_t n)
{
	uint16_t times[256] = { 0 };
	double bits = f->products[n];

	if (n == 0)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		times[bytes[i]]++;
	for (int i = 0; i < 256; i++)
		bits -= f->products[times[i]];
	return bits / n;
}
