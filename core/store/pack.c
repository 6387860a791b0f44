/*
 * pack.c - makes items of records: each column's value as SQLite knows it, texts beside.
 *
 * What is no single value (lists, rows, objects) becomes a text of JSON, as records have it.
 */
#include <math.h>
#include <string.h>
#include "../output/line.h"
#include "pack.h"

int pack_init(struct pack *p)
{
	p->scratch = output_keep();
	return p->scratch ? 0 : WEIR_FAIL;
}

void pack_clear(struct pack *p)
{
	weir_output_close(p->scratch);
	p->scratch = NULL;
}

/* ---- values -------------------------------------------------------------------------- */

static void take_integer(struct value *v, int64_t n)
{
	v->type = VALUE_INTEGER;
	v->integer = n;
}

static void take_real(struct value *v, double n)
{
	v->type = VALUE_REAL;
	v->real = n;
}

/* What was written to the scratch since `before`. */
static void take_written(struct value *v, const struct weir_output *o, size_t before)
{
	v->type = VALUE_TEXT;
	v->at = (uint32_t)before;
	v->size = (uint32_t)(o->used - before);
}

/* A text that is none, or none that SQL would understand, is kept as the bytes that it is. */
static void take_text(const struct line *l, struct value *v, const char *text, uint32_t size)
{
	size_t before = l->o->used;

	weir_output_write(l->o, text, size);
	take_written(v, l->o, before);
	if (!value_is_utf8(text, size))
		v->type = VALUE_BLOB;
}

static void take_name(struct value *v, const struct weir_column *c, uint32_t i)
{
	const char *name = i < c->name_count ? c->names[i] : NULL;

	if (!name) {
		take_integer(v, i);
		return;
	}
	v->type = VALUE_NAME;
	v->name = name;
	v->size = (uint32_t)strlen(name);
}

static void take_json(const struct line *l, const struct weir_column *c, struct value *v)
{
	size_t before = l->o->used;

	output_end(l->o, line_json(l, c, output_room(l->o, VALUE_ROOM + l->plan->room)));
	take_written(v, l->o, before);
}

/* Values that are short texts: flags, addresses. */
static void take_short(const struct line *l, const struct weir_column *c, struct value *v)
{
	const uint8_t *at = line_member(l, c->at);
	char text[VALUE_ROOM];
	uint32_t size = 0;

	if (c->as == WEIR_AS_ADDRESS)
		size = (uint32_t)weir_address_text(at, *(const uint8_t *)line_member(l, c->beside),
			text);
	else if (c->as == WEIR_AS_ETHER)
		size = (uint32_t)weir_ether_text(at, text);
	else
		for (uint32_t i = 0; i < c->name_count && i < sizeof text; i++)
			if (host16(at) >> i & 1)
				text[size++] = c->names[i][0];
	take_text(l, v, text, size);
}

static double real_at(const uint8_t *at)
{
	double n;

	memcpy(&n, at, sizeof n);
	return n;
}

static void take(const struct line *l, const struct weir_column *c, struct value *v)
{
	const uint8_t *at = line_member(l, c->at);

	switch (c->as) {
	case WEIR_AS_U8: case WEIR_AS_BOOLEAN: take_integer(v, *at); break;
	case WEIR_AS_U16:    take_integer(v, host16(at)); break;
	case WEIR_AS_U32:    take_integer(v, host32(at)); break;
	case WEIR_AS_S32:    take_integer(v, (int32_t)host32(at)); break;
	case WEIR_AS_TIME: case WEIR_AS_EPOCH:
		take_integer(v, (int64_t)host64(at));
		break;
	case WEIR_AS_COUNT: case WEIR_AS_ID:
		take_integer(v, (int64_t)real_at(at));
		break;
	case WEIR_AS_NUMBER: take_real(v, real_at(at)); break;
	case WEIR_AS_NAME8:  take_name(v, c, *at); break;
	case WEIR_AS_NAME16: take_name(v, c, host16(at)); break;
	case WEIR_AS_NAME32: take_name(v, c, host32(at)); break;
	case WEIR_AS_STRING:
		take_text(l, v, l->batch->words + host32(at), host32(at + 4));
		break;
	case WEIR_AS_TEXT:
		take_text(l, v, l->batch->text + host32(at),
			(uint32_t)strlen(l->batch->text + host32(at)));
		break;
	case WEIR_AS_FLAGS: case WEIR_AS_ADDRESS: case WEIR_AS_ETHER:
		take_short(l, c, v);
		break;
	default:             take_json(l, c, v); break;
	}
}

