#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "host/file.h"
#include "host/paths.h"
#include "store/reader.h"
#include "store/store.h"

enum {
    STEP_MS = 10 * OHM_MINUTE_MS, /* the power of a step of ten minutes is what a meter limits */
    CHUNK_STEPS = OHM_BUCKETS_MAX - 1,
};

/* The series of the main meter: the one that 'energy_import' has, or the first. */
typedef struct search {
    char key[OHM_SERIES_KEY_MAX];
    unsigned found;
} search;

static bool look(void *ctx, const ohm_series_info *info)
{
    search *s = ctx;
    if (info->quantity != OHM_Q_ENERGY_IMPORT)
        return true;
    bool is_main = strstr(info->key, "/main/") != NULL;
    if (!s->found++ || is_main)
        memcpy(s->key, info->key, sizeof s->key);
    return !is_main;
}

/* Readings of the register, each step's last one, as uses between them. */
typedef struct gather {
    ohm_bill_job *job;
    size_t cap;
    bool has_last, backwards;
    ohm_ms last_ms;
    int64_t last_wh;
} gather;

static bool take(void *ctx, const ohm_bucket *bucket)
{
    gather *g = ctx;
    if (bucket->count == 0)
        return true;
    ohm_ms at_ms = bucket->from_ms + STEP_MS; /* the last of the step stands for its end */
    if (g->has_last && bucket->last < g->last_wh) {
        g->backwards = true; /* another meter: what lies between is not known */
    } else if (g->has_last && g->job->uses_count < g->cap) {
        g->job->uses[g->job->uses_count++] = (ohm_use){
            .from_ms = g->last_ms,
            .to_ms = at_ms,
            .import_mwh = (bucket->last - g->last_wh) * 1000,
            .export_mwh = OHM_NO_USE,
            .reactive_mvarh = OHM_NO_USE,
            .va = OHM_NO_USE,
        };
    }
    g->has_last = true;
    g->last_ms = at_ms;
    g->last_wh = bucket->last;
    return true;
}

/* Steps of ten minutes, from one before the period on, so that its first one has a start. */
static ohm_err read_range(ohm_reader *reader, const char *key, gather *g)
{
    ohm_interval all = { g->job->period.from_ms - STEP_MS, g->job->period.to_ms };
    while (all.from_ms < all.to_ms) {
        ohm_interval part = all;
        if (part.to_ms - part.from_ms > CHUNK_STEPS * (int64_t)STEP_MS)
            part.to_ms = part.from_ms + CHUNK_STEPS * (int64_t)STEP_MS;
        OHM_TRY(ohm_reader_range(reader, key, part, STEP_MS, take, g));
        all.from_ms = part.to_ms;
    }
    return ohm_ok();
}

static int read_store(ohm_bill_job *job, ohm_reader *reader, const char *path)
{
    search s = { .found = 0 };
    ohm_err err = ohm_reader_series(reader, look, &s);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!s.found)
        return ohm_cmd_fail(path, "no register of energy is stored there", NULL);
    gather g = { .job = job };
    g.cap = (size_t)((job->period.to_ms - job->period.from_ms) / STEP_MS) + 4;
    job->uses = calloc(g.cap, sizeof *job->uses);
    if (!job->uses)
        return ohm_cmd_fail("bill", "out of memory", NULL);
    err = read_range(reader, s.key, &g);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!job->uses_count)
        return ohm_cmd_fail(path, "nothing is stored for that time", s.key);
    if (g.backwards)
        job->energy_form = "the register goes down: what lies between is not billed";
    return OHM_EXIT_OK;
}

int ohm_bill_from_store(ohm_bill_job *job)
{
    char state[OHM_PATH_MAX], path[OHM_PATH_MAX];
    if (job->o->state && job->o->demo)
        return ohm_cmd_usage("bill", "--state and --demo exclude each other", NULL);
    ohm_err err = job->o->state ? ohm_ok() : ohm_path_state(job->o->demo, state);
    if (ohm_failed(err))
        return ohm_cmd_fail("the state folder", err.what, "name it with --state");
    const char *folder = job->o->state ? job->o->state : state;
    err = ohm_path_join(folder, OHM_STORE_FILE, path);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, NULL);
    ohm_reader *reader = NULL;
    err = ohm_reader_open(path, &reader);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    int status = read_store(job, reader, path);
    ohm_reader_close(reader);
    return status;
}
