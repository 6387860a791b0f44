/* protect.c - opens the records of TLS connections whose secrets are known. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include "derive.h"

enum { CHANGE = 20, APPLICATION = 23, BLOCK = 16, TAG = 16, NONCE = 12, HEADER = 13 };

const char *protect_library(void)
{
	static char text[64];

	snprintf(text, sizeof text, "libcrypto %s", OpenSSL_version(OPENSSL_VERSION_STRING));
	return text;
}

/* ---- keys ------------------------------------------------------------------------------- */

static const EVP_CIPHER *cipher_of(const struct suite *s)
{
	switch (s->seal) {
	case SEAL_GCM:    return s->key_size == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	case SEAL_CHACHA: return EVP_chacha20_poly1305();
	case SEAL_CBC:    return s->key_size == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
	default:          return s->key_size == 16 ? EVP_aes_128_ccm() : EVP_aes_256_ccm();
	}
}

static uint32_t tag_size(const struct suite *s)
{
	return s->seal == SEAL_CCM_8 ? 8 : TAG;
}

/* Gives the cipher its key; CCM is told the size of its tag first. */
static int prepare(struct protection *p)
{
	const struct suite *s = p->suite;
	EVP_CIPHER_CTX *c = p->context ? p->context : EVP_CIPHER_CTX_new();

	p->context = c;
	p->number = 0;
	if (!c || EVP_DecryptInit_ex(c, cipher_of(s), NULL, NULL, NULL) != 1)
		return 0;
	if (s->seal != SEAL_CBC && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) != 1)
		return 0;
	if ((s->seal == SEAL_CCM || s->seal == SEAL_CCM_8) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)tag_size(s), NULL) != 1)
		return 0;
	return EVP_DecryptInit_ex(c, NULL, NULL, p->key, NULL) == 1;
}

void protection_clear(struct protection *p)
{
	EVP_CIPHER_CTX_free(p->context);
	OPENSSL_cleanse(p, sizeof *p);
}

/* Bytes of the part of a nonce that the key block has. */
static uint32_t iv_size(const struct suite *s, uint16_t version)
{
	if (s->seal == SEAL_CBC)
		return version == TLS_1_0 ? BLOCK : 0;
	return s->seal == SEAL_CHACHA ? NONCE : 4;
}

int protection_derive(struct protection *client, struct protection *server,
	const struct master *m)
{
	const struct suite *s = suite_find(m->suite);
	struct protection *both[2] = { client, server };
	uint32_t mac, iv;
	uint8_t block[2 * (64 + 32 + BLOCK)], *at = block;

	if (!s || m->version > TLS_1_2 || m->suite >> 8 == 0x13)
		return 0;
	mac = s->seal == SEAL_CBC ? digest_size(s->mac) : 0;
	iv = iv_size(s, m->version);
	derive_prf(m, s->prf, block, 2 * (mac + s->key_size + iv));
	for (int i = 0; i < 2; i++, at += mac)
		memcpy(both[i]->mac_key, at, mac);
	for (int i = 0; i < 2; i++, at += s->key_size)
		memcpy(both[i]->key, at, s->key_size);
	for (int i = 0; i < 2; i++, at += iv)
		memcpy(both[i]->iv, at, iv);
	for (int i = 0; i < 2; i++) {
		both[i]->suite = s;
		both[i]->version = m->version;
		both[i]->etm = m->etm && s->seal == SEAL_CBC;
	}
	return prepare(client) && prepare(server);
}

int protection_begin(struct protection *p, uint16_t suite, const struct secret *secret)
{
	const struct suite *s = suite_find(suite);

	if (!s || suite >> 8 != 0x13 || secret->size != digest_size(s->prf))
		return 0;
	p->suite = s;
	p->version = TLS_1_3;
	p->secret = *secret;
	derive_label(s->prf, secret, "key", p->key, s->key_size);
	derive_label(s->prf, secret, "iv", p->iv, NONCE);
	return prepare(p);
}

int protection_update(struct protection *p)
{
	struct secret next = { .size = p->secret.size };

	derive_label(p->suite->prf, &p->secret, "traffic upd", next.bytes, next.size);
	return protection_begin(p, p->suite->number, &next);
}

/* ---- records ------------------------------------------------------------------------------- */

static void put64(uint8_t *to, uint64_t n)
{
	n = __builtin_bswap64(n);
	memcpy(to, &n, 8);
}

/* What the MAC, or the tag, is of besides the text: number, type, version, size. */
static void head(const struct protection *p, uint8_t type, uint16_t version, uint32_t size,
	uint8_t out[HEADER])
{
	put64(out, p->number);
	out[8] = type;
	out[9] = (uint8_t)(version >> 8);
	out[10] = (uint8_t)version;
	out[11] = (uint8_t)(size >> 8);
	out[12] = (uint8_t)size;
}

/* Opens what is sealed with a tag at its end. */
static int open_tagged(struct protection *p, const uint8_t nonce[NONCE], struct bytes more,
	struct bytes text, uint8_t *out)
{
	EVP_CIPHER_CTX *c = p->context;
	uint32_t tag = tag_size(p->suite);
	int is_ccm = p->suite->seal == SEAL_CCM || p->suite->seal == SEAL_CCM_8, n = 0, size;

