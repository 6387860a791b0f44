/*
 * http2.c - HTTP/2 without TLS, or out of it: frames, and the requests and responses in them.
 *
 * What headers say depends on all that were before them.  When bytes of those are missing, the
 * direction is not heard any more, rather than believed.
 */
#include <string.h>
#include "http2.h"

enum { FRAME_HEAD = 9 };
enum { SERVER_MOST = 1024 };            /* bytes that one says before its client does */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum { PREFACE = sizeof preface - 1 };

/*
 * A server may say its settings before the client has said what this is: they are held until then,
 * since other protocols begin with such bytes, too.
 */
static int is_server(const uint8_t *at, uint32_t size)
{
	static const uint8_t rest[] = { SETTINGS, 0, 0, 0, 0, 0 };
	uint32_t n = size < FRAME_HEAD ? size : FRAME_HEAD;

	if (size > SERVER_MOST || at[0] != 0 || (n > 1 && at[1] != 0) || (n > 2 && at[2] % 6 != 0))
		return OTHER;
	return n > 3 && memcmp(at + 3, rest, n - 3) != 0 ? OTHER : UNSURE;
}

static int probe(const struct heard *h)
{
	uint32_t size = h->size < PREFACE ? h->size : PREFACE;

	if (memcmp(h->at, preface, size) != 0)
		return is_server(h->at, h->size);
	return size == PREFACE ? MINE : UNSURE;
}

/* ---- frames -------------------------------------------------------------------------- */

/* Takes off what is padded, and `skip` bytes in front; 0 when there is not so much. */
static int strip(struct frame *f, uint32_t skip)
{
	uint32_t padding = 0;

	if (f->flags & PADDED) {
		if (f->size == 0)
			return 0;
		padding = f->at[0];
		skip++;
	}
	if (skip + padding > f->size)
		return 0;
	f->at += skip;
	f->size -= skip + padding;
	return 1;
}

static int take_headers(const struct heard *h, struct http2 *t, struct frame *f)
{
	struct way *w = &t->ways[h->direction];

	w->block_stream = f->stream;
	w->block_promise = 0;
	w->block_ends = f->flags & END_STREAM;
	return strip(f, f->flags & PRIORITIZED ? 5 : 0) && h2_take_piece(h, t, f);
}

static int take_promise(const struct heard *h, struct http2 *t, struct frame *f)
{
	struct way *w = &t->ways[h->direction];
	uint32_t at = f->flags & PADDED ? 1 : 0;

	if (f->size < at + 4)
		return 0;
	w->block_stream = f->stream;
	w->block_promise = be32(f->at + at) & 0x7fffffff;
	w->block_ends = 0;
	return w->block_promise && strip(f, 4) && h2_take_piece(h, t, f);
}

/* A whole frame that is not of data; whether it makes sense. */
static int take_frame(const struct heard *h, struct http2 *t, struct frame *f)
{
	struct way *w = &t->ways[h->direction];

	if (w->block_stream)
		return f->type == CONTINUATION && f->stream == w->block_stream &&
			h2_take_piece(h, t, f);
	switch (f->type) {
	case HEADERS:      return f->stream != 0 && take_headers(h, t, f);
	case PUSH_PROMISE: return t->client != h->direction + 1 && take_promise(h, t, f);
	case RST_STREAM:   h2_break(h, t, f->stream); return 1;
	default:           return f->type != CONTINUATION;
	}
}

/* Bytes of data: they are counted, and kept when somebody wants them. */
static uint32_t take_data(const struct heard *h, struct http2 *t, const uint8_t *at, uint32_t size)
{
	struct way *w = &t->ways[h->direction];
	struct http_exchange *x = h2_find(t, w->stream);
	struct http_message *m = x ? h2_message(t, x, h->direction) : NULL;
	uint32_t n = size < w->left ? size : w->left;

	if (m && m->begun) {
		message_came(h, m);
		message_body(h->said, m, at, n);
	}
	w->left -= n;
	if (w->left == 0) {
		uint32_t rest = size - n < w->padding ? size - n : w->padding;

		w->padding -= rest;
		n += rest;
	}
	if (w->left == 0 && w->ends && m && m->begun)
		h2_end(h, t, x, m);
	w->ends &= w->left != 0;
	return n;
}

/* The head of a frame of data, or of one that nobody wants; 0 when it makes no sense. */
static uint32_t begin_data(const struct heard *h, struct http2 *t, const struct frame *f)
{
	struct way *w = &t->ways[h->direction];
	int is_padded = f->type == DATA && f->flags & PADDED;
	uint32_t padding = is_padded && f->size ? f->at[0] : 0;

	if (f->size < padding + (uint32_t)is_padded || w->block_stream)
		return 0;
	w->padding = f->type == DATA ? padding : f->size;
	w->left = f->type == DATA ? f->size - padding - (uint32_t)is_padded : 0;
	w->stream = f->type == DATA ? f->stream : 0;
	w->ends = f->type == DATA && f->flags & END_STREAM;
	if (w->left == 0)
		take_data(h, t, f->at, 0);
	return FRAME_HEAD + (uint32_t)is_padded;
}

