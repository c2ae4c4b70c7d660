#include "cmd/lab_ask.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/lab_influx.h"
#include "cmd/lab_out.h"
#include "cmd/options.h"
#include "host/language.h"
#include "host/tzdata.h"
#include "tariff/csv.h"

/* --- figures that vary --------------------------------------------------------------------------
 */

static int cut_vary(ohm_lab_request *q, int i)
{
    ohm_lab_vary *v = &q->vary[i];
    (void)snprintf(v->text, sizeof v->text, "%s", q->vary_text[i]);
    char *at = strchr(v->text, '=');
    if (!at || strlen(q->vary_text[i]) >= sizeof v->text)
        return ohm_cmd_usage("simulate", "--vary takes a figure and its values, key=1,2,3, not",
                             q->vary_text[i]);
    for (*at++ = '\0'; at && v->values < OHM_LAB_VALUES_MAX;) {
        v->value[v->values++] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    if (at)
        return ohm_cmd_usage("simulate", "too many values:", q->vary_text[i]);
    for (int k = 0; k < i; k++)
        if (!strcmp(q->vary[k].text, v->text))
            return ohm_cmd_usage("simulate",
                                 "one --vary has all values of a figure; twice:", v->text);
    return OHM_EXIT_OK;
}

static int read_vary(ohm_lab_request *q)
{
    int scenarios = 1;
    for (int i = 0; i < q->varies; i++) {
        const ohm_lab_vary *v = &q->vary[i];
        int status = cut_vary(q, i);
        if (status != OHM_EXIT_OK)
            return status;
        if ((scenarios *= v->values) > OHM_LAB_SCENARIOS_MAX)
            return ohm_cmd_usage("simulate", "too many values:", q->vary_text[i]);
        for (int k = 0; k < v->values; k++) {
            static ohm_lab_world probe; /* too large for a stack; only its own figure matters */
            if (!ohm_lab_world_set(&probe, v->text, v->value[k])) {
                (void)fprintf(stderr, "ohmstead: --vary: %s\n", ohm_lab_vary_keys);
                return ohm_cmd_usage("simulate",
                                     "no such figure, or an impossible value:", q->vary_text[i]);
            }
        }
    }
    return OHM_EXIT_OK;
}

int ohm_lab_ask_turn(const ohm_lab_request *q, int scenario, int figure)
{
    for (int i = q->varies - 1; i > figure; i--)
        scenario /= q->vary[i].values;
    return scenario % q->vary[figure].values;
}

/* --- when ---------------------------------------------------------------------------------------
 */

static bool read_date(const char *text, int64_t *ret_day)
{
    int64_t year, month, day;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
        ohm_number_int(ohm_span_of(text, 4), &year) != OHM_OK ||
        ohm_number_int(ohm_span_of(text + 5, 2), &month) != OHM_OK ||
        ohm_number_int(ohm_span_of(text + 8, 2), &day) != OHM_OK || year < 1970 || year > 2199 ||
        !ohm_date_valid((int)year, (int)month, (int)day))
        return false;
    *ret_day = ohm_days_from_date(
        (ohm_date){ .year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day });
    return true;
}

/* A day, from its start or (`ends`) to its end; or a full hour, local or with its offset. */
static bool read_instant(const char *text, const ohm_tz *tz, bool ends, ohm_ms *out)
{
    int64_t day;
    if (read_date(text, &day)) {
        ohm_interval of = ohm_date_interval(tz, ohm_date_from_days(day));
        *out = ends ? of.to_ms : of.from_ms;
        return true;
    }
    if (strlen(text) < 13 || text[4] != '-' ||
        ohm_csv_time(ohm_span_text(text), tz, OHM_NO_MS, out) != OHM_OK)
        return false;
    ohm_civil civil = ohm_civil_from_utc(tz, *out);
    return civil.minute == 0 && civil.second == 0 && civil.ms == 0;
}

int ohm_lab_ask_when(const ohm_lab_request *q, ohm_lab_frame *frame, int *ret_days)
{
    const char *zone = q->zone ? q->zone : "Europe/Paris";
    ohm_ms from_ms, to_ms;
    ohm_err err = ohm_tzdata_load(zone, &frame->tz);
    if (ohm_failed(err))
        return ohm_cmd_fail(zone, err.what, NULL);
    if (!q->start)
        return ohm_cmd_usage("simulate", "--start DAY is missing", NULL);
    if (!q->end)
        return ohm_cmd_usage("simulate", "--end DAY, the last one, is missing", NULL);
    if (!read_instant(q->start, &frame->tz, false, &from_ms))
        return ohm_cmd_usage("simulate",
                             "--start is a day from 1970 to 2199, YYYY-MM-DD, or a full hour, "
                             "YYYY-MM-DDTHH:00, not",
                             q->start);
    if (!read_instant(q->end, &frame->tz, true, &to_ms))
        return ohm_cmd_usage("simulate",
                             "--end is the last day, YYYY-MM-DD, or the full hour at which it "
                             "ends, YYYY-MM-DDTHH:00, not",
                             q->end);
    if (to_ms <= from_ms)
        return ohm_cmd_usage("simulate", "--end lies before --start:", q->end);
    int64_t first = ohm_days_from_date(ohm_civil_from_utc(&frame->tz, from_ms).date);
    int64_t last = ohm_days_from_date(ohm_civil_from_utc(&frame->tz, to_ms - 1).date);
    if (last - first >= OHM_LAB_DAYS_MAX)
        return ohm_cmd_usage("simulate", "more than ten years up to --end", q->end);
    if ((to_ms - from_ms) % (1000 * q->step_s) != 0)
        return ohm_cmd_usage("simulate",
                             "clocks move by less than a step in these days: --step 1800, 900 or "
                             "600, not",
                             q->step_text ? q->step_text : "900");
    frame->when = (ohm_interval){ from_ms, to_ms };
    *ret_days = (int)(last - first + 1);
    return OHM_EXIT_OK;
}

