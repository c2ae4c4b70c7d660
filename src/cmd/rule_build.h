/* The household's rules as the engine takes them: names become indices, units the quantities' own.
 */
#ifndef OHM_CMD_RULE_BUILD_H
#define OHM_CMD_RULE_BUILD_H

#include "config/site.h"
#include "control/rule.h"

/* What is wrong, a contradiction of two rules with an example included, is reported; *out is then
 * not to be used. `loads` are the engine's. */
OHM_MUST_CHECK ohm_code ohm_build_own_rules(const ohm_site *site, const ohm_site_rules *written,
                                            const char *file, const ohm_load *loads,
                                            uint16_t loads_count, ohm_rule_set *out,
                                            ohm_schema_report *report);

#endif
