/* pcapng.h - the numbers of the block format, for its reader and its writer. */
#pragma once

enum {
	PCAPNG_SECTION   = 0x0a0d0d0a,
	PCAPNG_ORDER     = 0x1a2b3c4d,  /* as its writer's byte order has it */
	PCAPNG_VERSION   = 1,
	PCAPNG_INTERFACE = 1,
	PCAPNG_PACKET    = 2,           /* obsolete, but met */
	PCAPNG_SIMPLE    = 3,
	PCAPNG_ENHANCED  = 6,
	PCAPNG_SECRETS   = 10
};

enum {
	PCAPNG_OPTION_END     = 0,
	PCAPNG_OPTION_COMMENT = 1,
	PCAPNG_IF_NAME        = 2,
	PCAPNG_IF_TSRESOL     = 9,
	PCAPNG_IF_TSOFFSET    = 14
};
