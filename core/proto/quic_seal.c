/*
 * quic_seal.c - the keys of the first packets of QUIC, and what is done with them.
 *
 * HKDF is made of SHA-256's blocks: each of its messages fits one, and the first half of what
 * HMAC hashes is the same for many of them.
 */
#define OPENSSL_SUPPRESS_DEPRECATED     /* SHA-256 by blocks */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include "quic_seal.h"

enum {
	KEY = 16, IV = 12, TAG = 16, SAMPLE = 16, SECRET = SHA256_DIGEST_LENGTH,
	BLOCK = SHA256_CBLOCK, SALT = 20, CLEAR_ROOM = 65536, CACHE = 256
};

/* What protects the packets of one side. */
struct keys {
	uint8_t key[KEY], iv[IV], mask[KEY];
};

struct hmac {
	SHA256_CTX inner, outer;        /* after the key's block */
};

struct entry {
	uint32_t version;
	uint8_t  known;                 /* a bit for each side whose keys are there */
	struct quic_cid cid;
	struct keys keys[2];
};

struct opener {
	EVP_CIPHER_CTX *seal, *mask;
	struct hmac salts[SUITES];
	struct entry cache[CACHE];
	uint8_t clear[2 * CLEAR_ROOM];  /* a header, then what was in the packet */
};

static const uint8_t salts[SUITES][SALT] = {
	[SUITE_DRAFT_21] = { 0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
		0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a },
	[SUITE_DRAFT_23] = { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
		0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
	[SUITE_DRAFT_29] = { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
		0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 },
	[SUITE_1] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
		0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	[SUITE_2] = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
		0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
	[SUITE_2_DRAFT] = { 0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
		0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3 },
	[SUITE_Q050] = { 0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
		0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45 },
	[SUITE_T050] = { 0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
		0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10 },
	[SUITE_T051] = { 0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
		0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d },
};

/* ---- HMAC and HKDF -------------------------------------------------------------------------- */

/* Hashes the last block, of at most 55 bytes, behind one that is hashed already. */
static void finish(SHA256_CTX c, const uint8_t *message, uint32_t size, uint8_t out[SECRET])
{
	uint8_t block[BLOCK] = { 0 };
	uint32_t bits = 8 * (BLOCK + size);

	memcpy(block, message, size);
	block[size] = 0x80;
	block[BLOCK - 2] = (uint8_t)(bits >> 8);
	block[BLOCK - 1] = (uint8_t)bits;
	SHA256_Transform(&c, block);
	for (int i = 0; i < 8; i++) {
		uint32_t word = __builtin_bswap32(c.h[i]);

		memcpy(out + 4 * i, &word, sizeof word);
	}
}

static void hmac_key(struct hmac *h, const uint8_t *key, uint32_t size)
{
	uint8_t block[BLOCK];

	memset(block, 0x36, BLOCK);
	for (uint32_t i = 0; i < size; i++)
		block[i] ^= key[i];
	SHA256_Init(&h->inner);
	SHA256_Transform(&h->inner, block);
	for (int i = 0; i < BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&h->outer);
	SHA256_Transform(&h->outer, block);
}

static void hmac(const struct hmac *h, const uint8_t *message, uint32_t size, uint8_t out[SECRET])
{
	uint8_t inner[SECRET];

	finish(h->inner, message, size, inner);
	finish(h->outer, inner, SECRET, out);
}

/* HKDF-Expand-Label of TLS 1.3, without a context. */
static void expand(const struct hmac *h, const char *label, uint8_t *out, uint32_t size)
{
	uint8_t info[BLOCK / 2], all[SECRET];
	uint32_t length = (uint32_t)strlen(label);

	info[0] = 0;
	info[1] = (uint8_t)size;
	info[2] = (uint8_t)(6 + length);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, length);
	info[9 + length] = 0;
	info[10 + length] = 1;
	hmac(h, info, 11 + length, all);
	memcpy(out, all, size);
}

static void derive(const struct opener *o, const struct quic_lock *lock, struct keys *k)
{
	enum quic_suite suite = quic_suite(lock->version);
	int is_2 = suite == SUITE_2 || suite == SUITE_2_DRAFT;
	uint8_t secret[SECRET];
	struct hmac h;

	hmac(&o->salts[suite], lock->cid->at, lock->cid->size, secret);
	hmac_key(&h, secret, SECRET);
	expand(&h, lock->side == QUIC_CLIENT ? "client in" : "server in", secret, SECRET);
	hmac_key(&h, secret, SECRET);
	expand(&h, is_2 ? "quicv2 key" : "quic key", k->key, KEY);
	expand(&h, is_2 ? "quicv2 iv" : "quic iv", k->iv, IV);
	expand(&h, is_2 ? "quicv2 hp" : "quic hp", k->mask, KEY);
}

