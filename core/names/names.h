/*
 * names.h - which name an address goes by, for whom and since when.
 *
 * An answer of DNS counts for the client that asked, and less surely for the others; so it may be
 * that an address has another name for each client.  Of several names of an address the one counts
 * that was told last before a flow began.  What is said again later changes nothing about that.
 *
 * Time is that of flows: it comes from packets, and never goes back.
 */
#pragma once

#include "../base.h"

enum {
	NAME_MOST = 253,                /* bytes of a name */
	NAMES_GRACE = 3600              /* seconds that an answer is believed beyond its TTL */
};

/*
 * The name in some bytes, in lower case and without a dot at its end: its size, 0 when they are
 * none.  A name has labels of letters, digits, hyphens and underscores, or of what is beyond ASCII
 * (in UTF-8), and the last one is no number.
 */
uint32_t name_form(char out[NAME_MOST], const void *bytes, uint32_t size);

struct names;

/* NULL when there is no memory. */
struct names *names_new(uint64_t seed);
void names_free(struct names *n);               /* accepts NULL */

/* Forgets all: another time begins.  No text is kept any more. */
void names_clear(struct names *n);

/* Who asks: address, IP version, and Ethernet address; all zero where it is not known. */
struct asker {
	uint8_t address[16];
	uint8_t ether[6];
	uint8_t version;
};

/* What is said: that an address has a name. */
struct told {
	struct asker to;                /* of an answer of DNS: who asked */
	uint8_t  address[16];
	uint8_t  version;               /* of that address */
	uint8_t  by;                    /* enum weir_name_by: DNS, MDNS or PTR */
	uint32_t ttl;                   /* seconds */
	int64_t  ns;                    /* when */
};

/* `name` is as name_form makes it. */
void names_learn(struct names *n, const struct told *t, const char *name, uint32_t size);

/* A flow from `from` to an address, that began at `begun`; of what was told later than `until`
 * nothing is known. */
struct sought {
	struct asker from;
	uint8_t  address[16];
	uint8_t  version;
	int64_t  begun, until;
};

/*
 * A name by the number of its text, 0 being none; and whether it is definitive: it was told to
 * this client, or by who has it, before the flow began, and no longer ago than it holds.
 */
struct named {
	uint32_t text;
	uint8_t  by, sure;
	uint8_t  is_passing;            /* more was told later than `until`, or it depends on more */
};
struct named names_find(const struct names *n, const struct sought *s);

/* Whether nothing is known of any address. */
int names_are_none(const struct names *n);

/*
 * What was found may be remembered, unless it is passing, for as long as the count of changes at
 * the address's place stays what it is; that is never 0.
 */
uint32_t names_place(const struct names *n, const uint8_t address[16]);
uint32_t names_changes(const struct names *n, uint32_t place);

/* A text for somebody to keep, 0 for want of room; and to keep no more. */
uint32_t names_keep(struct names *n, const char *name, uint32_t size);
void     names_drop(struct names *n, uint32_t text);

/* Copies a text; returns its size. */
uint32_t names_read(const struct names *n, uint32_t text, char out[NAME_MOST]);

/* Names that were forgotten, or not learnt, for want of room. */
double names_dropped(const struct names *n);
