/* line.h - bytes in order, or datagrams, on their way to a parser that recognises them. */
#pragma once

#include "../proto/proto.h"

/* What comes along is of this protocol; 0 when there is no memory for it. */
int line_begin(struct line *l, struct said *s, const struct protocol *p);

/* Shows bytes of a direction; h->line is set here. */
void line_hear(struct line *l, struct heard *h);

/* So many bytes are missing; a direction has ended; all has. */
void line_gap(struct line *l, struct heard *h, uint64_t missing);
void line_over(struct line *l, struct heard *h);
void line_close(struct line *l, struct said *s);

/* Gives memory back that lines keep for the next ones. */
void lines_free(struct said *s);
