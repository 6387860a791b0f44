/* key.c - what tells one flow from another, the same for both directions. */
#include <string.h>
#include "../decode/decode.h"
#include "../icmp.h"
#include "flow_inside.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58, SCTP = 132, UDP_LITE = 136 };

/* Virtual networks are part of a flow's name; tunnel ids that differ by direction are not. */
rare uint32_t key_tunnel(const struct weir_packet *p, const struct weir_tunnel *tunnels)
{
	uint32_t key = 0;

	for (uint32_t i = 0; i < p->tunnel_count; i++) {
		const struct weir_tunnel *t = &tunnels[p->tunnel_first + i];
		int named = t->kind == WEIR_VXLAN || t->kind == WEIR_GENEVE;

		key = key * 0x9e3779b1 + t->kind + (named ? t->id << 4 : 0);
	}
	return key;
}

/* What tells the two ends of a flow apart besides their addresses. */
struct ports {
	uint16_t from, to;
	uint8_t  is_flow;               /* 0: a fragment that does not know them */
	uint8_t  one_way;               /* answers are of another flow: the ends have no order */
};

/* A later fragment that knows only which header the first one has in front of what it carries. */
static int is_behind(const struct weir_packet *p)
{
	if ((p->has & (WEIR_HAS_FRAGMENT | WEIR_HAS_WHOLE)) != WEIR_HAS_FRAGMENT || !p->fragment_at)
		return 0;
	switch (p->protocol) {
	case NEXT_HOP_BY_HOP: case NEXT_ROUTING: case NEXT_DESTINATION:
	case NEXT_MOBILITY: case NEXT_HIP: case NEXT_SHIM6:
		return p->ip_version == 6;
	default:
		return p->protocol == NEXT_AH;
	}
}

/* What stands for ports where there are none. */
static rare struct ports other_ports(const struct weir_packet *p)
{
	struct ports e = { p->src_port, p->dest_port, 1, 0 };
	int answer;

	if (!(p->has & WEIR_HAS_IP)) {
		e.is_flow = 0;
	} else if (p->has & WEIR_HAS_ICMP) {
		answer = icmp_answer(p->protocol == ICMP6 ? 6 : 4, p->icmp_type);
		e.from = p->icmp_type;
		e.one_way = answer < 0;
		e.to = e.one_way ? p->icmp_code : (uint16_t)answer;
	} else {
		e.is_flow = p->protocol != TCP && p->protocol != UDP && p->protocol != SCTP &&
			p->protocol != UDP_LITE && p->protocol != ICMP && p->protocol != ICMP6 &&
			!is_behind(p);
	}
	return e;
}

/*
 * A key as the numbers that it is made, hashed and compared in: bytes that were just stored
 * one by one cannot be loaded together without waiting for them.
 */
enum { WORDS = 7 };

