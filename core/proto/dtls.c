/* dtls.c - TLS in datagrams: its records, and messages in parts that come in any order. */
#include <stdlib.h>
#include <string.h>
#include "tls.h"
#include "turn.h"

enum {
	HEADER = 13,                    /* of a record: type, version, epoch, number, size */
	MESSAGE_HEADER = 12,            /* type, size, number, where this part is, its size */
	MOST = 1 << 17,                 /* bytes of a message that is put together */
	PARTS = 64,                     /* that wait, of one end */
	STRANGERS = 64                  /* datagrams of other protocols, after which nobody listens */
};

/* What the header of a part of a message tells. */
struct place {
	uint32_t full, at, size;
	uint16_t number;
	uint8_t  type;
};

struct dtls_part {
	struct dtls_part *next;         /* in the order of their places */
	struct place place;
	uint8_t bytes[];
};

/* ---- parts ---------------------------------------------------------------------------------- */

static void drop_parts_of(struct said *s, struct tls_side *side, int number)
{
	struct dtls_part **at = &side->parts, *part;

	while ((part = *at)) {
		if (number >= 0 && part->place.number != number) {
			at = &part->next;
			continue;
		}
		*at = part->next;
		side->part_count--;
		said_release(s, sizeof *part + part->place.size);
		free(part);
	}
}

void dtls_drop_parts(struct said *s, struct tls_side *side)
{
	drop_parts_of(s, side, -1);
}

static void add_part(struct said *s, struct tls_side *side, const struct place *like,
	struct span bytes)
{
	struct dtls_part **at = &side->parts, *part;

	if (side->part_count == PARTS || !said_hold(s, sizeof *part + bytes.size))
		return;
	part = malloc(sizeof *part + bytes.size);
	if (!part) {
		said_release(s, sizeof *part + bytes.size);
		return;
	}
	part->place = *like;
	part->place.size = bytes.size;
	memcpy(part->bytes, bytes.at, bytes.size);
	while (*at && (*at)->place.at <= part->place.at)
		at = &(*at)->next;
	part->next = *at;
	*at = part;
	side->part_count++;
}

static int is_of(const struct dtls_part *part, const struct place *like)
{
	return part->place.number == like->number && part->place.type == like->type &&
		part->place.full == like->full;
}

/* Copies what there is of a message from its beginning on, to `to` if that is there. */
static uint32_t gather(const struct tls_side *side, const struct place *like, uint8_t *to)
{
	uint32_t have = 0;

	for (const struct dtls_part *part = side->parts; part; part = part->next) {
		if (!is_of(part, like) || part->place.at + part->place.size <= have)
			continue;
		if (part->place.at > have)
			break;
		if (to)
			memcpy(to + have, part->bytes + (have - part->place.at),
				part->place.at + part->place.size - have);
		have = part->place.at + part->place.size;
	}
	return have;
}

/* Hands on what there is of a message. */
static void hand_on(const struct heard *h, struct tls_side *side, struct place like)
{
	uint32_t size = gather(side, &like, NULL);
	uint8_t *whole;

	if (!size || !said_hold(h->said, size))
		return;
	whole = malloc(size);
	if (whole) {
		gather(side, &like, whole);
		tls_message(h, like.type, (struct span){ whole, size }, like.full);
	}
	free(whole);
	said_release(h->said, size);
}

/* ---- messages ---------------------------------------------------------------------------------- */

/* Takes a part of a message from a record; whether there was one. */
static int take_part(const struct heard *h, struct tls_side *side, struct span *content)
{
	struct place like = { 0 };
	const uint8_t *at = content->at;
	struct span header, bytes;
	uint32_t size;

	if (!span_take(content, MESSAGE_HEADER, &header))
		return 0;
	like.type = at[0];
	like.full = be32(at) & 0xffffff;
	like.number = be16(at + 4);
	like.at = be32(at + 5) & 0xffffff;
	size = be32(at + 8) & 0xffffff;
	if (like.at + size > like.full)
		return 0;
	span_take(content, size < content->size ? size : content->size, &bytes);
	if (!tls_is_wanted(like.type) || like.full > MOST)
		return 1;
	if (bytes.size == like.full) {
		tls_message(h, like.type, bytes, like.full);
		return 1;
	}
	add_part(h->said, side, &like, bytes);
	if (gather(side, &like, NULL) == like.full) {
		hand_on(h, side, like);
		drop_parts_of(h->said, side, like.number);
	}
	return 1;
}

