/*
 * item.h - a record on its way from the meter's thread to the one that writes it: all that is
 * stored of it, in one piece of bytes, since the batch it came in is gone by then.
 */
#pragma once

#include "../ends.h"

/* Of a record's parts, those that say what of its ends there is. */
enum {
	ITEM_HAS = WEIR_HAS_ADDRESS | WEIR_HAS_IP | WEIR_HAS_PORTS | WEIR_HAS_ICMP |
		WEIR_HAS_SRC_MAC | WEIR_HAS_DEST_MAC
};

/* What items are besides records, whose kind is an enum weir_kind. */
enum {
	ITEM_SOURCE = 100,      /* what follows is of another source: its number is flow_id */
	ITEM_DONE,              /* all of the source has come */
	ITEM_KEY                /* a key and its value, for kv_store */
};

enum value_type { VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_BLOB, VALUE_NAME };

/* What one column gets; columns without one are NULL. */
struct value {
	union {
		int64_t     integer;
		double      real;
		const char *name;       /* NAME: of a plan, and lasts as long */
		uint32_t    at;         /* TEXT and BLOB: offset in the item */
	};
	uint32_t size;
	uint16_t column;                /* of the plan */
	uint8_t  type;                  /* enum value_type */
	uint8_t  unused;
};

struct item {
	uint32_t size;          /* bytes of all of it, a multiple of 8 */
	uint16_t kind;
	uint16_t values;        /* that follow */
	int64_t  ns;
	double   flow_id;       /* 0: of no flow */
	uint32_t has;           /* enum weir_has */
	uint32_t name_at;       /* of the destination: offset in the item */
	uint32_t name_size;
	uint32_t counts[4];     /* of a second: packets and bytes from the source, and to it */
	struct ends ends;       /* what there is not is 0 */
	uint8_t  name_sure;
	uint8_t  name_by;       /* enum weir_name_by */
	uint8_t  unused[6];
};

static inline struct value *item_values(struct item *i)
{
	return (struct value *)(i + 1);
}

static inline const void *item_bytes(const struct item *i, uint32_t at)
{
	return (const uint8_t *)i + at;
}