/* ---- all that comes ------------------------------------------------------------------ */

enum { NOTHING = -2 };                  /* so far */

/* What a connection begins with, this way. */
static int32_t take_begin(const struct heard *h, struct http2 *t, const uint8_t *at, uint32_t size)
{
	struct way *w = &t->ways[h->direction];
	uint32_t n = t->client == h->direction + 1 ? PREFACE : 0;

	if (memcmp(at, preface, size < n ? size : n) != 0)
		return ENOUGH;
	if (size < n + FRAME_HEAD)
		return NOTHING;
	if (at[n + 3] != SETTINGS)
		return ENOUGH;
	w->begun = 1;
	return (int32_t)n;
}

static int is_wanted(uint8_t type)
{
	return type == HEADERS || type == CONTINUATION || type == PUSH_PROMISE ||
		type == RST_STREAM;
}

/* Takes some of what there is. */
static int32_t take(const struct heard *h, struct http2 *t, const uint8_t *at, uint32_t size)
{
	struct way *w = &t->ways[h->direction];
	struct frame f;

	if (w->left || w->padding)
		return (int32_t)take_data(h, t, at, size);
	if (!w->begun)
		return take_begin(h, t, at, size);
	if (size < FRAME_HEAD + 1 && (size < FRAME_HEAD || (at[4] & PADDED && be32(at) >> 8)))
		return NOTHING;
	f = (struct frame){ .at = at + FRAME_HEAD, .size = be32(at) >> 8, .type = at[3],
		.flags = at[4], .stream = be32(at + 5) & 0x7fffffff };
	if (!is_wanted(f.type)) {
		uint32_t n = begin_data(h, t, &f);

		return n ? (int32_t)n : ENOUGH;
	}
	if (f.size > HEAD_MOST)
		return ENOUGH;
	if (f.size > size - FRAME_HEAD) {
		if (f.type == HEADERS)
			message_came(h, &w->coming);
		return NOTHING;
	}
	return take_frame(h, t, &f) ? (int32_t)(FRAME_HEAD + be32(at) / 256) : ENOUGH;
}

/* What this direction says is not understood any more: all that comes of its messages is cut. */
static void lose(const struct heard *h, struct http2 *t)
{
	for (struct http_exchange *x = t->list.first; x; x = x->next) {
		struct http_message *m = h2_message(t, x, h->direction);

		m->cut |= !m->whole;
	}
}

static int begin(const struct heard *h, struct http2 *t)
{
	struct way *w = &t->ways[h->direction];

	if (!t->client)
		t->client = (uint8_t)(h->direction + 1);
	if (!w->hpack && said_hold(h->said, HPACK_SIZE)) {
		w->hpack = hpack_new();
		if (!w->hpack)
			said_release(h->said, HPACK_SIZE);
	}
	return w->hpack != NULL;
}

static int32_t hear(const struct heard *h)
{
	struct http2 *t = h->line->state;
	uint32_t done = 0;
	int32_t taken = begin(h, t) ? 0 : ENOUGH;

	while (taken >= 0 && done < h->size) {
		taken = take(h, t, h->at + done, h->size - done);
		done += taken > 0 ? (uint32_t)taken : 0;
	}
	if (taken == ENOUGH) {
		lose(h, t);
		return ENOUGH;
	}
	return (int32_t)done;
}

static void gap(const struct heard *h, uint64_t missing)
{
	struct http2 *t = h->line->state;
	struct way *w = &t->ways[h->direction];
	struct http_exchange *x = h2_find(t, w->stream);

	if (missing < w->left) {
		w->left -= (uint32_t)missing;
		if (x)
			message_gap(h2_message(t, x, h->direction), missing);
		return;
	}
	lose(h, t);
	h->line->deaf[h->direction] = 1;
}

static void close(struct said *s, struct line *l)
{
	struct http2 *t = l->state;

	list_tell_all(s, &t->list);
	for (int d = 0; d < 2; d++) {
		struct way *w = &t->ways[d];

		message_free(s, &w->coming);
		h2_drop_block(s, w);
		said_release(s, w->hpack ? HPACK_SIZE : 0);
		hpack_free(w->hpack);
	}
}

const struct protocol protocol_http2 = {
	.name = "http2", .kinds = 1 << WEIR_HTTP | 1 << WEIR_EXCHANGE, .tcp = 1, .tls = 1,
	.names = 1,
	.label = APP_HTTP, .state_size = sizeof(struct http2), .probe = probe, .hear = hear,
	.gap = gap, .close = close
};
