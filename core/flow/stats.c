/*
 * stats.c - the statistics of a flow, with NFStream's names and definitions.
 *
 * Only sums of whole numbers are kept; mean and deviation are made at the end,
 * so they do not depend on the order of additions.
 */
#include <math.h>
#include <string.h>
#include "flow_inside.h"

enum {
	BOTH = 2,
	FEW  = 0x7fff                   /* packets after which counts of flags move on, in time */
};

void stats_begin(struct flows *f, uint32_t number)
{
	struct stats *s = &f->stats[number];

	clear(s, sizeof *s);
	s->begun = (uint32_t)f->now_ms;
	for (int i = 0; i < 2; i++)
		s->size_least[i] = UINT32_MAX;
	for (int i = 0; i < 3; i++)
		s->gap_least[i] = UINT32_MAX;
	if (f->o.splt)
		memset(&f->splt[(size_t)number * (size_t)f->o.splt], 0xff,
			(size_t)f->o.splt * sizeof *f->splt);
}

/* Moves counts of flags to where there is room for more. */
static rare void spill_flags(struct flows *f, uint32_t number, int direction)
{
	uint16_t *few = f->stats[number].flags[direction];
	uint64_t *many = flow_extra(f, number)->flags[direction];

	for (int i = 0; i < 8; i++) {
		many[i] += few[i];
		few[i] = 0;
	}
}

static inline void add_flags(uint16_t counts[8], uint16_t flags)
{
	typedef uint16_t eight __attribute__((vector_size(16), may_alias));
	const eight bits = { 1, 2, 4, 8, 16, 32, 64, 128 };

	*(eight *)counts -= ((bits & flags) == bits);           /* true is -1 */
}

static inline void add_gap(struct stats *s, int which, uint32_t n)
{
	s->gap_squares[which] += (uint64_t)n * n;
	s->gap_least[which] = n < s->gap_least[which] ? n : s->gap_least[which];
	s->gap_most[which] = n > s->gap_most[which] ? n : s->gap_most[which];
}

static inline void add_size(struct flows *f, uint32_t number, int direction, uint32_t n)
{
	struct stats *s = &f->stats[number];

	if (unlikely(__builtin_add_overflow(s->size_squares[direction], (uint64_t)n * n,
			&s->size_squares[direction])))
		flow_extra(f, number)->carry[direction]++;
	s->size_least[direction] = n < s->size_least[direction] ? n : s->size_least[direction];
	s->size_most[direction] = n > s->size_most[direction] ? n : s->size_most[direction];
}

/* Called before the packet is counted in the hot part. */
void stats_add(struct flows *f, uint32_t number, const struct weir_packet *p, int direction)
{
	const struct hot *h = &f->hot[number];
	struct stats *s = &f->stats[number];
	uint32_t age = (uint32_t)f->now_ms - s->begun;
	uint32_t last = s->last[0] > s->last[1] ? s->last[0] : s->last[1];
	uint64_t before = h->packets[0] + h->packets[1];

	add_size(f, number, direction, p->size);
	if (likely(before))
		add_gap(s, BOTH, age - last);
	if (h->packets[direction])
		add_gap(s, direction, age - s->last[direction]);
	else
		s->answered = age;              /* of the first packet itself that is 0 */
	s->last[direction] = age;
	if (p->has & WEIR_HAS_TCP)
		add_flags(s->flags[direction], p->tcp_flags);
	if (unlikely((h->packets[direction] & FEW) == FEW))
		spill_flags(f, number, direction);
	if (before < (uint64_t)f->o.splt)
		f->splt[(size_t)number * (size_t)f->o.splt + before] = (struct weir_splt){
			direction,
			p->size < INT32_MAX ? (int32_t)p->size : INT32_MAX, (int32_t)(age - last)
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

static struct sums of_sizes(const struct flows *f, uint32_t number, int way)
{
	const struct hot *h = &f->hot[number];
	const struct stats *s = &f->stats[number];
	uint64_t carry = f->extras[f->rest[number].extra].carry[way];

	return (struct sums){
		(unsigned __int128)carry << 64 | s->size_squares[way], h->bytes[way], h->packets[way],
		s->size_least[way], s->size_most[way]
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
static struct sums of_gaps(const struct stats *s, int which, uint64_t span, uint64_t n)
{
	return (struct sums){
		s->gap_squares[which], span, n ? n - 1 : 0, s->gap_least[which], s->gap_most[which]
	};
}

static void put_four(double *at, struct four four)
{
	memcpy(at, &four, sizeof four);
}

/* NFStream's order of flags, as bits of TCP's byte: syn cwr ece urg ack psh rst fin. */
static void put_flags(const struct flows *f, uint32_t number, int way, double *at, double *all)
{
	static const uint8_t bits[8] = { 1, 7, 6, 5, 4, 3, 2, 0 };
	const uint16_t *few = f->stats[number].flags[way];
	const uint64_t *many = f->extras[f->rest[number].extra].flags[way];

	for (int i = 0; i < 8; i++) {
		at[i] = (double)(int64_t)(few[bits[i]] + many[bits[i]]);
		all[i] += at[i];
	}
}

static void put_core(double *at, double first, double last, double packets, double bytes)
{
	const double five[5] = { first, last, last - first, packets, bytes };

	memcpy(at, five, sizeof five);
}

/* One direction: where its three groups begin in `out`. */
static void finish_way(const struct hot *h, const struct stats *s, int way, int first_way,
	double *at[3], struct sums sizes)
{
	double start = (double)(h->first / MS);
	uint32_t first = way == first_way ? 0 : s->answered;

	put_core(at[0], start + first, start + s->last[way],
		(double)(int64_t)h->packets[way], (double)(int64_t)h->bytes[way]);
	put_four(at[1], describe(sizes));
	put_four(at[2], describe(of_gaps(s, way, s->last[way] - first, h->packets[way])));
}

void stats_finish(const struct flows *f, uint32_t number, struct weir_stats *out)
{
	const struct hot *h = &f->hot[number];
	const struct stats *s = &f->stats[number];
	int from = h->originator, to = !from, first_way = f->rest[number].first_way;
	struct sums sizes[2] = {
		of_sizes(f, number, from), of_sizes(f, number, to)
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
		describe(of_gaps(s, BOTH, (uint64_t)(last - first), all.n)));
	if (h->packets[from])
		finish_way(h, s, from, first_way, forth, sizes[0]);
	if (h->packets[to])
		finish_way(h, s, to, first_way, back, sizes[1]);
	if (h->flags[0] | h->flags[1]) {
		put_flags(f, number, from, &out->src2dst_syn_packets, &out->bidirectional_syn_packets);
		put_flags(f, number, to, &out->dst2src_syn_packets, &out->bidirectional_syn_packets);
	}
}
