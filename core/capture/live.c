/*
 * live.c - interfaces, and the compiler of filters: all that uses libpcap.
 *
 * A frame is copied once, from the kernel's ring into the capture's window,
 * so that it lives as long as its batch like a frame from a file.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "capture.h"
#include "filter.h"
#include "text.h"

enum {
	RING     = 8 << 20,             /* bytes: 2 MiB lost frames in a burst, 8 did not */
	SNAPLEN  = 262144,              /* no frame is longer */
	PROGRAMS = 16                   /* link types that one filter meets in one input */
};

/* ---- link types: libpcap's own numbers differ from a file's in one that matters ---- */

static int dlt_of(uint16_t link_type)
{
	return link_type == 101 ? DLT_RAW : link_type;
}

static uint16_t link_type_of(int dlt)
{
	return dlt == DLT_RAW ? 101 : (uint16_t)dlt;
}

/* ---- filters ------------------------------------------------------------ */

struct program {
	uint16_t link_type;
	struct bpf_program code;
};

struct filter {
	char *expression;
	struct program programs[PROGRAMS];
	uint32_t count;
};

/* Compiles for one more link type; the program is the last one then. */
static int compile(struct filter *f, uint16_t link_type)
{
	struct program *program = &f->programs[f->count];
	pcap_t *model;
	int status = 0;

	if (f->count == PROGRAMS)
		return fail_as(WEIR_MISUSE, "filter '%s': more than %d link types",
			f->expression, PROGRAMS);
	model = pcap_open_dead(dlt_of(link_type), SNAPLEN);
	if (!model)
		return fail("out of memory");
	program->link_type = link_type;
	if (pcap_compile(model, &program->code, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
		f->count++;
	else
		status = fail_as(WEIR_MISUSE, "filter '%s': %s", f->expression, pcap_geterr(model));
	pcap_close(model);
	return status;
}

int filter_new(const char *expression, struct filter **out)
{
	struct filter *f;

	*out = NULL;
	if (!expression)
		return 0;
	f = calloc(1, sizeof *f);
	if (!f)
		return fail("out of memory");
	f->expression = strdup(expression);
	if (f->expression &&
			(compile(f, DLT_IEEE802_11_RADIO) == 0 || compile(f, DLT_EN10MB) == 0)) {
		*out = f;               /* what compiles for neither is wrong for all */
		return 0;
	}
	filter_free(f);
	return WEIR_MISUSE;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->count; i++)
		pcap_freecode(&f->programs[i].code);
	free(f->expression);
	free(f);
}

int filter_match(struct filter *f, const struct weir_packet *p)
{
	uint32_t i = 0;
	int status;

	while (i < f->count && f->programs[i].link_type != p->link_type)
		i++;
	if (i == f->count && (status = compile(f, p->link_type)) < 0)
		return status;
	return bpf_filter(f->programs[i].code.bf_insns, p->data, p->size, p->kept) != 0;
}

/* ---- an interface --------------------------------------------------------- */

struct live {
	pcap_t  *pcap;
	char     name[64];
	uint16_t link_type;
	uint32_t scale;                 /* nanoseconds of the time's second part */
	uint32_t snaplen;
};

static int refuse(const struct live *l, int status)
{
	const char *why = pcap_geterr(l->pcap);

	if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
		return fail_as(WEIR_DENIED, "no permission to listen on '%s': be root, or once "
			"'sudo setcap cap_net_raw,cap_net_admin=eip' on the program", l->name);
	if (status == PCAP_ERROR_NO_SUCH_DEVICE)
		return fail("no interface '%s': 'weir read -D' lists them", l->name);
	return fail("cannot listen on '%s': %s", l->name, why[0] ? why : pcap_statustostr(status));
}

static int set_filter(struct live *l, const char *expression)
{
	struct bpf_program code;
	int status;

	if (!expression)
		return 0;
	if (pcap_compile(l->pcap, &code, expression, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return fail_as(WEIR_MISUSE, "filter '%s': %s", expression, pcap_geterr(l->pcap));
	status = pcap_setfilter(l->pcap, &code);
	pcap_freecode(&code);
	return status < 0 ? refuse(l, status) : 0;
}

static int start(struct live *l, const struct weir_capture_options *o)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int status;

	l->snaplen = o->snaplen && o->snaplen < SNAPLEN ? o->snaplen : SNAPLEN;
	l->pcap = pcap_create(l->name, why);
	if (!l->pcap)
		return fail("cannot listen on '%s': %s", l->name, why);
	pcap_set_snaplen(l->pcap, (int)l->snaplen);
	pcap_set_promisc(l->pcap, !o->quiet);
	pcap_set_timeout(l->pcap, PATIENCE);
	pcap_set_buffer_size(l->pcap, o->buffer && o->buffer <= INT32_MAX ? (int)o->buffer : RING);
	pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(l->pcap);
	if (status < 0)
		return refuse(l, status);
	l->scale = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	l->link_type = link_type_of(pcap_datalink(l->pcap));
	if (pcap_setnonblock(l->pcap, 1, why) < 0)
		return fail("cannot listen on '%s': %s", l->name, why);
	return set_filter(l, o->filter);
}

static int wait_for_frames(struct live *l)
{
	struct pollfd ready = { .fd = pcap_get_selectable_fd(l->pcap), .events = POLLIN };

	return poll(&ready, 1, PATIENCE);
}

static struct weir_packet record(struct weir_capture *c, const struct live *l,
	const struct pcap_pkthdr *h, const void *data, struct text *t)
{
	return (struct weir_packet){
		.ns = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * l->scale,
		.ordinal = c->counts.packets += 1,
		.offset = -1,
		.data = data,
		.body = data,
		.size = h->len < h->caplen ? h->caplen : h->len,
		.kept = h->caplen,
		.link_type = l->link_type,
		.interface_at = text_add(t, l->name, sizeof l->name)
	};
}

static int take(struct weir_capture *c, struct weir_packet *p, uint32_t room, struct text *t)
{
	struct live *l = c->state;
	uint8_t *to = c->input.window;
	uint8_t *last = to + WINDOW_SIZE - l->snaplen;
	struct pcap_pkthdr *h;
	const u_char *data;
	uint32_t n = 0;
	int status = 0;

	if (c->hold)
		return 0;
	while (n < room && to <= last) {
		status = pcap_next_ex(l->pcap, &h, &data);
		if (status == 0 && n == 0 && wait_for_frames(l) > 0)
			status = pcap_next_ex(l->pcap, &h, &data);
		if (status != 1)
			break;
		memcpy(to, data, h->caplen);
		p[n++] = record(c, l, h, to, t);
		c->counts.bytes += h->len;
		to += h->caplen;
	}
	if (n == 0 && status < 0)
		return fail("interface '%s': %s", l->name, pcap_geterr(l->pcap));
	return (int)n;
}

static void count(struct weir_capture *c)
{
	struct live *l = c->state;
	struct pcap_stat s;

	if (pcap_stats(l->pcap, &s) < 0)
		return;
	c->counts.kernel_drops = s.ps_drop;
	c->counts.interface_drops = s.ps_ifdrop;
}

static void live_close(struct weir_capture *c)
{
	struct live *l = c->state;

	if (l->pcap)
		pcap_close(l->pcap);
	free(l);
}

static const struct reader reader = {
	.name = "interface", .take = take, .close = live_close, .count = count, .live = 1
};

int live_open(struct weir_capture *c, const char *interface, const struct weir_capture_options *o)
{
	struct live *l = calloc(1, sizeof *l);

	c->input.window = slab_take(SLAB_WINDOW);
	if (!l || !c->input.window) {
		free(l);
		return fail("out of memory");
	}
	c->state = l;
	c->reader = &reader;
	if (strlen(interface) >= sizeof l->name)
		return fail("no interface '%s': 'weir read -D' lists them", interface);
	strcpy(l->name, interface);
	return start(l, o);
}

const char *live_library(void)
{
	return pcap_lib_version();
}

/* ---- the interfaces there are ----------------------------------------------- */

static void add_address(struct weir_interface *face, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";
	size_t used = strlen(face->addresses);

	if (address && address->sa_family == AF_INET)
		weir_address_text(&((const struct sockaddr_in *)address)->sin_addr, 4, text);
	else if (address && address->sa_family == AF_INET6)
		weir_address_text(&((const struct sockaddr_in6 *)address)->sin6_addr, 6, text);
	if (text[0])
		snprintf(face->addresses + used, sizeof face->addresses - used, "%s%s",
			used ? " " : "", text);
}

static void describe(struct weir_interface *face, const pcap_if_t *found)
{
	memset(face, 0, sizeof *face);
	snprintf(face->name, sizeof face->name, "%s", found->name);
	snprintf(face->about, sizeof face->about, "%s",
		found->description ? found->description : "");
	for (const pcap_addr_t *a = found->addresses; a; a = a->next)
		add_address(face, a->addr);
	face->up = (found->flags & PCAP_IF_UP) != 0;
	face->running = (found->flags & PCAP_IF_RUNNING) != 0;
	face->loopback = (found->flags & PCAP_IF_LOOPBACK) != 0;
	face->wireless = (found->flags & PCAP_IF_WIRELESS) != 0;
}

int weir_interfaces(struct weir_interface *out, uint32_t room)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all;
	uint32_t n = 0;

	if (pcap_findalldevs(&all, why) < 0)
		return fail("cannot list the interfaces: %s", why);
	for (const pcap_if_t *i = all; i; i = i->next, n++)
		if (n < room)
			describe(&out[n], i);
	pcap_freealldevs(all);
	return (int)n;
}
