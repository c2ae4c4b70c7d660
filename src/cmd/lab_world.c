/* The laboratory's house: its file, or the built-in one; and the figures that --vary changes. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"

const char *const ohm_lab_vary_keys =
    "battery_kwh, battery_kw, pv_kwp, contract, kva, mode, forecast, comfort_low, insulation, "
    "max_heating_w, heating, car_kwh, car_kw, tank_kw, tank_kwh";

/* A house of 110 m2 as many were built in France about 2005, heated by radiators. */
static const char built_in[] =
    "{\"building\": {\"floor_area\": 110, \"class\": \"medium\", \"infiltration_ach\": 0.3,"
    " \"ventilation_ach\": 0.3, \"internal_w\": 350, \"surfaces\": ["
    " {\"area\": 35, \"u\": 0.36, \"azimuth\": 0}, {\"area\": 24, \"u\": 0.36, \"azimuth\": 90},"
    " {\"area\": 25, \"u\": 0.36, \"azimuth\": 180}, {\"area\": 24, \"u\": 0.36, \"azimuth\": 270},"
    " {\"area\": 110, \"u\": 0.2, \"tilt\": 0}, {\"area\": 110, \"u\": 0.27, \"b\": 0.7,"
    " \"hidden\": true},"
    " {\"area\": 2, \"u\": 1.8, \"g\": 0.6, \"frame\": 0.2, \"azimuth\": 0},"
    " {\"area\": 4, \"u\": 1.8, \"g\": 0.6, \"frame\": 0.2, \"azimuth\": 90},"
    " {\"area\": 9, \"u\": 1.8, \"g\": 0.6, \"frame\": 0.2, \"azimuth\": 180},"
    " {\"area\": 4, \"u\": 1.8, \"g\": 0.6, \"frame\": 0.2, \"azimuth\": 270}]},"
    " \"heating\": {\"kind\": \"electric\", \"max_w\": 9000},"
    " \"comfort\": {\"low\": 19.5, \"width\": 6.5}, \"kva\": 12,"
    " \"base_load_w\": [180, 160, 150, 150, 150, 170, 300, 450, 350, 280, 260, 350,"
    " 450, 350, 260, 250, 280, 400, 650, 800, 700, 550, 400, 250]}";

typedef struct number_field {
    const char *object, *name;
    size_t offset;
    double least, most;
} number_field;

#define OF(member) offsetof(ohm_lab_world, member)
static const number_field numbers[] = {
    { "heating", "max_w", OF(house.heater.heat_w_max), 0, 1e6 },
    { "heating", "flow_c", OF(house.heater.flow_c), 10, 90 },
    { "heating", "flow_per_k", OF(house.heater.flow_per_k), 0, 5 },
    { "heating", "flow_c_max", OF(house.heater.flow_c_max), 10, 90 },
    { "heating", "source_c", OF(house.heater.source_c), -20, 40 },
    { "heating", "cop_factor", OF(house.heater.cop_factor), 0.1, 2 },
    { "comfort", "width", OF(house.comfort_width_k), 0, 40 },
    { "comfort", "band", OF(house.band_k), 0.05, 10 },
    { "battery", "kwh", OF(house.battery_kwh), 0, 1000 },
    { "battery", "kw", OF(house.battery_kw), 0, 1000 },
    { "battery", "efficiency", OF(house.battery_ratio), 0.3, 1 },
    { "battery", "wear_eur_per_kwh", OF(house.battery_wear_eur_per_kwh), 0, 10 },
    { "car", "kw", OF(house.car_kw), 0.1, 100 },
    { "car", "least_kw", OF(house.car_least_kw), 0, 100 },
    { "car", "efficiency", OF(house.car_ratio), 0.3, 1 },
    { "car", "need_kwh", OF(house.car_need_kwh), 0, 200 },
    { "car", "home", OF(car_home_h), 0, 24 },
    { "car", "ready", OF(car_ready_h), 0, 24 },
    { "tank", "kw", OF(house.tank_kw), 0, 100 },
    { "tank", "kwh", OF(house.tank_kwh), 0.1, 1000 },
    { "tank", "loss_per_h", OF(house.tank_loss_per_h), 0, 0.5 },
    { "tank", "day_kwh", OF(tank_day_kwh), 0, 1000 },
    { "pv", "kwp", OF(pv_kwp), 0, 10000 },
    { "pv", "azimuth", OF(pv_azimuth_deg), -360, 360 },
    { "pv", "tilt", OF(pv_tilt_deg), 0, 180 },
    { "pv", "performance", OF(pv_ratio), 0.1, 1 },
    { NULL, "kva", OF(kva), 0, 1000 },
    { NULL, "export_eur_per_kwh", OF(export_eur_per_kwh), -10, 10 },
    { NULL, "co2_g_per_kwh", OF(co2_g_per_kwh), 0, 5000 },
    { NULL, "insulation", OF(insulation), 0.05, 20 },
};
#undef OF

