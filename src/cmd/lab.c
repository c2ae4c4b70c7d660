/* ohmstead simulate --start …: the laboratory. A house, a stretch of days, weather, a contract and
 * a controller; what it is compared with; sweeps over figures on all cores. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/number.h"
#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/lab_columns.h"
#include "cmd/lab_load.h"
#include "cmd/lab_out.h"
#include "cmd/options.h"
#include "cmd/pool.h"
#include "host/tzdata.h"
#include "tariff/use_csv.h"

enum { VALUES_MAX = 64 };

typedef struct vary {
    char text[OHM_LAB_TEXT_MAX]; /* cut into key and values */
    const char *value[VALUES_MAX];
    int values;
} vary;

typedef struct request {
    const char *start, *end, *mode, *world, *weather, *tariff, *out, *output, *html, *forecast;
    const char *horizon_text, *step_text, *zone, *colours, *load, *plan, *seed_text, *state,
        *device, *place_text, *prices, *language, *co2;
    ohm_place place;
    const char *vary_text[OHM_LAB_VARIES_MAX];
    int varies;
    bool reset, json, demo;
    vary vary[OHM_LAB_VARIES_MAX];
    int64_t horizon_h, step_s, seed;
} request;

typedef struct lab {
    const request *q;
    ohm_lab_frame frame;
    ohm_lab_world world;
    ohm_lab_report report;
    ohm_lab_made made; /* of the first run */
    ohm_lab_step *step;
    double *load_w, *heat_w, *co2_g;
    ohm_spot_price *spots;
    atomic_int next, done;
} lab;

/* --- one run ------------------------------------------------------------------------------------
 */

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* On success *made is the caller's. */
static int run_world(const lab *l, const ohm_lab_world *world, ohm_lab_made *made,
                     ohm_lab_step *step, ohm_lab_outcome *o)
{
    int status = ohm_lab_series_make(&l->frame, world, made);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_lab_control control = { .mode = world->mode,
                                .perfect = world->perfect,
                                .horizon = (int)(l->q->horizon_h * 3600 / l->q->step_s),
                                .low_price = 3,
                                .high_price = 0.4 };
    double start_s = now_s();
    ohm_err err = ohm_lab_run(&made->house, &made->series, &control, step, &o->sums);
    if (ohm_failed(err)) {
        ohm_lab_series_release(made);
        return ohm_cmd_fail("simulate", err.what, NULL);
    }
    o->seconds = now_s() - start_s;
    o->mode = world->mode;
    o->perfect = world->perfect;
    o->subscription_eur = made->subscription_eur;
    o->periods_count = made->periods_count;
    memcpy(o->periods, made->periods, sizeof o->periods);
    return OHM_EXIT_OK;
}

/* --- sweeps -------------------------------------------------------------------------------------
 */

static int read_vary(request *q)
{
    int scenarios = 1;
    for (int i = 0; i < q->varies; i++) {
        vary *v = &q->vary[i];
        (void)snprintf(v->text, sizeof v->text, "%s", q->vary_text[i]);
        char *at = strchr(v->text, '=');
        if (!at || strlen(q->vary_text[i]) >= sizeof v->text)
            return ohm_cmd_usage("simulate", "--vary takes a figure and its values, key=1,2,3, not",
                                 q->vary_text[i]);
        for (*at++ = '\0'; at && v->values < VALUES_MAX;) {
            v->value[v->values++] = at;
            at = strchr(at, ',');
            if (at)
                *at++ = '\0';
        }
        if (at || (scenarios *= v->values) > OHM_LAB_SCENARIOS_MAX)
            return ohm_cmd_usage("simulate", "too many values:", q->vary_text[i]);
        for (int k = 0; k < v->values; k++) {
            static ohm_lab_world probe; /* too large for a stack; only its own figure matters */
            if (!ohm_lab_world_set(&probe, v->text, v->value[k])) {
                (void)fprintf(stderr, "ohmstead: --vary takes %s\n", ohm_lab_vary_keys);
                return ohm_cmd_usage("simulate",
                                     "no such figure, or an impossible value:", q->vary_text[i]);
            }
        }
    }
    return OHM_EXIT_OK;
}

