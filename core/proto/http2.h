/* http2.h - what the parts of HTTP/2's parser share. */
#pragma once

#include "hpack.h"
#include "http.h"

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
	CONTINUATION };
enum { BROKEN = 64 };                   /* streams that are remembered when they are no more */
enum { END_STREAM = 1, END_HEADERS = 4, PADDED = 8, PRIORITIZED = 32 };

/* A direction. */
struct way {
	struct hpack *hpack;
	struct http_message coming;     /* its headers do */
	uint8_t *block;                 /* what CONTINUATIONs go on with */
	uint32_t block_size;
	uint32_t block_stream, block_promise;   /* 0: none is begun; the stream that it promises */
	uint8_t  block_ends;            /* END_STREAM is behind it */
	uint8_t  begun;                 /* its first frame was there, as it must be */
	uint8_t  ends;                  /* END_STREAM is behind the data that come */
	uint32_t stream;                /* whose they are */
	uint32_t left, padding;         /* bytes of data, and of what is passed over behind them */
};

struct http2 {
	struct way ways[2];
	struct http_list list;
	uint8_t client;                 /* the direction of requests, plus 1; 0: not known yet */
	uint32_t broken[BROKEN], broken_count;  /* streams that were broken off: the latest ones */
};

struct frame {
	const uint8_t *at;              /* what is behind its head */
	uint32_t size, stream;
	uint8_t  type, flags;
};

/* The exchange of a stream that is not over; or NULL.  And its message of that direction. */
struct http_exchange *h2_find(const struct http2 *t, uint32_t stream);
static inline struct http_message *h2_message(const struct http2 *t, struct http_exchange *x,
	int direction)
{
	return t->client == direction + 1 ? &x->request : &x->response;
}

/* A stream is broken off: what still comes of it is not wanted. */
void h2_break(const struct heard *h, struct http2 *t, uint32_t stream);

/* A message is whole. */
void h2_end(const struct heard *h, struct http2 *t, struct http_exchange *x,
	struct http_message *m);

/* A piece of a block of headers, all of them perhaps; whether it makes sense. */
int h2_take_piece(const struct heard *h, struct http2 *t, const struct frame *f);
void h2_drop_block(struct said *s, struct way *w);
