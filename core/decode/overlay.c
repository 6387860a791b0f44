/* overlay.c - tunnels on UDP: known by the port, and by a header that makes sense. */
#include "decode.h"

enum {
	PORT_L2TP = 1701, PORT_GTP = 2152, PORT_TEREDO = 3544, PORT_GRE = 4754, PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790, PORT_AYIYA = 5072, PORT_CAPWAP = 5247, PORT_GENEVE = 6081,
	PORT_MPLS = 6635, PORT_VXLAN_LINUX = 8472, PORT_TZSP = 37008,
	GTP_EXTRAS = 8                  /* extension headers of one GTP packet */
};

/* VXLAN's flags: there is a network's number; its generic extension says what it carries. */
enum { VXLAN_ID = 0x08, VXLAN_NEXT = 0x04 };

/* L2TP's flags: what must not be set, with the version; what the header has. */
enum {
	L2TP_FIXED = 0xb4ff, L2TP_2 = 2, L2TP_LENGTH = 0x4000, L2TP_NUMBERS = 0x0800,
	L2TP_OFFSET = 0x0200
};

enum { AYIYA_FORWARD = 1, AYIYA_IP4 = 4, AYIYA_IP6 = 41 };

/* Whether an IP packet that ends where the datagram does begins here. */
static int is_ip(const struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = (uint32_t)(end - at) + d->missing;

	if (end - at < 20)
		return 0;
	return at[0] >> 4 == 4 ? be16(at + 2) == size : at[0] >> 4 == 6 && be16(at + 4) + 40u == size;
}

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

/* The second version, which says so; the third has cookies of a size that was agreed on before. */
static rare void l2tp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t id_at = 2, header;
	uint16_t flags;

	if (end - at < 8)
		return;
	flags = be16(at);
	if ((flags & L2TP_FIXED) != L2TP_2)
		return;                         /* another version, or control */
	if (flags & L2TP_LENGTH) {
		if (be16(at + 2) != (uint32_t)(end - at) + d->missing)
			return;
		id_at = 4;
	}
	header = id_at + 4 + (flags & L2TP_NUMBERS ? 4 : 0);
	if (end - at < header + 2)
		return;
	if (flags & L2TP_OFFSET)
		header += 2u + be16(at + header);
	if (end - at > header && tunnel_enter(d, (struct tunnel){ WEIR_L2TP, be32(at + id_at), 1 }))
		serial_ppp(d, at + header, end);
}

/* IP behind who sends it, and a signature: their sizes are in the first two bytes. */
static rare void ayiya(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t header;

	if (end - at < 8 || (at[2] & 15) != AYIYA_FORWARD)
		return;
	header = 8 + (1u << (at[0] >> 4)) + (at[1] >> 4) * 4u;
	if (end - at <= header || (at[3] != AYIYA_IP4 && at[3] != AYIYA_IP6))
		return;
	if (is_ip(d, at + header, end) && tunnel_enter(d, (struct tunnel){ WEIR_AYIYA, 0, 1 }))
		ip_any(d, at + header, end);
}

/* Labels; and behind the last one IP, or an Ethernet frame, which has a type to tell it by. */
static rare void mpls(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	const uint8_t *label = at;

	do {
		if (end - label < 8)
			return;
		label += 4;
	} while (!(label[-2] & 1));
	if ((label[0] >> 4 == 4 || label[0] >> 4 == 6) && !is_ip(d, label, end))
		return;
	if (tunnel_enter(d, (struct tunnel){ WEIR_MPLS, 0, 1 }))
		ethernet_mpls(d, at, end);
}

/* Flags that GRE has on UDP: the others are zero. */
static rare void gre(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 4 && !(be16(at) & 0x4fff))
		tunnel_gre(d, at, end, 1);
}

/* Linux' own port for VXLAN, from before there was another; so the whole header has to be right. */
static rare void vxlan_linux(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 8 && be32(at) == 0x08000000)
		vxlan(d, at, end, NEXT_ETHERNET);
}

/* Teredo's own addresses begin with 2001:0. */
static inline int is_teredo(const uint8_t *address)
{
	return be32(address) == 0x20010000;
}

