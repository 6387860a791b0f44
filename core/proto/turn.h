/* turn.h - what a relay passes on between peers who do not reach each other. */
#pragma once

#include "span.h"

/* What is inside a datagram of TURN; the datagram itself when nothing is. */
struct span turn_inside(struct span datagram);
