/* layout.c - carries the SQL that makes our databases: a .sql file each, with its application_id. */
#include <string.h>
#include "../base.h"

/* `name`_sql is the text of core/store/`name`.sql. */
#define CARRY(name) \
	extern const char name##_sql[]; \
	__asm__(".pushsection .rodata\n" \
		".globl " #name "_sql\n" \
		".hidden " #name "_sql\n" \
		#name "_sql: .incbin \"core/store/" #name ".sql\"\n" \
		".byte 0\n" \
		".popsection\n")

/* An application_id is four letters, so that `file` and people can tell: "Wei" and one of our own. */
#define WEIR_ID(letter) (0x57656900u | (letter))

CARRY(kb);
CARRY(traffic);

static const struct weir_layout layouts[] = {
	{ "kb", kb_sql, WEIR_ID('K') },
	{ "traffic", traffic_sql, WEIR_ID('t') },
	{ NULL, NULL, 0 }
};

const struct weir_layout *weir_layout_find(const char *name)
{
	for (const struct weir_layout *l = layouts; l->name; l++)
		if (strcmp(l->name, name) == 0)
			return l;
	fail("no layout '%s'", name);
	return NULL;
}
