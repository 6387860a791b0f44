/*
 * process.c - a process of our own program, at the other end of a channel, and its limits in time.
 *
 * The channel is a pair of sockets, so that a process which has ended is an error here and not a
 * signal.  What the process may do beyond that, it gives up by itself: see sandbox.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../base.h"

enum {
	HEAD  = 4,                      /* bytes of a frame's length */
	FIRST = 65536                   /* bytes of room, before anything has come */
};

/* What this process runs, even if the file at its path is another one by now. */
static const char program[] = "/proc/self/exe";

struct weir_process {
	pid_t    pid;                   /* 0: it has ended, and was waited for */
	pid_t    was;
	int      fd;
	int      status;                /* as waitpid has it */
	char    *bytes;
	uint32_t room;
	char     how[160];
};

/* ---- its beginning ---------------------------------------------------------------------------- */

/* A channel whose ends are none of the three that every program has. */
static int make_channel(int ends[2])
{
	int made[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made) < 0)
		return fail("cannot make a channel: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 3);
		close(made[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	return fail("cannot make a channel: there are as many files open as may be");
}

/* Its three files, and none of ours; a session of its own, and no signal blocked or ignored. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *how, int fd)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawn_file_actions_adddup2(files, fd, 0) ||
		posix_spawn_file_actions_adddup2(files, fd, 1) ||
		posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0) ||
		posix_spawn_file_actions_addclosefrom_np(files, 3) ||
		posix_spawnattr_setsigmask(how, &none) || posix_spawnattr_setsigdefault(how, &all) ||
		posix_spawnattr_setflags(how,
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

static int spawn(pid_t *pid, const char *const *arguments, const char *const *environment, int fd)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	int why;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	why = prepare(&files, &how, fd) ? ENOMEM : posix_spawn(pid, program, &files, &how,
		(char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return why ? fail("cannot start '%s' again: %s", arguments[0], strerror(why)) : 0;
}

struct weir_process *weir_process_start(const char *const *arguments, const char *const *environment)
{
	struct weir_process *p = calloc(1, sizeof *p);
	int ends[2], ok;

	if (!p) {
		fail("out of memory");
		return NULL;
	}
	if (make_channel(ends) < 0) {
		free(p);
		return NULL;
	}
	ok = spawn(&p->pid, arguments, environment, ends[1]) == 0;
	p->was = p->pid;
	p->fd = ends[0];
	close(ends[1]);
	if (ok)
		return p;
	p->pid = 0;
	weir_process_free(p);
	return NULL;
}

int weir_process_pid(const struct weir_process *p)
{
	return p->was;
}

int weir_process_fd(const struct weir_process *p)
{
	return p->fd;
}

/* ---- what is said ------------------------------------------------------------------------------- */

/* Waits until something can be sent or read, until a time of weir_clock. */
static int wait_for(const struct weir_process *p, short what, double until)
{
	struct pollfd one = { .fd = p->fd, .events = what };

	for (;;) {
		double left = until - weir_clock();
		int n = left > 0 ? poll(&one, 1, left < 1e6 ? (int)(left * 1e3) + 1 : 1000000000) : 0;

		if (n > 0)
			return 0;
		if (n == 0 && weir_clock() >= until)
			return fail_as(WEIR_STOPPED, "its time was up");
		if (n < 0 && errno != EINTR)
			return fail("cannot wait for a process: %s", strerror(errno));
	}
}

/* What the last call of the system means: 0 is to try again. */
static int judge(const struct weir_process *p, ssize_t n, short what, double until)
{
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return wait_for(p, what, until);
	if (n < 0 && errno == EINTR)
		return 0;
	return fail_as(WEIR_CLOSED, "it has ended");
}

static int send_all(const struct weir_process *p, const char *at, size_t left, double until)
{
	while (left) {
		ssize_t n = send(p->fd, at, left, MSG_NOSIGNAL | MSG_DONTWAIT);
		int ok = n > 0 ? 0 : judge(p, n, POLLOUT, until);

		if (ok < 0)
			return ok;
		if (n > 0) {
			at += n;
			left -= (size_t)n;
		}
	}
	return 0;
}

int weir_process_send(struct weir_process *p, const void *bytes, uint32_t size, double seconds)
{
	uint8_t head[HEAD] = { (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16),
		(uint8_t)(size >> 24) };
	double until = weir_clock() + seconds;
	int ok = send_all(p, (const char *)head, HEAD, until);

	return ok < 0 ? ok : send_all(p, bytes, size, until);
}

static int grow(struct weir_process *p, uint32_t wanted)
{
	uint32_t room = p->room ? p->room : FIRST;
	char *bytes;

	while (room < wanted)
		room = room < UINT32_MAX / 2 ? 2 * room : UINT32_MAX;
	if (room == p->room)
		return 0;
	bytes = realloc(p->bytes, room);
	if (!bytes)
		return fail("out of memory");
	p->bytes = bytes;
	p->room = room;
	return 0;
}

static int read_all(struct weir_process *p, uint32_t size, double until)
{
	uint32_t have = 0;

	while (have < size) {
		uint32_t room = size - have < FIRST ? size - have : FIRST;
		ssize_t n;
		int ok = grow(p, have + room);

		if (ok < 0)
			return ok;
		n = recv(p->fd, p->bytes + have, room, MSG_DONTWAIT);
		ok = n > 0 ? 0 : judge(p, n, POLLIN, until);
		if (ok < 0)
			return ok;
		have += n > 0 ? (uint32_t)n : 0;
	}
	return 0;
}

int weir_process_read(struct weir_process *p, uint32_t most, double seconds, const char **out)
{
	double until = weir_clock() + seconds;
	int ok = read_all(p, HEAD, until);
	uint32_t size;

	if (ok < 0)
		return ok;
	size = host32(p->bytes);
	if (size > most || size > INT32_MAX)
		return fail("it answers with %u bytes, more than %u", size, most);
	ok = read_all(p, size, until);
	*out = p->bytes;
	return ok < 0 ? ok : (int)size;
}

/* ---- its end -------------------------------------------------------------------------------------- */

int weir_process_allow(struct weir_process *p, double seconds)
{
	struct rlimit limit = { 0, RLIM_INFINITY };
	struct timespec used;
	clockid_t clock;

	if (!p->pid || clock_getcpuclockid(p->pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return fail_as(WEIR_CLOSED, "it has ended");
	limit.rlim_cur = (rlim_t)((double)used.tv_sec + (double)used.tv_nsec / 1e9 +
		(seconds < 1e6 ? seconds : 1e6)) + 1;
	if (prlimit(p->pid, RLIMIT_CPU, &limit, NULL) < 0)
		return fail("cannot limit what a process computes: %s", strerror(errno));
	return 0;
}

/* What a signal means that ended such a process. */
static const char *meaning(int signal)
{
	switch (signal) {
	case SIGSYS:  return "it asked the system for what a confined process may not";
	case SIGXCPU: return "it computed for longer than it may";
	case SIGXFSZ: return "it wrote a file larger than it may";
	case SIGKILL: return "it was killed";
	case SIGSEGV: return "it touched memory that is not its own";
	case SIGABRT: return "it gave up";
	default:      return strsignal(signal);
	}
}

int weir_process_stop(const struct weir_process *p)
{
	if (p->pid && kill(p->pid, SIGTERM) == 0)
		return 0;
	return fail_as(WEIR_CLOSED, "it has ended");
}

const char *weir_process_end(struct weir_process *p)
{
	if (!p->pid)
		return p->how;
	kill(p->pid, SIGKILL);          /* one that ends already has its reason, and keeps it */
	while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	if (WIFSIGNALED(p->status))
		snprintf(p->how, sizeof p->how, "%s (signal %d)", meaning(WTERMSIG(p->status)),
			WTERMSIG(p->status));
	else
		snprintf(p->how, sizeof p->how, "it ended with exit code %d", WEXITSTATUS(p->status));
	return p->how;
}

void weir_process_free(struct weir_process *p)
{
	if (!p)
		return;
	weir_process_end(p);
	close(p->fd);
	free(p->bytes);
	free(p);
}
