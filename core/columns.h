/* columns.h - memory of columns, which all together have a bound. */
#pragma once

#include "base.h"

/* Makes an array that holds `used` bytes at least `wanted` long; NULL, with the reason, when not. */
void *columns_room(void *memory, double used, double wanted);
