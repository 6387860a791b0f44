/*
 * memo.h - numbers that dictionaries gave, by what they are of: as many as there is room for, of
 * the others the database is asked.
 */
#pragma once

#include "../base.h"

enum { MEMO_KEY = 24 };

struct memo_key {
	uint8_t bytes[MEMO_KEY];        /* all of them count */
};

struct memo {
	struct memo_slot *slots;
	uint64_t seed[2];
};

int  memo_init(struct memo *m);
void memo_clear(struct memo *m);        /* forgets all */
void memo_free(struct memo *m);

int64_t memo_find(const struct memo *m, const struct memo_key *k);      /* -1: not known */
void    memo_put(struct memo *m, const struct memo_key *k, int64_t number);

/* Two numbers of a text, which nobody makes the same for another one. */
void memo_hash(const struct memo *m, const void *bytes, uint32_t size, uint64_t out[2]);
