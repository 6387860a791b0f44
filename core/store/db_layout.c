/*
 * db_layout.c - which database a file is, and of which version.
 *
 * A file of ours says so by its application_id, and by its user_version how far its layout has
 * come.  A layout's text has a part for each version, under a line "-- version N": what makes it
 * of the one before.  A file that is behind goes through those that it lacks, in one transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "db_inside.h"

static const char mark[] = "-- version ";

/* The next line that begins a part, at or after `at`; NULL when none does. */
static const char *next_part(const char *at, const char *text)
{
	for (at = strstr(at, mark); at; at = strstr(at + 1, mark))
		if (at == text || at[-1] == '\n')
			return at;
	return NULL;
}

static int newest(const struct weir_layout *layout)
{
	int version = 0;

	for (const char *at = next_part(layout->sql, layout->sql); at;
	     at = next_part(at + 1, layout->sql))
		version = atoi(at + sizeof mark - 1);
	return version;
}

static int versions(struct weir_db *db, int64_t *application, int64_t *version)
{
	if (db_first(db, "PRAGMA application_id", 0, application) < 0)
		return WEIR_FAIL;
	return db_first(db, "PRAGMA user_version", 0, version);
}

/* Whether nothing has ever been made in it. */
static int is_new(struct weir_db *db)
{
	int64_t tables = 1;

	return db_first(db, "SELECT count(*) FROM sqlite_schema", 1, &tables) == 0 && tables == 0;
}

int db_layout_check(struct weir_db *db, const struct weir_layout *layout)
{
	int64_t application, version;

	if (versions(db, &application, &version) < 0)
		return WEIR_FAIL;
	if (application == 0 && version == 0) {
		if (is_new(db))
			return db->mode == WEIR_DB_CREATE ? 1 : fail("%s is empty: not a %s database of Weir",
				db->label, layout->name);
		if (versions(db, &application, &version) < 0)   /* it may have been made just now */
			return WEIR_FAIL;
	}
	if (application != layout->application)
		return fail("%s is not a %s database of Weir (its application_id is %lld)", db->label,
			layout->name, (long long)application);
	if (version > newest(layout))
		return fail("%s was made by a newer Weir: its layout is version %lld, this one knows %d",
			db->label, (long long)version, newest(layout));
	return version < newest(layout);
}

static int run_part(struct weir_db *db, const struct weir_layout *layout, const char *part)
{
	const char *begin = strchr(part, '\n'), *end = next_part(part + 1, layout->sql);

	if (!begin)
		return 0;
	return weir_db_run(db, begin, (uint32_t)((end ? end : begin + strlen(begin)) - begin));
}

/* Another process may have done so in between: the version counts that this transaction sees. */
static int migrate(struct weir_db *db, const struct weir_layout *layout)
{
	int64_t application, version;
	char sql[128];

	if (db_layout_check(db, layout) < 0 || versions(db, &application, &version) < 0)
		return WEIR_FAIL;
	if (version == newest(layout))
		return 0;
	for (const char *at = next_part(layout->sql, layout->sql); at;
	     at = next_part(at + 1, layout->sql))
		if (atoi(at + sizeof mark - 1) > version && run_part(db, layout, at) < 0)
			return WEIR_FAIL;
	snprintf(sql, sizeof sql, "PRAGMA application_id = %u; PRAGMA user_version = %d",
		layout->application, newest(layout));
	return db_run(db, sql);
}

int db_layout_migrate(struct weir_db *db, const struct weir_layout *layout)
{
	int64_t application, version;

	if (versions(db, &application, &version) < 0)
		return WEIR_FAIL;
	if (application == layout->application && version == newest(layout))
		return 0;
	if (weir_db_begin(db) < 0)
		return WEIR_FAIL;
	if (migrate(db, layout) < 0) {
		weir_db_rollback(db);
		return WEIR_FAIL;
	}
	return weir_db_commit(db);
}
