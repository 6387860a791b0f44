/*
 * tree.c - folders with all that is in them: copied, removed, put in place at once.
 *
 * Links are never followed: what is in such a folder may come from anybody.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base.h"

static FTS *open_tree(const char *path)
{
	char *paths[] = { (char *)(uintptr_t)path, NULL };

	return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

int weir_tree_remove(const char *path)
{
	FTS *tree = open_tree(path);
	FTSENT *e;
	int ok = 0;

	if (!tree)
		return fail("cannot remove '%s': %s", path, strerror(errno));
	while ((e = fts_read(tree))) {
		if (e->fts_info == FTS_D || (e->fts_info == FTS_NS && e->fts_errno == ENOENT))
			continue;
		if (remove(e->fts_accpath) < 0 && errno != ENOENT && ok == 0)
			ok = fail("cannot remove '%s': %s", e->fts_path, strerror(errno));
	}
	fts_close(tree);
	return ok;
}

/* ---- copying ---------------------------------------------------------------------------------- */

static int pour(int in, int out)
{
	char bytes[65536];

	for (;;) {
		ssize_t n = read(in, bytes, sizeof bytes);

		if (n <= 0)
			return n < 0 ? -1 : 0;
		for (ssize_t done = 0, m; done < n; done += m) {
			m = write(out, bytes + done, (size_t)(n - done));
			if (m < 0)
				return -1;
		}
	}
}

static int copy_file(const char *from, const char *to, const struct stat *about)
{
	int in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		(about->st_mode & 0111) | 0644);
	int ok = out < 0 ? -1 : pour(in, out), why = errno;

	if (out >= 0 && close(out) < 0 && ok == 0) {
		ok = -1;
		why = errno;
	}
	if (in >= 0)
		close(in);
	return ok < 0 ? fail("cannot copy '%s': %s", from, strerror(why)) : 0;
}

/* Copies what fts has found to its place below `to`. */
static int copy_entry(FTS *tree, FTSENT *e, size_t root, const char *to)
{
	char path[PATH_MAX];
	struct stat about;

	if (e->fts_info == FTS_DP)
		return 0;
	if (e->fts_level > 0 && strcmp(e->fts_name, ".git") == 0) {
		fts_set(tree, e, FTS_SKIP);
		return 0;
	}
	if (snprintf(path, sizeof path, "%s%s", to, e->fts_path + root) >= (int)sizeof path)
		return fail("cannot copy '%s': its name is too long", e->fts_path);
	if (lstat(e->fts_accpath, &about) < 0)
		return fail("cannot copy '%s': %s", e->fts_path, strerror(errno));
	if (S_ISDIR(about.st_mode) && (mkdir(path, 0777) == 0 || errno == EEXIST))
		return 0;
	if (S_ISDIR(about.st_mode))
		return fail("cannot make folder '%s': %s", path, strerror(errno));
	if (!S_ISREG(about.st_mode))
		return fail("cannot copy '%s': it is a link, or no plain file", e->fts_path);
	return copy_file(e->fts_accpath, path, &about);
}

int weir_tree_copy(const char *from, const char *to)
{
	FTS *tree = open_tree(from);
	uint32_t count = 0;
	FTSENT *e;
	int ok = 0;

	if (!tree)
		return fail("cannot copy '%s': %s", from, strerror(errno));
	while (ok == 0 && (e = fts_read(tree))) {
		ok = copy_entry(tree, e, strlen(from), to);
		if (++count > WEIR_TREE_MOST)
			ok = fail("cannot copy '%s': it has more than %d files", from, WEIR_TREE_MOST);
	}
	fts_close(tree);
	return ok;
}

/* ---- put in place ------------------------------------------------------------------------------ */

/* Where a file system cannot exchange two folders: for a moment there is none. */
static int exchange_slowly(const char *made, const char *at)
{
	char aside[PATH_MAX];

	if (snprintf(aside, sizeof aside, "%s.old", made) >= (int)sizeof aside)
		return -1;
	if (rename(at, aside) < 0)
		return -1;
	if (rename(made, at) < 0) {
		rename(aside, at);
		return -1;
	}
	return rename(aside, made);
}

int weir_tree_place(const char *made, const char *at)
{
	if (renameat2(AT_FDCWD, made, AT_FDCWD, at, RENAME_EXCHANGE) == 0)
		return 1;
	if (errno == ENOENT && rename(made, at) == 0)
		return 0;
	if ((errno == EINVAL || errno == ENOSYS) && exchange_slowly(made, at) == 0)
		return 1;
	return fail("cannot put '%s' in place: %s", at, strerror(errno));
}
