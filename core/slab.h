/* slab.h - memory that is never given back to the system. */
#pragma once

#include "base.h"

enum slab {
	SLAB_WINDOW,            /* bytes of a capture */
	SLAB_PACKETS,           /* records of a batch */
	SLAB_TUNNELS,
	SLAB_TEXT,
	SLAB_BATCH,             /* the struct weir_batch itself */
	SLAB_RUNS,
	SLAB_FLOWS,             /* records of flows, of their seconds, beginnings, statistics and facts */
	SLAB_SECONDS,
	SLAB_BEGINS,
	SLAB_STATS,
	SLAB_FACTS,
	SLAB_CELLS,             /* values that scripts give to flows, and the texts among them */
	SLAB_NOTES,
	SLAB_DATAGRAM,          /* a datagram put together from fragments */
	SLAB_SAID,              /* what protocols said */
	SLABS
};

enum {
	WINDOW_SIZE   = 2 * WEIR_FRAME,
	RUN_ROOM      = 32768,          /* runs of records in one batch */
	FLOW_ROOM     = 2048,           /* flows that one batch can end */
	SECOND_ROOM   = 8192,
	OFFSET_ROOM   = 1 << 20,        /* offsets after which a batch ends no further flow */
	FLOW_TUNNELS  = FLOW_ROOM * WEIR_TUNNELS,       /* of a batch's, those of flows come first */
	TUNNEL_ROOM   = FLOW_TUNNELS + WEIR_BATCH * WEIR_TUNNELS,
	COMMENT_SIZE  = 4096,
	NAME_SIZE     = 256,
	TEXT_ROOM     = WEIR_BATCH * (COMMENT_SIZE + NAME_SIZE),
	CELL_ROOM     = FLOW_ROOM * WEIR_CELLS,
	NOTE_ROOM     = 16 << 20,
	DATAGRAM_SIZE = 65536 + 1024    /* the longest datagram, and room for its header */
};

/* A slab of that kind, with old or zero contents; NULL when the system has no memory. */
void *slab_take(enum slab kind);

/* Keeps it for the next slab_take of the same kind; accepts NULL. */
void slab_give(enum slab kind, void *memory);
