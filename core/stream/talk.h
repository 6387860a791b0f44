/* talk.h - what the two ends of a flow say to each other: from packets to parsers. */
#pragma once

#include "../flow/flow.h"
#include "line.h"
#include "tcp.h"

/* What is said in one flow, as long as somebody listens. */
struct talk {
	struct line line;
	union {
		struct stream streams[2];
		uint32_t next;          /* of one that is free: the next one */
	};
};

struct talks {
	struct flows *flows;
	struct said  *said;
	struct talk  *talks;
	uint32_t used, free;
	uint8_t  tcp, udp;              /* whether any parser that is wanted is for these */
	uint8_t  streams;               /* whether their bytes are wanted as they are */
};

/*
 * Asks for what is needed soon.  Always inlined: gcc takes a function that only prefetches for one
 * that does nothing, and drops it.
 */
#define FETCHES static inline __attribute__((always_inline)) void

/* What is said in a flow, by its ear that has come by now. */
FETCHES talk_fetch(const struct flows *f, uint32_t number)
{
	const char *talk = (const char *)&f->talks->talks[f->ears[number].talk];

	if (!f->ears[number].talk)
		return;
	__builtin_prefetch(talk, 1);
	__builtin_prefetch(talk + 64, 1);
	__builtin_prefetch(talk + sizeof(struct talk) - 1, 1);
}

/* What a packet says. */
FETCHES talk_fetch_said(const struct weir_packet *p)
{
	if (p->payload_kept)
		__builtin_prefetch((const uint8_t *)p->body + p->payload_at);
}

/* What waits in a flow, by its talk that has come by now. */
FETCHES talk_fetch_waiting(const struct flows *f, uint32_t number)
{
	const struct talk *k = &f->talks->talks[f->ears[number].talk];

	if (!f->ears[number].talk)
		return;
	for (int d = 0; d < 2; d++)
		if (k->streams[d].waiting) {
			__builtin_prefetch(k->streams[d].waiting, 1);
			__builtin_prefetch((const char *)k->streams[d].waiting + 64, 1);
		}
}

/* Whether any of these kinds of records is one that a protocol makes; whether anything is wanted
 * for which flows are listened to. */
int talks_can(uint32_t kinds);
int talks_are_wanted(const struct flow_options *o);

struct talks *talks_new(struct flows *f);
void talks_free(struct talks *t);               /* accepts NULL */

/* What is said in flows that are listened to; and that another time begins, so that what was said
 * means nothing. */
struct said *talk_said(const struct flows *f);
void talks_forget(struct talks *t);

/* The secrets of TLS that those who listen may use. */
struct keylog *talks_keylog(struct talks *t);

/* There are more secrets than before: others may want to listen. */
void talks_choose(struct talks *t);

/* The next batch; what it shows. */
void talks_begin(struct talks *t);
void talks_show(const struct talks *t, struct weir_batch *batch);

/* A flow has begun; whether somebody listens to it: bits of enum state. */
int talk_begin(struct flows *f, uint32_t number, const struct weir_packet *p);

/* A packet of a flow that somebody listens to; a packet of none. */
void talk_hear(struct flows *f, uint32_t number, const struct weir_packet *p, int direction);
void talk_overhear(struct flows *f, const struct weir_packet *p);

/* A flow ends: what is left of it is said, its memory is free. */
void talk_end(struct flows *f, uint32_t number);

/* Whether the batch has no room for another step. */
int talks_are_crowded(const struct talks *t);

/* Bytes that all of them keep together. */
uint64_t talks_held(const struct talks *t);

/* Rows, texts and bytes that are missing in what was said so far. */
void talks_count(const struct talks *t, struct weir_counts *c);

/* What the i-th parser was asked; how many records of a kind there were. */
struct weir_parser talks_parser(const struct talks *t, uint32_t i);
double talks_said(const struct talks *t, uint32_t kind);
