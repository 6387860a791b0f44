/*
 * header.h - the lines that messages begin with: a request or a status, then headers.  HTTP has
 * them, and what is made like it, such as SSDP.
 *
 * Pure functions over bytes: nothing is copied, kept or said.
 */
#pragma once

#include "../base.h"

/* Some of the bytes that were given, as text. */
struct word {
	const char *at;
	uint32_t    size;
};

/* Whether it is this word, in any case; `word` is in lower case. */
int word_is(struct word s, const char *word);

/* The last of the words that commas divide, without what follows a semicolon. */
struct word word_last(struct word s);

/* Whether one of the words that commas divide is this one. */
int word_has(struct word s, const char *word);

/* Without blanks around it; without what is behind the first such byte, and that. */
struct word word_trim(struct word s);
struct word word_before(struct word s, char end);

/* The decimal number that it is, all of it; 0 when it is none. */
int word_number(struct word s, uint64_t *number);

/*
 * Bytes of a head, with the empty line behind it; 0 when that is not there.  The end was looked
 * for in the first `from` of them before.
 */
uint32_t head_size(const uint8_t *at, uint32_t size, uint32_t from);

/* What is left of a head.  Lines end in LF, with or without CR. */
struct head {
	const char *at, *end;
};

/* The next line, whatever it is; 0 when there is none. */
int head_line(struct head *h, struct word *line);

/*
 * The next header: its name, and its value, which may go on in lines that begin with blanks.
 * Lines that are no header are passed over.  0 when there is none.
 */
int head_next(struct head *h, struct word *name, struct word *value);

/* Copies a value, its lines as one; returns its size, which is not more than the word's. */
uint32_t head_unfold(char *to, struct word value);

/* "METHOD target VERSION": whether it is one.  A target may have blanks, as some send it. */
struct request_line {
	struct word method, target, version;
};
int head_request(struct word line, struct request_line *r);

/* "VERSION status reason". */
struct status_line {
	struct word version, reason;
	uint32_t    status;
};
int head_status(struct word line, struct status_line *r);
