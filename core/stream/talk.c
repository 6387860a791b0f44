/*
 * talk.c - what the two ends of a flow say to each other: from packets to parsers.
 *
 * Flows have an ear each: a few bytes that are looked at when one begins and with its first
 * data.  What one says is kept in a talk of its own, as long as somebody listens.
 */
#include "../proto/neighbour.h"
#include "talk_inside.h"

enum { TCP = 6, UDP = 17, ICMP6 = 58, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static int is_neighbour(const struct weir_packet *p)
{
	return p->protocol == ICMP6 && p->has & WEIR_HAS_ICMP && p->icmp_type >= NEIGHBOUR_FIRST &&
		p->icmp_type <= NEIGHBOUR_LAST;
}

int talk_begin(struct flows *f, uint32_t number, const struct weir_packet *p)
{
	const struct talks *t = f->talks;

	f->ears[number] = (struct ear){ 0 };
	return (p->protocol == TCP && t->tcp) || (p->protocol == UDP && t->udp) ||
		(is_neighbour(p) && said_wants(t->said, WEIR_ARP)) ? STATE_HEARD_BOTH : 0;
}

/* Of which ends anybody wants more: bits of enum state. */
static inline int heard_ends(const struct talks *t, const struct line *l)
{
	if (t->streams && l->carrier == CARRIER_TCP)
		return STATE_HEARD_BOTH;
	return (l->deaf[0] ? 0 : STATE_HEARD) | (l->deaf[1] ? 0 : STATE_HEARD << 1);
}

static inline int is_heard(const struct talks *t, const struct talk *k, int d)
{
	return heard_ends(t, &k->line) >> d & STATE_HEARD;
}

/* Directions need not be heard any more, or again: `ends` are those that are. */
static rare void turn_to(struct talks *t, uint32_t number, struct talk *k, int ends)
{
	struct hot *h = &t->flows->hot[number];

	for (int d = 0; d < 2; d++)
		if (!(ends >> d & STATE_HEARD))
			stream_clear(&k->streams[d], t->said);
		else if (!(h->state >> d & STATE_HEARD))
			k->streams[d] = (struct stream){ 0 };   /* it begins anew, where it is */
	h->state = (uint8_t)((h->state & ~STATE_HEARD_BOTH) | ends);
	if (!ends)
		talk_drop(t, number);
}

/* Notes what was found out. */
static inline void note(struct talks *t, uint32_t number, struct talk *k)
{
	int ends = heard_ends(t, &k->line);

	if (k->line.protocol)
		t->flows->ears[number].app = k->line.app;
	if (ends != (t->flows->hot[number].state & STATE_HEARD_BOTH))
		turn_to(t, number, k, ends);
}

static struct heard heard_of(struct talks *t, uint32_t number, int direction)
{
	const struct key *k = &t->flows->hot[number].key;

