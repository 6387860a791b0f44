/* tls_said.c - makes the record of a TLS connection of what was kept of it. */
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#include "unseal.h"

/* ---- texts ---------------------------------------------------------------------------------- */

static struct weir_text name_text(struct said *s, const char *name)
{
	return said_text(s, name, name ? (uint32_t)strlen(name) : 0);
}

/* In hexadecimal with colons: large for numbers, small for hashes, as Suricata has them. */
static struct weir_text colons(struct said *s, const uint8_t *from, uint32_t size, const char *digits)
{
	char *to = size && size < 65536 ? said_room(s, 3 * size) : NULL;

	if (!to)
		return (struct weir_text){ 0, 0 };
	for (uint32_t i = 0; i < size; i++) {
		to[3 * i] = digits[from[i] >> 4];
		to[3 * i + 1] = digits[from[i] & 15];
		to[3 * i + 2] = ':';
	}
	return said_fill(s, 3 * size - 1);
}

static struct weir_text number_text(struct said *s, struct span number)
{
	return colons(s, number.at, number.size, "0123456789ABCDEF");
}

/* ---- certificates ------------------------------------------------------------------------------ */

static void put_certificate(struct said *s, const struct certificate *c)
{
	struct weir_certificate *w = said_row(s, PILE_CERTIFICATES);
	const struct x509 *x = &c->x;

	w->sha1 = said_hex(s, c->sha1, sizeof c->sha1);
	w->sha256 = said_hex(s, c->sha256, sizeof c->sha256);
	if (!c->is_readable)
		return;
	w->subject = x509_name(s, x->subject);
	w->issuerdn = x509_name(s, x->issuer);
	w->serial = number_text(s, x->serial);
	w->notbefore = name_text(s, x->not_before);
	w->notafter = name_text(s, x->not_after);
	w->key_type = name_text(s, x->key_type);
	w->curve = name_text(s, x->curve);
	w->signature = x509_algorithm(s, x->signature);
	w->sans = x509_sans(s, x->sans);
	w->key_bits = x->key_bits;
	w->is_ca = x->is_ca;
	w->self_signed = x->is_self_signed;
}

static struct weir_list put_chain(struct said *s, const struct tls_chain *c)
{
	uint32_t first = s->counts[PILE_CERTIFICATES];

	for (uint32_t i = 0; i < c->count; i++)
		put_certificate(s, c->shown[i]);
	return said_list(s, PILE_CERTIFICATES, first);
}

static struct weir_text fingerprint(struct said *s, const struct tls_chain *c)
{
	return colons(s, c->shown[0]->sha1, sizeof c->shown[0]->sha1, "0123456789abcdef");
}

/* What the first one of an end says stands in the record itself, too: that is its own. */
static void put_chains(struct said *s, struct weir_tls *w, const struct tls *t)
{
	const struct tls_chain *server = &t->chains[!t->client], *client = &t->chains[t->client];
	const struct weir_certificate *own;

	w->certificates = put_chain(s, server);
	if (w->certificates.count) {
		own = &s->room->certificates[w->certificates.first];
		w->subject = own->subject;
		w->issuerdn = own->issuerdn;
		w->serial = own->serial;
		w->notbefore = own->notbefore;
		w->notafter = own->notafter;
		w->fingerprint = fingerprint(s, server);
	}
	w->client_certificates = put_chain(s, client);
	if (w->client_certificates.count) {
		own = &s->room->certificates[w->client_certificates.first];
		w->has |= WEIR_HAS_TLS_CLIENT;
		w->client_subject = own->subject;
		w->client_issuerdn = own->issuerdn;
		w->client_serial = own->serial;
		w->client_notbefore = own->notbefore;
		w->client_notafter = own->notafter;
		w->client_fingerprint = fingerprint(s, client);
	}
}

/* ---- hellos --------------------------------------------------------------------------------------- */

static int read_kept(struct hello *h, enum hello_type type, const struct tls *t,
	const struct tls_kept *k)
{
	return k->bytes && hello_read(h, type, t->is_datagram, (struct span){ k->bytes, k->size },
		k->full);
}

/* The text and its hash; whether there are any: of a hello that was cut there are not. */
static int put_ja3(struct said *s, const struct hello *h, struct weir_text *text,
	struct weir_text *hash)
{
	char *to = h->is_cut ? NULL : said_room(s, ja3_most(h)), digits[JA3_HASH];

	if (!to)
		return 0;
	*text = said_fill(s, ja3_text(h, to));
	ja3_hash(to, text->size, digits);
	*hash = said_text(s, digits, JA3_HASH);
	return 1;
}

/* Of DTLS the lower number is the newer version.  0 when it may be in what was cut off. */
static uint16_t newest_version(const struct hello *h)
{
	uint16_t newest = h->version;

	if (h->is_cut && !(h->has & HELLO_HAS_VERSIONS))
		return 0;
	for (uint32_t i = 0; h->is_datagram && i + 2 <= h->versions.size; i += 2) {
		uint16_t version = be16(h->versions.at + i);

		if (version >> 8 == 0xfe && version < newest)
			newest = version;
	}
	return h->is_datagram ? newest : hello_version(h);
}

