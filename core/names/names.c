/*
 * names.c - which name an address goes by, for whom and since when.
 *
 * What is said of an address is in a list of its own for each client that asked, and in one for
 * everybody.  A list has a few sayings, the newest first; the same name told again makes the last
 * one longer.  All of them take turns: when there is no room, the one goes that was told longest
 * ago and not again.
 */
#include <stdlib.h>
#include <string.h>
#include "../flow/flow.h"
#include "text.h"

enum {
	SAYINGS = 1 << 19,              /* 32 MiB */
	SLOTS   = 1 << 19,
	PLACES  = 1 << 12,              /* that addresses share, to say when something changed */
	HISTORY = 8,                    /* names of an address, for one client */
	TTL_MOST = 7 * 86400,           /* seconds; a deadline fits behind any time */
	TRIES   = 64                    /* sayings that are passed over, or given up, for one */
};

/* Whose list: everybody's, that of an address, or of a device by its Ethernet address. */
enum whose { ALL, ADDRESS, DEVICE };

struct list_key {
	uint8_t client[16], server[16];
	uint8_t whose, version;
};

/* And the slot that it leads to. */
struct list {
	struct list_key key;
	uint32_t slot;
};

struct saying {
	struct list_key key;
	uint8_t  by;                    /* enum weir_name_by */
	uint8_t  again;                 /* told again since its turn to go last came */
	uint32_t text;                  /* 0: nothing is said here */
	uint32_t slot;                  /* the slot it is in, */
	uint32_t older;                 /* and what follows there; or the next place that is free */
	int64_t  first;                 /* when it was told */
	int64_t  fresh;                 /* until when it holds, as told last */
};

_Static_assert(sizeof(struct saying) == 64, "a cache line");

struct names {
	struct texts texts;
	struct saying *sayings;
	uint32_t *slots;                /* the newest saying of the lists with this hash */
	uint32_t used, free;
	uint32_t turn;                  /* the last one that was looked at for one to give up */
	uint64_t seed;
	double   dropped;
	int      has_devices;           /* some list is that of a device */
	uint32_t changes[PLACES];
};

struct names *names_new(uint64_t seed)
{
	struct names *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->seed = seed;
	n->sayings = memory_huge(SAYINGS, sizeof *n->sayings);
	n->slots = memory_huge(SLOTS, sizeof *n->slots);
	for (int i = 0; i < PLACES; i++)
		n->changes[i] = 1;
	if (texts_init(&n->texts, seed) && n->sayings && n->slots)
		return n;
	names_free(n);
	return NULL;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	texts_free(&n->texts);
	memory_release(n->sayings, SAYINGS, sizeof *n->sayings);
	memory_release(n->slots, SLOTS, sizeof *n->slots);
	free(n);
}

void names_clear(struct names *n)
{
	if (n->used)
		memset(n->slots, 0, SLOTS * sizeof *n->slots);
	n->used = n->free = n->turn = 0;
	n->has_devices = 0;
	texts_clear(&n->texts);
}

double names_dropped(const struct names *n)
{
	return n->dropped;
}

int names_are_none(const struct names *n)
{
	return !n->used;
}

/* ---- lists -------------------------------------------------------------------------------- */

/* No factor comes from a packet alone, as in key.c: it could be made 0. */
static uint32_t slot_of(const struct names *n, const struct list_key *k)
{
	uint64_t seed = n->seed, turned = seed << 32 | seed >> 32, h;

	h = names_mix(host64(k->client) ^ seed ^ 0xa0761d6478bd642f,
		host64(k->server) ^ turned ^ 0xe7037ed1a0b428db);
	h = names_mix(host64(k->client + 8) ^ h ^ 0x8ebc6af09c88c6e3,
		host64(k->server + 8) ^ seed ^ 0x589965cc75374cc3);
	h = names_mix(h ^ k->whose ^ (uint64_t)k->version << 8, turned ^ 0x1d8e4e27c47d124f);
	return (uint32_t)(h >> 32) & (SLOTS - 1);
}

