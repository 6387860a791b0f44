/* fields.c - records as fields with separators between them. */
#include "line.h"

static uint8_t *fields_rows(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	for (uint32_t i = 0, n = line_number(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, row.plan->room);
		if (i)
			*to++ = (uint8_t)l->plan->within;
		to = line_fields_record(&row, to);
	}
	return to;
}

static uint8_t *fields_value(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	const char *text;
	size_t size;

	switch (c->as) {
	case WEIR_AS_TEXT: case WEIR_AS_SOURCE: case WEIR_AS_STRING:
		text = line_text(l, c, &size);
		return text_field(l, to, text, size);
	case WEIR_AS_CELL:   return cell_field(l, c, to);
	case WEIR_AS_LIST16: return line_list(l, c, to, l->plan->within);
	case WEIR_AS_ROWS: case WEIR_AS_TABLE: case WEIR_AS_STRINGS: case WEIR_AS_GROUPED:
		return fields_rows(l, c, to);
	case WEIR_AS_SERIES: return line_series(l, c, to, l->plan->within);
	case WEIR_AS_PART:   return to;         /* for JSON; here its columns stand INLINE */
	default:             return line_plain(l, c, to);
	}
}

/* Only texts and lists can hold what must be quoted. */
static int needs_quotes(const struct line *l, const struct weir_column *c)
{
	const char *text;
	size_t size;

	if (!l->plan->quote || l->plan->inside)
		return 0;
	switch (c->as) {
	case WEIR_AS_TEXT: case WEIR_AS_SOURCE: case WEIR_AS_STRING:
		text = line_text(l, c, &size);
		return text_needs_quotes(l->plan, text, size);
	case WEIR_AS_CELL:
		return cell_needs_quotes(l, c);
	case WEIR_AS_TABLE: case WEIR_AS_STRINGS: case WEIR_AS_GROUPED:
		return line_number(l, c) > 0;     /* any of its texts may need them */
	case WEIR_AS_LIST16: case WEIR_AS_ROWS: case WEIR_AS_SERIES:
		return line_number(l, c) > 1;
	default:
		return 0;
	}
}

/* As many columns for every record, whether it has the row or not. */
static uint8_t *fields_inline(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	struct line row;
	uint32_t between = c->rows->column_count - 1;

	if (line_is_left_out(l, c)) {
		to = line_room(l, to, between);
		memset(to, l->plan->separator, between);
		return to + between;
	}
	row = line_row(l, c, 0);
	to = line_fields_record(&row, line_room(l, to, row.plan->room));
	return line_room(l, to, VALUE_ROOM);
}

uint8_t *line_fields_record(const struct line *l, uint8_t *to)
{
	for (uint32_t i = 0; i < l->plan->column_count; i++) {
		const struct weir_column *c = &l->plan->columns[i];
		int quoted;

		if (i)
			*to++ = (uint8_t)l->plan->separator;
		if (c->as == WEIR_AS_INLINE)
			to = fields_inline(l, c, to);
		if (c->as == WEIR_AS_INLINE || line_is_left_out(l, c))
			continue;
		quoted = needs_quotes(l, c);
		*to = (uint8_t)l->plan->quote;
		to = fields_value(l, c, to + quoted);
		*to = (uint8_t)l->plan->quote;
		to += quoted;
	}
	return to;
}
