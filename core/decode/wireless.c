/* wireless.c - 802.11 frames, behind what the radio says, and as access points send them on. */
#include <string.h>
#include "decode.h"

/* The frame's control: the kinds that carry addresses of both sides; flags. */
enum {
	VERSION = 0x0003, KIND = 0x000f, MANAGEMENT = 0x0000, DATA = 0x0008,
	NO_DATA = 0x0040, QOS = 0x0080,
	TO_DS = 0x0100, FROM_DS = 0x0200, PROTECTED = 0x4000, ORDER = 0x8000
};

enum { AGGREGATE = 0x80, FRAGMENT = 0x0f };

/* CAPWAP: the wireless frame as it was, and of which kind of radio; a part; no frame at all. */
enum {
	CAPWAP_NATIVE = 0x01, CAPWAP_WIRELESS = 1, CAPWAP_PART = 0x80, CAPWAP_ALIVE = 0x08,
	CAPWAP_OFFSET = 0xfff8
};

/* TZSP: a frame that was received, or sent; its link; what may be before it. */
enum { TZSP_SENT = 1, TZSP_ETHERNET = 1, TZSP_WIRELESS = 18, TZSP_PADDING = 0, TZSP_END = 1 };

static void addresses(struct weir_packet *p, const uint8_t *dest, const uint8_t *src)
{
	memcpy(p->dest_ether, dest, 6);
	memcpy(p->src_ether, src, 6);
	p->has |= WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC;
}

/* Three addresses, or four between access points; what of them is whose, the flags tell. */
static void data(struct decoder *d, const uint8_t *at, const uint8_t *end, uint16_t control)
{
	int to_ds = control & TO_DS, from_ds = control & FROM_DS;
	int is_swapped = control != host16(at);         /* then all numbers are */
	uint32_t qos = to_ds && from_ds ? 30 : 24, size = qos;

	if (control & QOS)
		size += control & ORDER ? 6 : 2;        /* high throughput puts four bytes more */
	if (!has(d, at, end, size))
		return;
	addresses(d->p, at + (to_ds ? 16 : 4), at + (!from_ds ? 10 : to_ds ? 24 : 16));
	if (control & (NO_DATA | PROTECTED) || at[22 + is_swapped] & FRAGMENT)
		return;                         /* empty, or not to be read */
	if (control & QOS && at[qos + is_swapped] & AGGREGATE)
		ethernet_frame(d, at + size, end);      /* of several the first is the packet */
	else
		ethernet_llc(d, at + size, end);
}

void wireless_frame(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint16_t control;

	if (!has(d, at, end, 10))
		return;
	control = host16(at);                   /* little-endian */
	if (control & VERSION)                  /* there is version 0 alone: the bytes are swapped */
		control = be16(at);
	if ((control & KIND) != MANAGEMENT && (control & KIND) != DATA)
		return;                         /* control frames are between radios */
	if (!has(d, at, end, 24))
		return;
	if ((control & KIND) == DATA)
		data(d, at, end, control);
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

/* ---- on UDP: as overlay.c has it ------------------------------------------- */

/* What an access point sends to its controller, and back: frames of 802.11, or of Ethernet. */
rare void wireless_capwap(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header;

	if (end - at < 8 || at[0] != 0 || at[3] & CAPWAP_ALIVE)
		return;                         /* encrypted, of another version, or empty */
	header = (at[1] >> 3) * 4u;
	if (header < 8 || end - at <= header)
		return;
	if (at[3] & CAPWAP_PART && be16(at + 6) & CAPWAP_OFFSET)
		return;                         /* not the first part of a frame */
	if (at[2] & CAPWAP_NATIVE && (at[2] >> 1 & 31) != CAPWAP_WIRELESS)
		return;
	if (!tunnel_enter(d, (struct tunnel){ WEIR_CAPWAP, 0, 1 }))
		return;
	if (at[2] & CAPWAP_NATIVE)
		wireless_frame(d, at + header, end);
	else
		ethernet_frame(d, at + header, end);
}

/* A mirrored frame behind a list of fields. */
rare void wireless_tzsp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint16_t link;
	int size;

	if (end - at < 5 || at[0] != 1 || at[1] > TZSP_SENT)
		return;
	link = be16(at + 2);
	for (at += 4; *at != TZSP_END; at += size) {
		if (end - at < 3)
			return;
		size = *at == TZSP_PADDING ? 1 : 2 + at[1];
		if (end - at <= size)
			return;
	}
	if (!tunnel_enter(d, (struct tunnel){ WEIR_TZSP, 0, 1 }))
		return;
	if (link == TZSP_ETHERNET)
		ethernet_frame(d, at + 1, end);
	else if (link == TZSP_WIRELESS)
		wireless_frame(d, at + 1, end);
}
