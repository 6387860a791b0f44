/* link.c - everything below IP: link types, Ethernet, VLAN, MPLS, PPP, PPPoE, ARP. */
#include <string.h>
#include "decode.h"

enum linktype {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50, LINK_PPPOE = 51, LINK_RAW = 101, LINK_LOOP = 108, LINK_SLL = 113,
	LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_SLL2 = 276
};

enum ethertype {
	TYPE_LLC   = 0x0600,    /* below this it is a length */
	TYPE_IP4   = 0x0800, TYPE_ARP = 0x0806, TYPE_TEB = 0x6558, TYPE_VLAN = 0x8100, TYPE_IP6 = 0x86dd,
	TYPE_PPP   = 0x880b, TYPE_MPLS = 0x8847, TYPE_MPLS_MULTI = 0x8848, TYPE_PPPOE = 0x8864,
	TYPE_QINQ  = 0x88a8, TYPE_QINQ_OLD = 0x9100, TYPE_QINQ_OLDER = 0x9200
};

enum { PPP_IP4 = 0x0021, PPP_IP6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTI = 0x0283, PPP_HDLC = 0xff03 };

enum { LABELS = 16 };           /* MPLS labels on one packet */

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
	link_ppp(d, at + 6, announce(d, at + 6, end, be16(at + 4)));
}

void link_begin(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (likely(d->p->link_type == LINK_ETHERNET)) {
		link_ethernet(d, at, end);
		return;
	}
	switch (d->p->link_type) {
	case LINK_RAW: case LINK_RAW_BSD: case LINK_RAW_OPENBSD:
	case LINK_IPV4: case LINK_IPV6:    ip_any(d, at, end); break;
	case LINK_NULL: case LINK_LOOP:    loopback(d, at, end); break;
	case LINK_SLL:                     cooked(d, at, end); break;
	case LINK_SLL2:                    cooked2(d, at, end); break;
	case LINK_PPP: case LINK_PPP_HDLC: link_ppp(d, at, end); break;
	case LINK_PPPOE:                   pppoe(d, at, end); break;
	default:                           stop(d, WEIR_UNKNOWN_LINK);
	}
}

/* ---- Ethernet and what its type announces -------------------------------- */

_Static_assert(offsetof(struct weir_packet, src_ether) == offsetof(struct weir_packet, dest_ether) + 6,
	"both addresses are copied at once");

void link_ethernet(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 14))
		return;
	memcpy(d->p->dest_ether, at, 12);       /* and src_ether */
	d->p->has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
	link_type(d, at + 14, end, be16(at + 12));
}

/* A length instead of a type: 802.2, perhaps with a type behind it (SNAP). */
static void llc(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at < 8 || memcmp(at, "\xaa\xaa\x03", 3) != 0)
		return;                         /* spanning tree and its like: no packet of ours */
	if (be16(at + 6) >= TYPE_LLC)
		link_type(d, at + 8, end, be16(at + 6));
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

/* Labels do not tell what they carry: its first four bits have to. */
static void mpls(struct decoder *d, const uint8_t *at, const uint8_t *end)
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
	else                                    /* a pseudowire, its control word begins with zeros */
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
	case TYPE_PPP:   link_ppp(d, at, end); break;
	case TYPE_PPPOE: pppoe(d, at, end); break;
	case TYPE_MPLS: case TYPE_MPLS_MULTI: mpls(d, at, end); break;
	case TYPE_VLAN: case TYPE_QINQ: case TYPE_QINQ_OLD: case TYPE_QINQ_OLDER: vlan(d, at, end); break;
	default:
		if (d->p->ether_type < TYPE_LLC)
			llc(d, at, end);
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

/* ---- PPP ------------------------------------------------------------------- */

void link_ppp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint16_t protocol;

	if (!has(d, at, end, 4))
		return;
	if (be16(at) == PPP_HDLC)
		at += 2;
	protocol = at[0] & 1 ? at[0] : be16(at);
	at += at[0] & 1 ? 1 : 2;                /* an odd first byte is all there is */
	if (protocol == PPP_IP4 || protocol == PPP_IP6)
		ip_any(d, at, end);
	else if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTI)
		mpls(d, at, end);               /* else negotiation, or a compressed header */
}
