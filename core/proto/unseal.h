/* unseal.h - the records of a TLS connection whose secrets are known, and what is said in them. */
#pragma once

#include "tls.h"

struct unseal;

/*
 * What opens the records of a connection, both of whose hellos are known; NULL when nobody wants
 * what may be inside, when no secret is known, or when there is nothing that opens its cipher.
 */
struct unseal *unseal_new(const struct heard *h);
void unseal_free(struct said *s, struct unseal *u);             /* accepts NULL */

/* A sealed record of the end that says h: of `type` and `version`, as its header has them. */
void unseal_record(const struct heard *h, uint8_t type, uint16_t version, struct span body);

/* Some of a direction is missing, and it cannot be opened any more; it has ended. */
void unseal_lose(const struct heard *h);
void unseal_over(const struct heard *h);

/* Whether the secrets are known by now with which the server's records begin. */
int unseal_is_known(const struct heard *h);

/* Whether the records of the end that says h can only be opened when the other has said more. */
int unseal_waits(const struct heard *h);

/* Whether nobody listens to what is inside any more. */
int unseal_is_deaf(const struct unseal *u);
