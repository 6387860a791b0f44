/* base.h - what every C file of the core starts from. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What weir.h names is what the library exports; all else is hidden (-fvisibility=hidden). */
#pragma GCC visibility push(default)
#include "weir.h"
#pragma GCC visibility pop

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* For what each packet goes through: kept out of its callers, and the callees in it. */
#define often       __attribute__((noinline, hot))

/* For what few packets need: kept out of the way of what all of them need. */
#define rare        __attribute__((noinline, cold))

/* Remembers why, for weir_error(), and returns WEIR_FAIL. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with a status of its own. */
int fail_as(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Zeros, for records of a multiple of 8 bytes.  Written out, because compilers
 * turn a plain assignment into `rep stos`, which took a third of a whole read.
 */
static inline void clear(void *at, size_t size)
{
	typedef uint64_t two __attribute__((vector_size(16), may_alias, aligned(8)));

	for (size_t i = 0; i < size / sizeof(two); i++) {
		((two *)at)[i] = (two){ 0, 0 };
		__asm__("");
	}
	if (size % sizeof(two))
		__builtin_memset((uint8_t *)at + size - 8, 0, 8);
}

/* Numbers as they stand in bytes, at any alignment. */
static inline uint16_t be16(const void *at)
{
	uint16_t n;

	__builtin_memcpy(&n, at, sizeof n);
	return __builtin_bswap16(n);
}

static inline uint32_t be32(const void *at)
{
	uint32_t n;

	__builtin_memcpy(&n, at, sizeof n);
	return __builtin_bswap32(n);
}

static inline uint64_t host64(const void *at)
{
	uint64_t n;

	__builtin_memcpy(&n, at, sizeof n);
	return n;
}

static inline uint32_t host32(const void *at)
{
	uint32_t n;

	__builtin_memcpy(&n, at, sizeof n);
	return n;
}

static inline uint16_t host16(const void *at)
{
	uint16_t n;

	__builtin_memcpy(&n, at, sizeof n);
	return n;
}
