/*
 * names.c - fuzzes what is known of names: learning, finding, keeping, in any order, beside a
 * plain memory of all that was told.  The bytes are steps; the first of each says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "names/names.h"

enum { SERVERS = 4, TOLD_MOST = 512, KEPT = 16 };

struct known {
	uint8_t server, by, size;
	int64_t ns;
	char    name[NAME_MOST];
};

static struct known known[TOLD_MOST];
static uint32_t known_count;

struct input {
	const uint8_t *at;
	size_t size;
};

static uint8_t byte(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->at++;
}

/* A name of the next bytes; what it is made of again is the same. */
static uint32_t name(struct input *in, char out[NAME_MOST])
{
	uint32_t want = byte(in), n = want < in->size ? want : (uint32_t)in->size, size;
	char again[NAME_MOST];

	size = name_form(out, in->at, n);
	in->at += n;
	in->size -= n;
	if (size > NAME_MOST || size > n)
		abort();
	if (size && (name_form(again, out, size) != size || memcmp(again, out, size)))
		abort();
	return size;
}

static void learn(struct names *n, struct input *in, int64_t ns)
{
	struct told t = { .version = 4, .ns = ns, .ttl = (uint32_t)byte(in) << 24, .to.version = 4 };
	char text[NAME_MOST];
	uint32_t size;
	struct known *k;

	t.address[0] = byte(in) % SERVERS;
	t.to.address[0] = byte(in) % 3 + 1;
	t.by = (uint8_t)(WEIR_NAME_DNS + byte(in) % 3);
	size = name(in, text);
	if (!size || known_count == TOLD_MOST)
		return;
	names_learn(n, &t, text, size);
	k = &known[known_count++];
	*k = (struct known){ .server = t.address[0], .by = t.by, .size = (uint8_t)size, .ns = ns };
	memcpy(k->name, text, size);
}

/* What is found was told of that address, by then; and something is when anything was. */
static void find(struct names *n, struct input *in, int64_t ns)
{
	struct sought q = { .version = 4, .begun = ns - byte(in), .until = ns, .from.version = 4 };
	struct named found;
	char text[NAME_MOST];
	uint32_t size, i = 0;
	int is_any = 0;

	q.address[0] = byte(in) % SERVERS;
	q.from.address[0] = byte(in) % 3 + 1;
	found = names_find(n, &q);
	for (i = 0; i < known_count; i++)
		is_any |= known[i].server == q.address[0];
	if (!found.text) {
		if (is_any)
			abort();
		return;
	}
	size = names_read(n, found.text, text);
	for (i = 0; i < known_count; i++)
		if (known[i].server == q.address[0] && known[i].by == found.by &&
		    known[i].size == size && !memcmp(known[i].name, text, size) &&
		    (!found.sure || known[i].ns <= q.begun))
			return;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = { bytes, size };
	static struct names *n;
	uint32_t kept[KEPT] = { 0 };
	int64_t ns = 1000;
	char text[NAME_MOST];

	known_count = 0;
	if (!n)
		n = names_new(0x0123456789abcdef);
	while (in.size) {
		uint8_t what = byte(&in), place = what / 8 % KEPT;
		uint32_t length;

		ns += what;
		switch (what % 8) {
		case 0: case 1: case 2:
			learn(n, &in, ns);
			break;
		case 3: case 4:
			find(n, &in, ns);
			break;
		case 5: case 6:
			names_drop(n, kept[place]);
			length = name(&in, text);
			kept[place] = length ? names_keep(n, text, length) : 0;
			break;
		default:
			if (what == 255) {
				names_clear(n);
				memset(kept, 0, sizeof kept);
				known_count = 0;
			}
		}
	}
	names_clear(n);
	return 0;
}
