/* certificate.h - certificates that were seen: each is read and hashed once, not with each use. */
#pragma once

#include "x509.h"

struct certificate {
	struct x509 x;
	uint8_t  sha1[20], sha256[32];
	uint8_t  is_readable;           /* else its hashes are all there is */
	uint32_t size, users;
	uint8_t  der[];
};

/*
 * The certificate of these bytes, for the caller to release; NULL when there is no memory.  Each
 * user holds as much of what all may keep as it takes.
 */
struct certificate *certificate_of(struct said *s, struct span der);
void certificate_release(struct said *s, struct certificate *c);

/* Forgets those that nobody uses. */
void certificates_free(struct said *s);
