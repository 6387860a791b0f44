/*
 * quic_seal.h - opens the packets that a QUIC connection begins with (RFC 9001, 5).
 *
 * Their keys are made of what everybody sees: the version, and the first id that the client gave
 * to the server.  That they open proves that they are what they say.
 */
#pragma once

#include "quic_packet.h"

enum quic_side { QUIC_CLIENT, QUIC_SERVER };

struct opener;

/* With what is needed more than once; NULL when there is no memory.  Freeing accepts NULL. */
struct opener *opener_new(void);
void opener_free(struct opener *o);

/* Whose key opens a packet: of a connection that began with `cid`, in such a version. */
struct quic_lock {
	uint32_t version;
	enum quic_side side;
	const struct quic_cid *cid;
};

/*
 * Opens a packet that `lock->side` sent.  `*next` is the number that is expected of it, and the
 * one after this packet's then.  What was in it is in `*clear` until the next call.
 * Whether it opened.
 */
int quic_open(struct opener *o, const struct quic_lock *lock, const struct quic_packet *p,
	uint64_t *next, struct span *clear);

/* Whether a Retry answers the client that asked for `cid`. */
int quic_is_retry(struct opener *o, const struct quic_packet *p, const struct quic_cid *cid);
