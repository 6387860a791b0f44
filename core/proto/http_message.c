/* http_message.c - what is kept of a request or a response while it comes. */
#include <stdlib.h>
#include <string.h>
#include "http.h"

/* ---- memory -------------------------------------------------------------------------- */

/* Makes room for `size` bytes at *at, which has *room; 0 when there is none. */
static int grow(struct said *s, void **at, uint32_t *room, uint64_t size)
{
	uint64_t wanted = *room ? *room : 256;
	void *larger;

	if (size <= *room)
		return 1;
	while (wanted < size)
		wanted *= 2;
	if (wanted > UINT32_MAX / 2 || !said_hold(s, wanted - *room))
		return 0;
	larger = realloc(*at, wanted);
	if (!larger) {
		said_release(s, wanted - *room);
		return 0;
	}
	*at = larger;
	*room = (uint32_t)wanted;
	return 1;
}

struct http_exchange *exchange_make(struct said *s)
{
	struct http_exchange *x;

	if (!said_hold(s, sizeof *x))
		return NULL;
	x = calloc(1, sizeof *x);
	if (!x)
		said_release(s, sizeof *x);
	return x;
}

struct http_exchange *exchange_new(const struct heard *h, int client)
{
	struct http_exchange *x = exchange_make(h->said);

	if (!x)
		return NULL;
	x->client = (uint8_t)client;
	x->port = h->direction == client ? h->to_port : h->from_port;
	x->is_secret = h->line->carrier == CARRIER_TLS;
	return x;
}

void message_free(struct said *s, struct http_message *m)
{
	said_release(s, m->text_room + (uint64_t)m->kept_room + m->place_room);
	free(m->text);
	free(m->kept);
	free(m->places);
	*m = (struct http_message){ 0 };
}

void exchange_free(struct said *s, struct http_exchange *x)
{
	if (!x)
		return;
	message_free(s, &x->request);
	message_free(s, &x->response);
	said_release(s, sizeof *x);
	free(x);
}

/* ---- heads --------------------------------------------------------------------------- */

enum { SIZES = 2 * sizeof(uint32_t) };

int message_room(struct said *s, struct http_message *m, uint32_t size)
{
	void *text = m->text;
	int is_there = grow(s, &text, &m->text_room, (uint64_t)m->text_size + size);

	m->text = text;
	return is_there;
}

struct part message_part(struct said *s, struct http_message *m, struct word bytes)
{
	struct part p = { m->text_size, bytes.size };

	if (!bytes.size || !message_room(s, m, bytes.size))
		return (struct part){ 0, 0 };
	memcpy(m->text + m->text_size, bytes.at, bytes.size);
	m->text_size += bytes.size;
	return p;
}

/* Which of the headers that are looked at this is; KNOWNS when it is none. */
static enum known known_of(struct word name)
{
	static const char *const names[KNOWNS] = {
		[KNOWN_HOST] = "host", [KNOWN_USER_AGENT] = "user-agent",
		[KNOWN_TYPE] = "content-type", [KNOWN_REFERER] = "referer",
		[KNOWN_LOCATION] = "location", [KNOWN_FORWARDED] = "x-forwarded-for",
		[KNOWN_CODING] = "content-encoding", [KNOWN_TRANSFER] = "transfer-encoding"
	};
	static const uint8_t sizes[KNOWNS] = { 4, 10, 12, 7, 8, 15, 16, 17 };
	int i = 0;

	while (i < KNOWNS && !(sizes[i] == name.size && word_is(name, names[i])))
		i++;
	return i;
}

/* Remembers the first value of what is looked at; of codings all that are in one line. */
static void note_known(struct http_message *m, struct word name, struct part value)
{
	enum known known = known_of(name);

	if (known < KNOWNS && !m->known[known].size)
		m->known[known] = value;
}

