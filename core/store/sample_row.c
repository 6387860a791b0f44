/*
 * sample_row.c - one row of a database of exchanges: from values to the records `http` and `exchange`.
 *
 * What a row says becomes a request and a response as a connection brings them, which http_record.c
 * tells: so passwords, charsets and all else are as everywhere.  Nothing of a row is believed: any
 * value may be of any kind, any size, or missing.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../ends.h"
#include "../proto/coding.h"
#include "fold.h"
#include "sample.h"

enum { WORD_MOST = 4096, URL_MOST = HEAD_MOST, TCP = 6, UDP = 17 };

/* A row while it is read.  Of two: of the request, of the response. */
struct row {
	struct row_reader *reader;
	struct http_exchange *x;
	struct weir_said whose;
	struct word id, host, url, hostname, error[2], encoding[2];
	struct word folded[2], headers[2], trailers[2], body[2];
	uint64_t whole[2];      /* bytes of the bodies, of which that may be the first */
	double   bytes[2];      /* of the body, as they came; below 0: nobody knows */
	int64_t  told_at, when; /* the columns of ours and theirs for that */
	uint8_t  has_source, has_dest, is_odd;  /* its URL is none of http or https */
};

/* ---- when and whose ------------------------------------------------------------------ */

/* A time that says its zone, or has that of the reader. */
static int64_t time_of(struct row *r, struct value *v)
{
	int64_t ns = 0;
	int is_one = v->kind == VALUE_NONE;

	if (v->kind == VALUE_BYTES)
		is_one = moment_of(v->bytes, &r->reader->zone, &ns);
	else if (v->kind != VALUE_NONE)
		is_one = moment_of_seconds(v->kind == VALUE_REAL ? v->real : (double)v->integer, &ns);
	r->reader->troubles.times += !is_one;
	return is_one ? ns : 0;
}

/* An address of either version; both ends have the same. */
static int address_of(struct row *r, struct value *v, uint8_t out[16])
{
	struct word text = row_text(v, INET6_ADDRSTRLEN - 1);
	char at[INET6_ADDRSTRLEN] = "";
	int version;

	memcpy(at, text.at, text.size);
	version = inet_pton(AF_INET, at, out) == 1 ? 4 : inet_pton(AF_INET6, at, out) == 1 ? 6 : 0;
	if (!version || (r->whose.ip_version && r->whose.ip_version != version))
		return 0;
	r->whose.ip_version = (uint8_t)version;
	return 1;
}

static uint32_t ether_of(struct value *v, uint32_t part, uint8_t out[6])
{
	struct word text = row_text(v, 17);
	char at[18] = "";

	memcpy(at, text.at, text.size);
	return sscanf(at, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &out[0], &out[1], &out[2], &out[3],
		&out[4], &out[5]) == 6 ? part : 0;
}

/* "100,200" */
static void take_vlans(struct row *r, struct value *v)
{
	struct word rest = row_text(v, WORD_MOST);
	uint64_t tag;

	while (rest.size && r->whose.vlan_count < WEIR_VLANS) {
		const char *comma = memchr(rest.at, ',', rest.size);
		uint32_t size = comma ? (uint32_t)(comma - rest.at) : rest.size;

		if (word_number(word_trim((struct word){ rest.at, size }), &tag) && tag < 4096)
			r->whose.vlans[r->whose.vlan_count++] = (uint16_t)tag;
		size += comma != NULL;
		rest = (struct word){ rest.at + size, rest.size - size };
	}
}

static void take_end(struct row *r, struct value *v, enum weir_sample_part part)
{
	struct weir_said *w = &r->whose;

	switch (part) {
	case WEIR_ROW_SRC_IP:   r->has_source = (uint8_t)address_of(r, v, w->src_addr); break;
	case WEIR_ROW_DEST_IP:  r->has_dest = (uint8_t)address_of(r, v, w->dest_addr); break;
	case WEIR_ROW_SRC_PORT: w->src_port = (uint16_t)row_small(v, UINT16_MAX); break;
	case WEIR_ROW_PORT:     w->dest_port = (uint16_t)row_small(v, UINT16_MAX); break;
	case WEIR_ROW_SRC_MAC:  w->has |= ether_of(v, WEIR_HAS_SRC_MAC, w->src_ether); break;
	case WEIR_ROW_DEST_MAC: w->has |= ether_of(v, WEIR_HAS_DEST_MAC, w->dest_ether); break;
	case WEIR_ROW_VLAN:     take_vlans(r, v); break;
	default:                break;
	}
}

/* ---- what was said ------------------------------------------------------------------- */

static struct part keep(struct row *r, struct http_message *m, struct word text)
{
	return message_part(r->reader->said, m, text);
}

/* Other tools call it HTTP/2.0. */
static struct word version_of(struct word text)
{
	if (word_is(text, "http/2.0") || word_is(text, "http/3.0"))
		text.size -= 2;
	return text;
}

