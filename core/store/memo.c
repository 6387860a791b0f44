/*
 * memo.c - a hash table from keys to numbers: 16 bytes for each, so that very many stay known.
 *
 * Of a key there is a hash of 96 bits, with a seed that nobody outside knows; two of a million keys
 * are the same with a chance of 2^-57.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "memo.h"

enum {
	FIRST = 1 << 12,        /* slots in the beginning */
	MOST  = 1 << 21,
	SOME  = 16              /* what is put between two looks at memo_is_full, and more */
};

static const int64_t LARGEST = UINT32_MAX - 1;  /* even: of a pair, both its numbers are below */

struct memo_slot {
	uint64_t high;
	uint32_t low;
	uint32_t number;        /* one more, so that 0 is an empty slot */
};

static uint64_t mix(uint64_t x, uint64_t y)
{
	unsigned __int128 product = (unsigned __int128)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

int memo_init(struct memo *m)
{
	m->slots = calloc(FIRST, sizeof *m->slots);
	if (!m->slots)
		return fail("out of memory");
	m->count = FIRST;
	if (getrandom(m->seed, sizeof m->seed, 0) != sizeof m->seed)
		return fail("the system has no random numbers");
	m->seed[0] |= 1;
	m->seed[1] |= 1;
	return 0;
}

/* What was large is given back: after others have written it may not be needed again. */
void memo_clear(struct memo *m)
{
	struct memo_slot *small = m->count > FIRST ? calloc(FIRST, sizeof *small) : NULL;

	if (small) {
		free(m->slots);
		m->slots = small;
		m->count = FIRST;
	} else {
		memset(m->slots, 0, m->count * sizeof *m->slots);
	}
	m->used = 0;
	m->lost = 0;
}

void memo_free(struct memo *m)
{
	free(m->slots);
	m->slots = NULL;
}

/* The slot of a hash, or the empty one where it would be. */
static struct memo_slot *slot_of(const struct memo *m, struct memo_mark at)
{
	struct memo_slot *s = &m->slots[at.low & (m->count - 1)];

	while (s->number && (s->high != at.high || s->low != at.low))
		if (++s == m->slots + m->count)
			s = m->slots;
	return s;
}

static struct memo_mark mark_of(const struct memo *m, const struct memo_key *k)
{
	uint64_t a = host64(k->bytes), b = host64(k->bytes + 8), c = host64(k->bytes + 16);

	return (struct memo_mark){
		mix(mix(a ^ m->seed[0], b ^ m->seed[1]) ^ c, m->seed[1]),
		(uint32_t)mix(mix(b + m->seed[0], c ^ m->seed[1]) + a, m->seed[0])
	};
}

struct memo_mark memo_expect(const struct memo *m, const struct memo_key *k)
{
	struct memo_mark mark = mark_of(m, k);

	__builtin_prefetch(&m->slots[mark.low & (m->count - 1)]);
	return mark;
}

int64_t memo_at(const struct memo *m, struct memo_mark mark)
{
	return (int64_t)slot_of(m, mark)->number - 1;
}

int64_t memo_find(const struct memo *m, const struct memo_key *k)
{
	return memo_at(m, mark_of(m, k));
}

static int is_crowded(const struct memo *m)
{
	return m->used >= m->count / 4 * 3 - SOME;
}

/* Twice as many slots, if there is memory for them. */
static void grow(struct memo *m)
{
	struct memo larger = { .count = 2 * m->count };

	larger.slots = calloc(larger.count, sizeof *larger.slots);
	if (!larger.slots)
		return;
	for (uint32_t i = 0; i < m->count; i++)
		if (m->slots[i].number)
			*slot_of(&larger, (struct memo_mark){ m->slots[i].high, m->slots[i].low }) = m->slots[i];
	free(m->slots);
	m->slots = larger.slots;
	m->count = larger.count;
}

void memo_put(struct memo *m, const struct memo_key *k, int64_t number)
{
	struct memo_mark mark = mark_of(m, k);
	struct memo_slot *s;

	if (is_crowded(m) && m->count < MOST)
		grow(m);
	s = slot_of(m, mark);
	if (number < 0 || number >= LARGEST || (!s->number && m->used >= m->count - 1)) {
		m->lost = 1;
		return;
	}
	m->used += !s->number;
	*s = (struct memo_slot){ mark.high, mark.low, (uint32_t)number + 1 };
}

int memo_is_full(const struct memo *m)
{
	return is_crowded(m) && m->count >= MOST;
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
