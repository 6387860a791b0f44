/* rows.c - writes rows of a query: a JSON object a line each, or fields with separators between. */
#include <math.h>
#include <string.h>
#include "value.h"

enum {
	PIECE = 16 << 10,               /* bytes of a text at a time; six for each when escaped */
	EXACT = 53                      /* bits of a whole number that any reader of JSON keeps */
};

static const char *bytes_of(const struct weir_rows *rows, const struct weir_value *v)
{
	return (const char *)rows->text + v->at;
}

static void put(struct weir_output *o, const char *text, size_t size)
{
	weir_output_write(o, text, (uint32_t)size);
}

static uint8_t *put_exact(uint8_t *to, int64_t n)
{
	if (n < 0)
		*to++ = '-';
	return value_integer(to, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

static void put_base64(struct weir_output *o, const char *from, size_t size)
{
	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < PIECE / 3 * 3 ? size - at : PIECE / 3 * 3;
		output_end(o, value_base64(output_room(o, 2 * n + 4), from + at, n));
	}
}

static void put_text(struct weir_output *o, const char *from, size_t size,
	uint8_t *(*how)(uint8_t *, const char *, size_t))
{
	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < PIECE ? size - at : PIECE;
		output_end(o, how(output_room(o, 6 * n), from + at, n));
	}
}

/* ---- JSON -------------------------------------------------------------------- */

static void json_number(struct weir_output *o, const struct weir_value *v)
{
	uint8_t *to = output_room(o, VALUE_ROOM);
	int beyond = v->kind == WEIR_VALUE_INTEGER &&
		(v->exact > 1ll << EXACT || v->exact < -(1ll << EXACT));

	if (v->kind == WEIR_VALUE_NUMBER && !isfinite(v->number)) {
		put(o, "null", 4);
		return;
	}
	if (beyond)
		*to++ = '"';
	to = v->kind == WEIR_VALUE_INTEGER ? put_exact(to, v->exact) : value_number(to, v->number);
	if (beyond)
		*to++ = '"';
	output_end(o, to);
}

static void json_value(struct weir_output *o, const struct weir_rows *rows,
	const struct weir_value *v, const char *name)
{
	int bytes = v->kind >= WEIR_VALUE_TEXT;
	int packed = v->kind == WEIR_VALUE_BLOB ||
		(bytes && !value_is_utf8(bytes_of(rows, v), v->size));

	put(o, "\"", 1);
	put_text(o, name, strlen(name), value_escaped);
	if (packed)
		put(o, "_b64", 4);
	put(o, bytes ? "\":\"" : "\":", bytes ? 3 : 2);
	if (packed)
		put_base64(o, bytes_of(rows, v), v->size);
	else if (bytes)
		put_text(o, bytes_of(rows, v), v->size, value_escaped);
	else if (v->kind == WEIR_VALUE_NULL)
		put(o, "null", 4);
	else
		json_number(o, v);
	if (bytes)
		put(o, "\"", 1);
}

static void json_row(struct weir_output *o, const struct weir_rows *rows,
	const struct weir_value *row, const struct weir_row_form *form)
{
	for (uint32_t i = 0; i < rows->column_count; i++) {
		put(o, i ? "," : "{", 1);
		json_value(o, rows, row + i, form->names[i]);
	}
	put(o, "}", 1);
}

/* ---- fields ------------------------------------------------------------------- */

/* Quotes inside quotes are doubled; nothing else is changed there. */
static void put_quoted(struct weir_output *o, const char *from, size_t size, char quote)
{
	const char *end = from + size, *next;

	put(o, &quote, 1);
	for (; (next = memchr(from, quote, (size_t)(end - from))); from = next + 1) {
		put(o, from, (size_t)(next + 1 - from));
		put(o, &quote, 1);
	}
	put(o, from, (size_t)(end - from));
	put(o, &quote, 1);
}

/* An empty text is not nothing, which NULL is. */
static int needs_quotes(const struct weir_row_form *form, const char *text, size_t size)
{
	return size == 0 || memchr(text, form->quote, size) || memchr(text, form->separator, size) ||
		memchr(text, '\n', size) || memchr(text, '\r', size);
}

static void put_hex(struct weir_output *o, const char *from, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	put(o, "x'", 2);
	for (size_t i = 0; i < size; i++) {
		uint8_t *to = output_room(o, 2), byte = (uint8_t)from[i];

		*to++ = (uint8_t)digits[byte >> 4];
		*to++ = (uint8_t)digits[byte & 15];
		output_end(o, to);
	}
	put(o, "'", 1);
}

static void field(struct weir_output *o, const struct weir_rows *rows, const struct weir_value *v,
	const struct weir_row_form *form)
{
	const char *text = bytes_of(rows, v);

	switch (v->kind) {
	case WEIR_VALUE_NULL:
		put(o, form->null, strlen(form->null));
		break;
	case WEIR_VALUE_INTEGER:
		output_end(o, put_exact(output_room(o, VALUE_ROOM), v->exact));
		break;
	case WEIR_VALUE_NUMBER:
		output_end(o, value_number(output_room(o, VALUE_ROOM), v->number));
		break;
	case WEIR_VALUE_BLOB:
		put_hex(o, text, v->size);
		break;
	default:
		if (!form->quote)
			put_text(o, text, v->size, value_visible);
		else if (needs_quotes(form, text, v->size))
			put_quoted(o, text, v->size, form->quote);
		else
			put(o, text, v->size);
	}
}

static void field_row(struct weir_output *o, const struct weir_rows *rows,
	const struct weir_value *row, const struct weir_row_form *form)
{
	for (uint32_t i = 0; i < rows->column_count; i++) {
		if (i)
			put(o, &form->separator, 1);
		field(o, rows, row + i, form);
	}
}

int weir_rows_write(const struct weir_rows *rows, const struct weir_row_form *form,
	struct weir_output *o)
{
	const struct weir_value *row = rows->values;

	for (uint32_t r = 0; r < rows->row_count && o->status == 0; r++, row += rows->column_count) {
		if (form->listed && (form->listed > 1 || r > 0))
			put(o, ",\n", 2);
		if (form->shape == WEIR_JSON)
			json_row(o, rows, row, form);
		else
			field_row(o, rows, row, form);
		if (!form->listed)
			put(o, "\n", 1);
	}
	return o->status;
}
