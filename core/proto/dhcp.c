/*
 * dhcp.c - DHCPv4: who asks for an address, under which name, and what it gets.
 *
 * It is known by the number before its options, wherever it is.  Options of the same kind are one
 * that was cut (RFC 3396), and go on in two fields that have another use without them.
 */
#include <string.h>
#include "dhcp.h"

enum {
	OP = 0, HARDWARE = 1, HARDWARE_SIZE = 2, ID = 4, CLIENT = 12, YOURS = 16, SERVER = 20,
	RELAY = 24, MAC = 28, SNAME = 44, FILE_NAME = 108, COOKIE = 236, OPTIONS = 240,
	SNAME_SIZE = 64, FILE_SIZE = 128, MAGIC = 0x63825363
};

enum {
	PAD = 0, MASK = 1, ROUTER = 3, DNS = 6, HOSTNAME = 12, DOMAIN = 15, NTP = 42, REQUESTED = 50,
	LEASE = 51, OVERLOAD = 52, TYPE = 53, SERVER_ID = 54, PARAMETERS = 55, MESSAGE = 56,
	RENEWAL = 58, REBINDING = 59, VENDOR = 60, CLIENT_ID = 61, FQDN = 81, SEARCH = 119, END = 255
};

enum { JOINED = 4096 };                 /* bytes of options that were cut, of a message */

struct options {
	struct option of[256];
	uint8_t  joined[JOINED];
	uint32_t used;
};

/* ---- options -------------------------------------------------------------------------------- */

/* Adds what an option says to what it has said before. */
static void join(struct options *o, uint8_t code, const uint8_t *at, uint32_t size)
{
	struct option *old = &o->of[code];
	int is_last = old->at && old->at + old->size == o->joined + o->used;
	uint32_t more = size + (is_last ? 0 : old->size);

	if (!old->at) {
		*old = (struct option){ at, size };
		return;
	}
	if (more > JOINED - o->used)
		return;
	if (!is_last) {
		memcpy(o->joined + o->used, old->at, old->size);
		old->at = o->joined + o->used;
		o->used += old->size;
	}
	memcpy(o->joined + o->used, at, size);
	o->used += size;
	old->size += size;
}

static void read_options(struct options *o, const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i + 1 < size && at[i] != END;) {
		uint32_t n = at[i + 1];

		if (at[i] == PAD) {
			i++;
			continue;
		}
		if (n > size - i - 2)
			return;
		join(o, at[i], at + i + 2, n);
		i += 2 + n;
	}
}

static void note_seconds(struct weir_dhcp *d, uint32_t *to, struct option o, uint32_t has)
{
	if (o.size != 4)
		return;
	*to = be32(o.at);
	d->has |= has;
}

/* Flags, two codes, then a name: as text, or as DNS has it. */
static struct weir_text full_name(struct said *s, struct option o)
{
	enum { WIRE = 4 };
	struct option name;

	if (o.size <= 3)
		return (struct weir_text){ 0, 0 };
	name = (struct option){ o.at + 3, o.size - 3 };
	return o.at[0] & WIRE ? option_name(s, name) : option_text(s, name);
}

/* What the first byte says is how to read it; the others are the name. */
static struct weir_text client_id(struct said *s, struct option o)
{
	return o.size > 1 ? option_hex(s, (struct option){ o.at + 1, o.size - 1 }) :
		(struct weir_text){ 0, 0 };
}

static void note_options(struct said *s, struct weir_dhcp *d, const struct option *of)
{
	d->dhcp_type = of[TYPE].size == 1 ? of[TYPE].at[0] : 0;
	d->hostname = option_text(s, of[HOSTNAME]);
	d->domain = option_text(s, of[DOMAIN]);
	d->fqdn = full_name(s, of[FQDN]);
	d->client_id = client_id(s, of[CLIENT_ID]);
	d->vendor_class = option_text(s, of[VENDOR]);
	d->message = option_text(s, of[MESSAGE]);
	d->requested_ip = option_address(s, of[REQUESTED], 4);
	d->server_id = option_address(s, of[SERVER_ID], 4);
	d->subnet_mask = option_address(s, of[MASK], 4);
	d->params = option_numbers(s, of[PARAMETERS], 1);
	d->routers = option_addresses(s, of[ROUTER], 4);
	d->dns_servers = option_addresses(s, of[DNS], 4);
	d->ntp_servers = option_addresses(s, of[NTP], 4);
	d->domains = option_names(s, of[SEARCH]);
	note_seconds(d, &d->lease_time, of[LEASE], WEIR_HAS_DHCP_LEASE);
	note_seconds(d, &d->renewal_time, of[RENEWAL], WEIR_HAS_DHCP_RENEWAL);
	note_seconds(d, &d->rebinding_time, of[REBINDING], WEIR_HAS_DHCP_REBINDING);
}

/* ---- messages ---------------------------------------------------------------------------------- */

/* An address of the header, when it is one. */
static struct weir_text address(struct said *s, const uint8_t *at)
{
	return be32(at) ? option_address(s, (struct option){ at, 4 }, 4) : (struct weir_text){ 0, 0 };
}

static void note_header(struct said *s, struct weir_dhcp *d, const uint8_t *at)
{
	d->version = 4;
	d->type = at[OP];
	d->id = be32(at + ID);
	d->client_ip = address(s, at + CLIENT);
	d->assigned_ip = address(s, at + YOURS);
	d->next_server_ip = address(s, at + SERVER);
	d->relay_ip = address(s, at + RELAY);
	if (at[HARDWARE_SIZE] == sizeof d->client_mac) {
		memcpy(d->client_mac, at + MAC, sizeof d->client_mac);
		d->has |= WEIR_HAS_DHCP_MAC;
	}
}

static int is_message(const struct heard *h)
{
	return h->size >= OPTIONS && be32(h->at + COOKIE) == MAGIC && (h->at[OP] == 1 || h->at[OP] == 2) &&
		h->at[HARDWARE_SIZE] <= 16;
}

static int probe(const struct heard *h)
{
	return is_message(h) ? MINE : OTHER;
}

static int32_t hear(const struct heard *h)
{
	struct options o;
	struct weir_dhcp *d;
	uint32_t overload;

	if (!is_message(h))
		return (int32_t)h->size;
	memset(o.of, 0, sizeof o.of);
	o.used = 0;
	read_options(&o, h->at + OPTIONS, h->size - OPTIONS);
	overload = o.of[OVERLOAD].size == 1 ? o.of[OVERLOAD].at[0] : 0;
	if (overload & 1)
		read_options(&o, h->at + FILE_NAME, FILE_SIZE);
	if (overload & 2)
		read_options(&o, h->at + SNAME, SNAME_SIZE);
	d = said_record(h->said, WEIR_DHCP, h->direction);
	note_header(h->said, d, h->at);
	note_options(h->said, d, o.of);
	said_publish(h->said, WEIR_DHCP, d);
	return (int32_t)h->size;
}

const struct protocol protocol_dhcp = {
	.name = "dhcp", .kinds = 1 << WEIR_DHCP, .udp = 1, .label = APP_DHCP, .probe = probe,
	.hear = hear
};
