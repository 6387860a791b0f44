/* db.c - a connection to a database: opens and closes it, runs transactions, says what failed. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "db_inside.h"

/* ---- what failed, in words --------------------------------------------------- */

static const char *system_reason(struct weir_db *db)
{
	int number = sqlite3_system_errno(db->sqlite);

	return number ? strerror(number) : sqlite3_errmsg(db->sqlite);
}

static int failed_busy(struct weir_db *db, int code)
{
	if (db->late || (db->stops && weir_stop_signal()))
		return db_failed(db, SQLITE_INTERRUPT);
	if (code == SQLITE_BUSY_SNAPSHOT)
		return fail("what this query saw of %s is older than what is there now: "
			"end what reads before you write", db->label);
	return fail("another process has kept %s for itself for %.0f seconds: "
		"'weir doctor FILE' says which", db->label, db->patience);
}

static int failed_readonly(struct weir_db *db, int code)
{
	if (db->mode != WEIR_DB_WRITE && db->mode != WEIR_DB_CREATE)
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

int weir_db_error_at(struct weir_db *db)
{
	return db->error_at;
}

/* ---- opening ----------------------------------------------------------------- */

enum { URI = 3 * PATH_MAX + 64 };

/* The path as a URI, which can say more about how to open it. */
static int make_uri(char *out, const char *path, const char *how)
{
	char *end = out + URI - 32;

	if (strlen(path) >= PATH_MAX)
		return fail("cannot open '%.60s…': its name is too long", path);
	out += sprintf(out, "file:%s", path[0] == '/' ? "//" : "");
	for (; *path && out < end; path++) {
		if (*path == '?' || *path == '#' || *path == '%')
			out += sprintf(out, "%%%02X", (unsigned char)*path);
		else
			*out++ = *path;
	}
	sprintf(out, "?%s", how);
	return 0;
}

static int in_memory(const char *path)
{
	return strcmp(path, ":memory:") == 0;
}

/* Pipes and devices would block, folders say something unclear. */
static int check_path(const char *path, uint32_t mode)
{
	struct stat about;

	if (in_memory(path))
		return 0;
	if (stat(path, &about) < 0) {
		if (errno == ENOENT && mode == WEIR_DB_CREATE)
			return 0;
		return fail("cannot open '%s': %s", path, strerror(errno));
	}
	if (S_ISDIR(about.st_mode))
		return fail("cannot open '%s': it is a folder", path);
	if (!S_ISREG(about.st_mode))
		return fail("cannot open '%s': it is no ordinary file", path);
	return 0;
}

static const char *how_to(uint32_t mode)
{
	switch (mode) {
	case WEIR_DB_CREATE:    return "mode=rwc";
	case WEIR_DB_WRITE:     return "mode=rw";
	case WEIR_DB_IMMUTABLE: return "mode=ro&immutable=1";
	default:                return "mode=ro";
	}
}

static int may_write(uint32_t mode)
{
	return mode == WEIR_DB_CREATE || mode == WEIR_DB_WRITE;
}

static int open_file(struct weir_db *db, const char *path, uint32_t mode)
{
	char uri[URI];
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	int code;

	if (make_uri(uri, path, how_to(mode)) < 0)
		return WEIR_FAIL;
	/* Attached files are opened with these flags too; each URI says what it may. */
	code = sqlite3_open_v2(in_memory(path) ? path : uri, &db->sqlite, flags, NULL);
	if (!db->sqlite)
		return fail("out of memory");
	if (code != SQLITE_OK)
		return db_failed(db, code);
	db->mode = mode;
	db_wait_set(db);
	db_guard_set(db);
	return 0;
}

/* Whether the `-wal` of a file is missing or empty, so that nobody uses it. */
static int at_rest(struct weir_db *db, const char *schema)
{
	const char *path = sqlite3_db_filename(db->sqlite, schema);
	char wal[PATH_MAX + 8];
	struct stat about;

	if (!path || (size_t)snprintf(wal, sizeof wal, "%s-wal", path) >= sizeof wal)
		return 0;
	return stat(wal, &about) < 0 || about.st_size == 0;
}

/* Whether the file is in WAL mode: read through SQLite, since to close it would lose its locks. */
static int has_wal(struct weir_db *db, const char *schema)
{
	sqlite3_file *file = NULL;
	uint8_t head[20];

	sqlite3_file_control(db->sqlite, schema, SQLITE_FCNTL_FILE_POINTER, &file);
	return file && file->pMethods && file->pMethods->xRead(file, head, sizeof head, 0) == SQLITE_OK &&
		head[18] == 2;
}

/* Whether two files would appear beside one that we are only to look at, or cannot. */
static int better_immutable(struct weir_db *db, const char *schema, uint32_t mode)
{
	char sql[128];
	sqlite3_stmt *look = NULL;
	int code;

	if (may_write(mode) || mode == WEIR_DB_IMMUTABLE)
		return 0;
	if (!has_wal(db, schema) || !at_rest(db, schema))
		return 0;
	if (mode == WEIR_DB_FOREIGN)
		return 1;
	snprintf(sql, sizeof sql, "PRAGMA \"%s\".schema_version", schema);
	code = sqlite3_prepare_v2(db->sqlite, sql, -1, &look, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(look);
	sqlite3_finalize(look);
	return (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY;
}

static int open_as(struct weir_db *db, const char *path, uint32_t mode)
{
	if (check_path(path, mode) < 0 || open_file(db, path, mode) < 0)
		return WEIR_FAIL;
	if (!better_immutable(db, "main", mode))
		return 0;
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
	return open_file(db, path, WEIR_DB_IMMUTABLE);
}

/* Reads the first page, which says whether it is a database; and makes a file of ours what it is. */
static int settle(struct weir_db *db, const struct weir_layout *layout)
{
	int64_t tables;

	if (db_first(db, "SELECT count(*) FROM sqlite_schema", 0, &tables) < 0)
		return WEIR_FAIL;
	if (layout && db_layout_check(db, layout) < 0)
		return WEIR_FAIL;
	if (!may_write(db->mode))
		return 0;
	if (db_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") < 0)
		return WEIR_FAIL;
	return layout ? db_layout_migrate(db, layout) : 0;
}

struct weir_db *weir_db_open(const char *path, uint32_t mode, const struct weir_layout *layout)
{
	struct weir_db *db = calloc(1, sizeof *db);

	if (!db) {
		fail("out of memory");
		return NULL;
	}
	db->users = 1;
	db->error_at = -1;
	snprintf(db->label, sizeof db->label, "'%.*s'", LABEL - 3, path);
	if (open_as(db, path, mode) == 0 && settle(db, layout) == 0)
		return db;
	weir_db_close(db);
	return NULL;
}

/* A query keeps its connection, which goes with the last of them. */
void db_leave(struct weir_db *db)
{
	if (--db->users)
		return;
	sqlite3_close_v2(db->sqlite);
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

/* ---- several files -------------------------------------------------------------- */

int weir_db_name(struct weir_db *db, const char *name)
{
	/* SQLite keeps the pointer, not the text. */
	snprintf(db->name, sizeof db->name, "%s", name);
	if (sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_MAINDBNAME, db->name) != SQLITE_OK)
		return fail("cannot name a database '%s'", name);
	return 0;
}

static int attach_file(struct weir_db *db, const char *path, const char *name, uint32_t mode)
{
	struct weir_query *attach = db_query(db, "ATTACH ? AS ?");
	char uri[URI];
	int status = attach ? make_uri(uri, path, how_to(mode)) : WEIR_FAIL;

	if (status == 0) {
		weir_query_text(attach, 1, uri, (uint32_t)strlen(uri));
		weir_query_text(attach, 2, name, (uint32_t)strlen(name));
		status = weir_query_run(attach);
	}
	weir_query_free(attach);
	return status;
}

static int detach_file(struct weir_db *db, const char *name)
{
	struct weir_query *detach = db_query(db, "DETACH ?");
	int status = WEIR_FAIL;

	if (detach) {
		weir_query_text(detach, 1, name, (uint32_t)strlen(name));
		status = weir_query_run(detach);
	}
	weir_query_free(detach);
	return status;
}

/* A file that is at rest is attached once more, so that nothing appears beside it. */
static int attach_as(struct weir_db *db, const char *path, const char *name, uint32_t mode)
{
	int status = attach_file(db, path, name, mode == WEIR_DB_FOREIGN ? WEIR_DB_IMMUTABLE : mode);

	if (status < 0 || mode != WEIR_DB_FOREIGN)
		return status;
	if (has_wal(db, name) && at_rest(db, name))
		return 0;
	status = detach_file(db, name);
	return status < 0 ? status : attach_file(db, path, name, mode);
}

int weir_db_attach(struct weir_db *db, const char *path, const char *name, uint32_t mode)
{
	char before[LABEL];
	int status;

	if (check_path(path, mode) < 0)
		return WEIR_FAIL;
	memcpy(before, db->label, LABEL);
	snprintf(db->label, LABEL, "'%.*s'", LABEL - 3, path);
	status = attach_as(db, path, name, mode);
	snprintf(db->label, LABEL, "%.*s%s'%.*s'", LABEL / 2, before, status < 0 ? "" : ", ",
		status < 0 ? 0 : LABEL / 2 - 8, path);
	if (status < 0)
		memcpy(db->label, before, LABEL);
	return status;
}

/* ---- running -------------------------------------------------------------------- */

int weir_db_run(struct weir_db *db, const char *text, uint32_t size)
{
	int status = 0;

	for (uint32_t at = 0, end; status >= 0; at += end) {
		struct weir_query *q = weir_query_new(db, text + at, size - at, &end);

		if (!q)
			return weir_error_status() == WEIR_END ? 0 : weir_error_status();
		status = weir_query_run(q);
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

double weir_db_changes(struct weir_db *db)
{
	return (double)sqlite3_changes64(db->sqlite);
}

int64_t weir_db_last_id(struct weir_db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}
