/* tunnel.c - headers that carry another packet. */
#include <string.h>
#include "decode.h"

enum {
	PORT_GTP = 2152, PORT_TEREDO = 3544, PORT_VXLAN = 4789, PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	GTP_EXTRAS = 8                  /* extension headers of one GTP packet */
};

enum {
	GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, GRE_VERSION = 7,
	TYPE_ERSPAN2 = 0x88be, TYPE_ERSPAN3 = 0x22eb
};

/* What VXLAN's generic extension carries, if it says so. */
enum { GPE_SAYS = 4, GPE_IP4 = 1, GPE_IP6 = 2, GPE_ETHERNET = 3 };

/* What is known of a tunnel from its own header. */
struct kind {
	enum weir_tunnel_kind kind;
	uint32_t id;
	int guessed;
};

/*
 * Notes the tunnel and forgets what was the packet until here: the inner one
 * takes its place.  0 when there are too many tunnels inside each other.
 */
static int enter(struct decoder *d, struct kind kind)
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
	if (!is_part(d->p) && enter(d, (struct kind){ .kind = WEIR_IPIP }))
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
	struct kind kind = { .kind = WEIR_GRE };
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
	if (!enter(d, kind))
		return;
	if (kind.kind == WEIR_GRE)
		ethernet_type(d, at + header, end, type);
	else
		erspan(d, at + header, end,
			!(flags & GRE_SEQUENCE) ? 0 : type == TYPE_ERSPAN2 ? 8 : 12);
}

/* ---- on UDP: known by the port, and by a header that makes sense ------------- */

static rare void vxlan(struct decoder *d, const uint8_t *at, const uint8_t *end, uint8_t carries)
{
	if (end - at < 8 + 14 || !(at[0] & 8) || at[7] != 0)
		return;
	if (carries < GPE_IP4 || carries > GPE_ETHERNET)
		return;
	if (!enter(d, (struct kind){ WEIR_VXLAN, be32(at + 4) >> 8, 1 }))
		return;
	if (carries == GPE_ETHERNET)
		ethernet_frame(d, at + 8, end);
	else
		ip_any(d, at + 8, end);
}

static rare void vxlan_gpe(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 8)
		vxlan(d, at, end, at[0] & GPE_SAYS ? at[3] : GPE_ETHERNET);
}

static rare void geneve(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header;

	if (end - at < 8 || at[0] >> 6 != 0)
		return;
	header = 8 + (at[0] & 63) * 4u;
	if (end - at < header)
		return;
	if (enter(d, (struct kind){ WEIR_GENEVE, be32(at + 4) >> 8, 1 }))
		ethernet_type(d, at + header, end, be16(at + 2));
}

/* The size of a GTP header with its extensions, 0 when they make no sense. */
static uint32_t gtp_header(const uint8_t *at, const uint8_t *end)
{
	uint32_t header = 12;
	uint8_t next = at[0] & 4 ? at[11] : 0;

	if (!(at[0] & 7))
		return 8;
	for (int i = 0; next && i < GTP_EXTRAS; i++) {
		uint32_t size;

		if (end - at < header + 4)
			return 0;
		size = at[header] * 4u;
		if (size == 0 || end - at < header + size)
			return 0;
		header += size;
		next = at[header - 1];
	}
	return header;
}

static rare void gtp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header;

	if (end - at < 12 || at[0] >> 4 != 3 || at[1] != 255)
		return;                         /* not version 1, or not a user's packet */
	header = gtp_header(at, end);
	if (header == 0 || end - at <= header || (at[header] >> 4 != 4 && at[header] >> 4 != 6))
		return;
	if (enter(d, (struct kind){ WEIR_GTP, be32(at + 4), 1 }))
		ip_any(d, at + header, end);
}

static rare void teredo(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = (uint32_t)(end - at), header = 0;

	if (size >= 4 && be16(at) == 1)         /* authentication: lengths of id and value, nonce */
		header = 4u + at[2] + at[3] + 9;
	if (size >= header + 8 && be16(at + header) == 0)
		header += 8;                    /* origin */
	if (size < header + 40 || at[header] >> 4 != 6)
		return;
	if (size + d->missing != header + 40 + be16(at + header + 4))
		return;
	if (enter(d, (struct kind){ WEIR_TEREDO, 0, 1 }))
		ip_any(d, at + header, end);
}

void tunnel_udp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint16_t from = d->p->src_port, to = d->p->dest_port;

	if (to == PORT_VXLAN)
		vxlan(d, at, end, GPE_ETHERNET);
	else if (to == PORT_VXLAN_GPE)
		vxlan_gpe(d, at, end);
	else if (to == PORT_GENEVE)
		geneve(d, at, end);
	else if (to == PORT_GTP || from == PORT_GTP)
		gtp(d, at, end);
	else if (to == PORT_TEREDO || from == PORT_TEREDO)
		teredo(d, at, end);
}