static void take_message(struct row *r, struct value *v, const struct weir_sample_column *c)
{
	int of = c->of == WEIR_OF_RESPONSE;
	struct http_message *m = of ? &r->x->response : &r->x->request;

	m->begun = 1;
	switch ((enum weir_sample_part)c->part) {
	case WEIR_ROW_START:
		m->first.ns = m->first.ns ? m->first.ns : time_of(r, v);
		break;
	case WEIR_ROW_START_NS:  m->first.ns = row_ns(v); break;
	case WEIR_ROW_END_NS:    m->last.ns = row_ns(v); break;
	case WEIR_ROW_VERSION:   m->version = keep(r, m, version_of(row_text(v, WORD_MOST))); break;
	case WEIR_ROW_FOLDED:    r->folded[of] = row_text(v, UINT32_MAX); break;
	case WEIR_ROW_HEADERS:   r->headers[of] = row_text(v, UINT32_MAX); break;
	case WEIR_ROW_TRAILERS:  r->trailers[of] = row_text(v, UINT32_MAX); break;
	case WEIR_ROW_TYPE:      m->known[KNOWN_TYPE] = keep(r, m, row_text(v, WORD_MOST)); break;
	case WEIR_ROW_BODY:
		r->body[of] = row_text(v, UINT32_MAX);
		r->whole[of] = v->kind == VALUE_BYTES ? v->whole : r->body[of].size;
		break;
	case WEIR_ROW_BYTES:     r->bytes[of] = row_number(v, 1e15); break;
	case WEIR_ROW_MISSING:   m->missing = (uint64_t)row_small(v, UINT32_MAX); break;
	case WEIR_ROW_TRUNCATED: m->cut |= row_small(v, 1); break;
	case WEIR_ROW_ENCODING:  r->encoding[of] = row_text(v, WORD_MOST); break;
	case WEIR_ROW_ERROR:     r->error[of] = row_text(v, WORD_MOST); break;
	default:                 break;
	}
}

static void take_whole(struct row *r, struct value *v, enum weir_sample_part part)
{
	struct http_message *q = &r->x->request, *p = &r->x->response;

	switch (part) {
	case WEIR_ROW_ID:        r->id = row_text(v, WORD_MOST); break;
	case WEIR_ROW_HOST:      r->host = row_text(v, WORD_MOST); break;
	case WEIR_ROW_HOSTNAME:  r->hostname = row_text(v, WORD_MOST); break;
	case WEIR_ROW_URL:
		r->url = r->url.size ? r->url : row_text(v, URL_MOST);
		q->begun |= r->url.size > 0;
		break;
	case WEIR_ROW_METHOD:
		q->method = keep(r, q, row_text(v, WORD_MOST));
		q->begun |= q->method.size > 0;
		break;
	case WEIR_ROW_STATUS:
		p->status = (uint16_t)row_small(v, 999);
		p->begun = 1;
		break;
	case WEIR_ROW_REASON:    p->reason = keep(r, p, row_text(v, WORD_MOST)); break;
	case WEIR_ROW_WHEN:      r->when = time_of(r, v); break;
	case WEIR_ROW_WHEN_NS:   r->told_at = row_ns(v); break;
	case WEIR_ROW_CONNECTION: r->whose.flow_id = row_number(v, 9e15) > 0 ? row_number(v, 9e15) : 0;
		break;
	case WEIR_ROW_TX_ID:     r->x->number = row_small(v, UINT32_MAX); break;
	case WEIR_ROW_STREAM_ID: r->x->stream = row_small(v, INT32_MAX); break;
	case WEIR_ROW_AMBIGUOUS: p->ambiguous = (uint8_t)row_small(v, 1); break;
	default:                 take_end(r, v, part);
	}
}

/* ---- a request and a response of it -------------------------------------------------- */

/* Whether a URL begins with that: its host and port, and what is behind them. */
static int split_url(struct word url, const char *scheme, struct word *host, struct word *rest)
{
	uint32_t n = (uint32_t)strlen(scheme);

	if (url.size <= n || memcmp(url.at, scheme, n) != 0)
		return 0;
	*host = (struct word){ url.at + n, 0 };
	while (n < url.size && !memchr("/?#", url.at[n], 3)) {
		n++;
		host->size++;
	}
	*rest = (struct word){ url.at + n, url.size - n };
	return host->size > 0 && !memchr(host->at, '@', host->size);
}

/* What is asked for, of whom: as a request's first line and its host header say it. */
static void give_url(struct row *r)
{
	struct http_message *q = &r->x->request;
	struct word host = r->host, rest = { "", 0 };

	r->x->is_secret = r->whose.dest_port == 443;
	if (r->url.size && split_url(r->url, "https://", &host, &rest)) {
		r->x->is_secret = 1;
	} else if (r->url.size && split_url(r->url, "http://", &host, &rest)) {
		r->x->is_secret = 0;
	} else if (r->url.size) {
		r->is_odd = 1;
		rest = r->url;
	}
	q->target = keep(r, q, rest);
	q->known[KNOWN_HOST] = keep(r, q, host);
}

