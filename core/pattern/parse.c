/*
 * parse.c - regular expressions into programs, in the syntax of Perl's that needs no going back.
 *
 * Whether a text matches is all that is asked, so groups keep nothing, and lazy is as good as
 * greedy.  Back-references and looking around are refused: no one can bound what they take.
 */
#include <string.h>
#include "pattern.h"

struct parser {
	struct program *out;
	const char *text;
	uint32_t    size, at, depth;
	uint8_t     any_case;           /* (?i), which is on unless told */
	uint8_t     any_byte;           /* (?s): a dot is also a line's end */
};

static int alternatives(struct parser *p);

static int is_next(const struct parser *p, const char *what)
{
	size_t n = strlen(what);

	return p->size - p->at >= n && memcmp(p->text + p->at, what, n) == 0;
}

static int takes(struct parser *p, const char *what)
{
	int found = is_next(p, what);

	p->at += found ? (uint32_t)strlen(what) : 0;
	return found;
}

static struct step *add(struct parser *p, int kind)
{
	struct step *s = &p->out->steps[p->out->count];

	if (p->out->count == STEPS) {
		fail_as(WEIR_MISUSE, "a pattern of more than %d steps", STEPS);
		return NULL;
	}
	p->out->count++;
	memset(s, 0, sizeof *s);
	s->kind = (uint8_t)kind;
	return s;
}

/* Makes room for `n` steps at `where`; 0, or WEIR_MISUSE. */
static int insert(struct parser *p, uint32_t where, uint32_t n)
{
	struct step *s = p->out->steps;

	if (p->out->count + n > STEPS)
		return fail_as(WEIR_MISUSE, "a pattern of more than %d steps", STEPS);
	memmove(s + where + n, s + where, (p->out->count - where) * sizeof *s);
	memset(s + where, 0, n * sizeof *s);
	p->out->count += n;
	return 0;
}

static void set_fork(struct step *s, int one, int other)
{
	s->kind = STEP_FORK;
	s->one = (int16_t)one;
	s->other = (int16_t)other;
}

/* ---- how often ------------------------------------------------------------------------- */

/* Digits at the place; -1 when there are none, COUNT + 1 for all that are more. */
static int number(struct parser *p)
{
	int n = -1;

	for (; p->at < p->size && p->text[p->at] >= '0' && p->text[p->at] <= '9'; p->at++) {
		n = 10 * (n < 0 ? 0 : n) + p->text[p->at] - '0';
		n = n > COUNT ? COUNT + 1 : n;
	}
	return n;
}

/* {2}, {2,} or {2,5}; anything else is a brace like any byte, as in Perl.  1 when it is one. */
static int braces(struct parser *p, int *least, int *most)
{
	uint32_t begin = p->at;

	p->at++;
	*least = *most = number(p);
	if (*least >= 0 && takes(p, ","))
		*most = number(p);
	if (*least >= 0 && takes(p, "}"))
		return 1;
	p->at = begin;
	return 0;
}

/* What stands behind an atom: 1 and how often, `most` -1 for ever; or 0. */
static int quantifier(struct parser *p, int *least, int *most)
{
	if (p->at == p->size)
		return 0;
	*least = p->text[p->at] == '+';
	*most = p->text[p->at] == '?' ? 1 : -1;
	if (p->text[p->at] == '{')
		return braces(p, least, most);
	if (!strchr("*+?", p->text[p->at]) || !p->text[p->at])
		return 0;
	p->at++;
	return 1;
}

