/* hex.h - bytes as hexadecimal digits, in small letters. */
#pragma once

#include "base.h"

/* Eight bytes as sixteen digits. */
static inline void hex_eight(char *to, const uint8_t *from)
{
	typedef uint8_t row __attribute__((vector_size(16)));
	typedef uint64_t pair __attribute__((vector_size(16)));
	row v = (row)(pair){ host64(from), 0 }, high = v >> 4, n;

	v &= 15;
	n = __builtin_shufflevector(high, v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
	n += '0' + ((row)(n > 9) & ('a' - '9' - 1));
	__builtin_memcpy(to, &n, 16);
}

/* Writes two digits a byte. */
static inline void hex_write(char *to, const void *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;

	for (; size >= 8; size -= 8, from += 8, to += 16)
		hex_eight(to, from);
	for (; size; size--, from++, to += 2) {
		to[0] = digits[*from >> 4];
		to[1] = digits[*from & 15];
	}
}
