/* tls.c - TLS over TCP: recognises it, and takes its records apart. */
#include <string.h>
#include "keylog.h"
#include "unseal.h"

enum {
	HEADER = 5,                     /* of a record: type, version, size */
	RECORD = 16384 + 2048,          /* bytes that one has at most */
	TELLING = 11,                   /* bytes by which a hello is known */
	MESSAGE = 1 << 17,              /* bytes of a hello, at most */
	PASSED = 4096,                  /* bytes before an end's first record, at most */
	WAITING = 32 << 10,             /* bytes that wait for secrets, at most */
	SSL2_LEAST = 9, SSL2_HELLO = 1, SSL2_SERVER = 4, SSL2_HEADER = 2, SSL2_X509 = 1
};

/* ---- recognition -------------------------------------------------------------------------- */

static int is_record(const uint8_t *at)
{
	return at[0] >= TLS_CHANGE && at[0] <= TLS_HEARTBEAT && at[1] == 3 && at[2] <= 4 &&
		be16(at + 3) <= RECORD;
}

/* What is behind a record's header: a hello's, or a part of it with another record behind. */
static int is_hello_content(const uint8_t *at, uint32_t size, uint32_t record)
{
	if (size > 0 && at[0] != HELLO_CLIENT && at[0] != HELLO_SERVER)
		return 0;
	if (record < 5)
		return size <= record || at[record] == TLS_HANDSHAKE;
	return (size <= 3 || (be32(at) & 0xffffff) <= MESSAGE) &&
		(size <= 4 || at[4] == 3 || at[4] == 0x7f);
}

/* What a record with a hello begins with, as far as it is there. */
static int is_hello(const uint8_t *at, uint32_t size)
{
	if (size > 0 && at[0] != TLS_HANDSHAKE)
		return OTHER;
	if ((size > 1 && at[1] != 3) || (size > 2 && at[2] > 4))
		return OTHER;
	if (size < HEADER)
		return UNSURE;
	if (be16(at + 3) < 1 || be16(at + 3) > RECORD ||
	    !is_hello_content(at + HEADER, size - HEADER, be16(at + 3)))
		return OTHER;
	return size < TELLING ? UNSURE : MINE;
}

/* The hello of SSL 2, with which clients of old begin that would speak later versions, too. */
static int is_ssl2_hello(const uint8_t *at, uint32_t size)
{
	uint32_t ciphers, session, challenge;

	if ((size > 0 && !(at[0] & 0x80)) || (size > 2 && at[2] != SSL2_HELLO))
		return OTHER;
	if (size > 4 && be16(at + 3) != SSL_2 && (at[3] != 3 || at[4] > 3))
		return OTHER;
	if (size < TELLING)
		return UNSURE;
	ciphers = be16(at + 5);
	session = be16(at + 7);
	challenge = be16(at + 9);
	return ciphers && ciphers % 3 == 0 && (session == 0 || session == 16) && challenge >= 16 &&
		challenge <= 32 && (be16(at) & 0x7fffu) == SSL2_LEAST + ciphers + session + challenge
		? MINE : OTHER;
}

static int probe(const struct heard *h)
{
	int verdict = is_hello(h->at, h->size);

	return verdict == OTHER ? is_ssl2_hello(h->at, h->size) : verdict;
}

/* Where a record with a hello begins, or may begin if more bytes follow; size when nowhere. */
static uint32_t find(const uint8_t *at, uint32_t size)
{
	uint32_t i = 0;

	while (i < size) {
		const uint8_t *next = memchr(at + i, TLS_HANDSHAKE, size - i);

		if (!next)
			return size;
		i = (uint32_t)(next - at);
		if (is_hello(next, size - i) != OTHER)
			return i;
		i++;
	}
	return size;
}

/* ---- SSL 2 ---------------------------------------------------------------------------------- */

/* The client's hello is kept as it stands; the rest of a connection that has one is TLS, mostly. */
static uint32_t hear_ssl2(const struct heard *h, struct tls *t)
{
	uint32_t size = SSL2_HEADER + (be16(h->at) & 0x7fffu);

	if (h->size < size) {
		h->line->need[h->direction] = size;
		return 0;
	}
	if (!t->knows_client) {
		t->knows_client = t->is_ssl2 = 1;
		t->client = (uint8_t)h->direction;
		tls_keep(h->said, &t->client_hello, (struct span){ h->at + 3, size - 3 }, size - 3);
	}
	return size;
}

/* A server that speaks nothing newer: its certificate is in its hello, and all else is secret. */
static uint32_t hear_ssl2_server(const struct heard *h, struct tls *t)
{
	uint32_t size = SSL2_HEADER + (be16(h->at) & 0x7fffu), type = 0, length = 0;
	struct span rest = { h->at, size }, der;

	if (h->size < size) {
		h->line->need[h->direction] = size;
		return 0;
	}
	t->version = SSL_2;
	if (span_take(&rest, 4, &der) && span_number(&rest, 1, &type) && span_take(&rest, 2, &der) &&
	    span_number(&rest, 2, &length) && span_take(&rest, 4, &der) &&
	    type == SSL2_X509 && span_take(&rest, length, &der))
		tls_certificate(h, der);
	t->sides[0].is_sealed = t->sides[1].is_sealed = 1;
	return size;
}

/*
 * What an end begins with when it is no record, such as its last words before TLS that come late:
 * it is passed over.
 */
