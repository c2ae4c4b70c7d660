#include "meter/modbus_profiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/assets.h"
#include "host/file.h"

static const char shipped[] = "data/modbus/";
static const char suffix[] = ".yaml";

static bool is_yaml(const char *name)
{
    size_t len = strlen(name), tail = strlen(suffix);
    return name[0] != '.' && len > tail && !strcmp(name + len - tail, suffix);
}

/* Keeps the first line of a report. */
static void keep_first(void *ctx, const char *text)
{
    ohm_profile_fault *fault = ctx;
    if (!fault->text[0])
        (void)snprintf(fault->text, sizeof fault->text, "%s", text);
}

static ohm_code say(ohm_profile_fault *fault, ohm_code code, const char *file, const char *what)
{
    (void)snprintf(fault->text, sizeof fault->text, "%.200s: %s", file, what);
    return code;
}

/* Keeps the order of names. Takes the profile in any case. */
static ohm_code put(ohm_modbus_profiles *all, ohm_modbus_profile *profile, bool replace,
                    const char *file, ohm_profile_fault *fault)
{
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
        return say(fault, same ? OHM_CONFLICT : OHM_TOO_BIG, file,
                   same ? "another profile has the same name" : "too many profiles");
    }
    memmove(&all->items[at + 1], &all->items[at], (all->count - at) * sizeof *all->items);
    all->items[at] = profile;
    all->count++;
    return OHM_OK;
}

static ohm_code add(ohm_modbus_profiles *all, ohm_span yaml, const char *file, bool replace,
                    ohm_profile_fault *fault)
{
    ohm_modbus_profile *profile = calloc(1, sizeof *profile);
    if (!profile)
        return say(fault, OHM_NO_MEMORY, file, "out of memory");
    fault->text[0] = 0;
    ohm_schema_report report = { .line = keep_first, .ctx = fault };
    ohm_code code = ohm_modbus_profile_parse(yaml, file, profile, &report);
    if (code == OHM_OK)
        return put(all, profile, replace, file, fault);
    free(profile);
    return code;
}

static ohm_code load_shipped(ohm_modbus_profiles *all, ohm_profile_fault *fault)
{
    const ohm_asset *asset = NULL;
    for (size_t i = 0; (asset = ohm_asset_at(i)); i++) {
        if (strncmp(asset->name, shipped, strlen(shipped)) != 0 || !is_yaml(asset->name))
            continue;
        ohm_code code = add(all, asset->bytes, asset->name, false, fault);
        if (code != OHM_OK)
            return code;
    }
    return OHM_OK;
}

static ohm_code load_file(ohm_modbus_profiles *all, const char *path, ohm_profile_fault *fault)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, OHM_PROFILE_FILE_MAX, &bytes, &len);
    if (ohm_failed(err))
        return say(fault, err.code, path, err.what);
    ohm_code code = add(all, ohm_span_of(bytes, len), path, true, fault);
    free(bytes);
    return code;
}

/* A folder that isn't there holds no profiles. */
static ohm_code load_folder(ohm_modbus_profiles *all, const char *folder, ohm_profile_fault *fault)
{
    char path[OHM_PATH_MAX];
    struct dirent **entries = NULL;
    int len = snprintf(path, sizeof path, "%s/modbus", folder);
    if (len < 0 || len >= (int)sizeof path)
        return say(fault, OHM_TOO_BIG, folder, "too long a path");
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        return errno == ENOENT ? OHM_OK
                               : say(fault, OHM_IO, path, "no folder of profiles that can be read");
    ohm_code code = OHM_OK;
    for (int i = 0; i < count; i++) {
        char file[OHM_PATH_MAX];
        len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (code == OHM_OK && is_yaml(entries[i]->d_name) && len < (int)sizeof file)
            code = load_file(all, file, fault);
        free(entries[i]);
    }
    free(entries);
    return code;
}

ohm_code ohm_modbus_profiles_load(const char *folder, ohm_modbus_profiles **ret_profiles,
                                  ohm_profile_fault *fault)
{
    ohm_modbus_profiles *all = calloc(1, sizeof *all);
    if (!all)
        return say(fault, OHM_NO_MEMORY, "profiles", "out of memory");
    ohm_code code = load_shipped(all, fault);
    if (code == OHM_OK && folder)
        code = load_folder(all, folder, fault);
    if (code != OHM_OK) {
        ohm_modbus_profiles_free(all);
        return code;
    }
    *ret_profiles = all;
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