/* --- numbers and words --------------------------------------------------------------------------
 */

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

static int read_numbers(ohm_lab_request *q)
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
    if (!read_count(q->seed_text, 0, INT64_MAX, &q->seed))
        return ohm_cmd_usage("simulate", "--seed is a number, not", q->seed_text);
    if (q->seed_text && q->weather && strcmp(q->weather, "synthetic") != 0)
        return ohm_cmd_usage("simulate", "--seed is of synthetic weather, not of", q->weather);
    if (q->place_text && q->weather && ohm_lab_weather_says_place(q->weather))
        return ohm_cmd_usage(
            "simulate", "--place is for weather whose file does not say it, not for", q->weather);
    if (q->load && (q->device || q->state || q->demo))
        return ohm_cmd_usage("simulate",
                             "--load goes without --device, --state and --demo, not with",
                             q->device  ? q->device
                             : q->state ? q->state
                                        : "--demo");
    return read_vary(q);
}

/* NULL, or one of two words. */
static bool is_word(const char *text, const char *one, const char *other)
{
    return !text || !strcmp(text, one) || !strcmp(text, other);
}

static int read_words(ohm_lab_request *q)
{
    if (!is_word(q->language, "en", "fr"))
        return ohm_cmd_usage("simulate", "--language is en or fr, not", q->language);
    q->french = q->language ? !strcmp(q->language, "fr") : ohm_language_french();
    ohm_cmd_speak(q->french);
    if (!is_word(q->colours, "weather", "calendar"))
        return ohm_cmd_usage("simulate", "--colours is weather or calendar, not", q->colours);
    if (!is_word(q->out, "csv", "sqlite") && strcmp(q->out, "influx") != 0)
        return ohm_cmd_usage("simulate", "--out is csv, sqlite or influx, not", q->out);
    if (q->out && !strcmp(q->out, "sqlite") && !q->output)
        return ohm_cmd_usage("simulate", "--out sqlite needs --output FILE", NULL);
    if (q->output && !q->out)
        return ohm_cmd_usage("simulate", "--output goes with --out", NULL);
    if (q->out && !q->output && q->json)
        return ohm_cmd_usage(
            "simulate", "--json and steps on the standard output: --output FILE takes the steps",
            NULL);
    bool resets = q->reset && !q->output && !q->html;
    if (resets && !q->start && !q->end)
        return ohm_cmd_usage("simulate", "--reset goes with --output or --html", NULL);
    if (resets) /* asked so by habit: no harm */
        (void)ohm_cmd_fail("--reset", "there is no --output and no --html to replace", NULL);
    return OHM_EXIT_OK;
}

static int check_plan(const ohm_lab_request *q)
{
    bool file = q->mode && !strcmp(q->mode, "plan-file");
    for (int i = 0; i < q->varies; i++)
        for (int k = 0; k < q->vary[i].values && !strcmp(q->vary[i].text, "mode"); k++)
            file = file || !strcmp(q->vary[i].value[k], "plan-file");
    if (file != (q->plan != NULL))
        return ohm_cmd_usage("simulate", "--mode plan-file and --plan FILE go together", NULL);
    return OHM_EXIT_OK;
}

bool ohm_lab_ask_own_load(const ohm_lab_request *q)
{
    return q->load || q->state || q->demo || q->device;
}

/* --- what is written ----------------------------------------------------------------------------
 */

static bool is_same_file(const char *one, const char *other)
{
    struct stat a, b;
    return other && (!strcmp(one, other) || (stat(one, &a) == 0 && stat(other, &b) == 0 &&
                                             a.st_dev == b.st_dev && a.st_ino == b.st_ino));
}

/* What is written is not what is read, and each its own; all before anything is computed. */
static int check_output(const ohm_lab_request *q, const char *path, bool database)
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

static int check_outputs(const ohm_lab_request *q)
{
    int status;
    if (q->output && ohm_lab_influx_is(q->output))
        status = strcmp(q->out, "influx") != 0
                     ? ohm_cmd_usage("simulate", "--out influx goes to a server, not", q->out)
                     : ohm_lab_influx_check(q->output);
    else
        status = check_output(q, q->output, q->out && !strcmp(q->out, "sqlite"));
    return status == OHM_EXIT_OK ? check_output(q, q->html, false) : status;
}

