/* folder.c - the captures and databases in and below a folder, or all that is in it, in name order. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../base.h"

enum { MAGIC = 4, FILES = 1 << 20 };

struct weir_folder {
	char   **paths;
	uint32_t count, room;
};

/* pcap in both orders and resolutions, pcapng, gzip, zstd, SQLite. */
static int is_capture(const char *path)
{
	static const uint32_t magics[] = {
		0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1,
		0xa1b2cd34, 0x34cdb2a1, 0x0a0d0d0a, 0xfd2fb528
	};
	uint8_t head[MAGIC] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC), found = 0;

	if (fd < 0)
		return 0;
	if (read(fd, head, MAGIC) == MAGIC)
		for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
			found |= host32(head) == magics[i];
	close(fd);
	return found || (head[0] == 0x1f && head[1] == 0x8b) || memcmp(head, "SQLi", MAGIC) == 0;
}

static int add(struct weir_folder *f, const char *path)
{
	if (f->count == FILES)
		return fail("more than %d files in a folder", FILES);
	if (f->count == f->room) {
		uint32_t room = f->room ? 2 * f->room : 64;
		char **more = realloc(f->paths, room * sizeof *more);

		if (!more)
			return fail("out of memory");
		f->paths = more;
		f->room = room;
	}
	f->paths[f->count] = strdup(path);
	if (!f->paths[f->count])
		return fail("out of memory");
	f->count++;
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk(struct weir_folder *f, const char *path)
{
	char *roots[] = { (char *)path, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	int status = 0;

	if (!tree)
		return fail("cannot read folder '%s': %s", path, strerror(errno));
	while (status == 0 && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F && is_capture(entry->fts_path))
			status = add(f, entry->fts_path);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			status = fail("cannot read folder '%s': %s", entry->fts_path,
				strerror(entry->fts_errno));
	}
	fts_close(tree);
	return status;
}

/* Names of what is in the folder itself; a slash follows those of folders, links are followed. */
static int list(struct weir_folder *f, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort), status = 0;
	char full[PATH_MAX], name[NAME_MAX + 2];

	if (count < 0)
		return fail("cannot read folder '%s': %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *entry = entries[i]->d_name;

		if (status == 0 && entry[0] != '.' &&
		    snprintf(full, sizeof full, "%s/%s", path, entry) < (int)sizeof full) {
			snprintf(name, sizeof name, "%s%s", entry,
				weir_folder_is(full) ? "/" : "");
			status = add(f, name);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

int weir_folder_is(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static struct weir_folder *make(int (*fill)(struct weir_folder *, const char *), const char *path)
{
	struct weir_folder *f = calloc(1, sizeof *f);

	if (!f) {
		fail("out of memory");
		return NULL;
	}
	if (fill(f, path) == 0)
		return f;
	weir_folder_close(f);
	return NULL;
}

struct weir_folder *weir_folder_open(const char *path)
{
	return make(walk, path);
}

struct weir_folder *weir_folder_list(const char *path)
{
	return make(list, path);
}

const char *weir_folder_path(const struct weir_folder *f, uint32_t i)
{
	return i < f->count ? f->paths[i] : NULL;
}

void weir_folder_close(struct weir_folder *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->count; i++)
		free(f->paths[i]);
	free(f->paths);
	free(f);
}
