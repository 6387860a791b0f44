/* dns_type.c - what types of resource records are called. */
#include "dns.h"

static const char *const low[] = {
	[1] = "A", "NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "NULL", "WKS", "PTR", "HINFO",
	"MINFO", "MX", "TXT", "RP", "AFSDB", "X25", "ISDN", "RT", "NSAP", "NSAP-PTR", "SIG", "KEY",
	"PX", "GPOS", "AAAA", "LOC", "NXT", "EID", "NIMLOC", "SRV", "ATMA", "NAPTR", "KX", "CERT",
	"A6", "DNAME", "SINK", "OPT", "APL", "DS", "SSHFP", "IPSECKEY", "RRSIG", "NSEC", "DNSKEY",
	"DHCID", "NSEC3", "NSEC3PARAM", "TLSA", "SMIMEA",
	[55] = "HIP", "NINFO", "RKEY", "TALINK", "CDS", "CDNSKEY", "OPENPGPKEY", "CSYNC", "ZONEMD",
	"SVCB", "HTTPS", "DSYNC", "HHIT", "BRID",
	[99] = "SPF", "UINFO", "UID", "GID", "UNSPEC", "NID", "L32", "L64", "LP", "EUI48", "EUI64",
	[128] = "NXNAME",
	[249] = "TKEY", "TSIG", "IXFR", "AXFR", "MAILB", "MAILA", "ANY", "URI", "CAA", "AVC", "DOA",
	"AMTRELAY", "RESINFO", "WALLET", "CLA", "IPN",
};

const char *weir_rrtype_name(uint32_t type)
{
	if (type < sizeof low / sizeof *low)
		return low[type];
	return type == 32768 ? "TA" : type == 32769 ? "DLV" : NULL;
}

void dns_write_type(struct writing *w, uint32_t type)
{
	const char *name = weir_rrtype_name(type);

	write_plain(w, name ? name : "TYPE");
	if (!name)
		write_number(w, type);
}
