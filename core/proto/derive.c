/* derive.c - keys from secrets: the PRF of TLS 1.0 to 1.2, HKDF-Expand-Label of TLS 1.3. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include "derive.h"

static const EVP_MD *digest_of(enum digest d)
{
	switch (d) {
	case DIGEST_MD5:    return EVP_md5();
	case DIGEST_SHA1:   return EVP_sha1();
	case DIGEST_SHA256: return EVP_sha256();
	default:            return EVP_sha384();
	}
}

void derive_mac(enum digest d, struct bytes key, struct bytes text, uint8_t *out)
{
	HMAC(digest_of(d), key.at, (int)key.size, text.at, text.size, out, NULL);
}

/* P_hash (RFC 5246, 5), xor-ed into `out`. */
static void add_p_hash(enum digest d, struct bytes secret, struct bytes seed, uint8_t *out,
	uint32_t size)
{
	uint32_t n = digest_size(d), done = 0;
	uint8_t a[64 + 128], block[64];

	derive_mac(d, secret, seed, a);         /* A(1), and the seed behind it */
	while (done < size) {
		memcpy(a + n, seed.at, seed.size);
		derive_mac(d, secret, (struct bytes){ a, n + seed.size }, block);
		for (uint32_t i = 0; i < n && done < size; i++)
			out[done++] ^= block[i];
		derive_mac(d, secret, (struct bytes){ a, n }, block);
		memcpy(a, block, n);
	}
}

void derive_prf(const struct master *m, enum digest d, uint8_t *out, uint32_t size)
{
	static const char label[] = "key expansion";
	uint8_t seed[sizeof label - 1 + 2 * RANDOM_SIZE];
	uint32_t half = (m->secret->size + 1u) / 2;
	struct bytes s = { m->secret->bytes, m->secret->size }, all = { seed, sizeof seed };

	memcpy(seed, label, sizeof label - 1);
	memcpy(seed + sizeof label - 1, m->server_random, RANDOM_SIZE);
	memcpy(seed + sizeof label - 1 + RANDOM_SIZE, m->client_random, RANDOM_SIZE);
	memset(out, 0, size);
	if (m->version >= TLS_1_2) {
		add_p_hash(d, s, all, out, size);
		return;
	}
	add_p_hash(DIGEST_MD5, (struct bytes){ s.at, half }, all, out, size);
	add_p_hash(DIGEST_SHA1, (struct bytes){ s.at + s.size - half, half }, all, out, size);
}

void derive_label(enum digest d, const struct secret *secret, const char *label, uint8_t *out,
	uint32_t size)
{
	uint8_t text[64], block[64];
	uint32_t n = (uint32_t)strlen(label);

	text[0] = (uint8_t)(size >> 8);         /* struct HkdfLabel (RFC 8446, 7.1), and the counter */
	text[1] = (uint8_t)size;
	text[2] = (uint8_t)(6 + n);
	memcpy(text + 3, "tls13 ", 6);
	memcpy(text + 9, label, n);
	text[9 + n] = 0;
	text[10 + n] = 1;
	derive_mac(d, (struct bytes){ secret->bytes, secret->size },
		(struct bytes){ text, 11 + n }, block);
	memcpy(out, block, size);               /* no key is longer than one block */
}
