/* meter_count.c - what a meter counts: packets as they pass, and what others of the pipe did. */
#include "meter_inside.h"

static void count_unknown_link(struct weir_meter *m, uint32_t link_type)
{
	int i = 0;

	while (i < UNKNOWN_LINKS - 1 && m->unknown[i].frames > 0 &&
			m->unknown[i].link_type != link_type)
		i++;                    /* the last place takes all that find no other */
	m->unknown[i].link_type = link_type;
	m->unknown[i].frames++;
}

/* What few packets have. */
static void count_rare(struct weir_meter *m, const struct weir_packet *p)
{
	m->counts.fragments += (p->has & WEIR_HAS_FRAGMENT) != 0;
	m->counts.tunnelled += (p->has & WEIR_HAS_TUNNEL) != 0;
	m->counts.trouble[p->trouble]++;
	if (p->trouble == WEIR_UNKNOWN_LINK)
		count_unknown_link(m, p->link_type);
}

void meter_count(struct weir_meter *m, const struct weir_packet *p, uint32_t n)
{
	struct weir_counts *c = &m->counts;
	uint64_t bytes = 0;
	int64_t first = c->first_ns, last = c->last_ns;

	c->packets += n;
	for (; n; n--, p++) {
		bytes += p->size;
		first = p->ns < first ? p->ns : first;
		last = p->ns > last ? p->ns : last;
		if (unlikely(p->has & (WEIR_HAS_TROUBLE | WEIR_HAS_TUNNEL | WEIR_HAS_FRAGMENT)))
			count_rare(m, p);
	}
	c->bytes += (double)bytes;
	c->first_ns = first;
	c->last_ns = last;
}

const struct weir_counts *weir_meter_counts(struct weir_meter *m)
{
	if (m->flows) {
		m->counts.flows = m->flows->begun;
		m->counts.offsets_dropped = m->flows->offsets_dropped;
		if (m->flows->talks)
			talks_count(m->flows->talks, &m->counts);
	}
	m->counts.notes_dropped = m->cells.notes_dropped;
	return &m->counts;
}

struct weir_parser weir_meter_parser(const struct weir_meter *m, uint32_t i)
{
	return m->flows && m->flows->talks ? talks_parser(m->flows->talks, i)
		: (struct weir_parser){ 0 };
}

double weir_meter_said(const struct weir_meter *m, uint32_t kind)
{
	return m->flows && m->flows->talks ? talks_said(m->flows->talks, kind) : 0;
}

struct weir_unknown_link weir_meter_unknown_link(const struct weir_meter *m, uint32_t i)
{
	return i < UNKNOWN_LINKS ? m->unknown[i] : (struct weir_unknown_link){ 0 };
}
