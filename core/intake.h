/*
 * intake.h - the first stage of the pipe: packets taken from a capture and decoded.
 *
 * They come in loads.  All that their records point to lasts as long as the load: its window
 * onto the file, its tunnels and strings, the datagrams put together for it.
 */
#pragma once

#include "capture/capture.h"
#include "capture/text.h"
#include "decode/decode.h"
#include "flow/flow.h"

struct load {
	struct weir_packet *packets;    /* WEIR_BATCH of them */
	struct weir_tunnel *tunnels;
	struct text text;
	void    *datagrams;             /* put together from fragments */
	double   reassembled, incomplete;       /* datagrams, since the intake began */
	uint32_t tunnel_total;

	/* when it is filled whole, ahead of its use */
	uint32_t count;                 /* packets in it */
	struct place *places;           /* theirs in the flow table; NULL when no flows are made */
	uint8_t *window;
	struct capture_state state;     /* of the capture behind the last of them */
};

/* Makes room for packets; 0 or WEIR_FAIL.  load_clear accepts the result of a failure. */
int load_init(struct load *l);
void load_clear(struct load *l);

struct intake {
	struct decoder decoder;
	const struct weir_batch *home;  /* where records say that they came in */
	struct load *last;
	uint32_t source;                /* number of the capture at hand */
	uint32_t loads;                 /* begun so far */
};

int intake_init(struct intake *in, const struct weir_batch *home, int checksums);
void intake_clear(struct intake *in);

/* Empties a load, for other packets. */
void intake_begin(struct intake *in, struct load *l);

/*
 * Takes at most `room` packets and decodes them into the records from `at` on; returns how
 * many, or what capture_read returns, which explains `hold`.
 */
int intake_take(struct intake *in, struct weir_capture *c, struct load *l, uint32_t at,
	uint32_t room, int hold);
