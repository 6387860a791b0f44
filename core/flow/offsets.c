/*
 * offsets.c - where in the file a flow's packets are, on request.
 *
 * Kept in chunks of one pool, a list of them for each flow, so that a flow of many packets and
 * many flows of few are bounded alike.  What finds no chunk is dropped, and counted.
 */
#include <stdlib.h>
#include <string.h>
#include "flow.h"

enum {
	IN_CHUNK = 15,
	CHUNKS   = 8 << 20              /* a gigabyte, when all are used */
};

struct chunk {
	double   offsets[IN_CHUNK];
	uint32_t next;                  /* of its flow, or the next free one */
	uint32_t count;
};

int offsets_reserve(struct flows *f)
{
	f->chunks = memory_reserve(CHUNKS, sizeof *f->chunks);
	return f->chunks ? 0 : WEIR_FAIL;
}

void offsets_release(struct flows *f)
{
	memory_release(f->chunks, CHUNKS, sizeof *f->chunks);
}

static uint32_t take_chunk(struct flows *f)
{
	uint32_t chunk = f->chunk_free;

	if (chunk)
		f->chunk_free = f->chunks[chunk].next;
	else if (f->chunk_used + 1 < CHUNKS)
		chunk = ++f->chunk_used;
	if (chunk)
		f->chunks[chunk].next = f->chunks[chunk].count = 0;
	return chunk;
}

/* An orphan came before the packet that it follows here: it goes back, as far as its chunk goes. */
static void put(struct chunk *c, double offset, int is_orphan)
{
	uint32_t i = c->count++;

	for (; is_orphan && i && c->offsets[i - 1] > offset; i--)
		c->offsets[i] = c->offsets[i - 1];
	c->offsets[i] = offset;
}

void offsets_add(struct flows *f, uint32_t number, const struct weir_packet *p)
{
	struct extra *e = flow_extra(f, number);

	if (e->last_chunk == 0 || f->chunks[e->last_chunk].count == IN_CHUNK) {
		uint32_t chunk = take_chunk(f);

		if (!chunk) {
			f->offsets_dropped++;
			return;
		}
		*(e->last_chunk ? &f->chunks[e->last_chunk].next : &e->first_chunk) = chunk;
		e->last_chunk = chunk;
	}
	put(&f->chunks[e->last_chunk], p->offset,
		p->has & WEIR_HAS_FRAGMENT && !(p->has & WEIR_HAS_PORTS));
	e->offset_count++;
}

/* Room in the batch for `n` more; 0 when there is no memory. */
static int make_room(struct flow_out *out, uint32_t n)
{
	size_t wanted = (size_t)out->offset_count + n;
	double *more;

	if (wanted <= out->offset_room)
		return 1;
	more = realloc(out->offsets, 2 * wanted * sizeof *more);
	if (!more)
		return 0;
	out->offsets = more;
	out->offset_room = (uint32_t)(2 * wanted);
	return 1;
}

void offsets_show(struct flows *f, struct extra *e, struct weir_flow *w)
{
	struct flow_out *out = &f->out;
	int fits = make_room(out, e->offset_count);

	w->offsets_at = out->offset_count;
	w->offset_count = fits ? e->offset_count : 0;
	f->offsets_dropped += fits ? 0 : e->offset_count;
	for (uint32_t i = e->first_chunk, next; i; i = next) {
		struct chunk *c = &f->chunks[i];

		if (fits)
			memcpy(out->offsets + out->offset_count, c->offsets,
				c->count * sizeof *c->offsets);
		out->offset_count += fits ? c->count : 0;
		next = c->next;
		c->next = f->chunk_free;
		f->chunk_free = i;
	}
}
