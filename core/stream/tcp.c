/* tcp.c - the bytes that one end of a TCP connection sends, put in order. */
#include <stdlib.h>
#include <string.h>
#include "tcp.h"

enum {
	WAITING_BYTES = 1 << 20,        /* behind a gap, after which it is given up */
	WAITING_COUNT = 512,            /* segments */
	FAR           = 1 << 24,        /* bytes from what is next: it may be of another connection */
	STRANGERS     = 4               /* such segments in a row: they are of this one, after all */
};

/* How far sequence number x is behind y: they go round. */
static inline int32_t ahead_of(uint32_t x, uint32_t y)
{
	return (int32_t)(x - y);
}

static void drop_queue(struct stream *t, struct said *s)
{
	said_release(s, sizeof *t->waiting);
	free(t->waiting);
	t->waiting = NULL;
}

static void drop_first(struct stream *t, struct said *s)
{
	struct queue *q = t->waiting;
	struct segment *first = q->first;

	q->first = first->next;
	q->bytes -= first->size;
	q->count--;
	said_release(s, sizeof *first + first->kept);
	free(first);
	if (q->first)
		q->seq = q->first->seq;
	else
		drop_queue(t, s);
}

/* Where things wait; NULL when there is no memory. */
static struct queue *queue_of(struct stream *t, struct said *s)
{
	if (t->waiting || !said_hold(s, sizeof *t->waiting))
		return t->waiting;
	t->waiting = calloc(1, sizeof *t->waiting);
	if (!t->waiting)
		said_release(s, sizeof *t->waiting);
	return t->waiting;
}

void stream_clear(struct stream *t, struct said *s)
{
	while (t->waiting)
		drop_first(t, s);
}

/* ---- bytes before their turn --------------------------------------------------------------- */

static struct segment *segment_new(struct said *s, const struct brought *b, uint32_t from,
	uint32_t to)
{
	uint32_t skip = from - b->seq, size = to - from;
	uint32_t kept = b->size > skip ? b->size - skip : 0;
	struct segment *g;

	kept = kept < size ? kept : size;
	if (!said_hold(s, sizeof *g + kept))
		return NULL;
	g = malloc(sizeof *g + kept);
	if (!g) {
		said_release(s, sizeof *g + kept);
		return NULL;
	}
	*g = (struct segment){ .origin = b->origin, .seq = from, .size = size, .kept = kept };
	if (kept)
		memcpy(g->bytes, b->at + skip, kept);
	return g;
}

/* A segment has come to those that wait. */
static void note_new(struct queue *q, struct segment *g)
{
	if (q->first == g)
		q->seq = g->seq;
	if (!g->next) {
		q->last = g;
		q->end = g->seq + g->size;
	}
	q->count++;
	q->bytes += g->size;
}

/* Keeps bytes behind all that wait, where most come, and looks at none of those. */
static int append(struct queue *q, struct said *s, const struct brought *b)
{
	struct segment *g;

	if (q->count >= WAITING_COUNT)
		return 1;
	g = segment_new(s, b, b->seq, b->seq + b->full);
	if (!g)
		return 0;
	*(q->first ? &q->last->next : &q->first) = g;
	note_new(q, g);
	return 1;
}

/*
 * Keeps what is new of the bytes between two numbers, in front of all that is behind them.  0 when
 * there is no memory for all of it.
 */
static int line_up(struct queue *q, struct said *s, const struct brought *b)
{
	struct segment **at = &q->first;
	uint32_t from = b->seq, end = b->seq + b->full;

	if (!q->first || ahead_of(from, q->end) >= 0)
		return append(q, s, b);
	while (ahead_of(end, from) > 0) {
		uint32_t to = end;

		while (*at && ahead_of((*at)->seq + (*at)->size, from) <= 0)
			at = &(*at)->next;
		if (*at && ahead_of(from, (*at)->seq) >= 0) {
			from = (*at)->seq + (*at)->size;
			continue;
		}
		if (*at && ahead_of(end, (*at)->seq) > 0)
			to = (*at)->seq;
		if (q->count < WAITING_COUNT) {
			struct segment *g = segment_new(s, b, from, to);

			if (!g)
				return 0;
			g->next = *at;
			*at = g;
			at = &g->next;
			note_new(q, g);
		}
		from = to;
	}
	return 1;
}

/* 0 when there is no memory for it: then it cannot wait, and what is missing before it is a gap. */
static int wait(struct stream *t, struct said *s, const struct brought *b)
{
	struct queue *q = queue_of(t, s);
	int has_room = q && line_up(q, s, b);

	if (q && !q->first)
		drop_queue(t, s);
	return has_room;
}

/* ---- what comes ----------------------------------------------------------------------------- */

/* Passes over the first so many bytes. */
static void skip(struct brought *b, uint32_t size)
{
	uint32_t kept = size < b->size ? size : b->size;

	b->at += kept;
	b->size -= kept;
	b->full -= size;
	b->seq += size;
}

/* Passes over what has been seen before. */
static void trim(const struct stream *t, struct brought *b)
{
	int32_t old = ahead_of(t->next, b->seq);

	if (old > 0)
		skip(b, (uint32_t)old < b->full ? (uint32_t)old : b->full);
}

