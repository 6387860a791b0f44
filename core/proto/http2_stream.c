/* http2_stream.c - HTTP/2: streams, each a request and its response, and their headers. */
#include <stdlib.h>
#include <string.h>
#include "../stream/line.h"
#include "http2.h"

enum { STREAMS_MOST = 256 };            /* at once */

/* ---- streams ------------------------------------------------------------------------- */

struct http_exchange *h2_find(const struct http2 *t, uint32_t stream)
{
	struct http_exchange *x = t->list.first;

	while (x && x->stream != stream)
		x = x->next;
	return x;
}

static struct http_exchange *begin_stream(const struct heard *h, struct http2 *t, uint32_t stream)
{
	struct http_exchange *x;

	if (t->list.count == STREAMS_MOST)
		list_tell(h->said, &t->list, t->list.first);
	x = exchange_new(h, t->client - 1);
	if (!x)
		return NULL;
	x->stream = stream;
	list_add(&t->list, x);
	return x;
}

void h2_break(const struct heard *h, struct http2 *t, uint32_t stream)
{
	struct http_exchange *x = h2_find(t, stream);

	t->broken[t->broken_count++ % BROKEN] = stream;
	if (x)
		list_tell(h->said, &t->list, x);
}

static int is_broken(const struct http2 *t, uint32_t stream)
{
	uint32_t n = t->broken_count < BROKEN ? t->broken_count : BROKEN;

	while (n && t->broken[n - 1] != stream)
		n--;
	return n != 0;
}

void h2_end(const struct heard *h, struct http2 *t, struct http_exchange *x,
	struct http_message *m)
{
	m->whole = 1;
	if (x->response.whole && (x->request.whole || !x->request.begun))
		list_tell(h->said, &t->list, x);
}

/* ---- headers ------------------------------------------------------------------------- */

/* What HTTP/1 has in its first line. */
static void read_pseudo(struct said *s, struct http_message *m, struct word name, struct word value)
{
	uint64_t status;

	if (m->header_count)
		return;
	if (word_is(name, ":method"))
		m->method = message_part(s, m, value);
	else if (word_is(name, ":path"))
		m->target = message_part(s, m, value);
	else if (word_is(name, ":authority"))
		m->known[KNOWN_HOST] = message_part(s, m, value);
	else if (word_is(name, ":status") && word_number(value, &status) && status < 1000)
		m->status = (uint16_t)status;
}

/* Reads a whole block into what comes; 0 when it makes no sense. */
static int read_block(const struct heard *h, struct way *w, struct word block)
{
	struct http_message *m = &w->coming;
	struct word name, value, version = { "HTTP/2", 6 };
	int more;

	m->begun = 1;
	m->version = message_part(h->said, m, version);
	while ((more = hpack_next(w->hpack, &block, &name, &value)) > 0)
		if (name.size && name.at[0] == ':')
			read_pseudo(h->said, m, name, value);
		else
			message_header(h->said, m, name, value);
	if (!m->target.size && word_is(message_word(m, m->method), "connect"))
		m->target = m->known[KNOWN_HOST];
	message_came(h, m);
	if (m->method.size)
		message_name(h, m);
	return more == 0;
}

/* Headers behind a message: they are added to it. */
static void add_trailers(struct said *s, struct http_message *m, const struct http_message *from)
{
	uint32_t at = from->headers_at;

	m->in_trailers = 1;
	for (uint32_t i = 0; i < from->header_count; i++) {
		struct word name, value;

		message_row(from, &at, &name, &value);
		message_header(s, m, name, value);
	}
}

/* What came belongs to a stream: it is its message, or the end of it. */
static void settle(const struct heard *h, struct http2 *t, uint32_t stream, int ends)
{
	struct way *w = &t->ways[h->direction];
	struct http_exchange *x = h2_find(t, stream);
	struct http_message *m = NULL;

	if (!x && w->coming.status / 100 != 1 && !is_broken(t, stream))
		x = begin_stream(h, t, stream);
	if (x)
		m = h2_message(t, x, h->direction);
	if (m && !m->begun && w->coming.status / 100 != 1) {
		*m = w->coming;
		w->coming = (struct http_message){ 0 };
	} else if (m && m->begun) {
		message_came(h, m);
		add_trailers(h->said, m, &w->coming);
	}
	message_free(h->said, &w->coming);
	if (m && m->begun && ends)
		h2_end(h, t, x, m);
}

/* A request that the server answers before it is asked. */
static void settle_promise(const struct heard *h, struct http2 *t, uint32_t stream)
{
	struct way *w = &t->ways[h->direction];
	struct http_exchange *x = h2_find(t, stream) ? NULL : begin_stream(h, t, stream);

	if (x) {
		x->request = w->coming;
		x->request.whole = 1;
		w->coming = (struct http_message){ 0 };
	}
	message_free(h->said, &w->coming);
}

void h2_drop_block(struct said *s, struct way *w)
{
	said_release(s, w->block_size);
	free(w->block);
	w->block = NULL;
	w->block_size = w->block_stream = 0;
}

static int end_block(const struct heard *h, struct http2 *t, struct word block)
{
	struct way *w = &t->ways[h->direction];
	uint32_t stream = w->block_stream, promise = w->block_promise;
	int is_good = read_block(h, w, block);

	h2_drop_block(h->said, w);
	if (is_good && promise)
		settle_promise(h, t, promise);
	else if (is_good)
		settle(h, t, stream, w->block_ends);
	return is_good;
}

/* A piece of a block; whether it makes sense. */
int h2_take_piece(const struct heard *h, struct http2 *t, const struct frame *f)
{
	struct way *w = &t->ways[h->direction];
	uint32_t all = w->block_size + f->size;
	uint8_t *block;

	if (!w->block && f->flags & END_HEADERS)
		return end_block(h, t, (struct word){ (const char *)f->at, f->size });
	if (all > HEAD_MOST || !said_hold(h->said, f->size))
		return 0;
	block = realloc(w->block, all + 1);
	if (!block) {
		said_release(h->said, f->size);
		return 0;
	}
	if (f->size)
		memcpy(block + w->block_size, f->at, f->size);
	w->block = block;
	w->block_size = all;
	return !(f->flags & END_HEADERS) ||
		end_block(h, t, (struct word){ (const char *)block, all });
}

/* ---- after HTTP/1 -------------------------------------------------------------------- */

int http2_go_on(const struct heard *h, struct line *l, struct http_exchange *x)
{
	struct http2 *t;

	if (!line_begin(l, h->said, &protocol_http2)) {
		exchange_tell(h->said, x);
		return 0;
	}
	t = l->state;
	t->client = x->client + 1;
	x->stream = 1;
	x->next = NULL;
	list_add(&t->list, x);
	return 1;
}
