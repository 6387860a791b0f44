/*
 * pcapng.c - the block format: sections, interfaces, packets of three kinds.
 *
 * Blocks of other kinds are passed over by their length.  Each section has
 * its own byte order and its own interfaces; each interface its own link
 * type and clock.
 */
#include <stdlib.h>
#include <string.h>
#include "capture.h"
#include "pcapng.h"
#include "text.h"

enum {
	BLOCK_HEAD     = 8,
	BLOCK_FRAME    = 12,            /* type and length in front, length again behind */
	INTERFACES     = 65536,         /* of one section */
	BLOCK_SIZE     = WEIR_FRAME,    /* of a block that must be seen whole */
	SECRETS        = 65536,         /* decryption secrets that are kept */
	SECRETS_SIZE   = 16 << 20       /* bytes of them all */
};

struct interface {
	uint16_t link_type;
	uint32_t snaplen;
	uint64_t multiply, divide;      /* from the clock's units to nanoseconds */
	int64_t  begin;                 /* nanoseconds at the clock's zero */
	char    *name;                  /* NULL: none */
	uint32_t name_at, name_load;    /* where the name is in the text of which load */
};

struct pcapng {
	int swapped;
	struct interface *interfaces;
	uint32_t count, room;
};

/* A block, whole in the window. */
struct block {
	const uint8_t *body, *end;      /* `end` is where the closing length stands */
	uint32_t type;
	int swapped;
};

static inline uint32_t u32(const struct block *b, const uint8_t *at)
{
	return b->swapped ? be32(at) : host32(at);
}

static inline uint16_t u16(const struct block *b, const uint8_t *at)
{
	return b->swapped ? be16(at) : host16(at);
}

/* Steps through the options from `*at` on: the next one's code, 0 at the end. */
static uint16_t next_option(const struct block *b, const uint8_t **at,
	const uint8_t **value, uint16_t *size)
{
	uint16_t code;

	if (b->end - *at < 4)
		return 0;
	code = u16(b, *at);
	*size = u16(b, *at + 2);
	*value = *at + 4;
	if (code == PCAPNG_OPTION_END || b->end - *value < *size)
		return 0;
	*at = *value + *size + (-*size & 3);
	if (*at > b->end)
		*at = b->end;
	return code;
}

/* ---- sections and interfaces ----------------------------------------- */

static void forget_interfaces(struct pcapng *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		free(f->interfaces[i].name);
	f->count = 0;
}

/* if_tsresol: a power of ten, or of two when the top bit is set. */
static void set_resolution(struct interface *face, uint8_t code)
{
	uint32_t power = code & 0x7f;

	face->multiply = face->divide = 1;
	if (code & 0x80) {
		face->multiply = 1000000000;
		face->divide = 1ull << (power < 63 ? power : 63);
		return;
	}
	for (; power < 9; power++)
		face->multiply *= 10;
	for (; power > 9 && face->divide < 1000000000000000000; power--)
		face->divide *= 10;
}

static int64_t nanoseconds(const struct interface *face, uint32_t high, uint32_t low)
{
	__int128 ns = (__int128)((uint64_t)high << 32 | low) * face->multiply;

	if (unlikely(face->divide != 1))
		ns /= face->divide;
	ns += face->begin;
	if (unlikely(ns > INT64_MAX || ns < INT64_MIN))
		return ns < 0 ? INT64_MIN : INT64_MAX;
	return (int64_t)ns;
}

static int64_t offset_option(const struct block *b, const uint8_t *value)
{
	uint32_t first = u32(b, value), second = u32(b, value + 4);
	uint64_t seconds = b->swapped ? (uint64_t)first << 32 | second
		: (uint64_t)second << 32 | first;
	int64_t ns;

	return __builtin_mul_overflow((int64_t)seconds, 1000000000, &ns) ? 0 : ns;
}

static int add_interface(struct weir_capture *c, const struct block *b)
{
	struct pcapng *f = c->state;
	const uint8_t *at = b->body + 8, *value;
	struct interface *face;
	uint16_t code, size;

	if (at > b->end)
		return capture_damage(c, "an interface block is too short");
	if (f->count == INTERFACES)
		return capture_damage(c, "more than %d interfaces in a section", INTERFACES);
	if (f->count == f->room) {
		uint32_t room = f->room ? 2 * f->room : 8;
		void *more = realloc(f->interfaces, room * sizeof *f->interfaces);

		if (!more)
			return fail("out of memory");
		f->interfaces = more;
		f->room = room;
	}
	face = &f->interfaces[f->count++];
	*face = (struct interface){ .link_type = u16(b, b->body), .snaplen = u32(b, b->body + 4) };
	set_resolution(face, 6);
	while ((code = next_option(b, &at, &value, &size))) {
		if (code == PCAPNG_IF_NAME && !face->name)
			face->name = strndup((const char *)value,
				size < NAME_SIZE ? size : NAME_SIZE - 1);
		if (code == PCAPNG_IF_TSRESOL && size >= 1)
			set_resolution(face, value[0]);
		if (code == PCAPNG_IF_TSOFFSET && size >= 8)
			face->begin = offset_option(b, value);
	}
	return 1;
}

