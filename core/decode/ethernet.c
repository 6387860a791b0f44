/* ethernet.c - Ethernet and 802.2, and what their types announce: tags, MPLS, ARP, … */
#include <string.h>
#include "decode.h"

enum ethertype {
	TYPE_LLC   = 0x0600,    /* below this it is a length */
	TYPE_IP4   = 0x0800, TYPE_ARP = 0x0806, TYPE_RARP = 0x8035, TYPE_TEB = 0x6558,
	TYPE_VLAN  = 0x8100,
	TYPE_IP6   = 0x86dd, TYPE_PPP = 0x880b, TYPE_MPLS = 0x8847, TYPE_MPLS_MULTI = 0x8848,
	TYPE_TRILL = 0x22f3, TYPE_PPPOE = 0x8864, TYPE_QINQ = 0x88a8, TYPE_MACSEC = 0x88e5,
	TYPE_BACKBONE = 0x88e7, TYPE_FABRIC = 0x8903, TYPE_CISCO = 0x8909, TYPE_VNTAG = 0x8926,
	TYPE_RING = 0x892f, TYPE_ETAG = 0x893f, TYPE_NSH = 0x894f,
	TYPE_QINQ_OLD = 0x9100, TYPE_QINQ_OLDER = 0x9200, TYPE_ARISTA = 0xd28b
};

/* Whose the types behind a SNAP header are. */
enum { OUI_ETHERNET = 0x000000, OUI_TUNNEL = 0x0000f8, OUI_BRIDGE = 0x0080c2 };

enum { ARISTA_TIME = 1, ARISTA_SHORT = 2 };

enum { LABELS = 16 };           /* MPLS labels on one packet */

/* MACsec's flags: what it carries is encrypted, or changed; who sends it is told. */
enum { MACSEC_SEALED = 0x8c, MACSEC_SENDER = 0x20, SIGNATURE = 16 };

_Static_assert(
	offsetof(struct weir_packet, src_ether) == offsetof(struct weir_packet, dest_ether) + 6,
	"both addresses are copied at once");

void ethernet_frame(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 14))
		return;
	memcpy(d->p->dest_ether, at, 12);       /* and src_ether */
	d->p->has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
	ethernet_type(d, at + 14, end, be16(at + 12));
}

void ethernet_snap(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t oui;
	uint16_t type;

	if (!has(d, at, end, 5))
		return;
	oui = be32(at) >> 8;
	type = be16(at + 3);
	if ((oui == OUI_ETHERNET || oui == OUI_TUNNEL) && type >= TYPE_LLC)
		ethernet_type(d, at + 5, end, type);
	else if (oui == OUI_BRIDGE && (type == 1 || type == 7))
		ethernet_frame(d, at + 5, end);  /* with its checksum, or without */
}

void ethernet_llc(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at < 8 || memcmp(at, "\xaa\xaa\x03", 3) != 0)
		return;                         /* spanning tree and its like: no packet of ours */
	ethernet_snap(d, at + 3, end);
}

/* Where a type belongs there can be a length, and 802.2 behind it. */
static void length(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	d->p->ether_type = 0;
	d->p->has &= ~(uint32_t)WEIR_HAS_TYPE;
	ethernet_llc(d, at, end);
}

static void vlan(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	if (!has(d, at, end, 4))
		return;
	if (p->vlan_count < WEIR_VLANS)
		p->vlans[p->vlan_count++] = be16(at) & 0xfff;
	ethernet_type(d, at + 4, end, be16(at + 2));
}

/* A tag of no interest: `size` bytes that end with the type of what follows. */
static void tag(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t size)
{
	if (has(d, at, end, size))
		ethernet_type(d, at + size, end, be16(at + size - 2));
}

/* The time that Arista's switches put into a frame, of one of two sizes. */
static void arista(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (has(d, at, end, 4) && be16(at) == ARISTA_TIME)
		tag(d, at, end, at[3] >> 4 == ARISTA_SHORT ? 12 : 14);
}

/* Another frame, as it was before a backbone or a fabric put `size` bytes before it. */
static void frame_behind(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t size)
{
	if (has(d, at, end, size))
		ethernet_frame(d, at + size, end);
}

/* TRILL: from bridge to bridge, with options whose size is in the first two bytes. */
static void trill(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (has(d, at, end, 6))
		frame_behind(d, at, end, 6 + (be16(at) >> 6 & 31) * 4u);
}

/*
 * MACsec that is signed but not encrypted: the packet's number, perhaps who sends it, then the
 * type of what follows; the signature is behind that.
 */
static void macsec(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header = 6, left = (uint32_t)(end - at) + d->missing;

	if (!has(d, at, end, header))
		return;
	if (at[0] & MACSEC_SENDER)
		header += 8;
	if (at[0] & MACSEC_SEALED || left < header + SIGNATURE)
		return;
	end = announce(d, at, end, left - SIGNATURE);
	if (has(d, at, end, header + 2))
		ethernet_type(d, at + header + 2, end, be16(at + header));
}

