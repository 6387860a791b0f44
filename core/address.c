/* address.c - addresses as text: IPv4, IPv6 (RFC 5952), Ethernet. */
#include "base.h"

/* The digits of each byte and a dot, in four bytes. */
static char bytes[256][4];

static __attribute__((constructor)) void write_bytes(void)
{
	for (int n = 0; n < 256; n++) {
		char *out = bytes[n];

		if (n >= 100)
			*out++ = (char)('0' + n / 100);
		if (n >= 10)
			*out++ = (char)('0' + n / 10 % 10);
		*out++ = (char)('0' + n % 10);
		*out = '.';
	}
}

static char *group_text(char *out, uint16_t n)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift && n >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*out++ = digits[n >> shift & 15];
	return out;
}

/* Writes a byte or two beyond its end, for which there is room. */
static char *text4(const uint8_t *a, char *out)
{
	for (int i = 0; i < 4; i++) {
		__builtin_memcpy(out, bytes[a[i]], 4);
		out += 2 + (a[i] >= 10) + (a[i] >= 100);
	}
	return out - 1;
}

/* The longest run of two or more zero groups, the first of equals: where, and how long. */
static int zero_run(const uint8_t *a, int *length)
{
	int best = -1;

	*length = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && be16(a + 2 * (i + n)) == 0)
			n++;
		if (n > *length) {
			best = i;
			*length = n;
		}
	}
	return best;
}

static char *text6(const uint8_t *a, char *out)
{
	int length, run = zero_run(a, &length);

	if (run == 0 && length == 5 && be16(a + 10) == 0xffff) {
		__builtin_memcpy(out, "::ffff:", 7);
		return text4(a + 12, out + 7);
	}
	for (int i = 0; i < 8; i++) {
		if (i == run) {
			*out++ = ':';
			i += length - 1;
			if (i == 7)
				*out++ = ':';
			continue;
		}
		if (i)
			*out++ = ':';
		out = group_text(out, be16(a + 2 * i));
	}
	return out;
}

int weir_address_text(const void *address, uint32_t version, char out[46])
{
	char *end = version == 4 ? text4(address, out) : text6(address, out);

	*end = 0;
	return (int)(end - out);
}

int weir_ether_text(const void *six, char out[18])
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *at = six;

	for (int i = 0; i < 6; i++) {
		out[3 * i] = digits[at[i] >> 4];
		out[3 * i + 1] = digits[at[i] & 15];
		out[3 * i + 2] = i < 5 ? ':' : 0;
	}
	return 17;
}