_Static_assert(sizeof(struct key) == 52 && offsetof(struct key, port_a) == 32 &&
	offsetof(struct key, vlans) == 36 && offsetof(struct key, tunnel) == 44 &&
	offsetof(struct key, protocol) == 48 && offsetof(struct key, version) == 49 &&
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are laid out as struct key");

static inline void read_words(const struct key *k, uint64_t w[WORDS])
{
	for (int i = 0; i < WORDS - 1; i++)
		w[i] = host64((const uint8_t *)k + 8 * i);
	w[WORDS - 1] = host32((const uint8_t *)k + 48);
}

static inline void write_words(struct key *k, const uint64_t w[WORDS])
{
	uint32_t last = (uint32_t)w[WORDS - 1];

	for (int i = 0; i < WORDS - 1; i++)
		memcpy((uint8_t *)k + 8 * i, &w[i], sizeof w[i]);
	memcpy((uint8_t *)k + 48, &last, sizeof last);
}

/* Puts the two ends in order, without a branch that would often be guessed wrong: IPv4. */
static inline int order_ends4(const struct weir_packet *p, uint64_t w[WORDS], struct ports e)
{
	uint64_t from = (uint64_t)host32(p->src_addr) << 16 | e.from;
	uint64_t to = (uint64_t)host32(p->dest_addr) << 16 | e.to;
	int swap = (e.one_way == 0) & (from > to);
	uint64_t x = (from ^ to) & (0 - (uint64_t)swap), a = from ^ x, b = to ^ x;

	w[0] = a >> 16;
	w[2] = b >> 16;
	w[1] = w[3] = 0;
	w[4] = (a & 0xffff) | (b & 0xffff) << 16;
	return swap;
}

static inline int order_ends(const struct weir_packet *p, uint64_t w[WORDS], struct ports e)
{
	uint64_t s0 = host64(p->src_addr), s1 = host64(p->src_addr + 8);
	uint64_t d0 = host64(p->dest_addr), d1 = host64(p->dest_addr + 8);
	int swap = (e.one_way == 0) & (s0 != d0 ? s0 > d0 : s1 != d1 ? s1 > d1 : e.from > e.to);
	uint64_t mask = 0 - (uint64_t)swap, x0 = (s0 ^ d0) & mask, x1 = (s1 ^ d1) & mask;
	uint64_t y = (e.from ^ e.to) & mask;

	w[0] = s0 ^ x0;
	w[1] = s1 ^ x1;
	w[2] = d0 ^ x0;
	w[3] = d1 ^ x1;
	w[4] = (e.from ^ y) | (e.to ^ y) << 16;
	return swap;
}

/* The words of a packet's key, and its direction in `*from_b`; 0 when it belongs to no flow. */
static inline int words_of(const struct weir_packet *p, const struct weir_tunnel *tunnels,
	uint64_t w[WORDS], int *from_b)
{
	enum { USUAL = WEIR_HAS_IP | WEIR_HAS_PORTS };
	uint64_t vlans = host64(p->vlans), tunnel = 0;
	struct ports e = { p->src_port, p->dest_port, 1, 0 };

	if (unlikely((p->has & (USUAL | WEIR_HAS_TUNNEL)) != USUAL)) {
		if ((p->has & USUAL) != USUAL)
			e = other_ports(p);
		if (!e.is_flow)
			return 0;
		if (p->has & WEIR_HAS_TUNNEL)
			tunnel = key_tunnel(p, tunnels);
	}
	*from_b = likely(p->ip_version == 4) ? order_ends4(p, w, e) : order_ends(p, w, e);
	w[4] |= vlans << 32;
	w[5] = vlans >> 32 | tunnel << 32;
	w[6] = p->protocol | (uint64_t)p->ip_version << 8;
	return 1;
}

/* Folds a 128-bit product: the cheapest good mixing there is. */
static inline uint64_t mix(uint64_t x, uint64_t y)
{
	unsigned __int128 product = (unsigned __int128)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * No factor comes from the packet alone: it could be made 0, and then the other
 * would not matter.  Turned, the seed does not cancel out where factors are swapped.
 */
static inline uint32_t hash(const uint64_t w[WORDS], uint64_t seed)
{
	uint64_t turned = seed << 32 | seed >> 32, h;

	if (likely(w[6] >> 8 == 4)) {
		h = mix(w[0] ^ w[2] << 32 ^ seed ^ 0xa0761d6478bd642f,
			w[4] ^ turned ^ 0xe7037ed1a0b428db);
		h = mix(h ^ w[5] ^ w[6], 0x9e3779b97f4a7c15 ^ seed);
	} else {
		h = mix(w[0] ^ seed ^ 0xa0761d6478bd642f, w[2] ^ turned ^ 0xe7037ed1a0b428db);
		h ^= mix(w[1] ^ 0x8ebc6af09c88c6e3 ^ h, w[3] ^ 0x589965cc75374cc3 ^ seed);
		h = mix(h ^ w[4], w[5] ^ 0x1d8e4e27c47d124f ^ seed);
		h = mix(h ^ w[6], 0x9e3779b97f4a7c15);
	}
	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

int key_of(const struct weir_packet *p, const struct weir_tunnel *tunnels, struct key *k,
	int *from_b)
{
	uint64_t w[WORDS];

	if (!words_of(p, tunnels, w, from_b))
		return 0;
	write_words(k, w);
	return 1;
}

uint32_t key_hash(const struct key *k, uint64_t seed)
{
	uint64_t w[WORDS];

	read_words(k, w);
	return hash(w, seed);
}

int key_equal(const struct key *x, const struct key *y)
{
	const uint8_t *a = (const uint8_t *)x, *b = (const uint8_t *)y;
	uint64_t differ = 0;

	for (size_t i = 0; i < 48; i += 8)
		differ |= host64(a + i) ^ host64(b + i);
	return (differ | (host32(a + 48) ^ host32(b + 48))) == 0;
}

often void places_make(const struct weir_packet *p, uint32_t n, const struct weir_tunnel *tunnels,
	uint64_t seed, struct place *places)
{
	for (struct place *at = places; at < places + n; at++, p++) {
		uint64_t w[WORDS];
		int from_b;

		at->is_flow = words_of(p, tunnels, w, &from_b) != 0;
		if (unlikely(!at->is_flow))
			continue;
		at->tag = hash(w, seed);
		at->direction = from_b != 0;
		write_words(&at->key, w);
	}
}

void flows_find(struct flows *f, struct piece *p)
{
	if (p->places == p->own)
		places_make(p->packets, p->n, f->out.tunnels, f->o.seed, p->own);
	for (uint32_t i = 0; i < p->n; i++)
		__builtin_prefetch(&f->slots[p->places[i].tag & f->mask]);
}
