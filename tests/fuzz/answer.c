/*
 * answer.c - fuzzes what answers of DNS and mDNS tell of names: the bytes are one message, behind
 * one that says which; then a flow goes to the address that the message likely has.
 */
#include "flow/flow.h"
#include "names/names.h"
#include "stream/talk.h"

enum { CLIENT = 10, SERVER = 53 };

static struct flows *table(struct weir_batch *home, struct weir_tunnel *tunnels)
{
	static struct flows *f;
	struct flow_options how = { .idle = SECOND, .active = 60 * SECOND, .max_flows = 64,
		.seconds = 1, .names = 1, .labels = 1, .seed = 1 };

	if (!f && !(f = flows_new(&how)))
		__builtin_abort();
	flows_begin(f, home, tunnels, 0);
	return f;
}

static struct weir_packet packet(int64_t ns, const void *bytes, uint32_t size)
{
	return (struct weir_packet){
		.ns = ns, .body = bytes, .size = size, .kept = size, .ip_version = 4, .protocol = 17,
		.has = WEIR_HAS_ADDRESS | WEIR_HAS_IP | WEIR_HAS_PORTS | WEIR_HAS_PAYLOAD,
		.payload_size = size, .payload_kept = size, .src_addr = { 192, 0, 2, SERVER },
		.dest_addr = { 192, 0, 2, CLIENT }
	};
}

static void add(struct flows *f, struct weir_packet *p)
{
	struct piece now = { .packets = p, .n = 1 }, next = { 0 };

	now.places = now.own;
	flows_find(f, &now);
	flows_add(f, &now, &next);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct weir_tunnel tunnels[TUNNEL_ROOM];
	static struct weir_batch batch;
	static int64_t ns = SECOND;
	struct flows *f = table(&batch, tunnels);
	struct weir_packet p;

	if (size < 5 || size > 65000)
		return 0;
	p = packet(ns += SECOND / 2, bytes + 1, (uint32_t)size - 1);
	p.src_port = bytes[0] & 1 ? 5353 : 53;
	p.dest_port = bytes[0] & 1 ? 5353 : 40000;
	add(f, &p);
	p = packet(ns += SECOND / 2, bytes, 0);
	__builtin_memcpy(p.dest_addr, bytes + size - 4, 4);
	p.src_port = 40001;
	p.dest_port = 443;
	add(f, &p);
	talks_show(f->talks, &batch);
	for (uint32_t i = 0; i < f->out.flow_count; i++) {
		const struct weir_text *t = &f->out.flows[i].name;
		char again[NAME_MOST];

		if (t->size && (t->at + t->size >= batch.words_size || batch.words[t->at + t->size] ||
		    name_form(again, batch.words + t->at, t->size) != t->size))
			__builtin_abort();
	}
	return 0;
}
