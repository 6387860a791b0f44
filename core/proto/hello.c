/* hello.c - reads the first messages of TLS. */
#include <string.h>
#include "hello.h"

enum {
	EXT_SNI = 0, EXT_GROUPS = 10, EXT_FORMATS = 11, EXT_SIGNATURES = 13, EXT_ALPN = 16,
	EXT_TICKET = 35, EXT_PSK = 41, EXT_EARLY_DATA = 42, EXT_VERSIONS = 43, EXT_KEY_SHARE = 51,
	EXT_QUIC = 57, EXT_ECH = 0xfe0d, EXT_ESNI = 0xffce, EXT_QUIC_DRAFT = 0xffa5
};

enum { RANDOM = 32, SESSION_ID = 32, HOST_NAME = 0 };

/* The random of a server that asks for another hello: the hash of "HelloRetryRequest". */
static const uint8_t retry[RANDOM] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

int hello_extension(struct span *from, uint16_t *type, struct span *data)
{
	struct span rest = *from;
	uint32_t number;

	if (!span_number(&rest, 2, &number) || !span_sized(&rest, 2, data))
		return 0;
	*type = (uint16_t)number;
	*from = rest;
	return 1;
}

int hello_alpn(struct span *from, struct span *name)
{
	return span_sized(from, 1, name);
}

/* ---- extensions: what is wrong in one of them is as if it were empty --------------------------- */

static void read_name(struct hello *h, struct span data)
{
	struct span list, name;
	uint32_t type;

	if (!span_sized(&data, 2, &list))
		return;
	while (span_number(&list, 1, &type) && span_sized(&list, 2, &name))
		if (type == HOST_NAME) {
			h->server_name = name;
			return;
		}
}

static void read_versions(struct hello *h, struct span data)
{
	uint32_t number;

	h->has |= HELLO_HAS_VERSIONS;
	if (h->type == HELLO_CLIENT)
		span_sized(&data, 1, &h->versions);
	else if (span_number(&data, 2, &number))
		h->chosen_version = (uint16_t)number;
}

static void read_shares(struct hello *h, struct span data)
{
	uint32_t number;

	h->has |= HELLO_HAS_KEY_SHARE;
	if (h->type == HELLO_CLIENT)
		span_sized(&data, 2, &h->key_shares);
	else if (span_number(&data, 2, &number))
		h->chosen_group = (uint16_t)number;
}

static void read_extension(struct hello *h, uint16_t type, struct span data)
{
	switch (type) {
	case EXT_SNI:
		h->has |= HELLO_HAS_SNI;
		read_name(h, data);
		break;
	case EXT_GROUPS:     span_sized(&data, 2, &h->groups); break;
	case EXT_FORMATS:    span_sized(&data, 1, &h->formats); break;
	case EXT_SIGNATURES: span_sized(&data, 2, &h->signatures); break;
	case EXT_ALPN:       span_sized(&data, 2, &h->alpn); break;
	case EXT_TICKET:     h->has |= data.size ? HELLO_HAS_TICKET : 0; break;
	case EXT_PSK:        h->has |= HELLO_HAS_PSK; break;
	case EXT_EARLY_DATA: h->has |= HELLO_HAS_EARLY_DATA; break;
	case EXT_VERSIONS:   read_versions(h, data); break;
	case EXT_KEY_SHARE:  read_shares(h, data); break;
	case EXT_QUIC: case EXT_QUIC_DRAFT: h->quic = data; break;
	case EXT_ECH: case EXT_ESNI: h->has |= HELLO_HAS_ECH; break;
	}
}

/* A list that goes on beyond the end is read up to there, if that end is a cut. */
static int read_list(const struct hello *h, struct span *from, uint32_t bytes, struct span *out)
{
	uint32_t size;

	if (span_sized(from, bytes, out))
		return 1;
	return h->is_cut && span_number(from, bytes, &size) && span_take(from, from->size, out);
}

static int read_extensions(struct hello *h, struct span body)
{
	struct span rest, data;
	uint16_t type;

	if (!body.size)
		return 1;                       /* as before there were any */
	if (!read_list(h, &body, 2, &rest))
		return h->is_cut;
	h->has |= HELLO_HAS_EXTENSIONS;
	h->extensions = rest;
	while (hello_extension(&rest, &type, &data))
		read_extension(h, type, data);
	return h->is_cut || !rest.size;
}

/* ---- messages ------------------------------------------------------------------------------------ */

static int read_client(struct hello *h, struct span body)
{
	struct span methods;

	if (h->is_datagram && !span_sized(&body, 1, &h->cookie))
		return 0;
	if (!read_list(h, &body, 2, &h->ciphers) || h->ciphers.size < 2)
		return 0;
	if (h->ciphers.size & 1 && !h->is_cut)
		return 0;
	if (!span_sized(&body, 1, &methods))
		return h->is_cut;
	return read_extensions(h, body);
}

static int read_server(struct hello *h, struct span body)
{
	uint32_t cipher, compression;

	if (!span_number(&body, 2, &cipher))
		return 0;
	h->cipher = (uint16_t)cipher;
	if ((h->version & 0xff00) == 0x7f00)    /* drafts of TLS 1.3 had no compression, at first */
		return read_extensions(h, body);
	if (!span_number(&body, 1, &compression))
		return h->is_cut;
	h->compression = (uint8_t)compression;
	if (!memcmp(h->random.at, retry, RANDOM))
		h->has |= HELLO_HAS_RETRY;
	return read_extensions(h, body);
}

/* Whether a number is a version that hellos may have in front: of SSL, TLS, drafts of it, DTLS. */
static int is_version(uint32_t n, int is_datagram)
{
	return is_datagram ? n >> 8 == 0xfe || n == 0x0100 : n >> 8 == 3 || n >> 8 == 0x7f;
}

int hello_read(struct hello *h, enum hello_type type, int is_datagram, struct span body,
	uint32_t full)
{
	uint32_t version;

	*h = (struct hello){ .type = (uint8_t)type, .is_datagram = (uint8_t)is_datagram,
		.is_cut = full > body.size };
	if (!span_number(&body, 2, &version) || !is_version(version, is_datagram) ||
	    !span_take(&body, RANDOM, &h->random))
		return 0;
	h->version = (uint16_t)version;
	if (!(type == HELLO_SERVER && version >> 8 == 0x7f) &&
	    (!span_sized(&body, 1, &h->session_id) || h->session_id.size > SESSION_ID))
		return 0;
	return type == HELLO_CLIENT ? read_client(h, body) : read_server(h, body);
}

/*
 * By number, as the fingerprints want it; of DTLS the higher number is the older version, and
 * they take it all the same.
 */
uint16_t hello_version(const struct hello *h)
{
	uint16_t highest = 0;

	if (h->type == HELLO_SERVER)
		return h->chosen_version ? h->chosen_version : h->version;
	for (uint32_t i = 0; i + 2 <= h->versions.size; i += 2) {
		uint16_t version = be16(h->versions.at + i);

		if (!is_grease(version) && version > highest)
			highest = version;
	}
	return highest ? highest : h->version;
}
