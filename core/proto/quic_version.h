/* quic_version.h - the versions of QUIC: what they are called, and what differs between them. */
#pragma once

#include "../base.h"

/* What the first keys of a connection are made with. */
enum quic_suite {
	SUITE_NONE,             /* nothing is encrypted yet, or nobody knows how */
	SUITE_DRAFT_21, SUITE_DRAFT_23, SUITE_DRAFT_29, SUITE_1, SUITE_2,
	SUITE_2_DRAFT, SUITE_Q050, SUITE_T050, SUITE_T051,
	SUITES
};

enum quic_version_number {
	QUIC_1 = 0x00000001, QUIC_2 = 0x6b3343cf, QUIC_DRAFT_29 = 0xff00001d,
	QUIC_DRAFT_22 = 0xff000016, QUIC_DRAFT_24 = 0xff000018, QUIC_DRAFT_34 = 0xff000022,
	QUIC_2_DRAFT = 0xff020000,      /* types of packets are those of version 1 */
	QUIC_Q046 = 0x51303436, QUIC_Q050 = 0x51303530,
	QUIC_T050 = 0x54303530, QUIC_T051 = 0x54303531
};

enum { QUIC_NAME = 16 };                /* bytes of a version's name, with a zero byte */

enum quic_suite quic_suite(uint32_t version);

/* "1", "draft-29", "v2-draft-00", "Q046"; "0x1a2a3a4a" of one that has no name. */
void quic_name(uint32_t version, char to[QUIC_NAME]);

/* Google's own, with messages of its own: Q024 to Q050; its number, or 0. */
uint32_t quic_google(uint32_t version);

/* Those that no server speaks: they are to be refused (RFC 9000, 15). */
static inline int quic_is_reserved(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* Whether it is one that Weir knows, or reserved. */
static inline int quic_is_known(uint32_t version)
{
	return quic_suite(version) || quic_google(version) || quic_is_reserved(version);
}
