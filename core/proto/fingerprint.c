/* fingerprint.c - makes JA3, JA3S and JA4 of hellos; GREASE is left out of all. */
#define OPENSSL_SUPPRESS_DEPRECATED     /* the quick way to SHA-256 */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#include "recall.h"

enum { MOST = 32768, DIGITS = 6, EXT_SNI = 0, EXT_ALPN = 16, HASH12 = 12 };

static const char digits[] = "0123456789abcdef";

/* Numbers of one hello's list, GREASE left out: no more than a message of 16 bits' size has. */
struct numbers {
	uint32_t count;
	uint16_t at[MOST];
};

static void add(struct numbers *n, uint16_t number)
{
	if (!is_grease(number) && n->count < MOST)
		n->at[n->count++] = number;
}

static void read_numbers(struct numbers *n, struct span from)
{
	n->count = 0;
	for (uint32_t i = 0; i + 2 <= from.size; i += 2)
		add(n, be16(from.at + i));
}

static void read_types(struct numbers *n, struct span from)
{
	struct span data;
	uint16_t type;

	n->count = 0;
	while (hello_extension(&from, &type, &data))
		add(n, type);
}

/* ---- JA3 ------------------------------------------------------------------------------------ */

static char *put_decimal(char *to, uint32_t number)
{
	char text[DIGITS];
	int size = 0;

	do
		text[size++] = (char)('0' + number % 10);
	while (number /= 10);
	while (size)
		*to++ = text[--size];
	return to;
}

static char *put_list(char *to, const struct numbers *n)
{
	for (uint32_t i = 0; i < n->count; i++) {
		if (i)
			*to++ = '-';
		to = put_decimal(to, n->at[i]);
	}
	return to;
}

static char *put_formats(char *to, struct span formats)
{
	for (uint32_t i = 0; i < formats.size; i++) {
		if (i)
			*to++ = '-';
		to = put_decimal(to, formats.at[i]);
	}
	return to;
}

/* A list of n bytes leads to n / 2 numbers of five digits and a dash; 8 bits take two each. */
uint32_t ja3_most(const struct hello *h)
{
	return 4 * DIGITS + 3 * (h->ciphers.size + h->extensions.size + h->groups.size) +
		4 * h->formats.size;
}

uint32_t ja3_text(const struct hello *h, char *to)
{
	struct numbers n;
	char *start = to;

	to = put_decimal(to, h->version);
	*to++ = ',';
	if (h->type == HELLO_SERVER) {
		to = put_decimal(to, h->cipher);
	} else {
		read_numbers(&n, h->ciphers);
		to = put_list(to, &n);
	}
	*to++ = ',';
	read_types(&n, h->extensions);
	to = put_list(to, &n);
	if (h->type == HELLO_CLIENT) {
		*to++ = ',';
		read_numbers(&n, h->groups);
		to = put_list(to, &n);
		*to++ = ',';
		to = put_formats(to, h->formats);
	}
	return (uint32_t)(to - start);
}

static void put_hex(char *to, const uint8_t *from, uint32_t characters)
{
	for (uint32_t i = 0; i < characters; i++)
		to[i] = digits[i & 1 ? from[i / 2] & 15 : from[i / 2] >> 4];
}

void ja3_hash(const char *text, uint32_t size, char to[JA3_HASH])
{
	put_hex(to, recall_md5(text, size), JA3_HASH);
}

/* ---- JA4 -------------------------------------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	return *(const uint16_t *)x - *(const uint16_t *)y;
}

/* Few are put in order where they stand, which is what nearly all hellos have. */
static void sort(struct numbers *n)
{
	if (n->count > 128) {
		qsort(n->at, n->count, sizeof *n->at, by_number);
		return;
	}
	for (uint32_t i = 1; i < n->count; i++) {
		uint16_t number = n->at[i];
		uint32_t k = i;

		for (; k && n->at[k - 1] > number; k--)
			n->at[k] = n->at[k - 1];
		n->at[k] = number;
	}
}

