/*
 * talk.c - talks: two who talk, with their ports, and what the destination is called in it.
 */
#include <stdlib.h>
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
	int64_t known = who_ip_name(w, t->dst_ip), name = 2 * t->name + t->sure;

	if (t->dst_ip == 0 || (known >= 0 && (known == name || (known & 1 && !t->sure))))
		return 0;
	weir_query_integer(w->name_ip, 1, t->dst_ip);
	weir_query_integer(w->name_ip, 2, t->name);
	weir_query_integer(w->name_ip, 3, t->sure);
	if (weir_query_run(w->name_ip) < 0)
		return WEIR_FAIL;
	if (weir_db_changes(w->db) == 0)
		return 0;
	who_note_ip_name(w, t->dst_ip, t->name, t->sure);
	return tell_name(w, i);
}

static int add_talk(struct who *w, struct talk *t, const struct item *i)
{
	struct weir_query *q = w->add[WHO_TALK];
	int64_t name = who_name(w, i), known = name ? 0 : who_ip_name(w, t->dst_ip);
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
	t->is_told = name != 0;
	weir_query_integer(q, 6, name ? name : known < 0 ? t->dst_ip : known / 2);
	weir_query_integer(q, 7, t->sure);
	weir_query_integer(q, 9, known < 0);
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

	if (!w->has_new && !who_knows_all(w)) { /* of a new pair nothing can be there */
		weir_query_integer(q, 1, t->pair);
		bind_ports(q, 2, i);
		status = db_step(q);
		if (status > 0) {
			t->id = db_integer(q, 0);
			t->name = db_integer(q, 1);
			t->sure = db_integer(q, 2) != 0;
			t->is_told = db_integer(q, 3) != 0;
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
	if ((name == t->name && i->name_sure == t->sure && t->is_told) || (t->sure && !i->name_sure))
		return 0;
	t->name = name;
	t->sure = i->name_sure;
	t->is_told = 1;
	weir_query_integer(w->name_talk, 1, t->id);
	weir_query_integer(w->name_talk, 2, name);
	weir_query_integer(w->name_talk, 3, t->sure);
	weir_query_integer(w->name_talk, 4, i->name_by);
	return weir_query_run(w->name_talk) < 0 ? WEIR_FAIL : name_ip(w, t, i);
}

struct who_key who_expect(const struct who *w, const struct item *i)
{
	struct who_key k = { .key = { { 0 } } };
	uint32_t has = i->has & ITEM_HAS;
	uint64_t hash[2];

	memo_hash(&w->memo, &i->ends, sizeof i->ends, hash);
	memcpy(k.key.bytes, hash, sizeof hash);
	memcpy(k.key.bytes + sizeof hash, &has, sizeof has);
	k.key.bytes[MEMO_KEY - 1] = 1 + WHO_TALK;
	k.mark = memo_expect(&w->memo, &k.key);
	return k;
}

/* Room for one more talk in memory. */
static struct talk *new_talk(struct who *w)
{
	uint32_t room = w->talk_room ? 2 * w->talk_room : 1024;
	struct talk *larger;

	if (w->talk_count == w->talk_room) {
		larger = realloc(w->talks, room * sizeof *larger);
		if (!larger) {
			fail("out of memory");
			return NULL;
		}
		w->talks = larger;
		w->talk_room = room;
	}
	return memset(&w->talks[w->talk_count], 0, sizeof *w->talks);
}

static int find_talk(struct who *w, struct talk *t, const struct item *i)
{
	int64_t pair = who_pair(w, i, &t->dst_ip);

	t->pair = pair / 2;
	if (pair < 0 || load_talk(w, t, i) < 0)
		return WEIR_FAIL;
	t->second = t->id;
	return pair % 2 ? find_twin(w, t, i) : 0;
}

/* A talk that is not remembered is from now on. */
static struct talk *learn_talk(struct who *w, const struct item *i, const struct memo_key *k)
{
	struct talk *t = new_talk(w);

	if (!t || find_talk(w, t, i) < 0)
		return NULL;
	memo_put(&w->memo, k, w->talk_count++);
	return t;
}

struct talk *who_talk(struct who *w, const struct item *i, const struct who_key *k)
{
	struct talk *t;
	int64_t at;

	if (w->talk_count == WHO_TALKS || memo_is_full(&w->memo))
		who_forget(w);
	at = memo_at(&w->memo, k->mark);
	t = at >= 0 ? &w->talks[at] : learn_talk(w, i, &k->key);
	return t && i->name_size && set_name(w, t, i) < 0 ? NULL : t;
}
