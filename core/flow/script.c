/*
 * script.c - what scripts ask of the flow table: memory for each flow, and to end one.
 *
 * Scripts see a batch when it is made.  What they end at one of its packets is to be over for
 * the same later packets wherever batches are cut.  So when they may end flows, no batch goes
 * on for as long as an ended flow lingers, and none goes on when the table is full, where one
 * flow's end decides about another.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "flow_inside.h"

/* The smallest of the spares that has room for `size` bytes a flow; 0 when there is none. */
static int take_spare(struct flows *f, uint32_t size, struct memory *out)
{
	struct memory *best = NULL;

	for (struct memory *m = f->spares; m < f->spares + f->spare_count; m++)
		if (m->room >= size && (!best || m->room < best->room))
			best = m;
	if (!best)
		return 0;
	*out = (struct memory){ best->at, size, best->room };
	*best = f->spares[--f->spare_count];
	return 1;
}

void *flows_memory(struct flows *f, uint32_t size)
{
	int i = 0;

	while (i < WEIR_MEMORIES && f->memories[i].at)
		i++;
	if (i == WEIR_MEMORIES || size == 0 || size > WEIR_MEMORY_SIZE) {
		fail("no memory of %u bytes a flow: at most %d of at most %d bytes",
			size, WEIR_MEMORIES, WEIR_MEMORY_SIZE);
		return NULL;
	}
	if (!take_spare(f, size, &f->memories[i]))
		f->memories[i] = (struct memory){
			memory_reserve(memory_count(f), size), size, size
		};
	if (!f->memories[i].at)
		fail("no memory of %u bytes for each of %u flows: ask for fewer flows", size,
			f->o.max_flows);
	return f->memories[i].at;
}

/* Scripts may still look there, so it stays mapped; what it held goes back to the system. */
int flows_forget(struct flows *f, void *at)
{
	struct memory *m = f->memories, *last = f->memories, *spares;

	while (m < f->memories + WEIR_MEMORIES && m->at != at)
		m++;
	if (!at || m == f->memories + WEIR_MEMORIES)
		return fail_as(WEIR_MISUSE, "no memory to give back: it is none of these flows");
	spares = realloc(f->spares, (f->spare_count + 1) * sizeof *spares);
	if (!spares)
		return fail("out of memory");
	f->spares = spares;
	madvise(at, memory_count(f) * m->room, MADV_DONTNEED);
	spares[f->spare_count++] = *m;
	while (last < f->memories + WEIR_MEMORIES - 1 && last[1].at)
		last++;
	*m = *last;
	*last = (struct memory){ 0 };
	return 0;
}

void script_release(struct flows *f)
{
	for (int i = 0; i < WEIR_MEMORIES; i++)
		memory_release(f->memories[i].at, memory_count(f), f->memories[i].room);
	for (uint32_t i = 0; i < f->spare_count; i++)
		memory_release(f->spares[i].at, memory_count(f), f->spares[i].room);
	free(f->spares);
}

void script_begin(struct flows *f, uint32_t number)
{
	for (const struct memory *m = f->memories; m < f->memories + WEIR_MEMORIES && m->at; m++)
		memset(m->at + (size_t)number * m->size, 0, m->size);
}

int script_delays(struct flows *f, const struct weir_packet *p)
{
	int64_t now = p->ns > f->now ? p->ns : f->now;

	if (f->until)
		return p->ns >= f->until || f->alive >= f->most;
	if (__builtin_add_overflow(now, f->o.linger, &f->until))
		f->until = INT64_MAX;
	return 0;
}

/* Its turn to end has come, but the batch had no room for it: it is on no wheel any more. */
static int is_ending(const struct flows *f, uint32_t number)
{
	int reason;

	return f->finishing || expire_deadline(f, number, &reason) <= f->second * SECOND;
}

int flows_cut(struct flows *f, uint32_t number, int64_t clock)
{
	struct hot *h = &f->hot[number];

	if (!f->o.cuts || number > f->used)
		return fail_as(WEIR_MISUSE, f->o.cuts ? "there is no flow of number %u"
			: "cannot end flow %u: the option 'cuts' is not set", number);
	if (!h->key.version || h->state & STATE_CUT || is_ending(f, number))
		return 0;
	expire_forget(f, number);               /* its deadline is nearer now, and on the other wheel */
	h->state |= STATE_CUT;
	flow_extra(f, number)->cut = clock;
	expire_watch(f, number);
	return 0;
}
