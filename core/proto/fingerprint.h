/* fingerprint.h - what hellos have in common that come from the same program: JA3, JA3S, JA4. */
#pragma once

#include "hello.h"

enum {
	JA3_HASH = 32,                  /* characters; none of these texts ends with a zero byte */
	JA4_SIZE = 36
};

/* Bytes that the text takes at most of which a JA3, or of a server's hello a JA3S, is the hash. */
uint32_t ja3_most(const struct hello *h);

/* Writes it; returns its size.  And the hash. */
uint32_t ja3_text(const struct hello *h, char *to);
void ja3_hash(const char *text, uint32_t size, char to[JA3_HASH]);

/* JA4 of a client's hello; `letter` is what carries it: t for TLS, d for DTLS, q for QUIC. */
void ja4_text(const struct hello *h, char letter, char to[JA4_SIZE]);
