/* dns_rdata.c - the data of resource records as text, in the form of zone files. */
#include <string.h>
#include "dns.h"

/* ---- reading ------------------------------------------------------------------------------ */

const uint8_t *rdata_bytes(struct rdata *r, uint32_t size)
{
	const uint8_t *bytes = r->m->at + r->at;

	if (size > r->end - r->at) {
		r->is_bad = 1;
		r->at = r->end;
		return NULL;
	}
	r->at += size;
	return bytes;
}

uint32_t rdata_8(struct rdata *r)
{
	const uint8_t *at = rdata_bytes(r, 1);

	return at ? *at : 0;
}

uint32_t rdata_16(struct rdata *r)
{
	const uint8_t *at = rdata_bytes(r, 2);

	return at ? be16(at) : 0;
}

uint32_t rdata_32(struct rdata *r)
{
	const uint8_t *at = rdata_bytes(r, 4);

	return at ? be32(at) : 0;
}

/* ---- writing ------------------------------------------------------------------------------- */

void rdata_blank(struct rdata *r)
{
	if (r->w.at != r->w.start)
		write_letter(&r->w, ' ');
}

void rdata_name(struct rdata *r)
{
	char out[NAME_ROOM];
	int size = dns_name(r->m, &r->at, out);

	rdata_blank(r);
	if (size < 0 || r->at > r->end) {
		r->is_bad = 1;
		r->at = r->end;
	} else {
		write_bytes(&r->w, out, (uint32_t)size);
	}
}

void rdata_numbers(struct rdata *r, const char *sizes)
{
	for (; *sizes; sizes++) {
		rdata_blank(r);
		write_number(&r->w, *sizes == '1' ? rdata_8(r) : *sizes == '2' ? rdata_16(r) :
			rdata_32(r));
	}
}

void rdata_quoted(struct rdata *r, uint32_t size)
{
	const uint8_t *at = rdata_bytes(r, size);

	rdata_blank(r);
	write_letter(&r->w, '"');
	for (uint32_t i = 0; at && i < size; i++) {
		if (at[i] == '"' || at[i] == '\\')
			write_letter(&r->w, '\\');
		write_letter(&r->w, (char)at[i]);
	}
	write_letter(&r->w, '"');
}

void rdata_string(struct rdata *r)
{
	rdata_quoted(r, rdata_8(r));
}

void rdata_hex(struct rdata *r)
{
	rdata_blank(r);
	write_hex(&r->w, r->m->at + r->at, r->end - r->at);
	r->at = r->end;
}

void rdata_base64(struct rdata *r)
{
	rdata_blank(r);
	write_base64(&r->w, r->m->at + r->at, r->end - r->at);
	r->at = r->end;
}

/* ---- types ------------------------------------------------------------------------------------ */

/* Strings, each behind its size, that follow each other: where there are several, they are a list. */
static void list_strings(struct rdata r, struct weir_rr *rr)
{
	struct said *s = r.m->said;
	uint32_t first = s->counts[PILE_TEXTS];

	if (r.m->at[r.at] + 1u >= r.end - r.at)
		return;
	while (r.at < r.end) {
		uint32_t size = rdata_8(&r);
		const uint8_t *at = rdata_bytes(&r, size);
		struct weir_text text = said_text(s, at, at ? size : 0);

		memcpy(said_row(s, PILE_TEXTS), &text, sizeof text);
	}
	rr->strings = said_list(s, PILE_TEXTS, first);
}

/*
 * As text they follow each other, as SPF and DKIM are read; in mDNS, where each is a key of its
 * own, with a blank between.
 */
static void write_strings(struct rdata *r)
{
	while (r->at < r->end) {
		uint32_t size = rdata_8(r);
		const uint8_t *at = rdata_bytes(r, size);

		if (r->m->kind == WEIR_MDNS && size)
			rdata_blank(r);
		if (at)
			write_bytes(&r->w, at, size);
	}
}

/* Most records are addresses. */
static struct weir_text address(const struct message *m, uint32_t at, uint32_t version)
{
	char text[46];

	return said_text(m->said, text, (uint32_t)weir_address_text(m->at + at, version, text));
}

static void write_known(struct rdata *r, uint16_t type)
{
	switch (type) {
	case TYPE_TXT: case TYPE_SPF:
		write_strings(r);
		break;
	case TYPE_NS: case TYPE_MD: case TYPE_MF: case TYPE_CNAME: case TYPE_MB: case TYPE_MG:
	case TYPE_MR: case TYPE_PTR: case TYPE_DNAME:
		rdata_name(r);
		break;
	case TYPE_MX: case TYPE_AFSDB: case TYPE_RT: case TYPE_KX:
		rdata_numbers(r, "2");
		rdata_name(r);
		break;
	case TYPE_SOA:
		rdata_name(r);
		rdata_name(r);
		rdata_numbers(r, "44444");
		break;
	case TYPE_MINFO: case TYPE_RP:
		rdata_name(r);
		rdata_name(r);
		break;
	default:
		if (!dns_write_service(r, type) && !dns_write_secure(r, type))
			rdata_hex(r);
	}
}

/* The most that a byte of data becomes as text: of a map of types each bit is a name. */
static uint32_t growth(uint16_t type)
{
	return type == TYPE_NSEC || type == TYPE_NSEC3 || type == TYPE_CSYNC ? 88 : 8;
}

/* Data that is not what its type says has no text: none is better than a wrong one. */
void dns_rdata(struct message *m, struct weir_rr *rr, uint32_t at, uint32_t size)
{
	struct rdata r;

	if (rr->rrtype == TYPE_A || rr->rrtype == TYPE_AAAA) {
		uint32_t is_a = rr->rrtype == TYPE_A;

		if (size == (is_a ? 4 : 16))
			rr->rdata = address(m, at, is_a ? 4 : 6);
		return;
	}
	r = (struct rdata){ .m = m, .at = at, .end = at + size };
	if (!size)
		return;
	if (rr->rrtype == TYPE_TXT || rr->rrtype == TYPE_SPF)
		list_strings(r, rr);
	r.w = write_begin(m->said, growth(rr->rrtype) * size + 2 * NAME_ROOM + 256);
	if (!r.w.start)
		return;
	write_known(&r, rr->rrtype);
	if (!r.is_bad && r.at == r.end)
		rr->rdata = write_end(&r.w);
}
