/*
 * who.c - who talks to whom: each address, name, pair and talk stands once in the file.
 *
 * What was looked up lately is remembered here, by what it is of.  Ids are given out here, not by
 * SQLite: whoever has begun a transaction that writes is alone.
 */
#include <stdlib.h>
#include <string.h>
#include "who.h"

enum { TALKS = 1 << 17, USED = 1u << 31 };

static const char *const finds[WHO_TABLES] = {
	"SELECT id FROM mac WHERE mac = ?1",
	"SELECT id FROM name WHERE name = ?1",
	"SELECT id FROM ip WHERE ip = ?1",
	"SELECT id FROM pair WHERE src_ip = ?3 AND dst_ip = ?4 AND src_mac = ?1 AND dst_mac = ?2"
		" AND protocol IS ?5",
	"SELECT id, name, sure FROM talk WHERE pair = ?1 AND src_port IS ?2 AND dst_port IS ?3"
};

/* A talk without a name of its own has that of its destination, which is a guess. */
static const char *const adds[WHO_TABLES] = {
	"INSERT INTO mac (id, mac, ether) VALUES (?1, ?2, ?3)",
	"INSERT INTO name (id, name) VALUES (?1, ?2)",
	"INSERT INTO ip (id, ip) VALUES (?1, ?2)",
	"INSERT INTO pair (id, src_mac, dst_mac, src_ip, dst_ip, protocol, twin)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	"INSERT INTO talk (id, pair, src_port, dst_port, community, name)"
		" SELECT ?1, ?2, ?3, ?4, ?5, ip.name FROM pair JOIN ip ON ip.id = pair.dst_ip"
		" WHERE pair.id = ?2"
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
	ok &= (w->set_twin = db_query(db, "UPDATE pair SET twin = ?2 WHERE id = ?1")) != NULL;
	ok &= (w->find_twin = db_query(db, "SELECT t.id FROM pair p JOIN talk t ON t.pair = p.twin"
		" AND t.src_port IS ?3 AND t.dst_port IS ?2 WHERE p.id = ?1 AND p.twin > 0")) != NULL;
	ok &= (w->name_talk = db_query(db,
		"UPDATE talk SET name = ?2, sure = ?3, name_by = ?4 WHERE id = ?1")) != NULL;
	ok &= (w->name_ip = db_query(db, "UPDATE ip SET name = ?2, sure = ?3"
		" WHERE id = (SELECT dst_ip FROM pair WHERE id = ?1) AND id > 0 AND ?3 >= sure"
		" AND (name <> ?2 OR sure <> ?3)")) != NULL;
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
	return weir_query_run(w->add[table]) < 0 ? -1 : id;
}

static void bind_hex(struct weir_query *q, uint32_t at, const uint8_t *six)
{
	static const char digits[] = "0123456789abcdef";
	char text[12];

	for (int i = 0; i < 12; i++)
		text[i] = digits[six[i / 2] >> (i % 2 ? 0 : 4) & 15];
	weir_query_text(q, at, text, sizeof text);
}

