/*
 * loop.c - waits for timers, signals, files, children and answers, on libevent.
 *
 * What happens is noted and returned by the next read; nothing calls back into Lua.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loop.h"

/* ---- watches ------------------------------------------------------------------------------- */

/* Room for one watch more, and for what it may tell; 0 when there is no memory. */
static int grow(struct weir_loop *l)
{
	uint32_t room = l->watch_room ? 2 * l->watch_room : 16;
	void *watches = realloc(l->watches, room * sizeof *l->watches);
	void *old = realloc(l->old, room * sizeof *l->old);
	void *answers = realloc(l->answers, room * sizeof *l->answers);
	void *ended = realloc(l->ended, room * sizeof *l->ended);

	l->watches = watches ? watches : l->watches;
	l->old = old ? old : l->old;
	l->answers = answers ? answers : l->answers;
	l->ended = ended ? ended : l->ended;
	if (!watches || !old || !answers || !ended)
		return 0;
	l->happened.answers = l->answers;
	l->watch_room = room;
	return 1;
}

struct watch *watch_new(struct weir_loop *l, int kind)
{
	uint32_t number = l->free ? l->free : l->watch_count + 1;
	struct watch *w;

	if (!l->free) {
		if (number >= l->watch_room && !grow(l)) {
			fail("out of memory");
			return NULL;
		}
		l->watches[number] = calloc(1, sizeof **l->watches);
		if (!l->watches[number]) {
			fail("out of memory");
			return NULL;
		}
		l->watch_count++;
	}
	w = l->watches[number];
	l->free = w->next;
	*w = (struct watch){ .loop = l, .kind = kind, .number = number, .fd = -1 };
	return w;
}

void watch_end(struct watch *w)
{
	if (!w->kind)
		return;
	if (w->event)
		event_free(w->event);
	if (w->fd >= 0)
		close(w->fd);
	w->event = NULL;
	w->fd = -1;
	w->kind = 0;
	w->loop->old[w->loop->old_count++] = w->number;
}

/* ---- what is told ----------------------------------------------------------------------------- */

/* Room for `count` things of that size; 0 when there is no memory. */
static int make_room(struct weir_loop *l, void *at, uint32_t *room, uint32_t count, size_t size)
{
	uint32_t more = *room ? *room : 64;
	void *old, *bigger;

	if (count <= *room)
		return 1;
	while (more < count)
		more = more < UINT32_MAX / 2 ? 2 * more : UINT32_MAX;
	memcpy(&old, at, sizeof old);
	bigger = realloc(old, more * size);
	l->is_short |= !bigger;
	if (!bigger)
		return 0;
	memcpy(at, &bigger, sizeof bigger);
	*room = more;
	return 1;
}

struct weir_event *loop_event(struct weir_loop *l, const struct watch *w, int kind, int value)
{
	static struct weir_event nowhere;
	struct weir_happened *h = &l->happened;
	struct weir_event *e;

	if (!make_room(l, &l->events, &l->event_room, h->event_count + 1, sizeof *e))
		return &nowhere;
	e = &l->events[h->event_count++];
	*e = (struct weir_event){ (uint32_t)kind, w->number, value, 0 };
	return e;
}

struct weir_node *loop_node(struct weir_loop *l, int kind)
{
	static struct weir_node nowhere;
	struct weir_happened *h = &l->happened;
	struct weir_node *n;

	if (!make_room(l, &l->nodes, &l->node_room, h->node_count + 1, sizeof *n))
		return &nowhere;
	n = &l->nodes[h->node_count++];
	*n = (struct weir_node){ .kind = (uint32_t)kind };
	return n;
}

uint32_t loop_text(struct weir_loop *l, const void *bytes, uint32_t size)
{
	uint32_t at = l->happened.text_size;

	if (size > UINT32_MAX - at || !make_room(l, &l->text, &l->text_room, at + size, 1))
		return 0;
	memcpy(l->text + at, bytes, size);
	l->happened.text_size += size;
	return at;
}

struct weir_event *watch_tell(struct watch *w, int value)
{
	struct weir_loop *l = w->loop;

	if (w->told == l->reads)
		return &l->events[l->happened.event_count - 1];
	w->told = l->reads;
	return loop_event(l, w, w->kind, value);
}

