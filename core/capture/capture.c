/* capture.c - one source of frames, whatever its format: opening, filtering, counting, closing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "capture.h"
#include "filter.h"
#include "text.h"

enum {
	REFILLS = 4096,         /* pieces without a match that one read passes over */
	LAG     = 1             /* seconds that a packet may be on its way to us */
};

int capture_damage(struct weir_capture *c, const char *format, ...)
{
	char what[192];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	snprintf(c->damage, sizeof c->damage, "damaged at offset %llu: %s",
		(unsigned long long)input_offset(&c->input), what);
	c->input.ended = 1;
	c->input.begin = c->input.end;
	return WEIR_END;
}

int capture_want(struct weir_capture *c, size_t want, const char *what)
{
	int status;

	if (c->hold)
		return input_left(&c->input) >= want && c->input.skip == 0;
	status = input_want(&c->input, want);
	if (status == WEIR_FAIL)
		return capture_damage(c, "%s", weir_error());
	if (status == WEIR_END && c->damage[0] == 0 && (input_left(&c->input) || c->input.skip))
		return capture_damage(c, "the file ends in the middle of %s", what);
	return status;
}

static int detect(struct weir_capture *c, const char *path)
{
	int status, found;

	do
		status = input_want(&c->input, MAGIC_SIZE);
	while (status == 0);
	if (status == WEIR_FAIL)
		return fail("'%s': %s", path, weir_error());
	found = pcap_file_open(c);
	if (found == 0)
		found = pcapng_file_open(c);
	if (found == 0 && input_left(&c->input) >= 16 &&
	    memcmp(input_at(&c->input), "SQLite format 3", 16) == 0)
		return fail("'%s' is a database, which cannot be read from a pipe: name its file", path);
	if (found == 0 && input_left(&c->input) == 0)
		return fail("'%s' is empty: not a capture", path);
	if (found == 0)
		return fail("'%s' is not a capture: it begins like neither pcap nor pcapng", path);
	return found < 0 ? found : 0;
}

static struct weir_capture *ready(struct weir_capture *c, const struct weir_capture_options *o)
{
	const char *packing = input_packing(&c->input);

	snprintf(c->format, sizeof c->format, "%s%s%s",
		c->reader->name, packing ? ", " : "", packing ? packing : "");
	c->snaplen = o->snaplen ? o->snaplen : UINT32_MAX;
	c->counts.size = (double)c->input.size;
	return c;
}

struct weir_capture *weir_capture_open(const char *path, const struct weir_capture_options *o)
{
	struct weir_capture *c = calloc(1, sizeof *c);

	if (!c) {
		fail("out of memory");
		return NULL;
	}
	if (input_open(&c->input, path, o->follow) == 0 &&
	    detect(c, path) == 0 &&
	    filter_new(o->filter, &c->filter) == 0)
		return ready(c, o);
	weir_capture_close(c);
	return NULL;
}

struct weir_capture *weir_capture_listen(const char *interface,
	const struct weir_capture_options *o)
{
	struct weir_capture *c = calloc(1, sizeof *c);

	if (!c) {
		fail("out of memory");
		return NULL;
	}
	c->input.fd = -1;
	if (live_open(c, interface, o) == 0)
		return ready(c, o);
	weir_capture_close(c);
	return NULL;
}

int weir_capture_filter(const char *expression)
{
	struct filter *f;
	int status = filter_new(expression, &f);

	filter_free(f);
	return status;
}

void weir_capture_close(struct weir_capture *c)
{
	if (!c)
		return;
	if (c->let_go)
		c->let_go(c->holder);
	if (c->reader)
		c->reader->close(c);
	for (uint32_t i = 0; i < c->secret_count; i++)
		free((void *)c->secrets[i].data);
	free(c->secrets);
	free(c->secret_ordinals);
	filter_free(c->filter);
	input_close(&c->input);
	free(c);
}

/* Drops what the filter refuses; the rest moves up.  Returns how many stay, or a weir_status. */
static int apply_filter(struct weir_capture *c, struct weir_packet *p, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		int match = filter_match(c->filter, &p[i]);

		if (match < 0)
			return match;
		if (match && kept != i)
			p[kept] = p[i];
		kept += match;
	}
	c->counts.filtered += n - kept;
	return kept;
}

int capture_read(struct weir_capture *c, struct weir_packet *p, uint32_t room,
	struct text *t, int hold)
{
	int n = 0;

	c->hold = hold;
	for (int i = 0; i < REFILLS && n == 0; i++) {
		n = c->reader->take(c, p, room, t);
		if (n <= 0 || !c->filter)
			break;
		n = apply_filter(c, p, n);
	}
	if (unlikely(c->snaplen != UINT32_MAX)) {
		for (int i = 0; i < n; i++)
			if (p[i].kept > c->snaplen)
				p[i].kept = c->snaplen;
	}
	return n;
}

int capture_now(const struct weir_capture *c, int64_t *ns)
{
	struct timespec now;

	if (!c->reader->live || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return 0;
	*ns = ((int64_t)now.tv_sec - LAG) * 1000000000 + now.tv_nsec;
	return 1;
}

void capture_note(struct weir_capture *c, struct capture_state *state)
{
	if (c->reader->count)
		c->reader->count(c);
	else
		c->counts.bytes = (double)input_offset(&c->input);
	c->counts.taken = (double)c->input.taken;
	*state = (struct capture_state){ c->counts, c->secret_count };
}

/* What those who ask are told: of what was read ahead nothing yet. */
static const struct capture_state *shown(struct weir_capture *c)
{
	if (!c->is_ahead)
		capture_note(c, &c->shown);
	return &c->shown;
}

void weir_capture_count(struct weir_capture *c, struct weir_capture_counts *out)
{
	*out = shown(c)->counts;
	out->size = c->counts.size;
}

const char *weir_capture_damage(const struct weir_capture *c)
{
	return !c->is_ahead && c->damage[0] ? c->damage : NULL;
}

const char *weir_capture_format(const struct weir_capture *c)
{
	return c->format;
}

struct weir_secret weir_capture_secret(struct weir_capture *c, uint32_t i)
{
	return i < shown(c)->secret_count ? c->secrets[i] : (struct weir_secret){ 0 };
}

double capture_secret_ordinal(const struct weir_capture *c, uint32_t i)
{
	return c->secret_ordinals[i];
}
