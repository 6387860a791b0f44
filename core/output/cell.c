/* cell.c - what scripts gave to flows, as text: each value is of the kind that its cell says. */
#include <math.h>
#include "../slab.h"
#include "line.h"

static const struct weir_cell *cell_of(const struct line *l, const struct weir_column *c)
{
	return line_member(l, c->at);
}

enum { ADDRESS_SIZE = 16 };

struct text {
	const char *at;
	size_t size;
	char room[46];                  /* of an address */
};

/* The text of a cell; its size is 0 for one that leads out of the notes. */
static void text_of(const struct line *l, const struct weir_cell *cell, struct text *t)
{
	int is_address = cell->kind == WEIR_CELL_ADDRESS;
	double taken = is_address ? ADDRESS_SIZE : cell->number;
	int fits = l->batch->notes && cell->text < NOTE_ROOM && taken >= 0 &&
		taken <= NOTE_ROOM - cell->text;

	t->at = fits ? l->batch->notes + cell->text : "";
	t->size = fits ? (size_t)taken : 0;
	if (!fits || !is_address)
		return;
	t->size = (size_t)weir_address_text(t->at, cell->number == 4 ? 4 : 6, t->room);
	t->at = t->room;
}

int cell_is_there(const struct line *l, const struct weir_column *c)
{
	const struct weir_cell *cell = cell_of(l, c);
	struct text t;

	switch (cell->kind) {
	case WEIR_CELL_NUMBER:
		return isfinite(cell->number);
	case WEIR_CELL_JSON:
	case WEIR_CELL_ADDRESS:
		text_of(l, cell, &t);
		return t.size > 0;
	default:
		return cell->kind == WEIR_CELL_TEXT || cell->kind == WEIR_CELL_FLAG;
	}
}

static int is_text(const struct weir_cell *cell)
{
	return cell->kind == WEIR_CELL_TEXT || cell->kind == WEIR_CELL_JSON ||
		cell->kind == WEIR_CELL_ADDRESS;
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
	struct text t;

	if (!is_text(cell)) {
		to = line_label(to, c);
		return write_plain(to, cell);
	}
	text_of(l, cell, &t);
	if (cell->kind != WEIR_CELL_JSON)
		return text_json(l, c, to, t.at, t.size);
	to = line_label(to, c);
	output_end(l->o, to);
	weir_output_write(l->o, t.at, (uint32_t)t.size);
	return output_room(l->o, VALUE_ROOM + l->plan->room);
}

uint8_t *cell_field(const struct line *l, const struct weir_column *c, uint8_t *to)
{
	const struct weir_cell *cell = cell_of(l, c);
	struct text t;

	if (!is_text(cell))
		return write_plain(to, cell);
	text_of(l, cell, &t);
	return text_field(l, to, t.at, t.size);
}

int cell_needs_quotes(const struct line *l, const struct weir_column *c)
{
	const struct weir_cell *cell = cell_of(l, c);
	struct text t;

	if (!is_text(cell))
		return 0;
	text_of(l, cell, &t);
	return text_needs_quotes(l->plan, t.at, t.size);
}

int cell_is_number(const struct line *l, const struct weir_column *c, double *n)
{
	*n = cell_of(l, c)->number;
	return cell_of(l, c)->kind == WEIR_CELL_NUMBER;
}

int cell_is_plain(const struct line *l, const struct weir_column *c, size_t most)
{
	const struct weir_cell *cell = cell_of(l, c);
	struct text t;

	if (!is_text(cell))
		return 1;
	text_of(l, cell, &t);
	return cell->kind != WEIR_CELL_JSON && t.size <= most && text_is_plain(t.at, t.size);
}
