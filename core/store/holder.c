/*
 * holder.c - which processes have a database open, and which of them write.
 *
 * /proc/PID/fd says who has a file open, and /proc/locks who has which bytes of it locked.  In WAL
 * mode a byte of the -shm file is the right to write, five are those who read, and one says that
 * somebody is there; else the bytes are far behind the end of the database itself.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "../base.h"

enum {
	FILES   = 3,            /* the database, its -wal and its -shm */
	SHM     = 2,
	WRITES  = 120,          /* bytes of the -shm file */
	READS   = 123,
	PRESENT = 128,
	PENDING = 0x40000000,   /* and of the database: to write begins here, … */
	SHARED  = PENDING + 2   /* … and to read here */
};

struct search {
	struct stat files[FILES];       /* st_ino 0: not there */
	struct weir_holder *out;
	uint32_t room, count;
};

static void look_up(struct search *s, const char *path)
{
	static const char *const suffixes[FILES] = { "", "-wal", "-shm" };
	char real[PATH_MAX], name[PATH_MAX + 8];

	if (!realpath(path, real))
		return;
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "%s%s", real, suffixes[i]);
		if (stat(name, &s->files[i]) < 0)
			s->files[i].st_ino = 0;
	}
}

/* What the process was started as, its words apart by blanks. */
static void set_command(struct weir_holder *h)
{
	char path[64];
	FILE *file;
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/%u/cmdline", h->pid);
	file = fopen(path, "r");
	if (file) {
		n = fread(h->command, 1, sizeof h->command - 1, file);
		fclose(file);
	}
	while (n && !h->command[n - 1])
		n--;
	for (size_t i = 0; i < n; i++)
		if (!h->command[i])
			h->command[i] = ' ';
	h->command[n] = 0;
}

static void found(struct search *s, uint32_t pid, uint32_t does)
{
	struct weir_holder *h = NULL;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->out[i].pid == pid)
			h = &s->out[i];
	if (!h) {
		if (s->count == s->room)
			return;
		h = &s->out[s->count++];
		*h = (struct weir_holder){ .pid = pid };
		set_command(h);
	}
	if (does > h->does)
		h->does = does;
}

/* ---- open files ------------------------------------------------------------------ */

static int is_sought(const struct search *s, const struct stat *about)
{
	for (int i = 0; i < FILES; i++)
		if (s->files[i].st_ino && s->files[i].st_ino == about->st_ino &&
		    s->files[i].st_dev == about->st_dev)
			return 1;
	return 0;
}

/* Those of other users are hidden from all but root. */
static void search_process(struct search *s, uint32_t pid)
{
	char path[64 + NAME_MAX];
	struct dirent *entry;
	struct stat about;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%u/fd", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof path, "/proc/%u/fd/%s", pid, entry->d_name);
		if (stat(path, &about) == 0 && is_sought(s, &about)) {
			found(s, pid, WEIR_HOLDER_OPEN);
			break;
		}
	}
	if (folder)
		closedir(folder);
}

static int search_open(struct search *s)
{
	struct dirent *entry;
	DIR *folder = opendir("/proc");

	if (!folder)
		return fail("cannot read /proc, which says who has a file open");
	while ((entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			search_process(s, (uint32_t)strtoul(entry->d_name, NULL, 10));
	closedir(folder);
	return 0;
}

/* ---- locks ------------------------------------------------------------------------ */

struct lock {
	int      file, writes;
	uint32_t pid;
	uint64_t first, last;
};

/* A line such as "7: POSIX  ADVISORY  WRITE 123 fe:00:456 120 120"; 0 when it is another file's. */
static int parse_lock(const struct search *s, const char *line, struct lock *out)
{
	unsigned long long inode;
	unsigned int major_id, minor_id;
	char mode[16], last[24];
	int pid;

	if (sscanf(line, "%*d: POSIX %*s %15s %d %x:%x:%llu %lu %23s", mode, &pid, &major_id, &minor_id,
	           &inode, &out->first, last) != 7 || pid <= 0)
		return 0;
	out->pid = (uint32_t)pid;
	out->writes = strcmp(mode, "WRITE") == 0;
	out->last = isdigit((unsigned char)last[0]) ? strtoull(last, NULL, 10) : UINT64_MAX;
	for (out->file = 0; out->file < FILES; out->file++) {
		const struct stat *f = &s->files[out->file];

		if (f->st_ino && f->st_ino == inode && makedev(major_id, minor_id) == f->st_dev)
			return 1;
	}
	return 0;
}

static int covers(const struct lock *l, uint64_t first, uint64_t last)
{
	return l->first <= last && l->last >= first;
}

static uint32_t does(const struct search *s, const struct lock *l)
{
	if (l->file == SHM) {
		if (l->writes && covers(l, WRITES, WRITES))
			return WEIR_HOLDER_WRITES;
		return covers(l, READS, PRESENT - 1) ? WEIR_HOLDER_READS : WEIR_HOLDER_OPEN;
	}
	if (l->writes && covers(l, PENDING, PENDING + 1))
		return WEIR_HOLDER_WRITES;
	/* In WAL mode whoever has it open holds this one, too. */
	return s->files[SHM].st_ino ? WEIR_HOLDER_OPEN : WEIR_HOLDER_READS;
}

static void search_locks(struct search *s)
{
	FILE *file = fopen("/proc/locks", "r");
	char line[256];
	struct lock l;

	while (file && fgets(line, sizeof line, file))
		if (parse_lock(s, line, &l))
			found(s, l.pid, does(s, &l));
	if (file)
		fclose(file);
}

int weir_holder_find(const char *path, struct weir_holder *out, uint32_t room)
{
	struct search s = { .out = out, .room = room };

	look_up(&s, path);
	if (!s.files[0].st_ino)
		return fail("there is no '%s'", path);
	if (search_open(&s) < 0)
		return WEIR_FAIL;
	search_locks(&s);
	return (int)s.count;
}
