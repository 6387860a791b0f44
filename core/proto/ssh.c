/*
 * ssh.c - SSH until its keys change: who speaks which version, and what both have on offer.
 *
 * Both ends say the same; the server is who answers the exchange of keys, or lives at the lower
 * port when that was not heard.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <stdlib.h>
#include <string.h>
#include "proto.h"
#include "write.h"

enum { BANNER = 255, MOST_LINES = 20, LISTS = 8, PACKET_MOST = 40000, PACKETS_MOST = 4 };
enum { KEXINIT = 20, FIRST_OF_EXCHANGE = 30, LAST_OF_EXCHANGE = 34, COOKIE = 16 };

/* The lists of a KEXINIT, in order; of those for each way the client's comes first. */
enum { KEX, HOST_KEY, CIPHER, CIPHER_BACK, MAC, MAC_BACK, COMPRESSION, COMPRESSION_BACK };

/* What one end has said. */
struct end {
	char     banner[BANNER];
	uint8_t  banner_size;
	uint8_t  lines;                 /* before the banner */
	uint8_t  packets;
	uint8_t *offer;                 /* the lists of its KEXINIT, behind each other */
	uint32_t offer_size;
	uint32_t at[LISTS], size[LISTS];
};

struct ssh {
	struct end ends[2];
	uint8_t  is_told;
	uint8_t  knows_client;          /* then `client` is which end it is */
	uint8_t  client;
};

/* ---- what ends say ---------------------------------------------------------------------------- */

static int begins(const uint8_t *at, uint32_t size)
{
	return memcmp(at, "SSH-", size < 4 ? size : 4) == 0;
}

/* Takes lines up to the banner; how many bytes, -1 when there is none. */
static int32_t hear_banner(struct end *e, const uint8_t *at, uint32_t size)
{
	uint32_t done = 0;

	while (done < size) {
		const uint8_t *line = at + done, *end = memchr(line, '\n', size - done);
		uint32_t length = end ? (uint32_t)(end - line) : size - done;

		if (length > BANNER || e->lines > MOST_LINES)
			return -1;
		if (!end)
			break;
		done += length + 1;
		if (!begins(line, length) || length < 4) {
			e->lines++;
			continue;
		}
		length -= line[length - 1] == '\r';
		memcpy(e->banner, line, length);
		e->banner_size = (uint8_t)length;
		break;
	}
	return (int32_t)done;
}

/* Keeps the lists of an offer; 0 when they are none. */
static int keep_offer(struct said *s, struct end *e, const uint8_t *at, uint32_t size)
{
	uint32_t from = 0;

	for (int i = 0; i < LISTS; i++) {
		if (size - from < 4 || be32(at + from) > size - from - 4)
			return 0;
		e->at[i] = from + 4;
		e->size[i] = be32(at + from);
		from += 4 + e->size[i];
	}
	if (!said_hold(s, from))
		return 0;
	e->offer = malloc(from);
	if (!e->offer) {
		said_release(s, from);
		return 0;
	}
	memcpy(e->offer, at, from);
	e->offer_size = from;
	return 1;
}

static void learn_client(struct ssh *ssh, int direction, uint8_t type)
{
	int is_client = type == 30 || type == 32 || type == 34;

	if (type < FIRST_OF_EXCHANGE || type > LAST_OF_EXCHANGE || ssh->knows_client)
		return;
	ssh->knows_client = 1;
	ssh->client = (uint8_t)(is_client ? direction : !direction);
}

/* What is told of one end. */
struct told {
	struct weir_text proto_version, software_version, comments, hassh, hassh_string, host_keys;
};

/* ---- the record --------------------------------------------------------------------------------- */

static struct weir_text text_of(struct said *s, const struct end *e, int list)
{
	return said_text(s, e->offer + e->at[list], e->size[list]);
}

