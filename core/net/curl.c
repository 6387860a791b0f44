/* curl.c - loads libcurl. */
#include "curl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include "../base.h"

static struct curl curl;
static char why[200];

static void load(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	const char *reason = library ? NULL : dlerror();

#define CURL_FIND(name) \
	if (library && !reason) { \
		curl.name = (__typeof__(curl.name))dlsym(library, "curl_" #name); \
		reason = curl.name ? NULL : "it has no curl_" #name; \
	}
	CURL_CALLS(CURL_FIND)
	if (!reason && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		reason = "it does not start";
	if (reason)
		snprintf(why, sizeof why, "%s", reason);
}

const struct curl *curl_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (!why[0])
		return &curl;
	fail("no requests without libcurl (apt-get install libcurl4): %s", why);
	return NULL;
}
