/* forest.c - fuzzes what a forest is made of, and lets one that is made say something. */
#include <math.h>
#include "feed.h"

enum { ROWS = 19, MOST = 8 };

/* The next byte; behind the last one 0. */
static uint8_t next(const uint8_t **at, const uint8_t *end)
{
	return *at < end ? *(*at)++ : 0;
}

static double number(uint8_t byte)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY, 1e300, 1e-36, -0.0, 3.4e38 };

	return byte < sizeof odd / sizeof *odd ? odd[byte] : (byte - 100) / 8.0;
}

/* What is said of rows at once, and of each alone, is the same. */
static void score(const struct weir_forest *f, const struct weir_forest_plan *p, uint8_t seed)
{
	double rows[ROWS * MOST], sums[ROWS * MOST] = { 0 }, alone[ROWS * MOST] = { 0 };

	for (uint32_t i = 0; i < ROWS * p->features; i++)
		rows[i] = number((uint8_t)(i * 37 + seed));
	weir_forest_score(f, rows, ROWS, sums);
	for (uint32_t i = 0; i < ROWS; i++)
		weir_forest_score(f, rows + i * p->features, 1, alone + i * p->outputs);
	if (memcmp(sums, alone, ROWS * p->outputs * sizeof *sums))
		abort();
	for (uint32_t as = 0; as < 6; as++)
		weir_link_apply(sums, ROWS, p->outputs, as, seed & 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes, *end = bytes + size;
	struct weir_forest_tree trees[MOST];
	struct weir_forest_node *nodes = calloc(size + 1, sizeof *nodes);
	double *values = calloc(size + 1, sizeof *values);
	struct weir_forest_plan p = { .trees = trees, .nodes = nodes, .values = values };
	struct weir_forest *f;
	uint8_t seed;

	p.as = next(&at, end) % 3;
	p.features = next(&at, end) % (MOST + 1);
	p.outputs = next(&at, end) % (MOST + 1);
	p.tree_count = next(&at, end) % (MOST + 1);
	seed = next(&at, end);
	for (uint32_t i = 0; i < p.tree_count; i++)
		trees[i] = (struct weir_forest_tree){ .first = next(&at, end), .count = next(&at, end),
			.output = next(&at, end) % 16 };
	for (; at < end; p.node_count++) {
		struct weir_forest_node *n = &nodes[p.node_count];

		n->left = (int8_t)next(&at, end);
		n->right = n->left == -1 ? -1 : (int8_t)next(&at, end);
		n->feature = next(&at, end) % 16;
		n->value = next(&at, end);
		n->how = n->value % 4;
		n->threshold = number(next(&at, end));
		values[p.value_count++] = number((uint8_t)n->value);
	}
	f = weir_forest_new(&p);
	if (f)
		score(f, &p, seed);
	weir_forest_free(f);
	free(nodes);
	free(values);
	return 0;
}
