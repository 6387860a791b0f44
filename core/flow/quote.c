/* quote.c - the packet that an ICMP error quotes, and the flow it was of. */
#include <string.h>
#include "flow_inside.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58, SCTP = 132 };

static int is_error(const struct weir_packet *p)
{
	if (p->protocol == ICMP)
		return p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 5 ||
			p->icmp_type == 11 || p->icmp_type == 12;
	return p->protocol == ICMP6 && p->icmp_type >= 1 && p->icmp_type <= 4;
}

/* The quoted header as a record with what makes a key; 0 when it is none of ours. */
static int read_quote(const uint8_t *at, uint32_t size, struct weir_packet *q)
{
	uint32_t header;

	if (size >= 28 && at[0] >> 4 == 4) {
		header = (at[0] & 15) * 4u;
		q->ip_version = 4;
		q->protocol = at[9];
		memcpy(q->src_addr, at + 12, 4);
		memcpy(q->dest_addr, at + 16, 4);
	} else if (size >= 48 && at[0] >> 4 == 6) {
		header = 40;
		q->ip_version = 6;
		q->protocol = at[6];
		memcpy(q->src_addr, at + 8, 16);
		memcpy(q->dest_addr, at + 24, 16);
	} else {
		return 0;
	}
	if (header < 20 || size < header + 4 ||
		(q->protocol != TCP && q->protocol != UDP && q->protocol != SCTP))
		return 0;
	q->src_port = be16(at + header);
	q->dest_port = be16(at + header + 2);
	q->has |= WEIR_HAS_IP | WEIR_HAS_ADDRESS | WEIR_HAS_PORTS;
	return 1;
}

void quote_add(struct flows *f, struct weir_packet *p)
{
	struct weir_packet q = {
		.has = p->has & WEIR_HAS_TUNNEL,
		.tunnel_first = p->tunnel_first, .tunnel_count = p->tunnel_count
	};
	struct key k;
	uint32_t number;
	int from_b;

	if (!is_error(p) || !(p->has & WEIR_HAS_PAYLOAD) ||
	    !read_quote((const uint8_t *)p->body + p->payload_at, p->payload_kept, &q))
		return;
	memcpy(q.vlans, p->vlans, sizeof q.vlans);
	if (!key_of(&q, f->out.tunnels, &k, &from_b))
		return;
	number = table_find(f, &k, key_hash(&k, f->o.seed));
	if (!number)
		return;
	flow_extra(f, number)->icmp_errors++;
	if (f->o.packets) {             /* the error goes back to where the quoted packet came from */
		p->quoted = number;
		p->quoted_reverse = from_b == f->hot[number].originator;
	}
}