static int64_t mac_id(struct who *w, const uint8_t *six, int is_there)
{
	struct memo_key k = { { 0 } };
	char ether[18];
	int64_t id;

	if (!is_there)
		return 0;
	memcpy(k.bytes, six, 6);
	k.bytes[MEMO_KEY - 1] = 1 + WHO_MAC;
	id = memo_find(&w->memo, &k);
	if (id >= 0)
		return id;
	bind_hex(w->find[WHO_MAC], 1, six);
	id = ask(w->find[WHO_MAC]);
	if (id == -1) {
		bind_hex(w->add[WHO_MAC], 2, six);
		weir_query_text(w->add[WHO_MAC], 3, ether, (uint32_t)weir_ether_text(six, ether));
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
	weir_query_text(w->find[WHO_IP], 1, text, size);
	id = ask(w->find[WHO_IP]);
	if (id == -1) {
		weir_query_text(w->add[WHO_IP], 2, text, size);
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
	weir_query_text(w->find[WHO_NAME], 1, text, i->name_size);
	id = ask(w->find[WHO_NAME]);
	if (id == -1) {
		weir_query_text(w->add[WHO_NAME], 2, text, i->name_size);
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

static void bind_protocol(struct who *w, struct weir_query *q, uint32_t at, uint32_t protocol)
{
	const char *name = protocol < w->protocol_count ? w->protocols[protocol] : NULL;
	char digits[4];
	int n = 0;

	if (name)
		weir_query_text(q, at, name, (uint32_t)strlen(name));
	else if (protocol == NO_PROTOCOL)
		weir_query_null(q, at);
	else {
		for (uint32_t unit = 100; unit; unit /= 10)
			if (protocol >= unit || unit == 1)
				digits[n++] = (char)('0' + protocol / unit % 10);
		weir_query_text(q, at, digits, (uint32_t)n);
	}
}

/* Binds what a pair is of, from parameter `at` on; the other way round if so. */
static void bind_pair(struct who *w, struct weir_query *q, uint32_t at, const struct ids *of, int swap)
{
	weir_query_integer(q, at, swap ? of->dst_mac : of->src_mac);
	weir_query_integer(q, at + 1, swap ? of->src_mac : of->dst_mac);
	weir_query_integer(q, at + 2, swap ? of->dst_ip : of->src_ip);
	weir_query_integer(q, at + 3, swap ? of->src_ip : of->dst_ip);
	bind_protocol(w, q, at + 4, of->protocol);
}

static int64_t add_pair(struct who *w, const struct ids *of)
{
	int64_t id, twin;

	bind_pair(w, w->find[WHO_PAIR], 1, of, 1);
	twin = ask(w->find[WHO_PAIR]);
	if (twin < -1)
		return -1;
	bind_pair(w, w->add[WHO_PAIR], 2, of, 0);
	weir_query_integer(w->add[WHO_PAIR], 7, twin > 0 ? twin : 0);
	id = add(w, WHO_PAIR);
	if (id < 0 || twin <= 0)
		return id;
	weir_query_integer(w->set_twin, 1, twin);
	weir_query_integer(w->set_twin, 2, id);
	return weir_query_run(w->set_twin) < 0 ? -1 : id;
}

static int64_t pair_id(struct who *w, const struct item *i)
{
	struct ids of = {
		mac_id(w, i->ends.src_ether, i->has & WEIR_HAS_SRC_MAC),
		mac_id(w, i->ends.dest_ether, i->has & WEIR_HAS_DEST_MAC),
		ip_id(w, i->ends.src_addr, i), ip_id(w, i->ends.dest_addr, i),
		i->has & WEIR_HAS_IP ? i->ends.protocol : NO_PROTOCOL
	};
	struct memo_key k = { { 0 } };
	int64_t id;

	if (of.src_mac < 0 || of.dst_mac < 0 || of.src_ip < 0 || of.dst_ip < 0)
		return -1;
	memcpy(k.bytes, &of.src_mac, 5);
	memcpy(k.bytes + 5, &of.dst_mac, 5);
	memcpy(k.bytes + 10, &of.src_ip, 5);
	memcpy(k.bytes + 15, &of.dst_ip, 5);
	memcpy(k.bytes + 20, &of.protocol, 2);
	k.bytes[MEMO_KEY - 1] = 1 + WHO_PAIR;
	id = memo_find(&w->memo, &k);
	if (id >= 0)
		return id;
	bind_pair(w, w->find[WHO_PAIR], 1, &of, 0);
	id = ask(w->find[WHO_PAIR]);
	if (id == -1)
		id = add_pair(w, &of);
	if (id >= 0)
		memo_put(&w->memo, &k, id);
	return id;
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

static int add_talk(struct who *w, struct talk *t, const struct item *i)
{
	struct weir_query *q = w->add[WHO_TALK];
	char text[32];

	weir_query_integer(q, 2, t->pair);
	bind_ports(q, 3, i);
	if (i->has & WEIR_HAS_IP)
		weir_query_text(q, 5, text, (uint32_t)weir_community_text(&i->ends, 0, text));
	else
		weir_query_null(q, 5);
	t->id = add(w, WHO_TALK);
	t->name = t->sure = 0;
	return t->id < 0 ? WEIR_FAIL : 0;
}

/* Its row in the file, which is made when there is none. */
static int load_talk(struct who *w, struct talk *t, const struct item *i)
{
	struct weir_query *q = w->find[WHO_TALK];
	int status;

	weir_query_integer(q, 1, t->pair);
	bind_ports(q, 2, i);
	status = db_step(q);
	if (status > 0) {
		t->id = db_integer(q, 0);
		t->name = db_integer(q, 1);
		t->sure = db_integer(q, 2) != 0;
	}
	weir_query_reset(q);
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
	t->second = twin > 0 && twin < t->id ? twin : t->id;
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
	weir_query_integer(w->name_ip, 1, t->pair);
	weir_query_integer(w->name_talk, 2, name);
	weir_query_integer(w->name_ip, 2, name);
	weir_query_integer(w->name_talk, 3, t->sure);
	weir_query_integer(w->name_ip, 3, t->sure);
	weir_query_integer(w->name_talk, 4, i->name_by);
	if (weir_query_run(w->name_talk) < 0)
		return WEIR_FAIL;
	return weir_query_run(w->name_ip);
}

static struct talk *slot_of(struct who *w, const struct item *i)
{
	uint64_t hash[2];

	memo_hash(&w->memo, &i->ends, sizeof i->ends, hash);
	return &w->talks[(hash[0] ^ (i->has & ITEM_HAS)) % TALKS];
}

struct talk *who_talk(struct who *w, const struct item *i)
{
	struct talk *t = slot_of(w, i);
	uint32_t has = (i->has & ITEM_HAS) | USED;

	if (t->has != has || memcmp(&t->ends, &i->ends, sizeof t->ends) != 0) {
		t->has = 0;                     /* until all of it is known */
		t->pair = pair_id(w, i);
		if (t->pair < 0 || load_talk(w, t, i) < 0 || find_twin(w, t, i) < 0)
			return NULL;
		t->ends = i->ends;
		t->has = has;
	}
	if (i->name_size && set_name(w, t, i) < 0)
		return NULL;
	return t;
}
