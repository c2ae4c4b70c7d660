/* Where the history is, as text; and its password, from where that is said to be. */
#include "store/postgres_own.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/file.h"
#include "host/random.h"
#include "store/text.h"

static const struct {
    const char *name;
    size_t offset, size;
} fields[] = {
#define FIELD(name)                                                                                \
    {                                                                                              \
#name, offsetof(ohm_postgres_config, name), sizeof((ohm_postgres_config *)0)->name         \
    }
    FIELD(host),   FIELD(port), FIELD(database), FIELD(user),
    FIELD(schema), FIELD(tls),  FIELD(ca_file),  FIELD(password),
#undef FIELD
};

size_t ohm_postgres_config_write(const ohm_postgres_config *config,
                                 char out[static OHM_POSTGRES_CONFIG_TEXT_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        int n = snprintf(out + len, OHM_POSTGRES_CONFIG_TEXT_MAX - len, "%s %s\n", fields[i].name,
                         (const char *)config + fields[i].offset);
        assert(n > 0 && (size_t)n < OHM_POSTGRES_CONFIG_TEXT_MAX - len);
        len += (size_t)n;
    }
    return len;
}

ohm_err ohm_postgres_config_read(ohm_span text, ohm_postgres_config *out)
{
    ohm_span line, name;
    memset(out, 0, sizeof *out);
    for (uint32_t n = 1; ohm_text_cut(&text, '\n', &line); n++) {
        bool known = false;
        if (line.len > 0 && memchr(line.ptr, '\0', line.len))
            return ohm_fail(OHM_BAD_FORMAT, n, "it is not said where PostgreSQL is");
        if (!ohm_text_cut(&line, ' ', &name))
            continue;
        for (size_t i = 0; i < sizeof fields / sizeof *fields && !known; i++) {
            known = ohm_span_is(name, fields[i].name) && line.len < fields[i].size;
            if (known && line.len > 0)
                memcpy((char *)out + fields[i].offset, line.ptr, line.len);
        }
        if (!known)
            return ohm_fail(OHM_BAD_FORMAT, n, "it is not said where PostgreSQL is");
    }
    return out->host[0] && out->database[0] && out->schema[0]
               ? ohm_ok()
               : ohm_fail(OHM_BAD_FORMAT, 0, "it is not said where PostgreSQL is");
}

static bool read_file(const char *folder, const char *name,
                      char out[static OHM_POSTGRES_PASSWORD_MAX])
{
    char path[OHM_PATH_MAX];
    uint8_t *bytes;
    size_t len;
    int n = snprintf(path, sizeof path, "%s%s%s", folder, folder[0] ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof path ||
        ohm_failed(ohm_file_read(path, OHM_POSTGRES_PASSWORD_MAX - 1, &bytes, &len)))
        return false;
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    memcpy(out, bytes, len);
    out[len] = '\0';
    ohm_wipe(bytes, len);
    free(bytes);
    return true;
}

bool ohm_postgres_password(const ohm_postgres_config *config,
                           char out[static OHM_POSTGRES_PASSWORD_MAX])
{
    const char *space = strchr(config->password, ' ');
    out[0] = '\0';
    if (!space)
        return true;
    if (!strncmp(config->password, "file ", 5))
        return read_file("", space + 1, out);
    if (!strncmp(config->password, "credential ", 11)) {
        const char *folder = getenv("CREDENTIALS_DIRECTORY");
        return folder && read_file(folder, space + 1, out);
    }
    const char *value = getenv(space + 1);
    int n = value ? snprintf(out, OHM_POSTGRES_PASSWORD_MAX, "%s", value) : -1;
    return n >= 0 && n < OHM_POSTGRES_PASSWORD_MAX;
}
