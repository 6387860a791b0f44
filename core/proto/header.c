/* header.c - the lines that messages of HTTP begin with, and of what is made like it. */
#include <string.h>
#include "header.h"

enum { METHOD_MOST = 32 };

/* ---- words --------------------------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int word_is(struct word s, const char *word)
{
	uint32_t i = 0;

	while (i < s.size && word[i] && lower(s.at[i]) == word[i])
		i++;
	return i == s.size && !word[i];
}

struct word word_trim(struct word s)
{
	while (s.size && is_blank(s.at[0])) {
		s.at++;
		s.size--;
	}
	while (s.size && is_blank(s.at[s.size - 1]))
		s.size--;
	return s;
}

struct word word_before(struct word s, char end)
{
	const char *at = s.size ? memchr(s.at, end, s.size) : NULL;

	if (at)
		s.size = (uint32_t)(at - s.at);
	return word_trim(s);
}

struct word word_last(struct word s)
{
	const char *comma = s.size ? memrchr(s.at, ',', s.size) : NULL;

	if (comma) {
		s.size -= (uint32_t)(comma + 1 - s.at);
		s.at = comma + 1;
	}
	return word_before(s, ';');
}

int word_has(struct word s, const char *word)
{
	for (;;) {
		const char *comma = s.size ? memchr(s.at, ',', s.size) : NULL;
		struct word first = { s.at, comma ? (uint32_t)(comma - s.at) : s.size };

		if (word_is(word_before(first, ';'), word))
			return 1;
		if (!comma)
			return 0;
		s.size -= first.size + 1;
		s.at = comma + 1;
	}
}

int word_number(struct word s, uint64_t *number)
{
	*number = 0;
	if (s.size == 0 || s.size > 18)
		return 0;
	for (uint32_t i = 0; i < s.size; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return 0;
		*number = *number * 10 + (uint64_t)(s.at[i] - '0');
	}
	return 1;
}

/* ---- lines --------------------------------------------------------------------------- */

uint32_t head_size(const uint8_t *at, uint32_t size, uint32_t from)
{
	const uint8_t *line, *end = at + size;

	line = at + (from > 3 ? from - 3 : 0);  /* the end may have begun there */
	while (line < end && (line = memchr(line, '\n', (size_t)(end - line)))) {
		line++;
		if (line < end && *line == '\n')
			return (uint32_t)(line + 1 - at);
		if (end - line >= 2 && line[0] == '\r' && line[1] == '\n')
			return (uint32_t)(line + 2 - at);
	}
	return 0;
}

int head_line(struct head *h, struct word *line)
{
	const char *end = h->at < h->end ? memchr(h->at, '\n', (size_t)(h->end - h->at)) : NULL;

	if (h->at >= h->end)
		return 0;
	line->at = h->at;
	line->size = (uint32_t)((end ? end : h->end) - h->at);
	h->at = end ? end + 1 : h->end;
	while (line->size && line->at[line->size - 1] == '\r')
		line->size--;
	return 1;
}

static int goes_on(const struct head *h)
{
	return h->at < h->end && (*h->at == ' ' || *h->at == '\t');
}

int head_next(struct head *h, struct word *name, struct word *value)
{
	struct word line;

	while (head_line(h, &line)) {
		const char *colon = line.size ? memchr(line.at, ':', line.size) : NULL;
		struct word more;

		if (!colon || colon == line.at || is_blank(line.at[0]))
			continue;
		*name = word_trim((struct word){ line.at, (uint32_t)(colon - line.at) });
		*value = (struct word){ colon + 1, line.size - (uint32_t)(colon + 1 - line.at) };
		while (goes_on(h) && head_line(h, &more))
			value->size = (uint32_t)(more.at + more.size - value->at);
		*value = word_trim(*value);
		return 1;
	}
	return 0;
}

uint32_t head_unfold(char *to, struct word value)
{
	uint32_t used = 0, i = 0;

	while (i < value.size) {
		const char *end = memchr(value.at + i, '\n', value.size - i);
		uint32_t stop = end ? (uint32_t)(end - value.at) : value.size;
		struct word line = { value.at + i, stop - i };

		if (end || i)
			line = word_trim(line);
		if (used && line.size)
			to[used++] = ' ';
		memcpy(to + used, line.at, line.size);
		used += line.size;
		i = stop + 1;
	}
	return used;
}

/* ---- the first line ------------------------------------------------------------------ */

static int is_method(struct word s)
{
	if (s.size == 0 || s.size > METHOD_MOST || s.at[0] < 'A' || s.at[0] > 'Z')
		return 0;
	for (uint32_t i = 1; i < s.size; i++)
		if (!((s.at[i] >= 'A' && s.at[i] <= 'Z') || s.at[i] == '-' || s.at[i] == '_'))
			return 0;
	return 1;
}

int head_request(struct word line, struct request_line *r)
{
	const char *first, *last;

	line = word_trim(line);
	first = line.size ? memchr(line.at, ' ', line.size) : NULL;
	last = line.size ? memrchr(line.at, ' ', line.size) : NULL;
	if (!first || first == last)
		return 0;
	r->method = (struct word){ line.at, (uint32_t)(first - line.at) };
	r->target = word_trim((struct word){ first, (uint32_t)(last - first) });
	r->version = (struct word){ last + 1, (uint32_t)(line.at + line.size - last - 1) };
	return is_method(r->method) && r->target.size > 0;
}

int head_status(struct word line, struct status_line *r)
{
	const char *blank = line.size ? memchr(line.at, ' ', line.size) : NULL;
	struct word rest;

	if (!blank)
		return 0;
	r->version = (struct word){ line.at, (uint32_t)(blank - line.at) };
	rest = word_trim((struct word){ blank, line.size - r->version.size });
	if (rest.size < 3 || (rest.size > 3 && rest.at[3] != ' '))
		return 0;
	r->status = 0;
	for (int i = 0; i < 3; i++) {
		if (rest.at[i] < '0' || rest.at[i] > '9')
			return 0;
		r->status = r->status * 10 + (uint32_t)(rest.at[i] - '0');
	}
	r->reason = word_trim((struct word){ rest.at + 3, rest.size - 3 });
	return 1;
}
