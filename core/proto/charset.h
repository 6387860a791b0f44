/* charset.h - texts of the web in other charsets than UTF-8. */
#pragma once

#include "header.h"

/* The name by which iconv knows a charset that pages call so; NULL when it is none of the web's. */
const char *charset_of(struct word label);

/* What pages call a charset that charset_of knows. */
const char *charset_name(const char *charset);

/* Which charset a text begins by saying with a byte order mark, and that mark's size; or NULL. */
const char *charset_of_mark(const uint8_t *at, uint32_t size, uint32_t *mark);

/* What the first bytes of a page or of XML say about it; or NULL. */
const char *charset_in(const uint8_t *at, uint32_t size);

/* Whether bytes are UTF-8; the last character may be cut, if it is not the first of its kind. */
int charset_is_utf8(const uint8_t *at, uint32_t size);

/*
 * Converts a text to UTF-8, with U+FFFD in place of what is no character, and at most `room` bytes;
 * returns how many, and how many were read.  0 when it is not in that charset.
 */
uint32_t charset_convert(const char *charset, struct word text, char *to, uint32_t room,
	uint32_t *read);
