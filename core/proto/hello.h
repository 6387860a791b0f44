/*
 * hello.h - what the first messages of TLS say, whatever carries them: TLS, DTLS, QUIC.
 *
 * Nothing is copied: a hello leads to the bytes of its message.
 */
#pragma once

#include "span.h"

enum tls_version {
	SSL_2 = 0x0002, TLS_1_0 = 0x0301, TLS_1_1 = 0x0302, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304,
	DTLS_1_3 = 0xfefc
};

enum hello_type { HELLO_CLIENT = 1, HELLO_SERVER = 2 };         /* as in the handshake's header */

enum hello_has {
	HELLO_HAS_EXTENSIONS = 1,       /* a list of them, if an empty one */
	HELLO_HAS_SNI        = 2,       /* the extension, with a name in it or not */
	HELLO_HAS_VERSIONS   = 4,
	HELLO_HAS_PSK        = 8,       /* offers keys of earlier sessions; the server: takes one */
	HELLO_HAS_EARLY_DATA = 16,
	HELLO_HAS_ECH        = 32,      /* encrypted client hello, or the ESNI before it */
	HELLO_HAS_TICKET     = 64,      /* that is not empty */
	HELLO_HAS_RETRY      = 128,     /* the server asks for another hello of the client's */
	HELLO_HAS_KEY_SHARE  = 256
};

struct hello {
	uint32_t has;                   /* enum hello_has, or-ed */
	uint8_t  type;                  /* enum hello_type */
	uint8_t  is_datagram;           /* DTLS */
	uint8_t  is_cut;                /* its end was not there: lists may go on */
	uint8_t  compression;           /* server: the one it chose */
	uint16_t version;               /* of the message itself, what JA3 shows */
	uint16_t cipher;                /* server: the one it chose */
	uint16_t chosen_version;        /* server: of its extension; else 0 */
	uint16_t chosen_group;          /* server: of its key share; else 0 */
	struct span random;             /* 32 bytes */
	struct span session_id;
	struct span cookie;             /* DTLS */
	struct span ciphers;            /* client: numbers of 16 bits, as are versions and so on */
	struct span extensions;         /* in order: see hello_extension */
	struct span server_name;        /* its bytes, unchecked */
	struct span alpn;               /* names behind a byte with their size: see hello_alpn */
	struct span versions;
	struct span groups;
	struct span formats;            /* of points: numbers of 8 bits */
	struct span signatures;
	struct span key_shares;         /* client: entries of group, size, key */
	struct span quic;               /* transport parameters */
};

/*
 * Reads the body of a ClientHello or ServerHello, behind the handshake's header: `size` bytes of
 * which there are; `full` is what the header says.  Whether it is one.  Of one that was cut what
 * came before is read, if that is a client's ciphers or a server's choice at least.
 */
int hello_read(struct hello *h, enum hello_type type, int is_datagram, struct span body,
	uint32_t full);

/* Takes the next extension, or the next name of ALPN, from the front. */
int hello_extension(struct span *from, uint16_t *type, struct span *data);
int hello_alpn(struct span *from, struct span *name);

/* The highest version it offers, or the one chosen. */
uint16_t hello_version(const struct hello *h);

/* Numbers that clients send so that servers learn to pass over them (RFC 8701). */
static inline int is_grease(uint16_t n)
{
	return (n & 0x0f0f) == 0x0a0a && n >> 8 == (n & 0xff);
}
