/*
 * ssdp.c - SSDP: devices that say what they are, and who looks for them, in headers like HTTP's.
 *
 * It is known by its first line: a method, or an answer that names a service.
 */
#include <string.h>
#include <strings.h>
#include "proto.h"

enum { MOST_HEADERS = 64 };
enum { SEARCH = 1, NOTIFY, RESPONSE };

static const struct {
	const char *text;
	uint8_t type;
} starts[] = {
	{ "M-SEARCH * HTTP/1.", SEARCH }, { "NOTIFY * HTTP/1.", NOTIFY }, { "HTTP/1.", RESPONSE }
};

/* A line, without what ends it, or a part of one. */
struct line_of {
	const char *at;
	uint32_t size;
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

/* Takes the next line off. */
static int next_line(struct line_of *all, struct line_of *line)
{
	const char *end = all->size ? memchr(all->at, '\n', all->size) : NULL;
	uint32_t size = end ? (uint32_t)(end - all->at) : all->size;

	if (!all->size)
		return 0;
	*line = (struct line_of){ all->at, size };
	if (line->size && line->at[line->size - 1] == '\r')
		line->size--;
	all->at += size + (end != NULL);
	all->size -= size + (end != NULL);
	return 1;
}

static struct line_of trimmed(struct line_of l)
{
	while (l.size && (*l.at == ' ' || *l.at == '\t')) {
		l.at++;
		l.size--;
	}
	while (l.size && (l.at[l.size - 1] == ' ' || l.at[l.size - 1] == '\t'))
		l.size--;
	return l;
}

/* A line as name and value; 0 when it is none. */
static int split(struct line_of line, struct line_of *name, struct line_of *value)
{
	const char *colon = line.size ? memchr(line.at, ':', line.size) : NULL;

	if (!colon || colon == line.at)
		return 0;
	*name = trimmed((struct line_of){ line.at, (uint32_t)(colon - line.at) });
	*value = trimmed((struct line_of){ colon + 1, line.size - (uint32_t)(colon + 1 - line.at) });
	return 1;
}

static int is_named(struct line_of name, const char *text)
{
	return name.size == strlen(text) && strncasecmp(name.at, text, name.size) == 0;
}

/* ---- messages ------------------------------------------------------------------------------------ */

static uint32_t number_of(struct line_of l)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l.size && l.at[i] >= '0' && l.at[i] <= '9' && n < 100000000; i++)
		n = 10 * n + (uint32_t)(l.at[i] - '0');
	return n;
}

static void note_header(struct weir_ssdp *d, struct line_of name, struct line_of value,
	struct weir_text text)
{
	if (is_named(name, "st"))
		d->st = text;
	else if (is_named(name, "nt"))
		d->nt = text;
	else if (is_named(name, "nts"))
		d->nts = text;
	else if (is_named(name, "usn"))
		d->usn = text;
	else if (is_named(name, "location"))
		d->location = text;
	else if (is_named(name, "server"))
		d->server = text;
	else if (is_named(name, "user-agent"))
		d->user_agent = text;
	else if (is_named(name, "mx")) {
		d->mx = number_of(value);
		d->has |= WEIR_HAS_SSDP_MX;
	}
}

static void note_headers(struct said *s, struct weir_ssdp *d, struct line_of all)
{
	uint32_t first = s->counts[PILE_PAIRS];
	struct line_of line, name, value;

	for (int i = 0; i < MOST_HEADERS && next_line(&all, &line) && line.size; i++) {
		struct weir_pair *pair;

		if (!split(line, &name, &value))
			continue;
		pair = said_row(s, PILE_PAIRS);
		pair->name = said_text(s, name.at, name.size);
		pair->value = said_text(s, value.at, value.size);
		note_header(d, name, value, pair->value);
	}
	d->headers = said_list(s, PILE_PAIRS, first);
}

/* An answer of HTTP is one of SSDP when it names a service. */
static int names_service(struct line_of all)
{
	struct line_of line, name, value;

	for (int i = 0; i < MOST_HEADERS && next_line(&all, &line) && line.size; i++)
		if (split(line, &name, &value) && (is_named(name, "st") || is_named(name, "usn")))
			return 1;
	return 0;
}

/* The type of a message; 0 when it is none. */
static uint8_t message_of(const struct heard *h)
{
	uint8_t type = type_of(h->at, h->size);

	if (type == RESPONSE && !names_service((struct line_of){ (const char *)h->at, h->size }))
		return 0;
	return type;
}

static int probe(const struct heard *h)
{
	return message_of(h) ? MINE : OTHER;
}

static int32_t hear(const struct heard *h)
{
	struct line_of all = { (const char *)h->at, h->size }, line;
	uint8_t type = message_of(h);
	struct weir_ssdp *d;

	if (!type)
		return (int32_t)h->size;
	d = said_record(h->said, WEIR_SSDP, h->direction);
	d->type = type;
	next_line(&all, &line);
	if (type == RESPONSE && line.size > 9)
		d->status = number_of((struct line_of){ line.at + 9, line.size - 9 });
	note_headers(h->said, d, all);
	said_publish(h->said, WEIR_SSDP, d);
	return (int32_t)h->size;
}

const struct protocol protocol_ssdp = {
	.name = "ssdp", .kinds = 1 << WEIR_SSDP, .udp = 1, .label = APP_SSDP, .probe = probe,
	.hear = hear
};
