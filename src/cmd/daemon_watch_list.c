/* Which registers of the store are watched: of each device of the site what it draws, and what it
 * feeds in, by its register of energy where it has one, else by its power. */
#include <stdio.h>

#include "cmd/daemon_watch.h"

/* The better ones first. */
static const ohm_quantity_id drawn[] = { OHM_Q_ENERGY_IMPORT, OHM_Q_POWER_IMPORT, OHM_Q_POWER };
static const ohm_quantity_id fed_in[] = { OHM_Q_ENERGY_EXPORT, OHM_Q_POWER_EXPORT };
enum { DRAWN = sizeof drawn / sizeof *drawn, FED_IN = sizeof fed_in / sizeof *fed_in };

int ohm_watch_rank(ohm_quantity_id quantity, bool feeds_in)
{
    const ohm_quantity_id *ranks = feeds_in ? fed_in : drawn;
    for (int rank = 0; rank < (feeds_in ? FED_IN : DRAWN); rank++)
        if (ranks[rank] == quantity)
            return rank;
    return -1;
}

typedef struct pick {
    ohm_watch_job *job;
    size_t device_len; /* of the key below: "site/zone/device/" */
    ohm_series_info best[2];
    int rank[2]; /* of best; -1: none */
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
        last--; /* it has two at most */
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
    for (int i = 0; i < 2; i++) {
        if (p->rank[i] >= 0)
            list(p->job, &p->best[i]);
        p->rank[i] = -1;
    }
}

static void offer(pick *p, int kind, const ohm_series_info *info)
{
    int rank = ohm_watch_rank(info->quantity, kind == 1);
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
    const char *known = p->rank[0] >= 0 ? p->best[0].key : p->rank[1] >= 0 ? p->best[1].key : NULL;
    if (known && (device_len != p->device_len || strncmp(known, info->key, device_len) != 0))
        flush(p);
    p->device_len = device_len;
    offer(p, 0, info);
    offer(p, 1, info);
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
    pick p = { .job = job, .rank = { -1, -1 } };
    job->found_count = 0;
    ohm_err err = ohm_reader_series(reader, take, &p);
    flush(&p);
    if (!ohm_failed(err))
        err = ohm_reader_keys(reader, OHM_WATCH_PREFIX, take_stale, job);
    job->code = err.code;
}
