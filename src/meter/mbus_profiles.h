/* Reads profiles of M-Bus meters: data/mbus/<name>.yaml into wire/mbus_quantity.h. The format is
 * described in docs/mbus.md.
 *
 * The shipped ones travel inside the binary; those of a folder of the user's (its subfolder
 * "mbus") add to them, and replace those of the same name. Reading is strict: an unknown or
 * doubled key, a wrong type, hex that is none or an unknown quantity is a fault, with file and
 * line. */
#ifndef OHM_METER_MBUS_PROFILES_H
#define OHM_METER_MBUS_PROFILES_H

#include "config/schema.h"
#include "wire/mbus_quantity.h"

enum {
    OHM_MBUS_PROFILES_MAX = 64,
    OHM_MBUS_MAPPINGS_MAX = 96,
    OHM_MBUS_KEY_BYTES_MAX = 24, /* of a DIB or a VIB */
    OHM_MBUS_PROFILE_NAME_MAX = 32,
    OHM_MBUS_PROFILE_LABEL_MAX = 64,
};

/* One profile with what it points to. */
typedef struct ohm_mbus_profile_file {
    ohm_mbus_profile profile;
    char name[OHM_MBUS_PROFILE_NAME_MAX], label[OHM_MBUS_PROFILE_LABEL_MAX];
    ohm_mbus_mapping mappings[OHM_MBUS_MAPPINGS_MAX];
    uint8_t bytes[OHM_MBUS_MAPPINGS_MAX][2][OHM_MBUS_KEY_BYTES_MAX];
} ohm_mbus_profile_file;

/* In the order of their names. */
typedef struct ohm_mbus_profiles {
    size_t count;
    ohm_mbus_profile_file *items[OHM_MBUS_PROFILES_MAX];
} ohm_mbus_profiles;

/* One file's text; *out must not move afterwards, and is to be used on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_mbus_profile_parse(ohm_span yaml, const char *file,
                                               ohm_mbus_profile_file *out,
                                               ohm_schema_report *report);

/* The shipped profiles, and those of `folder`/mbus, if that exists (NULL: none); the first fault
 * goes into `fault`, which has `cap` bytes. */
OHM_MUST_CHECK ohm_code ohm_mbus_profiles_load(const char *folder, ohm_mbus_profiles **ret_profiles,
                                               char *fault, size_t cap);
void ohm_mbus_profiles_free(ohm_mbus_profiles *profiles); /* takes NULL */

/* The profile of that name, or NULL. */
const ohm_mbus_profile *ohm_mbus_profiles_find(const ohm_mbus_profiles *profiles, const char *name);

/* The first that fits whoever said it, or NULL. `profiles` may be NULL. */
const ohm_mbus_profile *ohm_mbus_profiles_choose(const ohm_mbus_profiles *profiles,
                                                 const ohm_mbus_message *message);

#endif
