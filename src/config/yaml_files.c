#include "config/yaml_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/assets.h"
#include "host/file.h"

static bool is_yaml(const char *name)
{
    static const char suffix[] = ".yaml";
    size_t len = strlen(name), tail = strlen(suffix);
    return name[0] != '.' && len > tail && !strcmp(name + len - tail, suffix);
}

ohm_code ohm_yaml_fault(char *fault, size_t cap, ohm_code code, const char *file, const char *what)
{
    (void)snprintf(fault, cap, "%.200s: %s", file, what);
    return code;
}

static ohm_code say(const ohm_yaml_files *files, ohm_code code, const char *file, const char *what)
{
    return ohm_yaml_fault(files->fault, files->fault_cap, code, file, what);
}

static ohm_code take_shipped(const ohm_yaml_files *files)
{
    const ohm_asset *asset = NULL;
    ohm_code code = OHM_OK;
    for (size_t i = 0; code == OHM_OK && (asset = ohm_asset_at(i)); i++)
        if (!strncmp(asset->name, files->shipped, strlen(files->shipped)) && is_yaml(asset->name))
            code = files->take(files->ctx, asset->bytes, asset->name, false);
    return code;
}

static ohm_code take_file(const ohm_yaml_files *files, const char *path)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, files->bytes_max, &bytes, &len);
    if (ohm_failed(err))
        return say(files, err.code, path, err.what);
    ohm_code code = files->take(files->ctx, ohm_span_of(bytes, len), path, true);
    free(bytes);
    return code;
}

static ohm_code take_folder(const ohm_yaml_files *files)
{
    char path[OHM_PATH_MAX];
    struct dirent **entries = NULL;
    int len = snprintf(path, sizeof path, "%s%s%s", files->folder, files->place ? "/" : "",
                       files->place ? files->place : "");
    if (len < 0 || len >= (int)sizeof path)
        return say(files, OHM_TOO_BIG, files->folder, "too long a path");
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0 && files->place && errno == ENOENT)
        return OHM_OK;
    if (count < 0)
        return say(files, OHM_UNKNOWN, path, "no folder of profiles that can be read");
    ohm_code code = OHM_OK;
    for (int i = 0; i < count; i++) {
        char file[OHM_PATH_MAX];
        len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (code == OHM_OK && is_yaml(entries[i]->d_name))
            code = len < (int)sizeof file ? take_file(files, file)
                                          : say(files, OHM_TOO_BIG, path, "too long a path");
        free(entries[i]);
    }
    free(entries);
    return code;
}

ohm_code ohm_yaml_files_each(const ohm_yaml_files *files)
{
    ohm_code code = take_shipped(files);
    return code == OHM_OK && files->folder ? take_folder(files) : code;
}
