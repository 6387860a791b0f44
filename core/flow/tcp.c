/*
 * tcp.c - facts of a flow that its IP and TCP headers tell, on request.
 *
 * Counted of the packets that one side sends, with `end` the sequence number behind all that it
 * has sent, and holes the stretches below `end` that were jumped over:
 *
 *   retransmission  payload that ends at or below `end` and lies in no hole: all seen before.
 *                   One byte right below `end` is none, but keeps a connection alive (RFC 1122,
 *                   4.2.3.6).
 *   out of order    payload that ends at or below `end` and fills some of a hole: late, but new.
 *                   Whether it was overtaken or sent again after a loss before us is not asked.
 *   duplicate ACK   the highest ack so far and its window once more, without payload, SYN, FIN
 *                   or RST, while the other side has sent more than that (RFC 5681).  Not with
 *                   a window of 0, which answers a probe.
 *   zero window     window 0 without SYN, FIN or RST.
 *
 * Payload that reaches beyond `end` is new, whatever it repeats.  A SYN with another number
 * begins anew.  RST counts for no number and no window: what it says there means nothing.
 * Packets whose TCP header was cut off count for none of this.
 */
#include <string.h>
#include "flow_inside.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, HEADER = 20 };
enum { OPTION_END, OPTION_NOTHING, OPTION_MSS, OPTION_SCALE };

/* In `has` of a side: its parts as those to the server, and above them what is known of it. */
enum {
	KNOWS_END    = 1 << 16,
	KNOWS_ACK    = 1 << 17,
	SENT_SYN     = 1 << 18,
	SENT_SYN_ACK = 1 << 19,
	PARTS        = WEIR_FACTS_TTL_TS | WEIR_FACTS_TCP_TS | WEIR_FACTS_WINDOW_TS |
	               WEIR_FACTS_MSS_TS | WEIR_FACTS_SCALE_TS | WEIR_FACTS_ENTROPY_TS
};

void facts_begin(struct flows *f, uint32_t number)
{
	memset(&f->facts[number], 0, offsetof(struct facts, heads));
}

/* ---- sequence numbers ------------------------------------------------------------- */

/* Whether number x comes before y: they go round. */
static inline int before(uint32_t x, uint32_t y)
{
	return (int32_t)(x - y) < 0;
}

/* Remembers a stretch that was jumped over, in place of the oldest. */
static void dig(struct side *s, uint32_t from, uint32_t to)
{
	s->holes[s->dug++ % HOLES] = (struct hole){ from, to };
}

/* Takes a stretch out of all holes; whether any had some of it. */
static int fill(struct side *s, uint32_t from, uint32_t to)
{
	int found = 0;

	for (int i = 0; i < HOLES; i++) {
		struct hole h = s->holes[i], left = h, right = h;

		if (h.from == h.to || !before(from, h.to) || !before(h.from, to))
			continue;
		left.to = before(h.from, from) ? from : h.from;
		right.from = before(to, h.to) ? to : h.to;
		s->holes[i] = left.from != left.to ? left : right;
		if (left.from != left.to && right.from != right.to)
			dig(s, right.from, right.to);
		found = 1;
	}
	return found;
}

/* Judges payload that begins below the end; returns how many of its bytes are not new. */
static uint32_t look_back(struct side *s, uint32_t from, uint32_t to)
{
	if (before(s->end, to)) {
		fill(s, from, s->end);
		return s->end - from;
	}
	if (fill(s, from, to)) {
		s->out_of_order++;
		return 0;
	}
	if (to != s->end || to - from > 1)
		s->retransmissions++;
	return to - from;
}

/* The payload of a packet, and its FIN, in the row of numbers; the same is returned. */
static uint32_t follow(struct side *s, uint32_t from, uint32_t size, int fin)
{
	uint32_t to = from + size, behind = 0;

	if (before(s->end, from))
		dig(s, s->end, from);
	else if (size && from != s->end)
		behind = look_back(s, from, to);
	to += (uint32_t)fin;
	if (before(s->end, to))
		s->end = to;
	return behind;
}

/* At a first packet, and at a SYN with another number: then the old ones mean nothing. */
static void begin_numbers(struct side *s, struct side *other, uint32_t from)
{
	if (s->has & KNOWS_END)
		other->has &= ~(uint32_t)KNOWS_ACK;
	s->begins = s->end = from;
	memset(s->holes, 0, sizeof s->holes);
	s->has |= KNOWS_END;
}

