/* value.h - single values as text.  Each writes at `to` and returns where it ended. */
#pragma once

#include "output.h"

enum { VALUE_ROOM = 64 };       /* no value but a text, or rows, is longer */

uint8_t *value_integer(uint8_t *to, uint64_t n);
uint8_t *value_number(uint8_t *to, double n);    /* reads back as the same double */
uint8_t *value_time(struct weir_output *o, uint8_t *to, int64_t ns);     /* RFC 3339, UTC */
uint8_t *value_epoch(uint8_t *to, int64_t ns);                           /* seconds, nine digits */

/* Text inside the quotes of JSON; six bytes of room for each of its own. */
uint8_t *value_escaped(uint8_t *to, const char *text, size_t size);

/*
 * Text in a row of fields: what would end the field or the row is shown as \t, \n, \\, … ;
 * four bytes each.
 */
uint8_t *value_visible(uint8_t *to, const char *text, size_t size);

uint8_t *value_base64(uint8_t *to, const void *bytes, size_t size);
int      value_is_utf8(const char *text, size_t size);
