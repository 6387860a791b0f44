/* quic_version.c - the versions of QUIC: IETF's and its drafts, Google's, Facebook's. */
#include <stdio.h>
#include "quic_version.h"

enum {
	DRAFTS = 0xff000000, FACEBOOK = 0xfaceb000, FACEBOOK_22 = 0xfaceb001,
	FACEBOOK_27 = 0xfaceb002, FACEBOOK_1 = 0xfaceb003, FACEBOOK_TRIAL = 0xfaceb00e
};

static enum quic_suite draft_suite(uint32_t draft)
{
	return draft < 22 || draft > 34 ? SUITE_NONE : draft < 23 ? SUITE_DRAFT_21 :
		draft < 29 ? SUITE_DRAFT_23 : draft < 33 ? SUITE_DRAFT_29 : SUITE_1;
}

enum quic_suite quic_suite(uint32_t version)
{
	switch (version) {
	case QUIC_1: case FACEBOOK_1: return SUITE_1;
	case QUIC_2:                  return SUITE_2;
	case QUIC_2_DRAFT:            return SUITE_2_DRAFT;
	case QUIC_Q050:               return SUITE_Q050;
	case QUIC_T050:               return SUITE_T050;
	case QUIC_T051:               return SUITE_T051;
	case FACEBOOK_22:             return SUITE_DRAFT_21;
	}
	if ((version & 0xffffff00) == DRAFTS)
		return draft_suite(version & 0xff);
	return (version & 0xfffff000) == FACEBOOK ? SUITE_DRAFT_23 : SUITE_NONE;
}

/* Four characters: Q, 0, and two digits. */
uint32_t quic_google(uint32_t version)
{
	uint32_t ten = (version >> 8 & 0xff) - '0', one = (version & 0xff) - '0';
	uint32_t number = 10 * ten + one;

	return version >> 16 == (uint32_t)('Q' << 8 | '0') && ten <= 9 && one <= 9 &&
		number >= 24 && number <= 50 ? number : 0;
}

void quic_name(uint32_t version, char to[QUIC_NAME])
{
	uint32_t letter = version >> 24;

	if (version == QUIC_1 || version == QUIC_2)
		snprintf(to, QUIC_NAME, version == QUIC_1 ? "1" : "2");
	else if (version == QUIC_2_DRAFT)
		snprintf(to, QUIC_NAME, "v2-draft-00");
	else if ((version & 0xffffff00) == DRAFTS)
		snprintf(to, QUIC_NAME, "draft-%02u", version & 0xff);
	else if (quic_google(version) || version == QUIC_T050 || version == QUIC_T051)
		snprintf(to, QUIC_NAME, "%c0%c%c", (int)letter, (int)(version >> 8 & 0xff),
			(int)(version & 0xff));
	else if (version == FACEBOOK_22 || version == FACEBOOK_27)
		snprintf(to, QUIC_NAME, version == FACEBOOK_22 ? "mvfst-22" : "mvfst-27");
	else if (version == FACEBOOK_1 || version == FACEBOOK_TRIAL)
		snprintf(to, QUIC_NAME, version == FACEBOOK_1 ? "mvfst-1" : "mvfst-exp");
	else
		snprintf(to, QUIC_NAME, "0x%08x", version);
}
