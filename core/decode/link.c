/* link.c - what a frame begins with; Ethernet, and what its types announce: VLAN, MPLS, ARP, … */
#include <string.h>
#include "decode.h"

enum linktype {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50, LINK_PPPOE = 51, LINK_RAW = 101, LINK_HDLC = 104, LINK_WIRELESS = 105,
	LINK_FRAME_RELAY = 107, LINK_LOOP = 108, LINK_SLL = 113, LINK_RADIOTAP = 127,
	LINK_PPI = 192, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_NFLOG = 239, LINK_SLL2 = 276
};

enum ethertype {
	TYPE_LLC   = 0x0600,    /* below this it is a length */
	TYPE_IP4   = 0x0800, TYPE_ARP = 0x0806, TYPE_TEB = 0x6558, TYPE_VLAN = 0x8100,
	TYPE_IP6   = 0x86dd, TYPE_PPP = 0x880b, TYPE_MPLS = 0x8847, TYPE_MPLS_MULTI = 0x8848,
	TYPE_PPPOE = 0x8864, TYPE_QINQ = 0x88a8, TYPE_QINQ_OLD = 0x9100, TYPE_QINQ_OLDER = 0x9200
};

/* Whose the types behind a SNAP header are. */
enum { OUI_ETHERNET = 0x000000, OUI_TUNNEL = 0x0000f8, OUI_BRIDGE = 0x0080c2 };

enum { NFLOG_IP4 = 2, NFLOG_IP6 = 10, NFLOG_PAYLOAD = 9 };

enum { LABELS = 16 };           /* MPLS labels on one packet */

static void link_any(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t type);

/* ---- links without Ethernet -------------------------------------------- */

/* A BSD address family: IPv4 is 2 everywhere, IPv6 differs from system to system. */
static void loopback(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t family;

	if (!has(d, at, end, 4))
		return;
	family = be32(at);
	if (family > 0xffff)
		family = __builtin_bswap32(family);     /* the capturing machine's byte order */
	if (family == 2 || family == 10 || family == 24 || family == 28 || family == 30)
		ip_any(d, at + 4, end);
}

static void source_mac(struct weir_packet *p, const uint8_t *address, uint32_t size)
{
	if (size != 6)
		return;
	memcpy(p->src_ether, address, 6);
	p->has |= WEIR_HAS_SRC_MAC;
}

/* Linux "cooked", both versions. */
static void cooked(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 16))
		return;
	source_mac(d->p, at + 6, be16(at + 4));
	link_type(d, at + 16, end, be16(at + 14));
}

static void cooked2(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 20))
		return;
	source_mac(d->p, at + 12, at[11]);
	link_type(d, at + 20, end, be16(at));
}

static void pppoe(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 6))
		return;
	if (at[0] != 0x11 || at[1] != 0)
		return;                         /* discovery and control carry no packet */
	serial_ppp(d, at + 6, announce(d, at + 6, end, be16(at + 4)));
}

/* Linux' netfilter log: attributes in the writing machine's byte order, one of them the packet. */
static void nflog(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size, type;

	if (!has(d, at, end, 4))
		return;
	if (at[0] != NFLOG_IP4 && at[0] != NFLOG_IP6)
		return;
	for (at += 4; end - at > 4; at += (size + 3) & ~3u) {
		size = at[2] ? host16(at) : be16(at);   /* types are above 0 and below 256 */
		type = at[2] ? at[2] : at[3];
		if (size < 4) {
			stop(d, WEIR_SHORT);
			return;
		}
		if (type == NFLOG_PAYLOAD) {
			ip_any(d, at + 4, announce(d, at, end, size));
			return;
		}
		if (!has(d, at, end, size))
			return;
	}
}

/* Per-packet information, to be skipped, with the link type of what follows. */
static void ppi(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = decode_own_size(d, at, end);

	if (size == 0)
		return;
	if (++d->depth > DEPTH)
		stop(d, WEIR_TOO_DEEP);
	else
		link_any(d, at + size, end, host32(at + 4));
}

void link_begin(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (likely(d->p->link_type == LINK_ETHERNET))
		link_ethernet(d, at, end);
	else
		link_any(d, at, end, d->p->link_type);
}

