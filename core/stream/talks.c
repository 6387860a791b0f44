/* talks.c - all that is said in flows: room for it, and what it comes to. */
#include <stdlib.h>
#include "../names/names.h"
#include "talk_inside.h"

enum { TCP = 6 };

int talks_can(uint32_t kinds)
{
	return (kinds >> (WEIR_BEGIN + 1)) != 0;
}

int talks_are_wanted(const struct flow_options *o)
{
	return talks_can(o->kinds) || o->names || o->labels;
}

struct talks *talks_new(struct flows *f)
{
	struct talks *t = calloc(1, sizeof *t);
	const struct protocol *p;

	if (!t)
		return NULL;
	t->flows = f;
	t->said = said_new(f);
	t->talks = memory_huge(memory_count(f), sizeof *t->talks);
	if (!t->said || !t->talks) {
		talks_free(t);
		return NULL;
	}
	t->tcp = t->streams = f->o.kinds >> WEIR_STREAM & 1;
	protocols_choose(t->said);
	for (uint32_t i = 0; (p = protocol_at(i)); i++) {
		t->tcp |= protocol_is_wanted(p, t->said) ? p->tcp : 0;
		t->udp |= protocol_is_wanted(p, t->said) ? p->udp : 0;
	}
	return t;
}

static void clear_talk(struct talks *t, struct talk *k)
{
	line_close(&k->line, t->said);
	stream_clear(&k->streams[0], t->said);
	stream_clear(&k->streams[1], t->said);
}

void talks_free(struct talks *t)
{
	if (!t)
		return;
	for (uint32_t i = 1; i <= t->used; i++) /* of flows that have not ended: nobody reads it */
		clear_talk(t, &t->talks[i]);
	memory_release(t->talks, memory_count(t->flows), sizeof *t->talks);
	said_free(t->said);
	free(t);
}

struct said *talk_said(const struct flows *f)
{
	return f->talks->said;
}

void talks_forget(struct talks *t)
{
	if (t->said->names)
		names_clear(t->said->names);
}

struct keylog *talks_keylog(struct talks *t)
{
	return t->said->keylog;
}

void talks_choose(struct talks *t)
{
	protocols_choose(t->said);
}

void talks_begin(struct talks *t)
{
	said_begin(t->said);
}

void talks_show(const struct talks *t, struct weir_batch *batch)
{
	said_show(t->said, batch);
}

int talks_are_crowded(const struct talks *t)
{
	return t->said->crowded;
}

uint64_t talks_held(const struct talks *t)
{
	return t->said->held;
}

void talks_count(const struct talks *t, struct weir_counts *c)
{
	c->said_dropped = t->said->dropped;
	c->bytes_missing = t->said->missing;
	if (t->said->names)
		c->names_dropped = names_dropped(t->said->names);
}

struct weir_parser talks_parser(const struct talks *t, uint32_t i)
{
	const struct protocol *p = protocol_at(i);
	const struct tally *y = &t->said->tallies[p ? i : 0];

	return p ? (struct weir_parser){ p->name, (double)y->probes, (double)y->talks,
		(double)y->calls } : (struct weir_parser){ 0 };
}

double talks_said(const struct talks *t, uint32_t kind)
{
	return kind < WEIR_KINDS ? (double)t->said->told[kind] : 0;
}

struct talk *talk_of(struct talks *t, uint32_t number, int protocol)
{
	struct ear *e = &t->flows->ears[number];
	struct talk *k;

	if (e->talk)
		return &t->talks[e->talk];
	e->talk = t->free ? t->free : ++t->used;
	k = &t->talks[e->talk];
	t->free = k->next;
	*k = (struct talk){ .line.carrier = protocol == TCP ? CARRIER_TCP : CARRIER_UDP };
	for (int d = 0; d < 2; d++)
		if (e->knows >> d & 1)
			stream_begin(&k->streams[d], e->begins[d]);
	return k;
}

void talk_drop(struct talks *t, uint32_t number)
{
	struct ear *e = &t->flows->ears[number];
	struct talk *k = &t->talks[e->talk];

	if (!e->talk)
		return;
	clear_talk(t, k);
	k->next = t->free;
	t->free = e->talk;
	e->talk = 0;
}
