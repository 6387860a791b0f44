/*
 * json.c - makes JSON of what pages and services send for it: without what guards it against being
 * a script, comments, commas before a bracket, and escapes that JSON has not.  It counts values and
 * nesting first, so that nothing is made of what is too much.
 */
#include <string.h>
#include "../base.h"

enum { GUARD_MOST = 256 };      /* bytes before the value: ")]}'", "while(1);", "callback(" */

struct tidy {
	const char *at, *end;
	char       *out, *last;         /* behind the last byte that is no blank */
	uint32_t    depth, values;
};

static int is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The number that `count` digits are, -1 when they are none. */
static int digits(const char *at, const char *end, int count)
{
	int value = 0;

	if (end - at < count)
		return -1;
	for (int i = 0; i < count; i++) {
		if (hex(at[i]) < 0)
			return -1;
		value = value * 16 + hex(at[i]);
	}
	return value;
}

static void put(struct tidy *t, const char *text, size_t size)
{
	memcpy(t->out, text, size);
	t->out += size;
}

/* "u0041" behind "\": half of a pair without its other half is no character. */
static void put_unicode(struct tidy *t)
{
	int code = digits(t->at + 1, t->end, 4), low = -1;

	if (code < 0) {
		put(t, "\\\\u", 3);
		t->at++;
		return;
	}
	if (code >= 0xd800 && code < 0xdc00 && t->end - t->at >= 11 && t->at[5] == '\\' &&
	    t->at[6] == 'u')
		low = digits(t->at + 7, t->end, 4);
	if (low >= 0xdc00 && low < 0xe000) {
		put(t, "\\", 1);
		put(t, t->at, 11);
		t->at += 11;
		return;
	}
	put(t, "\\", 1);
	put(t, code >= 0xd800 && code < 0xe000 ? "ufffd" : t->at, 5);
	t->at += 5;
}

/* What is behind a "\". */
static void put_escape(struct tidy *t)
{
	char c = t->at < t->end ? *t->at : 0;
	int code;

	if (c == 'u') {
		put_unicode(t);
		return;
	}
	if (c && strchr("\"\\/bfnrt", c)) {
		put(t, "\\", 1);
		put(t, t->at++, 1);
		return;
	}
	code = c == 'x' ? digits(t->at + 1, t->end, 2) : -1;
	if (code >= 0) {                                /* as JavaScript writes a byte */
		put(t, "\\u00", 4);
		put(t, t->at + 1, 2);
		t->at += 3;
	}                                               /* else: "\'" is "'" */
}

static int put_string(struct tidy *t)
{
	put(t, t->at++, 1);
	while (t->at < t->end && *t->at != '"') {
		if (*t->at == '\\') {
			t->at++;
			put_escape(t);
		} else if ((unsigned char)*t->at < 0x20) {
			char c = *t->at++;

			if (c == '\n' || c == '\t')
				put(t, c == '\n' ? "\\n" : "\\t", 2);
			else
				put(t, " ", 1);
		} else {
			put(t, t->at++, 1);
		}
	}
	if (t->at >= t->end)
		return fail("a text in it does not end");
	put(t, t->at++, 1);
	t->last = t->out;
	return 0;
}

/* Passes over blanks and comments. */
static void skip(struct tidy *t)
{
	for (;;) {
		const char *from = t->at, *end;

		while (t->at < t->end && is_blank(*t->at))
			t->at++;
		if (t->end - t->at >= 2 && t->at[0] == '/' && (t->at[1] == '/' || t->at[1] == '*')) {
			int is_line = t->at[1] == '/';
			size_t left = (size_t)(t->end - t->at - 2);

			end = is_line ? memchr(t->at + 2, '\n', left) : memmem(t->at + 2, left, "*/", 2);
			t->at = end ? end + (is_line ? 1 : 2) : t->end;
		}
		if (t->at == from)
			return;
		if (t->out == t->last)
			*t->out++ = ' ';                /* what it divides stays divided */
	}
}

/* Moves to where the value begins. */
static void unguard(struct tidy *t)
{
	const char *limit, *at;

	if (t->end - t->at >= 3 && memcmp(t->at, "\xef\xbb\xbf", 3) == 0)
		t->at += 3;
	skip(t);
	t->out = t->last;
	if (t->at >= t->end || strchr("{[\"-0123456789", *t->at) || (t->end - t->at >= 4 &&
	    (!memcmp(t->at, "true", 4) || !memcmp(t->at, "null", 4) || !memcmp(t->at, "fals", 4))))
		return;
	if (*t->at == '<' && (t->end - t->at < 4 || memcmp(t->at, "<!--", 4) != 0))
		return;                                 /* a page */
	limit = t->end - t->at > GUARD_MOST ? t->at + GUARD_MOST : t->end;
	for (at = t->at; at < limit; at++) {
		if (*at == '{' || *at == '[') {
			t->at = at;
			return;
		}
	}
}

static int put_token(struct tidy *t, const struct weir_json_limits *limits)
{
	char c = *t->at;

	if (c == '"')
		return put_string(t);
	if (c == '}' || c == ']') {
		if (t->last[-1] == ',')
			t->out = --t->last;
		t->depth--;
	}
	t->depth += c == '{' || c == '[';
	t->values += c == '{' || c == '[' || c == ',';
	if (t->depth > limits->depth)
		return fail("more than %u values are inside each other", limits->depth);
	if (t->values > limits->values)
		return fail("it has more than %u values", limits->values);
	put(t, t->at++, 1);
	t->last = t->out;
	return 0;
}

int weir_json_tidy(const char *text, uint32_t size, const struct weir_json_limits *limits, char *out)
{
	struct tidy t = { text, text + size, out + 1, out + 1, 0, 0 };

	*out = ' ';                                     /* there is always a byte before */
	unguard(&t);
	while (t.at < t.end) {
		int in_string = *t.at == '"', closes = *t.at == '}' || *t.at == ']';

		if (closes && t.depth == 0)
			break;
		if (put_token(&t, limits) < 0)
			return WEIR_FAIL;
		if (t.depth == 0 && (closes || in_string))
			return (int)(t.out - out);
		skip(&t);
	}
	if (t.depth)
		return fail("it ends early");
	return (int)(t.out - out);
}
