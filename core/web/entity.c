/* entity.c - character references of HTML, "&amp;" and "&#38;", replaced in place by what they mean. */
#include <stdlib.h>
#include <string.h>
#include "html.h"

enum {
	BARE    = 1 << 24,              /* old ones, which need no semicolon */
	LONGEST = 18                    /* of the names */
};

/* Those of HTML 4, and of HTML 5 what is seen: by name.  None is shorter than what it means. */
static const struct entity {
	char     name[LONGEST + 1];
	uint32_t code;
} entities[] = {
	{ "AElig", BARE | 198 }, { "AMP", BARE | 38 }, { "Aacute", BARE | 193 },
	{ "Acirc", BARE | 194 }, { "Agrave", BARE | 192 }, { "Alpha", 913 }, { "Aogon", 260 },
	{ "Aring", BARE | 197 }, { "Atilde", BARE | 195 }, { "Auml", BARE | 196 }, { "Beta", 914 },
	{ "COPY", BARE | 169 }, { "Cacute", 262 }, { "Ccaron", 268 }, { "Ccedil", BARE | 199 },
	{ "Chi", 935 }, { "Dagger", 8225 }, { "Dcaron", 270 }, { "Delta", 916 },
	{ "ETH", BARE | 208 }, { "Eacute", BARE | 201 }, { "Ecaron", 282 },
	{ "Ecirc", BARE | 202 }, { "Egrave", BARE | 200 }, { "Eogon", 280 }, { "Epsilon", 917 },
	{ "Eta", 919 }, { "Euml", BARE | 203 }, { "GT", BARE | 62 }, { "Gamma", 915 },
	{ "Gbreve", 286 }, { "Hat", 94 }, { "Iacute", BARE | 205 }, { "Icirc", BARE | 206 },
	{ "Idot", 304 }, { "Igrave", BARE | 204 }, { "Iota", 921 }, { "Iuml", BARE | 207 },
	{ "Kappa", 922 }, { "LT", BARE | 60 }, { "Lambda", 923 }, { "Lstrok", 321 }, { "Mu", 924 },
	{ "Nacute", 323 }, { "Ncaron", 327 }, { "NewLine", 10 }, { "Ntilde", BARE | 209 },
	{ "Nu", 925 }, { "OElig", 338 }, { "Oacute", BARE | 211 }, { "Ocirc", BARE | 212 },
	{ "Odblac", 336 }, { "Ograve", BARE | 210 }, { "Omega", 937 }, { "Omicron", 927 },
	{ "Oslash", BARE | 216 }, { "Otilde", BARE | 213 }, { "Ouml", BARE | 214 }, { "Phi", 934 },
	{ "Pi", 928 }, { "Prime", 8243 }, { "Psi", 936 }, { "QUOT", BARE | 34 },
	{ "REG", BARE | 174 }, { "Rcaron", 344 }, { "Rho", 929 }, { "Sacute", 346 },
	{ "Scaron", 352 }, { "Scedil", 350 }, { "Sigma", 931 }, { "THORN", BARE | 222 },
	{ "Tab", 9 }, { "Tau", 932 }, { "Theta", 920 }, { "Uacute", BARE | 218 },
	{ "Ucirc", BARE | 219 }, { "Udblac", 368 }, { "Ugrave", BARE | 217 }, { "Upsilon", 933 },
	{ "Uring", 366 }, { "Uuml", BARE | 220 }, { "Xi", 926 }, { "Yacute", BARE | 221 },
	{ "Yuml", 376 }, { "Zacute", 377 }, { "Zcaron", 381 }, { "Zdot", 379 }, { "Zeta", 918 },
	{ "aacute", BARE | 225 }, { "acirc", BARE | 226 }, { "acute", BARE | 180 },
	{ "aelig", BARE | 230 }, { "agrave", BARE | 224 }, { "alefsym", 8501 }, { "alpha", 945 },
	{ "amacr", 257 }, { "amp", BARE | 38 }, { "and", 8743 }, { "ang", 8736 }, { "aogon", 261 },
	{ "apos", 39 }, { "aring", BARE | 229 }, { "ast", 42 }, { "asymp", 8776 },
	{ "atilde", BARE | 227 }, { "auml", BARE | 228 }, { "bdquo", 8222 }, { "beta", 946 },
	{ "bigstar", 9733 }, { "blacktriangleright", 9656 }, { "breve", 728 },
	{ "brvbar", BARE | 166 }, { "bsol", 92 }, { "bull", 8226 }, { "cacute", 263 },
	{ "cap", 8745 }, { "caron", 711 }, { "ccaron", 269 }, { "ccedil", BARE | 231 },
	{ "cedil", BARE | 184 }, { "cent", BARE | 162 }, { "check", 10003 }, { "chi", 967 },
	{ "cir", 9675 }, { "circ", 710 }, { "clubs", 9827 }, { "colon", 58 }, { "comma", 44 },
	{ "commat", 64 }, { "cong", 8773 }, { "copy", BARE | 169 }, { "crarr", 8629 },
	{ "cup", 8746 }, { "curren", BARE | 164 }, { "dArr", 8659 }, { "dagger", 8224 },
	{ "darr", 8595 }, { "dash", 8208 }, { "dcaron", 271 }, { "deg", BARE | 176 },
	{ "delta", 948 }, { "diams", 9830 }, { "divide", BARE | 247 }, { "dollar", 36 },
	{ "dot", 729 }, { "dtrif", 9662 }, { "eacute", BARE | 233 }, { "ecaron", 283 },
	{ "ecirc", BARE | 234 }, { "egrave", BARE | 232 }, { "emacr", 275 }, { "empty", 8709 },
	{ "emsp", 8195 }, { "ensp", 8194 }, { "eogon", 281 }, { "epsilon", 949 }, { "equals", 61 },
	{ "equiv", 8801 }, { "eta", 951 }, { "eth", BARE | 240 }, { "euml", BARE | 235 },
	{ "euro", 8364 }, { "excl", 33 }, { "exist", 8707 }, { "female", 9792 }, { "fnof", 402 },
	{ "forall", 8704 }, { "frac12", BARE | 189 }, { "frac14", BARE | 188 },
	{ "frac34", BARE | 190 }, { "frasl", 8260 }, { "gamma", 947 }, { "gbreve", 287 },
	{ "ge", 8805 }, { "grave", 96 }, { "gt", BARE | 62 }, { "hArr", 8660 }, { "harr", 8596 },
	{ "hearts", 9829 }, { "hellip", 8230 }, { "horbar", 8213 }, { "hyphen", 8208 },
	{ "iacute", BARE | 237 }, { "icirc", BARE | 238 }, { "iexcl", BARE | 161 },
	{ "igrave", BARE | 236 }, { "imacr", 299 }, { "image", 8465 }, { "infin", 8734 },
	{ "inodot", 305 }, { "int", 8747 }, { "iota", 953 }, { "iquest", BARE | 191 },
	{ "isin", 8712 }, { "iuml", BARE | 239 }, { "kappa", 954 }, { "lArr", 8656 },
	{ "lambda", 955 }, { "lang", 9001 }, { "laquo", BARE | 171 }, { "larr", 8592 },
	{ "lbrace", 123 }, { "lbrack", 91 }, { "lceil", 8968 }, { "lcub", 123 }, { "ldquo", 8220 },
	{ "le", 8804 }, { "lfloor", 8970 }, { "lowast", 8727 }, { "lowbar", 95 }, { "loz", 9674 },
	{ "lpar", 40 }, { "lrm", 8206 }, { "lsaquo", 8249 }, { "lsqb", 91 }, { "lsquo", 8216 },
	{ "lstrok", 322 }, { "lt", BARE | 60 }, { "ltrif", 9666 }, { "macr", BARE | 175 },
	{ "male", 9794 }, { "mdash", 8212 }, { "micro", BARE | 181 }, { "middot", BARE | 183 },
	{ "minus", 8722 }, { "mu", 956 }, { "nabla", 8711 }, { "nacute", 324 },
	{ "nbsp", BARE | 160 }, { "ncaron", 328 }, { "ndash", 8211 }, { "ne", 8800 },
	{ "ni", 8715 }, { "not", BARE | 172 }, { "notin", 8713 }, { "nsub", 8836 },
	{ "ntilde", BARE | 241 }, { "nu", 957 }, { "num", 35 }, { "oacute", BARE | 243 },
	{ "ocirc", BARE | 244 }, { "odblac", 337 }, { "oelig", 339 }, { "ograve", BARE | 242 },
	{ "oline", 8254 }, { "omacr", 333 }, { "omega", 969 }, { "omicron", 959 },
	{ "oplus", 8853 }, { "or", 8744 }, { "ordf", BARE | 170 }, { "ordm", BARE | 186 },
	{ "oslash", BARE | 248 }, { "otilde", BARE | 245 }, { "otimes", 8855 },
	{ "ouml", BARE | 246 }, { "para", BARE | 182 }, { "part", 8706 }, { "percnt", 37 },
	{ "period", 46 }, { "permil", 8240 }, { "perp", 8869 }, { "phi", 966 }, { "phone", 9742 },
	{ "pi", 960 }, { "piv", 982 }, { "plus", 43 }, { "plusmn", BARE | 177 },
	{ "pound", BARE | 163 }, { "prime", 8242 }, { "prod", 8719 }, { "prop", 8733 },
	{ "psi", 968 }, { "quest", 63 }, { "quot", BARE | 34 }, { "rArr", 8658 },
	{ "radic", 8730 }, { "rang", 9002 }, { "raquo", BARE | 187 }, { "rarr", 8594 },
	{ "rbrace", 125 }, { "rbrack", 93 }, { "rcaron", 345 }, { "rceil", 8969 }, { "rcub", 125 },
	{ "rdquo", 8221 }, { "real", 8476 }, { "reg", BARE | 174 }, { "rfloor", 8971 },
	{ "rho", 961 }, { "ring", 730 }, { "rlm", 8207 }, { "rpar", 41 }, { "rsaquo", 8250 },
	{ "rsqb", 93 }, { "rsquo", 8217 }, { "rtrif", 9656 }, { "sacute", 347 }, { "sbquo", 8218 },
	{ "scaron", 353 }, { "scedil", 351 }, { "sdot", 8901 }, { "sect", BARE | 167 },
	{ "semi", 59 }, { "shy", BARE | 173 }, { "sigma", 963 }, { "sigmaf", 962 },
	{ "sim", 8764 }, { "sol", 47 }, { "spades", 9824 }, { "squ", 9633 }, { "star", 9734 },
	{ "starf", 9733 }, { "sub", 8834 }, { "sube", 8838 }, { "sum", 8721 }, { "sup", 8835 },
	{ "sup1", BARE | 185 }, { "sup2", BARE | 178 }, { "sup3", BARE | 179 }, { "supe", 8839 },
	{ "szlig", BARE | 223 }, { "tau", 964 }, { "tcaron", 357 }, { "there4", 8756 },
	{ "theta", 952 }, { "thetasym", 977 }, { "thinsp", 8201 }, { "thorn", BARE | 254 },
	{ "tilde", 732 }, { "times", BARE | 215 }, { "trade", 8482 }, { "uArr", 8657 },
	{ "uacute", BARE | 250 }, { "uarr", 8593 }, { "ucirc", BARE | 251 }, { "udblac", 369 },
	{ "ugrave", BARE | 249 }, { "umacr", 363 }, { "uml", BARE | 168 }, { "upsih", 978 },
	{ "upsilon", 965 }, { "uring", 367 }, { "utrif", 9652 }, { "uuml", BARE | 252 },
	{ "verbar", 124 }, { "weierp", 8472 }, { "xi", 958 }, { "yacute", BARE | 253 },
	{ "yen", BARE | 165 }, { "yuml", BARE | 255 }, { "zacute", 378 }, { "zcaron", 382 },
	{ "zdot", 380 }, { "zeta", 950 }, { "zwj", 8205 }, { "zwnj", 8204 }
};

