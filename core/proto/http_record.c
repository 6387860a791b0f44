/* http_record.c - the records of a request and its response: `http` and `exchange`. */
#include <stdio.h>
#include <string.h>
#include "../ends.h"
#include "../flow/flow.h"
#include "http.h"

/* ---- where --------------------------------------------------------------------------- */

static struct weir_text tell(struct said *s, const struct http_message *m, struct part p)
{
	struct word bytes = message_word(m, p);

	return said_text(s, bytes.at, bytes.size);
}

static struct word known(const struct http_message *m, enum known which)
{
	return message_word(m, m->known[which]);
}

/* Whom a URL names: what is between "://" and the path.  Empty when it names nobody. */
static struct word authority_of(struct word url)
{
	const char *at = url.size > 3 ? memmem(url.at, url.size, "://", 3) : NULL, *user;
	struct word s = { at, 0 };

	if (!at || at - url.at > 16)
		return (struct word){ url.at, 0 };
	s.at += 3;
	s.size = (uint32_t)(url.at + url.size - s.at);
	for (uint32_t i = 0; i < s.size; i++)
		if (s.at[i] == '/' || s.at[i] == '?' || s.at[i] == '#')
			s.size = i;
	user = s.size ? memrchr(s.at, '@', s.size) : NULL;
	if (user) {
		s.size -= (uint32_t)(user + 1 - s.at);
		s.at = user + 1;
	}
	return s;
}

/* Whether it asks for a way to another host; in HTTP/2 it may be one to a path (RFC 8441). */
static int is_connect(const struct http_message *m)
{
	struct word url = message_word(m, m->target);

	return word_is(message_word(m, m->method), "connect") && url.size && url.at[0] != '/';
}

/* Whom a request is for: its URL says, or the host header. */
static struct word target_of(const struct http_message *m)
{
	struct word url = message_word(m, m->target), s = authority_of(url);

	if (!s.size && is_connect(m))
		return url;
	return s.size ? s : known(m, KNOWN_HOST);
}

void message_name(const struct heard *h, const struct http_message *m)
{
	struct word host = target_of(m);

	if (!is_connect(m))
		said_name(h->said, h->direction, WEIR_NAME_HTTP, host.at, host.size);
}

/* Takes the port off a host; 0 when it has none. */
static uint16_t split_port(struct word *host)
{
	const char *colon = host->size ? memrchr(host->at, ':', host->size) : NULL;
	struct word port;
	uint64_t number;

	if (!colon || memchr(colon, ']', (size_t)(host->at + host->size - colon)))
		return 0;
	port = (struct word){ colon + 1, (uint32_t)(host->at + host->size - colon - 1) };
	if (!word_number(port, &number) || number > 65535)
		return 0;
	host->size = (uint32_t)(colon - host->at);
	return (uint16_t)number;
}

/* Who asks is the source, whoever began the flow. */
static void turn_ends(struct weir_said *w)
{
	struct ends *e = (struct ends *)w->src_addr, was = *e;

	if (!w->reverse)
		return;
	memcpy(e->src_addr, was.dest_addr, sizeof was.dest_addr);
	memcpy(e->dest_addr, was.src_addr, sizeof was.src_addr);
	e->src_port = was.dest_port;
	e->dest_port = was.src_port;
	memcpy(e->dest_ether, was.src_ether, sizeof was.src_ether);
	memcpy(e->src_ether, was.dest_ether, sizeof was.dest_ether);
}

/* ---- what both records have ---------------------------------------------------------- */

struct telling {
	struct said *said;
	const struct http_exchange *x;
	struct weir_list headers[2], trailers[2];       /* of the request, of the response */
	struct weir_text hostname;
	uint16_t port;                                  /* that the request names; or 0 */
	uint32_t has;
};

static struct weir_list tell_rows(struct said *s, const struct http_message *m, uint32_t at,
	uint32_t count)
{
	uint32_t first = s->counts[PILE_PAIRS];

	if (count > ROWS_MOST) {
		s->dropped += count - ROWS_MOST;
		count = ROWS_MOST;
	}
	while (count--) {
		struct weir_pair *pair = said_row(s, PILE_PAIRS);
		struct word name, value;

		message_row(m, &at, &name, &value);
		pair->name = said_text(s, name.at, name.size);
		pair->value = secret_value(s, name, value);
	}
	return said_list(s, PILE_PAIRS, first);
}

