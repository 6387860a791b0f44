/* checksum.c - the Internet checksum of headers and of what they carry. */
#include "decode.h"

/* Routing headers that have whole addresses. */
enum { ROUTE_SOURCE = 0, ROUTE_MOBILE = 2, ROUTE_SEGMENTS = 4 };

enum { RIGHT = 1, WRONG = 2, UNKNOWN = 0 };

static uint64_t sum(const uint8_t *at, uint32_t size)
{
	uint64_t total = 0;

	for (; size >= 4; size -= 4, at += 4)
		total += host32(at);
	if (size >= 2) {
		total += host16(at);
		at += 2;
		size -= 2;
	}
	return total + (size ? *at : 0u);       /* the odd byte is the low one: little endian */
}

/* All ones when the data holds its own right checksum. */
static uint8_t verdict(uint64_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total == 0xffff ? RIGHT : WRONG;
}

rare uint8_t checksum_header(const uint8_t *at, uint32_t size)
{
	return verdict(sum(at, size));
}

/* The last of the addresses that a routing header sends a packet to; NULL when it is there. */
static const uint8_t *last_hop(const uint8_t *at, uint32_t size)
{
	if (at[3] == 0 || size < 24)
		return NULL;
	switch (at[2]) {
	case ROUTE_SOURCE:   return at + size - 16;
	case ROUTE_MOBILE:   return at + 8;
	case ROUTE_SEGMENTS: return at + 8;
	default:             return NULL;
	}
}

/* Who the checksum is made for: with a routing header, who has the packet in the end. */
static const uint8_t *receiver(const struct weir_packet *p)
{
	const uint8_t *ip = (const uint8_t *)p->body + p->network_at;
	const uint8_t *at = ip + 40, *end = (const uint8_t *)p->body + p->transport_at;
	uint8_t kind = ip[6];

	while (p->ip_version == 6 && at < end) {
		uint32_t size = ip_extra_size(at, kind);
		const uint8_t *last = kind == NEXT_ROUTING ? last_hop(at, size) : NULL;

		if (last)
			return last;
		if (size == 0)
			break;
		kind = at[0];
		at += size;
	}
	return p->dest_addr;
}

rare uint8_t checksum_transport(const struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	const struct weir_packet *p = d->p;
	uint32_t size = (uint32_t)(end - at), own = 0;
	uint64_t total;
	int pseudo = p->protocol == 6 || p->protocol == 17 || p->protocol == 58;

	if ((!pseudo && p->protocol != 1) || size < 8 || is_part(p))
		return UNKNOWN;
	if (p->protocol == 17) {
		own = be16(at + 4);             /* what IP carries can be longer */
		if (be16(at + 6) == 0 || (own && own < 8) || own > size)
			return UNKNOWN;         /* none was made, or over other bytes */
	}
	if (own)
		size = own;
	else if (d->missing)
		return UNKNOWN;
	total = sum(at, size);
	if (pseudo)
		total += sum(p->src_addr, 16) + sum(receiver(p), 16) +
			__builtin_bswap32(size) + ((uint32_t)p->protocol << 24);
	return verdict(total);
}
