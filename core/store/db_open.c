/* db_open.c - opening files: as what, how carefully, and several in one connection. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "db_inside.h"

int db_may_write(uint32_t mode)
{
	return mode == WEIR_DB_CREATE || mode == WEIR_DB_WRITE;
}

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

/* Whether files can appear beside this one; errno says why not. */
static int is_open_folder(const char *path)
{
	char folder[PATH_MAX + 8];
	char *slash;

	if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder)
		return 0;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	return access(slash ? folder : ".", W_OK) == 0;
}

/* Pipes and devices would block, folders say something unclear. */
static int check_path(const char *path, uint32_t mode)
{
	struct stat about;

	if (in_memory(path))
		return 0;
	if (stat(path, &about) < 0) {
		if (errno != ENOENT || mode != WEIR_DB_CREATE)
			return fail("cannot open '%s': %s", path, strerror(errno));
		return is_open_folder(path) ? 0 : fail("cannot make '%s': %s", path, strerror(errno));
	}
	if (S_ISDIR(about.st_mode))
		return fail("cannot open '%s': it is a folder", path);
	if (!S_ISREG(about.st_mode))
		return fail("cannot open '%s': it is no ordinary file", path);
	return 0;
}

/* How a file is opened that is only read: as one that others use, too; as one that nobody writes
 * to; or as one that nobody has open, with what its -wal file has. */
enum way { SHARED, IMMUTABLE, ALONE };

static const char *how_to(uint32_t mode, enum way way)
{
	if (way == ALONE)
		return "mode=ro&vfs=unix-none";
	if (way == IMMUTABLE)
		mode = WEIR_DB_IMMUTABLE;
	switch (mode) {
	case WEIR_DB_CREATE:    return "mode=rwc";
	case WEIR_DB_WRITE:     return "mode=rw";
	case WEIR_DB_IMMUTABLE: return "mode=ro&immutable=1";
	default:                return "mode=ro";
	}
}

