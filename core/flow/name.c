/*
 * name.c - the names that the destinations of flows go by.
 *
 * What a flow itself says counts before what is known of its destination's address.
 */
#include <string.h>
#include "../ends.h"
#include "../names/names.h"
#include "../stream/talk.h"
#include "flow_inside.h"

/* How much of "www.example.org:8080" is the name. */
static uint32_t without_port(const char *name, uint32_t size)
{
	uint32_t at = size;

	while (at && name[at - 1] >= '0' && name[at - 1] <= '9')
		at--;
	return at && name[at - 1] == ':' ? at - 1 : size;
}

void said_name(struct said *s, int direction, enum weir_name_by by, const void *name,
	uint32_t size)
{
	struct ear *e = &s->flows->ears[s->flow];
	char text[NAME_MOST];

	if (!s->names || !s->flow || e->name)
		return;
	size = name_form(text, name, without_port(name, size));
	if (!size)
		return;
	e->name = names_keep(s->names, text, size);
	e->name_by = (uint8_t)by;
	e->name_end = !direction;
}

void name_drop(struct flows *f, uint32_t number)
{
	struct ear *e = &f->ears[number];

	if (e->name)
		names_drop(talk_said(f)->names, e->name);
	e->name = 0;
}

static struct named look_up(const struct flows *f, uint32_t number, const struct ends *ends,
	int64_t until)
{
	struct sought q = {
		.version = ends->ip_version, .begun = f->hot[number].first, .until = until
	};

	memcpy(q.address, ends->dest_addr, 16);
	memcpy(q.from.address, ends->src_addr, 16);
	memcpy(q.from.ether, ends->src_ether, 6);
	q.from.version = ends->ip_version;
	return names_find(talk_said(f)->names, &q);
}

/* Most seconds of a flow, and its end, find what the one before found. */
static struct named find(const struct flows *f, uint32_t number, const struct ends *ends,
	int64_t until)
{
	const struct names *names = talk_said(f)->names;
	struct ear *e = &f->ears[number];
	uint32_t dest = !f->hot[number].originator, place;
	struct named found;

	if (e->name && e->name_end == dest)
		return (struct named){ e->name, e->name_by, 1, 0 };
	if (names_are_none(names))
		return (struct named){ 0 };
	place = names_place(names, ends->dest_addr);
	if (e->changes && e->found_end == dest && e->changes == names_changes(names, place))
		return (struct named){ e->found, e->found_by, e->found_sure, 0 };
	found = look_up(f, number, ends, until);
	e->changes = found.is_passing ? 0 : names_changes(names, place);
	e->found = found.text;
	e->found_by = found.by;
	e->found_sure = found.sure & 1;
	e->found_end = dest & 1;
	return found;
}

/*
 * Tells what the destination among these ends is called, as of what was told until then; returns
 * what the record has by that.
 */
static uint32_t call(const struct flows *f, uint32_t number, const void *ends, int64_t until,
	struct weir_called *to)
{
	struct said *s = talk_said(f);
	struct named found = s->names ? find(f, number, ends, until) : (struct named){ 0 };

	if (found.text)
		to->name = said_known(s, found.text);
	if (!to->name.size)
		return 0;
	to->name_by = found.by;
	to->name_sure = found.sure;
	return WEIR_HAS_NAME;
}

void name_flow(struct flows *f, uint32_t number, struct weir_flow *w)
{
	w->has |= call(f, number, &w->src_addr, INT64_MAX, (struct weir_called *)&w->name);
}

void name_second(struct flows *f, uint32_t number, struct weir_second *w)
{
	w->has |= call(f, number, &w->src_addr, w->ns + SECOND - 1,
		(struct weir_called *)&w->name);
}
