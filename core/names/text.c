/* text.c - the texts of names: each is there once, in cells of one size, so that none is too
 * large for the room that another one leaves. */
#include <string.h>
#include "../flow/flow.h"
#include "text.h"

enum {
	CELLS = 1 << 20,                /* 32 MiB */
	SLOTS = 1 << 19,
	FIRST = 15,                     /* bytes of a text in its first cell, */
	OTHER = 28                      /* and in each of the others */
};

struct cell {
	uint32_t next;                  /* cell of the text; or the next one that is free */
	union {
		struct {
			uint32_t after;         /* the next text in the slot */
			uint32_t hash;
			uint32_t keepers;
			uint8_t  size;
			uint8_t  start[FIRST];
		};
		uint8_t rest[OTHER];
	};
};

_Static_assert(sizeof(struct cell) == 32, "two in a cache line");

int texts_init(struct texts *t, uint64_t seed)
{
	t->seed = seed;
	t->cells = memory_huge(CELLS, sizeof *t->cells);
	t->slots = memory_huge(SLOTS, sizeof *t->slots);
	return t->cells && t->slots;
}

void texts_clear(struct texts *t)
{
	if (t->used)
		memset(t->slots, 0, SLOTS * sizeof *t->slots);
	t->used = t->free = 0;
}

void texts_free(struct texts *t)
{
	memory_release(t->cells, CELLS, sizeof *t->cells);
	memory_release(t->slots, SLOTS, sizeof *t->slots);
}

/* No factor comes from the bytes alone: see key.c. */
static uint32_t hash_of(const struct texts *t, const char *bytes, uint32_t size)
{
	uint64_t h = t->seed ^ size, word = 0;

	for (; size >= 8; bytes += 8, size -= 8)
		h = names_mix(h ^ host64(bytes), t->seed ^ 0xa0761d6478bd642f);
	memcpy(&word, bytes, size);
	h = names_mix(h ^ word, t->seed ^ 0xe7037ed1a0b428db);
	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

/* ---- cells ------------------------------------------------------------------------------ */

static uint32_t take(struct texts *t)
{
	uint32_t i = t->free;

	if (i)
		t->free = t->cells[i].next;
	else if (t->used < CELLS - 1)
		i = ++t->used;
	return i;
}

static void give(struct texts *t, uint32_t first)
{
	for (uint32_t i = first, next; i; i = next) {
		next = t->cells[i].next;
		t->cells[i].next = t->free;
		t->free = i;
	}
}

/* How many bytes of a text are in its next cell, whose bytes `*at` then are. */
static inline uint32_t part_of(struct cell *c, int is_first, uint32_t left, uint8_t **at)
{
	uint32_t room = is_first ? FIRST : OTHER;

	*at = is_first ? c->start : c->rest;
	return left < room ? left : room;
}

static uint32_t write(struct texts *t, const char *bytes, uint32_t size)
{
	uint32_t first = 0, last = 0, part;

	for (uint32_t done = 0; done < size; done += part) {
		uint32_t i = take(t);
		uint8_t *at;

		if (!i) {
			give(t, first);
			return 0;
		}
		t->cells[i].next = 0;
		if (last)
			t->cells[last].next = i;
		else
			first = i;
		part = part_of(&t->cells[i], !last, size - done, &at);
		memcpy(at, bytes + done, part);
		last = i;
	}
	return first;
}

static int is_text(const struct texts *t, uint32_t i, const char *bytes, uint32_t size)
{
	uint32_t first = i, part;

	for (uint32_t done = 0; done < size; done += part, i = t->cells[i].next) {
		uint8_t *at;

		part = part_of(&t->cells[i], i == first, size - done, &at);
		if (memcmp(at, bytes + done, part))
			return 0;
	}
	return 1;
}

/* ---- texts ---------------------------------------------------------------------------------- */

uint32_t text_keep(struct texts *t, const char *bytes, uint32_t size)
{
	uint32_t hash = hash_of(t, bytes, size), *slot = &t->slots[hash % SLOTS], i;
	struct cell *c;

	for (i = *slot; i; i = t->cells[i].after) {
		c = &t->cells[i];
		if (c->hash == hash && c->size == size && is_text(t, i, bytes, size)) {
			c->keepers++;
			return i;
		}
	}
	i = write(t, bytes, size);
	if (!i)
		return 0;
	c = &t->cells[i];
	c->size = (uint8_t)size;
	c->hash = hash;
	c->keepers = 1;
	c->after = *slot;
	*slot = i;
	return i;
}

void text_hold(struct texts *t, uint32_t text)
{
	t->cells[text].keepers++;
}

void text_drop(struct texts *t, uint32_t text)
{
	struct cell *c = &t->cells[text];
	uint32_t *at = &t->slots[c->hash % SLOTS];

	if (!text || --c->keepers)
		return;
	while (*at != text)
		at = &t->cells[*at].after;
	*at = c->after;
	give(t, text);
}

uint32_t text_read(const struct texts *t, uint32_t text, char out[NAME_MOST])
{
	uint32_t size = t->cells[text].size, part;

	for (uint32_t done = 0, i = text; done < size; done += part, i = t->cells[i].next) {
		uint8_t *at;

		part = part_of(&t->cells[i], i == text, size - done, &at);
		memcpy(out + done, at, part);
	}
	return size;
}
