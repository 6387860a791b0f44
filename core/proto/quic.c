/*
 * quic.c - the beginnings of QUIC connections, of IETF's, Google's and Facebook's versions.
 *
 * Only packets that open with the keys of their connection are believed, or Google's old ones
 * whose frames can be read to the end.  Others, and those with short headers, are passed over.
 */
#include <string.h>
#include "gquic.h"
#include "quic.h"

enum {
	PATIENCE = 64,                  /* datagrams in which a server may answer a hello */
	QUIET    = 64,                  /* after which nothing is expected to begin any more */
	FAILURES = 16                   /* after which nobody tries any longer */
};

static struct opener *opener_of(struct said *s)
{
	if (!s->opener)
		s->opener = opener_new();
	return s->opener;
}

/* Opens a packet; of a version that is there to be refused, with the keys of two that it may be. */
static int open_packet(struct said *s, const struct quic_packet *p, struct quic_lock lock,
	uint64_t *next, struct span *clear)
{
	static const uint32_t perhaps[] = { QUIC_1, QUIC_DRAFT_29 };
	struct opener *o = opener_of(s);

	lock.version = p->version;
	if (!o || !quic_is_reserved(p->version))
		return o && quic_open(o, &lock, p, next, clear);
	for (int i = 0; i < 2; i++) {
		lock.version = perhaps[i];
		if (quic_open(o, &lock, p, next, clear))
			return 1;
	}
	return 0;
}

/* ---- recognition ---------------------------------------------------------------------------- */

/* A list of versions, of which one at least is known. */
static int is_negotiation(const struct quic_packet *p)
{
	uint32_t size = p->whole.size - p->number_at;

	if (p->type != QUIC_NEGOTIATION || !size || size % 4)
		return 0;
	for (uint32_t i = 0; i < size; i += 4)
		if (quic_is_known(be32(p->whole.at + p->number_at + i)))
			return 1;
	return 0;
}

static int is_google(struct gquic *g)
{
	struct span piece;
	uint64_t offset;
	int pieces = 0;

	while (gquic_piece(g, &offset, &piece))
		pieces++;
	return pieces && gquic_is_read(g);
}

static int probe(const struct heard *h)
{
	struct span rest = { h->at, h->size }, clear;
	struct quic_packet p;
	struct gquic g;

	if (gquic_packet(rest, &g))
		return is_google(&g) ? MINE : OTHER;
	while (quic_packet(&rest, &p)) {
		struct quic_lock lock = { .side = QUIC_CLIENT, .cid = &p.dcid };
		uint64_t next = 0;

		if (is_negotiation(&p) ||
		    (p.type == QUIC_INITIAL && open_packet(h->said, &p, lock, &next, &clear)))
			return MINE;
	}
	return OTHER;
}

/* ---- packets -------------------------------------------------------------------------------- */

static enum quic_side side_of(const struct connection *c, const struct heard *h)
{
	return h->direction == c->client ? QUIC_CLIENT : QUIC_SERVER;
}

/* Whose packet it is, with what is in it; a new connection's, or NULL. */
static struct connection *open_initial(struct quic *q, const struct heard *h,
	const struct quic_packet *p, struct span *clear)
{
	struct quic_lock lock = { .side = QUIC_CLIENT, .cid = &p->dcid };
	struct connection *c;
	uint64_t next = 0;

	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		c = &q->connections[(q->last + i) % CONNECTIONS];
		if (quic_may_be_of(c, h, p)) {
			struct quic_lock own = { .side = side_of(c, h), .cid = &c->cid };

			if (open_packet(h->said, p, own, &c->next[own.side], clear))
				return c;
		}
	}
	if (!open_packet(h->said, p, lock, &next, clear))
		return NULL;
	c = quic_begin(q, h, p);
	c->next[QUIC_CLIENT] = next;
	return c;
}

static void hear_initial(struct quic *q, const struct heard *h, const struct quic_packet *p)
{
	struct span clear, message;
	struct connection *c = open_initial(q, h, p, &clear);

	if (!c) {
		q->failures++;
		return;
	}
	if (c->is_said)
		return;
	c->version = p->version;
	c->has_token |= p->token.size != 0;
	if (side_of(c, h) == QUIC_SERVER)
		c->server = p->scid;
	quic_take_frames(h->said, c, side_of(c, h), clear);
	if (quic_client_hello(c, &message) && (quic_google(c->version) ||
	    quic_server_hello(c, &message)))
		quic_end(h->said, c);
}

