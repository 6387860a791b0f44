/*
 * community.c - Community ID, version 1: a flow's name that other tools know.
 *
 * "1:" and the base64 of SHA-1 over seed, addresses, protocol and ports, the
 * lower end first.  What is hashed fits one block of SHA-1, so that is all of
 * SHA-1 there is here.
 */
#include <string.h>
#include "../ends.h"
#include "../icmp.h"
#include "value.h"

enum { BLOCK = 64, TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58, SCTP = 132 };

static inline uint32_t rotate(uint32_t n, int by)
{
	return n << by | n >> (32 - by);
}

static void expand(const uint8_t block[BLOCK], uint32_t w[80])
{
	for (int i = 0; i < 16; i++)
		w[i] = be32(block + 4 * i);
	for (int i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
}

/* SHA-1 of a message that, with its padding, is one block. */
static void sha1_block(const uint8_t block[BLOCK], uint8_t out[20])
{
	static const uint32_t start[5] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0
	};
	static const uint32_t constants[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], a = start[0], b = start[1], c = start[2], d = start[3], e = start[4];
	uint32_t sums[5];

	expand(block, w);
	for (int i = 0; i < 80; i++) {
		uint32_t f = i < 20 ? (b & c) | (~b & d) :
			i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
		uint32_t next = rotate(a, 5) + f + e + constants[i / 20] + w[i];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	memcpy(sums, (uint32_t[5]){ a, b, c, d, e }, sizeof sums);
	for (int i = 0; i < 5; i++) {
		uint32_t n = __builtin_bswap32(start[i] + sums[i]);

		memcpy(out + 4 * i, &n, 4);
	}
}

/* The two numbers that stand for ports; 0 when the protocol has none. */
static int ports_of(const struct ends *w, uint16_t *from, uint16_t *to, int *one_way)
{
	int answer;

	*one_way = 0;
	*from = w->src_port;
	*to = w->dest_port;
	if (w->protocol == TCP || w->protocol == UDP || w->protocol == SCTP)
		return 1;
	if (w->protocol != ICMP && w->protocol != ICMP6)
		return 0;
	answer = icmp_answer(w->protocol == ICMP6 ? 6 : 4, w->icmp_type);
	*from = w->icmp_type;
	*to = answer < 0 ? w->icmp_code : (uint16_t)answer;
	*one_way = answer < 0;
	return 1;
}

static uint8_t *add(uint8_t *to, const void *bytes, size_t size)
{
	memcpy(to, bytes, size);
	return to + size;
}

static uint8_t *add16(uint8_t *to, uint16_t n)
{
	n = __builtin_bswap16(n);
	return add(to, &n, 2);
}

int weir_community_text(const void *ends, uint32_t seed, char out[32])
{
	const struct ends *w = ends;
	uint8_t block[BLOCK] = { 0 }, sum[20], *to = block;
	size_t size = w->ip_version == 4 ? 4 : 16;
	uint16_t from, dest;
	int one_way, with_ports = ports_of(w, &from, &dest, &one_way);
	int order = memcmp(w->src_addr, w->dest_addr, size);
	int swap = !one_way && (order > 0 || (order == 0 && with_ports && from > dest));

	to = add16(to, (uint16_t)seed);
	to = add(to, swap ? w->dest_addr : w->src_addr, size);
	to = add(to, swap ? w->src_addr : w->dest_addr, size);
	*to++ = w->protocol;
	*to++ = 0;
	if (with_ports) {
		to = add16(to, swap ? dest : from);
		to = add16(to, swap ? from : dest);
	}
	size = (size_t)(to - block);
	*to = 0x80;                             /* the padding: a bit, zeros, the length in bits */
	block[BLOCK - 2] = (uint8_t)(size * 8 >> 8);
	block[BLOCK - 1] = (uint8_t)(size * 8);
	sha1_block(block, sum);
	to = value_base64(add((uint8_t *)out, "1:", 2), sum, sizeof sum);
	*to = 0;
	return (int)(to - (uint8_t *)out);
}
