/* slice.c - looking for bytes in bytes. */
#include <string.h>
#include "base.h"

double weir_slice_find(const struct weir_slice *s, uint32_t from, const void *needle, uint32_t size)
{
	const uint8_t *begin = s->at, *found;

	if (from > s->size)
		return -1;
	found = memmem(begin + from, s->size - from, needle, size);
	return found ? (double)(found - begin) : -1;
}
