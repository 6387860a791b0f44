/* meter_setup.c - a meter: made for what is wanted, turned to another source, given back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "meter_inside.h"
#include "proto/keylog.h"

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
