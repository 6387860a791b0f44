/* history.h - what was typed in earlier sessions, in a file of one entry a line. */
#pragma once

#include "base.h"

struct entries {
	char   **at;
	uint32_t count;
};

/*
 * The newest entries of a file, `most` at most; none of a file that is not there.  A file of very
 * many more is made shorter.  0 or WEIR_FAIL.
 */
int entries_load(struct entries *entries, const char *path, uint32_t most);
void entries_clear(struct entries *entries);

/* Adds one to the end of the file, which is made; nobody else may read it.  0 or WEIR_FAIL. */
int entries_append(const char *path, const char *entry);
