/*
 * protocol.h - turns bytes into a conversation of one flow, listens to it with all kinds on, and
 * checks that what was said lies within its batch.
 *
 * The first byte tells how the flow begins; then each piece of the conversation is three bytes and
 * those it says: enum piece_how, and its size, low byte first.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include "flow/flow.h"
#include "proto/keylog.h"
#include "stream/talk.h"

enum piece_how {
	SAY_BACK   = 1,         /* the other end says it */
	SAY_LOST   = 2,         /* it never comes */
	SAY_LATE   = 4,         /* it comes behind the next piece */
	SAY_TWICE  = 8,         /* it comes again, with other bytes */
	SAY_CUT    = 16,        /* the capture has half of each packet */
	SAY_LAST   = 32,        /* TCP: with FIN */
	SAY_CRUMBS = 64,        /* TCP: in segments of a few bytes */
	SAY_ACK    = 128        /* TCP: the other end acknowledges all before it comes */
};

enum { OPEN_SYN = 1 };          /* of the first byte: TCP begins with its handshake */

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_ACK = 16, HEAD_SIZE = 3 };

/* Who says it, to whom: set by the target. */
struct speech {
	uint8_t  protocol;      /* 6 or 17 */
	uint16_t from_port, to_port;
	const uint8_t *keys;    /* lines of a key log; NULL: none */
	size_t   keys_size;
};

struct speaker {
	const struct speech *how;
	struct flows *flows;
	struct weir_batch batch;
	struct weir_tunnel *tunnels;
	uint32_t next[2];       /* sequence number of what each end says next */
	int64_t  ns;
};

/* ---- what a batch promises --------------------------------------------------------------- */

/* A text, or a list of rows, that each row of an array has. */
struct promise {
	size_t rows_at, count_at, row_size, member_at;
	size_t target_count_at;         /* of a list: how many rows there are where it leads; else 0 */
};

