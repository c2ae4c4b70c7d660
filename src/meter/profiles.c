#include "meter/profiles.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/assets.h"
#include "host/file.h"
#include "meter/mbus_profiles.h"

static const char shipped[] = "data/meters/";
static const char suffix[] = ".yaml";

static bool ends_with(ohm_span name, const char *end)
{
    size_t len = strlen(end);
    return name.len > len && memcmp(name.ptr + name.len - len, end, len) == 0;
}

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

static ohm_code add(ohm_profiles *profiles, ohm_span yaml, const char *file, bool replace,
                    ohm_profile_fault *fault)
{
    ohm_meter_profile profile;
    ohm_code code = ohm_profile_parse(yaml, file, &profile, fault);
    return code == OHM_OK ? put(profiles, &profile, replace, file, fault) : code;
}

static ohm_code load_shipped(ohm_profiles *profiles, ohm_profile_fault *fault)
{
    const ohm_asset *asset = NULL;
    for (size_t i = 0; (asset = ohm_asset_at(i)); i++) {
        ohm_span name = ohm_span_text(asset->name);
        if (strncmp(asset->name, shipped, strlen(shipped)) != 0 || !ends_with(name, suffix))
            continue;
        ohm_code code = add(profiles, asset->bytes, asset->name, false, fault);
        if (code != OHM_OK)
            return code;
    }
    return OHM_OK;
}

static ohm_code load_file(ohm_profiles *profiles, const char *path, ohm_profile_fault *fault)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, OHM_PROFILE_FILE_MAX, &bytes, &len);
    if (ohm_failed(err)) {
        (void)snprintf(fault->text, sizeof fault->text, "%.200s: %s", path, err.what);
        return err.code;
    }
    ohm_code code = add(profiles, ohm_span_of(bytes, len), path, true, fault);
    free(bytes);
    return code;
}

static ohm_code load_folder(ohm_profiles *profiles, const char *folder, ohm_profile_fault *fault)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        (void)snprintf(fault->text, sizeof fault->text, "%.200s: %s", folder,
                       "no folder of profiles that can be read");
        return OHM_UNKNOWN;
    }
    ohm_code code = OHM_OK;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char path[OHM_PATH_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", folder, name);
        bool wanted = name[0] != '.' && ends_with(ohm_span_text(name), suffix);
        if (code == OHM_OK && wanted && len < (int)sizeof path)
            code = load_file(profiles, path, fault);
        free(entries[i]);
    }
    free(entries);
    return code;
}

ohm_code ohm_profiles_load(const char *folder, ohm_profiles **ret_profiles,
                           ohm_profile_fault *fault)
{
    ohm_profiles *profiles = calloc(1, sizeof *profiles);
    if (!profiles)
        return OHM_NO_MEMORY;
    ohm_code code = load_shipped(profiles, fault);
    if (code == OHM_OK && folder)
        code = load_folder(profiles, folder, fault);
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
