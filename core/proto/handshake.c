/* handshake.c - the messages of TLS's handshake, of which hellos and certificates are kept. */
#include <stdlib.h>
#include <string.h>
#include "unseal.h"

enum {
	CERTIFICATE = 11, KEY_EXCHANGE = 12, HELLO_DONE = 14,
	NAMED_CURVE = 3, WARNING = 1, FATAL = 2, CLOSE_NOTIFY = 0
};

/* ---- what is kept -------------------------------------------------------------------------- */

int tls_keep(struct said *s, struct tls_kept *k, struct span body, uint32_t full)
{
	if (k->bytes || !body.size || !said_hold(s, body.size))
		return 0;
	k->bytes = malloc(body.size);
	if (!k->bytes) {
		said_release(s, body.size);
		return 0;
	}
	memcpy(k->bytes, body.at, body.size);
	k->size = body.size;
	k->full = full;
	return 1;
}

static void note_client(struct tls *t, int direction)
{
	t->knows_client = 1;
	t->client = (uint8_t)direction;
}

/* Of several, as after a retry, the first tells most: it is before the server said anything. */
static int hear_client(const struct heard *h, struct tls *t, struct span body, uint32_t full)
{
	struct hello hello;

	if (t->knows_client && t->client != h->direction)
		return 0;
	if (!hello_read(&hello, HELLO_CLIENT, t->is_datagram, body, full))
		return 0;
	note_client(t, h->direction);
	said_name(h->said, h->direction, WEIR_NAME_SNI, hello.server_name.at, hello.server_name.size);
	tls_keep(h->said, &t->client_hello, body, full);
	return 1;
}

static int hear_server(const struct heard *h, struct tls *t, struct span body, uint32_t full)
{
	struct hello hello;

	if (t->knows_client && t->client == h->direction)
		return 0;
	if (!hello_read(&hello, HELLO_SERVER, t->is_datagram, body, full))
		return 0;
	note_client(t, !h->direction);
	if (hello.has & HELLO_HAS_RETRY) {
		tls_keep(h->said, &t->retry, body, full);
	} else if (tls_keep(h->said, &t->server_hello, body, full)) {
		int is_known = hello.chosen_version || !hello.is_cut;

		t->version = is_known ? hello_version(&hello) : 0;
	}
	return 1;
}

void tls_certificate(const struct heard *h, struct span der)
{
	struct tls_chain *c = &((struct tls *)h->line->state)->chains[h->direction];

	if (c->count == TLS_CHAIN) {
		h->said->dropped++;
		return;
	}
	c->shown[c->count] = certificate_of(h->said, der);
	c->count += c->shown[c->count] != NULL;
}

/* Those of TLS 1.3 are encrypted. */
static void hear_certificates(const struct heard *h, struct tls *t, struct span body)
{
	struct tls_chain *c = &t->chains[h->direction];
	struct span list, der;
	uint32_t size;

	if (!t->knows_client || c->is_there || tls_is_13(t->version))
		return;
	if (!span_number(&body, 3, &size) || !span_take(&body, size < body.size ? size : body.size,
	    &list))
		return;
	c->is_there = 1;
	while (span_sized(&list, 3, &der))
		if (der.size)
			tls_certificate(h, der);
}

/* The server's half of a key: up to TLS 1.2 it names the curve, if the cipher has one. */
static void hear_key(struct tls *t, struct span body)
{
	struct hello hello;
	uint32_t type, curve;

	if (!t->server_hello.bytes || !hello_read(&hello, HELLO_SERVER, t->is_datagram,
	    (struct span){ t->server_hello.bytes, t->server_hello.size }, t->server_hello.full))
		return;
	if (hello.cipher >> 8 != 0xc0 && hello.cipher >> 8 != 0xcc)
		return;
	if (span_number(&body, 1, &type) && type == NAMED_CURVE && span_number(&body, 2, &curve))
		t->curve = (uint16_t)curve;
}

void tls_message(const struct heard *h, uint8_t type, struct span body, uint32_t full)
{
	struct tls *t = h->line->state;
	int is_sound = 1;

	if (type == HELLO_CLIENT)
		is_sound = hear_client(h, t, body, full);
	else if (type == HELLO_SERVER)
		is_sound = hear_server(h, t, body, full);
	else if (type == CERTIFICATE)
		hear_certificates(h, t, body);
	else if (type == KEY_EXCHANGE)
		hear_key(t, body);
	t->is_full |= type == CERTIFICATE || type == KEY_EXCHANGE || type == HELLO_DONE;
	if (!is_sound)
		t->sides[h->direction].is_lost = 1;
}

/* ---- messages from records, which may have several of them, or parts -------------------------- */

