/*
 * who.c - who talks to whom: each device, address, name and pair stands once in the file.
 *
 * What was looked up lately is remembered here, by what it is of.  Ids are given out here, not by
 * SQLite: whoever has begun a transaction that writes is alone.
 */
#include <stdlib.h>
#include <string.h>
#include "../output/value.h"
#include "who.h"

static const char *const finds[WHO_TABLES] = {
	"SELECT id FROM mac WHERE mac = ?1",
	"SELECT id FROM name WHERE name = ?1",
	"SELECT id FROM ip WHERE ip = ?1",
	("SELECT id * 2 + (twin > 0) FROM pair WHERE src_ip = ?3 AND dst_ip = ?4 AND src_mac = ?1"
		" AND dst_mac = ?2 AND protocol IS ?5"),
	("SELECT id, name, sure, name_by IS NOT NULL FROM talk"
		" WHERE pair = ?1 AND src_port IS ?2 AND dst_port IS ?3")
};

/* A talk without a name has that of its destination, a guess: with ?9 it is that of the ip ?6. */
static const char *const adds[WHO_TABLES] = {
	"INSERT OR IGNORE INTO mac (id, mac, ether) VALUES (?1, ?2, ?3)",
	"INSERT OR IGNORE INTO name (id, name) VALUES (?1, ?2)",
	"INSERT OR IGNORE INTO ip (id, ip) VALUES (?1, ?2)",
	"INSERT OR FAIL INTO pair (id, src_mac, dst_mac, src_ip, dst_ip, protocol, twin)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	"INSERT OR FAIL INTO talk (id, pair, src_port, dst_port, community, name, sure, name_by) VALUES"
		" (?1, ?2, ?3, ?4, ?5, CASE WHEN ?9 THEN (SELECT name FROM ip WHERE id = ?6)"
		" ELSE ?6 END, ?7, ?8)"
};

static const char *const maxima[WHO_TABLES] = {
	"SELECT max(id) FROM mac", "SELECT max(id) FROM name", "SELECT max(id) FROM ip",
	"SELECT max(id) FROM pair", "SELECT max(id) FROM talk"
};

/* Where `protocols` has no name a number stands in the file. */
enum { NO_PROTOCOL = 0xffff };

int who_init(struct who *w, struct weir_db *db)
{
	int ok = 1;

	w->db = db;
	if (memo_init(&w->memo) < 0)
		return WEIR_FAIL;
	for (int i = 0; i < WHO_TABLES; i++) {
		ok &= (w->find[i] = db_query(db, finds[i])) != NULL;
		ok &= (w->add[i] = db_query(db, adds[i])) != NULL;
		ok &= (w->max[i] = db_query(db, maxima[i])) != NULL;
	}
	ok &= (w->data_version = db_query(db, "PRAGMA data_version")) != NULL;
	ok &= (w->set_twin = db_query(db, "UPDATE OR FAIL pair SET twin = ?2 WHERE id = ?1")) != NULL;
	ok &= (w->find_twin = db_query(db, "SELECT t.id FROM pair p JOIN talk t ON t.pair = p.twin"
		" AND t.src_port IS ?3 AND t.dst_port IS ?2 WHERE p.id = ?1")) != NULL;
	ok &= (w->name_talk = db_query(db,
		"UPDATE OR FAIL talk SET name = ?2, sure = ?3, name_by = ?4 WHERE id = ?1")) != NULL;
	ok &= (w->name_ip = db_query(db, "UPDATE OR FAIL ip SET name = ?2, sure = ?3"
		" WHERE id = ?1 AND id > 0 AND ?3 >= sure AND (name <> ?2 OR sure <> ?3)")) != NULL;
	ok &= (w->set_key = db_query(db, "INSERT OR FAIL INTO kv_store VALUES (?1, ?2)"
		" ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json")) != NULL;
	return ok ? 0 : WEIR_FAIL;
}

void who_free(struct who *w)
{
	for (int i = 0; i < WHO_TABLES; i++) {
		weir_query_free(w->find[i]);
		weir_query_free(w->add[i]);
		weir_query_free(w->max[i]);
	}
	weir_query_free(w->data_version);
	weir_query_free(w->set_twin);
	weir_query_free(w->find_twin);
	weir_query_free(w->name_talk);
	weir_query_free(w->name_ip);
	weir_query_free(w->set_key);
	memo_free(&w->memo);
	free(w->talks);
}

void who_forget(struct who *w)
{
	memo_clear(&w->memo);
	w->talk_count = 0;
	w->is_whole = 0;
}

void who_doubt(struct who *w)
{
	w->version = 0;
}

int64_t who_ask(struct weir_query *q)
{
	int status = db_step(q);
	int64_t found = status > 0 ? db_integer(q, 0) : status < 0 ? -2 : -1;

	weir_query_reset(q);
	return found;
}

