/* neighbour.h - who is where on a link: ARP, and the neighbour discovery of IPv6. */
#pragma once

#include "said.h"

enum { NEIGHBOUR_FIRST = 133, NEIGHBOUR_LAST = 137 };   /* types of ICMPv6 */

/* A packet of ARP, from its header on. */
void neighbour_arp(struct said *s, const uint8_t *at, uint32_t size);

/* A message of ICMPv6, of these types, from its header on, that an end of the flow sends. */
void neighbour_icmp6(struct said *s, int direction, const uint8_t *at, uint32_t size);
