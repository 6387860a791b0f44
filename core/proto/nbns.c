/*
 * nbns.c - messages of the NetBIOS name service: who has which name, and which names a machine has.
 *
 * They are made like those of DNS, but a name is sixteen bytes, of which the last tells what it is
 * the name of, each spelt as two letters from A to P.
 */
#include <string.h>
#include "dns.h"

enum { TYPE_NB = 32, TYPE_NBSTAT = 33, MOST_ROWS = 64, SPELT = 32, LENGTH = 15 };
enum { NAME_SIZE_IN_TABLE = 18, GROUP = 0x8000, ACTIVE = 0x0400 };

/* ---- names --------------------------------------------------------------------------------- */

/* "NAME<20>": fifteen bytes without the blanks behind them, and the one that tells the kind. */
static void write_netbios(struct writing *w, const uint8_t name[LENGTH + 1])
{
	uint32_t size = LENGTH;

	while (size && (name[size - 1] == ' ' || name[size - 1] == 0))
		size--;
	write_bytes(w, name, size);
	write_format(w, "<%02x>", name[LENGTH]);
}

static int is_spelt(const char *text)
{
	for (int i = 0; i < SPELT; i++)
		if (text[i] < 'A' || text[i] > 'P')
			return 0;
	return 1;
}

/* A name with its scope behind it, as text; 0 when it is none. */
static int read_name(const struct message *m, uint32_t *at, struct weir_text *out)
{
	char text[NAME_ROOM];
	uint8_t name[LENGTH + 1];
	int size = dns_name(m, at, text);
	struct writing w;

	if (size < SPELT || !is_spelt(text) || (size > SPELT && text[SPELT] != '.'))
		return 0;
	for (int i = 0; i <= LENGTH; i++)
		name[i] = (uint8_t)((text[2 * i] - 'A') << 4 | (text[2 * i + 1] - 'A'));
	if (!m->said)
		return 1;
	w = write_begin(m->said, NAME_ROOM);
	if (!w.start)
		return 1;
	write_netbios(&w, name);
	write_bytes(&w, text + SPELT, (uint32_t)size - SPELT);
	*out = write_end(&w);
	return 1;
}

/* ---- records ------------------------------------------------------------------------------- */

static struct weir_rr *new_row(struct message *m, uint32_t *at)
{
	struct weir_text name = { 0, 0 };
	struct weir_rr *rr;

	if (!read_name(m, at, &name) || *at + 4 > m->size)
		return NULL;
	rr = said_row(m->said, PILE_RRS);
	rr->rrname = name;
	rr->rrtype = be16(m->at + *at);
	*at += 4;
	return rr;
}

/* Addresses that have the name, each behind its flags. */
static void read_addresses(struct message *m, struct weir_nbns *n, struct weir_rr *rr,
	uint32_t at, uint32_t size)
{
	struct writing w = write_begin(m->said, 3 * size + 16);

	if (!w.start)
		return;
	for (uint32_t i = 0; i + 6 <= size; i += 6) {
		n->group |= be16(m->at + at + i) >> 15;
		if (i)
			write_letter(&w, ' ');
		write_address(&w, m->at + at + i + 2, 4);
	}
	rr->rdata = write_end(&w);
}

/* The names of a machine, and its statistics, of which the MAC address is the first. */
static void read_table(struct message *m, struct weir_nbns *n, uint32_t at, uint32_t size)
{
	uint32_t count = size ? m->at[at] : 0, first = m->said->counts[PILE_NBNAMES];

	if (1 + NAME_SIZE_IN_TABLE * count > size)
		return;
	at++;
	for (uint32_t i = 0; i < count; i++, at += NAME_SIZE_IN_TABLE) {
		struct weir_nbname *row = said_row(m->said, PILE_NBNAMES);
		struct writing w = write_begin(m->said, 32);
		uint16_t flags = be16(m->at + at + LENGTH + 1);

		if (w.start) {
			write_netbios(&w, m->at + at);
			row->name = write_end(&w);
		}
		row->suffix = m->at[at + LENGTH];
		row->group = (flags & GROUP) != 0;
		row->active = (flags & ACTIVE) != 0;
	}
	n->names = said_list(m->said, PILE_NBNAMES, first);
	if (1 + NAME_SIZE_IN_TABLE * count + 6 <= size) {
		memcpy(n->mac, m->at + at, 6);
		n->has |= WEIR_HAS_NBNS_MAC;
	}
}

