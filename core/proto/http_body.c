/* http_body.c - what a body says: its codings taken off, its text in UTF-8. */
#include <stdlib.h>
#include <string.h>
#include "charset.h"
#include "coding.h"
#include "http.h"

enum {
	CODINGS_MOST = 4,               /* around each other */
	RATIO_FREE   = 64 << 10,        /* bytes that any body may become, */
	RATIO_MOST   = 256              /* and what a byte of it may, beyond these */
};

/* ---- codings ------------------------------------------------------------------------- */

struct body {
	const uint8_t *at;
	uint32_t size;
	uint8_t *own;                   /* to be freed; NULL while it is the message's */
	int left;                       /* so many codings more are taken off */
};

static uint32_t most_of(const struct http_message *m)
{
	uint64_t most = RATIO_FREE + RATIO_MOST * (uint64_t)m->kept_size;

	return most < PLAIN_MOST ? (uint32_t)most : PLAIN_MOST;
}

static struct weir_text complain(struct said *s, struct word coding, const char *error)
{
	return said_format(s, "%.*s: %s", (int)(coding.size < 64 ? coding.size : 64), coding.at,
		error);
}

/* Takes one coding off; whether another one may be below it. */
static int take_off(struct said *s, struct body *b, struct word coding, uint32_t most,
	struct http_content *c)
{
	struct plain p = { .most = most };

	if (!coding_take(coding, b->at, b->size, &p)) {
		c->error = complain(s, coding, "unknown");
		return 0;
	}
	if (p.error) {
		c->error = complain(s, coding, p.error);
		c->cut = 1;
	}
	if (p.error && p.size == 0) {           /* it is not what it says: it stays as it is */
		free(p.at);
		return 0;
	}
	free(b->own);
	b->own = p.at;
	b->at = p.at;
	b->size = p.size;
	return 1;
}

/* Takes the codings of a list off, the last one first; whether all of them are. */
static int take_all(struct said *s, const struct http_message *m, struct body *b, struct word list,
	struct http_content *c)
{
	while (list.size && b->size) {
		struct word coding = word_last(list);
		const char *comma = memrchr(list.at, ',', list.size);

		if (!coding_is_none(coding) && b->left-- == 0) {
			c->error = said_format(s, "more than %d codings", CODINGS_MOST);
			return 0;
		}
		if (!coding_is_none(coding) && !take_off(s, b, coding, most_of(m), c))
			return 0;
		list.size = comma ? (uint32_t)(comma - list.at) : 0;
	}
	return 1;
}

/* What the body is packed in on its way, without "chunked", which is off by now. */
static struct word transfer_of(const struct http_message *m)
{
	struct word list = message_word(m, m->known[KNOWN_TRANSFER]);
	const char *comma = list.size ? memrchr(list.at, ',', list.size) : NULL;

	if (word_is(word_last(list), "chunked"))
		list.size = comma ? (uint32_t)(comma - list.at) : 0;
	return word_trim(list);
}

static struct weir_text tell_codings(struct said *s, struct word inner, struct word outer)
{
	if (inner.size && outer.size)
		return said_format(s, "%.*s, %.*s", (int)inner.size, inner.at, (int)outer.size,
			outer.at);
	return inner.size ? said_text(s, inner.at, inner.size) : said_text(s, outer.at, outer.size);
}

static void decode(struct said *s, const struct http_message *m, struct body *b,
	struct http_content *c)
{
	struct word inner = message_word(m, m->known[KNOWN_CODING]), outer = transfer_of(m);

	if (m->is_plain) {
		if (inner.size && !coding_is_none(word_last(inner)))
			c->encoding = said_text(s, inner.at, inner.size);
		return;
	}
	if (take_all(s, m, b, outer, c))
		take_all(s, m, b, inner, c);
	if (b->own)
		c->encoding = tell_codings(s, inner, outer);
}

/* ---- text ---------------------------------------------------------------------------- */

static int contains(struct word s, const char *word)
{
	uint32_t size = (uint32_t)strlen(word);

	for (uint32_t i = 0; i + size <= s.size; i++)
		if (word_is((struct word){ s.at + i, size }, word))
			return 1;
	return 0;
}

static int is_text(struct word type)
{
	return contains(type, "text/") || contains(type, "json") || contains(type, "xml") ||
		contains(type, "javascript") || contains(type, "ecmascript") ||
		contains(type, "x-www-form-urlencoded");
}

/* The charset that a Content-Type names. */
static const char *charset_in_type(struct word type)
{
	for (uint32_t i = 0; i + 8 <= type.size; i++)
		if (word_is((struct word){ type.at + i, 8 }, "charset=")) {
			struct word value = { type.at + i + 8, type.size - i - 8 };

			return charset_of(word_before(value, ';'));
		}
	return NULL;
}

/* Which charset a text is in: as it is told, or as it looks; NULL: none that is known. */
static const char *charset_of_body(struct word type, const struct body *b, uint32_t *mark)
{
	const char *charset = charset_of_mark(b->at, b->size, mark);

	if (!charset)
		charset = charset_in_type(type);
	if (!charset && (contains(type, "html") || contains(type, "xml")))
		charset = charset_in(b->at, b->size);
	if (!charset && charset_is_utf8(b->at, b->size))
		charset = "UTF-8";
	return charset || contains(type, "json") ? charset : "CP1252";
}

/* Tells a text in UTF-8, and as it was when that is something else. */
static void tell_text(struct said *s, const struct body *b, struct word type,
	struct http_content *c)
{
	uint32_t mark, size, read = 0, room = PLAIN_MOST;
	const char *charset = charset_of_body(type, b, &mark);
	struct word text = { (const char *)b->at + mark, b->size - mark };
	const char *name = charset ? charset_name(charset) : "";
	char *to;

	c->charset = said_text(s, name, (uint32_t)strlen(name));
	if (!charset || (!mark && strcmp(charset, "UTF-8") == 0 &&
	    charset_is_utf8(b->at, b->size))) {
		c->body = said_text(s, b->at, b->size);
		return;
	}
	if (room > 4 * text.size + 4)
		room = 4 * text.size + 4;
	to = said_room(s, room);
	size = to ? charset_convert(charset, text, to, room, &read) : 0;
	if (!size) {                            /* it is not in that charset */
		c->charset = (struct weir_text){ 0, 0 };
		c->body = said_text(s, b->at, b->size);
		return;
	}
	c->body = said_fill(s, size);
	c->raw = said_text(s, b->at, b->size);
	c->cut |= read < text.size;
}

struct http_content content_of(struct said *s, const struct http_message *m)
{
	struct http_content c = { .cut = 0 };
	struct body b = { .at = m->kept, .size = m->kept_size, .left = CODINGS_MOST };
	struct word type = message_word(m, m->known[KNOWN_TYPE]);

	if (!b.size)
		return c;
	decode(s, m, &b, &c);
	c.size = b.size;
	if (is_text(type))
		tell_text(s, &b, type, &c);
	else
		c.body = said_text(s, b.at, b.size);
	c.cut |= b.size && !c.body.size;        /* there was no room for it */
	free(b.own);
	return c;
}