static const struct {
    const char *object, *names; /* what else there is, each with a blank at both ends */
} others[] = {
    { NULL, " building heating comfort battery car tank pv base_load_w contract name " },
    { "heating", " kind " },
    { "comfort", " low " },
    { "battery", " " },
    { "car", " " },
    { "tank", " " },
    { "pv", " " },
};

static const json_t *inside(const json_t *root, const char *object)
{
    return object ? json_object_get(root, object) : root;
}

static int take_numbers(const char *path, const json_t *root, ohm_lab_world *w)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const number_field *f = &numbers[i];
        const json_t *value = json_object_get(inside(root, f->object), f->name);
        if (!value || json_is_null(value))
            continue;
        double number = json_number_value(value);
        if (!json_is_number(value) || !(number >= f->least && number <= f->most)) {
            char text[128];
            (void)snprintf(text, sizeof text, "%s%s\"%s\" %s %g %s %g", f->object ? f->object : "",
                           f->object ? ": " : "", f->name, ohm_cmd_say("must be a number from"),
                           f->least, ohm_cmd_say("to"), f->most);
            return ohm_cmd_fail(path, text, NULL);
        }
        *(double *)((char *)w + f->offset) = number;
    }
    return OHM_EXIT_OK;
}

static bool is_number_of(const char *object, const char *key)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(numbers[i].name, key) &&
            (object && numbers[i].object ? !strcmp(object, numbers[i].object)
                                         : object == numbers[i].object))
            return true;
    return false;
}

/* An unknown name is a mistake, not a wish. */
static int check_names(const char *path, const json_t *root)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *key;
        json_t *value, *object = (json_t *)(uintptr_t)inside(root, others[i].object);
        if (object && !json_is_object(object))
            return ohm_cmd_fail(path, "is no object where one is meant:", others[i].object);
        json_object_foreach(object, key, value)
        {
            char word[64];
            (void)snprintf(word, sizeof word, " %.60s ", key);
            if (is_number_of(others[i].object, key) || strstr(others[i].names, word))
                continue;
            return ohm_cmd_fail(path, "there is no such figure of a house", key);
        }
    }
    return OHM_EXIT_OK;
}

static int take_hours(const char *path, const json_t *value, const char *name, double least,
                      double most, double out[])
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t h = 0; value && h < OHM_DAY_HOURS; h++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, h) : value;
        if (!json_is_number(one) || (count != 1 && count != OHM_DAY_HOURS))
            return ohm_cmd_fail(path, "must be a number, or 24 of them, one an hour:", name);
        out[h] = json_number_value(one);
        char text[96];
        (void)snprintf(text, sizeof text, "%s: %g: %s %g %s %g", name, out[h],
                       ohm_cmd_say("must be a number from"), least, ohm_cmd_say("to"), most);
        if (!(out[h] >= least && out[h] <= most))
            return ohm_cmd_fail(path, text, NULL);
    }
    return OHM_EXIT_OK;
}

static bool set_kind(ohm_lab_world *w, const char *name)
{
    for (int k = 0; name && k < OHM_HEATER_KINDS; k++)
        if (!strcmp(name, ohm_heater_names[k])) {
            w->house.heater.kind = (ohm_heater_kind)k;
            return true;
        }
    return false;
}

