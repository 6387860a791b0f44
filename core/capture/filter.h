/* filter.h - BPF expressions: libpcap compiles them, we apply them. */
#pragma once

#include "../base.h"

struct filter;

/* `*f` becomes the filter, or NULL when `expression` is; WEIR_MISUSE when it is wrong. */
int filter_new(const char *expression, struct filter **f);
void filter_free(struct filter *f);

/* 1 or 0; WEIR_MISUSE when the expression has no meaning for the packet's link type. */
int filter_match(struct filter *f, const struct weir_packet *p);

/* "libpcap VERSION" */
const char *live_library(void);
