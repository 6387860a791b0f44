/* protocols.c - the protocols that are known, those first that are sure of themselves. */
#include "keylog.h"
#include "proto.h"

static const struct protocol *const protocols[] = {
	&protocol_quic, &protocol_ssh, &protocol_dhcp, &protocol_dhcp6, &protocol_ssdp, &protocol_ntp,
	&protocol_nbns, &protocol_dns, &protocol_dns_tcp, &protocol_tls, &protocol_dtls,
	&protocol_http, &protocol_http2, &protocol_socks,
};

_Static_assert(sizeof protocols / sizeof *protocols <= PARSERS, "each has its tally");

int protocol_is_wanted(const struct protocol *p, const struct said *s)
{
	const struct protocol *inner;

	if (p->kinds & s->kinds || (p->names && s->names) || (p->label && s->labels))
		return 1;
	for (uint32_t i = 0; p->seals && keylog_is_known(s->keylog) && (inner = protocol_at(i)); i++)
		if (inner->tls && inner->kinds & s->kinds)
			return 1;
	return 0;
}

void protocols_choose(struct said *s)
{
	const struct protocol *p;

	s->wanted = 0;
	for (uint32_t i = 0; (p = protocol_at(i)); i++)
		s->wanted |= (uint64_t)protocol_is_wanted(p, s) << i;
}

const struct protocol *protocol_at(uint32_t i)
{
	return i < sizeof protocols / sizeof *protocols ? protocols[i] : NULL;
}
