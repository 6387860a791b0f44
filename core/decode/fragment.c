/*
 * fragment.c - IP datagrams put together from their fragments.
 *
 * Bounded: so many datagrams at once, for so many seconds of packet time;
 * the oldest gives way.  Overlap: in IPv4 the bytes that came first stay; in
 * IPv6, where honest senders never overlap, the datagram is given up (RFC 5722).
 */
#include <stdlib.h>
#include <string.h>
#include "decode.h"
#include "../slab.h"

enum {
	DATAGRAMS   = 256,              /* being put together at once */
	UNIT        = 8,                /* bytes that fragments count in */
	UNITS       = 65536 / UNIT,
	CHAINS      = 512,
	HEADER_ROOM = 512               /* before the data: the IP header, which ends there */
};

/* In a slab, since records point into it. */
struct buffer {
	struct buffer *next;            /* the next one to recycle */
	uint8_t bytes[HEADER_ROOM + 65536];
};

_Static_assert(sizeof(struct buffer) <= DATAGRAM_SIZE, "a slab must hold a datagram");

struct key {
	uint8_t  src[16], dest[16];
	uint16_t vlans[WEIR_VLANS];
	uint32_t id, tunnel;
	uint8_t  version, protocol, depth, unused;
};

struct datagram {
	struct key key;
	struct datagram *chain;         /* the next one with the same hash */
	struct datagram *before, *after;        /* in order of beginning; or the next free one */
	struct buffer *buffer;          /* NULL: given up, its later fragments are refused */
	int64_t  begun;                 /* when its first fragment came */
	uint32_t total;                 /* bytes, once the last fragment is there; else 0 */
	uint32_t furthest;              /* byte that any fragment reaches */
	uint32_t units;                 /* of them here */
	uint32_t header;                /* bytes of the IP header, 0 when not here */
	uint8_t  protocol;              /* behind the header */
	uint8_t  carried;               /* behind what else is before it, as the first fragment says */
	uint8_t  icmp_type, icmp_code;
	uint16_t src_port, dest_port;
	uint32_t told;                  /* which of these it says, as records have it */
	uint64_t here[UNITS / 64];      /* which units are here */
};

struct fragments {
	struct datagram *chains[CHAINS];
	struct datagram *oldest, *newest;
	struct datagram *free;
	struct buffer   *spent;                 /* whole datagrams, to which records point */
	int64_t  now;                           /* the latest packet time seen */
	double   lost, whole;
	uint32_t waiting;
	struct datagram datagrams[DATAGRAMS];
};

struct fragments *fragments_new(void)
{
	struct fragments *f = calloc(1, sizeof *f);

	for (int i = 0; f && i < DATAGRAMS; i++) {
		f->datagrams[i].after = f->free;
		f->free = &f->datagrams[i];
	}
	return f;
}

void *fragments_whole_ones(struct fragments *f)
{
	struct buffer *first = f->spent;

	f->spent = NULL;
	return first;
}

void fragments_recycle(void *whole_ones)
{
	struct buffer *b = whole_ones;

	while (b) {
		struct buffer *next = b->next;

		slab_give(SLAB_DATAGRAM, b);
		b = next;
	}
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	for (struct datagram *g = f->oldest; g; g = g->after)
		slab_give(SLAB_DATAGRAM, g->buffer);
	fragments_recycle(f->spent);
	free(f);
}

double fragments_incomplete(const struct fragments *f)
{
	return f->lost + f->waiting;
}

double fragments_whole(const struct fragments *f)
{
	return f->whole;
}

/* ---- the table -------------------------------------------------------------- */

static struct datagram **chain_of(struct fragments *f, const struct key *k)
{
	const uint8_t *at = (const uint8_t *)k;
	uint64_t h = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < sizeof *k; i += 4)
		h = (h ^ host32(at + i)) * 0xff51afd7ed558ccd;
	return &f->chains[h >> 32 & (CHAINS - 1)];
}

static struct key key_of(const struct decoder *d, uint8_t protocol)
{
	const struct weir_packet *p = d->p;
	struct key k = { .id = p->ip_id, .version = p->ip_version, .depth = p->tunnel_count };

