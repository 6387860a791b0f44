/*
 * socks.c - SOCKS 4 and 5: a proxy is asked for a connection, and what follows is recognised as if
 * it were one.  Nothing of the asking itself is told.
 */
#include <string.h>
#include "inside.h"

enum { VERSION_4 = 4, VERSION_5 = 5, CONNECT = 1, GRANTED = 90, PASSWORD = 2 };
enum { TEXT_MOST = 256 };               /* of SOCKS 4: a user, a name */

/* What an end says next. */
enum step { GREETING, LOGIN, ASKING, DONE };

struct socks {
	struct line *inner;
	uint8_t version, method;        /* method: how to log in, as the proxy chose */
	uint8_t client;                 /* the direction that asks, plus 1 */
	uint8_t steps[2];               /* by direction: enum step */
};

/* ---- sizes of messages: 0 more is needed, -1 it is none ------------------------------ */

/* A text of SOCKS 4 ends in a zero byte. */
static int text_size(const uint8_t *at, uint32_t size)
{
	const uint8_t *end = size ? memchr(at, 0, size < TEXT_MOST ? size : TEXT_MOST) : NULL;

	return end ? (int)(end + 1 - at) : size < TEXT_MOST ? 0 : -1;
}

static int asking4_size(const uint8_t *at, uint32_t size)
{
	int user, name;

	if (size < 9)
		return 0;
	user = text_size(at + 8, size - 8);
	if (user <= 0 || at[4] || at[5] || at[6] || !at[7])
		return user <= 0 ? user : 8 + user;
	name = text_size(at + 8 + user, size - 8 - (uint32_t)user);
	return name <= 0 ? name : 8 + user + name;
}

/* An address and a port behind three bytes, in what is asked and in the answer. */
static int asking5_size(const uint8_t *at, uint32_t size)
{
	int n;

	if (size < 5)
		return 0;
	n = at[3] == 1 ? 10 : at[3] == 4 ? 22 : at[3] == 3 ? 7 + at[4] : -1;
	return n < 0 || at[0] != VERSION_5 ? -1 : size < (uint32_t)n ? 0 : n;
}

static int login_size(const uint8_t *at, uint32_t size)
{
	uint32_t user, n;

	if (size < 2)
		return 0;
	user = at[1];
	if (size < 3 + user)
		return 0;
	n = 3 + user + at[2 + user];
	return size < n ? 0 : (int)n;
}

static int greeting_size(const uint8_t *at, uint32_t size)
{
	return size < 2 ? 0 : size < 2u + at[1] ? 0 : 2 + at[1];
}

/* ---- what is said -------------------------------------------------------------------- */

static int probe(const struct heard *h)
{
	if (h->at[0] == VERSION_5)      /* of few ways to log in, with nothing behind them */
		return h->size < 2 ? UNSURE : h->at[1] == 0 || h->at[1] > 8 ? OTHER :
			h->size < 2u + h->at[1] ? UNSURE : h->size == 2u + h->at[1] ? MINE : OTHER;
	if (h->at[0] != VERSION_4 || (h->size > 1 && h->at[1] != CONNECT))
		return OTHER;
	if (asking4_size(h->at, h->size) == 0)
		return h->size < 8 + 2 * TEXT_MOST ? UNSURE : OTHER;
	return asking4_size(h->at, h->size) == (int)h->size ? MINE : OTHER;
}

static int take_asked(struct socks *t, const uint8_t *at, uint32_t size, uint8_t *step)
{
	int n;

	if (t->version == VERSION_4) {
		n = asking4_size(at, size);
		*step = DONE;
	} else if (*step == GREETING) {
		n = greeting_size(at, size);
		*step = LOGIN;
	} else if (*step == LOGIN && t->method == PASSWORD) {
		n = login_size(at, size);
		*step = ASKING;
	} else {
		n = asking5_size(at, size);
		*step = DONE;
	}
	return n;
}

/* The proxy's answers; -1 also when it says no. */
static int take_answered(struct socks *t, const uint8_t *at, uint32_t size, uint8_t *step)
{
	int n;

	if (size < 2)
		return 0;
	if (t->version == VERSION_4) {
		*step = DONE;
		return at[1] != GRANTED ? -1 : size < 8 ? 0 : 8;
	}
	if (*step == GREETING) {
		t->method = at[1];
		*step = t->method == PASSWORD ? LOGIN : ASKING;
		return at[0] == VERSION_5 && (at[1] == 0 || at[1] == PASSWORD) ? 2 : -1;
	}
	if (*step == LOGIN) {
		*step = ASKING;
		return at[1] == 0 ? 2 : -1;
	}
	n = asking5_size(at, size);
	*step = DONE;
	return n > 0 && at[1] != 0 ? -1 : n;
}

static int32_t hear(const struct heard *h)
{
	struct socks *t = h->line->state;
	int d = h->direction;
	uint32_t done = 0;

	if (!t->client) {
		t->client = (uint8_t)(d + 1);
		t->version = h->at[0];
	}
	while (t->steps[d] != DONE && done < h->size) {
		uint8_t step = t->steps[d];
		int n = t->client == d + 1 ? take_asked(t, h->at + done, h->size - done, &step) :
			take_answered(t, h->at + done, h->size - done, &step);

		if (n < 0)
			line_stop(h->line);
		if (n <= 0)
			return n < 0 ? ENOUGH : (int32_t)done;
		done += (uint32_t)n;
		t->steps[d] = step;
	}
	if (done == h->size)
		return (int32_t)done;
	t->inner = t->inner ? t->inner : inside_open(h, CARRIER_TCP);
	return t->inner ? inside_hear(t->inner, h, done) : ENOUGH;
}

static void gap(const struct heard *h, uint64_t missing)
{
	struct socks *t = h->line->state;

	if (t->inner)
		inside_gap(t->inner, h, missing);
	else
		line_stop(h->line);
}

static void over(const struct heard *h)
{
	struct socks *t = h->line->state;

	if (t->inner)
		inside_over(t->inner, h);
}

static void close(struct said *s, struct line *l)
{
	struct socks *t = l->state;

	inside_close(s, t->inner);
}

/* Whoever wants what may be inside wants this. */
const struct protocol protocol_socks = {
	.name = "socks", .kinds = 1 << WEIR_HTTP | 1 << WEIR_EXCHANGE | 1 << WEIR_TLS, .tcp = 1, .label = APP_SOCKS,
	.state_size = sizeof(struct socks), .probe = probe, .hear = hear, .gap = gap, .over = over,
	.close = close
};
