/* charset.c - fuzzes texts in the charsets of the web.  The first byte tells which. */
#include <stdlib.h>
#include "base.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const labels[] = {
		NULL, "utf-8", "windows-1251", "gbk", "big5", "shift_jis", "euc-jp", "iso-2022-jp",
		"euc-kr", "utf-16", "windows-1258", "nothing"
	};
	const char *name;
	uint32_t mark, left;
	char *out;

	if (size == 0)
		return 0;
	left = (uint32_t)size - 1;
	out = malloc((size_t)left * 3 + 16);
	name = weir_charset(labels[bytes[0] % 12], bytes + 1, left, &mark);
	if (mark > left ||
	    weir_charset_convert(name, bytes + 1 + mark, left - mark, out, left * 3 + 16) >
	    (int)(left * 3 + 16))
		abort();
	free(out);
	return 0;
}