/* "SSH-2.0-software comments" */
static void note_banner(struct said *s, const struct end *e, struct told *out)
{
	const char *from = e->banner + 4, *end = e->banner + e->banner_size;
	const char *dash = memchr(from, '-', (size_t)(end - from)), *blank;

	if (!dash)
		dash = end;
	out->proto_version = said_text(s, from, (uint32_t)(dash - from));
	from = dash < end ? dash + 1 : end;
	blank = memchr(from, ' ', (size_t)(end - from));
	out->software_version = said_text(s, from, (uint32_t)((blank ? blank : end) - from));
	if (blank)
		out->comments = said_text(s, blank + 1, (uint32_t)(end - blank - 1));
}

/* HASSH: the MD5 of four of the lists, those of what it sends. */
static void note_offer(struct said *s, const struct end *e, int is_server, struct told *out)
{
	const int lists[] = { KEX, CIPHER + is_server, MAC + is_server, COMPRESSION + is_server };
	struct writing w = write_begin(s, e->offer_size);
	uint8_t sum[MD5_DIGEST_LENGTH];

	for (int i = 0; i < 4 && w.start; i++) {
		if (i)
			write_letter(&w, ';');
		write_bytes(&w, e->offer + e->at[lists[i]], e->size[lists[i]]);
	}
	out->hassh_string = write_end(&w);
	MD5((const uint8_t *)s->room->words + out->hassh_string.at, out->hassh_string.size, sum);
	out->hassh = said_hex(s, sum, sizeof sum);
	out->host_keys = text_of(s, e, HOST_KEY);
}

/* Whether a name is in a list of the end's. */
static int offers(const struct end *e, int list, const uint8_t *name, uint32_t size)
{
	const uint8_t *at = e->offer + e->at[list], *end = at + e->size[list];

	while (at < end) {
		const uint8_t *comma = memchr(at, ',', (size_t)(end - at));
		uint32_t n = (uint32_t)((comma ? comma : end) - at);

		if (n == size && memcmp(at, name, size) == 0)
			return 1;
		at += n + 1;
	}
	return 0;
}

/* What both agree on: the first of the client's that the server has, too. */
static struct weir_text agreed(struct said *s, const struct end *client, const struct end *server,
	int list)
{
	const uint8_t *at, *end;
	int tries = 100;

	if (!client->offer || !server->offer)
		return (struct weir_text){ 0, 0 };
	at = client->offer + client->at[list];
	end = at + client->size[list];
	while (at < end && tries--) {
		const uint8_t *comma = memchr(at, ',', (size_t)(end - at));
		uint32_t n = (uint32_t)((comma ? comma : end) - at);

		if (offers(server, list, at, n))
			return said_text(s, at, n);
		at += n + 1;
	}
	return (struct weir_text){ 0, 0 };
}

static struct told told_of(struct said *s, const struct end *e, int is_server)
{
	struct told t = { .comments = { 0, 0 } };

	if (e->banner_size)
		note_banner(s, e, &t);
	if (e->offer)
		note_offer(s, e, is_server, &t);
	return t;
}

static void put_client(struct weir_ssh *r, const struct told *t)
{
	r->client_proto_version = t->proto_version;
	r->client_software_version = t->software_version;
	r->client_comments = t->comments;
	r->client_hassh = t->hassh;
	r->client_hassh_string = t->hassh_string;
	r->client_host_keys = t->host_keys;
}

static void put_server(struct weir_ssh *r, const struct told *t)
{
	r->server_proto_version = t->proto_version;
	r->server_software_version = t->software_version;
	r->server_comments = t->comments;
	r->server_hassh = t->hassh;
	r->server_hassh_string = t->hassh_string;
	r->server_host_keys = t->host_keys;
}

static uint32_t parts_of(const struct end *e, uint32_t banner, uint32_t offer)
{
	return (e->banner_size ? banner : 0) | (e->offer ? banner | offer : 0);
}

