/*
 * sample.c - fuzzes how rows of databases become exchanges: each value is three bytes, its kind and
 * its size, and these bytes; values go to all columns in turn, and so make rows.
 */
#include <string.h>
#include "protocol.h"
#include "store/sample.h"

enum { WHOLE = WEIR_ROW_AMBIGUOUS + 1, EACH = WEIR_ROW_ERROR - WEIR_ROW_AMBIGUOUS,
	COLUMNS = WHOLE + 2 * EACH };

static void fill(struct weir_sample_column *columns)
{
	for (uint32_t i = 0; i < COLUMNS; i++) {
		uint32_t behind = i < WHOLE ? 0 : i - WHOLE;

		columns[i].part = (uint8_t)(i < WHOLE ? i : WHOLE + behind / 2);
		columns[i].of = (uint8_t)(i < WHOLE ? WEIR_OF_NEITHER : behind % 2 ?
			WEIR_OF_RESPONSE : WEIR_OF_REQUEST);
	}
}

/* The next value, in memory of just its size; how many bytes it took. */
static size_t take(struct value *v, const uint8_t *bytes, size_t size, uint8_t **exact)
{
	size_t n = bytes[1] | (size_t)bytes[2] << 8;

	n = n < size - HEAD_SIZE ? n : size - HEAD_SIZE;
	*exact = malloc(n + 1);
	memcpy(*exact, bytes + HEAD_SIZE, n);
	*v = (struct value){ .kind = bytes[0] & 3, .bytes = { (char *)*exact, (uint32_t)n },
		.whole = bytes[0] & 4 ? n * 1000 : n };
	memcpy(&v->integer, *exact, n < 8 ? n : 8);
	memcpy(&v->real, *exact, n < 8 ? n : 8);
	return HEAD_SIZE + n;
}

static void tell(struct speaker *s, struct row_reader *r, struct value *values)
{
	flows_begin(s->flows, &s->batch, s->tunnels, 0);
	r->ordinal++;
	row_tell(r, values);
	talks_show(s->flows->talks, &s->batch);
	check_said(&s->batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech way = { 6, 40000, 80 };
	static struct weir_sample_column columns[COLUMNS];
	struct value values[COLUMNS] = { 0 };
	uint8_t *exact[COLUMNS] = { 0 };
	struct row_reader r = { .columns = columns, .count = COLUMNS };
	struct speaker s;
	uint32_t at = 0;

	fill(columns);
	speaker_begin(&s, &way);
	r.said = talk_said(s.flows);
	while (size >= HEAD_SIZE) {
		size_t n;

		free(exact[at]);
		n = take(&values[at], bytes, size, &exact[at]);
		bytes += n;
		size -= n;
		at = (at + 1) % COLUMNS;
		if (at == 0)
			tell(&s, &r, values);
	}
	tell(&s, &r, values);
	for (uint32_t i = 0; i < COLUMNS; i++)
		free(exact[i]);
	speaker_end(&s);
	return 0;
}
