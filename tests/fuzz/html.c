/*
 * html.c - fuzzes pages and selectors.  The first byte is how long the selector is that follows;
 * behind it is the page.  What is promised of nodes and texts is checked.
 */
#include <stdlib.h>
#include <string.h>
#include "base.h"

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

/* Nodes lie inside each other, or side by side; what they name lies in the page's bytes. */
static void check(const struct weir_html *h, uint32_t size)
{
	uint32_t count;
	const struct weir_html_node *nodes = weir_html_nodes(h, &count);

	MUST(count > 0 && nodes[0].kind == WEIR_HTML_PAGE && nodes[0].end == count);
	for (uint32_t i = 1; i < count; i++) {
		const struct weir_html_node *n = &nodes[i];

		MUST(n->parent < i && n->end > i && n->end <= nodes[n->parent].end);
		MUST(n->at + n->size <= size + sizeof "html head body tbody tr");
		MUST(n->kind == WEIR_HTML_ELEMENT || (n->kind == WEIR_HTML_TEXT && n->end == i + 1));
		if (n->kind == WEIR_HTML_ELEMENT && n->prev != UINT32_MAX)
			MUST(nodes[n->prev].parent == n->parent && nodes[n->prev].end <= i);
	}
}

static void ask(struct weir_html *h, const char *text, uint32_t size)
{
	struct weir_selector *s = weir_selector_new(text, size);
	const uint32_t *found;
	uint32_t length, count;
	int n;

	if (!s)
		return;
	weir_html_nodes(h, &count);
	n = weir_html_find(h, 0, s, 100, &found);
	for (int i = 0; i < n; i++) {
		MUST(found[i] > 0 && found[i] < count && (i == 0 || found[i] > found[i - 1]));
		weir_html_text(h, found[i], i & 1, &length);
		weir_html_attribute(h, found[i], "href", &length);
	}
	if (n > 0)
		weir_html_find(h, found[n - 1], s, 1, &found);
	weir_selector_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint32_t selector, left, length;
	struct weir_html *h;

	if (size == 0)
		return 0;
	selector = bytes[0] % 64;
	left = (uint32_t)size - 1;
	selector = selector < left ? selector : left;
	h = weir_html_new(bytes + 1 + selector, left - selector);
	MUST(h);
	check(h, left - selector);
	weir_html_text(h, 0, 0, &length);
	ask(h, (const char *)bytes + 1, selector);
	ask(h, ":scope li:not(.a) ~ * > [href^=x i], > html b + i:last-child, td:nth-child(2n)", 78);
	weir_html_free(h);
	return 0;
}
