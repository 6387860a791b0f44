/*
 * history.c - what was typed in earlier sessions, in a file of one entry a line.
 *
 * A line break in an entry is \n there, and a backslash two of them.  Sessions at the same time
 * write to the end of one file, each entry at once, so that none is lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "history.h"

enum { MOST_BYTES = 8 << 20 };          /* that are read of a file: its end */

/* Opens and locks the file; it is private from then on.  A descriptor or WEIR_FAIL. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	struct stat about;

	if (fd < 0)
		return fail("cannot keep what is typed in '%s': %s", path, strerror(errno));
	if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)) {
		close(fd);
		return fail("cannot keep what is typed in '%s': it is no file", path);
	}
	if (about.st_mode & 077)
		fchmod(fd, 0600);
	flock(fd, LOCK_EX);
	return fd;
}

/* Writes all of it; 0 or WEIR_FAIL. */
static int write_all(int fd, const char *path, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return fail("cannot keep what is typed in '%s': %s", path, strerror(errno));
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The entry as a line, which the caller frees; NULL for want of memory. */
static char *line_of(const char *entry, size_t *size)
{
	char *line = malloc(2 * strlen(entry) + 2), *to = line;

	if (!line)
		return NULL;
	for (; *entry; entry++) {
		if (*entry == '\\' || *entry == '\n')
			*to++ = '\\';
		*to++ = *entry == '\n' ? 'n' : *entry;
	}
	*to++ = '\n';
	*size = (size_t)(to - line);
	return line;
}

int entries_append(const char *path, const char *entry)
{
	size_t size = 0;
	char *line = line_of(entry, &size);
	int fd = line ? open_file(path) : fail("out of memory");
	int status = fd < 0 ? fd : write_all(fd, path, line, size);

	if (fd >= 0)
		close(fd);
	free(line);
	return status;
}

/* Makes the entry of a line in its place. */
static void decode(char *line)
{
	char *to = line;

	for (; *line; line++) {
		if (*line == '\\' && line[1])
			*to++ = *++line == 'n' ? '\n' : *line;
		else
			*to++ = *line;
	}
	*to = 0;
}

/* The end of a file as a text that the caller frees; NULL when it cannot be read. */
static char *text_of(int fd, size_t *size)
{
	off_t all = lseek(fd, 0, SEEK_END), from = all > MOST_BYTES ? all - MOST_BYTES : 0;
	char *text = all < 0 ? NULL : malloc((size_t)(all - from) + 1);
	ssize_t n = text ? pread(fd, text, (size_t)(all - from), from) : -1;

	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = 0;
	*size = (size_t)n;
	return text;
}

/* Where the last `most` lines of a text begin; `lines` is how many there are in all. */
static char *tail_of(char *text, size_t size, uint32_t most, uint32_t *lines)
{
	char *start = text;
	uint32_t n = 0;

	for (char *p = text + size; p > text; p--) {
		if (p[-1] != '\n')
			continue;
		if (n++ == most)
			start = p;
	}
	*lines = n;
	return start;
}

static int split(struct entries *entries, char *text, uint32_t most)
{
	entries->at = calloc(most, sizeof *entries->at);
	if (!entries->at)
		return fail("out of memory");
	for (char *end; (end = strchr(text, '\n')) && entries->count < most; text = end + 1) {
		*end = 0;
		decode(text);
		if (!(entries->at[entries->count] = strdup(text)))
			return fail("out of memory");
		entries->count++;
	}
	return 0;
}

int entries_load(struct entries *entries, const char *path, uint32_t most)
{
	int fd = open_file(path), status = 0;
	char *text = NULL, *tail;
	size_t size = 0;
	uint32_t lines;

	*entries = (struct entries){ NULL, 0 };
	if (fd < 0)
		return fd;
	if ((text = text_of(fd, &size))) {
		tail = tail_of(text, size, most, &lines);
		if (lines > 2 * most && ftruncate(fd, 0) == 0)
			status = write_all(fd, path, tail, size - (size_t)(tail - text));
		if (status == 0)
			status = split(entries, tail, most);
	}
	free(text);
	close(fd);
	return status;
}

void entries_clear(struct entries *entries)
{
	for (uint32_t i = 0; i < entries->count; i++)
		free(entries->at[i]);
	free(entries->at);
}