void message_header(struct said *s, struct http_message *m, struct word name, struct word value)
{
	uint32_t sizes[2] = { name.size, 0 }, at = m->text_size;

	if (at > 2 * HEAD_MOST || !message_room(s, m, SIZES + name.size + value.size)) {
		m->cut = 1;
		return;
	}
	memcpy(m->text + at + SIZES, name.at, name.size);
	sizes[1] = head_unfold(m->text + at + SIZES + name.size, value);
	memcpy(m->text + at, sizes, SIZES);
	m->text_size += SIZES + sizes[0] + sizes[1];
	if (m->in_trailers) {
		m->trailers_at = m->trailer_count++ ? m->trailers_at : at;
	} else {
		m->headers_at = m->header_count++ ? m->headers_at : at;
		note_known(m, name, (struct part){ at + SIZES + name.size, sizes[1] });
	}
}

void message_row(const struct http_message *m, uint32_t *at, struct word *name,
	struct word *value)
{
	uint32_t sizes[2];

	memcpy(sizes, m->text + *at, SIZES);
	*name = (struct word){ m->text + *at + SIZES, sizes[0] };
	*value = (struct word){ name->at + sizes[0], sizes[1] };
	*at += SIZES + sizes[0] + sizes[1];
}

/* ---- what comes ---------------------------------------------------------------------- */

/* Whether it is known of a packet, of the latest ones. */
static int has_place(const struct http_message *m, const struct origin *o)
{
	uint32_t first = m->place_count > RECENT ? m->place_count - RECENT : 0;

	for (uint32_t i = m->place_count; i > first; i--)
		if (m->places[i - 1].offset == o->offset && m->places[i - 1].source == o->source)
			return 1;
	return 0;
}

static void note_place(struct said *s, struct http_message *m, const struct origin *o)
{
	uint32_t most = said_tells_packets(s) ? PLACES_MOST : OFFSETS_MOST;
	void *places = m->places;

	if (o->offset < 0 || has_place(m, o))
		return;
	if (m->place_count == most ||
	    !grow(s, &places, &m->place_room, (m->place_count + 1) * sizeof *m->places)) {
		m->places_cut = 1;
		return;
	}
	m->places = places;
	m->places[m->place_count++] = (struct place_in){ o->offset, o->source };
}

/* The packets whose bytes waited for the last one. */
static void note_waited(const struct heard *h, struct http_message *m)
{
	for (uint32_t i = 0; i < h->waited->count; i++)
		note_place(h->said, m, &h->waited->shares[i].origin);
	m->places_cut |= h->waited->cut != 0;
}

void message_came(const struct heard *h, struct http_message *m)
{
	int is_wanted = said_wants(h->said, WEIR_EXCHANGE) || said_tells_packets(h->said);

	if (is_wanted && h->waited)
		note_waited(h, m);
	if (!m->first.ordinal)
		m->first = *h->origin;
	else if (m->last.ordinal == h->origin->ordinal)
		return;
	m->last = *h->origin;
	if (is_wanted)
		note_place(h->said, m, h->origin);
}

void message_body(struct said *s, struct http_message *m, const uint8_t *at, uint32_t size)
{
	void *kept = m->kept;
	uint32_t room = BODY_MOST - m->kept_size;

	m->body += size;
	if (!said_wants(s, WEIR_EXCHANGE) || m->full || !size)
		return;
	m->full = size > room;
	size = size < room ? size : room;
	m->full |= !grow(s, &kept, &m->kept_room, (uint64_t)m->kept_size + size);
	m->cut |= m->full;
	if (m->kept_room < m->kept_size + size)
		return;
	m->kept = kept;
	memcpy(m->kept + m->kept_size, at, size);
	m->kept_size += size;
}

void message_gap(struct http_message *m, uint64_t missing)
{
	m->missing += missing;
	m->cut = m->full = 1;
}

/* ---- those that are not over --------------------------------------------------------- */

void list_add(struct http_list *l, struct http_exchange *x)
{
	x->number = l->begun++;
	if (l->last)
		l->last->next = x;
	else
		l->first = x;
	l->last = x;
	l->count++;
}

void list_tell(struct said *s, struct http_list *l, struct http_exchange *x)
{
	struct http_exchange *before = NULL;

	if (x != l->first)
		for (before = l->first; before->next != x; )
			before = before->next;
	if (before)
		before->next = x->next;
	else
		l->first = x->next;
	if (l->last == x)
		l->last = before;
	l->count--;
	exchange_tell(s, x);
}

void list_tell_all(struct said *s, struct http_list *l)
{
	while (l->first)
		list_tell(s, l, l->first);
}
