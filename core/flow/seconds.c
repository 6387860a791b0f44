/*
 * seconds.c - packets and bytes of each second of a flow.
 *
 * The counters of the second at hand are in the flow's hot part; a row goes out when a packet of
 * another second comes, or of other devices, or the flow ends.  Where somebody looks on, it goes
 * out when the second is over.
 */
#include <stdlib.h>
#include <string.h>
#include "flow_inside.h"

enum { OPEN_FIRST = 1 << 10, OPEN_MOST = 1 << 22 };     /* flows that there is room for */

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

/* Notes a flow that counts: one that there is no room for waits for its next packet. */
static rare void note_open(struct flows *f, uint32_t number)
{
	uint32_t room = f->open_room ? 2 * f->open_room : OPEN_FIRST, *larger;

	if (f->open_count == f->open_room) {
		larger = room <= OPEN_MOST ? realloc(f->open, room * sizeof *larger) : NULL;
		if (!larger)
			return;
		f->open = larger;
		f->open_room = room;
	}
	f->open[f->open_count++] = number;
}

int seconds_over(struct flows *f)
{
	for (; f->open_next < f->open_count; f->open_next++) {
		if (!end_has_room(f))
			return 0;
		seconds_finish(f, f->open[f->open_next]);
	}
	f->open_count = f->open_next = 0;
	return 1;
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
	if (unlikely(f->o.prompt) && h->second_packets[0] + h->second_packets[1] == 0)
		note_open(f, number);
	h->second_packets[direction]++;
	h->second_bytes[direction] += p->size;
}
