/*
 * forest.c - trees of decisions: what a model that was trained elsewhere says of rows of numbers.
 *
 * Nodes are laid out anew, level by level, with the right child behind the left one, so a step is
 * an addition without a branch; a leaf leads to itself.  Several rows go down a tree at once: none
 * waits for another's memory.
 */
#include <math.h>
#include <stdlib.h>
#include "../base.h"

enum {
	DEEPEST  = 1000,                /* levels of a tree */
	WIDEST   = 65535,               /* features */
	LANES    = 8,                   /* rows that go down a tree together */
	TILE     = 256,                 /* rows for which a tree is kept at hand */
	STRETCH  = 8                    /* levels between two looks whether all have arrived */
};

static const double ZERO = 1e-35f;      /* LightGBM: what is no further from 0 is 0 */

struct node {
	double   threshold;
	uint32_t child;                 /* the left one; of a leaf itself */
	uint16_t feature;
	uint8_t  absent_right;
	uint8_t  zero_absent;
};

struct tree {
	uint32_t root, depth, output;
};

struct weir_forest {
	struct node *nodes;
	uint32_t    *values_of;         /* of each node that is a leaf */
	double      *values;
	struct tree *trees;
	uint32_t     tree_count, features, outputs, as;
	int          has_zeros;
};

/* What is needed while a forest is made. */
struct work {
	const struct weir_forest_plan *plan;
	struct weir_forest *f;
	uint32_t *source;               /* of each node of ours, that of the plan */
	uint8_t  *is_seen;              /* of each node of the plan */
	uint32_t  used;                 /* nodes of ours */
};

/* ---- making ---------------------------------------------------------- */

static int wrong(uint32_t tree, uint32_t node, const char *what)
{
	return fail("tree %u, node %u: %s", tree, node, what);
}

/* The largest number that is less, for "x < t" to be "x <= it" for all x of single precision. */
static double below(double threshold)
{
	return nextafterf((float)threshold, -INFINITY);
}

static int check_leaf(const struct weir_forest_plan *p, const struct weir_forest_tree *t,
	const struct weir_forest_node *n, uint32_t *width)
{
	*width = t->output == p->outputs ? p->outputs : 1;
	if (n->right != -1 || n->value > p->value_count || *width > p->value_count - n->value)
		return 0;
	for (uint32_t i = 0; i < *width; i++)
		if (!isfinite(p->values[n->value + i]))
			return 0;
	return 1;
}

/* Puts a child at the end of ours. */
static int take(struct work *w, uint32_t tree, uint32_t from, int32_t child)
{
	const struct weir_forest_tree *t = &w->plan->trees[tree];

	if (child < 0 || (uint32_t)child >= t->count)
		return wrong(tree, from, "a child that is no node of the tree");
	if (w->is_seen[t->first + (uint32_t)child])
		return wrong(tree, (uint32_t)child, "more than one way leads to it");
	w->is_seen[t->first + (uint32_t)child] = 1;
	w->source[w->used++] = t->first + (uint32_t)child;
	return 0;
}

static int lay(struct work *w, uint32_t tree, uint32_t at)
{
	const struct weir_forest_plan *p = w->plan;
	const struct weir_forest_node *n = &p->nodes[w->source[at]];
	uint32_t width, own = w->source[at] - p->trees[tree].first;
	struct node *to = &w->f->nodes[at];

	*to = (struct node){ .threshold = INFINITY, .child = at };
	if (n->left == -1) {
		w->f->values_of[at] = n->value;
		return check_leaf(p, &p->trees[tree], n, &width) ? 0
			: wrong(tree, own, "a leaf without a value that is a finite number");
	}
	if (n->feature >= p->features)
		return wrong(tree, own, "it asks for a feature that the model has not");
	if (!isfinite(n->threshold) || (p->as == WEIR_FOREST_SINGLE && fabs(n->threshold) > 3e38))
		return wrong(tree, own, "a threshold that is no finite number");
	to->threshold = p->as == WEIR_FOREST_SINGLE ? below(n->threshold) : n->threshold;
	to->child = w->used;
	to->feature = (uint16_t)n->feature;
	to->absent_right = !(n->how & WEIR_FOREST_ABSENT_LEFT);
	to->zero_absent = !!(n->how & WEIR_FOREST_ZERO_ABSENT);
	w->f->has_zeros |= to->zero_absent;
	return take(w, tree, own, n->left) < 0 ? WEIR_FAIL : take(w, tree, own, n->right);
}

/* Lays out a tree level by level; all that is at a level lies together. */
static int grow(struct work *w, uint32_t tree)
{
	const struct weir_forest_tree *t = &w->plan->trees[tree];
	uint32_t at = w->used, behind;

	if (t->count == 0 || t->first > w->plan->node_count
		|| t->count > w->plan->node_count - t->first || t->output > w->plan->outputs)
		return fail("tree %u: it has no nodes, or no output", tree);
	w->f->trees[tree] = (struct tree){ .root = at, .output = t->output };
	if (take(w, tree, 0, 0) < 0)
		return WEIR_FAIL;
	for (uint32_t depth = 0; at < w->used; depth++) {
		if (depth > DEEPEST)
			return fail("tree %u: it has more than %d levels", tree, DEEPEST);
		w->f->trees[tree].depth = depth;
		for (behind = w->used; at < behind; at++)
			if (lay(w, tree, at) < 0)
				return WEIR_FAIL;
	}
	return 0;
}

void weir_forest_free(struct weir_forest *f)
{
	if (!f)
		return;
	free(f->nodes);
	free(f->values_of);
	free(f->values);
	free(f->trees);
	free(f);
}

