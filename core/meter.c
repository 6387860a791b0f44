/* meter.c - the pipe: capture -> decode -> flow, one batch of records per call. */
#include <stdlib.h>
#include "capture/capture.h"
#include "capture/text.h"
#include "decode/decode.h"
#include "flow/flow.h"

enum {
	PIECE         = 64,             /* packets taken and decoded in one go: they stay cached */
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
	struct flows       *flows;              /* NULL when nobody asked for any */
	uint32_t            source;
	uint32_t            count;              /* packets taken and decoded */
	uint32_t            done;               /* of these, already in a batch */
	uint32_t            packet_tunnels;     /* rows of tunnels that belong to packets */
	struct weir_run     run;                /* of packets, when there are no flows */
};

static const double LONGEST = 2e8;      /* seconds: six years, so that deadlines fit */

static int64_t nanoseconds(double seconds, double otherwise)
{
	double wanted = seconds > 0 ? seconds : otherwise;

	return (int64_t)((wanted < LONGEST ? wanted : LONGEST) * 1e9);
}

/* The flow table, when anything needs it; 0 or WEIR_FAIL. */
static int make_flows(struct weir_meter *m, const struct weir_meter_options *o)
{
	struct flow_options how = {
		.idle = nanoseconds(o->idle, 120), .active = nanoseconds(o->active, 1800),
		.linger = nanoseconds(o->linger, 10), .max_flows = o->max_flows,
		.packets = o->packets, .seconds = o->seconds,
		.stats = o->stats, .offsets = o->offsets, .tcp = o->tcp,
		.timeouts_only = o->timeouts_only, .splt = o->stats ? o->splt : 0, .seed = o->seed
	};

	if (!o->flows && !o->seconds)
		return 0;
	m->flows = flows_new(&how);
	return m->flows ? 0 : WEIR_FAIL;
}

static int allocate(struct weir_meter *m)
{
	m->batch = slab_take(SLAB_BATCH);
	m->packets = slab_take(SLAB_PACKETS);
	m->tunnels = m->decoder.tunnels = slab_take(SLAB_TUNNELS);
	m->text.at = slab_take(SLAB_TEXT);
	m->decoder.fragments = fragments_new();
	if (m->batch && m->packets && m->tunnels && m->text.at && m->decoder.fragments)
		return 0;
	return fail("out of memory");
}

struct weir_meter *weir_meter_new(const struct weir_meter_options *o)
{
	struct weir_meter *m = calloc(1, sizeof *m);

	if (!m) {
		fail("out of memory");
		return NULL;
	}
	m->decoder.checksums = o->checksums;
	m->counts.first_ns = INT64_MAX;
	m->counts.last_ns = INT64_MIN;
	if (allocate(m) == 0 && make_flows(m, o) == 0)
		return m;
	weir_meter_free(m);
	return NULL;
}

void weir_meter_free(struct weir_meter *m)
{
	if (!m)
		return;
	if (m->batch)
		*m->batch = (struct weir_batch){ 0 };   /* old records lead to nothing now */
	flows_free(m->flows);
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
	if (m->flows)
		m->flows->new_source = 1;
}

static void count_unknown_link(struct weir_meter *m, uint32_t link_type)
{
	int i = 0;

	while (i < UNKNOWN_LINKS - 1 && m->unknown[i].frames > 0 &&
			m->unknown[i].link_type != link_type)
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

/* Begins a batch: with what the last one had no room for, or anew. */
static void begin_batch(struct weir_meter *m)
{
	if (m->done == m->count) {
		m->done = m->count = m->packet_tunnels = 0;
		text_clear(&m->text);
		fragments_recycle(m->decoder.fragments);
	}
	m->decoder.tunnel_total = m->packet_tunnels;
	if (m->flows)
		flows_begin(m->flows, m->batch, m->tunnels, &m->decoder.tunnel_total);
}

/* Shows the packets from `first` on that are done, and all that came of them. */
static int show_batch(struct weir_meter *m, uint32_t first, const struct weir_batch **batch)
{
	uint32_t n = m->done - first;

	*m->batch = (struct weir_batch){
		.packets = m->packets + first, .packet_count = n,
		.runs = &m->run, .run_count = n > 0,
		.tunnels = m->tunnels, .tunnel_total = m->decoder.tunnel_total,
		.text = m->text.at, .text_size = m->text.used
	};
	m->run = (struct weir_run){ WEIR_PACKET, 0, n };
	if (m->flows) {
		const struct flow_out *out = &m->flows->out;

		m->batch->runs = out->runs;
		m->batch->run_count = out->run_count;
		m->batch->flows = out->flows;
		m->batch->flow_count = out->flow_count;
		m->batch->seconds = out->seconds;
		m->batch->second_count = out->second_count;
		m->batch->stats = out->stats;
		m->batch->splt = out->splt;
		m->batch->facts = out->facts;
		m->batch->offsets = out->offsets;
	}
	*batch = m->batch;
	return (int)(n + m->batch->flow_count + m->batch->second_count);
}

/* Hands decoded packets to the flow table; 0 when the batch is full before all are in. */
static int do_flows(struct weir_meter *m)
{
	uint32_t n = m->count - m->done;

	m->done += m->flows ? flows_add(m->flows, m->packets + m->done, n) : n;
	return m->done == m->count;
}

/*
 * Takes and decodes packets, `most` or as many as can be had at once; a weir_status when
 * there are none.
 */
static int fill(struct weir_meter *m, struct weir_capture *c, uint32_t most)
{
	int n = 1;

	while (n > 0 && m->count < most) {
		uint32_t room = most - m->count < PIECE ? most - m->count : PIECE;

		n = capture_read(c, m->packets + m->count, room, &m->text, m->count > 0);
		if (n > 0) {
			decode(m, m->packets + m->count, n);
			m->count += (uint32_t)n;
		}
	}
	m->packet_tunnels = m->decoder.tunnel_total;
	return m->count ? 1 : n;
}

int weir_meter_read(struct weir_meter *m, struct weir_capture *c, uint32_t most,
	const struct weir_batch **batch)
{
	uint32_t first;
	int status = 1, records;

	begin_batch(m);
	first = m->done;
	if (m->count == 0)
		status = fill(m, c, most < WEIR_BATCH ? most : WEIR_BATCH);
	do_flows(m);
	records = show_batch(m, first, batch);
	return records || status > 0 ? records : status;
}

int weir_meter_finish(struct weir_meter *m, const struct weir_batch **batch)
{
	uint32_t first;

	begin_batch(m);
	first = m->done;
	if (m->flows && do_flows(m))
		flows_finish(m->flows);
	return show_batch(m, first, batch);
}

const struct weir_counts *weir_meter_counts(struct weir_meter *m)
{
	if (m->flows)
		m->counts.flows = m->flows->begun;
	m->counts.reassembled = fragments_whole(m->decoder.fragments);
	m->counts.trouble[WEIR_INCOMPLETE] = fragments_incomplete(m->decoder.fragments);
	return &m->counts;
}

struct weir_unknown_link weir_meter_unknown_link(const struct weir_meter *m, uint32_t i)
{
	return i < UNKNOWN_LINKS ? m->unknown[i] : (struct weir_unknown_link){ 0 };
}
