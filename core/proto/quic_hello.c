/* quic_hello.c - frames of the first packets, and the hellos that come in them. */
#include "gquic.h"
#include "hello.h"
#include "quic.h"

enum { PADDING = 0, PING = 1, ACK = 2, ACK_ECN = 3, CRYPTO = 6 };

/* ---- frames --------------------------------------------------------------------------------- */

static int pass_numbers(struct span *from, uint64_t count)
{
	uint64_t number;

	while (count--)
		if (!quic_number(from, &number))
			return 0;
	return 1;
}

static int pass_ack(struct span *from, uint32_t type)
{
	uint64_t ranges;

	return pass_numbers(from, 2) && quic_number(from, &ranges) && pass_numbers(from, 1) &&
		ranges < from->size && pass_numbers(from, 2 * ranges) &&
		pass_numbers(from, type == ACK_ECN ? 3 : 0);
}

static int take_crypto(struct said *s, struct pieces *hello, struct span *from)
{
	uint64_t offset, size;
	struct span piece;

	return quic_number(from, &offset) && quic_number(from, &size) && size <= from->size &&
		span_take(from, (uint32_t)size, &piece) && pieces_add(hello, s, offset, piece);
}

static int has_google_frames(uint32_t version)
{
	return quic_google(version) || version == QUIC_T050 || version == QUIC_T051;
}

/*
 * Google's clients send one hello after the other, until the server has told them enough.  The
 * first one that is seen will do.
 */
static void take_google(struct said *s, struct connection *c, enum quic_side side,
	struct span frames)
{
	struct gquic g = { .version = c->version, .frames = frames };
	struct pieces *hello = &c->hellos[side];
	struct span piece;
	uint64_t offset;

	while (gquic_piece(&g, &offset, &piece)) {
		if (!hello->end && chlo_begins(piece))
			c->base = offset;
		if (offset >= c->base && !pieces_add(hello, s, offset - c->base, piece))
			return;
	}
}

/* Most of a first packet is zeros, which make it as long as its answer may be. */
static void pass_padding(struct span *from)
{
	uint32_t size = 0;

	while (size + 8 <= from->size && host64(from->at + size) == 0)
		size += 8;
	while (size < from->size && from->at[size] == PADDING)
		size++;
	from->at += size;
	from->size -= size;
}

void quic_take_frames(struct said *s, struct connection *c, enum quic_side side,
	struct span frames)
{
	uint32_t type;
	int goes_on = 1;

	if (has_google_frames(c->version)) {
		take_google(s, c, side, frames);
		return;
	}
	for (; goes_on && span_number(&frames, 1, &type); pass_padding(&frames)) {
		if (type == CRYPTO)
			goes_on = take_crypto(s, &c->hellos[side], &frames);
		else if (type == ACK || type == ACK_ECN)
			goes_on = pass_ack(&frames, type);
		else
			goes_on = type == PADDING || type == PING;
	}
}

/* ---- hellos --------------------------------------------------------------------------------- */

/* Takes a message of a handshake, without its header; whether it is whole, and of that type. */
static int take_message(struct span *from, uint32_t type, struct span *body)
{
	struct span rest = *from;
	uint32_t is;

	if (!span_number(&rest, 1, &is) || is != type || !span_sized(&rest, 3, body))
		return 0;
	*from = rest;
	return 1;
}

int quic_client_hello(const struct connection *c, struct span *message)
{
	struct span there = { c->hellos[QUIC_CLIENT].at, c->hellos[QUIC_CLIENT].whole };
	uint32_t size;

	if (!quic_google(c->version))
		return take_message(&there, HELLO_CLIENT, message);
	size = chlo_size(there);
	return size && span_take(&there, size, message);
}

/* One that asks for another hello of the client's is passed over, if the other answer is there. */
int quic_server_hello(const struct connection *c, struct span *message)
{
	struct span there = { c->hellos[QUIC_SERVER].at, c->hellos[QUIC_SERVER].whole }, next;
	struct hello h;

	if (!take_message(&there, HELLO_SERVER, message))
		return 0;
	if (hello_read(&h, HELLO_SERVER, 0, *message, message->size) &&
	    h.has & HELLO_HAS_RETRY && take_message(&there, HELLO_SERVER, &next))
		*message = next;
	return 1;
}
