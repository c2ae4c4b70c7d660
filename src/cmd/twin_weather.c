#include "cmd/twin_weather.h"

#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd/building_input.h"
#include "cmd/cmd.h"
#include "cmd/plan.h"
#include "cmd/weather_input.h"

enum { LIVED_FIRST_HOURS = 14 * 24, SUMMARY_BYTES = 2048 };
static const double MASS_GUESS_C = 20;

typedef struct sums {
    double heating_wh, cooling_wh, heating_peak_w, cooling_peak_w;
    double air_least_c, air_most_c, air_sum_c;
    long steps;
} sums;

typedef struct run {
    const ohm_twin_weather_request *request;
    ohm_building_file building;
    ohm_weather weather;
    double ventilation_per_h; /* that `model` is for */
    ohm_zone_model model;
    double mass_c;
    sums sums;
} run;

/* The model of an hour; zones with other ventilation were checked as the file was read. */
static int model_of(run *r, int hour_of_day)
{
    double ventilation = r->building.ventilation_per_h[hour_of_day];
    if (ventilation == r->ventilation_per_h)
        return OHM_EXIT_OK;
    ohm_zone zone;
    ohm_err err = ohm_envelope_zone(&r->building.envelope, ventilation, &zone);
    if (ohm_failed(err))
        return ohm_cmd_fail(r->request->params, err.what, NULL);
    r->model = ohm_zone_prepare(&zone, r->building.step_s);
    r->ventilation_per_h = ventilation;
    return OHM_EXIT_OK;
}

static void add_up(sums *s, const ohm_zone_output *out, double hours)
{
    double heats = out->hvac_w > 0 ? out->hvac_w : 0, cools = out->hvac_w < 0 ? -out->hvac_w : 0;
    s->heating_wh += heats * hours;
    s->cooling_wh += cools * hours;
    s->heating_peak_w = heats > s->heating_peak_w ? heats : s->heating_peak_w;
    s->cooling_peak_w = cools > s->cooling_peak_w ? cools : s->cooling_peak_w;
    s->air_least_c = !s->steps || out->air_c < s->air_least_c ? out->air_c : s->air_least_c;
    s->air_most_c = !s->steps || out->air_c > s->air_most_c ? out->air_c : s->air_most_c;
    s->air_sum_c += out->air_c;
    s->steps++;
}

/* `told`: what is lived belongs to the answer. */
static int live_hour(run *r, const ohm_epw_hour *hour, bool told)
{
    const ohm_building_file *b = &r->building;
    int of_day = ohm_weather_hour_of_day(&r->weather, hour->begin_ms);
    int status = model_of(r, of_day), steps = (int)(3600 / b->step_s);
    ohm_zone_setpoints set = { b->heating_c[of_day], b->cooling_c[of_day] };
    if (r->request->free_floating)
        set = (ohm_zone_setpoints){ NAN, NAN };
    for (int i = 0; i < steps && status == OHM_EXIT_OK; i++) {
        ohm_ms middle_ms = hour->begin_ms + (ohm_ms)((i + 0.5) * b->step_s * 1000);
        ohm_sun sun = ohm_sun_at(r->weather.place, middle_ms);
        ohm_zone_input in = { hour->outdoor_c, hour->outdoor_c,
                              ohm_envelope_gains(&b->envelope, &sun, hour->direct_wm2,
                                                 hour->diffuse_wm2),
                              b->internal_w[of_day] };
        ohm_zone_output out = ohm_zone_ideal(&r->model, r->mass_c, &in, set);
        if (told && !r->request->summary)
            printf("%ld,%.10g,%.10g,%.10g,%.12g,%.12g,%.12g,%.12g,%.12g,%.12g,%.12g\n",
                   r->sums.steps, in.outdoor_c, in.solar_w, in.internal_w, r->mass_c,
                   out.mass_end_c, out.mass_c, out.surface_c, out.air_c, out.operative_c,
                   out.hvac_w);
        if (told)
            add_up(&r->sums, &out, b->step_s / 3600);
        r->mass_c = out.mass_end_c;
    }
    return status;
}

