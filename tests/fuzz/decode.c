/* decode.c - fuzzes the decoder: a link type and one frame. */
#include "decode/decode.h"
#include "slab.h"
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint16_t links[] = {
		1, 1, 1, 101, 0, 108, 113, 276, 9, 50, 51, 12, 228, 229, 147,
		104, 105, 107, 127, 192, 239,
		6, 10, 11, 117, 119, 122, 123, 149, 163, 178, 204, 205, 206, 226, 242, 258, 281, 282,
		284, 285
	};
	static struct decoder d;
	static struct weir_batch batch;
	struct weir_packet p = { 0 };
	uint8_t *exact;

	if (size < 2)
		return 0;
	if (!d.fragments) {
		d.fragments = fragments_new();
		d.tunnels = slab_take(SLAB_TUNNELS);
		d.checksums = d.has_teredo = 1;
	}
	exact = malloc(size - 2);               /* so that one byte too far is seen */
	memcpy(exact, bytes + 2, size - 2);
	p.data = p.body = exact;
	p.kept = (uint32_t)size - 2;
	p.size = p.kept + (bytes[1] & 0x80 ? bytes[1] & 0x7fu : 0);
	p.link_type = links[bytes[0] % (sizeof links / sizeof *links)];
	p.home = &batch;
	d.tunnel_total = 0;
	fragments_recycle(fragments_whole_ones(d.fragments));
	decode_packet(&d, &p);
	batch = (struct weir_batch){
		.packets = &p, .packet_count = 1, .tunnel_total = d.tunnel_total, .text_size = 1
	};
	check(&batch);
	free(exact);
	return 0;
}
