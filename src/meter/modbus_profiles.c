#include "meter/modbus_profiles.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/yaml_files.h"

/* Keeps the first line of a report. */
static void keep_first(void *ctx, const char *text)
{
    ohm_profile_fault *fault = ctx;
    if (!fault->text[0])
        (void)snprintf(fault->text, sizeof fault->text, "%s", text);
}

typedef struct taker {
    ohm_modbus_profiles *all;
    ohm_profile_fault *fault;
} taker;

static ohm_code say(const taker *t, ohm_code code, const char *file, const char *what)
{
    return ohm_yaml_fault(t->fault->text, sizeof t->fault->text, code, file, what);
}

/* Keeps the order of names. Takes the profile in any case. */
static ohm_code put(const taker *t, ohm_modbus_profile *profile, bool replace, const char *file)
{
    ohm_modbus_profiles *all = t->all;
    size_t at = 0;
    int order = 1;
    while (at < all->count && (order = strcmp(all->items[at]->name, profile->name)) < 0)
        at++;
    bool same = at < all->count && order == 0;
    if (same && replace) {
        free(all->items[at]);
        all->items[at] = profile;
        return OHM_OK;
    }
    if (same || all->count == OHM_MODBUS_PROFILES_MAX) {
        free(profile);
        return say(t, same ? OHM_CONFLICT : OHM_TOO_BIG, file,
                   same ? "another profile has the same name" : "too many profiles");
    }
    memmove(&all->items[at + 1], &all->items[at], (all->count - at) * sizeof *all->items);
    all->items[at] = profile;
    all->count++;
    return OHM_OK;
}

static ohm_code add(void *ctx, ohm_span yaml, const char *file, bool replace)
{
    const taker *t = ctx;
    ohm_modbus_profile *profile = calloc(1, sizeof *profile);
    if (!profile)
        return say(t, OHM_NO_MEMORY, file, "out of memory");
    t->fault->text[0] = 0;
    ohm_schema_report report = { .line = keep_first, .ctx = t->fault };
    ohm_code code = ohm_modbus_profile_parse(yaml, file, profile, &report);
    if (code == OHM_OK)
        return put(t, profile, replace, file);
    free(profile);
    return code;
}

ohm_code ohm_modbus_profiles_load(const char *folder, ohm_modbus_profiles **ret_profiles,
                                  ohm_profile_fault *fault)
{
    taker t = { calloc(1, sizeof *t.all), fault };
    const ohm_yaml_files files = {
        .shipped = "data/modbus/",
        .folder = folder,
        .place = "modbus",
        .bytes_max = OHM_PROFILE_FILE_MAX,
        .take = add,
        .ctx = &t,
        .fault = fault->text,
        .fault_cap = sizeof fault->text,
    };
    if (!t.all)
        return say(&t, OHM_NO_MEMORY, "profiles", "out of memory");
    ohm_code code = ohm_yaml_files_each(&files);
    if (code != OHM_OK) {
        ohm_modbus_profiles_free(t.all);
        return code;
    }
    *ret_profiles = t.all;
    return OHM_OK;
}

void ohm_modbus_profiles_free(ohm_modbus_profiles *profiles)
{
    for (size_t i = 0; profiles && i < profiles->count; i++)
        free(profiles->items[i]);
    free(profiles);
}

const ohm_modbus_profile *ohm_modbus_profiles_find(const ohm_modbus_profiles *profiles,
                                                   const char *name)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (!strcmp(profiles->items[i]->name, name))
            return profiles->items[i];
    return NULL;
}