uint32_t names_place(const struct names *n, const uint8_t address[16])
{
	uint64_t h = names_mix(host64(address) ^ n->seed ^ 0xa0761d6478bd642f,
		host64(address + 8) ^ n->seed ^ 0xe7037ed1a0b428db);

	return (uint32_t)(h >> 32) & (PLACES - 1);
}

uint32_t names_changes(const struct names *n, uint32_t place)
{
	return n->changes[place];
}

/* What is said of an address is not what it was. */
static void change(struct names *n, const uint8_t address[16])
{
	uint32_t *changes = &n->changes[names_place(n, address)];

	*changes += *changes == UINT32_MAX ? 2 : 1;
}

static inline int is_of(const struct saying *s, const struct list_key *k)
{
	return !memcmp(&s->key, k, sizeof *k);
}

static void unlink_saying(struct names *n, uint32_t i)
{
	uint32_t *at = &n->slots[n->sayings[i].slot];

	while (*at != i)
		at = &n->sayings[*at].older;
	*at = n->sayings[i].older;
}

/* Forgets a saying: its place is free for another one. */
static void forget(struct names *n, uint32_t i)
{
	struct saying *s = &n->sayings[i];

	change(n, s->key.server);
	unlink_saying(n, i);
	text_drop(&n->texts, s->text);
	s->text = 0;
	s->older = n->free;
	n->free = i;
}

/* Forgets the one whose turn it is. */
static void give_up(struct names *n)
{
	for (int tries = 0; tries <= TRIES; tries++) {
		struct saying *s = &n->sayings[n->turn = n->turn % n->used + 1];

		if (s->text && (!s->again || tries == TRIES)) {
			forget(n, n->turn);
			n->dropped++;
			return;
		}
		s->again = 0;
	}
}

/* A place for a saying. */
static uint32_t take(struct names *n)
{
	uint32_t i;

	if (!n->free && n->used < SAYINGS - 1)
		return ++n->used;
	if (!n->free)
		give_up(n);             /* of all of them something is said, so one is given up */
	i = n->free;
	n->free = n->sayings[i].older;
	return i;
}

uint32_t names_keep(struct names *n, const char *name, uint32_t size)
{
	uint32_t text = text_keep(&n->texts, name, size);

	for (int tries = 0; !text && n->used && tries < TRIES; tries++) {
		give_up(n);
		text = text_keep(&n->texts, name, size);
	}
	n->dropped += !text;
	return text;
}

void names_drop(struct names *n, uint32_t text)
{
	text_drop(&n->texts, text);
}

uint32_t names_read(const struct names *n, uint32_t text, char out[NAME_MOST])
{
	return text_read(&n->texts, text, out);
}

/* ---- learning ------------------------------------------------------------------------------- */

/*
 * Whether the list's last saying by the same protocol is the same, so that it only lasts longer.
 * Else `*oldest` is one that has to go, when the list is full.
 */
static int is_again(struct names *n, const struct list_key *k, const struct saying *new,
	uint32_t *oldest)
{
	uint32_t count = 0, last = 0;

	*oldest = 0;
	for (uint32_t i = n->slots[new->slot]; i; i = n->sayings[i].older) {
		struct saying *s = &n->sayings[i];

		if (!is_of(s, k))
			continue;
		if (s->by == new->by && !last) {
			last = i;
			if (s->text == new->text) {
				s->fresh = new->fresh > s->fresh ? new->fresh : s->fresh;
				s->again = 1;
				return 1;
			}
		}
		if (++count >= HISTORY)
			*oldest = i;
	}
	return 0;
}

static void learn(struct names *n, const struct list *l, const struct told *t, uint32_t text)
{
	uint32_t ttl = t->ttl < TTL_MOST ? t->ttl : TTL_MOST, i;
	struct saying new = {
		.key = l->key, .by = t->by, .text = text, .slot = l->slot, .first = t->ns,
		.fresh = t->ns + (int64_t)(ttl + NAMES_GRACE) * SECOND
	};

	if (is_again(n, &l->key, &new, &i))
		return;
	if (i)
		forget(n, i);
	i = take(n);
	new.older = n->slots[new.slot];
	n->sayings[i] = new;
	n->slots[new.slot] = i;
	text_hold(&n->texts, text);
}

