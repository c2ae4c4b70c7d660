/* What a configuration's text alone can't tell: zones, boards, secrets that must be there. */
#ifndef OHM_CMD_SITE_CHECK_H
#define OHM_CMD_SITE_CHECK_H

#include "config/site.h"

/* Reads the configuration and prints every mistake on stderr, those of its text and those that only
 * a start would show, in one round where the first leave enough to look at; secrets are not shown.
 * True: there is none, and *ret_site is whole. */
bool ohm_site_is_good(const char *file, ohm_site *ret_site);
/* The same for who runs with it: options that nothing looks at are no mistakes but as by default in
 * *ret_site, and `odd` hears of each. Its bytes as they were read are the caller's to free, NULL
 * without any. */
bool ohm_site_is_good_to_run(const char *file, void (*odd)(void *ctx, const ohm_site_odd *odd),
                             void *ctx, ohm_site *ret_site, uint8_t **ret_yaml, size_t *ret_len);

#endif
