/* icmp.h - which ICMP types answer each other. */
#pragma once

#include <stdint.h>

/*
 * The type that answers `type` in IPv4 or IPv6 (`version`), as Community ID pairs them;
 * -1 when none does.
 */
int icmp_answer(int version, uint8_t type);
