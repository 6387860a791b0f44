/* keep.h - what a traffic.db forgets: rows older than a span, the oldest when it is too large. */
#pragma once

#include "db.h"

struct table;

struct keep {
	struct weir_db *db;
	const struct weir_traffic_options *o;
	double  date, clock;            /* when it was made, by both clocks */
	double  looked;                 /* on weir_clock */
	int64_t cut;                    /* the second before which all is to go; INT64_MIN: none */
	int     behind;                 /* there is more to forget */
	int     pruning;                /* rows of before `cut` are left */
	int     sweeping;               /* the dictionary being swept; 0: none */
	int64_t at;                     /* id in it, up to which that is done */
	struct weir_query *oldest, *seconds, *pages, *sweep[3], *last[3];
};

int  keep_init(struct keep *k, struct weir_db *db, const struct weir_traffic_options *o);
void keep_free(struct keep *k);

/*
 * Seconds since 1970.  It begins with the system's clock and goes on evenly, so nothing is
 * forgotten, or moved, because somebody sets that.
 */
int64_t keep_date(const struct keep *k);

int keep_is_due(struct keep *k);

/* It is due now. */
void keep_look(struct keep *k);

/*
 * One step, within a transaction; `newest` is the latest second that came, `present` the latest of
 * those that had come by then, as the clock says: by a packet of a later year nothing is old.
 * Returns how many rows went, or below 0 when that fails.
 */
double keep_step(struct keep *k, struct table *tables, int64_t newest, int64_t present);
