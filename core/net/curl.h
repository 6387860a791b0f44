/*
 * curl.h - libcurl, loaded when the first request is made: with all that it brings along it would
 * more than double the time that the program takes to start.
 */
#pragma once

#include <curl/curl.h>

#define CURL_CALLS(call) \
	call(global_init) call(multi_init) call(multi_cleanup) call(multi_setopt) \
	call(multi_socket_action) call(multi_assign) call(multi_info_read) call(multi_add_handle) \
	call(multi_remove_handle) call(easy_init) call(easy_cleanup) call(easy_setopt) \
	call(easy_getinfo) call(easy_strerror) call(slist_append) call(slist_free_all) \
	call(version_info)

#define CURL_MEMBER(name) __typeof__(curl_##name) *name;

struct curl {
	CURL_CALLS(CURL_MEMBER)
};

#undef curl_easy_setopt         /* macros that check types, and know the functions only */
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* The library, or NULL and the reason. */
const struct curl *curl_load(void);
