/* class.c - sets of bytes in patterns: [a-z], \d, [[:alpha:]], and how single bytes are written. */
#include <string.h>
#include "pattern.h"

void class_add(uint64_t set[4], unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		set[c >> 6] |= 1ull << (c & 63);
}

void class_fold(uint64_t set[4])
{
	const uint64_t letters = 0x07fffffeull;         /* of 'A' … 'Z', and 32 bits higher 'a' … 'z' */
	uint64_t both = (set[1] & letters) | (set[1] >> 32 & letters);

	set[1] |= both | both << 32;
}

static void invert(uint64_t set[4])
{
	for (int i = 0; i < 4; i++)
		set[i] = ~set[i];
}

int class_letter(uint64_t set[4], char letter)
{
	memset(set, 0, 32);
	switch (letter | 32) {
	case 'd': class_add(set, '0', '9'); break;
	case 's': class_add(set, '\t', '\r'); class_add(set, ' ', ' '); break;
	case 'w':
		for (unsigned c = 0; c < 128; c++)
			if (is_word(c))
				class_add(set, c, c);
		break;
	default: return 0;
	}
	if (!(letter & 32))             /* capital: all others */
		invert(set);
	return 1;
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *found;

	found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 32 : c) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* Two digits at most, in braces or not, as Perl has them. */
static int escape_hex(const char *text, uint32_t size, uint32_t *at)
{
	uint32_t i = *at, digits = 0;
	int value = 0, braces = i < size && text[i] == '{';

	for (i += braces; i < size && digits < 2 && hex(text[i]) >= 0; digits++)
		value = 16 * value + hex(text[i++]);
	if (braces && (i == size || text[i++] != '}'))
		return -1;
	*at = i;
	return value;
}

int class_escape(const char *text, uint32_t size, uint32_t *at)
{
	static const char names[] = "ntrfvae0", bytes[] = "\n\t\r\f\v\a\033";
	const char *found;
	char c;

	if (*at == size)
		return -1;
	c = text[(*at)++];
	if (c == 'x')
		return escape_hex(text, size, at);
	found = c ? strchr(names, c) : NULL;
	if (found)
		return (unsigned char)bytes[found - names];
	return is_word((unsigned char)c) && c != '_' ? -1 : (unsigned char)c;
}

/* [:alpha:] inside a class, at the bracket.  1 when it is one. */
static int named(uint64_t set[4], const char *text, uint32_t size, uint32_t *at)
{
	static const struct { const char *name, *ranges; } classes[] = {
		{ "alpha", "AZaz" }, { "digit", "09" }, { "alnum", "09AZaz" }, { "upper", "AZ" },
		{ "lower", "az" }, { "space", "\t\r  " }, { "blank", "\t\t  " }, { "punct", "!/:@[`{~" },
		{ "print", " ~" }, { "graph", "!~" }, { "cntrl", "\001\037\177\177" },
		{ "xdigit", "09AFaf" }, { "word", "09AZaz__" }
	};
	const char *from = text + *at + 2, *end;

	if (size - *at < 4 || text[*at + 1] != ':' || !(end = memmem(from, text + size - from, ":]", 2)))
		return 0;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		const char *name = classes[i].name, *r = classes[i].ranges;

		if (strlen(name) != (size_t)(end - from) || memcmp(name, from, end - from) != 0)
			continue;
		for (; *r; r += 2)
			class_add(set, (unsigned char)r[0], (unsigned char)r[1]);
		*at = (uint32_t)(end + 2 - text);
		return 1;
	}
	return 0;
}

/* One byte of a class, written as itself or escaped; -1 when it is neither. */
static int single(const char *text, uint32_t size, uint32_t *at)
{
	if (text[*at] != '\\')
		return (unsigned char)text[(*at)++];
	++*at;
	if (*at < size && text[*at] == 'b') {           /* in a class, the backspace */
		++*at;
		return '\b';
	}
	return class_escape(text, size, at);
}

/* A byte, or a range from it; 0, or WEIR_MISUSE. */
static int range(uint64_t set[4], const char *text, uint32_t size, uint32_t *at)
{
	int from = single(text, size, at), to = from;

	if (size - *at > 1 && text[*at] == '-' && text[*at + 1] != ']') {
		++*at;
		to = single(text, size, at);
	}
	if (from < 0 || to < 0)
		return fail_as(WEIR_MISUSE, "no such byte in a class");
	if (from > to)
		return fail_as(WEIR_MISUSE, "a range that ends before it begins");
	class_add(set, (unsigned)from, (unsigned)to);
	return 0;
}

int class_parse(uint64_t set[4], const char *text, uint32_t size, uint32_t *at, int any_case)
{
	int is_inverted = *at < size && text[*at] == '^', is_first = 1;
	uint64_t other[4];

	memset(set, 0, 32);
	*at += (uint32_t)is_inverted;
	for (; *at < size && (text[*at] != ']' || is_first); is_first = 0) {
		if (text[*at] == '[' && named(set, text, size, at))
			continue;
		if (text[*at] == '\\' && *at + 1 < size && class_letter(other, text[*at + 1])) {
			for (int i = 0; i < 4; i++)
				set[i] |= other[i];
			*at += 2;
		} else if (range(set, text, size, at) < 0) {
			return WEIR_MISUSE;
		}
	}
	if (*at == size)
		return fail_as(WEIR_MISUSE, "a class that does not end: ']' is missing");
	++*at;
	if (any_case)
		class_fold(set);
	if (is_inverted)
		invert(set);
	return 0;
}
