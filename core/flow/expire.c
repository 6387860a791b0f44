/*
 * expire.c - when flows end by themselves.
 *
 * Each flow is in the list of one second of a wheel, that of a deadline it had;
 * a packet only moves the deadline, not the flow.  When packet time reaches a
 * new second, the lists that are due are looked through: what is not over yet
 * goes to the second of its new deadline.  The others end in the order
 * (deadline, flow id).
 *
 * Flows that scripts have ended have a wheel of their own.  Scripts speak after the batch, so
 * on one wheel the order of a list would depend on where batches are cut.
 */
#include <stdlib.h>
#include <string.h>
#include "flow_inside.h"

enum {
	AHEAD = 24,                     /* flows whose lines are asked for before their turn */
	MANY  = 1000,                   /* flows that expire at once, for which qsort is better */
	TRIES = 1024                    /* flows looked at for one to give up */
};

int64_t expire_deadline(const struct flows *f, uint32_t number, int *reason)
{
	const struct hot *h = &f->hot[number];
	int64_t idle = h->last + f->o.idle, active = h->first + f->o.active;
	int64_t first = active < idle ? active : idle, linger;

	*reason = active < idle ? WEIR_ENDED_ACTIVE : WEIR_ENDED_IDLE;
	if (likely(!(h->state & (STATE_ENDED | STATE_CUT))))
		return first;
	linger = f->o.linger + (h->state & STATE_CUT ? f->extras[f->rest[number].extra].cut : h->last);
	if (linger < first || (h->state & STATE_ENDED && *reason == WEIR_ENDED_IDLE))
		*reason = h->state & STATE_ENDED ? WEIR_ENDED_END : WEIR_ENDED_FORCED;
	return linger < first ? linger : first;
}

static uint32_t *wheel_of(struct flows *f, uint32_t number)
{
	return f->wheels[(f->hot[number].state & STATE_CUT) != 0];
}

/* Puts the flow on the list of the first whole second at or after its deadline. */
void expire_watch(struct flows *f, uint32_t number)
{
	int reason;
	int64_t deadline = expire_deadline(f, number, &reason);
	int64_t due = (deadline + SECOND - 1) / SECOND;
	uint32_t *head;

	if (due <= f->second)
		due = f->second + 1;
	if (due - f->second >= WHEEL)
		due = f->second + WHEEL - 1;
	f->hot[number].due = due % WHEEL;
	head = &wheel_of(f, number)[due % WHEEL];
	f->links[number] = (struct link){ 0, *head };
	if (*head)
		f->links[*head].before = number;
	*head = number;
}

void expire_forget(struct flows *f, uint32_t number)
{
	struct link l = f->links[number];

	if (l.before)
		f->links[l.before].after = l.after;
	else
		wheel_of(f, number)[f->hot[number].due] = l.after;
	if (l.after)
		f->links[l.after].before = l.before;
}

static inline int is_before(const struct due *a, const struct due *b)
{
	return a->deadline != b->deadline ? a->deadline < b->deadline : a->id < b->id;
}

static int in_order(const void *x, const void *y)
{
	return is_before(x, y) ? -1 : is_before(y, x);
}

/* The few that expire in most seconds are sorted (as Shell did) faster without calls to compare. */
static void sort(struct due *list, uint32_t n)
{
	static const uint32_t gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

	if (n > MANY) {
		qsort(list, n, sizeof *list, in_order);
		return;
	}
	for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
		for (uint32_t gap = gaps[g], i = gap; i < n; i++) {
			struct due moved = list[i];
			uint32_t at = i;

			for (; at >= gap && is_before(&moved, &list[at - gap]); at -= gap)
				list[at] = list[at - gap];
			list[at] = moved;
		}
	}
}

/*
 * Takes the list of one second apart: into `expired`, or to another second.
 * The list is written down first, so that the flows, which nobody has touched
 * for long, can be on their way while others are looked at.
 */
