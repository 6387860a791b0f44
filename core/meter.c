/*
 * meter.c - the pipe: capture -> decode -> flow, one batch of records per call.
 *
 * Packets go in pieces, small enough to stay in the cache from the frame to the flow.  While one
 * piece is added to the flow table, the memory that the next one needs is on its way.
 */
#include <unistd.h>
#include "interrupt.h"
#include "meter_inside.h"
#include "proto/keylog.h"
#include "store/sample_read.h"

enum { WAIT_US = 25000 };               /* for rows that may come */

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
	meter_count(m, p->packets, p->n);
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
