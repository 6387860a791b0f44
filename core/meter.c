/*
 * meter.c - the pipe: capture -> decode -> flow, one batch of records per call.
 *
 * Packets go in pieces, small enough to stay in the cache from the frame to the flow.  While one
 * piece is added to the flow table, the memory that the next one needs is on its way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "ahead.h"
#include "cells.h"
#include "interrupt.h"
#include "proto/keylog.h"
#include "store/sample_read.h"
#include "stream/talk.h"

enum {
	UNKNOWN_LINKS = 16,             /* link types told apart when they are not decoded */
	WAIT_US       = 25000           /* for rows that may come */
};

struct weir_meter {
	struct weir_batch  *batch;
	struct intake       intake;
	struct load         own;                /* for packets that are not read ahead */
	struct load        *load;               /* the one at hand */
	struct ahead       *ahead;              /* NULL when nobody asked for it */
	struct weir_counts  counts;
	struct weir_unknown_link unknown[UNKNOWN_LINKS];
	struct flows       *flows;              /* NULL when nobody asked for any */
	struct cells        cells;              /* what scripts give to those that end */
	struct piece        pieces[2];          /* one goes into the flow table, one comes next */
	uint32_t            which;              /* goes */
	int                 keeps;              /* packets are records, too */
	uint32_t            taken;              /* packets of the load that are in pieces, or */
	uint32_t            done;               /* already in a batch */
	uint32_t            secrets;            /* of the capture that those who listen know */
	struct weir_run    *run;                /* of packets, when there are no flows */
};

static const double LONGEST = 24 * 86400;       /* seconds: a flow's milliseconds fit 31 bits */

static int64_t nanoseconds(double seconds, double otherwise)
{
	double wanted = seconds > 0 ? seconds : otherwise;

	return (int64_t)((wanted < LONGEST ? wanted : LONGEST) * 1e9);
}

static int needs_flows(const struct weir_meter_options *o)
{
	return o->flows || o->seconds || o->begins || talks_can(o->kinds);
}

/* The flow table, when anything needs it; 0 or WEIR_FAIL. */
static int make_flows(struct weir_meter *m, const struct weir_meter_options *o)
{
	struct flow_options how = {
		.idle = nanoseconds(o->idle, 120), .active = nanoseconds(o->active, 1800),
		.linger = nanoseconds(o->linger, 10), .max_flows = o->max_flows,
		.packets = o->packets, .begins = o->begins, .cuts = o->cuts, .seconds = o->seconds,
		.stats = o->stats || o->splt, .offsets = o->offsets, .tcp = o->tcp,
		.timeouts_only = o->timeouts_only, .splt = o->splt, .kinds = o->kinds,
		.names = o->names, .labels = o->labels, .prompt = o->prompt, .seed = o->seed
	};

	if (!needs_flows(o))
		return 0;
	if (!how.seed && getentropy(&how.seed, sizeof how.seed) < 0)
		return fail("cannot draw a seed for the table of flows: %s", strerror(errno));
	m->flows = flows_new(&how);
	if (!m->flows)
		return WEIR_FAIL;
	if (!o->keylog || !m->flows->talks)
		return 0;
	if (keylog_open(talks_keylog(m->flows->talks), o->keylog) < 0)
		return WEIR_FAIL;
	talks_choose(m->flows->talks);
	return 0;
}

static int make(struct weir_meter *m, const struct weir_meter_options *o)
{
	m->batch = slab_take(SLAB_BATCH);
	m->run = slab_take(SLAB_RUNS);
	if (!m->batch || !m->run)
		return fail("out of memory");
	m->load = &m->own;
	if (intake_init(&m->intake, m->batch, o->checksums) < 0 || load_init(&m->own) < 0)
		return WEIR_FAIL;
	intake_begin(&m->intake, &m->own);
	if (make_flows(m, o) < 0)
		return WEIR_FAIL;
	m->ahead = o->ahead ? ahead_new(&m->intake, m->flows) : NULL;
	return o->ahead && !m->ahead ? WEIR_FAIL : 0;
}

struct weir_meter *weir_meter_new(const struct weir_meter_options *o)
{
	struct weir_meter *m = calloc(1, sizeof *m);

