/*
 * pattern.c - whether a text matches a regular expression, in a time that its size bounds.
 *
 * The program is run on all its ways at once, and what it can be at after a byte is a state that
 * is remembered: after a while a byte costs one look into a table.  States that do not fit are
 * all forgotten, and made again as they come.
 */
#include <stdlib.h>
#include <string.h>
#include "pattern.h"

enum {
	STATES  = 256,                  /* remembered at once */
	WORDS   = (STEPS + 63) / 64,
	/* symbols: the bytes, and */
	AT_END  = 256,                  /* no byte any more */
	LAST_NEWLINE = 257,             /* a line's end with which the text ends */
	SYMBOLS = 258
};

enum { UNKNOWN, FOUND, NOT_FOUND, FIRST_STATE };

enum before { BEFORE_ALL, AFTER_WORD, AFTER_OTHER };

/* At which steps the program is after some bytes, and what the last of them was. */
struct state {
	uint64_t steps[WORDS];
	uint16_t next[SYMBOLS];         /* UNKNOWN, FOUND, NOT_FOUND, or a state's number behind them */
	uint8_t  before;                /* enum before */
};

struct weir_pattern {
	struct program program;
	struct state   states[STATES];
	uint32_t       state_count, words;
	int            has_places;      /* so that it matters what was before */
	uint16_t       stack[STEPS];
	uint64_t       seen[WORDS];
};

static int symbol_is_word(unsigned symbol)
{
	return symbol < AT_END && is_word(symbol);
}

static int is_at(const struct step *s, int before, unsigned symbol)
{
	int turns = (before == AFTER_WORD) != symbol_is_word(symbol);

	switch (s->place) {
	case PLACE_BEGIN: return before == BEFORE_ALL;
	case PLACE_LINE_END: return symbol >= AT_END;
	case PLACE_END: return symbol == AT_END;
	case PLACE_WORD: return turns;
	default: return !turns;
	}
}

static uint32_t push(struct weir_pattern *p, uint32_t depth, uint32_t step)
{
	uint64_t bit = 1ull << (step & 63);

	if (p->seen[step >> 6] & bit)
		return depth;
	p->seen[step >> 6] |= bit;
	p->stack[depth] = (uint16_t)step;
	return depth + 1;
}

/* All ways from where `from` is, over one symbol, into `to`; 1 when one of them ends well. */
static int follow(struct weir_pattern *p, const struct state *from, unsigned symbol,
	struct state *to)
{
	unsigned byte = symbol == LAST_NEWLINE ? '\n' : symbol;
	uint32_t depth = 0;

	memset(p->seen, 0, p->words * 8);
	for (uint32_t w = 0; w < p->words; w++)
		for (uint64_t left = from->steps[w]; left; left &= left - 1)
			depth = push(p, depth, 64 * w + (uint32_t)__builtin_ctzll(left));
	depth = push(p, depth, 0);              /* a match may begin anywhere */
	while (depth) {
		uint32_t at = p->stack[--depth];
		const struct step *s = &p->program.steps[at];

		if (s->kind == STEP_FOUND)
			return 1;
		if (s->kind == STEP_FORK) {
			depth = push(p, depth, at + (uint32_t)s->one);
			depth = push(p, depth, at + (uint32_t)s->other);
		} else if (s->kind == STEP_WHERE) {
			if (is_at(s, from->before, symbol))
				depth = push(p, depth, at + 1);
		} else if (byte < AT_END && step_takes(s, byte)) {
			to->steps[(at + 1) >> 6] |= 1ull << ((at + 1) & 63);
		}
	}
	return 0;
}

/* Forgets all states but the first one, which is where texts begin. */
static void forget(struct weir_pattern *p)
{
	p->state_count = 1;
	memset(p->states->next, 0, sizeof p->states->next);
}

/* The number of a state like `s`, which is made unless it is known; there is room for it. */
static uint16_t keep(struct weir_pattern *p, const struct state *s)
{
	struct state *known = p->states, *end = p->states + p->state_count;

	for (; known < end; known++)
		if (known->before == s->before && !memcmp(known->steps, s->steps, p->words * 8))
			return (uint16_t)(FIRST_STATE + (known - p->states));
	p->states[p->state_count] = *s;
	return (uint16_t)(FIRST_STATE + p->state_count++);
}

static rare uint16_t make_next(struct weir_pattern *p, uint16_t number, unsigned symbol)
{
	struct state *from = &p->states[number - FIRST_STATE], to = { .before = AFTER_OTHER };

	if (p->has_places && symbol_is_word(symbol))
		to.before = AFTER_WORD;
	if (follow(p, from, symbol, &to))
		return from->next[symbol] = FOUND;
	if (symbol == AT_END)
		return from->next[symbol] = NOT_FOUND;
	if (p->state_count == STATES) {         /* where we come from is forgotten, too */
		forget(p);
		return keep(p, &to);
	}
	return from->next[symbol] = keep(p, &to);
}

static inline uint16_t next_of(struct weir_pattern *p, uint16_t number, unsigned symbol)
{
	uint16_t next = p->states[number - FIRST_STATE].next[symbol];

	return likely(next != UNKNOWN) ? next : make_next(p, number, symbol);
}

int weir_pattern_match(struct weir_pattern *p, const void *bytes, uint32_t size)
{
	const uint8_t *at = bytes, *end = at + size;
	uint16_t state = FIRST_STATE;

	for (; at < end && state != FOUND; at++)
		state = next_of(p, state, *at == '\n' && at + 1 == end ? LAST_NEWLINE : *at);
	if (state != FOUND)
		state = next_of(p, state, AT_END);
	return state == FOUND;
}

struct weir_pattern *weir_pattern_new(const void *text, uint32_t size, uint32_t *at)
{
	struct weir_pattern *p = calloc(1, sizeof *p);

	*at = 0;
	if (!p) {
		fail("out of memory");
		return NULL;
	}
	if (pattern_parse(&p->program, text, size, at) < 0) {
		weir_pattern_free(p);
		return NULL;
	}
	p->words = (p->program.count + 63) / 64;
	for (uint32_t i = 0; i < p->program.count; i++)
		p->has_places |= p->program.steps[i].kind == STEP_WHERE;
	p->state_count = 1;             /* before all: at no step, where every match begins */
	return p;
}

void weir_pattern_free(struct weir_pattern *p)
{
	free(p);
}