/* So many copies of the piece from `from` on, in place of it: some needed, then some that are not. */
static int copies(struct parser *p, uint32_t from, int least, int most)
{
	uint32_t size = p->out->count - from, optional = most < 0 ? 0 : (uint32_t)(most - least);
	struct step piece[STEPS], *s = p->out->steps;
	uint32_t end = from + (uint32_t)least * size + optional * (size + 1);

	if (end > STEPS)
		return fail_as(WEIR_MISUSE, "a pattern of more than %d steps", STEPS);
	memcpy(piece, s + from, size * sizeof *s);
	p->out->count = from;
	for (int i = 0; i < least; i++, p->out->count += size)
		memcpy(s + p->out->count, piece, size * sizeof *s);
	for (; optional; optional--, p->out->count += size) {
		uint32_t here = p->out->count;

		set_fork(add(p, STEP_FORK), 1, (int)(end - here));
		memcpy(s + p->out->count, piece, size * sizeof *s);
	}
	return 0;
}

static int repeat(struct parser *p, uint32_t from, int least, int most)
{
	uint32_t size = p->out->count - from;
	struct step *back;

	if (least > COUNT || most > COUNT)
		return fail_as(WEIR_MISUSE, "more than %d times", COUNT);
	if (most >= 0 && most < least)
		return fail_as(WEIR_MISUSE, "at least %d times and at most %d", least, most);
	if (most >= 0 || least > 1) {
		if (copies(p, from, least, most) < 0)
			return WEIR_MISUSE;
		if (most >= 0)
			return 0;
	}
	if (least == 0 && insert(p, from, 1) < 0)
		return WEIR_MISUSE;
	back = add(p, STEP_FORK);
	if (!back)
		return WEIR_MISUSE;
	if (least == 0) {
		set_fork(&p->out->steps[from], 1, (int)size + 2);
		set_fork(back, -(int)size - 1, -(int)size - 1);
	} else {
		set_fork(back, -(int)size, 1);
	}
	return 0;
}

/* ---- what ------------------------------------------------------------------------------- */

static int add_byte(struct parser *p, unsigned byte)
{
	struct step *s = add(p, STEP_BYTE);

	if (!s)
		return WEIR_MISUSE;
	class_add(s->set, byte, byte);
	if (p->any_case)
		class_fold(s->set);
	return 0;
}

static int add_place(struct parser *p, int place)
{
	struct step *s = add(p, STEP_WHERE);

	if (s)
		s->place = (uint8_t)place;
	return s ? 0 : WEIR_MISUSE;
}

static int add_dot(struct parser *p)
{
	struct step *s = add(p, STEP_BYTE);

	if (!s)
		return WEIR_MISUSE;
	memset(s->set, 0xff, sizeof s->set);
	if (!p->any_byte)
		s->set[0] &= ~(1ull << '\n');
	return 0;
}

static int escape(struct parser *p)
{
	static const char letters[] = "AZzbB";
	static const uint8_t places[] = {
		PLACE_BEGIN, PLACE_LINE_END, PLACE_END, PLACE_WORD, PLACE_NO_WORD
	};
	char c = p->at < p->size ? p->text[p->at] : 0;
	const char *place = c ? strchr(letters, c) : NULL;
	struct step *s;
	int byte;

	if (place) {
		p->at++;
		return add_place(p, places[place - letters]);
	}
	if (c >= '1' && c <= '9')
		return fail_as(WEIR_MISUSE, "no back-references: what they take has no bound");
	if (c && strchr("dDwWsS", c)) {
		s = add(p, STEP_BYTE);
		p->at++;
		return s && class_letter(s->set, c) ? 0 : WEIR_MISUSE;
	}
	byte = class_escape(p->text, p->size, &p->at);
	return byte < 0 ? fail_as(WEIR_MISUSE, "no such escape") : add_byte(p, (unsigned)byte);
}

/* Flags after "(?": on, or after a minus off.  1 for a group of their own, 0 for the rest of it. */
static int flags(struct parser *p)
{
	for (int on = 1; p->at < p->size; p->at++) {
		char c = p->text[p->at];

		if (c == ':' || c == ')') {
			p->at++;
			return c == ':';
		}
		if (c == '-')
			on = 0;
		else if (c == 'i')
			p->any_case = (uint8_t)on;
		else if (c == 's')
			p->any_byte = (uint8_t)on;
		else
			break;
	}
	return fail_as(WEIR_MISUSE, "no such group: (?:…), (?i) and (?s) are known");
}