/* The way that a packet is to take from service to service. */
static void nsh(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!has(d, at, end, 8))
		return;
	size = (at[1] & 63) * 4u;
	if (size < 8)
		stop(d, WEIR_SHORT);
	else if (++d->depth > DEPTH)
		stop(d, WEIR_TOO_DEEP);
	else if (has(d, at, end, size))
		ethernet_next(d, at + size, end, at[3]);
}

void ethernet_next(struct decoder *d, const uint8_t *at, const uint8_t *end, uint8_t next)
{
	switch (next) {
	case NEXT_IP4: case NEXT_IP6: ip_any(d, at, end); break;
	case NEXT_ETHERNET:           ethernet_frame(d, at, end); break;
	case NEXT_NSH:                nsh(d, at, end); break;
	case NEXT_MPLS:               ethernet_mpls(d, at, end); break;
	}
}

/* Whether a frame of Ethernet begins here, with a type that most have. */
static int is_usual(const uint8_t *at, const uint8_t *end)
{
	uint16_t type = end - at < 14 ? 0 : be16(at + 12);

	return type == TYPE_IP4 || type == TYPE_IP6 || type == TYPE_ARP || type == TYPE_VLAN;
}

/*
 * Whether a pseudowire has its control word here, which begins with two zeros (RFC 4448).  So do a
 * few addresses of Ethernet, behind which there is a type.
 */
static int is_control(const uint8_t *at, const uint8_t *end)
{
	return be16(at) == 0 && !is_usual(at, end);
}

/* Whether it is IP: an address of Ethernet may begin with the same four bits. */
static int is_ip(const struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint8_t version = at[0] >> 4;

	return (version == 4 || version == 6) &&
		(!is_usual(at, end) || ip_is_likely(d, at, end));
}

void ethernet_mpls(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	int last = 0;

	for (int i = 0; i < LABELS && !last; i++, at += 4) {
		if (!has(d, at, end, 4))
			return;
		last = at[2] & 1;
	}
	if (!last)
		stop(d, WEIR_TOO_DEEP);
	else if (!has(d, at, end, 4))
		return;
	else if (is_ip(d, at, end))
		ip_any(d, at, end);
	else                            /* a pseudowire */
		ethernet_frame(d, at + (is_control(at, end) ? 4 : 0), end);
}

static void arp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	if (!has(d, at, end, 8))
		return;
	if (be16(at + 2) != TYPE_IP4 || at[4] != 6 || at[5] != 4)
		return;                         /* not for IPv4 over Ethernet */
	if (!has(d, at, end, 28))
		return;
	p->arp_op = be16(at + 6);
	p->network_at = offset_of(p, at);
	p->ip_version = 4;
	memcpy(p->src_addr, at + 14, 4);
	memcpy(p->dest_addr, at + 24, 4);
	p->has |= WEIR_HAS_ARP | WEIR_HAS_ADDRESS;
}

static rare void other_type(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (++d->depth > DEPTH) {
		stop(d, WEIR_TOO_DEEP);
		return;
	}
	switch (d->p->ether_type) {
	case TYPE_ARP: case TYPE_RARP: arp(d, at, end); break;
	case TYPE_PPP:      serial_ppp(d, at, end); break;
	case TYPE_PPPOE:    serial_pppoe(d, at, end); break;
	case TYPE_NSH:      nsh(d, at, end); break;
	case TYPE_TEB:      ethernet_frame(d, at, end); break;
	case TYPE_FABRIC:   frame_behind(d, at, end, 2); break;
	case TYPE_BACKBONE: frame_behind(d, at, end, 4); break;
	case TYPE_TRILL:    trill(d, at, end); break;
	case TYPE_MACSEC:   macsec(d, at, end); break;
	case TYPE_VNTAG: case TYPE_RING: tag(d, at, end, 6); break;
	case TYPE_ARISTA:   arista(d, at, end); break;
	case TYPE_ETAG: case TYPE_CISCO: tag(d, at, end, 8); break;
	case TYPE_MPLS: case TYPE_MPLS_MULTI: ethernet_mpls(d, at, end); break;
	case TYPE_VLAN: case TYPE_QINQ:
	case TYPE_QINQ_OLD: case TYPE_QINQ_OLDER: vlan(d, at, end); break;
	default:
		if (d->p->ether_type < TYPE_LLC)
			length(d, at, end);
	}
}

void ethernet_type(struct decoder *d, const uint8_t *at, const uint8_t *end, uint16_t type)
{
	d->p->ether_type = type;
	d->p->has |= WEIR_HAS_TYPE;
	if (likely(type == TYPE_IP4 || type == TYPE_IP6))
		ip_any(d, at, end);
	else
		other_type(d, at, end);
}
