/*
 * quic.c - fuzzes how connections of QUIC begin: as datagrams, which do not open unless they are
 * true; and as what is in those that did.
 */
#include "proto/gquic.h"
#include "proto/quic.h"
#include "protocol.h"

/* What packets brought, of a version that a byte chooses; then the record of it. */
static void open_up(const uint8_t *bytes, uint32_t size)
{
	static const uint32_t versions[] = {
		QUIC_1, QUIC_2, QUIC_DRAFT_29, QUIC_Q050, QUIC_T051, QUIC_Q046, 0x51303233, 0x51303339
	};
	static const struct speech how = { 17, 40000, 443 };
	struct connection c = { .version = versions[bytes[0] % 8], .is_there = 1 };
	struct speaker s;
	struct said *said;

	speaker_begin(&s, &how);
	said = said_new(s.flows);
	said_step(said, 0, &(struct weir_packet){ .ns = 1 }, 0);
	for (uint32_t at = 1; at + 3 <= size;) {
		uint32_t n = bytes[at + 1] | (uint32_t)bytes[at + 2] << 8;
		uint8_t *exact = malloc(size);

		if (n > size - at - 3)
			n = size - at - 3;
		memcpy(exact + size - n, bytes + at + 3, n);
		quic_take_frames(said, &c, bytes[at] & 1, (struct span){ exact + size - n, n });
		free(exact);
		at += 3 + n;
	}
	quic_say(said, &c);
	said_show(said, &s.batch);
	check_said(&s.batch);
	pieces_clear(&c.hellos[0], said);
	pieces_clear(&c.hellos[1], said);
	if (said->held)
		abort();
	said_free(said);
	speaker_end(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct speech how = { 17, 40000, 443 };

	if (size < 2)
		return 0;
	if (bytes[0] & 1)
		open_up(bytes + 1, (uint32_t)size - 1);
	else
		converse(&how, bytes + 1, size - 1);
	return 0;
}
