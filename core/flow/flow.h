/*
 * flow.h - packets in, flows and seconds out.
 *
 * The parts of flows' records (parts.h) are arrays by the flow's number, reserved once and
 * touched as flows come.
 */
#pragma once

#include "../slab.h"
#include "parts.h"

enum {
	PIECE       = 32,               /* packets that go through the table together */
	PER_PIECE   = 4 * PIECE         /* most records of each kind that one completes: four a packet */
};

static const int64_t SECOND = 1000000000, MS = 1000000; /* nanoseconds */

struct slot {
	uint32_t tag, number;           /* number 0: empty */
};

enum { ORPHANS = 256 };

/* A fragment that waits for the first one of its datagram. */
struct orphan {
	struct weir_packet packet;
	int64_t came;
	uint32_t tunnel;                /* that part of its flow's key */
	int     waits;
};

/* What scripts keep of flows. */
struct memory {
	uint8_t *at;
	uint32_t size;
	uint32_t room;                  /* what it was reserved with: it may have been another's */
};

struct flow_options {
	int64_t  idle, active, linger;  /* nanoseconds */
	uint32_t max_flows;
	int      packets;               /* note them among the runs, with their flow */
	int      begins, cuts, seconds, stats, offsets, tcp, timeouts_only, splt, names, labels;
	int      prompt;                /* seconds go out when they are over: who listens looks on */
	uint32_t kinds;                 /* of protocols' records: a bit for each enum weir_kind */
	uint64_t seed;
};

/* What a batch takes up: arrays with room, in the order of `runs`. */
struct flow_out {
	struct weir_flow   *flows;
	struct weir_second *seconds;
	struct weir_begin  *begins;
	struct weir_stats  *stats;
	struct weir_splt   *splt;
	struct weir_facts  *facts;
	struct weir_run    *runs;
	struct weir_tunnel *tunnels;    /* the batch's: those of flows, then those of packets */
	double             *offsets;
	uint32_t           *offset_sources;     /* each with the room of `offsets` */
	uint32_t flow_count, second_count, begin_count, said_count, run_count, tunnel_count;
	uint32_t offset_count, offset_room;
	uint32_t first;                 /* number of the batch's first packet in its load */
	const struct weir_batch *home;
};

enum { WHEEL = 4096 };                  /* seconds that deadlines are told apart */

struct due {
	int64_t  deadline;
	double   id;                    /* of equals, what began first ends first */
	uint32_t number;
};

struct link {
	uint32_t before, after;
};

struct flows {
	struct flow_options o;
	struct slot  *slots;
	uint32_t      mask;             /* slots - 1, a power of two less one */
	struct hot   *hot;
	struct cold  *cold;
	struct rest  *rest;
	struct stats *stats;
	struct weir_splt *splt;
	struct facts *facts;
	struct lasts *lasts;
	struct ear   *ears;
	struct talks *talks;            /* NULL when no protocol is wanted */
	struct memory memories[WEIR_MEMORIES];
	struct memory *spares;          /* that scripts gave back */
	uint32_t      spare_count;
	struct extra *extras;
	uint32_t      extra_used, extra_free;
	struct chunk *chunks;           /* offsets.c */
	uint32_t      chunk_used, chunk_free;
	double        offsets_dropped;  /* for want of chunks */
	uint32_t     *free;             /* a stack of numbers that may be used again */
	uint32_t      free_count, used, alive;
	uint32_t      most;             /* alive at once: max_flows, or what there was memory for */
	uint32_t     *retired, retired_count;   /* ended in this batch: free after it */
	uint32_t      wheels[2][WHEEL]; /* first flow due at that second; of those that scripts ended */
	struct link  *links;            /* by number: the lists of the wheel, close together */
	struct due   *expired;          /* in the order in which they are to end */
	uint32_t      expired_count, expired_next;
	uint32_t     *left;             /* at the input's end: all, as they began; in place of links */
	uint32_t      left_count, left_next;
	uint32_t     *open;             /* flows that may have counted in this second: see `prompt` */
	uint32_t      open_count, open_room, open_next;
	int64_t       now, now_ms;      /* the latest packet time, and in whole milliseconds */
	int64_t       second;           /* of `now`: deadlines up to it have been looked at */
	int64_t       next_second;      /* when the next one begins; before any time: see advance() */
	int64_t       until;            /* script.c: packets from then on wait; 0: not known yet */
	int64_t       sweep;            /* where the search for a flow to give up goes on */
	double        begun;
	int           new_source;       /* the next packet is its first */
	int           finishing;        /* what is left ends */
	struct flow_out out;
	struct orphan orphans[ORPHANS];         /* a ring of the last so many */
	uint32_t      orphan_ids[ORPHANS];      /* their packets' ip_id */
	uint32_t      orphan_count;             /* so far */
	double        products[HEAD + 1];       /* n log2 n, when facts were asked for */
};

