/*
 * charset.c - texts of the web in other charsets than UTF-8: what they are called, and converted by
 * the C library.  Those that pages may be in are listed, so that no page chooses what is loaded.
 */
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include "charset.h"

enum {
	LOOKED_AT    = 1024,            /* bytes of a page that may say its charset */
	STRANGE_MOST = 4096             /* that are no character: it is not in this charset */
};

/*
 * The labels of the Encoding Standard that are in use, and what the C library calls them.  Of those
 * that are one charset, the first is its name.
 */
static const char *const labels[][2] = {
	{ "utf-8", "UTF-8" }, { "utf8", "UTF-8" },
	{ "windows-1252", "CP1252" }, { "cp1252", "CP1252" }, { "us-ascii", "CP1252" },
	{ "ascii", "CP1252" }, { "iso-8859-1", "CP1252" }, { "iso8859-1", "CP1252" },
	{ "latin1", "CP1252" },
	{ "iso-8859-2", "ISO-8859-2" }, { "latin2", "ISO-8859-2" }, { "iso-8859-3", "ISO-8859-3" },
	{ "iso-8859-4", "ISO-8859-4" }, { "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-6", "ISO-8859-6" }, { "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-8", "ISO-8859-8" }, { "windows-1254", "CP1254" },
	{ "iso-8859-9", "CP1254" }, { "latin5", "CP1254" },
	{ "iso-8859-10", "ISO-8859-10" }, { "iso-8859-13", "ISO-8859-13" },
	{ "iso-8859-14", "ISO-8859-14" }, { "iso-8859-15", "ISO-8859-15" },
	{ "iso-8859-16", "ISO-8859-16" },
	{ "windows-1250", "CP1250" }, { "cp1250", "CP1250" },
	{ "windows-1251", "CP1251" }, { "cp1251", "CP1251" },
	{ "windows-1253", "CP1253" },
	{ "windows-1255", "CP1255" }, { "windows-1256", "CP1256" },
	{ "windows-1257", "CP1257" }, { "windows-1258", "CP1258" },
	{ "windows-874", "CP874" }, { "tis-620", "CP874" }, { "iso-8859-11", "CP874" },
	{ "koi8-r", "KOI8-R" }, { "koi8-u", "KOI8-U" },
	{ "ibm866", "IBM866" }, { "cp866", "IBM866" },
	{ "macintosh", "MACINTOSH" }, { "x-mac-cyrillic", "MAC-CYRILLIC" },
	{ "gbk", "GB18030" }, { "gb2312", "GB18030" }, { "gb18030", "GB18030" },
	{ "x-gbk", "GB18030" },
	{ "big5", "BIG5-HKSCS" }, { "big5-hkscs", "BIG5-HKSCS" },
	{ "shift_jis", "CP932" }, { "shift-jis", "CP932" }, { "sjis", "CP932" },
	{ "x-sjis", "CP932" }, { "windows-31j", "CP932" },
	{ "euc-jp", "EUC-JP-MS" }, { "x-euc-jp", "EUC-JP-MS" }, { "iso-2022-jp", "ISO-2022-JP" },
	{ "euc-kr", "CP949" }, { "ks_c_5601-1987", "CP949" }, { "windows-949", "CP949" },
	{ "utf-16le", "UTF-16LE" }, { "utf-16", "UTF-16LE" }, { "utf-16be", "UTF-16BE" }
};

const char *charset_of(struct word label)
{
	label = word_trim(label);
	while (label.size && (*label.at == '"' || *label.at == '\'')) {
		label.at++;
		label.size--;
	}
	while (label.size && (label.at[label.size - 1] == '"' || label.at[label.size - 1] == '\''))
		label.size--;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (word_is(label, labels[i][0]))
			return labels[i][1];
	return NULL;
}

const char *charset_name(const char *charset)
{
	size_t i = 0;

	while (strcmp(labels[i][1], charset) != 0)
		i++;
	return labels[i][0];
}

const char *charset_of_mark(const uint8_t *at, uint32_t size, uint32_t *mark)
{
	*mark = 0;
	if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		return *mark = 3, "UTF-8";
	if (size >= 2 && memcmp(at, "\xff\xfe", 2) == 0)
		return *mark = 2, "UTF-16LE";
	if (size >= 2 && memcmp(at, "\xfe\xff", 2) == 0)
		return *mark = 2, "UTF-16BE";
	return NULL;
}

