/*
 * x509.h - what a certificate says.  Nothing is copied: it leads to the certificate's own bytes,
 * from which texts are made when they are wanted.
 */
#pragma once

#include "said.h"
#include "span.h"

enum { X509_TIME = 20 };                /* bytes of a time as text, with a zero at the end */

struct x509 {
	struct span serial;             /* a big-endian number, as it stands there */
	struct span issuer, subject;    /* sequences of what names are made of, without their head */
	struct span signature;          /* the identifier of its algorithm */
	struct span sans;               /* alternative names: general names, one after the other */
	char     not_before[X509_TIME]; /* UTC, as 2026-01-31T12:00:00; empty when it is no time */
	char     not_after[X509_TIME];
	const char *key_type;           /* rsa, ecdsa, …; NULL when it is unknown */
	const char *curve;              /* of an elliptic one, if it is a known one */
	uint32_t key_bits;
	uint8_t  is_ca;
	uint8_t  is_self_signed;        /* it says itself that its issuer is its subject */
};

/* Reads a certificate in DER; whether it is one. */
int x509_read(struct x509 *x, struct span der);

/* Texts of its parts. */
struct weir_text x509_name(struct said *s, struct span name);           /* C=FR, O=Example, CN=www */
struct weir_list x509_sans(struct said *s, struct span sans);
struct weir_text x509_algorithm(struct said *s, struct span identifier);

/* Takes an element of DER from the front, with its tag of one byte. */
int der_take(struct span *from, uint8_t *tag, struct span *value);

/* Takes one that must have this tag. */
int der_expect(struct span *from, uint8_t tag, struct span *value);

enum {
	DER_BOOLEAN = 1, DER_INTEGER = 2, DER_BITS = 3, DER_BYTES = 4, DER_OID = 6, DER_UTF8 = 12,
	DER_NUMERIC = 18, DER_PRINTABLE = 19, DER_T61 = 20, DER_IA5 = 22, DER_UTC_TIME = 23,
	DER_TIME = 24, DER_VISIBLE = 26, DER_UNIVERSAL = 28, DER_BMP = 30, DER_SEQUENCE = 0x30,
	DER_SET = 0x31, DER_OWN = 0xa0          /* the first of a structure's own tags */
};

/* Writes an object identifier with dots; `to` has room for 4 bytes for each of its own, and 8. */
char *oid_text(char *to, struct span oid);

static inline int oid_is(struct span oid, const char *bytes, uint32_t size)
{
	return oid.size == size && !__builtin_memcmp(oid.at, bytes, size);
}
