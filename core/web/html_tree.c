/*
 * html_tree.c - how the parts of a page become a tree: what is implied, and what ends what.
 *
 * The rules are those of the HTML standard where pages rely on them, with two simplifications that
 * keep nodes in the order of the text and bound the work: no node is moved once it is there (what is
 * misplaced in a table stays in it; a link in a link ends the first), and nesting has a limit.
 */
#include <string.h>
#include "html.h"

const struct tag tags[TAG_COUNT] = {
	{ "", 0, 0 },
#define TAG(name, flags) { #name, sizeof #name - 1, flags },
#include "html_tags.h"
#undef TAG
};

uint32_t tag_number(struct word name)
{
	uint32_t low = 1, high = TAG_COUNT;

	if (name.size > 10)
		return TAG_OTHER;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		uint32_t size = tags[middle].size;
		int order = name.size ? name.at[0] - tags[middle].name[0] : -1;

		if (order == 0)                 /* most are told apart by their first letter */
			order = memcmp(name.at, tags[middle].name, size < name.size ? size : name.size);

		if (order == 0 && size == name.size)
			return middle;
		if (order < 0 || (order == 0 && name.size < size))
			high = middle;
		else
			low = middle + 1;
	}
	return TAG_OTHER;
}

static struct open *top(struct weir_html *h)
{
	return &h->stack[h->depth - 1];
}

int tree_is_foreign(const struct weir_html *h)
{
	return h->opened[TAG_svg] || h->opened[TAG_math];
}

/* ---- nodes ------------------------------------------------------------------------------- */

static struct weir_html_node *add(struct weir_html *h)
{
	if (html_room((void **)&h->nodes, &h->room, h->count, sizeof *h->nodes) < 0)
		return NULL;
	return &h->nodes[h->count++];
}

/* Ends the element on top, and those below that wait for it. */
static void pop(struct weir_html *h)
{
	do {
		struct open *o = top(h);

		h->nodes[o->node].end = h->count;
		if (o->last != NONE)
			h->nodes[o->last].last = 1;
		h->opened[o->tag]--;
		h->depth--;
	} while (h->depth > 1 && top(h)->ended);
}

static void pop_to(struct weir_html *h, uint32_t depth)
{
	while (h->depth > depth)
		pop(h);
}

static int push(struct weir_html *h, uint32_t node, uint32_t tag)
{
	if (h->depth == DEEPEST) {
		h->beyond++;
		h->truncated = 1;
		return 0;
	}
	h->stack[h->depth++] = (struct open){ node, NONE, 0, (uint16_t)tag, 0 };
	h->opened[tag]++;
	return 1;
}

/* An element at the end of the one on top; NONE when there is no memory. */
static uint32_t insert(struct weir_html *h, struct word name, uint32_t attr, uint32_t attrs)
{
	uint32_t node = h->count;
	struct weir_html_node *n = add(h);
	struct open *o = top(h);

	if (!n)
		return NONE;
	*n = (struct weir_html_node){
		.parent = o->node, .end = node + 1, .prev = o->last, .place = ++o->count,
		.at = (uint32_t)(name.at - h->bytes), .size = name.size,
		.attr = attr, .attrs = (uint8_t)attrs, .kind = WEIR_HTML_ELEMENT,
		.tag = (uint8_t)tag_number(name)
	};
	o->last = node;
	return node;
}

/* An element that the page does not spell; its name stands behind the page's bytes. */
static int imply(struct weir_html *h, uint32_t tag)
{
	static const char names[] = "html head body tbody tr";
	struct word name = { h->bytes + h->size, (uint32_t)strlen(tags[tag].name) };
	uint32_t node;

	name.at += strstr(names, tags[tag].name) - names;
	node = insert(h, name, 0, 0);
	if (node == NONE)
		return WEIR_FAIL;
	if (tag == TAG_head)
		h->head = node;
	if (tag == TAG_body)
		h->body = node;
	push(h, node, tag);
	return 0;
}

/* ---- html, head and body ----------------------------------------------------------------- */

static int need_html(struct weir_html *h)
{
	return h->depth > 1 ? 0 : imply(h, TAG_html);
}

