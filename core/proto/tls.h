/*
 * tls.h - what the parts of the TLS parser share: a connection, from its first hello to the end of
 * what can be read of it.
 *
 * tls.c knows records over TCP and dtls.c those in datagrams; both hand on what is in them to
 * handshake.c, which keeps what matters, and tls_said.c makes the one record of it.
 */
#pragma once

#include "certificate.h"
#include "hello.h"
#include "proto.h"

enum tls_content {
	TLS_CHANGE = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_DATA = 23, TLS_HEARTBEAT = 24
};

enum {
	TLS_CHAIN = 16,                         /* certificates of one end that are kept */
	TLS_ALERTS = 8,
	TLS_MESSAGE = (1 << 20) + 1024,         /* bytes of the longest message that is kept */
	TLS_HEADER = 4                          /* bytes of a message before its body */
};

/* The body of a message, or its beginning. */
struct tls_kept {
	uint8_t *bytes;
	uint32_t size, full;
};

/* What one end says. */
struct tls_side {
	uint8_t *message;               /* one that is not whole yet, with its header */
	uint32_t size, room;
	uint32_t passed;                /* bytes of other things before its first record */
	uint32_t skip;                  /* bytes that are left of one that nobody wants */
	uint8_t  is_begun;              /* some of it has been read */
	uint8_t  is_lost;               /* no more of it can be */
	uint8_t  is_changed;            /* it has said that it encrypts from here on */
	uint8_t  is_sealed;             /* and something encrypted came */
	uint16_t strange;               /* datagrams that are none of DTLS */
	struct dtls_part *parts;        /* DTLS: of messages that are not whole yet */
	uint32_t part_count;
};

/* The certificates that one end shows, its own first. */
struct tls_chain {
	struct certificate *shown[TLS_CHAIN];
	uint8_t  count;
	uint8_t  is_there;              /* it has shown some, or that it has none */
};

struct tls {
	struct tls_side sides[2];       /* by direction */
	struct tls_chain chains[2];
	struct tls_kept client_hello;
	struct tls_kept server_hello;
	struct tls_kept retry;          /* the server's hello that asks for another of the client's */
	struct weir_alert alerts[TLS_ALERTS];   /* by: the direction, until they are told */
	uint8_t  alert_count;
	uint8_t  knows_client;          /* which direction is the client's: */
	uint8_t  client;
	uint8_t  is_full;               /* it has said more than what resumes a session needs */
	uint8_t  is_broken;             /* a fatal alert */
	uint8_t  is_datagram;
	uint8_t  is_ssl2;               /* the client's hello has SSL 2's form */
	uint8_t  is_told;
	uint8_t  has_tried;             /* to open what is sealed */
	struct unseal *unseal;          /* what opens it; NULL: nothing */
	uint16_t version;               /* that the server chose; 0: not known yet */
	uint16_t curve;                 /* that it chose, unless its hello says so */
};

/* Numbers of its drafts begin with 7f, of what Facebook made of them with fb. */
static inline int tls_is_13(uint16_t version)
{
	return version == TLS_1_3 || version >> 8 == 0x7f || version >> 8 == 0xfb ||
		version == DTLS_1_3;
}

/* Whether what follows of an end is encrypted.  TLS 1.3 tells of a change that is none. */
static inline int tls_is_secret(const struct tls *t, int direction)
{
	const struct tls_side *side = &t->sides[direction];

	return side->is_sealed || (side->is_changed && t->version && !tls_is_13(t->version));
}

/* Whether there is nothing more to read of an end. */
static inline int tls_is_over(const struct tls *t, int direction)
{
	return t->is_broken || t->sides[direction].is_lost || tls_is_secret(t, direction);
}

/* What a record has in it, of the end that says h. */
void tls_handshake(const struct heard *h, struct span content);
void tls_message(const struct heard *h, uint8_t type, struct span body, uint32_t full);
void tls_alert(const struct heard *h, struct span content);
void tls_change(const struct heard *h);

/* Something encrypted. */
void tls_sealed(const struct heard *h);

/* Nothing more of this end can be read: what there is of a message counts. */
void tls_lose(const struct heard *h);

/* Keeps a copy, unless one is there already. */
int tls_keep(struct said *s, struct tls_kept *k, struct span body, uint32_t full);

/* A certificate of this end's. */
void tls_certificate(const struct heard *h, struct span der);

/* Tells what is known once it is all that will be; then nobody needs to listen any more. */
void tls_settle(const struct heard *h);

/* Makes the record, if there was a hello and it has not been made; and frees what is kept. */
void tls_tell(struct said *s, struct tls *t);
void tls_close(struct said *s, struct line *l);

/* dtls.c: drops what waits for the rest of its message. */
void dtls_drop_parts(struct said *s, struct tls_side *side);

/* Whether a message is one of those of which something is kept. */
int tls_is_wanted(uint8_t type);
