/*
 * decode.h - bytes of a frame -> struct weir_packet.
 *
 * Decoding goes from header to header.  Each step gets the bytes from `at` to
 * `end`, reads the header at `at`, fills what it knows of the record d->p, and
 * calls the step for the header behind it, last of all: so the whole way down
 * is a row of jumps with its state in registers.  A new link type is a line in
 * link_any (link.c), a new tunnel a function in tunnel.c or overlay.c.
 */
#pragma once

#include "../base.h"

struct fragments;

/* Nanoseconds of packet time that fragments wait for the others of their datagram. */
static const int64_t FRAGMENTS_WAIT = 30ll * 1000000000;

enum {
	DEPTH      = 32,        /* headers below IP, and others that repeat: honest ones are few */
	IP6_EXTRAS = 16         /* extension headers in one IPv6 packet */
};

struct decoder {
	/* between packets */
	struct fragments   *fragments;
	struct weir_tunnel *tunnels;            /* of this batch: TUNNEL_ROOM of them */
	uint32_t            tunnel_total;
	int                 checksums;
	int                 has_teredo;         /* a client of it has been seen with a server */

	/* of the packet at hand */
	struct weir_packet *p;
	uint32_t            missing;            /* bytes that the headers announce behind `end` */
	int                 depth;              /* headers met that can repeat */
	int                 guessed;            /* the innermost tunnel is known by port alone */
	struct weir_packet  outer;              /* the record before the innermost tunnel */
};

/* Decodes the frame that the record's frame part describes. */
void decode_packet(struct decoder *d, struct weir_packet *p);

/* Begins at the frame's link type; or at one that a header tells. */
void link_begin(struct decoder *d, const uint8_t *at, const uint8_t *end);
void link_any(struct decoder *d, const uint8_t *at, const uint8_t *end, uint32_t type);