static int add_secret(struct weir_capture *c, const struct block *b)
{
	uint32_t size = b->end - b->body >= 8 ? u32(b, b->body + 4) : 0;
	void *copy;

	if (size == 0 || size > (size_t)(b->end - b->body - 8) ||
			size > SECRETS_SIZE - c->secret_bytes || c->secret_count == SECRETS)
		return 1;               /* damaged, or more than is kept: the packets matter more */
	if (!c->secrets) {
		c->secrets = calloc(SECRETS, sizeof *c->secrets);
		c->secret_ordinals = calloc(SECRETS, sizeof *c->secret_ordinals);
	}
	copy = c->secrets && c->secret_ordinals ? malloc(size) : NULL;
	if (!copy)
		return fail("out of memory");
	memcpy(copy, b->body + 8, size);
	c->secret_ordinals[c->secret_count] = c->counts.packets + 1;
	c->secrets[c->secret_count++] = (struct weir_secret){ copy, size, u32(b, b->body) };
	c->secret_bytes += size;
	return 1;
}

/* ---- packets ---------------------------------------------------------- */

/* The three kinds of packet blocks: where their parts are. */
struct packet_head {
	uint32_t interface, high, low, kept, size;
	const uint8_t *data;
};

static int packet_head(const struct pcapng *f, const struct block *b, struct packet_head *h)
{
	const uint8_t *at = b->body;
	size_t left = (size_t)(b->end - at);

	*h = (struct packet_head){ 0 };
	if (b->type == PCAPNG_SIMPLE && left >= 4 && f->count) {
		uint32_t snaplen = f->interfaces[0].snaplen;

		h->size = u32(b, at);
		h->data = at + 4;
		h->kept = h->size < left - 4 ? h->size : (uint32_t)left - 4;
		if (snaplen && h->kept > snaplen)
			h->kept = snaplen;
	} else if (b->type != PCAPNG_SIMPLE && left >= 20) {
		h->interface = b->type == PCAPNG_PACKET ? u16(b, at) : u32(b, at);
		h->high = u32(b, at + 4);
		h->low = u32(b, at + 8);
		h->kept = u32(b, at + 12);
		h->size = u32(b, at + 16);
		h->data = at + 20;
	}
	return h->data && h->interface < f->count && h->kept <= (size_t)(b->end - h->data);
}

static uint32_t comment(const struct block *b, const struct packet_head *h, struct text *t)
{
	const uint8_t *at = h->data + h->kept, *value;
	uint16_t code, size;

	at += -h->kept & 3;
	if (b->type == PCAPNG_SIMPLE)
		return 0;
	while (at < b->end && (code = next_option(b, &at, &value, &size)))
		if (code == PCAPNG_OPTION_COMMENT)
			return text_add(t, value, size < COMMENT_SIZE ? size : COMMENT_SIZE - 1);
	return 0;
}

static uint32_t name(struct interface *face, struct text *t)
{
	if (face->name && face->name_load != t->load) {
		face->name_at = text_add(t, face->name, NAME_SIZE);
		face->name_load = t->load;
	}
	return face->name ? face->name_at : 0;
}

static int take_packet(struct weir_capture *c, const struct block *b,
	struct weir_packet *p, struct text *t)
{
	struct pcapng *f = c->state;
	struct packet_head h;
	struct interface *face;

	if (!packet_head(f, b, &h))
		return capture_damage(c, "a packet block contradicts itself");
	face = &f->interfaces[h.interface];
	*p = (struct weir_packet){
		.ns = b->type == PCAPNG_SIMPLE ? 0 : nanoseconds(face, h.high, h.low),
		.ordinal = c->counts.packets += 1,
		.offset = (double)input_offset(&c->input),
		.data = h.data,
		.body = h.data,
		.size = h.size < h.kept ? h.kept : h.size,
		.kept = h.kept,
		.link_type = face->link_type,
		.interface_at = name(face, t),
		.comment_at = comment(b, &h, t)
	};
	return 1;
}