static uint32_t begin(const struct heard *h, struct tls *t, struct tls_side *side)
{
	uint32_t done;

	if (is_ssl2_hello(h->at, h->size) == MINE)
		done = hear_ssl2(h, t);
	else if (t->is_ssl2 && t->client != h->direction && h->size > HEADER &&
		 h->at[0] & 0x80 && h->at[2] == SSL2_SERVER)
		done = hear_ssl2_server(h, t);
	else if (h->size < HEADER || is_record(h->at))
		done = 0;
	else
		done = find(h->at, h->size);
	side->passed += done;
	if (side->passed > PASSED)
		tls_lose(h);
	side->is_begun = h->size - done >= HEADER && is_record(h->at + done);
	return done;
}

/* ---- records ------------------------------------------------------------------------------------ */

static void hear_record(const struct heard *h, uint8_t type, struct span content)
{
	switch (type) {
	case TLS_CHANGE:    tls_change(h); break;
	case TLS_ALERT:     tls_alert(h, content); break;
	case TLS_HANDSHAKE: tls_handshake(h, content);
	}
}

/* Whether a record says by its header, or its place, that it is sealed. */
static int is_sealed(const struct heard *h, const struct tls *t, const uint8_t *at, uint32_t size)
{
	/* behind a retry both ends may have told of a change that is none yet */
	int is_clear = !t->version && size > HEADER &&
		(at[HEADER] == HELLO_CLIENT || at[HEADER] == HELLO_SERVER);

	return at[0] == TLS_DATA ||
		(at[0] == TLS_HANDSHAKE && t->sides[h->direction].is_changed && !is_clear);
}

/*
 * A file of secrets may be written while the connection is heard: the client writes those of its
 * handshake when it has the server's hello, and what the server seals comes right behind that.
 */
static int is_early_to_try(const struct heard *h, const struct tls *t)
{
	return h->direction != t->client && tls_is_13(t->version) && h->size <= WAITING &&
		!t->sides[t->client].is_sealed && !t->sides[t->client].is_lost &&
		keylog_may_grow(h->said->keylog) && !unseal_is_known(h);
}

/* Whether what is sealed can be opened; found out with the first record that is. */
static int may_open(const struct heard *h, struct tls *t)
{
	const struct tls_side *side = &t->sides[h->direction];

	if (t->is_broken || side->is_lost || !tls_is_secret(t, h->direction))
		return 0;
	if (!t->has_tried && t->version) {
		t->has_tried = 1;
		t->unseal = unseal_new(h);
		h->line->stirred = 1;           /* the other end may have waited for that */
	}
	return t->unseal != NULL;
}

/*
 * Whether a sealed record is left until the other end has said more: early data until the server
 * has chosen what follows, and told whether it takes it.
 */
static int has_to_wait(const struct heard *h, struct tls *t)
{
	if (!tls_is_secret(t, h->direction) || t->is_broken || !keylog_is_known(h->said->keylog))
		return 0;
	if (!t->version || (!t->has_tried && is_early_to_try(h, t)))
		return 1;
	return may_open(h, t) && unseal_waits(h);
}

/* Takes what is there of records; returns how many bytes. */
static uint32_t hear_records(const struct heard *h, struct tls *t, uint32_t done)
{
	while (h->size - done >= HEADER) {
		const uint8_t *at = h->at + done;
		uint32_t size = HEADER + be16(at + 3);
		struct span content = { at + HEADER, size - HEADER };

		if (has_to_wait(h, t)) {
			h->line->need[h->direction] = 2 * (h->size - done);
			break;
		}
		if (tls_is_over(t, h->direction) && !may_open(h, t))
			break;
		if (!is_record(at)) {
			tls_lose(h);
		} else if (!tls_is_secret(t, h->direction) && is_sealed(h, t, at, h->size - done)) {
			tls_sealed(h);          /* its header tells all that is wanted of it */
		} else if (size > h->size - done) {
			h->line->need[h->direction] = size;
			break;
		} else {
			if (tls_is_secret(t, h->direction))
				unseal_record(h, at[0], be16(at + 1), content);
			else
				hear_record(h, at[0], content);
			done += size;
		}
		if (h->line->stirred)
			break;
	}
	return done;
}

/* Whether nothing more of an end is wanted. */
static int is_done(const struct heard *h, struct tls *t)
{
	return tls_is_over(t, h->direction) && !has_to_wait(h, t) && !may_open(h, t);
}

static int32_t hear(const struct heard *h)
{
	struct tls *t = h->line->state;
	struct tls_side *side = &t->sides[h->direction];
	uint32_t done = 0;

	if (!side->is_begun)
		done = begin(h, t, side);
	if (side->is_begun)
		done = hear_records(h, t, done);
	tls_settle(h);
	if (!h->said->kinds && t->knows_client) /* nobody wants more than its name */
		line_stop(h->line);
	return is_done(h, t) ? ENOUGH : (int32_t)done;
}

/* ---- what ends early --------------------------------------------------------------------------- */

static void over(const struct heard *h)
{
	struct tls *t = h->line->state;

	if (t->unseal)
		unseal_over(h);
	if (!tls_is_over(t, h->direction) && h->size > HEADER && is_record(h->at) &&
	    h->at[0] == TLS_HANDSHAKE && !t->sides[h->direction].is_changed)
		tls_handshake(h, (struct span){ h->at + HEADER, h->size - HEADER });
	tls_lose(h);
	tls_settle(h);
}

static void gap(const struct heard *h, uint64_t missing)
{
	(void)missing;
	struct tls *t = h->line->state;

	if (t->unseal)
		unseal_lose(h);
	over(h);
	h->line->deaf[h->direction] = 1;
}

const struct protocol protocol_tls = {
	.name = "tls", .kinds = 1 << WEIR_TLS, .state_size = sizeof(struct tls), .tcp = 1, .seals = 1,
	.names = 1, .label = APP_TLS, .probe = probe, .find = find, .hear = hear, .gap = gap,
	.over = over, .close = tls_close
};
