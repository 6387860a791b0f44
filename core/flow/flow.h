/*
 * flow.h - packets in, flows and seconds out.
 *
 * A flow's record is in parts by how often they are needed: `hot` with each
 * packet (two cache lines), `cold` with each of its seconds, `rest` when it begins
 * and ends, `stats` when asked for.  All are arrays by the flow's number, reserved
 * once and touched as flows come.
 */
#pragma once

#include "../slab.h"

enum {
	PIECE       = 32,               /* packets that go through the table together */
	PER_PIECE   = 4 * PIECE         /* most records of each kind that one completes: four a packet */
};

static const int64_t SECOND = 1000000000, MS = 1000000; /* nanoseconds */

/* Addresses and ports in a fixed order, so that both directions have one key. */
struct key {
	uint8_t  a[16], b[16];
	uint16_t port_a, port_b;
	uint16_t vlans[4];
	uint32_t tunnel;
	uint8_t  protocol, version;
	uint8_t  unused[2];
};

enum state {
	STATE_ENDED = 1,                /* TCP has ended it; late packets still belong to it */
	STATE_SURE  = 2,                /* SYN or SYN+ACK has told who is the originator */
	STATE_CUT   = 4,                /* a script has ended it, as of extra.cut */
	STATE_HEARD = 8,                /* somebody listens to what end a says; to end b: the next bit */
	STATE_HEARD_BOTH = STATE_HEARD | STATE_HEARD << 1
};

struct hot {
	struct key key;
	uint8_t  originator;            /* the direction of the first packet: 0 from a, 1 from b */
	uint8_t  state;                 /* enum state, or-ed */
	uint8_t  flags[2];              /* TCP: those of all packets, by direction; ICMP: type, code */
	int64_t  last;                  /* when the last packet came */
	int64_t  first;
	uint64_t packets[2];
	uint64_t bytes[2];
	union {
		struct {                /* of the second at hand, where seconds are asked for; else */
			uint32_t second_packets[2];
			uint32_t second_bytes[2];
		};
		int64_t came[2];        /* when the last packet came, by direction: as struct lasts */
	};
	uint32_t second;                /* that they count: the low bits of the epoch's */
	uint16_t due;                   /* when its deadline is looked at next: its second on the wheel */
	uint16_t has;                   /* enum weir_has, as far as flows have it */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct hot) == 128 && offsetof(struct hot, first) >= 64,
	"two cache lines, of which the second is asked for at `first`");

struct cold {
	double   id;
	uint8_t  ethers[2][12];         /* destination and source of its packets, by direction */
};

_Static_assert(sizeof(struct cold) == 32, "two in a cache line");

/* What is needed when it begins and ends. */
struct rest {
	uint32_t source;
	uint32_t extra;                 /* index of its extra part; 0 for most, which have none */
	uint8_t  vlan_count, tunnel_count;
	uint8_t  first_way;             /* direction of its first packet */
	uint8_t  roams;                 /* ethers are other than the first packet's, which extra has */
};

/* What few flows have, or few runs ask for. */
struct extra {
	uint32_t next;                  /* the next one that is free */
	uint32_t fragments, icmp_errors;
	uint8_t  ethers[12];            /* of its first packet, when others had others */
	int64_t  cut;                   /* when a script ended the flow */
	uint32_t first_chunk, last_chunk, offset_count; /* places of its packets: offsets.c */
	uint32_t said_chunk, said_count; /* those of the last record: its last chunk, and how many there */
	uint64_t carry[2];              /* of stats.size_squares, by direction */
	uint64_t flags[2][8];           /* of stats.flags, what does not fit there */
	struct weir_tunnel tunnels[WEIR_TUNNELS];       /* of its first packet */
};

/*
 * What all statistics follow from, in two cache lines.  Sums are elsewhere: that of sizes is
 * the flow's bytes, that of gaps the time from first to last.  For that reason, too, squares of
 * gaps fit: together they are at most the square of the flow's milliseconds.
 */
