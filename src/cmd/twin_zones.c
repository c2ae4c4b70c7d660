/* ohmstead twin with several zones that touch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "building/zones.h"
#include "cmd/building_input.h"
#include "cmd/cmd.h"
#include "cmd/plan.h"
#include "cmd/twin_weather.h"
#include "cmd/weather_input.h"

enum { LIVED_FIRST_HOURS = 14 * 24, SUMMARY_BYTES = 8192, NAME_MAX_LEN = 40 };
static const double MASS_GUESS_C = 20;

typedef struct sums {
    double heating_wh, cooling_wh, heating_peak_w, cooling_peak_w, air_least_c, air_most_c;
} sums;

typedef struct run {
    const ohm_twin_weather_request *request;
    ohm_weather weather;
    ohm_zones zones;
    ohm_zones_model model;
    char name[OHM_ZONES_MAX][NAME_MAX_LEN];
    ohm_building_file building[OHM_ZONES_MAX];
    double mass_c[OHM_ZONES_MAX], ventilation_per_h[OHM_ZONES_MAX]; /* that the model is for */
    sums sums[OHM_ZONES_MAX];
    long steps;
} run;

bool ohm_is_zones(const json_t *root)
{
    return json_is_object(root) && json_object_get(root, "zones") != NULL;
}

/* --- the file -------------------------------------------------------------------------------- */

static int fail_zone(const run *r, int i, const char *why)
{
    char where[80];
    (void)snprintf(where, sizeof where, "zone %d%s%.40s", i + 1, r->name[i][0] ? ", " : "",
                   r->name[i]);
    return ohm_cmd_fail(r->request->params, why, where);
}

static int find_zone(const run *r, const json_t *name)
{
    for (int i = 0; json_is_string(name) && i < r->zones.count; i++)
        if (!strcmp(json_string_value(name), r->name[i]))
            return i;
    return -1;
}

static int take_zones(run *r, const json_t *list)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count < 1 || count > OHM_ZONES_MAX)
        return ohm_cmd_fail(r->request->params, "\"zones\" must be a list of 1 to 12", NULL);
    for (int i = 0; i < (int)count; i++) {
        const json_t *one = json_array_get(list, (size_t)i), *name = json_object_get(one, "name");
        const char *text = json_string_value(name);
        if (!text || !*text || strlen(text) >= NAME_MAX_LEN || strpbrk(text, ",\"\n\r") ||
            find_zone(r, name) >= 0)
            return fail_zone(r, i, "a zone needs a \"name\" of its own, without commas");
        (void)snprintf(r->name[i], sizeof r->name[i], "%s", text);
        r->zones.count = i + 1;
        int status = ohm_building_take(r->request->params, one, &r->building[i]);
        if (status != OHM_EXIT_OK)
            return status;
        if (r->building[i].step_s != r->building[0].step_s)
            return fail_zone(r, i, "all zones have one dt_s");
        r->ventilation_per_h[i] = NAN;
    }
    return OHM_EXIT_OK;
}

static int take_links(run *r, const json_t *list)
{
    size_t count = json_array_size(list);
    if (list && (!json_is_array(list) || count > OHM_ZONES_LINKS_MAX))
        return ohm_cmd_fail(r->request->params, "\"links\" must be a list of 32 at most", NULL);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i), *ends = json_object_get(one, "between");
        const json_t *air = json_object_get(one, "air_w_per_k");
        const json_t *mass = json_object_get(one, "mass_w_per_k");
        ohm_zones_link link = { find_zone(r, json_array_get(ends, 0)),
                                find_zone(r, json_array_get(ends, 1)), json_number_value(air),
                                json_number_value(mass) };
        if (json_array_size(ends) != 2 || link.a < 0 || link.b < 0 || link.a == link.b ||
            (air && !json_is_number(air)) || (mass && !json_is_number(mass)) ||
            !(link.air_w_per_k >= 0) || !(link.mass_w_per_k >= 0))
            return ohm_cmd_fail(r->request->params,
                                "a link is {\"between\": [two names], \"air_w_per_k\": 40, "
                                "\"mass_w_per_k\": 25}",
                                NULL);
        r->zones.link[r->zones.links++] = link;
    }
    return OHM_EXIT_OK;
}

