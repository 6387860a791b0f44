/* end.c - flows end: their records go into the batch, as long as it has room. */
#include <string.h>
#include "../stream/talk.h"
#include "flow_inside.h"

enum { AHEAD = 8 };                     /* flows whose lines are asked for before their turn */

/* Its first packets.  Only now is it sure which end is the originator: so far 1 is from b. */
static void show_splt(const struct flows *f, uint32_t number, struct weir_splt *out)
{
	size_t n = (size_t)f->o.splt;

	memcpy(out, &f->splt[number * n], n * sizeof *out);
	if (f->hot[number].originator)
		for (size_t i = 0; i < n && out[i].direction >= 0; i++)
			out[i].direction ^= 1;
}

/* Ends a flow: its record goes into the batch, its number is free after the batch. */
static void end(struct flows *f, uint32_t number, int reason)
{
	struct flow_out *out = &f->out;
	uint32_t i = out->flow_count++;

	if (f->o.seconds)
		seconds_finish(f, number);
	if (f->talks)
		talk_end(f, number);
	record_flow(f, number, &out->flows[i]);
	if (f->talks) {
		out->flows[i].label = f->ears[number].app;
		name_flow(f, number, &out->flows[i]);
		name_drop(f, number);
	}
	out->flows[i].reason = (uint8_t)reason;
	out->flows[i].row = i;
	if (f->o.stats) {
		out->flows[i].stats_at = i;
		stats_finish(f, number, &out->stats[i]);
		out->stats[i].splt_at = i * (uint32_t)f->o.splt;
		out->stats[i].splt_count = (uint32_t)f->o.splt;
		show_splt(f, number, &out->splt[(size_t)i * (size_t)f->o.splt]);
	}
	if (f->o.tcp) {
		out->flows[i].facts_at = i;
		facts_finish(f, number, &out->facts[i]);
	}
	flow_note(out, WEIR_FLOW, i);
	table_remove(f, number);
	flow_drop_extra(f, number);
	f->hot[number].key.version = 0;         /* no flow lives here */
	f->retired[f->retired_count++] = number;
	f->alive--;
}

void end_early(struct flows *f, uint32_t number, int reason)
{
	expire_forget(f, number);
	end(f, number, reason);
}

int end_may_say(const struct flows *f)
{
	return !f->talks || !talks_are_crowded(f->talks);
}

int end_has_room(const struct flows *f)
{
	const struct flow_out *out = &f->out;

	return end_may_say(f) && out->flow_count + PER_PIECE <= FLOW_ROOM &&
		out->second_count + PER_PIECE + ORPHANS <= SECOND_ROOM &&
		out->offset_count < OFFSET_ROOM &&
		out->run_count + 2 * PER_PIECE + ORPHANS <= RUN_ROOM;
}

/* Why a flow ends whose turn has come: its deadline, or the end of the input. */
static int reason_of(const struct flows *f, uint32_t number)
{
	int reason;

	expire_deadline(f, number, &reason);
	if (f->finishing)
		reason = f->hot[number].state & STATE_ENDED ? WEIR_ENDED_END : WEIR_ENDED_FORCED;
	return reason;
}

/* Asks for the lines of a flow that will end soon: nobody has touched them for long. */
FETCHES fetch(const struct flows *f, uint32_t number)
{
	__builtin_prefetch(&f->hot[number]);
	__builtin_prefetch(&f->hot[number].first);
	__builtin_prefetch(&f->cold[number]);
	__builtin_prefetch(&f->rest[number]);
	if (f->talks)
		__builtin_prefetch(&f->ears[number]);
	if (f->o.stats) {
		__builtin_prefetch(&f->stats[number]);
		__builtin_prefetch(&f->stats[number].begun);
	}
	for (const struct memory *m = f->memories; m < f->memories + WEIR_MEMORIES && m->at; m++)
		__builtin_prefetch(m->at + (size_t)number * m->size, 1);
}

/* And then for its slot, which its key leads to, and what is said in it. */
FETCHES fetch_more(const struct flows *f, uint32_t number)
{
	__builtin_prefetch(&f->slots[key_hash(&f->hot[number].key, f->o.seed) & f->mask], 1);
	if (f->talks)
		talk_fetch(f, number);
}

/* The flow whose turn is the i-th: of what has expired, or of all that the input's end left. */
static inline uint32_t turn_of(const struct flows *f, uint32_t i)
{
	return f->finishing ? f->left[i] : f->expired[i].number;
}

/* Ends flows in their turn, from `*next` on; 0 when the batch is full before `count` have. */
static int end_in_turn(struct flows *f, uint32_t *next, uint32_t count)
{
	for (; *next < count; (*next)++) {
		uint32_t number = turn_of(f, *next);

		if (!end_has_room(f))
			return 0;
		if (*next + 2 * AHEAD < count)
			fetch(f, turn_of(f, *next + 2 * AHEAD));
		if (*next + AHEAD < count)
			fetch_more(f, turn_of(f, *next + AHEAD));
		if (f->talks && *next + AHEAD / 2 < count)
			talk_fetch_waiting(f, turn_of(f, *next + AHEAD / 2));
		end(f, number, reason_of(f, number));
	}
	return 1;
}

int end_expired(struct flows *f)
{
	return end_in_turn(f, &f->expired_next, f->expired_count);
}

int end_all(struct flows *f)
{
	if (!f->finishing) {
		if (!end_expired(f))
			return 0;
		expire_collect_all(f);
		f->finishing = 1;
	}
	if (!end_in_turn(f, &f->left_next, f->left_count))
		return 0;
	f->finishing = 0;
	return 1;
}
