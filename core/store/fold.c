/*
 * fold.c - headers as databases have them: an object of JSON, in which those of one name are one
 * value with ", " between; or an array of [name, value].
 *
 * Texts lose their escapes in place, which makes them shorter.  What is no text counts as it is
 * written.  Python writes bytes that are no UTF-8 as halves of surrogates: they become such bytes.
 */
#include <stdlib.h>
#include <string.h>
#include "fold.h"

enum { DEEP_MOST = 1000 };      /* brackets inside each other in what is passed over */

/* ---- JSON ---------------------------------------------------------------------------- */

static int break_off(struct fold *f)
{
	f->is_broken = 1;
	f->at = f->end;
	return 0;
}

static void pass_blanks(struct fold *f)
{
	while (f->at < f->end && (*f->at == ' ' || *f->at == '\t' || *f->at == '\n' || *f->at == '\r'))
		f->at++;
}

/* Passes over a mark if it comes next. */
static int has(struct fold *f, char mark)
{
	pass_blanks(f);
	if (f->at == f->end || *f->at != mark)
		return 0;
	f->at++;
	return 1;
}

/* Four digits of hex; -1: they are none. */
static int32_t hex4(const char *at, const char *end)
{
	int32_t number = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = at[i] | 32;
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	}
	return to;
}

/* The character of \uHHHH, of which f->at is behind the u. */
static char *put_escaped(struct fold *f, char *to)
{
	int32_t c = hex4(f->at, f->end), low;

	if (c < 0) {
		break_off(f);
		return to;
	}
	f->at += 4;
	if (c >= 0xdc80 && c <= 0xdcff) {
		*to = (char)(c - 0xdc00);
		return to + 1;
	}
	if (c < 0xd800 || c > 0xdfff)
		return put_utf8(to, (uint32_t)c);
	low = f->end - f->at >= 6 && f->at[0] == '\\' && f->at[1] == 'u' ?
		hex4(f->at + 2, f->end) : -1;
	if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return put_utf8(to, 0xfffd);
	f->at += 6;
	return put_utf8(to, 0x10000 + ((uint32_t)(c - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
}

/* The text that begins behind a quote. */
static int take_text(struct fold *f, struct word *text)
{
	static const char marks[] = "\"\\/bfnrt", mean[] = "\"\\/\b\f\n\r\t";
	char *to = f->at;

	text->at = to;
	while (f->at < f->end && *f->at != '"') {
		const char *mark;

		if (*f->at != '\\') {
			*to++ = *f->at++;
			continue;
		}
		f->at++;
		mark = f->at < f->end ? memchr(marks, *f->at, sizeof marks - 1) : NULL;
		if (mark) {
			*to++ = mean[mark - marks];
			f->at++;
		} else if (f->at < f->end && *f->at == 'u') {
			f->at++;
			to = put_escaped(f, to);
		} else {
			return break_off(f);
		}
	}
	if (f->is_broken || f->at == f->end)
		return break_off(f);
	f->at++;
	text->size = (uint32_t)(to - text->at);
	return 1;
}

/* What is no text, as it is written: up to what ends it, over what is inside brackets. */
static int take_other(struct fold *f, struct word *text)
{
	int deep = 0, is_quoted = 0;

	text->at = f->at;
	for (; f->at < f->end; f->at++) {
		char c = *f->at;

		if (is_quoted) {
			f->at += c == '\\' && f->at + 1 < f->end;
			is_quoted = c != '"';
		} else if (c == '"') {
			is_quoted = 1;
		} else if (c == '{' || c == '[') {
			deep++;
		} else if (deep && (c == '}' || c == ']')) {
			deep--;
		} else if (!deep && (c == ',' || c == '}' || c == ']')) {
			break;
		}
		if (deep > DEEP_MOST)
			return break_off(f);
	}
	text->size = (uint32_t)(f->at - text->at);
	*text = word_trim(*text);
	if (f->at == f->end || !text->size)
		return break_off(f);
	if (word_is(*text, "null"))
		text->size = 0;
	return 1;
}

static int take_value(struct fold *f, struct word *text)
{
	return has(f, '"') ? take_text(f, text) : take_other(f, text);
}

/* ---- headers ------------------------------------------------------------------------- */

void fold_open(struct fold *f, struct word json)
{
	json = word_trim(json);
	*f = (struct fold){ .is_over = !json.size };
	if (f->is_over)
		return;
	f->own = json.size <= FOLD_MOST ? malloc(json.size + 1) : NULL;
	if (!f->own) {
		f->is_broken = 1;
		return;
	}
	memcpy(f->own, json.at, json.size);
	f->at = f->own;
	f->end = f->own + json.size;
	f->is_object = (uint8_t)has(f, '{');
	if (!f->is_object && !has(f, '['))
		break_off(f);
}

void fold_close(struct fold *f)
{
	free(f->own);
}

/* All has been read: what is behind it does not count. */
static int end(struct fold *f)
{
	f->at = f->end;
	f->is_over = 1;
	return 0;
}

/* The next value of an object, under f->name. */
static int next_of_object(struct fold *f, struct word *value)
{
	while (!f->in_list || has(f, ']')) {
		f->in_list = 0;
		if (has(f, '}'))
			return end(f);
		has(f, ',');
		if (!has(f, '"') || !take_text(f, &f->name) || !has(f, ':'))
			return break_off(f);
		if (!has(f, '['))
			return take_value(f, value);
		f->in_list = 1;
	}
	has(f, ',');
	return take_value(f, value);
}

/* The next pair of an array. */
static int next_of_array(struct fold *f, struct word *value)
{
	if (has(f, ']'))
		return end(f);
	has(f, ',');
	return (has(f, '[') && take_value(f, &f->name) && has(f, ',') && take_value(f, value) &&
		has(f, ']')) || break_off(f);
}

/* Whether values of that name have no ", " of their own: then where one is, several were sent. */
static int is_single(struct word name)
{
	static const char *const names[] = {
		"access-control-allow-credentials", "access-control-allow-origin",
		"access-control-max-age", "age", "content-length", "content-location", "host",
		"location", "max-forwards", "origin", "referer", "strict-transport-security",
		"upgrade-insecure-requests", "x-content-type-options", "x-frame-options",
		"x-xss-protection"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (word_is(name, names[i]))
			return 1;
	return 0;
}

/* Leaves the first of several values, and notes the others. */
static void part(struct fold *f, struct word *value)
{
	const char *comma = value->size && f->is_object && is_single(f->name) ?
		memmem(value->at, value->size, ", ", 2) : NULL;

	f->rest = (struct word){ 0 };
	if (!comma)
		return;
	f->rest = (struct word){ comma + 2, (uint32_t)(value->at + value->size - comma - 2) };
	value->size = (uint32_t)(comma - value->at);
}

int fold_next(struct fold *f, struct word *name, struct word *value)
{
	if (f->rest.size) {
		*value = f->rest;
	} else {
		if (f->is_over || f->is_broken)
			return 0;
		if (!(f->is_object ? next_of_object(f, value) : next_of_array(f, value)))
			return 0;
	}
	*name = f->name;
	part(f, value);
	return 1;
}
