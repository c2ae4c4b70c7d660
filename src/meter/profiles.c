#include "meter/profiles.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/yaml_files.h"
#include "meter/mbus_profiles.h"

/* Keeps the order of names; a profile of the same name is replaced when `replace`. */
static ohm_code put(ohm_profiles *profiles, const ohm_meter_profile *profile, bool replace,
                    const char *file, ohm_profile_fault *fault)
{
    size_t at = 0;
    int order = 1;
    while (at < profiles->count && (order = strcmp(profiles->items[at].name, profile->name)) < 0)
        at++;
    bool same = at < profiles->count && order == 0;
    const char *why = same && !replace ? "another profile has the same name"
                      : !same && profiles->count == OHM_PROFILES_MAX ? "too many profiles"
                                                                     : NULL;
    if (why) {
        (void)snprintf(fault->text, sizeof fault->text, "%.200s: %s ('%s')", file, why,
                       profile->name);
        return same ? OHM_CONFLICT : OHM_TOO_BIG;
    }
    if (!same) {
        memmove(&profiles->items[at + 1], &profiles->items[at],
                (profiles->count - at) * sizeof *profiles->items);
        profiles->count++;
    }
    profiles->items[at] = *profile;
    return OHM_OK;
}

typedef struct taker {
    ohm_profiles *profiles;
    ohm_profile_fault *fault;
} taker;

static ohm_code add(void *ctx, ohm_span yaml, const char *file, bool replace)
{
    const taker *t = ctx;
    ohm_meter_profile profile;
    ohm_code code = ohm_profile_parse(yaml, file, &profile, t->fault);
    return code == OHM_OK ? put(t->profiles, &profile, replace, file, t->fault) : code;
}

ohm_code ohm_profiles_load(const char *folder, ohm_profiles **ret_profiles,
                           ohm_profile_fault *fault)
{
    ohm_profiles *profiles = calloc(1, sizeof *profiles);
    if (!profiles)
        return OHM_NO_MEMORY;
    taker t = { profiles, fault };
    const ohm_yaml_files files = {
        .shipped = "data/meters/",
        .folder = folder,
        .bytes_max = OHM_PROFILE_FILE_MAX,
        .take = add,
        .ctx = &t,
        .fault = fault->text,
        .fault_cap = sizeof fault->text,
    };
    ohm_code code = ohm_yaml_files_each(&files);
    if (code == OHM_OK)
        code = ohm_mbus_profiles_load(folder, &profiles->mbus, fault->text, sizeof fault->text);
    if (code != OHM_OK) {
        free(profiles);
        return code;
    }
    *ret_profiles = profiles;
    return OHM_OK;
}

void ohm_profiles_free(ohm_profiles *profiles)
{
    if (profiles)
        ohm_mbus_profiles_free(profiles->mbus);
    free(profiles);
}

const ohm_meter_profile *ohm_profiles_find(const ohm_profiles *profiles, const char *name)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (!strcmp(profiles->items[i].name, name))
            return &profiles->items[i];
    return NULL;
}
