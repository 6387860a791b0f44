/*
 * claim.c - who does what, among processes: numbers in a file, of which each is somebody's alone.
 *
 * A claim is a lock on one byte of the file, which stays empty.  The system takes it back when the
 * process ends, however that comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "../base.h"

int weir_claim_take(const char *path, double number)
{
	struct flock byte = { .l_type = F_WRLCK, .l_start = (off_t)number, .l_len = 1 };
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);

	if (file < 0)
		return fail("cannot open '%s': %s", path, strerror(errno));
	/* A lock of the open file, not of the process: it is not lost when somebody closes another. */
	if (fcntl(file, F_OFD_SETLK, &byte) == 0)
		return file;
	if (errno == EAGAIN || errno == EACCES) {
		close(file);
		return fail_as(WEIR_END, "another process has it");
	}
	fail("cannot lock '%s': %s", path, strerror(errno));
	close(file);
	return WEIR_FAIL;
}

void weir_claim_end(int claim)
{
	close(claim);
}
