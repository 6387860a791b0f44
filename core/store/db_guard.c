/*
 * db_guard.c - what neither a file nor a person at the console may do to us.
 *
 * Files of strangers bring views, triggers and tables of their own making; the console runs
 * whatever is typed or pasted.  What is allowed is a list; all else is refused, and named.
 */
#include <stdio.h>
#include <string.h>
#include "db_inside.h"

enum {
	LONGEST      = 256 << 20,       /* bytes of a value in files of others, and at the console */
	LONGEST_TEXT = 1 << 20,         /* bytes of a query at the console */
	DEEPEST      = 200              /* of expressions there */
};

void db_guard_set(struct weir_db *db)
{
	sqlite3 *s = db->sqlite;

	sqlite3_db_config(s, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(s, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
	/* A misspelled name in double quotes is an error, and not a text. */
	sqlite3_db_config(s, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_exec(s, "PRAGMA cell_size_check = 1", NULL, NULL, NULL);
	if (db->mode == WEIR_DB_FOREIGN)
		sqlite3_limit(s, SQLITE_LIMIT_LENGTH, LONGEST);
}

/* Pragmas that only tell: with an argument, and without one. */
static const char *const telling[] = {
	"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
	"foreign_key_list", "foreign_key_check", "integrity_check", "quick_check", "database_list",
	"collation_list", "function_list", "module_list", "pragma_list", "compile_options", NULL
};
static const char *const telling_bare[] = {
	"application_id", "user_version", "schema_version", "data_version", "page_count", "page_size",
	"freelist_count", "encoding", "auto_vacuum", NULL
};

static int among(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (sqlite3_stricmp(*list, name) == 0)
			return 1;
	return 0;
}

static const char *const refused_functions[] = {
	"load_extension", "fts3_tokenizer", "edit", "readfile", "writefile", NULL
};

static int deny(struct weir_db *db, const char *what, const char *name)
{
	db->denied = 1;
	snprintf(db->reason, sizeof db->reason, "only reading is allowed here, not %s%s%.60s",
		what, name ? " " : "", name ? name : "");
	return SQLITE_DENY;
}

/* What an action of SQLite's is called. */
static const char *act_of(int action)
{
	static const char *const names[] = {
		[SQLITE_CREATE_INDEX] = "CREATE INDEX", [SQLITE_CREATE_TABLE] = "CREATE TABLE",
		[SQLITE_CREATE_TEMP_INDEX] = "CREATE INDEX",
		[SQLITE_CREATE_TEMP_TABLE] = "CREATE TEMP TABLE",
		[SQLITE_CREATE_TEMP_TRIGGER] = "CREATE TEMP TRIGGER",
		[SQLITE_CREATE_TEMP_VIEW] = "CREATE TEMP VIEW",
		[SQLITE_CREATE_TRIGGER] = "CREATE TRIGGER", [SQLITE_CREATE_VIEW] = "CREATE VIEW",
		[SQLITE_CREATE_VTABLE] = "CREATE VIRTUAL TABLE",
		[SQLITE_DELETE] = "DELETE FROM", [SQLITE_INSERT] = "INSERT INTO",
		[SQLITE_UPDATE] = "UPDATE", [SQLITE_ALTER_TABLE] = "ALTER TABLE in",
		[SQLITE_ANALYZE] = "ANALYZE", [SQLITE_REINDEX] = "REINDEX",
		[SQLITE_ATTACH] = "ATTACH, nor VACUUM", [SQLITE_DETACH] = "DETACH",
		[SQLITE_DROP_INDEX] = "DROP INDEX", [SQLITE_DROP_TABLE] = "DROP TABLE",
		[SQLITE_DROP_TEMP_TABLE] = "DROP TABLE", [SQLITE_DROP_TRIGGER] = "DROP TRIGGER",
		[SQLITE_DROP_VIEW] = "DROP VIEW", [SQLITE_DROP_TEMP_VIEW] = "DROP VIEW",
		[SQLITE_DROP_VTABLE] = "DROP TABLE"
	};
	int known = action >= 0 && (size_t)action < sizeof names / sizeof *names;

	return known && names[action] ? names[action] : "this";
}

/*
 * What only keeps the books of a schema is let through, because the next call names better what
 * somebody wants, and because a table that a module has, such as json_each or a full-text index,
 * is declared to SQLite as CREATE TABLE x.  What would be done does not get past db_guard_passes.
 */
static int keeps_books(int action, const char *name)
{
	switch (action) {
	case SQLITE_INSERT: case SQLITE_UPDATE: case SQLITE_DELETE:
		return strcmp(name, "sqlite_master") == 0 || strcmp(name, "sqlite_temp_master") == 0;
	case SQLITE_CREATE_TABLE:
		return strcmp(name, "x") == 0;
	default:
		return 0;
	}
}

static int may(void *with, int action, const char *first, const char *second, const char *schema,
	const char *within)
{
	(void)schema, (void)within;
	switch (action) {
	case SQLITE_SELECT: case SQLITE_READ: case SQLITE_RECURSIVE: case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return among(refused_functions, second) ? deny(with, "the function", second) : SQLITE_OK;
	case SQLITE_PRAGMA:
		if (among(telling, first) || (!second && among(telling_bare, first)))
			return SQLITE_OK;
		return deny(with, second ? "setting PRAGMA" : "PRAGMA", first);
	case SQLITE_ATTACH: case SQLITE_DETACH:
		return deny(with, act_of(action), NULL);
	default:
		return keeps_books(action, first) ? SQLITE_OK : deny(with, act_of(action), first);
	}
}

/* The list above cannot tell BEGIN IMMEDIATE, which would keep others from writing, from BEGIN. */
int db_guard_passes(struct weir_db *db, sqlite3_stmt *statement)
{
	if (!db->guarded || !statement || sqlite3_stmt_readonly(statement))
		return 1;
	sqlite3_finalize(statement);
	fail_as(WEIR_MISUSE, "only reading is allowed here, and this statement writes");
	return 0;
}

int weir_db_guard(struct weir_db *db)
{
	sqlite3_limit(db->sqlite, SQLITE_LIMIT_LENGTH, LONGEST);
	sqlite3_limit(db->sqlite, SQLITE_LIMIT_SQL_LENGTH, LONGEST_TEXT);
	sqlite3_limit(db->sqlite, SQLITE_LIMIT_EXPR_DEPTH, DEEPEST);
	if (sqlite3_set_authorizer(db->sqlite, may, db) != SQLITE_OK)
		return fail("cannot guard %s", db->label);
	db->guarded = 1;
	return 0;
}
