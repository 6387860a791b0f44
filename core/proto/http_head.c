/* http_head.c - HTTP/1: how messages begin, and where their heads say that they end. */
#include <string.h>
#include "http1.h"

enum { LINE_ENOUGH = 64 << 10 };        /* a first line that is longer is none */
enum { BLANKS_MOST = 16 };              /* bytes of empty lines before it */

/* ---- recognition --------------------------------------------------------------------- */

static int begins_like_response(const uint8_t *at, uint32_t size)
{
	static const char form[] = "HTTP/1.0 000";

	for (uint32_t i = 0; i < sizeof form - 1; i++) {
		if (i == size)
			return UNSURE;
		if (form[i] == '0' ? at[i] < '0' || at[i] > '9' : at[i] != form[i])
			return OTHER;
	}
	return MINE;
}

static int is_ours(struct word version)
{
	return version.size > 7 && memcmp(version.at, "HTTP/1.", 7) == 0;
}

static int begins_like_request(const uint8_t *at, uint32_t size)
{
	const uint8_t *end = memchr(at, '\n', size);
	struct word line = { (const char *)at, end ? (uint32_t)(end - at) : size };
	struct request_line r;
	uint32_t i = 0;

	while (i < size && i < 32 && ((at[i] >= 'A' && at[i] <= 'Z') || (i && strchr("-_", at[i]))))
		i++;
	if (i < size && (i == 0 || at[i] != ' '))
		return OTHER;
	if (!end)
		return size < LINE_ENOUGH ? UNSURE : OTHER;
	return head_request(line, &r) && is_ours(r.version) ? MINE : OTHER;
}

/* Empty lines before it are passed over, as some send them (RFC 9112, 2.2). */
int http_begins(const uint8_t *at, uint32_t size)
{
	uint32_t n = 0;
	int verdict;

	while (n < size && n < BLANKS_MOST && (at[n] == '\r' || at[n] == '\n'))
		n++;
	at += n;
	size -= n;
	verdict = begins_like_response(at, size);
	return verdict == OTHER ? begins_like_request(at, size) : verdict;
}

/* ---- heads --------------------------------------------------------------------------- */

/* How a head says where its body ends. */
struct framing {
	uint64_t length;
	uint8_t  has_length, is_chunked, is_coded, is_bad;
	uint8_t  then;                  /* enum then */
};

static void note_length(struct framing *f, struct word value)
{
	for (;;) {
		const char *comma = value.size ? memchr(value.at, ',', value.size) : NULL;
		struct word one = { value.at, comma ? (uint32_t)(comma - value.at) : value.size };
		uint64_t length;

		if (!word_number(word_trim(one), &length) ||
		    (f->has_length && length != f->length)) {
			f->is_bad = 1;
			return;
		}
		f->has_length = 1;
		f->length = length;
		if (!comma)
			return;
		value.size -= one.size + 1;
		value.at = comma + 1;
	}
}

/* Whether a version of TLS is among what is offered (RFC 2817). */
static int names_tls(struct word list)
{
	while (list.size) {
		struct word last = word_last(list);
		const char *comma = memrchr(list.at, ',', list.size);

		if (last.size > 4 && word_is((struct word){ last.at, 4 }, "tls/"))
			return 1;
		list.size = comma ? (uint32_t)(comma - list.at) : 0;
	}
	return 0;
}

static void note_framing(struct framing *f, struct word name, struct word value)
{
	if (name.size == 14 && word_is(name, "content-length")) {
		note_length(f, value);
	} else if (name.size == 17 && word_is(name, "transfer-encoding")) {
		f->is_chunked = (uint8_t)word_is(word_last(value), "chunked");
		f->is_coded = !f->is_chunked && !word_is(word_last(value), "identity");
	} else if (name.size == 7 && word_is(name, "upgrade")) {
		f->then = word_has(value, "h2c") ? THEN_HTTP2 : names_tls(value) ? THEN_TLS :
			THEN_OTHER;
	}
}

static struct framing read_headers(const struct heard *h, struct head *head,
	struct http_message *m)
{
	struct framing f = { 0 };
	struct word name, value;

	while (head_next(head, &name, &value)) {
		note_framing(&f, name, value);
		message_header(h->said, m, name, value);
	}
	m->begun = 1;
	m->ambiguous = (f.is_chunked && f.has_length) || f.is_bad;
	return f;
}

