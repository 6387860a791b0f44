/* recognition.c - who speaks on a line: what its first bytes are asked, and those of what begins late. */
#include "../proto/turn.h"
#include "line.h"
#include "recognition.h"

enum {
	TRIES = 8,                      /* datagrams after which nobody looks any more */
	GREETINGS = 64,                 /* of STUN, which do not count: others follow them */
	LATE = 4096                     /* bytes of a stream, in which others are only looked for */
};

static int carries(const struct line *l, const struct protocol *p)
{
	return l->carrier == CARRIER_TCP ? p->tcp : l->carrier == CARRIER_UDP ? p->udp : p->tls;
}

/* Peers in search of a way to each other ask with STUN whether there is one, also by a relay. */
static int is_greeting(const struct heard *h)
{
	struct span all = turn_inside((struct span){ h->at, h->size });

	return all.size >= 20 && all.at[0] < 4 && be32(all.at + 4) == 0x2112a442;
}

static void give_up_datagram(struct line *l, const struct heard *h)
{
	if (is_greeting(h) && l->greetings < GREETINGS)
		l->greetings++;
	else if (++l->tries >= TRIES)
		l->deaf[h->direction] = 1;
}

/* Nobody knows how a stream begins: some protocols may begin in it later. */
static void give_up_beginning(struct line *l, const struct heard *h)
{
	const struct protocol *p;
	int d = h->direction;

	l->deaf[d] = l->unknown[d] = 1;
	for (uint32_t i = 0; (p = protocol_at(i)); i++)
		if (p->find && carries(l, p) && p->kinds & h->said->kinds) {
			l->deaf[d] = 0;
			l->late[d] = LATE;
		}
}

uint32_t line_search(struct line *l, const struct heard *h)
{
	uint32_t passed = h->size;
	const struct protocol *p;

	for (uint32_t i = 0; (p = protocol_at(i)) && !l->protocol; i++) {
		struct heard rest = *h;
		uint32_t at;

		if (!(h->said->wanted >> i & 1) || !p->find || !carries(l, p))
			continue;
		h->said->tallies[i].probes++;
		at = p->find(h->at, h->size);
		rest.at += at;
		rest.size -= at;
		if (at < passed)
			passed = at;
		if (rest.size && p->probe(&rest) == MINE)
			line_begin(l, h->said, p);
	}
	if (passed >= l->late[h->direction])
		l->deaf[h->direction] = !l->protocol;
	else
		l->late[h->direction] -= (uint16_t)passed;
	return passed;
}

/* An end that began with something else is heard from the middle on, or not at all. */
static void join(struct line *l, const struct protocol *p, int d)
{
	if (p->midway)
		l->deaf[d] &= !l->unknown[d];
	else
		l->deaf[d] |= l->late[d] && !p->find;
}

int line_recognise(struct line *l, const struct heard *h)
{
	const struct protocol *p;
	int unsure = 0;

	for (uint64_t left = h->said->wanted; left; left &= left - 1) {
		uint32_t i = (uint32_t)__builtin_ctzll(left);
		int verdict;

		p = protocol_at(i);
		if (!carries(l, p))
			continue;
		h->said->tallies[i].probes++;
		verdict = p->probe(h);
		if (verdict == MINE) {
			join(l, p, !h->direction);
			return line_begin(l, h->said, p);
		}
		unsure |= verdict == UNSURE;
	}
	if (l->carrier == CARRIER_UDP)
		give_up_datagram(l, h);
	else if (!unsure)
		give_up_beginning(l, h);
	return 0;
}
