/* Reads meter profiles: data/meters/<name>.yaml into the table that wire/meter_profile.h chooses
 * from. The format is described in data/meters/README.md.
 *
 * The shipped profiles travel inside the binary; a folder given by the user adds to them, and
 * replaces those of the same name. Reading is strict: an unknown or doubled key, a wrong type, a
 * number out of its range or a second document is a fault, with file, line and column. */
#ifndef OHM_METER_PROFILES_H
#define OHM_METER_PROFILES_H

#include "wire/meter_profile.h"

enum {
    OHM_PROFILE_FILE_MAX = 65536, /* bytes of one file */
    OHM_PROFILE_FAULT_MAX = 400,
};

/* All profiles, in the order of their names. */
typedef struct ohm_profiles {
    struct ohm_mbus_profiles *mbus; /* meter/mbus_profiles.h: of M-Bus meters */
    size_t count;
    ohm_meter_profile items[OHM_PROFILES_MAX];
} ohm_profiles;

/* What is wrong: "FILE:LINE:COLUMN: what (what is accepted)". */
typedef struct ohm_profile_fault {
    char text[OHM_PROFILE_FAULT_MAX];
} ohm_profile_fault;

/* One file's text. `file` is its name, for the fault. *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_profile_parse(ohm_span yaml, const char *file, ohm_meter_profile *out,
                                          ohm_profile_fault *fault);

/* The shipped profiles, and those of `folder` (NULL: none). Free with ohm_profiles_free. */
OHM_MUST_CHECK ohm_code ohm_profiles_load(const char *folder, ohm_profiles **ret_profiles,
                                          ohm_profile_fault *fault);
void ohm_profiles_free(ohm_profiles *profiles);

/* The profile of that name, or NULL. */
const ohm_meter_profile *ohm_profiles_find(const ohm_profiles *profiles, const char *name);

#endif
