/*
 * fragment.c - fuzzes the table of fragments: a row of frames, each built from
 * four bytes (version and id, offset, length and more, time), that meet in few datagrams.
 */
#include "decode/decode.h"
#include "slab.h"
#include "feed.h"

static uint32_t frame4(uint8_t *f, const uint8_t *how, uint32_t length, uint16_t part)
{
	memset(f, 0, 20);
	f[0] = 0x45;
	f[2] = (uint8_t)((20 + length) >> 8);
	f[3] = (uint8_t)(20 + length);
	f[5] = how[0] & 7;
	f[6] = (uint8_t)((how[2] & 1) << 5 | part >> 8);
	f[7] = (uint8_t)part;
	f[9] = 17;
	return 20;
}

static uint32_t frame6(uint8_t *f, const uint8_t *how, uint32_t length, uint16_t part)
{
	memset(f, 0, 48);
	f[0] = 0x60;
	f[4] = (uint8_t)((8 + length) >> 8);
	f[5] = (uint8_t)(8 + length);
	f[6] = 44;
	f[40] = how[0] & 0x20 ? 60 : 17;
	f[42] = (uint8_t)(part >> 5);
	f[43] = (uint8_t)(part << 3 | (how[2] & 1));
	f[47] = how[0] & 7;
	return 48;
}

static void one(struct decoder *d, const uint8_t *how, int64_t *now)
{
	static struct weir_batch batch;
	uint8_t frame[48 + 1024];
	uint32_t length = (how[2] >> 1) * 8u + (how[0] & 0x10 ? 3 : 0);
	uint16_t part = (uint16_t)(how[1] * (how[0] & 0x40 ? 64 : 1));
	uint32_t head = how[0] & 0x80 ? frame6(frame, how, length, part) :
		frame4(frame, how, length, part);
	struct weir_packet p = { .link_type = 101, .data = frame, .body = frame, .home = &batch };

	memset(frame + head, how[3], length);
	p.size = p.kept = head + length;
	p.ns = *now += how[3] * 100000000ll;
	decode_packet(d, &p);
	batch = (struct weir_batch){ .packets = &p, .packet_count = 1, .text_size = 1 };
	check(&batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct decoder d = { .fragments = fragments_new(), .tunnels = slab_take(SLAB_TUNNELS) };
	int64_t now = 0;

	for (size_t i = 0; i + 4 <= size; i += 4) {
		one(&d, bytes + i, &now);
		if (bytes[i] & 8) {
			d.tunnel_total = 0;
			fragments_recycle(fragments_whole_ones(d.fragments));
		}
	}
	fragments_free(d.fragments);
	slab_give(SLAB_TUNNELS, d.tunnels);
	return 0;
}