/* ---- acknowledgements ------------------------------------------------------------- */

static void follow_ack(struct side *s, const struct side *other, const struct weir_packet *p)
{
	int knows = (s->has & KNOWS_ACK) != 0;

	if (knows && before(p->tcp_ack, s->ack))
		return;                         /* it was overtaken */
	if (knows && p->tcp_ack == s->ack && p->tcp_window == s->window && p->tcp_window &&
	    p->has & WEIR_HAS_PAYLOAD && p->payload_size == 0 && !(p->tcp_flags & (SYN | FIN)) &&
	    other->has & KNOWS_END && before(p->tcp_ack, other->end))
		s->duplicate_acks++;
	s->ack = p->tcp_ack;
	s->window = p->tcp_window;
	s->has |= KNOWS_ACK;
}

/* The round trip that `part` means, from the other side's SYN to this answer; the first only. */
static void note_trip(struct facts *x, uint32_t part, const struct side *other,
	const struct weir_packet *p)
{
	int64_t trip = (int64_t)((uint64_t)p->ns - (uint64_t)other->syn_ns);

	if (x->has & part || trip < 0)          /* clocks can be set back */
		return;
	x->has |= part;
	x->trips[part == WEIR_FACTS_RTT_CLIENT] = trip;
}

/* The handshake: SYN, SYN+ACK, ACK, the last of each before its answer. */
static void follow_handshake(struct facts *x, struct side *s, const struct side *other,
	const struct weir_packet *p)
{
	int flags = p->tcp_flags & (SYN | ACK);

	if (flags == (SYN | ACK) && other->has & SENT_SYN &&
	    !before(p->tcp_ack, other->begins) && !before(other->end, p->tcp_ack))
		note_trip(x, WEIR_FACTS_RTT_SERVER, other, p);
	if (flags == ACK && other->has & SENT_SYN_ACK && p->tcp_ack == other->begins)
		note_trip(x, WEIR_FACTS_RTT_CLIENT, other, p);
	if (!(flags & SYN))
		return;
	s->syn_ns = p->ns;
	s->has |= flags & ACK ? SENT_SYN_ACK : SENT_SYN;
}

/* ---- what headers say ------------------------------------------------------------- */

/* Options of a SYN; ends at one whose length cannot be. */
static void read_options(struct side *s, const uint8_t *at, const uint8_t *end)
{
	while (at < end && *at != OPTION_END) {
		ptrdiff_t size = *at == OPTION_NOTHING ? 1 : end - at > 1 ? at[1] : 0;

		if (size > end - at || size < (*at == OPTION_NOTHING ? 1 : 2))
			return;
		if (*at == OPTION_MSS && size == 4) {
			s->mss = be16(at + 2);
			s->has |= WEIR_FACTS_MSS_TS;
		} else if (*at == OPTION_SCALE && size == 3) {
			s->scale = at[2];
			s->has |= WEIR_FACTS_SCALE_TS;
		}
		at += size;
	}
}

static void note_ttl(struct side *s, uint8_t ttl)
{
	if (!(s->has & WEIR_FACTS_TTL_TS))
		s->min_ttl = s->max_ttl = ttl;
	s->min_ttl = ttl < s->min_ttl ? ttl : s->min_ttl;
	s->max_ttl = ttl > s->max_ttl ? ttl : s->max_ttl;
	s->has |= WEIR_FACTS_TTL_TS;
}

static void note_window(struct side *s, const struct weir_packet *p)
{
	uint16_t window = p->tcp_window;

	if (!(s->has & WEIR_FACTS_WINDOW_TS))
		s->min_window = s->max_window = window;
	s->min_window = window < s->min_window ? window : s->min_window;
	s->max_window = window > s->max_window ? window : s->max_window;
	s->zero_windows += window == 0 && !(p->tcp_flags & (SYN | FIN));
	s->has |= WEIR_FACTS_WINDOW_TS;
}

