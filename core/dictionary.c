/*
 * dictionary.c - each of many byte strings once, under an id counted from 1: columns of texts are
 * columns of ids.  So are values and pairs of ids, which groups and joins are made by.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "columns.h"

enum { FIRST_SLOTS = 64 };

struct entry {
	uint64_t at;            /* of its bytes, behind each other */
	uint32_t size;
	uint32_t hash;
};

struct weir_dictionary {
	char *bytes;
	struct entry *entries;  /* [0] is nobody's */
	uint32_t *slots;        /* ids; 0: free */
	uint64_t used;          /* of bytes */
	uint64_t seed;
	uint32_t count, mask;
};

struct weir_dictionary *weir_dictionary_new(void)
{
	struct weir_dictionary *d = calloc(1, sizeof *d);

	if (!d) {
		fail("out of memory");
		return NULL;
	}
	if (getrandom(&d->seed, sizeof d->seed, 0) != sizeof d->seed)
		d->seed = (uintptr_t)d;
	d->mask = FIRST_SLOTS - 1;
	d->slots = weir_columns_grow(NULL, FIRST_SLOTS * sizeof *d->slots);
	d->entries = weir_columns_grow(NULL, FIRST_SLOTS * sizeof *d->entries);
	if (d->slots && d->entries)
		return d;
	weir_dictionary_free(d);
	return NULL;
}

void weir_dictionary_free(struct weir_dictionary *d)
{
	if (!d)
		return;
	weir_columns_free(d->bytes);
	weir_columns_free(d->entries);
	weir_columns_free(d->slots);
	free(d);
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash(const struct weir_dictionary *d, const char *bytes, uint32_t size)
{
	uint64_t h = d->seed ^ size, word = 0;

	for (; size > 8; size -= 8, bytes += 8)
		h = mix(h ^ host64(bytes), d->seed ^ 0xa0761d6478bd642f);
	memcpy(&word, bytes, size);
	h = mix(h ^ word, d->seed ^ 0xe7037ed1a0b428db);
	return (uint32_t)(h ^ h >> 32);
}

/* The slot of these bytes, or the free one where they belong. */
static uint32_t *slot_of(struct weir_dictionary *d, uint32_t h, const void *bytes, uint32_t size)
{
	for (uint32_t i = h & d->mask;; i = (i + 1) & d->mask) {
		const struct entry *e = &d->entries[d->slots[i]];

		if (!d->slots[i] || (e->hash == h && e->size == size
			&& memcmp(d->bytes + e->at, bytes, size) == 0))
			return &d->slots[i];
	}
}

/* Twice the slots. */
static int widen(struct weir_dictionary *d)
{
	uint32_t mask = 2 * d->mask + 1;
	uint32_t *slots = weir_columns_grow(NULL, (mask + 1.0) * sizeof *slots);

	if (!slots)
		return -1;
	for (uint32_t id = 1; id <= d->count; id++) {
		uint32_t i = d->entries[id].hash & mask;

		while (slots[i])
			i = (i + 1) & mask;
		slots[i] = id;
	}
	weir_columns_free(d->slots);
	d->slots = slots;
	d->mask = mask;
	return 0;
}

static int make_room(struct weir_dictionary *d, uint32_t size)
{
	void *bytes = columns_room(d->bytes, d->used, size + 1.0), *entries;

	if (!bytes)
		return -1;
	d->bytes = bytes;
	entries = columns_room(d->entries, (d->count + 1.0) * sizeof *d->entries,
		sizeof *d->entries);
	if (!entries)
		return -1;
	d->entries = entries;
	if (d->count == UINT32_MAX / 4)
		return fail("a column with more than %u different values", d->count);
	return d->count >= d->mask / 2 ? widen(d) : 0;
}

uint32_t weir_dictionary_add(struct weir_dictionary *d, const void *bytes, uint32_t size)
{
	uint32_t h = hash(d, bytes, size), *slot = slot_of(d, h, bytes, size);

	if (*slot)
		return *slot;
	if (make_room(d, size) < 0)
		return 0;
	memcpy(d->bytes + d->used, bytes, size);
	d->entries[++d->count] = (struct entry){ d->used, size, h };
	d->used += size;
	*slot_of(d, h, bytes, size) = d->count;
	return d->count;
}

uint32_t weir_dictionary_find(struct weir_dictionary *d, const void *bytes, uint32_t size)
{
	return *slot_of(d, hash(d, bytes, size), bytes, size);
}

uint32_t weir_dictionary_count(const struct weir_dictionary *d)
{
	return d->count;
}

const void *weir_dictionary_text(const struct weir_dictionary *d, uint32_t id, uint32_t *size)
{
	if (id == 0 || id > d->count) {
		*size = 0;
		return "";
	}
	*size = d->entries[id].size;
	return d->bytes + d->entries[id].at;
}

/* ---- order ----------------------------------------------------------- */

static int by_bytes(const void *a, const void *b, void *dictionary)
{
	const struct weir_dictionary *d = dictionary;
	const struct entry *x = &d->entries[*(const uint32_t *)a];
	const struct entry *y = &d->entries[*(const uint32_t *)b];
	uint32_t least = x->size < y->size ? x->size : y->size;
	int order = memcmp(d->bytes + x->at, d->bytes + y->at, least);

	return order ? order : x->size < y->size ? -1 : x->size > y->size;
}

int weir_dictionary_ranks(struct weir_dictionary *d, uint32_t *ranks)
{
	uint32_t *ids = weir_columns_grow(NULL, (d->count + 1.0) * sizeof *ids);

	if (!ids)
		return WEIR_FAIL;
	for (uint32_t i = 0; i < d->count; i++)
		ids[i] = i + 1;
	qsort_r(ids, d->count, sizeof *ids, by_bytes, d);
	ranks[0] = 0;
	for (uint32_t i = 0; i < d->count; i++)
		ranks[ids[i]] = i + 1;
	weir_columns_free(ids);
	return 0;
}

/* ---- ids of values --------------------------------------------------- */

/* The id of one value, 0 when it is absent. */
static int id_of(struct weir_dictionary *d, const void *values, uint32_t as, uint32_t row,
	uint32_t *id)
{
	double number;
	int64_t time;

	*id = 0;
	if (as == WEIR_COLUMN_TIME) {
		time = ((const int64_t *)values)[row];
		if (time == INT64_MIN)
			return 0;
		*id = weir_dictionary_add(d, &time, sizeof time);
	} else {
		number = ((const double *)values)[row] + 0.0;
		if (number != number)
			return 0;
		*id = weir_dictionary_add(d, &number, sizeof number);
	}
	return *id ? 0 : WEIR_FAIL;
}

int weir_dictionary_ids(struct weir_dictionary *d, const void *values, uint32_t as,
	const uint32_t *rows, double count, uint32_t *out)
{
	for (uint32_t k = 0; k < (uint32_t)count; k++) {
		if (id_of(d, values, as, rows ? rows[k] : k, &out[k]) < 0)
			return WEIR_FAIL;
	}
	return 0;
}

int weir_dictionary_pairs(struct weir_dictionary *d, uint32_t *ids, const uint32_t *others,
	double count)
{
	for (uint32_t k = 0; k < (uint32_t)count; k++) {
		uint32_t pair[2] = { ids[k], others[k] };

		ids[k] = weir_dictionary_add(d, pair, sizeof pair);
		if (!ids[k])
			return WEIR_FAIL;
	}
	return 0;
}
