/* db.c - a connection to a database: what failed, what it runs, its transactions, its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "db_inside.h"

/* ---- what failed, in words --------------------------------------------------- */

static const char *system_reason(struct weir_db *db)
{
	int number = sqlite3_system_errno(db->sqlite);

	return number ? strerror(number) : sqlite3_errmsg(db->sqlite);
}

/* Whoever holds it may have stopped, or hang: their number lets somebody look. */
static int failed_held(struct weir_db *db)
{
	struct weir_holder holders[16];
	const char *path = sqlite3_db_filename(db->sqlite, "main");
	int n = path ? weir_holder_find(path, holders, 16) : 0;

	for (int i = 0; i < n; i++)
		if (holders[i].does == WEIR_HOLDER_WRITES)
			return fail("process %u (%.60s) has kept others from writing to %s for %.0f seconds",
				holders[i].pid, holders[i].command, db->label, db->patience);
	return fail("another process has kept %s for itself for %.0f seconds: "
		"'weir doctor FILE' says which", db->label, db->patience);
}

static int failed_busy(struct weir_db *db, int code)
{
	if (db->late || (db->stops && weir_stop_signal()))
		return db_failed(db, SQLITE_INTERRUPT);
	db->stale = code == SQLITE_BUSY_SNAPSHOT;
	if (db->stale)
		return fail("what this query saw of %s is older than what is there now: "
			"end what reads before you write", db->label);
	return failed_held(db);
}

static int failed_readonly(struct weir_db *db, int code)
{
	if (code == SQLITE_READONLY_ROLLBACK)
		return fail("%s has a journal beside it, of a change that did not come to its end: "
			"open it for writing once, which undoes that", db->label);
	if (code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTINIT)
		return fail("%s has changes in its -wal file, and its folder may only be read: "
			"copy both to another folder", db->label);
	if (!db_may_write(db->mode))
		return fail("%s is open for reading only", db->label);
	if (code == SQLITE_READONLY_DBMOVED)
		return fail("%s has been moved or removed while it was open", db->label);
	return fail("cannot write %s: the file or its folder may only be read", db->label);
}

static int failed_here(struct weir_db *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return fail("no space left for %s", db->label);
	case SQLITE_IOERR:
		if (sqlite3_system_errno(db->sqlite) == ENOSPC)
			return fail("no space left for %s", db->label);
		return fail("cannot read or write %s: %s", db->label, system_reason(db));
	case SQLITE_CORRUPT:
		return fail("%s is damaged: %s", db->label, sqlite3_errmsg(db->sqlite));
	case SQLITE_NOTADB:
		return fail("%s is no SQLite database", db->label);
	case SQLITE_CANTOPEN:
		return fail("cannot open %s: %s", db->label, system_reason(db));
	case SQLITE_CONSTRAINT:
		return fail("%s", sqlite3_errmsg(db->sqlite));
	default:
		return fail_as(WEIR_MISUSE, "%s", sqlite3_errmsg(db->sqlite));
	}
}

int db_failed(struct weir_db *db, int code)
{
	db->stale = 0;
	switch (code & 0xff) {
	case SQLITE_BUSY: case SQLITE_PROTOCOL:
		return failed_busy(db, code);
	case SQLITE_LOCKED:
		return fail("a query on %s has not come to its end, and is in the way", db->label);
	case SQLITE_READONLY:
		return failed_readonly(db, code);
	case SQLITE_NOMEM:
		return fail("out of memory");
	case SQLITE_INTERRUPT:
		return db->late ? fail_as(WEIR_STOPPED, "stopped after %g seconds", db->limit)
			: fail_as(WEIR_STOPPED, "stopped");
	case SQLITE_AUTH:
		return fail_as(WEIR_MISUSE, "%s", db->denied ? db->reason : sqlite3_errmsg(db->sqlite));
	default:
		return failed_here(db, code);
	}
}

int weir_db_stale(struct weir_db *db)
{
	return db->stale;
}

int weir_db_error_at(struct weir_db *db)
{
	return db->error_at;
}

/* ---- its end --------------------------------------------------------------------- */

/* A query keeps its connection, which goes with the last of them. */
void db_leave(struct weir_db *db)
{
	if (--db->users)
		return;
	db_close_files(db);
	free(db);
}

void weir_db_close(struct weir_db *db)
{
	struct weir_query *own[3];

	if (!db)
		return;
	own[0] = db->begin, own[1] = db->commit, own[2] = db->rollback;
	db->begin = db->commit = db->rollback = NULL;
	for (int i = 0; i < 3; i++)
		weir_query_free(own[i]);
	db_leave(db);
}

/* ---- running -------------------------------------------------------------------- */

int weir_db_run(struct weir_db *db, const char *text, uint32_t size)
{
	int status = 0;

	for (uint32_t at = 0, end; status >= 0; at += end) {
		struct weir_query *q = weir_query_new(db, text + at, size - at, &end);

		if (!q)
			return weir_error_status() == WEIR_END ? 0 : weir_error_status();
		status = weir_query_parameters(q) == 0 ? weir_query_run(q) :
			fail_as(WEIR_MISUSE, "a statement has parameters, and no values are given");
		weir_query_free(q);
	}
	return status;
}

int db_run(struct weir_db *db, const char *text)
{
	return weir_db_run(db, text, (uint32_t)strlen(text));
}

int db_first(struct weir_db *db, const char *text, int64_t otherwise, int64_t *out)
{
	struct weir_query *q = db_query(db, text);
	int status = q ? db_step(q) : WEIR_FAIL;

	*out = status == 1 ? db_integer(q, 0) : otherwise;
	weir_query_free(q);
	return status < 0 ? status : 0;
}

/* A statement that is kept for as long as the connection, whose `users` it is not one of. */
static int run_own(struct weir_db *db, struct weir_query **own, const char *text)
{
	if (!*own)
		*own = db_query(db, text);
	return *own ? weir_query_run(*own) : WEIR_FAIL;
}

int weir_db_begin(struct weir_db *db)
{
	db_wait_turn(db);
	return run_own(db, &db->begin, "BEGIN IMMEDIATE");
}

int weir_db_commit(struct weir_db *db)
{
	int status = run_own(db, &db->commit, "COMMIT");

	db_wait_wrote(db);
	return status;
}

int weir_db_rollback(struct weir_db *db)
{
	int status = 0;

	if (!sqlite3_get_autocommit(db->sqlite))        /* SQLite may have done so itself */
		status = run_own(db, &db->rollback, "ROLLBACK");
	db_wait_wrote(db);
	return status;
}

int weir_db_in_transaction(struct weir_db *db)
{
	return !sqlite3_get_autocommit(db->sqlite);
}

int db_reading(struct weir_db *db)
{
	sqlite3_stmt *statement = NULL;
	int count = 0;

	while ((statement = sqlite3_next_stmt(db->sqlite, statement)))
		count += sqlite3_stmt_busy(statement) != 0;
	return count;
}

double weir_db_changes(struct weir_db *db)
{
	return (double)sqlite3_changes64(db->sqlite);
}

int64_t weir_db_last_id(struct weir_db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}

const char *db_library(void)
{
	static char text[40];

	snprintf(text, sizeof text, "libsqlite3 %s", sqlite3_libversion());
	return text;
}
