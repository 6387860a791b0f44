/*
 * certificate.c - certificates that were seen.
 *
 * Most connections are with the same few servers, so their certificates are kept a while, found
 * by a hash of some of their bytes, and taken for the same if all bytes are.
 */
#define OPENSSL_SUPPRESS_DEPRECATED     /* the quick ways to the hashes */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include "certificate.h"

enum {
	SETS = 256, WAYS = 4,           /* kept, at most: of a set the one goes that came first */
	KEPT = 8192                     /* bytes: larger ones are rare, and read each time */
};

struct certificates {
	struct certificate *kept[SETS][WAYS];
	uint8_t next[SETS];
};

/* The end is a signature: no two certificates share it but by intention. */
static uint32_t place_of(struct span der)
{
	uint64_t hash = der.size;

	for (uint32_t i = 8; i <= 64 && i <= der.size; i += 8)
		hash = (hash ^ host64(der.at + der.size - i)) * 0x9e3779b97f4a7c15;
	return (uint32_t)(hash >> 32) % SETS;
}

static struct certificate *read_certificate(struct span der)
{
	struct certificate *c = malloc(sizeof *c + der.size);

	if (!c)
		return NULL;
	*c = (struct certificate){ .size = der.size };
	memcpy(c->der, der.at, der.size);
	c->is_readable = x509_read(&c->x, (struct span){ c->der, der.size }) != 0;
	SHA1(c->der, c->size, c->sha1);
	SHA256(c->der, c->size, c->sha256);
	return c;
}

static void drop(struct certificate *c)
{
	if (c && !--c->users)
		free(c);
}

static struct certificate *keep(struct certificates *all, uint32_t place, struct certificate *c)
{
	struct certificate **oldest = &all->kept[place][all->next[place]];

	all->next[place] = (all->next[place] + 1) % WAYS;
	drop(*oldest);
	*oldest = c;
	c->users++;
	return c;
}

static struct certificate *find_or_read(struct said *s, struct span der)
{
	struct certificates *all = s->certificates;
	uint32_t place = place_of(der);
	struct certificate *c;

	if (!all)
		all = s->certificates = calloc(1, sizeof *all);
	for (int i = 0; all && i < WAYS; i++) {
		c = all->kept[place][i];
		if (c && c->size == der.size && !memcmp(c->der, der.at, der.size))
			return c;
	}
	c = read_certificate(der);
	return c && all && der.size <= KEPT ? keep(all, place, c) : c;
}

static uint64_t size_of(uint32_t der_size)
{
	return sizeof(struct certificate) + der_size;
}

struct certificate *certificate_of(struct said *s, struct span der)
{
	struct certificate *c;

	if (!said_hold(s, size_of(der.size)))
		return NULL;
	c = find_or_read(s, der);
	if (c)
		c->users++;
	else
		said_release(s, size_of(der.size));
	return c;
}

void certificate_release(struct said *s, struct certificate *c)
{
	said_release(s, size_of(c->size));
	drop(c);
}

void certificates_free(struct said *s)
{
	for (int i = 0; s->certificates && i < SETS * WAYS; i++)
		drop(s->certificates->kept[i / WAYS][i % WAYS]);
	free(s->certificates);
	s->certificates = NULL;
}