static int records(struct message *m, struct weir_nbns *n, uint32_t *at, uint32_t count)
{
	while (count--) {
		struct weir_rr *rr = new_row(m, at);
		uint32_t size;

		if (!rr || *at + 6 > m->size)
			return 0;
		rr->ttl = be32(m->at + *at);
		size = be16(m->at + *at + 4);
		*at += 6;
		if (size > m->size - *at)
			return 0;
		if (rr->rrtype == TYPE_NB)
			read_addresses(m, n, rr, *at, size);
		else if (rr->rrtype == TYPE_NBSTAT)
			read_table(m, n, *at, size);
		else
			rr->rdata = said_hex(m->said, m->at + *at, size);
		*at += size;
	}
	return 1;
}

/* The sections of a message; whether it is whole, or as far as it was captured. */
static int read_sections(struct message *m, struct weir_nbns *n, int is_cut)
{
	uint32_t at = DNS_HEADER, first = m->said->counts[PILE_RRS];
	int is_whole = 1;

	for (uint32_t i = 0; is_whole && i < be16(m->at + 4); i++)
		is_whole = new_row(m, &at) != NULL;
	n->queries = said_list(m->said, PILE_RRS, first);
	first = m->said->counts[PILE_RRS];
	for (int i = 0; i < 3; i++)             /* a name to register is among the additional ones */
		is_whole = is_whole && records(m, n, &at, be16(m->at + 6 + 2 * i));
	n->answers = said_list(m->said, PILE_RRS, first);
	return is_whole || is_cut;
}

/* ---- messages --------------------------------------------------------------------------------- */

/* Counts and the first name: these are not like anything else. */
static int is_message(const struct heard *h)
{
	struct message m = { .at = h->at, .size = h->size };
	struct weir_text name;
	uint32_t at = DNS_HEADER, opcode, rows = 0;

	if (h->size < DNS_HEADER)
		return 0;
	opcode = h->at[2] >> 3 & 15;
	for (int i = 4; i < DNS_HEADER; i += 2)
		rows += be16(h->at + i);
	return (opcode == 0 || (opcode >= 5 && opcode <= 9) || opcode == 15) && rows &&
		rows <= MOST_ROWS && read_name(&m, &at, &name);
}

static int probe(const struct heard *h)
{
	return is_message(h) ? MINE : OTHER;
}

static int32_t hear(const struct heard *h)
{
	struct message m = { .said = h->said, .at = h->at, .size = h->size, .kind = WEIR_NBNS };
	struct mark before = said_mark(h->said);
	struct weir_nbns *n;
	uint32_t first = h->said->counts[PILE_RRS];

	if (!is_message(h))
		return (int32_t)h->size;
	n = said_record(h->said, WEIR_NBNS, h->direction);
	n->id = be16(h->at);
	n->flags = be16(h->at + 2);
	n->type = n->flags >> 15;
	n->opcode = n->flags >> 11 & 15;
	n->broadcast = n->flags >> 4 & 1;
	n->rcode = n->flags & 15;
	if (!read_sections(&m, n, h->size < h->full)) {
		said_forget(h->said, &before);
		return (int32_t)h->size;
	}
	if (n->queries.count + n->answers.count) {
		n->rrname = h->said->room->rrs[first].rrname;
		n->rrtype = h->said->room->rrs[first].rrtype;
	}
	said_publish(h->said, WEIR_NBNS, n);
	return (int32_t)h->size;
}

const struct protocol protocol_nbns = {
	.name = "nbns", .kinds = 1 << WEIR_NBNS, .udp = 1, .label = APP_NBNS, .probe = probe,
	.hear = hear
};
