#include "host/tzdata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/file.h"

enum { FILE_LEN_MAX = 64 * 1024 }; /* the largest of tzdata has under 4 kB */

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
}

/* No dot can pass, so no ".." either. */
static ohm_err check_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the time zone has no name");
    if (len >= OHM_TZ_NAME_MAX)
        return ohm_fail(OHM_TOO_BIG, OHM_TZ_NAME_MAX, "the time zone's name is too long");
    if (name[0] == '/')
        return ohm_fail(OHM_BAD_FORMAT, 0, "a time zone is a name like Europe/Paris, not a path");
    for (uint32_t i = 0; i < len; i++)
        if (!is_name_char(name[i]))
            return ohm_fail(OHM_BAD_FORMAT, i, "a time zone is a name like Europe/Paris");
    return ohm_ok();
}

static ohm_err read_error(ohm_err err, const char *folder)
{
    if (err.code == OHM_TOO_BIG)
        return ohm_fail(OHM_TOO_BIG, FILE_LEN_MAX, "the time zone's file is too big");
    if (err.at == EISDIR)
        return ohm_fail(OHM_UNKNOWN, 0, "a region, not a time zone (names are like Europe/Paris)");
    if (err.at != ENOENT && err.at != ENOTDIR)
        return ohm_fail(OHM_IO, err.at, "the time zone's file can't be read");
    if (access(folder, F_OK) != 0)
        return ohm_fail(OHM_IO, err.at, "no time zones are installed (Debian: package tzdata)");
    return ohm_fail(OHM_UNKNOWN, 0, "no such time zone (names are like Europe/Paris)");
}

ohm_err ohm_tzdata_load(const char *name, ohm_tz *out)
{
    OHM_TRY(check_name(name));
    if (strcmp(name, "UTC") == 0) {
        ohm_tz_utc(out);
        return ohm_ok();
    }
    const char *folder = getenv("TZDIR");
    if (!folder || folder[0] != '/')
        folder = "/usr/share/zoneinfo";
    char path[OHM_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || n >= (int)sizeof path)
        return ohm_fail(OHM_TOO_BIG, 0, "the path of the time zone files (TZDIR) is too long");

    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, FILE_LEN_MAX, &bytes, &len);
    if (ohm_failed(err))
        return read_error(err, folder);
    err = ohm_tz_parse(ohm_span_of(bytes, len), name, out);
    free(bytes);
    return err;
}