struct stats {
	uint64_t size_squares[2];       /* by direction; large frames, many times, carry over */
	uint64_t gap_squares[3];        /* by direction, and of both; in milliseconds */
	uint32_t size_least[2], size_most[2];
	uint32_t gap_least[3], gap_most[3];
	uint32_t begun;                 /* the flow's first millisecond: the low bits of the epoch's */
	uint32_t answered;              /* milliseconds from then to the first packet the other way */
	uint32_t last[2];               /* and to the last one, by direction */
	uint16_t flags[2][8];           /* packets with each of TCP's flags, of the last few */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct stats) == 128 && offsetof(struct stats, begun) >= 64,
	"two cache lines, of which the second is asked for at `begun`");

/* What tcp.c keeps, of the packets that one side sent. */
enum {
	HOLES = 4,                      /* remembered in the row of a side's sequence numbers */
	HEAD  = 256                     /* bytes of payload that entropy is of */
};

struct hole {
	uint32_t from, to;              /* the first number, and the one behind the last */
};

struct side {
	uint64_t payload;
	uint64_t ip;                    /* bytes of IP packets */
	int64_t  syn_ns;                /* when its last SYN came */
	uint32_t has;                   /* enum weir_facts_has, and what is known of it besides */
	uint32_t begins;                /* behind its last SYN */
	uint32_t end;                   /* behind all that it has sent */
	uint32_t ack;                   /* the highest, and `window` with it */
	struct hole holes[HOLES];
	uint32_t dug;                   /* holes so far */
	uint32_t retransmissions, out_of_order, duplicate_acks, zero_windows;
	uint16_t window, min_window, max_window, mss;
	uint16_t head_size;
	uint8_t  scale, min_ttl, max_ttl;
};

struct facts {
	struct side sides[2];
	int64_t  trips[2];              /* nanoseconds from SYN to SYN+ACK, from SYN+ACK to ACK */
	uint32_t has;
	uint8_t  heads[2][HEAD];        /* the first payload, by direction */
};

/* What those who listen to a flow keep of it from its first packet on. */
struct ear {
	uint32_t talk;                  /* number of what is said in it; 0: none, yet or any more */
	union {
		uint32_t begins[2];     /* TCP: the first byte's sequence number, by direction */
		struct { uint8_t tries, greetings; };   /* datagrams that nobody knows: see line.h */
	};
	uint32_t name;                  /* that one end called the other: see names_keep; or 0 */
	uint32_t found;                 /* what is known of an end's address, as long as its place has */
	uint32_t changes;               /* so many changes (0: nothing is remembered): see names_find */
	uint8_t  app;                   /* enum app, once it is known */
	uint8_t  name_by, found_by;     /* enum weir_name_by */
	uint8_t  knows : 2;             /* which first bytes are known, a bit each */
	uint8_t  name_end : 1, found_end : 1;   /* which end has the name */
	uint8_t  found_sure : 1;
};

struct slot {
	uint32_t tag, number;           /* number 0: empty */
};

/* When the last packet came, by direction: for packet.gap_same, where hot has no room for it. */
struct lasts {
	int64_t ns[2];
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

/* The key of a packet and its direction (1: from b); 0 when it belongs to no flow. */
int key_of(const struct weir_packet *p, const struct weir_tunnel *tunnels, struct key *k,
	int *from_b);
uint32_t key_tunnel(const struct weir_packet *p, const struct weir_tunnel *tunnels);
uint32_t key_hash(const struct key *k, uint64_t seed);
int key_equal(const struct key *x, const struct key *y);

/*
 * memory.c: how many records an array by number has; address space for `n` records, of zeros,
 * for which memory comes as they are touched.
 */
size_t memory_count(const struct flows *f);
void *memory_reserve(size_t n, size_t size);
void *memory_huge(size_t n, size_t size);       /* in huge pages: for what each packet needs */
void memory_release(void *at, size_t n, size_t size);

/* table.c: slots; a flow by its key, or by its tag alone; a new number with its slot; and without. */
int table_prepare(struct flows *f);
uint32_t table_find(const struct flows *f, const struct key *k, uint32_t tag);
uint32_t table_guess(const struct flows *f, uint32_t tag);
void table_insert(struct flows *f, uint32_t tag, uint32_t number);
void table_remove(struct flows *f, uint32_t number);

/*
 * end.c: whether the batch has room for what a piece of packets, and orphans, can complete; and
 * for what is said in one more packet, or at one more end.
 * A flow ends, before it has expired; those that have; all.  0 when the batch is full before.
 */
int  end_has_room(const struct flows *f);
int  end_may_say(const struct flows *f);
void end_early(struct flows *f, uint32_t number, int reason);
int  end_expired(struct flows *f);
int  end_all(struct flows *f);

/* expire.c: deadlines. */
void expire_watch(struct flows *f, uint32_t number);
void expire_forget(struct flows *f, uint32_t number);
int64_t expire_deadline(const struct flows *f, uint32_t number, int *reason);
void expire_begin(struct flows *f, int64_t now);        /* sets the clock */
void expire_collect(struct flows *f, int64_t now);      /* the same, and what is due then */
void expire_collect_all(struct flows *f);
uint32_t expire_victim(struct flows *f);

/* stats.c */
void stats_begin(struct flows *f, uint32_t number);
void stats_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction);
void stats_finish(const struct flows *f, uint32_t number, struct weir_stats *s);

