/*
 * input.c - the bytes of a capture file, seen through a window that moves on.
 *
 * Plain read() into a window, the unused tail moved to its front first: faster
 * than mmap (no page faults), and the same for files, pipes and FIFOs.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "input.h"
#include "unpack.h"

enum {
	CHUNK     = 512 << 10,          /* more loses to the cache, less to the system calls */
	FRONT     = WEIR_FRAME + 4096,  /* room for what is left over when the window moves on */
	MAGIC     = 4
};

static int detect_packing(struct input *in)
{
	int failed, status = 1;

	while (input_left(in) < MAGIC && status == 1)
		status = input_want(in, input_left(in) + 1);
	in->unpack = unpack_new(input_at(in), input_left(in), &failed);
	if (in->unpack) {
		in->begin = in->end = 0;
		in->base = 0;
		in->ended = 0;
	}
	return status == WEIR_FAIL || failed ? WEIR_FAIL : 0;
}

int input_open(struct input *in, const char *path, int follow)
{
	struct stat about;

	memset(in, 0, sizeof *in);
	in->follow = follow;
	in->fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &about) < 0)
		return fail("cannot open '%s': %s", path, strerror(errno));
	if (S_ISDIR(about.st_mode))
		return fail("cannot read '%s': it is a folder", path);
	if (S_ISREG(about.st_mode))
		in->size = (uint64_t)about.st_size;
	in->window = slab_take(SLAB_WINDOW);
	if (!in->window)
		return fail("out of memory");
	posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return detect_packing(in);
}

void input_close(struct input *in)
{
	unpack_free(in->unpack);
	slab_give(SLAB_WINDOW, in->window);
	if (in->fd >= 0)
		close(in->fd);
	memset(in, 0, sizeof *in);
	in->fd = -1;
}

const char *input_packing(const struct input *in)
{
	return in->unpack ? unpack_name(in->unpack) : NULL;
}

void input_wait_politely(struct input *in)
{
	in->polite = in->size == 0;
}

/* Reads once: bytes, 0 when there is nothing yet, WEIR_END, WEIR_FAIL. */
static ssize_t read_some(struct input *in, uint8_t *to, size_t room)
{
	struct pollfd ready = { .fd = in->fd, .events = POLLIN };
	ssize_t n;

	if (in->polite && poll(&ready, 1, PATIENCE) <= 0)
		return 0;
	n = read(in->fd, to, room);
	if (n > 0)
		in->taken += (uint64_t)n;
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return n > 0 ? n : 0;
	if (n < 0)
		return fail("cannot read: %s", strerror(errno));
	if (!in->follow)
		return WEIR_END;
	poll(NULL, 0, PATIENCE);            /* ends early on a signal, which is welcome */
	return 0;
}

static ssize_t fill_unpacked(struct input *in, uint8_t *to, size_t room)
{
	size_t packed;
	int made = unpack_run(in->unpack, to, room);
	ssize_t n;

	while (made == 0) {
		uint8_t *at = unpack_room(in->unpack, &packed);

		n = read_some(in, at, packed);
		if (n == WEIR_END && !unpack_complete(in->unpack))
			return fail("%s: ends in the middle of the compressed data",
				unpack_name(in->unpack));
		if (n <= 0)
			return n;
		unpack_add(in->unpack, (size_t)n);
		made = unpack_run(in->unpack, to, room);
	}
	return made;
}

/* Passes over what is in the window and still to be skipped. */
static void use_skip(struct input *in)
{
	size_t n = input_left(in);

	if (n > in->skip)
		n = (size_t)in->skip;
	in->begin += n;
	in->skip -= n;
}

/*
 * New bytes always go to the same page-aligned place, what is left moves in
 * front of it.  Read to wherever that ends, they came at a third of the speed:
 * the kernel's copy is slow when the target lies a little behind its source
 * within their pages.
 */
static ssize_t fill(struct input *in)
{
	size_t left = input_left(in), begin = FRONT - left;
	uint8_t *window = in->next ? in->next : in->window;
	ssize_t n;

	memmove(window + begin, input_at(in), left);
	in->window = window;
	in->next = NULL;
	in->base += in->begin;
	in->base -= begin;
	in->begin = begin;
	in->end = FRONT;
	n = in->unpack ? fill_unpacked(in, in->window + FRONT, CHUNK)
		: read_some(in, in->window + FRONT, CHUNK);
	if (n > 0)
		in->end += (size_t)n;
	use_skip(in);
	return n;
}

int input_want(struct input *in, size_t want)
{
	while (input_left(in) < want || in->skip) {
		ssize_t n = in->ended ? WEIR_END : fill(in);

		if (n < 0)
			in->ended = 1;
		if (n <= 0)
			return (int)n;
	}
	return 1;
}

void input_skip(struct input *in, uint64_t n)
{
	in->skip += n;
	use_skip(in);
}
