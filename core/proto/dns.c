/*
 * dns.c - messages of DNS, over UDP and TCP, and of what is made like it: mDNS and LLMNR; NBNS is
 * in nbns.c.
 *
 * A message is believed to be one when its counts are possible and all its questions and records
 * can be read to the end, or as far as they were captured.
 */
#include <string.h>
#include "dns.h"

enum { HEADER = 12, MOST_ROWS = 1024, DNS_PORT = 53, MDNS_PORT = 5353, LLMNR_PORT = 5355 };
enum { TYPE_OPT = 41 };
enum { QR = 0x8000, AA = 0x400, TC = 0x200, RD = 0x100, RA = 0x80, Z = 0x40, AD = 0x20, CD = 0x10 };

/* ---- reading a message --------------------------------------------------------------------- */

static struct weir_rr *new_row(struct message *m, uint32_t *at, char name[NAME_ROOM])
{
	int size = dns_name(m, at, name);
	struct weir_rr *rr;

	if (size < 0 || *at + 4 > m->size)
		return NULL;
	rr = said_row(m->said, PILE_RRS);
	rr->rrname = said_text(m->said, name, (uint32_t)size);
	rr->rrtype = be16(m->at + *at);
	rr->rrclass = be16(m->at + *at + 2);
	*at += 4;
	return rr;
}

static int questions(struct message *m, uint32_t *at, uint32_t count)
{
	char name[NAME_ROOM];

	while (count--)
		if (!new_row(m, at, name))
			return 0;
	return 1;
}

/* EDNS is a record that is none: its class is a size, its TTL has more of the code. */
static void note_edns(struct weir_dns *d, const struct weir_rr *rr)
{
	d->udp_size = rr->rrclass;
	d->rcode |= (uint16_t)(rr->ttl >> 24 << 4);
}

static int records(struct message *m, struct weir_dns *d, uint32_t *at, uint32_t count)
{
	char name[NAME_ROOM];

	while (count--) {
		struct mark before = said_mark(m->said);
		struct weir_rr *rr = new_row(m, at, name);
		uint32_t size;

		if (!rr || *at + 6 > m->size)
			return 0;
		rr->ttl = be32(m->at + *at);
		size = be16(m->at + *at + 4);
		*at += 6;
		if (*at + size > m->size)
			return 0;
		if (rr->rrtype == TYPE_OPT) {
			note_edns(d, rr);
			said_forget(m->said, &before);
		} else {
			rr->rdata = dns_rdata(m, rr->rrtype, *at, size);
		}
		*at += size;
	}
	return 1;
}

static void note_flags(struct weir_dns *d, uint16_t flags)
{
	d->flags = flags;
	d->type = d->qr = (flags & QR) != 0;
	d->opcode = flags >> 11 & 15;
	d->aa = (flags & AA) != 0;
	d->tc = (flags & TC) != 0;
	d->rd = (flags & RD) != 0;
	d->ra = (flags & RA) != 0;
	d->z = (flags & Z) != 0;
	d->ad = (flags & AD) != 0;
	d->cd = (flags & CD) != 0;
	d->rcode = flags & 15;
}

/* Whether four counts and flags can be those of a message; -1 when too little is there to tell. */
static int is_possible(const uint8_t *at, uint32_t size, uint32_t full)
{
	uint32_t questions, answers, others, flags;

	if (size < HEADER)
		return 0;
	flags = be16(at + 2);
	questions = be16(at + 4);
	answers = be16(at + 6);
	others = (uint32_t)be16(at + 8) + be16(at + 10);
	if ((flags >> 11 & 15) > 6 || flags & Z || questions + answers + others > MOST_ROWS)
		return 0;
	if (!(flags & QR) && (questions == 0 && answers == 0))
		return 0;
	return HEADER + 5 * questions + 11 * (answers + others) <= full;
}

/*
 * Makes a record of a message; whether it is one.  Of a message that was cut what is there is
 * shown, if its questions are.
 */
