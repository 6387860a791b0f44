/* inside.h - what is spoken inside something else: recognised anew, like what flows begin with. */
#pragma once

#include "proto.h"

/* A line inside h->line, for its parser to keep; NULL, and that goes deaf, when there is none. */
struct line *inside_open(const struct heard *h, enum carrier carrier);
void inside_close(struct said *s, struct line *l);              /* accepts NULL */

/* What of a parser's own calls is for the line inside: bytes from `from` on; what hear returns. */
int32_t inside_hear(struct line *l, const struct heard *h, uint32_t from);
void inside_gap(struct line *l, const struct heard *h, uint64_t missing);
void inside_over(struct line *l, const struct heard *h);
