/* loop.h - what is waited for, and what has happened: what the files of this room share. */
#pragma once

#include <event2/event.h>
#include "../base.h"

/* Something that is waited for.  Its number is its place in the loop's list. */
struct watch {
	struct weir_loop *loop;
	struct event    *event;         /* NULL: this place is free, or of what has sockets itself */
	struct transfer *transfer;      /* a request, as long as it runs */
	struct redis    *redis;         /* a connection */
	struct server   *server;        /* one that listens */
	int      kind;                  /* enum weir_event_kind; 0: the place is free */
	int      pid, fd;               /* of a child; -1 */
	uint32_t number;
	uint32_t next;                  /* the next place that is free */
	uint64_t told;                  /* in which read */
	uint8_t  again;
};

struct weir_loop {
	struct event_base *base;
	struct event      *limit;       /* ends a wait */
	struct watch     **watches;
	uint32_t watch_count, watch_room, free;
	uint64_t reads;
	uint32_t          *old;         /* places that are free from the next read on */
	uint32_t           old_count;
	struct weir_answer *answers;    /* room for one of each watch */
	struct transfer  **ended;       /* whose memory the answers show */
	uint32_t ended_count;
	struct weir_event *events;
	struct weir_node  *nodes;
	char    *text;
	uint32_t event_room, node_room, text_room;
	uint8_t  is_short;              /* of memory: something was not told */
	struct weir_happened happened;
	struct client     *client;      /* of requests; NULL before the first */
};

/* A new watch, or NULL. */
struct watch *watch_new(struct weir_loop *l, int kind);

/* It is over: its place is free from the next read on. */
void watch_end(struct watch *w);

/* Tells that it has happened, once a read: a signal may come several times. */
struct weir_event *watch_tell(struct watch *w, int value);

/* Adds an event; a node; a text, which returns where it is.  Without memory it goes nowhere. */
struct weir_event *loop_event(struct weir_loop *l, const struct watch *w, int kind, int value);
struct weir_node *loop_node(struct weir_loop *l, int kind);
uint32_t loop_text(struct weir_loop *l, const void *bytes, uint32_t size);

/* redis.c: ends a connection.  Accepts NULL. */
void redis_free(struct redis *r);

/* http_server.c: ends one that listens, and all who ask it.  Accepts NULL. */
void server_free(struct server *s);

/* client.c: requests on their way.  Freeing accepts NULL. */
void client_free(struct client *c);
void transfer_free(struct transfer *t);

/* "libevent VERSION"; "libcurl VERSION", or "libcurl -" where there is none. */
const char *loop_library(void);
const char *client_library(void);
const char *redis_library(void);
