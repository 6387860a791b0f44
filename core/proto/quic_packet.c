/* quic_packet.c - reads long headers: what all versions have in common (RFC 8999), then more. */
#include <string.h>
#include "quic_packet.h"

enum { LONG = 0x80 };

int quic_number(struct span *from, uint64_t *number)
{
	uint32_t size;

	if (!from->size)
		return 0;
	size = 1u << (from->at[0] >> 6);
	if (size > from->size)
		return 0;
	*number = from->at[0] & 0x3f;
	for (uint32_t i = 1; i < size; i++)
		*number = *number << 8 | from->at[i];
	from->at += size;
	from->size -= size;
	return 1;
}

int quic_cid_equal(const struct quic_cid *x, const struct quic_cid *y)
{
	return x->size == y->size && !memcmp(x->at, y->at, x->size);
}

static int take_cid(struct span *from, struct quic_cid *cid)
{
	struct span at;

	if (!span_sized(from, 1, &at) || at.size > CID_MOST)
		return 0;
	cid->size = (uint8_t)at.size;
	memcpy(cid->at, at.at, at.size);
	return 1;
}

/* Version 2 counts its types from another one. */
static enum quic_type type_of(uint8_t first, uint32_t version)
{
	uint8_t bits = first >> 4 & 3;

	if (version == 0)
		return QUIC_NEGOTIATION;
	if (!quic_suite(version) && !quic_is_reserved(version))
		return QUIC_OTHER;
	return version == QUIC_2 ? (bits + 3) & 3 : bits;
}

int quic_packet(struct span *from, struct quic_packet *p)
{
	struct span rest = *from;
	uint32_t first;
	uint64_t size;

	if (!span_number(&rest, 1, &first) || !(first & LONG) ||
	    !span_number(&rest, 4, &p->version) ||
	    !take_cid(&rest, &p->dcid) || !take_cid(&rest, &p->scid))
		return 0;
	p->type = type_of((uint8_t)first, p->version);
	p->token = (struct span){ rest.at, 0 };
	p->whole = *from;
	if (p->type == QUIC_INITIAL && (!quic_number(&rest, &size) || size > rest.size ||
	    !span_take(&rest, (uint32_t)size, &p->token)))
		return 0;
	if (p->type <= QUIC_HANDSHAKE) {
		if (!quic_number(&rest, &size) || size > rest.size)
			return 0;
		p->whole.size = (uint32_t)(rest.at - from->at) + (uint32_t)size;
	}
	p->number_at = (uint32_t)(rest.at - from->at);
	from->at += p->whole.size;
	from->size -= p->whole.size;
	return 1;
}
