/*
 * evidence.c - which records proved a fact, in few bytes.
 *
 *	evidence: 1, how many proofs are left out, proofs
 *	proof:    its size, the size of the kind's name, and that, input, flow id, ordinal, microseconds, packets, places told, places
 *	place:    how far behind the one before, and whether the input is another: which one
 *
 * Numbers have seven bits a byte, the low ones first, with the eighth bit set on all but the last.
 */
#include <math.h>
#include <string.h>
#include "../base.h"

enum { VERSION = 1, HALF = WEIR_PROOFS / 2, SIDE = WEIR_PLACES / 2, PROOF_MOST = 1000, NAME_MOST = 15 };

_Static_assert(WEIR_PROOFS * PROOF_MOST + 16 <= WEIR_EVIDENCE_ROOM, "all of them have room");

/* ---- numbers ---------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *out, uint64_t n)
{
	for (; n > 127; n >>= 7)
		*out++ = (uint8_t)(n | 128);
	*out++ = (uint8_t)n;
	return out;
}

/* Whole numbers that a double is exact for; what a file says otherwise is 0. */
static uint64_t whole(double n)
{
	return n >= 0 && n < 9007199254740992.0 ? (uint64_t)n : 0;
}

static uint64_t zigzag(int64_t n)
{
	return (uint64_t)n << 1 ^ (uint64_t)(n >> 63);
}

static int64_t unzigzag(uint64_t n)
{
	return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

struct bytes {
	const uint8_t *at, *end;
	int            bad;
};

static uint64_t take(struct bytes *b)
{
	uint64_t n = 0;

	for (int shift = 0; b->at < b->end && shift < 64; shift += 7) {
		n |= (uint64_t)(*b->at & 127) << shift;
		if (!(*b->at++ & 128))
			return n;
	}
	b->bad = 1;
	return 0;
}

/* ---- packing ---------------------------------------------------------------------------- */

/* What is told of a record, whatever its kind. */
struct about {
	const struct weir_batch *home;
	double   flow_id, ordinal, packets, offset;     /* offset: of the one packet without a list */
	int64_t  ns;
	uint32_t source, at, count;
};

static struct about about_said(const struct weir_said *w)
{
	return (struct about){ w->home, w->flow_id, w->ordinal, w->offset_count, -1, w->ns, w->source,
		w->offsets_at, w->offset_count };
}

static struct about about_flow(const struct weir_flow *w)
{
	return (struct about){ w->home, w->flow_id, 0, w->pkts_toserver + w->pkts_toclient, -1,
		w->start_ns, w->source, w->offsets_at, w->offset_count };
}

static struct about about_packet(const struct weir_packet *w)
{
	return (struct about){ w->home, 0, w->ordinal, 1, w->offset, w->ns, w->source, 0, 0 };
}

static struct about about_begin(const struct weir_begin *w)
{
	return (struct about){ w->home, w->flow_id, w->ordinal, 1, w->offset, w->ns, w->source, 0, 0 };
}

static struct about about_second(const struct weir_second *w)
{
	return (struct about){ w->home, w->flow_id, 0, (double)w->pkts_toserver + w->pkts_toclient, -1,
		w->ns, 0, 0, 0 };
}

static int tell(const void *record, uint32_t kind, struct about *a)
{
	switch (kind) {
	case WEIR_PACKET: *a = about_packet(record); return 0;
	case WEIR_FLOW:   *a = about_flow(record); return 0;
	case WEIR_SECOND: *a = about_second(record); return 0;
	case WEIR_BEGIN:  *a = about_begin(record); return 0;
	}
	if (kind >= WEIR_KINDS)
		return fail("no kind of record has number %u", kind);
	*a = about_said(record);
	return 0;
}

/* The first and the last places of the list, or the one packet's. */
static void find_places(struct weir_proof *p, const struct about *a, uint32_t first)
{
	uint32_t n = a->count < WEIR_PLACES ? a->count : WEIR_PLACES;

	p->place_count = n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = a->at + (i < SIDE || n < WEIR_PLACES ? i : a->count - n + i);

		p->places[i] = (struct weir_place){ a->home->offsets[k], a->home->offset_sources[k] + first, 0 };
	}
	if (!a->count && a->offset >= 0) {
		p->place_count = 1;
		p->places[0] = (struct weir_place){ a->offset, p->input, 0 };
	}
}

static uint8_t *put_places(uint8_t *out, const struct weir_proof *p)
{
	uint32_t input = p->input;
	int64_t before = 0;

	out = put(out, p->place_count);
	for (uint32_t i = 0; i < p->place_count; i++) {
		uint32_t its = p->places[i].input;
		int64_t offset = (int64_t)whole(p->places[i].offset);

		before = its == input ? before : 0;
		out = put(out, zigzag(offset - before) << 1 | (its != input));
		if (its != input)
			out = put(out, its);
		input = its;
		before = offset;
	}
	return out;
}

/* A live capture's packets are in no file: their offsets are -1. */
static int has_places(const struct about *a)
{
	return a->count && a->home->offsets && a->home->offsets[a->at] >= 0;
}

static int pack(const struct weir_proof *p, int64_t us, void *out, uint32_t room)
{
	uint8_t proof[PROOF_MOST], head[10], *end = proof;
	uint32_t size, head_size, name_size = (uint32_t)strnlen(p->kind, NAME_MOST);

	end = put(end, name_size);
	memcpy(end, p->kind, name_size);
	end += name_size;
	end = put(end, p->input);
	end = put(end, whole(p->flow_id));
	end = put(end, whole(p->ordinal));
	end = put(end, zigzag(us));
	end = put(end, whole(p->packets));
	end = put_places(end, p);
	size = (uint32_t)(end - proof);
	head_size = (uint32_t)(put(head, size) - head);
	if (head_size + size > room)
		return fail("no room for a proof");
	memcpy(out, head, head_size);
	memcpy((uint8_t *)out + head_size, proof, size);
	return (int)(head_size + size);
}

