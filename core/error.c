/* error.c - the last failure of each thread, in words. */
#include <stdarg.h>
#include <stdio.h>
#include "base.h"

static _Thread_local char why[1024];
static _Thread_local int  status_of_why;

static int remember(int status, const char *format, va_list args)
{
	char text[sizeof why];

	vsnprintf(text, sizeof text, format, args);     /* the arguments may point into `why` */
	__builtin_memcpy(why, text, sizeof why);
	status_of_why = status;
	return status;
}

int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	remember(WEIR_FAIL, format, args);
	va_end(args);
	return WEIR_FAIL;
}

int fail_as(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	remember(status, format, args);
	va_end(args);
	return status;
}

const char *weir_error(void)
{
	return why;
}

int weir_error_status(void)
{
	return status_of_why;
}
