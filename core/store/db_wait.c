/*
 * db_wait.c - waiting for others, and stopping.
 *
 * Several processes may write to one database.  Whoever finds it locked comes back soon and often,
 * for minutes; whoever writes for long leaves gaps in which others get in.  So nobody is told
 * that a database is locked, unless somebody has stopped with the lock in their hands.
 */
#include <stdlib.h>
#include <time.h>
#include "../interrupt.h"
#include "db_inside.h"

static const double PATIENCE = 120;     /* seconds */
static const double LONG     = 0.050;   /* seconds of writing after which others get a gap */
enum {
	GAP_US  = 2500,                 /* that long: more than the longest nap */
	NAP_US  = 300,                  /* the shortest nap of those who wait; the longest is … */
	NAPS_US = 1700,                 /* … so much longer */
	OPS     = 4000,                 /* steps of SQLite between looks at the clock */
	PAGES   = 1000,                 /* of the -wal, after which they move into the file */
	CROWDED = 8000                  /* and after which readers are waited for, … */
};
static const double HASTE = 0.2;        /* … so many seconds at most */

static void sleep_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

/* No two who wait keep step with each other. */
static void nap(void)
{
	uint16_t random;

	sqlite3_randomness(sizeof random, &random);
	sleep_us(NAP_US + random % NAPS_US);
}

static int should_stop(struct weir_db *db)
{
	if (db->stops && weir_stop_signal())
		return 1;
	if (db->deadline != 0 && weir_clock() > db->deadline)
		db->late = 1;
	return db->late;
}

static int keep_waiting(struct weir_db *db)
{
	double now = weir_clock();

	if (db->waits_since == 0)
		db->waits_since = now;
	if (should_stop(db) || now - db->waits_since > db->patience)
		return 0;
	nap();
	return 1;
}

/* SQLite found a lock, for the count-th time in a row. */
static int on_busy(void *with, int count)
{
	(void)count;
	return keep_waiting(with);
}

static int on_progress(void *with)
{
	return should_stop(with);
}

/*
 * A commit has made the -wal file that long.  It begins anew when no reader needs it, which with
 * many readers may never happen by chance; a reader who takes hours must not stop the writer.
 */
static int on_commit(void *with, sqlite3 *sqlite, const char *schema, int pages)
{
	struct weir_db *db = with;
	double patience = db->patience;

	if (pages < CROWDED)
		db->crowded = CROWDED;
	if (pages < PAGES)
		return SQLITE_OK;
	if (pages < db->crowded) {
		sqlite3_wal_checkpoint_v2(sqlite, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		return SQLITE_OK;
	}
	db->patience = HASTE;
	db->waits_since = 0;
	sqlite3_wal_checkpoint_v2(sqlite, schema, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	db->patience = patience;
	db->crowded = pages + CROWDED / 4;      /* when it was in vain */
	return SQLITE_OK;
}

void db_wait_set(struct weir_db *db)
{
	db->patience = PATIENCE;
	sqlite3_busy_handler(db->sqlite, on_busy, db);
	if (interrupt_caught())         /* where people type, each query ends with Ctrl-C */
		weir_db_stops(db, 1);
	sqlite3_wal_hook(db->sqlite, on_commit, db);
}

/*
 * Not every lock leads SQLite to the busy handler: recovery after a crash, the change to WAL, and
 * readers that race for a slot come back at once.  What a query of our own still sees does not
 * change by waiting.
 */
int db_wait_again(struct weir_db *db, int code)
{
	int again = code == SQLITE_PROTOCOL || (code & 0xff) == SQLITE_BUSY;

	if (code == SQLITE_BUSY_SNAPSHOT && db_reading(db) > 0)
		return 0;
	return again && keep_waiting(db);
}

void db_wait_turn(struct weir_db *db)
{
	double now = weir_clock();

	if (now - db->wrote_at > GAP_US / 1e6) {
		db->writes_since = now;
	} else if (now - db->writes_since > LONG) {
		sleep_us(GAP_US);
		db->writes_since = weir_clock();
	}
}

void db_wait_wrote(struct weir_db *db)
{
	db->wrote_at = weir_clock();
}

void weir_db_patience(struct weir_db *db, double seconds)
{
	db->patience = seconds;
}

/* The clock is looked at only by those who want it. */
static void watch(struct weir_db *db)
{
	int wanted = db->stops || db->deadline != 0;

	sqlite3_progress_handler(db->sqlite, wanted ? OPS : 0, wanted ? on_progress : NULL, db);
}

void weir_db_stops(struct weir_db *db, int on)
{
	db->stops = on != 0;
	watch(db);
}

void weir_db_limit(struct weir_db *db, double seconds)
{
	db->limit = seconds;
	db->deadline = seconds > 0 ? weir_clock() + seconds : 0;
	db->late = 0;
	watch(db);
}

void weir_db_interrupt(struct weir_db *db)
{
	sqlite3_interrupt(db->sqlite);
}