/* Only what was written before is to go. */
static int reset_alone(const ohm_lab_request *q)
{
    const char *const paths[] = { q->output, q->html };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int status = OHM_EXIT_OK;
        if (paths[i] && ohm_lab_influx_is(paths[i]))
            status = ohm_lab_influx_reset(paths[i]);
        else if (paths[i])
            status = ohm_lab_out_remove(paths[i]);
        if (status != OHM_EXIT_OK)
            return status;
    }
    return OHM_EXIT_OK;
}

/* --- the options --------------------------------------------------------------------------------
 */

static bool read_options(int argc, char **argv, ohm_lab_request *q, int *ret_status)
{
    const ohm_option options[] = {
        { "--start", "DAY", &q->start, NULL, "the first day, or an hour: 2026-02-01T00:00" },
        { "--end", "DAY", &q->end, NULL, "the last day; or the hour at which it ends" },
        { "--mode", "MODE", &q->mode, NULL, "mpc, manual (thermostat), ideal, plan-file (mpc)" },
        { "--world", "FILE", &q->world, NULL, "the house (a built-in one)" },
        { "--weather", "W", &q->weather, NULL,
          "synthetic, or a file .epw, .csv, .json (Open-Meteo)" },
        { "--tariff", "NAME", &q->tariff, NULL, "base, hphc, tempo, ejp, or a contract's file" },
        { "--colours", "HOW", &q->colours, NULL,
          "calendar: as they were; weather: the coldest days (typical weather)" },
        { "--forecast", "KIND", &q->forecast, NULL, "persistence or perfect (persistence)" },
        { "--horizon", "HOURS", &q->horizon_text, NULL, "of a plan (24)" },
        { "--step", "SECONDS", &q->step_text, NULL, "(900)" },
        { "--load", "FILE.csv", &q->load, NULL,
          "what was used: time, load_w, or any file that bill takes" },
        { "--device", "METER", &q->device, NULL, "what was used, of the site's store" },
        { "--state", "DIR", &q->state, NULL, "of another state folder" },
        { "--demo", NULL, NULL, &q->demo, "of the demo house" },
        { "--plan", "FILE.csv", &q->plan, NULL,
          "time, heat_w or valve (%): what --mode plan-file follows" },
        { "--zone", "NAME", &q->zone, NULL, "of local time (Europe/Paris)" },
        { "--place", "N,E", &q->place_text, NULL,
          "of weather whose file says none, in degrees (48.85,2.35)" },
        { "--prices", "FILE", &q->prices, NULL, "utc_start,utc_end,EUR/MWh of the spot market" },
        { "--seed", "N", &q->seed_text, NULL, "of synthetic weather (1)" },
        { "--co2", "FILE.csv", &q->co2, NULL, "time, g_per_kwh: what the grid's energy emits" },
        { "--out", "FORM", &q->out, NULL, "the steps as csv, influx or sqlite" },
        { "--output", "FILE", &q->output, NULL,
          "where to (standard output); influx: or a server's write address" },
        { "--html", "FILE", &q->html, NULL, "the report as a page with plots" },
        { "--language", "en|fr", &q->language, NULL, "of the report (LANG's)" },
        { "--reset", NULL, NULL, &q->reset,
          "replace what is there; without --start: only remove it" },
        { "--json", NULL, NULL, &q->json, "the report as a JSON object" },
        { 0 },
    };
    const ohm_option_list lists[] = {
        { "--vary", "KEY=A,B", q->vary_text, OHM_LAB_VARIES_MAX, &q->varies,
          "a run for each value; several: for each of all combinations" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "simulate",
        .arguments = "",
        .about = "Lives the days in a house and says what they cost: energy by period, comfort,\n"
                 "peaks. A plan (mpc) is compared with one that knows everything, an ideal\n"
                 "controller of the same comfort and a thermostat. Ctrl-C ends a sweep with what\n"
                 "was done so far. Without --start: the house with faults (--world FILE --seed N\n"
                 "--days D). Guide: docs/simulate.md.",
        .options = options,
        .lists = lists,
    };
    return ohm_options_read(&verb, argc, argv, NULL, ret_status) >= 0;
}

bool ohm_lab_ask(int argc, char **argv, ohm_lab_request *out, int *ret_status)
{
    *out = (ohm_lab_request){ .horizon_h = 24, .step_s = 900, .seed = 1, .place = { 48.85, 2.35 } };
    ohm_cmd_speak(ohm_language_french());
    if (!read_options(argc, argv, out, ret_status))
        return false;
    int status = read_words(out);
    if (status == OHM_EXIT_OK)
        status = read_numbers(out);
    if (status == OHM_EXIT_OK)
        status = check_plan(out);
    if (status == OHM_EXIT_OK)
        status = check_outputs(out);
    bool alone = status == OHM_EXIT_OK && out->reset && !out->start && !out->end;
    *ret_status = alone ? reset_alone(out) : status;
    return status == OHM_EXIT_OK && !alone;
}
