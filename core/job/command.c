/*
 * command.c - a program of the system, run to its end within limits, without a shell.
 *
 * It has no terminal and nothing to read; what it prints is kept as far as there is room.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../base.h"

enum { LOOK = 100 };                    /* milliseconds between two looks for a signal to us */

/* Its three files, and none of ours; a session of its own, so that it ends with all it started. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *how,
	const struct weir_command *c, int out)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	return (c->folder && posix_spawn_file_actions_addchdir_np(files, c->folder)) ||
		posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0) ||
		posix_spawn_file_actions_adddup2(files, out, 1) ||
		posix_spawn_file_actions_adddup2(files, out, 2) ||
		posix_spawn_file_actions_addclosefrom_np(files, 3) ||
		posix_spawnattr_setsigmask(how, &none) || posix_spawnattr_setsigdefault(how, &all) ||
		posix_spawnattr_setflags(how,
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

static int start(const struct weir_command *c, pid_t *pid, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	int why;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	why = prepare(&files, &how, c, out) ? ENOMEM : posix_spawnp(pid, c->arguments[0], &files, &how,
		(char *const *)(uintptr_t)c->arguments, (char *const *)(uintptr_t)c->environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return why ? fail("cannot start '%s': %s", c->arguments[0], strerror(why)) : 0;
}

/* Takes what it prints until it prints no more: 0, or a weir_status. */
static int listen_to(const struct weir_command *c, int in, char *out, uint32_t room, uint32_t *size)
{
	double until = weir_clock() + c->seconds;
	char rest[4096];

	for (;;) {
		struct pollfd one = { .fd = in, .events = POLLIN };
		uint32_t left = room - *size;
		ssize_t n;

		if (weir_stop_signal())
			return fail_as(WEIR_STOPPED, "'%s' was stopped", c->arguments[0]);
		if (weir_clock() >= until)
			return fail_as(WEIR_STOPPED, "'%s' takes longer than %g seconds", c->arguments[0],
				c->seconds);
		if (poll(&one, 1, LOOK) <= 0)
			continue;
		n = read(in, left ? out + *size : rest, left ? left : sizeof rest);
		if (n > 0 && left)
			*size += (uint32_t)n;
		if (n == 0 || (n < 0 && errno != EINTR))
			return 0;
	}
}

int weir_command_run(const struct weir_command *c, char *out, uint32_t room, uint32_t *size)
{
	int ends[2], status = 0, ok;
	pid_t pid;

	*size = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("cannot make a pipe: %s", strerror(errno));
	ok = start(c, &pid, ends[1]);
	close(ends[1]);
	if (ok == 0) {
		ok = listen_to(c, ends[0], out, room, size);
		if (ok < 0)
			kill(-pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	if (ok < 0)
		return ok;
	return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}
