/* html.c - pages of HTML: opened, asked for attributes and texts, closed. */
#include <stdlib.h>
#include <string.h>
#include "html.h"

/* Behind a page's bytes stand the names of elements that pages need not spell: html_tree.c. */
static const char implied[] = "html head body tbody tr";

int html_room(void **array, uint32_t *room, uint32_t count, size_t each)
{
	uint32_t more = *room ? *room * 2 : 64;
	void *bigger;

	if (count < *room)
		return 0;
	bigger = realloc(*array, more * each);
	if (!bigger)
		return fail("out of memory");
	*array = bigger;
	*room = more;
	return 0;
}

static int begin(struct weir_html *h, const void *bytes, uint32_t size)
{
	h->truncated = size > PAGE_MOST;
	h->size = h->truncated ? PAGE_MOST : size;
	h->bytes = malloc(h->size + sizeof implied);
	if (!h->bytes || html_room((void **)&h->nodes, &h->room, 0, sizeof *h->nodes) < 0)
		return fail("out of memory");
	if (h->size)
		memcpy(h->bytes, bytes, h->size);
	memcpy(h->bytes + h->size, implied, sizeof implied);
	h->nodes[0] = (struct weir_html_node){ .prev = NONE };
	h->count = h->depth = h->opened[TAG_OTHER] = 1;
	h->stack[0] = (struct open){ .last = NONE };
	h->head = h->body = NONE;
	return 0;
}

struct weir_html *weir_html_new(const void *bytes, uint32_t size)
{
	struct weir_html *h = calloc(1, sizeof *h);

	if (!h) {
		fail("out of memory");
		return NULL;
	}
	if (begin(h, bytes, size) == 0 && html_read(h) == 0)
		return h;
	weir_html_free(h);
	return NULL;
}

void weir_html_free(struct weir_html *h)
{
	if (!h)
		return;
	free(h->bytes);
	free(h->nodes);
	free(h->attrs);
	free(h->found);
	free(h->marks);
	free(h->words);
	free(h);
}

const struct weir_html_node *weir_html_nodes(const struct weir_html *h, uint32_t *count)
{
	*count = h->count;
	return h->nodes;
}

const char *weir_html_bytes(const struct weir_html *h)
{
	return h->bytes;
}

int weir_html_truncated(const struct weir_html *h)
{
	return h->truncated;
}

const struct attribute *html_attribute(const struct weir_html *h, uint32_t node, struct word name)
{
	const struct weir_html_node *n = &h->nodes[node];

	for (uint32_t i = n->attr; i < n->attr + n->attrs; i++) {
		const struct attribute *a = &h->attrs[i];

		if (word_same((struct word){ h->bytes + a->name, a->name_size }, name))
			return a;
	}
	return NULL;
}

const char *weir_html_attribute(const struct weir_html *h, uint32_t node, const char *name,
	uint32_t *size)
{
	struct word which = { name, (uint32_t)strlen(name) };
	const struct attribute *a = node < h->count ? html_attribute(h, node, which) : NULL;

	*size = a ? a->value_size : 0;
	return a ? h->bytes + a->value : NULL;
}

/* ---- texts ------------------------------------------------------------------------------- */

/* What is being written, and what it waits for. */
struct reading {
	char    *to;
	uint32_t size;
	int      blank;                 /* one is due before the next word */
	uint32_t depth;                 /* of the lines that are open */
	uint32_t ends[DEEPEST];
};

/* Bytes of the blank character at `at`: of ASCII, or the one that does not break lines. */
static uint32_t blank_at(const char *at, uint32_t size)
{
	if (is_blank(*at))
		return 1;
	return size > 1 && at[0] == '\xc2' && at[1] == '\xa0' ? 2 : 0;
}

static void put_words(struct reading *r, const char *at, uint32_t size)
{
	for (uint32_t i = 0; i < size;) {
		uint32_t n = blank_at(at + i, size - i);

		if (n) {
			r->blank = 1;
			i += n;
			continue;
		}
		if (r->blank && r->size)
			r->to[r->size++] = ' ';
		r->blank = 0;
		r->to[r->size++] = at[i++];
	}
}

/* Ends the lines that ended before this node, and begins its own; what comes next. */
static uint32_t read_node(struct reading *r, const struct weir_html *h, uint32_t i, int is_raw)
{
	const struct weir_html_node *n = &h->nodes[i];
	uint32_t flags = tags[n->tag].flags;

	if (n->kind == WEIR_HTML_TEXT && is_raw) {
		memcpy(r->to + r->size, h->bytes + n->at, n->size);
		r->size += n->size;
	}
	if (is_raw)
		return i + 1;
	while (r->depth && i >= r->ends[r->depth - 1]) {
		r->depth--;
		r->blank = 1;
	}
	if (n->kind == WEIR_HTML_TEXT) {
		put_words(r, h->bytes + n->at, n->size);
		return i + 1;
	}
	if (flags & (TAG_BLOCK | TAG_LINE)) {
		r->blank = 1;
		if (r->depth < DEEPEST)
			r->ends[r->depth++] = n->end;
	}
	return flags & TAG_UNSEEN ? n->end : i + 1;
}

/* Bytes that the texts of a node need, with a blank for each. */
static size_t most_of(const struct weir_html *h, uint32_t from, uint32_t end)
{
	size_t most = 1;

	for (uint32_t i = from; i < end; i++)
		if (h->nodes[i].kind == WEIR_HTML_TEXT)
			most += h->nodes[i].size + 1;
	return most;
}

const char *weir_html_text(struct weir_html *h, uint32_t node, int is_raw, uint32_t *size)
{
	struct reading r = { 0 };
	uint32_t i, end;
	size_t most;

	*size = 0;
	if (node >= h->count)
		return "";
	end = h->nodes[node].end;
	i = h->nodes[node].kind == WEIR_HTML_TEXT ? node : node + 1;
	most = most_of(h, i, end);
	if (most > h->words_room) {
		char *bigger = realloc(h->words, most);

		if (!bigger) {
			fail("out of memory");
			return NULL;
		}
		h->words = bigger;
		h->words_room = (uint32_t)most;
	}
	r.to = h->words;
	while (i < end)
		i = read_node(&r, h, i, is_raw);
	*size = r.size;
	return h->words;
}