/* Nothing is remembered: what ids are taken.  In a new file there are but those that are 0. */
static int look_at_file(struct who *w)
{
	w->is_whole = 1;
	for (int i = 0; i < WHO_TABLES; i++) {
		w->next[i] = who_ask(w->max[i]) + 1;
		if (w->next[i] < 0)
			return WEIR_FAIL;
		w->is_whole &= w->next[i] <= 1;
	}
	return 0;
}

int who_begin(struct who *w)
{
	int64_t version = who_ask(w->data_version);

	if (version < 0)
		return WEIR_FAIL;
	if (version == w->version)
		return 0;
	who_forget(w);
	if (look_at_file(w) < 0)
		return WEIR_FAIL;
	w->version = version;
	return 0;
}

/* ---- dictionaries --------------------------------------------------------------------- */

int64_t who_add(struct who *w, int table)
{
	int64_t id = w->next[table]++;

	weir_query_integer(w->add[table], 1, id);
	return weir_query_run(w->add[table]) < 0 ? -1 : id;
}

/*
 * The id of a text that `add` and `find` have been bound for: its row is made, unless it is there,
 * which the file has to look for only once this way.
 */
static int64_t settle(struct who *w, int table)
{
	int64_t id = w->next[table];

	weir_query_integer(w->add[table], 1, id);
	if (weir_query_run(w->add[table]) < 0)
		return -1;
	if (weir_db_changes(w->db) == 0)
		return who_ask(w->find[table]);
	w->next[table]++;
	w->has_new |= table != WHO_NAME;
	return id;
}

static void write_hex(const uint8_t *six, char text[12])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 12; i++)
		text[i] = digits[six[i / 2] >> (i % 2 ? 0 : 4) & 15];
}

static int64_t mac_id(struct who *w, const uint8_t *six, int is_there)
{
	struct memo_key k = { { 0 } };
	char hex[12], ether[18];
	int64_t id;

	if (!is_there)
		return 0;
	memcpy(k.bytes, six, 6);
	k.bytes[MEMO_KEY - 1] = 1 + WHO_MAC;
	id = memo_find(&w->memo, &k);
	if (id >= 0)
		return id;
	write_hex(six, hex);
	db_borrow(w->find[WHO_MAC], 1, hex, sizeof hex);
	db_borrow(w->add[WHO_MAC], 2, hex, sizeof hex);
	db_borrow(w->add[WHO_MAC], 3, ether, (uint32_t)weir_ether_text(six, ether));
	id = settle(w, WHO_MAC);
	if (id >= 0)
		memo_put(&w->memo, &k, id);
	return id;
}

static int64_t ip_id(struct who *w, const uint8_t *address, const struct item *i)
{
	struct memo_key k = { { 0 } };
	char text[46];
	uint32_t size;
	int64_t id;

	if (!(i->has & WEIR_HAS_ADDRESS))
		return 0;
	memcpy(k.bytes, address, 16);
	k.bytes[16] = i->ends.ip_version;
	k.bytes[MEMO_KEY - 1] = 1 + WHO_IP;
	id = memo_find(&w->memo, &k);
	if (id >= 0)
		return id;
	size = (uint32_t)weir_address_text(address, i->ends.ip_version, text);
	db_borrow(w->find[WHO_IP], 1, text, size);
	db_borrow(w->add[WHO_IP], 2, text, size);
	id = settle(w, WHO_IP);
	if (id >= 0)
		memo_put(&w->memo, &k, id);
	return id;
}

int64_t who_name(struct who *w, const struct item *i)
{
	const void *text = item_bytes(i, i->name_at);
	struct memo_key k = { { 0 } };
	uint64_t hash[2];
	int64_t id;

	if (!i->name_size)
		return 0;
	memo_hash(&w->memo, text, i->name_size, hash);
	memcpy(k.bytes, hash, sizeof hash);
	k.bytes[MEMO_KEY - 1] = 1 + WHO_NAME;
	id = memo_find(&w->memo, &k);
	if (id >= 0)
		return id;
	db_borrow(w->find[WHO_NAME], 1, text, i->name_size);
	db_borrow(w->add[WHO_NAME], 2, text, i->name_size);
	id = settle(w, WHO_NAME);
	if (id >= 0)
		memo_put(&w->memo, &k, id);
	return id;
}

/* ---- pairs ------------------------------------------------------------------------------ */

struct ids {
	int64_t src_mac, dst_mac, src_ip, dst_ip;
	uint32_t protocol;
};

/* How a pair is remembered: twice its id, and one more when it has a twin. */
static struct memo_key pair_key(const struct ids *of)
{
	struct memo_key k = { { 0 } };

