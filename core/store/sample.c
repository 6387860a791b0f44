/*
 * sample.c - databases of exchanges, as Stratosphere records them: found, opened, read row by row.
 *
 * They are strangers' files.  Nothing is written to them or beside them; what is read is a table, no
 * view, and of it the columns that are known by name; a body that is too long is not even loaded.
 * Between batches nothing is held, so that those who write to the file need not wait for whoever
 * looks at what has been read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "db.h"
#include "sample.h"
#include "sample_read.h"

enum {
	COLUMNS_MOST = 128,
	QUERY_ROOM   = 32 << 10,
	LOADED_MOST  = 64 << 20         /* bytes of a body that are looked at */
};

struct weir_sample {
	struct weir_db    *db;
	struct weir_query *rows;
	struct weir_sample_column columns[COLUMNS_MOST];
	struct value       values[COLUMNS_MOST];
	struct row_reader  reader;
	const char *key;                /* what numbers its rows; NULL: nothing does */
	int64_t next;                   /* number that the next row has at least */
	double  total;
	uint8_t follow;                 /* more rows may come */
	int     is_over;
	char    damage[256];
};

/* ---- which columns it has -------------------------------------------------------------- */

/* Runs a query of one row and one column; returns that as a number, `otherwise` without one. */
static double first_of(struct weir_db *db, const char *text, double otherwise)
{
	struct weir_query *q = db_query(db, text);
	const struct weir_rows *rows;

	if (q && weir_query_read(q, 1, &rows) > 0)
		otherwise = rows->values[0].number;
	weir_query_free(q);
	return otherwise;
}

/* A view may go on for ever, and so may tables that are made by code. */
static int check_table(struct weir_sample *s, const char *path)
{
	double is_there = first_of(s->db, "SELECT type = 'table' AND sql NOT LIKE '%VIRTUAL%TABLE%' "
		"FROM main.sqlite_schema WHERE lower(name) = 'flows' AND type IN ('table', 'view')", -1);

	if (is_there < 0)
		return fail("'%s' has no exchanges: there is no table 'flows' in it", path);
	if (is_there == 0)
		return fail("'%s' has no exchanges: its 'flows' is no ordinary table", path);
	return 0;
}

static const struct weir_sample_column *find(const struct weir_sample_options *o,
	const char *name, uint32_t size)
{
	for (uint32_t i = 0; i < o->column_count; i++)
		if (strlen(o->columns[i].name) == size &&
		    strncasecmp(o->columns[i].name, name, size) == 0)
			return &o->columns[i];
	return NULL;
}

/* What SQLite calls the number of a row, as long as no column is called so. */
static const char *const keys[] = { "rowid", "_rowid_", "oid" };

enum { KEYS = sizeof keys / sizeof *keys };

static void strike_key(const char *name, uint32_t size, uint8_t struck[KEYS])
{
	for (int i = 0; i < KEYS; i++)
		struck[i] |= strlen(keys[i]) == size && strncasecmp(keys[i], name, size) == 0;
}

/* Notes which of the columns that are known are there, in the order in which they count. */
static int choose(struct weir_sample *s, const struct weir_sample_options *o, const char *path)
{
	uint8_t there[COLUMNS_MOST] = { 0 }, struck[KEYS] = { 0 };
	const struct weir_rows *rows;
	struct weir_query *q = db_query(s->db, "PRAGMA main.table_info(flows)");
	int n = 0, has_url = 0;

	while (q && (n = weir_query_read(q, 1, &rows)) > 0) {
		const struct weir_value *v = &rows->values[1];
		const char *name = (const char *)rows->text + v->at;
		const struct weir_sample_column *c = find(o, name, v->size);

		if (c)
			there[c - o->columns] = 1;
		strike_key(name, v->size, struck);
	}
	weir_query_free(q);
	if (!q || n == WEIR_FAIL)
		return WEIR_FAIL;
	for (uint32_t i = 0; i < o->column_count; i++)
		if (there[i]) {
			s->columns[s->reader.count++] = o->columns[i];
			has_url |= o->columns[i].part == WEIR_ROW_URL;
		}
	for (int i = KEYS; i--; )
		s->key = struck[i] ? s->key : keys[i];
	return has_url ? 0 :
		fail("'%s' has no exchanges: its table 'flows' is one of something else", path);
}

