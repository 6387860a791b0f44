/* store_inside.h - the rows that store_row.c makes, for the transactions of store.c. */
#pragma once

#include "store.h"

/* Makes rows of an item, of which `k` is what has been looked up. */
int store_item(struct store *s, const struct item *i, const struct who_key *k);

/* Writes how many items of the source are stored, by `q`. */
int store_source(struct store *s, struct weir_query *q);