	memcpy(k.bytes, &of->src_mac, 5);
	memcpy(k.bytes + 5, &of->dst_mac, 5);
	memcpy(k.bytes + 10, &of->src_ip, 5);
	memcpy(k.bytes + 15, &of->dst_ip, 5);
	memcpy(k.bytes + 20, &of->protocol, 2);
	k.bytes[MEMO_KEY - 1] = 1 + WHO_PAIR;
	return k;
}

static struct ids turned(const struct ids *of)
{
	return (struct ids){ of->dst_mac, of->src_mac, of->dst_ip, of->src_ip, of->protocol };
}

static void bind_protocol(struct who *w, struct weir_query *q, uint32_t at, uint32_t protocol)
{
	const char *name = protocol < w->protocol_count ? w->protocols[protocol] : NULL;
	char digits[8];

	if (name)
		db_borrow(q, at, name, (uint32_t)strlen(name));
	else if (protocol == NO_PROTOCOL)
		weir_query_null(q, at);
	else
		weir_query_text(q, at, digits,
			(uint32_t)(value_integer((uint8_t *)digits, protocol) - (uint8_t *)digits));
}

/* Binds what a pair is of, from parameter `at` on. */
static void bind_pair(struct who *w, struct weir_query *q, uint32_t at, const struct ids *of)
{
	weir_query_integer(q, at, of->src_mac);
	weir_query_integer(q, at + 1, of->dst_mac);
	weir_query_integer(q, at + 2, of->src_ip);
	weir_query_integer(q, at + 3, of->dst_ip);
	bind_protocol(w, q, at + 4, of->protocol);
}

/* What is remembered of a pair, or in the file; -1 when it is new, -2 when that fails. */
static int64_t find_pair(struct who *w, const struct ids *of)
{
	struct memo_key k = pair_key(of);
	int64_t found = memo_find(&w->memo, &k);

	/* Of a new address or device nothing can be there. */
	if (found >= 0 || w->has_new || who_knows_all(w))
		return found;
	bind_pair(w, w->find[WHO_PAIR], 1, of);
	found = who_ask(w->find[WHO_PAIR]);
	if (found >= 0)
		memo_put(&w->memo, &k, found);
	return found;
}

static int64_t add_pair(struct who *w, const struct ids *of)
{
	struct ids back = turned(of);
	struct memo_key k = pair_key(of), twin_key = pair_key(&back);
	int64_t id, twin = find_pair(w, &back);

	if (twin < -1)
		return -1;
	bind_pair(w, w->add[WHO_PAIR], 2, of);
	weir_query_integer(w->add[WHO_PAIR], 7, twin < 0 ? 0 : twin / 2);
	id = who_add(w, WHO_PAIR);
	if (id < 0)
		return -1;
	memo_put(&w->memo, &k, id * 2 + (twin >= 0));
	w->has_new = 1;
	if (twin < 0)
		return id * 2;
	memo_put(&w->memo, &twin_key, twin | 1);
	weir_query_integer(w->set_twin, 1, twin / 2);
	weir_query_integer(w->set_twin, 2, id);
	return weir_query_run(w->set_twin) < 0 ? -1 : id * 2 + 1;
}

int64_t who_pair(struct who *w, const struct item *i, int64_t *dst_ip)
{
	struct ids of;
	int64_t found;

	w->has_new = 0;
	of.src_mac = mac_id(w, i->ends.src_ether, i->has & WEIR_HAS_SRC_MAC);
	of.dst_mac = mac_id(w, i->ends.dest_ether, i->has & WEIR_HAS_DEST_MAC);
	of.src_ip = ip_id(w, i->ends.src_addr, i);
	of.dst_ip = ip_id(w, i->ends.dest_addr, i);
	of.protocol = i->has & WEIR_HAS_IP ? i->ends.protocol : NO_PROTOCOL;
	if (of.src_mac < 0 || of.dst_mac < 0 || of.src_ip < 0 || of.dst_ip < 0)
		return -1;
	*dst_ip = of.dst_ip;
	found = find_pair(w, &of);
	return found == -1 ? add_pair(w, &of) : found;
}

/* ---- what addresses are called -------------------------------------------------------------- */

static struct memo_key ip_name_key(int64_t ip)
{
	struct memo_key k = { { 0 } };

	memcpy(k.bytes, &ip, sizeof ip);
	k.bytes[MEMO_KEY - 1] = 1 + WHO_IP_NAME;
	return k;
}

int64_t who_ip_name(const struct who *w, int64_t ip)
{
	struct memo_key k = ip_name_key(ip);
	int64_t known = memo_find(&w->memo, &k);

	return known < 0 && (ip == 0 || who_knows_all(w)) ? 0 : known;
}

void who_note_ip_name(struct who *w, int64_t ip, int64_t name, int sure)
{
	struct memo_key k = ip_name_key(ip);

	memo_put(&w->memo, &k, 2 * name + (sure != 0));
}

