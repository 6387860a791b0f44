/* sandbox.h - what the walls of a confined process share. */
#pragma once

#include "../base.h"

/* The first call of the system that is not for computing, nor for granted files, ends the process. */
int filter_calls(int has_files);
