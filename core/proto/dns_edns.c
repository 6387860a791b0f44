/* dns_edns.c - what a sender says of itself in the record that is none, and its options. */
#include <string.h>
#include "dns.h"

enum { NSID = 3, CLIENT_SUBNET = 8, EXTENDED_ERROR = 15 };

/* "192.0.2.0/24": bytes of the address that are not sent are 0. */
static struct weir_text subnet(const struct message *m, const uint8_t *at, uint32_t size)
{
	uint32_t family = size >= 4 ? be16(at) : 0, kept = size - 4;
	struct writing w = write_begin(m->said, 64);
	uint8_t address[16] = { 0 };

	if ((family != 1 && family != 2) || kept > (family == 1 ? 4 : 16) || !w.start)
		return (struct weir_text){ 0, 0 };
	memcpy(address, at + 4, kept);
	write_address(&w, address, family == 1 ? 4 : 6);
	write_format(&w, "/%u", at[2]);
	return write_end(&w);
}

/* "22 no reachable authority": its number, and what else is said about it. */
static struct weir_text extended_error(const struct message *m, const uint8_t *at, uint32_t size)
{
	struct writing w = write_begin(m->said, size + 16);

	if (size < 2 || !w.start)
		return (struct weir_text){ 0, 0 };
	write_number(&w, be16(at));
	if (size > 2)
		write_letter(&w, ' ');
	write_bytes(&w, at + 2, size - 2);
	return write_end(&w);
}

/* The name of a server's instance: any bytes, shown as they are when they can be read. */
static struct weir_text instance(const struct message *m, const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (at[i] < ' ' || at[i] > '~')
			return said_hex(m->said, at, size);
	return said_text(m->said, at, size);
}

/* Its class is a size; its time to live has more of the code, the version and a flag. */
void dns_edns(const struct message *m, struct weir_dns *d, uint32_t at, uint32_t size)
{
	uint32_t end = at + OPT_HEADER + size, flags = be32(m->at + at + 5);

	d->has |= WEIR_HAS_DNS_EDNS;
	d->udp_size = be16(m->at + at + 3);
	d->rcode |= (uint16_t)(flags >> 24 << 4);
	d->edns_version = flags >> 16 & 255;
	d->dnssec_ok = flags >> 15 & 1;
	at += OPT_HEADER;
	while (end - at >= 4) {
		uint32_t code = be16(m->at + at), n = be16(m->at + at + 2);

		at += 4;
		if (n > end - at)
			return;
		if (code == NSID)
			d->nsid = instance(m, m->at + at, n);
		else if (code == CLIENT_SUBNET)
			d->client_subnet = subnet(m, m->at + at, n);
		else if (code == EXTENDED_ERROR)
			d->extended_error = extended_error(m, m->at + at, n);
		at += n;
	}
}