static void link_any(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t type)
{
	switch (type) {
	case LINK_ETHERNET:                link_ethernet(d, at, end); break;
	case LINK_RAW: case LINK_RAW_BSD: case LINK_RAW_OPENBSD:
	case LINK_IPV4: case LINK_IPV6:    ip_any(d, at, end); break;
	case LINK_NULL: case LINK_LOOP:    loopback(d, at, end); break;
	case LINK_SLL:                     cooked(d, at, end); break;
	case LINK_SLL2:                    cooked2(d, at, end); break;
	case LINK_PPP:                     serial_ppp(d, at, end); break;
	case LINK_PPPOE:                   pppoe(d, at, end); break;
	case LINK_HDLC:
	case LINK_PPP_HDLC:                serial_hdlc(d, at, end); break;
	case LINK_FRAME_RELAY:             serial_frame_relay(d, at, end); break;
	case LINK_NFLOG:                   nflog(d, at, end); break;
	case LINK_PPI:                     ppi(d, at, end); break;
	case LINK_WIRELESS:                wireless_frame(d, at, end); break;
	case LINK_RADIOTAP:                wireless_radiotap(d, at, end); break;
	default:                           stop(d, WEIR_UNKNOWN_LINK);
	}
}

/* ---- Ethernet and what its type announces -------------------------------- */

_Static_assert(
	offsetof(struct weir_packet, src_ether) == offsetof(struct weir_packet, dest_ether) + 6,
	"both addresses are copied at once");

void link_ethernet(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 14))
		return;
	memcpy(d->p->dest_ether, at, 12);       /* and src_ether */
	d->p->has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
	link_type(d, at + 14, end, be16(at + 12));
}

void link_snap(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t oui;
	uint16_t type;

	if (!has(d, at, end, 5))
		return;
	oui = be32(at) >> 8;
	type = be16(at + 3);
	if ((oui == OUI_ETHERNET || oui == OUI_TUNNEL) && type >= TYPE_LLC)
		link_type(d, at + 5, end, type);
	else if (oui == OUI_BRIDGE && (type == 1 || type == 7))
		link_ethernet(d, at + 5, end);  /* with its checksum, or without */
}

void link_llc(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at < 8 || memcmp(at, "\xaa\xaa\x03", 3) != 0)
		return;                         /* spanning tree and its like: no packet of ours */
	link_snap(d, at + 3, end);
}

/* Where a type belongs there can be a length, and 802.2 behind it. */
static void length(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	d->p->ether_type = 0;
	d->p->has &= ~(uint32_t)WEIR_HAS_TYPE;
	link_llc(d, at, end);
}

static void vlan(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	if (!has(d, at, end, 4))
		return;
	if (p->vlan_count < WEIR_VLANS)
		p->vlans[p->vlan_count++] = be16(at) & 0xfff;
	link_type(d, at + 4, end, be16(at + 2));
}

void link_mpls(struct decoder *d, const uint8_t *at, const uint8_t *end)
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
	else if (at[0] >> 4 == 4 || at[0] >> 4 == 6)
		ip_any(d, at, end);
	else                            /* a pseudowire, its control word begins with zeros */
		link_ethernet(d, at + (at[0] >> 4 == 0 ? 4 : 0), end);
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
	case TYPE_ARP:   arp(d, at, end); break;
	case TYPE_TEB:   link_ethernet(d, at, end); break;
	case TYPE_PPP:   serial_ppp(d, at, end); break;
	case TYPE_PPPOE: pppoe(d, at, end); break;
	case TYPE_MPLS: case TYPE_MPLS_MULTI: link_mpls(d, at, end); break;
	case TYPE_VLAN: case TYPE_QINQ:
	case TYPE_QINQ_OLD: case TYPE_QINQ_OLDER: vlan(d, at, end); break;
	default:
		if (d->p->ether_type < TYPE_LLC)
			length(d, at, end);
	}
}

void link_type(struct decoder *d, const uint8_t *at, const uint8_t *end, uint16_t type)
{
	d->p->ether_type = type;
	d->p->has |= WEIR_HAS_TYPE;
	if (likely(type == TYPE_IP4 || type == TYPE_IP6))
		ip_any(d, at, end);
	else
		other_type(d, at, end);
}
