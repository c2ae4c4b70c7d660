/* ohmstead simulate --start …: the laboratory. A house, a stretch of days, weather, a contract and
 * a controller; what it is compared with; sweeps over figures on all cores. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "cmd/lab_ask.h"
#include "cmd/lab_columns.h"
#include "cmd/lab_load.h"
#include "cmd/pool.h"
#include "tariff/use_csv.h"

enum { EXIT_INTERRUPTED = 130 };

typedef struct lab {
    const ohm_lab_request *q;
    ohm_lab_frame frame;
    ohm_lab_world world;
    ohm_lab_report report;
    ohm_lab_made made; /* of the first run */
    ohm_lab_step
        *step; /* of the first run, shared with the worker that lives it; NULL: nobody asks */
    size_t step_bytes;
    double *load_w, *heat_w, *co2_g;
    ohm_spot_price *spots;
    char said[OHM_POOL_SAID_MAX]; /* by the last run that failed */
} lab;

_Static_assert(sizeof(ohm_lab_outcome) <= OHM_POOL_RESULT_MAX, "what came out fits a pipe");

/* --- the runs -----------------------------------------------------------------------------------
 */

/* The world of scenario n. */
static void scenario(const lab *l, int n, ohm_lab_world *world, char name[OHM_LAB_TEXT_MAX])
{
    size_t len = 0;
    *world = l->world;
    for (int i = 0; i < l->q->varies; i++) {
        const ohm_lab_vary *v = &l->q->vary[i];
        const char *value = v->value[ohm_lab_ask_turn(l->q, n, i)];
        (void)ohm_lab_world_set(world, v->text, value); /* was tried */
        int more =
            snprintf(name + len, OHM_LAB_TEXT_MAX - len, "%s%s=%s", i ? " " : "", v->text, value);
        len = more > 0 && len + (size_t)more < OHM_LAB_TEXT_MAX ? len + (size_t)more : len;
    }
}

