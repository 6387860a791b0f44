/* watch.c - folders whose files change: what the system tells of them, without waiting. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "base.h"

enum {
	ROOM   = 4096,                  /* bytes of events that are read at once */
	WANTED = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
	         IN_DELETE_SELF | IN_MOVE_SELF
};

struct weir_watch {
	int      fd;
	uint32_t at, end;               /* events that were read and not yet told */
	uint8_t  events[ROOM] __attribute__((aligned(8)));
};

/* The system's own words for these are of files and disks. */
static const char *why(void)
{
	switch (errno) {
	case ENOSPC: return "as many as fs.inotify.max_user_watches are watched already";
	case EMFILE: return "there are as many watches as fs.inotify.max_user_instances, or files";
	default:     return strerror(errno);
	}
}

struct weir_watch *weir_watch_open(void)
{
	struct weir_watch *w = calloc(1, sizeof *w);

	if (!w) {
		fail("out of memory");
		return NULL;
	}
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd >= 0)
		return w;
	fail("cannot watch folders: %s", why());
	free(w);
	return NULL;
}

int weir_watch_add(struct weir_watch *w, const char *folder)
{
	int id = inotify_add_watch(w->fd, folder, WANTED | IN_ONLYDIR);

	return id >= 0 ? id : fail("cannot watch '%s': %s", folder, why());
}

/* Reads what has come; 0 or a weir_status. */
static int fetch(struct weir_watch *w)
{
	ssize_t n = read(w->fd, w->events, ROOM);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return fail("cannot read what changed in folders: %s", strerror(errno));
	w->at = 0;
	w->end = n > 0 ? (uint32_t)n : 0;
	return 0;
}

/* What one event says; 0 when it says nothing that matters. */
static int tell(const struct inotify_event *event, struct weir_change *out)
{
	if (event->mask & IN_IGNORED)           /* it follows the end of a folder, which was told */
		return 0;
	*out = (struct weir_change){ .folder = event->mask & IN_Q_OVERFLOW ? -1 : event->wd };
	if (event->len)
		strncpy(out->name, event->name, sizeof out->name - 1);
	return 1;
}

int weir_watch_read(struct weir_watch *w, struct weir_change *out, uint32_t room)
{
	uint32_t n = 0;

	if (w->at == w->end && fetch(w) < 0)
		return WEIR_FAIL;
	while (w->at < w->end && n < room) {
		const struct inotify_event *event = (const void *)(w->events + w->at);

		w->at += (uint32_t)sizeof *event + event->len;
		n += (uint32_t)tell(event, &out[n]);
	}
	return (int)n;
}

void weir_watch_close(struct weir_watch *w)
{
	if (!w)
		return;
	close(w->fd);
	free(w);
}
