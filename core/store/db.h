/*
 * db.h - SQLite for the C files of this room.  Of its functions most stand in weir.h, because Lua
 * uses them too; here is what only C needs.  None of it shows SQLite: the db files alone know that.
 *
 *	struct weir_query *add = db_query(db, "INSERT INTO seconds VALUES (?, ?)");
 *	weir_db_begin(db);
 *	for each:  weir_query_integer(add, 1, n);  weir_query_text(add, 2, s, size);  weir_query_run(add);
 *	weir_db_commit(db);
 *
 * A connection is used by one thread at a time; threads have one each.
 */
#pragma once

#include "../base.h"

/* Prepares the one statement of a text, to be run often; NULL when that fails. */
struct weir_query *db_query(struct weir_db *db, const char *text);

/* Goes to the next row: 1 when there is one, 0 after the last, which also resets; or a weir_status. */
int db_step(struct weir_query *q);

/* A column of the row at hand, from 0.  Texts and blobs stay until the next step. */
int64_t     db_integer(struct weir_query *q, int column);
double      db_number(struct weir_query *q, int column);
const void *db_bytes(struct weir_query *q, int column, uint32_t *size);
int         db_is_null(struct weir_query *q, int column);

/* As weir_query_text does, of bytes that stay as they are until the query has run: not copied. */
int db_borrow(struct weir_query *q, uint32_t i, const void *bytes, uint32_t size);

/* Runs all statements of a text that yield nothing. */
int db_run(struct weir_db *db, const char *text);

/* The first column of the first row as a number; `otherwise` when there is none. */
int db_first(struct weir_db *db, const char *text, int64_t otherwise, int64_t *out);

/* "libsqlite3 VERSION" */
const char *db_library(void);

/* ---- tables whose rows do not come from a file ----------------------------- */

struct db_cell;                 /* where the value of a column goes */

void db_give_integer(struct db_cell *out, int64_t value);
void db_give_number(struct db_cell *out, double value);
void db_give_text(struct db_cell *out, const void *bytes, uint32_t size);   /* copies them */
void db_give_blob(struct db_cell *out, const void *bytes, uint32_t size);

struct db_source {
	const char *columns;    /* "ts INTEGER, device TEXT, …" */
	double      rows;       /* how many there are, roughly: for the planner */

	/*
	 * A scan begins: returns what the others are given as `scan`, NULL when it fails.  The
	 * connection is in a read transaction whose snapshot queries made here on it see as well.
	 */
	void *(*begin)(void *with);
	int   (*next)(void *scan);      /* 1: at a row; 0: past the last; or a weir_status */
	void  (*give)(void *scan, int column, struct db_cell *out);
	void  (*end)(void *scan);
};

/*
 * Makes `name` a table of this connection, which queries and TEMP views can read.  Both pointers
 * stay the caller's and live longer than the connection.
 */
int db_table(struct weir_db *db, const char *name, const struct db_source *source, void *with);