/* Adds the headers that a text has; whether it has been read to its end. */
static int give_headers(struct row *r, struct http_message *m, struct word json)
{
	struct word name, value;
	struct fold f;

	fold_open(&f, json);
	while (fold_next(&f, &name, &value))
		if (name.size && name.at[0] != ':')
			message_header(r->reader->said, m, name, value);
	fold_close(&f);
	return !f.is_broken;
}

/* The Content-Length of a body that was compressed: so many bytes of it came. */
static double length_of(const struct http_message *m)
{
	struct word coding = message_word(m, m->known[KNOWN_CODING]), name, value;
	uint32_t at = m->headers_at;
	uint64_t number = m->body;

	if (!coding.size || coding_is_none(word_last(coding)))
		return (double)m->body;
	for (uint32_t i = 0; i < m->header_count; i++) {
		message_row(m, &at, &name, &value);
		if (word_is(name, "content-length") && word_number(value, &number))
			break;
	}
	return (double)number;
}

static void give_message(struct row *r, struct http_message *m, int of)
{
	struct said *s = r->reader->said;
	struct word headers = r->headers[of].size ? r->headers[of] : r->folded[of];
	int is_sound = give_headers(r, m, headers);

	m->in_trailers = 1;
	is_sound &= give_headers(r, m, r->trailers[of]);
	r->reader->troubles.headers += !is_sound;
	m->whole = m->is_plain = 1;
	message_body(s, m, (const uint8_t *)r->body[of].at, r->body[of].size);
	if (r->whole[of] > r->body[of].size) {
		m->body = r->whole[of];
		m->cut = 1;
		r->reader->troubles.bodies++;
	}
	if (r->bytes[of] < 0)
		r->bytes[of] = length_of(m);
}

/* Whose it is, and when. */
static void give_origin(struct row *r)
{
	struct weir_said *w = &r->whose;
	const struct word version = message_word(&r->x->request, r->x->request.version);

	w->source = r->reader->source;
	w->ordinal = r->reader->ordinal;
	w->ns = r->told_at ? r->told_at : r->when ? r->when :
		r->x->response.first.ns ? r->x->response.first.ns : r->x->request.first.ns;
	w->protocol = word_is(version, "http/3") ? UDP : TCP;
	w->has |= w->src_port || w->dest_port ? WEIR_HAS_PORTS : 0;
	if (r->has_source && r->has_dest)
		w->has |= WEIR_HAS_ADDRESS | WEIR_HAS_IP;
	r->x->port = w->dest_port;
}

/* ---- telling it ----------------------------------------------------------------------- */

static struct weir_text say(struct said *s, struct word text)
{
	return said_text(s, text.at, text.size);
}

/* What a row of ours says beyond what can be worked out of its request and response. */
static void say_ours(struct row *r, struct weir_exchange *w)
{
	struct said *s = r->reader->said;

	w->hostname = r->hostname.size == w->hostname.size ? w->hostname : say(s, r->hostname);
	w->request_encoding = say(s, r->encoding[0]);
	w->response_encoding = say(s, r->encoding[1]);
	w->request_error = say(s, r->error[0]);
	w->response_error = say(s, r->error[1]);
}

/* What rows say that connections do not. */
static void say_more(struct row *r, struct weir_exchange *w)
{
	struct said *s = r->reader->said;

	w->row_id = say(s, r->id);
	w->request_bytes = r->bytes[0];
	w->response_bytes = r->bytes[1];
	if (r->is_odd)
		w->url = secret_url(s, r->url);
	else if (!w->hostname.size && !(w->has & WEIR_HAS_ADDRESS))
		w->url = (struct weir_text){ 0, 0 };
	if (r->told_at)
		say_ours(r, w);
}

static void tell(struct row *r)
{
	struct said *s = r->reader->said;
	uint32_t before;

	give_url(r);
	if (r->x->request.begun)
		give_message(r, &r->x->request, 0);
	if (r->x->response.begun)
		give_message(r, &r->x->response, 1);
	give_origin(r);
	said_step_of(s, &r->whose);
	before = s->counts[PILE_EXCHANGE];
	exchange_tell(s, r->x);
	if (s->counts[PILE_EXCHANGE] > before)
		say_more(r, &s->room->exchange[before]);
}

void row_tell(struct row_reader *reader, struct value *values)
{
	struct row r = { .reader = reader, .x = exchange_make(reader->said),
		.bytes = { -1, -1 } };

	if (!r.x) {
		reader->said->dropped++;
		return;
	}
	for (uint32_t i = 0; i < reader->count; i++) {
		const struct weir_sample_column *c = &reader->columns[i];

		if (values[i].kind == VALUE_NONE)
			continue;
		if (c->of == WEIR_OF_NEITHER)
			take_whole(&r, &values[i], (enum weir_sample_part)c->part);
		else
			take_message(&r, &values[i], c);
	}
	tell(&r);
}
