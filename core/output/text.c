/* text.c - texts in a record: of any bytes and any size, written a piece at a time. */
#include "line.h"

enum { PIECE = 6 << 10 };       /* bytes, a multiple of 3 for base64: six each fit OUTPUT_PIECE */

static inline size_t piece_of(size_t size)
{
	return size < PIECE ? size : PIECE;
}

/* The label, which says so when base64 follows; without one, as in a list, an object does. */
static uint8_t *label(const struct weir_column *c, uint8_t *to, int is_readable)
{
	to = line_label(to, c);
	if (is_readable)
		return to;
	if (!c->label_size)
		return (uint8_t *)stpcpy((char *)to, "{\"b64\":");
	memcpy(to - 2, "_b64\":", 6);
	return to + 4;
}

/* Bytes that are no text are kept in base64, under a name that says so. */
uint8_t *text_json(const struct line *l, const struct weir_column *c, uint8_t *to,
	const char *text, size_t size)
{
	int is_readable = value_is_utf8(text, size);
	size_t n = piece_of(size);

	to = label(c, line_room(l, to, 6 * n + VALUE_ROOM), is_readable);
	*to++ = '"';
	while (n) {
		to = is_readable ? value_escaped(to, text, n) : value_base64(to, text, n);
		text += n;
		size -= n;
		n = piece_of(size);
		if (n)
			to = line_room(l, to, 6 * n + VALUE_ROOM);
	}
	*to++ = '"';
	if (!is_readable && !c->label_size)
		*to++ = '}';
	return to;
}

/* As it is between quotes, which are doubled inside; without quotes, made harmless. */
static uint8_t *write_piece(uint8_t *to, const char *text, size_t size, char quote)
{
	if (!quote)
		return value_visible(to, text, size);
	for (size_t i = 0; i < size; i++) {
		*to++ = (uint8_t)text[i];
		if (text[i] == quote)
			*to++ = (uint8_t)text[i];
	}
	return to;
}

uint8_t *text_field(const struct line *l, uint8_t *to, const char *text, size_t size)
{
	for (size_t n; (n = piece_of(size)); text += n, size -= n)
		to = write_piece(line_room(l, to, 4 * n + VALUE_ROOM), text, n, l->plan->quote);
	return to;
}

int weir_is_ascii(const char *text, uint32_t size)
{
	int odd = 0;

	for (uint32_t i = 0; i < size; i++)
		odd |= text[i] < 0x20 || text[i] > 0x7e;
	return !odd;
}

int text_is_plain(const char *text, size_t size)
{
	return weir_is_ascii(text, (uint32_t)size) && !memchr(text, '\\', size);
}

int text_needs_quotes(const struct weir_plan *plan, const char *text, size_t size)
{
	if (!plan->quote)
		return 0;
	for (size_t i = 0; i < size; i++)
		if (text[i] == plan->quote || text[i] == plan->separator ||
		    text[i] == '\n' || text[i] == '\r')
			return 1;
	return 0;
}
