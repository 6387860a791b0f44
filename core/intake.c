/* intake.c - the first stage of the pipe: packets taken from a capture and decoded. */
#include <stdlib.h>
#include "intake.h"

int load_init(struct load *l)
{
	*l = (struct load){ .packets = slab_take(SLAB_PACKETS), .tunnels = slab_take(SLAB_TUNNELS) };
	l->text.at = slab_take(SLAB_TEXT);
	if (!l->packets || !l->tunnels || !l->text.at)
		return fail("out of memory");
	for (uint32_t i = 0; i < WEIR_BATCH; i++)       /* what only the flow table writes */
		clear(&l->packets[i].clock, sizeof *l->packets - offsetof(struct weir_packet, clock));
	return 0;
}

void load_clear(struct load *l)
{
	fragments_recycle(l->datagrams);
	free(l->places);
	slab_give(SLAB_TEXT, l->text.at);
	slab_give(SLAB_TUNNELS, l->tunnels);
	slab_give(SLAB_PACKETS, l->packets);
	*l = (struct load){ 0 };
}

int intake_init(struct intake *in, const struct weir_batch *home, int checksums)
{
	*in = (struct intake){ .home = home };
	in->decoder.checksums = checksums;
	in->decoder.fragments = fragments_new();
	return in->decoder.fragments ? 0 : fail("out of memory");
}

void intake_clear(struct intake *in)
{
	fragments_free(in->decoder.fragments);
	in->decoder.fragments = NULL;
}

void intake_begin(struct intake *in, struct load *l)
{
	if (in->last)                   /* what has been put together since was for that one */
		in->last->datagrams = fragments_whole_ones(in->decoder.fragments);
	in->last = l;
	fragments_recycle(l->datagrams);
	l->datagrams = NULL;
	l->tunnel_total = FLOW_TUNNELS;
	l->count = 0;
	text_clear(&l->text, ++in->loads);
}

int intake_take(struct intake *in, struct weir_capture *c, struct load *l, uint32_t at,
	uint32_t room, int hold)
{
	struct weir_packet *p = l->packets + at;
	int n = capture_read(c, p, room, &l->text, hold);

	in->decoder.tunnels = l->tunnels;
	in->decoder.tunnel_total = l->tunnel_total;
	for (int i = 0; i < n; i++) {
		p[i].home = in->home;
		p[i].source = in->source;
		decode_packet(&in->decoder, &p[i]);
	}
	l->tunnel_total = in->decoder.tunnel_total;
	l->reassembled = fragments_whole(in->decoder.fragments);
	l->incomplete = fragments_incomplete(in->decoder.fragments);
	return n;
}
