/* x509.c - reads certificates: a bounded walk over their DER, in a microsecond. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "x509.h"

/* An object identifier and what it stands for. */
struct known {
	const char *oid;
	uint32_t size, bits;
	const char *name;
};

#define KNOWN(oid, bits, name) { oid, sizeof oid - 1, bits, name }

static const struct known keys[] = {
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 0, "rsa"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 0, "rsa"),        /* for PSS alone */
	KNOWN("\x2a\x86\x48\xce\x3d\x02\x01", 0, "ecdsa"),
	KNOWN("\x2a\x86\x48\xce\x38\x04\x01", 0, "dsa"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", 0, "dh"),
	KNOWN("\x2b\x65\x70", 256, "ed25519"),
	KNOWN("\x2b\x65\x71", 456, "ed448"),
	KNOWN("\x2a\x85\x03\x02\x02\x13", 0, "gost2001"),
	KNOWN("\x2a\x85\x03\x07\x01\x01\x01\x01", 256, "gost2012"),
	KNOWN("\x2a\x85\x03\x07\x01\x01\x01\x02", 512, "gost2012"),
	KNOWN("\x60\x86\x48\x01\x65\x03\x04\x03\x11", 0, "ml-dsa-44"),
	KNOWN("\x60\x86\x48\x01\x65\x03\x04\x03\x12", 0, "ml-dsa-65"),
	KNOWN("\x60\x86\x48\x01\x65\x03\x04\x03\x13", 0, "ml-dsa-87"),
};

static const struct known curves[] = {
	KNOWN("\x2a\x86\x48\xce\x3d\x03\x01\x07", 256, "prime256v1"),
	KNOWN("\x2b\x81\x04\x00\x22", 384, "secp384r1"),
	KNOWN("\x2b\x81\x04\x00\x23", 521, "secp521r1"),
	KNOWN("\x2b\x81\x04\x00\x0a", 256, "secp256k1"),
	KNOWN("\x2b\x81\x04\x00\x21", 224, "secp224r1"),
	KNOWN("\x2a\x86\x48\xce\x3d\x03\x01\x01", 192, "prime192v1"),
	KNOWN("\x2b\x24\x03\x03\x02\x08\x01\x01\x07", 256, "brainpoolP256r1"),
	KNOWN("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", 384, "brainpoolP384r1"),
	KNOWN("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", 512, "brainpoolP512r1"),
	KNOWN("\x2a\x81\x1c\xcf\x55\x01\x82\x2d", 256, "sm2"),
};

static const struct known algorithms[] = {
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", 0, "sha256WithRSAEncryption"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", 0, "sha1WithRSAEncryption"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", 0, "sha384WithRSAEncryption"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", 0, "sha512WithRSAEncryption"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", 0, "sha224WithRSAEncryption"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 0, "rsassaPss"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", 0, "md5WithRSAEncryption"),
	KNOWN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", 0, "md2WithRSAEncryption"),
	KNOWN("\x2b\x0e\x03\x02\x1d", 0, "sha1WithRSA"),
	KNOWN("\x2a\x86\x48\xce\x3d\x04\x03\x02", 0, "ecdsa-with-SHA256"),
	KNOWN("\x2a\x86\x48\xce\x3d\x04\x03\x03", 0, "ecdsa-with-SHA384"),
	KNOWN("\x2a\x86\x48\xce\x3d\x04\x03\x04", 0, "ecdsa-with-SHA512"),
	KNOWN("\x2a\x86\x48\xce\x3d\x04\x03\x01", 0, "ecdsa-with-SHA224"),
	KNOWN("\x2a\x86\x48\xce\x3d\x04\x01", 0, "ecdsa-with-SHA1"),
	KNOWN("\x2a\x86\x48\xce\x38\x04\x03", 0, "dsaWithSHA1"),
	KNOWN("\x60\x86\x48\x01\x65\x03\x04\x03\x02", 0, "dsa_with_SHA256"),
	KNOWN("\x2b\x65\x70", 0, "ED25519"),
	KNOWN("\x2b\x65\x71", 0, "ED448"),
	KNOWN("\x2a\x81\x1c\xcf\x55\x01\x83\x75", 0, "SM2-with-SM3"),
};

#define FIND(table, oid) find(table, sizeof table / sizeof *table, oid)

static const struct known *find(const struct known *table, uint32_t count, struct span oid)
{
	for (uint32_t i = 0; i < count; i++)
		if (oid_is(oid, table[i].oid, table[i].size))
			return &table[i];
	return NULL;
}

