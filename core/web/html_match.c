/*
 * html_match.c - finds the elements that a selector means, in one pass over the nodes in question.
 * Each step of the selector is a bit; an element knows which steps it, what it is in, and what
 * stands before it have reached.  So nothing is tried twice, whatever selector and page are.
 */
#include <string.h>
#include "selector.h"

/* One search. */
struct search {
	struct weir_html *page;
	const struct weir_selector *s;
	uint32_t root, most;
	uint32_t count;
};

static int same(const char *a, struct word b, int any_case)
{
	return (any_case ? strncasecmp(a, b.at, b.size) : memcmp(a, b.at, b.size)) == 0;
}

/* Whether one of the words of a text is this one. */
static int has_word(struct word text, struct word word, int any_case)
{
	uint32_t from, i = 0;

	while (i < text.size) {
		while (i < text.size && is_blank(text.at[i]))
			i++;
		from = i;
		while (i < text.size && !is_blank(text.at[i]))
			i++;
		if (i > from && i - from == word.size && same(text.at + from, word, any_case))
			return 1;
	}
	return 0;
}

static int contains(struct word text, struct word part, int any_case)
{
	if (!any_case)
		return memmem(text.at, text.size, part.at, part.size) != NULL;
	for (uint32_t i = 0; i + part.size <= text.size; i++)
		if (same(text.at + i, part, 1))
			return 1;
	return 0;
}

static int value_matches(const struct test *t, struct word v)
{
	struct word w = t->value;
	int any = t->any_case, fits = v.size >= w.size;

	switch (t->kind) {
	case TEST_HAS:
		return 1;
	case TEST_EQUALS:
		return v.size == w.size && same(v.at, w, any);
	case TEST_WORD:
		return has_word(v, w, any);
	case TEST_LANGUAGE:
		return fits && same(v.at, w, any) && (v.size == w.size || v.at[w.size] == '-');
	case TEST_BEGINS:
		return w.size && fits && same(v.at, w, any);
	case TEST_ENDS:
		return w.size && fits && same(v.at + v.size - w.size, w, any);
	default:
		return w.size && fits && contains(v, w, any);
	}
}

static int attribute_matches(const struct search *s, const struct test *t, uint32_t node)
{
	static const struct word id = { "id", 2 }, class = { "class", 5 };
	struct word name = t->kind == TEST_ID ? id : t->kind == TEST_CLASS ? class : t->name, value;
	const struct attribute *a = html_attribute(s->page, node, name);

	if (!a)
		return 0;
	value = (struct word){ s->page->bytes + a->value, a->value_size };
	if (t->kind == TEST_ID)
		return word_same(value, t->name);
	return t->kind == TEST_CLASS ? has_word(value, t->name, 0) : value_matches(t, value);
}

static int place_matches(const struct test *t, uint32_t place)
{
	int64_t over = (int64_t)place - t->first;

	if (t->every == 0)
		return over == 0;
	return over % t->every == 0 && over / t->every >= 0;
}

static int test_matches(const struct search *s, const struct test *t, uint32_t node)
{
	const struct weir_html_node *n = &s->page->nodes[node];

	switch (t->kind) {
	case TEST_NAME:
		return word_same(node_name(s->page, n), t->name);
	case TEST_NTH:
		return place_matches(t, n->place);
	case TEST_LAST:
		return n->last;
	case TEST_EMPTY:
		return n->end == node + 1;
	case TEST_ROOT:
		return n->parent == 0 && node != 0;
	case TEST_SCOPE:
		return node == s->root;
	default:
		return attribute_matches(s, t, node);
	}
}

static int step_matches(const struct search *s, const struct step *step, uint32_t node)
{
	for (uint32_t i = step->tests; i < (uint32_t)step->tests + step->tests_count; i++)
		if (test_matches(s, &s->s->tests[i], node) == s->s->tests[i].negated)
			return 0;
	return 1;
}

/* Whether the step before was reached where the relation says. */
static int is_reached(const struct mark *m, const struct mark *parent, uint32_t previous, char how,
	uint32_t step)
{
	uint32_t bit = step ? 1u << (step - 1) : 0;     /* the first has no relation */

	switch (how) {
	case ' ':
		return (m->above & bit) != 0;
	case '>':
		return (parent->here & bit) != 0;
	case '+':
		return (previous & bit) != 0;
	case '~':
		return (m->before & bit) != 0;
	default:
		return 1;
	}
}

static struct mark *mark_of(const struct search *s, uint32_t node)
{
	return &s->page->marks[node - s->root];
}

/* Marks one element; whether it is one that is looked for. */
static int visit(struct search *s, uint32_t node)
{
	static const struct mark nothing;
	const struct weir_html_node *n = &s->page->nodes[node];
	int is_root = node == s->root, found = 0;
	const struct mark *parent = is_root ? &nothing : mark_of(s, n->parent);
	const struct mark *previous = is_root || n->prev == NONE ? &nothing : mark_of(s, n->prev);
	struct mark *m = mark_of(s, node);

	m->here = 0;
	m->above = parent->here | parent->above;
	m->before = previous->here | previous->before;
	for (uint32_t i = 0; i < s->s->steps_count; i++) {
		const struct step *step = &s->s->steps[i];

		if (!is_reached(m, parent, previous->here, step->relation, i) ||
		    !step_matches(s, step, node))
			continue;
		m->here |= 1u << i;
		found |= step->is_last;
	}
	return found;
}

/* The root only counts for what says :scope. */
static void visit_root(struct search *s)
{
	struct mark *m = &s->page->marks[0];
	uint32_t reached = 0;

	visit(s, s->root);
	for (uint32_t i = 0; i < s->s->steps_count; i++) {
		const struct step *step = &s->s->steps[i];

		for (uint32_t k = 0; k < step->tests_count; k++)
			if (s->s->tests[step->tests + k].kind == TEST_SCOPE)
				reached |= m->here & 1u << i;
	}
	*m = (struct mark){ reached, 0, 0 };
}

int weir_html_find(struct weir_html *h, uint32_t root, const struct weir_selector *selector,
	uint32_t most, const uint32_t **found)
{
	struct search s = { h, selector, root, most, 0 };
	uint32_t end = root < h->count ? h->nodes[root].end : root;

	*found = h->found;
	if (end <= root)
		return 0;
	while (h->marks_room < end - root)
		if (html_room((void **)&h->marks, &h->marks_room, h->marks_room, sizeof *h->marks) < 0)
			return WEIR_FAIL;
	visit_root(&s);
	for (uint32_t i = root + 1; i < end && s.count < most; i++) {
		if (h->nodes[i].kind != WEIR_HTML_ELEMENT || !visit(&s, i))
			continue;
		if (html_room((void **)&h->found, &h->found_room, s.count, sizeof *h->found) < 0)
			return WEIR_FAIL;
		h->found[s.count++] = i;
	}
	*found = h->found;
	return (int)s.count;
}