/* tcp.c */
void facts_begin(struct flows *f, uint32_t number);
void facts_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction);
void facts_finish(const struct flows *f, uint32_t number, struct weir_facts *out);

/* entropy.c: the table first; then of `n` bytes, HEAD at most. */
void entropy_prepare(struct flows *f);
double entropy_of(const struct flows *f, const uint8_t *bytes, uint32_t n);

/* seconds.c: counts the packet in its second; the one before goes out when that is over. */
void seconds_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction);
void seconds_finish(struct flows *f, uint32_t number);

/* The same file: the second is over for all flows.  0 when the batch is full before that is done. */
int  seconds_over(struct flows *f);

/* script.c: zeroes what scripts keep; whether a packet waits for what they say of those before. */
void script_begin(struct flows *f, uint32_t number);
int  script_delays(struct flows *f, const struct weir_packet *p);
void *flows_memory(struct flows *f, uint32_t size);
int  flows_forget(struct flows *f, void *at);
int  flows_cut(struct flows *f, uint32_t number, int64_t clock);
void script_release(struct flows *f);

/*
 * orphan.c: keeps a fragment that knows no ports; the next one, the oldest first, that waited
 * for this first one of its datagram, or NULL.  `*i` is 0 for the first call.
 */
void orphan_keep(struct flows *f, const struct weir_packet *p);
struct weir_packet *orphan_next(struct flows *f, const struct weir_packet *first, uint32_t *i);

/* quote.c: an ICMP error counts for the flow whose packet it quotes, and tells which one it is. */
void quote_add(struct flows *f, struct weir_packet *p);

/* The extra part of a flow, made when it has none; and given back. */
struct extra *flow_extra(struct flows *f, uint32_t number);
void flow_drop_extra(struct flows *f, uint32_t number);

/*
 * offsets.c: where in the file a flow's packets are; into the batch when it ends, or when a record
 * is made of those that came since the last one.
 */
int  offsets_reserve(struct flows *f);
void offsets_release(struct flows *f);
void offsets_add(struct flows *f, uint32_t number, const struct weir_packet *p);
void offsets_show(struct flows *f, struct extra *e, struct weir_flow *w);
struct weir_list offsets_said(struct flows *f, uint32_t number);
void offsets_put(struct flows *f, struct weir_list *list, double offset, uint32_t source);

/* The ethers of packets that answer those with these. */
static inline void answer_ethers(uint8_t *answer, const uint8_t *ethers)
{
	__builtin_memcpy(answer, ethers + 6, 6);
	__builtin_memcpy(answer + 6, ethers, 6);
}

/* record.c: fills the records of a flow that ends, that begins with packet `p`, of its second. */
void record_flow(struct flows *f, uint32_t number, struct weir_flow *w);
void record_begin(const struct flows *f, uint32_t number, const struct weir_packet *p,
	struct weir_begin *b);
void record_second(const struct flows *f, uint32_t number, struct weir_second *s);

/* name.c: the name of a flow's destination, for its record and for those of its seconds; then the
 * one that was said in it is kept no more. */
void name_flow(struct flows *f, uint32_t number, struct weir_flow *w);
void name_second(struct flows *f, uint32_t number, struct weir_second *s);
void name_drop(struct flows *f, uint32_t number);

/* And whose the record of a protocol is, which is of zeros: what end `direction` said. */
void record_said(const struct flows *f, uint32_t number, int direction, struct weir_said *w);

/* Appends to the runs of the batch. */
void flow_note(struct flow_out *out, enum weir_kind kind, uint32_t index);
