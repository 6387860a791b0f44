/* http_turn.c - HTTP/1: which response answers which request, and what follows them. */
#include "http1.h"
#include "inside.h"

enum { PENDING_MOST = 128 };            /* requests without a response: none can be heard */

/* ---- messages ------------------------------------------------------------------------ */

struct http_message *turn_message(struct http *t, int direction)
{
	struct http_exchange *x = t->sides[direction].x;

	return !x ? NULL : is_client(t, direction) ? &x->request : &x->response;
}

/* Whether its request is still on its way. */
static int is_asking(const struct http *t, const struct http_exchange *x)
{
	return t->client && t->sides[t->client - 1].x == x;
}

void turn_end(const struct heard *h, struct http *t)
{
	struct side *side = &t->sides[h->direction];
	struct http_exchange *x = side->x;
	int is_all = t->sides[!h->direction].mode == IGNORED;

	side->mode = START;
	side->x = NULL;
	if (!x)
		return;
	*(is_client(t, h->direction) ? &x->request.whole : &x->response.whole) = 1;
	if ((x->response.whole || is_all) && !is_asking(t, x))
		list_tell(h->said, &t->list, x);
}

void turn_lose(const struct heard *h, struct http *t)
{
	struct side *side = &t->sides[h->direction];
	struct http_message *m = turn_message(t, h->direction);
	struct http_exchange *x = side->x, *next;

	if (m)
		m->cut = 1;
	message_free(h->said, &side->coming);
	side->x = NULL;
	side->scanned = 0;
	side->mode = LOST;
	if (is_client(t, h->direction)) {
		if (x && x->response.whole)
			list_tell(h->said, &t->list, x);
		return;
	}
	for (x = t->list.first; x; x = next) {
		next = x->next;
		if (!is_asking(t, x))
			list_tell(h->said, &t->list, x);
	}
}

struct http_exchange *turn_begin(const struct heard *h, struct http *t, int is_request)
{
	struct side *side = &t->sides[h->direction];
	struct http_exchange *x = is_request ? NULL : t->list.first;

	while (x && x->response.begun)
		x = x->next;
	if (!x) {
		x = exchange_new(h, t->client - 1);
		if (!x)
			return NULL;
		list_add(&t->list, x);
	}
	*(is_request ? &x->request : &x->response) = side->coming;
	side->coming = (struct http_message){ 0 };
	side->x = x;
	return x;
}

void turn_limit(const struct heard *h, struct http *t)
{
	struct side *server = &t->sides[!h->direction];

	if (t->list.count <= PENDING_MOST)
		return;
	server->x = NULL;
	server->mode = IGNORED;
	while (t->list.count > 1)
		list_tell(h->said, &t->list, t->list.first);
}

/* ---- what follows HTTP/1 ------------------------------------------------------------- */

void turn_tunnel(const struct heard *h, struct http *t)
{
	t->inner = inside_open(h, CARRIER_TCP);
}

/* HTTP/2 goes on with the request. */
static void go_on(const struct heard *h, struct http *t)
{
	struct http_exchange *x = t->sides[h->direction].x;

	t->inner = inside_open(h, CARRIER_TCP);
	if (t->inner && t->list.first == x && t->list.last == x) {
		t->list = (struct http_list){ .begun = t->list.begun };
		t->sides[h->direction].x = NULL;
		message_free(h->said, &x->response);
		if (http2_go_on(h, t->inner, x))
			return;
	}
	line_stop(h->line);
}

void turn_upgrade(const struct heard *h, struct http *t, enum then then)
{
	if (then == THEN_HTTP2 && t->sides[h->direction].x->request.begun) {
		go_on(h, t);
		return;
	}
	turn_end(h, t);
	if (then == THEN_TLS)
		turn_tunnel(h, t);
	else                            /* something that nobody here knows */
		line_stop(h->line);
}
