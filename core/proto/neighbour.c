/*
 * neighbour.c - who is where on a link: ARP, and the neighbour discovery of IPv6.
 *
 * Both say of an address where it is (`sender`), or ask for one (`target`).
 */
#include <string.h>
#include "dhcp.h"
#include "neighbour.h"

enum { REQUEST = 1, REPLY = 2, OURS = 256, PROBE = OURS + 1, ANNOUNCEMENT = OURS + 2 };

enum { ROUTER_SOLICITATION = 133, ROUTER_ADVERTISEMENT, SOLICITATION, ADVERTISEMENT, REDIRECT };

enum { SOURCE_LINK = 1, TARGET_LINK = 2, PREFIX = 3, MTU = 5, DNS = 25 };

static int is_zero(const uint8_t *at, uint32_t size)
{
	while (size--)
		if (*at++)
			return 0;
	return 1;
}

static struct weir_text address(struct said *s, const uint8_t *at, uint32_t version)
{
	uint32_t size = version == 4 ? 4 : 16;

	return is_zero(at, size) ? (struct weir_text){ 0, 0 } :
		option_address(s, (struct option){ at, size }, version);
}

static void note_mac(struct weir_arp *a, uint8_t to[6], const uint8_t *at, uint32_t has)
{
	if (is_zero(at, 6))
		return;
	memcpy(to, at, 6);
	a->has |= has;
}

/* ---- ARP ------------------------------------------------------------------------------------------ */

/* Who asks for its own address, or without one, tells or makes sure that it is free. */
static uint16_t operation_of(const uint8_t *at)
{
	uint16_t op = be16(at + 6);

	if (op != REQUEST && op != REPLY)
		return op;
	if (memcmp(at + 14, at + 24, 4) == 0)
		return ANNOUNCEMENT;
	return op == REQUEST && is_zero(at + 14, 4) ? PROBE : op;
}

void neighbour_arp(struct said *s, const uint8_t *at, uint32_t size)
{
	struct weir_arp *a;

	if (size < 28)
		return;
	a = said_record(s, WEIR_ARP, 0);
	a->operation = operation_of(at);
	note_mac(a, a->sender_mac, at + 8, WEIR_HAS_ARP_SENDER);
	note_mac(a, a->target_mac, at + 18, WEIR_HAS_ARP_TARGET);
	a->sender_ip = address(s, at + 14, 4);
	a->target_ip = address(s, at + 24, 4);
	said_publish(s, WEIR_ARP, a);
}

/* ---- neighbour discovery ------------------------------------------------------------------------------ */

static void add_prefix(struct said *s, const uint8_t *at)
{
	struct writing w = write_begin(s, 64);
	struct weir_text text, *row;

	if (!w.start)
		return;
	write_address(&w, at + 16, 6);
	write_format(&w, "/%u", at[2]);
	text = write_end(&w);
	row = said_row(s, PILE_TEXTS);
	*row = text;
}

/* The option at `at`, `size` bytes with its head. */
static void note_option(struct said *s, struct weir_arp *a, const uint8_t *at, uint32_t size)
{
	int is_claim = a->operation == OURS + ADVERTISEMENT;

	if (at[0] == SOURCE_LINK)
		note_mac(a, a->sender_mac, at + 2, WEIR_HAS_ARP_SENDER);
	else if (at[0] == TARGET_LINK && is_claim)
		note_mac(a, a->sender_mac, at + 2, WEIR_HAS_ARP_SENDER);
	else if (at[0] == TARGET_LINK)
		note_mac(a, a->target_mac, at + 2, WEIR_HAS_ARP_TARGET);
	else if (at[0] == MTU && size == 8) {
		a->mtu = be32(at + 4);
		a->has |= WEIR_HAS_ARP_MTU;
	} else if (at[0] == DNS && size >= 24 && !a->dns_servers.count)
		a->dns_servers = option_addresses(s, (struct option){ at + 8, size - 8 }, 6);
}

/* Options of a kind, each so many times eight bytes; 0 when they do not add up. */
static int note_options(struct said *s, struct weir_arp *a, const uint8_t *at, uint32_t size)
{
	const uint8_t *from = at, *end = at + size;
	uint32_t first = s->counts[PILE_TEXTS];

	for (; end - from >= 8; from += 8 * from[1])
		if (from[1] == 0 || 8 * from[1] > end - from)
			return 0;
		else if (from[0] == PREFIX && from[1] == 4)
			add_prefix(s, from);
	a->prefixes = said_list(s, PILE_TEXTS, first);
	for (from = at; end - from >= 8; from += 8 * from[1])
		note_option(s, a, from, 8 * from[1]);
	return 1;
}

static void note_router(struct weir_arp *a, const uint8_t *at)
{
	a->hop_limit = at[4];
	a->managed = at[5] >> 7;
	a->other = at[5] >> 6 & 1;
	a->router_lifetime = be16(at + 6);
	a->has |= WEIR_HAS_ARP_ROUTER;
}

/* How many bytes come before the options. */
static uint32_t head_of(uint8_t type)
{
	return type == ROUTER_SOLICITATION ? 8 : type == ROUTER_ADVERTISEMENT ? 16 :
		type == REDIRECT ? 40 : 24;
}

/* Who says it, and about whom. */
static void note_addresses(struct said *s, struct weir_arp *a, const uint8_t *at)
{
	const uint8_t *from = s->packet->src_addr;

	a->sender_ip = address(s, at[0] == ADVERTISEMENT ? at + 8 : from, 6);
	if (at[0] == SOLICITATION || at[0] == REDIRECT)
		a->target_ip = address(s, at + 8, 6);
	if (at[0] == ADVERTISEMENT) {
		a->router = at[4] >> 7;
		a->solicited = at[4] >> 6 & 1;
		a->override = at[4] >> 5 & 1;
	}
}

void neighbour_icmp6(struct said *s, int direction, const uint8_t *at, uint32_t size)
{
	struct mark before = said_mark(s);
	struct weir_arp *a;

	if (size < 8 || size < head_of(at[0]))
		return;
	a = said_record(s, WEIR_ARP, direction);
	a->operation = (uint16_t)(OURS + at[0]);
	note_addresses(s, a, at);
	if (at[0] == ROUTER_ADVERTISEMENT)
		note_router(a, at);
	if (note_options(s, a, at + head_of(at[0]), size - head_of(at[0])))
		said_publish(s, WEIR_ARP, a);
	else
		said_forget(s, &before);
}
