/* line.c - bytes in order, or datagrams: recognised once, then shown to their parser. */
#include <stdlib.h>
#include <string.h>
#include "held.h"
#include "line.h"
#include "recognition.h"

enum { STIRS = 4 };                     /* of a parser, before it has to wait for more */

/* ---- states ------------------------------------------------------------------------------- */

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
		line_recognise(l, h);
	if (!l->protocol && l->late[h->direction])
		passed = line_search(l, h);
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
