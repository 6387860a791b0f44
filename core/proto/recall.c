/*
 * recall.c - digests of texts that come again and again, such as what fingerprints are made of.
 *
 * A text that is met again is compared with the one remembered in its place, byte by byte: this
 * costs a tenth of the digest.  Texts that meet in one place take turns.
 */
#define OPENSSL_SUPPRESS_DEPRECATED     /* the quick way to MD5 */
#include <openssl/md5.h>
#include <string.h>
#include "recall.h"

enum { PLACES = 128, LONGEST = 760 };

struct place {
	uint32_t size;                  /* 0: nothing is here */
	uint8_t  digest[MD5_DIGEST_LENGTH];
	uint8_t  text[LONGEST];
};

static struct place *place_of(const uint8_t *text, uint32_t size)
{
	static _Thread_local struct place places[PLACES];
	uint64_t sum = size;

	for (uint32_t i = 0; i + 8 <= size; i += 8)
		sum = (sum ^ host64(text + i)) * 0x9e3779b97f4a7c15u;
	return &places[sum >> 57];
}

const uint8_t *recall_md5(const void *text, uint32_t size)
{
	static _Thread_local uint8_t digest[MD5_DIGEST_LENGTH];
	struct place *p;

	if (!size || size > LONGEST)
		return MD5(text, size, digest);
	p = place_of(text, size);
	if (p->size == size && memcmp(p->text, text, size) == 0)
		return p->digest;
	p->size = size;
	memcpy(p->text, text, size);
	return MD5(text, size, p->digest);
}
