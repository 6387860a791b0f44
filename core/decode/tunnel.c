/* tunnel.c - headers that carry another packet, straight on IP. */
#include <string.h>
#include "decode.h"

enum {
	GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, GRE_VERSION = 7,
	TYPE_ERSPAN2 = 0x88be, TYPE_ERSPAN3 = 0x22eb, TYPE_WCCP = 0x883e, TYPE_IP4 = 0x0800,
	TYPE_ARUBA = 0x9000, TYPE_ARUBA_FIRST = 0x8200, TYPE_ARUBA_LAST = 0x83f0
};

enum { ROUTES = 16 };                   /* entries of a list in GRE */
enum { ERSPAN_MORE = 1, ERSPAN_IP = 2 };        /* a flag of the third version, a type of frame */

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
	if (has(d, at, end, header))
		ethernet_frame(d, at + header, end);
}

/* The third version, which may have the platform's own header behind it, and mirror IP alone. */
static void erspan3(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header = 12;

	if (!has(d, at, end, header))
		return;
	if (at[11] & ERSPAN_MORE)
		header += 8;
	if (!has(d, at, end, header))
		return;
	if ((at[10] >> 2 & 31) == ERSPAN_IP)
		ip_any(d, at + header, end);
	else
		ethernet_frame(d, at + header, end);
}

/* Of a cache's redirections: IPv4, behind four bytes in the second version, which does not say so. */
static void wccp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header = end > at && at[0] >> 4 == 4 ? 0 : 4;

	if (has(d, at, end, header))
		ethernet_type(d, at + header, end, TYPE_IP4);
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

	size += flags & (GRE_CHECKSUM | GRE_ROUTING) ? 4 : 0;
	size += flags & GRE_KEY ? 4 : 0;
	size += flags & GRE_SEQUENCE ? 4 : 0;
	return size + (flags & GRE_VERSION && flags & GRE_ACK ? 4 : 0);
}

/* Version 1 has the payload's length in the upper half of the key. */
static uint32_t gre_key(const uint8_t *at, uint16_t flags)
{
	at += flags & (GRE_CHECKSUM | GRE_ROUTING) ? 8 : 4;
	return !(flags & GRE_KEY) ? 0 : flags & GRE_VERSION ? be16(at + 2) : be32(at);
}

static void gre_payload(struct decoder *d, const uint8_t *at, const uint8_t *end, uint16_t type,
	int is_numbered)
{
	if (type == TYPE_ERSPAN2)
		erspan(d, at, end, is_numbered ? 8 : 0);
	else if (type == TYPE_ERSPAN3)
		erspan3(d, at, end);
	else if (type == TYPE_WCCP)
		wccp(d, at, end);
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

/* The way that is prescribed: entries with their size, the last of which is empty. */
static const uint8_t *gre_routes(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	for (int i = 0; i < ROUTES; i++) {
		uint32_t size;

		if (!has(d, at, end, 4))
			return NULL;
		size = at[3];
		at += 4;
		if (size == 0 && be16(at - 4) == 0)
			return at;
		if (!has(d, at, end, size))
			return NULL;
		at += size;
	}
	stop(d, WEIR_TOO_DEEP);
	return NULL;
}

void tunnel_gre(struct decoder *d, const uint8_t *at, const uint8_t *end, int guessed)
{
	struct tunnel kind = { .kind = WEIR_GRE, .guessed = guessed };
	uint16_t flags, type;

	if (is_part(d->p) || !has_gre(d, at, end, 4, guessed))
		return;
	flags = be16(at);
	type = be16(at + 2);
	if ((flags & GRE_VERSION) > 1 || (flags & GRE_VERSION && flags & GRE_ROUTING))
		return;                         /* a version that nobody uses */
	if (!has_gre(d, at, end, gre_size(flags), guessed))
		return;
	if (type == TYPE_ERSPAN2 || type == TYPE_ERSPAN3)
		kind.kind = WEIR_ERSPAN;
	kind.id = gre_key(at, flags);
	at += gre_size(flags);
	if (flags & GRE_ROUTING && !(at = gre_routes(d, at, end)))
		return;
	if (tunnel_enter(d, kind))
		gre_payload(d, at, end, type, flags & GRE_SEQUENCE);
}

/* A frame of Ethernet behind the version, which is 3, and zeros (RFC 3378). */
void tunnel_ethernet(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (is_part(d->p) || !has(d, at, end, 2) || at[0] >> 4 != 3)
		return;
	if (tunnel_enter(d, (struct tunnel){ .kind = WEIR_ETHERIP }))
		ethernet_frame(d, at + 2, end);
}

/* Labels straight on IP. */
void tunnel_mpls(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!is_part(d->p) && tunnel_enter(d, (struct tunnel){ .kind = WEIR_MPLS }))
		ethernet_mpls(d, at, end);
}