/* Numbers that were given up in what the caller has read by now may be used again. */
static void begin_read(struct weir_loop *l)
{
	l->reads++;
	while (l->old_count) {
		uint32_t number = l->old[--l->old_count];

		l->watches[number]->next = l->free;
		l->free = number;
	}
	while (l->ended_count)
		transfer_free(l->ended[--l->ended_count]);
	l->happened.event_count = l->happened.answer_count = 0;
	l->happened.node_count = l->happened.text_size = 0;
	l->is_short = 0;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static void on_limit(evutil_socket_t fd, short what, void *with)
{
	(void)fd, (void)what, (void)with;       /* that it woke the loop is enough */
}

struct weir_loop *weir_loop_new(void)
{
	struct weir_loop *l = calloc(1, sizeof *l);

	if (l && grow(l) && (l->base = event_base_new()) &&
	    (l->limit = evtimer_new(l->base, on_limit, NULL)))
		return l;
	fail("cannot wait for events: %s", strerror(errno));
	weir_loop_free(l);
	return NULL;
}

void weir_loop_free(struct weir_loop *l)
{
	if (!l)
		return;
	for (uint32_t i = 1; i <= l->watch_count; i++) {
		transfer_free(l->watches[i]->transfer);
		redis_free(l->watches[i]->redis);
		server_free(l->watches[i]->server);
		watch_end(l->watches[i]);
		free(l->watches[i]);
	}
	while (l->ended_count)
		transfer_free(l->ended[--l->ended_count]);
	client_free(l->client);
	if (l->limit)
		event_free(l->limit);
	if (l->base)
		event_base_free(l->base);
	free(l->watches);
	free(l->old);
	free(l->events);
	free(l->answers);
	free(l->ended);
	free(l->nodes);
	free(l->text);
	free(l);
}

static struct timeval time_of(double seconds)
{
	double most = 1e9;

	seconds = seconds > 0 ? seconds < most ? seconds : most : 0;
	return (struct timeval){ (time_t)seconds, (suseconds_t)((seconds - (time_t)seconds) * 1e6) };
}

int weir_loop_read(struct weir_loop *l, double wait, const struct weir_happened **out)
{
	struct timeval limit = time_of(wait);

	begin_read(l);
	if (wait > 0)
		evtimer_add(l->limit, &limit);
	if (event_base_loop(l->base, wait == 0 ? EVLOOP_NONBLOCK : EVLOOP_ONCE) < 0)
		return fail("cannot wait for events: %s", strerror(errno));
	evtimer_del(l->limit);
	if (l->is_short)
		return fail("out of memory");
	l->happened.events = l->events;
	l->happened.nodes = l->nodes;
	l->happened.text = l->text;
	*out = &l->happened;
	return (int)l->happened.event_count;
}

/* ---- what is waited for ---------------------------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *with)
{
	struct watch *w = with;

	(void)fd, (void)what;
	watch_tell(w, 0);
	if (!w->again)
		watch_end(w);
}

static void on_signal(evutil_socket_t signal, short what, void *with)
{
	(void)what;
	watch_tell(with, (int)signal);
}

static void on_file(evutil_socket_t fd, short what, void *with)
{
	(void)fd, (void)what;
	watch_tell(with, 0);
}

static void on_child(evutil_socket_t fd, short what, void *with)
{
	struct watch *w = with;
	int status, value = -1;

	(void)fd, (void)what;
	if (waitpid(w->pid, &status, WNOHANG) == w->pid)
		value = WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
	watch_tell(w, value);
	watch_end(w);
}

/* Has libevent wait; the watch's number, or a weir_status. */
static int start(struct watch *w, int fd, short what, event_callback_fn f,
	const struct timeval *after)
{
	w->event = event_new(w->loop->base, fd, what, f, w);
	if (w->event && event_add(w->event, after) == 0)
		return (int)w->number;
	watch_end(w);
	return fail("cannot wait for that: %s", strerror(errno));
}

int weir_loop_timer(struct weir_loop *l, double seconds, int again)
{
	struct watch *w = watch_new(l, WEIR_EVENT_TIMER);
	struct timeval after = time_of(seconds);

	if (!w)
		return WEIR_FAIL;
	w->again = again != 0;
	return start(w, -1, again ? EV_PERSIST : 0, on_timer, &after);
}

int weir_loop_signal(struct weir_loop *l, int signal)
{
	struct watch *w = watch_new(l, WEIR_EVENT_SIGNAL);

	return w ? start(w, signal, EV_SIGNAL | EV_PERSIST, on_signal, NULL) : WEIR_FAIL;
}

int weir_loop_file(struct weir_loop *l, int fd)
{
	struct watch *w = watch_new(l, WEIR_EVENT_FILE);

	return w ? start(w, fd, EV_READ | EV_PERSIST, on_file, NULL) : WEIR_FAIL;
}

int weir_loop_child(struct weir_loop *l, int pid)
{
	struct watch *w = watch_new(l, WEIR_EVENT_CHILD);

	if (!w)
		return WEIR_FAIL;
	w->pid = pid;
	w->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (w->fd >= 0)
		return start(w, w->fd, EV_READ, on_child, NULL);
	watch_end(w);
	return fail("cannot wait for process %d: %s", pid, strerror(errno));
}

void weir_loop_forget(struct weir_loop *l, int watch)
{
	struct watch *w = watch > 0 && (uint32_t)watch <= l->watch_count ? l->watches[watch] : NULL;

	if (!w)
		return;
	transfer_free(w->transfer);
	redis_free(w->redis);
	server_free(w->server);
	w->transfer = NULL;
	w->redis = NULL;
	w->server = NULL;
	watch_end(w);
}

const char *loop_library(void)
{
	static char text[40];

	snprintf(text, sizeof text, "libevent %s", event_get_version());
	return text;
}