	if (text.size < tag)
		return -1;
	size = (int)(text.size - tag);
	if (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)tag, (void *)(text.at + size)) != 1 ||
	    EVP_DecryptInit_ex(c, NULL, NULL, is_ccm ? p->key : NULL, nonce) != 1 ||
	    (is_ccm && EVP_DecryptUpdate(c, NULL, &n, NULL, size) != 1) ||
	    EVP_DecryptUpdate(c, NULL, &n, more.at, (int)more.size) != 1 ||
	    EVP_DecryptUpdate(c, out, &n, text.at, size) != 1)
		return -1;
	return is_ccm || EVP_DecryptFinal_ex(c, out + n, &n) == 1 ? size : -1;
}

static int open_modern(struct protection *p, const struct sealed *r, uint8_t *type, uint8_t *out)
{
	uint8_t more[5] = { APPLICATION, 3, 3, (uint8_t)(r->size >> 8), (uint8_t)r->size };
	uint8_t nonce[NONCE] = { 0 };
	int size;

	put64(nonce + 4, p->number);
	for (int i = 0; i < NONCE; i++)
		nonce[i] ^= p->iv[i];
	size = open_tagged(p, nonce, (struct bytes){ more, sizeof more },
		(struct bytes){ r->body, r->size }, out);
	while (size > 0 && out[size - 1] == 0)
		size--;                         /* padding; the type is before it */
	if (size <= 0)
		return -1;
	*type = out[size - 1];
	return size - 1;
}

/* TLS 1.2: GCM and CCM send half of the nonce with each record, ChaCha20 makes it of the number. */
static int open_aead(struct protection *p, const struct sealed *r, uint8_t type, uint8_t *out)
{
	uint32_t sent = p->suite->seal == SEAL_CHACHA ? 0 : 8, tag = tag_size(p->suite);
	uint8_t nonce[NONCE] = { 0 }, more[HEADER];

	if (r->size < sent + tag)
		return -1;
	if (sent) {
		memcpy(nonce, p->iv, 4);
		memcpy(nonce + 4, r->body, 8);
	} else {
		put64(nonce + 4, p->number);
		for (int i = 0; i < NONCE; i++)
			nonce[i] ^= p->iv[i];
	}
	head(p, type, r->version, r->size - sent - tag, more);
	return open_tagged(p, nonce, (struct bytes){ more, sizeof more },
		(struct bytes){ r->body + sent, r->size - sent }, out);
}

/* Whether `mac` is of this record and of `text`. */
static int is_mac(const struct protection *p, uint8_t head[HEADER], struct bytes text,
	const uint8_t *mac)
{
	uint32_t n = digest_size(p->suite->mac);
	uint8_t sum[64], all[HEADER + (1 << 14) + 2048];

	if (text.size > sizeof all - HEADER)
		return 0;
	memcpy(all, head, HEADER);
	memcpy(all + HEADER, text.at, text.size);
	derive_mac(p->suite->mac, (struct bytes){ p->mac_key, n },
		(struct bytes){ all, HEADER + text.size }, sum);
	return memcmp(sum, mac, n) == 0;
}

/* Bytes of text and MAC, without the padding, of what CBC has decrypted; below 0: it is none. */
static int without_padding(const uint8_t *out, int size)
{
	int padding = size > 0 ? out[size - 1] + 1 : 1;

	if (padding > size)
		return -1;
	for (int i = 1; i < padding; i++)
		if (out[size - 1 - i] != padding - 1)
			return -1;
	return size - padding;
}

static int open_cbc(struct protection *p, const struct sealed *r, uint8_t type, uint8_t *out)
{
	uint32_t mac = digest_size(p->suite->mac), size = r->size;
	uint32_t sent = p->version == TLS_1_0 ? 0 : BLOCK;
	uint8_t header[HEADER];
	int n, rest, all;

	if (p->etm && size < mac)
		return -1;
	size -= p->etm ? mac : 0;
	head(p, type, r->version, size, header);
	if (size < sent + BLOCK || size % BLOCK ||
	    (p->etm && !is_mac(p, header, (struct bytes){ r->body, size }, r->body + size)))
		return -1;
	if (EVP_DecryptInit_ex(p->context, NULL, NULL, NULL, sent ? r->body : p->iv) != 1 ||
	    EVP_CIPHER_CTX_set_padding(p->context, 0) != 1 ||
	    EVP_DecryptUpdate(p->context, out, &n, r->body + sent, (int)(size - sent)) != 1 ||
	    EVP_DecryptFinal_ex(p->context, out + n, &rest) != 1)
		return -1;
	memcpy(p->iv, r->body + size - BLOCK, BLOCK);   /* TLS 1.0 goes on from there */
	all = without_padding(out, n + rest);
	if (p->etm || all < (int)mac)
		return p->etm ? all : -1;
	all -= (int)mac;
	head(p, type, r->version, (uint32_t)all, header);
	return is_mac(p, header, (struct bytes){ out, (uint32_t)all }, out + all) ? all : -1;
}

int protection_open(struct protection *p, const struct sealed *r, uint8_t *type, uint8_t *out)
{
	int size;

	if (p->version == TLS_1_3)
		size = *type == CHANGE ? 0 : open_modern(p, r, type, out);
	else if (p->suite->seal == SEAL_CBC)
		size = open_cbc(p, r, *type, out);
	else
		size = open_aead(p, r, *type, out);
	p->number += size >= 0 && !(p->version == TLS_1_3 && *type == CHANGE);
	return size;
}
