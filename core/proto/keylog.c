/* keylog.c - the secrets of TLS connections: read from lines, found by label and random. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "keylog.h"

enum {
	MOST    = 1 << 20,              /* secrets: 115 bytes each */
	PIECE   = 64 << 10,             /* bytes of the file that are read at once */
	LONGEST = 400,                  /* bytes of a line */
	MASTER_SIZE = 48,               /* and of a secret that SHA-384 makes */
	SHA256_SIZE = 32
};

struct entry {
	uint8_t random[RANDOM_SIZE];
	uint8_t label;                  /* plus one: 0 is an empty place */
	struct secret secret;
};

/* Lines that a capture has told, from some packet on. */
struct offer {
	char  *text;
	size_t size;
	double ordinal;
};

struct keylog {
	struct entry *entries;          /* open addressing, half full at most */
	size_t   room, count;
	int      fd;                    /* the file; -1 when there is none */
	char     rest[LONGEST];         /* the beginning of a line that was not whole yet */
	size_t   rest_size;
	struct offer *offers;
	size_t   offer_count, offer_next;
};

struct keylog *keylog_new(void)
{
	struct keylog *k = calloc(1, sizeof *k);

	if (k)
		k->fd = -1;
	return k;
}

void keylog_free(struct keylog *k)
{
	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	keylog_settle(k);
	free(k->offers);
	free(k->entries);
	free(k);
}

/* ---- places ------------------------------------------------------------------------------ */

/* Randoms are random: the first bytes of one are its hash.  A crafted file harms its owner. */
static struct entry *place_of(const struct keylog *k, int label, const uint8_t *random)
{
	size_t at = (host64(random) + (size_t)label) & (k->room - 1);

	while (k->entries[at].label && (k->entries[at].label != label + 1 ||
	       memcmp(k->entries[at].random, random, RANDOM_SIZE) != 0))
		at = (at + 1) & (k->room - 1);
	return &k->entries[at];
}

static int grow(struct keylog *k)
{
	struct keylog larger = { .room = k->room ? 2 * k->room : 64 };

	larger.entries = calloc(larger.room, sizeof *larger.entries);
	if (!larger.entries)
		return 0;
	for (size_t i = 0; i < k->room; i++) {
		const struct entry *e = &k->entries[i];

		if (e->label)
			*place_of(&larger, e->label - 1, e->random) = *e;
	}
	free(k->entries);
	k->entries = larger.entries;
	k->room = larger.room;
	return 1;
}

static void put(struct keylog *k, const struct entry *e)
{
	struct entry *place;

	if (k->count >= MOST || (2 * k->count >= k->room && !grow(k)))
		return;
	place = place_of(k, e->label - 1, e->random);
	k->count += !place->label;
	*place = *e;
}

/* ---- lines -------------------------------------------------------------------------------- */

/* Takes a word of a line from the front; its size. */
static size_t word(const char **at, const char *end)
{
	const char *from = *at;

	while (*at < end && **at != ' ')
		(*at)++;
	return (size_t)(*at - from);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
		: -1;
}

