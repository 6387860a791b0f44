/*
 * facts.c - fuzzes the facts of a flow: a row of TCP segments between two ends, eight bytes and
 * options each, with numbers that meet and go round, headers that lie, and frames that are cut.
 */
#include "decode/decode.h"
#include "flow/flow.h"
#include "feed.h"

enum { LEAST = 8, HEADERS = 40, LONGEST = HEADERS + 40 + 31 };

static struct weir_tunnel tunnels[TUNNEL_ROOM];

static void put32(uint8_t *at, uint8_t n)
{
	memset(at, n & 0x80 ? 0xff : 0, 3);     /* on both sides of where numbers go round */
	at[3] = n;
}

/* An IPv4 segment of an end; returns its size, options and payload included. */
static uint32_t segment(uint8_t *x, const uint8_t *how, uint32_t options)
{
	uint32_t size = HEADERS + options + (how[1] & 31);
	int back = how[0] & 1;

	memset(x, 0, LONGEST);
	x[0] = 0x45;
	x[3] = (uint8_t)size;
	x[8] = how[6];
	x[9] = 6;
	x[15] = x[21] = back ? 1 : 2;
	x[19] = x[23] = back ? 2 : 1;
	put32(x + 24, how[2]);
	put32(x + 28, how[3]);
	x[32] = how[0] & 0x80 ? how[7] : (uint8_t)((5 + options / 4) << 4);
	x[33] = how[4];
	x[35] = how[5] & 3;
	memcpy(x + HEADERS, how + LEAST, options);
	return size;
}

static void check_facts(const struct flow_out *out)
{
	for (uint32_t i = 0; i < out->flow_count; i++) {
		const struct weir_facts *x = &out->facts[out->flows[i].facts_at];

		if (x->entropy_ts < 0 || x->entropy_tc < 0 || x->entropy_ts > 8 || x->entropy_tc > 8 ||
		    x->rtt_server < 0 || x->rtt_client < 0 || x->min_window_ts > x->max_window_ts ||
		    x->min_ttl_tc > x->max_ttl_tc || x->retransmissions_ts + x->out_of_order_ts >
		    out->flows[i].pkts_toserver)
			abort();
	}
}

/* Decodes a frame with nothing behind it, and counts it. */
static void count(struct flows *f, const uint8_t *x, uint32_t size, uint32_t kept, int64_t ns)
{
	static struct decoder d;
	static struct weir_batch home;
	struct weir_packet p = { .ns = ns, .size = size, .kept = kept, .link_type = 101, .home = &home };
	struct piece piece = { .packets = &p, .n = 1 }, none = { 0 };
	uint8_t *exact = malloc(kept + 1);
	int more;

	if (!d.fragments) {
		d.fragments = fragments_new();
		d.tunnels = tunnels;
	}
	memcpy(exact + 1, x, kept);
	p.data = p.body = exact + 1;
	d.tunnel_total = FLOW_TUNNELS;
	decode_packet(&d, &p);
	do {
		flows_begin(f, &home, tunnels, 0);
		piece.places = piece.own;
		flows_find(f, &piece);
		more = !flows_add(f, &piece, &none);
		check_facts(&f->out);
	} while (more);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct flow_options how = {
		.idle = 120000000000, .active = 1800000000000, .linger = 10000000000, .max_flows = 8,
		.timeouts_only = size & 1, .tcp = 1
	};
	struct flows *f = flows_new(&how);
	int64_t ns = 1000000000;
	int more;

	while (size >= LEAST) {
		uint32_t options = (bytes[1] >> 5) * 4u, n;
		uint8_t x[LONGEST];

		if (size < LEAST + options)
			break;
		n = segment(x, bytes, options);
		ns += (int64_t)(int8_t)(bytes[5] & 0xfc) * 1000000;
		count(f, x, n, bytes[0] & 0x40 ? bytes[7] % (n + 1) : n, ns);
		bytes += LEAST + options;
		size -= LEAST + options;
	}
	do {
		flows_begin(f, NULL, tunnels, 0);
		more = flows_finish(f);
		check_facts(&f->out);
	} while (more);
	flows_free(f);
	return 0;
}
