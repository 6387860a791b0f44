/* db_table.c - tables whose rows come from a program's memory, as SQLite sees them. */
#include <stdio.h>
#include <stdlib.h>
#include "db_inside.h"

struct db_cell;                 /* is sqlite3_context */

struct module {
	const struct db_source *source;
	void *with;
};

struct table {
	sqlite3_vtab base;
	const struct module *module;
};

struct cursor {
	sqlite3_vtab_cursor base;
	void   *scan;
	int64_t row;
	int     at_row;
};

static const struct db_source *source_of(sqlite3_vtab_cursor *c)
{
	return ((struct table *)c->pVtab)->module->source;
}

/* A source has said why in weir_error(). */
static int failed(sqlite3_vtab *table)
{
	sqlite3_free(table->zErrMsg);
	table->zErrMsg = sqlite3_mprintf("%s", weir_error());
	return SQLITE_ERROR;
}

static int connect_table(sqlite3 *sqlite, void *with, int argc, const char *const *argv,
	sqlite3_vtab **out, char **why)
{
	struct module *module = with;
	char *sql = sqlite3_mprintf("CREATE TABLE x(%s)", module->source->columns);
	struct table *t = sqlite3_malloc(sizeof *t);
	int code = sql && t ? sqlite3_declare_vtab(sqlite, sql) : SQLITE_NOMEM;

	(void)argc, (void)argv, (void)why;
	sqlite3_free(sql);
	if (code != SQLITE_OK) {
		sqlite3_free(t);
		return code;
	}
	*t = (struct table){ .module = module };
	*out = &t->base;
	/* What it shows is ours, so that views may show it too. */
	sqlite3_vtab_config(sqlite, SQLITE_VTAB_INNOCUOUS);
	return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *table)
{
	sqlite3_free(table);
	return SQLITE_OK;
}

static int plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
	double rows = ((struct table *)table)->module->source->rows;

	info->estimatedCost = rows;
	info->estimatedRows = (sqlite3_int64)rows;
	return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
	struct cursor *c = sqlite3_malloc(sizeof *c);

	(void)table;
	if (!c)
		return SQLITE_NOMEM;
	*c = (struct cursor){ .row = 0 };
	*out = &c->base;
	return SQLITE_OK;
}

static void end_scan(struct cursor *c)
{
	if (c->scan)
		source_of(&c->base)->end(c->scan);
	c->scan = NULL;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
	end_scan((struct cursor *)base);
	sqlite3_free(base);
	return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	c->at_row = source_of(base)->next(c->scan);
	c->row++;
	return c->at_row < 0 ? failed(base->pVtab) : SQLITE_OK;
}

static int begin_scan(sqlite3_vtab_cursor *base, int number, const char *text, int argc,
	sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	const struct module *module = ((struct table *)base->pVtab)->module;

	(void)number, (void)text, (void)argc, (void)argv;
	end_scan(c);
	c->row = 0;
	c->scan = module->source->begin(module->with);
	return c->scan ? next_row(base) : failed(base->pVtab);
}

static int is_over(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->at_row <= 0;
}

static int give_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	source_of(base)->give(((struct cursor *)base)->scan, column, (struct db_cell *)out);
	return SQLITE_OK;
}

static int give_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
	*out = ((struct cursor *)base)->row;
	return SQLITE_OK;
}

/* Without xCreate a table of the module's name is simply there; without xUpdate it is only read. */
static const sqlite3_module methods = {
	.xConnect = connect_table, .xDisconnect = disconnect_table, .xBestIndex = plan,
	.xOpen = open_cursor, .xClose = close_cursor, .xFilter = begin_scan, .xNext = next_row,
	.xEof = is_over, .xColumn = give_column, .xRowid = give_rowid
};

int db_table(struct weir_db *db, const char *name, const struct db_source *source, void *with)
{
	struct module *module = malloc(sizeof *module);
	int code;

	if (!module)
		return fail("out of memory");
	*module = (struct module){ source, with };
	code = sqlite3_create_module_v2(db->sqlite, name, &methods, module, free);
	return code == SQLITE_OK ? 0 : db_failed(db, code);
}

void db_give_integer(struct db_cell *out, int64_t value)
{
	sqlite3_result_int64((sqlite3_context *)out, value);
}

void db_give_number(struct db_cell *out, double value)
{
	sqlite3_result_double((sqlite3_context *)out, value);
}

void db_give_text(struct db_cell *out, const void *bytes, uint32_t size)
{
	sqlite3_result_text64((sqlite3_context *)out, bytes, size, SQLITE_TRANSIENT, SQLITE_UTF8);
}

void db_give_blob(struct db_cell *out, const void *bytes, uint32_t size)
{
	sqlite3_result_blob64((sqlite3_context *)out, bytes, size, SQLITE_TRANSIENT);
}
