/* line.h - a record on its way out, and what the files share that write its values. */
#pragma once

#include <string.h>
#include "value.h"

/* What writing one record needs. */
struct line {
	const struct weir_plan  *plan;
	const struct weir_batch *batch;
	struct weir_output      *o;
	const uint8_t           *record;
};

static inline const void *line_member(const struct line *l, uint32_t at)
{
	return l->record + at;
}

static inline const uint8_t *line_records(const struct weir_plan *plan,
	const struct weir_batch *batch)
{
	const uint8_t *records;

	memcpy(&records, (const uint8_t *)batch + plan->records_at, sizeof records);
	return records;
}

/* The line of the i-th of the rows that a column leads to. */
static inline struct line line_row(const struct line *l, const struct weir_column *c, uint32_t i)
{
	struct line row = *l;

	row.plan = c->rows;
	row.record = line_records(c->rows, l->batch) +
		(size_t)(host32(line_member(l, c->at)) + i) * c->rows->record_size;
	return row;
}

/* Room for `size` more bytes and all that is left of the record. */
static inline uint8_t *line_room(const struct line *l, uint8_t *to, size_t size)
{
	output_end(l->o, to);
	return output_room(l->o, size + l->plan->room);
}

static inline int line_is_text(const struct weir_column *c)
{
	return c->as == WEIR_AS_TEXT || c->as == WEIR_AS_SOURCE || c->as == WEIR_AS_STRING;
}

/*
 * column.c: whether a record does not have a column's value; the number behind it, for those that
 * are one; the text of one that is a text; any other value but a list, as it stands; and a LIST16's
 * or a SERIES' values, divided by `between`.
 */
int         line_is_left_out(const struct line *l, const struct weir_column *c);
double      line_count(const struct line *l, const struct weir_column *c);
uint32_t    line_number(const struct line *l, const struct weir_column *c);
const char *line_text(const struct line *l, const struct weir_column *c, size_t *size);
uint8_t    *line_plain(const struct line *l, const struct weir_column *c, uint8_t *to);
uint8_t    *line_list(const struct line *l, const struct weir_column *c, uint8_t *to, char between);
uint8_t    *line_series(const struct line *l, const struct weir_column *c, uint8_t *to, char between);

/* json.c: a record; and a column's value without its label, in room for a plain one. */
uint8_t *line_json_record(const struct line *l, uint8_t *to);
uint8_t *line_json(const struct line *l, const struct weir_column *c, uint8_t *to);

/* fields.c: a record. */
uint8_t *line_fields_record(const struct line *l, uint8_t *to);

/* template.c: whether a record can be written by the template, and the record. */
int      template_fits(const struct line *l);
uint8_t *template_record(const struct line *l, uint8_t *to);

static inline uint8_t *line_label(uint8_t *to, const struct weir_column *c)
{
	memcpy(to, c->label, c->label_size);
	return to + c->label_size;
}

/*
 * text.c: a text of any bytes, however long: with its label in JSON; between separators, where
 * it may need quotes around it.
 */
uint8_t *text_json(const struct line *l, const struct weir_column *c, uint8_t *to,
	const char *text, size_t size);
uint8_t *text_field(const struct line *l, uint8_t *to, const char *text, size_t size);
int text_needs_quotes(const struct weir_plan *plan, const char *text, size_t size);

/* Whether all bytes are printable ASCII, and none of them would be shown otherwise. */
int text_is_plain(const char *text, size_t size);

/* group.c: in JSON, the rows of a GROUPED. */
uint8_t *group_json(const struct line *l, const struct weir_column *c, uint8_t *to);

/* cell.c: the same for what a script gave to a flow, and whether it gave any. */
int cell_is_there(const struct line *l, const struct weir_column *c);
uint8_t *cell_json(const struct line *l, const struct weir_column *c, uint8_t *to);
uint8_t *cell_field(const struct line *l, const struct weir_column *c, uint8_t *to);
int cell_needs_quotes(const struct line *l, const struct weir_column *c);

/* The same file: whether it is a number; whether it is none, or a plain text of so many bytes. */
int cell_is_number(const struct line *l, const struct weir_column *c, double *n);
int cell_is_plain(const struct line *l, const struct weir_column *c, size_t most);
