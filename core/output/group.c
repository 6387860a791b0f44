/*
 * group.c - the rows of a list by what their first column says: {"A":["192.0.2.1","192.0.2.2"]}.
 * The second column is what is shown of them; rows without it are left out.
 */
#include "line.h"

static uint32_t kind_of(const struct line *row)
{
	return host16(line_member(row, row->plan->columns[0].at));
}

static uint32_t size_of(const struct line *row)
{
	return host32(line_member(row, row->plan->columns[1].at + 4));
}

/* Whether a row before the i-th is of the same kind: then it has been written with that. */
static int is_written(const struct line *l, const struct weir_column *c, uint32_t i, uint32_t kind)
{
	for (uint32_t k = 0; k < i; k++) {
		struct line row = line_row(l, c, k);

		if (kind_of(&row) == kind && size_of(&row))
			return 1;
	}
	return 0;
}

static uint8_t *write_kind(const struct weir_column *c, uint8_t *to, uint32_t kind)
{
	const char *name = kind < c->name_count ? c->names[kind] : NULL;

	*to++ = '"';
	to = name ? (uint8_t *)stpncpy((char *)to, name, VALUE_ROOM / 2) : value_integer(to, kind);
	return (uint8_t *)stpcpy((char *)to, "\":[");
}

/* The rows of a kind, from the i-th on, which is the first. */
static uint8_t *write_group(const struct line *l, const struct weir_column *c, uint8_t *to,
	uint32_t i, uint32_t count)
{
	uint32_t kind = 0;

	for (uint32_t k = i; k < count; k++) {
		struct line row = line_row(l, c, k);
		const struct weir_column *shown = &c->rows->columns[1];
		uint32_t at = host32(line_member(&row, shown->at));

		if (k == i)
			kind = kind_of(&row);
		if (kind_of(&row) != kind || !size_of(&row))
			continue;
		to = line_room(l, to, VALUE_ROOM);
		if (k == i)
			to = write_kind(&c->rows->columns[0], to, kind);
		else
			*to++ = ',';
		to = text_json(l, shown, to, l->batch->words + at, size_of(&row));
	}
	*to++ = ']';
	return to;
}

uint8_t *group_json(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	uint32_t count = host32(line_member(l, c->at + 4u));
	int is_first = 1;

	*to++ = '{';
	for (uint32_t i = 0; i < count; i++) {
		struct line row = line_row(l, c, i);

		if (!size_of(&row) || is_written(l, c, i, kind_of(&row)))
			continue;
		if (!is_first)
			*to++ = ',';
		is_first = 0;
		to = write_group(l, c, to, i, count);
	}
	to = line_room(l, to, VALUE_ROOM);
	*to++ = '}';
	return to;
}
