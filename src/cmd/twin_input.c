#include "cmd/twin_input.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "host/file.h"

enum { PARAMS_BYTES_MAX = 1 << 20, NAME_MAX_LEN = 48 };

/* Of either sign: beyond these a row is of another unit, or of a sensor that lies. */
#define OUTDOOR_C_MAX 200.0
#define POWER_W_MAX   1e9

/* --- the zone ------------------------------------------------------------------------------- */

typedef enum field_kind {
    NUMBER, /* must be there */
    OPTION, /* may be left out, or null: then as it was */
    LIMIT,  /* of power: null is none */
    TAKEN,  /* the same of cooling, which some write below 0 */
    NODE,
} field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    size_t offset;
} field;

#define OF(member) offsetof(ohm_twin_zone, member)
static const field fields[] = {
    { "h_tr_em", NUMBER, OF(zone.h_tr_em_w_per_k) },
    { "h_tr_w", NUMBER, OF(zone.h_tr_w_w_per_k) },
    { "h_tr_ms", NUMBER, OF(zone.h_tr_ms_w_per_k) },
    { "h_tr_is", NUMBER, OF(zone.h_tr_is_w_per_k) },
    { "h_ve_adj", NUMBER, OF(zone.h_ve_w_per_k) },
    { "c_m", NUMBER, OF(zone.c_m_j_per_k) },
    { "mass_area", NUMBER, OF(zone.mass_area_m2) },
    { "A_t", NUMBER, OF(zone.total_area_m2) },
    { "heat_node", NODE, OF(zone.heat_node) },
    { "cool_node", NODE, OF(zone.cool_node) },
    { "max_heating_w", LIMIT, OF(zone.heating_w_max) },
    { "max_cooling_w", TAKEN, OF(zone.cooling_w_max) },
    { "t_set_heating", OPTION, OF(set.heating_c) },
    { "t_set_cooling", OPTION, OF(set.cooling_c) },
    { "t_m0", NUMBER, OF(mass_start_c) },
    { "t_air0", OPTION, OF(air_start_c) },
    { "hysteresis_k", OPTION, OF(band_k) },
    { "dt_s", NUMBER, OF(step_s) },
};
#undef OF

static const char *const node_names[OHM_ZONE_NODES_COUNT] = { "air", "surface", "mass" };

/* What is wrong with a value, or NULL. */
static const char *take_node(const json_t *value, ohm_zone_node *out)
{
    for (int n = 0; n < OHM_ZONE_NODES_COUNT; n++)
        if (json_is_string(value) && !strcmp(json_string_value(value), node_names[n])) {
            *out = (ohm_zone_node)n;
            return NULL;
        }
    return "must be \"air\", \"surface\" or \"mass\"";
}

static const char *take(const field *f, const json_t *value, ohm_twin_zone *out)
{
    void *place = (char *)out + f->offset;
    if (!value && f->kind == NUMBER)
        return "is missing";
    if (!value || (json_is_null(value) && f->kind != NUMBER && f->kind != NODE))
        return NULL;
    if (f->kind == NODE)
        return take_node(value, place);
    if (!json_is_number(value))
        return f->kind == NUMBER ? "must be a number" : "must be a number or null";
    double number = json_number_value(value);
    *(double *)place = f->kind == TAKEN ? fabs(number) : number;
    return NULL;
}

static bool is_field(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!strcmp(fields[i].name, name))
            return true;
    return false;
}

static int take_all(const char *path, const json_t *root, ohm_twin_zone *out)
{
    if (!json_is_object(root))
        return ohm_cmd_fail(path, "a zone is an object of figures: {\"h_tr_em\": 86.8, ...}", NULL);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *why = take(&fields[i], json_object_get(root, fields[i].name), out);
        if (why) {
            char text[128];
            (void)snprintf(text, sizeof text, "\"%s\" %s", fields[i].name, ohm_cmd_say(why));
            return ohm_cmd_fail(path, text, "ohmstead twin --help lists them");
        }
    }
    void *at = json_object_iter((json_t *)(uintptr_t)root);
    for (; at; at = json_object_iter_next((json_t *)(uintptr_t)root, at))
        if (!is_field(json_object_iter_key(at)))
            (void)fprintf(stderr, "ohmstead: %s: \"%.40s\" %s\n", path, json_object_iter_key(at),
                          ohm_cmd_say("is none of a zone's figures: left out"));
    return OHM_EXIT_OK;
}