/* Bytes from hexadecimal digits; how many, 0 when they are none or too many. */
static size_t bytes_of(const char *at, size_t size, uint8_t *out, size_t room)
{
	if (size % 2 || size / 2 > room)
		return 0;
	for (size_t i = 0; i < size; i += 2) {
		int high = digit(at[i]), low = digit(at[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return size / 2;
}

static int label_of(const char *text, size_t size)
{
	static const char *const names[SECRET_LABELS] = {
		"CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
		"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "CLIENT_EARLY_TRAFFIC_SECRET"
	};
	int i = 0;

	while (i < SECRET_LABELS && (strlen(names[i]) != size || memcmp(names[i], text, size) != 0))
		i++;
	return i;
}

/* Whether a line has a secret, into `e`. */
static int read_line(struct entry *e, const char *at, const char *end)
{
	const char *from = at;
	int label = label_of(from, word(&at, end));

	if (end > at && end[-1] == '\r')
		end--;
	if (label == SECRET_LABELS || at == end)
		return 0;
	from = ++at;
	if (bytes_of(from, word(&at, end), e->random, sizeof e->random) != RANDOM_SIZE || at >= end)
		return 0;
	from = ++at;
	e->secret.size = (uint8_t)bytes_of(from, word(&at, end), e->secret.bytes, SECRET_ROOM);
	e->label = (uint8_t)(label + 1);
	return e->secret.size != 0;
}

static void take_line(struct keylog *k, const char *at, const char *end)
{
	struct entry e = { .label = 0 };

	if (read_line(&e, at, end))
		put(k, &e);
}

/* Takes the lines that are whole; returns how many bytes that was. */
static size_t take_lines(struct keylog *k, const char *text, size_t size)
{
	const char *at = text, *end;

	while ((end = memchr(at, '\n', (size_t)(text + size - at)))) {
		take_line(k, at, end);
		at = end + 1;
	}
	return (size_t)(at - text);
}

/* ---- what captures tell ------------------------------------------------------------------------ */

void keylog_offer(struct keylog *k, const void *text, size_t size, double ordinal)
{
	struct offer *offers = realloc(k->offers, (k->offer_count + 1) * sizeof *offers);
	char *copy = malloc(size ? size : 1);

	if (offers)
		k->offers = offers;
	if (!offers || !copy) {
		free(copy);
		return;
	}
	memcpy(copy, text, size);
	k->offers[k->offer_count++] = (struct offer){ copy, size, ordinal };
}

/* Takes what was offered up to a packet. */
static void take_offers(struct keylog *k, double ordinal)
{
	for (; k->offer_next < k->offer_count; k->offer_next++) {
		struct offer *o = &k->offers[k->offer_next];
		size_t taken;

		if (o->ordinal > ordinal)
			return;
		taken = take_lines(k, o->text, o->size);
		take_line(k, o->text + taken, o->text + o->size);
		free(o->text);
		o->text = NULL;
	}
}

void keylog_settle(struct keylog *k)
{
	take_offers(k, INFINITY);
	k->offer_next = k->offer_count = 0;
}

/* ---- the file ------------------------------------------------------------------------------- */

/*
 * The last line may have no end, in files that are not being written: it is taken when its secret
 * is as long as one of TLS, and once more when it has grown.
 */
static void take_rest(struct keylog *k)
{
	struct entry e = { .label = 0 };

	if (read_line(&e, k->rest, k->rest + k->rest_size) && (e.secret.size == MASTER_SIZE ||
	    (e.secret.size == SHA256_SIZE && e.label != SECRET_MASTER + 1)))
		put(k, &e);
}

/* Takes what the file has grown by; 0, or below when it cannot be read. */
static ssize_t read_on(struct keylog *k)
{
	char text[LONGEST + PIECE];
	ssize_t n = 0;

	while (k->fd >= 0 && (n = read(k->fd, text + k->rest_size, PIECE)) > 0) {
		size_t size = k->rest_size + (size_t)n, taken;

		memcpy(text, k->rest, k->rest_size);
		taken = take_lines(k, text, size);
		k->rest_size = size - taken < LONGEST ? size - taken : 0;
		memcpy(k->rest, text + taken, k->rest_size);
		take_rest(k);
	}
	return n;
}

int keylog_open(struct keylog *k, const char *path)
{
	k->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return fail("cannot open key log '%s': %s", path, strerror(errno));
	return read_on(k) < 0 ? fail("cannot read key log '%s': %s", path, strerror(errno)) : 0;
}

int keylog_is_known(const struct keylog *k)
{
	return k->count || k->fd >= 0 || k->offer_count;
}

int keylog_may_grow(const struct keylog *k)
{
	return k->fd >= 0;
}

const struct secret *keylog_find(struct keylog *k, enum secret_label label,
	const uint8_t random[RANDOM_SIZE], double ordinal)
{
	take_offers(k, ordinal);
	for (int again = 0; again < 2; again++) {
		const struct entry *e = k->room ? place_of(k, (int)label, random) : NULL;

		if (e && e->label)
			return &e->secret;
		if (!again)
			read_on(k);
	}
	return NULL;
}
