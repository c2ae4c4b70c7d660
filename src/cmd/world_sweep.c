#include "cmd/world_sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/pool.h"

enum { NAME_MAX_BYTES = 128, LINE_MAX_BYTES = 16384, EXIT_INTERRUPTED = 130 };

static const int64_t day_ms = 24 * (int64_t)OHM_HOUR_MS;

typedef struct tally {
    const ohm_world_sweep *about;
    ohm_world_result all; /* added up */
    int64_t worlds, broken, release_seed;
    double days; /* that were lived */
    char first_broken[NAME_MAX_BYTES];
} tally;

static const char *file_of(const ohm_world_sweep *s, int64_t i)
{
    return s->files[i % s->files_count];
}

/* --- a world, in its process ---------------------------------------------------------------- */

static bool run_one(void *ctx, int64_t job, void *ret_result)
{
    const ohm_world_sweep *s = ((const tally *)ctx)->about;
    ohm_world *world = NULL;
    ohm_err err =
        ohm_world_new(&s->configs[job % s->files_count], (uint64_t)(s->seed + job), &world);
    if (ohm_failed(err)) {
        (void)ohm_cmd_fail(file_of(s, job), err.what, NULL);
        return false;
    }
    bool done = !s->begin || s->begin(s->ctx, world);
    if (done) {
        ohm_world_run(world, s->days);
        memcpy(ret_result, ohm_world_result_of(world), sizeof(ohm_world_result));
        done = !s->end || s->end(s->ctx);
    }
    ohm_world_free(world);
    return done;
}

/* --- what came of it ------------------------------------------------------------------------ */

static void json_figures(ohm_json *j, const ohm_world_result *r)
{
    ohm_json_key_int(j, "events", (int64_t)r->events);
    ohm_json_key_int(j, "asserted", (int64_t)r->asserted);
    ohm_json_key_int(j, "faults", (int64_t)r->faults);
    ohm_json_key_int(j, "starts", (int64_t)r->starts);
    ohm_json_key_int(j, "commands", (int64_t)r->commands);
    ohm_json_key_int(j, "switchings", (int64_t)r->switchings);
    ohm_json_key_int(j, "sheds_by_power", (int64_t)r->sheds_by_power);
    ohm_json_key_int(j, "sheds_by_grid", (int64_t)r->sheds_by_grid);
    ohm_json_key_int(j, "trips", (int64_t)r->trips);
    ohm_json_key_int(j, "overrun_s", r->overrun_s);
    ohm_json_key_int(j, "import_wh", r->import_wh);
    ohm_json_key_int(j, "release_s_max", r->release_ms / OHM_SECOND_MS);
}

static void json_counts(ohm_json *j, const ohm_world_result *r)
{
    const char *before = NULL;
    ohm_json_key(j, "counts");
    ohm_json_object(j);
    for (unsigned i = 0; ohm_world_count_name(i); i++) {
        const char *group = ohm_world_count_group(i);
        if (group != before && before)
            ohm_json_end(j);
        if (group != before) {
            ohm_json_key(j, group);
            ohm_json_object(j);
        }
        before = group;
        ohm_json_key_int(j, ohm_world_count_name(i), r->counts[i]);
    }
    ohm_json_end(j);
    ohm_json_end(j);
}

static void json_print(ohm_json *j, const char *line)
{
    size_t len = 0;
    ohm_json_end(j);
    if (ohm_json_finish(j, &len) != OHM_OK)
        (void)ohm_cmd_fail("answer", "is longer than it can be", NULL);
    else
        printf("%.*s\n", (int)len, line);
}

static void print_one_json(const tally *t, int64_t job, const ohm_world_result *r)
{
    char line[LINE_MAX_BYTES];
    ohm_json j;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "file", file_of(t->about, job));
    ohm_json_key_int(&j, "seed", t->about->seed + job);
    ohm_json_key_int(&j, "days", t->about->days);
    ohm_json_key_str(&j, "broken", r->broken);
    ohm_json_key_time(&j, "broken_at", r->broken ? r->broken_ms : OHM_NO_MS);
    json_figures(&j, r);
    if (t->about->counts && t->about->worlds == 1)
        json_counts(&j, r);
    json_print(&j, line);
}

