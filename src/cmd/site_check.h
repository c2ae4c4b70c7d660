/* What a configuration's text alone can't tell: zones, boards, secrets that must be there. */
#ifndef OHM_CMD_SITE_CHECK_H
#define OHM_CMD_SITE_CHECK_H

#include "config/site.h"

/* Prints every mistake on stderr, secrets not shown; returns how many there are. */
int ohm_site_check(const ohm_site *site, const char *file);

#endif
