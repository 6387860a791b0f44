/*
 * seconds.c - packets and bytes of each second of a flow.
 *
 * The counters of the second at hand are in the flow's hot part; a row goes out when a packet of
 * another second comes, or of other devices, or the flow ends.
 */
#include <string.h>
#include "flow.h"

void seconds_finish(struct flows *f, uint32_t number)
{
	struct hot *h = &f->hot[number];
	struct weir_second *s = &f->out.seconds[f->out.second_count];

	if (h->second_packets[0] + h->second_packets[1] == 0)
		return;
	record_second(f, number, s);
	if (f->talks)
		name_second(f, number, s);
	flow_note(&f->out, WEIR_SECOND, f->out.second_count++);
	memset(h->second_packets, 0, sizeof h->second_packets);
	memset(h->second_bytes, 0, sizeof h->second_bytes);
}

/*
 * A packet with other ethers than those before it in its direction ends the row, if there were
 * any: so far only what an answer has was expected.
 */
static rare void roam(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	struct rest *r = &f->rest[number];
	struct cold *c = &f->cold[number];

	if (f->hot[number].packets[direction])
		seconds_finish(f, number);
	if (!r->roams) {
		memcpy(flow_extra(f, number)->ethers, c->ethers[r->first_way], 12);
		r->roams = 1;
	}
	memcpy(c->ethers[direction], p->dest_ether, 12);
}

void seconds_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	enum { BOTH = WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC };
	struct hot *h = &f->hot[number];
	const uint8_t *ethers = f->cold[number].ethers[direction], *seen = p->dest_ether;
	uint32_t second = (uint32_t)f->second;

	if (h->second != second || unlikely(h->second_bytes[direction] + p->size < p->size)) {
		seconds_finish(f, number);
		h->second = second;
	}
	if (unlikely((host64(ethers) ^ host64(seen)) | (host32(ethers + 8) ^ host32(seen + 8))) &&
	    (p->has & BOTH) == BOTH)
		roam(f, number, p, direction);
	h->second_packets[direction]++;
	h->second_bytes[direction] += p->size;
}
