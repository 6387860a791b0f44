/* overlay.c - tunnels on UDP: known by the port, and by a header that makes sense. */
#include "decode.h"

enum {
	PORT_GTP = 2152, PORT_TEREDO = 3544, PORT_VXLAN = 4789, PORT_VXLAN_GPE = 4790,
	PORT_CAPWAP = 5247, PORT_GENEVE = 6081,
	GTP_EXTRAS = 8                  /* extension headers of one GTP packet */
};

/* VXLAN's flags: there is a network's number; its generic extension says what it carries. */
enum { VXLAN_ID = 0x08, VXLAN_NEXT = 0x04 };

/* CAPWAP: the wireless frame as it was, and of which kind of radio; a part; no frame at all. */
enum {
	CAPWAP_NATIVE = 0x01, CAPWAP_WIRELESS = 1, CAPWAP_PART = 0x80, CAPWAP_ALIVE = 0x08,
	CAPWAP_OFFSET = 0xfff8
};

static rare void vxlan(struct decoder *d, const uint8_t *at, const uint8_t *end, uint8_t carries)
{
	if (end - at < 8 + 14 || !(at[0] & VXLAN_ID) || at[7] != 0)
		return;
	if (tunnel_enter(d, (struct tunnel){ WEIR_VXLAN, be32(at + 4) >> 8, 1 }))
		ethernet_next(d, at + 8, end, carries);
}

static rare void vxlan_gpe(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 8)
		vxlan(d, at, end, at[0] & VXLAN_NEXT ? at[3] : NEXT_ETHERNET);
}

static rare void geneve(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header;

	if (end - at < 8 || at[0] >> 6 != 0)
		return;
	header = 8 + (at[0] & 63) * 4u;
	if (end - at < header)
		return;
	if (tunnel_enter(d, (struct tunnel){ WEIR_GENEVE, be32(at + 4) >> 8, 1 }))
		ethernet_type(d, at + header, end, be16(at + 2));
}

/* The size of a GTP header with its extensions, 0 when they make no sense. */
static uint32_t gtp_header(const uint8_t *at, const uint8_t *end)
{
	uint32_t header = 12;
	uint8_t next = at[0] & 4 ? at[11] : 0;

	if (!(at[0] & 7))
		return 8;
	for (int i = 0; next && i < GTP_EXTRAS; i++) {
		uint32_t size;

		if (end - at < header + 4)
			return 0;
		size = at[header] * 4u;
		if (size == 0 || end - at < header + size)
			return 0;
		header += size;
		next = at[header - 1];
	}
	return header;
}

static rare void gtp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header;

	if (end - at < 12 || at[0] >> 4 != 3 || at[1] != 255)
		return;                         /* not version 1, or not a user's packet */
	header = gtp_header(at, end);
	if (header == 0 || end - at <= header || (at[header] >> 4 != 4 && at[header] >> 4 != 6))
		return;
	if (tunnel_enter(d, (struct tunnel){ WEIR_GTP, be32(at + 4), 1 }))
		ip_any(d, at + header, end);
}

/* What an access point sends to its controller, and back: frames of 802.11, or of Ethernet. */
static rare void capwap(struct decoder *d, const uint8_t *at, const uint8_t *end)
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

static rare void teredo(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = (uint32_t)(end - at), header = 0;

	if (size >= 4 && be16(at) == 1)         /* authentication: lengths of id and value, nonce */
		header = 4u + at[2] + at[3] + 9;
	if (size >= header + 8 && be16(at + header) == 0)
		header += 8;                    /* origin */
	if (size < header + 40 || at[header] >> 4 != 6)
		return;
	if (size + d->missing != header + 40 + be16(at + header + 4))
		return;
	if (tunnel_enter(d, (struct tunnel){ WEIR_TEREDO, 0, 1 }))
		ip_any(d, at + header, end);
}

void overlay_udp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint16_t from = d->p->src_port, to = d->p->dest_port;

	if (to == PORT_VXLAN)
		vxlan(d, at, end, NEXT_ETHERNET);
	else if (to == PORT_VXLAN_GPE)
		vxlan_gpe(d, at, end);
	else if (to == PORT_GENEVE)
		geneve(d, at, end);
	else if (to == PORT_GTP || from == PORT_GTP)
		gtp(d, at, end);
	else if (to == PORT_CAPWAP || from == PORT_CAPWAP)
		capwap(d, at, end);
	else if (to == PORT_TEREDO || from == PORT_TEREDO)
		teredo(d, at, end);
}
