/* talk_inside.h - the room that talks have, as talks.c keeps it for talk.c. */
#pragma once

#include "talk.h"

/* What is said in a flow; taken when there is nothing yet. */
struct talk *talk_of(struct talks *t, uint32_t number, int protocol);

/* Nobody listens to a flow any more. */
void talk_drop(struct talks *t, uint32_t number);