static void print_one(const tally *t, int64_t job, const ohm_world_result *r)
{
    int64_t days = t->about->days;
    printf("seed %" PRId64 ": %" PRId64 " day%s, %" PRIu64 " events, %" PRIu64 " faults, %" PRIu64
           " starts, %" PRIu64 " commands\n",
           t->about->seed + job, days, days == 1 ? "" : "s", r->events, r->faults, r->starts,
           r->commands);
    printf("  %" PRIu64 " switchings (%" PRIu64 " sheds for a limit or breaker, %" PRIu64
           " for the grid), %" PRIu64 " trips that nothing could have prevented\n",
           r->switchings, r->sheds_by_power, r->sheds_by_grid, r->trips);
    printf("  %" PRId64 " kWh drawn, %" PRId64 " s beyond the breaker's rating\n",
           r->import_wh / 1000, r->overrun_s);
}

static void say_again(const tally *t, int64_t job, int64_t days, const char *at)
{
    (void)fprintf(stderr,
                  "ohmstead: %s: broken%s (to see it again: ohmstead simulate --world %s --seed "
                  "%" PRId64 " --days %" PRId64 ")\n",
                  file_of(t->about, job), at, file_of(t->about, job), t->about->seed + job, days);
}

static void remember(tally *t, const char *name, size_t len)
{
    t->broken++;
    if (t->first_broken[0])
        return;
    len = strnlen(name, len < sizeof t->first_broken ? len : sizeof t->first_broken - 1);
    memcpy(t->first_broken, name, len);
}

/* The code's own: assert says `… && ("name")` before it ends the process. */
static void say_aborted(tally *t, int64_t job, const char *said)
{
    const char *name = NULL;
    (void)fputs(said, stderr);
    for (const char *at = said; (at = strstr(at, "&& (\"")) != NULL;)
        name = at += strlen("&& (\"");
    const char *end = name ? strchr(name, '"') : NULL;
    if (!end && said[0] && !strstr(said, "Assertion"))
        return; /* it said what is wrong with the world */
    say_again(t, job, t->about->days, " by an end of its process");
    if (end)
        remember(t, name, (size_t)(end - name));
    else
        remember(t, "the engine does not abort", NAME_MAX_BYTES);
}

static void add(ohm_world_result *all, const ohm_world_result *r)
{
    all->events += r->events;
    all->asserted += r->asserted;
    all->faults += r->faults;
    all->starts += r->starts;
    all->commands += r->commands;
    all->switchings += r->switchings;
    all->sheds_by_power += r->sheds_by_power;
    all->sheds_by_grid += r->sheds_by_grid;
    all->trips += r->trips;
    all->overrun_s += r->overrun_s;
    all->import_wh += r->import_wh;
    for (unsigned i = 0; i < OHM_WORLD_COUNTS_MAX; i++)
        all->counts[i] += r->counts[i];
}

static void done(void *ctx, int64_t job, const void *result, const char *said)
{
    tally *t = ctx;
    const ohm_world_result *r = result;
    if (!r) {
        say_aborted(t, job, said);
        return;
    }
    ohm_ms start_ms = t->about->configs[job % t->about->files_count].start_ms;
    int64_t broken_ms = r->broken_ms - start_ms;
    t->worlds++;
    t->days += r->broken ? (double)broken_ms / (double)day_ms : (double)t->about->days;
    add(&t->all, r);
    if (r->release_ms > t->all.release_ms) {
        t->all.release_ms = r->release_ms;
        t->release_seed = t->about->seed + job;
    }
    if (t->about->json)
        print_one_json(t, job, r);
    else if (t->about->each)
        print_one(t, job, r);
    (void)fflush(stdout);
    if (!r->broken)
        return;
    char at[OHM_RFC3339_MAX + 4] = " at ";
    (void)ohm_rfc3339_write(r->broken_ms, at + 4);
    say_again(t, job, broken_ms / day_ms + 1, at);
    (void)fprintf(stderr, "  %s\n", r->broken);
    remember(t, r->broken, NAME_MAX_BYTES);
}

/* --- of all --------------------------------------------------------------------------------- */

static double years_of(const tally *t)
{
    return t->days / 365.0;
}

