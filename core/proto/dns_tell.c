/*
 * dns_tell.c - which hosts have which addresses, as answers of DNS and mDNS tell.
 *
 * An answer to a question tells it of the name that was asked for, wherever aliases led from
 * there: that name is what the one who asked knows.
 */
#include <string.h>
#include "../flow/flow.h"
#include "../names/names.h"
#include "dns.h"

enum {
	QR = 0x8000, OPCODE_AND_RCODE = 0x780f,
	A = 1, CNAME = 5, PTR = 12, AAAA = 28, IN = 1,
	CACHE_FLUSH = 0x8000,           /* mDNS: a bit of the class */
	CHAIN = 16,                     /* names that aliases lead to, with the one that was asked for */
	PASSES = 4,                     /* through the answers, which need not be in order */
	ROWS_MOST = 256                 /* that are looked at */
};

/* A record that may tell something. */
struct row {
	uint32_t name_at;
	uint32_t at, size;              /* its data */
	uint32_t ttl;
	uint16_t type;
};

struct name {
	uint32_t size;                  /* 0: it is no host's */
	char text[NAME_MOST];
};

struct telling {
	struct message m;
	struct told told;
	struct row rows[ROWS_MOST];
	uint32_t row_count;
	struct name chain[CHAIN];       /* the name that was asked for, and where aliases lead */
	uint32_t chain_count;
	int has_aliases;
};

/* A name of a message as a host's. */
static void host_name(const struct message *m, uint32_t at, struct name *n)
{
	char text[NAME_ROOM];
	int size = dns_name(m, &at, text);

	n->size = size < 0 ? 0 : name_form(n->text, text, (uint32_t)size);
}

/* Moves behind a name that could be read before. */
static void pass_name(const struct message *m, uint32_t *at)
{
	while (*at < m->size && m->at[*at] && m->at[*at] < 64)
		*at += m->at[*at] + 1u;
	*at += *at < m->size && m->at[*at] ? 2 : 1;
}

/* Notes the next record if it is of the Internet's; 0 when there is none. */
static int next_row(struct telling *t, uint32_t *at)
{
	struct row r = { .name_at = *at };
	const uint8_t *fixed;

	pass_name(&t->m, at);
	if (*at + 10 > t->m.size)
		return 0;
	fixed = t->m.at + *at;
	r.type = be16(fixed);
	r.ttl = be32(fixed + 4);
	r.size = be16(fixed + 8);
	r.at = *at + 10;
	*at = r.at + r.size;
	if (*at > t->m.size)
		return 0;
	if ((be16(fixed + 2) & ~CACHE_FLUSH) != IN)
		return 1;
	t->has_aliases |= r.type == CNAME;
	t->rows[t->row_count++] = r;
	return 1;
}

/* ---- aliases ---------------------------------------------------------------------------- */

static int is_in_chain(const struct telling *t, const struct name *n)
{
	for (uint32_t i = 0; i < t->chain_count; i++)
		if (t->chain[i].size == n->size && !memcmp(t->chain[i].text, n->text, n->size))
			return 1;
	return 0;
}

/* The name of a record, that most often is the one that was asked for. */
static const struct name *name_of(const struct telling *t, const struct row *r, struct name *room)
{
	if (t->chain_count && be16(t->m.at + r->name_at) == (0xc000 | DNS_HEADER))
		return &t->chain[0];
	host_name(&t->m, r->name_at, room);
	return room;
}

