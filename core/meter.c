/* meter.c - the pipe: capture -> decode, one batch of records per call. */
#include <stdlib.h>
#include "capture/capture.h"
#include "capture/text.h"
#include "decode/decode.h"

enum {
	PIECE         = 64,             /* packets taken and decoded in one go: they stay in the cache */
	UNKNOWN_LINKS = 16              /* link types told apart when they are not decoded */
};

struct weir_meter {
	struct weir_batch  *batch;
	struct weir_packet *packets;
	struct weir_tunnel *tunnels;
	struct text         text;
	struct decoder      decoder;
	struct weir_counts  counts;
	struct weir_unknown_link unknown[UNKNOWN_LINKS];
	uint32_t            source;
};

struct weir_meter *weir_meter_new(const struct weir_meter_options *o)
{
	struct weir_meter *m = calloc(1, sizeof *m);

	if (m) {
		m->decoder.checksums = o->checksums;
		m->counts.first_ns = INT64_MAX;
		m->counts.last_ns = INT64_MIN;
		m->batch = slab_take(SLAB_BATCH);
		m->packets = slab_take(SLAB_PACKETS);
		m->tunnels = m->decoder.tunnels = slab_take(SLAB_TUNNELS);
		m->text.at = slab_take(SLAB_TEXT);
		m->decoder.fragments = fragments_new();
	}
	if (m && m->batch && m->packets && m->tunnels && m->text.at && m->decoder.fragments)
		return m;
	weir_meter_free(m);
	fail("out of memory");
	return NULL;
}

void weir_meter_free(struct weir_meter *m)
{
	if (!m)
		return;
	fragments_free(m->decoder.fragments);
	slab_give(SLAB_TEXT, m->text.at);
	slab_give(SLAB_TUNNELS, m->tunnels);
	slab_give(SLAB_PACKETS, m->packets);
	slab_give(SLAB_BATCH, m->batch);
	free(m);
}

void weir_meter_source(struct weir_meter *m, uint32_t n)
{
	m->source = n;
}

static void count_unknown_link(struct weir_meter *m, uint32_t link_type)
{
	int i = 0;

	while (i < UNKNOWN_LINKS - 1 && m->unknown[i].frames > 0 && m->unknown[i].link_type != link_type)
		i++;                    /* the last place takes all that find no other */
	m->unknown[i].link_type = link_type;
	m->unknown[i].frames++;
}

/* What few packets have. */
static void count_rare(struct weir_meter *m, const struct weir_packet *p)
{
	m->counts.fragments += (p->has & WEIR_HAS_FRAGMENT) != 0;
	m->counts.tunnelled += (p->has & WEIR_HAS_TUNNEL) != 0;
	m->counts.trouble[p->trouble]++;
	if (p->trouble == WEIR_UNKNOWN_LINK)
		count_unknown_link(m, p->link_type);
}

static void decode(struct weir_meter *m, struct weir_packet *p, int n)
{
	struct weir_counts *c = &m->counts;
	uint64_t bytes = 0;
	int64_t first = c->first_ns, last = c->last_ns;

	for (int i = 0; i < n; i++, p++) {
		p->home = m->batch;
		p->source = m->source;
		decode_packet(&m->decoder, p);
		bytes += p->size;
		first = p->ns < first ? p->ns : first;
		last = p->ns > last ? p->ns : last;
		if (unlikely(p->has & (WEIR_HAS_TROUBLE | WEIR_HAS_TUNNEL | WEIR_HAS_FRAGMENT)))
			count_rare(m, p);
	}
	c->packets += n;
	c->bytes += (double)bytes;
	c->first_ns = first;
	c->last_ns = last;
}

int weir_meter_read(struct weir_meter *m, struct weir_capture *c, uint32_t most, const struct weir_batch **batch)
{
	uint32_t count = 0;
	int n = 0;

	most = most < WEIR_BATCH ? most : WEIR_BATCH;
	text_clear(&m->text);
	m->decoder.tunnel_total = 0;
	fragments_recycle(m->decoder.fragments);
	while (count < most) {
		uint32_t room = most - count < PIECE ? most - count : PIECE;

		n = capture_read(c, m->packets + count, room, &m->text, count > 0);
		if (n <= 0)
			break;
		decode(m, m->packets + count, n);
		count += (uint32_t)n;
	}
	*m->batch = (struct weir_batch){
		.packets = m->packets, .tunnels = m->tunnels, .text = m->text.at,
		.packet_count = count, .tunnel_total = m->decoder.tunnel_total, .text_size = m->text.used
	};
	*batch = m->batch;
	return count ? (int)count : n;
}

const struct weir_counts *weir_meter_counts(struct weir_meter *m)
{
	m->counts.reassembled = fragments_whole(m->decoder.fragments);
	m->counts.trouble[WEIR_INCOMPLETE] = fragments_incomplete(m->decoder.fragments);
	return &m->counts;
}

struct weir_unknown_link weir_meter_unknown_link(const struct weir_meter *m, uint32_t i)
{
	return i < UNKNOWN_LINKS ? m->unknown[i] : (struct weir_unknown_link){ 0 };
}
