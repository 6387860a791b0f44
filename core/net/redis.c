/*
 * redis.c - connections to Redis, on hiredis, whose sockets libevent watches.
 *
 * A connection that is lost stays so: who has it decides when to connect again, and what of all that
 * has had no reply to send once more.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <hiredis/async.h>
#include <hiredis/adapters/libevent.h>
#pragma GCC diagnostic pop
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "loop.h"

enum { DEEP = 16 };                     /* lists in lists: those of XREADGROUP are five deep */

struct redis {
	struct watch      *watch;       /* NULL: nobody wants to know any more */
	redisAsyncContext *context;     /* NULL once it is gone */
};

/* ---- replies ------------------------------------------------------------------------------------ */

static void put_text(struct weir_loop *l, int kind, const char *bytes, size_t size)
{
	uint32_t i = l->happened.node_count, at = loop_text(l, bytes, (uint32_t)size);

	loop_node(l, kind);
	if (i < l->happened.node_count) {
		l->nodes[i].at = at;
		l->nodes[i].size = (uint32_t)size;
	}
}

static void put(struct weir_loop *l, const redisReply *r, int depth)
{
	switch (depth < DEEP ? r->type : REDIS_REPLY_NIL) {
	case REDIS_REPLY_STRING: case REDIS_REPLY_STATUS:
		put_text(l, WEIR_NODE_TEXT, r->str, r->len);
		break;
	case REDIS_REPLY_ERROR:
		put_text(l, WEIR_NODE_ERROR, r->str, r->len);
		break;
	case REDIS_REPLY_INTEGER:
		loop_node(l, WEIR_NODE_INTEGER)->number = (double)r->integer;
		break;
	case REDIS_REPLY_ARRAY:
		loop_node(l, WEIR_NODE_LIST)->size = (uint32_t)r->elements;
		for (size_t i = 0; i < r->elements; i++)
			put(l, r->element[i], depth + 1);
		break;
	default:
		loop_node(l, WEIR_NODE_NIL);
	}
}

static void on_reply(redisAsyncContext *context, void *reply, void *with)
{
	struct redis *r = context->data;
	struct weir_loop *l;
	uint32_t first;

	(void)with;
	if (!reply || !r->watch)
		return;                         /* it is gone, which is told for all of them at once */
	l = r->watch->loop;
	first = l->happened.node_count;
	put(l, reply, 0);
	loop_event(l, r->watch, WEIR_EVENT_REPLY, 0)->answer = first;
}

/* ---- connections ---------------------------------------------------------------------------------- */

/* hiredis frees its context behind this. */
static void gone(struct redis *r, const char *why)
{
	struct watch *w = r->watch;
	uint32_t first;

	r->context = NULL;
	if (!w)
		return;
	first = w->loop->happened.node_count;
	put_text(w->loop, WEIR_NODE_ERROR, why, strlen(why));
	loop_event(w->loop, w, WEIR_EVENT_REDIS, 0)->answer = first;
	w->redis = NULL;
	watch_end(w);
	free(r);
}

static void on_connect(const redisAsyncContext *context, int status)
{
	struct redis *r = context->data;

	if (status != REDIS_OK)
		gone(r, context->c.errstr);
	else if (r->watch)
		loop_event(r->watch->loop, r->watch, WEIR_EVENT_REDIS, 1);
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
	gone(context->data, status == REDIS_OK ? "closed" : context->c.errstr);
}

void redis_free(struct redis *r)
{
	if (!r)
		return;
	r->watch = NULL;
	if (r->context)
		redisAsyncFree(r->context);
	free(r);
}

/* hiredis writes such that a server that is gone would end a process that minds no SIGPIPE. */
static void ignore_broken_pipes(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

static struct redis *redis_new(struct weir_loop *l, const char *host, int port)
{
	redisAsyncContext *c = port ? redisAsyncConnect(host, port) : redisAsyncConnectUnix(host);
	struct redis *r = c && !c->err ? calloc(1, sizeof *r) : NULL;

	if (!r) {
		fail("cannot connect to Redis at '%s': %s", host, c && c->err ? c->errstr : "out of memory");
		if (c)
			redisAsyncFree(c);
		return NULL;
	}
	ignore_broken_pipes();
	r->context = c;
	c->data = r;
	redisLibeventAttach(c, l->base);
	redisAsyncSetConnectCallback(c, on_connect);
	redisAsyncSetDisconnectCallback(c, on_disconnect);
	return r;
}

int weir_loop_redis(struct weir_loop *l, const char *host, int port)
{
	struct watch *w = watch_new(l, WEIR_EVENT_REDIS);

	if (!w)
		return WEIR_FAIL;
	w->redis = redis_new(l, host, port);
	if (w->redis) {
		w->redis->watch = w;
		return (int)w->number;
	}
	watch_end(w);
	return WEIR_FAIL;
}

int weir_redis_send(struct weir_loop *l, int watch, uint32_t count, const char *const *words,
	const size_t *sizes)
{
	struct watch *w = watch > 0 && (uint32_t)watch <= l->watch_count ? l->watches[watch] : NULL;

	if (!w || !w->redis || !w->redis->context)
		return fail("the connection to Redis is gone");
	if (redisAsyncCommandArgv(w->redis->context, on_reply, NULL, (int)count, (const char **)words,
	    sizes) != REDIS_OK)
		return fail("cannot send to Redis: %s", w->redis->context->errstr);
	return 0;
}

const char *redis_library(void)
{
	static char text[40];

	snprintf(text, sizeof text, "libhiredis %d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
	return text;
}
