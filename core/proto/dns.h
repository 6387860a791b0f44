/* dns.h - what the parts of the DNS parser share: a message, names, the text of a record's data. */
#pragma once

#include "proto.h"

/* A message, of which `size` bytes were captured. */
struct message {
	struct said   *said;
	const uint8_t *at;
	uint32_t size;
};

enum { NAME_ROOM = 1100 };      /* bytes of a name as text, of 255 in the message: \. and so on */

/*
 * The name at `*at`, as text without a dot at its end ("." is the root's); moves `*at` behind it.
 * Returns its size; below 0 when it is none: too long, a loop, or beyond the end.
 */
int dns_name(const struct message *m, uint32_t *at, char out[NAME_ROOM]);

/* Has those who want names learn what an answer tells; it is one of DNS or mDNS. */
void dns_tell(const struct heard *h, const uint8_t *at, uint32_t size, enum weir_kind kind);

/* The data of a record, `size` bytes from `at` on, as text; in hexadecimal when it is unknown. */
struct weir_text dns_rdata(const struct message *m, uint16_t type, uint32_t at, uint32_t size);