/* The world of scenario n: the last figure turns fastest. */
static void scenario(const lab *l, int n, ohm_lab_world *world, ohm_lab_outcome *o)
{
    int block = 1;
    size_t len = 0;
    *world = l->world;
    for (int i = l->q->varies - 1; i > 0; i--)
        block *= l->q->vary[i].values;
    for (int i = 0; i < l->q->varies; i++) {
        const vary *v = &l->q->vary[i];
        const char *value = v->value[n / block % v->values];
        (void)ohm_lab_world_set(world, v->text, value); /* was tried */
        int more =
            snprintf(o->name + len, sizeof o->name - len, "%s%s=%s", i ? " " : "", v->text, value);
        len = more > 0 && len + (size_t)more < sizeof o->name ? len + (size_t)more : len;
        if (i + 1 < l->q->varies)
            block /= l->q->vary[i + 1].values;
    }
}

/* What a plan is compared with: perfect knowledge, and two controllers without any. */
static void compared(const lab *l, int n, ohm_lab_world *world, ohm_lab_outcome *o)
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
            (void)snprintf(o->name, sizeof o->name, "%s",
                           world->has_building ? rows[i].name : "as it is used");
    if (world->mode == OHM_LAB_PLAN)
        (void)snprintf(o->name, sizeof o->name, "plan of the file");
}

static void *work(void *ctx)
{
    lab *l = ctx;
    ohm_lab_world *world = malloc(sizeof *world);
    for (int n; world && (n = atomic_fetch_add(&l->next, 1)) < l->report.outcomes;) {
        ohm_lab_outcome *o = &l->report.outcome[n];
        ohm_lab_made made;
        if (l->q->varies)
            scenario(l, n, world, o);
        else
            compared(l, n, world, o);
        o->status = run_world(l, world, n ? &made : &l->made, n ? NULL : l->step, o);
        if (n && o->status == OHM_EXIT_OK)
            ohm_lab_series_release(&made);
        ohm_pool_progress("run", atomic_fetch_add(&l->done, 1) + 1, l->report.outcomes);
    }
    free(world);
    return NULL;
}

/* On all cores; the caller's thread works, too. */
static int run_all(lab *l)
{
    pthread_t thread[OHM_POOL_WORKERS_MAX];
    int wanted = ohm_pool_workers(l->report.outcomes), started = 0;
    while (started < wanted - 1 && pthread_create(&thread[started], NULL, work, l) == 0)
        started++;
    (void)work(l);
    for (int i = 0; i < started; i++)
        (void)pthread_join(thread[i], NULL);
    ohm_pool_progress_end();
    for (int i = 0; i < l->report.outcomes; i++)
        if (l->report.outcome[i].status != OHM_EXIT_OK)
            return OHM_EXIT_FAILED;
    return atomic_load(&l->done) == l->report.outcomes
               ? OHM_EXIT_OK
               : ohm_cmd_fail("simulate", "out of memory", NULL);
}

/* --- what is asked -------------------------------------------------------------------------------
 */

static bool read_date(const char *text, int64_t *ret_day)
{
    int64_t year, month, day;
    if (!text || strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
        ohm_number_int(ohm_span_of(text, 4), &year) != OHM_OK ||
        ohm_number_int(ohm_span_of(text + 5, 2), &month) != OHM_OK ||
        ohm_number_int(ohm_span_of(text + 8, 2), &day) != OHM_OK || year < 1970 || year > 2199 ||
        !ohm_date_valid((int)year, (int)month, (int)day))
        return false;
    *ret_day = ohm_days_from_date(
        (ohm_date){ .year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day });
    return true;
}

static int read_when(lab *l)
{
    const request *q = l->q;
    int64_t first, last;
    ohm_err err = ohm_tzdata_load(q->zone ? q->zone : "Europe/Paris", &l->frame.tz);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->zone ? q->zone : "Europe/Paris", err.what, NULL);
    if (!read_date(q->start, &first))
        return ohm_cmd_usage("simulate", "--start is a day, YYYY-MM-DD, not", q->start);
    if (!read_date(q->end, &last))
        return ohm_cmd_usage("simulate", "--end is the last day, YYYY-MM-DD, not",
                             q->end ? q->end : "missing");
    if (last < first || last - first >= OHM_LAB_DAYS_MAX)
        return ohm_cmd_usage("simulate", "--end lies before --start, or ten years after", q->end);
    l->frame.when = (ohm_interval){
        ohm_date_interval(&l->frame.tz, ohm_date_from_days(first)).from_ms,
        ohm_date_interval(&l->frame.tz, ohm_date_from_days(last)).to_ms,
    };
    l->report.days = (int)(last - first + 1);
    if ((l->frame.when.to_ms - l->frame.when.from_ms) % (1000 * q->step_s) != 0)
        return ohm_cmd_usage("simulate",
                             "clocks move by less than a step in these days: --step 1800, 900 or "
                             "600, not",
                             q->step_text ? q->step_text : "900");
    return OHM_EXIT_OK;
}