static int fill(struct work *w)
{
	const struct weir_forest_plan *p = w->plan;
	struct weir_forest *f = w->f;

	f->nodes = calloc(p->node_count + 1, sizeof *f->nodes);
	f->values_of = calloc(p->node_count + 1, sizeof *f->values_of);
	f->values = calloc(p->value_count + 1, sizeof *f->values);
	f->trees = calloc(p->tree_count + 1, sizeof *f->trees);
	w->source = calloc(p->node_count + 1, sizeof *w->source);
	w->is_seen = calloc(p->node_count + 1, 1);
	if (!f->nodes || !f->values_of || !f->values || !f->trees || !w->source || !w->is_seen)
		return fail("out of memory");
	f->tree_count = p->tree_count;
	f->features = p->features;
	f->outputs = p->outputs;
	f->as = p->as;
	for (uint32_t i = 0; i < p->value_count; i++)
		f->values[i] = p->as == WEIR_FOREST_SINGLE ? (float)p->values[i] : p->values[i];
	for (uint32_t i = 0; i < p->tree_count; i++)
		if (grow(w, i) < 0)
			return WEIR_FAIL;
	return 0;
}

struct weir_forest *weir_forest_new(const struct weir_forest_plan *plan)
{
	struct work w = { .plan = plan };
	int status;

	if (plan->features == 0 || plan->features > WIDEST || plan->outputs == 0) {
		fail("a model has 1 to %d features, and something to say", WIDEST);
		return NULL;
	}
	w.f = calloc(1, sizeof *w.f);
	status = w.f ? fill(&w) : fail("out of memory");
	free(w.source);
	free(w.is_seen);
	if (status == 0)
		return w.f;
	weir_forest_free(w.f);
	return NULL;
}

/* ---- scoring --------------------------------------------------------- */

static inline __attribute__((always_inline)) uint32_t step(const struct node *nodes, uint32_t at,
	const double *row, int has_zeros)
{
	const struct node *n = &nodes[at];
	double x = row[n->feature];
	uint32_t is_absent = x != x;

	if (has_zeros)
		is_absent |= n->zero_absent & (x >= -ZERO) & (x <= ZERO);
	return n->child + (((x > n->threshold) & !is_absent) | (is_absent & n->absent_right));
}

/* Brings LANES rows down a tree: `at` is where each arrives. */
static inline __attribute__((always_inline)) void descend(const struct weir_forest *f,
	const struct tree *t, const double *rows, uint32_t *at, int has_zeros)
{
	const struct node *nodes = f->nodes;

	for (int lane = 0; lane < LANES; lane++)
		at[lane] = t->root;
	for (uint32_t left = t->depth, moving = 1; left && moving;) {
		uint32_t levels = left < STRETCH ? left : STRETCH;

		for (uint32_t i = 0; i < levels; i++)
			for (int lane = 0; lane < LANES; lane++)
				at[lane] = step(nodes, at[lane], rows + (size_t)lane * f->features,
					has_zeros);
		left -= levels;
		moving = 0;
		for (int lane = 0; left && lane < LANES; lane++)
			moving |= nodes[at[lane]].child ^ at[lane];
	}
}

static void add(const struct weir_forest *f, const struct tree *t, uint32_t leaf, double *sums)
{
	const double *value = f->values + f->values_of[leaf];

	if (t->output == f->outputs) {
		for (uint32_t k = 0; k < f->outputs; k++)
			sums[k] += value[k];
	} else if (f->as == WEIR_FOREST_SINGLE) {
		sums[t->output] = (float)sums[t->output] + (float)*value;
	} else {
		sums[t->output] += *value;
	}
}

/* Up to TILE rows, the last few of which, fewer than LANES, go down one by one. */
static inline __attribute__((always_inline)) void tile(const struct weir_forest *f,
	const double *rows, uint32_t count, double *sums, int has_zeros)
{
	uint32_t at[LANES];

	for (uint32_t i = 0; i < f->tree_count; i++) {
		const struct tree *t = &f->trees[i];

		for (uint32_t row = 0; row + LANES <= count; row += LANES) {
			descend(f, t, rows + (size_t)row * f->features, at, has_zeros);
			for (uint32_t lane = 0; lane < LANES; lane++)
				add(f, t, at[lane], sums + (size_t)(row + lane) * f->outputs);
		}
		for (uint32_t row = count - count % LANES; row < count; row++) {
			uint32_t leaf = t->root;

			for (uint32_t left = t->depth; left; left--)
				leaf = step(f->nodes, leaf, rows + (size_t)row * f->features, has_zeros);
			add(f, t, leaf, sums + (size_t)row * f->outputs);
		}
	}
}

static void tile_zeros(const struct weir_forest *f, const double *rows, uint32_t count,
	double *sums)
{
	tile(f, rows, count, sums, 1);
}

static void tile_plain(const struct weir_forest *f, const double *rows, uint32_t count,
	double *sums)
{
	tile(f, rows, count, sums, 0);
}

void weir_forest_score(const struct weir_forest *f, double *rows, uint32_t count, double *sums)
{
	for (size_t i = 0; f->as != WEIR_FOREST_DOUBLE && i < (size_t)count * f->features; i++)
		rows[i] = (float)rows[i];
	for (uint32_t row = 0; row < count; row += TILE) {
		uint32_t size = count - row < TILE ? count - row : TILE;
		double *from = rows + (size_t)row * f->features;
		double *to = sums + (size_t)row * f->outputs;

		if (f->has_zeros)
			tile_zeros(f, from, size, to);
		else
			tile_plain(f, from, size, to);
	}
}
