/*
 * body.c - fuzzes what bodies are decoded with: the first byte chooses the coding, the Content-Type,
 * and who packed it; the others are the body.
 */
#include <stdio.h>
#include "protocol.h"

static const char *const codings[] = {
	"identity", "gzip", "deflate", "br", "zstd", "gzip, br", "gzip, deflate, zstd, br", "other"
};
static const char *const types[] = {
	"text/html", "application/json", "image/png", "text/html; charset=windows-1251",
	"text/plain; charset=\"shift_jis\"", "application/xml", "text/css; charset=utf-8",
	"text/plain; charset=iso-2022-jp"
};

static uint32_t put(uint8_t *to, uint8_t how, const char *text, size_t size)
{
	to[0] = how;
	to[1] = (uint8_t)size;
	to[2] = (uint8_t)(size >> 8);
	memcpy(to + HEAD_SIZE, text, size);
	return (uint32_t)(HEAD_SIZE + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech way = { 6, 40000, 80 };
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	char head[256];
	uint8_t *all;
	uint32_t used = 1;

	if (size < 1 || size > 60000)
		return 0;
	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
		"%s-Encoding: %s\r\nContent-Type: %s\r\n\r\n", size - 1,
		bytes[0] & 64 ? "Transfer" : "Content", codings[bytes[0] & 7], types[bytes[0] >> 3 & 7]);
	all = malloc(size + 512);
	all[0] = OPEN_SYN;
	used += put(all + used, 0, request, sizeof request - 1);
	used += put(all + used, SAY_BACK, head, strlen(head));
	used += put(all + used, SAY_BACK, (const char *)bytes + 1, size - 1);
	converse(&way, all, used);
	free(all);
	return 0;
}