#define ROW(array) __typeof__(*((struct weir_batch *)0)->array)
#define ROWS(array, member) offsetof(struct weir_batch, array), \
	offsetof(struct weir_batch, array##_count), sizeof(ROW(array)), offsetof(ROW(array), member)
#define TEXT(array, member) { ROWS(array, member), 0 }
#define LIST(array, member, target) { ROWS(array, member), \
	offsetof(struct weir_batch, target##_count) }

static inline const struct promise *promise_at(size_t i)
{
	static const struct promise promises[] = {
		TEXT(pairs, name), TEXT(pairs, value), TEXT(rrs, rrname), TEXT(rrs, rdata),
		TEXT(dns, rrname), LIST(dns, queries, rrs), LIST(dns, answers, rrs),
		LIST(dns, authorities, rrs), LIST(dns, additionals, rrs),
		TEXT(quic, version), TEXT(quic, sni), TEXT(quic, ua), TEXT(quic, ja3),
		TEXT(quic, ja3_string), TEXT(quic, ja3s), TEXT(quic, ja3s_string), TEXT(quic, ja4),
		TEXT(quic, dcid), TEXT(quic, scid), TEXT(quic, server_scid), LIST(quic, cyu, pairs),
		LIST(quic, client_alpns, texts), LIST(quic, versions, texts),
		TEXT(tls, sni), TEXT(tls, subject), TEXT(tls, issuerdn), TEXT(tls, serial),
		TEXT(tls, fingerprint), TEXT(tls, notbefore), TEXT(tls, notafter),
		TEXT(tls, server_alpn), TEXT(tls, ja3), TEXT(tls, ja3_string), TEXT(tls, ja3s),
		TEXT(tls, ja3s_string), TEXT(tls, ja4), LIST(tls, client_alpns, texts),
		LIST(tls, certificates, certificates), LIST(tls, alerts, alerts),
		TEXT(tls, client_subject), TEXT(tls, client_issuerdn), TEXT(tls, client_serial),
		TEXT(tls, client_fingerprint), TEXT(tls, client_notbefore),
		TEXT(tls, client_notafter), LIST(tls, client_certificates, certificates),
		TEXT(certificates, subject), TEXT(certificates, issuerdn),
		TEXT(certificates, serial), TEXT(certificates, notbefore),
		TEXT(certificates, notafter), TEXT(certificates, key_type),
		TEXT(certificates, curve), TEXT(certificates, signature),
		TEXT(certificates, sha1), TEXT(certificates, sha256),
		LIST(certificates, sans, texts),
		LIST(dns, authorities, rrs), LIST(dns, additionals, rrs), LIST(rrs, strings, texts),
		TEXT(dns, client_subnet), TEXT(dns, nsid), TEXT(dns, extended_error),
		TEXT(nbns, rrname), LIST(nbns, queries, rrs), LIST(nbns, answers, rrs),
		LIST(nbns, names, nbnames), TEXT(nbnames, name),
		TEXT(dhcp, assigned_ip), TEXT(dhcp, client_ip), TEXT(dhcp, requested_ip),
		TEXT(dhcp, relay_ip), TEXT(dhcp, next_server_ip), TEXT(dhcp, server_id),
		TEXT(dhcp, subnet_mask), TEXT(dhcp, hostname), TEXT(dhcp, fqdn), TEXT(dhcp, domain),
		TEXT(dhcp, client_id), TEXT(dhcp, vendor_class), TEXT(dhcp, message),
		LIST(dhcp, params, numbers), LIST(dhcp, routers, texts),
		LIST(dhcp, dns_servers, texts), LIST(dhcp, ntp_servers, texts),
		LIST(dhcp, domains, texts), LIST(dhcp, addresses, texts),
		TEXT(ssh, client_proto_version), TEXT(ssh, client_software_version),
		TEXT(ssh, client_comments), TEXT(ssh, client_hassh), TEXT(ssh, client_hassh_string),
		TEXT(ssh, client_host_keys), TEXT(ssh, server_proto_version),
		TEXT(ssh, server_software_version), TEXT(ssh, server_comments), TEXT(ssh, server_hassh),
		TEXT(ssh, server_hassh_string), TEXT(ssh, server_host_keys), TEXT(ssh, kex_alg),
		TEXT(ssh, host_key_alg), TEXT(ssh, cipher_alg), TEXT(ssh, mac_alg),
		TEXT(ssh, compression_alg), TEXT(ntp, reference_id),
		LIST(ssdp, headers, pairs), TEXT(ssdp, st), TEXT(ssdp, nt), TEXT(ssdp, nts),
		TEXT(ssdp, usn), TEXT(ssdp, location), TEXT(ssdp, server), TEXT(ssdp, user_agent),
		TEXT(arp, sender_ip), TEXT(arp, target_ip), LIST(arp, prefixes, texts),
		LIST(arp, dns_servers, texts),
		TEXT(http, hostname), TEXT(http, url), TEXT(http, http_user_agent),
		TEXT(http, http_content_type), TEXT(http, http_refer), TEXT(http, http_method),
		TEXT(http, http_protocol), TEXT(http, redirect), TEXT(http, xff),
		LIST(http, request_headers, pairs), LIST(http, response_headers, pairs),
		LIST(exchange, request_headers, pairs), LIST(exchange, response_headers, pairs),
		LIST(exchange, request_trailers, pairs), LIST(exchange, response_trailers, pairs),
		LIST(exchange, request_offsets, spots), LIST(exchange, response_offsets, spots),
		TEXT(exchange, url), TEXT(exchange, request_body), TEXT(exchange, request_body_raw),
		TEXT(exchange, response_body), TEXT(exchange, response_body_raw),
		TEXT(exchange, response_charset), TEXT(exchange, response_encoding),
		TEXT(exchange, response_error), TEXT(exchange, reason), TEXT(exchange, row_id),
		TEXT(exchange, hostname), TEXT(exchange, method), TEXT(exchange, request_encoding),
	};

	return i < sizeof promises / sizeof *promises ? &promises[i] : NULL;
}

static inline void check_text(const struct weir_batch *b, const struct weir_text *t)
{
	if ((uint64_t)t->at + t->size >= b->words_size || b->words[t->at + t->size] != 0)
		abort();
}

static inline void check_promise(const struct weir_batch *b, const struct promise *p)
{
	const uint8_t *rows;
	uint32_t count;

	memcpy(&rows, (const uint8_t *)b + p->rows_at, sizeof rows);
	memcpy(&count, (const uint8_t *)b + p->count_at, sizeof count);
	for (uint32_t i = 0; i < count; i++) {
		const void *member = rows + i * p->row_size + p->member_at;
		struct weir_list list;
		uint32_t most;

		if (!p->target_count_at) {
			check_text(b, member);
			continue;
		}
		memcpy(&list, member, sizeof list);
		memcpy(&most, (const uint8_t *)b + p->target_count_at, sizeof most);
		if ((uint64_t)list.first + list.count > most)
			abort();
	}
}

static inline void check_said(const struct weir_batch *b)
{
	const struct promise *p;

	for (size_t i = 0; (p = promise_at(i)); i++)
		check_promise(b, p);
	for (uint32_t i = 0; i < b->texts_count; i++)
		check_text(b, &b->texts[i]);
}

/* ---- packets ------------------------------------------------------------------------------- */

/* Gives a packet to the table, in as many batches as it wants, and checks what they hold. */
static inline void give_packet(struct speaker *s, struct weir_packet *p)
{
	struct piece piece = { .packets = p, .n = 1 }, none = { 0 };
	int more;

	p->home = &s->batch;
	p->ns = s->ns += 1000000;
	do {
		flows_begin(s->flows, &s->batch, s->tunnels, 0);
		piece.places = piece.own;
		flows_find(s->flows, &piece);
		more = !flows_add(s->flows, &piece, &none);
		talks_show(s->flows->talks, &s->batch);
		check_said(&s->batch);
	} while (more);
}

/* A packet of an end; `size` bytes of payload in memory of just that size. */
static inline void give_bytes(struct speaker *s, int back, const uint8_t *bytes, uint32_t size,
	uint16_t flags, uint8_t how)
{
	uint32_t kept = how & SAY_CUT ? size / 2 : size;
	uint8_t *exact = malloc(kept + 1);
	struct weir_packet p = {
		.has = WEIR_HAS_ADDRESS | WEIR_HAS_IP | WEIR_HAS_PORTS | WEIR_HAS_PAYLOAD,
		.size = size + 40, .kept = kept, .data = exact + 1, .body = exact + 1,
		.payload_size = size, .payload_kept = kept, .ip_version = 4,
		.protocol = s->how->protocol, .tcp_flags = flags, .tcp_seq = s->next[back],
		.tcp_ack = s->next[!back],
		.src_port = back ? s->how->to_port : s->how->from_port,
		.dest_port = back ? s->how->from_port : s->how->to_port
	};

	if (kept)
		memcpy(exact + 1, bytes, kept);
	p.has |= s->how->protocol == 6 ? WEIR_HAS_TCP : 0;
	p.src_addr[back ? 1 : 0] = p.dest_addr[back ? 0 : 1] = 10;
	give_packet(s, &p);
	free(exact);
}

/* ---- the conversation ----------------------------------------------------------------------- */

static inline void give_piece(struct speaker *s, uint32_t from, const uint8_t *bytes,
	uint32_t size, uint8_t how)
{
	int back = how & SAY_BACK;
	int is_tcp = s->how->protocol == 6;
	uint32_t behind = s->next[back], step = is_tcp && how & SAY_CRUMBS ? size % 7 + 1 : size;

	if (is_tcp && how & SAY_ACK) {
		s->next[back] = from + size;
		give_bytes(s, !back, NULL, 0, TCP_ACK, 0);
	}
	for (uint32_t at = 0; at < size; at += step) {
		uint32_t n = size - at < step ? size - at : step;

		s->next[back] = from + at;
		give_bytes(s, back, bytes + at, n, TCP_ACK, how);
	}
	s->next[back] = from + size;
	if (is_tcp && how & SAY_LAST)
		give_bytes(s, back, NULL, 0, TCP_FIN | TCP_ACK, 0);
	s->next[back] = behind;
}

/* The same bytes, each the other way round. */
static inline void give_other(struct speaker *s, uint32_t from, const uint8_t *bytes,
	uint32_t size, uint8_t how)
{
	uint8_t *other = malloc(size + 1);

	for (uint32_t i = 0; i < size; i++)
		other[i] = (uint8_t)~bytes[i];
	give_piece(s, from, other, size, how & (SAY_BACK | SAY_CUT));
	free(other);
}

/* Something that was said: it comes at once, or waits until the next one has come. */
struct late {
	const uint8_t *bytes;
	uint32_t size, from;
	uint8_t  how;
};

static inline void give_late(struct speaker *s, struct late *l)
{
	if (l->bytes)
		give_piece(s, l->from, l->bytes, l->size, l->how);
	l->bytes = NULL;
}

static inline void say(struct speaker *s, const struct late *now, struct late *before)
{
	s->next[now->how & SAY_BACK] += now->size;
	if (now->how & SAY_LOST)
		return;
	if (now->how & SAY_LATE) {
		give_late(s, before);
		*before = *now;
		return;
	}
	give_piece(s, now->from, now->bytes, now->size, now->how);
	if (now->how & SAY_TWICE)
		give_other(s, now->from, now->bytes, now->size, now->how);
	give_late(s, before);
}

/* The handshake, of an end that begins to count just before numbers go round. */
static inline void open_tcp(struct speaker *s)
{
	give_bytes(s, 0, NULL, 0, TCP_SYN, 0);
	s->next[0]++;
	give_bytes(s, 1, NULL, 0, TCP_SYN | TCP_ACK, 0);
	s->next[1]++;
}

static inline void speaker_begin(struct speaker *s, const struct speech *how)
{
	static struct weir_tunnel tunnels[TUNNEL_ROOM];
	struct flow_options o = {
		.idle = 120000000000, .active = 1800000000000, .linger = 10000000000,
		.max_flows = 8, .kinds = (1u << WEIR_KINDS) - (1u << (WEIR_BEGIN + 1))
	};

	*s = (struct speaker){ .how = how, .tunnels = tunnels, .ns = 1000000000,
		.next = { UINT32_MAX - 20, 1000 } };
	s->flows = flows_new(&o);
	if (!s->flows)
		abort();
	if (how->keys)
		keylog_offer(talks_keylog(s->flows->talks), how->keys, how->keys_size, 0);
}

/* Ends the flows that are left; nothing may be kept of them. */
static inline void speaker_end(struct speaker *s)
{
	int more;

	do {
		flows_begin(s->flows, &s->batch, s->tunnels, 0);
		more = flows_finish(s->flows);
		talks_show(s->flows->talks, &s->batch);
		check_said(&s->batch);
	} while (more);
	if (talks_held(s->flows->talks))
		abort();
	flows_free(s->flows);
}

/* Has the conversation that the bytes describe. */
static inline void converse(const struct speech *how, const uint8_t *bytes, size_t size)
{
	struct speaker s;
	struct late before = { 0 };

	if (size < 1)
		return;
	speaker_begin(&s, how);
	if (how->protocol == 6 && bytes[0] & OPEN_SYN)
		open_tcp(&s);
	bytes++;
	size--;
	while (size >= HEAD_SIZE) {
		uint32_t said = bytes[1] | (uint32_t)bytes[2] << 8;
		struct late now = { .bytes = bytes + HEAD_SIZE, .how = bytes[0] };

		now.from = s.next[now.how & SAY_BACK];
		now.size = said < size - HEAD_SIZE ? said : (uint32_t)(size - HEAD_SIZE);
		say(&s, &now, &before);
		bytes += HEAD_SIZE + now.size;
		size -= HEAD_SIZE + now.size;
	}
	give_late(&s, &before);
	speaker_end(&s);
}
