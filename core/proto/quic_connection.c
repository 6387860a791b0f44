/* quic_connection.c - the connections of a flow: few places, given to those that begin. */
#include "quic.h"

void quic_forget(struct said *s, struct connection *c)
{
	pieces_clear(&c->hellos[QUIC_CLIENT], s);
	pieces_clear(&c->hellos[QUIC_SERVER], s);
	c->base = 0;
}

void quic_end(struct said *s, struct connection *c)
{
	if (!c->is_said)
		quic_say(s, c);
	c->is_said = 1;
	quic_forget(s, c);
}

struct connection *quic_new(struct said *s, struct quic *q)
{
	struct connection *c;
	uint32_t i, at = 0;

	for (i = 0; i < CONNECTIONS; i++) {
		at = (q->last + 1 + i) % CONNECTIONS;
		c = &q->connections[at];
		if (!c->is_there || c->is_said)
			break;
	}
	if (i == CONNECTIONS)
		at = (q->last + 1) % CONNECTIONS;
	c = &q->connections[at];
	if (c->is_there)
		quic_end(s, c);
	*c = (struct connection){ .is_there = 1 };
	q->last = at;
	return c;
}

/*
 * The connection that a client's first packet begins anew: that of a hello which the server has
 * refused, for its version or until the client has proved its address.
 */
static struct connection *restarted(struct quic *q, const struct heard *h,
	const struct quic_packet *p)
{
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &q->connections[i];
		int is_refused = c->offered_count || c->has_retry ||
			(p->token.size && quic_cid_equal(&c->source, &p->scid));

		if (c->is_there && !c->is_said && c->client == h->direction && is_refused &&
		    !c->hellos[QUIC_SERVER].whole)
			return c;
	}
	return NULL;
}

struct connection *quic_begin(struct quic *q, const struct heard *h, const struct quic_packet *p)
{
	struct connection *c = restarted(q, h, p);

	if (c) {
		quic_forget(h->said, c);
		c->next[QUIC_CLIENT] = c->waits = 0;
	} else {
		c = quic_new(h->said, q);
	}
	if (!c->has_retry)
		c->first = p->dcid;
	c->cid = p->dcid;
	c->source = p->scid;
	c->client = (uint8_t)h->direction;
	c->version = p->version;
	return c;
}

int quic_may_be_of(const struct connection *c, const struct heard *h, const struct quic_packet *p)
{
	return c->is_there && quic_cid_equal(&c->source,
		h->direction == c->client ? &p->scid : &p->dcid);
}
