/* suite.h - what is known of the cipher suites of TLS whose records can be opened. */
#pragma once

#include "protect.h"

enum seal { SEAL_GCM, SEAL_CCM, SEAL_CCM_8, SEAL_CHACHA, SEAL_CBC };

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384 };

struct suite {
	uint16_t number;
	uint8_t  seal;
	uint8_t  key_size;
	uint8_t  mac;                   /* enum digest: of CBC */
	uint8_t  prf;                   /* enum digest: keys are derived with, since TLS 1.2 */
};

/* Bytes of a digest. */
uint32_t digest_size(enum digest d);