static void look_through(struct flows *f, int64_t second, int64_t until)
{
	struct due *listed = f->expired + f->expired_count;
	uint32_t n = 0;

	for (int which = 0; which < 2; which++) {
		for (uint32_t i = f->wheels[which][second % WHEEL]; i; i = f->links[i].after)
			listed[n++].number = i;
		f->wheels[which][second % WHEEL] = 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = listed[i].number;
		int64_t deadline;
		int reason;

		if (i + AHEAD < n) {
			__builtin_prefetch(&f->hot[listed[i + AHEAD].number]);
			__builtin_prefetch(&f->hot[listed[i + AHEAD].number].first);
		}
		deadline = expire_deadline(f, number, &reason);
		if (deadline <= until)
			f->expired[f->expired_count++] = (struct due){
				deadline, f->cold[number].id, number
			};
		else
			expire_watch(f, number);
	}
}

void expire_begin(struct flows *f, int64_t now)
{
	f->now = now;
	f->now_ms = now / MS;
	f->second = now / SECOND;
}

void expire_collect(struct flows *f, int64_t now)
{
	int64_t second = now / SECOND, from = f->second + 1;

	if (second - f->second > WHEEL)
		from = second - WHEEL + 1;
	f->expired_count = f->expired_next = 0;
	expire_begin(f, now);
	for (int64_t s = from; s <= second; s++)
		look_through(f, s, second * SECOND);
	sort(f->expired, f->expired_count);
}

/* ---- the input's end ------------------------------------------------------------ */

enum { DIGIT = 11, DIGITS = 1 << DIGIT };

/* One digit of what flows are sorted by, their id less the least. */
static uint32_t digit_of(const struct flows *f, uint32_t number, double least, int shift)
{
	return (uint64_t)(f->cold[number].id - least) >> shift & (DIGITS - 1);
}

/* Sorts by one digit; equals stay in their order. */
static void sort_by_digit(const struct flows *f, const uint32_t *from, uint32_t *to,
	double least, int shift)
{
	uint32_t starts[DIGITS] = { 0 }, sum = 0;

	for (uint32_t i = 0; i < f->left_count; i++)
		starts[digit_of(f, from[i], least, shift)]++;
	for (uint32_t i = 0; i < DIGITS; i++) {
		uint32_t n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (uint32_t i = 0; i < f->left_count; i++)
		to[starts[digit_of(f, from[i], least, shift)]++] = from[i];
}

/*
 * All flows in the order in which they began.  That is the order of their numbers, if none was
 * used twice; if not they are sorted.  The wheels are no longer needed, so their links make room.
 */
void expire_collect_all(struct flows *f)
{
	uint32_t *other;
	double least = f->begun, most = 0, before = 0;
	int sorted = 1;

	memset(f->wheels, 0, sizeof f->wheels);
	f->left = (uint32_t *)f->links;
	f->left_count = f->left_next = 0;
	for (uint32_t number = 1; number <= f->used; number++) {
		double id = f->cold[number].id;

		if (!f->hot[number].key.version)
			continue;
		f->left[f->left_count++] = number;
		sorted &= id > before;
		before = id;
		least = id < least ? id : least;
		most = id > most ? id : most;
	}
	other = f->left + f->left_count;
	for (int shift = 0; !sorted && (uint64_t)(most - least) >> shift; shift += DIGIT) {
		uint32_t *from = f->left;

		sort_by_digit(f, from, other, least, shift);
		f->left = other;
		other = from;
	}
}

/* ---- a full table --------------------------------------------------------------- */

/* The first flow on the wheels, from `sweep` on; 0 when there is none. */
static uint32_t first_on_wheels(struct flows *f)
{
	if (f->sweep <= f->second || f->sweep >= f->second + WHEEL)
		f->sweep = f->second + 1;
	for (uint32_t i = 0; i < WHEEL; i++, f->sweep++)
		for (int which = 0; which < 2; which++)
			if (f->wheels[which][f->sweep % WHEEL])
				return f->wheels[which][f->sweep % WHEEL];
	return 0;
}

/*
 * The flow to give up for want of room: the one due first.  A flow whose packets
 * have moved its deadline goes to where it belongs, and the next one is looked at.
 */
uint32_t expire_victim(struct flows *f)
{
	uint32_t number = first_on_wheels(f);
	int reason;

	for (int i = 0; number && i < TRIES; i++) {
		if (expire_deadline(f, number, &reason) <= f->sweep * SECOND)
			return number;
		expire_forget(f, number);
		expire_watch(f, number);
		number = first_on_wheels(f);
	}
	return number;
}
