/*
 * offsets.c - where in the file a flow's packets are, on request.
 *
 * Kept in chunks of one pool, a list of them for each flow, so that a flow of many packets and
 * many flows of few are bounded alike.  What finds no chunk is dropped, and counted.
 */
#include <stdlib.h>
#include <string.h>
#include "flow_inside.h"

enum {
	IN_CHUNK = 15,
	CHUNKS   = 8 << 20              /* a gigabyte, when all are used */
};

struct chunk {
	double   offsets[IN_CHUNK];
	uint32_t next;                  /* of its flow, or the next free one */
	uint32_t count : 4, source : 28;        /* all of them are in one file */
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
	struct chunk *last = &f->chunks[e->last_chunk];

	if (e->last_chunk == 0 || last->count == IN_CHUNK || last->source != p->source) {
		uint32_t chunk = take_chunk(f);

		if (!chunk) {
			f->offsets_dropped++;
			return;
		}
		*(e->last_chunk ? &last->next : &e->first_chunk) = chunk;
		e->last_chunk = chunk;
		last = &f->chunks[chunk];
		last->source = p->source;
	}
	put(last, p->offset, p->has & WEIR_HAS_FRAGMENT && !(p->has & WEIR_HAS_PORTS));
	e->offset_count++;
}

/* Room in the batch for `n` more; 0 when there is no memory. */
static int make_room(struct flow_out *out, size_t n)
{
	size_t wanted = out->offset_count + n;
	void *more;

	if (wanted <= out->offset_room)
		return 1;
	more = realloc(out->offsets, 2 * wanted * sizeof *out->offsets);
	if (!more)
		return 0;
	out->offsets = more;
	more = realloc(out->offset_sources, 2 * wanted * sizeof *out->offset_sources);
	if (!more)
		return 0;
	out->offset_sources = more;
	out->offset_room = (uint32_t)(2 * wanted);
	return 1;
}

/* Copies those of a chunk into the batch, from one on; they have room. */
static void copy(struct flow_out *out, const struct chunk *c, uint32_t from)
{
	for (uint32_t i = from; i < c->count; i++) {
		out->offset_sources[out->offset_count] = c->source;
		out->offsets[out->offset_count++] = c->offsets[i];
	}
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
			copy(out, c, 0);
		next = c->next;
		c->next = f->chunk_free;
		f->chunk_free = i;
	}
}

struct weir_list offsets_said(struct flows *f, uint32_t number)
{
	struct extra *e = flow_extra(f, number);
	struct weir_list list = { f->out.offset_count, 0 };
	uint32_t chunk = e->said_chunk ? e->said_chunk : e->first_chunk, from = e->said_count;

	for (; chunk; chunk = f->chunks[chunk].next, from = 0) {
		if (!make_room(&f->out, IN_CHUNK))
			break;
		copy(&f->out, &f->chunks[chunk], from);
		e->said_chunk = chunk;
		e->said_count = f->chunks[chunk].count;
	}
	list.count = f->out.offset_count - list.first;
	return list;
}

void offsets_put(struct flows *f, struct weir_list *list, double offset, uint32_t source)
{
	if (!make_room(&f->out, 1))
		return;
	list->first = f->out.offset_count - list->count;
	list->count++;
	f->out.offset_sources[f->out.offset_count] = source;
	f->out.offsets[f->out.offset_count++] = offset;
}
