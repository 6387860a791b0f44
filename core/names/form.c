/* form.c - what is a name of a host, and what it looks like. */
#include "names.h"

enum { LABEL_MOST = 63 };

/* How many bytes a character beyond ASCII takes; 0 when they are no UTF-8. */
static uint32_t beyond_ascii(const uint8_t *at, uint32_t left)
{
	uint32_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2, code;

	if (at[0] < 0xc2 || at[0] > 0xf4 || size > left)
		return 0;
	code = at[0] & (0xff >> (size + 1));
	for (uint32_t i = 1; i < size; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		code = code << 6 | (at[i] & 63);
	}
	if ((size == 3 && code < 0x800) || (size == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000) || code < 0xa0)
		return 0;
	return size;
}

/* What bytes of ASCII are in a label; the bit of a capital letter makes it a small one. */
enum { PLAIN = 1, DIGIT = 2, CAPITAL = 32 };

static const uint8_t classes[256] = {
	['a' ... 'z'] = PLAIN, ['A' ... 'Z'] = PLAIN | CAPITAL, ['0' ... '9'] = PLAIN | DIGIT,
	['-'] = PLAIN, ['_'] = PLAIN
};

/* Copies a character beyond ASCII; returns its size, 0 when it is none, or too long for `room`. */
static uint32_t copy_wide(char *to, const uint8_t *from, uint32_t left, uint32_t room)
{
	uint32_t size = from[0] >= 0x80 ? beyond_ascii(from, left) : 0;

	if (size > room)
		return 0;
	for (uint32_t i = 0; i < size; i++)
		to[i] = (char)from[i];
	return size;
}

/* Copies a label of a name; returns its size, 0 when it is none. */
static uint32_t copy_label(char *to, const uint8_t *from, uint32_t left, int *is_number)
{
	uint32_t done = 0, wide, all = DIGIT;

	while (done < left && from[done] != '.') {
		uint8_t class = classes[from[done]];

		all &= class;
		if (class && done < LABEL_MOST) {
			to[done] = (char)(from[done] | (class & CAPITAL));
			done++;
			continue;
		}
		wide = copy_wide(to + done, from + done, left - done, LABEL_MOST - done);
		if (!wide)
			return 0;
		done += wide;
	}
	*is_number = all != 0;
	return done;
}

uint32_t name_form(char out[NAME_MOST], const void *bytes, uint32_t size)
{
	const uint8_t *from = bytes;
	uint32_t done = 0;
	int is_number = 1;

	if (size && from[size - 1] == '.')
		size--;
	if (size > NAME_MOST)
		return 0;
	while (done < size) {
		uint32_t label = copy_label(out + done, from + done, size - done, &is_number);

		if (!label)
			return 0;
		done += label;
		if (done < size) {
			out[done++] = '.';
			if (done == size)
				return 0;
		}
	}
	return is_number ? 0 : done;
}
