/* column.c - what a record has in a column, the same in every shape. */
#include "line.h"

static int is_there(const struct line *l, const struct weir_column *c)
{
	return (host32(line_member(l, l->plan->has_at)) & c->needs) == c->needs;
}

double line_count(const struct line *l, const struct weir_column *c)
{
	double n;

	memcpy(&n, line_member(l, c->at), sizeof n);
	return n;
}

static int64_t time_of(const struct line *l, const struct weir_column *c)
{
	int64_t ns;

	memcpy(&ns, line_member(l, c->at), sizeof ns);
	return ns;
}

uint32_t line_number(const struct line *l, const struct weir_column *c)
{
	const uint8_t *at = line_member(l, c->at);

	switch (c->as) {
	case WEIR_AS_U8: case WEIR_AS_NAME8: case WEIR_AS_BOOLEAN: return *at;
	case WEIR_AS_U16: case WEIR_AS_FLAGS: case WEIR_AS_NAME16: return host16(at);
	case WEIR_AS_LIST16: case WEIR_AS_ROWS: return *(const uint8_t *)line_member(l, c->beside);
	case WEIR_AS_SERIES: return host32(line_member(l, c->beside));
	case WEIR_AS_STRING: case WEIR_AS_TABLE: case WEIR_AS_STRINGS: case WEIR_AS_GROUPED:
		return host32(at + 4);          /* size, or count */
	default: return host32(at);
	}
}

/* Whether a PART is an object without members. */
static int is_empty(const struct line *l, const struct weir_column *c)
{
	struct line part = line_row(l, c, 0);
	uint32_t i = 0;

	while (i < c->rows->column_count && line_is_left_out(&part, &c->rows->columns[i]))
		i++;
	return i == c->rows->column_count;
}

/* What line_is_left_out says of a column that leads to rows. */
static rare int is_row_left_out(const struct line *l, const struct weir_column *c)
{
	if (!line_records(c->rows, l->batch))     /* nobody asked the meter for them */
		return 1;
	if (!c->skip_zero)
		return 0;
	return c->as == WEIR_AS_PART ? is_empty(l, c) : line_number(l, c) == 0;
}

int line_is_left_out(const struct line *l, const struct weir_column *c)
{
	if (!is_there(l, c))
		return 1;
	if (unlikely(c->rows != NULL))
		return is_row_left_out(l, c);
	if (c->as == WEIR_AS_COUNT || c->as == WEIR_AS_ID)
		/* below zero: none, as a live packet has no offset */
		return line_count(l, c) < 0 || (c->skip_zero && line_count(l, c) == 0);
	if (unlikely(c->as == WEIR_AS_CELL))
		return !cell_is_there(l, c);
	return c->skip_zero && line_number(l, c) == 0;
}

static uint8_t *write_name(uint8_t *to, const struct weir_column *c, uint32_t i)
{
	const char *name = i < c->name_count ? c->names[i] : NULL;

	return name ? (uint8_t *)stpncpy((char *)to, name, VALUE_ROOM) : value_integer(to, i);
}

static uint8_t *write_flags(uint8_t *to, const struct weir_column *c, uint32_t flags)
{
	for (uint32_t i = 0; i < c->name_count; i++)
		if (flags >> i & 1)
			*to++ = (uint8_t)c->names[i][0];
	return to;
}

uint8_t *line_plain(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	switch (c->as) {
	case WEIR_AS_COUNT: case WEIR_AS_ID:
		return value_integer(to, (uint64_t)line_count(l, c));
	case WEIR_AS_NUMBER:   return value_number(to, line_count(l, c));
	case WEIR_AS_S32:      return value_number(to, (int32_t)line_number(l, c));
	case WEIR_AS_COMMUNITY:
		return to + weir_community_text(line_member(l, c->at),
			l->plan->community_seed, (char *)to);
	case WEIR_AS_TIME:     return value_time(l->o, to, time_of(l, c));
	case WEIR_AS_EPOCH:    return value_epoch(to, time_of(l, c));
	case WEIR_AS_ADDRESS:
		return to + weir_address_text(line_member(l, c->at),
			*(const uint8_t *)line_member(l, c->beside), (char *)to);
	case WEIR_AS_ETHER:    return to + weir_ether_text(line_member(l, c->at), (char *)to);
	case WEIR_AS_NAME8: case WEIR_AS_NAME16: case WEIR_AS_NAME32:
		return write_name(to, c, line_number(l, c));
	case WEIR_AS_FLAGS:    return write_flags(to, c, line_number(l, c));
	case WEIR_AS_BOOLEAN:
		return (uint8_t *)stpcpy((char *)to, line_number(l, c) ? "true" : "false");
	case WEIR_AS_CONSTANT: return write_name(to, c, 0);
	default:               return value_integer(to, line_number(l, c));
	}
}

uint8_t *line_list(const struct line *l, const struct weir_column *c,
	uint8_t *to, char between)
{
	const uint8_t *at = line_member(l, c->at);

	for (uint32_t i = 0, n = line_number(l, c); i < n; i++) {
		if (i)
			*to++ = (uint8_t)between;
		to = value_integer(to, host16(at + 2 * i));
	}
	return to;
}

uint8_t *line_series(const struct line *l, const struct weir_column *c, uint8_t *to,
	char between)
{
	for (uint32_t i = 0, n = line_number(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, VALUE_ROOM);
		if (i)
			*to++ = (uint8_t)between;
		to = line_plain(&row, &c->rows->columns[0], to);
	}
	return line_room(l, to, VALUE_ROOM);
}

const char *line_text(const struct line *l, const struct weir_column *c, size_t *size)
{
	uint32_t i = host32(line_member(l, c->at));
	const char *text;

	if (c->as == WEIR_AS_STRING) {
		*size = line_number(l, c);
		return l->batch->words + i;
	}
	text = c->as == WEIR_AS_TEXT ? l->batch->text + i :
		i < c->name_count && c->names[i] ? c->names[i] : "";
	*size = strlen(text);
	return text;
}