/* What a plan is compared with: perfect knowledge, and two controllers without any. */
static void compared(const lab *l, int n, ohm_lab_world *world, char name[OHM_LAB_TEXT_MAX])
{
    static const struct {
        const char *name;
        ohm_lab_mode mode;
        bool perfect;
    } rows[] = {
        { "plan, weather as of a day ago", OHM_LAB_MPC, false },
        { "plan that knows everything", OHM_LAB_MPC, true },
        { "ideal controller", OHM_LAB_IDEAL, false },
        { "thermostat", OHM_LAB_MANUAL, false },
    };
    *world = l->world;
    int row = l->world.perfect && n < 2 ? 1 - n : n; /* what was asked for comes first */
    if (l->report.compared) {
        world->mode = rows[row].mode;
        world->perfect = rows[row].perfect;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (world->mode == rows[i].mode && world->perfect == rows[i].perfect)
            (void)snprintf(name, OHM_LAB_TEXT_MAX, "%s",
                           world->has_building ? rows[i].name : "as it is used");
    if (world->mode == OHM_LAB_PLAN)
        (void)snprintf(name, OHM_LAB_TEXT_MAX, "plan of the file");
}

static void world_of(const lab *l, int n, ohm_lab_world *world, char name[OHM_LAB_TEXT_MAX])
{
    if (l->q->varies)
        scenario(l, n, world, name);
    else
        compared(l, n, world, name);
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool live(const lab *l, const ohm_lab_world *world, const ohm_lab_made *made,
                 ohm_lab_step *step, ohm_lab_outcome *o)
{
    ohm_lab_control control = { .mode = world->mode,
                                .perfect = world->perfect,
                                .horizon = (int)(l->q->horizon_h * 3600 / l->q->step_s),
                                .low_price = 3,
                                .high_price = 0.4 };
    double start_s = now_s();
    ohm_err err = ohm_lab_run(&made->house, &made->series, &control, step, &o->sums);
    if (ohm_failed(err)) {
        (void)ohm_cmd_fail(o->name, err.what, NULL);
        return false;
    }
    o->seconds = now_s() - start_s;
    o->mode = world->mode;
    o->perfect = world->perfect;
    o->has_zone = made->house.has_zone;
    o->state = OHM_LAB_DONE;
    o->subscription_eur = made->subscription_eur;
    o->periods_count = made->periods_count;
    memcpy(o->periods, made->periods, sizeof o->periods);
    return true;
}

/* In a worker. The first one's series were made before it began. */
static bool run_one(void *ctx, int64_t job, void *ret_result)
{
    lab *l = ctx;
    ohm_lab_outcome *o = ret_result;
    ohm_lab_made made;
    ohm_lab_world *world = malloc(sizeof *world);
    if (!world) {
        (void)ohm_cmd_fail("simulate", "out of memory", NULL);
        return false;
    }
    memset(o, 0, sizeof *o);
    world_of(l, (int)job, world, o->name);
    bool good = false;
    if (job == 0) {
        good = live(l, world, &l->made, l->step, o);
    } else if (ohm_lab_series_make(&l->frame, world, &made) == OHM_EXIT_OK) {
        good = live(l, world, &made, NULL, o);
        ohm_lab_series_release(&made);
    }
    free(world);
    return good;
}

/* In the caller. What several say alike is told once. */
static void done(void *ctx, int64_t job, const void *result, const char *said)
{
    lab *l = ctx;
    ohm_lab_outcome *o = &l->report.outcome[job];
    if (result)
        memcpy(o, result, sizeof *o);
    o->state = result ? OHM_LAB_DONE : OHM_LAB_FAILED;
    if (result || !strcmp(said, l->said))
        return;
    (void)fputs(*said ? said : "ohmstead: simulate: a run ended without a word\n", stderr);
    (void)snprintf(l->said, sizeof l->said, "%s", said);
}

static int run_all(lab *l)
{
    ohm_lab_report *r = &l->report;
    const ohm_pool pool = { .jobs = r->outcomes,
                            .result_size = sizeof *r->outcome,
                            .noun = ohm_lab_say(r->french, "run"),
                            .ctx = l,
                            .run = run_one,
                            .done = done };
    ohm_pool_end end = ohm_pool_run(&pool);
    int error = errno, ended = 0;
    for (int i = 0; i < r->outcomes; i++)
        ended += r->outcome[i].state == OHM_LAB_DONE;
    if (end == OHM_POOL_FAILED)
        return ohm_cmd_fail("simulate", strerror(error), NULL);
    if (end == OHM_POOL_DONE)
        return ended == r->outcomes ? OHM_EXIT_OK : OHM_EXIT_FAILED;
    r->interrupted = true;
    (void)fprintf(stderr,
                  r->french ? "ohmstead: simulate: interrompu : %d simulations sur %d sont faites\n"
                            : "ohmstead: simulate: interrupted: %d of %d runs were done\n",
                  ended, r->outcomes);
    return EXIT_INTERRUPTED;
}

/* --- what is asked -------------------------------------------------------------------------------
 */

static int read_world(lab *l)
{
    const ohm_lab_request *q = l->q;
    int status = ohm_lab_world_read(q->world, &l->world);
    if (ohm_lab_ask_own_load(q) && !q->world)
        l->world.has_building = false;
    const struct {
        const char *key, *value, *accepted;
    } words[] = {
        { "mode", q->mode, "--mode is mpc, manual, ideal or plan-file, not" },
        { "forecast", q->forecast, "--forecast is persistence or perfect, not" },
        { "contract", q->tariff, "--tariff is a contract, not" },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words && status == OHM_EXIT_OK; i++)
        if (words[i].value && !ohm_lab_world_set(&l->world, words[i].key, words[i].value))
            status = ohm_cmd_usage("simulate", words[i].accepted, words[i].value);
    return status;
}

static int read_spots(lab *l)
{
    const char *path = l->q->prices;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int status = ohm_bill_read_file(path, &bytes, &len);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_span text = ohm_span_of(bytes, len);
    size_t rows = ohm_use_csv_rows(text);
    l->spots = calloc(rows ? rows : 1, sizeof *l->spots);
    ohm_err err = l->spots ? ohm_spot_csv_read(text, l->spots, rows, &l->frame.spots_count)
                           : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    free(bytes);
    char where[32];
    (void)snprintf(where, sizeof where, "line %u", err.at);
    l->frame.spots = l->spots;
    return ohm_failed(err) ? ohm_cmd_fail(path, err.what, where) : OHM_EXIT_OK;
}

static int read_series(lab *l)
{
    const ohm_lab_request *q = l->q;
    int steps = ohm_lab_steps(&l->frame);
    const ohm_lab_weather_wish wish = { q->weather ? q->weather : "synthetic", (uint64_t)q->seed,
                                        l->frame.when, &l->frame.tz, q->place };
    int status = ohm_lab_weather_make(&wish, &l->frame.weather);
    const ohm_lab_load_wish own = { q->load, q->state, q->device, q->demo };
    if (status == OHM_EXIT_OK && ohm_lab_ask_own_load(q))
        status = ohm_lab_load_read(&own, &l->frame, steps, &l->load_w);
    bool valve = false;
    if (status == OHM_EXIT_OK && q->plan)
        status = ohm_lab_column_has(q->plan, "valve", &valve);
    if (status == OHM_EXIT_OK && q->plan)
        status =
            ohm_lab_column_read(q->plan, valve ? "valve" : "heat_w", &l->frame, steps, &l->heat_w);
    if (status == OHM_EXIT_OK && q->co2)
        status = ohm_lab_column_read(q->co2, "g_per_kwh", &l->frame, steps, &l->co2_g);
    if (status == OHM_EXIT_OK && q->prices)
        status = read_spots(l);
    l->frame.co2_g_per_kwh = l->co2_g;
    l->frame.load_w = l->load_w;
    l->frame.heat_w = valve ? NULL : l->heat_w;
    l->frame.valve_percent = valve ? l->heat_w : NULL;
    l->frame.colours_by_weather =
        q->colours ? !strcmp(q->colours, "weather") : l->frame.weather.typical;
    return status;
}

/* Contracts and houses that there can't be are named once, before a long sweep and not in it: one
 * scenario of each contract, power and insulation is tried. */
static bool is_tried(const ohm_lab_request *q, int n)
{
    static const char *const keys = " contract tariff kva insulation ";
    for (int i = 0; i < q->varies; i++) {
        char word[OHM_LAB_TEXT_MAX + 2];
        (void)snprintf(word, sizeof word, " %s ", q->vary[i].text);
        if (!strstr(keys, word) && ohm_lab_ask_turn(q, n, i) > 0)
            return false;
    }
    return q->varies > 0 || n == 0;
}

static int try_scenarios(const lab *l, ohm_lab_world *world)
{
    bool by_market = false;
    char name[OHM_LAB_TEXT_MAX];
    for (int n = 0; n < l->report.outcomes; n++) {
        bool market = false;
        if (!is_tried(l->q, n))
            continue;
        world_of(l, n, world, name);
        int status = ohm_lab_series_try(&l->frame, world, &market);
        if (status != OHM_EXIT_OK)
            return status;
        by_market = by_market || market;
    }
    if (l->frame.spots && !by_market)
        return ohm_cmd_usage("simulate",
                             "--prices is for a contract by the market's price (spot:), not",
                             world->tariff);
    return OHM_EXIT_OK;
}

/* A figure of what is not there would make runs that are all alike. */
static int check_vary(const lab *l)
{
    for (int i = 0; i < l->q->varies; i++) {
        const char *key = l->q->vary[i].text, *needs = ohm_lab_world_needs(&l->world, key);
        char text[OHM_LAB_TEXT_MAX];
        bool has = needs == NULL;
        for (int k = 0; k < l->q->varies && !has; k++)
            has = !strcmp(l->q->vary[k].text, needs);
        (void)snprintf(text, sizeof text,
                       "%s %s:", ohm_cmd_say("--vary changes nothing in a house without"),
                       needs ? needs : "");
        if (!has)
            return ohm_cmd_usage("simulate", text, key);
    }
    return OHM_EXIT_OK;
}

/* The first run's series and, where its steps are to be written, room for them. */
static int make_first(lab *l, ohm_lab_world *world)
{
    char name[OHM_LAB_TEXT_MAX];
    world_of(l, 0, world, name);
    int status = ohm_lab_series_make(&l->frame, world, &l->made);
    if (status != OHM_EXIT_OK || !(l->q->out || l->q->html))
        return status;
    l->step_bytes = (size_t)ohm_lab_steps(&l->frame) * sizeof *l->step;
    void *shared =
        mmap(NULL, l->step_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    l->step = shared == MAP_FAILED ? NULL : shared;
    return l->step ? OHM_EXIT_OK : ohm_cmd_fail("simulate", "out of memory", NULL);
}

static int prepare_report(lab *l)
{
    const ohm_lab_request *q = l->q;
    ohm_lab_report *r = &l->report;
    r->outcomes = 1;
    for (int i = 0; i < q->varies; i++)
        r->outcomes *= q->vary[i].values;
    r->compared = !q->varies && l->world.mode == OHM_LAB_MPC && l->world.has_building;
    r->outcomes = r->compared ? 4 : r->outcomes;
    r->outcome = calloc((size_t)r->outcomes, sizeof *r->outcome);
    r->french = q->french;
    (void)snprintf(r->title, sizeof r->title, "%s",
                   q->world                  ? q->world
                   : q->load                 ? q->load
                   : ohm_lab_ask_own_load(q) ? "the site's own use"
                                             : "the built-in house");
    (void)snprintf(r->weather, sizeof r->weather, "%s", q->weather ? q->weather : "synthetic");
    return r->outcome ? OHM_EXIT_OK : ohm_cmd_fail("simulate", "out of memory", NULL);
}

static int prepare(lab *l)
{
    l->frame.step_s = (double)l->q->step_s;
    int status = ohm_lab_ask_when(l->q, &l->frame, &l->report.days);
    if (status == OHM_EXIT_OK)
        status = read_world(l);
    if (status == OHM_EXIT_OK)
        status = check_vary(l);
    if (status == OHM_EXIT_OK)
        status = read_series(l);
    if (status == OHM_EXIT_OK)
        status = prepare_report(l);
    ohm_lab_world *world = malloc(sizeof *world);
    if (!world)
        return ohm_cmd_fail("simulate", "out of memory", NULL);
    if (status == OHM_EXIT_OK)
        status = try_scenarios(l, world);
    if (status == OHM_EXIT_OK)
        status = make_first(l, world);
    free(world);
    return status;
}

static int tell(lab *l)
{
    const ohm_lab_request *q = l->q;
    ohm_lab_report *r = &l->report;
    bool first = r->outcome[0].state == OHM_LAB_DONE, streams = q->out && !q->output;
    int status = OHM_EXIT_OK;
    r->frame = &l->frame;
    r->made = &l->made;
    r->step = l->step;
    (void)snprintf(r->contract, sizeof r->contract, "%s", l->made.contract);
    r->red_days = l->made.red_days;
    r->white_days = l->made.white_days;
    if (q->out && first)
        status = ohm_lab_write_rows(r, q->out, q->output, q->reset);
    if (status == OHM_EXIT_OK && q->html && first)
        status = ohm_lab_write_html(r, q->html);
    if (status == OHM_EXIT_OK && q->json && !streams)
        status = ohm_lab_print_json(r);
    else if (status == OHM_EXIT_OK && !streams)
        ohm_lab_print_text(r);
    if (fflush(stdout) != 0 && status == OHM_EXIT_OK)
        status = ohm_cmd_fail("standard output", "can't be written", NULL);
    return status;
}

static int run(lab *l)
{
    int status = prepare(l);
    if (status != OHM_EXIT_OK)
        return status;
    status = run_all(l);
    int told = tell(l);
    return status == OHM_EXIT_OK ? told : status;
}

int ohm_cmd_lab(int argc, char **argv)
{
    static ohm_lab_request request; /* too large for a stack */
    int status;
    if (!ohm_lab_ask(argc, argv, &request, &status))
        return status;
    lab *l = calloc(1, sizeof *l);
    if (!l)
        return ohm_cmd_fail("simulate", "out of memory", NULL);
    l->q = &request;
    status = run(l);
    ohm_lab_series_release(&l->made);
    ohm_lab_weather_release(&l->frame.weather);
    if (l->step)
        (void)munmap(l->step, l->step_bytes);
    free(l->report.outcome);
    free(l->load_w);
    free(l->heat_w);
    free(l->co2_g);
    free(l->spots);
    free(l);
    return status;
}
