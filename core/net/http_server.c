/*
 * http_server.c - answers requests of HTTP: GET and HEAD, one a connection.
 *
 * Not on libevent's evhttp, which bounds neither how many connect nor how long a request may drip
 * in: here each of few places is free again after seconds, whatever its guest does.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loop.h"

enum {
	MOST  = 32,                     /* guests at a time */
	HEAD  = 8192,                   /* bytes of a request's head */
	LASTS = 5,                      /* seconds for asking, and again for taking the answer */
	WAITS = 10,                     /* for us to answer */
	LINGERS = 1                     /* for what a guest still says, behind the answer */
};

enum state { FREE, ASKING, ASKED, ANSWERED, LEAVING };

struct guest {
	struct server      *server;
	struct bufferevent *socket;
	struct event       *deadline;
	enum state state;
	int32_t number;                 /* of its request; the place is the remainder by MOST */
	uint8_t is_head;
};

struct server {
	struct watch          *watch;
	struct evconnlistener *listener;
	struct guest guests[MOST];
};

/* ---- guests ---------------------------------------------------------------------------------- */

static void leave(struct guest *g)
{
	if (g->socket)
		bufferevent_free(g->socket);
	if (g->deadline)
		event_free(g->deadline);
	g->socket = NULL;
	g->deadline = NULL;
	g->state = FREE;
}

static void set_deadline(struct guest *g, int seconds)
{
	struct timeval after = { seconds, 0 };

	evtimer_add(g->deadline, &after);
}

static const char *meaning(int status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 431: return "Request Header Fields Too Large";
	default:  return status < 500 ? "Refused" : "Internal Server Error";
	}
}

static void answer(struct guest *g, int status, const char *lines, const void *body, uint32_t size)
{
	struct evbuffer *out = bufferevent_get_output(g->socket);

	evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n%sContent-Length: %u\r\nConnection: close\r\n\r\n",
		status, meaning(status), lines, size);
	if (!g->is_head)
		evbuffer_add(out, body, size);
	g->state = ANSWERED;
	bufferevent_disable(g->socket, EV_READ);
	set_deadline(g, LASTS);
}

static void refuse(struct guest *g, int status, const char *lines)
{
	const char *text = meaning(status);

	answer(g, status, lines, text, (uint32_t)strlen(text));
}

/* ---- requests -------------------------------------------------------------------------------- */

static void put_text(struct weir_loop *l, const char *bytes, size_t size)
{
	uint32_t i = l->happened.node_count, at = loop_text(l, bytes, (uint32_t)size);

	loop_node(l, WEIR_NODE_TEXT);
	if (i < l->happened.node_count) {
		l->nodes[i].at = at;
		l->nodes[i].size = (uint32_t)size;
	}
}

/* Tells of a request: its method, its target, the lines of its head. */
static void tell(struct guest *g, const char *method, const char *target, const char *rest)
{
	struct weir_loop *l = g->server->watch->loop;
	uint32_t first = l->happened.node_count;

	loop_node(l, WEIR_NODE_LIST)->size = 3;
	put_text(l, method, strlen(method));
	put_text(l, target, strlen(target));
	put_text(l, rest, strlen(rest));
	loop_event(l, g->server->watch, WEIR_EVENT_ASKED, g->number)->answer = first;
}

