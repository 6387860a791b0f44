/* hpack.c - headers of HTTP/2, by the library nghttp2, of which nothing else is used. */
#include <stdio.h>
#ifdef WITH_NGHTTP2
#include <nghttp2/nghttp2.h>
#endif
#include "hpack.h"

#ifdef WITH_NGHTTP2

struct hpack *hpack_new(void)
{
	nghttp2_hd_inflater *inflater;

	if (nghttp2_hd_inflate_new(&inflater) != 0)
		return NULL;
	/* The peer may have allowed more than the 4096 that all begin with: nobody asks us. */
	nghttp2_hd_inflate_change_table_size(inflater, HPACK_SIZE);
	return (struct hpack *)inflater;
}

void hpack_free(struct hpack *p)
{
	if (p)
		nghttp2_hd_inflate_del((nghttp2_hd_inflater *)p);
}

int hpack_next(struct hpack *p, struct word *block, struct word *name, struct word *value)
{
	nghttp2_hd_inflater *inflater = (nghttp2_hd_inflater *)p;

	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t n = nghttp2_hd_inflate_hd2(inflater, &nv, &flags,
			(const uint8_t *)block->at, block->size, 1);

		if (n < 0)
			return -1;
		block->at += n;
		block->size -= (uint32_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT) {
			*name = (struct word){ (const char *)nv.name, (uint32_t)nv.namelen };
			*value = (struct word){ (const char *)nv.value, (uint32_t)nv.valuelen };
			return 1;
		}
		if (flags & NGHTTP2_HD_INFLATE_FINAL) {
			nghttp2_hd_inflate_end_headers(inflater);
			return 0;
		}
		if (n == 0)
			return -1;
	}
}

const char *hpack_library(void)
{
	static char text[32];

	snprintf(text, sizeof text, "libnghttp2 %s", nghttp2_version(0)->version_str);
	return text;
}

#else

struct hpack *hpack_new(void)
{
	return NULL;
}

void hpack_free(struct hpack *p)
{
	(void)p;
}

int hpack_next(struct hpack *p, struct word *block, struct word *name, struct word *value)
{
	(void)p;
	(void)block;
	(void)name;
	(void)value;
	return -1;
}

const char *hpack_library(void)
{
	return "libnghttp2 -";
}

#endif