	if (!m) {
		fail("out of memory");
		return NULL;
	}
	m->counts.first_ns = INT64_MAX;
	m->counts.last_ns = INT64_MIN;
	m->keeps = o->packets || !needs_flows(o);
	if (make(m, o) == 0)
		return m;
	weir_meter_free(m);
	return NULL;
}

void weir_meter_free(struct weir_meter *m)
{
	if (!m)
		return;
	if (m->batch)                   /* old records may still be looked at: these are slabs */
		*m->batch = (struct weir_batch){
			.runs = m->batch->runs, .packets = m->batch->packets,
			.flows = m->batch->flows, .seconds = m->batch->seconds,
			.begins = m->batch->begins, .cells = m->batch->cells,
			.notes = m->batch->notes
		};
	ahead_free(m->ahead);
	flows_free(m->flows);
	cells_clear(&m->cells);
	load_clear(&m->own);
	intake_clear(&m->intake);
	slab_give(SLAB_RUNS, m->run);
	slab_give(SLAB_BATCH, m->batch);
	free(m);
}

void weir_meter_source(struct weir_meter *m, uint32_t n)
{
	if (m->ahead)
		ahead_leave(m->ahead);
	m->intake.source = n;
	m->secrets = 0;
	if (m->flows && m->flows->talks)
		keylog_settle(talks_keylog(m->flows->talks));
	if (m->flows)
		flows_source(m->flows);
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

static void count(struct weir_meter *m, const struct weir_packet *p, uint32_t n)
{
	struct weir_counts *c = &m->counts;
	uint64_t bytes = 0;
	int64_t first = c->first_ns, last = c->last_ns;

	c->packets += n;
	for (; n; n--, p++) {
		bytes += p->size;
		first = p->ns < first ? p->ns : first;
		last = p->ns > last ? p->ns : last;
		if (unlikely(p->has & (WEIR_HAS_TROUBLE | WEIR_HAS_TUNNEL | WEIR_HAS_FRAGMENT)))
			count_rare(m, p);
	}
	c->bytes += (double)bytes;
	c->first_ns = first;
	c->last_ns = last;
}

/* What was read ahead of another capture than `c` is not asked for any more. */
static void leave_other(struct weir_meter *m, const struct weir_capture *c)
{
	if (!m->ahead || ahead_has(m->ahead, c))
		return;
	ahead_leave(m->ahead);
	if (m->load != &m->own)
		m->load->count = m->taken;
}

/*
 * Begins a batch: with what the last one had no room for, or with the next load of `c`, NULL
 * being none.  1, or what ahead_next says when that has none.
 */
static int begin_batch(struct weir_meter *m, struct weir_capture *c)
{
	int is_ahead = c && m->ahead && ahead_can(c), status = 1;

	leave_other(m, c);
	cells_begin(&m->cells);
	if (m->done == m->taken && !(is_ahead && m->done < m->load->count)) {
		struct load *next = is_ahead ? ahead_next(m->ahead, c, &status) : NULL;

		m->load = next ? next : &m->own;
		m->done = m->taken = 0;
		if (!is_ahead)
			intake_begin(&m->intake, &m->own);
	}
	if (m->flows)
		flows_begin(m->flows, m->batch, m->load->tunnels, m->done);
	return status;
}

/* Shows the packets from `first` on that are done, and all that came of them. */
static int show_batch(struct weir_meter *m, uint32_t first, const struct weir_batch **batch)
{
	uint32_t n = m->done - first;

	*m->run = (struct weir_run){ WEIR_PACKET, 0, n };
	*m->batch = (struct weir_batch){
		.packets = m->load->packets + (m->keeps ? first : 0),
		.moved = n, .packet_count = m->keeps ? n : 0,
		.runs = m->run, .run_count = n > 0,
		.tunnels = m->load->tunnels, .tunnel_total = m->load->tunnel_total,
		.text = m->load->text.at, .text_size = m->load->text.used
	};
	if (m->flows) {
		const struct flow_out *out = &m->flows->out;

		m->batch->runs = out->runs;
		m->batch->run_count = out->run_count;
		m->batch->flows = out->flows;
		m->batch->flow_count = out->flow_count;
		m->batch->seconds = out->seconds;
		m->batch->second_count = out->second_count;
		m->batch->begins = out->begins;
		m->batch->begin_count = out->begin_count;
		m->batch->said_count = out->said_count;
		m->batch->stats = out->stats;
		m->batch->splt = out->splt;
		m->batch->facts = out->facts;
		m->batch->offsets = out->offsets;
		m->batch->offset_sources = out->offset_sources;
		if (m->flows->talks)
			talks_show(m->flows->talks, m->batch);
	}
	cells_show(&m->cells, m->batch);
	*batch = m->batch;
	return (int)(n + m->batch->flow_count + m->batch->second_count + m->batch->begin_count +
		m->batch->said_count);
}

/*
 * Takes and decodes at most `room` packets.  Records that nobody is to see are used again by
 * turns, `other` saying whose turn it is.
 */
static int take_own(struct weir_meter *m, struct weir_capture *c, uint32_t room, int other,
	struct piece *p)
{
	uint32_t at = m->keeps ? m->taken : other ? PIECE : 0;

	p->packets = m->own.packets + at;
	p->places = p->own;
	return room ? intake_take(&m->intake, c, &m->own, at, room, m->taken > 0) : 0;
}

/* The next of those that were read ahead. */
static int take_ahead(struct weir_meter *m, uint32_t room, struct piece *p)
{
	uint32_t left = m->load->count - m->taken;

	p->packets = m->load->packets + m->taken;
	if (m->load->places)
		p->places = m->load->places + m->taken;
	return (int)(left < room ? left : room);
}

/* The next piece, of packets before number `until` of the load; how many, or a weir_status. */
static int take(struct weir_meter *m, struct weir_capture *c, uint32_t until, struct piece *p)
{
	uint32_t room = until - m->taken < PIECE ? until - m->taken : PIECE;
	int n = m->load == &m->own ? take_own(m, c, room, p != m->pieces, p)
		: take_ahead(m, room, p);

	p->first = m->taken;
	p->done = 0;
	p->n = n > 0 ? (uint32_t)n : 0;
	m->taken += p->n;
	count(m, p->packets, p->n);
	m->counts.reassembled = m->load->reassembled;
	m->counts.trouble[WEIR_INCOMPLETE] = m->load->incomplete;
	if (m->flows)
		flows_find(m->flows, p);
	return n;
}

/* Tells those who listen what secrets the capture has shown by now. */
static void tell_secrets(struct weir_meter *m, struct weir_capture *c)
{
	struct weir_secret secret;

	while ((secret = weir_capture_secret(c, m->secrets)).data)
		keylog_offer(talks_keylog(m->flows->talks), secret.data, secret.size,
			capture_secret_ordinal(c, m->secrets++));
	talks_choose(m->flows->talks);
}

/* Hands a piece to the flow table; 0 when the batch is full before all of it is in. */
static int add(struct weir_meter *m, struct piece *now, struct piece *next)
{
	uint32_t before = now->done;
	int all = 1;

	if (m->flows)
		all = flows_add(m->flows, now, next);
	else
		now->done = now->n;
	m->done += now->done - before;
	return all;
}

/*
 * Moves packets, of `c` unless that is NULL, until the batch is full or no more can be had at
 * once; returns what the last take said.
 */
static int pump(struct weir_meter *m, struct weir_capture *c, uint32_t until)
{
	int n = 1;

	for (;;) {
		struct piece *now = &m->pieces[m->which], *next = &m->pieces[!m->which];

		if (c && next->done == next->n)
			n = take(m, c, until, next);
		if (c && capture_has_secrets(c, m->secrets) && m->flows && m->flows->talks)
			tell_secrets(m, c);
		if (!add(m, now, next) || next->done == next->n)
			return n;
		m->which = !m->which;
	}
}

int weir_meter_read(struct weir_meter *m, struct weir_capture *c, uint32_t most,
	const struct weir_batch **batch)
{
	int status, records;
	uint32_t first;
	int64_t now;

	if (interrupt_asked())
		return interrupt_fail();
	status = begin_batch(m, c);
	first = m->done;
	if (most > WEIR_BATCH - first)
		most = WEIR_BATCH - first;
	if (status > 0)
		status = pump(m, c, first + most);
	if (status == 0 && m->flows && m->done == m->taken && capture_now(c, &now))
		flows_tick(m->flows, now);
	records = show_batch(m, first, batch);
	return records || status > 0 ? records : status;
}

/* Makes records of rows until the batch is full; how many rows there were, or WEIR_END. */
static int take_rows(struct weir_meter *m, struct weir_sample *sample, uint32_t most)
{
	struct said *said = m->flows && m->flows->talks ? talk_said(m->flows) : NULL;
	int n = 0, status = 1;

	if (!said || !(said_wants(said, WEIR_HTTP) || said_wants(said, WEIR_EXCHANGE)))
		return WEIR_END;
	while ((uint32_t)n < most && !said->crowded && status > 0) {
		status = sample_next(sample, said, m->intake.source);
		n += status > 0;
	}
	sample_pause(sample);
	return n ? n : status;
}

int weir_meter_sample(struct weir_meter *m, struct weir_sample *s, uint32_t most,
	const struct weir_batch **batch)
{
	int n;

	begin_batch(m, NULL);
	n = take_rows(m, s, most < WEIR_BATCH ? most : WEIR_BATCH);
	show_batch(m, m->done, batch);
	m->batch->moved = n > 0 ? (uint32_t)n : 0;
	if (n == 0)
		usleep(WAIT_US);
	return n;
}

int weir_meter_finish(struct weir_meter *m, const struct weir_batch **batch)
{
	uint32_t first;

	if (interrupt_asked())
		return interrupt_fail();
	begin_batch(m, NULL);
	first = m->done;
	pump(m, NULL, 0);
	if (m->flows && m->done == m->taken)
		flows_finish(m->flows);
	return show_batch(m, first, batch);
}

void *weir_meter_memory(struct weir_meter *m, uint32_t size)
{
	if (m->flows)
		return flows_memory(m->flows, size);
	fail_as(WEIR_MISUSE, "no memory for flows: none are made");
	return NULL;
}

int weir_meter_forget(struct weir_meter *m, void *memory)
{
	if (m->flows)
		return flows_forget(m->flows, memory);
	return fail_as(WEIR_MISUSE, "no memory to give back: no flows are made");
}

struct weir_cell *weir_meter_cells(struct weir_meter *m, uint32_t columns, uint32_t layout)
{
	if (!m->flows) {
		fail_as(WEIR_MISUSE, "no cells for flows: none are made");
		return NULL;
	}
	if (cells_arrange(&m->cells, columns, layout) < 0)
		return NULL;
	cells_show(&m->cells, m->batch);
	return m->cells.at;
}

uint32_t weir_meter_note(struct weir_meter *m, const void *bytes, uint32_t size)
{
	uint32_t at = cells_note(&m->cells, bytes, size);

	m->batch->notes = m->cells.notes;
	return at;
}

int weir_meter_app(struct weir_meter *m, uint32_t row, uint32_t app, uint32_t by)
{
	if (!m->flows || row >= m->flows->out.flow_count || app > UINT16_MAX || by > WEIR_APP_PORT)
		return fail_as(WEIR_MISUSE, "flow %u of the batch cannot be for %u", row, app);
	m->flows->out.flows[row].app_number = (uint16_t)app;
	m->flows->out.flows[row].app_by = (uint8_t)by;
	return 0;
}

int weir_meter_cut(struct weir_meter *m, uint32_t flow, int64_t clock)
{
	if (m->flows)
		return flows_cut(m->flows, flow, clock);
	return fail_as(WEIR_MISUSE, "cannot end flow %u: none are made", flow);
}

const struct weir_counts *weir_meter_counts(struct weir_meter *m)
{
	if (m->flows) {
		m->counts.flows = m->flows->begun;
		m->counts.offsets_dropped = m->flows->offsets_dropped;
		if (m->flows->talks)
			talks_count(m->flows->talks, &m->counts);
	}
	m->counts.notes_dropped = m->cells.notes_dropped;
	return &m->counts;
}

struct weir_parser weir_meter_parser(const struct weir_meter *m, uint32_t i)
{
	return m->flows && m->flows->talks ? talks_parser(m->flows->talks, i)
		: (struct weir_parser){ 0 };
}

double weir_meter_said(const struct weir_meter *m, uint32_t kind)
{
	return m->flows && m->flows->talks ? talks_said(m->flows->talks, kind) : 0;
}

struct weir_unknown_link weir_meter_unknown_link(const struct weir_meter *m, uint32_t i)
{
	return i < UNKNOWN_LINKS ? m->unknown[i] : (struct weir_unknown_link){ 0 };
}
