/*
 * plan.c - records as text: JSON lines, or fields with separators.
 *
 * Lua decides once which columns, in which order, under which labels; here
 * whole batches are written by that plan.
 */
#include "line.h"

enum { EXACT = 53 };            /* bits of a whole number that a double holds, and a JSON reader */

static int is_there(const struct line *l, const struct weir_column *c)
{
	return (host32(line_member(l, l->plan->has_at)) & c->needs) == c->needs;
}

static double count_of(const struct line *l, const struct weir_column *c)
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

/* The number behind a column, for those that are one. */
static uint32_t number_of(const struct line *l, const struct weir_column *c)
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

/* What the function below says of a column that leads to rows. */
static rare int is_row_left_out(const struct line *l, const struct weir_column *c)
{
	if (!line_records(c->rows, l->batch))     /* nobody asked the meter for them */
		return 1;
	if (!c->skip_zero)
		return 0;
	return c->as == WEIR_AS_PART ? is_empty(l, c) : number_of(l, c) == 0;
}

int line_is_left_out(const struct line *l, const struct weir_column *c)
{
	if (!is_there(l, c))
		return 1;
	if (unlikely(c->rows != NULL))
		return is_row_left_out(l, c);
	if (c->as == WEIR_AS_COUNT || c->as == WEIR_AS_ID)
		/* below zero: none, as a live packet has no offset */
		return count_of(l, c) < 0 || (c->skip_zero && count_of(l, c) == 0);
	if (unlikely(c->as == WEIR_AS_CELL))
		return !cell_is_there(l, c);
	return c->skip_zero && number_of(l, c) == 0;
}

/* ---- values that are the same in every shape -------------------------------- */

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

/* Whether JSON puts the value in quotes. */
static int is_quoted(const struct line *l, const struct weir_column *c)
{
	switch (c->as) {
	case WEIR_AS_U8: case WEIR_AS_U16: case WEIR_AS_U32: case WEIR_AS_S32:
	case WEIR_AS_NUMBER: case WEIR_AS_EPOCH: case WEIR_AS_BOOLEAN:
		return 0;
	case WEIR_AS_COUNT:
		return count_of(l, c) > (double)(1ull << EXACT);
	default:
		return 1;
	}
}

uint8_t *line_plain(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	switch (c->as) {
	case WEIR_AS_COUNT: case WEIR_AS_ID:
		return value_integer(to, (uint64_t)count_of(l, c));
	case WEIR_AS_NUMBER:   return value_number(to, count_of(l, c));
	case WEIR_AS_S32:      return value_number(to, (int32_t)number_of(l, c));
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
		return write_name(to, c, number_of(l, c));
	case WEIR_AS_FLAGS:    return write_flags(to, c, number_of(l, c));
	case WEIR_AS_BOOLEAN:
		return (uint8_t *)stpcpy((char *)to, number_of(l, c) ? "true" : "false");
	case WEIR_AS_CONSTANT: return write_name(to, c, 0);
	default:               return value_integer(to, number_of(l, c));
	}
}

/* The array of a LIST16, its values divided by `between`. */
static uint8_t *write_list(const struct line *l, const struct weir_column *c,
	uint8_t *to, char between)
{
	const uint8_t *at = line_member(l, c->at);

	for (uint32_t i = 0, n = number_of(l, c); i < n; i++) {
		if (i)
			*to++ = (uint8_t)between;
		to = value_integer(to, host16(at + 2 * i));
	}
	return to;
}

/* The values of a SERIES, divided by `between`. */
static uint8_t *write_series(const struct line *l, const struct weir_column *c, uint8_t *to,
	char between)
{
	for (uint32_t i = 0, n = number_of(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, VALUE_ROOM);
		if (i)
			*to++ = (uint8_t)between;
		to = line_plain(&row, &c->rows->columns[0], to);
	}
	return line_room(l, to, VALUE_ROOM);
}

/* ---- JSON ---------------------------------------------------------------------- */

static uint8_t *json_record(const struct line *l, uint8_t *to);

