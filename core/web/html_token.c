/*
 * html_token.c - where the tags, comments and texts of a page begin and end.  Each byte is looked
 * at a constant number of times, whatever a page says.
 */
#include <string.h>
#include "html.h"

/* What is left of a page. */
struct reader {
	struct weir_html *page;
	uint32_t at;
};

const uint8_t html_class[256] = {
	[' '] = HTML_BLANK, ['\n'] = HTML_BLANK, ['\t'] = HTML_BLANK, ['\r'] = HTML_BLANK,
	['\f'] = HTML_BLANK, ['/'] = HTML_CLOSE, ['>'] = HTML_CLOSE, ['='] = HTML_EQUALS
};

static int is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void lower(char *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] += 'a' - 'A';
}

/* Where this byte comes next, at `from` or behind it; the page's end when it does not. */
static uint32_t find(const struct weir_html *h, uint32_t from, char c)
{
	const char *found = from < h->size ? memchr(h->bytes + from, c, h->size - from) : NULL;

	return found ? (uint32_t)(found - h->bytes) : h->size;
}

static int text(struct weir_html *h, uint32_t from, uint32_t to, int references)
{
	uint32_t size = to - from;

	if (size && references)
		size = entity_decode(h->bytes + from, size, 0);
	return size ? tree_text(h, from, size) : 0;
}

/* ---- attributes -------------------------------------------------------------------------- */

static uint32_t skip_blanks(const struct weir_html *h, uint32_t at)
{
	while (at < h->size && (is_blank(h->bytes[at]) || h->bytes[at] == '/'))
		at++;
	return at;
}

/* The value behind "="; leaves the reader behind it. */
static struct word read_value(struct reader *r)
{
	struct weir_html *h = r->page;
	uint32_t from, end;

	while (r->at < h->size && is_blank(h->bytes[r->at]))
		r->at++;
	from = end = r->at;
	if (r->at < h->size && (h->bytes[r->at] == '"' || h->bytes[r->at] == '\'')) {
		from++;
		end = find(h, from, h->bytes[r->at]);
		r->at = end < h->size ? end + 1 : end;
	} else {
		while (end < h->size && !is_blank(h->bytes[end]) && h->bytes[end] != '>')
			end++;
		r->at = end;
	}
	return (struct word){ h->bytes + from, entity_decode(h->bytes + from, end - from, 1) };
}

static int keep_attribute(struct weir_html *h, struct word name, struct word value)
{
	if (html_room((void **)&h->attrs, &h->attrs_room, h->attrs_count, sizeof *h->attrs) < 0)
		return WEIR_FAIL;
	h->attrs[h->attrs_count++] = (struct attribute){
		(uint32_t)(name.at - h->bytes), (uint32_t)(value.at - h->bytes), value.size, name.size
	};
	return 0;
}

/* One attribute, or what stands in place of one; `*count`: those that were kept. */
static int read_attribute(struct reader *r, uint32_t *count)
{
	struct weir_html *h = r->page;
	uint32_t from = r->at, end = r->at + 1, next;   /* a name may begin with "=" */
	struct word name, value;

	while (end < h->size &&
	       !is_html(h->bytes[end], HTML_BLANK | HTML_CLOSE | HTML_EQUALS))
		end++;
	name = (struct word){ h->bytes + from, end - from };
	value = (struct word){ h->bytes + end, 0 };
	lower(h->bytes + from, name.size);
	for (next = end; next < h->size && is_blank(h->bytes[next]); next++)
		;
	r->at = next;
	if (next < h->size && h->bytes[next] == '=') {
		r->at++;
		value = read_value(r);
	}
	if (*count >= ATTRS_EACH || h->attrs_count >= ATTRS_MOST) {
		h->truncated = 1;
		return 0;
	}
	++*count;
	return keep_attribute(h, name, value);
}

/* ---- tags -------------------------------------------------------------------------------- */

/* What is inside of an element that has only text, up to its end tag. */
static int raw_text(struct reader *r, struct word name, uint32_t flags)
{
	struct weir_html *h = r->page;
	uint32_t from = r->at, end = from;

	for (;; end++) {
		end = find(h, end, '<');
		if (end >= h->size || h->size - end < name.size + 2)
			break;
		if (h->bytes[end + 1] != '/' ||
		    strncasecmp(h->bytes + end + 2, name.at, name.size) != 0)
			continue;
		if (h->size - end == name.size + 2 ||
		    is_html(h->bytes[end + 2 + name.size], HTML_BLANK | HTML_CLOSE))
			break;
	}
	if (end >= h->size || h->size - end < name.size + 2 || tag_number(name) == TAG_plaintext)
		end = h->size;
	r->at = end;
	return text(h, from, end, flags & TAG_TEXT);
}

