/*
 * kb.c - writes facts into a knowledge base, with their evidence, in the order of their ids: trees
 * that are written to in their order stay in the cache.
 */
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "db.h"

enum { ID = 32 };

struct weir_kb {
	struct weir_db *db;
	struct weir_query *entity, *relationship;       /* new ones */
	struct weir_query *entity_again, *relationship_again;
	struct weir_query *evidence, *known, *evidence_again;
	int64_t  second;                /* that of ts */
	char     ts[64];
	uint32_t ts_size;
	uint8_t joined[WEIR_EVIDENCE_ROOM];
	uint8_t before[WEIR_EVIDENCE_ROOM];
};

/* Counts are added, times and confidence grow: ?1 id, ?2 count, ?3 first, ?4 last, ?5 confidence. */
#define GROW \
	"count = ifnull(count, 0) + ?2, first = min(ifnull(first, ?3), ifnull(?3, first)), " \
	"last = max(ifnull(last, ?4), ifnull(?4, last)), " \
	"confidence = max(ifnull(confidence, ?5), ifnull(?5, confidence))"
#define GROW_FACT GROW ", ts = iif(?3 < ifnull(first, 9e99), ?6, ts) WHERE id = ?1"

static const char entity_sql[] =
	"INSERT INTO entities (id, count, first, last, confidence, ts, type, data, changed, key) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
static const char relationship_sql[] =
	"INSERT INTO relationships (id, count, first, last, confidence, ts, type, data, changed, src, dst) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
static const char entity_again_sql[] =
	"UPDATE entities SET key = ifnull(key, ?7), " GROW_FACT;
static const char relationship_again_sql[] =
	"UPDATE relationships SET " GROW_FACT;
static const char evidence_sql[] =
	"INSERT INTO evidence (fact, count, first, last, confidence, witness, told, proofs) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
static const char known_sql[] =
	"SELECT proofs FROM evidence WHERE fact = ? AND witness = ?";
static const char evidence_again_sql[] =
	"UPDATE evidence SET " GROW ", proofs = ?7 WHERE fact = ?1 AND witness = ?6";

struct weir_kb *weir_kb_new(struct weir_db *db)
{
	struct weir_kb *kb = calloc(1, sizeof *kb);

	if (!kb) {
		fail("out of memory");
		return NULL;
	}
	kb->db = db;
	if ((kb->entity = db_query(db, entity_sql)) &&
	    (kb->relationship = db_query(db, relationship_sql)) &&
	    (kb->entity_again = db_query(db, entity_again_sql)) &&
	    (kb->relationship_again = db_query(db, relationship_again_sql)) &&
	    (kb->evidence = db_query(db, evidence_sql)) && (kb->known = db_query(db, known_sql)) &&
	    (kb->evidence_again = db_query(db, evidence_again_sql)))
		return kb;
	weir_kb_free(kb);
	return NULL;
}

void weir_kb_free(struct weir_kb *kb)
{
	if (!kb)
		return;
	weir_query_free(kb->entity);
	weir_query_free(kb->relationship);
	weir_query_free(kb->entity_again);
	weir_query_free(kb->relationship_again);
	weir_query_free(kb->evidence);
	weir_query_free(kb->known);
	weir_query_free(kb->evidence_again);
	free(kb);
}

/* ---- values ------------------------------------------------------------------------------- */

static void bind_text(struct weir_query *q, uint32_t i, const char *text, uint32_t size)
{
	if (text)
		db_borrow(q, i, text, size);
	else
		weir_query_null(q, i);
}

static void bind_proofs(struct weir_query *q, uint32_t i, const void *proofs, uint32_t size)
{
	if (size)
		weir_query_blob(q, i, proofs, size);
	else
		weir_query_null(q, i);
}

static void bind_number(struct weir_query *q, uint32_t i, double value)
{
	if (isnan(value))
		weir_query_null(q, i);
	else
		weir_query_number(q, i, value);
}

/* What all queries begin with. */
static void bind_head(struct weir_query *q, const struct weir_fact *f)
{
	db_borrow(q, 1, f->id, ID);
	weir_query_integer(q, 2, (int64_t)f->count);
	bind_number(q, 3, f->first);
	bind_number(q, 4, f->last);
	bind_number(q, 5, f->confidence);
}

