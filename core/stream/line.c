/* line.c - bytes in order, or datagrams: recognised once, then shown to their parser. */
#include <stdlib.h>
#include <string.h>
#include "../proto/turn.h"
#include "held.h"
#include "line.h"

enum {
	TRIES = 8,                      /* datagrams after which nobody looks any more */
	GREETINGS = 64,                 /* of STUN, which do not count: others follow them */
	STIRS = 4,                      /* of a parser, before it has to wait for more */
	LATE = 4096                     /* bytes of a stream, in which others are only looked for */
};

/* ---- recognition ------------------------------------------------------------------------ */

static int carries(const struct line *l, const struct protocol *p)
{
	return l->carrier == CARRIER_TCP ? p->tcp : l->carrier == CARRIER_UDP ? p->udp : p->tls;
}

/* A state that its parser needs no more, and the next one of the same parser. */
struct idle {
	struct idle *next;
};

/* Zeroed memory for the state of parser number `n`; NULL when there is none. */
static void *take_state(struct said *s, uint32_t n, uint32_t size)
{
	struct idle *idle = s->idle[n];

	if (!said_hold(s, size))
		return NULL;
	if (idle) {
		s->idle[n] = idle->next;
		return memset(idle, 0, size);
	}
	idle = calloc(1, size > sizeof *idle ? size : sizeof *idle);
	if (!idle)
		said_release(s, size);
	return idle;
}

static void give_state(struct said *s, uint32_t n, uint32_t size, void *state)
{
	struct idle *idle = state;

	if (!state)
		return;
	said_release(s, size);
	idle->next = s->idle[n];
	s->idle[n] = idle;
}

void lines_free(struct said *s)
{
	for (int i = 0; i < PARSERS; i++)
		while (s->idle[i]) {
			struct idle *next = s->idle[i]->next;

			free(s->idle[i]);
			s->idle[i] = next;
		}
}

int line_begin(struct line *l, struct said *s, const struct protocol *p)
{
	while (protocol_at(l->number) != p)
		l->number++;
	if (p->state_size) {
		l->state = take_state(s, l->number, p->state_size);
		if (!l->state) {
			line_stop(l);
			return 0;
		}
	}
	l->protocol = p;
	s->tallies[l->number].talks++;
	l->app = l->app ? l->app : p->label;
	return 1;
}

/* Peers in search of a way to each other ask with STUN whether there is one, also by a relay. */
static int is_greeting(const struct heard *h)
{
	struct span all = turn_inside((struct span){ h->at, h->size });

	return all.size >= 20 && all.at[0] < 4 && be32(all.at + 4) == 0x2112a442;
}

static void give_up_datagram(struct line *l, const struct heard *h)
{
	if (is_greeting(h) && l->greetings < GREETINGS)
		l->greetings++;
	else if (++l->tries >= TRIES)
		l->deaf[h->direction] = 1;
}

/* Nobody knows how a stream begins: some protocols may begin in it later. */
static void give_up_beginning(struct line *l, const struct heard *h)
{
	const struct protocol *p;
	int d = h->direction;

	l->deaf[d] = l->unknown[d] = 1;
	for (uint32_t i = 0; (p = protocol_at(i)); i++)
		if (p->find && carries(l, p) && p->kinds & h->said->kinds) {
			l->deaf[d] = 0;
			l->late[d] = LATE;
		}
}

/* Looks for what may begin late; returns how many bytes are before it, or are none of it. */
static uint32_t search(struct line *l, const struct heard *h)
{
	uint32_t passed = h->size;
	const struct protocol *p;

	for (uint32_t i = 0; (p = protocol_at(i)) && !l->protocol; i++) {
		struct heard rest = *h;
		uint32_t at;

		if (!(h->said->wanted >> i & 1) || !p->find || !carries(l, p))
			continue;
		h->said->tallies[i].probes++;
		at = p->find(h->at, h->size);
		rest.at += at;
		rest.size -= at;
		if (at < passed)
			passed = at;
		if (rest.size && p->probe(&rest) == MINE)
			line_begin(l, h->said, p);
	}
	if (passed >= l->late[h->direction])
		l->deaf[h->direction] = !l->protocol;
	else
		l->late[h->direction] -= (uint16_t)passed;
	return passed;
}

/* An end that began with something else is heard from the middle on, or not at all. */
static void join(struct line *l, const struct protocol *p, int d)
{
	if (p->midway)
		l->deaf[d] &= !l->unknown[d];
	else
		l->deaf[d] |= l->late[d] && !p->find;
}

