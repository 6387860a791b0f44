/* transport.c - what IP carries: TCP, UDP, SCTP, ICMP; where the payload begins. */
#include "decode.h"

enum protocol {
	ICMP = 1, IP4 = 4, TCP = 6, UDP = 17, IP6 = 41, GRE = 47, AH = 51, ICMP6 = 58,
	ETHERIP = 97, SCTP = 132, UDP_LITE = 136, MPLS = 137
};

static inline void payload(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	if (unlikely(is_part(p)))
		return;
	p->payload_at = offset_of(p, at);
	p->payload_kept = (uint32_t)(end - at);
	p->payload_size = p->payload_kept + d->missing;
	p->has |= WEIR_HAS_PAYLOAD;
}

/* Four bytes that three protocols begin with: worth having even if the rest is cut off. */
static inline int ports(struct decoder *d, const uint8_t *at, const uint8_t *end, size_t header)
{
	struct weir_packet *p = d->p;

	if (!has(d, at, end, header) && end - at < 4)
		return 0;
	p->src_port = be16(at);
	p->dest_port = be16(at + 2);
	p->has |= WEIR_HAS_PORTS;
	return (size_t)(end - at) >= header;
}

static void tcp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;
	uint32_t header;

	if (!ports(d, at, end, 20))
		return;
	p->tcp_seq = be32(at + 4);
	p->tcp_ack = be32(at + 8);
	p->tcp_flags = be16(at + 12) & 0xfff;
	p->tcp_window = be16(at + 14);
	p->has |= WEIR_HAS_TCP;
	header = (at[12] >> 4) * 4u;
	if (unlikely(header < 20))
		stop(d, WEIR_SHORT);
	else if (has(d, at, end, header))
		payload(d, at + header, end);
}

static void udp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!ports(d, at, end, 8))
		return;
	size = be16(at + 4);
	if (unlikely(size < 8 && size != 0)) {  /* 0: a jumbogram, or offload */
		stop(d, WEIR_BAD_LENGTH);
		return;
	}
	if (size && size < (uint32_t)(end - at) + d->missing)
		end = announce(d, at, end, size);
	payload(d, at + 8, end);
	if (likely(!is_part(d->p)))
		overlay_udp(d, at + 8, end);
}

static void icmp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	if (!has(d, at, end, 4))
		return;
	p->icmp_type = at[0];
	p->icmp_code = at[1];
	p->has |= WEIR_HAS_ICMP;
	payload(d, at + (end - at < 8 ? 4 : 8), end);
}

/* SCTP and UDP-Lite: of their headers only the ports concern us. */
static void ports_and(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t header)
{
	if (ports(d, at, end, header))
		payload(d, at + header, end);
}

/* In IPv4; IPv6 has it among its extension headers. */
static void authentication(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!has(d, at, end, 12))
		return;
	size = at[1] * 4u + 8;
	d->p->protocol = at[0];
	if (!has(d, at, end, size))
		return;
	if (++d->depth > DEPTH)
		stop(d, WEIR_TOO_DEEP);
	else
		transport_any(d, at + size, end);
}

static rare void other(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	switch (d->p->protocol) {
	case ICMP: case ICMP6: icmp(d, at, end); break;
	case SCTP:             ports_and(d, at, end, 12); break;
	case UDP_LITE:         ports_and(d, at, end, 8); break;
	case IP4: case IP6:    tunnel_ip(d, at, end); break;
	case GRE:              tunnel_gre(d, at, end, 0); break;
	case ETHERIP:          tunnel_ethernet(d, at, end); break;
	case MPLS:             tunnel_mpls(d, at, end); break;
	case AH:               authentication(d, at, end); break;
	default:               payload(d, at, end);
	}
}

void transport_any(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	p->transport_at = offset_of(p, at);
	if (unlikely(d->checksums))
		p->transport_sum = checksum_transport(d, at, end);
	if (likely(p->protocol == TCP))         /* two tests are faster than the jump of a switch */
		tcp(d, at, end);
	else if (likely(p->protocol == UDP))
		udp(d, at, end);
	else
		other(d, at, end);
}
