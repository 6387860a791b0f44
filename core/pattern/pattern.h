/* pattern.h - regular expressions as programs of steps: what parse.c makes and pattern.c runs. */
#pragma once

#include "../base.h"

enum {
	STEPS  = 1000,                  /* of a pattern at most */
	COUNT  = 1000,                  /* the largest number in braces */
	DEPTH  = 50                     /* groups inside each other */
};

enum step_kind { STEP_BYTE, STEP_FORK, STEP_WHERE, STEP_FOUND };

/* Places between two bytes. */
enum place { PLACE_BEGIN, PLACE_LINE_END, PLACE_END, PLACE_WORD, PLACE_NO_WORD };

/*
 * One step.  BYTE takes a byte of its set, WHERE none but asks for a place; both go on with the
 * next step.  FORK goes on with two, which it names by how far they are, so that a piece of a
 * program means the same wherever it is copied to.
 */
struct step {
	uint64_t set[4];                /* BYTE: a bit for each byte */
	int16_t  one, other;            /* FORK */
	uint8_t  kind;                  /* enum step_kind */
	uint8_t  place;                 /* WHERE: enum place */
};

struct program {
	struct step steps[STEPS];
	uint32_t    count;
};

static inline int step_takes(const struct step *s, unsigned byte)
{
	return s->set[byte >> 6] >> (byte & 63) & 1;
}

static inline int is_word(unsigned c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Fills `out`; or WEIR_MISUSE, with `*at` where in the text it makes no sense. */
int pattern_parse(struct program *out, const void *text, uint32_t size, uint32_t *at);

/* Fills `set` with the bytes of a class: 'd', 'w' or 's'.  0 when there is no such class. */
int class_letter(uint64_t set[4], char letter);

/* Reads a class after its '[' at text[*at]; 0, or WEIR_MISUSE. */
int class_parse(uint64_t set[4], const char *text, uint32_t size, uint32_t *at, int any_case);

/* Reads what a byte is called after a '\' at text[*at]: n, x41, …  -1 when it is none. */
int class_escape(const char *text, uint32_t size, uint32_t *at);

void class_add(uint64_t set[4], unsigned from, unsigned to);

/* With each letter the other case. */
void class_fold(uint64_t set[4]);
