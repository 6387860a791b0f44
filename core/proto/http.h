/*
 * http.h - requests and their responses, whichever HTTP they came in: what is kept of them while
 * they last, and the records `http` and `exchange` that are made of them.
 */
#pragma once

#include "header.h"
#include "proto.h"

enum {
	HEAD_MOST    = 256 << 10,       /* bytes of a head, and of the trailers */
	ROWS_MOST    = 1024,            /* headers of a message that a record shows */
	BODY_MOST    = 4 << 20,         /* bytes of a body that are kept, as they came */
	PLAIN_MOST   = 4 << 20,         /* and of what is decoded from it, and of its text */
	OFFSETS_MOST = 512,             /* packets of a message whose offsets an exchange shows */
	PLACES_MOST  = 65536,           /* and those of which is noted where they are */
	RECENT       = 64               /* of these, that are not noted again */
};

/* Bytes of a message's text. */
struct part {
	uint32_t at, size;
};

/* Headers that are looked at. */
enum known {
	KNOWN_HOST, KNOWN_USER_AGENT, KNOWN_TYPE, KNOWN_REFERER, KNOWN_LOCATION, KNOWN_FORWARDED,
	KNOWN_CODING, KNOWN_TRANSFER, KNOWNS
};

/* Where a packet is: in which input, and there. */
struct place_in {
	double   offset;
	uint32_t source;
};

/* A request or a response. */
struct http_message {
	char    *text;                  /* parts; of each header two sizes, name, value */
	uint32_t text_size, text_room;
	uint32_t headers_at, header_count, trailers_at, trailer_count;
	struct part method, target, version, reason;
	struct part known[KNOWNS];      /* values; size 0: there is none */
	uint16_t status;
	uint8_t  begun, whole;          /* its head is there; all of it is */
	uint8_t  in_trailers;
	uint8_t  cut;                   /* it ended early, or more of it came than is kept */
	uint8_t  ambiguous;             /* its head says its length in ways that contradict */
	uint8_t  is_plain;              /* its body is kept without its codings: it is of a file */
	uint64_t body, missing;         /* bytes of the body that came, and that did not */
	uint8_t *kept;                  /* the first of them, as long as none is missing */
	uint32_t kept_size, kept_room;
	uint8_t  full;                  /* no more of them is kept */
	struct origin first, last;      /* packets */
	struct place_in *places;        /* of all of them, for those who want offsets */
	uint32_t place_count, place_room;
	uint8_t  places_cut;            /* there are more */
};

/* A request with its response, of which each may be missing. */
struct http_exchange {
	struct http_exchange *next;
	struct http_message request, response;
	uint32_t number;                /* of those on its connection, from 0 */
	uint32_t stream;                /* HTTP/2's; 0: it is of HTTP/1 */
	uint16_t port;                  /* the server's */
	uint8_t  client;                /* the end that asks: a direction */
	uint8_t  is_secret;             /* TLS carries it */
};

/* NULL when there is no memory; the second of what no connection brought. */
struct http_exchange *exchange_new(const struct heard *h, int client);
struct http_exchange *exchange_make(struct said *s);
void exchange_free(struct said *s, struct http_exchange *x);            /* accepts NULL */

/* Tells those who want names whom a request is for; that of CONNECT is behind a proxy. */
void message_name(const struct heard *h, const struct http_message *m);

/* Makes the records that are wanted; then frees it. */
void exchange_tell(struct said *s, struct http_exchange *x);

/* Those of a connection that are not over, oldest first. */
struct http_list {
	struct http_exchange *first, *last;
	uint32_t count, begun;
};
void list_add(struct http_list *l, struct http_exchange *x);

/* Tells one of them, or all, which are in it no more. */
void list_tell(struct said *s, struct http_list *l, struct http_exchange *x);
void list_tell_all(struct said *s, struct http_list *l);

void message_free(struct said *s, struct http_message *m);      /* what it keeps; it is zero then */

/* Room for so many bytes more of text; whether there is. */
int message_room(struct said *s, struct http_message *m, uint32_t size);

/* Adds a part, or a header or trailer, of which the first line of a head is none. */
struct part message_part(struct said *s, struct http_message *m, struct word bytes);
void message_header(struct said *s, struct http_message *m, struct word name, struct word value);

static inline struct word message_word(const struct http_message *m, struct part p)
{
	return p.size ? (struct word){ m->text + p.at, p.size } : (struct word){ "", 0 };
}

/* The header or trailer at *at of the text, behind which *at is then. */
void message_row(const struct http_message *m, uint32_t *at, struct word *name,
	struct word *value);

/* A packet had some of it; some bytes of its body are these, or are missing. */
void message_came(const struct heard *h, struct http_message *m);
void message_body(struct said *s, struct http_message *m, const uint8_t *at, uint32_t size);
void message_gap(struct http_message *m, uint64_t missing);

/* What a body says once it is decoded. */
struct http_content {
	struct weir_text body;          /* UTF-8 of texts; of others the bytes */
	struct weir_text raw;           /* the bytes of texts that were not UTF-8 */
	struct weir_text charset;       /* which these are in */
	struct weir_text encoding;      /* codings that were taken off, first to last */
	struct weir_text error;         /* why not all could be */
	uint32_t size;                  /* bytes, decoded */
	uint8_t  cut;
};
struct http_content content_of(struct said *s, const struct http_message *m);

/*
 * The value of a header, or a URL, as records have it.  What lets its reader in somewhere
 * (passwords, tokens, cookies) is replaced by "***": every header and URL goes through these two.
 */
struct weir_text secret_value(struct said *s, struct word name, struct word value);
struct weir_text secret_url(struct said *s, struct word url);

/* HTTP/2 goes on with the answer to a request of HTTP/1; takes x.  Whether it does. */
int http2_go_on(const struct heard *h, struct line *l, struct http_exchange *x);
