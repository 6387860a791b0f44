/* gquic.c - reads the packets and the hello of Google's QUIC. */
#include <string.h>
#include "gquic.h"

enum { HAS_VERSION = 1, IS_RESET = 2, HAS_CID = 8, OF_IETF = 0xc0, LONG = 0x80 };
enum { CID = 8, HASH = 12 };
enum { TAGS_MOST = 128, TAG_STREAM = 1, PARITY = 2 };

enum frame {                            /* the first two have more bits below */
	FRAME_STREAM = 0x80, FRAME_ACK = 0x40, FRAME_PADDING = 0, FRAME_STOP_WAITING = 6,
	FRAME_PING = 7, FRAME_CRYPTO = 8
};

static const uint8_t sizes[4] = { 1, 2, 4, 6 };         /* of numbers of packets, by two bits */

/* ---- headers -------------------------------------------------------------------------------- */

static int take_cid(struct span *from, uint32_t size, struct quic_cid *cid)
{
	struct span at;

	if (!span_take(from, size, &at))
		return 0;
	cid->size = (uint8_t)size;
	memcpy(cid->at, at.at, size);
	return 1;
}

/* What is vouched for by a hash, which is not checked: it keeps out accidents, not attackers. */
static int take_hash(struct span *from)
{
	struct span hash;

	return span_take(from, HASH, &hash);
}

/* From Q044 on they look like those of the drafts of the time. */
static int read_long(struct span from, struct gquic *g)
{
	uint32_t first, sizes_of_cids, number = 0;

	if (!span_number(&from, 1, &first) || !span_number(&from, 4, &g->version) ||
	    !span_number(&from, 1, &sizes_of_cids))
		return 0;
	number = quic_google(g->version);
	if (number < 44 || number > 49 || sizes_of_cids != 0x50 || !take_cid(&from, CID, &g->cid))
		return 0;
	g->number_size = number < 46 ? 4 : (first & 3) + 1;
	if (!span_number(&from, g->number_size, &first) || !take_hash(&from))
		return 0;
	g->frames = from;
	return 1;
}

static int read_short(struct span from, struct gquic *g)
{
	uint32_t flags, number, private;
	struct span skipped;

	if (!span_number(&from, 1, &flags) || flags & (OF_IETF | IS_RESET) ||
	    !(flags & HAS_CID) || !(flags & HAS_VERSION) || !take_cid(&from, CID, &g->cid) ||
	    !span_number(&from, 4, &g->version))
		return 0;
	number = quic_google(g->version);
	g->number_size = sizes[flags >> 4 & 3];
	if (!number || number > 43 || !span_take(&from, g->number_size, &skipped) ||
	    !take_hash(&from))
		return 0;
	if (number <= 33 && (!span_number(&from, 1, &private) ||
	    (private & PARITY && !span_take(&from, 1, &skipped))))
		return 0;
	g->frames = from;
	return 1;
}

int gquic_packet(struct span datagram, struct gquic *g)
{
	if (!datagram.size)
		return 0;
	return datagram.at[0] & LONG ? read_long(datagram, g) : read_short(datagram, g);
}

int gquic_is_refusal(struct span datagram, struct quic_cid *cid, struct span *versions)
{
	uint32_t flags;

	if (!span_number(&datagram, 1, &flags) || flags & (OF_IETF | IS_RESET) ||
	    !(flags & HAS_CID) || !(flags & HAS_VERSION) || !take_cid(&datagram, CID, cid))
		return 0;
	*versions = datagram;
	if (!datagram.size || datagram.size % 4)
		return 0;
	for (uint32_t i = 0; i < datagram.size; i += 4)
		if (!quic_google(be32(datagram.at + i)))
			return 0;
	return 1;
}

/* ---- frames --------------------------------------------------------------------------------- */

/* Numbers were little-endian before Q039. */
static int take_number(struct span *from, uint32_t version, uint32_t size, uint64_t *number)
{
	struct span at;

	if (!span_take(from, size, &at))
		return 0;
	*number = 0;
	for (uint32_t i = 0; i < size; i++)
		*number = *number << 8 |
			at.at[quic_google(version) < 39 ? size - 1 - i : i];
	return 1;
}

