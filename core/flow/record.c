/* record.c - what is shown of a flow: when it begins, of each of its seconds, when it ends. */
#include <string.h>
#include "../ends.h"
#include "flow_inside.h"

/* Fills the ends of a record, which is of zeros. */
static inline void put_ends(void *record, size_t at, const struct hot *h, const uint8_t *ethers)
{
	struct ends *e = (struct ends *)((uint8_t *)record + at);
	int from = h->originator;

	memcpy(e->src_addr, from ? h->key.b : h->key.a, 16);
	memcpy(e->dest_addr, from ? h->key.a : h->key.b, 16);
	e->src_port = from ? h->key.port_b : h->key.port_a;
	e->dest_port = from ? h->key.port_a : h->key.port_b;
	e->ip_version = h->key.version;
	e->protocol = h->key.protocol;
	if (h->has & WEIR_HAS_ICMP) {
		e->icmp_type = h->flags[0];
		e->icmp_code = h->flags[1];
	}
	memcpy(e->dest_ether, ethers, 6);
	memcpy(e->src_ether, ethers + 6, 6);
}

/* Copies what lies outside the record into the batch. */
static void show_extra(struct flows *f, struct extra *e, struct weir_flow *w)
{
	struct flow_out *out = &f->out;

	w->fragments = e->fragments;
	w->icmp_errors = e->icmp_errors;
	w->tunnel_first = out->tunnel_count;
	memcpy(&out->tunnels[out->tunnel_count], e->tunnels, w->tunnel_count * sizeof *e->tunnels);
	out->tunnel_count += w->tunnel_count;
	if (f->o.offsets)
		offsets_show(f, e, w);
}

void record_flow(struct flows *f, uint32_t number, struct weir_flow *w)
{
	const struct hot *h = &f->hot[number];
	const struct rest *r = &f->rest[number];
	const uint8_t *ethers = f->cold[number].ethers[h->originator];
	int from = h->originator;
	uint8_t first[12];

	clear(w, sizeof *w);
	w->start_ns = h->first;
	w->end_ns = h->last;
	w->duration_ns = h->last - h->first;
	w->flow_id = f->cold[number].id;
	w->home = f->out.home;
	w->has = h->has;
	w->source = r->source;
	w->number = number;
	w->pkts_toserver = (double)(int64_t)h->packets[from];
	w->pkts_toclient = (double)(int64_t)h->packets[!from];
	w->bytes_toserver = (double)(int64_t)h->bytes[from];
	w->bytes_toclient = (double)(int64_t)h->bytes[!from];
	if (unlikely(r->roams)) {
		memcpy(first, f->extras[r->extra].ethers, 12);
		if (r->first_way != from)
			answer_ethers(first, f->extras[r->extra].ethers);
		ethers = first;
	}
	put_ends(w, offsetof(struct weir_flow, src_addr), h, ethers);
	memcpy(w->vlans, h->key.vlans, sizeof w->vlans);
	if (!(h->has & WEIR_HAS_ICMP)) {
		w->tcp_flags_ts = h->flags[from];
		w->tcp_flags_tc = h->flags[!from];
	}
	w->vlan_count = r->vlan_count;
	w->tunnel_count = r->tunnel_count;
	if (r->extra)
		show_extra(f, &f->extras[r->extra], w);
}

void record_begin(const struct flows *f, uint32_t number, const struct weir_packet *p,
	struct weir_begin *b)
{
	const struct hot *h = &f->hot[number];

	clear(b, sizeof *b);
	b->ns = h->first;
	b->flow_id = f->cold[number].id;
	b->ordinal = p->ordinal;
	b->offset = p->offset;
	b->home = f->out.home;
	b->has = h->has;
	b->source = p->source;
	b->flow = number;
	b->tunnel_first = p->tunnel_first;
	put_ends(b, offsetof(struct weir_begin, src_addr), h, f->cold[number].ethers[h->originator]);
	memcpy(b->vlans, h->key.vlans, sizeof b->vlans);
	b->vlan_count = p->vlan_count;
	b->tunnel_count = p->tunnel_count;
}

void record_second(const struct flows *f, uint32_t number, struct weir_second *s)
{
	const struct hot *h = &f->hot[number];
	int from = h->originator;

	clear(s, sizeof *s);
	s->ns = h->last / SECOND * SECOND;
	s->flow_id = f->cold[number].id;
	s->home = f->out.home;
	s->has = h->has;
	s->pkts_toserver = h->second_packets[from];
	s->pkts_toclient = h->second_packets[!from];
	s->bytes_toserver = h->second_bytes[from];
	s->bytes_toclient = h->second_bytes[!from];
	put_ends(s, offsetof(struct weir_second, src_addr), h, f->cold[number].ethers[from]);
}

void record_said(const struct flows *f, uint32_t number, int direction, struct weir_said *w)
{
	const struct hot *h = &f->hot[number];
	const struct rest *r = &f->rest[number];

	w->flow_id = f->cold[number].id;
	w->has = h->has & ~(uint32_t)WEIR_HAS_TUNNEL;
	w->source = r->source;
	w->flow = number;
	w->reverse = direction != h->originator;
	put_ends(w, offsetof(struct weir_said, src_addr), h, f->cold[number].ethers[h->originator]);
	memcpy(w->vlans, h->key.vlans, sizeof w->vlans);
	w->vlan_count = r->vlan_count;
}