/* What windows-1252 has where Unicode has controls: pages mean that. */
static const uint16_t meant[32] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
	0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
	0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178
};

static uint32_t put(char *to, uint32_t code)
{
	if (code < 0x80)
		return to[0] = (char)code, 1;
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 63));
		to[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 63));
	to[2] = (char)(0x80 | (code >> 6 & 63));
	to[3] = (char)(0x80 | (code & 63));
	return 4;
}

static int digit(char c, int base)
{
	int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;

	return value < base ? value : -1;
}

/* What stands for a number that is no character, or another one. */
static uint32_t repaired(uint32_t code)
{
	if (code >= 0x80 && code < 0xa0)
		return meant[code - 0x80];
	return code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code;
}

/* "#38;" or "#x26;" behind "&": its size, 0 when it is none. */
static uint32_t numeric(const char *at, uint32_t size, uint32_t *code)
{
	int base = size > 1 && (at[1] == 'x' || at[1] == 'X') ? 16 : 10;
	uint32_t first = base == 16 ? 2 : 1, i = first;

	*code = 0;
	for (; i < size && digit(at[i], base) >= 0; i++)
		if (*code <= 0x10ffff)
			*code = *code * (uint32_t)base + (uint32_t)digit(at[i], base);
	if (i == first)
		return 0;
	*code = repaired(*code);
	return i < size && at[i] == ';' ? i + 1 : i;
}

