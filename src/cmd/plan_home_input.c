#include <stdlib.h>
#include <string.h>

#include "cmd/plan.h"

#define NUMBER_MAX 1e5

enum { SERIES = 9 };

typedef struct field {
    const char *key;
    double *to;
} field;

static bool read_fields(json_t *object, const char *name, const field *fields, size_t count,
                        ohm_plan_fault *fault)
{
    if (!json_is_object(object))
        return ohm_plan_fault_set(fault, name, "is missing or no object");
    for (size_t i = 0; i < count; i++)
        if (!ohm_plan_number(object, fields[i].key, -NUMBER_MAX, NUMBER_MAX, fields[i].to, fault))
            return false;
    return true;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool read_battery(json_t *params, ohm_home_battery *out, ohm_plan_fault *fault)
{
    const field fields[] = { { "E", &out->most_kwh },           { "Emin", &out->least_kwh },
                             { "E0", &out->start_kwh },         { "Pc", &out->charge_kw },
                             { "Pd", &out->discharge_kw },      { "etac", &out->charge_ratio },
                             { "etad", &out->discharge_ratio }, { "deg", &out->wear_eur_per_kwh } };
    return read_fields(json_object_get(params, "bat"), "params.bat", fields, COUNT(fields), fault);
}

static bool read_car(json_t *params, ohm_home_car *out, ohm_plan_fault *fault)
{
    const field fields[] = { { "pmin", &out->least_kw },
                             { "pmax", &out->most_kw },
                             { "eta", &out->ratio },
                             { "need_kWh", &out->need_kwh },
                             { "short_pen", &out->short_eur_per_kwh } };
    return read_fields(json_object_get(params, "ev"), "params.ev", fields, COUNT(fields), fault);
}

static bool read_tank(json_t *params, ohm_home_tank *out, ohm_plan_fault *fault)
{
    const field fields[] = {
        { "p", &out->power_kw },     { "loss", &out->loss_ratio },
        { "W0", &out->start_kwh },   { "Wmax", &out->most_kwh },
        { "Wmin", &out->least_kwh }, { "short_pen", &out->short_eur_per_kwh }
    };
    return read_fields(json_object_get(params, "tank"), "params.tank", fields, COUNT(fields),
                       fault);
}

static bool read_pump(json_t *root, json_t *params, ohm_home_pump *out, ohm_plan_fault *fault)
{
    json_t *hp = json_object_get(params, "hp");
    int running = 0;
    const field fields[] = { { "pmin", &out->least_kw },        { "pmax", &out->most_kw },
                             { "start_cost", &out->start_eur }, { "Tmin", &out->low_c },
                             { "Tmax", &out->high_c },          { "w_lo", &out->low_eur },
                             { "w_hi", &out->high_eur },        { "x0", &out->start_c },
                             { "xref", &out->end_c },           { "w_term", &out->end_eur } };
    const field model[] = {
        { "A", &out->a }, { "B", &out->b }, { "C", &out->c }, { "D", &out->d }
    };
    bool good =
        read_fields(hp, "params.hp", fields, COUNT(fields), fault) &&
        ohm_plan_count(hp, "min_on", 0, OHM_HOME_HOLD_MAX, &out->hold_on, fault) &&
        ohm_plan_count(hp, "min_off", 0, OHM_HOME_HOLD_MAX, &out->hold_off, fault) &&
        ohm_plan_count(hp, "z0", 0, 1, &running, fault) &&
        read_fields(json_object_get(root, "thermal"), "thermal", model, COUNT(model), fault);
    out->running = running != 0;
    return good;
}

/* Devices that are not there need no series: theirs stay 0. */
static bool read_series(json_t *root, ohm_home_input *out, ohm_plan_fault *fault)
{
    ohm_home *home = &out->problem;
    json_t *series = json_object_get(root, "series");
    size_t steps = (size_t)home->steps;
    const struct {
        const char *key;
        const double **to;
        bool needed;
    } rows[SERIES] = {
        { "price_imp", &home->import_eur, true },   { "price_exp", &home->export_eur, true },
        { "load", &home->load_kw, true },           { "pv", &home->pv_kw, true },
        { "draw", &home->draw_kw, home->has_tank }, { "ev_conn", &home->car_here, home->has_car },
        { "cop", &home->cop, home->has_pump },      { "d", &home->drift, home->has_pump },
        { "e", &home->offset, home->has_pump }
    };
    out->numbers = calloc(steps * SERIES, sizeof(double));
    if (!out->numbers)
        return ohm_plan_fault_set(fault, "problem", "out of memory");
    for (size_t i = 0; i < SERIES; i++) {
        double *to = out->numbers + i * steps;
        *rows[i].to = to;
        if (rows[i].needed && !ohm_plan_series(series, rows[i].key, steps, 1, to, fault))
            return false;
    }
    return true;
}

static bool read_case(json_t *root, ohm_home *home, ohm_plan_fault *fault)
{
    json_t *of = json_object_get(root, "case");
    const char *devices = json_string_value(json_object_get(of, "dev"));
    if (!devices || strspn(devices, "bewh") != strlen(devices))
        return ohm_plan_fault_set(fault, "case.dev", "is not made of the letters b, e, w and h");
    home->has_battery = strchr(devices, 'b') != NULL;
    home->has_car = strchr(devices, 'e') != NULL;
    home->has_tank = strchr(devices, 'w') != NULL;
    home->has_pump = strchr(devices, 'h') != NULL;
    return ohm_plan_number(of, "sub", 0, NUMBER_MAX, &home->subscribed_kw, fault) &&
           ohm_plan_number(root, "dt_h", 0, 24, &home->dt_h, fault) &&
           ohm_plan_count(root, "N", 1, OHM_HOME_STEPS_MAX, &home->steps, fault);
}

bool ohm_home_input_read(json_t *root, ohm_home_input *out, ohm_plan_fault *fault)
{
    memset(out, 0, sizeof *out);
    ohm_home *home = &out->problem;
    json_t *params = json_object_get(root, "params");
    return read_case(root, home, fault) &&
           (!home->has_battery || read_battery(params, &home->battery, fault)) &&
           (!home->has_car || read_car(params, &home->car, fault)) &&
           (!home->has_tank || read_tank(params, &home->tank, fault)) &&
           (!home->has_pump || read_pump(root, params, &home->pump, fault)) &&
           read_series(root, out, fault);
}

void ohm_home_input_release(ohm_home_input *input)
{
    free(input->numbers);
    input->numbers = NULL;
}
