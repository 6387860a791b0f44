/* suite.c - the cipher suites of TLS whose records can be opened. */
#include <stdlib.h>
#include "suite.h"

/* In the order of their numbers. */
static const struct suite suites[] = {
	{ 0x002f, SEAL_CBC, 16, DIGEST_SHA1, DIGEST_SHA256 },   /* RSA */
	{ 0x0033, SEAL_CBC, 16, DIGEST_SHA1, DIGEST_SHA256 },   /* DHE_RSA */
	{ 0x0035, SEAL_CBC, 32, DIGEST_SHA1, DIGEST_SHA256 },
	{ 0x0039, SEAL_CBC, 32, DIGEST_SHA1, DIGEST_SHA256 },
	{ 0x003c, SEAL_CBC, 16, DIGEST_SHA256, DIGEST_SHA256 },
	{ 0x003d, SEAL_CBC, 32, DIGEST_SHA256, DIGEST_SHA256 },
	{ 0x0067, SEAL_CBC, 16, DIGEST_SHA256, DIGEST_SHA256 },
	{ 0x006b, SEAL_CBC, 32, DIGEST_SHA256, DIGEST_SHA256 },
	{ 0x009c, SEAL_GCM, 16, 0, DIGEST_SHA256 },
	{ 0x009d, SEAL_GCM, 32, 0, DIGEST_SHA384 },
	{ 0x009e, SEAL_GCM, 16, 0, DIGEST_SHA256 },
	{ 0x009f, SEAL_GCM, 32, 0, DIGEST_SHA384 },
	{ 0x1301, SEAL_GCM, 16, 0, DIGEST_SHA256 },             /* TLS 1.3 */
	{ 0x1302, SEAL_GCM, 32, 0, DIGEST_SHA384 },
	{ 0x1303, SEAL_CHACHA, 32, 0, DIGEST_SHA256 },
	{ 0x1304, SEAL_CCM, 16, 0, DIGEST_SHA256 },
	{ 0x1305, SEAL_CCM_8, 16, 0, DIGEST_SHA256 },
	{ 0xc009, SEAL_CBC, 16, DIGEST_SHA1, DIGEST_SHA256 },   /* ECDHE */
	{ 0xc00a, SEAL_CBC, 32, DIGEST_SHA1, DIGEST_SHA256 },
	{ 0xc013, SEAL_CBC, 16, DIGEST_SHA1, DIGEST_SHA256 },
	{ 0xc014, SEAL_CBC, 32, DIGEST_SHA1, DIGEST_SHA256 },
	{ 0xc023, SEAL_CBC, 16, DIGEST_SHA256, DIGEST_SHA256 },
	{ 0xc024, SEAL_CBC, 32, DIGEST_SHA384, DIGEST_SHA384 },
	{ 0xc027, SEAL_CBC, 16, DIGEST_SHA256, DIGEST_SHA256 },
	{ 0xc028, SEAL_CBC, 32, DIGEST_SHA384, DIGEST_SHA384 },
	{ 0xc02b, SEAL_GCM, 16, 0, DIGEST_SHA256 },
	{ 0xc02c, SEAL_GCM, 32, 0, DIGEST_SHA384 },
	{ 0xc02f, SEAL_GCM, 16, 0, DIGEST_SHA256 },
	{ 0xc030, SEAL_GCM, 32, 0, DIGEST_SHA384 },
	{ 0xc09c, SEAL_CCM, 16, 0, DIGEST_SHA256 },
	{ 0xc09d, SEAL_CCM, 32, 0, DIGEST_SHA256 },
	{ 0xc09e, SEAL_CCM, 16, 0, DIGEST_SHA256 },
	{ 0xc09f, SEAL_CCM, 32, 0, DIGEST_SHA256 },
	{ 0xc0a0, SEAL_CCM_8, 16, 0, DIGEST_SHA256 },
	{ 0xc0a1, SEAL_CCM_8, 32, 0, DIGEST_SHA256 },
	{ 0xc0ac, SEAL_CCM, 16, 0, DIGEST_SHA256 },
	{ 0xc0ad, SEAL_CCM, 32, 0, DIGEST_SHA256 },
	{ 0xc0ae, SEAL_CCM_8, 16, 0, DIGEST_SHA256 },
	{ 0xc0af, SEAL_CCM_8, 32, 0, DIGEST_SHA256 },
	{ 0xcca8, SEAL_CHACHA, 32, 0, DIGEST_SHA256 },
	{ 0xcca9, SEAL_CHACHA, 32, 0, DIGEST_SHA256 },
	{ 0xccaa, SEAL_CHACHA, 32, 0, DIGEST_SHA256 },
};

static int compare(const void *number, const void *suite)
{
	return *(const uint16_t *)number - ((const struct suite *)suite)->number;
}

const struct suite *suite_find(uint16_t number)
{
	return bsearch(&number, suites, sizeof suites / sizeof *suites, sizeof *suites, compare);
}

uint32_t digest_size(enum digest d)
{
	static const uint8_t sizes[] = { 16, 20, 32, 48 };

	return sizes[d];
}
