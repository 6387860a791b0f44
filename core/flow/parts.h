/*
 * parts.h - a flow's record, in parts by how often they are needed: `hot` with each
 * packet (two cache lines), `cold` with each of its seconds, `rest` when it begins
 * and ends, `stats` when asked for.
 */
#pragma once

#include "../base.h"

/* Addresses and ports in a fixed order, so that both directions have one key. */
struct key {
	uint8_t  a[16], b[16];
	uint16_t port_a, port_b;
	uint16_t vlans[4];
	uint32_t tunnel;
	uint8_t  protocol, version;
	uint8_t  unused[2];
};

enum state {
	STATE_ENDED = 1,                /* TCP has ended it; late packets still belong to it */
	STATE_SURE  = 2,                /* SYN or SYN+ACK has told who is the originator */
	STATE_CUT   = 4,                /* a script has ended it, as of extra.cut */
	STATE_HEARD = 8,                /* somebody listens to what end a says; to end b: the next bit */
	STATE_HEARD_BOTH = STATE_HEARD | STATE_HEARD << 1
};

struct hot {
	struct key key;
	uint8_t  originator;            /* the direction of the first packet: 0 from a, 1 from b */
	uint8_t  state;                 /* enum state, or-ed */
	uint8_t  flags[2];              /* TCP: those of all packets, by direction; ICMP: type, code */
	int64_t  last;                  /* when the last packet came */
	int64_t  first;
	uint64_t packets[2];
	uint64_t bytes[2];
	union {
		struct {                /* of the second at hand, where seconds are asked for; else */
			uint32_t second_packets[2];
			uint32_t second_bytes[2];
		};
		int64_t came[2];        /* when the last packet came, by direction: as struct lasts */
	};
	uint32_t second;                /* that they count: the low bits of the epoch's */
	uint16_t due;                   /* when its deadline is looked at next: its second on the wheel */
	uint16_t has;                   /* enum weir_has, as far as flows have it */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct hot) == 128 && offsetof(struct hot, first) >= 64,
	"two cache lines, of which the second is asked for at `first`");

struct cold {
	double   id;
	uint8_t  ethers[2][12];         /* destination and source of its packets, by direction */
};

_Static_assert(sizeof(struct cold) == 32, "two in a cache line");

/* What is needed when it begins and ends. */
struct rest {
	uint32_t source;
	uint32_t extra;                 /* index of its extra part; 0 for most, which have none */
	uint8_t  vlan_count, tunnel_count;
	uint8_t  first_way;             /* direction of its first packet */
	uint8_t  roams;                 /* ethers are other than the first packet's, which extra has */
};

/* What few flows have, or few runs ask for. */
struct extra {
	uint32_t next;                  /* the next one that is free */
	uint32_t fragments, icmp_errors;
	uint8_t  ethers[12];            /* of its first packet, when others had others */
	int64_t  cut;                   /* when a script ended the flow */
	uint32_t first_chunk, last_chunk, offset_count; /* places of its packets: offsets.c */
	uint32_t said_chunk, said_count; /* those of the last record: its last chunk, and how many there */
	uint64_t carry[2];              /* of stats.size_squares, by direction */
	uint64_t flags[2][8];           /* of stats.flags, what does not fit there */
	struct weir_tunnel tunnels[WEIR_TUNNELS];       /* of its first packet */
};

/*
 * What all statistics follow from, in two cache lines.  Sums are elsewhere: that of sizes is
 * the flow's bytes, that of gaps the time from first to last.  For that reason, too, squares of
 * gaps fit: together they are at most the square of the flow's milliseconds.
 */
struct stats {
	uint64_t size_squares[2];       /* by direction; large frames, many times, carry over */
	uint64_t gap_squares[3];        /* by direction, and of both; in milliseconds */
	uint32_t size_least[2], size_most[2];
	uint32_t gap_least[3], gap_most[3];
	uint32_t begun;                 /* the flow's first millisecond: the low bits of the epoch's */
	uint32_t answered;              /* milliseconds from then to the first packet the other way */
	uint32_t last[2];               /* and to the last one, by direction */
	uint16_t flags[2][8];           /* packets with each of TCP's flags, of the last few */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct stats) == 128 && offsetof(struct stats, begun) >= 64,
	"two cache lines, of which the second is asked for at `begun`");

/* What tcp.c keeps, of the packets that one side sent. */
enum {
	HOLES = 4,                      /* remembered in the row of a side's sequence numbers */
	HEAD  = 256                     /* bytes of payload that entropy is of */
};

struct hole {
	uint32_t from, to;              /* the first number, and the one behind the last */
};

struct side {
	uint64_t payload;
	uint64_t ip;                    /* bytes of IP packets */
	int64_t  syn_ns;                /* when its last SYN came */
	uint32_t has;                   /* enum weir_facts_has, and what is known of it besides */
	uint32_t begins;                /* behind its last SYN */
	uint32_t end;                   /* behind all that it has sent */
	uint32_t ack;                   /* the highest, and `window` with it */
	struct hole holes[HOLES];
	uint32_t dug;                   /* holes so far */
	uint32_t retransmissions, out_of_order, duplicate_acks, zero_windows;
	uint16_t window, min_window, max_window, mss;
	uint16_t head_size;
	uint8_t  scale, min_ttl, max_ttl;
};

struct facts {
	struct side sides[2];
	int64_t  trips[2];              /* nanoseconds from SYN to SYN+ACK, from SYN+ACK to ACK */
	uint32_t has;
	uint8_t  heads[2][HEAD];        /* the first payload, by direction */
};

/* What those who listen to a flow keep of it from its first packet on. */
struct ear {
	uint32_t talk;                  /* number of what is said in it; 0: none, yet or any more */
	union {
		uint32_t begins[2];     /* TCP: the first byte's sequence number, by direction */
		struct { uint8_t tries, greetings; };   /* datagrams that nobody knows: see line.h */
	};
	uint32_t name;                  /* that one end called the other: see names_keep; or 0 */
	uint32_t found;                 /* what is known of an end's address, as long as its place has */
	uint32_t changes;               /* so many changes (0: nothing is remembered): see names_find */
	uint8_t  app;                   /* enum app, once it is known */
	uint8_t  name_by, found_by;     /* enum weir_name_by */
	uint8_t  knows : 2;             /* which first bytes are known, a bit each */
	uint8_t  name_end : 1, found_end : 1;   /* which end has the name */
	uint8_t  found_sure : 1;
};

/* When the last packet came, by direction: for packet.gap_same, where hot has no room for it. */
struct lasts {
	int64_t ns[2];
};
