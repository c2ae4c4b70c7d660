#include "cmd/postgres_build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/site_build.h"
#include "host/random.h"

enum { SECRET_MAX = 512 };

static bool is_this_machine(const char *host)
{
    return host[0] == '/' || !strcmp(host, "localhost") || !strncmp(host, "127.", 4) ||
           !strcmp(host, "::1");
}

/* Where the password is: a file by its whole path, for verbs run from anywhere. */
static bool place_of(const ohm_site_secret *secret, ohm_postgres_config *out)
{
    char path[PATH_MAX];
    int n = 0;
    if (secret->file[0])
        n = realpath(secret->file, path)
                ? snprintf(out->password, sizeof out->password, "file %s", path)
                : -1;
    else if (secret->env[0])
        n = snprintf(out->password, sizeof out->password, "env %s", secret->env);
    else if (secret->credential[0])
        n = snprintf(out->password, sizeof out->password, "credential %s", secret->credential);
    return n >= 0 && (size_t)n < sizeof out->password;
}

ohm_err ohm_build_postgres(const ohm_site *site, ohm_postgres_config *out, char *detail, size_t cap)
{
    const ohm_site_postgres *p = &site->postgres;
    char secret[SECRET_MAX];
    memset(out, 0, sizeof *out);
    (void)snprintf(detail, cap, "store.postgresql.host");
    if ((size_t)snprintf(out->host, sizeof out->host, "%s", p->host) >= sizeof out->host)
        return ohm_fail(OHM_TOO_BIG, 0, "is too long");
    (void)snprintf(out->port, sizeof out->port, "%d", p->port ? (int)p->port : 5432);
    (void)snprintf(out->database, sizeof out->database, "%.63s", p->database);
    (void)snprintf(out->user, sizeof out->user, "%.63s", p->user);
    (void)snprintf(out->schema, sizeof out->schema, "%.63s", p->schema[0] ? p->schema : "ohmstead");
    const char *tls = ohm_site_postgres_tls[p->tls];
    if (p->tls == 0)
        tls = is_this_machine(p->host) ? "prefer" : "verify-full";
    (void)snprintf(out->tls, sizeof out->tls, "%s", tls);
    (void)snprintf(detail, cap, "store.postgresql.ca_file");
    const char *ca = p->ca_file[0] ? p->ca_file : "/etc/ssl/certs/ca-certificates.crt";
    if ((size_t)snprintf(out->ca_file, sizeof out->ca_file, "%s", ca) >= sizeof out->ca_file)
        return ohm_fail(OHM_TOO_BIG, 0, "is too long");
    ohm_build_secret_place(&p->password, "store.postgresql.password", detail, cap);
    ohm_err err = ohm_build_secret(&p->password, secret, sizeof secret);
    ohm_wipe(secret, sizeof secret);
    if (ohm_failed(err) && err.code != OHM_UNKNOWN)
        return err;
    return place_of(&p->password, out) ? ohm_ok() : ohm_fail(OHM_TOO_BIG, 0, "is too long");
}
