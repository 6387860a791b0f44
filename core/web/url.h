/* url.h - what the libraries for names of hosts are. */
#pragma once

#include "../base.h"

/* "LIBRARY VERSION" of them; the version is "-" where Weir was built without. */
const char *suffix_library(void);
const char *idn_library(void);
