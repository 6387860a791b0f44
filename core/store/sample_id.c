/* sample_id.c - what the row of an exchange is called when no database has named it. */
#include <stdio.h>
#include <string.h>
#include "../ends.h"
#include "../proto/recall.h"

enum { KEY_MOST = 4096 };

/* Adds bytes to the key, as far as there is room. */
static uint32_t add(char *key, uint32_t used, const void *bytes, uint32_t size)
{
	if (size > KEY_MOST - used)
		size = KEY_MOST - used;
	memcpy(key + used, bytes, size);
	return used + size;
}

static uint32_t add_text(char *key, uint32_t used, const struct weir_exchange *x,
	struct weir_text text)
{
	if (!x->home || (uint64_t)text.at + text.size >= x->home->words_size)
		return used;
	return add(key, used, x->home->words + text.at, text.size);
}

/*
 * The same exchange has the same name in every run: it follows from who, when, and what.  The form is
 * that of a UUID of version 8, which is for what one makes of one's own data.
 */
void weir_exchange_id(const struct weir_exchange *x, char out[37])
{
	const int64_t times[4] = { x->ns, x->request_start_ns, x->response_start_ns, x->stream_id };
	char key[KEY_MOST];
	const uint8_t *sum;
	uint8_t id[16];
	uint32_t used = add(key, 0, x->src_addr, sizeof(struct ends));

	used = add(key, used, times, sizeof times);
	used = add(key, used, &x->tx_id, sizeof x->tx_id);
	used = add(key, used, &x->ordinal, sizeof x->ordinal);
	used = add_text(key, used, x, x->method);
	used = add_text(key, used, x, x->url);
	sum = recall_md5(key, used);
	memcpy(id, sum, sizeof id);
	id[6] = (uint8_t)((id[6] & 15) | 0x80);
	id[8] = (uint8_t)((id[8] & 63) | 0x80);
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11],
		id[12], id[13], id[14], id[15]);
}
