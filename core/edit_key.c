/*
 * edit_key.c - keys: as they come from the terminal, and what ours do.
 *
 * A key that wants something of Lua sets the line's `event`, which ends weir_edit_read.  What Lua
 * wants of the line is its `act`: libedit is given a key that nobody has, and does it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "edit_inside.h"

enum {
	LEAD  = 0x1f,                   /* ^_: begins the keys that nobody has */
	PASTE = 1 << 20                 /* bytes of what is pasted at once */
};

static const char pasted[] = "\033[201~";        /* the terminal says: up to here */

static struct weir_edit *of(EditLine *el)
{
	void *e;

	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

void edit_pastes(int on)
{
	const char *terminal = getenv("TERM");

	if (!terminal || strcmp(terminal, "dumb") == 0)
		return;                         /* it would show that as it is */
	printf("\033[?2004%c", on ? 'h' : 'l');
	fflush(stdout);
}

/* ---- keys as they come ------------------------------------------------------------- */

/* ^Z: the terminal belongs to others meanwhile. */
static void suspend(EditLine *el)
{
	edit_pastes(0);
	el_set(el, EL_PREP_TERM, 0);
	raise(SIGSTOP);
	el_set(el, EL_PREP_TERM, 1);
	edit_pastes(1);
	el_set(el, EL_REFRESH);
}

/* What signals want of the line. */
static void heed(struct weir_edit *e)
{
	interrupt_rest();
	if (interrupt_take(SIGTSTP))
		suspend(e->el);
	if (interrupt_take(SIGWINCH)) {
		el_resize(e->el);
		printf("\033[J");      /* a longer line below may not be ours any more */
		e->act = REDRAW;
	}
	if (interrupt_take(SIGINT))
		e->event = WEIR_EDIT_INTERRUPT;
	if (weir_interrupt_last())
		e->event = WEIR_END;
}

static void fill(struct weir_edit *e)
{
	ssize_t n = read(0, e->bytes, CHUNK);

	e->at = 0;
	e->end = n > 0 ? (uint32_t)n : 0;
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		e->event = WEIR_END;
}

/* Waits for a byte; -1 for an event, or an act unless it is `inside` of something. */
static int next_byte(struct weir_edit *e, int inside)
{
	struct pollfd fds[] = { { 0, POLLIN, 0 }, { interrupt_fd(), POLLIN, 0 } };

	while (e->at == e->end) {
		heed(e);                        /* before, for a signal that came before */
		if (e->event != 0 || (!inside && e->act != NOTHING))
			return -1;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			e->event = WEIR_END;
		else if (fds[0].revents)
			fill(e);
	}
	return e->bytes[e->at++];
}

/* How many bytes of UTF-8 begin with this one; 0: none do. */
static int length_of(int byte)
{
	return byte < 0x80 ? 1 : byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 :
		byte < 0xf5 ? 4 : 0;
}

/* The character that begins with `byte`; -1 when that is none. */
static int character(struct weir_edit *e, int byte)
{
	static const uint8_t bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	int size = length_of(byte), code = byte & bits[size];

	for (int left = size; left > 1; left--) {
		int next = next_byte(e, 1);

		if (next < 0)
			return -1;
		if ((next & 0xc0) != 0x80) {
			e->at--;                /* it begins another one */
			return -1;
		}
		code = code << 6 | (next & 0x3f);
	}
	if (size == 0 || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return -1;
	return code;
}

/* libedit asks for a character.  For an act it is the key that does it. */
static int get(EditLine *el, wchar_t *out)
{
	struct weir_edit *e = of(el);
	int byte, code = -1;

	while (code < 0 && e->act == NOTHING && e->event == 0)
		if ((byte = next_byte(e, 0)) >= 0)
			code = character(e, byte);
	if (code < 0 && e->act == NOTHING)
		return -1;
	if (code < 0)
		el_wpush(el, L"a");
	*out = code < 0 ? LEAD : code;
	return 1;
}

/* ---- what keys do ----------------------------------------------------------------------- */

static unsigned char on_enter(EditLine *el, int key)
{
	(void)key;
	of(el)->event = WEIR_EDIT_ENTER;
	return CC_NORM;
}

/* A further line, whether Lua wants one or not. */
static unsigned char on_newline(EditLine *el, int key)
{
	(void)key;
	return el_insertstr(el, "\n") < 0 ? CC_ERROR : CC_REFRESH;
}

static unsigned char on_tab(EditLine *el, int key)
{
	(void)key;
	of(el)->event = WEIR_EDIT_TAB;
	return CC_NORM;
}

static unsigned char on_eof(EditLine *el, int key)
{
	const LineInfoW *line = el_wline(el);

	(void)key;
	if (line->lastchar == line->buffer) {
		of(el)->event = WEIR_EDIT_LEAVE;
		return CC_NORM;
	}
	if (line->cursor == line->lastchar)
		return CC_ERROR;
	el_cursor(el, 1);
	el_deletestr(el, 1);
	return CC_REFRESH;
}

/* Goes to the line above in an entry of several; in its first one, to the entry before. */
static unsigned char on_up(EditLine *el, int key)
{
	const LineInfoW *line = el_wline(el);
	const wchar_t *start = line->cursor, *above;

	(void)key;
	while (start > line->buffer && start[-1] != L'\n')
		start--;
	if (start == line->buffer) {
		el_wpush(el, (wchar_t[]){ LEAD, 'p', 0 });
		return CC_NORM;
	}
	for (above = start - 1; above > line->buffer && above[-1] != L'\n'; )
		above--;
	if (above + (line->cursor - start) < start - 1)
		el_cursor(el, (int)(above - start));
	else
		el_cursor(el, (int)(start - 1 - line->cursor));
	return CC_REFRESH;
}

static unsigned char on_down(EditLine *el, int key)
{
	const LineInfoW *line = el_wline(el);
	const wchar_t *start = line->cursor, *below = line->cursor, *end;

	(void)key;
	while (start > line->buffer && start[-1] != L'\n')
		start--;
	while (below < line->lastchar && *below != L'\n')
		below++;
	if (below == line->lastchar) {
		el_wpush(el, (wchar_t[]){ LEAD, 'n', 0 });
		return CC_NORM;
	}
	below++;
	for (end = below; end < line->lastchar && *end != L'\n'; )
		end++;
	if (below + (line->cursor - start) < end)
		end = below + (line->cursor - start);
	el_cursor(el, (int)(end - line->cursor));
	return CC_REFRESH;
}

/* Whether a text ends with what ends what is pasted. */
static int is_over(const char *text, uint32_t size)
{
	uint32_t tail = sizeof pasted - 1;

	return size >= tail && memcmp(text + size - tail, pasted, tail) == 0;
}

/* The terminal says that what follows is pasted: no key in it means anything. */
static unsigned char on_paste(EditLine *el, int key)
{
	struct weir_edit *e = of(el);
	char *text = malloc(PASTE + 1);
	uint32_t size = 0;
	int byte, bad;

	(void)key;
	if (!text)
		return CC_ERROR;
	while (size < PASTE && !is_over(text, size) && (byte = next_byte(e, 1)) >= 0)
		if (byte)
			text[size++] = (char)(byte == '\r' ? '\n' : byte);
	if (is_over(text, size))
		size -= sizeof pasted - 1;
	text[size] = 0;
	bad = size && el_insertstr(el, text) < 0;
	free(text);
	return bad ? CC_ERROR : CC_REFRESH;
}

/* How many characters the last `back` bytes before the cursor are. */
static int characters(EditLine *el, uint32_t back)
{
	const LineInfo *line = el_line(el);
	int n = 0;

	for (const char *p = line->cursor; p > line->buffer && back; p--, back--)
		n += (p[-1] & 0xc0) != 0x80;
	return n;
}

static unsigned char on_act(EditLine *el, int key)
{
	struct weir_edit *e = of(el);
	enum act act = e->act;
	int n;

	(void)key;
	e->act = NOTHING;
	switch (act) {
	case REPLACE:
		n = characters(el, e->back);
		if (n)
			el_deletestr(el, n);
		return e->text[0] && el_insertstr(el, e->text) < 0 ? CC_REFRESH_BEEP : CC_REFRESH;
	case TO_END:
		el_cursor(el, (int)(el_wline(el)->lastchar - el_wline(el)->cursor));
		return CC_REFRESH;
	case REDRAW:
		return CC_REDISPLAY;
	default:
		return CC_NORM;
	}
}

/*
 * Names of our own, the keys that they are on, and what libedit has for keys nobody has.  They are
 * wide because libedit keeps those as they are, and makes copies of others, which it never frees.
 */
void edit_keys(EditLine *el)
{
	static const struct {
		const wchar_t *name, *help;
		unsigned char (*f)(EditLine *, int);
		const wchar_t *keys[3];
	} own[] = {
		{ L"weir-enter", L"end the entry",           on_enter, { L"^M", L"^J" } },
		{ L"weir-line",  L"begin a further line",    on_newline, { L"^[^M", L"^[^J" } },
		{ L"weir-tab",   L"complete the word",       on_tab,   { L"^I" } },
		{ L"weir-eof",   L"delete, or leave",        on_eof,   { L"^D" } },
		{ L"weir-up",    L"line above, or history",  on_up,    { L"^[[A", L"^[OA" } },
		{ L"weir-down",  L"line below, or history",  on_down,  { L"^[[B", L"^[OB" } },
		{ L"weir-paste", L"insert what is pasted",   on_paste, { L"^[[200~" } },
		{ L"weir-act",   L"what the program wants",  on_act,   { L"^_a" } },
	};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		el_wset(el, EL_ADDFN, own[i].name, own[i].help, own[i].f);
		for (int k = 0; k < 3 && own[i].keys[k]; k++) {
			el_wset(el, EL_BIND, own[i].keys[k], own[i].name, NULL);
			el_wset(el, EL_BIND, L"-a", own[i].keys[k], own[i].name, NULL);
		}
	}
	el_set(el, EL_BIND, "^_p", "ed-prev-history", NULL);
	el_set(el, EL_BIND, "^_n", "ed-next-history", NULL);
	el_set(el, EL_BIND, "-a", "^_p", "ed-prev-history", NULL);
	el_set(el, EL_BIND, "-a", "^_n", "ed-next-history", NULL);
	el_set(el, EL_GETCFN, get);
}
