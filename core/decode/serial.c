/* serial.c - links that have two ends: PPP, also over Ethernet, Cisco's HDLC, Frame Relay. */
#include "decode.h"

enum {
	PPP_IP4 = 0x0021, PPP_IP6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTI = 0x0283,
	PPP_HDLC = 0xff03               /* address and control, if they are there */
};

enum { HDLC_ONE = 0x0f, HDLC_ALL = 0x8f };      /* Cisco's addresses: PPP has another */

/* What Frame Relay carries: network layer protocol ids. */
enum { UNNUMBERED = 3, NLPID_SNAP = 0x80, NLPID_IP6 = 0x8e, NLPID_IP4 = 0xcc, NLPID_PPP = 0xcf };

void serial_ppp(struct decoder *d, const uint8_t *at, const uint8_t *end)
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
		ethernet_mpls(d, at, end);      /* else negotiation, or a compressed header */
}

/* A session; discovery and control carry no packet. */
void serial_pppoe(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 6))
		return;
	if (at[0] != 0x11 || at[1] != 0)
		return;
	serial_ppp(d, at + 6, announce(d, at + 6, end, be16(at + 4)));
}

/* HDLC with Cisco's header, or with PPP; what is captured as PPP may have Cisco's, too. */
void serial_hdlc(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 4))
		return;
	if (at[0] == HDLC_ONE || at[0] == HDLC_ALL)
		ethernet_type(d, at + 4, end, be16(at + 2));
	else
		serial_ppp(d, at, end);
}

/* An address, its last byte odd; then what RFC 2427 says, or an EtherType, as Cisco does it. */
void serial_frame_relay(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 8))
		return;
	if (!(at[0] & 0xfc) && !(at[1] & 0xf0))
		return;                         /* circuit 0 is for signalling */
	at += at[1] & 1 ? 2 : at[2] & 1 ? 3 : 4;
	if (at[0] != UNNUMBERED) {
		ethernet_type(d, at + 2, end, be16(at));
		return;
	}
	at += at[1] ? 1 : 2;                    /* a zero is padding */
	switch (at[0]) {
	case NLPID_IP4: case NLPID_IP6: ip_any(d, at + 1, end); break;
	case NLPID_SNAP:                ethernet_snap(d, at + 1, end); break;
	case NLPID_PPP:                 serial_ppp(d, at + 1, end); break;
	}
}
