/* cells.h - the values that scripts give to the flows of a batch, and the texts among them. */
#pragma once

#include "slab.h"

struct cells {
	struct weir_cell *at;           /* a slab, as the notes are; NULL: nobody asked for any */
	char    *notes;
	uint32_t columns, layout;
	uint32_t rows;                  /* of the batch: outside of these all are NONE */
	uint32_t used;                  /* bytes of the notes */
	double   notes_dropped;         /* texts, for want of room */
};

/* For rows of `columns`, from this batch on; 0 or a weir_status. */
int  cells_arrange(struct cells *c, uint32_t columns, uint32_t layout);

/* Begins the next batch: no cell has a value, and there are no texts. */
void cells_begin(struct cells *c);

/* Shows them in a batch, which knows its flows. */
void cells_show(struct cells *c, struct weir_batch *batch);

/* Keeps a text with the batch; returns its offset, 0 when it is empty or there is no room. */
uint32_t cells_note(struct cells *c, const void *bytes, uint32_t size);

void cells_clear(struct cells *c);
