/* capture.h - what the readers of a format share: one open source of frames. */
#pragma once

#include "input.h"

struct text;

/* A kind of source.  `take` fills the frame part of records and says how many, or a weir_status. */
struct reader {
	const char *name;
	int  (*take)(struct weir_capture *c, struct weir_packet *p, uint32_t room, struct text *t);
	void (*close)(struct weir_capture *c);
	void (*count)(struct weir_capture *c);          /* brings counts up to date; may be NULL */
	int  live;                                      /* packets come when they happen */
};

/* How far a capture has been read. */
struct capture_state {
	struct weir_capture_counts counts;
	uint32_t secret_count;
};

struct weir_capture {
	const struct reader *reader;
	struct input  input;                    /* files only */
	void         *state;                    /* the reader's own */
	struct filter *filter;                  /* NULL: everything */
	uint32_t      snaplen;
	int           hold;                     /* frames taken must not move: do not refill */
	struct weir_capture_counts counts;
	char          damage[256];              /* empty while the file is sound */
	char          format[64];
	struct weir_secret *secrets;            /* does not move */
	double       *secret_ordinals;          /* of the packet that comes behind each; nor do they */
	uint32_t      secret_count;
	size_t        secret_bytes;

	/* while another thread reads from it, ahead of those who ask what was read */
	int           is_ahead;
	struct capture_state shown;             /* what they are told */
	void        (*let_go)(void *holder);    /* makes that thread stop; NULL: there is none */
	void         *holder;
};

/* Whether `in` begins like a file of that format; if so the reader is ready to take. */
int pcap_file_open(struct weir_capture *c);
int pcapng_file_open(struct weir_capture *c);

/* Live interfaces: see live.c. */
int live_open(struct weir_capture *c, const char *interface, const struct weir_capture_options *o);

/* The longest a file's header is, for the two above. */
enum { MAGIC_SIZE = 28 };

/* A time before which no packet will come any more, when they come live; 0 when they do not. */
int capture_now(const struct weir_capture *c, int64_t *ns);

/* The packet behind the i-th secret: what stood before it is known from there on. */
double capture_secret_ordinal(const struct weir_capture *c, uint32_t i);

/* Whether there may be more than so many secrets: cheap to ask. */
static inline int capture_has_secrets(const struct weir_capture *c, uint32_t count)
{
	return (c->is_ahead ? c->shown.secret_count : c->secret_count) > count;
}

/* Notes how far it has been read. */
void capture_note(struct weir_capture *c, struct capture_state *state);

/* Notes damage at the next byte of the file and ends it; returns WEIR_END. */
int capture_damage(struct weir_capture *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Brings `want` bytes into the window; `what` names what they are.  Returns 1,
 * 0 (not there yet, or they would move frames that must stay) or WEIR_END, with
 * damage noted when bytes are left over.
 */
int capture_want(struct weir_capture *c, size_t want, const char *what);

/*
 * Fills the frame part of at most `room` records; returns how many, 0 when
 * none came in time, or a weir_status.  With `hold`, frames taken before stay
 * where they are, and 0 also means that the window is used up.
 */
int capture_read(struct weir_capture *c, struct weir_packet *p, uint32_t room, struct text *t,
	int hold);
