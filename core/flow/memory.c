/* memory.c - the arrays of a flow table: reserved for all flows, touched as they come. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../stream/talk.h"
#include "flow_inside.h"

enum { MAX_FLOWS = 4 << 20 };           /* at once, when nobody says otherwise */

void *memory_reserve(size_t n, size_t size)
{
	void *at = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	return at;
}

void *memory_huge(size_t n, size_t size)
{
	void *at = memory_reserve(n, size);

	if (at)
		madvise(at, n * size, MADV_HUGEPAGE);
	return at;
}

void memory_release(void *at, size_t n, size_t size)
{
	if (at)
		munmap(at, n * size);
}

static int no_memory(const struct flows *f)
{
	return fail("no memory for %u flows at once: ask for fewer with --max-flows", f->o.max_flows);
}

size_t memory_count(const struct flows *f)
{
	return (size_t)f->o.max_flows + FLOW_ROOM + 1;
}

static int allocate(struct flows *f)
{
	size_t n = memory_count(f);

	f->hot = memory_huge(n, sizeof *f->hot);
	f->cold = memory_huge(n, sizeof *f->cold);
	f->rest = memory_reserve(n, sizeof *f->rest);
	f->free = memory_reserve(n, sizeof *f->free);
	f->expired = memory_reserve(n, sizeof *f->expired);
	f->links = memory_reserve(n, sizeof *f->links);
	f->extras = memory_reserve(n, sizeof *f->extras);
	f->retired = calloc(FLOW_ROOM, sizeof *f->retired);
	f->out.flows = slab_take(SLAB_FLOWS);
	f->out.seconds = slab_take(SLAB_SECONDS);
	f->out.begins = slab_take(SLAB_BEGINS);
	f->out.runs = slab_take(SLAB_RUNS);
	if (!f->hot || !f->cold || !f->rest || !f->free || !f->expired || !f->links ||
	    !f->extras || !f->retired ||
	    !f->out.flows || !f->out.seconds || !f->out.begins || !f->out.runs)
		return no_memory(f);
	if (f->o.stats) {
		f->stats = memory_huge(n, sizeof *f->stats);
		f->out.stats = slab_take(SLAB_STATS);
		f->splt = memory_reserve(n, (size_t)f->o.splt * sizeof *f->splt + 1);
		f->out.splt = calloc(FLOW_ROOM, (size_t)f->o.splt * sizeof *f->splt + 1);
		if (!f->stats || !f->out.stats || !f->splt || !f->out.splt)
			return no_memory(f);
	}
	if (f->o.tcp) {
		entropy_prepare(f);
		f->facts = memory_reserve(n, sizeof *f->facts);
		f->out.facts = slab_take(SLAB_FACTS);
		if (!f->facts || !f->out.facts)
			return no_memory(f);
	}
	if (f->o.packets && f->o.seconds && !(f->lasts = memory_reserve(n, sizeof *f->lasts)))
		return no_memory(f);
	if (f->o.offsets && offsets_reserve(f) < 0)
		return no_memory(f);
	if (talks_are_wanted(&f->o)) {
		f->ears = memory_huge(n, sizeof *f->ears);
		f->talks = f->ears ? talks_new(f) : NULL;
		if (!f->talks)
			return no_memory(f);
	}
	return table_prepare(f);
}

struct flows *flows_new(const struct flow_options *o)
{
	struct flows *f = calloc(1, sizeof *f);

	if (!f) {
		fail("out of memory");
		return NULL;
	}
	f->o = *o;
	if (f->o.max_flows == 0)
		f->o.max_flows = MAX_FLOWS;
	f->most = f->o.max_flows;
	if (allocate(f) == 0)
		return f;
	flows_free(f);
	return NULL;
}

void flows_free(struct flows *f)
{
	size_t n;

	if (!f)
		return;
	n = memory_count(f);
	script_release(f);
	talks_free(f->talks);
	memory_release(f->ears, n, sizeof *f->ears);
	memory_release(f->hot, n, sizeof *f->hot);
	memory_release(f->cold, n, sizeof *f->cold);
	memory_release(f->rest, n, sizeof *f->rest);
	memory_release(f->free, n, sizeof *f->free);
	memory_release(f->expired, n, sizeof *f->expired);
	memory_release(f->links, n, sizeof *f->links);
	memory_release(f->lasts, n, sizeof *f->lasts);
	memory_release(f->extras, n, sizeof *f->extras);
	offsets_release(f);
	memory_release(f->stats, n, sizeof *f->stats);
	memory_release(f->splt, n, (size_t)f->o.splt * sizeof *f->splt + 1);
	memory_release(f->facts, n, sizeof *f->facts);
	memory_release(f->slots, (size_t)f->mask + 1, sizeof *f->slots);
	free(f->retired);
	free(f->open);
	slab_give(SLAB_FLOWS, f->out.flows);
	slab_give(SLAB_SECONDS, f->out.seconds);
	slab_give(SLAB_BEGINS, f->out.begins);
	slab_give(SLAB_RUNS, f->out.runs);
	slab_give(SLAB_STATS, f->out.stats);
	slab_give(SLAB_FACTS, f->out.facts);
	free(f->out.splt);
	free(f->out.offsets);
	free(f->out.offset_sources);
	free(f);
}

struct extra *flow_extra(struct flows *f, uint32_t number)
{
	struct rest *r = &f->rest[number];

	if (r->extra)
		return &f->extras[r->extra];
	r->extra = f->extra_free;
	if (r->extra)
		f->extra_free = f->extras[r->extra].next;
	else
		r->extra = ++f->extra_used;
	memset(&f->extras[r->extra], 0, offsetof(struct extra, tunnels));
	return &f->extras[r->extra];
}

void flow_drop_extra(struct flows *f, uint32_t number)
{
	struct rest *r = &f->rest[number];

	if (!r->extra)
		return;
	f->extras[r->extra].next = f->extra_free;
	f->extra_free = r->extra;
	r->extra = 0;
}
