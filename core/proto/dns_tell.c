/*
 * dns_tell.c - which hosts have which addresses, as answers of DNS and mDNS tell.
 *
 * An answer to a question tells it of the name that was asked for, wherever aliases led from
 * there: that name is what the one who asked knows.
 */
#include <stdio.h>
#include <string.h>
#include "../flow/flow.h"
#include "../names/names.h"
#include "dns.h"

enum {
	HEADER = 12, QR = 0x8000, OPCODE_AND_RCODE = 0x780f,
	A = 1, CNAME = 5, PTR = 12, AAAA = 28, IN = 1,
	CACHE_FLUSH = 0x8000,           /* mDNS: a bit of the class */
	CHAIN = 16,                     /* names that aliases lead to, with the one that was asked for */
	PASSES = 4,                     /* through the answers, which need not be in order */
	ROWS_MOST = 256                 /* that are looked at */
};

struct row {
	char     name[NAME_MOST];
	uint32_t name_size;             /* 0: it is no host's name */
	uint32_t at, size;              /* its data */
	uint32_t ttl;
	uint16_t type, class;
};

struct telling {
	struct message m;
	struct told told;
	uint32_t rows_at, rows;         /* where the first is, and how many may tell something */
	char     chain[CHAIN][NAME_MOST];       /* the name that was asked for, and where aliases lead */
	uint32_t chain_sizes[CHAIN];
	uint32_t chain_count;
};

/* A name of a message as a host's; its size, 0 when it is none, and -1 when it is no name. */
static int host_name(const struct message *m, uint32_t *at, char out[NAME_MOST])
{
	char text[NAME_ROOM];
	int size = dns_name(m, at, text);

	return size < 0 ? -1 : (int)name_form(out, text, (uint32_t)size);
}

/* The next record; 0 when there is none. */
static int next_row(const struct message *m, uint32_t *at, struct row *r)
{
	int size = host_name(m, at, r->name);

	if (size < 0 || *at + 10 > m->size)
		return 0;
	r->name_size = (uint32_t)size;
	r->type = be16(m->at + *at);
	r->class = be16(m->at + *at + 2) & ~CACHE_FLUSH;
	r->ttl = be32(m->at + *at + 4);
	r->size = be16(m->at + *at + 8);
	r->at = *at + 10;
	*at = r->at + r->size;
	return *at <= m->size;
}

/* ---- aliases ---------------------------------------------------------------------------- */

static int is_same(const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
	return a_size == b_size && !memcmp(a, b, a_size);
}

static int is_in_chain(const struct telling *t, const struct row *r)
{
	for (uint32_t i = 0; i < t->chain_count; i++)
		if (is_same(t->chain[i], t->chain_sizes[i], r->name, r->name_size))
			return 1;
	return 0;
}

/* Adds where the aliases of names in the chain lead; whether there were any that are new. */
static int lengthen(struct telling *t)
{
	uint32_t at = t->rows_at, before = t->chain_count;
	struct row r, target;

	for (uint32_t i = 0; i < t->rows && next_row(&t->m, &at, &r); i++) {
		uint32_t from = r.at;
		int size;

		if (r.type != CNAME || r.class != IN || !is_in_chain(t, &r) || t->chain_count == CHAIN)
			continue;
		size = host_name(&t->m, &from, target.name);
		target.name_size = size > 0 ? (uint32_t)size : 0;
		if (!target.name_size || is_in_chain(t, &target))
			continue;
		memcpy(t->chain[t->chain_count], target.name, target.name_size);
		t->chain_sizes[t->chain_count++] = target.name_size;
	}
	return t->chain_count > before;
}

/* ---- what is told -------------------------------------------------------------------------- */

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The address in 32 nibbles before "ip6.arpa"; whether it is one. */
static int nibbles_in(const char *text, uint32_t size, uint8_t address[16])
{
	static const char end[] = "ip6.arpa";
	enum { NIBBLES = 32 };

	if (size != 2 * NIBBLES + sizeof end - 1 || memcmp(text + 2 * NIBBLES, end, sizeof end - 1))
		return 0;
	for (int i = 0; i < NIBBLES; i++) {
		int digit = digit_of(text[2 * i]);

		if (digit < 0 || text[2 * i + 1] != '.')
			return 0;
		address[15 - i / 2] |= (uint8_t)(digit << (i % 2 ? 4 : 0));
	}
	return 1;
}

