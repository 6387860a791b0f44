/* sample_read.h - what the meter asks of a database of exchanges. */
#pragma once

#include "../proto/said.h"

/* Makes the records of the next row; 1, or WEIR_END when there is none. */
int sample_next(struct weir_sample *s, struct said *said, uint32_t source);
