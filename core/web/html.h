/*
 * html.h - what the files that read HTML share: a page is an array of nodes in the order of its
 * text, so that what is inside a node stands right behind it, up to its `end`.
 */
#pragma once

#include "../base.h"
#include "../proto/header.h"

enum {
	PAGE_MOST  = 16777216,          /* bytes of a page; what is behind them is not read */
	NODES_MOST = 1000000,
	ATTRS_MOST = 1000000,
	ATTRS_EACH = 200,               /* of one element */
	DEEPEST    = 256                /* elements inside each other; deeper ones lie side by side */
};

enum { NONE = UINT32_MAX };

/* What the parser has to know of an element. */
enum {
	TAG_VOID   = 1,         /* nothing is inside, and nothing ends it */
	TAG_RAW    = 2,         /* what is inside is text, whatever it looks like */
	TAG_TEXT   = 4,         /* the same, but with character references */
	TAG_BLOCK  = 8,         /* it ends a paragraph, and is a line of its own */
	TAG_HEAD   = 16,        /* it may be in a page's head */
	TAG_WALL   = 32,        /* what ends inside of it has begun inside of it */
	TAG_STYLE  = 64,        /* it may end behind an element that it does not hold */
	TAG_TABLE  = 128,       /* a part of a table */
	TAG_LINE   = 256,       /* text before and behind it does not join */
	TAG_UNSEEN = 512        /* its text is not for readers */
};

struct tag {
	const char *name;
	uint32_t    size;
	uint32_t    flags;
};

/* The known elements, by number; 0 is what is none of them. */
enum tag_number {
	TAG_OTHER,
#define TAG(name, flags) TAG_##name,
#include "html_tags.h"
#undef TAG
	TAG_COUNT
};

extern const struct tag tags[TAG_COUNT];

/* What a byte is among others: bits of these. */
enum { HTML_BLANK = 1, HTML_CLOSE = 2 /* "/" or ">" */, HTML_EQUALS = 4 };
extern const uint8_t html_class[256];

static inline int is_html(char c, int class)
{
	return html_class[(uint8_t)c] & class;
}

static inline int is_blank(char c)
{
	return is_html(c, HTML_BLANK);
}

/* The number of the element of that name, which is in lower case. */
uint32_t tag_number(struct word name);

struct attribute {
	uint32_t name, value;           /* where in the page's bytes */
	uint32_t value_size;
	uint32_t name_size;
};

/* An element that has not ended. */
struct open {
	uint32_t node;
	uint32_t last;                  /* the last element inside; NONE before the first */
	uint32_t count;                 /* of elements inside */
	uint16_t tag;
	uint16_t ended;                 /* its end came before that of what is inside */
};

/* What was asked for last: see html_match.c. */
struct mark {
	uint32_t here, above, before;
};

struct weir_html {
	char      *bytes;               /* of our own: references are replaced in place */
	uint32_t   size;
	uint32_t   count, room;         /* of nodes */
	struct weir_html_node *nodes;
	struct attribute *attrs;
	uint32_t   attrs_count, attrs_room;
	uint32_t  *found;
	struct mark *marks;
	char      *words;
	uint32_t   found_room, marks_room, words_room;
	uint8_t    truncated;
	/* while it is read: */
	uint32_t   head, body;          /* nodes; NONE before they begin */
	uint32_t   depth, beyond;       /* elements that are open; beyond DEEPEST */
	uint32_t   opened[TAG_COUNT];   /* of each kind */
	struct open stack[DEEPEST];
};

static inline struct word node_name(const struct weir_html *h, const struct weir_html_node *n)
{
	return (struct word){ h->bytes + n->at, n->size };
}

/* Whether an element's name, class … is this text, byte for byte. */
static inline int word_same(struct word a, struct word b)
{
	return a.size == b.size && __builtin_memcmp(a.at, b.at, a.size) == 0;
}

/* html_token.c: reads the whole page into nodes; 0, or WEIR_FAIL. */
int html_read(struct weir_html *h);

/* html_tree.c: what the parts of a page do to the tree.  WEIR_FAIL, or 0; nodes may move. */
int tree_begin(struct weir_html *h, struct word name, uint32_t attr, uint32_t attrs, int closed);
int tree_end(struct weir_html *h, struct word name);
int tree_text(struct weir_html *h, uint32_t at, uint32_t size);
int tree_finish(struct weir_html *h);
int tree_is_foreign(const struct weir_html *h);         /* inside of SVG or MathML */

/* entity.c: replaces character references in place; returns the new size. */
uint32_t entity_decode(char *text, uint32_t size, int is_attribute);

/* An element's attribute of that name, which is in lower case; NULL when it has none. */
const struct attribute *html_attribute(const struct weir_html *h, uint32_t node, struct word name);

/* Makes room for one more of an array's things; WEIR_FAIL when there is none. */
int html_room(void **array, uint32_t *room, uint32_t count, size_t each);
