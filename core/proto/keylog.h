/*
 * keylog.h - the secrets of TLS connections, in the lines that browsers and libraries write
 * (SSLKEYLOGFILE): a label, the client's random, the secret, in hexadecimal.
 */
#pragma once

#include "../base.h"

/* protect.c: "LIBRARY VERSION" of what opens records with secrets. */
const char *protect_library(void);

enum secret_label {
	SECRET_MASTER,                  /* CLIENT_RANDOM: of TLS 1.2 and before */
	SECRET_CLIENT_HANDSHAKE,        /* of TLS 1.3: what each side says in the handshake */
	SECRET_SERVER_HANDSHAKE,
	SECRET_CLIENT_TRAFFIC,          /* and behind it */
	SECRET_SERVER_TRAFFIC,
	SECRET_CLIENT_EARLY,
	SECRET_LABELS
};

enum { SECRET_ROOM = 64, RANDOM_SIZE = 32 };

struct secret {
	uint8_t bytes[SECRET_ROOM];
	uint8_t size;
};

/* NULL when there is no memory. */
struct keylog *keylog_new(void);
void keylog_free(struct keylog *k);             /* accepts NULL */

/* Reads a file, and again what it grew by whenever a secret is missing; 0 or WEIR_FAIL. */
int keylog_open(struct keylog *k, const char *path);

/*
 * Takes lines that stood in a capture before packet `ordinal`: they are known from it on, so that
 * results do not depend on how much is read at once.  What is no line of a key log is passed over.
 */
void keylog_offer(struct keylog *k, const void *text, size_t size, double ordinal);

/* The secret of a connection, as of packet `ordinal`; NULL when nobody told it. */
const struct secret *keylog_find(struct keylog *k, enum secret_label label,
	const uint8_t random[RANDOM_SIZE], double ordinal);

/* Whether there is any secret, or may be one. */
int keylog_is_known(const struct keylog *k);

/* Whether there is a file, to which more may be written. */
int keylog_may_grow(const struct keylog *k);

/* Another capture begins: all that was offered is known. */
void keylog_settle(struct keylog *k);
