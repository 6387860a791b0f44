/* x509.c - fuzzes certificates: what is read of them lies in them, and fits as text. */
#include "flow/flow.h"
#include "proto/x509.h"
#include "feed.h"

static void look(struct span s, const uint8_t *bytes, size_t size)
{
	if (s.size && (s.at < bytes || s.at + s.size > bytes + size))
		abort();
	touch(s.at, s.size);
}

static void check_text(const struct said *s, struct weir_text t)
{
	if ((uint64_t)t.at + t.size >= s->words_used || s->room->words[t.at + t.size])
		abort();
}

static void write_texts(struct said *s, const struct x509 *x)
{
	struct weir_packet none = { 0 };
	struct weir_list sans;

	said_begin(s);
	said_step(s, 0, &none, 0);
	check_text(s, x509_name(s, x->subject));
	check_text(s, x509_name(s, x->issuer));
	check_text(s, x509_algorithm(s, x->signature));
	sans = x509_sans(s, x->sans);
	for (uint32_t i = 0; i < sans.count; i++)
		check_text(s, s->room->texts[sans.first + i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct flows none;
	static struct said *s;
	struct x509 x;

	if (!s)
		s = said_new(&none);
	if (!x509_read(&x, (struct span){ bytes, (uint32_t)size }))
		return 0;
	look(x.serial, bytes, size);
	look(x.issuer, bytes, size);
	look(x.subject, bytes, size);
	look(x.sans, bytes, size);
	if (strnlen(x.not_before, X509_TIME) == X509_TIME ||
	    strnlen(x.not_after, X509_TIME) == X509_TIME)
		abort();
	write_texts(s, &x);
	return 0;
}
