/*
 * who.h - who talks to whom: the dictionaries of traffic.db, through memories of what they gave.
 * Only within a transaction that writes.
 */
#pragma once

#include "db.h"
#include "item.h"
#include "memo.h"

/* A talk, as far as it is known without asking. */
struct talk {
	int64_t id, pair;
	int64_t second;         /* the talk that its seconds are of: itself or its twin */
	int64_t name;           /* 0: none */
	int64_t dst_ip;
	uint8_t sure;
	uint8_t is_told;        /* its name is its own, and not only that of its destination */
};

enum { WHO_TALKS = 1 << 19 };   /* that are known at once; beyond it all are forgotten */

enum { WHO_MAC, WHO_NAME, WHO_IP, WHO_PAIR, WHO_TALK, WHO_TABLES, WHO_IP_NAME = WHO_TABLES };

struct who {
	struct weir_db *db;
	struct memo memo;               /* of a talk, its place in `talks` */
	struct talk *talks;
	uint32_t talk_count, talk_room;
	int     is_whole;               /* the file has nothing that has not been noted here */
	int64_t next[WHO_TABLES];       /* ids that nobody has */
	int     has_new;                /* a part of what is looked up is new to the file */
	int64_t version;                /* of the file, as others change it */
	const char *const *protocols;   /* names, by number */
	uint32_t protocol_count;
	struct weir_query *find[WHO_TABLES], *add[WHO_TABLES];
	struct weir_query *max[WHO_TABLES], *data_version, *set_twin, *find_twin, *name_talk, *name_ip, *set_key;
};

int  who_init(struct who *w, struct weir_db *db);
void who_free(struct who *w);

/* A transaction has begun: others may have written before. */
int  who_begin(struct who *w);

/* Nothing is remembered any more; the file is not what it was, which the next transaction looks at. */
void who_forget(struct who *w);
void who_doubt(struct who *w);

/* How the talk of an item that comes soon is remembered, which is fetched from memory meanwhile. */
struct who_key {
	struct memo_key  key;
	struct memo_mark mark;
};

struct who_key who_expect(const struct who *w, const struct item *i);

/* The talk of an item, made if need be; NULL when that fails.  It stays until the next call. */
struct talk *who_talk(struct who *w, const struct item *i, const struct who_key *k);

/* Whether what is not remembered is not in the file. */
static inline int who_knows_all(const struct who *w)
{
	return w->is_whole && !w->memo.lost;
}

/* The number of the item's name, 0 for none; -1 when that fails. */
int64_t who_name(struct who *w, const struct item *i);

/* Twice the number of the item's pair, and one more when it has a twin; -1 when that fails. */
int64_t who_pair(struct who *w, const struct item *i, int64_t *dst_ip);

/* What an address is called by itself: twice the name's number, one more if it is sure; -1: ask. */
int64_t who_ip_name(const struct who *w, int64_t ip);
void    who_note_ip_name(struct who *w, int64_t ip, int64_t name, int sure);

/* The first column of a query's only row; -1 when it has none, -2 when it fails. */
int64_t who_ask(struct weir_query *q);

/* Adds the row that w->add has been bound for, but for its id, which is returned; or -1. */
int64_t who_add(struct who *w, int table);