/* A tag from behind its "<"; one that the page ends in is none. */
static int start_tag(struct reader *r)
{
	struct weir_html *h = r->page;
	uint32_t from = r->at, first = h->attrs_count, count = 0, flags;
	struct word name = { h->bytes + from, 0 };
	int closed;

	while (r->at < h->size && !is_html(h->bytes[r->at], HTML_BLANK | HTML_CLOSE))
		r->at++;
	name.size = r->at - from;
	lower(h->bytes + from, name.size);
	for (;;) {
		r->at = skip_blanks(h, r->at);
		if (r->at >= h->size)
			return 0;
		if (h->bytes[r->at] == '>')
			break;
		if (read_attribute(r, &count) < 0)
			return WEIR_FAIL;
	}
	closed = h->bytes[r->at - 1] == '/';
	r->at++;
	flags = tree_is_foreign(h) ? 0 : tags[tag_number(name)].flags;
	if (tree_begin(h, name, first, count, closed) < 0)
		return WEIR_FAIL;
	return flags & (TAG_RAW | TAG_TEXT) ? raw_text(r, name, flags) : 0;
}

static int end_tag(struct reader *r)
{
	struct weir_html *h = r->page;
	uint32_t from = ++r->at, end;
	struct word name = { h->bytes + from, 0 };

	while (r->at < h->size && !is_html(h->bytes[r->at], HTML_BLANK | HTML_CLOSE))
		r->at++;
	name.size = r->at - from;
	lower(h->bytes + from, name.size);
	end = find(h, r->at, '>');
	r->at = end < h->size ? end + 1 : end;
	return tree_end(h, name);
}

/* ---- all the rest ------------------------------------------------------------------------ */

/* Behind the next of these bytes, from r->at on. */
static uint32_t behind(const struct reader *r, const char *what, uint32_t size)
{
	const struct weir_html *h = r->page;
	const char *found = memmem(h->bytes + r->at, h->size - r->at, what, size);

	return found ? (uint32_t)(found - h->bytes) + size : h->size;
}

static int starts(const struct reader *r, const char *what, uint32_t size)
{
	return r->page->size - r->at >= size && memcmp(r->page->bytes + r->at, what, size) == 0;
}

/* A comment, a declaration, or what is taken for one: from its "!" or "?" on. */
static int comment(struct reader *r)
{
	uint32_t from;

	if (starts(r, "![CDATA[", 8) && tree_is_foreign(r->page)) {
		from = r->at += 8;
		r->at = behind(r, "]]>", 3);
		return text(r->page, from, r->at - (r->at - from >= 3 ? 3 : 0), 0);
	}
	if (starts(r, "!--", 3)) {
		r->at += 3;
		if (starts(r, ">", 1) || starts(r, "->", 2))
			r->at = behind(r, ">", 1);
		else
			r->at = behind(r, "-->", 3);
	} else {
		r->at = behind(r, ">", 1);
	}
	return 0;
}

/* Whether "<" at `at` begins anything but text. */
static int is_markup(const struct weir_html *h, uint32_t at)
{
	char next = at + 1 < h->size ? h->bytes[at + 1] : 0;

	return is_letter(next) || next == '!' || next == '?' || (next == '/' && at + 2 < h->size);
}

static int markup(struct reader *r)
{
	const struct weir_html *h = r->page;
	char next = h->bytes[++r->at];

	if (is_letter(next))
		return start_tag(r);
	if (next == '/' && is_letter(h->bytes[r->at + 1]))
		return end_tag(r);
	return comment(r);
}

int html_read(struct weir_html *h)
{
	struct reader r = { h, 0 };

	if (starts(&r, "\xef\xbb\xbf", 3))              /* a byte order mark */
		r.at = 3;
	while (r.at < h->size) {
		uint32_t from = r.at, end = find(h, from, '<');

		while (end < h->size && !is_markup(h, end))
			end = find(h, end + 1, '<');
		r.at = end;
		if (text(h, from, end, 1) < 0 || (end < h->size && markup(&r) < 0))
			return WEIR_FAIL;
	}
	return tree_finish(h);
}
