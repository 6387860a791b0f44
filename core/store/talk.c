/*
 * talk.c - talks: two who talk, with their ports, and what the destination is called in it.
 */
#include <string.h>
#include "../output/value.h"
#include "who.h"

enum { LONGEST = 255 };         /* bytes of a name that kv_store has */

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
	db_borrow(w->set_key, 1, key, (uint32_t)(end - key));
	db_borrow(w->set_key, 2, json, (uint32_t)(to - (uint8_t *)json));
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
		db_borrow(q, 5, text, (uint32_t)weir_community_text(&i->ends, 0, text));
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
	t->id = who_add(w, WHO_TALK);
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
	twin = who_ask(w->find_twin);
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
	return &w->talks[(hash[0] ^ (i->has & ITEM_HAS)) % WHO_TALKS];
}

static int find_talk(struct who *w, struct talk *t, const struct item *i)
{
	int64_t pair = who_pair(w, i);

	t->pair = pair / 2;
	if (pair < 0 || load_talk(w, t, i) < 0)
		return WEIR_FAIL;
	t->second = t->id;
	return pair % 2 ? find_twin(w, t, i) : 0;
}

struct talk *who_talk(struct who *w, const struct item *i)
{
	struct talk *t = slot_of(w, i);
	uint32_t has = (i->has & ITEM_HAS) | WHO_USED;

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
