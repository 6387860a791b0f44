/* pcap.c - the classic capture file: either byte order, micro- and nanoseconds. */
#include <stdlib.h>
#include "capture.h"

enum {
	HEADER   = 24,
	HEADERS  = 48,                  /* bytes that decoding will look at, most often */
	EXTENDED = 0xa1b2cd34           /* Kuznetsov's variant: eight more bytes for each packet */
};

struct pcap {
	int      swapped;
	uint32_t scale;                 /* nanoseconds of the time's second part */
	uint32_t head;                  /* bytes before a packet's data */
	uint32_t kept_at;               /* where the number of its bytes stands, not the wire's */
	uint16_t link_type;
};

static inline uint32_t word(const uint8_t *at, int swapped)
{
	return swapped ? be32(at) : host32(at);
}

/* Says why the record at the window's beginning cannot be taken: damage, end, or not yet there. */
static int stop(struct weir_capture *c)
{
	const struct pcap *f = c->state;
	int status = capture_want(c, f->head, "a packet's header");
	uint32_t kept;

	if (status != 1)
		return status;
	kept = word(input_at(&c->input) + f->kept_at, f->swapped);
	if (kept > WEIR_FRAME)
		return capture_damage(c, "a packet says that it has %u bytes", kept);
	return capture_want(c, f->head + (size_t)kept, "a packet");
}

static inline __attribute__((always_inline)) uint32_t take_as(struct weir_capture *c,
	struct weir_packet *p, uint32_t room, int swapped)
{
	const struct pcap f = *(const struct pcap *)c->state;
	struct input *in = &c->input;
	const uint8_t *at = input_at(in), *end = in->window + in->end;
	int64_t offset = (int64_t)input_offset(in);
	double ordinal = c->counts.packets;
	uint32_t n;

	for (n = 0; n < room && (size_t)(end - at) >= f.head; n++) {
		uint32_t kept = word(at + f.kept_at, swapped);
		uint32_t size = word(at + (f.kept_at ^ 4), swapped);

		if (kept > WEIR_FRAME || (size_t)(end - at) - f.head < kept)
			break;
		__builtin_prefetch(at + f.head + HEADERS);
		clear(&p[n], offsetof(struct weir_packet, clock));
		p[n].ns = (int64_t)word(at, swapped) * 1000000000 +
			(int64_t)word(at + 4, swapped) * f.scale;
		p[n].ordinal = ordinal += 1;
		p[n].offset = (double)offset;
		p[n].data = p[n].body = at + f.head;
		p[n].size = size < kept ? kept : size;
		p[n].kept = kept;
		p[n].link_type = f.link_type;
		offset += f.head + kept;
		at += f.head + kept;
	}
	in->begin = (size_t)(at - in->window);
	c->counts.packets = ordinal;
	return n;
}

static int take(struct weir_capture *c, struct weir_packet *p, uint32_t room, struct text *t)
{
	const struct pcap *f = c->state;
	uint32_t n;
	int status;

	(void)t;
	do {
		n = f->swapped ? take_as(c, p, room, 1) : take_as(c, p, room, 0);
		if (n)
			return (int)n;
		status = stop(c);
	} while (status == 1);
	return status;
}

static void pcap_close(struct weir_capture *c)
{
	free(c->state);
}

static const struct reader reader = { .name = "pcap", .take = take, .close = pcap_close };

int pcap_file_open(struct weir_capture *c)
{
	const uint8_t *at = input_at(&c->input);
	uint32_t magic = host32(at);
	int swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1 || magic == 0x34cdb2a1;
	struct pcap *f;
	uint16_t minor;

	magic = word(at, swapped);
	if (input_left(&c->input) < HEADER ||
			(magic != 0xa1b2c3d4 && magic != 0xa1b23c4d && magic != EXTENDED))
		return 0;
	f = calloc(1, sizeof *f);
	if (!f)
		return fail("out of memory");
	f->swapped = swapped;
	f->scale = magic == 0xa1b23c4d ? 1 : 1000;
	f->head = magic == EXTENDED ? 24 : 16;
	minor = swapped ? be16(at + 6) : host16(at + 6);
	f->kept_at = minor < 3 ? 12 : 8;                        /* before 2.3 the other way round */
	f->link_type = (uint16_t)word(at + 20, swapped);        /* the rest tells of the FCS */
	c->reader = &reader;
	c->state = f;
	input_skip(&c->input, HEADER);
	return 1;
}