static int take_stream(struct gquic *g, uint32_t type, uint64_t *stream, uint64_t *offset,
	struct span *piece)
{
	uint32_t offset_size = type >> 2 & 7;
	uint64_t size;

	offset_size += offset_size ? 1 : 0;
	*offset = 0;
	if (!take_number(&g->frames, g->version, (type & 3) + 1, stream) ||
	    !take_number(&g->frames, g->version, offset_size, offset))
		return 0;
	if (!(type & 0x20))
		return span_take(&g->frames, g->frames.size, piece);
	return take_number(&g->frames, g->version, 2, &size) &&
		span_take(&g->frames, (uint32_t)size, piece);
}

static int take_crypto(struct gquic *g, uint64_t *offset, struct span *piece)
{
	uint64_t size;

	return quic_number(&g->frames, offset) && quic_number(&g->frames, &size) &&
		size <= g->frames.size && span_take(&g->frames, (uint32_t)size, piece);
}

/* What the other end has received, with when: as it is since Q034. */
static int pass_ack(struct gquic *g, uint32_t type)
{
	uint32_t blocks = 0, stamps, largest = sizes[type >> 2 & 3], size = sizes[type & 3];
	struct span skipped;

	if (quic_google(g->version) && quic_google(g->version) < 34)
		return 0;
	if (!span_take(&g->frames, largest + 2, &skipped) ||
	    (type & 0x20 && !span_number(&g->frames, 1, &blocks)) ||
	    !span_take(&g->frames, size + blocks * (1 + size), &skipped) ||
	    !span_number(&g->frames, 1, &stamps))
		return 0;
	return span_take(&g->frames, stamps ? 5 + 3 * (stamps - 1) : 0, &skipped);
}

/* A frame that is not of the stream of hellos; whether it is known. */
static int pass(struct gquic *g, uint32_t type)
{
	struct span skipped;
	uint32_t number = quic_google(g->version);

	if ((type & 0xc0) == FRAME_ACK)
		return pass_ack(g, type);
	if (type == FRAME_STOP_WAITING)
		return span_take(&g->frames, g->number_size + (number <= 33 ? 1 : 0), &skipped);
	return type == FRAME_PADDING || type == FRAME_PING;
}

int gquic_piece(struct gquic *g, uint64_t *offset, struct span *piece)
{
	struct span before = g->frames;
	uint64_t stream;
	uint32_t type;

	while (span_number(&g->frames, 1, &type)) {
		if (type & FRAME_STREAM) {
			if (!take_stream(g, type, &stream, offset, piece))
				break;
			if (stream == TAG_STREAM)
				return 1;
		} else if (type == FRAME_CRYPTO) {
			if (!take_crypto(g, offset, piece))
				break;
			return 1;
		} else if (!pass(g, type)) {
			break;
		}
		before = g->frames;
	}
	g->frames = before;
	return 0;
}

/* ---- the hello: tags, each with where its value ends, then the values ----------------------- */

enum { HEAD = 8, ENTRY = 8 };

static uint32_t le32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

int chlo_begins(struct span piece)
{
	return piece.size >= HEAD && !memcmp(piece.at, "CHLO", 4);
}

static uint32_t tags_of(struct span hello)
{
	return chlo_begins(hello) ? hello.at[4] | (uint32_t)hello.at[5] << 8 : 0;
}

uint32_t chlo_size(struct span begins)
{
	uint32_t tags = tags_of(begins), end;

	if (!tags || tags > TAGS_MOST || begins.size < HEAD + ENTRY * tags)
		return 0;
	end = le32(begins.at + HEAD + ENTRY * tags - 4);
	return end > 0xffff ? 0 : HEAD + ENTRY * tags + end;
}

int chlo_tag(struct span hello, uint32_t i, struct span *tag, struct span *value)
{
	uint32_t tags = tags_of(hello), values = HEAD + ENTRY * tags, from, to;
	const uint8_t *entry = hello.at + HEAD + ENTRY * i;

	if (i >= tags || values > hello.size)
		return 0;
	from = i ? le32(entry - 4) : 0;
	to = le32(entry + 4);
	if (from > to || to > hello.size - values)
		return 0;
	*tag = (struct span){ entry, 4 };
	*value = (struct span){ hello.at + values + from, to - from };
	return 1;
}
