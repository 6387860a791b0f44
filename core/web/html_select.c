/*
 * html_select.c - compiles selectors of CSS: "h3 > a[href^=http]:not(.ad), img".  What it knows:
 * names, *, #id, .class, attributes with each comparison and "i", :not() of one condition,
 * :nth-child(), :first-child, :last-child, :only-child, :empty, :root, :scope; the four relations.
 */
#include <stdlib.h>
#include <string.h>
#include "selector.h"

struct compiler {
	struct weir_selector *s;
	uint32_t at;
};

static int wrong(const struct compiler *c, const char *what)
{
	return fail("'%s': %s at byte %u", c->s->text, what, c->at + 1);
}

static char peek(const struct compiler *c)
{
	return c->at < c->s->size ? c->s->text[c->at] : 0;
}

static int skip(struct compiler *c)
{
	uint32_t from = c->at;

	while (is_blank(peek(c)))
		c->at++;
	return c->at > from;
}

static int is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_' || c & 0x80;
}

/* A name, in which "\" stands before what is none; it shrinks in place. */
static struct word read_name(struct compiler *c)
{
	char *from = c->s->text + c->at, *to = from;

	while (is_name(peek(c)) || (peek(c) == '\\' && c->at + 1 < c->s->size)) {
		if (peek(c) == '\\')
			c->at++;
		*to++ = c->s->text[c->at++];
	}
	return (struct word){ from, (uint32_t)(to - from) };
}

static struct word lower(struct word name)
{
	char *at = (char *)(uintptr_t)name.at;          /* in our own copy */

	for (uint32_t i = 0; i < name.size; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] += 'a' - 'A';
	return name;
}

static struct test *add(struct compiler *c, int kind, int negated)
{
	struct weir_selector *s = c->s;
	struct test *t;

	if (s->tests_count == TESTS_MOST) {
		wrong(c, "too many conditions");
		return NULL;
	}
	t = &s->tests[s->tests_count++];
	*t = (struct test){ .kind = (uint8_t)kind, .negated = (uint8_t)negated };
	s->steps[s->steps_count - 1].tests_count++;
	return t;
}

/* ---- conditions -------------------------------------------------------------------------- */

static int read_value(struct compiler *c, struct word *value)
{
	char quote = peek(c);
	const char *from, *end;

	if (quote != '"' && quote != '\'') {
		*value = read_name(c);
		return value->size ? 0 : wrong(c, "a value is missing: put it into quotes");
	}
	from = c->s->text + ++c->at;
	end = memchr(from, quote, c->s->size - c->at);
	if (!end)
		return wrong(c, "the quotes do not end");
	*value = (struct word){ from, (uint32_t)(end - from) };
	c->at += value->size + 1;
	return 0;
}

/* "[name]", "[name^=value i]", from its bracket on. */
static int read_attribute(struct compiler *c, int negated)
{
	static const char signs[] = "=~|^$*";
	static const uint8_t kinds[] = {
		TEST_EQUALS, TEST_WORD, TEST_LANGUAGE, TEST_BEGINS, TEST_ENDS, TEST_CONTAINS
	};
	struct test *t = add(c, TEST_HAS, negated);
	const char *sign;

	if (!t)
		return WEIR_FAIL;
	c->at++;
	skip(c);
	t->name = lower(read_name(c));
	skip(c);
	sign = peek(c) ? strchr(signs, peek(c)) : NULL;
	if (t->name.size && sign) {
		t->kind = kinds[sign - signs];
		c->at += sign > signs;
		if (peek(c) != '=')
			return wrong(c, "'=' is missing");
		c->at++;
		skip(c);
		if (read_value(c, &t->value) < 0)
			return WEIR_FAIL;
		skip(c);
		t->any_case = peek(c) == 'i' || peek(c) == 'I';
		c->at += t->any_case;
		skip(c);
	}
	if (t->name.size == 0 || peek(c) != ']')
		return wrong(c, t->name.size ? "']' is missing" : "a name is missing");
	c->at++;
	return 0;
}

/* What is in the parentheses of :nth-child: "odd", "even", "3", "2n+1", "-n+3". */
static int read_nth(struct compiler *c, struct test *t)
{
	char text[32];
	uint32_t n = 0;
	const char *rest;
	char *end;

	while (peek(c) && peek(c) != ')' && n + 1 < sizeof text) {
		if (!is_blank(peek(c)))
			text[n++] = peek(c);
		c->at++;
	}
	text[n] = 0;
	if (strcmp(text, "odd") == 0 || strcmp(text, "even") == 0) {
		t->every = 2;
		t->first = text[0] == 'o';
		return 0;
	}
	rest = strchr(text, 'n');
	if (rest) {
		const char *number = text[0] == '+' || text[0] == '-' ? text + 1 : text;

		t->every = number == rest ? 1 : (int32_t)(strtol(number, &end, 10) % 1000000);
		if (number != rest && end != rest)
			return wrong(c, "that is no place, such as 3 or 2n+1");
		t->every *= text[0] == '-' ? -1 : 1;
	}
	rest = rest ? rest + 1 : text;
	t->first = (int32_t)(strtol(rest, &end, 10) % 1000000);
	if (*end || (end == rest && rest == text))
		return wrong(c, "that is no place, such as 3 or 2n+1");
	return 0;
}

static int read_simple(struct compiler *c, int negated);

