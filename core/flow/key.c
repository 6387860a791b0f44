/* key.c - what tells one flow from another, the same for both directions. */
#include <string.h>
#include "../icmp.h"
#include "flow.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58, SCTP = 132, UDP_LITE = 136 };

/* Virtual networks are part of a flow's name; tunnel ids that differ by direction are not. */
static rare uint32_t tunnel_key(const struct weir_packet *p, const struct weir_tunnel *tunnels)
{
	uint32_t key = 0;

	for (uint32_t i = 0; i < p->tunnel_count; i++) {
		const struct weir_tunnel *t = &tunnels[p->tunnel_first + i];
		int named = t->kind == WEIR_VXLAN || t->kind == WEIR_GENEVE;

		key = key * 0x9e3779b1 + t->kind + (named ? t->id << 4 : 0);
	}
	return key;
}

/* Ports of the two ends, or what stands for them; 0 when a fragment does not know them. */
static int ends(const struct weir_packet *p, uint16_t *from, uint16_t *to, int *one_way)
{
	int answer;

	*from = p->src_port;
	*to = p->dest_port;
	*one_way = 0;
	if (likely(p->has & WEIR_HAS_PORTS))
		return 1;
	if (p->has & WEIR_HAS_ICMP) {
		answer = icmp_answer(p->protocol == ICMP6 ? 6 : 4, p->icmp_type);
		*from = p->icmp_type;
		*one_way = answer < 0;
		*to = *one_way ? p->icmp_code : (uint16_t)answer;
		return 1;
	}
	return p->protocol != TCP && p->protocol != UDP && p->protocol != SCTP && p->protocol != UDP_LITE &&
		p->protocol != ICMP && p->protocol != ICMP6;
}

int key_of(const struct weir_packet *p, const struct weir_tunnel *tunnels, struct key *k, int *from_b)
{
	uint16_t from, to;
	int one_way, order;

	if (!(p->has & WEIR_HAS_IP) || !ends(p, &from, &to, &one_way))
		return 0;
	order = memcmp(p->src_addr, p->dest_addr, 16);
	*from_b = !one_way && (order > 0 || (order == 0 && from > to));
	memcpy(k->a, *from_b ? p->dest_addr : p->src_addr, 16);
	memcpy(k->b, *from_b ? p->src_addr : p->dest_addr, 16);
	k->port_a = *from_b ? to : from;
	k->port_b = *from_b ? from : to;
	memcpy(k->vlans, p->vlans, sizeof k->vlans);
	k->tunnel = unlikely(p->has & WEIR_HAS_TUNNEL) ? tunnel_key(p, tunnels) : 0;
	k->protocol = p->protocol;
	k->version = p->ip_version;
	k->unused[0] = k->unused[1] = 0;
	return 1;
}

static inline uint64_t load(const void *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof n);
	return n;
}

/* Folds a 128-bit product: the cheapest good mixing there is. */
static inline uint64_t mix(uint64_t x, uint64_t y)
{
	unsigned __int128 product = (unsigned __int128)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t key_hash(const struct key *k, uint64_t seed)
{
	const uint8_t *at = (const uint8_t *)k;
	uint64_t h = mix(load(at) ^ seed ^ 0xa0761d6478bd642f, load(at + 16) ^ 0xe7037ed1a0b428db);

	if (k->version == 6)
		h ^= mix(load(at + 8) ^ 0x8ebc6af09c88c6e3 ^ h, load(at + 24) ^ 0x589965cc75374cc3 ^ seed);
	h = mix(h ^ load(at + 32), load(at + 40) ^ 0x1d8e4e27c47d124f ^ seed);
	h = mix(h ^ host32(at + 48), 0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

int key_equal(const struct key *x, const struct key *y)
{
	const uint8_t *a = (const uint8_t *)x, *b = (const uint8_t *)y;
	uint64_t differ = 0;

	for (size_t i = 0; i < 48; i += 8)
		differ |= load(a + i) ^ load(b + i);
	return (differ | (host32(a + 48) ^ host32(b + 48))) == 0;
}
