/* client.c - requests of HTTP and HTTPS, on libcurl, whose sockets and timer libevent watches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "curl.h"
#include "loop.h"

enum { HEAD_MOST = 256 * 1024, FIRST = 4096, CONNECT_S = 30 };

struct client {
	const struct curl *curl;
	struct weir_loop *loop;
	CURLM        *multi;
	struct event *timer;
};

struct bytes {
	char    *at;
	uint32_t size, room;
};

struct transfer {
	struct watch *watch;            /* NULL once it is told */
	struct client *client;
	CURL     *easy;
	struct curl_slist *headers;
	struct bytes head, body;
	uint32_t most;
	char     limit[64];             /* which of our limits it went beyond */
	char     why[CURL_ERROR_SIZE];
};

/* ---- bytes ------------------------------------------------------------------------------------ */

/* Appends; 0 when there would be more than `most`, or there is no memory. */
static int append(struct bytes *b, const void *bytes, size_t size, uint32_t most)
{
	uint32_t room = b->room ? b->room : FIRST;

	if (size > most || b->size > most - size)
		return 0;
	while (room < b->size + size)
		room = room < UINT32_MAX / 2 ? 2 * room : UINT32_MAX;
	if (room > b->room) {
		char *at = realloc(b->at, room);

		if (!at)
			return 0;
		b->at = at;
		b->room = room;
	}
	memcpy(b->at + b->size, bytes, size);
	b->size += (uint32_t)size;
	return 1;
}

static size_t on_body(char *at, size_t one, size_t size, void *with)
{
	struct transfer *t = with;

	if (append(&t->body, at, one * size, t->most))
		return one * size;
	snprintf(t->limit, sizeof t->limit, "its body has more than %u bytes", t->most);
	return 0;
}

/* A line of a head; of several heads, as behind a redirect, the last counts. */
static size_t on_head(char *at, size_t one, size_t size, void *with)
{
	struct transfer *t = with;

	size *= one;
	if (size >= 5 && !memcmp(at, "HTTP/", 5))
		t->head.size = 0;
	if (append(&t->head, at, size, HEAD_MOST))
		return size;
	snprintf(t->limit, sizeof t->limit, "its head has more than %d bytes", HEAD_MOST);
	return 0;
}

/* ---- transfers --------------------------------------------------------------------------------- */

void transfer_free(struct transfer *t)
{
	if (!t)
		return;
	t->client->curl->multi_remove_handle(t->client->multi, t->easy);
	t->client->curl->easy_cleanup(t->easy);
	t->client->curl->slist_free_all(t->headers);
	free(t->head.at);
	free(t->body.at);
	free(t);
}

/* Whether a failure is one of the network or of the moment, and not of what was asked. */
static int is_passing(CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_RESOLVE_HOST
		|| code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT
		|| code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR
		|| code == CURLE_PARTIAL_FILE || code == CURLE_HTTP2_STREAM;
}

/* A transfer is over: an event, and an answer that shows what it has until the next read. */
static void tell(struct transfer *t, CURLcode code)
{
	struct weir_loop *l = t->client->loop;
	uint32_t i = l->happened.answer_count++;
	struct weir_answer *a = &l->answers[i];
	long status = 0;

	if (t->limit[0])
		memcpy(t->why, t->limit, sizeof t->limit);
	else if (code != CURLE_OK && !t->why[0])
		snprintf(t->why, sizeof t->why, "%s", t->client->curl->easy_strerror(code));
	*a = (struct weir_answer){
		.head = t->head.at, .head_size = t->head.size, .body = t->body.at,
		.body_size = t->body.size, .why = code == CURLE_OK ? NULL : t->why,
		.watch = t->watch->number, .is_passing = is_passing(code)
	};
	t->client->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->client->curl->easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &a->url);
	t->client->curl->easy_getinfo(t->easy, CURLINFO_TOTAL_TIME, &a->seconds);
	a->status = (int32_t)status;
	watch_tell(t->watch, 0)->answer = i;
	t->watch->transfer = NULL;
	watch_end(t->watch);
	t->watch = NULL;
	l->ended[l->ended_count++] = t;
}

static void tell_ended(struct client *c)
{
	CURLMsg *m;
	int left;

	while ((m = c->curl->multi_info_read(c->multi, &left)))
		if (m->msg == CURLMSG_DONE) {
			struct transfer *t;

			c->curl->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
			tell(t, m->data.result);
		}
}

/* ---- sockets and time ---------------------------------------------------------------------------- */

static void go_on(struct client *c, curl_socket_t fd, int flags)
{
	int running;

	c->curl->multi_socket_action(c->multi, fd, flags, &running);
	tell_ended(c);
}