/* ---- keys that are known -------------------------------------------------------------------- */

static const struct keys *keys_of(struct opener *o, const struct quic_lock *lock)
{
	uint32_t hash = lock->version;
	struct entry *e;

	for (uint32_t i = 0; i < lock->cid->size; i++)
		hash = (hash ^ lock->cid->at[i]) * 0x01000193;
	e = &o->cache[(hash ^ hash >> 16) % CACHE];
	if (e->version != lock->version || !quic_cid_equal(&e->cid, lock->cid)) {
		e->version = lock->version;
		e->cid = *lock->cid;
		e->known = 0;
	}
	if (!(e->known >> lock->side & 1)) {
		derive(o, lock, &e->keys[lock->side]);
		e->known |= (uint8_t)(1 << lock->side);
	}
	return &e->keys[lock->side];
}

struct opener *opener_new(void)
{
	struct opener *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	o->seal = EVP_CIPHER_CTX_new();
	o->mask = EVP_CIPHER_CTX_new();
	if (!o->seal || !o->mask ||
	    !EVP_DecryptInit_ex(o->seal, EVP_aes_128_gcm(), NULL, NULL, NULL) ||
	    !EVP_EncryptInit_ex(o->mask, EVP_aes_128_ecb(), NULL, NULL, NULL)) {
		opener_free(o);
		return NULL;
	}
	for (int i = 0; i < SUITES; i++)
		hmac_key(&o->salts[i], salts[i], SALT);
	return o;
}

void opener_free(struct opener *o)
{
	if (!o)
		return;
	EVP_CIPHER_CTX_free(o->seal);
	EVP_CIPHER_CTX_free(o->mask);
	free(o);
}

/* ---- opening -------------------------------------------------------------------------------- */

struct seal {
	const uint8_t *key, *nonce;
	struct span about;              /* what is not encrypted, but vouched for */
	struct span sealed;             /* ends with the tag */
};

/* AES-128-GCM; whether the tag is right. */
static int unseal(struct opener *o, const struct seal *s, uint8_t *to)
{
	int size = (int)s->sealed.size - TAG, n;

	return EVP_DecryptInit_ex(o->seal, NULL, NULL, s->key, s->nonce) &&
		EVP_DecryptUpdate(o->seal, NULL, &n, s->about.at, (int)s->about.size) &&
		EVP_DecryptUpdate(o->seal, to, &n, s->sealed.at, size) &&
		EVP_CIPHER_CTX_ctrl(o->seal, EVP_CTRL_AEAD_SET_TAG, TAG,
			(void *)(s->sealed.at + size)) &&
		EVP_DecryptFinal_ex(o->seal, to + n, &n) > 0;
}

/* The whole number of which `bits` are known, near the one that is expected (RFC 9000, A.3). */
static uint64_t whole_number(uint64_t known, uint32_t bits, uint64_t next)
{
	uint64_t window = 1ull << bits, half = window / 2;
	uint64_t number = (next & ~(window - 1)) | known;

	if (number + half <= next)
		return number + window;
	return number > next + half && number >= window ? number - window : number;
}

/* Takes the mask off a header, into `to`; returns the bytes of its number, 0 when it cannot. */
static uint32_t unmask(struct opener *o, const struct keys *k, const struct quic_packet *p,
	uint8_t *to)
{
	uint32_t at = p->number_at, size;
	uint8_t mask[SAMPLE];
	int n;

	if (!EVP_EncryptInit_ex(o->mask, NULL, NULL, k->mask, NULL) ||
	    !EVP_EncryptUpdate(o->mask, mask, &n, p->whole.at + at + 4, SAMPLE))
		return 0;
	memcpy(to, p->whole.at, at + 4);
	to[0] ^= mask[0] & 0x0f;
	size = (to[0] & 3) + 1;
	for (uint32_t i = 0; i < size; i++)
		to[at + i] ^= mask[1 + i];
	return size;
}

