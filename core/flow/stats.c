/*
 * stats.c - the statistics of a flow, with NFStream's names and definitions.
 *
 * Only sums of whole numbers are kept; mean and deviation are made at the end,
 * so they do not depend on the order of additions.
 */
#include <math.h>
#include <string.h>
#include "flow.h"

enum { BOTH = 2 };

static const int64_t MS = 1000000;

void stats_begin(struct flows *f, uint32_t number)
{
	struct stats *s = &f->stats[number];

	clear(s, sizeof *s);
	for (int i = 0; i < 2; i++)
		s->sizes[i].least = UINT32_MAX;
	for (int i = 0; i < 3; i++)
		s->gaps[i].least = UINT32_MAX;
	if (f->o.splt)
		memset(&f->splt[(size_t)number * (size_t)f->o.splt], 0xff,
			(size_t)f->o.splt * sizeof *f->splt);
}

static inline void add_gap(struct gaps *g, uint32_t n)
{
	g->squares += (uint64_t)n * n;
	g->least = n < g->least ? n : g->least;
	g->most = n > g->most ? n : g->most;
}

static inline void add_size(struct sizes *s, uint32_t n)
{
	s->carry += __builtin_add_overflow(s->squares, (uint64_t)n * n, &s->squares);
	s->least = n < s->least ? n : s->least;
	s->most = n > s->most ? n : s->most;
}

/* Called before the packet is counted in the hot part. */
void stats_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	const struct hot *h = &f->hot[number];
	struct stats *s = &f->stats[number];
	int64_t now = f->now / MS;
	uint32_t age = (uint32_t)(now - h->first / MS), gap = (uint32_t)(now - h->last / MS);
	uint64_t before = h->packets[0] + h->packets[1];

	add_size(&s->sizes[direction], p->size);
	if (before)
		add_gap(&s->gaps[BOTH], gap);
	if (h->packets[direction])
		add_gap(&s->gaps[direction], age - s->last[direction]);
	else
		s->first[direction] = age;
	s->last[direction] = age;
	if (p->has & WEIR_HAS_TCP)
		for (int i = 0; i < 8; i++)
			s->flags[direction][i] += p->tcp_flags >> i & 1;
	if (before < (uint64_t)f->o.splt)
		f->splt[(size_t)number * (size_t)f->o.splt + before] = (struct weir_splt){
			direction != h->originator, (int32_t)p->size, (int32_t)gap
		};
}

/* Where a group of four begins in struct weir_stats: min, mean, stddev, max. */
struct four {
	double least, mean, deviation, most;
};

/* All that describe() needs, of one direction or of both. */
struct sums {
	unsigned __int128 squares;
	uint64_t sum, n;
	uint32_t least, most;
};

/* n times squares less the square of the sum: a whole number, exact also when it is huge. */
static double spread(const struct sums *s)
{
	unsigned __int128 n;

	if (likely(s->squares >> 40 == 0 && s->n >> 22 == 0))   /* then nothing exceeds 63 bits */
		return (double)(int64_t)(s->n * (uint64_t)s->squares - s->sum * s->sum);
	n = s->n * s->squares - (unsigned __int128)s->sum * s->sum;
	return (double)n;
}

/* Mean and sample deviation, with one division each, so that no digits are lost on the way. */
static struct four describe(struct sums s)
{
	struct four r = { 0 };
	double n = (double)(int64_t)s.n;

	if (s.n == 0)
		return r;
	r.least = s.least;
	r.most = s.most;
	r.mean = (double)(int64_t)s.sum / n;
	if (s.n > 1 && s.least != s.most)
		r.deviation = sqrt(spread(&s) / (n * (n - 1)));
	return r;
}

static struct sums of_sizes(const struct sizes *s, uint64_t bytes, uint64_t n)
{
	return (struct sums){
		(unsigned __int128)s->carry << 64 | s->squares, bytes, n, s->least, s->most
	};
}

static struct sums of_both(struct sums x, struct sums y)
{
	return (struct sums){
		x.squares + y.squares, x.sum + y.sum, x.n + y.n,
		x.least < y.least ? x.least : y.least, x.most > y.most ? x.most : y.most
	};
}

/* Of `n` packets in `span` milliseconds: one gap less than there are packets. */
static struct sums of_gaps(const struct gaps *g, uint64_t span, uint64_t n)
{
	return (struct sums){ g->squares, span, n ? n - 1 : 0, g->least, g->most };
}

static void put_four(double *at, struct four four)
{
	memcpy(at, &four, sizeof four);
}

/* NFStream's order of flags, as bits of TCP's byte: syn cwr ece urg ack psh rst fin. */
static void put_flags(double *at, const uint32_t *x, const uint32_t *y)
{
	static const uint8_t bits[8] = { 1, 7, 6, 5, 4, 3, 2, 0 };

	for (int i = 0; i < 8; i++)
		at[i] = (double)x[bits[i]] + (y ? (double)y[bits[i]] : 0);
}

static void put_core(double *at, double first, double last, double packets, double bytes)
{
	const double five[5] = { first, last, last - first, packets, bytes };

	memcpy(at, five, sizeof five);
}

/* One direction: where its three groups begin in `out`. */
static void finish_way(const struct hot *h, const struct stats *s, int way, double *at[3],
	struct sums sizes)
{
	double start = (double)(h->first / MS);

	put_core(at[0], start + s->first[way], start + s->last[way],
		(double)(int64_t)h->packets[way], (double)(int64_t)h->bytes[way]);
	put_four(at[1], describe(sizes));
	put_four(at[2], describe(of_gaps(&s->gaps[way],
		s->last[way] - s->first[way], h->packets[way])));
}

void stats_finish(const struct flows *f, uint32_t number, struct weir_stats *out)
{
	const struct hot *h = &f->hot[number];
	const struct stats *s = &f->stats[number];
	int from = h->originator, to = !from;
	struct sums sizes[2] = {
		of_sizes(&s->sizes[from], h->bytes[from], h->packets[from]),
		of_sizes(&s->sizes[to], h->bytes[to], h->packets[to])
	};
	struct sums all = of_both(sizes[0], sizes[1]);
	int64_t first = h->first / MS, last = h->last / MS;
	double *forth[3] = {
		&out->src2dst_first_seen_ms, &out->src2dst_min_ps, &out->src2dst_min_piat_ms
	};
	double *back[3] = {
		&out->dst2src_first_seen_ms, &out->dst2src_min_ps, &out->dst2src_min_piat_ms
	};

	clear(out, sizeof *out);                /* what did not happen is 0 */
	put_core(&out->bidirectional_first_seen_ms, (double)first, (double)last,
		(double)(int64_t)all.n, (double)(int64_t)all.sum);
	put_four(&out->bidirectional_min_ps, describe(all));
	put_four(&out->bidirectional_min_piat_ms,
		describe(of_gaps(&s->gaps[BOTH], (uint64_t)(last - first), all.n)));
	if (h->packets[from])
		finish_way(h, s, from, forth, sizes[0]);
	if (h->packets[to])
		finish_way(h, s, to, back, sizes[1]);
	if (h->flags[0] | h->flags[1]) {
		put_flags(&out->bidirectional_syn_packets, s->flags[0], s->flags[1]);
		put_flags(&out->src2dst_syn_packets, s->flags[from], NULL);
		put_flags(&out->dst2src_syn_packets, s->flags[to], NULL);
	}
}
