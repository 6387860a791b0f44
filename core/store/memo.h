/*
 * memo.h - numbers that dictionaries gave, by what they are of.  It grows up to a bound; when it is
 * full, its owner forgets all of it and asks the database again.
 */
#pragma once

#include "../base.h"

enum { MEMO_KEY = 24 };

struct memo_key {
	uint8_t bytes[MEMO_KEY];        /* all of them count */
};

struct memo {
	struct memo_slot *slots;
	uint32_t count, used;           /* slots, a power of two; those that have something */
	int      lost;                  /* something could not be noted */
	uint64_t seed[2];
};

int  memo_init(struct memo *m);
void memo_clear(struct memo *m);        /* forgets all */
void memo_free(struct memo *m);

int64_t memo_find(const struct memo *m, const struct memo_key *k);      /* -1: not known */

/* Where a key has its place, which is fetched from memory meanwhile; and what is known there. */
struct memo_mark {
	uint64_t high;
	uint32_t low;
};

struct memo_mark memo_expect(const struct memo *m, const struct memo_key *k);
int64_t memo_at(const struct memo *m, struct memo_mark mark);

/* Notes a number, from 0 on.  What is too large, or has no room, is not known later: `lost`. */
void memo_put(struct memo *m, const struct memo_key *k, int64_t number);

/* Whether there may be no room for some more. */
int memo_is_full(const struct memo *m);

/* Two numbers of a text, which nobody makes the same for another one. */
void memo_hash(const struct memo *m, const void *bytes, uint32_t size, uint64_t out[2]);