/* What TCP says of a packet; returns how many bytes of its payload are not new. */
static uint32_t add_tcp(struct facts *x, const struct weir_packet *p, int direction)
{
	struct side *s = &x->sides[direction], *other = &x->sides[!direction];
	uint32_t from = p->tcp_seq + ((p->tcp_flags & SYN) != 0);

	s->has |= WEIR_FACTS_TCP_TS;
	if (p->tcp_flags & RST)
		return p->payload_size;         /* it may give a reason: not of the stream */
	note_window(s, p);
	if (!(s->has & KNOWS_END) || (p->tcp_flags & SYN && s->begins != from))
		begin_numbers(s, other, from);
	follow_handshake(x, s, other, p);
	if (p->tcp_flags & ACK)
		follow_ack(s, other, p);
	if (!(p->has & WEIR_HAS_PAYLOAD))
		return 0;
	if (p->tcp_flags & SYN)
		read_options(s, (const uint8_t *)p->body + p->transport_at + HEADER,
			(const uint8_t *)p->body + p->payload_at);
	return follow(s, from, p->payload_size, p->tcp_flags & FIN);
}

/* ---- payload ---------------------------------------------------------------------- */

/* Keeps the first bytes of a side as they come, without the first `behind` of the packet. */
static void keep_head(struct side *s, uint8_t *head, const struct weir_packet *p, uint32_t behind)
{
	uint32_t left = HEAD - s->head_size, size;

	if (left == 0 || behind >= p->payload_kept)
		return;
	size = p->payload_kept - behind < left ? p->payload_kept - behind : left;
	memcpy(head + s->head_size, (const uint8_t *)p->body + p->payload_at + behind, size);
	s->head_size = (uint16_t)(s->head_size + size);
	s->has |= WEIR_FACTS_ENTROPY_TS;
}

/* Not inlined, to stay out of the way of those who did not ask. */
__attribute__((noinline))
void facts_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	struct facts *x = &f->facts[number];
	struct side *s = &x->sides[direction];
	uint32_t behind = 0;

	note_ttl(s, p->ttl);
	s->ip += p->ip_size;
	if ((p->has & (WEIR_HAS_FRAGMENT | WEIR_HAS_WHOLE)) == WEIR_HAS_FRAGMENT)
		return;                 /* all but that comes again with the whole datagram */
	if (p->has & WEIR_HAS_TCP)
		behind = add_tcp(x, p, direction);
	if (!(p->has & WEIR_HAS_PAYLOAD))
		return;
	s->payload += p->payload_size;
	keep_head(s, x->heads[direction], p, behind);
}

void facts_finish(const struct flows *f, uint32_t number, struct weir_facts *out)
{
	const struct facts *x = &f->facts[number];
	int from = f->hot[number].originator;
	const struct side *ts = &x->sides[from], *tc = &x->sides[!from];

	*out = (struct weir_facts){
		.has = x->has | (ts->has & PARTS) | (tc->has & PARTS) << 1,
		.payload_bytes_ts = (double)ts->payload, .payload_bytes_tc = (double)tc->payload,
		.ip_bytes_ts = (double)ts->ip, .ip_bytes_tc = (double)tc->ip,
		.entropy_ts = entropy_of(f, x->heads[from], ts->head_size),
		.entropy_tc = entropy_of(f, x->heads[!from], tc->head_size),
		.rtt_server = (double)x->trips[0] / 1e9, .rtt_client = (double)x->trips[1] / 1e9,
		.retransmissions_ts = ts->retransmissions,
		.retransmissions_tc = tc->retransmissions,
		.out_of_order_ts = ts->out_of_order, .out_of_order_tc = tc->out_of_order,
		.duplicate_acks_ts = ts->duplicate_acks, .duplicate_acks_tc = tc->duplicate_acks,
		.zero_windows_ts = ts->zero_windows, .zero_windows_tc = tc->zero_windows,
		.min_window_ts = ts->min_window, .min_window_tc = tc->min_window,
		.max_window_ts = ts->max_window, .max_window_tc = tc->max_window,
		.mss_ts = ts->mss, .mss_tc = tc->mss,
		.window_scale_ts = ts->scale, .window_scale_tc = tc->scale,
		.min_ttl_ts = ts->min_ttl, .min_ttl_tc = tc->min_ttl,
		.max_ttl_ts = ts->max_ttl, .max_ttl_tc = tc->max_ttl
	};
}
