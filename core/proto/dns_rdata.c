/* dns_rdata.c - the data of resource records as text, in the form of zone files. */
#include <stdio.h>
#include <string.h>
#include "dns.h"

enum {
	A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33,
	DNAME = 39, SPF = 99
};

/* A name inside the data, which must end there. */
static struct weir_text name(const struct message *m, uint32_t at)
{
	char out[NAME_ROOM];
	int size = dns_name(m, &at, out);

	return size < 0 ? (struct weir_text){ 0, 0 } : said_text(m->said, out, (uint32_t)size);
}

static struct weir_text address(const struct message *m, uint32_t at, uint32_t version)
{
	char out[46];

	return said_text(m->said, out, (uint32_t)weir_address_text(m->at + at, version, out));
}

/* Numbers before a name, as in "10 mail.example". */
static struct weir_text numbered(const struct message *m, uint32_t at, uint32_t numbers)
{
	char out[NAME_ROOM + 32];
	int used = 0, size;

	for (uint32_t i = 0; i < numbers; i++, at += 2)
		used += snprintf(out + used, 8, "%u ", be16(m->at + at));
	size = dns_name(m, &at, out + used);
	if (size < 0)
		return (struct weir_text){ 0, 0 };
	return said_text(m->said, out, (uint32_t)(used + size));
}

/* Strings, each behind its size, one after the other. */
static struct weir_text strings(const struct message *m, uint32_t at, uint32_t size)
{
	uint32_t end = at + size, used = 0;
	char *out = said_room(m->said, size);

	if (!out)
		return (struct weir_text){ 0, 0 };
	while (at < end) {
		uint32_t n = m->at[at++];

		n = n < end - at ? n : end - at;
		memcpy(out + used, m->at + at, n);
		used += n;
		at += n;
	}
	return said_fill(m->said, used);
}

/* "mname rname serial refresh retry expire minimum" */
static struct weir_text authority(const struct message *m, uint32_t at)
{
	char out[2 * NAME_ROOM + 64];
	int used = dns_name(m, &at, out), size;

	if (used < 0)
		return (struct weir_text){ 0, 0 };
	out[used++] = ' ';
	size = dns_name(m, &at, out + used);
	if (size < 0 || at + 20 > m->size)
		return (struct weir_text){ 0, 0 };
	used += size;
	for (int i = 0; i < 5; i++, at += 4)
		used += snprintf(out + used, 12, " %u", be32(m->at + at));
	return said_text(m->said, out, (uint32_t)used);
}

struct weir_text dns_rdata(const struct message *m, uint16_t type, uint32_t at, uint32_t size)
{
	switch (type) {
	case A:
		return size == 4 ? address(m, at, 4) : said_hex(m->said, m->at + at, size);
	case AAAA:
		return size == 16 ? address(m, at, 6) : said_hex(m->said, m->at + at, size);
	case NS: case CNAME: case PTR: case DNAME:
		return name(m, at);
	case MX:
		return size > 2 ? numbered(m, at, 1) : (struct weir_text){ 0, 0 };
	case SRV:
		return size > 6 ? numbered(m, at, 3) : (struct weir_text){ 0, 0 };
	case SOA:
		return authority(m, at);
	case TXT: case SPF:
		return strings(m, at, size);
	default:
		return said_hex(m->said, m->at + at, size);
	}
}
