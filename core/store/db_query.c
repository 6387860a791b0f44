/* db_query.c - a statement: its parameters, its rows one by one, its rows in batches. */
#include <stdlib.h>
#include <string.h>
#include "db_inside.h"

enum {
	VALUES = 8192,          /* of a batch, unless one row has more */
	TEXT   = 1 << 20,       /* bytes of a batch's texts, unless those of one row are more */
	ROWS   = 4096
};

/* ---- a statement ---------------------------------------------------------------- */

static sqlite3_stmt *prepare(struct weir_db *db, const char *text, uint32_t size,
	uint32_t flags, const char **tail)
{
	sqlite3_stmt *statement = NULL;
	int code;

	db->error_at = -1;
	db->denied = 0;
	db->waits_since = 0;
	do {
		code = sqlite3_prepare_v3(db->sqlite, text, (int)size, flags, &statement, tail);
	} while (code != SQLITE_OK && db_wait_again(db, code));
	if (code != SQLITE_OK) {
		db->error_at = sqlite3_error_offset(db->sqlite);
		db_failed(db, code);
		return NULL;
	}
	if (!statement)
		fail_as(WEIR_END, "no statement");
	return db_guard_passes(db, statement) ? statement : NULL;
}

static struct weir_query *query_of(struct weir_db *db, sqlite3_stmt *statement)
{
	struct weir_query *q = statement ? calloc(1, sizeof *q) : NULL;

	if (!q) {
		if (statement)
			fail("out of memory");
		sqlite3_finalize(statement);
		return NULL;
	}
	q->db = db;
	q->statement = statement;
	q->rows.column_count = (uint32_t)sqlite3_column_count(statement);
	db->users++;
	return q;
}

struct weir_query *weir_query_new(struct weir_db *db, const char *text, uint32_t size,
	uint32_t *end)
{
	const char *tail = text + size;
	sqlite3_stmt *statement = NULL;

	*end = size;
	if (size > INT32_MAX) {
		fail_as(WEIR_MISUSE, "a query of more than 2 GiB");
		return NULL;
	}
	statement = prepare(db, text, size, 0, &tail);
	if (tail)
		*end = (uint32_t)(tail - text);
	return query_of(db, statement);
}

struct weir_query *db_query(struct weir_db *db, const char *text)
{
	return query_of(db, prepare(db, text, (uint32_t)strlen(text), SQLITE_PREPARE_PERSISTENT, NULL));
}

void weir_query_free(struct weir_query *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->statement);
	free((void *)q->rows.values);
	free((void *)q->rows.text);
	db_leave(q->db);
	free(q);
}

int weir_db_complete(const char *text)
{
	return sqlite3_complete(text);
}

int weir_query_reads(struct weir_query *q)
{
	return sqlite3_stmt_readonly(q->statement);
}

uint32_t weir_query_columns(struct weir_query *q)
{
	return (uint32_t)sqlite3_column_count(q->statement);
}

const char *weir_query_name(struct weir_query *q, uint32_t column)
{
	return sqlite3_column_name(q->statement, (int)column);
}

const char *weir_query_type(struct weir_query *q, uint32_t column)
{
	return sqlite3_column_decltype(q->statement, (int)column);
}

/* ---- parameters ------------------------------------------------------------------- */

uint32_t weir_query_parameters(struct weir_query *q)
{
	return (uint32_t)sqlite3_bind_parameter_count(q->statement);
}

const char *weir_query_parameter(struct weir_query *q, uint32_t i)
{
	return sqlite3_bind_parameter_name(q->statement, (int)i);
}

static int bound(struct weir_query *q, int code)
{
	return likely(code == SQLITE_OK) ? 0 : db_failed(q->db, code);
}

int weir_query_null(struct weir_query *q, uint32_t i)
{
	return bound(q, sqlite3_bind_null(q->statement, (int)i));
}

int weir_query_integer(struct weir_query *q, uint32_t i, int64_t value)
{
	return bound(q, sqlite3_bind_int64(q->statement, (int)i, value));
}

int weir_query_number(struct weir_query *q, uint32_t i, double value)
{
	return bound(q, sqlite3_bind_double(q->statement, (int)i, value));
}

int weir_query_text(struct weir_query *q, uint32_t i, const void *bytes, uint32_t size)
{
	return bound(q, sqlite3_bind_text64(q->statement, (int)i, bytes, size, SQLITE_TRANSIENT,
		SQLITE_UTF8));
}

int db_borrow(struct weir_query *q, uint32_t i, const void *bytes, uint32_t size)
{
	return bound(q, sqlite3_bind_text64(q->statement, (int)i, bytes, size, SQLITE_STATIC,
		SQLITE_UTF8));
}

int weir_query_blob(struct weir_query *q, uint32_t i, const void *bytes, uint32_t size)
{
	return bound(q, sqlite3_bind_blob64(q->statement, (int)i, size ? bytes : "", size,
		SQLITE_TRANSIENT));
}

/* ---- row by row --------------------------------------------------------------------- */

/* Whether what failed may begin anew: nothing has been seen of it, and no transaction hangs on it. */
static int may_repeat(struct weir_query *q)
{
	return !q->at_row && (sqlite3_get_autocommit(q->db->sqlite) || q == q->db->commit);
}

static int step_failed(struct weir_query *q, int code)
{
	int status = db_failed(q->db, code);

	sqlite3_reset(q->statement);
	q->at_row = 0;
	return status;
}

int db_step(struct weir_query *q)
{
	struct weir_db *db = q->db;
	int code;

	for (;;) {
		code = sqlite3_step(q->statement);
		if (likely(code == SQLITE_ROW)) {
			q->at_row = 1;
			return 1;
		}
		if (code == SQLITE_DONE)
			break;
		if (!may_repeat(q) || !db_wait_again(db, code))
			return step_failed(q, code);
		sqlite3_reset(q->statement);
	}
	q->at_row = 0;
	sqlite3_reset(q->statement);
	return 0;
}

