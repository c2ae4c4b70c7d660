/* Which registers of the store are watched: of each device of the site what it draws, and what it
 * feeds in, by its register of energy where it has one, else by its power; and its water. */
#include <stdio.h>

#include "cmd/daemon_watch.h"

/* The better ones first. */
enum { RANKS = 3 };
static const ohm_quantity_id ranks[OHM_WATCH_KINDS][RANKS] = {
    [OHM_WATCH_DRAWN] = { OHM_Q_ENERGY_IMPORT, OHM_Q_POWER_IMPORT, OHM_Q_POWER },
    [OHM_WATCH_FED_IN] = { OHM_Q_ENERGY_EXPORT, OHM_Q_POWER_EXPORT },
    [OHM_WATCH_WATER] = { OHM_Q_WATER_VOLUME, OHM_Q_VOLUME },
    [OHM_WATCH_HOT_WATER] = { OHM_Q_HOT_WATER_VOLUME },
};

int ohm_watch_rank(ohm_quantity_id quantity, ohm_watch_kind kind)
{
    for (int rank = 0; rank < RANKS; rank++)
        if (quantity != OHM_Q_NONE && ranks[kind][rank] == quantity)
            return rank;
    return -1;
}

ohm_watch_kind ohm_watch_kind_of(ohm_quantity_id quantity)
{
    ohm_watch_kind kind = OHM_WATCH_DRAWN;
    while (kind < OHM_WATCH_KINDS && ohm_watch_rank(quantity, kind) < 0)
        kind++;
    return kind;
}

typedef struct pick {
    ohm_watch_job *job;
    size_t device_len;
    char device[OHM_SERIES_KEY_MAX]; /* "site/zone/device/", without its end */
    bool heats;                      /* it counts heat or cold: its volume runs round */
    ohm_series_info best[OHM_WATCH_KINDS];
    int rank[OHM_WATCH_KINDS]; /* of best; -1: none */
} pick;

static bool is_main(const ohm_watch_job *job, const char *key)
{
    return !strncmp(key, job->main_key, strlen(job->main_key));
}

/* Of more than can be watched the last ones by name are left out, but never the main meter. */
static void list(ohm_watch_job *job, const ohm_series_info *info)
{
    if (job->found_count < OHM_WATCH_SERIES_MAX) {
        job->found[job->found_count++] = *info;
        return;
    }
    job->cut++;
    int last = OHM_WATCH_SERIES_MAX - 1;
    while (is_main(job, info->key) && is_main(job, job->found[last].key))
        last--; /* it has one of each kind at most */
    if (is_main(job, info->key))
        job->found[last] = *info;
}

static void look_for(ohm_watch_job *job, const char *key)
{
    for (int i = 0; i < job->asked_count; i++)
        if (!strcmp(job->asked[i].key, key))
            job->asked[i].there = true;
}

static void flush(pick *p)
{
    for (int i = 0; i < OHM_WATCH_KINDS; i++) {
        if (p->rank[i] >= 0 && !(p->heats && p->best[i].quantity == OHM_Q_VOLUME))
            list(p->job, &p->best[i]);
        p->rank[i] = -1;
    }
    p->heats = false;
}

static void offer(pick *p, ohm_watch_kind kind, const ohm_series_info *info)
{
    int rank = ohm_watch_rank(info->quantity, kind);
    if (rank >= 0 && (p->rank[kind] < 0 || rank < p->rank[kind])) {
        p->best[kind] = *info;
        p->rank[kind] = rank;
    }
}

static bool take(void *ctx, const ohm_series_info *info)
{
    pick *p = ctx;
    const char *site = p->job->site, *end = strrchr(info->key, '/');
    size_t site_len = strlen(site);
    look_for(p->job, info->key);
    if (!end || strncmp(info->key, site, site_len) != 0 || info->key[site_len] != '/')
        return true;
    size_t device_len = (size_t)(end - info->key) + 1;
    if (device_len != p->device_len || strncmp(p->device, info->key, device_len) != 0)
        flush(p);
    p->device_len = device_len;
    memcpy(p->device, info->key, device_len);
    p->heats =
        p->heats || info->quantity == OHM_Q_HEAT_ENERGY || info->quantity == OHM_Q_COOLING_ENERGY;
    for (ohm_watch_kind kind = OHM_WATCH_DRAWN; kind < OHM_WATCH_KINDS; kind++)
        offer(p, kind, info);
    return !p->job->cancelled;
}

static bool take_stale(void *ctx, const char *key)
{
    ohm_watch_job *job = ctx;
    char name[OHM_STORE_KEY_MAX];
    for (int i = 0; i < job->found_count; i++) {
        ohm_watch_key(job->found[i].key, name);
        if (!strcmp(name, key))
            return true;
    }
    (void)snprintf(job->stale[job->stale_count++], OHM_STORE_KEY_MAX, "%s", key);
    return job->stale_count < OHM_WATCH_STALE_MAX;
}

void ohm_watch_list(ohm_watch_job *job, ohm_reader *reader)
{
    pick p = { .job = job, .rank = { -1, -1, -1, -1 } };
    job->found_count = 0;
    ohm_err err = ohm_reader_series(reader, take, &p);
    flush(&p);
    if (!ohm_failed(err))
        err = ohm_reader_keys(reader, OHM_WATCH_PREFIX, take_stale, job);
    job->code = err.code;
}
