/* ip.c - IPv4 with options, IPv6 with extension headers. */
#include <string.h>
#include "decode.h"

/* What a frame has behind a packet: its checksum, or padding if it would be shorter than this. */
enum { CHECKSUM = 4, SHORTEST = 60 };

enum { IP4_MORE = 0x2000, IP4_OFFSET = 0x1fff, IP6_MORE = 1, IP6_OFFSET = 0xfff8 };

static void ip6_extras(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* Goes on when this is the first part of a datagram, or the last that was missing. */
static rare void fragment(struct decoder *d, const uint8_t *at, const uint8_t *end,
	struct part part)
{
	struct weir_packet *p = d->p;
	uint8_t protocol = p->protocol;
	const uint8_t *whole;
	uint32_t size;

	p->has |= WEIR_HAS_FRAGMENT;
	p->fragment_at = (uint16_t)part.from;
	whole = fragment_add(d, at, end, part, &size);
	if (whole) {
		p->has |= WEIR_HAS_WHOLE;
		at = whole;
		end = whole + size;
	} else if (part.from || p->trouble) {
		return;
	} else {
		p->protocol = protocol;         /* a first one that came before told what is behind */
	}
	if (p->ip_version == 4)
		transport_any(d, at, end);
	else if (++d->depth > DEPTH)
		stop(d, WEIR_TOO_DEEP);
	else
		ip6_extras(d, at, end);
	if (!whole)
		fragment_tell(d, protocol);
}

static void ip4(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;
	uint32_t header = (at[0] & 15) * 4u, total = be16(at + 2), part = be16(at + 6);

	if (total == 0)
		total = (uint32_t)(end - at) + d->missing;      /* offload leaves it empty */
	if (unlikely(header < 20 || total < header)) {
		stop(d, header < 20 ? WEIR_SHORT : WEIR_BAD_LENGTH);
		return;
	}
	end = announce(d, at, end, total);
	p->ip_size = total;
	p->ip_version = 4;
	p->tos = at[1];
	p->ip_id = be16(at + 4);
	p->ip_flags = (uint8_t)(part >> 13);
	p->ttl = at[8];
	p->protocol = at[9];
	memcpy(p->src_addr, at + 12, 4);
	memcpy(p->dest_addr, at + 16, 4);
	p->network_at = offset_of(p, at);
	p->has |= WEIR_HAS_ADDRESS | WEIR_HAS_IP;
	if (!has(d, at, end, header))           /* of the options: what is above is there */
		return;
	if (unlikely(d->checksums))
		p->ip_sum = checksum_header(at, header);
	if (likely(!(part & (IP4_MORE | IP4_OFFSET))))
		transport_any(d, at + header, end);
	else
		fragment(d, at + header, end,
			(struct part){ (part & IP4_OFFSET) * 8, (part & IP4_MORE) != 0 });
}

uint32_t ip_extra_size(const uint8_t *at, uint8_t kind)
{
	switch (kind) {
	case NEXT_HOP_BY_HOP: case NEXT_ROUTING: case NEXT_DESTINATION:
	case NEXT_MOBILITY: case NEXT_HIP: case NEXT_SHIM6:
		return at[1] * 8u + 8;
	case NEXT_AH:
		return at[1] * 4u + 8;
	case NEXT_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

/* The fragment header; a datagram may have one and still be in one piece. */
static void ip6_fragment(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;
	uint16_t part = be16(at + 2);

	p->protocol = at[0];
	p->ip_id = be32(at + 4);
	p->ip_flags = part & IP6_MORE;
	if (part & (IP6_MORE | IP6_OFFSET))
		fragment(d, at + 8, end, (struct part){ part & IP6_OFFSET, part & IP6_MORE });
	else if (++d->depth > DEPTH)
		stop(d, WEIR_TOO_DEEP);
	else
		ip6_extras(d, at + 8, end);
}

/* Walks over the extension headers; p->protocol becomes what is behind them. */
static void ip6_extras(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;

	for (int i = 0; i < IP6_EXTRAS; i++) {
		uint32_t size = end - at < 8 ? 0 : ip_extra_size(at, p->protocol);

		if (size == 0) {
			transport_any(d, at, end);
			return;
		}
		if (!has(d, at, end, size))
			return;
		if (p->protocol == NEXT_FRAGMENT) {
			ip6_fragment(d, at, end);
			return;
		}
		p->protocol = at[0];
		at += size;
	}
	stop(d, WEIR_TOO_DEEP);
}

static void ip6(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct weir_packet *p = d->p;
	uint32_t total;

	if (!has(d, at, end, 40))
		return;
	total = be16(at + 4) + 40u;
	if (total == 40 && at[6] == NEXT_HOP_BY_HOP)
		total = (uint32_t)(end - at) + d->missing;      /* a jumbogram: it is an option */
	end = announce(d, at, end, total);
	p->ip_size = total;
	p->ip_version = 6;
	p->tos = (uint8_t)(be16(at) >> 4);
	p->protocol = at[6];
	p->ttl = at[7];
	memcpy(p->src_addr, at + 8, 16);
	memcpy(p->dest_addr, at + 24, 16);
	p->network_at = offset_of(p, at);
	p->has |= WEIR_HAS_ADDRESS | WEIR_HAS_IP;
	ip6_extras(d, at + 40, end);
}

int ip_is_likely(const struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t left = (uint32_t)(end - at) + d->missing, least = (at[0] & 15) * 4u, total;

	if (end - at < 20)
		return 0;
	if (at[0] >> 4 == 6)
		least = total = be16(at + 4) + 40u;
	else
		total = be16(at + 2);
	return least >= 20 && total >= least && total <= left &&
		(left - total <= CHECKSUM || left < SHORTEST);
}

void ip_any(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 20))               /* less is neither of them */
		return;
	if (likely(at[0] >> 4 == 4))
		ip4(d, at, end);
	else if (at[0] >> 4 == 6)
		ip6(d, at, end);
	else
		stop(d, WEIR_BAD_VERSION);
}
