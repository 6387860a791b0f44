/* dns_service.c - the data of records that tell where services, hosts and places are. */
#include <string.h>
#include "dns.h"

/* ---- SVCB and HTTPS ---------------------------------------------------------------------------- */

enum { MANDATORY, ALPN, NO_DEFAULT_ALPN, PORT, IPV4HINT, ECH, IPV6HINT, DOHPATH, OHTTP };

static void write_key(struct writing *w, uint32_t key)
{
	static const char *const names[] = {
		"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint",
		"dohpath", "ohttp"
	};

	if (key < sizeof names / sizeof *names)
		write_plain(w, names[key]);
	else
		write_format(w, "key%u", key);
}

/* Bytes of a value, with a backslash before what would end it. */
static void write_escaped(struct writing *w, const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++) {
		if (strchr(" ,\"\\;()", at[i]) && at[i])
			write_letter(w, '\\');
		write_letter(w, (char)at[i]);
	}
}

static void write_alpn(struct rdata *v)
{
	for (int i = 0; v->at < v->end; i++) {
		uint32_t size = rdata_8(v);
		const uint8_t *name = rdata_bytes(v, size);

		if (i)
			write_letter(&v->w, ',');
		if (name)
			write_escaped(&v->w, name, size);
	}
}

static void write_hints(struct rdata *v, uint32_t size, uint32_t version)
{
	const uint8_t *at;

	for (int i = 0; v->at < v->end && (at = rdata_bytes(v, size)); i++) {
		if (i)
			write_letter(&v->w, ',');
		write_address(&v->w, at, version);
	}
}

static void write_keys(struct rdata *v)
{
	for (int i = 0; v->at < v->end; i++) {
		if (i)
			write_letter(&v->w, ',');
		write_key(&v->w, rdata_16(v));
	}
}

/* One value, which is all of `v`. */
static void write_value(struct rdata *v, uint32_t key)
{
	switch (key) {
	case MANDATORY: write_keys(v);                   break;
	case ALPN:      write_alpn(v);                   break;
	case PORT:      write_number(&v->w, rdata_16(v)); break;
	case IPV4HINT:  write_hints(v, 4, 4);            break;
	case IPV6HINT:  write_hints(v, 16, 6);           break;
	case ECH:
		write_base64(&v->w, v->m->at + v->at, v->end - v->at);
		v->at = v->end;
		break;
	default:
		write_escaped(&v->w, v->m->at + v->at, v->end - v->at);
		v->at = v->end;
	}
}

/* "1 . alpn=h2,h3 ipv4hint=192.0.2.1" */
static void write_binding(struct rdata *r)
{
	rdata_numbers(r, "2");
	rdata_name(r);
	while (r->at < r->end && !r->is_bad) {
		uint32_t key = rdata_16(r), size = rdata_16(r), from = r->at, end = r->end;

		if (!rdata_bytes(r, size))
			return;
		rdata_blank(r);
		write_key(&r->w, key);
		if (!size)
			continue;
		write_letter(&r->w, '=');
		r->at = from;
		r->end = from + size;
		write_value(r, key);
		r->is_bad |= r->at != r->end;
		r->end = end;
	}
}

/* ---- places ------------------------------------------------------------------------------------- */

/* "51 30 12.748 N": a part of a circle, in thousandths of a second around 2^31. */
static void write_angle(struct rdata *r, const char *ends)
{
	uint32_t n = rdata_32(r), zero = 1u << 31, ms = n >= zero ? n - zero : zero - n;

	rdata_blank(r);
	write_format(&r->w, "%u %u %u.%03u %c", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
		ms % 1000, n >= zero ? ends[0] : ends[1]);
}

/* A size: a digit, and how many zeros are behind it, in centimetres. */
static void write_extent(struct rdata *r, uint32_t n)
{
	uint64_t cm = n >> 4;

	for (uint32_t zeros = n & 15; zeros && cm < 1000000000000; zeros--)
		cm *= 10;
	write_format(&r->w, " %llu.%02llum", (unsigned long long)(cm / 100),
		(unsigned long long)(cm % 100));
}

static void write_location(struct rdata *r)
{
	uint32_t version = rdata_8(r), extents[3];
	int64_t height;

	for (int i = 0; i < 3; i++)
		extents[i] = rdata_8(r);
	r->is_bad |= version != 0;
	write_angle(r, "NS");
	write_angle(r, "EW");
	height = (int64_t)rdata_32(r) - 10000000;
	write_format(&r->w, " %s%lld.%02lldm", height < 0 ? "-" : "",
		(long long)(height < 0 ? -height : height) / 100,
		(long long)(height < 0 ? -height : height) % 100);
	for (int i = 0; i < 3; i++)
		write_extent(r, extents[i]);
}

/* ---- the others ------------------------------------------------------------------------------------ */

/* `0 issue "ca.example"` */
static void write_authorization(struct rdata *r)
{
	uint32_t size;
	const uint8_t *tag;

	rdata_numbers(r, "1");
	size = rdata_8(r);
	tag = rdata_bytes(r, size);
	rdata_blank(r);
	if (tag)
		write_escaped(&r->w, tag, size);
	rdata_quoted(r, r->end - r->at);
}

/* "02-00-5e-00-53-0a" */
static void write_ether(struct rdata *r, uint32_t size)
{
	const uint8_t *at = rdata_bytes(r, size);

	for (uint32_t i = 0; at && i < size; i++) {
		if (i)
			write_letter(&r->w, '-');
		write_hex(&r->w, at + i, 1);
	}
}

static void write_strings(struct rdata *r)
{
	while (r->at < r->end)
		rdata_string(r);
}

int dns_write_service(struct rdata *r, uint16_t type)
{
	switch (type) {
	case TYPE_SRV:   rdata_numbers(r, "222"); rdata_name(r);                     return 1;
	case TYPE_PX:    rdata_numbers(r, "2"); rdata_name(r); rdata_name(r);        return 1;
	case TYPE_URI:   rdata_numbers(r, "22"); rdata_quoted(r, r->end - r->at);    return 1;
	case TYPE_HINFO: case TYPE_ISDN: case TYPE_X25: write_strings(r);            return 1;
	case TYPE_SVCB: case TYPE_HTTPS: write_binding(r);                           return 1;
	case TYPE_CAA:   write_authorization(r);                                     return 1;
	case TYPE_LOC:   write_location(r);                                          return 1;
	case TYPE_EUI48: write_ether(r, 6);                                          return 1;
	case TYPE_EUI64: write_ether(r, 8);                                          return 1;
	case TYPE_NAPTR:
		rdata_numbers(r, "22");
		for (int i = 0; i < 3; i++)
			rdata_string(r);
		rdata_name(r);
		return 1;
	default:
		return 0;
	}
}