static bool read_count(const char *text, int64_t least, int64_t most, int64_t *out)
{
    return !text ||
           (ohm_number_int(ohm_span_text(text), out) == OHM_OK && *out >= least && *out <= most);
}

/* "48.85,2.35": degrees north and east. */
static bool read_place(const char *text, ohm_place *out)
{
    const char *comma = text ? strchr(text, ',') : NULL;
    int64_t north, east;
    if (!text)
        return true;
    if (!comma ||
        ohm_number_scaled(ohm_span_of(text, (size_t)(comma - text)), 6, &north) != OHM_OK ||
        ohm_number_scaled(ohm_span_text(comma + 1), 6, &east) != OHM_OK || north < -(int64_t)90e6 ||
        north > (int64_t)90e6 || east < -(int64_t)180e6 || east > (int64_t)180e6)
        return false;
    *out = (ohm_place){ (double)north / 1e6, (double)east / 1e6 };
    return true;
}

static int read_numbers(request *q)
{
    if (!read_place(q->place_text, &q->place))
        return ohm_cmd_usage("simulate", "--place is degrees north and east, 48.85,2.35, not",
                             q->place_text);
    if (!read_count(q->horizon_text, 1, 48, &q->horizon_h))
        return ohm_cmd_usage("simulate", "--horizon is 1 to 48 hours, not", q->horizon_text);
    if (!read_count(q->step_text, 300, 3600, &q->step_s) || 3600 % q->step_s != 0 ||
        q->horizon_h * 3600 / q->step_s > OHM_LAB_HORIZON_MAX)
        return ohm_cmd_usage("simulate",
                             "--step is whole parts of an hour of 300 s or more (and 384 steps of "
                             "horizon at most), not",
                             q->step_text ? q->step_text : q->horizon_text);
    if (q->language && strcmp(q->language, "en") != 0 && strcmp(q->language, "fr") != 0)
        return ohm_cmd_usage("simulate", "--language is en or fr, not", q->language);
    if (!read_count(q->seed_text, 0, INT64_MAX, &q->seed))
        return ohm_cmd_usage("simulate", "--seed is a number, not", q->seed_text);
    if (q->out && strcmp(q->out, "csv") != 0 && strcmp(q->out, "sqlite") != 0 &&
        strcmp(q->out, "influx") != 0)
        return ohm_cmd_usage("simulate", "--out is csv, sqlite or influx, not", q->out);
    if (q->out && !strcmp(q->out, "sqlite") && !q->output)
        return ohm_cmd_usage("simulate", "--out sqlite needs --output FILE", NULL);
    if (q->output && !q->out)
        return ohm_cmd_usage("simulate", "--output goes with --out", NULL);
    return read_vary(q);
}

/* What a site used itself: its heating is in it. */
static bool has_own_load(const request *q)
{
    return q->load || q->state || q->demo || q->device;
}