static int need_head(struct weir_html *h)
{
	if (need_html(h) < 0)
		return WEIR_FAIL;
	return h->head != NONE || h->body != NONE ? 0 : imply(h, TAG_head);
}

static int need_body(struct weir_html *h)
{
	if (h->body != NONE)
		return 0;
	if (need_head(h) < 0)
		return WEIR_FAIL;
	pop_to(h, 2);
	return imply(h, TAG_body);
}

/* html, head and body are there once, and have what is said of them first. */
static int begin_frame(struct weir_html *h, uint32_t tag, uint32_t attr, uint32_t attrs)
{
	struct weir_html_node *n;
	int status = tag == TAG_html ? need_html(h) : tag == TAG_head ? need_head(h) : need_body(h);
	uint32_t node = tag == TAG_html ? 1 : tag == TAG_head ? h->head : h->body;

	if (status < 0 || node == NONE)
		return status;
	n = &h->nodes[node];
	if (n->attrs == 0) {
		n->attr = attr;
		n->attrs = (uint8_t)attrs;
	}
	return 0;
}

/* Where an element begins that is none of the three. */
static int place(struct weir_html *h, uint32_t flags)
{
	int in_head = h->body == NONE && (flags & TAG_HEAD);
	int in_part = h->body == NONE && h->head != NONE && h->depth > 3;       /* of the head */

	if (in_part)
		return 0;
	return in_head ? need_head(h) : need_body(h);
}

/* ---- what begins ------------------------------------------------------------------------- */

/* The open element of a kind that is nearest, without looking beyond a wall; 0 when none is. */
static uint32_t nearest(const struct weir_html *h, uint32_t tag, uint32_t other)
{
	if (!h->opened[tag] && !h->opened[other])
		return 0;
	for (uint32_t i = h->depth; i-- > 2;) {
		if (h->stack[i].tag == tag || h->stack[i].tag == other)
			return i;
		if (tags[h->stack[i].tag].flags & TAG_WALL)
			return 0;
	}
	return 0;
}

/* Ends the item before, in a list that is not inside of that item. */
static void end_item(struct weir_html *h, uint32_t tag, uint32_t other)
{
	if (!h->opened[tag] && !h->opened[other])
		return;
	for (uint32_t i = h->depth; i-- > 2;) {
		uint32_t t = h->stack[i].tag;

		if (t == tag || t == other) {
			pop_to(h, i);
			return;
		}
		if (tags[t].flags & (TAG_BLOCK | TAG_WALL) && t != TAG_p && t != TAG_div &&
		    t != TAG_address)
			return;
	}
}

/* Ends what a part of a table cannot be in, and begins what it has to be in. */
static int in_table(struct weir_html *h, uint32_t tag)
{
	uint32_t at = h->depth, t;

	if (!h->opened[TAG_table])
		return 0;
	while (h->stack[--at].tag != TAG_table)
		;
	if (tag == TAG_col && at + 1 < h->depth && h->stack[at + 1].tag == TAG_colgroup)
		return pop_to(h, at + 2), 0;
	if (tag != TAG_tr && tag != TAG_td && tag != TAG_th)
		return pop_to(h, at + 1), 0;
	t = at + 1 < h->depth ? h->stack[at + 1].tag : TAG_OTHER;
	if (t == TAG_tbody || t == TAG_thead || t == TAG_tfoot) {
		at++;
		pop_to(h, tag != TAG_tr && at + 1 < h->depth && h->stack[at + 1].tag == TAG_tr ?
			at + 2 : at + 1);
	} else {
		pop_to(h, at + 1);
		if (imply(h, TAG_tbody) < 0)
			return WEIR_FAIL;
	}
	return tag == TAG_tr || top(h)->tag == TAG_tr ? 0 : imply(h, TAG_tr);
}

static void end_at(struct weir_html *h, uint32_t depth)
{
	if (depth)
		pop_to(h, depth);
}

