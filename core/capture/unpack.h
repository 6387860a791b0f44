/* unpack.h - gzip and zstd streams, undone as they are read. */
#pragma once

#include "../base.h"

struct unpack;

/* One for what `bytes` begin with, or NULL: not compressed, or fail()ed, as `*failed` tells. */
struct unpack *unpack_new(const uint8_t *bytes, size_t size, int *failed);
void unpack_free(struct unpack *u);

const char *unpack_name(const struct unpack *u);

/* The room for compressed bytes: fill it from `*room` on, then say how many came. */
uint8_t *unpack_room(struct unpack *u, size_t *room);
void unpack_add(struct unpack *u, size_t size);

/*
 * Writes at most `room` bytes; returns how many, 0 when it needs more
 * compressed bytes, or WEIR_FAIL.
 */
int unpack_run(struct unpack *u, uint8_t *out, size_t room);

/* Whether the stream may end here: between two members, with nothing left over. */
int unpack_complete(const struct unpack *u);

/* "zlib VERSION" or, with `zstd`, "zstd VERSION" */
const char *unpack_library(int zstd);
