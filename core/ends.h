/* ends.h - whose a record is: the part that those of flows, seconds and protocols have in common. */
#pragma once

#include "base.h"

struct ends {
	uint8_t  src_addr[16], dest_addr[16];
	uint16_t src_port, dest_port;
	uint8_t  ip_version, protocol, icmp_type, icmp_code;
	uint8_t  dest_ether[6], src_ether[6];
} __attribute__((may_alias));

#define HAS_ENDS(record) \
	(offsetof(struct record, src_ether) - offsetof(struct record, src_addr) == \
		offsetof(struct ends, src_ether))

_Static_assert(HAS_ENDS(weir_flow) && HAS_ENDS(weir_begin) && HAS_ENDS(weir_second) &&
	HAS_ENDS(weir_said), "struct ends is a part of each record");
