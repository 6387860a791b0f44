/* output.c - a buffered file for writing, that says why it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "output.h"

enum {
	SIZE   = 256 << 10,
	NOFILE = -2             /* instead of a descriptor: what is written stays in the buffer */
};

static struct weir_output *make(void)
{
	struct weir_output *o = calloc(1, sizeof *o);

	if (!o) {
		fail("out of memory");
		return NULL;
	}
	o->second = INT64_MIN;
	o->size = SIZE;
	o->buffer = malloc(SIZE);
	return o;
}

struct weir_output *output_keep(void)
{
	struct weir_output *o = make();

	if (o)
		o->fd = NOFILE;
	if (!o || o->buffer)
		return o;
	fail("out of memory");
	free(o);
	return NULL;
}

static struct weir_output *open_as(const char *path, int how)
{
	struct weir_output *o = make();

	if (!o)
		return NULL;
	o->path = strdup(strcmp(path, "-") == 0 ? "standard output" : path);
	o->fd = strcmp(path, "-") == 0 ? dup(1)
		: open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);
	if (o->buffer && o->path && o->fd >= 0)
		return o;
	fail("cannot write '%s': %s", path, strerror(errno));
	o->status = WEIR_FAIL;
	weir_output_close(o);
	return NULL;
}

struct weir_output *weir_output_open(const char *path)
{
	return open_as(path, O_TRUNC);
}

struct weir_output *weir_output_append(const char *path)
{
	return open_as(path, O_APPEND);
}

static int refuse(struct weir_output *o)
{
	if (errno == EPIPE)
		o->status = fail_as(WEIR_CLOSED, "cannot write '%s': nobody reads it any more",
			o->path);
	else
		o->status = fail("cannot write '%s': %s", o->path, strerror(errno));
	return o->status;
}

int weir_output_flush(struct weir_output *o)
{
	size_t done = 0;

	while (o->status == 0 && done < o->used) {
		ssize_t n = write(o->fd, o->buffer + done, o->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			refuse(o);
	}
	o->used = 0;
	return o->status;
}

/* Makes the buffer of an output without a file larger. */
static void grow(struct weir_output *o, size_t size)
{
	size_t wanted = o->size;
	uint8_t *buffer;

	while (wanted - o->used < size)
		wanted *= 2;
	buffer = realloc(o->buffer, wanted);
	if (buffer) {
		o->buffer = buffer;
		o->size = wanted;
	} else {
		o->status = fail("out of memory");
		o->used = 0;
	}
}

uint8_t *output_room(struct weir_output *o, size_t size)
{
	if (unlikely(o->size - o->used < size)) {
		if (o->fd == NOFILE)
			grow(o, size);
		else
			weir_output_flush(o);
	}
	return o->buffer + o->used;
}

int weir_output_write(struct weir_output *o, const void *bytes, uint32_t size)
{
	const uint8_t *from = bytes;

	while (size) {
		uint32_t n = size < OUTPUT_PIECE ? size : OUTPUT_PIECE;
		uint8_t *to = output_room(o, n);

		memcpy(to, from, n);
		output_end(o, to + n);
		from += n;
		size -= n;
	}
	return o->status;
}

int weir_output_close(struct weir_output *o)
{
	int status;

	if (!o)
		return 0;
	status = o->fd == NOFILE ? 0 : weir_output_flush(o);
	if (o->fd >= 0 && close(o->fd) < 0 && status == 0)
		status = refuse(o);             /* a full disk may show only now */
	free(o->buffer);
	free(o->path);
	free(o);
	return status;
}
