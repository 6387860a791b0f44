/* hpack.h - headers of HTTP/2, which are told by what was said before on the connection. */
#pragma once

#include "header.h"

struct hpack;

/* NULL when there is no memory, or Weir was built without. */
struct hpack *hpack_new(void);
void hpack_free(struct hpack *p);               /* accepts NULL */

/*
 * The next header of a whole block, of which the bytes are taken off: 1; 0 when there is none; -1
 * when the block makes no sense, and with it all that would follow.  Both stay until the next call.
 */
int hpack_next(struct hpack *p, struct word *block, struct word *name, struct word *value);

enum { HPACK_SIZE = 64 << 10 };                 /* bytes that one keeps at most */

/* What Weir was built with: "libnghttp2 1.52.0"; "libnghttp2 -" without it. */
const char *hpack_library(void);
