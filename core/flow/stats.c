/*
 * stats.c - the statistics of a flow, with NFStream's names and definitions.
 *
 * Only sums of whole numbers are kept; mean and deviation are made at the end,
 * so they do not depend on the order of additions.  Squares are summed in 128
 * bits: gaps of minutes in milliseconds, a hundred million times, need them.
 */
#include <math.h>
#include <string.h>
#include "flow.h"

enum { BOTH = 2 };

static const int64_t MS = 1000000;

void stats_begin(struct flows *f, uint32_t number)
{
	struct stats *s = &f->stats[number];

	memset(s, 0, sizeof *s);
	for (int i = 0; i < 2; i++)
		s->sizes[i].least = UINT32_MAX;
	for (int i = 0; i < 3; i++)
		s->gaps[i].least = UINT32_MAX;
	if (f->o.splt)
		memset(&f->splt[(size_t)number * (size_t)f->o.splt], 0xff, (size_t)f->o.splt * sizeof *f->splt);
}

static inline void add_gap(struct sums *s, uint32_t n)
{
	s->sum += n;
	s->squares += (uint64_t)n * n;
	s->least = n < s->least ? n : s->least;
	s->most = n > s->most ? n : s->most;
}

static inline void add_size(struct sizes *s, uint32_t n)
{
	s->sum += n;
	s->squares += (uint64_t)n * n;
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

static struct four describe(const struct sums *s, double n)
{
	struct four r = { 0 };
	long double mean, variance;

	if (n < 1)
		return r;
	mean = (long double)s->sum / n;
	r.least = s->least;
	r.most = s->most;
	r.mean = (double)mean;
	if (n < 2)
		return r;
	variance = ((long double)s->squares - mean * (long double)s->sum) / (n - 1);
	r.deviation = variance > 0 ? (double)sqrtl(variance) : 0;
	return r;
}

static struct sums widen(const struct sizes *s)
{
	return (struct sums){ s->squares, s->sum, s->least, s->most };
}

static struct four describe_sizes(const struct sizes *s, double n)
{
	struct sums sums = widen(s);

	return describe(&sums, n);
}

static struct four describe_all_sizes(const struct sizes s[2], double n)
{
	struct sums x = widen(&s[0]), y = widen(&s[1]);

	x.squares += y.squares;
	x.sum += y.sum;
	x.least = y.least < x.least ? y.least : x.least;
	x.most = y.most > x.most ? y.most : x.most;
	return describe(&x, n);
}

static void put_four(double *at, struct four four)
{
	memcpy(at, &four, sizeof four);
}

/* NFStream's order of flags, as bits of TCP's byte. */
static void put_flags(double *at, const uint32_t *x, const uint32_t *y)
{
	static const uint8_t bits[8] = { 1, 7, 6, 5, 4, 3, 2, 0 };      /* syn cwr ece urg ack psh rst fin */

	for (int i = 0; i < 8; i++)
		at[i] = (double)x[bits[i]] + (y ? (double)y[bits[i]] : 0);
}

static void put_core(double *at, double first, double last, double packets, double bytes)
{
	const double five[5] = { first, last, last - first, packets, bytes };

	memcpy(at, five, sizeof five);
}

void stats_finish(const struct flows *f, uint32_t number, struct weir_stats *out)
{
	const struct hot *h = &f->hot[number];
	const struct stats *s = &f->stats[number];
	int from = h->originator, to = !from;
	double n[2] = { (double)h->packets[from], (double)h->packets[to] };
	double start = (double)(h->first / MS), answer = n[1] > 0 ? start : 0;

	put_core(&out->bidirectional_first_seen_ms, start, (double)(h->last / MS),
		n[0] + n[1], (double)(h->bytes[0] + h->bytes[1]));
	put_core(&out->src2dst_first_seen_ms, start + s->first[from], start + s->last[from],
		n[0], (double)h->bytes[from]);
	put_core(&out->dst2src_first_seen_ms, answer + s->first[to], answer + s->last[to],
		n[1], (double)h->bytes[to]);
	put_four(&out->bidirectional_min_ps, describe_all_sizes(s->sizes, n[0] + n[1]));
	put_four(&out->src2dst_min_ps, describe_sizes(&s->sizes[from], n[0]));
	put_four(&out->dst2src_min_ps, describe_sizes(&s->sizes[to], n[1]));
	put_four(&out->bidirectional_min_piat_ms, describe(&s->gaps[BOTH], n[0] + n[1] - 1));
	put_four(&out->src2dst_min_piat_ms, describe(&s->gaps[from], n[0] - 1));
	put_four(&out->dst2src_min_piat_ms, describe(&s->gaps[to], n[1] - 1));
	put_flags(&out->bidirectional_syn_packets, s->flags[0], s->flags[1]);
	put_flags(&out->src2dst_syn_packets, s->flags[from], NULL);
	put_flags(&out->dst2src_syn_packets, s->flags[to], NULL);
}