static int read_world(lab *l)
{
    const request *q = l->q;
    int status = ohm_lab_world_read(q->world, &l->world);
    if (has_own_load(q) && !q->world)
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
    if (status == OHM_EXIT_OK && (l->world.mode == OHM_LAB_PLAN) != (q->plan != NULL))
        status = ohm_cmd_usage("simulate", "--mode plan-file and --plan FILE go together", NULL);
    for (int i = 0; i < q->varies && status == OHM_EXIT_OK && !q->plan; i++)
        for (int k = 0; k < q->vary[i].values; k++)
            if (!strcmp(q->vary[i].text, "mode") && !strcmp(q->vary[i].value[k], "plan-file"))
                return ohm_cmd_usage("simulate", "--mode plan-file and --plan FILE go together",
                                     NULL);
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
    const request *q = l->q;
    int steps = ohm_lab_steps(&l->frame);
    const ohm_lab_weather_wish wish = { q->weather ? q->weather : "synthetic", (uint64_t)q->seed,
                                        l->frame.when, &l->frame.tz, q->place };
    int status = ohm_lab_weather_make(&wish, &l->frame.weather);
    const ohm_lab_load_wish own = { q->load, q->state, q->device, q->demo };
    if (status == OHM_EXIT_OK && has_own_load(q))
        status = ohm_lab_load_read(&own, &l->frame, steps, &l->load_w);
    if (status == OHM_EXIT_OK && q->plan)
        status = ohm_lab_column_read(q->plan, "heat_w", &l->frame, steps, &l->heat_w);
    if (status == OHM_EXIT_OK && q->co2)
        status = ohm_lab_column_read(q->co2, "g_per_kwh", &l->frame, steps, &l->co2_g);
    if (status == OHM_EXIT_OK && q->prices)
        status = read_spots(l);
    l->frame.co2_g_per_kwh = l->co2_g;
    l->frame.load_w = l->load_w;
    l->frame.heat_w = l->heat_w;
    l->frame.colours_by_weather =
        q->colours ? !strcmp(q->colours, "weather") : l->frame.weather.typical;
    if (status == OHM_EXIT_OK && q->colours && strcmp(q->colours, "weather") != 0 &&
        strcmp(q->colours, "calendar") != 0)
        status = ohm_cmd_usage("simulate", "--colours is weather or calendar, not", q->colours);
    return status;
}

static int prepare(lab *l)
{
    const request *q = l->q;
    l->frame.step_s = (double)q->step_s;
    int status = read_when(l);
    if (status == OHM_EXIT_OK)
        status = read_world(l);
    if (status == OHM_EXIT_OK)
        status = read_series(l);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_lab_report *r = &l->report;
    r->outcomes = 1;
    for (int i = 0; i < q->varies; i++)
        r->outcomes *= q->vary[i].values;
    r->compared = !q->varies && l->world.mode == OHM_LAB_MPC && l->world.has_building;
    r->outcomes = r->compared ? 4 : r->outcomes;
    r->outcome = calloc((size_t)r->outcomes, sizeof *r->outcome);
    l->step = calloc((size_t)ohm_lab_steps(&l->frame), sizeof *l->step);
    (void)snprintf(r->title, sizeof r->title, "%s",
                   q->world          ? q->world
                   : q->load         ? q->load
                   : has_own_load(q) ? "the site's own use"
                                     : "the built-in house");
    (void)snprintf(r->weather, sizeof r->weather, "%s", q->weather ? q->weather : "synthetic");
    return r->outcome && l->step ? OHM_EXIT_OK : ohm_cmd_fail("simulate", "out of memory", NULL);
}

static int tell(lab *l)
{
    const request *q = l->q;
    ohm_lab_report *r = &l->report;
    int status = OHM_EXIT_OK;
    r->frame = &l->frame;
    r->made = &l->made;
    r->step = l->step;
    (void)snprintf(r->contract, sizeof r->contract, "%s", l->made.contract);
    r->french = q->language && !strcmp(q->language, "fr");
    r->red_days = l->made.red_days;
    r->white_days = l->made.white_days;
    if (q->out)
        status = ohm_lab_write_rows(r, q->out, q->output);
    if (status == OHM_EXIT_OK && q->html)
        status = ohm_lab_write_html(r, q->html);
    if (status == OHM_EXIT_OK && q->json && !(q->out && !q->output))
        status = ohm_lab_print_json(r);
    else if (status == OHM_EXIT_OK && !(q->out && !q->output))
        ohm_lab_print_text(r);
    if (fflush(stdout) != 0 && status == OHM_EXIT_OK)
        status = ohm_cmd_fail("standard output", "can't be written", NULL);
    return status;
}

static bool is_same_file(const char *one, const char *other)
{
    struct stat a, b;
    return other && (!strcmp(one, other) || (stat(one, &a) == 0 && stat(other, &b) == 0 &&
                                             a.st_dev == b.st_dev && a.st_ino == b.st_ino));
}

/* What is written is not what is read, and each its own; all before anything is computed. */
static int check_output(const request *q, const char *path, bool database)
{
    const char *const taken[] = { q->world,  q->weather,
                                  q->tariff, q->load,
                                  q->plan,   q->prices,
                                  q->co2,    path == q->html ? q->output : NULL };
    for (size_t i = 0; path && i < sizeof taken / sizeof *taken; i++)
        if (is_same_file(path, taken[i]))
            return ohm_cmd_usage("simulate", "is named twice, to be read or written:", path);
    return path ? ohm_lab_out_check(path, q->reset, database) : OHM_EXIT_OK;
}