int weir_evidence_pack(const void *record, uint32_t kind, const char *name, uint32_t first,
	void *out, uint32_t room)
{
	struct about a = { 0 };
	struct weir_proof p;

	if (tell(record, kind, &a) < 0)
		return WEIR_FAIL;
	if (!has_places(&a))
		a.count = 0;
	memset(p.kind, 0, sizeof p.kind);
	memcpy(p.kind, name, strnlen(name, NAME_MOST));
	p.flow_id = a.flow_id;
	p.ordinal = a.ordinal;
	p.packets = a.packets;
	p.input = a.source + first;
	find_places(&p, &a, first);
	return pack(&p, a.ns / 1000, out, room);
}

/* ---- joining ---------------------------------------------------------------------------- */

struct span {
	const uint8_t *at;
	uint32_t       size;
};

/* Notes where the proofs are: how many, at most `room`; or -1. */
static int spans_of(const void *evidence, uint32_t size, struct span *out, int room, double *left_out)
{
	struct bytes b = { evidence, (const uint8_t *)evidence + size, 0 };
	int n = 0;

	*left_out = 0;
	if (!size)
		return 0;
	if (*b.at++ != VERSION)
		return -1;
	*left_out = (double)take(&b);
	while (b.at < b.end && n < room) {
		const uint8_t *begin = b.at;
		uint64_t own = take(&b);

		if (b.bad || own > (uint64_t)(b.end - b.at) || own > PROOF_MOST)
			return -1;
		b.at += own;
		out[n++] = (struct span){ begin, (uint32_t)(b.at - begin) };
	}
	return b.bad || b.at < b.end ? -1 : n;
}

int weir_evidence_join(const void *old, uint32_t old_size, const void *new, uint32_t new_size,
	void *out, uint32_t room)
{
	struct span spans[2 * WEIR_PROOFS];
	double out_of_old, out_of_new;
	int a = spans_of(old, old_size, spans, WEIR_PROOFS, &out_of_old), b;
	uint8_t *end = out;

	if (a < 0)
		return fail("evidence is damaged");
	b = spans_of(new, new_size, spans + a, WEIR_PROOFS, &out_of_new);
	if (b < 0)
		return fail("evidence is damaged");
	if (room < WEIR_EVIDENCE_ROOM)
		return fail("no room for evidence");
	*end++ = VERSION;
	end = put(end, whole(out_of_old + out_of_new + (a + b > WEIR_PROOFS ? a + b - WEIR_PROOFS : 0)));
	for (int i = 0; i < a + b; i++)
		if (a + b <= WEIR_PROOFS || i < HALF || i >= a + b - HALF) {
			memcpy(end, spans[i].at, spans[i].size);
			end += spans[i].size;
		}
	return (int)(end - (uint8_t *)out);
}

/* ---- reading ---------------------------------------------------------------------------- */

static void read_places(struct bytes *b, struct weir_proof *p)
{
	uint64_t n = take(b);
	uint32_t input = p->input;
	int64_t before = 0;

	b->bad |= n > WEIR_PLACES;
	for (uint32_t i = 0; i < n && !b->bad; i++) {
		uint64_t step = take(b);

		if (step & 1) {
			input = (uint32_t)take(b);
			before = 0;
		}
		before = (int64_t)((uint64_t)before + (uint64_t)unzigzag(step >> 1));
		p->places[i] = (struct weir_place){ (double)before, input, 0 };
		p->place_count = i + 1;
	}
}

static void read_kind(struct bytes *b, struct weir_proof *p)
{
	uint64_t size = take(b);

	b->bad |= size > NAME_MOST || size > (uint64_t)(b->end - b->at);
	if (b->bad)
		return;
	memcpy(p->kind, b->at, size);
	b->at += size;
}

static int read_proof(struct span s, struct weir_proof *p)
{
	struct bytes b = { s.at, s.at + s.size, 0 };

	memset(p, 0, sizeof *p);
	take(&b);
	read_kind(&b, p);
	p->input = (uint32_t)take(&b);
	p->flow_id = (double)take(&b);
	p->ordinal = (double)take(&b);
	p->time = (double)unzigzag(take(&b)) / 1e6;
	p->packets = (double)take(&b);
	read_places(&b, p);
	return b.bad ? -1 : 0;
}

int weir_evidence_read(const void *evidence, uint32_t size, struct weir_proof *out, uint32_t room,
	double *left_out)
{
	struct span spans[WEIR_PROOFS];
	int n = spans_of(evidence, size, spans, WEIR_PROOFS, left_out);

	if (n < 0)
		return fail("evidence is damaged");
	for (int i = 0; i < n && (uint32_t)i < room; i++)
		if (read_proof(spans[i], &out[i]) < 0)
			return fail("evidence is damaged");
	return (uint32_t)n < room ? n : (int)room;
}

int weir_evidence_adopt(const void *proof, uint32_t size, uint32_t input, void *out, uint32_t room)
{
	struct bytes b = { proof, (const uint8_t *)proof + size, 0 };
	struct weir_proof p;

	if (size > PROOF_MOST || take(&b) != (uint64_t)(b.end - b.at) || b.bad ||
	    read_proof((struct span){ proof, size }, &p) < 0)
		return fail("evidence is damaged");
	p.input = input;
	for (uint32_t i = 0; i < p.place_count; i++)
		p.places[i].input = input;
	return pack(&p, llround(p.time * 1e6), out, room);
}