/* ---- blocks ------------------------------------------------------------ */

/*
 * Byte order stands in the section's header, which is needed to read its length.  Another version
 * behind it would have blocks that nobody here knows how to read.
 */
static int see_section(struct weir_capture *c)
{
	struct pcapng *f = c->state;
	int status = capture_want(c, 14, "a section header");
	uint16_t version;
	uint32_t magic;

	if (status != 1)
		return status;
	magic = host32(input_at(&c->input) + 8);
	if (magic != PCAPNG_ORDER && magic != __builtin_bswap32(PCAPNG_ORDER))
		return capture_damage(c, "a section header has no byte order");
	f->swapped = magic != PCAPNG_ORDER;
	version = f->swapped ? be16(input_at(&c->input) + 12) : host16(input_at(&c->input) + 12);
	if (version != PCAPNG_VERSION)
		return capture_damage(c, "a section is of version %u, which is unknown", version);
	forget_interfaces(f);
	return 1;
}

static int is_wanted(uint32_t type)
{
	return type == PCAPNG_ENHANCED || type == PCAPNG_INTERFACE || type == PCAPNG_SIMPLE ||
		type == PCAPNG_PACKET || type == PCAPNG_SECRETS;
}

/* Brings the next block into the window; `*length` is what to skip afterwards. */
static int next_block(struct weir_capture *c, struct block *b, uint32_t *length)
{
	struct pcapng *f = c->state;
	const uint8_t *at;
	const char *what = c->input.skip ? "a block" : "a block's header";     /* the one before */
	int status = capture_want(c, BLOCK_HEAD, what);

	if (status != 1)
		return status;
	b->type = host32(input_at(&c->input));
	if (b->type == PCAPNG_SECTION && (status = see_section(c)) != 1)
		return status;
	b->swapped = f->swapped;
	at = input_at(&c->input);
	b->type = u32(b, at);
	*length = u32(b, at + 4);
	if (*length < BLOCK_FRAME)
		return capture_damage(c, "a block says that it has %u bytes", *length);
	if (*length > UINT32_MAX - 3)
		return capture_damage(c, "a block says that it has %u bytes", *length);
	*length += -*length & 3;
	if (!is_wanted(b->type))
		return 1;
	if (*length > BLOCK_SIZE + COMMENT_SIZE && b->type == PCAPNG_SECRETS) {
		b->type = 0;
		return 1;
	}
	if (*length > BLOCK_SIZE + BLOCK_SIZE / 4)
		return capture_damage(c, "a block says that it has %u bytes", *length);
	status = capture_want(c, *length, "a block");
	b->body = input_at(&c->input) + BLOCK_HEAD;
	b->end = input_at(&c->input) + *length - 4;
	return status;
}

static int take(struct weir_capture *c, struct weir_packet *p, uint32_t room, struct text *t)
{
	uint32_t n = 0, length;
	struct block b = { 0 };
	int status = 1;

	while (n < room) {
		status = next_block(c, &b, &length);
		if (status != 1)
			break;
		if (b.type == PCAPNG_ENHANCED || b.type == PCAPNG_SIMPLE ||
				b.type == PCAPNG_PACKET) {
			status = take_packet(c, &b, &p[n], t);
			n += status == 1;
		} else if (b.type == PCAPNG_INTERFACE) {
			status = add_interface(c, &b);
		} else if (b.type == PCAPNG_SECRETS) {
			status = add_secret(c, &b);
		} else {
			c->counts.skipped_blocks += b.type != PCAPNG_SECTION;
		}
		if (status != 1)
			break;
		input_skip(&c->input, length);
		c->hold |= n > 0;
	}
	return n ? (int)n : status == 1 ? 0 : status;
}

static void pcapng_close(struct weir_capture *c)
{
	struct pcapng *f = c->state;

	forget_interfaces(f);
	free(f->interfaces);
	free(f);
}

static const struct reader reader = { .name = "pcapng", .take = take, .close = pcapng_close };

int pcapng_file_open(struct weir_capture *c)
{
	const uint8_t *at = input_at(&c->input);

	if (input_left(&c->input) < 12 || host32(at) != PCAPNG_SECTION ||
	    (host32(at + 8) != PCAPNG_ORDER && be32(at + 8) != PCAPNG_ORDER))
		return 0;
	c->state = calloc(1, sizeof(struct pcapng));
	if (!c->state)
		return fail("out of memory");
	c->reader = &reader;
	return 1;
}
