/* The laboratory's weather: a typical year's file on any dates, measured series, or a made one. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "building/sun.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "cmd/lab.h"
#include "cmd/weather_input.h"
#include "tariff/csv.h"

enum { YEAR_HOURS = 366 * 24, AHEAD_MAX_S = 24 * 3600 };

static bool get(ohm_lab_weather *w)
{
    size_t hours = (size_t)w->hours;
    w->outdoor_c = malloc(3 * hours * sizeof *w->outdoor_c);
    if (!w->outdoor_c)
        return false;
    w->direct_wm2 = w->outdoor_c + hours;
    w->diffuse_wm2 = w->direct_wm2 + hours;
    for (size_t i = 0; i < 3 * hours; i++)
        w->outdoor_c[i] = NAN;
    return true;
}

void ohm_lab_weather_release(ohm_lab_weather *weather)
{
    free(weather->outdoor_c);
    weather->outdoor_c = NULL;
}

/* The hour that an instant is in; -1: none of ours. */
static int hour_of(const ohm_lab_weather *w, ohm_ms at_ms)
{
    if (at_ms < w->from_ms)
        return -1;
    int64_t hour = (at_ms - w->from_ms) / OHM_HOUR_MS;
    return hour < w->hours ? (int)hour : -1;
}

/* --- synthetic ---------------------------------------------------------------------------------
 */