static void tell(struct said *s, struct ssh *ssh)
{
	const struct end *client = &ssh->ends[ssh->client], *server = &ssh->ends[!ssh->client];
	struct told t;
	struct weir_ssh *r;

	if (ssh->is_told || !(client->banner_size | server->banner_size))
		return;
	ssh->is_told = 1;
	r = said_record(s, WEIR_SSH, ssh->client);
	r->has |= parts_of(client, WEIR_HAS_SSH_CLIENT, WEIR_HAS_SSH_CLIENT_OFFER) |
		parts_of(server, WEIR_HAS_SSH_SERVER, WEIR_HAS_SSH_SERVER_OFFER);
	t = told_of(s, client, 0);
	put_client(r, &t);
	t = told_of(s, server, 1);
	put_server(r, &t);
	r->kex_alg = agreed(s, client, server, KEX);
	r->host_key_alg = agreed(s, client, server, HOST_KEY);
	r->cipher_alg = agreed(s, client, server, CIPHER);
	r->mac_alg = agreed(s, client, server, MAC);
	r->compression_alg = agreed(s, client, server, COMPRESSION);
	said_publish(s, WEIR_SSH, r);
}

/* ---- packets -------------------------------------------------------------------------------------- */

/* A packet, of which `size` bytes are its payload; whether there is more to hear of this end. */
static int hear_packet(const struct heard *h, const uint8_t *at, uint32_t size)
{
	struct ssh *ssh = h->line->state;
	struct end *e = &ssh->ends[h->direction];

	if (!size)
		return 0;
	if (at[0] == KEXINIT && !e->offer && size > 1 + COOKIE)
		return keep_offer(h->said, e, at + 1 + COOKIE, size - 1 - COOKIE);
	learn_client(ssh, h->direction, at[0]);
	return !ssh->knows_client && ++e->packets < PACKETS_MOST;
}

/* Each is its size, that of its padding, the payload, the padding. */
static int32_t hear_packets(const struct heard *h, uint32_t done)
{
	while (h->size - done >= 6) {
		uint32_t size = be32(h->at + done), padding = h->at[done + 4];

		if (size < 2 + padding || size > PACKET_MOST)
			return ENOUGH;
		if (size > h->size - done - 4) {
			h->line->need[h->direction] = size + 4;
			break;
		}
		if (!hear_packet(h, h->at + done + 5, size - 1 - padding))
			return ENOUGH;
		done += 4 + size;
	}
	return (int32_t)done;
}

/* Which end the client is, when no exchange has told: it has the higher port, or it began. */
static void guess_client(const struct heard *h, struct ssh *ssh)
{
	if (!ssh->knows_client)
		ssh->client = (uint8_t)(h->from_port > h->to_port ? h->direction : !h->direction);
}

static int probe(const struct heard *h)
{
	if (!begins(h->at, h->size))
		return OTHER;
	return h->size < 4 ? UNSURE : MINE;
}

/* Where a line begins that is a banner's, or may be if more bytes follow; size when nowhere. */
static uint32_t find(const uint8_t *at, uint32_t size)
{
	uint32_t i = 0;

	while (i < size && !begins(at + i, size - i)) {
		const uint8_t *end = memchr(at + i, '\n', size - i);

		i = end ? (uint32_t)(end - at) + 1 : size;
	}
	return i;
}

static int32_t hear(const struct heard *h)
{
	struct ssh *ssh = h->line->state;
	struct end *e = &ssh->ends[h->direction];
	int32_t done = 0;

	guess_client(h, ssh);
	if (!e->banner_size)
		done = hear_banner(e, h->at, h->size);
	if (done >= 0 && e->banner_size)
		done = hear_packets(h, (uint32_t)done);
	if (ssh->knows_client && ssh->ends[0].offer && ssh->ends[1].offer) {
		tell(h->said, ssh);
		line_stop(h->line);
	}
	return done;
}

static void close_ssh(struct said *s, struct line *l)
{
	struct ssh *ssh = l->state;

	tell(s, ssh);
	for (int d = 0; d < 2; d++) {
		if (ssh->ends[d].offer)
			said_release(s, ssh->ends[d].offer_size);
		free(ssh->ends[d].offer);
	}
}

const struct protocol protocol_ssh = {
	.name = "ssh", .kinds = 1 << WEIR_SSH, .state_size = sizeof(struct ssh), .tcp = 1,
	.label = APP_SSH, .probe = probe, .find = find, .hear = hear, .close = close_ssh
};
