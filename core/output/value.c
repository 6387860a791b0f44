/* value.c - single values as text: times and strings; numbers are in number.c. */
#include <string.h>
#include "value.h"

static const char hex[] = "0123456789abcdef";

/* `n` in exactly `width` digits. */
static uint8_t *fixed(uint8_t *to, uint32_t n, int width)
{
	for (int i = width - 1; i >= 0; i--, n /= 10)
		to[i] = (uint8_t)('0' + n % 10);
	return to + width;
}

/* ---- time ---------------------------------------------------------------- */

/* Whole seconds, rounded down also before 1970, and the nanoseconds that remain. */
static int64_t split(int64_t ns, uint32_t *rest)
{
	int64_t seconds = ns / 1000000000;

	if (ns % 1000000000 < 0)
		seconds--;
	*rest = (uint32_t)(ns - seconds * 1000000000);
	return seconds;
}

/* The civil date of a day since 1970, in years that begin in March (so a leap day comes last). */
static void set_stamp(struct weir_output *o, int64_t second)
{
	uint8_t *at = (uint8_t *)o->stamp;
	int64_t days = second / 86400 - (second % 86400 < 0), day, era, year;
	uint32_t of_day = (uint32_t)(second - days * 86400), of_era, of_year, month;

	day = days + 719468;                    /* since 1 March of the year 0 */
	era = (day >= 0 ? day : day - 146096) / 146097;
	of_era = (uint32_t)(day - era * 146097);
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (uint32_t)(365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	year += era * 400 + (month >= 10);
	at = fixed(at, (uint32_t)year, 4);
	*at++ = '-';
	at = fixed(at, month < 10 ? month + 3 : month - 9, 2);
	*at++ = '-';
	at = fixed(at, of_year - (153 * month + 2) / 5 + 1, 2);
	*at++ = 'T';
	at = fixed(at, of_day / 3600, 2);
	*at++ = ':';
	at = fixed(at, of_day / 60 % 60, 2);
	*at++ = ':';
	fixed(at, of_day % 60, 2);
	o->second = second;
}

uint8_t *value_time(struct weir_output *o, uint8_t *to, int64_t ns)
{
	uint32_t rest;
	int64_t second = split(ns, &rest);

	if (second != o->second)
		set_stamp(o, second);
	memcpy(to, o->stamp, STAMP);
	to[STAMP] = '.';
	to += STAMP + 1;
	to = rest % 1000 ? fixed(to, rest, 9) : fixed(to, rest / 1000, 6);
	*to++ = 'Z';
	return to;
}

uint8_t *value_epoch(uint8_t *to, int64_t ns)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		*to++ = '-';
	to = value_integer(to, size / 1000000000);
	*to++ = '.';
	return fixed(to, (uint32_t)(size % 1000000000), 9);
}

/* ---- text ----------------------------------------------------------------- */

uint8_t *value_escaped(uint8_t *to, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t c = (uint8_t)text[i];

		if (likely(c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)) {
			*to++ = c;
		} else if (c == '"' || c == '\\') {
			*to++ = '\\';
			*to++ = c;
		} else {
			memcpy(to, "\\u00", 4);
			to[4] = (uint8_t)hex[c >> 4];
			to[5] = (uint8_t)hex[c & 15];
			to += 6;
		}
	}
	return to;
}

uint8_t *value_visible(uint8_t *to, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t c = (uint8_t)text[i];

		if (likely(c >= 0x20 && c != '\\' && c != 0x7f)) {
			*to++ = c;
			continue;
		}
		*to++ = '\\';
		if (c == '\\' || c == '\t' || c == '\n' || c == '\r') {
			*to++ = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
		} else {
			*to++ = 'x';
			*to++ = (uint8_t)hex[c >> 4];
			*to++ = (uint8_t)hex[c & 15];
		}
	}
	return to;
}

uint8_t *value_base64(uint8_t *to, const void *bytes, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *from = bytes;

	for (; size; from += 3, to += 4) {
		size_t n = size < 3 ? size : 3;
		uint32_t three = (uint32_t)from[0] << 16 | (n > 1 ? from[1] << 8 : 0) |
			(n > 2 ? from[2] : 0);

		to[0] = (uint8_t)digits[three >> 18];
		to[1] = (uint8_t)digits[three >> 12 & 63];
		to[2] = n > 1 ? (uint8_t)digits[three >> 6 & 63] : '=';
		to[3] = n > 2 ? (uint8_t)digits[three & 63] : '=';
		size -= n;
	}
	return to;
}

/* Bytes of the sequence that begins here; 0 when it is none, not the shortest, or a surrogate. */
static size_t sequence(const uint8_t *at, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 :
		at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
	uint32_t code;

	if (n < 2 || n > left)
		return n <= left ? n : 0;
	code = at[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		code = code << 6 | (at[i] & 63);
	}
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

int value_is_utf8(const char *text, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;

	for (size_t i = 0; i < size; ) {
		size_t n = sequence(at + i, size - i);

		if (n == 0)
			return 0;
		i += n;
	}
	return 1;
}