struct flows *flows_new(const struct flow_options *o);
void flows_free(struct flows *f);

/*
 * Begins the next batch, with packet number `first` of the load: its arrays are empty, numbers
 * that ended in the last one free.
 */
void flows_begin(struct flows *f, const struct weir_batch *home, struct weir_tunnel *tunnels,
	uint32_t first);

/* What one packet needs to find its flow. */
struct place {
	struct key key;
	uint32_t   tag;                 /* the key's hash */
	uint32_t   guess;               /* number of the flow that has the tag, or 0: it may be another */
	uint8_t    direction, is_flow;
};

/* Packets on their way into the table. */
struct piece {
	struct weir_packet *packets;
	uint32_t first;                 /* number of the first one in its load */
	uint32_t n, done;               /* done: of these n, already in */
	struct place *places;           /* of its packets; made by flows_find when they are its own */
	struct place own[PIECE];
};

/* key.c: makes keys; the table itself is not asked, so that can be done ahead of it. */
void places_make(const struct weir_packet *p, uint32_t n, const struct weir_tunnel *tunnels,
	uint64_t seed, struct place *places);

/* Makes the keys of a piece, unless it has them, and asks for the slots that they lead to. */
void flows_find(struct flows *f, struct piece *p);

/*
 * Takes in what is left of a piece; 0 when the batch is full before all of it is in.  Meanwhile
 * asks for what piece `next` leads to, so that it has come from memory when its turn comes.
 */
int flows_add(struct flows *f, struct piece *p, struct piece *next);

/* The next packet is the first of another source. */
void flows_source(struct flows *f);

/* Packet time goes on without a packet: flows expire, while the batch has room. */
void flows_tick(struct flows *f, int64_t ns);

/* Ends flows that are left, while the batch has room; 0 when none is left. */
int flows_finish(struct flows *f);

/* script.c: what scripts keep of each flow, and that they end one. */
void *flows_memory(struct flows *f, uint32_t size);
int  flows_forget(struct flows *f, void *at);
int  flows_cut(struct flows *f, uint32_t number, int64_t clock);

/*
 * memory.c: how many records an array by number has; address space for `n` records, of zeros,
 * for which memory comes as they are touched.
 */
size_t memory_count(const struct flows *f);
void *memory_reserve(size_t n, size_t size);
void *memory_huge(size_t n, size_t size);       /* in huge pages: for what each packet needs */
void memory_release(void *at, size_t n, size_t size);

/* offsets.c: where the packets are that a record is made of; and one place more, of a file. */
struct weir_list offsets_said(struct flows *f, uint32_t number);
void offsets_put(struct flows *f, struct weir_list *list, double offset, uint32_t source);

/* record.c: whose the record of a protocol is, which is of zeros: what end `direction` said. */
void record_said(const struct flows *f, uint32_t number, int direction, struct weir_said *w);

/* Appends to the runs of the batch. */
void flow_note(struct flow_out *out, enum weir_kind kind, uint32_t index);