/* Nobody asks SQLite how much memory it has, and to count takes a lock with each piece of it. */
__attribute__((constructor)) static void count_nothing(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* The index of a -wal file is then in memory, and not in a file beside it; the file stays. */
static int be_alone(struct weir_db *db, const char *pragma)
{
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return db_run(db, pragma);
}

static int open_file(struct weir_db *db, const char *path, uint32_t mode, enum way way)
{
	char uri[URI];
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	int code;

	if (make_uri(uri, path, how_to(mode, way)) < 0)
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
	return way == ALONE ? be_alone(db, "PRAGMA main.locking_mode = EXCLUSIVE") : 0;
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

/* Bytes in a file beside a database; -1 when there is none. */
static int64_t size_beside(const char *path, const char *suffix)
{
	char beside[PATH_MAX + 8];
	struct stat about;

	snprintf(beside, sizeof beside, "%s%s", path, suffix);
	return stat(beside, &about) < 0 ? -1 : about.st_size;
}

/*
 * A file in WAL mode has two more beside it while it is open.  One that we are only to look at
 * shall not get them, and one in a folder that may only be read cannot: when nobody uses it, it
 * can be read without.
 */
static enum way way_beside(const char *path, uint32_t mode)
{
	if (mode != WEIR_DB_FOREIGN && is_open_folder(path))
		return SHARED;
	if (size_beside(path, "-wal") > 0)
		return size_beside(path, "-shm") < 0 ? ALONE : SHARED;
	return size_beside(path, "-wal") < 0 || !is_open_folder(path) ? IMMUTABLE : SHARED;
}

static enum way best_way(struct weir_db *db, const char *schema, uint32_t mode)
{
	const char *path = sqlite3_db_filename(db->sqlite, schema);

	if (db_may_write(mode) || mode == WEIR_DB_IMMUTABLE || !path || !has_wal(db, schema))
		return SHARED;
	return way_beside(path, mode);
}

/* A file of ours that is read: there may be something to tidy up. */
static void remember(struct weir_db *db, const char *schema, uint32_t mode)
{
	const char *path = sqlite3_db_filename(db->sqlite, schema);
	char *kept = mode == WEIR_DB_READ && path ? strdup(path) : NULL;

	if (!kept)
		return;
	if (db->read_count < FILES)
		db->reads[db->read_count++] = kept;
	else
		free(kept);
}

static int open_as(struct weir_db *db, const char *path, uint32_t mode)
{
	enum way way;

	if (check_path(path, mode) < 0 || open_file(db, path, mode, SHARED) < 0)
		return WEIR_FAIL;
	way = best_way(db, "main", mode);
	if (way == SHARED) {
		remember(db, "main", mode);
		return 0;
	}
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
	return open_file(db, path, mode, way);
}

/* A file that an older Weir made is brought up to date before it is read. */
static int bring_up(const char *path, const struct weir_layout *layout)
{
	struct weir_db *db = weir_db_open(path, WEIR_DB_WRITE, layout);

	weir_db_close(db);
	return db ? 0 : WEIR_FAIL;
}

/*
 * In WAL mode readers and a writer do not wait for each other, and a commit need not reach the
 * disk to be whole.  What somebody else made stays of the kind it is.
 */
static int settle_writer(struct weir_db *db, const struct weir_layout *layout)
{
	int ours = layout || db->mode == WEIR_DB_CREATE;

	if (layout && db_run(db, "PRAGMA page_size = 8192") < 0)        /* of a new file */
		return WEIR_FAIL;
	if (ours && db_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") < 0)
		return WEIR_FAIL;
	if (db_run(db, "PRAGMA cache_size = -32000") < 0)
		return WEIR_FAIL;
	return layout ? db_layout_migrate(db, layout) : 0;
}

/* Reads the first page, which says whether it is a database; and makes a file of ours what it is. */
static int settle(struct weir_db *db, const char *path, const struct weir_layout *layout)
{
	int64_t tables;
	int behind;

	if (db_may_write(db->mode) && sqlite3_db_readonly(db->sqlite, "main") == 1)
		return db_failed(db, SQLITE_READONLY);
	if (db_first(db, "SELECT count(*) FROM sqlite_schema", 0, &tables) < 0)
		return WEIR_FAIL;
	behind = layout ? db_layout_check(db, layout) : 0;
	if (behind < 0)
		return WEIR_FAIL;
	if (db_may_write(db->mode))
		return settle_writer(db, layout);
	return behind ? bring_up(path, layout) : 0;
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
	if (open_as(db, path, mode) == 0 && settle(db, path, layout) == 0)
		return db;
	weir_db_close(db);
	return NULL;
}

/* ---- its end ---------------------------------------------------------------------- */

/*
 * Who only reads may be the last to leave and cannot take away the two files beside: somebody
 * who may write comes and goes.  That it fails is no matter; the next one tries again.
 */
static void tidy(const char *path)
{
	char uri[URI];
	sqlite3 *last = NULL;

	if (size_beside(path, "-wal") < 0 || make_uri(uri, path, how_to(WEIR_DB_WRITE, SHARED)) < 0)
		return;
	if (sqlite3_open_v2(uri, &last, SQLITE_OPEN_URI | SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		sqlite3_exec(last, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
	sqlite3_close(last);
}

void db_close_files(struct weir_db *db)
{
	sqlite3_close_v2(db->sqlite);
	for (int i = 0; i < db->read_count; i++) {
		tidy(db->reads[i]);
		free(db->reads[i]);
	}
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

static int attach_file(struct weir_db *db, const char *path, const char *name, uint32_t mode,
	enum way way)
{
	struct weir_query *attach = db_query(db, "ATTACH ? AS ?");
	char uri[URI];
	int status = attach ? make_uri(uri, path, how_to(mode, way)) : WEIR_FAIL;

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

/* A file is read while it is attached: how has to be said before, for all that come. */
static int attach_alone(struct weir_db *db, const char *path, const char *name, uint32_t mode)
{
	int status = be_alone(db, "PRAGMA locking_mode = EXCLUSIVE");

	if (status == 0)
		status = attach_file(db, path, name, mode, ALONE);
	if (db_run(db, "PRAGMA locking_mode = NORMAL") < 0)
		return WEIR_FAIL;
	return status;
}

static int attach_in(struct weir_db *db, const char *path, const char *name, uint32_t mode,
	enum way way)
{
	int status = way == ALONE ? attach_alone(db, path, name, mode)
		: attach_file(db, path, name, mode, way);

	if (status == 0 && way == SHARED)
		remember(db, name, mode);
	return status;
}

/*
 * Attached so that nothing appears beside it, and once more if that is not called for.  One with a
 * -wal file is not looked at without it: what has come into the file of that may be half of it.
 */
static int attach_as(struct weir_db *db, const char *path, const char *name, uint32_t mode)
{
	enum way way;

	if (db_may_write(mode) || mode == WEIR_DB_IMMUTABLE)
		return attach_file(db, path, name, mode, SHARED);
	if (size_beside(path, "-wal") > 0)
		return attach_in(db, path, name, mode, way_beside(path, mode));
	if (attach_file(db, path, name, mode, IMMUTABLE) < 0)
		return WEIR_FAIL;
	way = best_way(db, name, mode);
	if (way == IMMUTABLE)
		return 0;
	if (detach_file(db, name) < 0)
		return WEIR_FAIL;
	return attach_in(db, path, name, mode, way);
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

