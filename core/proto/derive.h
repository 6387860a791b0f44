/* derive.h - keys from secrets: the PRF of TLS 1.0 to 1.2, HKDF-Expand-Label of TLS 1.3. */
#pragma once

#include "suite.h"

struct bytes {
	const uint8_t *at;
	uint32_t size;
};

/* HMAC. */
void derive_mac(enum digest d, struct bytes key, struct bytes text, uint8_t *out);

/* The key block of a connection; `d` is the digest since TLS 1.2. */
void derive_prf(const struct master *m, enum digest d, uint8_t *out, uint32_t size);

/* At most as many bytes as the digest has. */
void derive_label(enum digest d, const struct secret *secret, const char *label, uint8_t *out,
	uint32_t size);
