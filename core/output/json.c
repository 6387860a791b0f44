/* json.c - records as JSON, an object each. */
#include "line.h"

enum { EXACT = 53 };            /* bits of a whole number that a double holds, and a JSON reader */

/* Whether JSON puts the value in quotes. */
static int is_quoted(const struct line *l, const struct weir_column *c)
{
	switch (c->as) {
	case WEIR_AS_U8: case WEIR_AS_U16: case WEIR_AS_U32: case WEIR_AS_S32:
	case WEIR_AS_NUMBER: case WEIR_AS_EPOCH: case WEIR_AS_BOOLEAN:
		return 0;
	case WEIR_AS_COUNT:
		return line_count(l, c) > (double)(1ull << EXACT);
	default:
		return 1;
	}
}

/* Writes a text with its label. */
static uint8_t *json_text(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	size_t size;
	const char *text = line_text(l, c, &size);

	return text_json(l, c, to, text, size);
}

/* The texts of a STRINGS, in JSON: those that are none are shown as base64 in place of them. */
static uint8_t *json_strings(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	for (uint32_t i = 0, n = line_number(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, VALUE_ROOM);
		if (i)
			*to++ = ',';
		to = json_text(&row, &c->rows->columns[0], to);
	}
	return line_room(l, to, VALUE_ROOM);
}

static uint8_t *json_rows(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	*to++ = '[';
	for (uint32_t i = 0, n = line_number(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, row.plan->room);
		if (i)
			*to++ = ',';
		to = line_json_record(&row, to);
	}
	to = line_room(l, to, 1);
	*to++ = ']';
	return to;
}

static uint8_t *json_part(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	struct line part = line_row(l, c, 0);

	to = line_json_record(&part, line_room(l, to, part.plan->room));
	return line_room(l, to, VALUE_ROOM);
}

uint8_t *line_json(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	int quoted;

	switch (c->as) {
	case WEIR_AS_OPEN:
		*to++ = '{';
		return to;
	case WEIR_AS_ROWS: case WEIR_AS_TABLE:
		return json_rows(l, c, to);
	case WEIR_AS_GROUPED:
		return group_json(l, c, to);
	case WEIR_AS_STRINGS:
		*to++ = '[';
		to = json_strings(l, c, to);
		*to++ = ']';
		return to;
	case WEIR_AS_PART:
		return json_part(l, c, to);
	case WEIR_AS_LIST16: case WEIR_AS_SERIES:
		*to++ = '[';
		to = c->as == WEIR_AS_SERIES ? line_series(l, c, to, ',') :
			line_list(l, c, to, ',');
		*to++ = ']';
		return to;
	}
	quoted = is_quoted(l, c);
	*to = '"';
	to = line_plain(l, c, to + quoted);
	*to = '"';
	return to + quoted;
}

static uint8_t *json_columns(const struct line *l, uint8_t *to, int *is_first);

static uint8_t *json_inline(const struct line *l, const struct weir_column *c, uint8_t *to,
	int *is_first)
{
	struct line row = line_row(l, c, 0);

	to = json_columns(&row, line_room(l, to, row.plan->room), is_first);
	return line_room(l, to, VALUE_ROOM);
}

/* The columns of a record, each behind a comma but the first. */
static uint8_t *json_columns(const struct line *l, uint8_t *to, int *is_first)
{
	for (uint32_t i = 0; i < l->plan->column_count; i++) {
		const struct weir_column *c = &l->plan->columns[i];

		if (line_is_left_out(l, c)) {
			continue;
		} else if (c->as == WEIR_AS_CLOSE) {
			*to++ = '}';
			*is_first = 0;
		} else if (c->as == WEIR_AS_INLINE) {
			to = json_inline(l, c, to, is_first);
		} else {
			if (!*is_first)
				*to++ = ',';
			*is_first = c->as == WEIR_AS_OPEN;
			if (line_is_text(c))
				to = json_text(l, c, to);
			else if (unlikely(c->as == WEIR_AS_CELL))
				to = cell_json(l, c, to);
			else
				to = line_json(l, c, line_label(to, c));
		}
	}
	return to;
}

uint8_t *line_json_record(const struct line *l, uint8_t *to)
{
	int is_first = 1;

	*to++ = '{';
	to = json_columns(l, to, &is_first);
	*to++ = '}';
	return to;
}
