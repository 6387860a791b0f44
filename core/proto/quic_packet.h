/* quic_packet.h - packets of QUIC with a long header, those that connections begin with. */
#pragma once

#include "quic_version.h"
#include "span.h"

enum quic_type {
	QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY,
	QUIC_NEGOTIATION,               /* the server's list of versions */
	QUIC_OTHER                      /* of a version that nobody knows */
};

enum { CID_MOST = 20 };

/* A connection's id, as one end calls it. */
struct quic_cid {
	uint8_t size;
	uint8_t at[CID_MOST];
};

struct quic_packet {
	uint32_t version;
	enum quic_type type;
	struct quic_cid dcid, scid;
	struct span token;              /* INITIAL: what a server gave to prove the address */
	struct span whole;              /* from the first byte to the packet's end */
	uint32_t number_at;             /* where its protected number is; NEGOTIATION: its list */
};

/*
 * Takes the packet at the front of a datagram; whether there is one.  Behind a packet whose size
 * is not told nothing follows.
 */
int quic_packet(struct span *from, struct quic_packet *p);

/* A number of one, two, four or eight bytes, as its first two bits say. */
int quic_number(struct span *from, uint64_t *number);

int quic_cid_equal(const struct quic_cid *x, const struct quic_cid *y);
