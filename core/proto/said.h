/*
 * said.h - what protocols said in a batch: their records, the rows that these lead to, the bytes
 * of all.
 *
 * A step is what one packet, or the end of one flow, brings.  It may add so many rows and bytes,
 * and what is more is left out and counted, wherever batches are cut; before a step that might
 * not fit, the batch ends.
 */
#pragma once

#include "../base.h"

struct flows;
struct opener;

enum {
	STEP_ROWS  = 4096,              /* of all piles together */
	STEP_WORDS = 16 << 20,          /* bytes */
	STEPS      = 4,                 /* that may follow each other before room is asked for */
	SAID_ROWS  = STEPS * STEP_ROWS,
	SAID_WORDS = STEPS * STEP_WORDS,
	SAID_NAMES = 1 << 16,           /* bytes more for names of flows and seconds, a few a step */
	PARSERS    = 64                 /* at most */
};

/* How often a parser was asked: see struct weir_parser. */
struct tally {
	uint64_t probes, talks, calls;
};

/* The arrays of a batch, side by side in one slab: see slab.h for why. */
struct said_room {
	char             words[SAID_WORDS + SAID_NAMES];
	struct weir_text texts[SAID_ROWS];
	struct weir_number numbers[SAID_ROWS];
	struct weir_pair pairs[SAID_ROWS];
	struct weir_rr   rrs[SAID_ROWS];
	struct weir_stream stream[SAID_ROWS];
	struct weir_dns  dns[SAID_ROWS];
	struct weir_nbns nbns[SAID_ROWS];
	struct weir_nbname nbnames[SAID_ROWS];
	struct weir_tls  tls[SAID_ROWS];
	struct weir_certificate certificates[SAID_ROWS];
	struct weir_alert alerts[SAID_ROWS];
	struct weir_quic quic[SAID_ROWS];
	struct weir_dhcp dhcp[SAID_ROWS];
	struct weir_ssh  ssh[SAID_ROWS];
	struct weir_ntp  ntp[SAID_ROWS];
	struct weir_ssdp ssdp[SAID_ROWS];
	struct weir_arp  arp[SAID_ROWS];
	struct weir_http http[SAID_ROWS];
	struct weir_exchange exchange[SAID_ROWS];
	struct weir_spot spots[SAID_ROWS];
};

enum pile {
	PILE_TEXTS, PILE_NUMBERS, PILE_PAIRS, PILE_RRS, PILE_STREAM, PILE_DNS, PILE_NBNS, PILE_NBNAMES,
	PILE_TLS, PILE_CERTIFICATES, PILE_ALERTS, PILE_QUIC, PILE_DHCP, PILE_SSH, PILE_NTP, PILE_SSDP,
	PILE_ARP, PILE_HTTP, PILE_EXCHANGE, PILE_SPOTS,
	PILES
};

/* Where bytes came from: the packet that carried them. */
struct origin {
	int64_t ns;
	double  ordinal, offset;
	uint32_t source;
};

struct said {
	struct said_room *room;
	struct flows  *flows;
	struct names *names;            /* what is known of them; NULL when nobody wants names */
	struct keylog *keylog;          /* secrets of TLS, as far as they are known */
	uint32_t kinds;                 /* that are wanted: a bit for each enum weir_kind */
	uint8_t  labels;                /* it is wanted what is spoken in each flow */
	uint32_t counts[PILES];
	uint32_t words_used;
	uint32_t step_rows, step_words; /* what this step may still add */
	int      crowded;               /* no other step fits */
	double   dropped;               /* rows and texts, for want of room */
	double   missing;               /* bytes of streams */
	uint64_t held;                  /* bytes that streams and states keep, see said_hold */
	struct idle *idle[PARSERS];     /* states that parsers need no more: see line.c */
	uint64_t wanted;                /* parsers that anybody wants, a bit each by their number */
	struct tally tallies[PARSERS];  /* by their number: see protocol_at */
	uint64_t told[WEIR_KINDS];      /* records */
	struct certificates *certificates;      /* that were seen: see certificate.c */
	struct opener *opener;          /* of packets of QUIC: made when one comes */
	uint64_t spare[64];             /* where rows go that have no room: 512 bytes */

	/* the step at hand */
	uint32_t flow;                  /* number of its flow; 0: of none */
	int      direction;             /* 0: who says it is end a of the flow's key, 1: b */
	const struct weir_packet *packet;       /* NULL: the flow's end */
	const struct weir_said *whose;          /* of a row of a file, instead of both; or NULL */
	struct origin now;
	struct weir_list packets;       /* that its records are made of, once there is one */
	int      is_told;
};

/* With room for a batch of what the flows are to tell; NULL when there is no memory. */
struct said *said_new(struct flows *f);
void said_free(struct said *s);                 /* accepts NULL */
void said_begin(struct said *s);                /* the next batch */
void said_show(const struct said *s, struct weir_batch *batch);

/* Begins a step: a packet of flow `number`, or with NULL that flow's end. */
void said_step(struct said *s, uint32_t number, const struct weir_packet *p, int direction);

/* The same with a row of a file, which says itself whose it is. */
void said_step_of(struct said *s, const struct weir_said *whose);

static inline int said_wants(const struct said *s, enum weir_kind kind)
{
	return s->kinds >> kind & 1;
}

/* A new row of zeros.  Never NULL: what has no room is written where nobody looks. */
void *said_row(struct said *s, enum pile pile);

/*
 * Copies bytes.  A list is the rows that were added since `first`, a count of the pile before.
 */
struct weir_text said_text(struct said *s, const void *bytes, uint32_t size);
struct weir_text said_format(struct said *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct weir_text said_hex(struct said *s, const void *bytes, uint32_t size);

static inline struct weir_list said_list(const struct said *s, enum pile pile, uint32_t first)
{
	return (struct weir_list){ first, s->counts[pile] - first };
}

/* The text of a name that is known, beside what the step may add. */
struct weir_text said_known(struct said *s, uint32_t name);

/* Room for `size` bytes to be written to, and how many of them it got; NULL when none is left. */
char *said_room(struct said *s, uint32_t size);
struct weir_text said_fill(struct said *s, uint32_t size);      /* how many of them were */

/* Takes back what was added since: of a message that turned out to be none. */
struct mark {
	uint32_t counts[PILES], words_used, step_rows, step_words;
	double dropped;
};
struct mark said_mark(const struct said *s);
void said_forget(struct said *s, const struct mark *m);

/*
 * A new record, with whose it is: the end `direction` of the flow said it.  It is among what
 * happened once it is published.
 */
void *said_record(struct said *s, enum weir_kind kind, int direction);
void said_publish(struct said *s, enum weir_kind kind, const void *record);

/* Whether anybody wants to know which packets records are made of. */
int said_tells_packets(const struct said *s);

/* When that is so: a record is made of that packet alone. */
void said_made_of(struct said *s, struct weir_said *w, const struct origin *o);

/*
 * End `direction` of the flow names the other end: a client whom it wants to talk to.  The first
 * name counts.  Does nothing when nobody wants names, or these bytes are none; a port behind the
 * name is passed over.
 */
void said_name(struct said *s, int direction, enum weir_name_by by, const void *name,
	uint32_t size);

/*
 * Takes `size` bytes of memory from what all that listens may keep, 0 when it is used up; and
 * gives them back.
 */
int  said_hold(struct said *s, uint64_t size);
void said_release(struct said *s, uint64_t size);