/* ---- what is asked of it ---------------------------------------------------------------- */

/*
 * A column of the query, and one of how many bytes there are where that may be more.  To ask a blob
 * for its length does not load it.
 */
static int put_column(char *to, size_t room, const struct weir_sample_column *c, const char *before)
{
	if (c->part != WEIR_ROW_BODY)
		return snprintf(to, room, "%s\"%s\"", before, c->name);
	return snprintf(to, room, "%sCASE WHEN typeof(\"%s\") <> 'blob' OR length(\"%s\") <= %d "
		"THEN \"%s\" WHEN length(\"%s\") <= %d THEN substr(\"%s\", 1, %d) END, "
		"CASE typeof(\"%s\") WHEN 'blob' THEN length(\"%s\") END", before, c->name, c->name,
		BODY_MOST, c->name, c->name, LOADED_MOST, c->name, BODY_MOST, c->name, c->name);
}

/* The next rows in the order of their numbers; without these, all of them. */
static struct weir_query *prepare(struct weir_sample *s, const char *key)
{
	char *text = malloc(QUERY_ROOM);
	struct weir_query *rows = NULL;
	size_t used;

	if (!text) {
		fail("out of memory");
		return NULL;
	}
	used = (size_t)snprintf(text, QUERY_ROOM, "SELECT %s", key ? key : "0");
	for (uint32_t i = 0; i < s->reader.count && used < QUERY_ROOM; i++)
		used += (size_t)put_column(text + used, QUERY_ROOM - used, &s->columns[i], ", ");
	if (used < QUERY_ROOM && key)
		used += (size_t)snprintf(text + used, QUERY_ROOM - used,
			" FROM main.flows WHERE %s >= ? ORDER BY %s", key, key);
	else if (used < QUERY_ROOM)
		used += (size_t)snprintf(text + used, QUERY_ROOM - used, " FROM main.flows");
	if (used < QUERY_ROOM)
		rows = db_query(s->db, text);
	else
		fail_as(WEIR_MISUSE, "too many columns");
	free(text);
	return rows;
}

/* Goes on behind the rows that have been read. */
static int go_on(struct weir_sample *s)
{
	weir_query_reset(s->rows);
	return weir_query_integer(s->rows, 1, s->next);
}

static int ask(struct weir_sample *s)
{
	if (s->key)
		s->rows = prepare(s, s->key);
	if (!s->rows) {                         /* WITHOUT ROWID: nothing numbers its rows */
		s->key = NULL;
		s->rows = prepare(s, NULL);
	}
	if (!s->rows)
		return WEIR_FAIL;
	return s->key ? go_on(s) : 0;
}

/* ---- opening and closing ---------------------------------------------------------------- */

/* Bytes that a database begins with, up to so many; 0 when it is none. */
static size_t read_head(const char *path, void *head, size_t most)
{
	static const char magic[] = "SQLite format 3";
	struct stat about;
	ssize_t size;
	int fd;

	if (stat(path, &about) < 0 || !S_ISREG(about.st_mode))
		return 0;               /* a pipe would miss what was looked at */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	size = pread(fd, head, most, 0);
	close(fd);
	return size >= (ssize_t)sizeof magic && memcmp(head, magic, sizeof magic) == 0 ? (size_t)size : 0;
}

int weir_is_database(const char *path)
{
	char head[16];

	return read_head(path, head, sizeof head) > 0;
}

int weir_sample_shows(const char *path)
{
	static const char column[] = "flow_request_host";
	char page[4096];                /* the first, which begins with what tables there are */
	size_t size = read_head(path, page, sizeof page);

	return memmem(page, size, column, sizeof column - 1) != NULL;
}

static int open_rows(struct weir_sample *s, const char *path, const struct weir_sample_options *o)
{
	if (o->column_count > COLUMNS_MOST)
		return fail_as(WEIR_MISUSE, "a row has %d columns at most", COLUMNS_MOST);
	/* What others write to is not immutable, though it rests. */
	s->db = weir_db_open(path, o->follow ? WEIR_DB_READ : WEIR_DB_FOREIGN, NULL);
	if (!s->db || weir_db_guard(s->db) < 0)
		return WEIR_FAIL;
	weir_db_stops(s->db, 1);
	if (check_table(s, path) < 0 || choose(s, o, path) < 0)
		return WEIR_FAIL;
	s->reader.columns = s->columns;
	s->reader.zone = (struct zone){ o->zone, o->local };
	s->follow = o->follow;
	s->next = INT64_MIN;
	s->total = first_of(s->db, "SELECT count(*) FROM main.flows", 0);
	return ask(s);
}

