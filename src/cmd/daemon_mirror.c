/* Where the readings go beside the file: engines that get a copy, each on a thread of its own
 * (store/mirror.h); the history's place (store/postgres.h). */
#include <stdio.h>

#include "cmd/daemon.h"
#include "cmd/mirror_build.h"
#include "cmd/postgres_build.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/random.h"

/* Readings older than this that an engine has not got are worth a word. */
enum { BEHIND_MS = 15 * OHM_MINUTE_MS };

ohm_err ohm_daemon_postgres(const ohm_daemon *d, ohm_postgres_config *config,
                            const ohm_postgres_config **ret)
{
    char detail[OHM_BUILD_DETAIL_MAX];
    *ret = NULL;
    if (!d->site->has_postgres)
        return ohm_ok();
    ohm_err err = ohm_build_postgres(d->site, config, detail, sizeof detail);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR, "postgresql not usable which=%s why=\"%s\"", detail, err.what);
    else
        *ret = config;
    config->exclusive = true;
    (void)snprintf(config->site, sizeof config->site, "%s", d->site->id);
    return err;
}

ohm_err ohm_daemon_mirrors_start(ohm_daemon *d)
{
    char keys[OHM_SITE_METERS_MAX][OHM_SITE_DEVICE_KEY_MAX + 1];
    const char *pointers[OHM_SITE_METERS_MAX];
    for (int i = 0; i < d->site->meters_count; i++) {
        const ohm_site_meter *m = &d->site->meters[i];
        (void)snprintf(keys[i], sizeof keys[i], "%s/%s/%s", d->site->id, m->zone, m->id);
        pointers[i] = keys[i];
    }
    for (int i = 0; i < d->site->mirrors_count; i++) {
        char detail[OHM_SITE_PATH_MAX];
        ohm_mirror_config config;
        ohm_err err = ohm_build_mirror(d->site, i, &config, detail, sizeof detail);
        if (ohm_failed(err))
            ohm_log(OHM_LOG_ERROR, "mirror not usable which=%s why=\"%s\"", detail, err.what);
        else
            err = ohm_mirror_new(&config, d->store, d->store_path, pointers, d->site->meters_count,
                                 &d->mirrors[i]);
        ohm_wipe(&config, sizeof config);
        OHM_TRY(err);
        d->mirrors_count++;
    }
    return ohm_ok();
}

void ohm_daemon_mirrors_stop(ohm_daemon *d)
{
    for (int i = 0; i < d->mirrors_count; i++)
        ohm_mirror_free(d->mirrors[i]);
    d->mirrors_count = 0;
}

ohm_err ohm_daemon_mirror_of(void *daemon, const char *id, const char *site, ohm_mirror_config *out)
{
    const ohm_daemon *d = daemon;
    char detail[OHM_SITE_PATH_MAX];
    int index = ohm_mirror_named(d->site, id);
    if (index < 0)
        return ohm_fail(OHM_UNKNOWN, 0, "there is no such mirror");
    return ohm_build_mirror_of(d->site, index, site, out, detail, sizeof detail);
}

ohm_code ohm_daemon_keep(ohm_daemon *d, const ohm_frame *frame)
{
    return ohm_mirrors_frame(d->mirrors, d->mirrors_count, d->store, frame);
}

bool ohm_daemon_mirrors_view(ohm_daemon *d, ohm_view *v)
{
    bool behind = false;
    v->mirrors_count = d->mirrors_count;
    for (int i = 0; i < d->mirrors_count; i++) {
        ohm_view_mirror *to = &v->mirrors[i];
        (void)snprintf(to->id, sizeof to->id, "%s", d->site->mirrors[i].id);
        to->kind = (ohm_mirror_kind)d->site->mirrors[i].kind;
        ohm_mirror_status_of(d->mirrors[i], &to->status);
        bool well = to->status.state == OHM_MIRROR_OK || to->status.state == OHM_MIRROR_STARTING;
        behind |= !well && to->status.owed_ms != OHM_NO_MS &&
                  ohm_clock_utc() - to->status.owed_ms > BEHIND_MS;
    }
    return behind;
}