/* ---- DER: a tag, a size, and so many bytes ---------------------------------------------------- */

int der_take(struct span *from, uint8_t *tag, struct span *value)
{
	struct span rest = *from;
	uint32_t number, size;

	if (!span_number(&rest, 1, &number) || (number & 31) == 31 || !span_number(&rest, 1, &size))
		return 0;
	if (size > 0x80 ? size > 0x84 || !span_number(&rest, size & 0x7f, &size) : size == 0x80)
		return 0;
	if (!span_take(&rest, size, value))
		return 0;
	*tag = (uint8_t)number;
	*from = rest;
	return 1;
}

int der_expect(struct span *from, uint8_t tag, struct span *value)
{
	struct span rest = *from;
	uint8_t found;

	if (!der_take(&rest, &found, value) || found != tag)
		return 0;
	*from = rest;
	return 1;
}

char *oid_text(char *to, struct span oid)
{
	static const char digits[] = "0123456789";
	uint32_t number = 0, is_first = 1;

	for (uint32_t i = 0; i < oid.size; i++) {
		char text[10];
		uint32_t n, size = 0;

		number = number << 7 | (oid.at[i] & 127);       /* of 32 bits: others do not occur */
		if (oid.at[i] & 128)
			continue;
		if (is_first) {
			uint32_t root = number < 80 ? number / 40 : 2;

			*to++ = digits[root];
			number -= 40 * root;
			is_first = 0;
		}
		*to++ = '.';
		n = number;
		do
			text[size++] = digits[n % 10];
		while (n /= 10);
		while (size)
			*to++ = text[--size];
		number = 0;
	}
	return to;
}

/* ---- times ------------------------------------------------------------------------------------- */

static inline int is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static int two_digits(struct span *from, int *number)
{
	struct span d;

	if (!span_take(from, 2, &d) || !is_digit(d.at[0]) || !is_digit(d.at[1]))
		return 0;
	*number = 10 * (d.at[0] - '0') + d.at[1] - '0';
	return 1;
}

/* Minutes that a clock is ahead of UTC; what is no such thing counts as UTC. */
static int offset_of(struct span from)
{
	int hours, minutes, sign;

	if (!from.size || (*from.at != '+' && *from.at != '-'))
		return 0;
	sign = *from.at == '+' ? 1 : -1;
	from.at++;
	from.size--;
	return two_digits(&from, &hours) && two_digits(&from, &minutes) ?
		sign * (60 * hours + minutes) : 0;
}

static void shift(struct tm *t, int minutes)
{
	time_t seconds;

	t->tm_year -= 1900;
	t->tm_mon--;
	seconds = timegm(t) - 60 * minutes;
	gmtime_r(&seconds, t);
	t->tm_year += 1900;
	t->tm_mon++;
}

/* Of years it has two digits, or four when its tag says so; of seconds none, sometimes. */
static void read_time(struct span from, uint8_t tag, char to[X509_TIME])
{
	struct tm t = { 0 };
	int century = -1, minutes;

	to[0] = 0;
	if (tag == DER_TIME && !two_digits(&from, &century))
		return;
	if (!two_digits(&from, &t.tm_year) || !two_digits(&from, &t.tm_mon) ||
	    !two_digits(&from, &t.tm_mday) || !two_digits(&from, &t.tm_hour) ||
	    !two_digits(&from, &t.tm_min))
		return;
	two_digits(&from, &t.tm_sec);
	t.tm_year += century < 0 ? t.tm_year < 50 ? 2000 : 1900 : 100 * century;
	while (from.size && (*from.at == '.' || is_digit(*from.at))) {
		from.at++;                      /* a part of a second */
		from.size--;
	}
	minutes = offset_of(from);
	if (minutes)
		shift(&t, minutes);
	if (t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour > 24 ||
	    t.tm_min > 59 || t.tm_sec > 60 || t.tm_year < 0 || t.tm_year > 9999)
		return;
	snprintf(to, X509_TIME, "%04u-%02u-%02uT%02u:%02u:%02u", t.tm_year % 10000u,
		t.tm_mon % 100u, t.tm_mday % 100u, t.tm_hour % 100u, t.tm_min % 100u,
		t.tm_sec % 100u);
}

