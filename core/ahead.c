/*
 * ahead.c - the first stage of the pipe in a thread of its own, a few loads ahead of the second.
 *
 * Loads go round in a ring: the thread fills them, the meter uses them up.  While a load is in
 * the ring its packets point into the window that they were read to, so the capture moves on to
 * another window each time it reads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "ahead.h"

enum {
	LOADS = 6,
	LOW   = LOADS / 2               /* loads left at which the thread is woken: not for each one */
};

struct ahead {
	struct intake  *intake;
	uint64_t        seed;           /* of the keys' hash */
	struct load     loads[LOADS];
	uint8_t        *windows[LOADS]; /* to move on to */
	pthread_t       thread;
	pthread_mutex_t lock;           /* of all that follows */
	pthread_cond_t  changed;
	struct weir_capture *capture;   /* the one at hand; NULL: none */
	uint32_t        filled, used;   /* loads of it */
	int             lent;           /* the oldest load is in the meter's hands */
	int             working;        /* the thread is at it, and does not hold the lock */
	int             status;         /* why the thread reads no further: below 0 */
	int             leaving;        /* the thread is to begin no other load */
	int             quit;
	char            why[512];       /* what weir_error() said of that */
};

/* ---- the thread ------------------------------------------------------------------- */

/* A window that no load in the ring points into: there are more windows than other loads. */
static uint8_t **free_window(struct ahead *a)
{
	for (int i = 0; i < LOADS - 1; i++) {
		uint32_t load = a->used;

		while (load < a->filled && a->loads[load % LOADS].window != a->windows[i])
			load++;
		if (load == a->filled)
			return &a->windows[i];
	}
	return &a->windows[LOADS - 1];
}

/* Takes a piece into a load: as little as stays in the cache. */
static int take(struct ahead *a, struct weir_capture *c, struct load *l)
{
	uint32_t at = l->count, room = WEIR_BATCH - at < PIECE ? WEIR_BATCH - at : PIECE;
	int n = intake_take(a->intake, c, l, at, room, at > 0);

	if (n <= 0)
		return n;
	if (l->places)
		places_make(l->packets + at, (uint32_t)n, l->tunnels, a->seed, l->places + at);
	l->count += (uint32_t)n;
	return n;
}

/* Fills a load; returns 0, or why that ended early. */
static int fill(struct ahead *a, struct weir_capture *c, struct load *l, uint8_t **window)
{
	uint8_t *before = c->input.window;
	int n;

	c->input.next = *window;
	intake_begin(a->intake, l);
	do
		n = take(a, c, l);
	while (n > 0 && l->count < WEIR_BATCH);
	c->input.next = NULL;
	l->window = c->input.window;
	if (l->window != before)
		*window = before;
	capture_note(c, &l->state);
	return n < 0 ? n : 0;
}

/* Fills one load; called with the lock, as it returns. */
static void work(struct ahead *a)
{
	struct load *l = &a->loads[a->filled % LOADS];
	uint8_t **window = free_window(a);
	int status;

	a->working = 1;
	pthread_mutex_unlock(&a->lock);
	status = fill(a, a->capture, l, window);
	pthread_mutex_lock(&a->lock);
	a->working = 0;
	a->filled += l->count > 0;
	a->status = status;
	if (status < 0)
		snprintf(a->why, sizeof a->why, "%s", weir_error());
	pthread_cond_broadcast(&a->changed);
}

static void *run(void *arg)
{
	struct ahead *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->quit) {
		if (a->capture && !a->leaving && a->status == 0 && a->filled - a->used < LOADS)
			work(a);
		else
			pthread_cond_wait(&a->changed, &a->lock);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- its life ------------------------------------------------------------------------ */

static int make(struct ahead *a, const struct flows *flows)
{
	a->seed = flows ? flows->o.seed : 0;
	for (int i = 0; i < LOADS; i++) {
		struct load *l = &a->loads[i];

		a->windows[i] = slab_take(SLAB_WINDOW);
		if (!a->windows[i] || load_init(l) < 0)
			return fail("out of memory");
		if (flows && !(l->places = calloc(WEIR_BATCH, sizeof *l->places)))
			return fail("out of memory");
	}
	return 0;
}

static void unmake(struct ahead *a)
{
	for (int i = 0; i < LOADS; i++) {
		slab_give(SLAB_WINDOW, a->windows[i]);
		load_clear(&a->loads[i]);
	}
	free(a);
}

struct ahead *ahead_new(struct intake *in, const struct flows *flows)
{
	struct ahead *a = calloc(1, sizeof *a);
	pthread_condattr_t clock;

	if (!a) {
		fail("out of memory");
		return NULL;
	}
	a->intake = in;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&a->changed, &clock);
	if (make(a, flows) == 0) {
		if (pthread_create(&a->thread, NULL, run, a) == 0)
			return a;
		fail("cannot start a thread to read ahead");
	}
	unmake(a);
	return NULL;
}

void ahead_leave(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->leaving = 1;
	while (a->working)
		pthread_cond_wait(&a->changed, &a->lock);
	if (a->capture)
		a->capture->let_go = NULL;
	a->capture = NULL;
	a->leaving = 0;
	pthread_mutex_unlock(&a->lock);
}

static void let_go(void *holder)
{
	ahead_leave(holder);
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	ahead_leave(a);
	pthread_mutex_lock(&a->lock);
	a->quit = 1;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	unmake(a);
}

/* ---- the meter's side ------------------------------------------------------------- */

int ahead_can(const struct weir_capture *c)
{
	return c->input.fd >= 0 && !c->input.follow;
}

int ahead_has(const struct ahead *a, const struct weir_capture *c)
{
	return a->capture == c;                 /* only the meter's side writes it */
}

static void begin(struct ahead *a, struct weir_capture *c)
{
	a->capture = c;
	a->filled = a->used = 0;
	a->lent = a->status = 0;
	c->let_go = let_go;
	c->holder = a;
	c->is_ahead = 1;
	input_wait_politely(&c->input);
	pthread_cond_broadcast(&a->changed);
}

/* Waits until a load is there or none will come; 0 when neither came to be in time. */
static int wait_for_load(struct ahead *a)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += PATIENCE * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (a->filled == a->used && a->status == 0)
		if (pthread_cond_timedwait(&a->changed, &a->lock, &until) != 0)
			return a->filled != a->used || a->status != 0;
	return 1;
}

/* The oldest load of the ring, or NULL and why there is none; with the lock. */
static struct load *lend(struct ahead *a, int *status)
{
	struct load *l = &a->loads[a->used % LOADS];

	*status = 0;
	if (!wait_for_load(a))
		return NULL;
	if (a->filled == a->used) {
		a->capture->is_ahead = 0;       /* all of it has been shown */
		*status = a->status == WEIR_END ? WEIR_END : fail_as(a->status, "%s", a->why);
		return NULL;
	}
	*status = 1;
	a->lent = 1;
	a->capture->shown = l->state;
	return l;
}

struct load *ahead_next(struct ahead *a, struct weir_capture *c, int *status)
{
	struct load *l;

	pthread_mutex_lock(&a->lock);
	if (!a->capture)
		begin(a, c);
	a->used += (uint32_t)a->lent;
	a->lent = 0;
	if (a->filled - a->used <= LOW)
		pthread_cond_broadcast(&a->changed);
	l = lend(a, status);
	pthread_mutex_unlock(&a->lock);
	return l;
}
