/*
 * ahead.h - the first stage of the pipe in a thread of its own, a few loads ahead of the second.
 */
#pragma once

#include "intake.h"

/*
 * The intake is the thread's, as long as it reads from a capture.  With flows, of which only
 * the seed matters, the thread makes their keys, too.
 */
struct ahead *ahead_new(struct intake *in, const struct flows *flows);
void ahead_free(struct ahead *a);       /* accepts NULL */

/* Whether it can read from that capture: from a file or a pipe that ends. */
int ahead_can(const struct weir_capture *c);

/*
 * The next load of `c`, with `*status` 1; the one before is given back.  NULL when none came
 * within PATIENCE, with 0, or when there is no more, with a weir_status.  Another capture has to
 * be left before.
 */
struct load *ahead_next(struct ahead *a, struct weir_capture *c, int *status);

/* Whether that is the capture at hand; NULL: whether there is none. */
int ahead_has(const struct ahead *a, const struct weir_capture *c);

/* Lets go of the capture at hand: what was read of it and not asked for is lost. */
void ahead_leave(struct ahead *a);
