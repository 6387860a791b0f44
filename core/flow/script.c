/*
 * script.c - what scripts ask of the flow table: memory for each flow, and to end one.
 *
 * Scripts see a batch when it is made.  What they end at one of its packets is to be over for
 * the same later packets wherever batches are cut.  So when they may end flows, no batch goes
 * on for as long as an ended flow lingers, and none goes on when the table is full, where one
 * flow's end decides about another.
 */
#include <string.h>
#include "flow.h"

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
	f->memories[i] = (struct memory){ memory_reserve(memory_count(f), size), size };
	if (!f->memories[i].at)
		fail("no memory of %u bytes for each of %u flows: ask for fewer flows", size,
			f->o.max_flows);
	return f->memories[i].at;
}

void script_release(struct flows *f)
{
	for (int i = 0; i < WEIR_MEMORIES; i++)
		memory_release(f->memories[i].at, memory_count(f), f->memories[i].size);
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
