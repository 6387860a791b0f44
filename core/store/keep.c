/*
 * keep.c - forgets what is older than asked for, and the oldest when a file has grown too large.
 *
 * Rows go in steps of some thousand, each in a transaction of its own; then what the dictionaries
 * had for them alone.  The last row of a dictionary stays: its id must not be given out again.
 */
#include <limits.h>
#include <time.h>
#include "store.h"

enum {
	STEP   = 10000,         /* rows of a table that one step forgets at most */
	WINDOW = 20000,         /* ids of a dictionary that one step looks at */
	MINUTE = 60             /* seconds that are never forgotten for want of room */
};

static const double PAUSE = 10;         /* seconds between looks when all has been done */
static const double LEAST = 0.02;       /* of the time there is, that goes for want of room at once */

static const char *const sweeps[] = {
	NULL,                   /* of talks, which depends on the tables that there are */
	"DELETE FROM pair WHERE id > ?1 AND id <= ?2 AND NOT EXISTS"
		" (SELECT 1 FROM talk WHERE talk.pair = pair.id)",
	"DELETE FROM ip WHERE id > ?1 AND id <= ?2 AND id > 0 AND NOT EXISTS"
		" (SELECT 1 FROM pair WHERE src_ip = ip.id) AND NOT EXISTS"
		" (SELECT 1 FROM pair WHERE dst_ip = ip.id)"
};

static const char *const lasts[] = {
	"SELECT max(id) - 1 FROM talk", "SELECT max(id) - 1 FROM pair", "SELECT max(id) - 1 FROM ip"
};

int64_t keep_date(const struct keep *k)
{
	return (int64_t)(k->date + weir_clock() - k->clock);
}

static int wanted(const struct keep *k)
{
	return k->o->keep > 0 || k->o->most_bytes > 0;
}

int keep_init(struct keep *k, struct weir_db *db, const struct weir_traffic_options *o)
{
	int ok = 1;

	k->db = db;
	k->o = o;
	k->date = (double)time(NULL);
	k->clock = k->looked = weir_clock();
	if (!wanted(k))
		return 0;
	ok &= (k->oldest = db_query(db, "SELECT min(ts) FROM second_rows")) != NULL;
	ok &= (k->seconds = db_query(db, "DELETE FROM second_rows WHERE ts < min(?1, coalesce("
		"(SELECT ts + 1 FROM second_rows ORDER BY ts LIMIT 1 OFFSET ?2), ?1))")) != NULL;
	ok &= (k->pages = db_query(db, "SELECT (p.page_count - f.freelist_count) * s.page_size"
		" FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s")) != NULL;
	for (int i = 0; i < 3; i++) {
		ok &= (k->sweep[i] = db_query(db, i ? sweeps[i] : o->sweep)) != NULL;
		ok &= (k->last[i] = db_query(db, lasts[i])) != NULL;
	}
	return ok ? 0 : WEIR_FAIL;
}

void keep_free(struct keep *k)
{
	weir_query_free(k->oldest);
	weir_query_free(k->seconds);
	weir_query_free(k->pages);
	for (int i = 0; i < 3; i++) {
		weir_query_free(k->sweep[i]);
		weir_query_free(k->last[i]);
	}
}

int keep_is_due(struct keep *k)
{
	double now = weir_clock();

	int looks_often = k->o->most_bytes > 0 && !k->o->live;

	if (!wanted(k) || (!k->behind && !looks_often && now - k->looked < PAUSE))
		return 0;
	k->looked = now;
	return 1;
}

void keep_look(struct keep *k)
{
	k->behind = wanted(k);
}

static int first(struct weir_query *q, int64_t *out)
{
	int status = db_step(q);

	*out = status > 0 && !db_is_null(q, 0) ? db_integer(q, 0) : INT64_MIN;
	weir_query_reset(q);
	return status < 0 ? WEIR_FAIL : 0;
}

/* A file of so many bytes is too large: the second before which its oldest rows are. */
static int64_t oldest_part(const struct keep *k, double bytes, int64_t oldest, int64_t newest)
{
	double part = (bytes - k->o->most_bytes) / bytes;
	int64_t cut = oldest + 1 + (int64_t)((double)(newest - oldest) * (part > LEAST ? part : LEAST));

	return cut < newest - MINUTE ? cut : newest - MINUTE;
}

/* Decides what is to go. */
static int decide(struct keep *k, int64_t newest, int64_t present)
{
	int64_t oldest, bytes, cut;

	if (first(k->oldest, &oldest) < 0 || first(k->pages, &bytes) < 0)
		return WEIR_FAIL;
	k->cut = INT64_MIN;
	if (newest == INT64_MIN || oldest == INT64_MIN)
		return 0;
	if (k->o->keep > 0 && present != INT64_MIN)
		k->cut = present - (int64_t)k->o->keep;
	if (k->o->most_bytes > 0 && (double)bytes > k->o->most_bytes) {
		cut = oldest_part(k, (double)bytes, oldest, present < oldest ? newest : present);
		k->cut = cut > k->cut ? cut : k->cut;
	}
	return 0;
}

static int delete(struct keep *k, struct weir_query *q, int64_t a, int64_t b, double *rows)
{
	weir_query_integer(q, 1, a);
	weir_query_integer(q, 2, b);
	if (weir_query_run(q) < 0)
		return WEIR_FAIL;
	if (weir_db_changes(k->db) >= STEP)
		k->behind = 1;
	*rows += weir_db_changes(k->db);
	return 0;
}

/* What is apart goes first: it has no time of its own. */
static int prune_table(struct keep *k, struct table *t, int64_t ns, double *rows)
{
	if (t->prune_more && delete(k, t->prune_more, ns, STEP, rows) < 0)
		return WEIR_FAIL;
	return t->prune ? delete(k, t->prune, ns, STEP, rows) : 0;
}

static int prune(struct keep *k, struct table *tables, int64_t cut, double *rows)
{
	int64_t ns = cut < INT64_MAX / 1000000000 ? cut * 1000000000 : INT64_MAX;

	if (delete(k, k->seconds, cut, STEP, rows) < 0)
		return WEIR_FAIL;
	for (int i = 0; i < WEIR_KINDS; i++)
		if (prune_table(k, &tables[i], ns, rows) < 0)
			return WEIR_FAIL;
	return 0;
}

/*
 * Looks at some more of the dictionaries, one after the other.  At the end of the last it is time to
 * decide anew: the file may still be too large.
 */
static int sweep(struct keep *k, double *rows)
{
	int which = k->sweeping - 1;
	int64_t last;

	if (first(k->last[which], &last) < 0 ||
	    delete(k, k->sweep[which], k->at, k->at + WINDOW < last ? k->at + WINDOW : last, rows) < 0)
		return WEIR_FAIL;
	k->at += WINDOW;
	if (k->at >= last) {
		k->sweeping = (k->sweeping + 1) % 4;
		k->at = 0;
	}
	k->behind = k->sweeping || k->o->most_bytes > 0;
	return 0;
}

double keep_step(struct keep *k, struct table *tables, int64_t newest, int64_t present)
{
	double rows = 0;

	if (!k->pruning && !k->sweeping && decide(k, newest, present) < 0)
		return WEIR_FAIL;
	k->behind = 0;
	if (k->cut != INT64_MIN && prune(k, tables, k->cut, &rows) < 0)
		return WEIR_FAIL;
	k->pruning = k->behind;
	if (rows > 0) {
		k->sweeping = 1;
		k->at = 0;
		k->behind = 1;
	} else if (k->sweeping && sweep(k, &rows) < 0) {
		return WEIR_FAIL;
	}
	return rows;
}
