/* quic.h - what the parts of the QUIC parser share: the connections of a flow. */
#pragma once

#include "pieces.h"
#include "proto.h"
#include "quic_seal.h"

enum { CONNECTIONS = 4, OFFERED = 16 };

/* A connection as it begins. */
struct connection {
	struct pieces hellos[2];        /* by enum quic_side: what follows each other in messages */
	uint64_t next[2];               /* numbers of packets that are expected */
	uint64_t base;                  /* Google's: where in its stream the hello begins */
	struct quic_cid first;          /* what the client called the server at first */
	struct quic_cid cid;            /* what its keys are made of: that, until there is a Retry */
	struct quic_cid source;         /* what the client calls itself */
	struct quic_cid server;         /* what the server calls itself */
	uint32_t version;               /* 0: nobody knows */
	uint32_t offered[OFFERED];      /* versions, by a server that refused */
	uint32_t offered_count;
	uint32_t waits;                 /* datagrams since the client's hello is whole */
	uint8_t  is_there;
	uint8_t  is_said;               /* its record is made, or none will be */
	uint8_t  client;                /* the direction that is the client's */
	uint8_t  has_retry, has_token, has_early;
};

/* The state of a flow. */
struct quic {
	struct connection connections[CONNECTIONS];
	uint32_t last;                  /* the connection that began last */
	uint32_t quiet;                 /* datagrams since one had to do with a beginning */
	uint32_t failures;              /* packets that claimed to be, and did not open */
};

/* A place for another connection: that of one that is over, or of the oldest. */
struct connection *quic_new(struct said *s, struct quic *q);

/* The connection that a client's first packet begins, perhaps anew. */
struct connection *quic_begin(struct quic *q, const struct heard *h, const struct quic_packet *p);

/* Who sends in this direction calls the other end, or itself, as packets of that client do. */
int quic_may_be_of(const struct connection *c, const struct heard *h, const struct quic_packet *p);

/* What came of its hellos is forgotten; its record is made, if that was not done before. */
void quic_forget(struct said *s, struct connection *c);
void quic_end(struct said *s, struct connection *c);

/* Takes the hellos out of a packet's frames. */
void quic_take_frames(struct said *s, struct connection *c, enum quic_side side,
	struct span frames);

/* The client's hello, or the server's answer to it, once it is whole; whether it is. */
int quic_client_hello(const struct connection *c, struct span *message);
int quic_server_hello(const struct connection *c, struct span *message);

/* Makes the record of a connection, of what is known of it. */
void quic_say(struct said *s, struct connection *c);