/* The values that a record, or a part of it, has in its columns; `at` is the first one's number. */
static uint32_t take_all(struct pack *p, const struct line *l, uint32_t n, uint32_t at)
{
	for (uint32_t i = 0; i < l->plan->column_count; i++) {
		const struct weir_column *c = &l->plan->columns[i];
		int is_there = !line_is_left_out(l, c);

		if (c->as == WEIR_AS_INLINE) {
			struct line part = *l;

			if (is_there)
				part = line_row(l, c, 0);
			n = is_there ? take_all(p, &part, n, at) : n;
			at += c->rows->column_count;
			continue;
		}
		if (is_there) {
			take(l, c, &p->values[n]);
			p->values[n++].column = (uint16_t)at;
		}
		at++;
	}
	return n;
}

/* How many columns a plan is, with those of parts. */
uint32_t pack_columns(const struct weir_plan *plan)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < plan->column_count; i++)
		n += plan->columns[i].as == WEIR_AS_INLINE ?
			plan->columns[i].rows->column_count : 1;
	return n;
}

/* ---- items --------------------------------------------------------------------------- */

static uint32_t round_up(size_t size)
{
	return (uint32_t)((size + 7) & ~(size_t)7);
}

/* What there is not of the ends is 0 already, but what a part that is missing left. */
static void fill(struct item *i, const void *ends, uint32_t has, int64_t ns, double flow_id)
{
	memset(i, 0, sizeof *i);
	memcpy(&i->ends, ends, sizeof i->ends);
	i->has = has;
	i->ns = ns;
	i->flow_id = flow_id;
	if (!(has & WEIR_HAS_SRC_MAC))
		memset(i->ends.src_ether, 0, sizeof i->ends.src_ether);
	if (!(has & WEIR_HAS_DEST_MAC))
		memset(i->ends.dest_ether, 0, sizeof i->ends.dest_ether);
}

static void add_name(struct item *i, const struct weir_batch *batch, struct weir_text name,
	uint32_t at)
{
	i->name_at = at;
	i->name_size = name.size;
	memcpy((uint8_t *)i + at, batch->words + name.at, name.size);
	i->size = round_up(at + name.size);
}

static int pack_second(const struct weir_second *s, const struct weir_batch *batch, struct queue *q)
{
	uint32_t name_size = s->has & WEIR_HAS_NAME ? s->name.size : 0;
	struct item *i = queue_room(q, sizeof *i + name_size + 8);

	if (!i)
		return WEIR_FAIL;
	fill(i, s->src_addr, s->has, s->ns, s->flow_id);
	i->kind = WEIR_SECOND;
	i->size = sizeof *i;
	i->counts[0] = s->pkts_toserver;
	i->counts[1] = s->bytes_toserver;
	i->counts[2] = s->pkts_toclient;
	i->counts[3] = s->bytes_toclient;
	i->name_sure = s->name_sure;
	i->name_by = s->name_by;
	if (name_size)
		add_name(i, batch, s->name, sizeof *i);
	queue_add(q, i);
	return 0;
}

