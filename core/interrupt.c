/*
 * interrupt.c - Ctrl-C, and the end of a session, in a program that people type into.
 *
 * A handler notes which signal came and wakes who waits for keys.  While something runs it also
 * sets what library loops look at, and makes Lua look (`break_in`), so that what runs ends with an
 * error and the session goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "interrupt.h"

enum {
	SIGNALS = 65,
	PATIENCE = 3,                   /* seconds that what runs has to end with the session */
	ROOM     = 64                   /* bytes of what runs that are shown */
};

static struct {
	pthread_t owner;                /* the thread that runs Lua */
	int       pipe[2];
	void    (*break_in)(int on);
	volatile sig_atomic_t came[SIGNALS];
	volatile sig_atomic_t running;
	volatile sig_atomic_t asked;    /* the signal that what runs is to stop for */
	volatile sig_atomic_t last;     /* the signal that ends the session */
	char      what[ROOM];
} all = { .pipe = { -1, -1 } };

int interrupt_asked(void)
{
	return all.asked;
}

int interrupt_caught(void)
{
	return all.pipe[0] >= 0;
}

int interrupt_fail(void)
{
	return fail_as(WEIR_STOPPED, "interrupted");
}

void interrupt_hook(void (*break_in)(int on))
{
	all.break_in = break_in;
}

int interrupt_take(int signal)
{
	int came = all.came[signal];

	all.came[signal] = 0;
	return came;
}

int interrupt_fd(void)
{
	return all.pipe[0];
}

void interrupt_rest(void)
{
	char bytes[64];

	while (read(all.pipe[0], bytes, sizeof bytes) > 0)
		;
}

/* ---- in handlers: only what may be called there -------------------------------------- */

static void say(const char *text)
{
	ssize_t n = write(2, text, strlen(text));

	(void)n;                        /* nobody reads: nothing to be done about it here */
}

/* What runs has been asked before, and has not stopped. */
static void tell(void)
{
	say("\nweir: still running: ");
	say(all.what);
	say("\n      it stops when it comes back to Lua that looks; Ctrl-\\ ends weir at once\n");
}

static void ask(int signal)
{
	int again = all.asked;

	all.asked = signal;
	if (again && signal == SIGINT)
		tell();
	if (!again && all.break_in)
		all.break_in(1);
	if (signal != SIGINT)
		alarm(PATIENCE);
}

static void end(int signal_)
{
	signal(signal_, SIG_DFL);
	raise(signal_);
}

static void handle(int signal)
{
	int before = errno;
	ssize_t n;

	if (!pthread_equal(pthread_self(), all.owner)) {
		pthread_kill(all.owner, signal);
	} else if (signal == SIGALRM) {         /* it did not end */
		end(all.last);
	} else if (signal == SIGQUIT && all.running) {
		end(SIGTERM);
	} else {
		all.came[signal] = 1;
		if (signal == SIGTERM || signal == SIGHUP)
			all.last = signal;
		if (all.running && (signal == SIGINT || signal == all.last))
			ask(signal);
		n = write(all.pipe[1], "", 1);
		(void)n;                        /* a full pipe wakes as well */
	}
	errno = before;
}

/* ---- for everybody else ------------------------------------------------------------------ */

void interrupt_note(int signal, int quiet)
{
	struct sigaction on = { .sa_handler = handle, .sa_flags = quiet ? SA_RESTART : 0 };

	sigaction(signal, &on, NULL);
}

int weir_interrupt_catch(void)
{
	if (all.pipe[0] < 0 && pipe2(all.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail("cannot watch for signals: %s", strerror(errno));
	all.owner = pthread_self();
	interrupt_note(SIGINT, 0);
	interrupt_note(SIGTERM, 0);
	interrupt_note(SIGHUP, 0);
	interrupt_note(SIGALRM, 0);
	interrupt_note(SIGQUIT, 1);
	return 0;
}

void weir_interrupt_begin(const char *what)
{
	size_t size = strnlen(what, ROOM - 1);

	memcpy(all.what, what, size);
	all.what[size] = 0;
	all.asked = 0;
	all.running = 1;
	if (all.last)                   /* it came just before */
		ask(all.last);
}

int weir_interrupt_end(void)
{
	int asked;

	all.running = 0;
	asked = all.asked;
	all.asked = 0;
	alarm(0);
	if (all.break_in)
		all.break_in(0);
	return asked;
}

int weir_interrupt_last(void)
{
	return all.last;
}