static int compare(const void *key, const void *member)
{
	const struct word *name = key;
	const struct entity *e = member;
	int order = memcmp(name->at, e->name, name->size);

	return order ? order : e->name[name->size] ? -1 : 0;
}

/* "amp;" behind "&": its size, 0 when it is none.  In attributes "&copy=" is no reference. */
static uint32_t named(const char *at, uint32_t size, int is_attribute, uint32_t *code)
{
	const struct entity *found;
	uint32_t n = 0;

	while (n < size && n <= LONGEST && ((at[n] >= '0' && at[n] <= '9') ||
	       (at[n] >= 'A' && at[n] <= 'Z') || (at[n] >= 'a' && at[n] <= 'z')))
		n++;
	if (n == 0 || n > LONGEST)
		return 0;
	found = bsearch(&(struct word){ at, n }, entities, sizeof entities / sizeof *entities,
		sizeof *entities, compare);
	if (!found)
		return 0;
	*code = found->code & (BARE - 1);
	if (n < size && at[n] == ';')
		return n + 1;
	return found->code & BARE && !(is_attribute && n < size && at[n] == '=') ? n : 0;
}

uint32_t entity_decode(char *text, uint32_t size, int is_attribute)
{
	char *from = memchr(text, '&', size), *to = from, *end = text + size, *next;
	uint32_t code = 0, n;

	while (from && from < end) {
		uint32_t left = (uint32_t)(end - from - 1);

		n = left == 0 ? 0 : from[1] == '#' ? numeric(from + 1, left, &code) :
			named(from + 1, left, is_attribute, &code);
		if (n) {
			to += put(to, code);
			from += n + 1;
		} else {
			*to++ = *from++;
		}
		next = memchr(from, '&', (size_t)(end - from));
		next = next ? next : end;
		memmove(to, from, (size_t)(next - from));
		to += next - from;
		from = next;
	}
	return from ? (uint32_t)(to - text) : size;
}
