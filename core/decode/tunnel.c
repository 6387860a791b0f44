/* tunnel.c - headers that carry another packet, straight on IP. */
#include <string.h>
#include "decode.h"

enum {
	GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, GRE_VERSION = 7,
	TYPE_ERSPAN2 = 0x88be, TYPE_ERSPAN3 = 0x22eb
};

int tunnel_enter(struct decoder *d, struct tunnel kind)
{
	struct weir_packet *p = d->p;
	struct weir_tunnel *t;

	if (p->tunnel_count == WEIR_TUNNELS) {
		stop(d, WEIR_TOO_DEEP);
		return 0;
	}
	d->outer = *p;
	d->guessed = kind.guessed;
	if (p->tunnel_count == 0)
		p->tunnel_first = d->tunnel_total;
	t = &d->tunnels[d->tunnel_total++];
	p->tunnel_count++;
	*t = (struct weir_tunnel){
		.id = kind.id, .src_port = p->src_port, .dest_port = p->dest_port,
		.ip_version = p->ip_version, .kind = (uint8_t)kind.kind
	};
	memcpy(t->src_addr, p->src_addr, 16);
	memcpy(t->dest_addr, p->dest_addr, 16);
	memset(p->src_addr, 0, 16);
	memset(p->dest_addr, 0, 16);
	p->src_port = p->dest_port = 0;
	p->ip_id = p->ip_flags = p->ip_sum = p->transport_sum = 0;
	p->has &= WEIR_HAS_TYPE | WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
	p->has |= WEIR_HAS_TUNNEL;
	p->network_at = p->transport_at = p->payload_at = p->payload_size = p->payload_kept = 0;
	return 1;
}

void tunnel_ip(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!is_part(d->p) && tunnel_enter(d, (struct tunnel){ .kind = WEIR_IPIP }))
		ip_any(d, at, end);
}

/* A mirrored Ethernet frame behind a header of its own; an unnumbered one has none. */
static void erspan(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t header)
{
	if (!has(d, at, end, header))
		return;
	if (header == 12 && at[11] & 1)
		header += 8;                    /* the platform's own header follows */
	if (has(d, at, end, header))
		ethernet_frame(d, at + header, end);
}

void tunnel_gre(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct tunnel kind = { .kind = WEIR_GRE };
	uint32_t header = 4, key_at;
	uint16_t flags, type;

	if (is_part(d->p) || !has(d, at, end, 4))
		return;
	flags = be16(at);
	type = be16(at + 2);
	if ((flags & GRE_VERSION) > 1 || flags & GRE_ROUTING)
		return;                         /* a version or a routing list that nobody uses */
	header += flags & GRE_CHECKSUM ? 4 : 0;
	key_at = header;
	header += flags & GRE_KEY ? 4 : 0;
	header += flags & GRE_SEQUENCE ? 4 : 0;
	header += flags & GRE_VERSION && flags & GRE_ACK ? 4 : 0;
	if (!has(d, at, end, header))
		return;
	if (flags & GRE_KEY)            /* version 1 has the payload's length in the upper half */
		kind.id = flags & GRE_VERSION ? be16(at + key_at + 2) : be32(at + key_at);
	if (type == TYPE_ERSPAN2 || type == TYPE_ERSPAN3)
		kind.kind = WEIR_ERSPAN;
	if (!tunnel_enter(d, kind))
		return;
	if (kind.kind == WEIR_GRE)
		ethernet_type(d, at + header, end, type);
	else
		erspan(d, at + header, end,
			!(flags & GRE_SEQUENCE) ? 0 : type == TYPE_ERSPAN2 ? 8 : 12);
}