/* The server that a client asked for does not speak its version, and says which it does. */
static void hear_negotiation(struct quic *q, const struct heard *h, const struct quic_packet *p)
{
	struct connection *c = NULL;
	struct span list = { p->whole.at + p->number_at, p->whole.size - p->number_at };
	uint32_t version;

	if (!is_negotiation(p))
		return;
	for (uint32_t i = 0; i < CONNECTIONS && !c; i++)
		if (quic_may_be_of(&q->connections[i], h, p) &&
		    q->connections[i].client != h->direction)
			c = &q->connections[i];
	if (!c) {
		c = quic_new(h->said, q);
		c->client = (uint8_t)!h->direction;
		c->source = p->dcid;
		c->first = p->scid;
	}
	if (c->is_said || c->hellos[QUIC_SERVER].whole)
		return;
	c->offered_count = 0;
	while (c->offered_count < OFFERED && span_number(&list, 4, &version))
		c->offered[c->offered_count++] = version;
}

static void hear_retry(struct quic *q, const struct heard *h, const struct quic_packet *p)
{
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &q->connections[i];

		if (quic_may_be_of(c, h, p) && c->client != h->direction && !c->has_retry &&
		    opener_of(h->said) && quic_is_retry(h->said->opener, p, &c->cid))
			c->has_retry = 1;
	}
}

static void hear_early(struct quic *q, const struct heard *h, const struct quic_packet *p)
{
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &q->connections[i];

		if (quic_may_be_of(c, h, p) && c->client == h->direction &&
		    quic_cid_equal(&c->cid, &p->dcid))
			c->has_early = 1;
	}
}

static void hear_packet(struct quic *q, const struct heard *h, const struct quic_packet *p)
{
	switch (p->type) {
	case QUIC_INITIAL:     hear_initial(q, h, p); break;
	case QUIC_NEGOTIATION: hear_negotiation(q, h, p); break;
	case QUIC_RETRY:       hear_retry(q, h, p); break;
	case QUIC_0RTT:        hear_early(q, h, p); break;
	case QUIC_HANDSHAKE: case QUIC_OTHER: break;
	}
}

/* ---- Google's, without encryption ----------------------------------------------------------- */

static struct connection *google_of(struct quic *q, const struct quic_cid *cid)
{
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		if (q->connections[i].is_there && quic_cid_equal(&q->connections[i].cid, cid))
			return &q->connections[i];
	return NULL;
}

static void hear_google(struct quic *q, const struct heard *h, const struct gquic *g)
{
	struct connection *c = google_of(q, &g->cid);
	struct span message;

	if (!c) {
		c = quic_new(h->said, q);
		c->first = c->cid = g->cid;
		c->client = (uint8_t)h->direction;
	}
	if (c->is_said || c->client != h->direction)
		return;
	if (c->version != g->version)           /* the one before was refused */
		quic_forget(h->said, c);
	c->version = g->version;
	quic_take_frames(h->said, c, QUIC_CLIENT, g->frames);
	if (quic_client_hello(c, &message))
		quic_end(h->said, c);
}

static void hear_refusal(struct quic *q, const struct heard *h, const struct quic_cid *cid,
	struct span list)
{
	struct connection *c = google_of(q, cid);
	uint32_t version;

	if (!c || c->client == h->direction || c->is_said)
		return;
	c->offered_count = 0;
	while (c->offered_count < OFFERED && span_number(&list, 4, &version))
		c->offered[c->offered_count++] = version;
}

/* ---- datagrams ------------------------------------------------------------------------------ */

static int hear_datagram(struct quic *q, const struct heard *h)
{
	struct span rest = { h->at, h->size }, versions;
	struct quic_packet p;
	struct quic_cid cid;
	struct gquic g;
	int known = 0;

	if (gquic_is_refusal(rest, &cid, &versions)) {
		hear_refusal(q, h, &cid, versions);
		return 1;
	}
	if (gquic_packet(rest, &g)) {
		hear_google(q, h, &g);
		return 1;
	}
	while (q->failures < FAILURES && quic_packet(&rest, &p)) {
		hear_packet(q, h, &p);
		known = 1;
	}
	return known;
}

/* Those that have waited long enough for an answer. */
static void lose_patience(struct said *s, struct quic *q)
{
	struct span message;

	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &q->connections[i];

		if (c->is_there && !c->is_said && quic_client_hello(c, &message) &&
		    ++c->waits > PATIENCE)
			quic_end(s, c);
	}
}

static int32_t hear(const struct heard *h)
{
	struct quic *q = h->line->state;

	q->quiet = hear_datagram(q, h) ? 0 : q->quiet + 1;
	lose_patience(h->said, q);
	if (q->quiet > QUIET || q->failures >= FAILURES)
		line_stop(h->line);
	return (int32_t)h->size;
}

static void close(struct said *s, struct line *l)
{
	struct quic *q = l->state;

	for (uint32_t i = 0; i < CONNECTIONS; i++)
		if (q->connections[i].is_there)
			quic_end(s, &q->connections[i]);
}

const struct protocol protocol_quic = {
	.name = "quic", .kinds = 1u << WEIR_QUIC, .state_size = sizeof(struct quic), .udp = 1,
	.names = 1, .label = APP_QUIC, .probe = probe, .hear = hear, .close = close
};
