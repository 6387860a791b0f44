/*
 * dns.c - messages of DNS, over UDP and TCP, and of what is made like it: mDNS and LLMNR; NBNS is
 * in nbns.c.
 *
 * A message is believed to be one when its counts are possible and all its questions and records
 * can be read to the end, or as far as they were captured; or when it has one question that makes
 * sense, and what follows does not.
 */
#include <string.h>
#include "dns.h"

enum { MOST_ROWS = 4000 };      /* as zones that are handed over have; a step has room for them */
enum { DNS_PORT = 53, MDNS_PORT = 5353, LLMNR_PORT = 5355, NBNS_PORT = 137 };
enum { CLASS_IN = 1, CLASS_CHAOS = 3, CLASS_ANY = 255, TOP = 0x8000 };
enum { SESSION = 6 };           /* the last of the operations */
enum { QR = 0x8000, OPCODE = 0x7800, AA = 0x400, TC = 0x200, RD = 0x100, RA = 0x80, Z = 0x40, AD = 0x20, CD = 0x10 };

/* ---- reading a message --------------------------------------------------------------------- */

/* A name; most lead back to that of the first question, which need not be read again. */
static int read_name(struct message *m, uint32_t *at, struct weir_text *out)
{
	char name[NAME_ROOM];
	int size;

	if (m->first.size && *at + 2 <= m->size && be16(m->at + *at) == (0xc000 | DNS_HEADER)) {
		*out = m->first;
		*at += 2;
		return 1;
	}
	size = dns_name(m, at, name);
	if (size >= 0)
		*out = said_text(m->said, name, (uint32_t)size);
	return size >= 0;
}

/* What questions and records begin with.  Its class is left at 0 when it is the Internet's. */
static struct weir_rr *new_row(struct message *m, uint32_t *at)
{
	struct weir_text name;
	struct weir_rr *rr;
	uint16_t class;

	if (!read_name(m, at, &name) || *at + 4 > m->size)
		return NULL;
	rr = said_row(m->said, PILE_RRS);
	rr->rrname = name;
	rr->rrtype = be16(m->at + *at);
	class = be16(m->at + *at + 2);
	if (m->kind == WEIR_MDNS) {
		rr->top = class >> 15;
		class &= (uint16_t)~TOP;
	}
	rr->rrclass = class == CLASS_IN ? 0 : class;
	*at += 4;
	return rr;
}

static int questions(struct message *m, uint32_t *at, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct weir_rr *rr = new_row(m, at);

		if (!rr)
			return 0;
		if (i == 0)
			m->first = rr->rrname;
	}
	return 1;
}

