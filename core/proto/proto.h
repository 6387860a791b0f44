/*
 * proto.h - what a protocol is to those who listen: how it is recognised, and what makes records
 * of what is said in it.
 *
 * A parser knows bytes, and nothing of flows or packets.  It is shown the bytes of each direction
 * in order, or datagrams, and says what it found through `said`.
 */
#pragma once

#include "said.h"

enum { UNSURE = -1, OTHER = 0, MINE = 1 };      /* what a probe may say; UNSURE wants more bytes */

enum { ENOUGH = -1 };           /* what hear may say: nothing more of this direction is wanted */

struct protocol;

enum carrier { CARRIER_TCP, CARRIER_UDP, CARRIER_TLS };

enum { LINE_MOST = 1 << 20 };           /* bytes that wait for more, of one direction */

/*
 * Where bytes come along in order.  A flow has one; so has what comes out of a tunnel within it,
 * such as TLS once decrypted.
 */
struct line {
	const struct protocol *protocol;        /* NULL: not recognised yet */
	void    *state;                         /* the parser's */
	struct held *held[2];                   /* by direction: bytes that wait for more; or NULL */
	uint32_t need[2];                       /* so many make it worth showing them again */
	uint8_t  number;                        /* of the protocol: see protocol_at */
	uint8_t  carrier;
	uint8_t  app;                           /* enum app: the protocol's label, or what it says */
	uint8_t  deaf[2];                       /* nobody wants this direction any more */
	uint8_t  unknown[2];                    /* so it is because nobody knew how it began */
	uint16_t late[2];                       /* so many bytes more are searched; 0: not yet */
	uint8_t  tries;                         /* datagrams that nobody recognised */
	uint8_t  greetings;                     /* and those of STUN among them */
	uint8_t  depth;                         /* lines around it */
	uint8_t  stirred;                       /* the parser would see now what the other end said */
};

/*
 * The packets that bytes came in which waited for more, oldest first; for those who want to know
 * what records are made of.
 */
struct waited {
	uint32_t count;
	uint32_t cut;                   /* there were more */
	struct share {
		struct origin origin;
		uint32_t end;           /* of its bytes, among those that wait */
	} shares[32];
};

/* Bytes on their way to a parser. */
struct heard {
	struct said   *said;
	struct line   *line;            /* where they came along, with the parser's state */
	const uint8_t *at;
	uint32_t size;
	uint32_t full;                  /* of a datagram: bytes it had on the wire; else size */
	int      direction;             /* the end that says it: 0 or 1, whoever began */
	uint16_t from_port, to_port;
	const struct origin *origin;    /* the packet that the last of them came in */
	const struct waited *waited;    /* and those before it, when some had to wait; or NULL */
};

struct protocol {
	const char *name;
	uint32_t kinds;                 /* of records that it makes: a bit for each enum weir_kind */
	uint32_t state_size;            /* of its own, zeroed: line->state */
	uint8_t  tcp, udp, tls;         /* what carries it */
	uint8_t  names;                 /* it tells what hosts are called: see said_name */
	uint8_t  seals;                 /* it carries others, which may be opened: it is TLS */
	uint8_t  midway;                /* it finds its way into what is heard from the middle on */
	uint8_t  label;                 /* enum app: what flows are called in which it is spoken */

	/* Whether what begins a direction, or a datagram, is of this protocol. */
	int (*probe)(const struct heard *h);

	/*
	 * Of one that may begin behind other words, as behind STARTTLS: where in a stream's bytes
	 * it may, `size` when nowhere.
	 */
	uint32_t (*find)(const uint8_t *at, uint32_t size);

	/*
	 * Takes bytes; returns how many.  What it leaves is shown again with what follows: once
	 * there are `line->need[direction]` bytes, when it sets that.  Of a datagram it sees all
	 * there is, once.  Or ENOUGH.
	 */
	int32_t (*hear)(const struct heard *h);

	/* So many bytes of a direction are missing; without it the line goes deaf. */
	void (*gap)(const struct heard *h, uint64_t missing);

	/* A direction has ended: h has the bytes that were left. */
	void (*over)(const struct heard *h);

	/* The flow has ended: last words; then what the state holds is freed. */
	void (*close)(struct said *s, struct line *l);
};

static inline int line_is_deaf(const struct line *l)
{
	return l->deaf[0] && l->deaf[1];
}

/* Goes deaf, both ways. */
static inline void line_stop(struct line *l)
{
	l->deaf[0] = l->deaf[1] = 1;
}

/* What flows are called: weir_flow.label, an index into names.apps. */
enum app {
	APP_UNKNOWN, APP_DNS, APP_MDNS, APP_LLMNR, APP_NBNS, APP_TLS, APP_DTLS, APP_QUIC, APP_DHCP,
	APP_SSH, APP_NTP, APP_SSDP, APP_HTTP, APP_SOCKS
};

/* protocols.c: all of them; NULL past the last. */
const struct protocol *protocol_at(uint32_t i);

/*
 * Whether anybody wants what a parser makes: records, names, or what is spoken; or what may be
 * inside TLS whose secrets are known.
 */
int protocol_is_wanted(const struct protocol *p, const struct said *s);

/* Finds out which are, once what is wanted is known, and again when secrets are. */
void protocols_choose(struct said *s);

/* Their parsers, of which each is in a file of its own. */
extern const struct protocol protocol_nbns, protocol_dns, protocol_dns_tcp, protocol_tls,
	protocol_dtls, protocol_quic, protocol_dhcp, protocol_dhcp6, protocol_ssh, protocol_ntp,
	protocol_ssdp, protocol_http, protocol_http2, protocol_socks;
