/* ntp.c - NTP: which clock a machine asks, and how good that is. */
#include <string.h>
#include "proto.h"
#include "write.h"

enum { PORT = 123, SIZE = 48, LEAST_CONTROL = 12, LEAST_PRIVATE = 8, MOST_STRATUM = 16 };
enum { ACTIVE = 1, CLIENT = 3, SERVER = 4, CONTROL = 6, PRIVATE = 7 };

static const int64_t SECONDS_1900 = 2208988800;         /* from then to 1970 */

/* The first version has none: its ports tell who asks (RFC 1305, 3.3). */
static uint8_t mode_of(const struct heard *h)
{
	uint8_t mode = h->at[0] & 7;

	if (mode || (h->at[0] >> 3 & 7) != 1)
		return mode;
	return h->from_port != PORT ? CLIENT : h->to_port != PORT ? SERVER : ACTIVE;
}

/* Whether the fields are such as they can be. */
static int is_message(const struct heard *h)
{
	uint32_t mode = h->size ? mode_of(h) : 0, version = h->size ? h->at[0] >> 3 & 7u : 0;

	if (version < 1 || version > 4 || mode == 0)
		return 0;
	if (mode == CONTROL)
		return h->size >= LEAST_CONTROL;
	if (mode == PRIVATE)
		return h->size >= LEAST_PRIVATE;
	return h->size >= SIZE && h->full % 4 == 0 && h->at[1] <= MOST_STRATUM;
}

static int probe(const struct heard *h)
{
	return (h->from_port == PORT || h->to_port == PORT) && is_message(h) ? MINE : OTHER;
}

/* Seconds with a fraction; 0 is no time.  The count began anew in 2036. */
static int has_time(const uint8_t *at, int64_t *ns)
{
	int64_t seconds = be32(at);

	if (!seconds && !be32(at + 4))
		return 0;
	if (!(seconds >> 31))
		seconds += INT64_C(1) << 32;
	*ns = (seconds - SECONDS_1900) * 1000000000 +
		(int64_t)(((uint64_t)be32(at + 4) * 1000000000) >> 32);
	return 1;
}

/* Of the first stratum four letters, such as GPS; of others an address. */
static struct weir_text reference(struct said *s, const struct weir_ntp *n, const uint8_t *at)
{
	uint32_t size = 4;
	char text[46];

	if (n->stratum > 1)
		return said_text(s, text, (uint32_t)weir_address_text(at, 4, text));
	while (size && at[size - 1] == 0)
		size--;
	for (uint32_t i = 0; i < size; i++)
		if (at[i] < ' ' || at[i] > '~')
			return said_hex(s, at, 4);
	return said_text(s, at, size);
}

static void note_times(struct weir_ntp *n, const uint8_t *at)
{
	if (has_time(at + 16, &n->reference_ns))
		n->has |= WEIR_HAS_NTP_REFERENCE;
	if (has_time(at + 24, &n->originate_ns))
		n->has |= WEIR_HAS_NTP_ORIGINATE;
	if (has_time(at + 32, &n->receive_ns))
		n->has |= WEIR_HAS_NTP_RECEIVE;
	if (has_time(at + 40, &n->transmit_ns))
		n->has |= WEIR_HAS_NTP_TRANSMIT;
}

static void note_clock(struct said *s, struct weir_ntp *n, const uint8_t *at)
{
	n->has |= WEIR_HAS_NTP_CLOCK;
	n->leap = at[0] >> 6;
	n->stratum = at[1];
	n->poll = (int8_t)at[2];
	n->precision = (int8_t)at[3];
	n->root_delay = (int32_t)be32(at + 4) / 65536.0;
	n->root_dispersion = be32(at + 8) / 65536.0;
	n->reference_id = reference(s, n, at + 12);
	note_times(n, at);
}

static int32_t hear(const struct heard *h)
{
	struct weir_ntp *n;

	if (!is_message(h))
		return (int32_t)h->size;
	n = said_record(h->said, WEIR_NTP, h->direction);
	n->version = h->at[0] >> 3 & 7;
	n->mode = mode_of(h);
	if (n->mode == CONTROL) {
		n->opcode = h->at[1] & 31;
		n->has |= WEIR_HAS_NTP_OPCODE;
	} else if (n->mode == PRIVATE) {
		n->opcode = h->at[3];
		n->has |= WEIR_HAS_NTP_OPCODE;
	} else {
		note_clock(h->said, n, h->at);
	}
	said_publish(h->said, WEIR_NTP, n);
	return (int32_t)h->size;
}

const struct protocol protocol_ntp = {
	.name = "ntp", .kinds = 1 << WEIR_NTP, .udp = 1, .label = APP_NTP, .probe = probe, .hear = hear
};
