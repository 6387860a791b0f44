/* quic_say.c - makes the records of QUIC connections, of what their hellos say. */
#define OPENSSL_SUPPRESS_DEPRECATED     /* the quick way to MD5 */
#include <openssl/md5.h>
#include <stdio.h>
#include <string.h>
#include "fingerprint.h"
#include "gquic.h"
#include "quic.h"

enum { USER_AGENT = 0x3129 };           /* Google's transport parameter */

static struct weir_text name_of(struct said *s, uint32_t version)
{
	char name[QUIC_NAME];

	quic_name(version, name);
	return said_text(s, name, (uint32_t)strlen(name));
}

static struct weir_text text_of(struct said *s, struct span bytes)
{
	return said_text(s, bytes.at, bytes.size);
}

static struct weir_text cid_of(struct said *s, const struct quic_cid *cid)
{
	return said_hex(s, cid->at, cid->size);
}

/* ---- TLS ------------------------------------------------------------------------------------ */

static void add_fingerprint(struct said *s, const struct hello *h, struct weir_text *text,
	struct weir_text *hash)
{
	char *to = said_room(s, ja3_most(h)), md5[JA3_HASH];
	uint32_t size;

	if (!to)
		return;
	size = ja3_text(h, to);
	ja3_hash(to, size, md5);
	*text = said_fill(s, size);
	*hash = said_text(s, md5, sizeof md5);
}

static struct weir_list names_of(struct said *s, struct span alpn)
{
	uint32_t first = s->counts[PILE_TEXTS];
	struct span name;

	while (hello_alpn(&alpn, &name)) {
		struct weir_text *row = said_row(s, PILE_TEXTS);

		*row = text_of(s, name);
	}
	return said_list(s, PILE_TEXTS, first);
}

/* The client's program, among the parameters: each a number, a size and a value. */
static struct weir_text user_agent(struct said *s, struct span parameters)
{
	uint64_t number, size;
	struct span value;

	while (quic_number(&parameters, &number) && quic_number(&parameters, &size) &&
	       size <= parameters.size && span_take(&parameters, (uint32_t)size, &value))
		if (number == USER_AGENT)
			return text_of(s, value);
	return (struct weir_text){ 0, 0 };
}

/* Of a hello whose end is missing its names are told, but no fingerprint. */
static void tell_client(struct said *s, const struct connection *c, struct weir_quic *q)
{
	const struct pieces *p = &c->hellos[QUIC_CLIENT];
	struct span there = { p->at, p->whole }, body;
	char ja4[JA4_SIZE];
	uint32_t type, size;
	struct hello h;

	if (!span_number(&there, 1, &type) || type != HELLO_CLIENT ||
	    !span_number(&there, 3, &size) ||
	    !span_take(&there, size < there.size ? size : there.size, &body) ||
	    !hello_read(&h, HELLO_CLIENT, 0, body, size))
		return;
	q->sni = text_of(s, h.server_name);
	said_name(s, c->client, WEIR_NAME_QUIC, h.server_name.at, h.server_name.size);
	q->client_alpns = names_of(s, h.alpn);
	q->ua = user_agent(s, h.quic);
	q->ech = (h.has & HELLO_HAS_ECH) != 0;
	q->early_data = (h.has & HELLO_HAS_EARLY_DATA) != 0;
	if (h.is_cut)
		return;
	q->has |= WEIR_HAS_QUIC_CLIENT;
	add_fingerprint(s, &h, &q->ja3_string, &q->ja3);
	ja4_text(&h, 'q', ja4);
	q->ja4 = said_text(s, ja4, sizeof ja4);
}

static void tell_server(struct said *s, const struct connection *c, struct weir_quic *q)
{
	struct span message;
	struct hello h;

	if (!quic_server_hello(c, &message) ||
	    !hello_read(&h, HELLO_SERVER, 0, message, message.size))
		return;
	q->has |= WEIR_HAS_QUIC_SERVER;
	q->cipher = h.cipher;
	q->curve = h.chosen_group;
	q->session_resumed = (h.has & HELLO_HAS_PSK) != 0;
	add_fingerprint(s, &h, &q->ja3s_string, &q->ja3s);
}

/* ---- Google's ------------------------------------------------------------------------------- */

/* A tag's letters: its name is filled up with zeros, or blanks. */
static uint32_t letters(struct span tag)
{
	uint32_t size = tag.size;

	while (size && (tag.at[size - 1] == 0 || tag.at[size - 1] == ' '))
		size--;
	return size;
}

static int is_tag(struct span tag, const char *name)
{
	return letters(tag) == strlen(name) && !memcmp(tag.at, name, letters(tag));
}

/* CYU: the version's number and the names of the tags, and the MD5 of that. */
static struct weir_list tell_tags(struct said *s, const struct connection *c, struct span hello)
{
	uint32_t first = s->counts[PILE_PAIRS], size;
	struct weir_pair *pair = said_row(s, PILE_PAIRS);
	uint8_t hash[MD5_DIGEST_LENGTH];
	struct span tag, value;
	char text[1024];

	size = (uint32_t)snprintf(text, sizeof text, "%u", quic_google(c->version));
	for (uint32_t i = 0; chlo_tag(hello, i, &tag, &value) && size + 5 < sizeof text; i++) {
		text[size++] = i ? '-' : ',';
		memcpy(text + size, tag.at, letters(tag));
		size += letters(tag);
	}
	MD5((const uint8_t *)text, size, hash);
	pair->name = said_hex(s, hash, sizeof hash);
	pair->value = said_text(s, text, size);
	return said_list(s, PILE_PAIRS, first);
}

static void tell_google(struct said *s, const struct connection *c, struct weir_quic *q)
{
	struct span hello, tag, value;

	if (!quic_client_hello(c, &hello))
		return;
	for (uint32_t i = 0; chlo_tag(hello, i, &tag, &value); i++)
		if (is_tag(tag, "SNI")) {
			q->sni = text_of(s, value);
			said_name(s, c->client, WEIR_NAME_QUIC, value.at, value.size);
		} else if (is_tag(tag, "UAID")) {
			q->ua = text_of(s, value);
		}
	q->cyu = tell_tags(s, c, hello);
}

/* ---- the record ----------------------------------------------------------------------------- */

static struct weir_list offers_of(struct said *s, const struct connection *c)
{
	uint32_t first = s->counts[PILE_TEXTS];

	for (uint32_t i = 0; i < c->offered_count; i++) {
		struct weir_text *row = said_row(s, PILE_TEXTS);

		*row = name_of(s, c->offered[i]);
	}
	return said_list(s, PILE_TEXTS, first);
}

void quic_say(struct said *s, struct connection *c)
{
	struct mark before = said_mark(s);
	struct weir_quic *q = said_record(s, WEIR_QUIC, c->client);

	if (c->version)
		q->version = name_of(s, c->version);
	if (quic_google(c->version)) {
		tell_google(s, c, q);
	} else {
		tell_client(s, c, q);
		tell_server(s, c, q);
	}
	q->dcid = cid_of(s, &c->first);
	q->scid = cid_of(s, &c->source);
	q->server_scid = cid_of(s, &c->server);
	q->versions = offers_of(s, c);
	q->retry = c->has_retry;
	q->token = c->has_token;
	q->zero_rtt = c->has_early;
	if (said_wants(s, WEIR_QUIC))
		said_publish(s, WEIR_QUIC, q);
	else
		said_forget(s, &before);
}
