/*
 * protect.h - opens the records of TLS connections whose secrets are known: AES-GCM, AES-CCM,
 * ChaCha20-Poly1305 and CBC, of TLS 1.0 to 1.3.
 */
#pragma once

#include "hello.h"
#include "keylog.h"

struct suite;                           /* what is known of a cipher suite */

/* NULL for one that is not opened: RC4, NULL, 3DES and what is rare. */
const struct suite *suite_find(uint16_t number);

/* What opens the records of one direction. */
struct protection {
	const struct suite *suite;
	struct evp_cipher_ctx_st *context;      /* OpenSSL's; NULL: not ready */
	uint64_t number;                /* of the next record */
	uint16_t version;
	uint8_t  etm;                   /* CBC: the MAC is of what is encrypted */
	uint8_t  key[32], iv[16], mac_key[64];
	struct secret secret;           /* TLS 1.3: what the keys come from, for an update */
};

/* Of TLS 1.2 and before: both directions from the master secret; 0 when that fails. */
struct master {
	const struct secret *secret;
	const uint8_t *client_random, *server_random;
	uint16_t suite, version;
	int      etm;
};
int protection_derive(struct protection *client, struct protection *server,
	const struct master *m);

/* Of TLS 1.3: one direction from its traffic secret; and the secret that follows it. */
int protection_begin(struct protection *p, uint16_t suite, const struct secret *secret);
int protection_update(struct protection *p);

void protection_clear(struct protection *p);

/*
 * Opens the record `body`, whose header said `type` and `version`; `out` has room for as many
 * bytes.  Returns the size of what it says, and in `*type` what that is; below 0 when the record
 * is not what the secrets say it should be: then nothing more can be opened.
 */
struct sealed {
	const uint8_t *body;
	uint32_t size;
	uint16_t version;
};
int protection_open(struct protection *p, const struct sealed *record, uint8_t *type, uint8_t *out);
