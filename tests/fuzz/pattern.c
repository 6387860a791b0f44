/* pattern.c - fuzzes patterns: a byte says how long one is, and a text to look into follows. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct weir_pattern *p;
	uint32_t at, room, length;
	void *pattern, *text;

	if (size < 1)
		return 0;
	room = (uint32_t)size - 1;
	length = bytes[0] < room ? bytes[0] : room;
	pattern = malloc(length);       /* of just their sizes, for a sanitizer to see any more */
	text = malloc(room - length);
	memcpy(pattern, bytes + 1, length);
	memcpy(text, bytes + 1 + length, room - length);
	p = weir_pattern_new(pattern, length, &at);
	if (p && weir_pattern_match(p, text, room - length) != weir_pattern_match(p, text, room - length))
		abort();
	if (!p && at > length)
		abort();
	weir_pattern_free(p);
	free(pattern);
	free(text);
	return 0;
}
