/* evidence.c - fuzzes proofs of facts, as another's base or a row from elsewhere has them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base.h"

enum { INPUT = 7 };

static struct weir_proof proofs[WEIR_PROOFS];
static uint8_t room[WEIR_EVIDENCE_ROOM], joined[WEIR_EVIDENCE_ROOM];

static int read_all(const void *evidence, uint32_t size)
{
	double left_out;
	int n = weir_evidence_read(evidence, size, proofs, WEIR_PROOFS, &left_out);

	for (int i = 0; i < n; i++)
		if (proofs[i].place_count > WEIR_PLACES)
			abort();
	return n;
}

/* A proof that was taken over can be read, and says that all of it is of that input. */
static void adopt(const uint8_t *bytes, uint32_t size)
{
	int n = weir_evidence_adopt(bytes, size, INPUT, room + 2, sizeof room - 2);

	if (n < 0)
		return;
	room[0] = 1;                            /* the version; and no proof is left out */
	room[1] = 0;
	if (read_all(room, (uint32_t)n + 2) != 1 || proofs[0].input != INPUT)
		abort();
	for (uint32_t i = 0; i < proofs[0].place_count; i++)
		if (proofs[0].places[i].input != INPUT)
			abort();
}

/* What can be read can be joined, and read again. */
static void join(const uint8_t *a, uint32_t a_size, const uint8_t *b, uint32_t b_size)
{
	int n = weir_evidence_join(a, a_size, b, b_size, joined, sizeof joined);
	int can_read = read_all(a, a_size) >= 0 && read_all(b, b_size) >= 0;

	if (can_read && (n < 0 || (n > 0 && read_all(joined, (uint32_t)n) < 0)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint32_t rest = (uint32_t)size - 1, cut;

	if (size < 1 || size > 4096)
		return 0;
	cut = bytes[0] <= rest ? bytes[0] : rest;
	adopt(bytes + 1, rest);
	join(bytes + 1, cut, bytes + 1 + cut, rest - cut);
	return 0;
}
