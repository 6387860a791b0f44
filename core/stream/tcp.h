/* tcp.h - the bytes that one end of a TCP connection sends, in order. */
#pragma once

#include "../proto/said.h"

/*
 * What came first stays: bytes that were seen before are passed over, whatever they are this
 * time.  A stretch that does not come is given up, as a gap, once the other end has acknowledged
 * it (it was lost to us alone), or when too much waits behind it.
 */
struct stream {
	uint32_t next;                  /* sequence number of the byte that comes next */
	uint32_t fin;                   /* and of the one behind the last, once FIN has told */
	uint32_t acked;                 /* by the other end */
	uint8_t  begun, has_fin, has_ack;
	uint8_t  strangers;             /* segments far from all that is known, in a row */
	struct queue *waiting;          /* NULL when nothing does */
};

/* What waits: in order, none overlaps another.  Its bounds are here, for segments lie far off. */
struct queue {
	struct segment *first;
	struct segment *last;           /* most come behind it */
	uint32_t seq, end;              /* of the first one; behind the last */
	uint32_t bytes, count;
};

/* Bytes that came before their turn. */
struct segment {
	struct segment *next;
	struct origin origin;
	uint32_t seq, size, kept;       /* kept: what the capture has of them */
	uint8_t  bytes[];
};

/* What a stream yields next: bytes, a gap, or its end. */
enum yield { YIELD_NOTHING, YIELD_BYTES, YIELD_GAP, YIELD_END };

struct yielded {
	const uint8_t *at;
	uint32_t size;                  /* of the bytes, or of the gap */
	struct origin origin;
};

/* The first byte has this sequence number, if nothing is known yet. */
static inline void stream_begin(struct stream *t, uint32_t seq)
{
	if (!t->begun)
		*t = (struct stream){ .next = seq, .begun = 1 };
}

/* What a packet brings: `full` bytes from `seq` on, of which the capture kept `size`. */
struct brought {
	const uint8_t *at;
	uint32_t seq, full, size;
	struct origin origin;
	int      fin;
	uint32_t patience;              /* so many segments may wait before a gap is given up */
};

/* Takes what a packet brings; then what it yields is asked for until it is NOTHING. */
void stream_take(struct stream *t, struct said *s, struct brought *b);
enum yield stream_yield(struct stream *t, struct said *s, struct brought *b, struct yielded *y);

/* The other end has all bytes before this number. */
void stream_ack(struct stream *t, uint32_t ack);

/* No more will come: what waits is yielded, with gaps. */
enum yield stream_drain(struct stream *t, struct said *s, struct yielded *y);

/* Gives back what stream_yield lent with its last bytes; and all that waits. */
void stream_clear(struct stream *t, struct said *s);
