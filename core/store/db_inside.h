/* db_inside.h - what the db files share: the one place that includes SQLite. */
#pragma once

#include <sqlite3.h>
#include "db.h"

enum {
	LABEL = 400,
	FILES = 11              /* in one connection */
};

struct weir_db {
	sqlite3 *sqlite;
	char     label[LABEL];  /* the files, for what is said of them */
	uint32_t users;         /* queries that live, and the caller until it closes */
	uint32_t mode;          /* enum weir_db_mode, of the first file */
	char    *reads[FILES];  /* files of ours that it only reads */
	int      read_count;
	char     name[64];      /* what "main" is called as well */

	/* waiting: db_wait.c */
	double   patience;      /* seconds to wait for others at most */
	double   waits_since;   /* on weir_clock; 0: it does not wait */
	double   writes_since;  /* since when it has left others no gap */
	double   wrote_at;      /* when its last transaction ended */
	int      crowded;       /* pages of the -wal at which readers are waited for */
	double   limit;         /* seconds, and when they are over; 0: no limit */
	double   deadline;
	uint8_t  stops;         /* a signal ends what runs */
	uint8_t  stale;         /* the last failure was that its own query sees what is no more */
	uint8_t  late;          /* the deadline has passed */
	uint8_t  guarded;
	uint8_t  denied;        /* the guard said no */
	char     reason[120];   /* to what */

	int      error_at;      /* byte in the text of a query; -1: nobody knows */
	struct weir_query *begin, *commit, *rollback;
};

struct weir_query {
	struct weir_db *db;
	sqlite3_stmt   *statement;
	uint8_t         at_row;
	uint8_t         over;   /* past the last row: the next read says so */
	uint32_t        value_room;     /* of rows.values */
	uint32_t        text_room;      /* of rows.text */
	struct weir_rows rows;
};

/* Closes it with its files. */
void db_close_files(struct weir_db *db);

/* Whether a mode allows to. */
int db_may_write(uint32_t mode);

/* One of its users has gone; the last closes it. */
void db_leave(struct weir_db *db);

/* Fails in our words for SQLite's last code. */
int db_failed(struct weir_db *db, int code);

/* How many of its queries are at a row. */
int db_reading(struct weir_db *db);

/* How it waits for others, and stops: given to a new connection. */
void db_wait_set(struct weir_db *db);

/* Whether what failed with `code` should be tried again; sleeps before. */
int db_wait_again(struct weir_db *db, int code);

/* Before a transaction that writes: leaves others a gap after having written for long; and after. */
void db_wait_turn(struct weir_db *db);
void db_wait_wrote(struct weir_db *db);

/* What files may not do to us. */
void db_guard_set(struct weir_db *db);

/* Whether a statement may run; else it is gone, and why has been said.  Accepts NULL. */
int db_guard_passes(struct weir_db *db, sqlite3_stmt *statement);

/* Refuses what is no database of that layout, or a newer one: 1 when it is behind, 0 when not. */
int db_layout_check(struct weir_db *db, const struct weir_layout *layout);

/* Brings it up to date. */
int db_layout_migrate(struct weir_db *db, const struct weir_layout *layout);
