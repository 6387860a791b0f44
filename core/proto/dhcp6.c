/*
 * dhcp6.c - DHCPv6: the same for IPv6.  What relays wrap around a message is taken off.
 */
#include <string.h>
#include "dhcp.h"

enum {
	CLIENT_ID = 1, SERVER_ID = 2, IA_NA = 3, IA_TA = 4, IA_ADDRESS = 5, PARAMETERS = 6,
	RELAYED = 9, STATUS = 13, USER = 15, VENDOR = 16, DNS = 23, SEARCH = 24, IA_PD = 25,
	IA_PREFIX = 26, FQDN = 39, LINK_LAYER = 79
};

enum { REPLY = 7, LAST_TYPE = 36, RELAY_FORWARD = 12, RELAY_REPLY = 13 };

enum {
	CLIENT_PORT = 546, SERVER_PORT = 547,
	HEAD = 4, RELAY_HEAD = 34,
	NESTED = 32,                    /* relays behind each other (RFC 8415: at most so many hops) */
	OF_SIX = 256                    /* what is added to types, to tell them from those of version 4 */
};

/* Takes the next option off; 0 when there is none, below 0 when it goes beyond the end. */
static int next_option(struct option *all, uint32_t *code, struct option *o)
{
	if (!all->size)
		return 0;
	if (all->size < 4 || be16(all->at + 2) > all->size - 4)
		return -1;
	*code = be16(all->at);
	*o = (struct option){ all->at + 4, be16(all->at + 2) };
	all->at += 4 + o->size;
	all->size -= 4 + o->size;
	return 1;
}

static int is_sound(struct option all)
{
	struct option o;
	uint32_t code;
	int more;

	while ((more = next_option(&all, &code, &o)) > 0)
		;
	return more == 0;
}

/* ---- addresses ----------------------------------------------------------------------------------- */

static struct weir_text prefix(struct said *s, const uint8_t *at, uint8_t bits)
{
	struct writing w = write_begin(s, 64);

	if (!w.start)
		return (struct weir_text){ 0, 0 };
	write_address(&w, at, 6);
	write_format(&w, "/%u", bits);
	return write_end(&w);
}

/* The first one that is said; 0 leaves it to the other end. */
static void note_seconds(struct weir_dhcp *d, uint32_t *to, const uint8_t *at, uint32_t has)
{
	if (d->has & has || !be32(at))
		return;
	*to = be32(at);
	d->has |= has;
}

static void note_lifetimes(struct weir_dhcp *d, const uint8_t *at)
{
	note_seconds(d, &d->lease_time, at + 4, WEIR_HAS_DHCP_LEASE);
}

/* Addresses and prefixes inside what a client has of the server, behind its number and times. */
static void note_association(struct said *s, struct weir_dhcp *d, struct option all, uint32_t head)
{
	struct weir_text *the_one = d->type == 2 ? &d->assigned_ip : &d->requested_ip;
	struct option o;
	uint32_t code;

	if (all.size < head)
		return;
	if (!(d->has & WEIR_HAS_DHCP_IAID))
		d->iaid = be32(all.at);
	d->has |= WEIR_HAS_DHCP_IAID;
	if (head == 12) {
		note_seconds(d, &d->renewal_time, all.at + 4, WEIR_HAS_DHCP_RENEWAL);
		note_seconds(d, &d->rebinding_time, all.at + 8, WEIR_HAS_DHCP_REBINDING);
	}
	all.at += head;
	all.size -= head;
	while (next_option(&all, &code, &o) > 0) {
		struct weir_text *row;
		struct weir_text text;

		if (code == IA_ADDRESS && o.size >= 24) {
			text = option_address(s, o, 6);
			note_lifetimes(d, o.at + 16);
			if (!the_one->size)
				*the_one = text;
		} else if (code == IA_PREFIX && o.size >= 25) {
			text = prefix(s, o.at + 9, o.at[8]);
			note_lifetimes(d, o.at);
		} else {
			continue;
		}
		row = said_row(s, PILE_TEXTS);
		*row = text;
	}
}

/* The rows of all associations are one list, so nothing else may add texts to the pile between. */
static void note_associations(struct said *s, struct weir_dhcp *d, struct option all)
{
	uint32_t first = s->counts[PILE_TEXTS], code;
	struct option o;

	while (next_option(&all, &code, &o) > 0)
		if (code == IA_NA || code == IA_PD)
			note_association(s, d, o, 12);
		else if (code == IA_TA)
			note_association(s, d, o, 4);
	d->addresses = said_list(s, PILE_TEXTS, first);
}

/* ---- options ---------------------------------------------------------------------------------- */

/* An identifier that was made of an Ethernet address tells it. */
static void note_mac(struct weir_dhcp *d, struct option o, uint32_t head)
{
	if (o.size != head + 6 || d->has & WEIR_HAS_DHCP_MAC)
		return;
	memcpy(d->client_mac, o.at + head, 6);
	d->has |= WEIR_HAS_DHCP_MAC;
}

