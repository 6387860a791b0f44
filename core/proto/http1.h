/* http1.h - what the parts of HTTP/1's parser share. */
#pragma once

#include "http.h"

enum mode { START, BODY, CHUNK, CHUNK_DATA, TRAILERS, UNTIL_CLOSE, LOST, IGNORED };

/* A direction. */
struct side {
	struct http_message coming;     /* its head does */
	struct http_exchange *x;        /* the message whose body comes is of this one; or NULL */
	uint64_t left;                  /* bytes of the body, or of the chunk */
	uint32_t scanned;               /* bytes of a head in which its end is not */
	uint8_t  mode;                  /* enum mode */
	uint8_t  is_cut;                /* the head that is read is not whole */
};

struct http {
	struct side sides[2];
	struct http_list list;
	struct line *inner;             /* what is spoken when HTTP/1 no longer is */
	uint8_t client;                 /* the direction of requests, plus 1; 0: not known yet */
};

static inline int is_client(const struct http *t, int direction)
{
	return t->client == direction + 1;
}

/* http_head.c: whether bytes begin like a message, as a probe says it. */
int http_begins(const uint8_t *at, uint32_t size);

/* Takes a head once it is whole, and begins its message; how many bytes it took. */
uint32_t http_take_head(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size);

/* What there is of a head, h's bytes, is all that there will be: its message is told as cut. */
void http_cut_head(const struct heard *h, struct http *t);

/* http_turn.c: the message whose body comes in a direction; NULL when nobody knows it. */
struct http_message *turn_message(struct http *t, int direction);

/*
 * A message begins: what came of it is in the exchange that this returns; NULL when there is no
 * memory for one.
 */
struct http_exchange *turn_begin(const struct heard *h, struct http *t, int is_request);

/* It ends. */
void turn_end(const struct heard *h, struct http *t);

/*
 * It is unknown where this direction's next message begins.  When it is the server's, nobody knows
 * which of the requests so far it answers.
 */
void turn_lose(const struct heard *h, struct http *t);

/* Too many requests wait for a response: theirs is a direction that is not heard. */
void turn_limit(const struct heard *h, struct http *t);

/* What follows a response to CONNECT, or "101 Switching Protocols". */
enum then { THEN_OTHER, THEN_HTTP2, THEN_TLS };
void turn_tunnel(const struct heard *h, struct http *t);
void turn_upgrade(const struct heard *h, struct http *t, enum then then);
