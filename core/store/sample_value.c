/* sample_value.c - values of a database, of whatever kind, as what a column should have. */
#include <stdio.h>
#include "sample.h"

struct word row_text(struct value *v, uint32_t most)
{
	struct word s = v->bytes;

	if (v->kind == VALUE_NONE)
		return (struct word){ "", 0 };
	if (v->kind == VALUE_INTEGER)
		s = (struct word){ v->digits, (uint32_t)snprintf(v->digits, sizeof v->digits, "%lld",
			(long long)v->integer) };
	if (v->kind == VALUE_REAL)
		s = (struct word){ v->digits, (uint32_t)snprintf(v->digits, sizeof v->digits, "%.15g",
			v->real) };
	if (s.size > most)
		s.size = most;
	return s.size ? s : (struct word){ "", 0 };
}

double row_number(const struct value *v, double most)
{
	uint64_t digits;
	double number = -1;

	if (v->kind == VALUE_INTEGER)
		number = (double)v->integer;
	else if (v->kind == VALUE_REAL)
		number = v->real;
	else if (v->kind == VALUE_BYTES && word_number(word_trim(v->bytes), &digits))
		number = (double)digits;
	if (!(number >= 0 && number <= most))
		return -1;
	return (double)(uint64_t)number;
}

uint32_t row_small(const struct value *v, uint32_t most)
{
	double number = row_number(v, most);

	return number < 0 ? 0 : (uint32_t)number;
}

int64_t row_ns(const struct value *v)
{
	return v->kind == VALUE_INTEGER && v->integer > 0 ? v->integer : 0;
}
