/*
 * interrupt.h - Ctrl-C and its like in a program that people type into; weir.h has the rest.
 */
#pragma once

#include "base.h"

/* Whether what runs is asked to stop; one look at a variable. */
int interrupt_asked(void);

/* Whether signals are caught for a session. */
int interrupt_caught(void);

/* Remembers "interrupted" as the reason of a failure; returns WEIR_STOPPED. */
int interrupt_fail(void);

/*
 * What makes Lua look: called from signal handlers with 1 as something is asked to stop, and with
 * 0 when it has.  core/main.c gives it.
 */
void interrupt_hook(void (*break_in)(int on));

/* From now on the signal is noted; with `quiet`, calls that wait are not told. */
void interrupt_note(int signal, int quiet);

/* Whether the signal came since the last call. */
int interrupt_take(int signal);

/* A descriptor that can be read once a signal came; interrupt_rest makes it wait for the next. */
int interrupt_fd(void);
void interrupt_rest(void);