/* Ends what ends where this begins. */
static int make_way(struct weir_html *h, uint32_t tag)
{
	uint32_t flags = tags[tag].flags;

	if (tag == TAG_li)
		end_item(h, TAG_li, TAG_li);
	else if (tag == TAG_dd || tag == TAG_dt)
		end_item(h, TAG_dd, TAG_dt);
	else if (tag == TAG_a || tag == TAG_button)
		end_at(h, nearest(h, tag, tag));
	else if (tag == TAG_option || tag == TAG_optgroup)
		end_at(h, nearest(h, TAG_option, tag));
	else if (tag == TAG_rt || tag == TAG_rp)
		end_at(h, top(h)->tag == TAG_rt || top(h)->tag == TAG_rp ? h->depth - 1 : 0);
	if (flags & TAG_BLOCK)
		end_at(h, nearest(h, TAG_p, TAG_p));
	if (tag >= TAG_h1 && tag <= TAG_h6 && top(h)->tag >= TAG_h1 && top(h)->tag <= TAG_h6)
		pop(h);
	return flags & TAG_TABLE ? in_table(h, tag) : 0;
}

int tree_begin(struct weir_html *h, struct word name, uint32_t attr, uint32_t attrs, int closed)
{
	uint32_t tag = tag_number(name), node;
	int foreign = tree_is_foreign(h);

	if (h->count >= NODES_MOST) {
		h->truncated = 1;
		return 0;
	}
	if (tag == TAG_html || tag == TAG_head || tag == TAG_body)
		return begin_frame(h, tag, attr, attrs);
	if (place(h, tags[tag].flags) < 0 || (!foreign && !h->beyond && make_way(h, tag) < 0))
		return WEIR_FAIL;
	node = insert(h, name, attr, attrs);
	if (node == NONE)
		return WEIR_FAIL;
	if (!(tags[tag].flags & TAG_VOID) && !(foreign && closed))
		push(h, node, tag);
	return 0;
}

/* ---- what ends --------------------------------------------------------------------------- */

/* Whether the end tag of `tag` reaches beyond this open element; 2: it waits for its end. */
static int passes(uint32_t tag, uint32_t open)
{
	uint32_t flags = tags[open].flags;

	if (tags[tag].flags & TAG_TABLE || tag == TAG_table)
		return open != TAG_table;
	if (flags & TAG_WALL)
		return 0;
	if (!(flags & TAG_BLOCK) || tags[tag].flags & TAG_BLOCK || tags[tag].flags & TAG_WALL)
		return 1;
	return tags[tag].flags & TAG_STYLE ? 2 : 0;
}

int tree_end(struct weir_html *h, struct word name)
{
	uint32_t tag = tag_number(name);
	int how, waits = 0;

	if (h->beyond) {
		h->beyond -= !(tags[tag].flags & TAG_VOID);
		return 0;
	}
	if (tag == TAG_html || tag == TAG_head || tag == TAG_body || !h->opened[tag])
		return 0;
	for (uint32_t i = h->depth; i-- > 2;) {
		struct open *o = &h->stack[i];

		if (o->tag == tag && !o->ended &&
		    (tag || word_same(node_name(h, &h->nodes[o->node]), name))) {
			o->ended = (uint16_t)waits;
			if (!waits)
				pop_to(h, i);
			return 0;
		}
		how = passes(tag, o->tag);
		if (!how)
			return 0;
		waits |= how == 2;
	}
	return 0;
}

/* ---- texts ------------------------------------------------------------------------------- */

static int is_blank_text(const char *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (!is_blank(at[i]))
			return 0;
	return 1;
}

int tree_text(struct weir_html *h, uint32_t at, uint32_t size)
{
	struct weir_html_node *n;

	if (h->count >= NODES_MOST) {
		h->truncated = 1;
		return 0;
	}
	if (h->body == NONE && h->depth <= 3) {         /* not in an element of the head */
		if (is_blank_text(h->bytes + at, size))
			return 0;
		if (need_body(h) < 0)
			return WEIR_FAIL;
	}
	n = add(h);
	if (!n)
		return WEIR_FAIL;
	*n = (struct weir_html_node){
		.parent = top(h)->node, .end = h->count, .prev = NONE, .at = at, .size = size,
		.kind = WEIR_HTML_TEXT
	};
	return 0;
}

int tree_finish(struct weir_html *h)
{
	if (need_body(h) < 0)
		return WEIR_FAIL;
	pop_to(h, 0);
	return 0;
}