/* What all items of records begin with, by kind. */
static void begin(struct item *i, uint32_t kind, const void *record, const struct weir_batch *batch,
	uint32_t at)
{
	const struct weir_flow *f = record;
	const struct weir_said *s = record;

	if (kind != WEIR_FLOW) {
		fill(i, s->src_addr, s->has, s->ns, s->flow_id);
		i->size = at;
	} else {
		fill(i, f->src_addr, f->has, f->end_ns, f->flow_id);
		i->name_sure = f->name_sure;
		i->name_by = f->name_by;
		i->size = at;
		if (f->has & WEIR_HAS_NAME)
			add_name(i, batch, f->name, at);
	}
	i->kind = (uint16_t)kind;
}

static int pack_record(struct pack *p, uint32_t kind, const struct line *l, struct queue *q)
{
	uint32_t n, name_size = 0, at;
	const struct weir_flow *f = (const void *)l->record;
	struct item *i;

	p->scratch->used = 0;
	n = take_all(p, l, 0, 0);
	if (p->scratch->status < 0)
		return p->scratch->status;
	if (kind == WEIR_FLOW && f->has & WEIR_HAS_NAME)
		name_size = f->name.size;
	at = round_up(sizeof *i + n * sizeof *p->values + p->scratch->used);
	i = queue_room(q, (size_t)at + name_size + 8);
	if (!i)
		return WEIR_FAIL;
	begin(i, kind, l->record, l->batch, at);
	i->values = (uint16_t)n;
	memcpy(item_values(i), p->values, n * sizeof *p->values);
	at = (uint32_t)(sizeof *i + n * sizeof *p->values);
	memcpy((uint8_t *)i + at, p->scratch->buffer, p->scratch->used);
	for (struct value *v = item_values(i), *end = v + n; v < end; v++)
		if (v->type == VALUE_TEXT || v->type == VALUE_BLOB)
			v->at += at;
	queue_add(q, i);
	return 0;
}

static int pack_run(struct pack *p, const struct weir_batch *batch, const struct weir_run *run,
	struct queue *q)
{
	struct line l = { .plan = p->plans[run->kind], .batch = batch, .o = p->scratch };
	int status = 0;

	if (run->kind != WEIR_SECOND && !l.plan)
		return 0;
	for (uint32_t i = 0; i < run->count && status == 0; i++) {
		if (p->seen++ < p->skip)
			continue;
		if (run->kind == WEIR_SECOND) {
			status = pack_second(batch->seconds + run->first + i, batch, q);
		} else {
			l.record = line_records(l.plan, batch) +
				(size_t)(run->first + i) * l.plan->record_size;
			status = pack_record(p, run->kind, &l, q);
		}
		p->packed++;
	}
	return status;
}

int pack_batch(struct pack *p, const struct weir_batch *batch, struct queue *q)
{
	int status = 0;

	for (uint32_t i = 0; i < batch->run_count && status == 0; i++)
		if (batch->runs[i].kind < WEIR_KINDS)
			status = pack_run(p, batch, &batch->runs[i], q);
	return status;
}

int pack_note(struct queue *q, uint32_t kind, double number, double items)
{
	struct item *i = queue_room(q, sizeof *i);

	if (!i)
		return WEIR_FAIL;
	memset(i, 0, sizeof *i);
	i->kind = (uint16_t)kind;
	i->size = sizeof *i;
	i->flow_id = number;
	i->ns = (int64_t)items;
	queue_add(q, i);
	return 0;
}

int pack_key(struct queue *q, const char *key, const char *value, uint32_t size)
{
	size_t key_size = strlen(key);
	struct item *i = queue_room(q, sizeof *i + sizeof(struct value) + key_size + size + 8);
	struct value v = { .at = sizeof *i + sizeof v, .size = size, .type = VALUE_TEXT };

	if (!i)
		return WEIR_FAIL;
	memset(i, 0, sizeof *i);
	i->kind = ITEM_KEY;
	i->values = 1;
	memcpy(item_values(i), &v, sizeof v);
	memcpy((uint8_t *)i + v.at, value, size);
	i->name_at = v.at + size;
	i->name_size = (uint32_t)key_size;
	memcpy((uint8_t *)i + i->name_at, key, key_size);
	i->size = round_up(i->name_at + key_size);
	queue_add(q, i);
	return 0;
}
