/* protocols.c - the protocols that are known, those first that are sure of themselves. */
#include "proto.h"

static const struct protocol *const protocols[] = {
	&protocol_ssh, &protocol_dhcp, &protocol_dhcp6, &protocol_ssdp, &protocol_ntp, &protocol_nbns, &protocol_dns, &protocol_dns_tcp,
};

const struct protocol *protocol_at(uint32_t i)
{
	return i < sizeof protocols / sizeof *protocols ? protocols[i] : NULL;
}