/* The value behind "name=" or "name =", up to what ends it. */
static struct word value_behind(const char *at, const char *end)
{
	struct word s;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at != '=')
		return (struct word){ "", 0 };
	at++;
	while (at < end && (*at == ' ' || *at == '"' || *at == '\''))
		at++;
	s = (struct word){ at, 0 };
	while (at < end && !memchr("\"' \t\r\n;>/?", *at, 11))
		at++;
	s.size = (uint32_t)(at - s.at);
	return s;
}

const char *charset_in(const uint8_t *at, uint32_t size)
{
	static const char *const names[] = { "charset", "encoding" };
	const char *text = (const char *)at, *end = text + (size < LOOKED_AT ? size : LOOKED_AT);

	for (const char *c = text; c < end; c++) {
		for (int i = 0; i < 2; i++) {
			uint32_t n = (uint32_t)strlen(names[i]);
			const char *found;

			if ((size_t)(end - c) <= n || !word_is((struct word){ c, n }, names[i]))
				continue;
			found = charset_of(value_behind(c + n, end));
			if (found)      /* who says UTF-16 in ASCII is not believed */
				return strncmp(found, "UTF-16", 6) == 0 ? "UTF-8" : found;
		}
	}
	return NULL;
}

/* ---- UTF-8 --------------------------------------------------------------------------- */

/* Bytes of the character that begins with this one; 0 when none does. */
static uint32_t length_of(uint8_t first)
{
	return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 :
		first < 0xf5 ? 4 : 0;
}

/* What would be too long a form, a surrogate, or beyond Unicode. */
static int is_impossible(uint8_t first, uint8_t second)
{
	return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
		(first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

int charset_is_utf8(const uint8_t *at, uint32_t size)
{
	uint32_t i = 0, others = 0;             /* than ASCII */

	while (i < size) {
		uint32_t n, k = 1;

		while (i + 8 <= size && !(host64(at + i) & 0x8080808080808080))
			i += 8;
		if (i == size)
			break;
		n = length_of(at[i]);
		if (n == 0)
			return 0;
		for (; k < n && i + k < size; k++)
			if ((at[i + k] & 0xc0) != 0x80)
				return 0;
		if (k > 1 && is_impossible(at[i], at[i + 1]))
			return 0;
		if (i + n > size)
			return others > 0;
		others += n > 1;
		i += n;
	}
	return 1;
}

/* ---- conversion ---------------------------------------------------------------------- */

uint32_t charset_convert(const char *charset, struct word text, char *to, uint32_t room,
	uint32_t *read)
{
	iconv_t with = iconv_open("UTF-8", charset);
	char *in = (char *)(uintptr_t)text.at, *out = to;
	size_t left = text.size, space = room;
	uint32_t strange = 0;

	*read = 0;
	if (with == (iconv_t)-1)
		return 0;
	while (left && iconv(with, &in, &left, &out, &space) == (size_t)-1) {
		if (errno == E2BIG || space < 3 || !left || ++strange > STRANGE_MOST)
			break;
		memcpy(out, "\xef\xbf\xbd", 3);         /* U+FFFD */
		out += 3;
		space -= 3;
		in++;
		left--;
	}
	iconv_close(with);
	if (strange > STRANGE_MOST)
		return 0;
	*read = text.size - (uint32_t)left;
	return room - (uint32_t)space;
}

/* ---- for scripts --------------------------------------------------------------------- */

const char *weir_charset(const char *label, const void *bytes, uint32_t size, uint32_t *mark)
{
	const char *charset = charset_of_mark(bytes, size, mark);

	if (!charset && label)
		charset = charset_of((struct word){ label, (uint32_t)strlen(label) });
	if (!charset)
		charset = charset_in(bytes, size);
	if (!charset || strcmp(charset, "UTF-8") == 0)
		charset = charset_is_utf8(bytes, size) ? "UTF-8" : charset ? charset : "CP1252";
	return charset_name(charset);
}

int weir_charset_is_utf8(const void *bytes, uint32_t size)
{
	return charset_is_utf8(bytes, size);
}

int weir_charset_convert(const char *label, const void *bytes, uint32_t size, char *out,
	uint32_t room)
{
	const char *charset = charset_of((struct word){ label, (uint32_t)strlen(label) });
	uint32_t read = 0, made;

	if (!charset)
		return fail("'%s' is no charset of the web", label);
	made = charset_convert(charset, (struct word){ bytes, size }, out, room, &read);
	return made || !size ? (int)made : fail("this is not in the charset '%s'", label);
}
