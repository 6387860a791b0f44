/*
 * unseal.c - the records of a TLS connection whose secrets are known, and what is said in them.
 *
 * In TLS 1.3 the records of an end are sealed in turn under the secrets of early data, of the
 * handshake, and of what follows it; its messages tell when the next secret is used.
 */
#include <stdlib.h>
#include <string.h>
#include "../stream/line.h"
#include "protect.h"
#include "unseal.h"

enum {
	ROOM = 16384 + 2048,            /* bytes of a record */
	BODY = 1024,                    /* bytes of a message that are kept */
	EARLY_MISSES = 256,             /* records of early data that are passed over */
	DEPTH_MOST = 3                  /* lines inside each other */
};

enum { END_OF_EARLY_DATA = 5, EXTENSIONS = 8, FINISHED = 20, KEY_UPDATE = 24 };     /* messages */

enum { ENCRYPT_THEN_MAC = 22, EARLY_DATA = 42 };        /* extensions */

/* How much of a message has been seen: its type and size, its beginning, and what is left of it. */
struct message {
	uint8_t  head[TLS_HEADER];
	uint8_t  head_size;
	uint8_t  body[BODY];
	uint32_t body_size;
	uint32_t left;
};

struct unseal {
	struct protection ends[2];      /* by direction */
	uint8_t  labels[2];             /* enum secret_label: under which they are sealed now */
	uint16_t misses;                /* records of early data that nobody can open */
	uint8_t  is_modern;             /* TLS 1.3 */
	uint8_t  is_asked;              /* the client has early data, if the server takes it */
	uint8_t  is_broken[2];
	struct message messages[2];
	uint16_t suite;
	uint8_t  random[RANDOM_SIZE];   /* the client's, by which secrets are found */
	struct line inner;
	uint8_t  text[ROOM];
};

static struct unseal *of(const struct heard *h)
{
	return ((struct tls *)h->line->state)->unseal;
}

/* ---- keys ---------------------------------------------------------------------------------- */

static const struct secret *find(const struct heard *h, const struct unseal *u,
	enum secret_label label)
{
	return keylog_find(h->said->keylog, label, u->random, h->origin->ordinal);
}

/* Seals of an end are under that secret from now on; whether it is known. */
static int turn_to(const struct heard *h, struct unseal *u, int direction, enum secret_label label)
{
	const struct secret *secret = find(h, u, label);

	u->labels[direction] = (uint8_t)label;
	return secret && protection_begin(&u->ends[direction], u->suite, secret);
}

static int begin_modern(const struct heard *h, struct unseal *u, const struct hello *client, int c)
{
	u->is_asked = (client->has & HELLO_HAS_EARLY_DATA) != 0;
	u->misses = u->is_asked ? EARLY_MISSES : 0;
	return turn_to(h, u, c, SECRET_CLIENT_HANDSHAKE) && turn_to(h, u, !c, SECRET_SERVER_HANDSHAKE);
}

/* Whether the server says an extension. */
static int has_extension(struct span rest, uint16_t wanted)
{
	struct span data;
	uint16_t type;

	while (hello_extension(&rest, &type, &data))
		if (type == wanted)
			return 1;
	return 0;
}

static int begin_classic(const struct heard *h, struct unseal *u, const struct hello *server, int c)
{
	struct master m = {
		.secret = find(h, u, SECRET_MASTER), .client_random = u->random,
		.server_random = server->random.at, .suite = u->suite, .version = server->version,
		.etm = has_extension(server->extensions, ENCRYPT_THEN_MAC)
	};

	return m.secret && m.version >= TLS_1_0 &&
		protection_derive(&u->ends[c], &u->ends[!c], &m);
}

static int read_hello(struct hello *out, enum hello_type type, const struct tls_kept *k)
{
	return k->bytes && hello_read(out, type, 0, (struct span){ k->bytes, k->size }, k->full);
}

static int begin(const struct heard *h, struct unseal *u, const struct tls *t)
{
	struct hello client, server;

	if (!read_hello(&client, HELLO_CLIENT, &t->client_hello) ||
	    !read_hello(&server, HELLO_SERVER, &t->server_hello) ||
	    client.random.size != RANDOM_SIZE || server.random.size != RANDOM_SIZE)
		return 0;
	memcpy(u->random, client.random.at, RANDOM_SIZE);
	u->suite = server.cipher;
	u->is_modern = (uint8_t)tls_is_13(t->version);
	u->inner.carrier = CARRIER_TLS;
	u->inner.depth = h->line->depth + 1;
	return u->is_modern ? begin_modern(h, u, &client, t->client) :
		begin_classic(h, u, &server, t->client);
}

/* Whether anybody wants what is inside, and secrets may be known. */
static int is_wanted(const struct said *s)
{
	const struct protocol inside = { .seals = 1 };

	return protocol_is_wanted(&inside, s);
}

struct unseal *unseal_new(const struct heard *h)
{
	const struct tls *t = h->line->state;
	struct unseal *u;

	if (t->is_datagram || t->is_ssl2 || !t->knows_client || h->line->depth >= DEPTH_MOST || !is_wanted(h->said) ||
	    !said_hold(h->said, sizeof *u))
		return NULL;
	u = calloc(1, sizeof *u);
	if (u && begin(h, u, t))
		return u;
	if (u)
		unseal_free(h->said, u);
	else
		said_release(h->said, sizeof *u);
	return NULL;
}

void unseal_free(struct said *s, struct unseal *u)
{
	if (!u)
		return;
	line_close(&u->inner, s);
	protection_clear(&u->ends[0]);
	protection_clear(&u->ends[1]);
	free(u);
	said_release(s, sizeof *u);
}

