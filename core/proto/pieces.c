/* pieces.c - puts the beginning of a stream together. */
#include <stdlib.h>
#include <string.h>
#include "pieces.h"

enum { LEAST = 2048 };

static uint32_t size_of(uint32_t room)
{
	return room + room / 8;
}

/* Room for bytes up to `end`. */
static int grow(struct pieces *p, struct said *s, uint32_t end)
{
	uint32_t room = p->room ? p->room : LEAST;
	uint8_t *at;

	while (room < end)
		room *= 2;
	if (room == p->room)
		return 1;
	if (!said_hold(s, size_of(room)))
		return 0;
	at = calloc(1, size_of(room));
	if (!at) {
		said_release(s, size_of(room));
		return 0;
	}
	if (p->at) {
		memcpy(at, p->at, p->room);
		memcpy(at + room, p->at + p->room, p->room / 8);
		said_release(s, size_of(p->room));
		free(p->at);
	}
	p->at = at;
	p->room = room;
	return 1;
}

static int has_come(const struct pieces *p, uint32_t i)
{
	return p->at[p->room + i / 8] >> i % 8 & 1;
}

/* Those bytes that are new, one by one; `whole` has no bits, it is known to be there. */
static void scatter(struct pieces *p, uint32_t from, const uint8_t *bytes, uint32_t end)
{
	for (uint32_t i = from; i < end; i++)
		if (i >= p->whole && !has_come(p, i)) {
			p->at[i] = bytes[i - from];
			p->at[p->room + i / 8] |= (uint8_t)(1 << i % 8);
		}
	if (p->end < end)
		p->end = end;
	while (p->whole < p->end && has_come(p, p->whole))
		p->whole++;
}

int pieces_add(struct pieces *p, struct said *s, uint64_t offset, struct span piece)
{
	uint32_t from, end;

	if (offset >= PIECES_MOST || !piece.size)
		return 1;
	from = (uint32_t)offset;
	end = piece.size < PIECES_MOST - from ? from + piece.size : PIECES_MOST;
	if (!grow(p, s, end))
		return 0;
	if (from <= p->whole && p->whole == p->end) {   /* in order, as nearly always */
		if (end > p->whole) {
			memcpy(p->at + p->whole, piece.at + (p->whole - from), end - p->whole);
			p->whole = p->end = end;
		}
	} else {
		scatter(p, from, piece.at, end);
	}
	return 1;
}

void pieces_clear(struct pieces *p, struct said *s)
{
	if (p->at)
		said_release(s, size_of(p->room));
	free(p->at);
	*p = (struct pieces){ 0 };
}
