#include "cmd/export_remote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/mirror_build.h"
#include "host/random.h"
#include "store/remote.h"

enum {
    RAW_ROWS_MAX = 300000, /* of one question: 7 MB of text at most */
    SERIES_MAX = 100000,
    SITES_MAX = OHM_SERIES_PICK_MAX + 2,
};

typedef struct job {
    const ohm_export_remote *asked;
    int mirror;
    ohm_series_info *series;
    size_t count, cap;
    bool no_memory, stopped;
} job;

static int fail(const job *j, ohm_err err)
{
    return ohm_cmd_fail(j->asked->source, err.what, "docs/mirrors.md says what is needed");
}

/* The engine as it is configured for a site. */
static ohm_err engine_of(const job *j, const char *site, ohm_mirror_config *out)
{
    char detail[OHM_SITE_PATH_MAX];
    ohm_err err = ohm_build_mirror_of(j->asked->site, j->mirror, site, out, detail, sizeof detail);
    if (ohm_failed(err))
        (void)fprintf(stderr, "ohmstead: %s: %s\n", detail, err.what);
    return err;
}

/* --- which series ---------------------------------------------------------------------------- */

static bool add(void *ctx, const ohm_series_info *info)
{
    job *j = ctx;
    if (!ohm_series_pick_has(j->asked->pick, info->key))
        return true;
    for (size_t i = 0; i < j->count; i++) /* two questions may have it */
        if (!strcmp(j->series[i].key, info->key))
            return true;
    if (j->count == j->cap) {
        size_t cap = j->cap ? 2 * j->cap : 64;
        ohm_series_info *more = realloc(j->series, cap * sizeof *more);
        j->no_memory = !more || cap > SERIES_MAX;
        if (more)
            j->series = more;
        if (j->no_memory)
            return false;
        j->cap = cap;
    }
    j->series[j->count++] = *info;
    return true;
}

/* The site that a pick is about; "*": any. */
static void site_of(const char *place, char out[static OHM_SERIES_KEY_MAX])
{
    (void)snprintf(out, OHM_SERIES_KEY_MAX, "%.*s", (int)strcspn(place, "/"), place);
    if (strchr(out, '*'))
        (void)snprintf(out, OHM_SERIES_KEY_MAX, "*");
}

static ohm_err list_site(job *j, const char *site)
{
    ohm_mirror_config engine;
    bool any = !strcmp(site, "*");
    OHM_TRY(engine_of(j, any ? j->asked->site->id : site, &engine));
    const ohm_remote_query query = { .engine = &engine };
    ohm_err err = ohm_remote_series(&query, any ? NULL : site, add, j);
    ohm_wipe(&engine, sizeof engine);
    return j->no_memory ? ohm_fail(OHM_NO_MEMORY, 0, "out of memory") : err;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const ohm_series_info *)a)->key, ((const ohm_series_info *)b)->key);
}

/* Each site that is meant is asked once. */
static ohm_err list_all(job *j)
{
    const ohm_series_pick *pick = j->asked->pick;
    const char *places[SITES_MAX];
    int count = 0;
    for (int i = 0; i < pick->keys_count; i++)
        places[count++] = pick->keys[i];
    if (pick->device)
        places[count++] = pick->device;
    if (pick->zone)
        places[count++] = pick->zone;
    if (count == 0)
        places[count++] = j->asked->site->id;
    for (int i = 0; i < count; i++) {
        char site[OHM_SERIES_KEY_MAX], other[OHM_SERIES_KEY_MAX];
        bool seen = false;
        site_of(places[i], site);
        for (int k = 0; k < i && !seen; k++) {
            site_of(places[k], other);
            seen = !strcmp(site, other);
        }
        if (!seen)
            OHM_TRY(list_site(j, site));
    }
    if (j->count > 0)
        qsort(j->series, j->count, sizeof *j->series, by_key);
    return ohm_ok();
}

/* --- their readings -------------------------------------------------------------------------- */

static bool tell(void *ctx, const ohm_slice *slice)
{
    job *j = ctx;
    j->stopped = !j->asked->slice(j->asked->ctx, slice);
    return !j->stopped;
}

/* In pieces that an engine answers at once; of readings that are too many, smaller ones. */
static ohm_err read_one(job *j, const ohm_series_info *series)
{
    ohm_mirror_config engine;
    char site[OHM_SERIES_KEY_MAX];
    site_of(series->key, site);
    OHM_TRY(engine_of(j, site, &engine));
    const int64_t step_ms = j->asked->step_ms;
    ohm_remote_query q = { .engine = &engine,
                           .series_key = series->key,
                           .range = j->asked->range,
                           .step_ms = step_ms,
                           .rows_max = step_ms ? OHM_BUCKETS_MAX : RAW_ROWS_MAX };
    int64_t piece_ms = step_ms ? step_ms * OHM_BUCKETS_MAX : 24 * OHM_HOUR_MS;
    ohm_err err = ohm_ok();
    while (!ohm_failed(err) && !j->stopped && q.range.from_ms < j->asked->range.to_ms) {
        q.range.to_ms = j->asked->range.to_ms - q.range.from_ms < piece_ms
                            ? j->asked->range.to_ms
                            : q.range.from_ms + piece_ms;
        err = ohm_remote_range(&q, tell, j);
        bool smaller = err.code == OHM_TOO_BIG && step_ms == 0 && piece_ms > OHM_SECOND_MS;
        if (smaller) {
            piece_ms /= 2;
            err = ohm_ok();
        } else {
            q.range.from_ms = q.range.to_ms;
        }
    }
    ohm_wipe(&engine, sizeof engine);
    return err;
}

static int begin(job *j, const ohm_export_remote *asked)
{
    *j = (job){ .asked = asked, .mirror = ohm_mirror_named(asked->site, asked->source) };
    if (j->mirror < 0)
        return ohm_cmd_fail(asked->source, "there is no such mirror in the site's file", NULL);
    ohm_err err = list_all(j);
    if (ohm_failed(err))
        return fail(j, err);
    if (j->count == 0)
        return ohm_cmd_fail(asked->source, "it has no such series", "--list names what it has");
    return OHM_EXIT_OK;
}

int ohm_export_remote_run(const ohm_export_remote *asked)
{
    job j;
    int status = begin(&j, asked);
    for (size_t i = 0; status == OHM_EXIT_OK && i < j.count && !j.stopped; i++) {
        asked->series(asked->ctx, &j.series[i]);
        ohm_err err = read_one(&j, &j.series[i]);
        if (ohm_failed(err))
            status = fail(&j, err);
    }
    free(j.series);
    return status;
}

int ohm_export_remote_list(const ohm_export_remote *asked)
{
    job j;
    int status = begin(&j, asked);
    for (size_t i = 0; status == OHM_EXIT_OK && i < j.count; i++)
        printf("%s\n", j.series[i].key);
    free(j.series);
    return status;
}
