/* write.c - a text that is made piece by piece. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "../hex.h"
#include "write.h"

struct writing write_begin(struct said *s, uint32_t most)
{
	char *start = said_room(s, most);

	return (struct writing){ s, start, start, start ? start + most : NULL };
}

struct weir_text write_end(struct writing *w)
{
	return w->start ? said_fill(w->said, (uint32_t)(w->at - w->start)) :
		(struct weir_text){ 0, 0 };
}

void write_bytes(struct writing *w, const void *bytes, uint32_t size)
{
	uint32_t room = (uint32_t)(w->end - w->at);

	size = size < room ? size : room;
	if (size)
		memcpy(w->at, bytes, size);
	w->at += size;
}

void write_plain(struct writing *w, const char *text)
{
	write_bytes(w, text, (uint32_t)strlen(text));
}

void write_number(struct writing *w, uint32_t n)
{
	char digits[10];
	uint32_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	write_bytes(w, digits + at, sizeof digits - at);
}

void write_hex(struct writing *w, const uint8_t *bytes, uint32_t size)
{
	uint32_t room = (uint32_t)((w->end - w->at) / 2), n = size < room ? size : room;

	hex_write(w->at, bytes, n);
	w->at += 2 * n;
}

void write_base64(struct writing *w, const uint8_t *bytes, uint32_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (uint32_t i = 0; i < size; i += 3) {
		uint32_t left = size - i, three = (uint32_t)bytes[i] << 16;

		three |= (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
		write_letter(w, digits[three >> 18]);
		write_letter(w, digits[three >> 12 & 63]);
		write_letter(w, left > 1 ? digits[three >> 6 & 63] : '=');
		write_letter(w, left > 2 ? digits[three & 63] : '=');
	}
}

void write_address(struct writing *w, const uint8_t *at, uint32_t version)
{
	char text[46];

	write_bytes(w, text, (uint32_t)weir_address_text(at, version, text));
}

void write_format(struct writing *w, const char *format, ...)
{
	char text[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	write_plain(w, text);
}
