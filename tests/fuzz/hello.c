/* hello.c - fuzzes hellos of TLS and DTLS, whole and cut, and their fingerprints. */
#include "proto/fingerprint.h"
#include "feed.h"

static void look(struct span s)
{
	touch(s.at, s.size);
}

static void look_at(const struct hello *h)
{
	struct span extensions = h->extensions, names = h->alpn, data;
	uint16_t type;

	look(h->random);
	look(h->session_id);
	look(h->cookie);
	look(h->ciphers);
	look(h->server_name);
	look(h->versions);
	look(h->key_shares);
	look(h->quic);
	while (hello_extension(&extensions, &type, &data))
		look(data);
	while (hello_alpn(&names, &data))
		look(data);
}

/* The texts fit what was promised, and are made of what they may be made of. */
static void fingerprint(const struct hello *h)
{
	uint32_t most = ja3_most(h), size;
	char *text = malloc(most), hash[JA3_HASH], ja4[JA4_SIZE];

	size = ja3_text(h, text);
	if (size > most)
		abort();
	for (uint32_t i = 0; i < size; i++)
		if (!memchr("0123456789-,", text[i], 12))
			abort();
	ja3_hash(text, size, hash);
	free(text);
	if (h->type != HELLO_CLIENT)
		return;
	ja4_text(h, 't', ja4);
	for (int i = 0; i < JA4_SIZE; i++)
		if ((ja4[i] == '_') != (i == 10 || i == 23) || ja4[i] < '0' || ja4[i] > 'z')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hello h;
	struct span body;

	if (!size)
		return 0;
	body = (struct span){ bytes + 1, (uint32_t)size - 1 };
	if (hello_read(&h, bytes[0] & 1 ? HELLO_CLIENT : HELLO_SERVER, bytes[0] >> 1 & 1, body,
		body.size + (bytes[0] >> 2 & 1))) {
		look_at(&h);
		fingerprint(&h);
	}
	return 0;
}