/* Whether it is a target: a path of printable ASCII. */
static int is_target(const char *text)
{
	if (*text != '/')
		return 0;
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

/* Understands a head, whose last line has its end. */
static void read_head(struct guest *g, char *head)
{
	char *rest = strstr(head, "\r\n"), *target, *version;

	*rest = 0;
	target = strchr(head, ' ');
	version = target ? strchr(target + 1, ' ') : NULL;
	if (!version || (strcmp(version, " HTTP/1.1") != 0 && strcmp(version, " HTTP/1.0") != 0)) {
		refuse(g, 400, "");
		return;
	}
	*target++ = 0;
	*version = 0;
	g->is_head = strcmp(head, "HEAD") == 0;
	if (!g->is_head && strcmp(head, "GET") != 0) {
		refuse(g, 405, "Allow: GET, HEAD\r\n");
	} else if (!is_target(target)) {
		refuse(g, 400, "");
	} else {
		g->state = ASKED;
		bufferevent_disable(g->socket, EV_READ);
		set_deadline(g, WAITS);
		tell(g, head, target, rest + 2);
	}
}

static void on_read(struct bufferevent *socket, void *with)
{
	struct guest *g = with;
	struct evbuffer *in = bufferevent_get_input(socket);
	size_t size = evbuffer_get_length(in);
	struct evbuffer_ptr end;
	char head[HEAD + 1];

	if (g->state != ASKING) {
		evbuffer_drain(in, size);       /* what comes behind the request is not wanted */
		return;
	}
	end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	if (end.pos >= 0 && end.pos + 4 <= HEAD) {
		size = (size_t)end.pos + 4;
		evbuffer_remove(in, head, size);
		head[size] = 0;
		if (memchr(head, 0, size))
			refuse(g, 400, "");
		else
			read_head(g, head);
	} else if (end.pos >= 0 || size >= HEAD) {
		refuse(g, 431, "");
	}
}

/* The answer has gone: closing at once would take it back from a guest that still talks. */
static void on_written(struct bufferevent *socket, void *with)
{
	struct guest *g = with;

	if (g->state != ANSWERED)
		return;
	g->state = LEAVING;
	shutdown(bufferevent_getfd(socket), SHUT_WR);
	set_deadline(g, LINGERS);
	bufferevent_enable(socket, EV_READ);
}

static void on_end(struct bufferevent *socket, short what, void *with)
{
	(void)socket, (void)what;
	leave(with);
}

static void on_deadline(evutil_socket_t fd, short what, void *with)
{
	(void)fd, (void)what;
	leave(with);
}

/* ---- connections ---------------------------------------------------------------------------------- */

static struct guest *place_of(struct server *s)
{
	for (int i = 0; i < MOST; i++)
		if (s->guests[i].state == FREE)
			return &s->guests[i];
	return NULL;
}

static void on_connect(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
	int size, void *with)
{
	struct server *s = with;
	struct guest *g = place_of(s);
	struct event_base *base = evconnlistener_get_base(listener);

	(void)from, (void)size;
	if (!g) {
		close(fd);
		return;
	}
	g->server = s;
	g->state = ASKING;
	g->is_head = 0;
	g->number = (int32_t)(((uint32_t)g->number + MOST) & INT32_MAX);
	g->deadline = evtimer_new(base, on_deadline, g);
	g->socket = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!g->socket)
		close(fd);
	if (!g->socket || !g->deadline) {
		leave(g);
		return;
	}
	bufferevent_setcb(g->socket, on_read, on_written, on_end, g);
	bufferevent_setwatermark(g->socket, EV_READ, 0, HEAD);
	bufferevent_enable(g->socket, EV_READ | EV_WRITE);
	set_deadline(g, LASTS);
}

void server_free(struct server *s)
{
	if (!s)
		return;
	for (int i = 0; i < MOST; i++)
		leave(&s->guests[i]);
	if (s->listener)
		evconnlistener_free(s->listener);
	free(s);
}

/* Listens at an address of numbers; 0, or a weir_status. */
static int listen_at(struct server *s, const char *host, int port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *at = NULL;

	if (port < 0 || port > UINT16_MAX || getaddrinfo(host, NULL, &hints, &at) != 0)
		return fail("'%s' and %d are no address and port", host, port);
	if (at->ai_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)at->ai_addr)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)(void *)at->ai_addr)->sin_port = htons((uint16_t)port);
	s->listener = evconnlistener_new_bind(s->watch->loop->base, on_connect, s,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC, MOST, at->ai_addr,
		(int)at->ai_addrlen);
	freeaddrinfo(at);
	return s->listener ? 0 : fail("cannot listen at %s, port %d: %s", host, port, strerror(errno));
}

int weir_loop_serve(struct weir_loop *l, const char *host, int port)
{
	struct watch *w = watch_new(l, WEIR_EVENT_ASKED);
	struct server *s = w ? calloc(1, sizeof *s) : NULL;

	if (w && !s)
		fail("out of memory");
	for (int i = 0; s && i < MOST; i++)
		s->guests[i].number = i;
	if (s)
		s->watch = w;
	if (s && listen_at(s, host, port) == 0) {
		w->server = s;
		return (int)w->number;
	}
	server_free(s);
	if (w)
		watch_end(w);
	return WEIR_FAIL;
}

static struct server *server_of(struct weir_loop *l, int watch)
{
	return watch > 0 && (uint32_t)watch <= l->watch_count ? l->watches[watch]->server : NULL;
}

int weir_loop_port(struct weir_loop *l, int watch)
{
	struct server *s = server_of(l, watch);
	struct sockaddr_storage at;
	socklen_t size = sizeof at;

	if (!s || getsockname(evconnlistener_get_fd(s->listener), (struct sockaddr *)&at, &size) < 0)
		return 0;
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
		: ((struct sockaddr_in *)&at)->sin_port);
}

void weir_loop_answer(struct weir_loop *l, int watch, int request, int status, const char *lines,
	const void *body, uint32_t size)
{
	struct server *s = server_of(l, watch);
	struct guest *g = s && request >= 0 ? &s->guests[request % MOST] : NULL;

	if (g && g->state == ASKED && g->number == request)
		answer(g, status, lines, body, size);
}
