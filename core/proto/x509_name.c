/* x509_name.c - the names in certificates as text: of subjects and issuers, and alternative ones. */
#include <string.h>
#include "../hex.h"
#include "x509.h"

/*
 * Bytes that a name takes at most for each of its own: an identifier's take four and a byte, with
 * the head that it has in the DER; what is shown in hexadecimal two; all others three or less.
 */
enum { GROWTH = 6, SLACK = 64 };

/* What parts of names are called, by the last byte of the identifiers that begin with 2.5.4. */
static const char *const attributes[] = {
	[3] = "CN", [4] = "SN", [5] = "serialNumber", [6] = "C", [7] = "L", [8] = "ST",
	[9] = "street", [10] = "O", [11] = "OU", [12] = "title", [13] = "description",
	[15] = "businessCategory", [17] = "postalCode", [18] = "postOfficeBox", [41] = "name",
	[42] = "GN", [43] = "initials", [44] = "generationQualifier", [46] = "dnQualifier",
	[65] = "pseudonym", [97] = "organizationIdentifier"
};

static char *put(char *to, const char *text)
{
	return stpcpy(to, text);
}

static char *put_attribute(char *to, struct span oid)
{
	const uint32_t count = sizeof attributes / sizeof *attributes;

	if (oid.size == 3 && oid.at[0] == 0x55 && oid.at[1] == 4 && oid.at[2] < count &&
	    attributes[oid.at[2]])
		return put(to, attributes[oid.at[2]]);
	if (oid_is(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9))
		return put(to, "Email");
	if (oid_is(oid, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10))
		return put(to, "DC");
	if (oid_is(oid, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10))
		return put(to, "UID");
	return oid_text(to, oid);
}

/* ---- strings of the types that are not UTF-8 ---------------------------------------------------- */

/* What is no character is written as one that says so. */
static char *put_character(char *to, uint32_t c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 63));
		}
		*to++ = (char)(0x80 | (c >> 6 & 63));
	}
	if (c >= 0x80)
		*to++ = (char)(0x80 | (c & 63));
	return to;
}

/* Characters of so many bytes; two of two bytes may be one, as in UTF-16. */
static char *put_wide(char *to, struct span from, uint32_t bytes)
{
	uint32_t c, low;

	while (span_number(&from, bytes, &c)) {
		struct span rest = from;

		if (bytes == 2 && c >> 10 == 0x36 && span_number(&rest, 2, &low) && low >> 10 == 0x37) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			from = rest;
		}
		to = put_character(to, c);
	}
	return to;
}

static char *put_value(char *to, uint8_t tag, struct span from)
{
	switch (tag) {
	case DER_UTF8: case DER_PRINTABLE: case DER_IA5: case DER_NUMERIC: case DER_VISIBLE:
		memcpy(to, from.at, from.size);
		return to + from.size;
	case DER_T61:       return put_wide(to, from, 1);       /* Latin-1, as everybody takes it */
	case DER_BMP:       return put_wide(to, from, 2);
	case DER_UNIVERSAL: return put_wide(to, from, 4);
	}
	*to++ = '#';
	hex_write(to, from.at, from.size);
	return to + 2 * from.size;
}

/* ---- names ------------------------------------------------------------------------------------------ */

/* The parts of one step; they are nearly always one. */
static char *put_step(char *to, struct span set)
{
	struct span part, oid, value;
	int is_first = 1;
	uint8_t tag;

	while (der_expect(&set, DER_SEQUENCE, &part)) {
		if (!der_expect(&part, DER_OID, &oid) || !der_take(&part, &tag, &value))
			continue;
		if (!is_first)
			to = put(to, " + ");
		is_first = 0;
		to = put_attribute(to, oid);
		*to++ = '=';
		to = put_value(to, tag, value);
	}
	return to;
}

struct weir_text x509_name(struct said *s, struct span name)
{
	struct span set;
	char *start, *to;

	if (!name.size || name.size > STEP_WORDS / GROWTH - SLACK)
		return (struct weir_text){ 0, 0 };
	start = to = said_room(s, GROWTH * name.size + SLACK);
	if (!start)
		return (struct weir_text){ 0, 0 };
	while (der_expect(&name, DER_SET, &set)) {
		char *begin = to > start ? put(to, ", ") : to, *end = put_step(begin, set);

		to = end > begin ? end : to;
	}
	return said_fill(s, (uint32_t)(to - start));
}

/* ---- alternative names ------------------------------------------------------------------------------ */

enum { NAME_MAIL = 0x81, NAME_DNS = 0x82, NAME_URI = 0x86, NAME_ADDRESS = 0x87 };

static struct weir_text put_address(struct said *s, struct span address)
{
	char text[46];

	if (address.size != 4 && address.size != 16)
		return said_hex(s, address.at, address.size);
	return said_text(s, text, (uint32_t)weir_address_text(address.at,
		address.size == 4 ? 4 : 6, text));
}

/* Those that name a host, a mailbox or a place; others are rare, and for special uses. */
struct weir_list x509_sans(struct said *s, struct span sans)
{
	uint32_t first = s->counts[PILE_TEXTS];
	struct span name;
	uint8_t tag;

	while (der_take(&sans, &tag, &name)) {
		struct weir_text *row;

		if (tag != NAME_DNS && tag != NAME_ADDRESS && tag != NAME_MAIL && tag != NAME_URI)
			continue;
		row = said_row(s, PILE_TEXTS);
		*row = tag == NAME_ADDRESS ? put_address(s, name) : said_text(s, name.at, name.size);
	}
	return said_list(s, PILE_TEXTS, first);
}
