/* memo.c - a table of fixed size from keys to numbers, in which the last one known stays. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "memo.h"

enum { SLOTS = 1 << 18 };

struct memo_slot {
	struct memo_key key;
	int64_t number;                 /* one more, so that 0 is an empty slot */
};

static uint64_t mix(uint64_t x, uint64_t y)
{
	unsigned __int128 product = (unsigned __int128)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

int memo_init(struct memo *m)
{
	m->slots = calloc(SLOTS, sizeof *m->slots);
	if (!m->slots)
		return fail("out of memory");
	if (getrandom(m->seed, sizeof m->seed, 0) != sizeof m->seed)
		return fail("the system has no random numbers");
	m->seed[0] |= 1;
	m->seed[1] |= 1;
	return 0;
}

void memo_clear(struct memo *m)
{
	memset(m->slots, 0, SLOTS * sizeof *m->slots);
}

void memo_free(struct memo *m)
{
	free(m->slots);
	m->slots = NULL;
}

static struct memo_slot *slot_of(const struct memo *m, const struct memo_key *k)
{
	uint64_t a = host64(k->bytes), b = host64(k->bytes + 8), c = host64(k->bytes + 16);
	uint64_t hash = mix(a ^ m->seed[0], b ^ m->seed[1]) ^ mix(c ^ m->seed[1], m->seed[0]);

	return &m->slots[mix(hash, m->seed[1]) % SLOTS];
}

int64_t memo_find(const struct memo *m, const struct memo_key *k)
{
	const struct memo_slot *s = slot_of(m, k);

	return memcmp(&s->key, k, sizeof *k) == 0 ? s->number - 1 : -1;
}

void memo_put(struct memo *m, const struct memo_key *k, int64_t number)
{
	struct memo_slot *s = slot_of(m, k);

	s->key = *k;
	s->number = number + 1;
}

void memo_hash(const struct memo *m, const void *bytes, uint32_t size, uint64_t out[2])
{
	const uint8_t *at = bytes;
	uint64_t a = size + m->seed[0], b = size ^ m->seed[1], word;

	for (; size >= 8; at += 8, size -= 8) {
		a = mix(a ^ host64(at), m->seed[1]);
		b = mix(b + host64(at), m->seed[0]);
	}
	word = 0;
	memcpy(&word, at, size);
	out[0] = mix(a ^ word, m->seed[1]);
	out[1] = mix(b + word, m->seed[0]);
}
