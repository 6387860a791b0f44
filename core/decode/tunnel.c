/* tunnel.c - headers that carry another packet, straight on IP. */
#include <string.h>
#include "decode.h"

enum {
	GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, GRE_VERSION = 7,
	TYPE_ERSPAN2 = 0x88be, TYPE_ERSPAN3 = 0x22eb,
	TYPE_ARUBA = 0x9000, TYPE_ARUBA_FIRST = 0x8200, TYPE_ARUBA_LAST = 0x83f0
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
	p->ip_size = p->ip_id = p->ip_flags = p->ip_sum = p->transport_sum = 0;
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

/* Aruba's access points send 802.11 under many types. */
static int is_wireless(uint16_t type)
{
	return type == TYPE_ARUBA ||
		(type >= TYPE_ARUBA_FIRST && type <= TYPE_ARUBA_LAST && type % 16 == 0);
}

static uint32_t gre_size(uint16_t flags)
{
	uint32_t size = 4;

	size += flags & GRE_CHECKSUM ? 4 : 0;
	size += flags & GRE_KEY ? 4 : 0;
	size += flags & GRE_SEQUENCE ? 4 : 0;
	return size + (flags & GRE_VERSION && flags & GRE_ACK ? 4 : 0);
}

/* Version 1 has the payload's length in the upper half of the key. */
static uint32_t gre_key(const uint8_t *at, uint16_t flags)
{
	at += flags & GRE_CHECKSUM ? 8 : 4;
	return !(flags & GRE_KEY) ? 0 : flags & GRE_VERSION ? be16(at + 2) : be32(at);
}

static void gre_payload(struct decoder *d, const uint8_t *at, const uint8_t *end, uint16_t type,
	int is_numbered)
{
	if (type == TYPE_ERSPAN2)
		erspan(d, at, end, is_numbered ? 8 : 0);
	else if (type == TYPE_ERSPAN3)
		erspan(d, at, end, 12);
	else if (is_wireless(type))
		wireless_frame(d, at, end);
	else
		ethernet_type(d, at, end, type);
}

/* What is guessed to be GRE, and is too short for it, is none; it is no trouble. */
static int has_gre(struct decoder *d, const uint8_t *at, const uint8_t *end, size_t n, int guessed)
{
	return guessed ? (size_t)(end - at) >= n : has(d, at, end, n);
}

void tunnel_gre(struct decoder *d, const uint8_t *at, const uint8_t *end, int guessed)
{
	struct tunnel kind = { .kind = WEIR_GRE, .guessed = guessed };
	uint16_t flags, type;

	if (is_part(d->p) || !has_gre(d, at, end, 4, guessed))
		return;
	flags = be16(at);
	type = be16(at + 2);
	if ((flags & GRE_VERSION) > 1 || flags & GRE_ROUTING)
		return;                         /* a version or a routing list that nobody uses */
	if (!has_gre(d, at, end, gre_size(flags), guessed))
		return;
	if (type == TYPE_ERSPAN2 || type == TYPE_ERSPAN3)
		kind.kind = WEIR_ERSPAN;
	kind.id = gre_key(at, flags);
	if (tunnel_enter(d, kind))
		gre_payload(d, at + gre_size(flags), end, type, flags & GRE_SEQUENCE);
}

/* Labels straight on IP. */
void tunnel_mpls(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!is_part(d->p) && tunnel_enter(d, (struct tunnel){ .kind = WEIR_MPLS }))
		ethernet_mpls(d, at, end);
}