static int take_words(const char *path, const json_t *root, ohm_lab_world *w)
{
    const json_t *kind = json_object_get(json_object_get(root, "heating"), "kind");
    const json_t *contract = json_object_get(root, "contract");
    if (kind && !set_kind(w, json_string_value(kind)))
        return ohm_cmd_fail(path, "heating: kind is electric, heat_pump_air or heat_pump_ground",
                            NULL);
    if (contract && !json_is_string(contract))
        return ohm_cmd_fail(path, "\"contract\" is a name or a file", NULL);
    if (contract)
        (void)snprintf(w->tariff, sizeof w->tariff, "%s", json_string_value(contract));
    return OHM_EXIT_OK;
}

/* --- what is meant -------------------------------------------------------------------------------
 */

/* What is described by half would be left out without a word: each of these needs its size, and
 * what heats needs a building ("building": null says that there is none). */
static int check_meant(const char *path, const json_t *root)
{
    static const struct {
        const char *object, *figure;
    } sizes[] = { { "battery", "kwh" }, { "car", "need_kwh" }, { "tank", "kw" }, { "pv", "kwp" } };
    static const char *const of_building[] = { "heating", "comfort", "insulation" };
    char text[96];
    bool has = json_is_object(json_object_get(root, "building"));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const json_t *object = json_object_get(root, sizes[i].object);
        (void)snprintf(text, sizeof text, "%s: \"%s\" %s", sizes[i].object, sizes[i].figure,
                       ohm_cmd_say("is missing"));
        if (object && !json_object_get(object, sizes[i].figure))
            return ohm_cmd_fail(path, text, "0: there is none");
    }
    for (size_t i = 0; i < sizeof of_building / sizeof *of_building && !has; i++)
        if (json_object_get(root, of_building[i]))
            return ohm_cmd_fail(path,
                                "there is no \"building\" that would be heated:", of_building[i]);
    return OHM_EXIT_OK;
}

static int take_world(const char *path, const json_t *root, ohm_lab_world *w)
{
    const json_t *building = json_object_get(root, "building");
    int status = OHM_EXIT_OK;
    if (!json_is_object(root))
        return ohm_cmd_fail(path, "a house is an object: {\"building\": {...}}", NULL);
    w->has_building = building && !json_is_null(building);
    if (w->has_building)
        status = ohm_building_take(path, building, &w->building);
    if (status == OHM_EXIT_OK)
        status = check_names(path, root);
    if (status == OHM_EXIT_OK)
        status = take_numbers(path, root, w);
    if (status == OHM_EXIT_OK)
        status = take_words(path, root, w);
    if (status == OHM_EXIT_OK)
        status = check_meant(path, root);
    if (status == OHM_EXIT_OK)
        status = take_hours(path, json_object_get(json_object_get(root, "comfort"), "low"),
                            "comfort: low", -50, 50, w->low_c);
    if (status == OHM_EXIT_OK)
        status = take_hours(path, json_object_get(root, "base_load_w"), "base_load_w", 0, 1e6,
                            w->load_w);
    if (status == OHM_EXIT_OK && w->house.car_need_kwh > 0 && w->car_home_h == w->car_ready_h)
        status = ohm_cmd_fail(path, "car: \"home\" and \"ready\" are the same hour", NULL);
    return status;
}

int ohm_lab_world_read(const char *path, ohm_lab_world *out)
{
    ohm_lab_world w = { .file = path,
                        .house = { .heater = ohm_heater_of(OHM_HEATER_ELECTRIC, 9000),
                                   .comfort_width_k = 6.5,
                                   .band_k = 1,
                                   .mass_start_c = NAN,
                                   .car_kw = 7.4,
                                   .car_least_kw = 1.4,
                                   .car_ratio = 0.92,
                                   .tank_kwh = 8,
                                   .tank_loss_per_h = 0.008,
                                   .battery_kw = 5,
                                   .battery_ratio = 0.95,
                                   .battery_wear_eur_per_kwh = 0.015 },
                        .car_home_h = 18.5,
                        .car_ready_h = 7,
                        .tank_day_kwh = 6,
                        .pv_azimuth_deg = 180,
                        .pv_tilt_deg = 30,
                        .pv_ratio = 0.85,
                        .export_eur_per_kwh = 0.04,
                        .co2_g_per_kwh = NAN,
                        .insulation = 1,
                        .kva = 9,
                        .tariff = "tempo",
                        .mode = OHM_LAB_MPC };
    for (int h = 0; h < OHM_DAY_HOURS; h++)
        w.low_c[h] = 19.5;
    json_t *root = path ? ohm_json_file(path) : json_loads(built_in, 0, NULL);
    if (!root)
        return OHM_EXIT_FAILED;
    int status = take_world(path ? path : "the built-in house", root, &w);
    json_decref(root);
    if (status == OHM_EXIT_OK)
        *out = w;
    return status;
}

