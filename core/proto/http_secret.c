/*
 * http_secret.c - what of HTTP must not be in a record: passwords, tokens and cookies.
 *
 * The scheme of an authorization stays, the names of cookies and what is said about them, and the
 * user's place in a URL.  What a query or a body holds is not looked at.
 */
#include <string.h>
#include "http.h"

enum { COOKIES_MOST = 64 << 10 };

static const struct word mask = { "***", 3 };

/* ---- which --------------------------------------------------------------------------- */

enum secret { OPEN, SCHEME, WHOLE, COOKIE, SET_COOKIE, URL };

static enum secret secret_of(struct word name)
{
	static const struct {
		const char *name;
		uint8_t size, what;
	} names[] = {
		{ "authorization", 13, SCHEME }, { "proxy-authorization", 19, SCHEME },
		{ "cookie", 6, COOKIE }, { "cookie2", 7, COOKIE },
		{ "set-cookie", 10, SET_COOKIE }, { "set-cookie2", 11, SET_COOKIE },
		{ "x-api-key", 9, WHOLE }, { "x-auth-token", 12, WHOLE },
		{ "x-amz-security-token", 20, WHOLE }, { "x-csrf-token", 12, WHOLE },
		{ "referer", 7, URL }, { "location", 8, URL }, { "content-location", 16, URL }
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].size == name.size && word_is(name, names[i].name))
			return names[i].what;
	return OPEN;
}

/* ---- how ----------------------------------------------------------------------------- */

struct room {
	char *at;
	uint32_t used, size;
};

static void put(struct room *r, struct word s)
{
	if (s.size > r->size - r->used)
		s.size = r->size - r->used;
	memcpy(r->at + r->used, s.at, s.size);
	r->used += s.size;
}

/* "Basic ***"; of what has no scheme, nothing. */
static struct weir_text without_credentials(struct said *s, struct word value)
{
	struct word scheme = word_before(value, ' ');

	if (scheme.size == value.size || scheme.size > 64)
		return said_text(s, mask.at, mask.size);
	return said_format(s, "%.*s ***", (int)scheme.size, scheme.at);
}

static void put_masked(struct room *r, struct word s)
{
	const char *equals = memchr(s.at, '=', s.size);

	if (equals)
		put(r, (struct word){ s.at, (uint32_t)(equals + 1 - s.at) });
	put(r, mask);
}

/*
 * What is said about a cookie, "; Path=/".  Several headers may have become one: then another
 * cookie follows behind a comma, unless that is the one of a date.
 */
static void put_about(struct room *r, struct word s)
{
	int is_date = word_is(word_before(s, '='), "expires");

	for (int i = 0; ; i++) {
		const char *comma = memchr(s.at, ',', s.size);
		struct word first = { s.at, comma ? (uint32_t)(comma - s.at) : s.size };

		if (i == 0 || (i == 1 && is_date && !memchr(first.at, '=', first.size)))
			put(r, first);
		else
			put_masked(r, first);
		if (!comma)
			return;
		put(r, (struct word){ ",", 1 });
		s.at = comma + 1;
		s.size -= first.size + 1;
	}
}

/* Each name with "=***" behind it; of Set-Cookie the first alone is a name of a cookie. */
static struct weir_text without_cookies(struct said *s, struct word value, int first_only)
{
	uint64_t most = 4 * (uint64_t)value.size + 8;
	struct room r = { .size = (uint32_t)(most < COOKIES_MOST ? most : COOKIES_MOST) };
	uint32_t done = 0;

	r.at = said_room(s, r.size);
	while (r.at && done < value.size) {
		struct word rest = { value.at + done, value.size - done };
		const char *end = memchr(rest.at, ';', rest.size);

		rest.size = end ? (uint32_t)(end - rest.at) : rest.size;
		if (first_only && done)
			put_about(&r, rest);
		else
			put_masked(&r, rest);
		if (end)
			put(&r, (struct word){ ";", 1 });
		done += rest.size + 1;
	}
	return r.at ? said_fill(s, r.used) : (struct weir_text){ 0, 0 };
}

struct weir_text secret_url(struct said *s, struct word url)
{
	const char *host = url.size > 3 ? memmem(url.at, url.size, "://", 3) : NULL, *at;
	size_t size;
	char *to;
	uint32_t before, behind;

	if (!host || host - url.at > 16)
		return said_text(s, url.at, url.size);
	host += 3;
	size = (size_t)(url.at + url.size - host);
	for (size_t i = 0; i < size; i++)
		if (host[i] == '/' || host[i] == '?' || host[i] == '#')
			size = i;
	at = size ? memrchr(host, '@', size) : NULL;
	if (!at)
		return said_text(s, url.at, url.size);
	before = (uint32_t)(host - url.at);
	behind = (uint32_t)(url.at + url.size - at);
	to = said_room(s, before + mask.size + behind);
	if (!to)
		return (struct weir_text){ 0, 0 };
	memcpy(to, url.at, before);
	memcpy(to + before, mask.at, mask.size);
	memcpy(to + before + mask.size, at, behind);
	return said_fill(s, before + mask.size + behind);
}

struct weir_text secret_value(struct said *s, struct word name, struct word value)
{
	switch (secret_of(name)) {
	case SCHEME:     return without_credentials(s, value);
	case WHOLE:      return said_text(s, mask.at, mask.size);
	case COOKIE:     return without_cookies(s, value, 0);
	case SET_COOKIE: return without_cookies(s, value, 1);
	case URL:        return secret_url(s, value);
	default:         return said_text(s, value.at, value.size);
	}
}
