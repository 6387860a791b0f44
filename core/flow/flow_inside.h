/* flow_inside.h - what the files of the flow table do for each other. */
#pragma once

#include "flow.h"

/* The key of a packet and its direction (1: from b); 0 when it belongs to no flow. */
int key_of(const struct weir_packet *p, const struct weir_tunnel *tunnels, struct key *k,
	int *from_b);
uint32_t key_tunnel(const struct weir_packet *p, const struct weir_tunnel *tunnels);
uint32_t key_hash(const struct key *k, uint64_t seed);
int key_equal(const struct key *x, const struct key *y);

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
