/* turn.c - what a relay passes on: in channels, and in indications of STUN. */
#include "turn.h"

enum { CHANNEL_FIRST = 0x4000, CHANNEL_LAST = 0x4fff };
enum { SEND = 0x0016, DATA = 0x0017, HEADER = 20, COOKIE = 0x2112a442, ATTRIBUTE_DATA = 0x0013 };

/* An attribute fills words: behind its value there can be padding. */
static struct span data_of(struct span attributes)
{
	struct span value, padding;
	uint32_t type;

	while (span_number(&attributes, 2, &type) && span_sized(&attributes, 2, &value)) {
		if (type == ATTRIBUTE_DATA)
			return value;
		span_take(&attributes, -value.size & 3, &padding);
	}
	return (struct span){ attributes.at, 0 };
}

struct span turn_inside(struct span datagram)
{
	struct span rest = datagram, inside;
	uint32_t kind;

	if (!span_number(&rest, 2, &kind))
		return datagram;
	if (kind >= CHANNEL_FIRST && kind <= CHANNEL_LAST)
		return span_sized(&rest, 2, &inside) && rest.size < 4 ? inside : datagram;
	if ((kind != SEND && kind != DATA) || datagram.size < HEADER ||
	    be32(datagram.at + 4) != COOKIE)
		return datagram;
	inside = data_of((struct span){ datagram.at + HEADER, datagram.size - HEADER });
	return inside.size ? inside : datagram;
}