int weir_query_run(struct weir_query *q)
{
	struct weir_db *db = q->db;
	int alone = sqlite3_get_autocommit(db->sqlite) && !sqlite3_stmt_readonly(q->statement);
	int status;

	db->waits_since = 0;
	if (q->at_row)
		weir_query_reset(q);
	if (alone)
		db_wait_turn(db);
	do {
		status = db_step(q);
	} while (status > 0);
	if (alone)
		db_wait_wrote(db);
	return status;
}

void weir_query_reset(struct weir_query *q)
{
	sqlite3_reset(q->statement);
	q->at_row = q->over = 0;
	q->rows.row_count = 0;
}

int64_t db_integer(struct weir_query *q, int column)
{
	return sqlite3_column_int64(q->statement, column);
}

double db_number(struct weir_query *q, int column)
{
	return sqlite3_column_double(q->statement, column);
}

const void *db_bytes(struct weir_query *q, int column, uint32_t *size)
{
	const void *bytes = sqlite3_column_blob(q->statement, column);

	*size = (uint32_t)sqlite3_column_bytes(q->statement, column);
	return bytes;
}

int db_is_null(struct weir_query *q, int column)
{
	return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

/* ---- in batches ------------------------------------------------------------------------ */

/* Makes room for `more` bytes of text behind those that are there. */
static int text_room(struct weir_query *q, uint64_t more)
{
	uint64_t wanted = q->rows.text_size + more;
	void *text;

	if (wanted <= q->text_room)
		return 0;
	if (wanted > UINT32_MAX)
		return fail("a row of more than 4 GiB");
	if (wanted < TEXT)
		wanted = TEXT;
	text = realloc((void *)q->rows.text, wanted);
	if (!text)
		return fail("out of memory");
	q->rows.text = text;
	q->text_room = (uint32_t)wanted;
	return 0;
}

static int keep_bytes(struct weir_query *q, sqlite3_value *value, struct weir_value *out)
{
	const void *bytes = sqlite3_value_blob(value);
	uint32_t size = (uint32_t)sqlite3_value_bytes(value);

	if (size && !bytes)
		return fail("out of memory");
	if (text_room(q, size) < 0)
		return WEIR_FAIL;
	out->at = q->rows.text_size;
	out->size = size;
	if (size)
		memcpy((char *)q->rows.text + out->at, bytes, size);
	q->rows.text_size += size;
	return 0;
}

/* Asks the statement for the value once, and the value for the rest, which costs less. */
static int keep_value(struct weir_query *q, int column, struct weir_value *out)
{
	sqlite3_value *value = sqlite3_column_value(q->statement, column);

	*out = (struct weir_value){ 0 };
	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		out->kind = WEIR_VALUE_INTEGER;
		out->exact = sqlite3_value_int64(value);
		out->number = (double)out->exact;
		return 0;
	case SQLITE_FLOAT:
		out->kind = WEIR_VALUE_NUMBER;
		out->number = sqlite3_value_double(value);
		return 0;
	case SQLITE_TEXT:
		out->kind = WEIR_VALUE_TEXT;
		return keep_bytes(q, value, out);
	case SQLITE_BLOB:
		out->kind = WEIR_VALUE_BLOB;
		return keep_bytes(q, value, out);
	default:
		return 0;
	}
}

/* How many rows may come before the batch is full. */
static uint32_t room_of(struct weir_query *q, uint32_t most)
{
	uint32_t columns = q->rows.column_count, room = columns ? VALUES / columns : ROWS;

	if (room > ROWS)
		room = ROWS;
	if (most && room > most)
		room = most;
	return room ? room : 1;
}

/* Columns may have become others since the query was prepared: `SELECT *` of a changed table. */
static int make_room(struct weir_query *q, uint32_t rows)
{
	uint32_t columns = q->rows.column_count, wanted = rows * columns;
	void *values;

	if (wanted <= q->value_room)
		return 0;
	values = realloc((void *)q->rows.values, wanted * sizeof *q->rows.values);
	if (!values)
		return fail("out of memory");
	q->rows.values = values;
	q->value_room = wanted;
	return 0;
}

static int keep_row(struct weir_query *q, uint32_t room)
{
	uint32_t columns = (uint32_t)sqlite3_data_count(q->statement);
	struct weir_value *out;

	if (q->rows.row_count == 0) {
		q->rows.column_count = columns;
		if (make_room(q, room) < 0)
			return WEIR_FAIL;
	} else if (columns != q->rows.column_count) {
		return fail("a table has changed while it was read");
	}
	out = (struct weir_value *)q->rows.values + (size_t)q->rows.row_count * columns;
	for (uint32_t i = 0; i < columns; i++)
		if (keep_value(q, (int)i, out + i) < 0)
			return WEIR_FAIL;
	q->rows.row_count++;
	return 0;
}

int weir_query_read(struct weir_query *q, uint32_t most, const struct weir_rows **out)
{
	uint32_t room = room_of(q, most);
	int status = 0;

	q->rows.row_count = q->rows.text_size = 0;
	q->db->waits_since = 0;
	*out = &q->rows;
	while (!q->over && q->rows.row_count < room && q->rows.text_size < TEXT) {
		status = db_step(q);
		if (status > 0)
			status = keep_row(q, room);
		else if (status == 0)
			q->over = 1;
		if (status < 0) {
			weir_query_reset(q);
			return status;
		}
	}
	if (q->rows.row_count)
		return (int)q->rows.row_count;
	q->over = 0;
	return WEIR_END;
}
