/*
 * seconds.c - packets and bytes of each second of a flow.
 *
 * The counters of the second at hand are in the flow's hot part; a row goes out
 * when a packet of another second comes, or the flow ends.
 */
#include <string.h>
#include "flow.h"

static const int64_t SECOND = 1000000000;

void seconds_finish(struct flows *f, uint32_t number)
{
	struct hot *h = &f->hot[number];
	const struct cold *c = &f->cold[number];
	struct weir_second *s;
	int from = h->originator;

	if (h->second_packets[0] + h->second_packets[1] == 0)
		return;
	s = &f->out.seconds[f->out.second_count];
	clear(s, sizeof *s);
	s->ns = h->last / SECOND * SECOND;
	s->flow_id = c->id;
	s->has = c->has;
	s->pkts_toserver = h->second_packets[from];
	s->pkts_toclient = h->second_packets[!from];
	s->bytes_toserver = h->second_bytes[from];
	s->bytes_toclient = h->second_bytes[!from];
	s->src_port = from ? h->key.port_b : h->key.port_a;
	s->dest_port = from ? h->key.port_a : h->key.port_b;
	s->ip_version = h->key.version;
	s->protocol = h->key.protocol;
	if (c->has & WEIR_HAS_ICMP) {
		s->icmp_type = h->flags[0];
		s->icmp_code = h->flags[1];
	}
	memcpy(s->src_addr, from ? h->key.b : h->key.a, 16);
	memcpy(s->dest_addr, from ? h->key.a : h->key.b, 16);
	memcpy(s->dest_ether, c->ethers, 12);
	flow_note(&f->out, WEIR_SECOND, f->out.second_count++);
	memset(h->second_packets, 0, sizeof h->second_packets);
	memset(h->second_bytes, 0, sizeof h->second_bytes);
}

void seconds_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	struct hot *h = &f->hot[number];
	uint32_t second = (uint32_t)f->second;

	if (h->second != second || unlikely(h->second_bytes[direction] + p->size < p->size)) {
		seconds_finish(f, number);
		h->second = second;
	}
	h->second_packets[direction]++;
	h->second_bytes[direction] += p->size;
}
