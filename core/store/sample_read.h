/* sample_read.h - what the meter asks of a database of exchanges. */
#pragma once

#include "../proto/said.h"

/* Makes the records of the next row; 1, or 0 when there is none yet, or WEIR_END. */
int sample_next(struct weir_sample *s, struct said *said, uint32_t source);

/* After some rows: others may write to the file until the next one is asked for. */
void sample_pause(struct weir_sample *s);
