/* inside.c - what is spoken inside something else: recognised anew, like what flows begin with. */
#include <stdlib.h>
#include "../stream/line.h"
#include "inside.h"

enum { DEPTH_MOST = 3 };                /* lines inside each other */

struct line *inside_open(const struct heard *h, enum carrier carrier)
{
	struct line *l = NULL;

	if (h->line->depth < DEPTH_MOST && said_hold(h->said, sizeof *l)) {
		l = calloc(1, sizeof *l);
		if (!l)
			said_release(h->said, sizeof *l);
	}
	if (l)
		*l = (struct line){ .carrier = carrier, .depth = h->line->depth + 1 };
	else
		line_stop(h->line);
	return l;
}

void inside_close(struct said *s, struct line *l)
{
	if (!l)
		return;
	line_close(l, s);
	free(l);
	said_release(s, sizeof *l);
}

int32_t inside_hear(struct line *l, const struct heard *h, uint32_t from)
{
	struct heard in = *h;

	in.at += from;
	in.size -= from;
	in.full = in.size;
	line_hear(l, &in);
	return line_is_deaf(l) ? ENOUGH : (int32_t)h->size;
}

void inside_gap(struct line *l, const struct heard *h, uint64_t missing)
{
	struct heard in = *h;

	line_gap(l, &in, missing);
}

void inside_over(struct line *l, const struct heard *h)
{
	struct heard in = *h;

	line_over(l, &in);
}