/* What a ":" begins. */
static int read_pseudo(struct compiler *c, int negated)
{
	static const struct { const char *name; uint8_t kind; } plain[] = {
		{ "first-child", TEST_NTH }, { "last-child", TEST_LAST }, { "empty", TEST_EMPTY },
		{ "root", TEST_ROOT }, { "scope", TEST_SCOPE }, { "nth-child", TEST_NTH },
		{ "only-child", TEST_LAST }
	};
	struct word name;
	struct test *t;
	size_t i = 0, n = sizeof plain / sizeof *plain;

	c->at++;
	name = lower(read_name(c));
	if (word_is(name, "not") && peek(c) == '(' && !negated) {
		c->at++;
		skip(c);
		if (read_simple(c, 1) < 0)
			return WEIR_FAIL;
		skip(c);
		return peek(c) == ')' ? (int)(c->at++, 0) : wrong(c, "':not()' has one condition");
	}
	while (i < n && !word_is(name, plain[i].name))
		i++;
	if (i == n || (negated && word_is(name, "only-child")))
		return wrong(c, "nothing is known behind that ':'");
	t = add(c, plain[i].kind, negated);
	if (!t)
		return WEIR_FAIL;
	t->first = 1;
	if (word_is(name, "only-child")) {
		t = add(c, TEST_NTH, 0);
		if (!t)
			return WEIR_FAIL;
		t->first = 1;
	}
	if (!word_is(name, "nth-child"))
		return 0;
	t->first = 0;
	if (peek(c) != '(')
		return wrong(c, "'(' is missing");
	c->at++;
	if (read_nth(c, t) < 0)
		return WEIR_FAIL;
	return peek(c) == ')' ? (int)(c->at++, 0) : wrong(c, "')' is missing");
}

/* One condition: 1, 0 when none begins here, or WEIR_FAIL. */
static int read_simple(struct compiler *c, int negated)
{
	char first = peek(c);
	struct test *t;

	if (first == '*') {
		c->at++;
		return negated ? wrong(c, "nothing is not '*'") : 1;
	}
	if (first == '[')
		return read_attribute(c, negated) < 0 ? WEIR_FAIL : 1;
	if (first == ':')
		return read_pseudo(c, negated) < 0 ? WEIR_FAIL : 1;
	if (first != '#' && first != '.' && !is_name(first) && first != '\\')
		return negated ? wrong(c, "a condition is missing") : 0;
	t = add(c, first == '#' ? TEST_ID : first == '.' ? TEST_CLASS : TEST_NAME, negated);
	if (!t)
		return WEIR_FAIL;
	c->at += first == '#' || first == '.';
	t->name = read_name(c);
	if (t->kind == TEST_NAME)
		t->name = lower(t->name);
	return t->name.size ? 1 : wrong(c, "a name is missing");
}

/* ---- steps ------------------------------------------------------------------------------- */

static int begin_step(struct compiler *c, char relation)
{
	struct weir_selector *s = c->s;

	if (s->steps_count == STEPS_MOST)
		return wrong(c, "too many elements");
	s->steps[s->steps_count++] = (struct step){
		.relation = relation, .tests = (uint16_t)s->tests_count
	};
	return 0;
}

static int read_step(struct compiler *c, char relation)
{
	int status, any = 0;

	if (begin_step(c, relation) < 0)
		return WEIR_FAIL;
	while ((status = read_simple(c, 0)) > 0) {
		any = 1;
		if (is_name(peek(c)) || peek(c) == '*')
			return wrong(c, "a name comes first");
	}
	return status < 0 ? status : any ? 0 : wrong(c, "an element is missing");
}

/* Steps up to a comma or the end.  One that begins with a relation begins at what is searched. */
static int read_chain(struct compiler *c)
{
	skip(c);
	if (peek(c) == '>') {
		if (begin_step(c, 0) < 0 || !add(c, TEST_SCOPE, 0))
			return WEIR_FAIL;
	} else if (read_step(c, 0) < 0) {
		return WEIR_FAIL;
	}
	for (;;) {
		char relation = skip(c) ? ' ' : 0;

		if (peek(c) == 0 || peek(c) == ',')
			break;
		if (memchr(">+~", peek(c), 3)) {
			relation = c->s->text[c->at++];
			skip(c);
		}
		if (!relation)
			return wrong(c, "nothing of the kind is known");
		if (read_step(c, relation) < 0)
			return WEIR_FAIL;
	}
	c->s->steps[c->s->steps_count - 1].is_last = 1;
	return 0;
}

static int compile(struct weir_selector *s)
{
	struct compiler c = { s, 0 };

	if (memchr(s->text, 0, s->size))
		return fail("a selector has no byte 0");
	for (;;) {
		if (read_chain(&c) < 0)
			return WEIR_FAIL;
		if (peek(&c) != ',')
			return 0;
		c.at++;
	}
}

struct weir_selector *weir_selector_new(const char *text, uint32_t size)
{
	struct weir_selector *s = calloc(1, sizeof *s);

	if (s)
		s->text = malloc((size_t)size + 1);
	if (!s || !s->text) {
		weir_selector_free(s);
		fail("out of memory");
		return NULL;
	}
	memcpy(s->text, text, size);
	s->text[size] = 0;
	s->size = size;
	if (compile(s) == 0)
		return s;
	weir_selector_free(s);
	return NULL;
}

void weir_selector_free(struct weir_selector *s)
{
	if (s)
		free(s->text);
	free(s);
}
