/*
 * who.c - who talks to whom: each address, name, pair and talk stands once in the file.
 *
 * What was looked up lately is remembered here, by what it is of.  Ids are given out here, not by
 * SQLite: whoever has begun a transaction that writes is alone.
 */
#include <stdlib.h>
#include <string.h>
#include "../output/value.h"
#include "who.h"

enum {
	TALKS   = 1 << 17,
	USED    = 1u << 31,
	LONGEST = 255           /* bytes of a name that kv_store has */
};

static const char *const finds[WHO_TABLES] = {
	"SELECT id FROM mac WHERE mac = ?1",
	"SELECT id FROM name WHERE name = ?1",
	"SELECT id FROM ip WHERE ip = ?1",
	"SELECT id * 2 + (twin > 0) FROM pair WHERE src_ip = ?3 AND dst_ip = ?4 AND src_mac = ?1"
		" AND dst_mac = ?2 AND protocol IS ?5",
	"SELECT id, name, sure FROM talk WHERE pair = ?1 AND src_port IS ?2 AND dst_port IS ?3"
};

/* A talk without a name of its own (?6 is 0) has that of its destination, which is a guess. */
static const char *const adds[WHO_TABLES] = {
	"INSERT OR FAIL INTO mac (id, mac, ether) VALUES (?1, ?2, ?3)",
	"INSERT OR FAIL INTO name (id, name) VALUES (?1, ?2)",
	"INSERT OR FAIL INTO ip (id, ip) VALUES (?1, ?2)",
	"INSERT OR FAIL INTO pair (id, src_mac, dst_mac, src_ip, dst_ip, protocol, twin)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	"INSERT OR FAIL INTO talk (id, pair, src_port, dst_port, community, name, sure, name_by) VALUES"
		" (?1, ?2, ?3, ?4, ?5, CASE ?6 WHEN 0 THEN (SELECT ip.name FROM pair JOIN ip"
		" ON ip.id = pair.dst_ip WHERE pair.id = ?2) ELSE ?6 END, ?7, ?8)"
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
	w->talks = calloc(TALKS, sizeof *w->talks);
	if (!w->talks)
		return fail("out of memory");
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
		" WHERE id = (SELECT dst_ip FROM pair WHERE id = ?1) AND id > 0 AND ?3 >= sure"
		" AND (name <> ?2 OR sure <> ?3)")) != NULL;
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
	memset(w->talks, 0, TALKS * sizeof *w->talks);
	w->version = 0;
}

/* The first column of a query's only row; -1 when it has none, -2 when it fails. */
static int64_t ask(struct weir_query *q)
{
	int status = db_step(q);
	int64_t found = status > 0 ? db_integer(q, 0) : status < 0 ? -2 : -1;

	weir_query_reset(q);
	return found;
}

int who_begin(struct who *w)
{
	int64_t version = ask(w->data_version);

	if (version < 0)
		return WEIR_FAIL;
	if (version != w->version && w->version)
		who_forget(w);
	if (version != w->version)
		for (int i = 0; i < WHO_TABLES; i++) {
			w->next[i] = ask(w->max[i]) + 1;
			if (w->next[i] < 0)
				return WEIR_FAIL;
		}
	w->version = version;
	return 0;
}

/* ---- dictionaries --------------------------------------------------------------------- */

/* Adds the row that `add` has been bound for, but for its id. */
static int64_t add(struct who *w, int table)
{
	int64_t id = w->next[table]++;

	weir_query_integer(w->add[table], 1, id);
	w->has_new |= table == WHO_MAC || table == WHO_IP;
	return weir_query_run(w->add[table]) < 0 ? -1 : id;
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
	db_text(w->find[WHO_MAC], 1, hex, sizeof hex);
	id = ask(w->find[WHO_MAC]);
	if (id == -1) {
		db_text(w->add[WHO_MAC], 2, hex, sizeof hex);
		db_text(w->add[WHO_MAC], 3, ether, (uint32_t)weir_ether_text(six, ether));
		id = add(w, WHO_MAC);
	}
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
	db_text(w->find[WHO_IP], 1, text, size);
	id = ask(w->find[WHO_IP]);
	if (id == -1) {
		db_text(w->add[WHO_IP], 2, text, size);
		id = add(w, WHO_IP);
	}
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
	db_text(w->find[WHO_NAME], 1, text, i->name_size);
	id = ask(w->find[WHO_NAME]);
	if (id == -1) {
		db_text(w->add[WHO_NAME], 2, text, i->name_size);
		id = add(w, WHO_NAME);
	}
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
		db_text(q, at, name, (uint32_t)strlen(name));
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

	if (found >= 0 || w->has_new)           /* of a new address or device nothing can be there */
		return found;
	bind_pair(w, w->find[WHO_PAIR], 1, of);
	found = ask(w->find[WHO_PAIR]);
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
	id = add(w, WHO_PAIR);
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

/* The pair of an item, as it is remembered. */
static int64_t pair_of(struct who *w, const struct item *i)
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
	found = find_pair(w, &of);
	return found == -1 ? add_pair(w, &of) : found;
}

/* ---- talks ------------------------------------------------------------------------------- */

static void bind_ports(struct weir_query *q, uint32_t at, const struct item *i)
{
	if (i->has & WEIR_HAS_PORTS) {
		weir_query_integer(q, at, i->ends.src_port);
		weir_query_integer(q, at + 1, i->ends.dest_port);
	} else if (i->has & WEIR_HAS_ICMP) {
		weir_query_integer(q, at, i->ends.icmp_type);
		weir_query_integer(q, at + 1, i->ends.icmp_code);
	} else {
		weir_query_null(q, at);
		weir_query_null(q, at + 1);
	}
}

