/* Reads profiles of Modbus devices: data/modbus/<name>.yaml into wire/modbus_map.h. The format is
 * described in docs/modbus.md.
 *
 * The shipped profiles travel inside the binary; those of a folder of the user's (its subfolder
 * "modbus") add to them, and replace those of the same name. Reading is strict: an unknown or
 * doubled key, a wrong type, a unit that is not the quantity's, or values that don't fit one
 * request are faults, with file and line. */
#ifndef OHM_METER_MODBUS_PROFILES_H
#define OHM_METER_MODBUS_PROFILES_H

#include "config/schema.h"
#include "meter/profiles.h"
#include "wire/modbus_map.h"

enum { OHM_MODBUS_PROFILES_MAX = 128 };

/* All profiles, in the order of their names. */
typedef struct ohm_modbus_profiles {
    size_t count;
    ohm_modbus_profile *items[OHM_MODBUS_PROFILES_MAX];
} ohm_modbus_profiles;

/* One file's text. `file` is its name, for the report. *out is to be used on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_modbus_profile_parse(ohm_span yaml, const char *file,
                                                 ohm_modbus_profile *out,
                                                 ohm_schema_report *report);

/* The shipped profiles, and those of `folder`/modbus, if that exists (NULL: none). Free with
 * ohm_modbus_profiles_free. *fault holds the first thing that is wrong. */
OHM_MUST_CHECK ohm_code ohm_modbus_profiles_load(const char *folder,
                                                 ohm_modbus_profiles **ret_profiles,
                                                 ohm_profile_fault *fault);
void ohm_modbus_profiles_free(ohm_modbus_profiles *profiles); /* takes NULL */

/* The profile of that name, or NULL. */
const ohm_modbus_profile *ohm_modbus_profiles_find(const ohm_modbus_profiles *profiles,
                                                   const char *name);

#endif