/* Records of a section; one that is none, with the root's name, is EDNS. */
static int records(struct message *m, struct weir_dns *d, uint32_t *at, uint32_t count)
{
	while (count--) {
		int is_edns = *at + OPT_HEADER <= m->size && be32(m->at + *at) >> 8 == TYPE_OPT;
		struct weir_rr *rr = is_edns ? NULL : new_row(m, at);
		uint32_t fixed = is_edns ? OPT_HEADER : 6, size;

		if ((!rr && !is_edns) || *at + fixed > m->size)
			return 0;
		size = be16(m->at + *at + fixed - 2);
		if (*at + fixed + size > m->size)
			return 0;
		if (is_edns) {
			dns_edns(m, d, *at, size);
		} else {
			rr->ttl = be32(m->at + *at);
			dns_rdata(m, rr, *at + 6, size);
		}
		*at += fixed + size;
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

/* Whether four counts and flags can be those of a message of `full` bytes. */
static int is_possible(const uint8_t *at, uint32_t size, uint32_t full)
{
	uint32_t questions, answers, others, flags;

	if (size < DNS_HEADER)
		return 0;
	flags = be16(at + 2);
	questions = be16(at + 4);
	answers = be16(at + 6);
	others = (uint32_t)be16(at + 8) + be16(at + 10);
	if ((flags >> 11 & 15) > SESSION || questions + answers + others > MOST_ROWS)
		return 0;
	if (!(flags & QR) && questions + answers + others == 0 && flags >> 11 != SESSION)
		return 0;
	return DNS_HEADER + 5 * questions + 11 * (answers + others) <= full;
}

/* Whether it begins with one question that makes sense. */
static int asks_one(const uint8_t *at, uint32_t size)
{
	struct message m = { .at = at, .size = size };
	char name[NAME_ROOM];
	uint32_t from = DNS_HEADER, class;

	if (be16(at + 4) != 1 || be16(at + 2) & Z || dns_name(&m, &from, name) < 0 ||
	    from + 4 > size || !weir_rrtype_name(be16(at + from)))
		return 0;
	class = be16(at + from + 2);
	return class == CLASS_IN || class == CLASS_CHAOS || class == CLASS_ANY;
}

/* Whether it asks or answers, by its question, whatever is behind that. */
static int is_sound(const uint8_t *at, uint32_t size)
{
	return size >= DNS_HEADER && !(be16(at + 2) & OPCODE) && asks_one(at, size);
}

/* The sections of a message; whether it is whole, or as far as it was captured. */
static int read_sections(struct message *m, struct weir_dns *d, int is_cut)
{
	uint32_t at = DNS_HEADER, first = m->said->counts[PILE_RRS];
	struct weir_list *lists[3] = { &d->answers, &d->authorities, &d->additionals };
	int is_whole = questions(m, &at, be16(m->at + 4));

	d->queries = said_list(m->said, PILE_RRS, first);
	if (!is_whole)
		return 0;
	for (int i = 0; i < 3; i++) {
		first = m->said->counts[PILE_RRS];
		is_whole = is_whole && records(m, d, &at, be16(m->at + 6 + 2 * i));
		*lists[i] = said_list(m->said, PILE_RRS, first);
	}
	return is_whole || is_cut;
}

/* Makes a record of a message, if it is one. */
static void read_message(const struct heard *h, const uint8_t *at, uint32_t size, int is_cut,
	enum weir_kind kind)
{
	struct message m = { .said = h->said, .at = at, .size = size, .kind = kind };
	struct mark before = said_mark(h->said);
	int is_told = h->said->names && (kind == WEIR_DNS || kind == WEIR_MDNS);
	struct weir_dns *d;

	if (!said_wants(h->said, kind) && !is_told)
		return;
	d = said_record(h->said, kind, h->direction);
	d->id = be16(at);
	note_flags(d, be16(at + 2));
	d->malformed = !read_sections(&m, d, is_cut);
	if (d->malformed && !is_sound(at, size)) {
		said_forget(h->said, &before);
		return;
	}
	if (is_told && !d->malformed)
		dns_tell(h, at, size, kind);
	if (!said_wants(h->said, kind)) {
		said_forget(h->said, &before);
		return;
	}
	if (d->queries.count) {
		d->rrname = m.first;
		d->rrtype = h->said->room->rrs[d->queries.first].rrtype;
	}
	said_publish(h->said, kind, d);
}

/* ---- recognition ------------------------------------------------------------------------------- */

static int has_port(const struct heard *h, uint16_t port)
{
	return h->from_port == port || h->to_port == port;
}

static enum weir_kind kind_of(const struct heard *h)
{
	if (has_port(h, DNS_PORT))
		return WEIR_DNS;        /* who asks a server of it may do so from any port */
	return has_port(h, MDNS_PORT) ? WEIR_MDNS : has_port(h, LLMNR_PORT) ? WEIR_LLMNR : WEIR_DNS;
}

static void note_app(const struct heard *h)
{
	static const uint8_t apps[WEIR_KINDS] = {
		[WEIR_DNS] = APP_DNS, [WEIR_MDNS] = APP_MDNS, [WEIR_LLMNR] = APP_LLMNR
	};

	h->line->app = apps[kind_of(h)];
}

/* ---- datagrams --------------------------------------------------------------------------------- */

/* Elsewhere than where DNS lives it has to begin with one question that makes sense. */
static int probe(const struct heard *h)
{
	int is_home = has_port(h, DNS_PORT) || has_port(h, MDNS_PORT) || has_port(h, LLMNR_PORT);
	int is_one = is_possible(h->at, h->size, h->full) ?
		is_home || asks_one(h->at, h->size) : is_home && is_sound(h->at, h->size);

	if (!is_one || (has_port(h, NBNS_PORT) && !has_port(h, DNS_PORT)))
		return OTHER;
	note_app(h);
	return MINE;
}

static int32_t hear(const struct heard *h)
{
	if (is_possible(h->at, h->size, h->full) || is_sound(h->at, h->size))
		read_message(h, h->at, h->size, h->size < h->full, kind_of(h));
	return (int32_t)h->size;
}

/* ---- streams: each message behind its size -------------------------------------------------------- */

/* At least its size and the counts; where it does not live, all of the first message. */
static int probe_tcp(const struct heard *h)
{
	int is_home = has_port(h, DNS_PORT) || has_port(h, LLMNR_PORT);
	uint32_t size;

	if (h->size < 2 + DNS_HEADER)
		return UNSURE;
	size = be16(h->at);
	if (!is_possible(h->at + 2, h->size - 2, size))
		return OTHER;
	if (!is_home && (be16(h->at + 6) != 1 || size > 4096))
		return OTHER;
	if (!is_home && size > h->size - 2)
		return UNSURE;
	if (!is_home && !asks_one(h->at + 2, size))
		return OTHER;
	note_app(h);
	return MINE;
}

/* One that is not believed has its size all the same, so that the next one is found. */
static int32_t hear_tcp(const struct heard *h)
{
	uint32_t done = 0;

	while (h->size - done >= 2) {
		uint32_t size = be16(h->at + done);

		if (size > h->size - done - 2) {
			h->line->need[h->direction] = size + 2;
			break;
		}
		if (is_possible(h->at + done + 2, size, size) ||
		    is_sound(h->at + done + 2, size))
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