/* Chance of a day, in [0, 1): the same whatever is simulated before it. */
static double chance(uint64_t seed, int64_t day, uint64_t kind)
{
    uint64_t z = seed * 0x9e3779b97f4a7c15u + (uint64_t)day * 0xbf58476d1ce4e5b9u + kind;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* A wave that has a new height every `span` days. */
static double wave(uint64_t seed, double day, int span, uint64_t kind)
{
    double at = day / span, part = at - floor(at), smooth = part * part * (3 - 2 * part);
    int64_t node = (int64_t)floor(at);
    return 2 * ((1 - smooth) * chance(seed, node, kind) + smooth * chance(seed, node + 1, kind)) -
           1;
}

/* A climate like that of Paris, under the sun of the place: spells of a week and of a day, clouds,
 * and what clear air lets through (Meinel and Meinel, 1976: 0.7 to the power of air mass to the
 * 0.678). */
static void synthesise(ohm_lab_weather *w, uint64_t seed)
{
    for (int h = 0; h < w->hours; h++) {
        ohm_ms middle_ms = w->from_ms + (ohm_ms)h * OHM_HOUR_MS + OHM_HOUR_MS / 2;
        double day = (double)middle_ms / (24.0 * OHM_HOUR_MS), hour = 24 * (day - floor(day));
        double cloud = 0.5 + 0.5 * wave(seed, day, 3, 1) + 0.25 * wave(seed, day, 1, 2);
        cloud = cloud < 0 ? 0 : cloud > 1 ? 1 : cloud;
        double season = -cos(2 * 3.14159265358979 * (day - 20) / 365.2425);
        double swing = (5 - 3 * cloud) * sin(2 * 3.14159265358979 * (hour - 8.5) / 24);
        w->outdoor_c[h] =
            11.5 + 7.5 * season + swing + 5 * wave(seed, day, 7, 3) + 2 * wave(seed, day, 2, 4);
        double up = ohm_sun_at(w->place, middle_ms).towards.up;
        double clear = up > 0.01 ? pow(0.7, pow(1 / up, 0.678)) : 0;
        w->direct_wm2[h] = 1361 * clear * (1 - cloud) * (1 - cloud);
        w->diffuse_wm2[h] = up > 0 ? (70 + 180 * cloud) * up : 0;
    }
}

/* --- a typical year ----------------------------------------------------------------------------
 */

/* The 29 of February is the day before it. */
static int place_in_year(int month, int day, int hour)
{
    return ((month - 1) * 31 + (month == 2 && day == 29 ? 28 : day) - 1) * 24 + hour;
}

static int take_epw(const char *path, ohm_lab_weather *w)
{
    ohm_weather year;
    int status = ohm_weather_read_epw(path, &year);
    if (status != OHM_EXIT_OK)
        return status;
    enum { PLACES = 12 * 31 * 24 };
    int *row = malloc(PLACES * sizeof *row);
    ohm_tz utc;
    ohm_tz_utc(&utc);
    for (int i = 0; row && i < PLACES; i++)
        row[i] = -1;
    ohm_ms ahead_ms = (ohm_ms)(year.zone_h * OHM_HOUR_MS); /* local standard time, as if UTC */
    for (int i = 0; row && i < year.hours; i++) {
        ohm_civil c = ohm_civil_from_utc(&utc, year.hour[i].begin_ms + ahead_ms);
        row[place_in_year(c.date.month, c.date.day, c.hour)] = i;
    }
    w->place = year.place;
    for (int h = 0; row && h < w->hours; h++) {
        ohm_civil c = ohm_civil_from_utc(&utc, w->from_ms + (ohm_ms)h * OHM_HOUR_MS + ahead_ms);
        int i = row[place_in_year(c.date.month, c.date.day, c.hour)];
        if (i < 0)
            continue; /* a gap is found later */
        w->outdoor_c[h] = year.hour[i].outdoor_c;
        w->direct_wm2[h] = year.hour[i].direct_wm2;
        w->diffuse_wm2[h] = year.hour[i].diffuse_wm2;
    }
    if (!row)
        status = ohm_cmd_fail(path, "out of memory", NULL);
    free(row);
    ohm_weather_release(&year);
    return status;
}

/* --- the archive of Open-Meteo -----------------------------------------------------------------
 */

static bool list_number(const json_t *list, size_t i, double *out)
{
    const json_t *one = json_array_get(list, i);
    *out = json_number_value(one);
    return json_is_number(one);
}

static bool ahead_of_utc(const json_t *root, ohm_ms *out)
{
    double seconds = json_number_value(json_object_get(root, "utc_offset_seconds"));
    bool sane = fabs(seconds) <= AHEAD_MAX_S;
    *out = sane ? (ohm_ms)(seconds * 1000) : 0;
    return sane;
}

/* "2026-01-12T07:00"; it may be shorter than its day. */
static bool read_stamp(const char *stamp, ohm_ms *out)
{
    char text[32] = "";
    ohm_tz utc;
    ohm_tz_utc(&utc);
    (void)snprintf(text, sizeof text, "%.16s:00", stamp ? stamp : "");
    if (text[10] == 'T')
        text[10] = ' ';
    return ohm_csv_time(ohm_span_text(text), &utc, OHM_NO_MS, out) == OHM_OK;
}

/* Temperatures are of the instant, light is the mean of the hour before it: what the service's
 * own documentation says of its hourly variables. */
static int take_archive(const char *path, ohm_lab_weather *w)
{
    json_t *root = ohm_json_file(path);
    if (!root)
        return OHM_EXIT_FAILED;
    const json_t *hourly = json_object_get(root, "hourly"), *time = json_object_get(hourly, "time");
    const json_t *warm = json_object_get(hourly, "temperature_2m");
    const json_t *direct = json_object_get(hourly, "direct_normal_irradiance");
    const json_t *diffuse = json_object_get(hourly, "diffuse_radiation");
    int status = OHM_EXIT_OK;
    if (!json_is_array(time) || !json_is_array(warm) || !json_is_array(direct) ||
        !json_is_array(diffuse))
        status = ohm_cmd_fail(path, "is no archive of Open-Meteo with what is needed",
                              "hourly=temperature_2m,direct_normal_irradiance,diffuse_radiation");
    w->place = (ohm_place){ json_number_value(json_object_get(root, "latitude")),
                            json_number_value(json_object_get(root, "longitude")) };
    const json_t *north = json_object_get(root, "latitude");
    const json_t *east = json_object_get(root, "longitude");
    if (status == OHM_EXIT_OK &&
        (!json_is_number(north) || !json_is_number(east) || fabs(w->place.latitude_deg) > 90 ||
         fabs(w->place.longitude_deg) > 180))
        status = ohm_cmd_fail(path, "does not say where it is: latitude, longitude", NULL);
    ohm_ms ahead_ms = 0;
    if (status == OHM_EXIT_OK && !ahead_of_utc(root, &ahead_ms))
        status = ohm_cmd_fail(path, "is no archive of Open-Meteo: no zone is so far from UTC",
                              "utc_offset_seconds");
    for (size_t i = 0; status == OHM_EXIT_OK && i < json_array_size(time); i++) {
        const char *stamp = json_string_value(json_array_get(time, i));
        ohm_ms at_ms;
        double value;
        if (!read_stamp(stamp, &at_ms)) {
            status = ohm_cmd_fail(path, "a time is not understood:", stamp);
            break;
        }
        int here = hour_of(w, at_ms - ahead_ms),
            before = hour_of(w, at_ms - ahead_ms - OHM_HOUR_MS);
        if (here >= 0 && list_number(warm, i, &value))
            w->outdoor_c[here] = value;
        if (before >= 0 && list_number(direct, i, &value))
            w->direct_wm2[before] = value;
        if (before >= 0 && list_number(diffuse, i, &value))
            w->diffuse_wm2[before] = value;
    }
    json_decref(root);
    return status;
}

/* --- CSV -----------------------------------------------------------------------------------------
 */

/* Several rows of an hour are averaged. */
static bool take_means(const ohm_columns *file, const double *values, const ohm_lab_weather *w,
                       double *out)
{
    int *count = calloc((size_t)w->hours, sizeof *count);
    for (size_t row = 0; count && row < file->rows; row++) {
        int hour = hour_of(w, file->time_ms[row]);
        if (hour < 0 || isnan(values[row]))
            continue;
        double sum = count[hour] ? out[hour] * count[hour] : 0;
        out[hour] = (sum + values[row]) / ++count[hour];
    }
    free(count);
    return count != NULL;
}

static int take_csv(const char *path, const ohm_tz *tz, ohm_lab_weather *w)
{
    double *const out[] = { w->outdoor_c, w->direct_wm2, w->diffuse_wm2 };
    static const char *const names[] = { "t_out", "direct", "diffuse" };
    ohm_columns file;
    int status = ohm_columns_read(path, NULL, tz, &file);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(path, &file);
    for (size_t i = 0; i < sizeof names / sizeof *names && status == OHM_EXIT_OK; i++) {
        const ohm_column *column = ohm_columns_find(&file, names[i]);
        if (!column)
            status = ohm_cmd_fail(
                path, "has not the columns t_out, direct and diffuse (W/m2):", names[i]);
        else if (!take_means(&file, column->values, w, out[i]))
            status = ohm_cmd_fail(path, "out of memory", NULL);
    }
    ohm_columns_release(&file);
    return status;
}

/* --- which of them
 * --------------------------------------------------------------------------------- */

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), of = strlen(end);
    return len >= of && strcasecmp(text + len - of, end) == 0;
}