static void note_client(struct said *s, struct weir_dhcp *d, struct option o)
{
	enum { BY_TIME = 1, BY_LINK = 3, ETHERNET = 1 };

	d->client_id = option_hex(s, o);
	if (o.size < 4 || be16(o.at + 2) != ETHERNET)
		return;
	if (be16(o.at) == BY_TIME)
		note_mac(d, o, 8);
	else if (be16(o.at) == BY_LINK)
		note_mac(d, o, 4);
}

/* The number of a vendor, and the first of its texts. */
static void note_vendor(struct said *s, struct weir_dhcp *d, struct option o)
{
	if (o.size < 6 || be16(o.at + 4) > o.size - 6)
		return;
	d->enterprise = be32(o.at);
	d->has |= WEIR_HAS_DHCP_ENTERPRISE;
	d->vendor_class = option_text(s, (struct option){ o.at + 6, be16(o.at + 4) });
}

static void note_option(struct said *s, struct weir_dhcp *d, uint32_t code, struct option o)
{
	switch (code) {
	case CLIENT_ID:  note_client(s, d, o);                      break;
	case SERVER_ID:  d->server_id = option_hex(s, o);           break;
	case PARAMETERS: d->params = option_numbers(s, o, 2);       break;
	case VENDOR:     note_vendor(s, d, o);                      break;
	case DNS:        d->dns_servers = option_addresses(s, o, 6); break;
	case SEARCH:     d->domains = option_names(s, o);           break;
	case FQDN:
		if (o.size > 1)
			d->fqdn = option_name(s, (struct option){ o.at + 1, o.size - 1 });
		break;
	case STATUS:
		if (o.size > 2)
			d->message = option_text(s, (struct option){ o.at + 2, o.size - 2 });
		break;
	}
}

/* ---- messages ------------------------------------------------------------------------------------- */

/* Takes off what relays have wrapped around it; whether what is left is a message. */
static int unwrap(struct said *s, struct weir_dhcp *d, struct option *message)
{
	for (int i = 0; i < NESTED; i++) {
		struct option all, o, inner = { 0 };
		uint32_t code;

		if (message->size < HEAD)
			return 0;
		if (message->at[0] != RELAY_FORWARD && message->at[0] != RELAY_REPLY)
			return 1;
		if (message->size < RELAY_HEAD)
			return 0;
		d->relays++;
		d->relay_ip = option_address(s, (struct option){ message->at + 2, 16 }, 6);
		all = (struct option){ message->at + RELAY_HEAD, message->size - RELAY_HEAD };
		while (next_option(&all, &code, &o) > 0)
			if (code == RELAYED)
				inner = o;
			else if (code == LINK_LAYER && o.size == 8 && be16(o.at) == 1)
				note_mac(d, o, 2);
		*message = inner;
	}
	return 0;
}

static int is_message(const struct heard *h)
{
	int is_relayed = h->size && (h->at[0] == RELAY_FORWARD || h->at[0] == RELAY_REPLY);
	uint32_t head = is_relayed ? RELAY_HEAD : HEAD;

	return h->size >= head && h->at[0] >= 1 && h->at[0] <= LAST_TYPE &&
		(h->size < h->full || is_sound((struct option){ h->at + head, h->size - head }));
}

static int probe(const struct heard *h)
{
	uint16_t from = h->from_port, to = h->to_port;
	int is_there = from == CLIENT_PORT || from == SERVER_PORT || to == CLIENT_PORT ||
		to == SERVER_PORT;

	return is_there && is_message(h) ? MINE : OTHER;
}

/* Whether it comes from the server. */
static int is_reply(uint8_t type)
{
	return type == 2 || type == REPLY || type == 10 || type == 15 || type == 17;
}

static int32_t hear(const struct heard *h)
{
	struct mark before = said_mark(h->said);
	struct option all = { h->at, h->size }, o;
	struct weir_dhcp *d;
	uint32_t code;

	if (!is_message(h))
		return (int32_t)h->size;
	d = said_record(h->said, WEIR_DHCP, h->direction);
	d->version = 6;
	if (!unwrap(h->said, d, &all)) {
		said_forget(h->said, &before);
		return (int32_t)h->size;
	}
	d->type = is_reply(all.at[0]) ? 2 : 1;
	d->dhcp_type = (uint16_t)(OF_SIX + all.at[0]);
	d->id = be32(all.at) & 0xffffff;
	all = (struct option){ all.at + HEAD, all.size - HEAD };
	note_associations(h->said, d, all);
	while (next_option(&all, &code, &o) > 0)
		note_option(h->said, d, code, o);
	said_publish(h->said, WEIR_DHCP, d);
	return (int32_t)h->size;
}

const struct protocol protocol_dhcp6 = {
	.name = "dhcp", .kinds = 1 << WEIR_DHCP, .udp = 1, .label = APP_DHCP, .probe = probe,
	.hear = hear
};
