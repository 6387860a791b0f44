/* moment.h - times as databases have them: texts that may not say in which zone they are. */
#pragma once

#include "../proto/header.h"

/* The zone of those that say none. */
struct zone {
	int32_t east;           /* seconds east of Greenwich */
	uint8_t is_here;        /* the machine's own, as TZ says, instead */
};

/*
 * Nanoseconds since 1970 of "2026-01-31 12:00:00.123456", with a T between and with a zone behind
 * it if that is there; 0 when it is no time between 1970 and 2255.
 */
int moment_of(struct word text, const struct zone *zone, int64_t *ns);

/* The same of a number of seconds since 1970. */
int moment_of_seconds(double seconds, int64_t *ns);