/* What follows "(?": a name, which keeps nothing, or flags. */
static int special(struct parser *p)
{
	const char *end;

	if (is_next(p, "=") || is_next(p, "!") || is_next(p, "<=") || is_next(p, "<!"))
		return fail_as(WEIR_MISUSE, "no looking around: what it takes has no bound");
	if (!takes(p, "P<") && !takes(p, "<"))
		return flags(p);
	end = memchr(p->text + p->at, '>', p->size - p->at);
	if (!end)
		return fail_as(WEIR_MISUSE, "a name that does not end: '>' is missing");
	p->at = (uint32_t)(end + 1 - p->text);
	return 1;
}

static int group(struct parser *p)
{
	uint8_t any_case = p->any_case, any_byte = p->any_byte;
	uint32_t begin = p->at - 1;
	int status = takes(p, "?") ? special(p) : 1;

	if (status <= 0)
		return status;
	if (++p->depth > DEPTH)
		return fail_as(WEIR_MISUSE, "more than %d groups inside each other", DEPTH);
	status = alternatives(p);
	p->depth--;
	if (status == 0 && !takes(p, ")")) {
		p->at = begin;
		return fail_as(WEIR_MISUSE, "a group that does not end: ')' is missing");
	}
	p->any_case = any_case;
	p->any_byte = any_byte;
	return status;
}

static int atom(struct parser *p)
{
	char c = p->text[p->at++];
	struct step *s;

	switch (c) {
	case '(': return group(p);
	case '\\': return escape(p);
	case '.': return add_dot(p);
	case '^': return add_place(p, PLACE_BEGIN);
	case '$': return add_place(p, PLACE_LINE_END);
	case '*': case '+': case '?':
		p->at--;
		return fail_as(WEIR_MISUSE, "nothing is before '%c' to be repeated", c);
	case '[':
		s = add(p, STEP_BYTE);
		return s ? class_parse(s->set, p->text, p->size, &p->at, p->any_case) : WEIR_MISUSE;
	default: return add_byte(p, (unsigned char)c);
	}
}

static int sequence(struct parser *p)
{
	while (p->at < p->size && p->text[p->at] != '|' && p->text[p->at] != ')') {
		uint32_t from = p->out->count;
		int least, most;

		if (atom(p) < 0)
			return WEIR_MISUSE;
		if (!quantifier(p, &least, &most))
			continue;
		if (is_next(p, "+"))
			return fail_as(WEIR_MISUSE, "no possessive repeating");
		takes(p, "?");
		if (repeat(p, from, least, most) < 0)
			return WEIR_MISUSE;
	}
	return 0;
}

/* A fork before each alternative but the last, and behind it a jump to the end. */
static int alternatives(struct parser *p)
{
	uint32_t from = p->out->count, jumps[STEPS], count = 0;

	while (sequence(p) == 0) {
		if (!takes(p, "|")) {
			for (uint32_t i = 0; i < count; i++)
				set_fork(&p->out->steps[jumps[i]], (int)(p->out->count - jumps[i]),
					(int)(p->out->count - jumps[i]));
			return 0;
		}
		if (insert(p, from, 1) < 0 || !add(p, STEP_FORK))
			return WEIR_MISUSE;
		jumps[count++] = p->out->count - 1;
		set_fork(&p->out->steps[from], 1, (int)(p->out->count - from));
		from = p->out->count;
	}
	return WEIR_MISUSE;
}

int pattern_parse(struct program *out, const void *text, uint32_t size, uint32_t *at)
{
	struct parser p = { .out = out, .text = text, .size = size, .any_case = 1 };
	int status;

	out->count = 0;
	status = alternatives(&p);
	if (status == 0 && p.at < size)
		status = fail_as(WEIR_MISUSE, "')' without '('");
	if (status == 0 && !add(&p, STEP_FOUND))
		status = WEIR_MISUSE;
	*at = p.at < size ? p.at : size;
	return status;
}
