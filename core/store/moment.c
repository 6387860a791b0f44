/* moment.c - times as databases have them: texts that may not say in which zone they are. */
#include <string.h>
#include <time.h>
#include "moment.h"

static const int64_t SECOND = 1000000000, LAST = 9000000000;    /* ns; seconds: the year 2255 */

/* Takes `n` digits, and the byte that follows them, which 0 stands for any; -1: they are none. */
static int digits(struct word *s, uint32_t n, char end)
{
	int number = 0;

	if (s->size < n + (end != 0) || (end && s->at[n] != end))
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return -1;
		number = 10 * number + s->at[i] - '0';
	}
	n += end != 0;
	s->at += n;
	s->size -= n;
	return number;
}

static int days_of(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month < 1 || month > 12 ? 0 : days[month - 1] + (month == 2 && is_leap);
}

/* The day and the time of it. */
static int clock_of(struct word *s, struct tm *t)
{
	int year = digits(s, 4, '-'), month = digits(s, 2, '-'), day = digits(s, 2, 0);

	if (year < 1969 || day < 1 || day > days_of(year, month) || !s->size ||
	    (*s->at != ' ' && *s->at != 'T'))
		return 0;
	s->at++;
	s->size--;
	*t = (struct tm){ .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
		.tm_isdst = -1 };
	t->tm_hour = digits(s, 2, ':');
	t->tm_min = digits(s, 2, ':');
	t->tm_sec = digits(s, 2, 0);
	return t->tm_hour >= 0 && t->tm_hour < 24 && t->tm_min >= 0 && t->tm_min < 60 &&
		t->tm_sec >= 0 && t->tm_sec <= 60;
}

/* What is behind the point, in ns; more than nine digits say nothing. */
static int64_t fraction(struct word *s)
{
	int64_t ns = 0, unit = SECOND;

	if (!s->size || (*s->at != '.' && *s->at != ','))
		return 0;
	do {
		s->at++;
		s->size--;
		if (s->size && *s->at >= '0' && *s->at <= '9')
			ns += (*s->at - '0') * (unit /= 10);
	} while (s->size && *s->at >= '0' && *s->at <= '9');
	return ns;
}

/* The zone that is written behind a time: "Z", "+02", "+0200", "+02:00"; 0: something else is. */
static int zone_of(struct word s, struct zone *zone)
{
	int sign, hours, minutes = 0;

	s = word_trim(s);
	if (!s.size)
		return 1;
	*zone = (struct zone){ 0 };
	if (word_is(s, "z") || word_is(s, "utc"))
		return 1;
	sign = *s.at == '-' ? -1 : 1;
	if (*s.at != '+' && *s.at != '-')
		return 0;
	s.at++;
	s.size--;
	hours = digits(&s, 2, 0);
	if (s.size && *s.at == ':') {
		s.at++;
		s.size--;
	}
	if (s.size)
		minutes = digits(&s, 2, 0);
	zone->east = sign * (3600 * hours + 60 * minutes);
	return !s.size && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

static int keep(int64_t seconds, int64_t fraction, int64_t *ns)
{
	if (seconds < 0 || seconds > LAST)
		return 0;
	*ns = seconds * SECOND + fraction;
	return 1;
}

int moment_of(struct word text, const struct zone *zone, int64_t *ns)
{
	struct zone in = *zone;
	struct tm t;
	int64_t part;

	text = word_trim(text);
	if (!clock_of(&text, &t))
		return 0;
	part = fraction(&text);
	if (!zone_of(text, &in))
		return 0;
	return keep(in.is_here ? (int64_t)mktime(&t) : (int64_t)timegm(&t) - in.east, part, ns);
}

int moment_of_seconds(double seconds, int64_t *ns)
{
	int64_t whole;

	if (!(seconds >= 0 && seconds <= (double)LAST))
		return 0;
	whole = (int64_t)seconds;
	return keep(whole, (int64_t)((seconds - (double)whole) * 1e9), ns);
}
