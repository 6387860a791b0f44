/* dns_name.c - the names in messages of DNS, which may lead to parts of earlier names. */
#include <string.h>
#include "dns.h"

enum {
	JUMPS = 128,                    /* pointers in one name: each leads to a label before it */
	LONGEST = 255                   /* bytes that its labels take */
};

/* Writes a label, with a backslash before what would end it; returns how many bytes. */
static int put_label(char *to, const uint8_t *from, uint32_t size)
{
	char *start = to;

	for (uint32_t i = 0; i < size; i++) {
		if (from[i] == '.' || from[i] == '\\')
			*to++ = '\\';
		*to++ = (char)from[i];
	}
	return (int)(to - start);
}

int dns_name(const struct message *m, uint32_t *at, char out[NAME_ROOM])
{
	uint32_t from = *at, behind = 0, length = 0, jumps = 0;
	int size = 0;

	for (;;) {
		uint32_t label = from < m->size ? m->at[from] : 64;

		if (label >= 192) {
			if (from + 2 > m->size || ++jumps > JUMPS)
				return -1;
			behind = behind ? behind : from + 2;
			from = be16(m->at + from) & 0x3fff;
			continue;
		}
		if (label >= 64 || from + 1 + label > m->size || (length += label + 1) > LONGEST)
			return -1;
		from++;
		if (label == 0)
			break;
		if (size)
			out[size++] = '.';
		size += put_label(out + size, m->at + from, label);
		from += label;
	}
	*at = behind ? behind : from;
	if (!size)
		out[size++] = '.';
	return size;
}