static void print_counts(const tally *t)
{
    double years = years_of(t);
    printf("what happened, and how often in a world-year:\n");
    for (unsigned i = 0; ohm_world_count_name(i); i++) {
        uint32_t n = t->all.counts[i];
        printf("  %-12s %-30s %10" PRIu32 "  %10.2f%s\n", ohm_world_count_group(i),
               ohm_world_count_name(i), n, years > 0 ? n / years : 0, n ? "" : "  never");
    }
}

static void print_all(const tally *t, double seconds)
{
    const ohm_world_result *r = &t->all;
    int64_t last = t->about->seed + t->about->worlds - 1;
    printf("%.1f world-years in %" PRId64 " of %" PRId64 " worlds (seeds %" PRId64 " to %" PRId64
           "), %.1f a minute\n",
           years_of(t), t->worlds, t->about->worlds, t->about->seed, last,
           seconds > 0 ? 60 * years_of(t) / seconds : 0);
    printf("  %" PRIu64 " times an invariant was asserted, %" PRId64 " world%s violated one\n",
           r->asserted, t->broken, t->broken == 1 ? "" : "s");
    printf("  %" PRIu64 " events, %" PRIu64 " faults, %" PRIu64 " starts, %" PRIu64
           " commands, %" PRIu64 " switchings\n",
           r->events, r->faults, r->starts, r->commands, r->switchings);
    printf("  %" PRIu64 " trips that nothing could have prevented; the worst delay of release is "
           "%" PRId64 " s",
           r->trips, r->release_ms / OHM_SECOND_MS);
    if (r->release_ms > 0)
        printf(" (seed %" PRId64 ")", t->release_seed);
    printf("\n");
}

static void print_all_json(const tally *t, double seconds)
{
    char line[LINE_MAX_BYTES];
    ohm_json j;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_int(&j, "worlds", t->worlds);
    ohm_json_key_int(&j, "worlds_asked", t->about->worlds);
    ohm_json_key_int(&j, "days", t->about->days);
    ohm_json_key_int(&j, "seed_first", t->about->seed);
    ohm_json_key_int(&j, "violated", t->broken);
    ohm_json_key_str(&j, "broken", t->first_broken[0] ? t->first_broken : NULL);
    json_figures(&j, &t->all);
    ohm_json_key_int(&j, "seconds", (int64_t)seconds);
    if (t->about->counts)
        json_counts(&j, &t->all);
    json_print(&j, line);
}

static void say_what(const ohm_world_sweep *s)
{
    (void)fprintf(stderr,
                  "ohmstead: %" PRId64 " worlds of %" PRId64 " day%s; again: ohmstead simulate",
                  s->worlds, s->days, s->days == 1 ? "" : "s");
    for (int i = 0; i < s->files_count; i++)
        (void)fprintf(stderr, " --world %s", s->files[i]);
    (void)fprintf(stderr, " --worlds %" PRId64 " --seed %" PRId64 " --days %" PRId64 "\n",
                  s->worlds, s->seed, s->days);
}

int ohm_world_sweep_run(const ohm_world_sweep *sweep)
{
    tally t = { .about = sweep };
    struct timespec before, after;
    const ohm_pool pool = { .jobs = sweep->worlds,
                            .result_size = sizeof(ohm_world_result),
                            .noun = "world",
                            .ctx = &t,
                            .run = run_one,
                            .done = done };
    bool many = sweep->worlds > 1;
    if (many)
        say_what(sweep);
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    ohm_pool_end end = ohm_pool_run(&pool);
    int error = errno;
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    double seconds =
        (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    if (sweep->json && many)
        print_all_json(&t, seconds);
    else if (!sweep->json && many)
        print_all(&t, seconds);
    if (sweep->counts && !sweep->json)
        print_counts(&t);
    (void)fflush(stdout);
    if (end == OHM_POOL_FAILED)
        (void)ohm_cmd_fail("simulate", strerror(error), NULL);
    if (t.broken > 0)
        (void)fprintf(stderr, "%s\n", t.first_broken);
    bool whole = end == OHM_POOL_DONE && t.worlds == sweep->worlds;
    return t.broken > 0                  ? OHM_EXIT_FAILED
           : end == OHM_POOL_INTERRUPTED ? EXIT_INTERRUPTED
           : whole                       ? OHM_EXIT_OK
                                         : OHM_EXIT_FAILED;
}