/* Links that are seldom captured. */
void seldom_radio(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_pktap(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_juniper(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_infiniband(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_pflog(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_token_ring(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_fddi(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_sunatm(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_tag(struct decoder *d, const uint8_t *at, const uint8_t *end);
void seldom_long_tag(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* Ethernet, and what its type announces. */
void ethernet_frame(struct decoder *d, const uint8_t *at, const uint8_t *end);
void ethernet_type(struct decoder *d, const uint8_t *at, const uint8_t *end, uint16_t type);

/* 802.2, perhaps with SNAP behind it: an organisation, and a type of its own. */
void ethernet_llc(struct decoder *d, const uint8_t *at, const uint8_t *end);
void ethernet_snap(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* What NSH carries, or VXLAN's generic extension, by a number that both have. */
enum next { NEXT_IP4 = 1, NEXT_IP6 = 2, NEXT_ETHERNET = 3, NEXT_NSH = 4, NEXT_MPLS = 5 };
void ethernet_next(struct decoder *d, const uint8_t *at, const uint8_t *end, uint8_t next);

/* Labels, which do not tell what they carry: its own bytes have to. */
void ethernet_mpls(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* Links that have two ends; HDLC is Cisco's or PPP. */
void serial_pppoe(struct decoder *d, const uint8_t *at, const uint8_t *end);
void serial_ppp(struct decoder *d, const uint8_t *at, const uint8_t *end);
void serial_hdlc(struct decoder *d, const uint8_t *at, const uint8_t *end);
void serial_frame_relay(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* 802.11, and with what the radio says before it.  Some senders of CAPWAP swap its first bytes. */
void wireless_frame(struct decoder *d, const uint8_t *at, const uint8_t *end);
void wireless_radiotap(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* What an access point exchanges with its controller, and what it sends to who listens. */
void wireless_capwap(struct decoder *d, const uint8_t *at, const uint8_t *end);
void wireless_tzsp(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* IPv4 or IPv6, as the first four bits say. */
void ip_any(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* Whether what may be a header of IP tells of a packet that fills what is left of the frame. */
int ip_is_likely(const struct decoder *d, const uint8_t *at, const uint8_t *end);

/* IPv6's extension headers.  The size of the one at `at`, 0 when there is none of that kind. */
enum next_header {
	NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_AH = 51,
	NEXT_DESTINATION = 60, NEXT_MOBILITY = 135, NEXT_HIP = 139, NEXT_SHIM6 = 140
};
uint32_t ip_extra_size(const uint8_t *at, uint8_t kind);

/* What p->protocol announces; sets the payload. */
void transport_any(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* What is known of a tunnel from its own header. */
struct tunnel {
	enum weir_tunnel_kind kind;
	uint32_t id;
	int guessed;                            /* by its port: it may be none */
};

/*
 * Notes the tunnel and forgets what was the packet until here: the inner one
 * takes its place.  0 when there are too many tunnels inside each other.
 */
int tunnel_enter(struct decoder *d, struct tunnel kind);

/* Tunnels straight on IP; GRE also on UDP, where it is a guess. */
void tunnel_ip(struct decoder *d, const uint8_t *at, const uint8_t *end);
void tunnel_gre(struct decoder *d, const uint8_t *at, const uint8_t *end, int guessed);
void tunnel_ethernet(struct decoder *d, const uint8_t *at, const uint8_t *end);
void tunnel_mpls(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* Tunnels on UDP; does nothing when it is none after all. */
void overlay_udp(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* A part of a datagram: where it belongs, and whether more come behind it. */
struct part {
	uint32_t from;
	int      more;
};

/*
 * Adds the fragment from `at` to `end` to its datagram.  When that is whole
 * now, returns its bytes, and their number in `*size`.  NULL when it is not;
 * the record then has what tells its flow, if that is known.
 */
const uint8_t *fragment_add(struct decoder *d, const uint8_t *at, const uint8_t *end,
	struct part part, uint32_t *size);

/*
 * Tells the datagram's later fragments what its first one, which is the record at hand, says of
 * their flow; `protocol` is what is behind the IP header or the fragment's own.
 */
void fragment_tell(struct decoder *d, uint8_t protocol);

struct fragments *fragments_new(void);
void fragments_free(struct fragments *f);

/*
 * What the datagrams put together since the last call are kept in, to be recycled when no
 * record points to them any more.
 */
void *fragments_whole_ones(struct fragments *f);
void fragments_recycle(void *whole_ones);

/* Datagrams of which parts are missing so far, and datagrams put together. */
double fragments_incomplete(const struct fragments *f);
double fragments_whole(const struct fragments *f);

/* Checks of the Internet checksum: 1 right, 2 wrong, 0 cannot tell. */
uint8_t checksum_header(const uint8_t *at, uint32_t size);
uint8_t checksum_transport(const struct decoder *d, const uint8_t *at, const uint8_t *end);

/* The offset of a header, as records have it. */
static inline uint32_t offset_of(const struct weir_packet *p, const uint8_t *at)
{
	return (uint32_t)(at - (const uint8_t *)p->body);
}

/* The first fragment of a datagram has headers, but its payload comes with the whole. */
static inline int is_part(const struct weir_packet *p)
{
	return (p->has & (WEIR_HAS_FRAGMENT | WEIR_HAS_WHOLE)) == WEIR_HAS_FRAGMENT;
}

/* Notes why decoding ends before the payload. */
static inline void stop(struct decoder *d, enum weir_trouble why)
{
	d->p->trouble = (uint8_t)why;
	d->p->has |= WEIR_HAS_TROUBLE;
}

/* Notes that of `n` bytes only `left` are there: the trouble says whose fault it is. */
void decode_lacks(struct decoder *d, size_t left, size_t n);

/* Whether `n` bytes are there. */
static inline int has(struct decoder *d, const uint8_t *at, const uint8_t *end, size_t n)
{
	if (likely((size_t)(end - at) >= n))
		return 1;
	decode_lacks(d, (size_t)(end - at), n);
	return 0;
}

/*
 * The size of a header that tells it in its third and fourth byte, little-endian,
 * and has eight at least; 0 when it is not there.
 */
uint32_t decode_own_size(struct decoder *d, const uint8_t *at, const uint8_t *end);

/* The headers announce `n` more bytes from here on: the new end. */
static inline const uint8_t *announce(struct decoder *d, const uint8_t *at, const uint8_t *end,
	uint32_t n)
{
	size_t left = (size_t)(end - at);

	d->missing = n <= left ? 0 : (uint32_t)(n - left);
	return n <= left ? at + n : end;
}