int tls_is_wanted(uint8_t type)
{
	return type == HELLO_CLIENT || type == HELLO_SERVER || type == CERTIFICATE ||
		type == KEY_EXCHANGE || type == HELLO_DONE;
}

static uint32_t size_of(const uint8_t *header)
{
	return TLS_HEADER + ((uint32_t)header[1] << 16 | be16(header + 2));
}

static void drop_message(struct said *s, struct tls_side *side)
{
	said_release(s, side->room);
	free(side->message);
	side->message = NULL;
	side->size = side->room = 0;
}

static int make_room(struct said *s, struct tls_side *side, uint32_t size)
{
	uint32_t room = side->room ? side->room : 2048;
	uint8_t *message;

	while (room < size)
		room *= 2;
	if (room == side->room)
		return 1;
	if (!said_hold(s, room - side->room))
		return 0;
	message = realloc(side->message, room);
	if (!message) {
		said_release(s, room - side->room);
		return 0;
	}
	side->message = message;
	side->room = room;
	return 1;
}

/* Appends bytes of a message until it has so many; whether it has. */
static int fill(const struct heard *h, struct tls_side *side, struct span *content, uint32_t size)
{
	struct span part;
	uint32_t missing = size - side->size;

	span_take(content, missing < content->size ? missing : content->size, &part);
	if (!make_room(h->said, side, side->size + part.size)) {
		side->is_lost = 1;
		return 0;
	}
	memcpy(side->message + side->size, part.at, part.size);
	side->size += part.size;
	return side->size == size;
}

/* Goes on with a message that began in an earlier record. */
static void go_on(const struct heard *h, struct tls_side *side, struct span *content)
{
	uint32_t size;

	if (side->size < TLS_HEADER && !fill(h, side, content, TLS_HEADER))
		return;
	size = size_of(side->message);
	if (!tls_is_wanted(side->message[0])) {
		side->skip = size - side->size;
		drop_message(h->said, side);
	} else if (size > TLS_MESSAGE) {
		side->is_lost = 1;
	} else if (fill(h, side, content, size)) {
		tls_message(h, side->message[0], (struct span){ side->message + TLS_HEADER,
			size - TLS_HEADER }, size - TLS_HEADER);
		drop_message(h->said, side);
	}
}

void tls_handshake(const struct heard *h, struct span content)
{
	struct tls_side *side = &((struct tls *)h->line->state)->sides[h->direction];
	struct span whole;

	while (content.size && !side->is_lost) {
		if (side->skip) {
			span_take(&content, side->skip < content.size ? side->skip : content.size,
				&whole);
			side->skip -= whole.size;
		} else if (side->size || content.size < TLS_HEADER ||
			   size_of(content.at) > content.size) {
			go_on(h, side, &content);
		} else {
			span_take(&content, size_of(content.at), &whole);
			tls_message(h, whole.at[0], (struct span){ whole.at + TLS_HEADER,
				whole.size - TLS_HEADER }, whole.size - TLS_HEADER);
		}
	}
}

/* ---- what else records have ------------------------------------------------------------------------ */

void tls_alert(const struct heard *h, struct span content)
{
	struct tls *t = h->line->state;
	struct weir_alert *a = &t->alerts[t->alert_count];

	if (content.size != 2 || content.at[0] < WARNING || content.at[0] > FATAL) {
		tls_sealed(h);
		return;
	}
	if (t->alert_count < TLS_ALERTS) {
		*a = (struct weir_alert){ .level = content.at[0], .description = content.at[1],
			.by = (uint8_t)h->direction };
		t->alert_count++;
	}
	if (content.at[0] == FATAL)
		t->is_broken = 1;
	if (content.at[1] == CLOSE_NOTIFY)
		t->sides[h->direction].is_lost = 1;
}

void tls_change(const struct heard *h)
{
	struct tls *t = h->line->state;

	t->sides[h->direction].is_changed = 1;
}

void tls_sealed(const struct heard *h)
{
	struct tls *t = h->line->state;

	t->sides[h->direction].is_sealed = 1;
}

void tls_lose(const struct heard *h)
{
	struct tls_side *side = &((struct tls *)h->line->state)->sides[h->direction];

	if (side->size >= TLS_HEADER && tls_is_wanted(side->message[0]))
		tls_message(h, side->message[0], (struct span){ side->message + TLS_HEADER,
			side->size - TLS_HEADER }, size_of(side->message) - TLS_HEADER);
	drop_message(h->said, side);
	side->is_lost = 1;
}

/* ---- its end ------------------------------------------------------------------------------------------ */

void tls_settle(const struct heard *h)
{
	struct tls *t = h->line->state;

	if (!tls_is_over(t, 0) || !tls_is_over(t, 1))
		return;
	tls_tell(h->said, t);
	if (!t->unseal || unseal_is_deaf(t->unseal))
		line_stop(h->line);
}
