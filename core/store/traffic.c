/*
 * traffic.c - a traffic.db that is written to: the caller's side.  Records become items here and
 * now, and rows on a thread of their own.
 */
#include <pthread.h>
#include <stdlib.h>
#include "store.h"

struct weir_traffic {
	struct queue *queue;
	struct pack   pack;
	struct store  store;
	pthread_t     thread;
	int           runs, over;
};

enum { ROWS = 100000 };         /* of a transaction, whose pages stay in memory until its end */

static const double SECONDS = 1, AGE = 0.25;

static void take_options(struct store *s, const struct weir_traffic_options *o)
{
	s->o = *o;
	if (s->o.commit_rows <= 0)
		s->o.commit_rows = ROWS;
	if (s->o.commit_seconds <= 0)
		s->o.commit_seconds = SECONDS;
	s->who.protocols = o->protocols;
	s->who.protocol_count = o->protocol_count;
}

/* More pages in memory than usual: rows go to places all over the indexes. */
static int tune(struct weir_db *db)
{
	return db_run(db, "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
		"PRAGMA journal_size_limit = 67108864");
}

struct weir_traffic *weir_traffic_open(const char *path, const struct weir_traffic_options *o)
{
	struct weir_traffic *t = calloc(1, sizeof *t);
	struct weir_db *db;

	if (!t) {
		fail("out of memory");
		return NULL;
	}
	take_options(&t->store, o);
	db = weir_db_open(path, WEIR_DB_WRITE, weir_layout_find("traffic"));
	t->store.db = db;
	t->queue = db ? queue_new() : NULL;
	if (t->queue && tune(db) == 0 && pack_init(&t->pack) == 0 &&
	    store_init(&t->store, db, t->queue) == 0)
		return t;
	weir_traffic_close(t);
	return NULL;
}

int weir_traffic_finish(struct weir_traffic *t)
{
	if (t->runs) {
		queue_end(t->queue);
		pthread_join(t->thread, NULL);
	}
	t->runs = 0;
	t->over = 1;
	return queue_status(t->queue);
}

int weir_traffic_close(struct weir_traffic *t)
{
	int status;

	if (!t)
		return 0;
	status = t->queue ? weir_traffic_finish(t) : 0;
	store_free(&t->store);
	weir_db_close(t->store.db);
	queue_free(t->queue);
	pack_clear(&t->pack);
	free(t);
	return status;
}

int weir_traffic_table(struct weir_traffic *t, const struct weir_traffic_table *table)
{
	uint32_t kind = table->kind;
	struct table *to = &t->store.tables[kind < WEIR_KINDS ? kind : 0];
	struct weir_db *db = t->store.db;

	if (kind >= WEIR_KINDS || t->runs || to->insert ||
	    pack_columns(table->plan) > PACK_COLUMNS)
		return fail_as(WEIR_MISUSE, "no table can be made of records of kind %u", kind);
	to->insert = db_query(db, table->insert);
	to->prune = db_query(db, table->prune);
	to->split = table->split;
	to->metadata = table->metadata;
	t->pack.plans[kind] = table->plan;
	if (!to->insert || !to->prune)
		return WEIR_FAIL;
	if (!table->more)
		return 0;
	to->more = db_query(db, table->more);
	to->prune_more = db_query(db, table->prune_more);
	return to->more && to->prune_more ? 0 : WEIR_FAIL;
}

int weir_traffic_plan(struct weir_traffic *t, uint32_t kind, const struct weir_plan *plan)
{
	const struct weir_plan *old = kind < WEIR_KINDS ? t->pack.plans[kind] : NULL;

	if (!old || pack_columns(old) != pack_columns(plan))
		return fail_as(WEIR_MISUSE, "no such plan of records of kind %u", kind);
	t->pack.plans[kind] = plan;
	return 0;
}

/* The thread begins with the first thing that there is to write. */
static int start(struct weir_traffic *t)
{
	if (t->runs)
		return 0;
	if (t->over)
		return fail_as(WEIR_MISUSE, "traffic.db has been finished");
	if (pthread_create(&t->thread, NULL, store_run, &t->store) != 0)
		return fail("cannot start a thread to write");
	t->runs = 1;
	return 0;
}

/* What the caller is told: why the thread failed, if that is why. */
static int said(struct weir_traffic *t, int status)
{
	int failed = status < 0 ? queue_status(t->queue) : 0;

	return failed < 0 ? failed : status;
}

int weir_traffic_source(struct weir_traffic *t, double id, double items)
{
	t->pack.seen = 0;
	t->pack.skip = items;
	if (start(t) < 0)
		return WEIR_FAIL;
	return said(t, pack_note(t->queue, ITEM_SOURCE, id, items));
}

int weir_traffic_done(struct weir_traffic *t)
{
	return said(t, pack_note(t->queue, ITEM_DONE, 0, 0));
}

int weir_traffic_put(struct weir_traffic *t, const struct weir_batch *batch)
{
	int status = pack_batch(&t->pack, batch, t->queue);

	if (t->store.o.live)
		queue_hand(t->queue, AGE);
	return said(t, status);
}

int weir_traffic_set(struct weir_traffic *t, const char *key, const char *value, uint32_t size)
{
	if (start(t) < 0)
		return WEIR_FAIL;
	return said(t, pack_key(t->queue, key, value, size));
}

int weir_traffic_look(struct weir_traffic *t)
{
	queue_hand(t->queue, AGE);
	return queue_status(t->queue);
}

int weir_traffic_flush(struct weir_traffic *t)
{
	return t->runs ? queue_drain(t->queue) : 0;
}

void weir_traffic_count(struct weir_traffic *t, struct weir_traffic_counts *out)
{
	*out = (struct weir_traffic_counts){
		.put = t->pack.packed, .stored = t->store.stored, .commits = t->store.commits,
		.forgotten = t->store.forgotten,
	};
	out->waited = queue_waited(t->queue, &out->full, &out->blocks);
}
