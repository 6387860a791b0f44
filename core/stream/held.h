/* held.h - the bytes of a line that wait for more, and the packets that brought them. */
#pragma once

#include "../proto/proto.h"

/* Those of one direction. */
struct held {
	struct waited *waited;          /* where they came from; NULL unless that is wanted */
	uint32_t size, room;
	uint8_t  bytes[];
};

/* Adds bytes that `h` brought to those that wait; 0 when there is no room. */
int held_add(struct line *l, const struct heard *h, const uint8_t *at, uint32_t size);

/* The bytes that waited, as they are heard now: in a copy, for they may be dropped behind that. */
struct heard held_of(const struct line *l, const struct heard *h);

/* So many of those of direction `d`, of which there are some, do not wait any more; none of them. */
void held_take(struct line *l, struct said *s, int d, uint32_t taken);
void held_drop(struct line *l, struct said *s, int d);