	memcpy(k.src, p->src_addr, 16);
	memcpy(k.dest, p->dest_addr, 16);
	memcpy(k.vlans, p->vlans, sizeof k.vlans);
	if (p->ip_version == 4)
		k.protocol = protocol;
	if (p->tunnel_count)
		k.tunnel = d->tunnels[p->tunnel_first + p->tunnel_count - 1].id;
	return k;
}

static struct datagram *find(struct fragments *f, const struct key *k)
{
	struct datagram *g = *chain_of(f, k);

	while (g && memcmp(&g->key, k, sizeof *k) != 0)
		g = g->chain;
	return g;
}

/* Frees its place: no fragment finds it any more. */
static void forget(struct fragments *f, struct datagram *g)
{
	struct datagram **at = chain_of(f, &g->key);

	while (*at != g)
		at = &(*at)->chain;
	*at = g->chain;
	*(g->before ? &g->before->after : &f->oldest) = g->after;
	*(g->after ? &g->after->before : &f->newest) = g->before;
	g->after = f->free;
	f->free = g;
	f->waiting--;
}

static void give_up_oldest(struct fragments *f)
{
	slab_give(SLAB_DATAGRAM, f->oldest->buffer);
	forget(f, f->oldest);
	f->lost++;
}

/* They began in the order of `now`, so the oldest expires first. */
static void expire(struct fragments *f, int64_t now)
{
	if (now > f->now)
		f->now = now;
	while (f->oldest && f->now - f->oldest->begun > FRAGMENTS_WAIT)
		give_up_oldest(f);
}

static struct datagram *begin(struct fragments *f, const struct key *k)
{
	struct buffer *buffer = slab_take(SLAB_DATAGRAM);
	struct datagram *g, **chain = chain_of(f, k);

	if (!buffer)
		return NULL;
	if (!f->free)
		give_up_oldest(f);
	g = f->free;
	f->free = g->after;
	*g = (struct datagram){
		.key = *k, .chain = *chain, .before = f->newest, .buffer = buffer, .begun = f->now
	};
	*chain = g;
	*(f->newest ? &f->newest->after : &f->oldest) = g;
	f->newest = g;
	f->waiting++;
	return g;
}

/* ---- one datagram -------------------------------------------------------------- */

/* Of the 64 units that one word of `here` stands for, those from `first` up to `end`. */
static uint64_t mask_of(uint32_t word, uint32_t first, uint32_t end)
{
	uint32_t low = word * 64;
	uint64_t from = first > low ? ~0ull << (first - low) : ~0ull;

	return end - low < 64 ? from & ~(~0ull << (end - low)) : from;
}

/* How many of the units from `first` up to `end` are here. */
static uint32_t units_here(const struct datagram *g, uint32_t first, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t word = first / 64; word * 64 < end; word++)
		n += (uint32_t)__builtin_popcountll(g->here[word] & mask_of(word, first, end));
	return n;
}

/* Copies the units from `first` up to `end`, the last of which may be shorter. */
static void put_units(struct datagram *g, const uint8_t *from, uint32_t size, uint32_t first,
	uint32_t end)
{
	memcpy(g->buffer->bytes + HEADER_ROOM + first * UNIT, from, size);
	for (uint32_t word = first / 64; word * 64 < end; word++)
		g->here[word] |= mask_of(word, first, end);
	g->units += end - first;
}

/* Copies what is not here yet. */
static void put(struct datagram *g, const uint8_t *from, uint32_t offset, uint32_t size)
{
	uint32_t first = offset / UNIT, end = first + (size + UNIT - 1) / UNIT;

	if (units_here(g, first, end) == 0) {
		put_units(g, from, size, first, end);
		return;
	}
	for (uint32_t i = first; i < end; i++) {
		uint32_t at = (i - first) * UNIT, n = size - at < UNIT ? size - at : UNIT;

		if (units_here(g, i, i + 1) == 0)
			put_units(g, from + at, n, i, i + 1);
	}
}

/* Whether the fragment can be part of the datagram, given what is known of its size. */
static int fits(const struct datagram *g, uint32_t offset, uint32_t size, int more)
{
	uint32_t end = offset + size;

	if (size == 0 || end > 65535 || (more && size % UNIT))
		return 0;
	if (g->total && (end > g->total || (!more && end != g->total)))
		return 0;
	return more || g->furthest <= end;
}

