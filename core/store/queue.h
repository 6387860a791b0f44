/*
 * queue.h - blocks of items between the thread that makes them and the one that stores them.
 *
 * There are so many blocks and no more: who makes items waits while all are full, and that is
 * counted.
 */
#pragma once

#include "item.h"

struct block {
	struct block *next;
	uint32_t room, used;
	double   since;         /* when its first item came, on weir_clock */
	uint8_t *bytes;
};

struct queue;

struct queue *queue_new(void);
void queue_free(struct queue *q);               /* accepts NULL */

/* ---- the maker's side ---- */

/* Room for an item of at most `size` bytes; NULL when there is no memory, or the store failed. */
struct item *queue_room(struct queue *q, size_t size);

/* The item there is complete: its `size` says how long it is. */
void queue_add(struct queue *q, const struct item *i);

/* Hands on what there is, if it is older than that many seconds. */
void queue_hand(struct queue *q, double age);

/* Waits until all has been stored and committed; 0, or a weir_status. */
int queue_drain(struct queue *q);

/* No more will come. */
void queue_end(struct queue *q);

/* 0, or why the store failed, for weir_error(). */
int queue_status(struct queue *q);

/* Seconds that the maker has waited; how many blocks are full, of how many. */
double queue_waited(struct queue *q, uint32_t *full, uint32_t *of);

/* ---- the store's side ---- */

enum queue_news { QUEUE_BLOCK, QUEUE_LATE, QUEUE_DRAIN, QUEUE_OVER };

/*
 * The next block, which queue_give takes back; or LATE when none came in so many seconds, DRAIN
 * when somebody waits for all to be committed, OVER when no more will come.
 */
enum queue_news queue_take(struct queue *q, double patience, struct block **out);
void queue_give(struct queue *q, struct block *b);

/* All that was taken so far is committed; or why nothing will be any more. */
void queue_committed(struct queue *q);
void queue_fail(struct queue *q, int status, const char *why);
