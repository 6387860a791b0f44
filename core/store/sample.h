/* sample.h - rows of a database of exchanges, as Stratosphere keeps them: from values to records. */
#pragma once

#include "../proto/http.h"
#include "moment.h"

/* A value, as the database has it: of any kind, whatever its column says. */
enum value_kind { VALUE_NONE, VALUE_INTEGER, VALUE_REAL, VALUE_BYTES };

struct value {
	enum value_kind kind;
	int64_t     integer;
	double      real;
	struct word bytes;      /* of a text or a blob; the first of them, where there are too many */
	uint64_t    whole;      /* how many there are */
	char        digits[28]; /* room for a number as text */
};

/*
 * Of a value: its text, `most` bytes of it; a whole number of 0 to `most`, and -1 when it is none, or
 * 0 in place of that; nanoseconds, and 0 when it is no time.
 */
struct word row_text(struct value *v, uint32_t most);
double   row_number(const struct value *v, double most);
uint32_t row_small(const struct value *v, uint32_t most);
int64_t  row_ns(const struct value *v);

/* What rows had that could not be read: counted, and what else they have is told. */
struct row_troubles {
	double headers, times, bodies;
};

struct row_reader {
	struct said *said;
	const struct weir_sample_column *columns;       /* of each value what it tells */
	uint32_t     count;
	struct zone  zone;
	uint32_t     source;
	double       ordinal;   /* of the row at hand */
	struct row_troubles troubles;
};

/* Makes the records of one row: a step of its own. */
void row_tell(struct row_reader *r, struct value *values);
