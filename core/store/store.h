/*
 * store.h - the one thread that writes to a traffic.db: takes items from a queue, makes rows of
 * them, commits by count and time.
 */
#pragma once

#include "keep.h"
#include "pack.h"
#include "who.h"

/* Columns of each KIND_rows that are no fields: parameters of its INSERT before these. */
enum {
	STORE_FLOW = 1, STORE_TIME, STORE_TALK, STORE_SOURCE, STORE_NAME, STORE_FIELDS,
	STORE_MORE = 2          /* those of KIND_more come behind its flow */
};

/*
 * Of columns that few queries read there is a table apart, KIND_more: rows are small where all of
 * them are gone through.
 */
struct table {
	struct weir_query *insert;
	struct weir_query *more;        /* NULL: all columns are in one table */
	struct weir_query *prune;       /* deletes rows older than ?1, so many at most */
	struct weir_query *prune_more;
	uint32_t split;                 /* the first column of KIND_more */
	uint32_t metadata;              /* the column that its talk has, too; 0: none */
	uint64_t bound[PACK_COLUMNS / 64];              /* columns that have a value from the row before */
};

struct store {
	struct weir_db *db;
	struct queue *queue;
	struct weir_traffic_options o;
	struct who who;
	struct table tables[WEIR_KINDS];
	struct weir_query *second, *metadata, *key, *progress, *done, *move;
	struct keep keep;

	int64_t source;
	double  items;                  /* of the source: as source.items */
	int64_t newest, present;        /* seconds: the latest that came, and that is not to come */
	int64_t moved;                  /* that `moved` was written for */
	double  began;                  /* on weir_clock: since when rows are not committed; 0: none */
	double  rows;                   /* of these */

	/* for others to look at */
	_Atomic double stored, commits, forgotten;
};

int  store_init(struct store *s, struct weir_db *db, struct queue *q);
void store_free(struct store *s);

/* The thread: runs until the queue is over. */
void *store_run(void *store);

