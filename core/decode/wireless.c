/* wireless.c - 802.11 frames, with or without what the radio says before them. */
#include <string.h>
#include "decode.h"

/* The kinds of frames that carry addresses of both sides: in the first byte, above the version. */
enum { KIND = 0x0f, MANAGEMENT = 0x00, DATA = 0x08, NO_DATA = 0x40, QOS = 0x80 };

enum { TO_DS = 0x01, FROM_DS = 0x02, PROTECTED = 0x40, ORDER = 0x80 };  /* in the second byte */

enum { AGGREGATE = 0x80, FRAGMENT = 0x0f };

static void addresses(struct weir_packet *p, const uint8_t *dest, const uint8_t *src)
{
	memcpy(p->dest_ether, dest, 6);
	memcpy(p->src_ether, src, 6);
	p->has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
}

/* Three addresses, or four between access points; what of them is whose, the flags tell. */
static void data(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	int to_ds = at[1] & TO_DS, from_ds = at[1] & FROM_DS;
	uint32_t qos = to_ds && from_ds ? 30 : 24, size = qos;

	if (at[0] & QOS)
		size += at[1] & ORDER ? 6 : 2;  /* high throughput puts four bytes behind the two */
	if (!has(d, at, end, size))
		return;
	addresses(d->p, at + (to_ds ? 16 : 4), at + (!from_ds ? 10 : to_ds ? 24 : 16));
	if (at[0] & NO_DATA || at[1] & PROTECTED || at[22] & FRAGMENT)
		return;                         /* empty, or not to be read */
	if (at[0] & QOS && at[qos] & AGGREGATE)
		ethernet_frame(d, at + size, end);       /* of several the first is the packet */
	else
		ethernet_llc(d, at + size, end);
}

void wireless_frame(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint8_t kind;

	if (!has(d, at, end, 10))
		return;
	kind = at[0] & KIND;
	if ((kind != MANAGEMENT && kind != DATA) || !has(d, at, end, 24))
		return;                         /* control frames are between radios */
	if (kind == DATA)
		data(d, at, end);
	else
		addresses(d->p, at + 4, at + 10);
}

/* A header of fields that come and go: only its size matters. */
void wireless_radiotap(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = decode_own_size(d, at, end);

	if (size)
		wireless_frame(d, at + size, end);
}
