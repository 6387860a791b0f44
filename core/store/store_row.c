/* store_row.c - what each item becomes: rows of its kind, or what is known of a source or a key. */
#include "store_inside.h"

/* Flows of a workspace have numbers of their own: whose they are, and what they are there. */
static int64_t flow_of(const struct store *s, const struct item *i)
{
	return (s->source << 32) + (int64_t)i->flow_id;
}

static int64_t seconds_of(int64_t ns)
{
	return ns / 1000000000 - (ns % 1000000000 < 0);
}

static int store_second(struct store *s, const struct item *i, const struct who_key *k)
{
	struct talk *t = who_talk(&s->who, i, k);
	int turned;

	if (!t)
		return WEIR_FAIL;
	turned = t->second != t->id ? 2 : 0;
	weir_query_integer(s->second, 1, seconds_of(i->ns));
	weir_query_integer(s->second, 2, t->second);
	weir_query_integer(s->second, 3, flow_of(s, i));
	for (int n = 0; n < 4; n++)
		weir_query_integer(s->second, (uint32_t)(4 + n), i->counts[n ^ turned]);
	return weir_query_run(s->second);
}

static void bind_value(struct weir_query *q, uint32_t at, const struct value *v,
	const struct item *i)
{
	switch (v->type) {
	case VALUE_INTEGER: weir_query_integer(q, at, v->integer); break;
	case VALUE_REAL:    weir_query_number(q, at, v->real); break;
	case VALUE_NAME:    db_borrow(q, at, v->name, v->size); break;
	case VALUE_TEXT:    db_borrow(q, at, item_bytes(i, v->at), v->size); break;
	default:            weir_query_blob(q, at, item_bytes(i, v->at), v->size); break;
	}
}

/* The parameter that a column is, and of which statement. */
static struct weir_query *parameter(const struct table *t, uint32_t column, uint32_t *at)
{
	if (column < t->split) {
		*at = STORE_FIELDS + column;
		return t->insert;
	}
	*at = STORE_MORE + column - t->split;
	return t->more;
}

/* What the row before had in other columns goes. */
static void bind_values(struct table *t, const struct item *i)
{
	const struct value *v = item_values((struct item *)i);
	uint64_t now[PACK_COLUMNS / 64] = { 0 };
	struct weir_query *q;
	uint32_t at;

	for (uint32_t n = i->values; n; n--, v++) {
		q = parameter(t, v->column, &at);
		bind_value(q, at, v, i);
		now[v->column / 64] |= 1ull << v->column % 64;
	}
	for (uint32_t k = 0; k < PACK_COLUMNS / 64; k++) {
		for (uint64_t old = t->bound[k] & ~now[k]; old; old &= old - 1) {
			q = parameter(t, 64 * k + (uint32_t)__builtin_ctzll(old), &at);
			weir_query_null(q, at);
		}
		t->bound[k] = now[k];
	}
}

/* What extensions gave to a flow is shown with its seconds, too. */
static int store_metadata(struct store *s, const struct table *to, const struct talk *t,
	const struct item *i)
{
	const struct value *last = item_values((struct item *)i) + i->values - 1;

	if (!to->metadata || !i->values || last->column != to->metadata)
		return 0;
	weir_query_integer(s->metadata, 1, t->second);
	bind_value(s->metadata, 2, last, i);
	return weir_query_run(s->metadata);
}

static int store_record(struct store *s, const struct item *i, const struct who_key *k)
{
	struct table *to = &s->tables[i->kind];
	struct talk *t = who_talk(&s->who, i, k);
	int64_t name = t && i->name_size ? who_name(&s->who, i) : 0;

	if (!t || name < 0)
		return WEIR_FAIL;
	if (i->flow_id > 0)
		weir_query_integer(to->insert, STORE_FLOW, flow_of(s, i));
	else
		weir_query_null(to->insert, STORE_FLOW);
	weir_query_integer(to->insert, STORE_TIME, i->ns);
	weir_query_integer(to->insert, STORE_TALK, t->id);
	weir_query_integer(to->insert, STORE_SOURCE, s->source);
	weir_query_integer(to->insert, STORE_NAME, name);
	bind_values(to, i);
	if (weir_query_run(to->insert) < 0)
		return WEIR_FAIL;
	if (!to->more)
		return 0;
	weir_query_integer(to->more, 1, flow_of(s, i));
	if (weir_query_run(to->more) < 0)
		return WEIR_FAIL;
	return store_metadata(s, to, t, i);
}

static int store_key(struct store *s, const struct item *i)
{
	const struct value *v = item_values((struct item *)i);

	db_borrow(s->key, 1, item_bytes(i, i->name_at), i->name_size);
	bind_value(s->key, 2, v, i);
	return weir_query_run(s->key);
}

int store_source(struct store *s, struct weir_query *q)
{
	if (!s->source)
		return 0;
	weir_query_integer(q, 1, s->source);
	weir_query_integer(q, 2, (int64_t)s->items);
	return weir_query_run(q);
}

static int change_source(struct store *s, const struct item *i)
{
	if (store_source(s, s->progress) < 0)
		return WEIR_FAIL;
	s->source = (int64_t)i->flow_id;
	s->items = (double)i->ns;
	return 0;
}

static int end_source(struct store *s)
{
	int status = store_source(s, s->done);

	s->source = 0;
	return status;
}

/* Seconds that are still to come, as the clock says, are of a clock that is wrong. */
static void note_time(struct store *s, int64_t second)
{
	if (second > s->newest)
		s->newest = second;
	if (second > s->present && second <= keep_date(&s->keep))
		s->present = second;
}

int store_item(struct store *s, const struct item *i, const struct who_key *k)
{
	int status;

	switch (i->kind) {
	case ITEM_SOURCE: return change_source(s, i);
	case ITEM_DONE:   return end_source(s);
	case ITEM_KEY:    return store_key(s, i);
	}
	status = i->kind == WEIR_SECOND ? store_second(s, i, k) : store_record(s, i, k);
	note_time(s, seconds_of(i->ns));
	s->items++;
	s->rows++;
	return status;
}
