/* packet.c - one frame's decode, from the link's header to the payload. */
#include "decode.h"

rare void decode_lacks(struct decoder *d, size_t left, size_t n)
{
	int was_cut = d->p->kept < d->p->size;

	stop(d, was_cut && left + d->missing >= n ? WEIR_CUT : WEIR_SHORT);
}

uint32_t decode_own_size(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!has(d, at, end, 8))
		return 0;
	size = host16(at + 2);
	if (size < 8)
		stop(d, WEIR_SHORT);
	return size >= 8 && has(d, at, end, size) ? size : 0;
}

/* A tunnel counts when a packet is found in it; if not, what carries it is the packet. */
static rare void leave_empty_tunnel(struct decoder *d)
{
	enum weir_trouble why = d->p->trouble;

	*d->p = d->outer;
	d->tunnel_total--;
	if (why != WEIR_FINE && !d->guessed)
		stop(d, why);
}

void decode_packet(struct decoder *d, struct weir_packet *p)
{
	d->p = p;
	d->missing = p->size - p->kept;
	d->depth = 0;
	link_begin(d, p->data, (const uint8_t *)p->data + p->kept);
	if (unlikely((p->has & (WEIR_HAS_TUNNEL | WEIR_HAS_ADDRESS)) == WEIR_HAS_TUNNEL))
		leave_empty_tunnel(d);
}