/* Makes room for what is read of a head at once: its bytes, and two sizes for each of its lines. */
static void make_room(const struct heard *h, struct http_message *m, const struct head *head)
{
	uint32_t size = (uint32_t)(head->end - head->at), lines = 0;
	struct head all = *head;
	struct word line;

	while (head_line(&all, &line))
		lines++;
	message_room(h->said, m, size + 8 * lines);
}

static void begin_request(const struct heard *h, struct http *t, const struct framing *f)
{
	struct side *side = &t->sides[h->direction];

	side->left = f->length;
	if (side->is_cut || f->is_coded || f->is_bad)
		turn_lose(h, t);
	else if (f->is_chunked)
		side->mode = CHUNK;
	else if (f->length)
		side->mode = BODY;
	else
		turn_end(h, t);
}

static void begin_response(const struct heard *h, struct http *t, const struct framing *f)
{
	struct side *side = &t->sides[h->direction];
	const struct http_message *q = &side->x->request;
	struct word method = message_word(q, q->method);
	uint32_t status = side->x->response.status;

	side->left = f->length;
	if (side->is_cut) {
		turn_lose(h, t);
	} else if (status == 101) {
		turn_upgrade(h, t, f->then);
	} else if (word_is(method, "connect") && status / 100 == 2) {
		turn_end(h, t);
		turn_tunnel(h, t);
	} else if (word_is(method, "head") || status == 204 || status == 304) {
		turn_end(h, t);
	} else if (f->is_chunked) {
		side->mode = CHUNK;
	} else if (f->is_coded || f->is_bad || !f->has_length) {
		side->mode = UNTIL_CLOSE;
	} else if (f->length) {
		side->mode = BODY;
	} else {
		turn_end(h, t);
	}
}

static void read_request(const struct heard *h, struct http *t, struct head *head,
	const struct request_line *line)
{
	struct http_message *m = &t->sides[h->direction].coming;
	struct framing f;

	if (!t->client)
		t->client = (uint8_t)(h->direction + 1);
	if (!is_client(t, h->direction) || !turn_begin(h, t, 1)) {
		turn_lose(h, t);
		return;
	}
	m = &t->sides[h->direction].x->request;
	make_room(h, m, head);
	m->method = message_part(h->said, m, line->method);
	m->target = message_part(h->said, m, line->target);
	m->version = message_part(h->said, m, line->version);
	f = read_headers(h, head, m);
	message_name(h, m);
	begin_request(h, t, &f);
	turn_limit(h, t);
}

static void read_response(const struct heard *h, struct http *t, struct head *head,
	const struct status_line *line)
{
	struct http_message *m = &t->sides[h->direction].coming;
	struct framing f;

	if (!t->client)
		t->client = (uint8_t)(!h->direction + 1);
	if (line->status / 100 == 1 && line->status != 101) {   /* another one follows */
		message_free(h->said, m);
		return;
	}
	if (is_client(t, h->direction) || !turn_begin(h, t, 0)) {
		turn_lose(h, t);
		return;
	}
	m = &t->sides[h->direction].x->response;
	make_room(h, m, head);
	m->status = (uint16_t)line->status;
	m->version = message_part(h->said, m, line->version);
	m->reason = message_part(h->said, m, line->reason);
	f = read_headers(h, head, m);
	begin_response(h, t, &f);
}

/* Reads a head, of which the first line tells what it is; whether it is one. */
static int read_head(const struct heard *h, struct http *t, struct head *head)
{
	struct request_line request;
	struct status_line status;
	struct word line;

	if (!head_line(head, &line))
		return 0;
	if (head_status(line, &status) && is_ours(status.version))
		read_response(h, t, head, &status);
	else if (head_request(line, &request) && is_ours(request.version))
		read_request(h, t, head, &request);
	else
		return 0;
	return 1;
}

uint32_t http_take_head(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size)
{
	struct side *side = &t->sides[h->direction];
	uint32_t n = head_size(at, size, side->scanned);
	struct head head = { (const char *)at, (const char *)at + n };

	message_came(h, &side->coming);
	if (!n && size < HEAD_MOST && http_begins(at, size) != OTHER) {
		side->scanned = size;
		return 0;
	}
	side->scanned = 0;
	if (!n || !read_head(h, t, &head))
		turn_lose(h, t);
	return n ? n : size;
}

void http_cut_head(const struct heard *h, struct http *t)
{
	struct side *side = &t->sides[h->direction];
	const char *at = (const char *)h->at;
	const char *end = h->size && side->mode == START ? memrchr(at, '\n', h->size) : NULL;
	struct head head = { at, end ? end + 1 : at };

	side->is_cut = 1;
	if (end)
		read_head(h, t, &head);
	side->is_cut = 0;
}