struct weir_sample *weir_sample_open(const char *path, const struct weir_sample_options *o)
{
	struct weir_sample *s = calloc(1, sizeof *s);

	if (!s) {
		fail("out of memory");
		return NULL;
	}
	if (open_rows(s, path, o) == 0)
		return s;
	weir_sample_close(s);
	return NULL;
}

void weir_sample_close(struct weir_sample *s)
{
	if (!s)
		return;
	weir_query_free(s->rows);
	weir_db_close(s->db);
	free(s);
}

void weir_sample_count(const struct weir_sample *s, struct weir_sample_counts *out)
{
	const struct row_troubles *t = &s->reader.troubles;

	*out = (struct weir_sample_counts){ .rows = s->reader.ordinal, .total = s->total,
		.bad_headers = t->headers, .bad_times = t->times, .cut_bodies = t->bodies };
}

const char *weir_sample_damage(const struct weir_sample *s)
{
	return s->damage[0] ? s->damage : NULL;
}

/* ---- reading ---------------------------------------------------------------------------- */

static void take_value(struct value *to, const struct weir_value *v, const char *text)
{
	*to = (struct value){ .integer = v->exact, .real = v->number };
	switch (v->kind) {
	case WEIR_VALUE_INTEGER: to->kind = VALUE_INTEGER; break;
	case WEIR_VALUE_NUMBER:  to->kind = VALUE_REAL; break;
	case WEIR_VALUE_TEXT:
	case WEIR_VALUE_BLOB:
		to->kind = VALUE_BYTES;
		to->bytes = (struct word){ text + v->at, v->size };
		to->whole = v->size;
		break;
	default:                 break;
	}
}

/* The values of a row by column; behind those of bodies it says how long these are. */
static void take_row(struct weir_sample *s, const struct weir_rows *rows)
{
	const struct weir_value *v = rows->values + 1;

	for (uint32_t i = 0; i < s->reader.count; i++) {
		struct value *to = &s->values[i];

		take_value(to, v++, rows->text);
		if (s->columns[i].part != WEIR_ROW_BODY)
			continue;
		if (v->kind == WEIR_VALUE_INTEGER) {
			to->kind = VALUE_BYTES;
			to->whole = (uint64_t)v->exact;
		}
		v++;
	}
}

/* The rows could not be read on: `why`. */
static int end(struct weir_sample *s, const char *why)
{
	if (why)
		snprintf(s->damage, sizeof s->damage, "damaged behind row %.0f: %s",
			s->reader.ordinal, why);
	s->is_over = 1;
	return WEIR_END;
}

/* The next row; 0 when there is none yet, or a weir_status. */
static int read_row(struct weir_sample *s, const struct weir_rows **rows)
{
	int n = weir_query_read(s->rows, 1, rows);

	if (n == WEIR_END && s->key && s->follow && go_on(s) == 0)
		return 0;
	if (n <= 0)
		return n;
	if (s->key && (*rows)->values[0].exact < s->next)
		return fail("its rows are out of order");
	s->next = (*rows)->values[0].exact;
	if (s->next == INT64_MAX)
		s->key = NULL;                  /* there is none behind it */
	else
		s->next++;
	return n;
}

int sample_next(struct weir_sample *s, struct said *said, uint32_t source)
{
	const struct weir_rows *rows;
	int n = s->is_over ? WEIR_END : read_row(s, &rows);

	if (n == 0)
		return 0;
	if (n < 0)
		return s->is_over ? WEIR_END :
			end(s, n == WEIR_END || n == WEIR_STOPPED ? NULL : weir_error());
	s->reader.said = said;
	s->reader.source = source;
	s->reader.ordinal++;
	take_row(s, rows);
	row_tell(&s->reader, s->values);
	return 1;
}

void sample_pause(struct weir_sample *s)
{
	if (s->key && !s->is_over && go_on(s) < 0)
		end(s, weir_error());
}
