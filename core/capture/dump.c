/*
 * dump.c - packets to a capture file, with every nanosecond they have.
 *
 * pcap has one link type and one resolution: microseconds, or nanoseconds
 * when the first packet needs them.  pcapng has an interface for each link
 * type and name.
 */
#include <stdlib.h>
#include <string.h>
#include "pcapng.h"
#include "../base.h"

enum {
	INTERFACES = 256,
	SNAPLEN    = 262144,            /* what a pcap file says it holds; others accept no more */
	LINKTYPE_ETHERNET = 1
};

struct weir_dump {
	struct weir_output *o;
	int      kind;                  /* enum weir_capture_kind */
	int      begun;
	uint32_t scale;                 /* pcap: nanoseconds of the time's second part */
	uint16_t link_type;             /* pcap */
	struct { uint16_t link_type; char name[64]; } interfaces[INTERFACES];
	uint32_t count;
};

struct weir_dump *weir_dump_new(struct weir_output *o, int kind)
{
	struct weir_dump *d = calloc(1, sizeof *d);

	if (!d) {
		fail("out of memory");
		return NULL;
	}
	d->o = o;
	d->kind = kind;
	return d;
}

void weir_dump_free(struct weir_dump *d)
{
	free(d);
}

/* ---- pcap ------------------------------------------------------------------ */

static int begin_pcap(struct weir_dump *d, uint16_t link_type, int64_t first_ns)
{
	uint32_t header[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, SNAPLEN, link_type };

	d->link_type = link_type;
	d->scale = first_ns % 1000 ? 1 : 1000;
	if (d->scale == 1)
		header[0] = 0xa1b23c4d;
	return weir_output_write(d->o, header, sizeof header);
}

static int write_pcap(struct weir_dump *d, const struct weir_packet *p)
{
	int64_t seconds = p->ns / 1000000000, rest = p->ns % 1000000000;
	uint32_t header[4] = { (uint32_t)seconds, (uint32_t)(rest / d->scale), p->kept, p->size };

	if (p->link_type != d->link_type)
		return fail_as(WEIR_MISUSE,
			"a pcap file takes one link type, and here are %u and %u: "
			"write to a name that ends in .pcapng", d->link_type, p->link_type);
	if (rest % d->scale)
		return fail_as(WEIR_MISUSE,
			"this pcap file was begun in microseconds, and packet %.0f has "
			"nanoseconds: write to a name that ends in .pcapng", p->ordinal);
	if (p->ns < 0 || seconds > UINT32_MAX)
		return fail_as(WEIR_MISUSE,
			"a pcap file holds the years 1970 to 2106, and packet %.0f is of "
			"another: write to a name that ends in .pcapng", p->ordinal);
	weir_output_write(d->o, header, sizeof header);
	return weir_output_write(d->o, p->data, p->kept);
}

/* ---- pcapng: little endian on the machines we know ----------------------------- */

static int begin_pcapng(struct weir_dump *d)
{
	static const uint32_t section[7] = { PCAPNG_SECTION, 28, PCAPNG_ORDER, 1, ~0u, ~0u, 28 };

	return weir_output_write(d->o, section, sizeof section);
}

/* A block's length stands before and behind it; what is inside is padded to four bytes. */
static void begin_block(struct weir_dump *d, uint32_t type, uint32_t size)
{
	uint32_t head[2] = { type, 12 + size };

	weir_output_write(d->o, head, sizeof head);
}

static int end_block(struct weir_dump *d, uint32_t size)
{
	uint32_t length = 12 + size;

	return weir_output_write(d->o, &length, sizeof length);
}

static void write_padded(struct weir_dump *d, const void *bytes, uint32_t size)
{
	weir_output_write(d->o, bytes, size);
	weir_output_write(d->o, "\0\0\0", -size & 3);
}

static void write_option(struct weir_dump *d, uint16_t code, const void *value, uint16_t size)
{
	uint16_t head[2] = { code, size };

	weir_output_write(d->o, head, sizeof head);
	write_padded(d, value, size);
}

