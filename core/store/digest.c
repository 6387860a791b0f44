/* digest.c - digests of bytes and of files, in hexadecimal. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <openssl/evp.h>
#include "../base.h"

enum { BLOCK = 1 << 18 };

/* To look up what a digest is called takes longer than most digests do: once for each thread. */
static const EVP_MD *kind_of(uint32_t kind)
{
	static _Thread_local EVP_MD *known[WEIR_SHA256 + 1];

	if (kind > WEIR_SHA256)
		return NULL;
	if (!known[kind])
		known[kind] = EVP_MD_fetch(NULL, kind == WEIR_MD5 ? "MD5" : "SHA256", NULL);
	return known[kind];
}

static EVP_MD_CTX *begin(uint32_t kind)
{
	static _Thread_local EVP_MD_CTX *context;
	const EVP_MD *digest = kind_of(kind);

	if (!context)
		context = EVP_MD_CTX_new();
	if (context && digest && EVP_DigestInit_ex2(context, digest, NULL))
		return context;
	fail("the digest is not to be had");
	return NULL;
}

static int end(EVP_MD_CTX *context, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (!EVP_DigestFinal_ex(context, bytes, &size) || size > 32)
		return fail("the digest cannot be made");
	for (unsigned int i = 0; i < size; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * size] = 0;
	return (int)(2 * size);
}

int weir_digest(uint32_t kind, const void *bytes, double size, char out[65])
{
	EVP_MD_CTX *context = begin(kind);

	if (!context)
		return WEIR_FAIL;
	EVP_DigestUpdate(context, bytes, (size_t)size);
	return end(context, out);
}

int weir_digest_file(uint32_t kind, const char *path, char out[65])
{
	static _Thread_local uint8_t block[BLOCK];
	EVP_MD_CTX *context = begin(kind);
	int file = context ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n;

	if (!context)
		return WEIR_FAIL;
	if (file < 0)
		return fail("cannot open '%s': %s", path, strerror(errno));
	while ((n = read(file, block, sizeof block)) > 0) {
		EVP_DigestUpdate(context, block, (size_t)n);
		if (n == BLOCK && weir_stop_signal())
			break;          /* the rest may take long */
	}
	if (n < 0)
		fail("cannot read '%s': %s", path, strerror(errno));
	else if (n > 0)
		fail_as(WEIR_STOPPED, "'%s' was not read to its end: it was to stop", path);
	close(file);
	return n ? WEIR_FAIL : end(context, out);
}