const char *line_text(const struct line *l, const struct weir_column *c, size_t *size)
{
	uint32_t i = host32(line_member(l, c->at));
	const char *text;

	if (c->as == WEIR_AS_STRING) {
		*size = number_of(l, c);
		return l->batch->words + i;
	}
	text = c->as == WEIR_AS_TEXT ? l->batch->text + i :
		i < c->name_count && c->names[i] ? c->names[i] : "";
	*size = strlen(text);
	return text;
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
	for (uint32_t i = 0, n = number_of(l, c); i < n; i++) {
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
	for (uint32_t i = 0, n = number_of(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, row.plan->room);
		if (i)
			*to++ = ',';
		to = json_record(&row, to);
	}
	to = line_room(l, to, 1);
	*to++ = ']';
	return to;
}

static uint8_t *json_part(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	struct line part = line_row(l, c, 0);

	to = json_record(&part, line_room(l, to, part.plan->room));
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
		to = c->as == WEIR_AS_SERIES ? write_series(l, c, to, ',') :
			write_list(l, c, to, ',');
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

static uint8_t *json_record(const struct line *l, uint8_t *to)
{
	int is_first = 1;

	*to++ = '{';
	to = json_columns(l, to, &is_first);
	*to++ = '}';
	return to;
}

/* ---- fields with separators -------------------------------------------------------- */

static uint8_t *fields_record(const struct line *l, uint8_t *to);

static uint8_t *fields_rows(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	for (uint32_t i = 0, n = number_of(l, c); i < n; i++) {
		struct line row = line_row(l, c, i);

		to = line_room(l, to, row.plan->room);
		if (i)
			*to++ = (uint8_t)l->plan->within;
		to = fields_record(&row, to);
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
	case WEIR_AS_LIST16: return write_list(l, c, to, l->plan->within);
	case WEIR_AS_ROWS: case WEIR_AS_TABLE: case WEIR_AS_STRINGS: case WEIR_AS_GROUPED:
		return fields_rows(l, c, to);
	case WEIR_AS_SERIES: return write_series(l, c, to, l->plan->within);
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
		return number_of(l, c) > 0;     /* any of its texts may need them */
	case WEIR_AS_LIST16: case WEIR_AS_ROWS: case WEIR_AS_SERIES:
		return number_of(l, c) > 1;
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
	to = fields_record(&row, line_room(l, to, row.plan->room));
	return line_room(l, to, VALUE_ROOM);
}

static uint8_t *fields_record(const struct line *l, uint8_t *to)
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

/* ---- batches -------------------------------------------------------------------------- */

int weir_plan_write(const struct weir_plan *plan, const struct weir_batch *batch,
	uint32_t first, uint32_t count, struct weir_output *o)
{
	struct line l = { .plan = plan, .batch = batch, .o = o };

	l.record = line_records(plan, batch) + (size_t)first * plan->record_size;
	for (; count && o->status == 0; count--, l.record += plan->record_size) {
		uint8_t *to = output_room(o, plan->room);

		if (plan->shape == WEIR_TEMPLATE && !template_fits(&l))
			return fail_as(WEIR_END, "a text is not plain");
		to = plan->shape == WEIR_JSON ? json_record(&l, to) :
			plan->shape == WEIR_TEMPLATE ? template_record(&l, to) : fields_record(&l, to);
		*to++ = '\n';
		output_end(o, to);
		if (plan->flush)
			weir_output_flush(o);
	}
	return o->status;
}

int weir_plan_record(const struct weir_plan *plan, const struct weir_batch *batch, uint32_t count,
	const void *record, struct weir_output *o)
{
	uintptr_t first = (uintptr_t)line_records(plan, batch), at = (uintptr_t)record;
	size_t place = (at - first) / plan->record_size;

	if (at < first || place >= count)
		return fail_as(WEIR_MISUSE, "the record is gone: it lasts as long as the call that shows it");
	return weir_plan_write(plan, batch, (uint32_t)place, 1, o);
}
