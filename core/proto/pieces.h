/*
 * pieces.h - the beginning of a stream that comes in pieces, in any order.
 *
 * A byte that came first stays, whatever a later piece has in its place.
 */
#pragma once

#include "said.h"
#include "span.h"

enum { PIECES_MOST = 16384 };           /* bytes that are kept; what is behind them is left */

struct pieces {
	uint8_t *at;                    /* `room` bytes, and a bit for each: whether it has come */
	uint32_t room;
	uint32_t whole;                 /* bytes from the beginning that are there without a gap */
	uint32_t end;                   /* the end of the piece that reaches farthest */
};

/* Adds what begins at `offset`; 0 when there is no memory. */
int pieces_add(struct pieces *p, struct said *s, uint64_t offset, struct span piece);

/* Forgets all of them. */
void pieces_clear(struct pieces *p, struct said *s);
