/*
 * sandbox.c - gives up all that a process need not have, before it runs code that nobody trusts.
 *
 * Walls stand behind each other: no privilege, no room (limits), no files but those granted
 * (Landlock), no calls of the system but those for computing (seccomp.c).  A wall that the system
 * does not have, and that something granted needs, is a reason not to go on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sandbox.h"

/* As the kernel has it; headers of Debian 12 know only its first version. */
struct ruleset {
	uint64_t files;                 /* what is refused but where it is granted */
	uint64_t net;                   /* since version 4 */
	uint64_t scoped;                /* since version 6 */
};

struct beneath {
	uint64_t granted;
	int32_t  folder;
} __attribute__((packed));

enum {
	ASK_VERSION = 1,
	BENEATH     = 1,

	EXECUTE = 1, WRITE = 2, READ = 4, READ_FOLDER = 8, REMOVE_FOLDER = 16, REMOVE = 32,
	MAKE_CHARACTER = 64, MAKE_FOLDER = 128, MAKE_FILE = 256, MAKE_SOCKET = 512, MAKE_FIFO = 1024,
	MAKE_BLOCK = 2048, MAKE_LINK = 4096, REFER = 8192, TRUNCATE = 16384, DEVICES = 32768,
	OF_FILES = EXECUTE | WRITE | READ | TRUNCATE | DEVICES
};

#ifndef SYS_landlock_create_ruleset
enum { SYS_landlock_create_ruleset = 444, SYS_landlock_add_rule, SYS_landlock_restrict_self };
#endif

int weir_sandbox_landlock(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return version > 0 ? (int)version : 0;
}

/* All rights that this version can refuse. */
static struct ruleset all_of(int version)
{
	struct ruleset all = { .files = REFER - 1 };

	all.files |= version >= 2 ? REFER : 0;
	all.files |= version >= 3 ? TRUNCATE : 0;
	all.files |= version >= 5 ? DEVICES : 0;
	all.net = version >= 4 ? 3 : 0;         /* to bind, to connect */
	all.scoped = version >= 6 ? 3 : 0;      /* sockets without a file, signals */
	return all;
}

static int grant(int rules, const char *path, uint64_t rights)
{
	struct beneath one = { .granted = rights, .folder = open(path, O_PATH | O_CLOEXEC) };
	int failed = one.folder < 0 ||
		(syscall(SYS_landlock_add_rule, rules, BENEATH, &one, 0) < 0 &&
		 /* what is no folder has only the rights of files */
		 (one.granted &= OF_FILES,
		  syscall(SYS_landlock_add_rule, rules, BENEATH, &one, 0) < 0));
	int why = errno;

	if (one.folder >= 0)
		close(one.folder);
	return failed ? fail("cannot grant '%s': %s", path, strerror(why)) : 0;
}

static int grant_all(int rules, const struct weir_sandbox *s, const struct ruleset *all)
{
	uint64_t write = (WRITE | MAKE_FILE | REMOVE | TRUNCATE) & all->files;

	for (const char *const *path = s->readable; path && *path; path++)
		if (grant(rules, *path, READ | READ_FOLDER) < 0)
			return WEIR_FAIL;
	for (const char *const *path = s->writable; path && *path; path++)
		if (grant(rules, *path, write) < 0)
			return WEIR_FAIL;
	return 0;
}

static int has_grants(const struct weir_sandbox *s)
{
	return (s->readable && *s->readable) || (s->writable && *s->writable);
}

static int refuse_files(const struct weir_sandbox *s)
{
	int version = weir_sandbox_landlock(), rules, ok;
	struct ruleset all = all_of(version);

	if (!version && has_grants(s))
		return fail("this system has no Landlock, without which no folder can be granted");
	if (!version)
		return 0;                       /* then no file can be opened at all: seccomp.c */
	rules = (int)syscall(SYS_landlock_create_ruleset, &all,
		version >= 6 ? sizeof all : version >= 4 ? 2 * sizeof all.files : sizeof all.files, 0);
	if (rules < 0)
		return fail("cannot refuse files: %s", strerror(errno));
	ok = grant_all(rules, s, &all);
	if (ok == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		ok = fail("cannot refuse files: %s", strerror(errno));
	close(rules);
	return ok;
}

/* ---- limits -------------------------------------------------------------------------------------- */

/* Bytes of address space that this process has. */
static double memory_now(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
	double pages = 0;

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		pages = pages * 10 + (text[i] - '0');
	return pages * (double)sysconf(_SC_PAGESIZE);
}

static int limit(int what, double most)
{
	struct rlimit old, new = { (rlim_t)most, (rlim_t)most };

	if (getrlimit(what, &old) == 0 && old.rlim_max != RLIM_INFINITY && old.rlim_max < new.rlim_max)
		new = (struct rlimit){ old.rlim_max, old.rlim_max };
	return setrlimit(what, &new) == 0 ? 0 : fail("cannot set a limit: %s", strerror(errno));
}

static int limit_all(const struct weir_sandbox *s, double had)
{
	if (limit(RLIMIT_AS, had + s->memory) < 0 || limit(RLIMIT_FSIZE, s->file_size) < 0 ||
	    limit(RLIMIT_NOFILE, 3 + s->files) < 0 || limit(RLIMIT_CORE, 0) < 0 ||
	    limit(RLIMIT_NPROC, 0) < 0 || limit(RLIMIT_MEMLOCK, 0) < 0 ||
	    limit(RLIMIT_MSGQUEUE, 0) < 0)
		return WEIR_FAIL;
	return 0;
}

/* ---- privileges ----------------------------------------------------------------------------------- */

int weir_process_follow(uint32_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail("cannot end with the parent: %s", strerror(errno));
	return (uint32_t)getppid() == parent ? 0 : fail("the parent has ended");
}

static int drop_privileges(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	personality(PER_LINUX);                 /* so that memory to read is not memory to run */
	umask(077);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    syscall(SYS_capset, &head, none) < 0)
		return fail("cannot give up privileges: %s", strerror(errno));
	return 0;
}

int weir_sandbox_enter(const struct weir_sandbox *s)
{
	double had = memory_now();

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return fail("a program with sanitizers in it cannot be confined");
#endif
	if (!weir_sandbox_filters())
		return fail("this system cannot filter what a process asks of it (seccomp)");
	if (had <= 0)
		return fail("cannot limit memory: /proc does not say how much there is");
	close_range(3, ~0U, 0);
	prctl(PR_SET_NAME, "weir confined");    /* as `ps` and `top` show it */
	if (weir_process_follow(s->parent) < 0 || drop_privileges() < 0 || refuse_files(s) < 0 ||
	    limit_all(s, had) < 0)
		return WEIR_FAIL;
	return filter_calls(has_grants(s));
}
