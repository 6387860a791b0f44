/*
 * http.c - HTTP/1: from bytes to messages.
 *
 * A head waits until it is whole; bodies go by.  When it is unknown where a message ends, because
 * bytes are missing or make no sense, its direction is lost until a segment begins like a message.
 */
#include <string.h>
#include "http1.h"
#include "inside.h"

enum { CHUNK_LINE = 4096 };             /* bytes that say how long a chunk is */

static int probe(const struct heard *h)
{
	return http_begins(h->at, h->size);
}

/* ---- bodies -------------------------------------------------------------------------- */

/* Bytes of the body, of which `left` are left; what comes after them is the mode `then`. */
static uint32_t take_body(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size)
{
	struct side *side = &t->sides[h->direction];
	struct http_message *m = turn_message(t, h->direction);

	if (side->mode != UNTIL_CLOSE && size > side->left)
		size = (uint32_t)side->left;
	if (m) {
		message_came(h, m);
		message_body(h->said, m, at, size);
	}
	if (side->mode == UNTIL_CLOSE)
		return size;
	side->left -= size;
	if (side->left == 0 && side->mode == CHUNK_DATA)
		side->mode = CHUNK;
	else if (side->left == 0)
		turn_end(h, t);
	return size;
}

/* The size of a chunk in hexadecimal digits; 0 when it is none. */
static int chunk_size(struct word s, uint64_t *size)
{
	*size = 0;
	if (s.size == 0 || s.size > 15)
		return 0;
	for (uint32_t i = 0; i < s.size; i++) {
		char c = s.at[i] | 32;
		int digit = s.at[i] >= '0' && s.at[i] <= '9' ? s.at[i] - '0' :
			c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return 0;
		*size = *size << 4 | (uint64_t)digit;
	}
	return 1;
}

/* The line in front of a chunk, and the end of the one before. */
static uint32_t take_chunk(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size)
{
	struct side *side = &t->sides[h->direction];
	struct http_message *m = turn_message(t, h->direction);
	uint32_t from = 0;
	const uint8_t *end;
	struct word line;

	while (from < size && from < 2 && (at[from] == '\r' || at[from] == '\n'))
		from++;
	end = memchr(at + from, '\n', size - from);
	if (m)
		message_came(h, m);
	if (!end && size < CHUNK_LINE)
		return 0;
	line = (struct word){ (const char *)at + from, end ? (uint32_t)(end - at) - from : 0 };
	if (!chunk_size(word_before(line, ';'), &side->left)) {
		turn_lose(h, t);
		return size;
	}
	side->mode = side->left ? CHUNK_DATA : TRAILERS;
	side->scanned = 0;
	return (uint32_t)(end + 1 - at);
}

/* Headers behind the last chunk, a line at a time; an empty one ends them. */
static uint32_t take_trailer(const struct heard *h, struct http *t, const uint8_t *at,
	uint32_t size)
{
	struct side *side = &t->sides[h->direction];
	struct http_message *m = turn_message(t, h->direction);
	const uint8_t *end = memchr(at, '\n', size);
	struct head head = { (const char *)at, end ? (const char *)end + 1 : (const char *)at };
	struct word line, name, value;

	if (m)
		message_came(h, m);
	side->scanned += end ? (uint32_t)(end + 1 - at) : 0;
	if (side->scanned > HEAD_MOST || (!end && size > HEAD_MOST)) {
		turn_lose(h, t);
		return size;
	}
	if (!end)
		return 0;
	if (m && head_next(&head, &name, &value)) {
		m->in_trailers = 1;
		message_header(h->said, m, name, value);
	}
	head.at = (const char *)at;
	if (head_line(&head, &line) && line.size == 0) {
		side->scanned = 0;
		turn_end(h, t);
	}
	return (uint32_t)(end + 1 - at);
}

/* ---- all that comes ------------------------------------------------------------------ */

/* Between messages: empty lines are passed over, as some send them behind a body. */
static uint32_t take_start(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size)
{
	uint32_t n = 0;

	while (n < size && (at[n] == '\r' || at[n] == '\n'))
		n++;
	return n ? n : http_take_head(h, t, at, size);
}

/* What makes no sense goes by until something begins like a message. */
static uint32_t find_start(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size)
{
	int verdict = http_begins(at, size);

	if (verdict == OTHER)
		return size;
	t->sides[h->direction].mode = START;
	return take_start(h, t, at, size);
}

/* Takes some of what there is; 0 when more is needed. */
static uint32_t take(const struct heard *h, struct http *t, const uint8_t *at, uint32_t size)
{
	switch (t->sides[h->direction].mode) {
	case START:    return take_start(h, t, at, size);
	case CHUNK:    return take_chunk(h, t, at, size);
	case TRAILERS: return take_trailer(h, t, at, size);
	case LOST:     return find_start(h, t, at, size);
	case IGNORED:  return size;
	default:       return take_body(h, t, at, size);
	}
}

static int32_t hear(const struct heard *h)
{
	struct http *t = h->line->state;
	const uint8_t *mode = &t->sides[h->direction].mode;
	int was_lost = *mode == LOST;
	uint32_t done = 0, taken = 1;

	while (done < h->size && taken && !t->inner && !h->line->deaf[h->direction]) {
		taken = take(h, t, h->at + done, h->size - done);
		done += taken;
		if (*mode == LOST && !was_lost)
			return (int32_t)h->size;        /* with the rest of the segment */
		was_lost = *mode == LOST;
	}
	if (t->inner && done < h->size)
		return inside_hear(t->inner, h, done);
	return (int32_t)done;
}

static void gap(const struct heard *h, uint64_t missing)
{
	struct http *t = h->line->state;
	struct side *side = &t->sides[h->direction];
	struct http_message *m = turn_message(t, h->direction);
	int is_sized = side->mode == BODY || side->mode == CHUNK_DATA;

	if (t->inner) {
		inside_gap(t->inner, h, missing);
	} else if (side->mode == UNTIL_CLOSE || (is_sized && missing <= side->left)) {
		if (m)
			message_gap(m, missing);
		side->left -= is_sized ? missing : 0;
		if (is_sized && side->left == 0 && side->mode == CHUNK_DATA)
			side->mode = CHUNK;
		else if (is_sized && side->left == 0)
			turn_end(h, t);
	} else if (side->mode != LOST && side->mode != IGNORED) {
		if (m && is_sized)
			message_gap(m, side->left);
		if (side->mode == START)
			http_cut_head(h, t);
		turn_lose(h, t);
	}
}

/* FIN ends a body that nothing else does; a flow that just stops may have had more. */
static void over(const struct heard *h)
{
	struct http *t = h->line->state;
	struct side *side = &t->sides[h->direction];

	if (t->inner)
		inside_over(t->inner, h);
	else if (side->mode == UNTIL_CLOSE && h->said->packet)
		turn_end(h, t);
	else if (side->x || side->mode == START) {
		http_cut_head(h, t);
		turn_lose(h, t);
	}
}

static void close(struct said *s, struct line *l)
{
	struct http *t = l->state;

	list_tell_all(s, &t->list);
	for (int d = 0; d < 2; d++)
		message_free(s, &t->sides[d].coming);
	inside_close(s, t->inner);
}

const struct protocol protocol_http = {
	.name = "http", .kinds = 1 << WEIR_HTTP | 1 << WEIR_EXCHANGE, .tcp = 1, .tls = 1,
	.names = 1,
	.midway = 1, .label = APP_HTTP, .state_size = sizeof(struct http), .probe = probe, .hear = hear,
	.gap = gap, .over = over, .close = close
};
