/* The file of the rules that were written in the page. */
#ifndef OHM_CMD_RULE_FILE_H
#define OHM_CMD_RULE_FILE_H

#include "config/site_rule.h"

enum { OHM_OWN_RULES_YAML_MAX = 64 << 10 };

/* Writes it into the state folder. A `bad` one, which could not be read, is somebody's work: put
 * aside, not written over. */
OHM_MUST_CHECK ohm_code ohm_own_rules_keep(const char *folder, const ohm_own_rules *own, bool bad);

#endif