/* --- --vary ------------------------------------------------------------------------------------
 */

static bool read_number(const char *text, double *out)
{
    int64_t mantissa;
    int exponent;
    if (ohm_number_decimal(ohm_span_text(text), &mantissa, &exponent) != OHM_OK || exponent < -18 ||
        exponent > 9)
        return false;
    double scale = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        scale *= 10;
    *out = exponent < 0 ? (double)mantissa / scale : (double)mantissa * scale;
    return true;
}

static bool set_number(ohm_lab_world *w, const char *key, const char *value)
{
    static const struct {
        const char *key, *object, *name;
    } keys[] = {
        { "battery_kwh", "battery", "kwh" },
        { "battery_kw", "battery", "kw" },
        { "pv_kwp", "pv", "kwp" },
        { "car_kwh", "car", "need_kwh" },
        { "car_kw", "car", "kw" },
        { "tank_kw", "tank", "kw" },
        { "tank_kwh", "tank", "kwh" },
        { "kva", NULL, "kva" },
        { "insulation", NULL, "insulation" },
        { "max_heating_w", "heating", "max_w" },
    };
    double number;
    if (!read_number(value, &number))
        return false;
    if (!strcmp(key, "comfort_low")) {
        for (int h = 0; h < OHM_DAY_HOURS; h++)
            w->low_c[h] = number;
        return fabs(number) <= 50;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t f = 0; !strcmp(keys[i].key, key) && f < sizeof numbers / sizeof *numbers; f++)
            if (!strcmp(numbers[f].name, keys[i].name) &&
                (keys[i].object ? numbers[f].object && !strcmp(numbers[f].object, keys[i].object)
                                : !numbers[f].object)) {
                *(double *)((char *)w + numbers[f].offset) = number;
                return number >= numbers[f].least && number <= numbers[f].most;
            }
    return false;
}

const char *ohm_lab_world_needs(const ohm_lab_world *w, const char *key)
{
    const struct {
        const char *key, *needs;
        bool has;
    } rows[] = {
        { "insulation", "building", w->has_building },
        { "comfort_low", "building", w->has_building },
        { "max_heating_w", "building", w->has_building },
        { "heating", "building", w->has_building },
        { "battery_kw", "battery_kwh", w->house.battery_kwh > 0 },
        { "car_kw", "car_kwh", w->house.car_need_kwh > 0 },
        { "tank_kwh", "tank_kw", w->house.tank_kw > 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].key, key) && !rows[i].has)
            return rows[i].needs;
    return NULL;
}

bool ohm_lab_world_set(ohm_lab_world *w, const char *key, const char *value)
{
    if (!strcmp(key, "contract") || !strcmp(key, "tariff")) {
        (void)snprintf(w->tariff, sizeof w->tariff, "%s", value);
        return *value && strlen(value) < sizeof w->tariff;
    }
    if (!strcmp(key, "heating"))
        return set_kind(w, value);
    if (!strcmp(key, "forecast")) {
        w->perfect = !strcmp(value, "perfect");
        return w->perfect || !strcmp(value, "persistence");
    }
    if (strcmp(key, "mode") != 0)
        return set_number(w, key, value);
    for (int m = 0; m < OHM_LAB_MODES; m++)
        if (!strcmp(value, ohm_lab_mode_names[m])) {
            w->mode = (ohm_lab_mode)m;
            return true;
        }
    return false;
}