static int run_lab(request *q)
{
    int status = read_numbers(q);
    if (status == OHM_EXIT_OK)
        status = check_output(q, q->output, q->out && !strcmp(q->out, "sqlite"));
    if (status == OHM_EXIT_OK)
        status = check_output(q, q->html, false);
    lab *l = status == OHM_EXIT_OK ? calloc(1, sizeof *l) : NULL;
    if (!l)
        return status == OHM_EXIT_OK ? ohm_cmd_fail("simulate", "out of memory", NULL) : status;
    l->q = q;
    status = prepare(l);
    if (status == OHM_EXIT_OK)
        status = run_all(l);
    if (status == OHM_EXIT_OK)
        status = tell(l);
    ohm_lab_series_release(&l->made);
    ohm_lab_weather_release(&l->frame.weather);
    free(l->report.outcome);
    free(l->step);
    free(l->load_w);
    free(l->heat_w);
    free(l->co2_g);
    free(l->spots);
    free(l);
    return status;
}

int ohm_cmd_lab(int argc, char **argv)
{
    request q = { .horizon_h = 24, .step_s = 900, .seed = 1, .place = { 48.85, 2.35 } };
    const ohm_option options[] = {
        { "--start", "DAY", &q.start, NULL, "the first day" },
        { "--end", "DAY", &q.end, NULL, "the last day" },
        { "--mode", "MODE", &q.mode, NULL, "mpc, manual (thermostat), ideal, plan-file (mpc)" },
        { "--world", "FILE", &q.world, NULL, "the house (a built-in one)" },
        { "--weather", "W", &q.weather, NULL,
          "synthetic, or a file .epw, .csv, .json (Open-Meteo)" },
        { "--tariff", "NAME", &q.tariff, NULL, "base, hphc, tempo, ejp, or a contract's file" },
        { "--colours", "HOW", &q.colours, NULL,
          "calendar: as they were; weather: the coldest days (typical weather)" },
        { "--forecast", "KIND", &q.forecast, NULL, "persistence or perfect (persistence)" },
        { "--horizon", "HOURS", &q.horizon_text, NULL, "of a plan (24)" },
        { "--step", "SECONDS", &q.step_text, NULL, "(900)" },
        { "--load", "FILE.csv", &q.load, NULL,
          "what was used: time, load_w, or any file that bill takes" },
        { "--device", "METER", &q.device, NULL, "what was used, of the site's store" },
        { "--state", "DIR", &q.state, NULL, "of another state folder" },
        { "--demo", NULL, NULL, &q.demo, "of the demo house" },
        { "--plan", "FILE.csv", &q.plan, NULL, "time, heat_w: what --mode plan-file follows" },
        { "--zone", "NAME", &q.zone, NULL, "of local time (Europe/Paris)" },
        { "--place", "N,E", &q.place_text, NULL,
          "of weather whose file says none, in degrees (48.85,2.35)" },
        { "--prices", "FILE", &q.prices, NULL, "utc_start,utc_end,EUR/MWh of the spot market" },
        { "--seed", "N", &q.seed_text, NULL, "of synthetic weather (1)" },
        { "--co2", "FILE.csv", &q.co2, NULL, "time, g_per_kwh: what the grid's energy emits" },
        { "--out", "FORM", &q.out, NULL, "the steps as csv, influx or sqlite" },
        { "--output", "FILE", &q.output, NULL, "where to (standard output)" },
        { "--html", "FILE", &q.html, NULL, "the report as a page with plots" },
        { "--language", "en|fr", &q.language, NULL, "of that page (en)" },
        { "--reset", NULL, NULL, &q.reset, "replace files that are there" },
        { "--json", NULL, NULL, &q.json, "the report as a JSON object" },
        { 0 },
    };
    const ohm_option_list lists[] = {
        { "--vary", "KEY=A,B", q.vary_text, OHM_LAB_VARIES_MAX, &q.varies,
          "a run for each value; several: for each of all combinations" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "simulate",
        .arguments = "",
        .about = "Lives the days in a house and says what they cost: energy by period, comfort,\n"
                 "peaks. A plan (mpc) is compared with one that knows everything, an ideal\n"
                 "controller of the same comfort and a thermostat. Without --start: the house\n"
                 "with faults (--world FILE --seed N --days D). Guide: docs/simulate.md.",
        .options = options,
        .lists = lists,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    return run_lab(&q);
}