static struct telling telling_of(struct said *s, const struct http_exchange *x)
{
	const struct http_message *messages[2] = { &x->request, &x->response };
	struct word host = target_of(&x->request);
	struct telling t = { .said = s, .x = x, .port = split_port(&host) };

	t.hostname = said_text(s, host.at, host.size);
	for (int i = 0; i < 2; i++)
		t.headers[i] = tell_rows(s, messages[i], messages[i]->headers_at,
			messages[i]->header_count);
	t.has = (x->request.begun ? WEIR_HAS_HTTP_REQUEST : 0) |
		(x->response.begun ? WEIR_HAS_HTTP_RESPONSE : 0) |
		(t.port ? WEIR_HAS_HTTP_PORT : 0) | (x->stream ? WEIR_HAS_HTTP_STREAM : 0);
	return t;
}

/*
 * The packets that a request and its response are made of, in place of all that came since the
 * record before: others may be in between.
 */
static void tell_packets(const struct telling *t, struct weir_said *w)
{
	const struct http_message *messages[2] = { &t->x->request, &t->x->response };
	struct weir_list list = { 0, 0 };

	if (!t->said->flows->o.offsets)
		return;
	for (int i = 0; i < 2; i++)
		for (uint32_t k = 0; k < messages[i]->place_count; k++)
			offsets_put(t->said->flows, &list, messages[i]->places[k].offset,
				messages[i]->places[k].source);
	w->offsets_at = list.first;
	w->offset_count = list.count;
}

/* ---- http ---------------------------------------------------------------------------- */

static void tell_http(const struct telling *t)
{
	const struct http_message *q = &t->x->request, *r = &t->x->response;
	struct said *s = t->said;
	struct weir_http *w = said_record(s, WEIR_HTTP, t->x->client);
	struct word type = word_before(known(r, KNOWN_TYPE), ';');

	turn_ends((struct weir_said *)w);
	tell_packets(t, (struct weir_said *)w);
	w->has |= t->has;
	w->request_headers = t->headers[0];
	w->response_headers = t->headers[1];
	w->hostname = t->hostname;
	w->url = secret_url(s, message_word(q, q->target));
	w->http_user_agent = tell(s, q, q->known[KNOWN_USER_AGENT]);
	w->http_content_type = said_text(s, type.at, type.size);
	w->http_refer = secret_url(s, known(q, KNOWN_REFERER));
	w->http_method = tell(s, q, q->method);
	w->http_protocol = q->begun ? tell(s, q, q->version) : tell(s, r, r->version);
	if (r->status / 100 == 3)
		w->redirect = secret_url(s, known(r, KNOWN_LOCATION));
	w->xff = tell(s, q, q->known[KNOWN_FORWARDED]);
	w->length = (double)r->body;
	w->request_length = (double)q->body;
	w->tx_id = t->x->number;
	w->stream_id = t->x->stream;
	w->status = r->status;
	w->http_port = t->port;
	w->ambiguous = q->ambiguous | r->ambiguous;
	w->incomplete = q->missing || r->missing || (q->begun && !q->whole) || !r->whole;
	said_publish(s, WEIR_HTTP, w);
}

/* ---- exchange ------------------------------------------------------------------------ */

enum { BARE_MOST = 64 };

/* The server's address and port, for those who do not say whom they ask. */
static struct word bare_host(const struct telling *t, const struct weir_exchange *w,
	char bare[BARE_MOST])
{
	char address[46], port[8] = "";
	int usual = t->x->is_secret ? 443 : 80;

	weir_address_text(w->dest_addr, w->ip_version, address);
	if (t->x->port != usual)
		snprintf(port, sizeof port, ":%u", t->x->port);
	snprintf(bare, BARE_MOST, w->ip_version == 6 ? "[%s]%s" : "%s%s", address, port);
	return (struct word){ bare, (uint32_t)strlen(bare) };
}

/* The URL that was asked for, whole. */
static struct weir_text whole_url(const struct telling *t, const struct weir_exchange *w)
{
	const struct http_message *q = &t->x->request;
	struct word url = message_word(q, q->target), host = target_of(q);
	struct word scheme = t->x->is_secret ? (struct word){ "https://", 8 } :
		(struct word){ "http://", 7 };
	char bare[BARE_MOST], *to;
	uint32_t size;