static int read_message(const struct heard *h, const uint8_t *at, uint32_t size, int is_cut,
	enum weir_kind kind)
{
	struct message m = { h->said, at, size };
	struct mark before = said_mark(h->said);
	struct weir_dns *d = said_record(h->said, kind, h->direction);
	uint32_t counts[4], from = HEADER, first = h->said->counts[PILE_RRS];
	struct weir_list *lists[4] = { &d->queries, &d->answers, &d->authorities, &d->additionals };
	int is_whole;

	d->id = be16(at);
	note_flags(d, be16(at + 2));
	for (int i = 0; i < 4; i++)
		counts[i] = be16(at + 4 + 2 * i);
	is_whole = questions(&m, &from, counts[0]);
	*lists[0] = said_list(h->said, PILE_RRS, first);
	for (int i = 1; i < 4; i++) {
		first = h->said->counts[PILE_RRS];
		is_whole = is_whole && records(&m, d, &from, counts[i]);
		*lists[i] = said_list(h->said, PILE_RRS, first);
	}
	if (!is_whole && (!is_cut || d->queries.count < counts[0])) {
		said_forget(h->said, &before);
		return 0;
	}
	if (h->said->names && (kind == WEIR_DNS || kind == WEIR_MDNS))
		dns_tell(h, at, size, kind);
	if (d->queries.count) {
		const struct weir_rr *q = &h->said->room->rrs[d->queries.first];

		d->rrname = q->rrname;
		d->rrtype = q->rrtype;
	}
	if (said_wants(h->said, kind))
		said_publish(h->said, kind, d);
	else
		said_forget(h->said, &before);
	return 1;
}

/* ---- datagrams -------------------------------------------------------------------------------- */

static int has_port(const struct heard *h, uint16_t port)
{
	return h->from_port == port || h->to_port == port;
}

static enum weir_kind kind_of(const struct heard *h)
{
	return has_port(h, MDNS_PORT) ? WEIR_MDNS : has_port(h, LLMNR_PORT) ? WEIR_LLMNR : WEIR_DNS;
}

/* Elsewhere than where it lives it has to look like one to the last byte. */
static int probe(const struct heard *h)
{
	struct message m = { h->said, h->at, h->size };
	char name[NAME_ROOM];
	uint32_t at = HEADER;

	if (!is_possible(h->at, h->size, h->full))
		return OTHER;
	if (has_port(h, DNS_PORT) || has_port(h, MDNS_PORT) || has_port(h, LLMNR_PORT))
		return MINE;
	return be16(h->at + 4) == 1 && dns_name(&m, &at, name) >= 0 && at + 4 <= h->size &&
		be16(h->at + at + 2) == 1 ? MINE : OTHER;
}

static int32_t hear(const struct heard *h)
{
	if (is_possible(h->at, h->size, h->full))
		read_message(h, h->at, h->size, h->size < h->full, kind_of(h));
	return (int32_t)h->size;
}

/* ---- streams: each message behind its size -------------------------------------------------------- */

static int probe_tcp(const struct heard *h)
{
	if (!has_port(h, DNS_PORT) && !has_port(h, LLMNR_PORT))
		return OTHER;
	if (h->size < 2 + HEADER)
		return UNSURE;
	return is_possible(h->at + 2, h->size - 2, be16(h->at)) ? MINE : OTHER;
}

static int32_t hear_tcp(const struct heard *h)
{
	uint32_t done = 0;

	while (h->size - done >= 2) {
		uint32_t size = be16(h->at + done);

		if (size > h->size - done - 2) {
			h->line->need[h->direction] = size + 2;
			break;
		}
		if (!is_possible(h->at + done + 2, size, size))
			return ENOUGH;
		read_message(h, h->at + done + 2, size, 0, kind_of(h));
		done += size + 2;
	}
	return (int32_t)done;
}

enum { KINDS = 1 << WEIR_DNS | 1 << WEIR_MDNS | 1 << WEIR_LLMNR };

const struct protocol protocol_dns = {
	.name = "dns", .kinds = KINDS, .udp = 1, .names = 1, .label = APP_DNS, .probe = probe,
	.hear = hear
};

const struct protocol protocol_dns_tcp = {
	.name = "dns", .kinds = KINDS, .tcp = 1, .names = 1, .label = APP_DNS, .probe = probe_tcp,
	.hear = hear_tcp
};
