/* dns.h - what the parts of the DNS parser share: a message, names, the text of a record's data. */
#pragma once

#include "proto.h"
#include "write.h"

/* A message, of which `size` bytes were captured. */
struct message {
	struct said   *said;
	const uint8_t *at;
	uint32_t size;
	enum weir_kind kind;
	struct weir_text first;         /* the first question's name: most records lead back to it */
};

enum {
	DNS_HEADER = 12,
	OPT_HEADER = 11,
	NAME_ROOM = 1100                /* bytes of a name as text, of 255 in the message: \. and so on */
};

/* Types of records that are known by more than their name. */
enum {
	TYPE_A = 1, TYPE_NS, TYPE_MD, TYPE_MF, TYPE_CNAME, TYPE_SOA, TYPE_MB, TYPE_MG, TYPE_MR,
	TYPE_PTR = 12, TYPE_HINFO, TYPE_MINFO, TYPE_MX, TYPE_TXT, TYPE_RP, TYPE_AFSDB, TYPE_X25,
	TYPE_ISDN, TYPE_RT, TYPE_PX = 26, TYPE_AAAA = 28, TYPE_LOC, TYPE_SRV = 33, TYPE_NAPTR = 35,
	TYPE_KX, TYPE_CERT, TYPE_DNAME = 39, TYPE_OPT = 41, TYPE_DS = 43, TYPE_SSHFP, TYPE_RRSIG = 46,
	TYPE_NSEC, TYPE_DNSKEY, TYPE_DHCID, TYPE_NSEC3, TYPE_NSEC3PARAM, TYPE_TLSA, TYPE_SMIMEA,
	TYPE_CDS = 59, TYPE_CDNSKEY, TYPE_OPENPGPKEY, TYPE_CSYNC, TYPE_ZONEMD, TYPE_SVCB, TYPE_HTTPS,
	TYPE_SPF = 99, TYPE_EUI48 = 108, TYPE_EUI64, TYPE_TSIG = 250, TYPE_URI = 256, TYPE_CAA
};

/*
 * The name at `*at`, as text without a dot at its end ("." is the root's); moves `*at` behind it.
 * Returns its size; below 0 when it is none: too long, a loop, or beyond the end.
 */
int dns_name(const struct message *m, uint32_t *at, char out[NAME_ROOM]);

/* Has those who want names learn what an answer tells; it is one of DNS or mDNS. */
void dns_tell(const struct heard *h, const uint8_t *at, uint32_t size, enum weir_kind kind);

/* The data of a record, `size` bytes from `at` on, as text; in hexadecimal when it is unknown. */
void dns_rdata(struct message *m, struct weir_rr *rr, uint32_t at, uint32_t size);

/* EDNS: the record at `at`, which has OPT_HEADER bytes and `size` bytes of options behind them. */
void dns_edns(const struct message *m, struct weir_dns *d, uint32_t at, uint32_t size);

/* "A", "TYPE65280". */
void dns_write_type(struct writing *w, uint32_t type);

/* ---- the data of a record, read from its start to its end ------------------------------------- */

struct rdata {
	const struct message *m;
	struct writing w;
	uint32_t at, end;
	int is_bad;                     /* it ends too early, or a name is none */
};

/* The next number; 0 when there is none. */
uint32_t rdata_8(struct rdata *r);
uint32_t rdata_16(struct rdata *r);
uint32_t rdata_32(struct rdata *r);

/* So many bytes; NULL when there are fewer. */
const uint8_t *rdata_bytes(struct rdata *r, uint32_t size);

/* Writes what is next, behind a blank unless it is the first. */
void rdata_blank(struct rdata *r);
void rdata_name(struct rdata *r);
void rdata_numbers(struct rdata *r, const char *sizes); /* a letter for each: '1', '2' or '4' bytes */
void rdata_string(struct rdata *r);             /* in quotes, behind its size */
void rdata_quoted(struct rdata *r, uint32_t size);
void rdata_hex(struct rdata *r);                /* all that is left */
void rdata_base64(struct rdata *r);

/* dns_secure.c, dns_service.c: write the types that they know; 0 for others. */
int dns_write_secure(struct rdata *r, uint16_t type);
int dns_write_service(struct rdata *r, uint16_t type);
