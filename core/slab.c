/*
 * slab.c - memory that is never given back to the system.
 *
 * Lua may keep a packet's record after its batch, or its capture, is gone.
 * The record's pointers lead into slabs.  A slab is only ever used again for
 * the same kind of thing, so an old record shows old or other bytes, and
 * never crashes.  What is reserved is bounded by how many captures were open
 * at once, and pages nobody touched cost nothing.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "proto/said.h"
#include "slab.h"

static const size_t sizes[SLABS] = {
	[SLAB_WINDOW]   = WINDOW_SIZE,
	[SLAB_PACKETS]  = WEIR_BATCH * sizeof(struct weir_packet),
	[SLAB_TUNNELS]  = TUNNEL_ROOM * sizeof(struct weir_tunnel),
	[SLAB_TEXT]     = TEXT_ROOM,
	[SLAB_BATCH]    = sizeof(struct weir_batch),
	[SLAB_RUNS]     = RUN_ROOM * sizeof(struct weir_run),
	[SLAB_FLOWS]    = FLOW_ROOM * sizeof(struct weir_flow),
	[SLAB_SECONDS]  = SECOND_ROOM * sizeof(struct weir_second),
	[SLAB_BEGINS]   = WEIR_BATCH * sizeof(struct weir_begin),
	[SLAB_STATS]    = FLOW_ROOM * sizeof(struct weir_stats),
	[SLAB_FACTS]    = FLOW_ROOM * sizeof(struct weir_facts),
	[SLAB_CELLS]    = CELL_ROOM * sizeof(struct weir_cell),
	[SLAB_NOTES]    = NOTE_ROOM,
	[SLAB_DATAGRAM] = DATAGRAM_SIZE,
	[SLAB_SAID]     = sizeof(struct said_room)
};

struct spare {
	void *memory;
	struct spare *next;
};

static struct spare *spares[SLABS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *take_spare(enum slab kind)
{
	struct spare *s;
	void *memory = NULL;

	pthread_mutex_lock(&lock);
	s = spares[kind];
	if (s)
		spares[kind] = s->next;
	pthread_mutex_unlock(&lock);
	if (s)
		memory = s->memory;
	free(s);
	return memory;
}

void *slab_take(enum slab kind)
{
	void *memory = take_spare(kind);

	if (memory)
		return memory;
	memory = mmap(NULL, sizes[kind], PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void slab_give(enum slab kind, void *memory)
{
	struct spare *s = memory ? malloc(sizeof *s) : NULL;

	if (!s)
		return;                 /* out of memory: this slab stays mapped and unused */
	s->memory = memory;
	pthread_mutex_lock(&lock);
	s->next = spares[kind];
	spares[kind] = s;
	pthread_mutex_unlock(&lock);
}
