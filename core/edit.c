/*
 * edit.c - lines that are typed: libedit, asked key by key.
 *
 * libedit is in its unbuffered mode: it does one key and returns, so that it never calls anybody
 * but edit_key.c.
 */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "edit_inside.h"
#include "history.h"

static char *prompt_of(EditLine *el)
{
	void *e;

	el_get(el, EL_CLIENTDATA, &e);
	return ((struct weir_edit *)e)->prompt;
}

/* ---- a line ---------------------------------------------------------------------------- */

static void put(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

/* Does one key. */
static void step(struct weir_edit *e)
{
	struct termios now;
	int n;

	e->event = 0;
	el_gets(e->el, &n);             /* on an empty line it says -1 for keys and failures alike */
	if (n < 0 && e->event == 0 && tcgetattr(0, &now) < 0)
		e->event = WEIR_END;
}

static void act(struct weir_edit *e, enum act what)
{
	e->act = what;
	while (e->act != NOTHING && e->event != WEIR_END)
		step(e);
}

static void begin(struct weir_edit *e, const char *prompt)
{
	free(e->prompt);
	e->prompt = strdup(prompt);
	interrupt_take(SIGINT);         /* it was for what ran */
	interrupt_note(SIGWINCH, 1);
	interrupt_note(SIGTSTP, 1);
	edit_pastes(1);
	el_set(e->el, EL_UNBUFFERED, 1);
	e->editing = 1;
}

static void end(struct weir_edit *e)
{
	if (!e->editing)
		return;
	e->editing = 0;
	el_set(e->el, EL_UNBUFFERED, 0);
	edit_pastes(0);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGWINCH, SIG_DFL);
}

int weir_edit_read(struct weir_edit *e, const char *prompt)
{
	if (!e->editing)
		begin(e, prompt);
	do
		step(e);
	while (e->event == 0);
	if (e->event == WEIR_EDIT_INTERRUPT || e->event == WEIR_EDIT_LEAVE) {
		int event = e->event;

		act(e, TO_END);
		put(event == WEIR_EDIT_INTERRUPT ? "^C" : "");
		weir_edit_accept(e);
		return event;
	}
	if (e->event == WEIR_END)
		end(e);
	return e->event;
}

const char *weir_edit_text(struct weir_edit *e)
{
	const LineInfo *line = el_line(e->el);

	*(char *)line->lastchar = 0;            /* there is room for it: libedit ends texts itself */
	return line->buffer;
}

uint32_t weir_edit_cursor(struct weir_edit *e)
{
	const LineInfo *line = el_line(e->el);

	return (uint32_t)(line->cursor - line->buffer);
}

void weir_edit_replace(struct weir_edit *e, uint32_t back, const char *text)
{
	e->back = back;
	e->text = text;
	act(e, REPLACE);
}

void weir_edit_show(struct weir_edit *e, const char *text)
{
	int after = (int)(el_wline(e->el)->lastchar - el_wline(e->el)->cursor);

	if (!text) {
		el_beep(e->el);
		return;
	}
	act(e, TO_END);
	put("\n");
	put(text);
	el_cursor(e->el, -after);
	el_set(e->el, EL_REFRESH);
}

void weir_edit_accept(struct weir_edit *e)
{
	act(e, TO_END);
	put("\n");
	end(e);
}

/* ---- history ------------------------------------------------------------------------------ */

int weir_edit_history(struct weir_edit *e, const char *path, uint32_t most)
{
	struct entries entries;
	HistEvent event;
	int status = entries_load(&entries, path, most);

	history(e->history, &event, H_SETSIZE, (int)most);
	for (uint32_t i = 0; i < entries.count; i++)
		history(e->history, &event, H_ENTER, entries.at[i]);
	entries_clear(&entries);
	if (status < 0)
		return status;
	free(e->path);
	e->path = strdup(path);
	return 0;
}

int weir_edit_remember(struct weir_edit *e, const char *entry)
{
	HistEvent event = { 0, NULL };

	if (history(e->history, &event, H_FIRST) == 0 && strcmp(event.str, entry) == 0)
		return 0;                       /* said twice */
	history(e->history, &event, H_ENTER, entry);
	return e->path ? entries_append(e->path, entry) : 0;
}

/* ---- open and close ---------------------------------------------------------------------- */

static int set_up(struct weir_edit *e)
{
	HistEvent event;

	e->el = el_init("weir", stdin, stdout, stderr);
	e->history = history_init();
	if (!e->el || !e->history)
		return fail("cannot edit lines on this terminal");
	history(e->history, &event, H_SETSIZE, 1000);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT_ESC, prompt_of, '\1');
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_HIST, history, e->history);
	el_source(e->el, NULL);                 /* what the user has in ~/.editrc */
	edit_keys(e->el);
	return 0;
}

/* libedit reads and writes what the locale says; what is typed here is UTF-8. */
static void speak_utf8(void)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

struct weir_edit *weir_edit_open(void)
{
	struct weir_edit *e;

	if (!isatty(1) || !isatty(0)) {
		fail("standard input and output are no terminal");
		return NULL;
	}
	e = calloc(1, sizeof *e);
	if (!e) {
		fail("out of memory");
		return NULL;
	}
	speak_utf8();
	tcgetattr(0, &e->before);
	if (weir_interrupt_catch() == 0 && set_up(e) == 0)
		return e;
	weir_edit_close(e);
	return NULL;
}

void weir_edit_close(struct weir_edit *e)
{
	if (!e)
		return;
	end(e);
	if (e->el)
		el_end(e->el);
	if (e->history)
		history_end(e->history);
	tcsetattr(0, TCSADRAIN, &e->before);
	free(e->prompt);
	free(e->path);
	free(e);
}
