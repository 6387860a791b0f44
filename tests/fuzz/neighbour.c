/* neighbour.c - fuzzes ARP and neighbour discovery: the first byte tells which; frames follow. */
#include "decode/decode.h"
#include "protocol.h"

enum { LEAST = 2 };

/* A frame of Ethernet that carries these bytes as ARP, or behind IPv6 as ICMPv6. */
static uint32_t frame_of(uint8_t *x, int is_arp, const uint8_t *bytes, uint32_t size)
{
	uint32_t head = is_arp ? 14 : 54;

	memset(x, 0, head);
	x[12] = is_arp ? 0x08 : 0x86;
	x[13] = is_arp ? 0x06 : 0xdd;
	if (!is_arp) {
		x[14] = 0x60;
		x[19] = (uint8_t)size;
		x[20] = 58;
		x[21] = x[37] = 255;
		x[53] = 1;
	}
	memcpy(x + head, bytes, size);
	return head + size;
}

static void give_frame(struct speaker *s, struct decoder *d, const uint8_t *x, uint32_t size)
{
	uint8_t *exact = malloc(size);
	struct weir_packet p = { .data = exact, .body = exact, .size = size, .kept = size,
		.link_type = 1, .home = &s->batch };

	memcpy(exact, x, size);
	d->tunnel_total = FLOW_TUNNELS;
	decode_packet(d, &p);
	give_packet(s, &p);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech how = { .protocol = 17 };
	static struct decoder d;
	struct speaker s;

	if (!d.fragments)
		d.fragments = fragments_new();
	speaker_begin(&s, &how);
	d.tunnels = s.tunnels;
	while (size >= LEAST) {
		uint32_t said = bytes[1] < size - LEAST ? bytes[1] : (uint32_t)(size - LEAST);
		uint8_t x[54 + 255];

		give_frame(&s, &d, x, frame_of(x, bytes[0] & 1, bytes + LEAST, said));
		bytes += LEAST + said;
		size -= LEAST + said;
	}
	speaker_end(&s);
	return 0;
}