bool ohm_lab_weather_says_place(const char *source)
{
    return ends_in(source, ".epw") || ends_in(source, ".json");
}

/* A gap is named; the weather of an hour that nobody knows is not made up. */
static int check_whole(const char *path, const ohm_lab_weather *w)
{
    const struct {
        const char *name;
        const double *values;
        double least, most;
    } rows[] = { { "t_out", w->outdoor_c, -90, 70 },
                 { "direct", w->direct_wm2, 0, 2000 },
                 { "diffuse", w->diffuse_wm2, 0, 2000 } };
    enum { ROWS = sizeof rows / sizeof *rows };
    for (int i = 0; i < ROWS * w->hours; i++) { /* the first hour, whatever lacks in it */
        double value = rows[i % ROWS].values[i / ROWS];
        if (value >= rows[i % ROWS].least && value <= rows[i % ROWS].most)
            continue;
        char at[OHM_RFC3339_MAX], where[96];
        (void)ohm_rfc3339_write(w->from_ms + (ohm_ms)(i / ROWS) * OHM_HOUR_MS, at);
        (void)snprintf(where, sizeof where, "%s, %s = %g", at, rows[i % ROWS].name, value);
        return isnan(value)
                   ? ohm_cmd_fail(path, "the weather has a gap in the hour from", at)
                   : ohm_cmd_fail(path, "no weather has that value, in the hour from", where);
    }
    return OHM_EXIT_OK;
}

int ohm_lab_weather_make(const ohm_lab_weather_wish *wish, ohm_lab_weather *out)
{
    ohm_lab_weather w = { .from_ms = wish->when.from_ms, .place = wish->place };
    /* Clocks that move by half an hour end their day within one. */
    w.hours = (int)((wish->when.to_ms - wish->when.from_ms + OHM_HOUR_MS - 1) / OHM_HOUR_MS);
    int status = OHM_EXIT_OK;
    if (!get(&w))
        return ohm_cmd_fail("weather", "out of memory", NULL);
    if (!strcmp(wish->source, "synthetic")) {
        synthesise(&w, wish->seed);
        w.typical = true;
    } else if (ends_in(wish->source, ".epw")) {
        status = take_epw(wish->source, &w);
        w.typical = true;
    } else if (ends_in(wish->source, ".json")) {
        status = take_archive(wish->source, &w);
    } else if (ends_in(wish->source, ".csv")) {
        status = take_csv(wish->source, wish->tz, &w);
    } else {
        status = ohm_cmd_usage(
            "simulate", "--weather is synthetic or a file .epw, .csv, .json, not", wish->source);
    }
    if (status == OHM_EXIT_OK)
        status = check_whole(wish->source, &w);
    if (status == OHM_EXIT_OK)
        *out = w;
    else
        ohm_lab_weather_release(&w);
    return status;
}