/* Whether a segment is so far off that it is not believed to be of this stream, yet. */
static int is_stranger(struct stream *t, struct said *s, const struct brought *b)
{
	int32_t distance = ahead_of(b->seq, t->next);

	if (distance < FAR && distance > -FAR) {
		t->strangers = 0;
		return 0;
	}
	if (++t->strangers < STRANGERS)
		return 1;
	stream_clear(t, s);
	t->next = b->seq;
	t->strangers = 0;
	return 0;
}

/* Bytes whose turn it is, but which overlap some that wait: those stay. */
static void wait_behind(struct stream *t, struct said *s, struct brought *b)
{
	int32_t turn = ahead_of(t->waiting->seq, b->seq);
	struct brought rest = *b;

	turn = turn > 0 ? turn : 0;
	skip(&rest, (uint32_t)turn);
	if (!wait(t, s, &rest))
		return;
	b->full = (uint32_t)turn;
	b->size = b->size < b->full ? b->size : b->full;
}

void stream_take(struct stream *t, struct said *s, struct brought *b)
{
	stream_begin(t, b->seq);
	if (is_stranger(t, s, b)) {
		b->full = b->size = 0;
		return;
	}
	if (b->fin && !t->has_fin) {
		t->has_fin = 1;
		t->fin = b->seq + b->full;
	}
	trim(t, b);
	if (!b->full)
		return;
	if (b->seq != t->next) {
		if (wait(t, s, b))
			b->full = b->size = 0;
	} else if (t->waiting && ahead_of(b->seq + b->full, t->waiting->seq) > 0) {
		wait_behind(t, s, b);
	}
}

void stream_ack(struct stream *t, uint32_t ack)
{
	if (!t->has_ack || ahead_of(ack, t->acked) > 0)
		t->acked = ack;
	t->has_ack = 1;
}

/* ---- what goes on --------------------------------------------------------------------------- */

/* Bytes that were captured in part: what is missing behind them is a gap. */
static enum yield give(struct stream *t, struct yielded *y, const uint8_t *at, uint32_t size)
{
	y->at = at;
	y->size = size;
	t->next += size;
	return YIELD_BYTES;
}

static enum yield skip_to(struct stream *t, struct yielded *y, uint32_t to)
{
	y->size = to - t->next;
	t->next = to;
	return YIELD_GAP;
}

/* Drops what waits of bytes that have been yielded. */
static void drop_old(struct stream *t, struct said *s)
{
	while (t->waiting && ahead_of(t->waiting->seq, t->next) < 0 &&
	       ahead_of(t->waiting->seq + t->waiting->first->size, t->next) <= 0)
		drop_first(t, s);
}

/* Whether what is missing before the first that waits will not come any more. */
static int is_gap(const struct stream *t, uint32_t patience)
{
	const struct queue *q = t->waiting;
	int is_lost = t->has_ack && ahead_of(t->acked, q->seq) >= 0;

	return is_lost || q->bytes >= WAITING_BYTES || q->count >= WAITING_COUNT ||
		q->count > patience;
}

/* What waits and has its turn, or is behind a gap that will not be filled. */
static enum yield give_waiting(struct stream *t, struct said *s, struct yielded *y,
	uint32_t patience)
{
	struct segment *g;
	uint32_t old;

	drop_old(t, s);
	if (!t->waiting)
		return YIELD_NOTHING;
	if (ahead_of(t->waiting->seq, t->next) > 0 && !is_gap(t, patience))
		return YIELD_NOTHING;
	g = t->waiting->first;
	y->origin = g->origin;
	if (ahead_of(g->seq, t->next) > 0)
		return skip_to(t, y, g->seq);
	old = t->next - g->seq;
	if (old < g->kept)
		return give(t, y, g->bytes + old, g->kept - old);
	return skip_to(t, y, g->seq + g->size);
}

/* What is before a segment that could not wait: all that waits, and gaps. */
static enum yield give_before(struct stream *t, struct said *s, struct yielded *y, uint32_t seq)
{
	drop_old(t, s);
	if (t->waiting && ahead_of(seq, t->waiting->seq) > 0)
		return give_waiting(t, s, y, 0);
	return skip_to(t, y, seq);
}

static enum yield give_end(struct stream *t)
{
	if (!t->has_fin || t->next != t->fin)
		return YIELD_NOTHING;
	t->has_fin = 0;
	t->fin = t->next - 1;                   /* it has been told */
	return YIELD_END;
}

enum yield stream_yield(struct stream *t, struct said *s, struct brought *b, struct yielded *y)
{
	enum yield what;

	y->origin = b->origin;
	if (b->full && b->seq != t->next) {
		if (ahead_of(b->seq, t->next) > 0)
			return give_before(t, s, y, b->seq);
		trim(t, b);                     /* what waited before it overlapped it */
	}
	if (b->size) {
		uint32_t size = b->size;

		b->size = 0;
		b->full -= size;
		b->seq += size;
		return give(t, y, b->at, size);
	}
	if (b->full) {
		uint32_t missing = b->full;

		b->full = 0;
		return skip_to(t, y, t->next + missing);
	}
	what = give_waiting(t, s, y, b->patience);
	return what ? what : give_end(t);
}

enum yield stream_drain(struct stream *t, struct said *s, struct yielded *y)
{
	enum yield what = give_waiting(t, s, y, 0);

	return what ? what : give_end(t);
}
