/* feed.h - gives bytes to the core as a capture file, and reads all there is. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <stdio.h>
#include <string.h>
#include "base.h"

/* Looks at every byte that a record promises, so that a sanitizer sees where it leads. */
static inline unsigned touch(const void *at, uint32_t size)
{
	const volatile uint8_t *bytes = at;
	unsigned sum = 0;

	for (uint32_t i = 0; i < size; i++)
		sum += bytes[i];
	return sum;
}

static inline void check(const struct weir_batch *b)
{
	for (uint32_t i = 0; i < b->packet_count; i++) {
		const struct weir_packet *p = &b->packets[i];

		touch(p->data, p->kept);
		touch((const uint8_t *)p->body + p->payload_at, p->payload_kept);
		if (p->kept > p->size || p->payload_kept > p->payload_size ||
			p->vlan_count > WEIR_VLANS)
			abort();
		if (p->tunnel_count && p->tunnel_first + p->tunnel_count > b->tunnel_total)
			abort();
		if (p->interface_at >= b->text_size || p->comment_at >= b->text_size)
			abort();
	}
}

static inline void feed(const uint8_t *bytes, size_t size)
{
	struct weir_capture_options options = { 0 };
	struct weir_meter_options how = { .checksums = 1 };
	const struct weir_batch *batch;
	struct weir_capture *capture;
	struct weir_meter *meter;
	char path[64];
	int fd = memfd_create("fuzz", 0);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	capture = weir_capture_open(path, &options);
	meter = weir_meter_new(&how);
	while (capture && weir_meter_read(meter, capture, 1024, &batch) > 0)
		check(batch);
	weir_meter_free(meter);
	weir_capture_close(capture);
	close(fd);
}

/* The same with `head` in front, to get past the magic number. */
static inline void feed_behind(const void *head, size_t head_size, const uint8_t *bytes,
	size_t size)
{
	uint8_t *all = malloc(head_size + size);

	memcpy(all, head, head_size);
	memcpy(all + head_size, bytes, size);
	feed(all, head_size + size);
	free(all);
}
