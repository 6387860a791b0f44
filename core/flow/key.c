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
static rare int ends(const struct weir_packet *p, uint16_t *from, uint16_t *to, int *one_way)
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
	return p->protocol != TCP && p->protocol != UDP && p->protocol != SCTP &&
		p->protocol != UDP_LITE && p->protocol != ICMP && p->protocol != ICMP6;
}

static inline uint64_t load(const void *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof n);
	return n;
}

static inline void store(void *at, uint64_t n)
{
	memcpy(at, &n, sizeof n);
}

/* Puts the two ends in order, without a branch that would often be guessed wrong. */
static inline int order_ends(const struct weir_packet *p, struct key *k, uint16_t from,
	uint16_t to, int one_way)
{
	uint64_t s0 = load(p->src_addr), s1 = load(p->src_addr + 8);
	uint64_t d0 = load(p->dest_addr), d1 = load(p->dest_addr + 8);
	int swap = (one_way == 0) & (s0 != d0 ? s0 > d0 : s1 != d1 ? s1 > d1 : from > to);
	uint64_t mask = 0 - (uint64_t)swap, x0 = (s0 ^ d0) & mask, x1 = (s1 ^ d1) & mask;
	uint16_t y = (uint16_t)((from ^ to) & mask);

	store(k->a, s0 ^ x0);
	store(k->a + 8, s1 ^ x1);
	store(k->b, d0 ^ x0);
	store(k->b + 8, d1 ^ x1);
	k->port_a = from ^ y;
	k->port_b = to ^ y;
	return swap;
}

int key_of(const struct weir_packet *p, const struct weir_tunnel *tunnels, struct key *k,
	int *from_b)
{
	uint16_t from = p->src_port, to = p->dest_port;
	int one_way = 0;

	if (unlikely((p->has & (WEIR_HAS_IP | WEIR_HAS_PORTS)) != (WEIR_HAS_IP | WEIR_HAS_PORTS)))
		if (!(p->has & WEIR_HAS_IP) || !ends(p, &from, &to, &one_way))
			return 0;
	*from_b = order_ends(p, k, from, to, one_way);
	memcpy(k->vlans, p->vlans, sizeof k->vlans);
	k->tunnel = unlikely(p->has & WEIR_HAS_TUNNEL) ? tunnel_key(p, tunnels) : 0;
	k->protocol = p->protocol;
	k->version = p->ip_version;
	k->unused[0] = k->unused[1] = 0;
	return 1;
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
		h ^= mix(load(at + 8) ^ 0x8ebc6af09c88c6e3 ^ h,
			load(at + 24) ^ 0x589965cc75374cc3 ^ seed);
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

void places_find(struct flows *f, const struct weir_packet *p, uint32_t n, struct place *places)
{
	for (uint32_t i = 0; i < n; i++) {
		struct place *at = &places[i];

		at->is_flow = key_of(&p[i], f->out.tunnels, &at->key, &at->direction);
		at->tag = at->is_flow ? key_hash(&at->key, f->o.seed) : 0;
		__builtin_prefetch(&f->slots[at->tag & f->mask]);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = f->slots[places[i].tag & f->mask].number;

		__builtin_prefetch(&f->hot[number], 1);
		__builtin_prefetch(&f->hot[number].first, 1);
		if (f->o.seconds)
			__builtin_prefetch(&f->cold[number]);
		if (f->o.stats)
			for (size_t line = 0; line < sizeof *f->stats; line += 64)
				__builtin_prefetch((const char *)&f->stats[number] + line, 1);
	}
}
