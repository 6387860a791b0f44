/*
 * orphan.c - fragments that come before the first one of their datagram, which alone has ports.
 *
 * They wait here for it, and are packets of its flow then.  Bounded: the oldest gives way, and
 * those that have waited for too long are nobody's.
 */
#include <string.h>
#include "../decode/decode.h"
#include "flow_inside.h"

void orphan_keep(struct flows *f, const struct weir_packet *p)
{
	uint32_t i = f->orphan_count++ % ORPHANS;

	f->orphan_ids[i] = p->ip_id;
	f->orphans[i] = (struct orphan){ *p, f->now, key_tunnel(p, f->out.tunnels), 1 };
}

/* In IPv4 the first one may have told what is behind its authentication. */
static int is_sibling(const struct weir_packet *x, const struct weir_packet *y)
{
	return x->ip_id == y->ip_id && x->ip_version == y->ip_version &&
		(x->ip_version == 6 || x->protocol == y->protocol || x->protocol == NEXT_AH) &&
		memcmp(x->vlans, y->vlans, sizeof x->vlans) == 0 &&
		memcmp(x->src_addr, y->src_addr, 16) == 0 &&
		memcmp(x->dest_addr, y->dest_addr, 16) == 0;
}

/* Whether any has that ip_id: most datagrams come in order, so most often there is none. */
static int knows_id(const struct flows *f, uint32_t ip_id)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < ORPHANS; i++)  /* not left early, so that compilers use vectors */
		found |= f->orphan_ids[i] == ip_id;
	return found != 0;
}

struct weir_packet *orphan_next(struct flows *f, const struct weir_packet *first, uint32_t *i)
{
	uint32_t n = f->orphan_count < ORPHANS ? f->orphan_count : ORPHANS, tunnel;

	if (first->fragment_at != 0 || (*i == 0 && !knows_id(f, first->ip_id)))
		return NULL;
	tunnel = key_tunnel(first, f->out.tunnels);
	while (*i < n) {
		struct orphan *o = &f->orphans[(f->orphan_count - n + (*i)++) % ORPHANS];

		if (o->waits && f->now - o->came <= FRAGMENTS_WAIT && o->tunnel == tunnel &&
				is_sibling(&o->packet, first)) {
			o->waits = 0;
			return &o->packet;
		}
	}
	return NULL;
}