static uint32_t option_size(uint32_t size)
{
	return size ? 4 + size + (-size & 3) : 0;
}

static void write_interface(struct weir_dump *d, uint16_t link_type, const char *name)
{
	uint32_t length = (uint32_t)strlen(name), fixed[2] = { link_type, 0 };
	uint32_t size = 8 + option_size(length) + option_size(1) + 4;

	begin_block(d, PCAPNG_INTERFACE, size);
	weir_output_write(d->o, fixed, sizeof fixed);
	if (length)
		write_option(d, PCAPNG_IF_NAME, name, (uint16_t)length);
	write_option(d, PCAPNG_IF_TSRESOL, "\11", 1);           /* nine digits */
	write_option(d, PCAPNG_OPTION_END, "", 0);
	end_block(d, size);
}

/* The number of the packet's interface in this file; a new one is written first. */
static int interface_of(struct weir_dump *d, const struct weir_packet *p)
{
	const char *name = p->home->text + p->interface_at;
	const size_t most = sizeof d->interfaces[0].name - 1;
	uint32_t i = 0;

	while (i < d->count && (d->interfaces[i].link_type != p->link_type ||
				strncmp(d->interfaces[i].name, name, most) != 0))
		i++;
	if (i < d->count)
		return (int)i;
	if (i == INTERFACES)
		return fail("cannot write packets of more than %d interfaces to one file",
			INTERFACES);
	d->interfaces[i].link_type = p->link_type;
	strncpy(d->interfaces[i].name, name, most);
	d->count++;
	write_interface(d, p->link_type, d->interfaces[i].name);
	return (int)i;
}

static int write_pcapng(struct weir_dump *d, const struct weir_packet *p)
{
	const char *comment = p->home->text + p->comment_at;
	uint32_t length = (uint32_t)strlen(comment), padded = p->kept + (-p->kept & 3);
	uint32_t size = 20 + padded + (length ? option_size(length) + 4 : 0);
	int interface = interface_of(d, p);
	uint32_t fixed[5] = {
		(uint32_t)interface, (uint32_t)((uint64_t)p->ns >> 32), (uint32_t)p->ns,
		p->kept, p->size
	};

	if (interface < 0)
		return interface;
	begin_block(d, PCAPNG_ENHANCED, size);
	weir_output_write(d->o, fixed, sizeof fixed);
	write_padded(d, p->data, p->kept);
	if (length) {
		write_option(d, PCAPNG_OPTION_COMMENT, comment, (uint16_t)length);
		write_option(d, PCAPNG_OPTION_END, "", 0);
	}
	return end_block(d, size);
}

/* ---- both ------------------------------------------------------------------------ */

static int begin(struct weir_dump *d, uint16_t link_type, int64_t first_ns)
{
	d->begun = 1;
	return d->kind == WEIR_PCAPNG ? begin_pcapng(d) : begin_pcap(d, link_type, first_ns);
}

int weir_dump_end(struct weir_dump *d)
{
	return d->begun ? 0 : begin(d, LINKTYPE_ETHERNET, 0);
}

int weir_dump_write(struct weir_dump *d, const struct weir_batch *batch,
	uint32_t first, uint32_t count)
{
	int status = 0;

	for (uint32_t i = first; i < first + count && status == 0; i++) {
		const struct weir_packet *p = &batch->packets[i];

		if (!d->begun)
			status = begin(d, p->link_type, p->ns);
		if (status == 0)
			status = d->kind == WEIR_PCAPNG ? write_pcapng(d, p) : write_pcap(d, p);
	}
	return status;
}

int weir_dump_secret(struct weir_dump *d, const struct weir_secret *secret)
{
	uint32_t size = 8 + secret->size + (-secret->size & 3);
	uint32_t fixed[2] = { secret->kind, secret->size };

	if (d->kind != WEIR_PCAPNG)
		return 0;
	if (!d->begun)
		begin(d, 0, 0);
	begin_block(d, PCAPNG_SECRETS, size);
	weir_output_write(d->o, fixed, sizeof fixed);
	write_padded(d, secret->data, secret->size);
	return end_block(d, size);
}