static int take_file(run *r, const json_t *root)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        if (strcmp(key, "zones") != 0 && strcmp(key, "links") != 0)
            return ohm_cmd_fail(r->request->params, "beside \"zones\" and \"links\" there is no",
                                key);
    }
    int status = take_zones(r, json_object_get(root, "zones"));
    return status == OHM_EXIT_OK ? take_links(r, json_object_get(root, "links")) : status;
}

/* --- the hours ---------------------------------------------------------------------------------
 */

/* The model of an hour of the day: made anew where ventilation changes. */
static int model_of(run *r, int of_day)
{
    bool changed = false;
    for (int i = 0; i < r->zones.count; i++) {
        double ventilation = r->building[i].ventilation_per_h[of_day];
        if (ventilation == r->ventilation_per_h[i])
            continue;
        ohm_err err = ohm_envelope_zone(&r->building[i].envelope, ventilation, &r->zones.zone[i]);
        if (ohm_failed(err))
            return fail_zone(r, i, err.what);
        r->ventilation_per_h[i] = ventilation;
        changed = true;
    }
    ohm_err err = changed ? ohm_zones_check(&r->zones) : ohm_ok();
    if (changed && !ohm_failed(err))
        err = ohm_zones_prepare(&r->zones, r->building[0].step_s, &r->model);
    return ohm_failed(err) ? ohm_cmd_fail(r->request->params, err.what, NULL) : OHM_EXIT_OK;
}

static void add_up(sums *s, const ohm_zone_output *out, double hours, bool first)
{
    double heats = out->hvac_w > 0 ? out->hvac_w : 0, cools = out->hvac_w < 0 ? -out->hvac_w : 0;
    s->heating_wh += heats * hours;
    s->cooling_wh += cools * hours;
    s->heating_peak_w = heats > s->heating_peak_w ? heats : s->heating_peak_w;
    s->cooling_peak_w = cools > s->cooling_peak_w ? cools : s->cooling_peak_w;
    s->air_least_c = first || out->air_c < s->air_least_c ? out->air_c : s->air_least_c;
    s->air_most_c = first || out->air_c > s->air_most_c ? out->air_c : s->air_most_c;
}

static void live_step(run *r, const ohm_epw_hour *hour, int of_day, double middle_s, bool told)
{
    ohm_zone_input in[OHM_ZONES_MAX];
    ohm_zone_setpoints set[OHM_ZONES_MAX];
    ohm_zone_output out[OHM_ZONES_MAX];
    double before_c[OHM_ZONES_MAX], hours = r->building[0].step_s / 3600;
    ohm_sun sun = ohm_sun_at(r->weather.place, hour->begin_ms + (ohm_ms)(middle_s * 1000));
    for (int i = 0; i < r->zones.count; i++) {
        const ohm_building_file *b = &r->building[i];
        before_c[i] = r->mass_c[i];
        in[i] = (ohm_zone_input){ hour->outdoor_c, hour->outdoor_c,
                                  ohm_envelope_gains(&b->envelope, &sun, hour->direct_wm2,
                                                     hour->diffuse_wm2),
                                  b->internal_w[of_day] };
        set[i] = (ohm_zone_setpoints){ b->heating_c[of_day], b->cooling_c[of_day] };
        if (r->request->free_floating)
            set[i] = (ohm_zone_setpoints){ NAN, NAN };
    }
    ohm_zones_ideal(&r->model, r->mass_c, in, set, out);
    for (int i = 0; told && i < r->zones.count; i++) {
        if (!r->request->summary)
            printf("%ld,%s,%.10g,%.10g,%.10g,%.12g,%.12g,%.12g,%.12g,%.12g,%.12g,%.12g\n", r->steps,
                   r->name[i], in[i].outdoor_c, in[i].solar_w, in[i].internal_w, before_c[i],
                   out[i].mass_end_c, out[i].mass_c, out[i].surface_c, out[i].air_c,
                   out[i].operative_c, out[i].hvac_w);
        add_up(&r->sums[i], &out[i], hours, r->steps == 0);
    }
    r->steps += told;
}