static struct weir_list put_alpns(struct said *s, struct span alpn)
{
	uint32_t first = s->counts[PILE_TEXTS];
	struct span name;

	while (hello_alpn(&alpn, &name)) {
		struct weir_text *row = said_row(s, PILE_TEXTS);

		*row = said_text(s, name.at, name.size);
	}
	return said_list(s, PILE_TEXTS, first);
}

static void put_client(struct said *s, struct weir_tls *w, const struct tls *t)
{
	struct hello h;
	char ja4[JA4_SIZE];

	if (t->is_ssl2 && t->client_hello.size >= 2)
		w->client_version = be16(t->client_hello.bytes);
	if (t->is_ssl2 || !read_kept(&h, HELLO_CLIENT, t, &t->client_hello))
		return;
	w->sni = said_text(s, h.server_name.at, h.server_name.size);
	w->client_version = newest_version(&h);
	w->client_alpns = put_alpns(s, h.alpn);
	w->ech = (h.has & HELLO_HAS_ECH) != 0;
	w->early_data = (h.has & HELLO_HAS_EARLY_DATA) != 0;
	if (put_ja3(s, &h, &w->ja3_string, &w->ja3))
		w->has |= WEIR_HAS_TLS_JA3;
	if (!h.is_cut) {
		ja4_text(&h, t->is_datagram ? 'd' : 't', ja4);
		w->ja4 = said_text(s, ja4, JA4_SIZE);
	}
}

/*
 * Up to TLS 1.2 a server resumes a session when it goes on to encrypt without another word, and
 * when it repeats the session's name that the client gave.
 */
static int is_resumed(const struct tls *t, const struct hello *server)
{
	struct hello client;

	if (tls_is_13(t->version))
		return (server->has & HELLO_HAS_PSK) != 0;
	if (t->is_full)
		return 0;
	if (t->sides[!t->client].is_changed)
		return 1;
	return !t->is_ssl2 && read_kept(&client, HELLO_CLIENT, t, &t->client_hello) &&
		client.session_id.size && client.session_id.size == server->session_id.size &&
		!memcmp(client.session_id.at, server->session_id.at, client.session_id.size);
}

static void put_server(struct said *s, struct weir_tls *w, const struct tls *t)
{
	struct hello h;
	struct span alpn, name;

	w->version = t->version;
	w->curve = t->curve;
	if (read_kept(&h, HELLO_SERVER, t, t->retry.bytes ? &t->retry : &t->server_hello) &&
	    put_ja3(s, &h, &w->ja3s_string, &w->ja3s))
		w->has |= WEIR_HAS_TLS_JA3S;
	if (!read_kept(&h, HELLO_SERVER, t, &t->server_hello))
		return;
	w->has |= WEIR_HAS_TLS_SERVER;
	w->cipher = h.cipher;
	w->curve = h.chosen_group ? h.chosen_group : t->curve;
	alpn = h.alpn;
	if (hello_alpn(&alpn, &name))
		w->server_alpn = said_text(s, name.at, name.size);
	w->session_resumed = (uint8_t)is_resumed(t, &h);
}

/* ---- the record -------------------------------------------------------------------------------------- */

static void put_alerts(struct said *s, struct weir_tls *w, const struct tls *t)
{
	uint32_t first = s->counts[PILE_ALERTS];

	for (uint32_t i = 0; i < t->alert_count; i++) {
		struct weir_alert *row = said_row(s, PILE_ALERTS);

		*row = t->alerts[i];
		row->by = row->by != t->client;
	}
	w->alerts = said_list(s, PILE_ALERTS, first);
}

void tls_tell(struct said *s, struct tls *t)
{
	struct weir_tls *w;

	if (t->is_told || !said_wants(s, WEIR_TLS) ||
	    !(t->client_hello.bytes || t->server_hello.bytes || t->retry.bytes))
		return;
	t->is_told = 1;
	if (!said_wants(s, WEIR_TLS))
		return;
	w = said_record(s, WEIR_TLS, t->client);
	put_client(s, w, t);
	put_server(s, w, t);
	put_chains(s, w, t);
	put_alerts(s, w, t);
	w->established = !t->is_broken && tls_is_secret(t, 0) && tls_is_secret(t, 1);
	said_publish(s, WEIR_TLS, w);
}

static void drop_kept(struct said *s, struct tls_kept *k)
{
	if (k->bytes)
		said_release(s, k->size);
	free(k->bytes);
	*k = (struct tls_kept){ 0 };
}

void tls_close(struct said *s, struct line *l)
{
	struct tls *t = l->state;

	tls_tell(s, t);
	unseal_free(s, t->unseal);
	drop_kept(s, &t->client_hello);
	drop_kept(s, &t->server_hello);
	drop_kept(s, &t->retry);
	for (int d = 0; d < 2; d++) {
		said_release(s, t->sides[d].room);
		free(t->sides[d].message);
		dtls_drop_parts(s, &t->sides[d]);
		while (t->chains[d].count)
			certificate_release(s, t->chains[d].shown[--t->chains[d].count]);
	}
}
