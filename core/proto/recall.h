/* recall.h - digests of texts that come again and again, such as what fingerprints are made of. */
#pragma once

#include "../base.h"

/* The MD5 of a text, 16 bytes; they stay until the next call on this thread. */
const uint8_t *recall_md5(const void *text, uint32_t size);
