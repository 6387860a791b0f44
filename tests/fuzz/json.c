/* json.c - fuzzes what makes JSON of what the web sends for it. */
#include <stdlib.h>
#include "base.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct weir_json_limits limits = { 20, 1000 };
	char *out = malloc(2 * size + 1);
	char *text = malloc(size + 1);
	int made;

	__builtin_memcpy(text, bytes, size);
	made = weir_json_tidy(text, (uint32_t)size, &limits, out);
	if (made > (int)(2 * size + 1))
		abort();
	free(text);
	free(out);
	return 0;
}
