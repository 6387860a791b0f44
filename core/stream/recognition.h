/* recognition.h - who speaks on a line. */
#pragma once

#include "../proto/proto.h"

/* Whether it is known by now who takes these bytes. */
int line_recognise(struct line *l, const struct heard *h);

/* Looks for what may begin late; returns how many bytes are before it, or are none of it. */
uint32_t line_search(struct line *l, const struct heard *h);