/* Hashes numbers as four digits each, with commas between; `before` goes ahead of them. */
static void hash_list(SHA256_CTX *hash, const struct numbers *n, char before)
{
	char text[5 * 64];
	uint32_t size = 0;

	for (uint32_t i = 0; i < n->count; i++) {
		uint16_t number = n->at[i];

		if (i || before)
			text[size++] = i ? ',' : before;
		for (int shift = 12; shift >= 0; shift -= 4)
			text[size++] = digits[number >> shift & 15];
		if (size > sizeof text - 5) {
			SHA256_Update(hash, text, size);
			size = 0;
		}
	}
	SHA256_Update(hash, text, size);
}

static void put_hash(SHA256_CTX *hash, int is_empty, char to[HASH12])
{
	uint8_t bytes[SHA256_DIGEST_LENGTH] = { 0 };

	if (!is_empty)
		SHA256_Final(bytes, hash);
	put_hex(to, bytes, HASH12);
}

static void put_ciphers(const struct hello *h, char count[2], char to[HASH12])
{
	struct numbers n;
	SHA256_CTX hash;
	uint32_t shown;

	read_numbers(&n, h->ciphers);
	shown = n.count < 99 ? n.count : 99;
	count[0] = (char)('0' + shown / 10);
	count[1] = (char)('0' + shown % 10);
	sort(&n);
	SHA256_Init(&hash);
	hash_list(&hash, &n, 0);
	put_hash(&hash, !n.count, to);
}

/* The first two are counted, and shown elsewhere, so that they do not change the hash. */
static void leave_out(struct numbers *n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n->count; i++)
		if (n->at[i] != EXT_SNI && n->at[i] != EXT_ALPN)
			n->at[kept++] = n->at[i];
	n->count = kept;
}

static void put_extensions(const struct hello *h, char count[2], char to[HASH12])
{
	struct numbers n;
	SHA256_CTX hash;
	uint32_t shown;
	int is_empty;

	read_types(&n, h->extensions);
	shown = n.count < 99 ? n.count : 99;
	count[0] = (char)('0' + shown / 10);
	count[1] = (char)('0' + shown % 10);
	leave_out(&n);
	sort(&n);
	is_empty = !n.count;
	SHA256_Init(&hash);
	hash_list(&hash, &n, 0);
	read_numbers(&n, h->signatures);
	hash_list(&hash, &n, '_');
	put_hash(&hash, is_empty, to);
}

static void put_version(uint16_t version, char to[2])
{
	static const struct { uint16_t version; char name[3]; } known[] = {
		{ 0x0304, "13" }, { 0x0303, "12" }, { 0x0302, "11" }, { 0x0301, "10" },
		{ 0x0300, "s3" }, { 0x0002, "s2" }, { 0xfeff, "d1" }, { 0xfefd, "d2" },
		{ 0xfefc, "d3" }
	};

	memcpy(to, "00", 2);
	for (uint32_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].version == version)
			memcpy(to, known[i].name, 2);
}

static int is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The ends of the first name; of its digits when one of them is neither letter nor digit. */
static void put_alpn(struct span alpn, char to[2])
{
	struct span name;
	uint8_t first, last;

	memcpy(to, "00", 2);
	if (!hello_alpn(&alpn, &name) || !name.size)
		return;
	first = name.at[0];
	last = name.at[name.size - 1];
	if (is_alphanumeric(first) && is_alphanumeric(last)) {
		to[0] = (char)first;
		to[1] = (char)last;
	} else {
		to[0] = digits[first >> 4];
		to[1] = digits[last & 15];
	}
}

void ja4_text(const struct hello *h, char letter, char to[JA4_SIZE])
{
	to[0] = letter;
	put_version(hello_version(h), to + 1);
	to[3] = h->has & HELLO_HAS_SNI ? 'd' : 'i';
	put_alpn(h->alpn, to + 8);
	to[10] = to[23] = '_';
	put_ciphers(h, to + 4, to + 11);
	put_extensions(h, to + 6, to + 24);
}