/* Whether it is known by now who takes these bytes. */
static int recognise(struct line *l, const struct heard *h)
{
	const struct protocol *p;
	int unsure = 0;

	for (uint64_t left = h->said->wanted; left; left &= left - 1) {
		uint32_t i = (uint32_t)__builtin_ctzll(left);
		int verdict;

		p = protocol_at(i);
		if (!carries(l, p))
			continue;
		h->said->tallies[i].probes++;
		verdict = p->probe(h);
		if (verdict == MINE) {
			join(l, p, !h->direction);
			return line_begin(l, h->said, p);
		}
		unsure |= verdict == UNSURE;
	}
	if (l->carrier == CARRIER_UDP)
		give_up_datagram(l, h);
	else if (!unsure)
		give_up_beginning(l, h);
	return 0;
}

/* ---- what comes -------------------------------------------------------------------------- */

static void go_deaf(struct line *l, struct said *s, int d)
{
	l->deaf[d] = 1;
	held_drop(l, s, d);
}

/* Shows bytes to the parser; returns how many it took. */
static uint32_t show(struct line *l, struct heard *h)
{
	uint32_t passed = 0;
	struct heard rest;
	int32_t taken;

	if (!l->protocol && !l->late[h->direction])
		recognise(l, h);
	if (!l->protocol && l->late[h->direction])
		passed = search(l, h);
	if (!l->protocol)
		return passed;
	rest = *h;
	rest.at += passed;
	rest.size -= passed;
	rest.full -= passed;
	l->need[h->direction] = 0;
	h->said->tallies[l->number].calls++;
	taken = l->protocol->hear(&rest);
	if (taken == ENOUGH)
		l->deaf[h->direction] = 1;
	return taken < 0 ? h->size : passed + (uint32_t)taken;
}

/* Shows what was held, now that there is more; keeps what is left of it. */
static void show_held(struct line *l, const struct heard *h, int d)
{
	struct heard now = held_of(l, h);

	held_take(l, h->said, d, show(l, &now));
}

/*
 * What one end says may be what bytes of the other waited for: those are shown first, then what is
 * left of these.
 */
static void show_both(struct line *l, const struct heard *h)
{
	for (int i = 0; i < 2; i++) {
		struct heard other = *h;
		int d = i ? h->direction : !h->direction;

		if (d != h->direction) {
			other.waited = NULL;
			other.direction = d;
			other.from_port = h->to_port;
			other.to_port = h->from_port;
		}
		if (!l->deaf[d] && l->held[d])
			show_held(l, &other, d);
		if (l->deaf[d])
			held_drop(l, h->said, d);
	}
}

void line_hear(struct line *l, struct heard *h)
{
	int d = h->direction;
	uint32_t taken;

	h->line = l;
	if (l->deaf[d])
		return;
	if (l->held[d]) {
		if (!held_add(l, h, h->at, h->size))
			go_deaf(l, h->said, d);
		else if (l->held[d]->size >= l->need[d])
			show_held(l, h, d);
	} else {
		taken = show(l, h);
		if (!l->deaf[d] && l->carrier != CARRIER_UDP && taken < h->size &&
		    !held_add(l, h, h->at + taken, h->size - taken))
			go_deaf(l, h->said, d);
	}
	if (l->deaf[d])
		held_drop(l, h->said, d);
	for (int i = 0; l->stirred && i < STIRS; i++) {
		l->stirred = 0;
		show_both(l, h);
	}
}

void line_gap(struct line *l, struct heard *h, uint64_t missing)
{
	h->line = l;
	if (l->deaf[h->direction])
		return;
	if (l->protocol && l->protocol->gap) {
		struct heard now = held_of(l, h);

		l->protocol->gap(&now, missing);
		held_drop(l, h->said, h->direction);
	} else {
		go_deaf(l, h->said, h->direction);
	}
}

void line_over(struct line *l, struct heard *h)
{
	int d = h->direction;
	struct heard now;

	h->line = l;
	if (l->deaf[d])
		return;
	now = held_of(l, h);
	if (l->protocol && l->protocol->over)
		l->protocol->over(&now);
	go_deaf(l, h->said, d);
}

void line_close(struct line *l, struct said *s)
{
	if (l->protocol && l->protocol->close)
		l->protocol->close(s, l);
	if (l->protocol)
		give_state(s, l->number, l->protocol->state_size, l->state);
	held_drop(l, s, 0);
	held_drop(l, s, 1);
	*l = (struct line){ .deaf = { 1, 1 } };
}