	return (struct heard){
		.said = t->said, .direction = direction, .origin = &t->said->now,
		.from_port = direction ? k->port_b : k->port_a,
		.to_port = direction ? k->port_a : k->port_b
	};
}

/* ---- datagrams ---------------------------------------------------------------------------------- */

/* As long as nobody knows what it is there is no talk: its flow's ear keeps what matters. */
static void hear_unknown(struct talks *t, uint32_t number, struct heard *h)
{
	struct ear *e = &t->flows->ears[number];
	uint8_t *state = &t->flows->hot[number].state;
	struct line l = {
		.carrier = CARRIER_UDP, .tries = e->tries, .greetings = e->greetings,
		.deaf = { !(*state & STATE_HEARD), !(*state & STATE_HEARD << 1) }
	};

	line_hear(&l, h);
	if (l.protocol) {
		struct talk *k = talk_of(t, number, UDP);

		k->line = l;
		note(t, number, k);
		return;
	}
	e->tries = l.tries;
	e->greetings = l.greetings;
	*state = (uint8_t)((*state & ~STATE_HEARD_BOTH) | heard_ends(t, &l));
}

static void hear_datagram(struct talks *t, uint32_t number, const struct weir_packet *p,
	int direction)
{
	uint32_t i = t->flows->ears[number].talk;
	struct heard h = heard_of(t, number, direction);

	h.at = (const uint8_t *)p->body + p->payload_at;
	h.size = p->payload_kept;
	h.full = p->payload_size;
	if (!i) {
		hear_unknown(t, number, &h);
	} else {
		line_hear(&t->talks[i].line, &h);
		note(t, number, &t->talks[i]);
	}
}

/* ---- streams -------------------------------------------------------------------------------------- */

/* What a stream yields, as a record. */
static void show(const struct heard *h, enum yield what, const struct yielded *y)
{
	struct weir_stream *w = said_record(h->said, WEIR_STREAM, h->direction);

	if (what == YIELD_BYTES)
		w->bytes = said_text(h->said, y->at, y->size);
	if (what == YIELD_GAP)
		w->missing = y->size;
	said_made_of(h->said, (struct weir_said *)w, &y->origin);
	said_publish(h->said, WEIR_STREAM, w);
}

/* Hands on what a stream yields. */
static void pass(struct line *l, struct heard *h, enum yield what, const struct yielded *y)
{
	if (said_wants(h->said, WEIR_STREAM))
		show(h, what, y);
	h->origin = &y->origin;
	h->at = y->at;
	h->size = h->full = y->size;
	if (what == YIELD_BYTES)
		line_hear(l, h);
	else if (what == YIELD_END)
		line_over(l, h);
	else {
		h->said->missing += y->size;
		line_gap(l, h, y->size);
	}
}

/*
 * Segments that are worth to wait for what is missing before them: few, as long as nobody listens,
 * and where nobody knew the beginning, one, for the segment that it has overtaken.
 */
static uint32_t patience(const struct talks *t, const struct talk *k, int direction)
{
	if (k->line.protocol || t->streams)
		return UINT32_MAX;
	return k->line.unknown[direction] ? 1 : 32;
}

/* Bytes that a segment has, here or not: a SYN that claims more than its frame has none of them. */
static uint32_t full_of(const struct weir_packet *p)
{
	return p->tcp_flags & SYN ? p->payload_kept : p->payload_size;
}

static void hear_segment(struct talks *t, uint32_t number, const struct weir_packet *p,
	int direction)
{
	struct talk *k = talk_of(t, number, p->protocol);
	struct heard h = heard_of(t, number, direction);
	struct brought b = {
		.at = (const uint8_t *)p->body + p->payload_at, .size = p->payload_kept,
		.full = full_of(p), .seq = p->tcp_seq + (p->tcp_flags & SYN ? 1 : 0),
		.fin = p->tcp_flags & FIN, .origin = t->said->now,
		.patience = patience(t, k, direction)
	};
	struct yielded y;
	enum yield what;

	stream_take(&k->streams[direction], t->said, &b);
	while (is_heard(t, k, direction) &&
	       (what = stream_yield(&k->streams[direction], t->said, &b, &y)))
		pass(&k->line, &h, what, &y);
}

/* What the other end acknowledges was lost to us, if we do not have it. */
static void hear_ack(struct talks *t, uint32_t number, const struct weir_packet *p, int direction)
{
	struct talk *k = &t->talks[t->flows->ears[number].talk];
	struct stream *other = &k->streams[!direction];
	struct brought none = { .origin = t->said->now, .patience = patience(t, k, !direction) };
	struct heard h = heard_of(t, number, !direction);
	struct yielded y;
	enum yield what;

	stream_ack(other, p->tcp_ack);
	while (other->waiting && is_heard(t, k, !direction) &&
	       (what = stream_yield(other, t->said, &none, &y)))
		pass(&k->line, &h, what, &y);
}

/* A SYN that begins something else than what is known is of another connection: it is left. */
static void hear_syn(struct talks *t, uint32_t number, const struct weir_packet *p, int direction)
{
	struct ear *e = &t->flows->ears[number];

	e->begins[direction] = p->tcp_seq + 1;
	e->knows |= 1 << direction & 3;
	if (e->talk)
		stream_begin(&t->talks[e->talk].streams[direction], p->tcp_seq + 1);
}

static void hear_tcp(struct talks *t, uint32_t number, const struct weir_packet *p, int direction)
{
	struct ear *e = &t->flows->ears[number];
	int wanted = t->flows->hot[number].state >> direction & STATE_HEARD;

	if (p->tcp_flags & SYN)
		hear_syn(t, number, p, direction);
	if (e->talk && p->tcp_flags & ACK)
		hear_ack(t, number, p, direction);
	if (wanted && !(p->tcp_flags & RST) && (p->payload_size || (e->talk && p->tcp_flags & FIN)))
		hear_segment(t, number, p, direction);
	if (e->talk)
		note(t, number, &t->talks[e->talk]);
}

void talk_hear(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	if (!(p->has & WEIR_HAS_PAYLOAD))
		return;
	said_step(f->talks->said, number, p, direction);
	if (p->protocol == TCP)
		hear_tcp(f->talks, number, p, direction);
	else if (is_neighbour(p))
		neighbour_icmp6(f->talks->said, direction, (const uint8_t *)p->body + p->transport_at,
			p->payload_at + p->payload_kept - p->transport_at);
	else if (p->protocol == UDP && p->payload_size)
		hear_datagram(f->talks, number, p, direction);
}

void talk_overhear(struct flows *f, const struct weir_packet *p)
{
	struct said *s = f->talks->said;

	said_step(s, 0, p, 0);
	if (p->has & WEIR_HAS_ARP && said_wants(s, WEIR_ARP))
		neighbour_arp(s, (const uint8_t *)p->body + p->network_at, p->kept - p->network_at);
}

void talk_end(struct flows *f, uint32_t number)
{
	struct talks *t = f->talks;
	uint32_t i = t->flows->ears[number].talk;
	struct talk *k = &t->talks[i];

	if (!i)
		return;
	said_step(t->said, number, NULL, 0);
	for (int d = 0; d < 2; d++) {
		struct heard h = heard_of(t, number, d);
		struct yielded y = { .origin = t->said->now };
		enum yield what;

		while (is_heard(t, k, d) && (what = stream_drain(&k->streams[d], t->said, &y)))
			pass(&k->line, &h, what, &y);
		h.origin = &t->said->now;
		line_over(&k->line, &h);
	}
	if (k->line.protocol)
		t->flows->ears[number].app = k->line.app;
	talk_drop(t, number);
}
