/* seldom.c - links that are seldom captured: what is before a header that is known elsewhere. */
#include <string.h>
#include "decode.h"

enum {
	AVS = 0x80211000,               /* what AVS begins with, but for a digit */
	PRISM_LEAST = 8, PKTAP_LEAST = 108, PFLOG_LEAST = 48,
	ROUTED = 0x80, ROUTE_SIZE = 0x1f,
	ATM_LLC = 2,                    /* of SunATM's kinds: a frame of 802.2 */
	JUNIPER = 0x4d4743,             /* what its header begins with: "MGC" */
	JUNIPER_MORE = 0x80, JUNIPER_BARE = 0x02,
	INFINIBAND = 44                 /* a global route, a type, and two bytes of nothing */
};

static uint32_t in_either_order(const uint8_t *at, int is_swapped)
{
	return is_swapped ? be32(at) : host32(at);
}

/* Both have their size in the second word: Prism's in the order of who wrote it, AVS' is fixed. */
void seldom_radio(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!has(d, at, end, PRISM_LEAST))
		return;
	size = in_either_order(at + 4, (be32(at) & ~0xfu) == AVS || host32(at) > 0xffff);
	if (size < PRISM_LEAST)
		stop(d, WEIR_SHORT);
	else if (has(d, at, end, size))
		wireless_frame(d, at + size, end);
}

/* Apple's: the size, and the link type of what follows. */
void seldom_pktap(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!has(d, at, end, PKTAP_LEAST))
		return;
	size = host32(at);
	if (size < PKTAP_LEAST)
		stop(d, WEIR_SHORT);
	else if (!has(d, at, end, size))
		return;
	else if (++d->depth > DEPTH)
		stop(d, WEIR_TOO_DEEP);
	else
		link_any(d, at + size, end, host32(at + 8));
}

/* Juniper's, on Ethernet: flags, perhaps more with its size; or IP behind the family's number. */
void seldom_juniper(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = 4;

	if (!has(d, at, end, 6) || be32(at) >> 8 != JUNIPER)
		return;
	if (at[3] & JUNIPER_MORE)
		size += 2u + be16(at + 4);
	if (at[3] & JUNIPER_BARE)
		size += 4;
	if (!has(d, at, end, size))
		return;
	if (at[3] & JUNIPER_BARE)
		ip_any(d, at + size, end);
	else
		ethernet_frame(d, at + size, end);
}

/* IP over InfiniBand. */
void seldom_infiniband(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (has(d, at, end, INFINIBAND))
		ethernet_type(d, at + INFINIBAND, end, be16(at + INFINIBAND - 4));
}

/* What OpenBSD's filter logs: behind its size, without the padding of a header. */
void seldom_pflog(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size;

	if (!has(d, at, end, PFLOG_LEAST))
		return;
	size = (at[0] + 3u) & ~3u;
	if (size < PFLOG_LEAST)
		stop(d, WEIR_SHORT);
	else if (has(d, at, end, size))
		ip_any(d, at + size, end);
}

static void addresses(struct decoder *d, const uint8_t *at)
{
	memcpy(d->p->dest_ether, at, 12);       /* and src_ether, as ethernet.c asserts */
	d->p->has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
}

/* Token Ring: a bit of the sender's address says that a route is behind it. */
void seldom_token_ring(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = 14;

	if (!has(d, at, end, size + 1))
		return;
	addresses(d, at + 2);
	if (at[8] & ROUTED) {
		d->p->src_ether[0] &= (uint8_t)~ROUTED;
		size += at[14] & ROUTE_SIZE;
	}
	if (has(d, at, end, size))
		ethernet_llc(d, at + size, end);
}

void seldom_fddi(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (!has(d, at, end, 13))
		return;
	addresses(d, at + 1);
	ethernet_llc(d, at + 13, end);
}

void seldom_sunatm(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (has(d, at, end, 4) && (at[0] & 15) == ATM_LLC)
		ethernet_llc(d, at + 4, end);
}

/* A frame of Ethernet with `size` bytes of a switch's tag behind its addresses. */
static void tagged(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t size)
{
	if (!has(d, at, end, 12 + size + 2))
		return;
	addresses(d, at);
	ethernet_type(d, at + 12 + size + 2, end, be16(at + 12 + size));
}

void seldom_tag(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	tagged(d, at, end, 4);
}

/* Marvell's longer one, that begins with a type. */
void seldom_long_tag(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	tagged(d, at, end, 8);
}