/* IPv6 that fills the datagram; or, to or from an address of Teredo's, with trailers behind. */
static rare void teredo(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = (uint32_t)(end - at) + d->missing, total;

	if (end - at < 40 || at[0] >> 4 != 6)
		return;
	total = 40u + be16(at + 4);
	if (total > size || (total < size && !is_teredo(at + 8) && !is_teredo(at + 24)))
		return;
	if (!tunnel_enter(d, (struct tunnel){ WEIR_TEREDO, 0, 1 }))
		return;
	d->has_teredo = 1;
	ip_any(d, at, end);
}

/* A server may say who asks, and from where, before the packet. */
static rare void teredo_server(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	uint32_t size = (uint32_t)(end - at), header = 0;

	if (size >= 4 && be16(at) == 1)         /* authentication: lengths of id and value, nonce */
		header = 4u + at[2] + at[3] + 9;
	if (size >= header + 8 && be16(at + header) == 0)
		header += 8;                    /* origin */
	if (size > header)
		teredo(d, at + header, end);
}

static rare void teredo_peer(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 40 && (is_teredo(at + 8) || is_teredo(at + 24)))
		teredo(d, at, end);
}

/*
 * Clients of Teredo talk to each other, and to relays, on any port; but each has to talk to a
 * server first, and goes on to do so.  Until one does, no packet pays for this; and then for no
 * more than the length that IPv6 would have here.
 */
static inline int may_be_teredo(const struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	return unlikely(d->has_teredo) && end - at >= 6 &&
		be16(at + 4) + 40u == (uint32_t)(end - at) + d->missing;
}

static rare void known_port(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	switch (d->p->dest_port) {
	case PORT_VXLAN:       vxlan(d, at, end, NEXT_ETHERNET); return;
	case PORT_VXLAN_GPE:   vxlan_gpe(d, at, end); return;
	case PORT_VXLAN_LINUX: vxlan_linux(d, at, end); return;
	case PORT_GENEVE:      geneve(d, at, end); return;
	case PORT_GRE:         gre(d, at, end); return;
	case PORT_MPLS:        mpls(d, at, end); return;
	case PORT_TZSP:        wireless_tzsp(d, at, end); return;
	}
	for (int i = 0; i < 2; i++) {
		switch (i ? d->p->src_port : d->p->dest_port) {
		case PORT_GTP:    gtp(d, at, end); return;
		case PORT_CAPWAP: wireless_capwap(d, at, end); return;
		case PORT_L2TP:   l2tp(d, at, end); return;
		case PORT_AYIYA:  ayiya(d, at, end); return;
		case PORT_TEREDO: teredo_server(d, at, end); return;
		}
	}
}

/* All the ports are compared at once: test by test they would cost every UDP packet. */
static inline int is_known_port(const uint8_t *at)
{
	typedef uint16_t eight __attribute__((vector_size(16)));
	typedef uint32_t four __attribute__((vector_size(16)));
	typedef uint64_t two __attribute__((vector_size(16)));
	static const eight both = {             /* to and from */
		PORT_GTP, PORT_GTP, PORT_CAPWAP, PORT_CAPWAP, PORT_L2TP, PORT_L2TP, PORT_AYIYA, PORT_AYIYA
	};
	static const eight more = {
		PORT_TEREDO, PORT_TEREDO, PORT_VXLAN, 0, PORT_VXLAN_GPE, 0, PORT_VXLAN_LINUX, 0
	};
	static const eight most = { PORT_GENEVE, 0, PORT_GRE, 0, PORT_MPLS, 0, PORT_TZSP, 0 };
	uint32_t pair = be32(at - 8);           /* of the UDP header */
	eight ports = (eight)((four){ pair, pair, pair, pair });
	two found = (two)((ports == both) | (ports == more) | (ports == most));

	return (found[0] | found[1]) != 0;
}

void overlay_udp(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
	if (unlikely(is_known_port(at)))
		known_port(d, at, end);
	else if (unlikely(may_be_teredo(d, at, end)))
		teredo_peer(d, at, end);
}
