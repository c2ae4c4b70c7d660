/* Presets of sensors (config/preset.h) for those who set up a source on the page. */
#ifndef OHM_CMD_TRIAL_PRESET_H
#define OHM_CMD_TRIAL_PRESET_H

#include "base/json.h"
#include "config/preset.h"
#include "meter/meter.h"
#include "meter/payload.h"
#include "web/question.h"

/* What a source of payloads is tried with. The rest of a meter's configuration points into it. */
typedef struct ohm_trial_payload {
    char user[OHM_SITE_TEXT_MAX], time[128];
    char fault[OHM_PRESET_FAULT_MAX + OHM_SITE_PATH_MAX];
    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_payload_config config;
} ohm_trial_payload;

/* Takes user and preset of a trial into `out`: address, protocol, pace, values. `folder` is the
 * user's of profiles, or NULL. NULL: done; else what is wrong, in out's or in constant memory. */
const char *ohm_trial_preset(const ohm_trial *trial, const char *folder, ohm_meter_config *config,
                             ohm_trial_payload *out);

/* All presets, with their parameters, as a member "presets" of an open object. */
void ohm_presets_write(ohm_json *json, const char *folder);

#endif