/* The second of a time as a text; most facts of a moment have the same one. */
static void tell_second(struct weir_kb *kb, int64_t second)
{
	time_t seconds = (time_t)second;
	struct tm t;

	if (kb->second == second && kb->ts[0])
		return;
	if (!gmtime_r(&seconds, &t))
		memset(&t, 0, sizeof t);
	snprintf(kb->ts, sizeof kb->ts, "%04d-%02d-%02d %02d:%02d:%02d.000000", t.tm_year + 1900,
		t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
	kb->second = second;
}

/* When a fact was first true, or else told, as Stratosphere writes times: into kb->ts. */
static void tell_ts(struct weir_kb *kb, const struct weir_fact *f, double stamp)
{
	double us = floor((isnan(f->first) ? stamp / 1e3 : f->first) * 1e6 + 0.5);
	double second = floor(us / 1e6);
	uint32_t rest = (uint32_t)(us - second * 1e6);
	char *end;

	tell_second(kb, (int64_t)second);
	kb->ts_size = (uint32_t)strlen(kb->ts);
	end = kb->ts + kb->ts_size;
	for (int i = 0; i < 6; i++, rest /= 10)
		*--end = (char)('0' + rest % 10);
}

/* Whether it changed anything: 1 or 0. */
static int change(struct weir_kb *kb, struct weir_query *q)
{
	int status = weir_query_run(q);

	return status < 0 ? status : weir_db_changes(kb->db) > 0;
}

/* ---- facts -------------------------------------------------------------------------------- */

/* A fact that nobody had told: 1; 0 when somebody had. */
static int add_fact(struct weir_kb *kb, const struct weir_fact *f, double stamp)
{
	struct weir_query *q = f->src ? kb->relationship : kb->entity;

	bind_head(q, f);
	db_borrow(q, 6, kb->ts, kb->ts_size);
	db_borrow(q, 7, f->type, f->type_size);
	bind_text(q, 8, f->data, f->data_size);
	weir_query_integer(q, 9, (int64_t)stamp);
	if (f->src) {
		db_borrow(q, 10, f->src, ID);
		db_borrow(q, 11, f->dst, ID);
	} else {
		bind_text(q, 10, f->key, f->key_size);
	}
	return change(kb, q);
}

static int grow_fact(struct weir_kb *kb, const struct weir_fact *f)
{
	struct weir_query *q = f->src ? kb->relationship_again : kb->entity_again;

	bind_head(q, f);
	db_borrow(q, 6, kb->ts, kb->ts_size);
	if (!f->src)
		bind_text(q, 7, f->key, f->key_size);
	return weir_query_run(q);
}

/* Joins what a witness saw with what it had seen. */
static int grow_evidence(struct weir_kb *kb, const struct weir_fact *f, int64_t witness)
{
	uint32_t size = 0;
	const void *old;
	int joined, step;

	db_borrow(kb->known, 1, f->id, ID);
	weir_query_integer(kb->known, 2, witness);
	step = db_step(kb->known);
	if (step < 0)
		return step;
	old = step ? db_bytes(kb->known, 0, &size) : NULL;
	size = size <= sizeof kb->before ? size : 0;
	memcpy(kb->before, old ? old : "", old ? size : 0);
	weir_query_reset(kb->known);
	joined = weir_evidence_join(kb->before, size, f->proofs, f->proofs_size, kb->joined,
		sizeof kb->joined);
	if (joined < 0)
		return joined;
	bind_head(kb->evidence_again, f);
	weir_query_integer(kb->evidence_again, 6, witness);
	bind_proofs(kb->evidence_again, 7, kb->joined, size + f->proofs_size ? (uint32_t)joined : 0);
	return weir_query_run(kb->evidence_again);
}

static int add_evidence(struct weir_kb *kb, const struct weir_fact *f, int64_t witness)
{
	struct weir_query *q = kb->evidence;

	bind_head(q, f);
	weir_query_integer(q, 6, witness);
	bind_text(q, 7, f->told, f->told_size);
	bind_proofs(q, 8, f->proofs, f->proofs_size);
	return change(kb, q);
}

static int write_fact(struct weir_kb *kb, struct weir_fact *f, int64_t witness, double stamp)
{
	int is_new, is_heard;

	tell_ts(kb, f, stamp);
	is_new = add_fact(kb, f, stamp);
	if (is_new < 0 || (!is_new && grow_fact(kb, f) < 0))
		return WEIR_FAIL;
	is_heard = add_evidence(kb, f, witness);
	if (is_heard < 0 || (!is_heard && grow_evidence(kb, f, witness) < 0))
		return WEIR_FAIL;
	f->state = is_new ? WEIR_FACT_NEW : is_heard ? WEIR_FACT_OTHERS : WEIR_FACT_AGAIN;
	return 0;
}

/* A fact and the beginning of its id, by which most of them are told apart. */
struct turn {
	uint64_t          head;
	struct weir_fact *fact;
};

static int by_id(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return memcmp(x->fact->id, y->fact->id, ID);
}

int weir_kb_write(struct weir_kb *kb, struct weir_fact *facts, uint32_t count, double witness,
	double stamp)
{
	struct turn *turns = calloc(count ? count : 1, sizeof *turns);
	int status = 0;

	if (!turns)
		return fail("out of memory");
	for (uint32_t i = 0; i < count; i++) {
		memcpy(&turns[i].head, facts[i].id, sizeof turns[i].head);
		turns[i].head = be64toh(turns[i].head);
		turns[i].fact = &facts[i];
	}
	qsort(turns, count, sizeof *turns, by_id);
	for (uint32_t i = 0; i < count && status == 0; i++)
		status = write_fact(kb, turns[i].fact, (int64_t)witness, stamp);
	free(turns);
	return status;
}
