/* queue.c - blocks of items from one thread to another, and what each waits for. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "queue.h"

enum {
	BLOCKS = 12,
	BLOCK  = 1 << 20        /* bytes; a block for an item that is larger is as large as that */
};

struct queue {
	struct block   *making;         /* the maker's own */
	pthread_mutex_t lock;           /* of all that follows */
	pthread_cond_t  changed;
	struct block   *first, **last;  /* full ones, oldest first */
	struct block   *empty;
	uint32_t        made, full;
	int             draining, over;
	int             status;
	double          waited;
	char            why[512];
};

static void wait_for(struct queue *q, double seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)seconds;
	until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&q->changed, &q->lock, &until);
}

struct queue *queue_new(void)
{
	struct queue *q = calloc(1, sizeof *q);
	pthread_condattr_t clock;

	if (!q) {
		fail("out of memory");
		return NULL;
	}
	q->last = &q->first;
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&q->changed, &clock);
	pthread_condattr_destroy(&clock);
	return q;
}

static void block_free(struct block *b)
{
	if (b)
		free(b->bytes);
	free(b);
}

static void blocks_free(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		block_free(b);
		b = next;
	}
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	block_free(q->making);
	blocks_free(q->first);
	blocks_free(q->empty);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* ---- the maker's side --------------------------------------------------------------- */

static struct block *block_new(void)
{
	struct block *b = calloc(1, sizeof *b);

	if (b)
		b->bytes = malloc(b->room = BLOCK);
	if (b && b->bytes)
		return b;
	fail("out of memory");
	block_free(b);
	return NULL;
}

/* An empty block, after a wait for one when there are as many as may be. */
static struct block *empty_block(struct queue *q)
{
	struct block *b = NULL;
	double since = weir_clock();
	int failed, may;

	pthread_mutex_lock(&q->lock);
	while (!q->empty && q->made == BLOCKS && q->status == 0)
		wait_for(q, 1);
	q->waited += weir_clock() - since;
	failed = q->status != 0;
	b = failed ? NULL : q->empty;
	if (b)
		q->empty = b->next;
	may = !b && !failed;
	q->made += (uint32_t)may;
	pthread_mutex_unlock(&q->lock);
	if (may)
		b = block_new();
	if (b)
		b->used = 0;
	return b;
}

static void hand(struct queue *q)
{
	struct block *b = q->making;

	q->making = NULL;
	pthread_mutex_lock(&q->lock);
	b->next = NULL;
	*q->last = b;
	q->last = &b->next;
	q->full++;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

/* Makes a block that is empty larger. */
static int widen(struct block *b, size_t size)
{
	uint8_t *bytes = size <= UINT32_MAX ? realloc(b->bytes, size) : NULL;

	if (!bytes)
		return fail("out of memory");
	b->bytes = bytes;
	b->room = (uint32_t)size;
	return 0;
}

struct item *queue_room(struct queue *q, size_t size)
{
	if (q->making && q->making->used && q->making->room - q->making->used < size)
		hand(q);
	if (!q->making) {
		q->making = empty_block(q);
		if (!q->making)
			return NULL;
		q->making->since = weir_clock();
	}
	if (q->making->room - q->making->used < size && widen(q->making, size) < 0)
		return NULL;
	return (struct item *)(q->making->bytes + q->making->used);
}

void queue_add(struct queue *q, const struct item *i)
{
	q->making->used += i->size;
}

void queue_hand(struct queue *q, double age)
{
	if (q->making && q->making->used && weir_clock() - q->making->since >= age)
		hand(q);
}

int queue_status(struct queue *q)
{
	int status;

	pthread_mutex_lock(&q->lock);
	status = q->status;
	pthread_mutex_unlock(&q->lock);
	return status < 0 ? fail_as(status, "%s", q->why) : 0;
}

int queue_drain(struct queue *q)
{
	queue_hand(q, 0);
	pthread_mutex_lock(&q->lock);
	q->draining = 1;
	pthread_cond_broadcast(&q->changed);
	while (q->draining && q->status == 0)
		wait_for(q, 1);
	pthread_mutex_unlock(&q->lock);
	return queue_status(q);
}

void queue_end(struct queue *q)
{
	queue_hand(q, 0);
	pthread_mutex_lock(&q->lock);
	q->over = 1;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

double queue_waited(struct queue *q, uint32_t *full, uint32_t *of)
{
	double waited;

	pthread_mutex_lock(&q->lock);
	waited = q->waited;
	*full = q->full;
	*of = BLOCKS;
	pthread_mutex_unlock(&q->lock);
	return waited;
}

/* ---- the store's side ------------------------------------------------------------------ */

static enum queue_news news(struct queue *q, struct block **out)
{
	struct block *b = q->first;

	if (b) {
		q->first = b->next;
		if (!q->first)
			q->last = &q->first;
		*out = b;
		return QUEUE_BLOCK;
	}
	return q->draining && q->status == 0 ? QUEUE_DRAIN : q->over ? QUEUE_OVER : QUEUE_LATE;
}

enum queue_news queue_take(struct queue *q, double patience, struct block **out)
{
	enum queue_news what;

	pthread_mutex_lock(&q->lock);
	what = news(q, out);
	if (what == QUEUE_LATE) {
		wait_for(q, patience);
		what = news(q, out);
	}
	pthread_mutex_unlock(&q->lock);
	return what;
}

/* A block that had to be large is not kept. */
void queue_give(struct queue *q, struct block *b)
{
	int is_large = b->room > BLOCK;

	pthread_mutex_lock(&q->lock);
	q->full--;
	if (is_large) {
		q->made--;
	} else {
		b->next = q->empty;
		q->empty = b;
	}
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
	if (is_large)
		block_free(b);
}

void queue_committed(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	if (q->draining && !q->first) {
		q->draining = 0;
		pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->lock);
}

void queue_fail(struct queue *q, int status, const char *why)
{
	pthread_mutex_lock(&q->lock);
	if (q->status == 0) {
		q->status = status;
		snprintf(q->why, sizeof q->why, "%s", why);
	}
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}
