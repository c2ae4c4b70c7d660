#include <stdlib.h>
#include <string.h>

#include "cmd/plan.h"

#define NUMBER_MAX 1e5
/* Where the problem says nothing: the heater of a common tank, and what is short of need. */
#define TANK_KW           2.4
#define SHORT_EUR_PER_KWH 5.0

enum { SERIES = 9 };

/* What a device may leave out keeps the value that it has in *to. */
typedef struct field {
    const char *key;
    double *to;
    bool optional;
} field;

static bool read_fields(json_t *object, const char *name, const field *fields, size_t count,
                        ohm_plan_fault *fault)
{
    if (!json_is_object(object))
        return ohm_plan_fault_set(fault, name, "is missing or no object");
    for (size_t i = 0; i < count; i++) {
        const field *f = &fields[i];
        bool good = (f->optional ? ohm_plan_number_if : ohm_plan_number)(
            object, f->key, -NUMBER_MAX, NUMBER_MAX, f->to, fault);
        if (!good)
            return false;
    }
    return true;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool read_battery(json_t *params, ohm_home_battery *out, ohm_plan_fault *fault)
{
    out->charge_ratio = out->discharge_ratio = 1;
    const field fields[] = { { "E", &out->most_kwh, false },
                             { "E0", &out->start_kwh, false },
                             { "Pc", &out->charge_kw, false },
                             { "Pd", &out->discharge_kw, false },
                             { "Emin", &out->least_kwh, true },
                             { "etac", &out->charge_ratio, true },
                             { "etad", &out->discharge_ratio, true },
                             { "deg", &out->wear_eur_per_kwh, true },
                             { "end_eur_per_kwh", &out->end_eur_per_kwh, true } };
    return read_fields(json_object_get(params, "bat"), "params.bat", fields, COUNT(fields), fault);
}

static bool read_car(json_t *params, ohm_home_car *out, ohm_plan_fault *fault)
{
    out->ratio = 1;
    out->short_eur_per_kwh = SHORT_EUR_PER_KWH;
    const field fields[] = { { "pmax", &out->most_kw, false },
                             { "need_kWh", &out->need_kwh, false },
                             { "pmin", &out->least_kw, true },
                             { "eta", &out->ratio, true },
                             { "short_pen", &out->short_eur_per_kwh, true },
                             { "stay_h", &out->stay_h, true } };
    return read_fields(json_object_get(params, "ev"), "params.ev", fields, COUNT(fields), fault);
}

static bool read_tank(json_t *params, ohm_home_tank *out, ohm_plan_fault *fault)
{
    out->power_kw = TANK_KW;
    out->short_eur_per_kwh = SHORT_EUR_PER_KWH;
    const field fields[] = {
        { "W0", &out->start_kwh, false },  { "Wmax", &out->most_kwh, false },
        { "p", &out->power_kw, true },     { "loss", &out->loss_ratio, true },
        { "Wmin", &out->least_kwh, true }, { "short_pen", &out->short_eur_per_kwh, true }
    };
    return read_fields(json_object_get(params, "tank"), "params.tank", fields, COUNT(fields),
                       fault);
}

/* A least time, where there is one; steps. */
static bool read_hold(json_t *hp, const char *key, int most, int *out, ohm_plan_fault *fault)
{
    return !json_object_get(hp, key) || ohm_plan_count(hp, key, 0, most, out, fault);
}

static bool read_pump(json_t *root, json_t *params, ohm_home_pump *out, ohm_plan_fault *fault)
{
    json_t *hp = json_object_get(params, "hp"), *running = json_object_get(hp, "z0");
    int before = json_is_true(running);
    const field fields[] = {
        { "pmax", &out->most_kw, false }, { "pmin", &out->least_kw, true },
        { "Tmin", &out->low_c, false },   { "start_cost", &out->start_eur, true },
        { "Tmax", &out->high_c, false },  { "w_hi", &out->high_eur, true },
        { "w_lo", &out->low_eur, false }, { "xref", &out->end_c, true },
        { "x0", &out->start_c, false },   { "w_term", &out->end_eur, true }
    };
    const field model[] = { { "A", &out->a, false },
                            { "B", &out->b, false },
                            { "C", &out->c, false },
                            { "D", &out->d, false } };
    bool good = read_fields(hp, "params.hp", fields, COUNT(fields), fault) &&
                read_hold(hp, "min_on", OHM_HOME_STEPS_MAX, &out->hold_on, fault) &&
                read_hold(hp, "min_off", OHM_HOME_STEPS_MAX, &out->hold_off, fault) &&
                (json_is_boolean(running) || read_hold(hp, "z0", 1, &before, fault));
    if (good && out->end_eur > 0 && !json_object_get(hp, "xref"))
        return ohm_plan_fault_set(fault, "params.hp.xref", "is missing, where there is a w_term");
    out->running = before != 0;
    return good &&
           read_fields(json_object_get(root, "thermal"), "thermal", model, COUNT(model), fault);
}

typedef struct series_row {
    const char *key;
    const double **to;
    bool needed, optional; /* optional: 0 where it is not there */
} series_row;

static size_t series_rows(ohm_home *home, series_row rows[SERIES])
{
    const series_row all[SERIES] = { { "price_imp", &home->import_eur, true, false },
                                     { "price_exp", &home->export_eur, true, true },
                                     { "load", &home->load_kw, true, false },
                                     { "pv", &home->pv_kw, true, true },
                                     { "draw", &home->draw_kw, home->has_tank, true },
                                     { "ev_conn", &home->car_here, home->has_car, false },
                                     { "cop", &home->cop, home->has_pump, false },
                                     { "d", &home->drift, home->has_pump, false },
                                     { "e", &home->offset, home->has_pump, true } };
    memcpy(rows, all, sizeof all);
    return SERIES;
}

/* Devices that are not there need no series: theirs stay 0. */
static bool read_series(json_t *root, ohm_home_input *out, ohm_plan_fault *fault)
{
    ohm_home *home = &out->problem;
    json_t *series = json_object_get(root, "series");
    size_t steps = (size_t)home->steps;
    series_row rows[SERIES];
    size_t count = series_rows(home, rows);
    out->numbers = calloc(steps * SERIES, sizeof(double));
    if (!out->numbers)
        return ohm_plan_fault_set(fault, "problem", "out of memory");
    for (size_t i = 0; i < count; i++) {
        double *to = out->numbers + i * steps;
        *rows[i].to = to;
        bool there = !rows[i].optional || json_object_get(series, rows[i].key);
        if (rows[i].needed && there && !ohm_plan_series(series, rows[i].key, steps, 1, to, fault))
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

void ohm_home_input_notes(json_t *root, const ohm_home_input *input, const char *file)
{
    static const char *const top[] = { "name",   "case", "params",        "dt_h",    "N", "thermal",
                                       "series", "size", "lp_relaxation", "optimum", NULL };
    static const char *const bat[] = {
        "E", "Emin", "E0", "Pc", "Pd", "etac", "etad", "deg", "end_eur_per_kwh", "term", NULL
    };
    static const char *const ev[] = { "pmin",      "pmax",   "eta",      "need_kWh",
                                      "short_pen", "stay_h", "deadline", NULL };
    static const char *const tank[] = {
        "p", "loss", "W0", "Wmax", "Wmin", "short_pen", "term", NULL
    };
    static const char *const hp[] = { "pmin", "pmax",   "min_on", "min_off", "start_cost",
                                      "Tmin", "Tmax",   "w_lo",   "w_hi",    "x0",
                                      "xref", "w_term", "z0",     NULL };
    static const char *const series[] = {
        "hour", "t_out",   "price_imp", "price_exp", "load", "pv",
        "draw", "ev_conn", "cop",       "d",         "e",    NULL
    };
    json_t *params = json_object_get(root, "params"), *list = json_object_get(root, "series");
    series_row rows[SERIES];
    ohm_home home = input->problem;
    ohm_plan_note_keys(file, root, &(ohm_plan_known){ top, "" });
    ohm_plan_note_keys(file, json_object_get(params, "bat"),
                       &(ohm_plan_known){ bat, "params.bat." });
    ohm_plan_note_keys(file, json_object_get(params, "ev"), &(ohm_plan_known){ ev, "params.ev." });
    ohm_plan_note_keys(file, json_object_get(params, "tank"),
                       &(ohm_plan_known){ tank, "params.tank." });
    ohm_plan_note_keys(file, json_object_get(params, "hp"), &(ohm_plan_known){ hp, "params.hp." });
    ohm_plan_note_keys(file, list, &(ohm_plan_known){ series, "series." });
    size_t count = series_rows(&home, rows);
    for (size_t i = 0; i < count; i++)
        if (rows[i].needed)
            ohm_plan_note_length(file, list, rows[i].key, (size_t)home.steps);
}

void ohm_home_input_release(ohm_home_input *input)
{
    free(input->numbers);
    input->numbers = NULL;
}
