/* dhcp_option.c - what options of DHCP hold, as texts and lists. */
#include <string.h>
#include "dhcp.h"

enum { MOST = 255 };                    /* of the rows of one list */

struct weir_text option_text(struct said *s, struct option o)
{
	while (o.size && o.at[o.size - 1] == 0)
		o.size--;
	return said_text(s, o.at, o.size);
}

static uint32_t size_of_address(uint32_t version)
{
	return version == 4 ? 4 : 16;
}

struct weir_text option_address(struct said *s, struct option o, uint32_t version)
{
	char text[46];

	if (o.size < size_of_address(version))
		return (struct weir_text){ 0, 0 };
	return said_text(s, text, (uint32_t)weir_address_text(o.at, version, text));
}

static void add_text(struct said *s, struct weir_text text)
{
	memcpy(said_row(s, PILE_TEXTS), &text, sizeof text);
}

struct weir_list option_addresses(struct said *s, struct option o, uint32_t version)
{
	uint32_t first = s->counts[PILE_TEXTS], size = size_of_address(version);

	for (int i = 0; i < MOST && o.size >= size; i++, o.at += size, o.size -= size)
		add_text(s, option_address(s, o, version));
	return said_list(s, PILE_TEXTS, first);
}

struct weir_text option_name(struct said *s, struct option o)
{
	struct message m = { .said = s, .at = o.at, .size = o.size };
	char name[NAME_ROOM];
	uint32_t at = 0;
	int size = dns_name(&m, &at, name);

	return size < 0 ? (struct weir_text){ 0, 0 } : said_text(s, name, (uint32_t)size);
}

struct weir_list option_names(struct said *s, struct option o)
{
	struct message m = { .said = s, .at = o.at, .size = o.size };
	uint32_t first = s->counts[PILE_TEXTS], at = 0;
	char name[NAME_ROOM];
	int size;

	for (int i = 0; i < MOST && at < o.size && (size = dns_name(&m, &at, name)) >= 0; i++)
		add_text(s, said_text(s, name, (uint32_t)size));
	return said_list(s, PILE_TEXTS, first);
}

struct weir_text option_hex(struct said *s, struct option o)
{
	struct writing w = write_begin(s, 3 * o.size + 1);

	for (uint32_t i = 0; w.start && i < o.size; i++) {
		if (i)
			write_letter(&w, ':');
		write_hex(&w, o.at + i, 1);
	}
	return write_end(&w);
}

struct weir_list option_numbers(struct said *s, struct option o, uint32_t size)
{
	uint32_t first = s->counts[PILE_NUMBERS];

	for (int i = 0; i < MOST && o.size >= size; i++, o.at += size, o.size -= size) {
		struct weir_number *n = said_row(s, PILE_NUMBERS);

		n->number = size == 1 ? o.at[0] : be16(o.at);
	}
	return said_list(s, PILE_NUMBERS, first);
}