static int check_zone(const char *path, const ohm_twin_zone *z)
{
    ohm_err err = ohm_zone_check(&z->zone);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!(z->step_s > 0 && z->step_s <= 366 * 86400.0))
        return ohm_cmd_fail(path, "dt_s is no length of a step in seconds", NULL);
    if (!(fabs(z->mass_start_c) <= 200) || !(fabs(z->air_start_c) <= 200))
        return ohm_cmd_fail(path, "t_m0 or t_air0 is no temperature of a building in °C", NULL);
    if (z->set.heating_c > z->set.cooling_c)
        return ohm_cmd_fail(path, "t_set_heating is above t_set_cooling", NULL);
    if (!(z->band_k >= 0 && z->band_k <= 20))
        return ohm_cmd_fail(path, "hysteresis_k is no band in K", NULL);
    return OHM_EXIT_OK;
}

int ohm_twin_read_zone(const char *path, ohm_twin_zone *out)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, PARAMS_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    json_error_t why;
    json_t *root = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, &why);
    free(bytes);
    if (!root) {
        char where[64];
        (void)snprintf(where, sizeof where, "line %d, column %d", why.line, why.column);
        return ohm_cmd_fail(path, why.text, where);
    }
    ohm_twin_zone z = { .zone = { .heating_w_max = INFINITY, .cooling_w_max = INFINITY },
                        .set = { NAN, NAN },
                        .air_start_c = NAN,
                        .band_k = 0.5 };
    int status = take_all(path, root, &z);
    json_decref(root);
    if (status != OHM_EXIT_OK)
        return status;
    if (isnan(z.air_start_c))
        z.air_start_c = z.mass_start_c;
    status = check_zone(path, &z);
    if (status == OHM_EXIT_OK)
        *out = z;
    return status;
}

/* --- what acts on it ------------------------------------------------------------------------ */

static int fail_row(const char *path, const ohm_csv_record *row, const char *why, const char *name)
{
    char text[160], where[40];
    (void)snprintf(text, sizeof text, "%s %s %s", ohm_cmd_say("column"), name, ohm_cmd_say(why));
    (void)snprintf(where, sizeof where, "line %llu", (unsigned long long)row->line);
    return ohm_cmd_fail(path, text, where);
}

int ohm_twin_read_head(const char *path, const ohm_csv_record *head, bool needs_demand,
                       ohm_twin_columns *out)
{
    struct {
        const char *name;
        int *place;
        bool needed;
    } const columns[] = {
        { "t_out", &out->outdoor, true },         { "solar_gain", &out->solar, true },
        { "int_gain", &out->internal, true },     { "t_supply", &out->supply, false },
        { "demand", &out->demand, needs_demand },
    };
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        *columns[c].place = -1;
        for (int i = 0; i < head->count; i++) {
            ohm_span cell = head->fields[i];
            bool same = cell.len == strlen(columns[c].name) &&
                        memcmp(cell.ptr, columns[c].name, cell.len) == 0;
            if (same && *columns[c].place >= 0)
                return fail_row(path, head, "is there twice", columns[c].name);
            if (same)
                *columns[c].place = i;
        }
        if (*columns[c].place < 0 && columns[c].needed)
            return fail_row(path, head, "is missing", columns[c].name);
    }
    return OHM_EXIT_OK;
}

/* Exact where the decimal is: both factors are whole numbers that a double holds. */
static double as_double(int64_t mantissa, int exponent)
{
    double scale = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0 && scale < 1e300; i--)
        scale *= 10;
    return exponent < 0 ? (double)mantissa / scale : (double)mantissa * scale;
}

static int read_cell(const char *path, const ohm_csv_record *row, int column, const char *name,
                     double most, double *out)
{
    if (column >= row->count)
        return fail_row(path, row, "is missing in this row", name);
    int64_t mantissa;
    int exponent;
    if (ohm_number_decimal(row->fields[column], &mantissa, &exponent) != OHM_OK)
        return fail_row(path, row, "holds no number", name);
    *out = as_double(mantissa, exponent);
    return fabs(*out) <= most ? OHM_EXIT_OK : fail_row(path, row, "is out of all range", name);
}

int ohm_twin_read_row(const char *path, const ohm_csv_record *row, const ohm_twin_columns *columns,
                      ohm_zone_input *out, double *demand_w)
{
    struct {
        int column;
        const char *name;
        double most, *place;
    } const cells[] = {
        { columns->outdoor, "t_out", OUTDOOR_C_MAX, &out->outdoor_c },
        { columns->solar, "solar_gain", POWER_W_MAX, &out->solar_w },
        { columns->internal, "int_gain", POWER_W_MAX, &out->internal_w },
        { columns->supply, "t_supply", OUTDOOR_C_MAX, &out->supply_c },
        { columns->demand, "demand", POWER_W_MAX, demand_w },
    };
    *demand_w = NAN;
    out->supply_c = NAN;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        int status = cells[i].column < 0 ? OHM_EXIT_OK
                                         : read_cell(path, row, cells[i].column, cells[i].name,
                                                     cells[i].most, cells[i].place);
        if (status != OHM_EXIT_OK)
            return status;
    }
    if (columns->supply < 0)
        out->supply_c = out->outdoor_c;
    return OHM_EXIT_OK;
}
