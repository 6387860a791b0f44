/*
 * seccomp.c - which calls of the system a confined process may make: a list, and all else ends it.
 *
 * The filter is a program of BPF that is made here of the list, since that is shorter than asking
 * a library to do it, and needs none to be there.  Some calls are refused and do not end it: those
 * that libc and LuaJIT make in passing, and do without.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sandbox.h"

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

enum {
	ALLOW  = SECCOMP_RET_ALLOW,
	REFUSE = SECCOMP_RET_ERRNO | EPERM,
	ANY    = -1,                    /* whatever its arguments are */
	OTHER  = 0x40000000,            /* calls of x32 have numbers from here on */
	WAKE   = 129                    /* FUTEX_WAKE of one's own process */
};

/* A call whose argument `at` has `bits` as `value`; the first that fits decides. */
struct rule {
	int      call;
	int      at;
	uint32_t bits, value, action;
};

static const struct rule computing[] = {
	{ SYS_read,   0, ~0U, 0, ALLOW },
	{ SYS_write,  0, ~0U, 1, ALLOW },
	{ SYS_mmap,   2, PROT_EXEC, 0, ALLOW },
	{ SYS_mmap,   ANY, 0, 0, REFUSE },
	{ SYS_mprotect, 2, PROT_EXEC, 0, ALLOW },
	{ SYS_mprotect, ANY, 0, 0, REFUSE },
	{ SYS_munmap, ANY, 0, 0, ALLOW },
	{ SYS_mremap, ANY, 0, 0, ALLOW },
	{ SYS_brk,    ANY, 0, 0, ALLOW },
	{ SYS_madvise, 2, ~0U, MADV_DONTNEED, ALLOW },
	{ SYS_madvise, ANY, 0, 0, REFUSE },
	{ SYS_futex,  1, ~0U, WAKE, ALLOW },
	{ SYS_clock_gettime, ANY, 0, 0, ALLOW },
	{ SYS_gettimeofday, ANY, 0, 0, ALLOW },
	{ SYS_getrandom, ANY, 0, 0, ALLOW },
	{ SYS_exit,   ANY, 0, 0, ALLOW },
	{ SYS_exit_group, ANY, 0, 0, ALLOW },
#ifdef SYS_time
	{ SYS_time,   ANY, 0, 0, ALLOW },
#endif
};

/* Where folders are granted: Landlock knows which. */
static const struct rule files[] = {
	{ SYS_read,   ANY, 0, 0, ALLOW },
	{ SYS_write,  ANY, 0, 0, ALLOW },
	{ SYS_openat, 2, O_PATH, 0, ALLOW },    /* with it, Landlock is not asked */
	{ SYS_close,  ANY, 0, 0, ALLOW },
	{ SYS_lseek,  ANY, 0, 0, ALLOW },
	{ SYS_fstat,  ANY, 0, 0, ALLOW },
	{ SYS_unlinkat, ANY, 0, 0, ALLOW },
#ifdef SYS_unlink
	{ SYS_unlink, ANY, 0, 0, ALLOW },
#endif
};

static const struct rule passing[] = {
	{ SYS_read,   ANY, 0, 0, REFUSE },
	{ SYS_write,  ANY, 0, 0, REFUSE },
	{ SYS_openat, ANY, 0, 0, REFUSE },
	{ SYS_close,  ANY, 0, 0, REFUSE },
	{ SYS_lseek,  ANY, 0, 0, REFUSE },
	{ SYS_fstat,  ANY, 0, 0, REFUSE },
	{ SYS_newfstatat, ANY, 0, 0, REFUSE },
	{ SYS_unlinkat, ANY, 0, 0, REFUSE },
	{ SYS_readlinkat, ANY, 0, 0, REFUSE },
	{ SYS_faccessat, ANY, 0, 0, REFUSE },
	{ SYS_getcwd, ANY, 0, 0, REFUSE },
	{ SYS_ioctl,  ANY, 0, 0, REFUSE },
#ifdef SYS_open
	{ SYS_open,   ANY, 0, 0, REFUSE },
	{ SYS_stat,   ANY, 0, 0, REFUSE },
	{ SYS_lstat,  ANY, 0, 0, REFUSE },
	{ SYS_access, ANY, 0, 0, REFUSE },
	{ SYS_readlink, ANY, 0, 0, REFUSE },
	{ SYS_unlink, ANY, 0, 0, REFUSE },
	{ SYS_rmdir,  ANY, 0, 0, REFUSE },
#endif
};

#define COUNT(list) ((uint32_t)(sizeof list / sizeof *list))

enum {
	STEPS = 7,                      /* of the program for one rule, at most */
	ROOM  = 8 + STEPS * (COUNT(computing) + COUNT(files) + COUNT(passing))
};

struct program {
	struct sock_filter steps[ROOM];
	unsigned short count;
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_not)
{
	p->steps[p->count++] = (struct sock_filter){ code, if_true, if_not, k };
}

static void load(struct program *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Arguments are looked at by their lower half, which is all that the kernel takes of these. */
static void add_rules(struct program *p, const struct rule *rules, uint32_t count)
{
	for (const struct rule *r = rules; r < rules + count; r++) {
		load(p, offsetof(struct seccomp_data, nr));
		add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, r->at == ANY ? 1 : 4);
		if (r->at != ANY) {
			load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)r->at);
			add(p, BPF_ALU | BPF_AND | BPF_K, r->bits, 0, 0);
			add(p, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
		}
		add(p, BPF_RET | BPF_K, r->action, 0, 0);
	}
}

int weir_sandbox_filters(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int filter_calls(int has_files)
{
	struct program p = { .count = 0 };
	struct sock_fprog all;

	load(&p, offsetof(struct seccomp_data, arch));
	add(&p, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
	add(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load(&p, offsetof(struct seccomp_data, nr));
	add(&p, BPF_JMP | BPF_JGE | BPF_K, OTHER, 0, 1);
	add(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	add_rules(&p, computing, COUNT(computing));
	if (has_files)
		add_rules(&p, files, COUNT(files));
	add_rules(&p, passing, COUNT(passing));
	add(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	all = (struct sock_fprog){ p.count, p.steps };
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) != 0)
		return fail("cannot filter what a process asks of the system: %s", strerror(errno));
	return 0;
}
