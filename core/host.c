/* host.c - the machine we run on: clocks, terminal, signals, user, and what we were built with. */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "capture/capture.h"
#include "capture/filter.h"
#include "capture/unpack.h"
#include "interrupt.h"
#include "proto/coding.h"
#include "net/loop.h"
#include "proto/hpack.h"
#include "proto/keylog.h"
#include "store/db.h"
#include "web/url.h"

static double read_clock(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double weir_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double weir_clock_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

const char *weir_environment(int i)
{
	return environ[i];
}

int weir_pid(void)
{
	return getpid();
}

int weir_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int weir_terminal_width(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

int weir_terminal_height(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : 24;
}

static int look(const char *path, struct stat *about)
{
	return (strcmp(path, "-") == 0 ? fstat(0, about) : stat(path, about)) == 0 &&
		S_ISREG(about->st_mode);
}

int weir_same_file(const char *path, const char *other)
{
	struct stat a, b;

	return look(path, &a) && look(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int weir_is_file(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

int weir_is_stream(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

int weir_file_is_below(const char *path, const char *folder)
{
	char real[PATH_MAX], above[PATH_MAX];
	struct stat about;
	size_t size;

	if (!realpath(path, real) || !realpath(folder, above) || stat(real, &about) < 0)
		return 0;
	size = strlen(above);
	if (size == 1)                  /* the root: all is below it */
		size = 0;
	return S_ISREG(about.st_mode) && strncmp(real, above, size) == 0 && real[size] == '/';
}

int weir_make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t size = strlen(path);

	if (size >= sizeof part)
		return fail("cannot make folder '%s': its name is too long", path);
	for (size_t i = 1; i <= size; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return fail("cannot make folder '%s': %s", part, strerror(errno));
	}
	return 0;
}

int weir_program(char *out, uint32_t room)
{
	ssize_t n = readlink("/proc/self/exe", out, room - 1);

	out[n > 0 ? n : 0] = 0;
	return n > 0 ? (int)n : 0;
}

/* ---- signals ---------------------------------------------------------------- */

static volatile sig_atomic_t stopped_by;

static void remember(int signal)
{
	stopped_by = signal;
}

int weir_stop_watch(void)
{
	/* Calls that wait return early; a second signal of the kind ends the program as ever. */
	struct sigaction on = { .sa_handler = remember, .sa_flags = (int)SA_RESETHAND };

	stopped_by = 0;
	if (sigaction(SIGINT, &on, NULL) < 0 || sigaction(SIGTERM, &on, NULL) < 0)
		return fail("cannot watch for signals: %s", strerror(errno));
	return 0;
}

int weir_stop_signal(void)
{
	return stopped_by ? stopped_by : interrupt_asked();
}

/* ---- user ----------------------------------------------------------------------- */

int weir_process_become(const char *user)
{
	const struct passwd *who = getpwnam(user);

	if (!who)
		return fail("no user '%s'", user);
	if (initgroups(user, who->pw_gid) < 0 || setgid(who->pw_gid) < 0 || setuid(who->pw_uid) < 0)
		return fail_as(WEIR_DENIED, "cannot become user '%s': %s", user, strerror(errno));
	return 0;
}

/* ---- what we were built with -------------------------------------------------------- */

const char *weir_about(uint32_t i)
{
	switch (i) {
	case 0: return live_library();
	case 1: return unpack_library(0);
	case 2: return unpack_library(1);
	case 3: return hpack_library();
	case 4: return coding_library();
	case 5: return protect_library();
	case 6: return db_library();
	case 7: return loop_library();
	case 8: return client_library();
	case 9: return redis_library();
	case 10: return suffix_library();
	case 11: return idn_library();
	case 12: return "compiler " __VERSION__;
	default: return NULL;
	}
}