int quic_open(struct opener *o, const struct quic_lock *lock, const struct quic_packet *p,
	uint64_t *next, struct span *clear)
{
	const struct keys *k;
	uint8_t nonce[IV];
	uint32_t size, at = p->number_at;
	uint64_t number = 0;

	if (!quic_suite(lock->version) || p->whole.size > CLEAR_ROOM ||
	    p->whole.size < at + 4 + SAMPLE)
		return 0;
	k = keys_of(o, lock);
	size = unmask(o, k, p, o->clear);
	for (uint32_t i = 0; i < size; i++)
		number = number << 8 | o->clear[at + i];
	number = whole_number(number, 8 * size, *next);
	memcpy(nonce, k->iv, IV);
	for (int i = 0; i < 8; i++)
		nonce[IV - 1 - i] ^= (uint8_t)(number >> 8 * i);
	at += size;
	*clear = (struct span){ o->clear + CLEAR_ROOM, p->whole.size - at - TAG };
	if (!size || !unseal(o, &(struct seal){ k->key, nonce, { o->clear, at },
		{ p->whole.at + at, p->whole.size - at } }, o->clear + CLEAR_ROOM))
		return 0;
	*next = number + 1;
	return 1;
}

/* ---- Retry ---------------------------------------------------------------------------------- */

struct retry {
	uint8_t key[KEY], nonce[IV];
};

static const struct retry retries[SUITES] = {
	[SUITE_DRAFT_23] = {    /* since draft 25 */
		{ 0x4d, 0x32, 0xec, 0xdb, 0x2a, 0x21, 0x33, 0xc8,
			0x41, 0xe4, 0x04, 0x3d, 0xf2, 0x7d, 0x44, 0x30 },
		{ 0x4d, 0x16, 0x11, 0xd0, 0x55, 0x13, 0xa5, 0x52, 0xc5, 0x87, 0xd5, 0x75 } },
	[SUITE_DRAFT_29] = {
		{ 0xcc, 0xce, 0x18, 0x7e, 0xd0, 0x9a, 0x09, 0xd0,
			0x57, 0x28, 0x15, 0x5a, 0x6c, 0xb9, 0x6b, 0xe1 },
		{ 0xe5, 0x49, 0x30, 0xf9, 0x7f, 0x21, 0x36, 0xf0, 0x53, 0x0a, 0x8c, 0x1c } },
	[SUITE_1] = {
		{ 0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a,
			0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e },
		{ 0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb } },
	[SUITE_2] = {
		{ 0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2,
			0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c, 0xcc, 0x92 },
		{ 0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a } },
	[SUITE_2_DRAFT] = {
		{ 0xba, 0x85, 0x8d, 0xc7, 0xb4, 0x3d, 0xe5, 0xdb,
			0xf8, 0x76, 0x17, 0xff, 0x4a, 0xb2, 0x53, 0xdb },
		{ 0x14, 0x1b, 0x99, 0xc2, 0x39, 0xb0, 0x3e, 0x78, 0x5d, 0x6a, 0x2e, 0x9f } },
};

/* Before draft 25 it has the id itself, behind its size, in front of the token. */
static int has_cid(const struct quic_packet *p, const struct quic_cid *cid)
{
	struct span rest = { p->whole.at + p->number_at, p->whole.size - p->number_at }, at;

	return span_sized(&rest, 1, &at) && at.size == cid->size &&
		!memcmp(at.at, cid->at, cid->size);
}

int quic_is_retry(struct opener *o, const struct quic_packet *p, const struct quic_cid *cid)
{
	enum quic_suite suite = quic_suite(p->version);
	const struct retry *r = &retries[suite];
	uint8_t *about = o->clear;
	uint32_t size;

	if (suite == SUITE_DRAFT_21 ||
	    (p->version > QUIC_DRAFT_22 && p->version <= QUIC_DRAFT_24))
		return has_cid(p, cid);
	if (p->whole.size < p->number_at + TAG || p->whole.size > CLEAR_ROOM || !r->key[0])
		return 0;
	size = p->whole.size - TAG;
	about[0] = cid->size;
	memcpy(about + 1, cid->at, cid->size);
	memcpy(about + 1 + cid->size, p->whole.at, size);
	return unseal(o, &(struct seal){ r->key, r->nonce, { about, 1 + cid->size + size },
		{ p->whole.at + size, TAG } }, o->clear + CLEAR_ROOM);
}