/* The address in "4.3.2.1.in-addr.arpa", or in what is like it for IPv6; its version, or 0. */
static uint8_t address_in(const char *name, uint32_t size, uint8_t address[16])
{
	unsigned bytes[4];
	char text[NAME_MOST + 1];
	int end = 0;

	memset(address, 0, 16);
	memcpy(text, name, size);
	text[size] = 0;
	sscanf(text, "%3u.%3u.%3u.%3u.in-addr.arpa%n", &bytes[3], &bytes[2], &bytes[1], &bytes[0],
		&end);
	if (end != (int)size)
		return nibbles_in(name, size, address) ? 6 : 0;
	for (int i = 0; i < 4; i++) {
		if (bytes[i] > 255)
			return 0;
		address[i] = (uint8_t)bytes[i];
	}
	return 4;
}

/* An address of a host. */
static void tell_address(struct telling *t, const struct row *r)
{
	static const char local[] = ".local";
	uint32_t size = r->type == A ? 4 : 16, end = sizeof local - 1;
	int is_local = r->name_size > end && !memcmp(r->name + r->name_size - end, local, end);

	if (r->size != size)
		return;
	memset(t->told.address, 0, 16);
	memcpy(t->told.address, t->m.at + r->at, size);
	t->told.version = r->type == A ? 4 : 6;
	if (t->told.by == WEIR_NAME_MDNS && is_local)
		names_learn(t->m.said->names, &t->told, r->name, r->name_size);
	else if (t->told.by == WEIR_NAME_DNS && is_in_chain(t, r))
		names_learn(t->m.said->names, &t->told, t->chain[0], t->chain_sizes[0]);
}

/* The name of a host whose address was asked about; where a part of a network has aliases, its
 * address is in the name that was asked for. */
static void tell_reverse(const struct telling *t, const struct row *r)
{
	struct told told = t->told;
	char name[NAME_MOST];
	uint32_t at = r->at;
	int size = host_name(&t->m, &at, name);

	if (size <= 0)
		return;
	told.by = WEIR_NAME_PTR;
	told.version = is_in_chain(t, r) ? address_in(t->chain[0], t->chain_sizes[0], told.address)
		: address_in(r->name, r->name_size, told.address);
	if (told.version)
		names_learn(t->m.said->names, &told, name, (uint32_t)size);
}

/* ---- messages ------------------------------------------------------------------------------- */

/* Passes over the questions; the first of them begins the chain.  0 when they are none. */
static int read_questions(struct telling *t, uint32_t count)
{
	t->rows_at = HEADER;
	for (uint32_t i = 0; i < count; i++) {
		char name[NAME_MOST];
		int size = host_name(&t->m, &t->rows_at, name);

		if (size < 0)
			return 0;
		t->rows_at += 4;
		if (i || !size)
			continue;
		memcpy(t->chain[0], name, (uint32_t)size);
		t->chain_sizes[0] = (uint32_t)size;
		t->chain_count = 1;
	}
	return 1;
}

/* Who is told: the end that does not say it. */
static struct asker asker_of(const struct heard *h)
{
	const struct flows *f = h->said->flows;
	const struct key *k = &f->hot[h->said->flow].key;
	struct asker a = { .version = k->version };

	memcpy(a.address, h->direction ? k->a : k->b, 16);
	memcpy(a.ether, f->cold[h->said->flow].ethers[h->direction], 6);
	return a;
}

void dns_tell(const struct heard *h, const uint8_t *at, uint32_t size, enum weir_kind kind)
{
	struct telling t;
	struct row r;
	uint32_t from, flags = be16(at + 2);

	if (!h->said->flow || !(flags & QR) || flags & OPCODE_AND_RCODE)
		return;
	t.m = (struct message){ .said = h->said, .at = at, .size = size };
	t.told = (struct told){ .to = asker_of(h), .ns = h->said->flows->now,
		.by = kind == WEIR_MDNS ? WEIR_NAME_MDNS : WEIR_NAME_DNS };
	t.chain_count = 0;
	t.rows = be16(at + 6) + (kind == WEIR_MDNS ? be16(at + 8) + be16(at + 10) : 0u);
	t.rows = t.rows < ROWS_MOST ? t.rows : ROWS_MOST;
	if (!read_questions(&t, be16(at + 4)))
		return;
	for (int i = 0; i < PASSES && t.chain_count && lengthen(&t); i++)
		;
	from = t.rows_at;
	for (uint32_t i = 0; i < t.rows && next_row(&t.m, &from, &r); i++) {
		t.told.ttl = r.ttl;
		if (r.class != IN || !r.name_size)
			continue;
		if (r.type == A || r.type == AAAA)
			tell_address(&t, &r);
		else if (r.type == PTR)
			tell_reverse(&t, &r);
	}
}