/* Its address is called so from now on, in kv_store. */
static int tell_name(struct who *w, const struct item *i)
{
	char key[80], json[2 + 6 * LONGEST];
	const char *name = item_bytes(i, i->name_at);
	char *end = stpcpy(key, i->name_sure ? "ip_to_hostname:" : "ip_to_maybe_hostname:");
	uint8_t *to = (uint8_t *)json;

	if (i->name_size > LONGEST || !value_is_utf8(name, i->name_size))
		return 0;
	end += weir_address_text(i->ends.dest_addr, i->ends.ip_version, end);
	*to++ = '"';
	to = value_escaped(to, name, i->name_size);
	*to++ = '"';
	db_text(w->set_key, 1, key, (uint32_t)(end - key));
	db_text(w->set_key, 2, json, (uint32_t)(to - (uint8_t *)json));
	return weir_query_run(w->set_key);
}

/* The destination of a talk is called so by itself, unless a better name is known. */
static int name_ip(struct who *w, const struct talk *t, const struct item *i)
{
	weir_query_integer(w->name_ip, 1, t->pair);
	weir_query_integer(w->name_ip, 2, t->name);
	weir_query_integer(w->name_ip, 3, t->sure);
	if (weir_query_run(w->name_ip) < 0)
		return WEIR_FAIL;
	return weir_db_changes(w->db) > 0 ? tell_name(w, i) : 0;
}

static int add_talk(struct who *w, struct talk *t, const struct item *i)
{
	struct weir_query *q = w->add[WHO_TALK];
	int64_t name = who_name(w, i);
	char text[32];

	if (name < 0)
		return WEIR_FAIL;
	weir_query_integer(q, 2, t->pair);
	bind_ports(q, 3, i);
	if (i->has & WEIR_HAS_IP)
		db_text(q, 5, text, (uint32_t)weir_community_text(&i->ends, 0, text));
	else
		weir_query_null(q, 5);
	t->name = name;
	t->sure = name && i->name_sure;
	weir_query_integer(q, 6, name);
	weir_query_integer(q, 7, t->sure);
	if (name)
		weir_query_integer(q, 8, i->name_by);
	else
		weir_query_null(q, 8);
	t->id = add(w, WHO_TALK);
	if (t->id < 0)
		return WEIR_FAIL;
	return name ? name_ip(w, t, i) : 0;
}

/* Its row in the file, which is made when there is none. */
static int load_talk(struct who *w, struct talk *t, const struct item *i)
{
	struct weir_query *q = w->find[WHO_TALK];
	int status = 0;

	if (!w->has_new) {                      /* of a new pair nothing can be there */
		weir_query_integer(q, 1, t->pair);
		bind_ports(q, 2, i);
		status = db_step(q);
		if (status > 0) {
			t->id = db_integer(q, 0);
			t->name = db_integer(q, 1);
			t->sure = db_integer(q, 2) != 0;
		}
		weir_query_reset(q);
	}
	if (status == 0)
		status = add_talk(w, t, i);
	return status < 0 ? WEIR_FAIL : 0;
}

/*
 * A row of a second is that of both directions: of two talks that are each other's way round, all
 * are the older one's.
 */
static int find_twin(struct who *w, struct talk *t, const struct item *i)
{
	int64_t twin;

	weir_query_integer(w->find_twin, 1, t->pair);
	bind_ports(w->find_twin, 2, i);
	twin = ask(w->find_twin);
	if (twin > 0 && twin < t->id)
		t->second = twin;
	return twin < -1 ? WEIR_FAIL : 0;
}

static int set_name(struct who *w, struct talk *t, const struct item *i)
{
	int64_t name = who_name(w, i);

	if (name < 0)
		return WEIR_FAIL;
	if ((name == t->name && i->name_sure == t->sure) || (t->sure && !i->name_sure))
		return 0;
	t->name = name;
	t->sure = i->name_sure;
	weir_query_integer(w->name_talk, 1, t->id);
	weir_query_integer(w->name_talk, 2, name);
	weir_query_integer(w->name_talk, 3, t->sure);
	weir_query_integer(w->name_talk, 4, i->name_by);
	return weir_query_run(w->name_talk) < 0 ? WEIR_FAIL : name_ip(w, t, i);
}

static struct talk *slot_of(struct who *w, const struct item *i)
{
	uint64_t hash[2];

	memo_hash(&w->memo, &i->ends, sizeof i->ends, hash);
	return &w->talks[(hash[0] ^ (i->has & ITEM_HAS)) % TALKS];
}

static int find_talk(struct who *w, struct talk *t, const struct item *i)
{
	int64_t pair = pair_of(w, i);

	t->pair = pair / 2;
	if (pair < 0 || load_talk(w, t, i) < 0)
		return WEIR_FAIL;
	t->second = t->id;
	return pair % 2 ? find_twin(w, t, i) : 0;
}

struct talk *who_talk(struct who *w, const struct item *i)
{
	struct talk *t = slot_of(w, i);
	uint32_t has = (i->has & ITEM_HAS) | USED;

	if (t->has != has || memcmp(&t->ends, &i->ends, sizeof t->ends) != 0) {
		t->has = 0;                     /* until all of it is known */
		if (find_talk(w, t, i) < 0)
			return NULL;
		t->ends = i->ends;
		t->has = has;
	}
	if (i->name_size && set_name(w, t, i) < 0)
		return NULL;
	return t;
}
