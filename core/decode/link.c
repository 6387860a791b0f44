/* link.c - what a frame begins with, by its link type. */
#include <string.h>
#include "decode.h"

enum linktype {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50, LINK_PPPOE = 51, LINK_RAW = 101, LINK_HDLC = 104, LINK_WIRELESS = 105,
	LINK_FRAME_RELAY = 107, LINK_LOOP = 108, LINK_SLL = 113, LINK_RADIOTAP = 127,
	LINK_PPI = 192, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_NFLOG = 239, LINK_SLL2 = 276
};

/* Those that are seldom captured. */
enum seldom {
	LINK_TOKEN_RING = 6, LINK_FDDI = 10, LINK_ATM_BSD = 11, LINK_ATM = 100, LINK_ENC = 109,
	LINK_PFLOG = 117, LINK_PRISM = 119, LINK_IP_OVER_FC = 122, LINK_SUNATM = 123,
	LINK_PKTAP_USER = 149, LINK_AVS = 163, LINK_JUNIPER = 178, LINK_PPP_DIR = 204,
	LINK_HDLC_DIR = 205, LINK_FRAME_RELAY_DIR = 206, LINK_IPNET = 226, LINK_INFINIBAND = 242,
	LINK_PKTAP = 258, LINK_BRCM = 281, LINK_BRCM_BEFORE = 282, LINK_DSA = 284, LINK_EDSA = 285
};

enum { NFLOG_IP4 = 2, NFLOG_IP6 = 10, NFLOG_PAYLOAD = 9 };

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
	ethernet_type(d, at + 16, end, be16(at + 14));
}

static void cooked2(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 20))
		return;
	source_mac(d->p, at + 12, at[11]);
	ethernet_type(d, at + 20, end, be16(at));
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
		ethernet_frame(d, at, end);
	else
		link_any(d, at, end, d->p->link_type);
}

/* `size` bytes of no interest are before what `next` reads. */
static void behind(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t size,
	void (*next)(struct decoder *, const uint8_t *, const uint8_t *))
{
	if (has(d, at, end, size))
		next(d, at + size, end);
}

static rare void seldom(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t type)
{
	switch (type) {
	case LINK_TOKEN_RING:              seldom_token_ring(d, at, end); break;
	case LINK_FDDI:                    seldom_fddi(d, at, end); break;
	case LINK_ATM: case LINK_ATM_BSD:  ethernet_llc(d, at, end); break;
	case LINK_SUNATM:                  seldom_sunatm(d, at, end); break;
	case LINK_IP_OVER_FC:              behind(d, at, end, 16, ethernet_llc); break;
	case LINK_ENC:                     behind(d, at, end, 12, ip_any); break;
	case LINK_IPNET:                   behind(d, at, end, 24, ip_any); break;
	case LINK_PFLOG:                   seldom_pflog(d, at, end); break;
	case LINK_PRISM: case LINK_AVS:    seldom_radio(d, at, end); break;
	case LINK_PKTAP: case LINK_PKTAP_USER: seldom_pktap(d, at, end); break;
	case LINK_JUNIPER:                 seldom_juniper(d, at, end); break;
	case LINK_INFINIBAND:              seldom_infiniband(d, at, end); break;
	case LINK_PPP_DIR:                 behind(d, at, end, 1, serial_ppp); break;
	case LINK_HDLC_DIR:                behind(d, at, end, 1, serial_hdlc); break;
	case LINK_FRAME_RELAY_DIR:         behind(d, at, end, 1, serial_frame_relay); break;
	case LINK_BRCM_BEFORE:             behind(d, at, end, 4, ethernet_frame); break;
	case LINK_BRCM: case LINK_DSA:     seldom_tag(d, at, end); break;
	case LINK_EDSA:                    seldom_long_tag(d, at, end); break;
	default:                           stop(d, WEIR_UNKNOWN_LINK);
	}
}

void link_any(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t type)
{
	switch (type) {
	case LINK_ETHERNET:                ethernet_frame(d, at, end); break;
	case LINK_RAW: case LINK_RAW_BSD: case LINK_RAW_OPENBSD:
	case LINK_IPV4: case LINK_IPV6:    ip_any(d, at, end); break;
	case LINK_NULL: case LINK_LOOP:    loopback(d, at, end); break;
	case LINK_SLL:                     cooked(d, at, end); break;
	case LINK_SLL2:                    cooked2(d, at, end); break;
	case LINK_PPPOE:                   serial_pppoe(d, at, end); break;
	case LINK_PPP: case LINK_PPP_HDLC:
	case LINK_HDLC:                    serial_hdlc(d, at, end); break;
	case LINK_FRAME_RELAY:             serial_frame_relay(d, at, end); break;
	case LINK_NFLOG:                   nflog(d, at, end); break;
	case LINK_PPI:                     ppi(d, at, end); break;
	case LINK_WIRELESS:                wireless_frame(d, at, end); break;
	case LINK_RADIOTAP:                wireless_radiotap(d, at, end); break;
	default:                           seldom(d, at, end, type);
	}
}
