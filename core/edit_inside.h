/* edit_inside.h - a line that is typed, as edit.c and edit_key.c share it. */
#pragma once

#include <histedit.h>
#include <termios.h>
#include "interrupt.h"

enum { CHUNK = 4096 };                  /* bytes that are read at once */

/* What Lua wants of the line. */
enum act { NOTHING, REPLACE, TO_END, REDRAW };

struct weir_edit {
	EditLine   *el;
	History    *history;
	char       *path;               /* of the history's file */
	char       *prompt;
	int         editing;            /* a line is */
	int         event;              /* what the last key wants of Lua */
	enum act    act;
	const char *text;               /* of REPLACE */
	uint32_t    back;
	struct termios before;          /* the terminal as we found it */
	uint8_t     bytes[CHUNK];       /* read, and not yet keys */
	uint32_t    at, end;
};

/* Gives keys their meanings, and makes libedit ask us for them. */
void edit_keys(EditLine *el);

/* Asks the terminal to say what is pasted, or not to any more. */
void edit_pastes(int on);
