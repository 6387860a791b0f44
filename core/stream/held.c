/* held.c - the bytes of a line that wait for more, and the packets that brought them. */
#include <stdlib.h>
#include <string.h>
#include "held.h"

enum { HELD_LEAST = 16 };               /* bytes of room for those that wait */

void held_drop(struct line *l, struct said *s, int d)
{
	if (!l->held[d])
		return;
	if (l->held[d]->waited)
		said_release(s, sizeof *l->held[d]->waited);
	free(l->held[d]->waited);
	said_release(s, sizeof *l->held[d] + l->held[d]->room);
	free(l->held[d]);
	l->held[d] = NULL;
}

/* Room for so many bytes that wait; 0 when there is none. */
static int make_room(struct line *l, struct said *s, int d, uint32_t size)
{
	uint32_t had = l->held[d] ? l->held[d]->room : 0, room = had ? had : HELD_LEAST, more;
	struct held *held;

	if (had >= size || size > LINE_MOST)
		return had >= size;
	while (room < size)
		room *= 2;
	more = room - had + (had ? 0 : sizeof *held);
	if (!said_hold(s, more))
		return 0;
	held = realloc(l->held[d], sizeof *held + room);
	if (!held) {
		said_release(s, more);
		return 0;
	}
	held->size = had ? held->size : 0;
	held->waited = had ? held->waited : NULL;
	held->room = room;
	l->held[d] = held;
	return 1;
}

static void add_share(struct waited *w, const struct origin *o, uint32_t end)
{
	struct share *last = w->count ? &w->shares[w->count - 1] : NULL;

	if (last && last->origin.ordinal == o->ordinal)
		last->end = end;
	else if (w->count < sizeof w->shares / sizeof w->shares[0])
		w->shares[w->count++] = (struct share){ *o, end };
	else
		w->cut = 1;
}

/* Notes which packets brought what waits now: that of `h`, and those of which it was made. */
static void note_shares(struct held *held, const struct heard *h)
{
	if (!said_wants(h->said, WEIR_EXCHANGE) && !said_tells_packets(h->said))
		return;
	if (!held->waited && said_hold(h->said, sizeof *held->waited)) {
		held->waited = calloc(1, sizeof *held->waited);
		if (!held->waited)
			said_release(h->said, sizeof *held->waited);
	}
	if (!held->waited)
		return;
	for (uint32_t i = 0; h->waited && i < h->waited->count; i++)
		add_share(held->waited, &h->waited->shares[i].origin, held->size);
	add_share(held->waited, h->origin, held->size);
}

/* So many of the bytes do not wait any more. */
static void drop_shares(struct waited *w, uint32_t taken)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; w && i < w->count; i++)
		if (w->shares[i].end > taken) {
			w->shares[kept] = w->shares[i];
			w->shares[kept++].end -= taken;
		}
	if (w)
		w->count = kept;
}

int held_add(struct line *l, const struct heard *h, const uint8_t *at, uint32_t size)
{
	int d = h->direction;

	if (!make_room(l, h->said, d, (l->held[d] ? l->held[d]->size : 0) + size))
		return 0;
	memcpy(l->held[d]->bytes + l->held[d]->size, at, size);
	l->held[d]->size += size;
	note_shares(l->held[d], h);
	return 1;
}

void held_take(struct line *l, struct said *s, int d, uint32_t taken)
{
	struct held *held = l->held[d];

	drop_shares(held->waited, taken);
	held->size -= taken;
	if (held->size)
		memmove(held->bytes, held->bytes + taken, held->size);
	else
		held_drop(l, s, d);
}

struct heard held_of(const struct line *l, const struct heard *h)
{
	const struct held *held = l->held[h->direction];
	struct heard now = *h;

	now.waited = held ? held->waited : NULL;
	now.at = held ? held->bytes : NULL;
	now.size = now.full = held ? held->size : 0;
	return now;
}
