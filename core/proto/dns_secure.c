/* dns_secure.c - the data of records that keys, signatures and certificates are in. */
#include <stdio.h>
#include <time.h>
#include "dns.h"

/* The types whose bits are set, up to the data's end. */
static void write_types(struct rdata *r)
{
	while (r->at < r->end) {
		uint32_t window = rdata_8(r), size = rdata_8(r);
		const uint8_t *bits = rdata_bytes(r, size);

		for (uint32_t i = 0; bits && i < 8 * size; i++)
			if (bits[i / 8] >> (7 - i % 8) & 1) {
				rdata_blank(r);
				dns_write_type(&r->w, window << 8 | i);
			}
	}
}

/* A moment, as 20260101000000. */
static void write_moment(struct rdata *r)
{
	time_t seconds = rdata_32(r);
	struct tm tm;
	char text[32];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm);
	rdata_blank(r);
	write_plain(&r->w, text);
}

static void write_signature(struct rdata *r)
{
	dns_write_type(&r->w, rdata_16(r));
	rdata_numbers(r, "114");
	write_moment(r);
	write_moment(r);
	rdata_numbers(r, "2");
	rdata_name(r);
	rdata_base64(r);
}

/* Bytes behind their size, "-" for none. */
static void write_salt(struct rdata *r)
{
	uint32_t size = rdata_8(r);
	const uint8_t *salt = rdata_bytes(r, size);

	rdata_blank(r);
	if (!size)
		write_letter(&r->w, '-');
	if (salt)
		write_hex(&r->w, salt, size);
}

/* Bytes behind their size in base 32, with the digits that keep their order. */
static void write_hash(struct rdata *r)
{
	uint32_t size = rdata_8(r), bits = 0, have = 0;
	const uint8_t *hash = rdata_bytes(r, size);

	rdata_blank(r);
	for (uint32_t i = 0; hash && i < size; i++) {
		bits = bits << 8 | hash[i];
		for (have += 8; have >= 5; have -= 5)
			write_letter(&r->w, "0123456789abcdefghijklmnopqrstuv"[bits >> (have - 5) & 31]);
	}
	if (have)
		write_letter(&r->w, "0123456789abcdefghijklmnopqrstuv"[bits << (5 - have) & 31]);
}

/* "hmac-sha256 1767225600 300 0011… 4660 0": algorithm, time, fudge, MAC, id, error. */
static void write_transaction(struct rdata *r)
{
	uint32_t high, low, size;
	const uint8_t *mac;

	rdata_name(r);
	high = rdata_16(r);
	low = rdata_32(r);
	write_format(&r->w, " %llu", (unsigned long long)high << 32 | low);
	rdata_numbers(r, "2");
	size = rdata_16(r);
	mac = rdata_bytes(r, size);
	rdata_blank(r);
	if (mac)
		write_hex(&r->w, mac, size);
	rdata_numbers(r, "22");
	rdata_bytes(r, rdata_16(r));
}

int dns_write_secure(struct rdata *r, uint16_t type)
{
	switch (type) {
	case TYPE_DS: case TYPE_CDS:         rdata_numbers(r, "211"); rdata_hex(r);    return 1;
	case TYPE_DNSKEY: case TYPE_CDNSKEY: rdata_numbers(r, "211"); rdata_base64(r); return 1;
	case TYPE_SSHFP:                     rdata_numbers(r, "11");  rdata_hex(r);    return 1;
	case TYPE_TLSA: case TYPE_SMIMEA:    rdata_numbers(r, "111"); rdata_hex(r);    return 1;
	case TYPE_ZONEMD:                    rdata_numbers(r, "411"); rdata_hex(r);    return 1;
	case TYPE_CERT:                      rdata_numbers(r, "221"); rdata_base64(r); return 1;
	case TYPE_OPENPGPKEY: case TYPE_DHCID: rdata_base64(r);       return 1;
	case TYPE_CSYNC:                     rdata_numbers(r, "42");  write_types(r);  return 1;
	case TYPE_NSEC:                      rdata_name(r);           write_types(r);  return 1;
	case TYPE_NSEC3PARAM:                rdata_numbers(r, "112"); write_salt(r);   return 1;
	case TYPE_RRSIG:                     write_signature(r);                       return 1;
	case TYPE_TSIG:                      write_transaction(r);                     return 1;
	case TYPE_NSEC3:
		rdata_numbers(r, "112");
		write_salt(r);
		write_hash(r);
		write_types(r);
		return 1;
	default:
		return 0;
	}
}