static int print_summary(const run *r)
{
    char line[SUMMARY_BYTES];
    size_t len = 0;
    const sums *s = &r->sums;
    ohm_zone zone = r->model.zone;
    ohm_json json;
    ohm_json_init(&json, line, sizeof line - 1);
    ohm_json_object(&json);
    ohm_json_key_int(&json, "steps", s->steps);
    ohm_plan_json_number(&json, "heating_kwh", s->heating_wh / 1000);
    ohm_plan_json_number(&json, "cooling_kwh", s->cooling_wh / 1000);
    ohm_plan_json_number(&json, "heating_peak_w", s->heating_peak_w);
    ohm_plan_json_number(&json, "cooling_peak_w", s->cooling_peak_w);
    ohm_plan_json_number(&json, "t_air_min", s->air_least_c);
    ohm_plan_json_number(&json, "t_air_max", s->air_most_c);
    ohm_plan_json_number(&json, "t_air_mean", s->air_sum_c / (double)s->steps);
    ohm_json_key(&json, "zone");
    ohm_json_object(&json);
    ohm_plan_json_number(&json, "h_tr_em", zone.h_tr_em_w_per_k);
    ohm_plan_json_number(&json, "h_tr_w", zone.h_tr_w_w_per_k);
    ohm_plan_json_number(&json, "h_tr_ms", zone.h_tr_ms_w_per_k);
    ohm_plan_json_number(&json, "h_tr_is", zone.h_tr_is_w_per_k);
    ohm_plan_json_number(&json, "h_ve_adj", zone.h_ve_w_per_k);
    ohm_plan_json_number(&json, "c_m", zone.c_m_j_per_k);
    ohm_plan_json_number(&json, "mass_area", zone.mass_area_m2);
    ohm_plan_json_number(&json, "A_t", zone.total_area_m2);
    ohm_json_end(&json);
    ohm_json_end(&json);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return ohm_cmd_fail("answer", "is longer than it can be", NULL);
    line[len] = '\0';
    (void)puts(line);
    return OHM_EXIT_OK;
}

/* Without a start the file's last two weeks are lived first: a typical year begins as it ends. */
static int live(run *r)
{
    const ohm_weather *w = &r->weather;
    int status = OHM_EXIT_OK,
        first = w->hours > LIVED_FIRST_HOURS ? w->hours - LIVED_FIRST_HOURS : 0;
    r->mass_c = r->building.mass_start_c;
    r->ventilation_per_h = NAN;
    if (isnan(r->mass_c)) {
        r->mass_c = MASS_GUESS_C;
        for (int h = first; h < w->hours && status == OHM_EXIT_OK; h++)
            status = live_hour(r, &w->hour[h], false);
    }
    if (!r->request->summary)
        puts("step,t_out,solar_gain,int_gain,t_m_prev,t_m_next,t_m,t_s,t_air,t_op,demand");
    for (int h = 0; h < w->hours && status == OHM_EXIT_OK; h++)
        status = live_hour(r, &w->hour[h], true);
    if (status == OHM_EXIT_OK && r->request->summary)
        status = print_summary(r);
    if (fflush(stdout) != 0 && status == OHM_EXIT_OK)
        status = ohm_cmd_fail("standard output", "write error", NULL);
    return status;
}

int ohm_twin_weather(const ohm_twin_weather_request *request, const json_t *root)
{
    run r = { .request = request };
    int status = ohm_building_take(request->params, root, &r.building);
    if (status == OHM_EXIT_OK)
        status = ohm_weather_read_epw(request->weather, &r.weather);
    if (status != OHM_EXIT_OK)
        return status;
    status = live(&r);
    ohm_weather_release(&r.weather);
    return status;
}
