/*
 * template.c - records as lines for people: words, and values between them.
 *
 * What strangers sent must not drive a terminal, and long texts are cut: Lua sees to that, with
 * tables of characters.  Here are written the records, nearly all, that have nothing of the kind.
 */
#include <math.h>
#include <stdio.h>
#include "line.h"

enum { LONGEST = 4096 };        /* bytes of a text; weir.report.template cuts what is longer */

static int is_plain(const struct line *l, const struct weir_column *c)
{
	const char *text;
	size_t size;

	if (c->as == WEIR_AS_CELL)
		return cell_is_plain(l, c, LONGEST);
	if (!line_is_text(c))
		return 1;
	text = line_text(l, c, &size);
	return size <= LONGEST && text_is_plain(text, size);
}

int template_fits(const struct line *l)
{
	for (uint32_t i = 0; i < l->plan->column_count; i++) {
		const struct weir_column *c = &l->plan->columns[i];
		struct line row;

		if (c->as == WEIR_AS_CLOSE || line_is_left_out(l, c))
			continue;
		if (c->as == WEIR_AS_INLINE) {
			row = line_row(l, c, 0);
			if (!template_fits(&row))
				return 0;
		} else if (!is_plain(l, c)) {
			return 0;
		}
	}
	return 1;
}

/* Six digits are enough for people. */
static uint8_t *write_number(uint8_t *to, double n)
{
	if (n == floor(n))
		return value_number(to, n);
	return to + snprintf((char *)to, VALUE_ROOM, "%.6g", n);
}

static uint8_t *write_value(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	const char *text;
	size_t size;
	int64_t ns;
	double n;

	if (c->as == WEIR_AS_CELL)
		return cell_is_number(l, c, &n) ? write_number(to, n) : cell_field(l, c, to);
	if (c->as == WEIR_AS_NUMBER) {
		memcpy(&n, line_member(l, c->at), sizeof n);
		return write_number(to, n);
	}
	if (c->as == WEIR_AS_EPOCH) {           /* a span, in nanoseconds */
		memcpy(&ns, line_member(l, c->at), sizeof ns);
		return write_number(to, (double)ns / 1e9);
	}
	if (!line_is_text(c))
		return line_plain(l, c, to);
	text = line_text(l, c, &size);
	to = line_room(l, to, size + VALUE_ROOM);
	memcpy(to, text, size);
	return to + size;
}

/* The columns of a row, which the record may not have: then each is there as none. */
static uint8_t *write_columns(const struct line *l, int is_there, uint8_t *to)
{
	for (uint32_t i = 0; i < l->plan->column_count; i++) {
		const struct weir_column *c = &l->plan->columns[i];
		int has_value = is_there && !line_is_left_out(l, c);

		if (c->as == WEIR_AS_INLINE) {
			struct line row = *l;

			if (has_value)
				row = line_row(l, c, 0);
			row.plan = c->rows;
			to = write_columns(&row, has_value, line_room(l, to, c->rows->room));
			to = line_room(l, to, 0);
			continue;
		}
		to = line_label(to, c);
		if (c->as == WEIR_AS_CLOSE)
			continue;
		if (has_value)
			to = write_value(l, c, to);
		else
			*to++ = '-';
	}
	return to;
}

uint8_t *template_record(const struct line *l, uint8_t *to)
{
	return write_columns(l, 1, to);
}