static void hear_handshake(const struct heard *h, struct tls_side *side, struct span content)
{
	while (content.size && !side->is_lost && take_part(h, side, &content))
		;
}

/* ---- records ------------------------------------------------------------------------------------- */

static int is_record(struct span from)
{
	return from.size >= HEADER && from.at[0] >= TLS_CHANGE && from.at[0] <= TLS_HEARTBEAT &&
		((from.at[1] == 0xfe && from.at[2] >= 0xfc) || be16(from.at + 1) == 0x0100);
}

/* A relay may pass it on; and access points put four bytes in front of it (RFC 5415). */
static struct span datagram_of(const struct heard *h)
{
	struct span all = turn_inside((struct span){ h->at, h->size });
	uint32_t head = all.size > 4 && be32(all.at) == 0x01000000 ? 4 : 0;

	return (struct span){ all.at + head, all.size - head };
}

/* What a datagram begins with whose first record has a hello, or asks for one with a cookie. */
static int probe(const struct heard *h)
{
	struct span all = datagram_of(h);
	const uint8_t *at = all.at;
	uint32_t size;

	if (!is_record(all) || at[0] != TLS_HANDSHAKE || be16(at + 3) ||
	    all.size < HEADER + MESSAGE_HEADER)
		return OTHER;
	size = be16(at + 11);
	if (size < MESSAGE_HEADER || HEADER + size > h->full || at[13] < 1 || at[13] > 3)
		return OTHER;
	return (be32(at + 18) & 0xffffff) + (be32(at + 21) & 0xffffff) <= (be32(at + 13) & 0xffffff)
		? MINE : OTHER;
}

/* Takes a record from the front; whether there was one. */
static int take_record(const struct heard *h, struct tls_side *side, struct span *from)
{
	struct span header, content;
	uint32_t size;

	if (from->size && *from->at >> 5 == 1) {        /* encrypted, with DTLS 1.3's header */
		tls_sealed(h);
		return 0;
	}
	if (!is_record(*from))
		return 0;
	span_take(from, HEADER, &header);
	size = be16(header.at + 11);
	span_take(from, size < from->size ? size : from->size, &content);
	if (be16(header.at + 3) || header.at[0] == TLS_DATA)
		tls_sealed(h);                  /* of an epoch with keys */
	else if (header.at[0] == TLS_HANDSHAKE)
		hear_handshake(h, side, content);
	else if (header.at[0] == TLS_ALERT)
		tls_alert(h, content);
	else if (header.at[0] == TLS_CHANGE)
		tls_change(h);
	return 1;
}

static int32_t hear(const struct heard *h)
{
	struct tls *t = h->line->state;
	struct tls_side *side = &t->sides[h->direction];
	struct span rest = datagram_of(h);
	uint32_t records = 0;

	t->is_datagram = 1;
	while (!tls_is_over(t, h->direction) && take_record(h, side, &rest))
		records++;
	if (!records && !side->is_sealed && ++side->strange == STRANGERS)
		tls_lose(h);
	tls_settle(h);
	return tls_is_over(t, h->direction) ? ENOUGH : (int32_t)h->size;
}

/* Of hellos whose rest did not come their beginning counts. */
static void over(const struct heard *h)
{
	struct tls_side *side = &((struct tls *)h->line->state)->sides[h->direction];

	for (struct dtls_part *part = side->parts; part; part = part->next)
		if (part->place.at == 0)
			hand_on(h, side, part->place);
	tls_lose(h);
	tls_settle(h);
}

const struct protocol protocol_dtls = {
	.name = "dtls", .kinds = 1 << WEIR_TLS, .state_size = sizeof(struct tls), .udp = 1,
	.names = 1, .label = APP_DTLS, .probe = probe, .hear = hear, .over = over, .close = tls_close
};