int unseal_is_known(const struct heard *h)
{
	const struct tls *t = h->line->state;
	struct hello client;

	return read_hello(&client, HELLO_CLIENT, &t->client_hello) &&
		client.random.size == RANDOM_SIZE && keylog_find(h->said->keylog,
			SECRET_SERVER_HANDSHAKE, client.random.at, h->origin->ordinal);
}

int unseal_waits(const struct heard *h)
{
	const struct tls *t = h->line->state;
	const struct unseal *u = of(h);

	return u->is_asked && h->direction == t->client && !t->sides[!t->client].is_lost &&
		!u->is_broken[!t->client];
}

int unseal_is_deaf(const struct unseal *u)
{
	return line_is_deaf(&u->inner) || (u->is_broken[0] && u->is_broken[1]);
}

/* ---- what is inside ---------------------------------------------------------------------------- */

static struct heard inside(const struct heard *h, const uint8_t *at, uint32_t size)
{
	struct heard in = *h;

	in.at = at;
	in.size = in.full = size;
	return in;
}

/* What the server adds to its hello: it tells whether early data counts. */
static void hear_extensions(const struct heard *h, struct unseal *u)
{
	const struct message *m = &u->messages[h->direction];
	struct span rest = { m->body, m->body_size }, size;

	if (u->is_asked && span_take(&rest, 2, &size) && has_extension(rest, EARLY_DATA) &&
	    find(h, u, SECRET_CLIENT_EARLY))
		u->is_broken[!h->direction] |= !turn_to(h, u, !h->direction, SECRET_CLIENT_EARLY);
	h->line->stirred = u->is_asked;
	u->is_asked = 0;
}

/* A message of the handshake: only those matter behind which another secret is used. */
static void hear_message(const struct heard *h, struct unseal *u, uint8_t type)
{
	int d = h->direction, is_client = d == ((struct tls *)h->line->state)->client, goes_on = 1;

	if (type == FINISHED)
		goes_on = turn_to(h, u, d, is_client ? SECRET_CLIENT_TRAFFIC : SECRET_SERVER_TRAFFIC);
	else if (type == END_OF_EARLY_DATA && u->labels[d] == SECRET_CLIENT_EARLY)
		goes_on = turn_to(h, u, d, SECRET_CLIENT_HANDSHAKE);
	else if (type == EXTENSIONS && !is_client)
		hear_extensions(h, u);
	else if (type == KEY_UPDATE)
		goes_on = protection_update(&u->ends[d]);
	if (!goes_on)
		u->is_broken[d] = 1;
}

static void keep_body(struct message *m, struct span part)
{
	uint32_t room = BODY - m->body_size, n = part.size < room ? part.size : room;

	memcpy(m->body + m->body_size, part.at, n);
	m->body_size += n;
}

/* Follows messages from record to record: each has its type and size before it. */
static void hear_messages(const struct heard *h, struct unseal *u, struct span content)
{
	struct message *m = &u->messages[h->direction];

	while (u->is_modern && content.size && !u->is_broken[h->direction]) {
		struct span part;
		uint32_t want = m->head_size < TLS_HEADER ? (uint32_t)TLS_HEADER - m->head_size : m->left;

		span_take(&content, want < content.size ? want : content.size, &part);
		if (m->head_size < TLS_HEADER) {
			memcpy(m->head + m->head_size, part.at, part.size);
			m->head_size += (uint8_t)part.size;
			m->left = m->head_size == TLS_HEADER ? be32(m->head) & 0xffffff : 1;
			m->body_size = 0;
		} else {
			keep_body(m, part);
			m->left -= part.size;
		}
		if (m->left == 0) {
			m->head_size = 0;
			hear_message(h, u, m->head[0]);
		}
	}
}

/* Whether a record may have failed because it is early data: the server may have refused it. */
static int is_early(const struct heard *h, struct unseal *u)
{
	struct tls *t = h->line->state;

	if (!u->misses || h->direction != t->client || u->labels[t->client] != SECRET_CLIENT_HANDSHAKE)
		return 0;
	u->misses--;
	return 1;
}

void unseal_record(const struct heard *h, uint8_t type, uint16_t version, struct span body)
{
	struct unseal *u = of(h);
	struct sealed record = { body.at, body.size, version };
	int d = h->direction, size;
	struct heard in;

	if (u->is_broken[d] || body.size > ROOM)
		return;
	size = protection_open(&u->ends[d], &record, &type, u->text);
	if (size < 0) {
		if (!is_early(h, u))
			unseal_lose(h);
		return;
	}
	if (type == TLS_HANDSHAKE)
		hear_messages(h, u, (struct span){ u->text, (uint32_t)size });
	if (type != TLS_DATA || !size)
		return;
	in = inside(h, u->text, (uint32_t)size);
	line_hear(&u->inner, &in);
}

/* How much of what is inside is missing nobody knows: all that follows. */
void unseal_lose(const struct heard *h)
{
	struct unseal *u = of(h);
	struct heard in = inside(h, NULL, 0);

	if (u->is_broken[h->direction])
		return;
	u->is_broken[h->direction] = 1;
	h->line->stirred |= u->is_asked;        /* early data need not wait for this end */
	line_gap(&u->inner, &in, 0);
	line_over(&u->inner, &in);
}

void unseal_over(const struct heard *h)
{
	struct heard in = inside(h, NULL, 0);

	line_over(&of(h)->inner, &in);
}
