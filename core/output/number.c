/*
 * number.c - numbers as text, in as few digits as tell them from all others.
 *
 * A double m * 2^e stands for every number that is nearer to it than to its neighbours, and
 * the shortest of these is its text.  Scaled to 17 or 18 digits before the point they are the
 * whole numbers between two ends, which 128 bits hold exactly; digits are taken off as long as
 * that leaves a number between the ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "value.h"

typedef unsigned __int128 wide;

enum {
	FRACTION = 52,          /* bits of a double behind its first one */
	BIAS     = 1023 + FRACTION,     /* of the exponent, when m is a whole number */
	LEAST    = -88,         /* of e: what is below 1.5e-11 needs more than 128 bits */
	PLACES   = 27           /* digits behind the point that such a number may have */
};

static const uint64_t fives[PLACES + 1] = {
	1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
	1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
	19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
	59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125
};

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

/* How many digits `n` has. */
static int digits_of(uint64_t n)
{
	static const uint64_t tens[] = {
		0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
		10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
		1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
		10000000000000000000u
	};
	int guess = (64 - __builtin_clzll(n | 1)) * 1233 >> 12;         /* log 2 = 1233 / 4096 */

	return guess + (n >= tens[guess]);
}

uint8_t *value_integer(uint8_t *to, uint64_t n)
{
	uint8_t *end, *at;

	if (n < 10) {
		*to = (uint8_t)('0' + n);
		return to + 1;
	}
	end = at = to + digits_of(n);
	for (; n >= 10; n /= 100)
		memcpy(at -= 2, pairs + n % 100 * 2, 2);
	if (n)
		*to = (uint8_t)('0' + n);
	return end;
}

/* The whole numbers that stand for one double, scaled, and the one next below it. */
struct limits {
	uint64_t low, high, own;
	int      places;        /* digits behind the point */
	int      next;          /* the digit behind `own`, and whether only zeros follow */
	int      is_exact;
};

/* Fills `s`; 0 when the double is too large, or too close to zero. */
static int find_ends(double n, struct limits *s)
{
	uint64_t bits, m;
	int e, shift, is_odd;
	wide unit, own, below;

	memcpy(&bits, &n, sizeof bits);
	m = (bits & ((1ull << FRACTION) - 1)) | 1ull << FRACTION;
	e = (int)(bits >> FRACTION) - BIAS;
	if (e < LEAST || e >= 0)
		return 0;
	is_odd = m & 1;         /* then what is exactly at an end is read as the neighbour */
	s->places = 16 - ((e + FRACTION) * 1233 >> 12);
	shift = 2 - e - s->places;
	unit = fives[s->places];                /* a quarter of the way to the neighbours */
	own = 4 * m * unit;
	below = ((wide)1 << shift) - 1;
	s->low = (uint64_t)((own - (m == 1ull << FRACTION ? 1 : 2) * unit + below + is_odd) >> shift);
	s->high = (uint64_t)((own + 2 * unit - is_odd) >> shift);
	s->own = (uint64_t)(own >> shift);
	s->next = (int)((own & below) * 10 >> shift);
	s->is_exact = !((own & below) * 10 & below);
	return 1;
}

/* The number between the ends that has the fewest digits, and of these is next to the double. */
static uint64_t shorten(struct limits *s)
{
	uint64_t low, high;

	while (high = s->high / 10, low = (s->low + 9) / 10, low <= high) {
		s->is_exact &= s->next == 0;
		s->next = (int)(s->own % 10);
		s->own /= 10;
		s->low = low;
		s->high = high;
		s->places--;
	}
	if (s->next > 5 || (s->next == 5 && (!s->is_exact || s->own % 2)))
		s->own++;
	return s->own < s->low ? s->low : s->own > s->high ? s->high : s->own;
}

/* Digits of which `places` are behind the point. */
static uint8_t *write_fraction(uint8_t *to, uint64_t digits, int places)
{
	int size = digits_of(digits), whole = size - places;
	uint8_t text[20];

	value_integer(text, digits);
	if (whole > 0) {
		memcpy(to, text, (size_t)whole);
		to[whole] = '.';
		memcpy(to + whole + 1, text + whole, (size_t)places);
		return to + size + 1;
	}
	if (whole > -4) {
		memcpy(to, "0.000", 5);
		memcpy(to + 2 - whole, text, (size_t)size);
		return to + 2 - whole + size;
	}
	*to++ = text[0];
	if (size > 1)
		*to++ = '.';
	memcpy(to, text + 1, (size_t)size - 1);
	to += size - 1;
	memcpy(to, "e-", 2);
	memcpy(to + 2, pairs + (1 - whole) * 2, 2);
	return to + 4;
}

/* What lies beyond 2^53 or next to zero: rare, so by trial. */
static uint8_t *write_any(uint8_t *to, double n)
{
	int size = 0;

	for (int digits = 15; digits <= 17; digits++) {
		size = snprintf((char *)to, VALUE_ROOM, "%.*g", digits, n);
		if (strtod((char *)to, NULL) == n)
			break;
	}
	return to + size;
}

uint8_t *value_number(uint8_t *to, double n)
{
	struct limits s;
	uint64_t digits;

	if (n < 0) {
		*to++ = '-';
		n = -n;
	}
	if (n < 9007199254740992.0 && n == (double)(uint64_t)n)
		return value_integer(to, (uint64_t)n);
	if (!find_ends(n, &s))
		return write_any(to, n);
	digits = shorten(&s);
	return write_fraction(to, digits, s.places);
}
