/* The household's rules as the engine takes them: names become indices, units the quantities' own.
 */
#ifndef OHM_CMD_RULE_BUILD_H
#define OHM_CMD_RULE_BUILD_H

#include "config/site.h"
#include "control/rule.h"
#include "engine/engine.h"

/* Whom rules may name: the meters and sensors by their index, and how long each is believed. */
typedef struct ohm_rule_names {
    const char *const *ids;
    const int64_t *stale_ms;
    uint16_t count, main_device;
    bool has_ecowatt;
    bool has_outlook[OHM_OUTLOOKS_COUNT]; /* somebody is to tell of the hours that come */
    int64_t plan_h;                       /* how far the plan looks */
    const ohm_power_limit *limits;
    uint16_t limits_count;
} ohm_rule_names;

/* What is wrong, a contradiction of two rules with an example included, is reported; *out is then
 * not to be used. The loads and limits are `config`'s. */
OHM_MUST_CHECK ohm_code ohm_build_own_rules(const ohm_site *site, const ohm_site_rules *written,
                                            const char *file, const ohm_engine_config *config,
                                            ohm_rule_set *out, ohm_schema_report *report);

/* Who of a site is to tell of the hours that come, for rules. */
void ohm_build_outlooks(const ohm_site *site, bool out[static OHM_OUTLOOKS_COUNT]);

/* The same for a site whose configuration is no longer at hand. */
OHM_MUST_CHECK ohm_code ohm_build_named_rules(const ohm_rule_names *names,
                                              const ohm_site_rules *written, const char *file,
                                              const ohm_load *loads, uint16_t loads_count,
                                              ohm_rule_set *out, ohm_schema_report *report);

/* The same, whether they contradict each other or not. */
OHM_MUST_CHECK ohm_code ohm_build_rules_apart(const ohm_rule_names *names,
                                              const ohm_site_rules *written, const char *file,
                                              const ohm_load *loads, uint16_t loads_count,
                                              ohm_rule_set *out, ohm_schema_report *report);

#endif