static int is_zero(const uint8_t ether[6])
{
	return (host32(ether) | host16(ether + 4)) == 0;
}

/* Somebody's list of an address; what is in its slot is on its way from memory then. */
static struct list list_for(const struct names *n, enum whose whose, const struct asker *a,
	const uint8_t *address, uint8_t version)
{
	struct list l = { .key = { .whose = (uint8_t)whose, .version = version } };

	memcpy(l.key.server, address, 16);
	if (whose == ADDRESS)
		memcpy(l.key.client, a->address, 16);
	else if (whose == DEVICE)
		memcpy(l.key.client, a->ether, 6);
	l.slot = slot_of(n, &l.key);
	__builtin_prefetch(&n->slots[l.slot]);
	return l;
}

void names_learn(struct names *n, const struct told *t, const char *name, uint32_t size)
{
	struct list all = list_for(n, ALL, &t->to, t->address, t->version);
	struct list own = list_for(n, ADDRESS, &t->to, t->address, t->version), device;
	uint32_t text = names_keep(n, name, size);

	if (!text)
		return;
	change(n, t->address);
	learn(n, &all, t, text);
	if (t->by == WEIR_NAME_DNS)
		learn(n, &own, t, text);
	if (t->by == WEIR_NAME_DNS && t->to.version != t->version && !is_zero(t->to.ether)) {
		device = list_for(n, DEVICE, &t->to, t->address, t->version);
		learn(n, &device, t, text);
		n->has_devices = 1;
	}
	text_drop(&n->texts, text);
}

/* ---- finding -------------------------------------------------------------------------------- */

enum { ON_TIME, STALE, LATE, TIMES };   /* when it was told: in time, too long ago, too late */

/* Who told it, those first that are believed most; and all of them in a row. */
enum teller { TO_ADDRESS, TO_DEVICE, OF_ITSELF, TO_OTHERS, OF_ADDRESS, TELLERS };

static int teller_of(const struct saying *s)
{
	if (s->key.whose != ALL)
		return s->key.whose == ADDRESS ? TO_ADDRESS : TO_DEVICE;
	return s->by == WEIR_NAME_MDNS ? OF_ITSELF : s->by == WEIR_NAME_DNS ? TO_OTHERS : OF_ADDRESS;
}

static int time_of(const struct saying *s, const struct sought *q)
{
	return s->first > q->begun ? LATE : q->begun > s->fresh ? STALE : ON_TIME;
}

/*
 * Looks through a list for what is better than what was found; 0 when nothing is in it.  The
 * newest comes first, so of equals the first is the right one; but of those that came too late,
 * the last.
 */
static int look_through(const struct names *n, const struct list *l, const struct sought *q,
	int *best, struct named *found)
{
	int count = 0;

	for (uint32_t i = n->slots[l->slot]; i; i = n->sayings[i].older) {
		const struct saying *s = &n->sayings[i];
		int rank, is_late;

		if (!is_of(s, &l->key))
			continue;
		count++;
		if (s->first > q->until) {
			found->is_passing = 1;
			continue;
		}
		rank = time_of(s, q) * TELLERS + teller_of(s);
		is_late = rank >= LATE * TELLERS;
		if (rank < *best || (rank == *best && is_late)) {
			*best = rank;
			found->text = s->text;
			found->by = s->by;
			found->sure = rank <= OF_ITSELF;
		}
	}
	return count;
}

/* What somebody was told everybody knows, too: of most addresses nobody knows anything. */
struct named names_find(const struct names *n, const struct sought *q)
{
	struct named found = { 0 };
	struct list all = list_for(n, ALL, &q->from, q->address, q->version);
	struct list own = list_for(n, ADDRESS, &q->from, q->address, q->version), device;
	int best = TIMES * TELLERS;

	if (!look_through(n, &all, q, &best, &found))
		return found;
	look_through(n, &own, q, &best, &found);
	if (n->has_devices && best > TO_DEVICE) {
		device = list_for(n, DEVICE, &q->from, q->address, q->version);
		look_through(n, &device, q, &best, &found);
		found.is_passing = 1;   /* a flow's ends may move to other devices */
	}
	return found;
}
