/*
 * url.c - names of hosts: under which domain they were registered (by libpsl and the list of public
 * suffixes), and how they are written in ASCII and for readers (by libidn2).
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef WITH_PSL
#include <libpsl.h>
#endif
#ifdef WITH_IDN2
#include <idn2.h>
#endif
#include "url.h"

enum { LONGEST = 253 };         /* bytes of a name that DNS may have */

/* Copies a result; its size, or 0 when it is too long. */
__attribute__((unused))
static int give(const char *text, char *out, uint32_t room)
{
	size_t size = strlen(text);

	if (size >= room)
		return 0;
	memcpy(out, text, size + 1);
	return (int)size;
}

/* ---- registered domains ------------------------------------------------------------------ */

#ifdef WITH_PSL

static const psl_ctx_t *list;

/* The system's list when it is newer than the one in the library. */
static void load(void)
{
	list = psl_latest(NULL);
	if (!list)
		list = psl_builtin();
}

int weir_url_site(const char *host, char *out, uint32_t room)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *found;

	pthread_once(&once, load);
	if (!list)
		return fail("there is no list of public suffixes: sudo apt-get install publicsuffix");
	if (strlen(host) > LONGEST)
		return 0;
	found = psl_registrable_domain(list, host);
	return found ? give(found, out, room) : 0;
}

const char *suffix_library(void)
{
	static char about[64];

	snprintf(about, sizeof about, "libpsl %s", psl_get_version());
	return about;
}

#else

int weir_url_site(const char *host, char *out, uint32_t room)
{
	(void)host, (void)out, (void)room;
	return fail("registered domains are off: sudo apt-get install libpsl-dev, and build Weir again");
}

const char *suffix_library(void)
{
	return "libpsl -";
}

#endif

/* ---- names in other scripts -------------------------------------------------------------- */

#ifdef WITH_IDN2

int weir_url_ascii(const char *host, char *out, uint32_t room)
{
	char *made = NULL;
	int size = 0;

	if (strlen(host) <= LONGEST &&
	    idn2_to_ascii_8z(host, &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		size = give(made, out, room);
	idn2_free(made);
	return size;
}

int weir_url_unicode(const char *host, char *out, uint32_t room)
{
	char *made = NULL;
	int size = 0;

	if (strlen(host) <= LONGEST && idn2_to_unicode_8z8z(host, &made, 0) == IDN2_OK)
		size = give(made, out, room);
	idn2_free(made);
	return size;
}

const char *idn_library(void)
{
	static char about[64];

	snprintf(about, sizeof about, "libidn2 %s", idn2_check_version(NULL));
	return about;
}

#else

static int off(void)
{
	return fail("names in other scripts are off: sudo apt-get install libidn2-dev, "
		"and build Weir again");
}

int weir_url_ascii(const char *host, char *out, uint32_t room)
{
	(void)host, (void)out, (void)room;
	return off();
}

int weir_url_unicode(const char *host, char *out, uint32_t room)
{
	(void)host, (void)out, (void)room;
	return off();
}

const char *idn_library(void)
{
	return "libidn2 -";
}

#endif