static int overlaps(const struct datagram *g, const uint8_t *from, uint32_t offset, uint32_t size)
{
	uint32_t first = offset / UNIT, end = first + (size + UNIT - 1) / UNIT;
	uint32_t already = units_here(g, first, end);

	if (already == end - first)     /* the same fragment twice is no overlap */
		return memcmp(g->buffer->bytes + HEADER_ROOM + offset, from, size) != 0;
	return already != 0;
}

static void keep_header(struct datagram *g, const struct weir_packet *p, const uint8_t *at,
	uint8_t protocol)
{
	const uint8_t *header = (const uint8_t *)p->body + p->network_at;
	size_t size = (size_t)(at - header);

	g->protocol = protocol;
	if (size > HEADER_ROOM)
		return;
	memcpy(g->buffer->bytes + HEADER_ROOM - size, header, size);
	g->header = (uint32_t)size;
}

/* The record is that of the whole datagram from here on. */
static const uint8_t *show_whole(struct fragments *f, struct datagram *g, struct weir_packet *p,
	uint32_t *size)
{
	p->body = g->buffer->bytes;
	p->network_at = HEADER_ROOM - g->header;
	p->protocol = g->protocol;
	g->buffer->next = f->spent;
	f->spent = g->buffer;
	f->whole++;
	forget(f, g);
	*size = g->total;
	return g->buffer->bytes + HEADER_ROOM;
}

/* What the first fragment says of the flow that all of them are of. */
static void show_flow(struct weir_packet *p, const struct datagram *g)
{
	if (!g->carried)
		return;
	p->protocol = g->carried;
	p->src_port = g->src_port;
	p->dest_port = g->dest_port;
	p->icmp_type = g->icmp_type;
	p->icmp_code = g->icmp_code;
	p->has |= g->told;
}

/* The datagram that the packet at hand belongs to, begun if need be. */
static struct datagram *datagram_of(struct decoder *d)
{
	struct key k = key_of(d, d->p->protocol);
	struct datagram *g;

	expire(d->fragments, d->p->ns);
	g = find(d->fragments, &k);
	return g ? g : begin(d->fragments, &k);
}

/* Whether the fragment may be added.  In IPv6 one that overlaps spoils the datagram for good. */
static int accept(struct datagram *g, const uint8_t *from, uint32_t size, struct part part)
{
	if (!g->buffer || !fits(g, part.from, size, part.more))
		return 0;
	if (g->key.version == 4 || !overlaps(g, from, part.from, size))
		return 1;
	slab_give(SLAB_DATAGRAM, g->buffer);
	g->buffer = NULL;
	return 0;
}

const uint8_t *fragment_add(struct decoder *d, const uint8_t *at, const uint8_t *end,
	struct part part, uint32_t *size)
{
	uint32_t n = (uint32_t)(end - at);
	uint8_t protocol = d->p->protocol;
	struct datagram *g = datagram_of(d);

	if (!g)
		return NULL;
	show_flow(d->p, g);
	if (d->missing)
		return NULL;            /* one that is cut never makes a whole */
	if (!accept(g, at, n, part)) {
		stop(d, WEIR_BAD_FRAGMENT);
		return NULL;
	}
	put(g, at, part.from, n);
	if (part.from == 0 && !g->header)
		keep_header(g, d->p, at, protocol);
	if (!part.more)
		g->total = part.from + n;
	if (part.from + n > g->furthest)
		g->furthest = part.from + n;
	if (!g->total || g->units != (g->total + UNIT - 1) / UNIT)
		return NULL;
	return show_whole(d->fragments, g, d->p, size);
}

rare void fragment_tell(struct decoder *d, uint8_t protocol)
{
	struct key k = key_of(d, protocol);
	struct datagram *g = find(d->fragments, &k);
	const struct weir_packet *p = d->p;

	if (!g)
		return;
	g->carried = p->protocol;
	g->src_port = p->src_port;
	g->dest_port = p->dest_port;
	g->icmp_type = p->icmp_type;
	g->icmp_code = p->icmp_code;
	g->told = p->has & (WEIR_HAS_PORTS | WEIR_HAS_ICMP);
}
