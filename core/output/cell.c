/* cell.c - what scripts gave to flows, as text: each value is of the kind that its cell says. */
#include <math.h>
#include "../slab.h"
#include "line.h"

static const struct weir_cell *cell_of(const struct line *l, const struct weir_column *c)
{
	return line_member(l, c->at);
}

/* The text of a cell; its size is 0 for one that leads out of the notes. */
static const char *text_of(const struct line *l, const struct weir_cell *cell, size_t *size)
{
	int fits = l->batch->notes && cell->text < NOTE_ROOM && cell->number >= 0 &&
		cell->number <= NOTE_ROOM - cell->text;

	*size = fits ? (size_t)cell->number : 0;
	return fits ? l->batch->notes + cell->text : "";
}

int cell_is_there(const struct line *l, const struct weir_column *c)
{
	const struct weir_cell *cell = cell_of(l, c);
	size_t size;

	switch (cell->kind) {
	case WEIR_CELL_NUMBER:
		return isfinite(cell->number);
	case WEIR_CELL_JSON:
		text_of(l, cell, &size);
		return size > 0;
	default:
		return cell->kind == WEIR_CELL_TEXT || cell->kind == WEIR_CELL_FLAG;
	}
}

/* A number or a flag. */
static uint8_t *write_plain(uint8_t *to, const struct weir_cell *cell)
{
	if (cell->kind == WEIR_CELL_NUMBER)
		return value_number(to, cell->number);
	return (uint8_t *)stpcpy((char *)to, cell->number != 0 ? "true" : "false");
}

uint8_t *cell_json(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	const struct weir_cell *cell = cell_of(l, c);
	size_t size;
	const char *text = text_of(l, cell, &size);

	if (cell->kind == WEIR_CELL_TEXT)
		return text_json(l, c, to, text, size);
	to = line_label(to, c);
	if (cell->kind != WEIR_CELL_JSON)
		return write_plain(to, cell);
	output_end(l->o, to);
	weir_output_write(l->o, text, (uint32_t)size);
	return output_room(l->o, VALUE_ROOM + l->plan->room);
}

uint8_t *cell_field(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	const struct weir_cell *cell = cell_of(l, c);
	size_t size;
	const char *text = text_of(l, cell, &size);

	if (cell->kind == WEIR_CELL_TEXT || cell->kind == WEIR_CELL_JSON)
		return text_field(l, to, text, size);
	return write_plain(to, cell);
}

int cell_needs_quotes(const struct line *l, const struct weir_column *c)
{
	const struct weir_cell *cell = cell_of(l, c);
	size_t size;
	const char *text = text_of(l, cell, &size);

	return (cell->kind == WEIR_CELL_TEXT || cell->kind == WEIR_CELL_JSON) &&
		text_needs_quotes(l->plan, text, size);
}
