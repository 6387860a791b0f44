/*
 * flow.c - fuzzes the flow table: a row of packets of few flows, six bytes each,
 * with time that jumps.  What goes in must come out: no packet and no byte is
 * lost or counted twice, neither in flows nor in seconds.  (Fragments that find
 * no first one are of no flow.)
 */
#include "flow/flow.h"
#include "feed.h"

enum { TIMES = 8 };

struct tally {
	double packets, bytes, second_packets, second_bytes, flows;
};

static struct weir_packet packet(const uint8_t *how, int64_t *now)
{
	static const int64_t steps[TIMES] = {
		0, 1000, 1000000, 999999999, 120000000000, 119999999999,
		1800000000000, 3000000000000000
	};
	static const uint8_t protocols[4] = { 6, 6, 17, 1 };
	struct weir_packet p = {
		.has = WEIR_HAS_IP | WEIR_HAS_ADDRESS, .ip_version = how[0] & 0x80 ? 6 : 4,
		.protocol = protocols[how[0] >> 5 & 3], .size = 60u + how[4], .offset = how[5]
	};

	*now += how[3] & 0x80 ? -steps[how[3] % TIMES] : steps[how[3] % TIMES];
	p.ns = *now;
	p.src_addr[0] = how[0] & 3;
	p.dest_addr[0] = how[0] >> 2 & 7;
	if (p.protocol == 1) {
		p.has |= WEIR_HAS_ICMP;
		p.icmp_type = how[1];
		p.icmp_code = how[2] & 3;
	} else {
		p.has |= WEIR_HAS_PORTS | (p.protocol == 6 ? WEIR_HAS_TCP : 0);
		p.src_port = how[1] & 3;
		p.dest_port = how[1] >> 2 & 3;
		p.tcp_flags = how[2];
	}
	if (how[5] & 1)
		p.has |= WEIR_HAS_FRAGMENT;
	if (how[5] & 2)
		p.has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
	p.src_ether[0] = how[5] >> 2 & 3;
	if ((how[5] & 17) == 17) {              /* a later fragment, which knows no ports */
		p.has &= ~(uint32_t)(WEIR_HAS_PORTS | WEIR_HAS_TCP | WEIR_HAS_ICMP);
		p.fragment_at = 8;
	}
	return p;
}

static void add_up(const struct flow_out *out, struct tally *s)
{
	for (uint32_t i = 0; i < out->flow_count; i++) {
		s->packets += out->flows[i].pkts_toserver + out->flows[i].pkts_toclient;
		s->bytes += out->flows[i].bytes_toserver + out->flows[i].bytes_toclient;
		s->flows++;
	}
	for (uint32_t i = 0; i < out->second_count; i++) {
		s->second_packets += out->seconds[i].pkts_toserver + out->seconds[i].pkts_toclient;
		s->second_bytes += (double)out->seconds[i].bytes_toserver +
			out->seconds[i].bytes_toclient;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct weir_tunnel tunnels[TUNNEL_ROOM];
	struct flow_options how = {
		.idle = 120000000000, .active = 1800000000000, .linger = 10000000000, .seed = size,
		.max_flows = size & 1 ? 8 : 1000, .seconds = 1, .stats = 1, .offsets = 1, .splt = 3,
		.packets = 1, .begins = 1, .cuts = size >> 1 & 1
	};
	struct flows *f = flows_new(&how);
	struct weir_batch home = { 0 };
	struct tally in = { 0 }, out = { 0 };
	double orphans = 0, orphan_bytes = 0;
	int64_t now = 1000000000;
	int more;

	for (size_t i = 0; i + 6 <= size; i += 6) {
		struct weir_packet p = packet(bytes + i, &now);
		struct piece piece = { .packets = &p, .n = 1 }, none = { 0 };

		if (bytes[i + 5] == 255)
			flows_source(f);
		do {
			flows_begin(f, &home, tunnels, 0);
			piece.places = piece.own;
			flows_find(f, &piece);
			more = !flows_add(f, &piece, &none);
			add_up(&f->out, &out);
		} while (more);
		if (how.cuts && bytes[i + 5] & 0x80)
			flows_cut(f, p.flow, p.clock);
		in.packets++;
		in.bytes += p.size;
		orphans += p.fragment_at != 0;
		orphan_bytes += p.fragment_at ? p.size : 0;
	}
	do {
		flows_begin(f, &home, tunnels, 0);
		more = flows_finish(f);
		add_up(&f->out, &out);
	} while (more);
	if (out.packets > in.packets || out.packets < in.packets - orphans ||
		out.bytes > in.bytes || out.bytes < in.bytes - orphan_bytes ||
		out.packets != out.second_packets || out.bytes != out.second_bytes ||
		f->alive != 0 || out.flows != f->begun)
		abort();
	flows_free(f);
	return 0;
}