	if (authority_of(url).size || host.at == url.at)
		return secret_url(t->said, url);
	if (word_is(url, "*"))
		url.size = 0;
	if (!host.size)
		host = bare_host(t, w, bare);
	size = scheme.size + host.size + url.size;
	to = said_room(t->said, size);
	if (!to)
		return (struct weir_text){ 0, 0 };
	memcpy(to, scheme.at, scheme.size);
	memcpy(to + scheme.size, host.at, host.size);
	memcpy(to + scheme.size + host.size, url.at, url.size);
	return said_fill(t->said, size);
}

static struct weir_list tell_offsets(struct said *s, const struct http_message *m)
{
	uint32_t first = s->counts[PILE_SPOTS];

	for (uint32_t i = 0; i < m->place_count && i < OFFSETS_MOST; i++)
		((struct weir_spot *)said_row(s, PILE_SPOTS))->offset = m->places[i].offset;
	return said_list(s, PILE_SPOTS, first);
}

static int is_long(const struct http_message *m)
{
	return m->places_cut || m->place_count > OFFSETS_MOST;
}

static int is_cut(const struct http_message *m, const struct http_content *c)
{
	return m->begun && (m->cut || !m->whole || c->cut);
}

/* Fills what both messages have, each under names of its own; `i` is the message's number. */
#define TELL_MESSAGE(which, i)                                                          \
	const struct http_message *m = &t->x->which;                                    \
	struct said *s = t->said;                                                       \
	struct http_content c = content_of(s, m);                                       \
                                                                                        \
	w->which##_start_ns = m->first.ns;                                              \
	w->which##_end_ns = m->last.ns;                                                 \
	w->which##_first_packet = m->first.ordinal;                                     \
	w->which##_last_packet = m->last.ordinal;                                       \
	w->which##_bytes = (double)m->body;                                             \
	w->which##_missing = (double)m->missing;                                        \
	w->which##_size = c.size;                                                       \
	w->which##_headers = t->headers[i];                                             \
	w->which##_trailers = tell_rows(s, m, m->trailers_at, m->trailer_count);        \
	w->which##_offsets = tell_offsets(s, m);                                        \
	w->which##_version = tell(s, m, m->version);                                    \
	w->which##_content_type = tell(s, m, m->known[KNOWN_TYPE]);                     \
	w->which##_body = c.body;                                                       \
	w->which##_body_raw = c.raw;                                                    \
	w->which##_charset = c.charset;                                                 \
	w->which##_encoding = c.encoding;                                               \
	w->which##_error = c.error;                                                     \
	w->which##_truncated = (uint8_t)is_cut(m, &c)

static void tell_request(const struct telling *t, struct weir_exchange *w)
{
	TELL_MESSAGE(request, 0);
	w->method = tell(s, m, m->method);
	w->url = whole_url(t, w);
	w->hostname = t->hostname;
}

static void tell_response(const struct telling *t, struct weir_exchange *w)
{
	TELL_MESSAGE(response, 1);
	w->status = m->status;
	w->reason = tell(s, m, m->reason);
}

static void tell_exchange(const struct telling *t)
{
	const struct http_exchange *x = t->x;
	struct weir_exchange *w = said_record(t->said, WEIR_EXCHANGE, x->client);

	turn_ends((struct weir_said *)w);
	tell_packets(t, (struct weir_said *)w);
	w->has |= t->has;
	w->tx_id = x->number;
	w->stream_id = x->stream;
	w->ambiguous = x->request.ambiguous | x->response.ambiguous;
	w->offsets_truncated = is_long(&x->request) | is_long(&x->response);
	if (x->request.begun)
		tell_request(t, w);
	if (x->response.begun)
		tell_response(t, w);
	said_publish(t->said, WEIR_EXCHANGE, w);
}

void exchange_tell(struct said *s, struct http_exchange *x)
{
	int is_wanted = said_wants(s, WEIR_HTTP) || said_wants(s, WEIR_EXCHANGE);

	if (is_wanted && (x->request.begun || x->response.begun)) {
		struct telling t = telling_of(s, x);

		if (said_wants(s, WEIR_HTTP))
			tell_http(&t);
		if (said_wants(s, WEIR_EXCHANGE))
			tell_exchange(&t);
	}
	exchange_free(s, x);
}
