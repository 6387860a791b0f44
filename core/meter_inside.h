/* meter_inside.h - a meter, as the meter files share it. */
#pragma once

#include "ahead.h"
#include "cells.h"
#include "stream/talk.h"

enum { UNKNOWN_LINKS = 16 };            /* link types told apart when they are not decoded */

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

/* Counts packets as they pass. */
void meter_count(struct weir_meter *m, const struct weir_packet *p, uint32_t n);
