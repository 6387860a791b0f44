/* flow.c - the life of flows: begun by a packet, counted, ended. */
#include <assert.h>
#include <string.h>
#include "../stream/talk.h"
#include "flow_inside.h"

enum { SOON = 6 };                      /* packets from now, for what is asked for last */

enum { TCP = 6, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static const int64_t TOLERANCE = 60ll * 1000000000;    /* that captures of one time may overlap */
static const int64_t LAST = 9000000000ll * 1000000000;  /* in 2255; deadlines fit behind it */

void flows_begin(struct flows *f, const struct weir_batch *home, struct weir_tunnel *tunnels,
	uint32_t first)
{
	while (f->retired_count)
		f->free[f->free_count++] = f->retired[--f->retired_count];
	f->out.home = home;
	f->out.tunnels = tunnels;
	f->out.first = first;
	f->until = 0;
	f->out.flow_count = f->out.second_count = f->out.begin_count = f->out.run_count = 0;
	f->out.tunnel_count = f->out.offset_count = f->out.said_count = 0;
	if (f->talks)
		talks_begin(f->talks);
}

void flow_note(struct flow_out *out, enum weir_kind kind, uint32_t index)
{
	struct weir_run *last = &out->runs[out->run_count - 1];

	if (out->run_count && last->kind == (uint32_t)kind)
		last->count++;
	else
		out->runs[out->run_count++] = (struct weir_run){ kind, index, 1 };
}

/* ---- time ------------------------------------------------------------------------- */

/*
 * A source that begins long before the last one ended is of another time: flows
 * end, and the clock starts anew.  0 when the batch is full before that is done.
 */
static int begin_source(struct flows *f, int64_t ns)
{
	if (ns < f->now - TOLERANCE) {
		if (!end_all(f))
			return 0;
		expire_begin(f, ns);
		f->until = ns + f->o.linger;
		if (f->talks)
			talks_forget(f->talks);
		f->orphan_count = 0;            /* nor are fragments of one time those of another */
	}
	f->new_source = 0;
	return 1;
}

void flows_source(struct flows *f)
{
	f->new_source = 1;
	f->next_second = INT64_MIN;
}

/* What time brings: a source, or a second.  0 when the batch is full before that is done. */
static rare int pass_time(struct flows *f, int64_t ns)
{
	ns = ns < 0 ? 0 : ns < LAST ? ns : LAST;
	f->next_second = INT64_MIN;             /* to come here again when it is not done */
	if (f->new_source && !begin_source(f, ns))
		return 0;
	if (!end_expired(f) || (ns / SECOND > f->second && !seconds_over(f)))
		return 0;
	expire_collect(f, ns > f->now ? ns : f->now);
	if (!end_expired(f))
		return 0;
	f->next_second = (f->second + 1) * SECOND;
	return 1;
}

/* Packet time goes on, never back.  0 when the batch is full before what that ends is over. */
static inline int advance(struct flows *f, int64_t ns)
{
	if (unlikely(ns >= f->next_second))
		return pass_time(f, ns);
	if (ns > f->now) {
		f->now = ns;
		f->now_ms = ns / MS;
	}
	return 1;
}

/* ---- the beginning ------------------------------------------------------------- */

/* Numbers that ended in this batch are not free yet: there are FLOW_ROOM to spare. */
static uint32_t take_number(struct flows *f)
{
	if (f->alive >= f->most) {
		uint32_t victim = expire_victim(f);

		assert(victim);                 /* every flow that is alive is on the wheel */
		end_early(f, victim, WEIR_ENDED_RESOURCES);
	}
	if (f->free_count)
		return f->free[--f->free_count];
	return ++f->used;
}

/* What few flows have, and few runs ask for. */
static void begin_parts(struct flows *f, uint32_t number, const struct weir_packet *p)
{
	if (unlikely(p->tunnel_count))
		memcpy(flow_extra(f, number)->tunnels, &f->out.tunnels[p->tunnel_first],
			p->tunnel_count * sizeof(struct weir_tunnel));
	if (f->o.stats)
		stats_begin(f, number);
	if (f->o.tcp)
		facts_begin(f, number);
	if (f->talks)
		f->hot[number].state |= (uint8_t)talk_begin(f, number, p);
	script_begin(f, number);
}

static uint32_t begin(struct flows *f, const struct weir_packet *p, const struct place *at)
{
	enum { PARTS = WEIR_HAS_ADDRESS | WEIR_HAS_IP | WEIR_HAS_PORTS | WEIR_HAS_ICMP |
	               WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC | WEIR_HAS_TUNNEL };
	uint32_t number = take_number(f);
	struct hot *h = &f->hot[number];
	struct cold *c = &f->cold[number];

	table_insert(f, at->tag, number);
	f->alive++;
	clear(h, sizeof *h);
	h->key = at->key;
	h->originator = at->direction;
	if (p->has & WEIR_HAS_ICMP) {
		h->flags[0] = p->icmp_type;
		h->flags[1] = p->icmp_code;
	}
	h->first = h->last = f->now;
	h->second = (uint32_t)f->second;
	h->has = p->has & PARTS;
	c->id = f->begun += 1;
	memcpy(c->ethers[at->direction], p->dest_ether, 12);
	answer_ethers(c->ethers[!at->direction], p->dest_ether);
	f->rest[number] = (struct rest){
		.source = p->source, .first_way = at->direction,
		.vlan_count = p->vlan_count, .tunnel_count = p->tunnel_count
	};
	begin_parts(f, number, p);
	expire_watch(f, number);
	return number;
}

/* ---- packets -------------------------------------------------------------------- */

/* The originator sends SYN; the first packet is only a guess. */
static void learn_originator(struct hot *h, uint16_t flags, int direction)
{
	enum { MACS = WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC };
	int from = flags & ACK ? !direction : direction;

	if (h->state & (STATE_SURE | STATE_ENDED))
		return;
	h->state |= STATE_SURE;
	if (h->originator == from)
		return;
	h->originator = (uint8_t)from;
	if ((h->has & MACS) != MACS && h->has & MACS)
		h->has ^= MACS;                 /* a cooked link knows one address only */
}

static inline void follow_tcp(struct flows *f, uint32_t number, uint16_t flags, int direction)
{
	struct hot *h = &f->hot[number];

	h->flags[direction] |= (uint8_t)flags;
	if (likely(!(flags & (RST | FIN))) || f->o.timeouts_only || h->state & STATE_ENDED)
		return;
	if (flags & RST || h->flags[0] & h->flags[1] & FIN) {
		h->state |= STATE_ENDED;
		if (unlikely(h->state & STATE_CUT))
			return;                 /* its deadline, and place on the wheel, is that of the cut */
		expire_forget(f, number);       /* its deadline is nearer now */
		expire_watch(f, number);
	}
}

static rare void count_rare(struct flows *f, uint32_t number, struct weir_packet *p)
{
	if (p->has & WEIR_HAS_FRAGMENT)
		flow_extra(f, number)->fragments++;
	if (p->has & WEIR_HAS_ICMP)
		quote_add(f, p);
}

static inline void count(struct flows *f, uint32_t number, struct weir_packet *p, int direction)
{
	struct hot *h = &f->hot[number];

	if (f->o.stats)
		stats_add(f, number, p, direction);
	if (f->o.seconds)
		seconds_add(f, number, p, direction);
	h->packets[direction]++;
	h->bytes[direction] += p->size;
	h->last = f->now;
	if (p->has & WEIR_HAS_TCP)
		follow_tcp(f, number, p->tcp_flags, direction);
	if (unlikely(f->o.tcp))
		facts_add(f, number, p, direction);
	if (unlikely(f->o.offsets))
		offsets_add(f, number, p);
	if (unlikely(p->has & (WEIR_HAS_FRAGMENT | WEIR_HAS_ICMP)))
		count_rare(f, number, p);
	if (h->state & STATE_HEARD_BOTH)
		talk_hear(f, number, p, direction);
}

/* Whether the flow that was found is over, and this packet begins another. */
static inline int is_over(const struct flows *f, uint32_t number, const struct weir_packet *p,
	int *reason)
{
	const struct hot *h = &f->hot[number];

	if (likely(f->now - h->last < f->o.idle) && likely(f->now - h->first < f->o.active) &&
	    likely(!(h->state & (STATE_ENDED | STATE_CUT))))
		return 0;
	*reason = WEIR_ENDED_END;
	if (h->state & STATE_ENDED && p->has & WEIR_HAS_TCP && (p->tcp_flags & (SYN | ACK)) == SYN)
		return 1;
	return expire_deadline(f, number, reason) <= f->now;
}

/* The flow of a packet; 0 when there is none yet. */
static inline uint32_t find(const struct flows *f, const struct place *at)
{
	if (likely(at->guess) && likely(key_equal(&f->hot[at->guess].key, &at->key)))
		return at->guess;
	return table_find(f, &at->key, at->tag);
}

/* What a packet's record tells of its flow, 0 being none. */
static void tell_flow(struct flows *f, uint32_t number, struct weir_packet *p, int direction)
{
	struct hot *h = &f->hot[number];
	int64_t *last = f->o.seconds ? f->lasts[number].ns : h->came;

	p->clock = f->now;
	p->flow = number;
	p->reverse = number && direction != h->originator;
	p->gap_ns = number ? f->now - h->last : 0;      /* a flow that begins has its last one now */
	p->gap_same_ns = h->packets[direction] ? f->now - last[direction] : 0;
	last[direction] = f->now;
	p->quoted = p->quoted_reverse = 0;
}

/* Finds the flow of a packet, begun if need be, and notes what comes before the packet. */
static inline uint32_t flow_of(struct flows *f, const struct weir_packet *p, const struct place *at)
{
	uint32_t number = find(f, at), is_new;
	int reason;

	if (likely(number) && is_over(f, number, p, &reason)) {
		end_early(f, number, reason);
		number = 0;
	}
	is_new = !number;
	if (unlikely(is_new))
		number = begin(f, p, at);
	if (unlikely(p->tcp_flags & SYN) && !f->o.timeouts_only)
		learn_originator(&f->hot[number], p->tcp_flags, at->direction);
	if (unlikely(is_new) && f->o.begins) {
		record_begin(f, number, p, &f->out.begins[f->out.begin_count]);
		flow_note(&f->out, WEIR_BEGIN, f->out.begin_count++);
	}
	return number;
}

/* As NFStream has it, a datagram's later fragments are packets of no flow. */
static inline int is_left_out(const struct flows *f, const struct weir_packet *p)
{
	return p->has & WEIR_HAS_FRAGMENT && p->fragment_at && f->o.timeouts_only;
}

/* Asks for the lines that one packet of a piece will need. */
static inline void prepare(const struct flows *f, struct piece *p, uint32_t i)
{
	uint32_t number;

	if (unlikely(i >= p->n))
		return;
	number = p->places[i].guess = table_guess(f, p->places[i].tag);
	__builtin_prefetch(&f->hot[number], 1);
	__builtin_prefetch(&f->hot[number].first, 1);
	if (f->o.seconds) {
		__builtin_prefetch(&f->cold[number]);
		if (f->o.packets)
			__builtin_prefetch(&f->lasts[number], 1);
	}
	if (f->talks)
		__builtin_prefetch(&f->ears[number], 1);
	if (f->o.stats) {
		__builtin_prefetch(&f->stats[number], 1);
		__builtin_prefetch(&f->stats[number].begun, 1);
	}
	for (const struct memory *m = f->memories; m < f->memories + WEIR_MEMORIES && m->at; m++)
		__builtin_prefetch(m->at + (size_t)number * m->size, 1);
}

static inline void add(struct flows *f, struct weir_packet *p, const struct place *at,
	uint32_t index)
{
	struct weir_packet *counted = p;
	uint32_t number = 0, orphans = 0;

	if (likely(!is_left_out(f, p))) {
		if (likely(at->is_flow))
			number = flow_of(f, p, at);
		else if (p->has & WEIR_HAS_FRAGMENT)
			orphan_keep(f, p);
	}
	if (f->o.packets) {
		flow_note(&f->out, WEIR_PACKET, index);
		tell_flow(f, number, p, number ? at->direction : 0);
	}
	if (unlikely(!number)) {
		if (f->talks)
			talk_overhear(f, p);
		return;
	}
	do                              /* in one place, for it to be inlined */
		count(f, number, counted, at->direction);
	while (unlikely(p->has & WEIR_HAS_FRAGMENT) && (counted = orphan_next(f, p, &orphans)));
}

often int flows_add(struct flows *f, struct piece *now, struct piece *next)
{
	if (!end_has_room(f))
		return 0;
	for (; now->done < now->n; now->done++) {
		struct weir_packet *p = &now->packets[now->done];

		if ((unlikely(f->o.cuts) && script_delays(f, p)) || !end_may_say(f) ||
		    !advance(f, p->ns))
			return 0;
		prepare(f, next, now->done);
		if (f->talks && now->done + SOON < now->n) {
			talk_fetch(f, now->places[now->done + SOON].guess);
			talk_fetch_said(&now->packets[now->done + SOON]);
		}
		add(f, p, &now->places[now->done], now->first + now->done - f->out.first);
	}
	for (uint32_t i = now->n; i < next->n; i++)
		prepare(f, next, i);
	return 1;
}

void flows_tick(struct flows *f, int64_t ns)
{
	if (end_has_room(f))
		advance(f, ns);
}

int flows_finish(struct flows *f)
{
	return !end_all(f) || f->out.flow_count > 0;
}
