/* dhcp.h - what the parsers of DHCPv4 and DHCPv6 share: texts of what options hold. */
#pragma once

#include "dns.h"

/* An option's bytes. */
struct option {
	const uint8_t *at;
	uint32_t size;
};

static inline int is_printable(const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (at[i] < ' ')
			return 0;
	return 1;
}

/* dhcp_option.c: text without zeros at its end; an address; names, and addresses, as lists of texts. */
struct weir_text option_text(struct said *s, struct option o);
struct weir_text option_address(struct said *s, struct option o, uint32_t version);
struct weir_list option_addresses(struct said *s, struct option o, uint32_t version);
struct weir_list option_names(struct said *s, struct option o);
struct weir_text option_name(struct said *s, struct option o);          /* the first of them */
struct weir_text option_hex(struct said *s, struct option o);           /* "01:23:ab" */
struct weir_list option_numbers(struct said *s, struct option o, uint32_t size);