static int read_validity(struct x509 *x, struct span from)
{
	struct span time;
	uint8_t tag;

	if (!der_take(&from, &tag, &time))
		return 0;
	read_time(time, tag, x->not_before);
	if (!der_take(&from, &tag, &time))
		return 0;
	read_time(time, tag, x->not_after);
	return 1;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static uint32_t bits_of(struct span number)
{
	while (number.size && !*number.at) {
		number.at++;
		number.size--;
	}
	return number.size ? 8 * number.size - (uint32_t)(__builtin_clz(*number.at) - 24) : 0;
}

/* The size of the first number of a sequence: what an RSA key, or a DSA one's group, begins with. */
static uint32_t first_bits(struct span from)
{
	struct span inner, number;

	return der_expect(&from, DER_SEQUENCE, &inner) && der_expect(&inner, DER_INTEGER, &number)
		? bits_of(number) : 0;
}

static int read_key(struct x509 *x, struct span from)
{
	struct span algorithm, oid, key, curve;
	const struct known *known;

	if (!der_expect(&from, DER_SEQUENCE, &algorithm) ||
	    !der_expect(&algorithm, DER_OID, &oid) || !der_expect(&from, DER_BITS, &key))
		return 0;
	known = FIND(keys, oid);
	if (!known)
		return 1;
	x->key_type = known->name;
	x->key_bits = known->bits;
	if (!strcmp(known->name, "rsa") && key.size) {
		x->key_bits = first_bits((struct span){ key.at + 1, key.size - 1 });
	} else if (!strcmp(known->name, "dsa")) {
		x->key_bits = first_bits(algorithm);
	} else if (!strcmp(known->name, "ecdsa") && der_expect(&algorithm, DER_OID, &curve)) {
		known = FIND(curves, curve);
		x->curve = known ? known->name : NULL;
		x->key_bits = known ? known->bits : 0;
	}
	return 1;
}

/* ---- extensions ------------------------------------------------------------------------------------ */

static void read_extension(struct x509 *x, struct span from)
{
	struct span oid, flag, value, inner;

	if (!der_expect(&from, DER_OID, &oid))
		return;
	der_expect(&from, DER_BOOLEAN, &flag);          /* whether it is critical */
	if (!der_expect(&from, DER_BYTES, &value))
		return;
	if (oid_is(oid, "\x55\x1d\x11", 3)) {
		if (der_expect(&value, DER_SEQUENCE, &inner))
			x->sans = inner;
	} else if (oid_is(oid, "\x55\x1d\x13", 3)) {
		x->is_ca = der_expect(&value, DER_SEQUENCE, &inner) &&
			der_expect(&inner, DER_BOOLEAN, &flag) && flag.size && *flag.at;
	}
}

static void read_extensions(struct x509 *x, struct span from)
{
	struct span value, list, one;
	uint8_t tag;

	while (der_take(&from, &tag, &value))
		if (tag == DER_OWN + 3 && der_expect(&value, DER_SEQUENCE, &list))
			while (der_expect(&list, DER_SEQUENCE, &one))
				read_extension(x, one);
}

/* ---- the whole --------------------------------------------------------------------------------------- */

int x509_read(struct x509 *x, struct span der)
{
	struct span outer, body, algorithm, validity, key, version;

	*x = (struct x509){ 0 };
	if (!der_expect(&der, DER_SEQUENCE, &outer) || !der_expect(&outer, DER_SEQUENCE, &body))
		return 0;
	der_expect(&body, DER_OWN, &version);
	if (!der_expect(&body, DER_INTEGER, &x->serial) ||
	    !der_expect(&body, DER_SEQUENCE, &algorithm) ||
	    !der_expect(&algorithm, DER_OID, &x->signature) ||
	    !der_expect(&body, DER_SEQUENCE, &x->issuer) ||
	    !der_expect(&body, DER_SEQUENCE, &validity) || !read_validity(x, validity) ||
	    !der_expect(&body, DER_SEQUENCE, &x->subject) ||
	    !der_expect(&body, DER_SEQUENCE, &key) || !read_key(x, key))
		return 0;
	x->is_self_signed = x->issuer.size == x->subject.size &&
		!memcmp(x->issuer.at, x->subject.at, x->issuer.size);
	read_extensions(x, body);
	return 1;
}

struct weir_text x509_algorithm(struct said *s, struct span identifier)
{
	const struct known *known = FIND(algorithms, identifier);
	char text[4 * 64 + 8];

	if (known)
		return said_text(s, known->name, (uint32_t)strlen(known->name));
	if (identifier.size > 64)
		identifier.size = 64;
	return said_text(s, text, (uint32_t)(oid_text(text, identifier) - text));
}
