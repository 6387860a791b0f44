/*
 * columns.c - columns of values: their memory, which has a bound; rows in an order, and what rows
 * pick.  A column is an array of doubles (NaN: absent), of int64 (the least: absent), or of ids
 * from a dictionary (0: absent).
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "columns.h"

enum { BYTE = 256, HEAD = 16 };

static _Atomic double bound = 4e9;
static _Atomic double held;

/* ---- memory ---------------------------------------------------------- */

/* Each piece of memory begins with its size. */
static double size_of(const void *memory)
{
	double size = 0;

	if (memory)
		memcpy(&size, (const char *)memory - HEAD, sizeof size);
	return size;
}

void *weir_columns_grow(void *memory, double bytes)
{
	double before = size_of(memory);
	char *at;

	if (held + bytes - before > bound) {
		fail("columns of more than %.0f MB: ask for fewer fields or rows, or raise their bound"
			" (weir.columns)", bound / 1e6);
		return NULL;
	}
	at = realloc(memory ? (char *)memory - HEAD : NULL, (size_t)bytes + HEAD);
	if (!at) {
		fail("out of memory");
		return NULL;
	}
	if (bytes > before)
		memset(at + HEAD + (size_t)before, 0, (size_t)(bytes - before));
	memcpy(at, &bytes, sizeof bytes);
	held = held + bytes - before;
	return at + HEAD;
}

void *columns_room(void *memory, double used, double wanted)
{
	double size = size_of(memory);

	if (used + wanted <= size)
		return memory;
	return weir_columns_grow(memory, 2 * size > used + wanted ? 2 * size : used + wanted);
}

void weir_columns_free(void *memory)
{
	if (!memory)
		return;
	held = held - size_of(memory);
	free((char *)memory - HEAD);
}

double weir_columns_held(void)
{
	return held;
}

double weir_columns_bound(double bytes)
{
	if (bytes > 0)
		bound = bytes;
	return bound;
}

/* ---- order ----------------------------------------------------------- */

struct item {
	uint64_t key;
	uint32_t row;
};

/* A value as a number that is ordered as the values are, what is absent first. */
static uint64_t ordered(const void *values, uint32_t as, uint32_t row)
{
	const uint64_t top = (uint64_t)1 << 63;
	uint64_t bits;
	double number;

	if (as == WEIR_COLUMN_ID)
		return ((const uint32_t *)values)[row];
	if (as == WEIR_COLUMN_TIME)
		return (uint64_t)((const int64_t *)values)[row] ^ top;
	number = ((const double *)values)[row] + 0.0;           /* -0 is 0 */
	if (number != number)
		return 0;
	memcpy(&bits, &number, sizeof bits);
	return bits & top ? ~bits : bits | top;
}

/* Sorts by one byte of the keys, from `a` to `b`; returns 0 when all have the same there. */
static int by_byte(const struct item *a, struct item *b, size_t count, int shift)
{
	size_t starts[BYTE] = { 0 }, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[a[i].key >> shift & (BYTE - 1)]++;
	if (starts[a[0].key >> shift & (BYTE - 1)] == count)
		return 0;
	for (int i = 0; i < BYTE; i++) {
		size_t here = starts[i];

		starts[i] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		b[starts[a[i].key >> shift & (BYTE - 1)]++] = a[i];
	return 1;
}

/* Sorts rows by one key; equal ones stay as they are. */
static void by_key(uint32_t *rows, size_t count, const struct weir_column_key *key,
	struct item *a, struct item *b)
{
	for (size_t i = 0; i < count; i++) {
		a[i].row = rows[i];
		a[i].key = ordered(key->values, key->as, rows[i]);
		if (key->down)
			a[i].key = ~a[i].key;
	}
	for (int shift = 0; shift < 64; shift += 8) {
		if (by_byte(a, b, count, shift)) {
			struct item *other = a;

			a = b;
			b = other;
		}
	}
	for (size_t i = 0; i < count; i++)
		rows[i] = a[i].row;
}

int weir_columns_sort(uint32_t *rows, double count, const struct weir_column_key *keys,
	uint32_t key_count)
{
	double bytes = count * sizeof(struct item);
	struct item *a = weir_columns_grow(NULL, bytes), *b = weir_columns_grow(NULL, bytes);
	int status = a && b ? 0 : WEIR_FAIL;

	if (status == 0 && count > 0) {
		for (uint32_t i = key_count; i > 0; i--)
			by_key(rows, (size_t)count, &keys[i - 1], a, b);
	}
	weir_columns_free(a);
	weir_columns_free(b);
	return status;
}

/* ---- picking --------------------------------------------------------- */

void weir_columns_gather(void *to, const void *from, uint32_t as, const uint32_t *rows,
	double count)
{
	size_t n = (size_t)count;

	for (size_t i = 0; i < n; i++) {
		uint32_t row = rows[i];
		int none = row == (uint32_t)WEIR_NO_ROW;

		if (as == WEIR_COLUMN_ID)
			((uint32_t *)to)[i] = none ? 0 : ((const uint32_t *)from)[row];
		else if (as == WEIR_COLUMN_TIME)
			((int64_t *)to)[i] = none ? INT64_MIN : ((const int64_t *)from)[row];
		else
			((double *)to)[i] = none ? __builtin_nan("") : ((const double *)from)[row];
	}
}

/* ---- rows of a database ---------------------------------------------- */

static double number_of(const struct weir_value *v)
{
	int is_number = v->kind == WEIR_VALUE_INTEGER || v->kind == WEIR_VALUE_NUMBER;

	return is_number ? v->number : __builtin_nan("");
}

static int64_t time_of(const struct weir_value *v)
{
	if (v->kind == WEIR_VALUE_INTEGER)
		return v->exact;
	if (v->kind == WEIR_VALUE_NUMBER && v->number > -9.2e18 && v->number < 9.2e18)
		return (int64_t)v->number;
	return INT64_MIN;
}

/* The id of a value as a text; 0 of NULL, and when there is no room for it. */
static uint32_t id_of(const struct weir_value *v, const struct weir_rows *rows,
	struct weir_dictionary *d)
{
	char digits[32];

	if (v->kind == WEIR_VALUE_NULL)
		return 0;
	if (v->kind == WEIR_VALUE_TEXT || v->kind == WEIR_VALUE_BLOB)
		return weir_dictionary_add(d, (const char *)rows->text + v->at, v->size);
	return weir_dictionary_add(d, digits,
		(uint32_t)snprintf(digits, sizeof digits, "%.14g", v->number));
}

int weir_columns_take(void *to, double from, uint32_t as, const struct weir_rows *rows,
	uint32_t column, struct weir_dictionary *d)
{
	const struct weir_value *v = rows->values + column;
	size_t first = (size_t)from;

	for (uint32_t i = 0; i < rows->row_count; i++, v += rows->column_count) {
		if (as == WEIR_COLUMN_NUMBER) {
			((double *)to)[first + i] = number_of(v);
		} else if (as == WEIR_COLUMN_TIME) {
			((int64_t *)to)[first + i] = time_of(v);
		} else {
			uint32_t id = id_of(v, rows, d);

			if (!id && v->kind != WEIR_VALUE_NULL)
				return WEIR_FAIL;
			((uint32_t *)to)[first + i] = id;
		}
	}
	return 0;
}
