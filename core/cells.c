/*
 * cells.c - the values that scripts give to the flows of a batch, and the texts among them.
 *
 * Scripts write cells themselves, so nobody knows which ones have a value: all that they may
 * have written to is zeroed before the next batch, and nothing when there was no flow.
 */
#include <string.h>
#include "cells.h"

/* Makes the cells of the batch NONE. */
static void wipe(struct cells *c)
{
	size_t count = (size_t)c->rows * c->columns;

	if (count)
		memset(c->at, 0, count * sizeof *c->at);
}

int cells_arrange(struct cells *c, uint32_t columns, uint32_t layout)
{
	if (columns > WEIR_CELLS)
		return fail_as(WEIR_MISUSE, "no rows of %u cells: at most %d", columns, WEIR_CELLS);
	if (!c->at && !(c->at = slab_take(SLAB_CELLS)))
		return fail("out of memory");
	if (columns == c->columns && layout == c->layout)
		return 0;
	wipe(c);
	c->columns = columns;
	c->layout = layout;
	return 0;
}

void cells_begin(struct cells *c)
{
	wipe(c);
	c->rows = 0;
	c->used = c->notes != NULL;
}

void cells_show(struct cells *c, struct weir_batch *batch)
{
	c->rows = batch->flow_count;
	batch->cells = c->columns ? c->at : NULL;
	batch->cell_columns = c->columns;
	batch->layout = c->layout;
	batch->notes = c->notes;
}

/* The empty text is always there. */
static int take_notes(struct cells *c)
{
	c->notes = slab_take(SLAB_NOTES);
	if (!c->notes)
		return 0;
	c->notes[0] = 0;
	c->used = 1;
	return 1;
}

uint32_t cells_note(struct cells *c, const void *bytes, uint32_t size)
{
	uint32_t at;

	if (size == 0)
		return 0;
	if ((!c->notes && !take_notes(c)) || size >= NOTE_ROOM - c->used) {
		c->notes_dropped++;
		return 0;
	}
	at = c->used;
	memcpy(c->notes + at, bytes, size);
	c->notes[at + size] = 0;
	c->used += size + 1;
	return at;
}

void cells_clear(struct cells *c)
{
	wipe(c);
	slab_give(SLAB_CELLS, c->at);
	slab_give(SLAB_NOTES, c->notes);
	*c = (struct cells){ 0 };
}
