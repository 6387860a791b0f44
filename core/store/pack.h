/* pack.h - makes items of the records of a batch, by the plans of what is stored of each kind. */
#pragma once

#include "queue.h"

enum { PACK_COLUMNS = 192 };    /* of one kind at most */

struct pack {
	const struct weir_plan *plans[WEIR_KINDS];      /* NULL: that kind is not stored */
	struct weir_output *scratch;                    /* texts of the item at hand */
	struct value values[PACK_COLUMNS];
	double seen, skip;      /* records of the source so far; those that are stored already */
	double packed;          /* records, of all sources */
};

uint32_t pack_columns(const struct weir_plan *plan);

int  pack_init(struct pack *p);
void pack_clear(struct pack *p);

/* All records of a batch but those to skip; 0, or a weir_status. */
int pack_batch(struct pack *p, const struct weir_batch *batch, struct queue *q);

/* An item that is no record: its key and value stand where names and values do. */
int pack_note(struct queue *q, uint32_t kind, double number, double items);
int pack_key(struct queue *q, const char *key, const char *value, uint32_t size);
