/*
 * table.c - from keys to flow numbers: 8-byte slots, linear probing, never more
 * than half full.  A slot keeps enough of the hash to move without looking at
 * the flow.
 */
#include "flow_inside.h"

enum { SLOTS = 1 << 16 };               /* to begin with */

static void put(struct slot *slots, uint32_t mask, struct slot s)
{
	uint32_t i = s.tag & mask;

	while (slots[i].number)
		i = (i + 1) & mask;
	slots[i] = s;
}

static int grow(struct flows *f)
{
	size_t size = f->slots ? 2 * ((size_t)f->mask + 1) : SLOTS;
	struct slot *bigger = memory_huge(size, sizeof *bigger);

	if (!bigger)
		return fail("out of memory");
	for (size_t i = 0; f->slots && i <= f->mask; i++)
		if (f->slots[i].number)
			put(bigger, (uint32_t)size - 1, f->slots[i]);
	if (f->slots)
		memory_release(f->slots, (size_t)f->mask + 1, sizeof *f->slots);
	f->slots = bigger;
	f->mask = (uint32_t)size - 1;
	return 0;
}

uint32_t table_find(const struct flows *f, const struct key *k, uint32_t tag)
{
	for (uint32_t i = tag & f->mask; f->slots[i].number; i = (i + 1) & f->mask)
		if (f->slots[i].tag == tag && likely(key_equal(&f->hot[f->slots[i].number].key, k)))
			return f->slots[i].number;
	return 0;
}

uint32_t table_guess(const struct flows *f, uint32_t tag)
{
	uint32_t i = tag & f->mask;

	while (f->slots[i].tag != tag && f->slots[i].number)
		i = (i + 1) & f->mask;
	return f->slots[i].number;
}

int table_prepare(struct flows *f)
{
	return grow(f);
}

void table_insert(struct flows *f, uint32_t tag, uint32_t number)
{
	if (f->alive >= f->mask / 2 && grow(f) < 0)
		f->most = f->alive;     /* no memory for more: from now on flows give way */
	put(f->slots, f->mask, (struct slot){ tag, number });
}

/* Closes the gap: what probing had pushed further moves back. */
void table_remove(struct flows *f, uint32_t number)
{
	uint32_t i = key_hash(&f->hot[number].key, f->o.seed) & f->mask, gap;

	while (f->slots[i].number != number)
		i = (i + 1) & f->mask;
	for (gap = i, i = (i + 1) & f->mask; f->slots[i].number; i = (i + 1) & f->mask) {
		uint32_t home = f->slots[i].tag & f->mask;

		if (((i - home) & f->mask) >= ((i - gap) & f->mask)) {
			f->slots[gap] = f->slots[i];
			gap = i;
		}
	}
	f->slots[gap].number = 0;
}
