/*
 * ssdp.c - SSDP: devices that say what they are, and who looks for them, in headers like HTTP's.
 *
 * It is known by its first line: a method, or an answer that names a service.
 */
#include <string.h>
#include "header.h"
#include "proto.h"

enum { MOST_HEADERS = 64 };
enum { SEARCH = 1, NOTIFY, RESPONSE };

static const struct {
	const char *text;
	uint8_t type;
} starts[] = {
	{ "M-SEARCH * HTTP/1.", SEARCH }, { "NOTIFY * HTTP/1.", NOTIFY }, { "HTTP/1.", RESPONSE }
};

static uint8_t type_of(const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t n = strlen(starts[i].text);

		if (size > n && memcmp(at, starts[i].text, n) == 0)
			return starts[i].type;
	}
	return 0;
}

/* ---- messages ------------------------------------------------------------------------------------ */

static void note_header(struct weir_ssdp *d, struct word name, struct word value,
	struct weir_text text)
{
	uint64_t number;

	if (word_is(name, "st"))
		d->st = text;
	else if (word_is(name, "nt"))
		d->nt = text;
	else if (word_is(name, "nts"))
		d->nts = text;
	else if (word_is(name, "usn"))
		d->usn = text;
	else if (word_is(name, "location"))
		d->location = text;
	else if (word_is(name, "server"))
		d->server = text;
	else if (word_is(name, "user-agent"))
		d->user_agent = text;
	else if (word_is(name, "mx") && word_number(value, &number) && number <= UINT32_MAX) {
		d->mx = (uint32_t)number;
		d->has |= WEIR_HAS_SSDP_MX;
	}
}

/* The headers of a message, behind its first line. */
static struct head headers_of(const struct heard *h, struct word *first)
{
	struct head head = { (const char *)h->at, (const char *)h->at + h->size };

	head_line(&head, first);
	return head;
}

static void note_headers(struct said *s, struct weir_ssdp *d, struct head head)
{
	uint32_t first = s->counts[PILE_PAIRS];
	struct word name, value;

	for (int i = 0; i < MOST_HEADERS && head_next(&head, &name, &value); i++) {
		struct weir_pair *pair = said_row(s, PILE_PAIRS);

		pair->name = said_text(s, name.at, name.size);
		pair->value = said_text(s, value.at, value.size);
		note_header(d, name, value, pair->value);
	}
	d->headers = said_list(s, PILE_PAIRS, first);
}

/* An answer of HTTP is one of SSDP when it names a service. */
static int names_service(const struct heard *h)
{
	struct word first, name, value;
	struct head head = headers_of(h, &first);

	for (int i = 0; i < MOST_HEADERS && head_next(&head, &name, &value); i++)
		if (word_is(name, "st") || word_is(name, "usn"))
			return 1;
	return 0;
}

/* The type of a message; 0 when it is none. */
static uint8_t message_of(const struct heard *h)
{
	uint8_t type = type_of(h->at, h->size);

	return type == RESPONSE && !names_service(h) ? 0 : type;
}

static int probe(const struct heard *h)
{
	return message_of(h) ? MINE : OTHER;
}

static int32_t hear(const struct heard *h)
{
	uint8_t type = message_of(h);
	struct status_line status;
	struct word first;
	struct head head = headers_of(h, &first);
	struct weir_ssdp *d;

	if (!type)
		return (int32_t)h->size;
	d = said_record(h->said, WEIR_SSDP, h->direction);
	d->type = type;
	if (type == RESPONSE && head_status(first, &status)) {
		d->status = status.status;
		d->has |= WEIR_HAS_SSDP_STATUS;
	}
	note_headers(h->said, d, head);
	said_publish(h->said, WEIR_SSDP, d);
	return (int32_t)h->size;
}

const struct protocol protocol_ssdp = {
	.name = "ssdp", .kinds = 1 << WEIR_SSDP, .udp = 1, .label = APP_SSDP, .probe = probe,
	.hear = hear
};