static void on_ready(evutil_socket_t fd, short what, void *with)
{
	go_on(with, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_time(evutil_socket_t fd, short what, void *with)
{
	(void)fd, (void)what;
	go_on(with, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl wants another socket watched, or the same for something else; `old` is its event. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *with, void *old)
{
	short flags = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
	struct client *c = with;
	struct event *e = NULL;

	(void)easy;
	if (old)
		event_free(old);
	if (what != CURL_POLL_REMOVE) {
		e = event_new(c->loop->base, fd, flags | EV_PERSIST, on_ready, c);
		if (e)
			event_add(e, NULL);
	}
	c->curl->multi_assign(c->multi, fd, e);
	return e || what == CURL_POLL_REMOVE ? 0 : -1;
}

static int on_timer(CURLM *multi, long ms, void *with)
{
	struct timeval after = { ms / 1000, ms % 1000 * 1000 };
	struct client *c = with;

	(void)multi;
	return ms < 0 ? evtimer_del(c->timer) : evtimer_add(c->timer, &after);
}

/* ---- the client ----------------------------------------------------------------------------------- */

void client_free(struct client *c)
{
	if (!c)
		return;
	if (c->multi)
		c->curl->multi_cleanup(c->multi);
	if (c->timer)
		event_free(c->timer);
	free(c);
}

static struct client *client_new(struct weir_loop *l)
{
	const struct curl *curl = curl_load();
	struct client *c = curl ? calloc(1, sizeof *c) : NULL;

	if (!curl)
		return NULL;
	if (!c) {
		fail("out of memory");
		return NULL;
	}
	c->curl = curl;
	c->loop = l;
	c->multi = c->curl->multi_init();
	c->timer = evtimer_new(l->base, on_time, c);
	if (!c->multi || !c->timer) {
		fail("out of memory");
		client_free(c);
		return NULL;
	}
	c->curl->multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	c->curl->multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	c->curl->multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	c->curl->multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	return c;
}

/* ---- requests --------------------------------------------------------------------------------------- */

/* What goes into a request's head line by line must not begin another line. */
static int is_line(const char *text)
{
	return text && !text[strcspn(text, "\r\n")];
}

static int check(const struct weir_request *r)
{
	if (!is_line(r->method) || r->method[strspn(r->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")])
		return fail_as(WEIR_MISUSE, "a method of HTTP is a word in capital letters");
	if (!is_line(r->url))
		return fail_as(WEIR_MISUSE, "a URL is a line of text");
	for (const char *const *h = r->headers; h && *h; h++)
		if (!is_line(*h) || !strchr(*h, ':'))
			return fail_as(WEIR_MISUSE, "a header is 'Name: value', one line");
	return 0;
}

static void set(struct transfer *t, CURLoption option, const void *value)
{
	t->client->curl->easy_setopt(t->easy, option, value);
}

static void set_number(struct transfer *t, CURLoption option, long value)
{
	t->client->curl->easy_setopt(t->easy, option, value);
}

static void set_size(struct transfer *t, CURLoption option, uint32_t value)
{
	t->client->curl->easy_setopt(t->easy, option, (curl_off_t)value);
}

static void set_method(struct transfer *t, const struct weir_request *r)
{
	int is_post = !strcmp(r->method, "POST");

	if (r->body || is_post) {
		set_size(t, CURLOPT_POSTFIELDSIZE_LARGE, r->body_size);
		set(t, CURLOPT_COPYPOSTFIELDS, r->body ? r->body : "");
	}
	if (!strcmp(r->method, "HEAD"))
		set_number(t, CURLOPT_NOBODY, 1);
	else if (!is_post && (r->body || strcmp(r->method, "GET")))
		set(t, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_limits(struct transfer *t, const struct weir_request *r)
{
	long ms = r->timeout < 1e6 ? (long)(r->timeout * 1000) : 1000000000, connect = CONNECT_S * 1000;

	set_number(t, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1);
	set_number(t, CURLOPT_CONNECTTIMEOUT_MS, ms < connect ? ms : connect);
	set_size(t, CURLOPT_MAXFILESIZE_LARGE, r->most);
	set_number(t, CURLOPT_FOLLOWLOCATION, r->redirects != 0);
	set_number(t, CURLOPT_MAXREDIRS, (long)r->redirects);
	set(t, CURLOPT_PROTOCOLS_STR, "http,https");
	set(t, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	set_number(t, CURLOPT_NOSIGNAL, 1);
}

static void set_up(struct transfer *t, const struct weir_request *r)
{
	const struct curl *curl = t->client->curl;

	curl->easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl->easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_head);
	set(t, CURLOPT_WRITEDATA, t);
	set(t, CURLOPT_HEADERDATA, t);
	set(t, CURLOPT_PRIVATE, t);
	set(t, CURLOPT_ERRORBUFFER, t->why);
	set(t, CURLOPT_URL, r->url);
	set(t, CURLOPT_ACCEPT_ENCODING, "");
	set(t, CURLOPT_USERAGENT, "weir");
	if (r->proxy)
		set(t, CURLOPT_PROXY, r->proxy);
	if (r->ca_file)
		set(t, CURLOPT_CAINFO, r->ca_file);
	for (const char *const *h = r->headers; h && *h; h++)
		t->headers = curl->slist_append(t->headers, *h);
	set(t, CURLOPT_HTTPHEADER, t->headers);
	set_limits(t, r);
	set_method(t, r);
}

static struct transfer *transfer_new(struct client *c)
{
	struct transfer *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->client = c;
	t->easy = c->curl->easy_init();
	if (t->easy)
		return t;
	free(t);
	return NULL;
}

int weir_loop_request(struct weir_loop *l, const struct weir_request *r)
{
	struct transfer *t;

	if (check(r) < 0)
		return WEIR_MISUSE;
	l->client = l->client ? l->client : client_new(l);
	if (!l->client)
		return WEIR_FAIL;
	t = transfer_new(l->client);
	if (!t)
		return fail("out of memory");
	t->watch = watch_new(l, WEIR_EVENT_ANSWER);
	if (!t->watch) {
		transfer_free(t);
		return WEIR_FAIL;
	}
	t->most = r->most;
	t->watch->transfer = t;
	set_up(t, r);
	l->client->curl->multi_add_handle(l->client->multi, t->easy);
	return (int)t->watch->number;
}

const char *client_library(void)
{
	static char text[40];
	const struct curl *curl = curl_load();

	snprintf(text, sizeof text, "libcurl %s", curl ? curl->version_info(CURLVERSION_NOW)->version : "-");
	return text;
}
