/* store.c - takes items and commits what they become, on a thread of its own: see store.h. */
#include "store_inside.h"

enum {
	QUEUED = 60,            /* seconds after which rows move from queued_flows to flows */
	AHEAD  = 8              /* items that are looked at before their turn */
};

static const double IDLE = 0.25;        /* seconds between looks around */

int store_init(struct store *s, struct weir_db *db, struct queue *q)
{
	int ok = 1;

	s->db = db;
	s->queue = q;
	s->moved = s->newest = s->present = INT64_MIN;
	ok &= (s->second = db_query(db, "INSERT OR FAIL INTO second_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" ON CONFLICT (ts, talk_id) DO UPDATE SET packets_out = packets_out + excluded.packets_out,"
		" bytes_out = bytes_out + excluded.bytes_out,"
		" packets_in = packets_in + excluded.packets_in,"
		" bytes_in = bytes_in + excluded.bytes_in")) != NULL;
	ok &= (s->key = db_query(db, "INSERT OR FAIL INTO kv_store VALUES (?1, ?2) ON CONFLICT (key)"
		" DO UPDATE SET value_json = CASE WHEN NOT json_valid(value_json)"
		" THEN excluded.value_json WHEN json_type(value_json) = 'object'"
		" THEN json_patch(value_json, excluded.value_json) ELSE value_json END"))
		!= NULL;
	ok &= (s->metadata = db_query(db,
		"UPDATE OR FAIL talk SET metadata = ?2 WHERE id = ?1")) != NULL;
	ok &= (s->progress = db_query(db, "UPDATE source SET items = ?2 WHERE id = ?1")) != NULL;
	ok &= (s->done = db_query(db,
		"UPDATE source SET items = ?2, state = 'done' WHERE id = ?1")) != NULL;
	ok &= (s->move = db_query(db, "UPDATE moved SET upto = ?1 WHERE upto < ?1")) != NULL;
	return ok && who_init(&s->who, db) == 0 && keep_init(&s->keep, db, &s->o) == 0 ?
		0 : WEIR_FAIL;
}

void store_free(struct store *s)
{
	who_free(&s->who);
	keep_free(&s->keep);
	for (int i = 0; i < WEIR_KINDS; i++) {
		weir_query_free(s->tables[i].insert);
		weir_query_free(s->tables[i].more);
		weir_query_free(s->tables[i].prune);
		weir_query_free(s->tables[i].prune_more);
	}
	weir_query_free(s->second);
	weir_query_free(s->metadata);
	weir_query_free(s->key);
	weir_query_free(s->progress);
	weir_query_free(s->done);
	weir_query_free(s->move);
}

/* ---- transactions ----------------------------------------------------------------------- */

static int begin(struct store *s)
{
	if (s->began != 0)
		return 0;
	if (weir_db_begin(s->db) < 0)
		return WEIR_FAIL;
	s->began = weir_clock();
	return who_begin(&s->who);
}

/* Rows older than a minute are in flows from now on. */
static int move(struct store *s)
{
	int64_t newest = s->o.live ? keep_date(&s->keep) : s->newest;

	if (newest < s->newest)
		newest = s->newest;
	if (newest == s->moved || newest == INT64_MIN)
		return 0;
	s->moved = newest;
	weir_query_integer(s->move, 1, newest - QUEUED);
	return weir_query_run(s->move);
}

static int commit(struct store *s)
{
	if (s->began == 0)
		return 0;
	if (store_source(s, s->progress) < 0 || move(s) < 0 || weir_db_commit(s->db) < 0)
		return WEIR_FAIL;
	s->began = 0;
	s->stored = s->stored + s->rows;
	s->commits = s->commits + 1;
	s->rows = 0;
	return 0;
}

/* What is too old, or too much, goes: a little at a time, so that nobody waits for it long. */
static int forget_old(struct store *s)
{
	double rows;

	if (!keep_is_due(&s->keep))
		return 0;
	if (begin(s) < 0)
		return WEIR_FAIL;
	rows = keep_step(&s->keep, s->tables, s->newest, s->present);
	if (rows < 0)
		return WEIR_FAIL;
	if (rows > 0)
		who_doubt(&s->who);
	s->forgotten = s->forgotten + rows;
	return commit(s);
}

/* Who reads a capture can wait: the file does not grow meanwhile. */
static int forget_now(struct store *s)
{
	int status;

	do
		status = forget_old(s);
	while (status == 0 && s->keep.behind && s->o.most_bytes > 0 && !s->o.live);
	return status;
}

static int is_due(const struct store *s)
{
	return s->began != 0 && (s->rows >= s->o.commit_rows ||
		weir_clock() - s->began >= s->o.commit_seconds);
}

static const struct item *item_at(const struct block *b, uint32_t at)
{
	return (const void *)(b->bytes + at);
}

/* What is remembered of an item is fetched while those before it are stored. */
static int store_block(struct store *s, const struct block *b)
{
	struct who_key keys[AHEAD];
	uint32_t coming = 0, expected = 0;
	int status = begin(s);

	for (uint32_t at = 0, n = 0; at < b->used && status >= 0; n++) {
		for (; expected < n + AHEAD && coming < b->used; coming += item_at(b, coming)->size)
			keys[expected++ % AHEAD] = who_expect(&s->who, item_at(b, coming));
		status = store_item(s, item_at(b, at), &keys[n % AHEAD]);
		at += item_at(b, at)->size;
	}
	return status;
}

/* While nothing comes: what is not committed, what has grown old. */
static int look_around(struct store *s)
{
	if (is_due(s) && commit(s) < 0)
		return WEIR_FAIL;
	if (s->began == 0 && s->o.live && keep_date(&s->keep) >= s->moved + 5 &&
	    s->moved != INT64_MIN && (begin(s) < 0 || commit(s) < 0))
		return WEIR_FAIL;
	return s->began == 0 ? forget_old(s) : 0;
}

static int step(struct store *s, enum queue_news what, struct block *b)
{
	switch (what) {
	case QUEUE_BLOCK:
		if (store_block(s, b) < 0)
			return WEIR_FAIL;
		if (!is_due(s))
			return 0;
		return commit(s) < 0 ? WEIR_FAIL : forget_now(s);
	case QUEUE_LATE:
		return look_around(s);
	default:
		if (commit(s) < 0)
			return WEIR_FAIL;
		queue_committed(s->queue);
		return 0;
	}
}

/* In the end all that is too old goes, not only some of it. */
static int forget_all(struct store *s)
{
	int status;

	keep_look(&s->keep);
	do
		status = forget_old(s);
	while (status == 0 && s->keep.behind);
	return status;
}

/* What is not committed is lost, and all that comes: the maker is told why. */
static void give_up(struct store *s)
{
	queue_fail(s->queue, WEIR_FAIL, weir_error());
	if (weir_db_in_transaction(s->db))
		weir_db_rollback(s->db);
	s->began = 0;
}

void *store_run(void *store)
{
	struct store *s = store;
	enum queue_news what = QUEUE_LATE;
	int failed = 0;

	while (what != QUEUE_OVER) {
		struct block *b = NULL;

		what = queue_take(s->queue, IDLE, &b);
		if (!failed && step(s, what, b) < 0) {
			give_up(s);
			failed = 1;
		}
		if (b)
			queue_give(s->queue, b);
	}
	if (!failed && forget_all(s) < 0)
		give_up(s);
	return NULL;
}
