/* said.c - what protocols said in a batch: records, rows and bytes, each within its bounds. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../ends.h"
#include "../flow/flow.h"
#include "../hex.h"
#include "../names/names.h"
#include "../stream/line.h"
#include "keylog.h"
#include "certificate.h"
#include "quic_seal.h"
#include "said.h"

enum { HELD_MOST = 512 << 20 };         /* bytes that all streams and states keep together */

/* Where a pile lies in the room, and where a batch shows it. */
static const struct shelf {
	size_t room_at, size, shown_at, count_at;
} shelves[PILES] = {
#define SHELF(member) { offsetof(struct said_room, member), \
	sizeof(((struct said_room *)0)->member[0]), offsetof(struct weir_batch, member), \
	offsetof(struct weir_batch, member##_count) }
	[PILE_TEXTS] = SHELF(texts), [PILE_NUMBERS] = SHELF(numbers), [PILE_PAIRS] = SHELF(pairs),
	[PILE_RRS] = SHELF(rrs), [PILE_STREAM] = SHELF(stream), [PILE_DNS] = SHELF(dns),
	[PILE_NBNS] = SHELF(nbns), [PILE_NBNAMES] = SHELF(nbnames), [PILE_TLS] = SHELF(tls),
	[PILE_CERTIFICATES] = SHELF(certificates), [PILE_ALERTS] = SHELF(alerts),
	[PILE_QUIC] = SHELF(quic), [PILE_DHCP] = SHELF(dhcp), [PILE_SSH] = SHELF(ssh),
	[PILE_NTP] = SHELF(ntp), [PILE_SSDP] = SHELF(ssdp), [PILE_ARP] = SHELF(arp),
	[PILE_HTTP] = SHELF(http), [PILE_EXCHANGE] = SHELF(exchange), [PILE_SPOTS] = SHELF(spots),
};

/* The pile that records of a kind are in. */
static const uint8_t pile_of[WEIR_KINDS] = {
	[WEIR_STREAM] = PILE_STREAM,
	[WEIR_DNS] = PILE_DNS, [WEIR_MDNS] = PILE_DNS, [WEIR_LLMNR] = PILE_DNS,
	[WEIR_NBNS] = PILE_NBNS, [WEIR_TLS] = PILE_TLS, [WEIR_QUIC] = PILE_QUIC,
	[WEIR_DHCP] = PILE_DHCP, [WEIR_SSH] = PILE_SSH, [WEIR_NTP] = PILE_NTP,
	[WEIR_SSDP] = PILE_SSDP, [WEIR_ARP] = PILE_ARP, [WEIR_HTTP] = PILE_HTTP,
	[WEIR_EXCHANGE] = PILE_EXCHANGE,
};

struct said *said_new(struct flows *f)
{
	struct said *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->flows = f;
	s->kinds = f->o.kinds;
	s->labels = f->o.labels != 0;
	s->room = slab_take(SLAB_SAID);
	s->keylog = keylog_new();
	s->names = f->o.names ? names_new(f->o.seed) : NULL;
	if (s->room && s->keylog && (s->names || !f->o.names)) {
		said_begin(s);
		return s;
	}
	said_free(s);
	return NULL;
}

void said_free(struct said *s)
{
	if (!s)
		return;
	names_free(s->names);
	lines_free(s);
	keylog_free(s->keylog);
	certificates_free(s);
	opener_free(s->opener);
	slab_give(SLAB_SAID, s->room);
	free(s);
}

void said_begin(struct said *s)
{
	memset(s->counts, 0, sizeof s->counts);
	s->room->words[0] = 0;
	s->words_used = 1;
	s->crowded = 0;
}

void said_show(const struct said *s, struct weir_batch *batch)
{
	for (int i = 0; i < PILES; i++) {
		const void *rows = (const char *)s->room + shelves[i].room_at;

		memcpy((char *)batch + shelves[i].shown_at, &rows, sizeof rows);
		memcpy((char *)batch + shelves[i].count_at, &s->counts[i], sizeof s->counts[i]);
	}
	batch->words = s->room->words;
	batch->words_size = s->words_used;
}

void said_step(struct said *s, uint32_t number, const struct weir_packet *p, int direction)
{
	s->step_rows = STEP_ROWS;
	s->step_words = STEP_WORDS;
	s->flow = number;
	s->packet = p;
	s->whose = NULL;
	s->direction = direction;
	s->is_told = 0;
	s->now = p ? (struct origin){ p->ns, p->ordinal, p->offset, p->source }
		: (struct origin){ s->flows->hot[number].last, 0, -1, 0 };
}

void said_step_of(struct said *s, const struct weir_said *whose)
{
	s->step_rows = STEP_ROWS;
	s->step_words = STEP_WORDS;
	s->flow = 0;
	s->packet = NULL;
	s->whose = whose;
	s->direction = 0;
	s->is_told = 0;
	s->now = (struct origin){ whose->ns, whose->ordinal, -1, whose->source };
}

/* ---- rows ----------------------------------------------------------------------------- */

void *said_row(struct said *s, enum pile pile)
{
	const struct shelf *shelf = &shelves[pile];
	void *row = (char *)s->room + shelf->room_at + s->counts[pile] * shelf->size;

	_Static_assert(sizeof(struct weir_dns) <= sizeof s->spare &&
		sizeof(struct weir_dhcp) <= sizeof s->spare &&
		sizeof(struct weir_exchange) <= sizeof s->spare &&
		sizeof(struct weir_ssh) <= sizeof s->spare, "no record is larger");
	if (s->step_rows == 0) {
		s->dropped++;
		row = s->spare;
	} else {
		s->step_rows--;
		s->crowded |= ++s->counts[pile] > SAID_ROWS - (STEPS - 1) * STEP_ROWS;
	}
	clear(row, shelf->size);
	return row;
}

/* ---- bytes ------------------------------------------------------------------------------ */

char *said_room(struct said *s, uint32_t size)
{
	if (size >= s->step_words) {
		s->dropped++;
		return NULL;
	}
	return s->room->words + s->words_used;
}

struct weir_text said_fill(struct said *s, uint32_t size)
{
	struct weir_text text = { s->words_used, size };

	if (!size)
		return (struct weir_text){ 0, 0 };
	s->room->words[s->words_used + size] = 0;
	s->words_used += size + 1;
	s->step_words -= size + 1;
	s->crowded |= s->words_used > SAID_WORDS - (STEPS - 1) * STEP_WORDS;
	return text;
}

struct weir_text said_text(struct said *s, const void *bytes, uint32_t size)
{
	char *to = size ? said_room(s, size) : NULL;

	if (!to)
		return (struct weir_text){ 0, 0 };
	memcpy(to, bytes, size);
	return said_fill(s, size);
}

struct weir_text said_known(struct said *s, uint32_t name)
{
	char *to = s->room->words + s->words_used;
	struct weir_text text = { s->words_used, 0 };

	if (s->words_used > SAID_WORDS + SAID_NAMES - NAME_MOST - 1) {
		s->dropped++;
		return (struct weir_text){ 0, 0 };
	}
	text.size = names_read(s->names, name, to);
	to[text.size] = 0;
	s->words_used += text.size + 1;
	s->crowded |= s->words_used > SAID_WORDS - (STEPS - 1) * STEP_WORDS;
	return text;
}

struct weir_text said_format(struct said *s, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return said_text(s, text, size < (int)sizeof text ? (uint32_t)size : sizeof text - 1);
}

struct weir_text said_hex(struct said *s, const void *bytes, uint32_t size)
{
	char *to = size && size < STEP_WORDS / 2 ? said_room(s, 2 * size) : NULL;

	if (!to)
		return (struct weir_text){ 0, 0 };
	hex_write(to, bytes, size);
	return said_fill(s, 2 * size);
}

/* ---- messages ----------------------------------------------------------------------------- */

struct mark said_mark(const struct said *s)
{
	struct mark m = { .words_used = s->words_used, .step_rows = s->step_rows,
		.step_words = s->step_words, .dropped = s->dropped };

	memcpy(m.counts, s->counts, sizeof m.counts);
	return m;
}

void said_forget(struct said *s, const struct mark *m)
{
	memcpy(s->counts, m->counts, sizeof s->counts);
	s->words_used = m->words_used;
	s->step_rows = m->step_rows;
	s->step_words = m->step_words;
	s->dropped = m->dropped;
}

/* Whose a packet is that belongs to no flow. */
static void tell_packet(const struct weir_packet *p, struct weir_said *w)
{
	w->has = p->has & (WEIR_HAS_ADDRESS | WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC);
	w->source = p->source;
	memcpy(w->src_addr, p->src_addr, sizeof w->src_addr);
	memcpy(w->dest_addr, p->dest_addr, sizeof w->dest_addr);
	w->ip_version = p->ip_version;
	memcpy(w->dest_ether, p->dest_ether, 12);
	memcpy(w->vlans, p->vlans, sizeof w->vlans);
	w->vlan_count = p->vlan_count;
}

int said_tells_packets(const struct said *s)
{
	return s->flows->o.offsets;
}

static struct weir_list only(struct said *s, const struct origin *o)
{
	struct weir_list list = { 0, 0 };

	if (s->flows->o.offsets && o->ordinal)
		offsets_put(s->flows, &list, o->offset, o->source);
	return list;
}

void said_made_of(struct said *s, struct weir_said *w, const struct origin *o)
{
	struct weir_list list = only(s, o);

	w->offsets_at = list.first;
	w->offset_count = list.count;
}

/*
 * The packets that a record is made of: those of its flow since the record before.  All that one
 * packet completes is made of the same ones.
 */
static void tell_packets(struct said *s, struct weir_said *w)
{
	if (!s->is_told)
		s->packets = s->flow ? offsets_said(s->flows, s->flow) : only(s, &s->now);
	s->is_told = 1;
	w->offsets_at = s->packets.first;
	w->offset_count = s->packets.count;
}

void *said_record(struct said *s, enum weir_kind kind, int direction)
{
	struct weir_said *w = said_row(s, pile_of[kind]);

	if (s->whose)
		*w = *s->whose;
	w->kind = kind;
	w->ns = s->now.ns;
	w->ordinal = s->now.ordinal;
	w->home = s->flows->out.home;
	if (s->flow)
		record_said(s->flows, s->flow, direction, w);
	else if (s->packet)
		tell_packet(s->packet, w);
	if (s->packet)
		w->source = s->now.source;
	if (unlikely(s->flows->o.offsets) && kind != WEIR_STREAM && !s->whose)
		tell_packets(s, w);
	return w;
}

void said_publish(struct said *s, enum weir_kind kind, const void *record)
{
	const struct shelf *shelf = &shelves[pile_of[kind]];
	size_t at = (size_t)((const char *)record - ((const char *)s->room + shelf->room_at));

	if (record == s->spare)
		return;
	s->told[kind]++;
	flow_note(&s->flows->out, kind, (uint32_t)(at / shelf->size));
	s->flows->out.said_count++;
	s->crowded |= s->flows->out.run_count > RUN_ROOM / 2;
}

/* ---- memory ------------------------------------------------------------------------------- */

int said_hold(struct said *s, uint64_t size)
{
	if (size > HELD_MOST - s->held)
		return 0;
	s->held += size;
	return 1;
}

void said_release(struct said *s, uint64_t size)
{
	s->held -= size;
}