/* Adds where the aliases of names in the chain lead; whether there were any that are new. */
static int lengthen(struct telling *t)
{
	uint32_t before = t->chain_count;

	for (uint32_t i = 0; i < t->row_count && t->chain_count < CHAIN; i++) {
		struct name *target = &t->chain[t->chain_count], room;

		if (t->rows[i].type != CNAME || !is_in_chain(t, name_of(t, &t->rows[i], &room)))
			continue;
		host_name(&t->m, t->rows[i].at, target);
		t->chain_count += target->size && !is_in_chain(t, target);
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

/* The address in four numbers before "in-addr.arpa", the last of them first; whether it is one. */
static int numbers_in(const char *text, uint32_t size, uint8_t address[16])
{
	static const char end[] = "in-addr.arpa";
	uint32_t at = 0;

	for (int i = 3; i >= 0; i--) {
		uint32_t number = 0, start = at;

		for (; at < size && at < start + 3 && text[at] >= '0' && text[at] <= '9'; at++)
			number = 10 * number + (uint32_t)(text[at] - '0');
		if (at == start || number > 255 || at == size || text[at++] != '.')
			return 0;
		address[i] = (uint8_t)number;
	}
	return size - at == sizeof end - 1 && !memcmp(text + at, end, size - at);
}

/* The address in "4.3.2.1.in-addr.arpa", or in what is like it for IPv6; its version, or 0. */
static uint8_t address_in(const struct name *n, uint8_t address[16])
{
	memset(address, 0, 16);
	if (numbers_in(n->text, n->size, address))
		return 4;
	memset(address, 0, 16);
	return nibbles_in(n->text, n->size, address) ? 6 : 0;
}

/* An address of a host. */
static void tell_address(struct telling *t, const struct row *r, const struct name *n)
{
	static const char local[] = ".local";
	uint32_t size = r->type == A ? 4 : 16, end = sizeof local - 1;
	int is_local = n->size > end && !memcmp(n->text + n->size - end, local, end);

	if (r->size != size)
		return;
	memset(t->told.address, 0, 16);
	memcpy(t->told.address, t->m.at + r->at, size);
	t->told.version = r->type == A ? 4 : 6;
	if (t->told.by == WEIR_NAME_MDNS && is_local)
		names_learn(t->m.said->names, &t->told, n->text, n->size);
	else if (t->told.by == WEIR_NAME_DNS && is_in_chain(t, n))
		names_learn(t->m.said->names, &t->told, t->chain[0].text, t->chain[0].size);
}

/* The name of a host whose address was asked about; where a part of a network has aliases, its
 * address is in the name that was asked for. */
static void tell_reverse(const struct telling *t, const struct row *r, const struct name *n)
{
	struct told told = t->told;
	struct name host;

	host_name(&t->m, r->at, &host);
	if (!host.size)
		return;
	told.by = WEIR_NAME_PTR;
	told.version = address_in(is_in_chain(t, n) ? &t->chain[0] : n, told.address);
	if (told.version)
		names_learn(t->m.said->names, &told, host.text, host.size);
}

static void tell_row(struct telling *t, const struct row *r)
{
	int is_address = r->type == A || r->type == AAAA;
	const struct name *n;
	struct name room;

	if (!is_address && r->type != PTR)
		return;
	n = name_of(t, r, &room);
	t->told.ttl = r->ttl;
	if (n->size && is_address)
		tell_address(t, r, n);
	else if (n->size)
		tell_reverse(t, r, n);
}

/* ---- messages ------------------------------------------------------------------------------- */

/* Notes what the records are, and the name that the first question asks for. */
static void read_rows(struct telling *t, uint32_t questions, uint32_t rows)
{
	uint32_t at = DNS_HEADER;

	if (questions) {
		host_name(&t->m, at, &t->chain[0]);
		t->chain_count = t->chain[0].size != 0;
	}
	for (; questions; questions--) {
		pass_name(&t->m, &at);
		at += 4;
	}
	for (rows = rows < ROWS_MOST ? rows : ROWS_MOST; rows && next_row(t, &at); rows--)
		;
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
	uint32_t flags = be16(at + 2), others = be16(at + 8) + (uint32_t)be16(at + 10);
	struct telling t;

	if (!h->said->flow || !(flags & QR) || flags & OPCODE_AND_RCODE)
		return;
	t.m = (struct message){ .said = h->said, .at = at, .size = size };
	t.told = (struct told){ .to = asker_of(h), .ns = h->said->flows->now,
		.by = kind == WEIR_MDNS ? WEIR_NAME_MDNS : WEIR_NAME_DNS };
	t.row_count = t.chain_count = 0;
	t.has_aliases = 0;
	read_rows(&t, be16(at + 4), be16(at + 6) + (kind == WEIR_MDNS ? others : 0));
	for (int i = 0; t.has_aliases && i < PASSES && t.chain_count && lengthen(&t); i++)
		;
	for (uint32_t i = 0; i < t.row_count; i++)
		tell_row(&t, &t.rows[i]);
}