static int live_hours(run *r, int from, bool told)
{
    int status = OHM_EXIT_OK;
    for (int h = from; h < r->weather.hours && status == OHM_EXIT_OK; h++) {
        int of_day = ohm_weather_hour_of_day(&r->weather, r->weather.hour[h].begin_ms);
        double step_s = r->building[0].step_s;
        status = model_of(r, of_day);
        for (double at_s = 0; at_s < 3600 && status == OHM_EXIT_OK; at_s += step_s)
            live_step(r, &r->weather.hour[h], of_day, at_s + step_s / 2, told);
    }
    return status;
}

static int print_summary(const run *r)
{
    char line[SUMMARY_BYTES];
    size_t len = 0;
    ohm_json json;
    ohm_json_init(&json, line, sizeof line - 1);
    ohm_json_object(&json);
    ohm_json_key_int(&json, "steps", r->steps);
    ohm_json_key(&json, "zones");
    ohm_json_object(&json);
    for (int i = 0; i < r->zones.count; i++) {
        const sums *s = &r->sums[i];
        ohm_json_key(&json, r->name[i]);
        ohm_json_object(&json);
        ohm_plan_json_number(&json, "heating_kwh", s->heating_wh / 1000);
        ohm_plan_json_number(&json, "cooling_kwh", s->cooling_wh / 1000);
        ohm_plan_json_number(&json, "heating_peak_w", s->heating_peak_w);
        ohm_plan_json_number(&json, "cooling_peak_w", s->cooling_peak_w);
        ohm_plan_json_number(&json, "t_air_min", s->air_least_c);
        ohm_plan_json_number(&json, "t_air_max", s->air_most_c);
        ohm_json_end(&json);
    }
    ohm_json_end(&json);
    ohm_json_end(&json);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return ohm_cmd_fail("answer", "is longer than it can be", NULL);
    printf("%.*s\n", (int)len, line);
    return OHM_EXIT_OK;
}

static int live(run *r)
{
    int status = OHM_EXIT_OK, hours = r->weather.hours;
    bool starts_known = true;
    for (int i = 0; i < r->zones.count; i++) {
        double start_c = r->building[i].mass_start_c;
        starts_known = starts_known && !isnan(start_c);
        r->mass_c[i] = isnan(start_c) ? MASS_GUESS_C : start_c;
    }
    if (!starts_known) /* a typical year begins as it ends */
        status = live_hours(r, hours > LIVED_FIRST_HOURS ? hours - LIVED_FIRST_HOURS : 0, false);
    if (status == OHM_EXIT_OK && !r->request->summary)
        puts("step,zone,t_out,solar_gain,int_gain,t_m_prev,t_m_next,t_m,t_s,t_air,t_op,demand");
    if (status == OHM_EXIT_OK)
        status = live_hours(r, 0, true);
    if (status == OHM_EXIT_OK && r->request->summary)
        status = print_summary(r);
    if (fflush(stdout) != 0 && status == OHM_EXIT_OK)
        status = ohm_cmd_fail("standard output", "write error", NULL);
    return status;
}

int ohm_twin_zones(const ohm_twin_weather_request *request, const json_t *root)
{
    run *r = calloc(1, sizeof *r);
    if (!r)
        return ohm_cmd_fail(request->params, "out of memory", NULL);
    r->request = request;
    int status = take_file(r, root);
    if (status == OHM_EXIT_OK)
        status = ohm_weather_read_epw(request->weather, &r->weather);
    if (status == OHM_EXIT_OK)
        status = live(r);
    ohm_weather_release(&r->weather);
    free(r);
    return status;
}
