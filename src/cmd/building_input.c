#include "cmd/building_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "host/file.h"

enum { FILE_BYTES_MAX = 1 << 20, TEXT_MAX = 160 };

json_t *ohm_json_file(const char *path)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, FILE_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err)) {
        (void)ohm_cmd_fail(path, err.what, NULL);
        return NULL;
    }
    json_error_t why;
    json_t *root = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, &why);
    free(bytes);
    if (!root) {
        char where[64];
        (void)snprintf(where, sizeof where, "line %d, column %d", why.line, why.column);
        (void)ohm_cmd_fail(path, why.text, where);
    }
    return root;
}

bool ohm_is_building(const json_t *root)
{
    return json_is_object(root) && json_object_get(root, "surfaces") != NULL;
}

typedef enum kind {
    NUMBER, /* may be left out: then as it was */
    NEEDED,
    LIMIT, /* of power; null is none */
    NODE,
    FLAG,
    HOURS, /* one number, or 24 of them; null is NAN */
    TERMS, /* up to three numbers */
    OTHER, /* read elsewhere */
} kind;

typedef struct field {
    const char *name;
    kind kind;
    size_t offset;
} field;

#define OF(member) offsetof(ohm_building_file, member)
static const field fields[] = {
    { "floor_area", OTHER, 0 },
    { "class", OTHER, 0 },
    { "surfaces", OTHER, 0 },
    { "name", OTHER, 0 },
    { "volume", NUMBER, OF(envelope.volume_m3) },
    { "A_t", NUMBER, OF(envelope.total_area_m2) },
    { "c_m", NUMBER, OF(envelope.c_m_j_per_k) },
    { "mass_area", NUMBER, OF(envelope.mass_area_m2) },
    { "h_is", NUMBER, OF(envelope.surface_film_w_per_m2k) },
    { "infiltration_ach", NUMBER, OF(envelope.infiltration_per_h) },
    { "ventilation_ach", HOURS, OF(ventilation_per_h) },
    { "heat_recovery", NUMBER, OF(envelope.recovery_ratio) },
    { "ground_reflects", NUMBER, OF(envelope.ground_ratio) },
    { "internal_w", HOURS, OF(internal_w) },
    { "t_set_heating", HOURS, OF(heating_c) },
    { "t_set_cooling", HOURS, OF(cooling_c) },
    { "heat_node", NODE, OF(envelope.heat_node) },
    { "cool_node", NODE, OF(envelope.cool_node) },
    { "max_heating_w", LIMIT, OF(envelope.heating_w_max) },
    { "max_cooling_w", LIMIT, OF(envelope.cooling_w_max) },
    { "t_m0", NUMBER, OF(mass_start_c) },
    { "dt_s", NUMBER, OF(step_s) },
    { NULL, OTHER, 0 },
};
#undef OF
#define OF(member) offsetof(ohm_part, member)
static const field part_fields[] = {
    { "name", OTHER, 0 },
    { "area", NEEDED, OF(area_m2) },
    { "u", NEEDED, OF(u_w_per_m2k) },
    { "azimuth", NUMBER, OF(plane.azimuth_deg) },
    { "tilt", NUMBER, OF(plane.tilt_deg) },
    { "b", NUMBER, OF(b_ratio) },
    { "hidden", FLAG, OF(hidden) },
    { "absorptance", NUMBER, OF(absorbed_ratio) },
    { "emissivity", NUMBER, OF(emissivity_ratio) },
    { "g", NUMBER, OF(g_ratio) },
    { "g_angle", TERMS, OF(angle_terms) },
    { "g_diffuse", NUMBER, OF(diffuse_ratio) },
    { "frame", NUMBER, OF(frame_ratio) },
    { "shade", NUMBER, OF(shade_ratio) },
    { "height", NUMBER, OF(plane.height_m) },
    { "width", NUMBER, OF(plane.width_m) },
    { "overhang", NUMBER, OF(plane.overhang_m) },
    { "overhang_gap", NUMBER, OF(plane.overhang_gap_m) },
    { "fin", NUMBER, OF(plane.fin_m) },
    { "fin_gap", NUMBER, OF(plane.fin_gap_m) },
    { NULL, OTHER, 0 },
};
#undef OF

static const char *take_hours(const json_t *value, double *out)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count != 1 && count != OHM_DAY_HOURS)
        return "must be a number, or 24 of them, one an hour of the day";
    for (size_t h = 0; h < OHM_DAY_HOURS; h++) {
        const json_t *one =
            json_is_array(value) ? json_array_get(value, count == 1 ? 0 : h) : value;
        if (!json_is_number(one) && !json_is_null(one))
            return "must hold numbers (or null: not asked for)";
        out[h] = json_is_null(one) ? NAN : json_number_value(one);
    }
    return NULL;
}

static const char *take_terms(const json_t *value, double *out)
{
    size_t count = json_array_size(value);
    if (!json_is_array(value) || count > OHM_ANGLE_TERMS)
        return "must be a list of up to three numbers";
    for (size_t i = 0; i < count; i++) {
        if (!json_is_number(json_array_get(value, i)))
            return "must be a list of up to three numbers";
        out[i] = json_number_value(json_array_get(value, i));
    }
    return NULL;
}

static const char *take_node(const json_t *value, ohm_zone_node *out)
{
    static const char *const names[OHM_ZONE_NODES_COUNT] = { "air", "surface", "mass" };
    for (int n = 0; n < OHM_ZONE_NODES_COUNT; n++)
        if (json_is_string(value) && !strcmp(json_string_value(value), names[n])) {
            *out = (ohm_zone_node)n;
            return NULL;
        }
    return "must be \"air\", \"surface\" or \"mass\"";
}

static const char *take(const field *f, const json_t *value, void *object)
{
    void *place = (char *)object + f->offset;
    if (!value || f->kind == OTHER)
        return f->kind == NEEDED ? "is missing" : NULL;
    switch (f->kind) {
    case HOURS:
        return take_hours(value, place);
    case TERMS:
        return take_terms(value, place);
    case NODE:
        return take_node(value, place);
    case FLAG:
        *(bool *)place = json_is_true(value);
        return json_is_boolean(value) ? NULL : "must be true or false";
    case LIMIT:
        if (json_is_null(value))
            return NULL;
        break;
    case NUMBER:
    case NEEDED:
    case OTHER:
        break;
    }
    if (!json_is_number(value))
        return "must be a number";
    *(double *)place = json_number_value(value);
    return NULL;
}

/* All fields of an object; an unknown one is a mistake, not a wish. */
static int take_all(const char *path, const char *where, const json_t *object, const field *rows,
                    void *out)
{
    char text[TEXT_MAX];
    for (const field *f = rows; f->name; f++) {
        const char *why = take(f, json_object_get(object, f->name), out);
        if (why) {
            (void)snprintf(text, sizeof text, "%s\"%s\" %s", where, f->name, why);
            return ohm_cmd_fail(path, text, "docs/twin.md lists what there is");
        }
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const field *f = rows;
        while (f->name && strcmp(f->name, key))
            f++;
        if (!f->name) {
            (void)snprintf(text, sizeof text, "%s\"%.40s\" is none of its figures", where, key);
            return ohm_cmd_fail(path, text, "docs/twin.md lists what there is");
        }
    }
    return OHM_EXIT_OK;
}

static int take_parts(const char *path, const json_t *list, ohm_envelope *e)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count < 1 || count > OHM_ENVELOPE_PARTS_MAX)
        return ohm_cmd_fail(path, "\"surfaces\" must be a list of 1 to 48", NULL);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        char where[48];
        (void)snprintf(where, sizeof where, "surface %zu: ", i + 1);
        if (!json_is_object(one))
            return ohm_cmd_fail(path, where, "a surface is an object: {\"area\": 12, \"u\": 1.1}");
        ohm_part part = ohm_part_of(0, 0);
        int status = take_all(path, where, one, part_fields, &part);
        if (status != OHM_EXIT_OK)
            return status;
        part.glazed = json_object_get(one, "g") != NULL;
        e->part[e->parts++] = part;
    }
    return OHM_EXIT_OK;
}

static int begin(const char *path, const json_t *root, ohm_building_file *b)
{
    const json_t *floor = json_object_get(root, "floor_area"),
                 *name = json_object_get(root, "class");
    if (!json_is_number(floor))
        return ohm_cmd_fail(path, "\"floor_area\" is missing, or no number of m2", NULL);
    int mass = OHM_MASS_MEDIUM;
    if (name) {
        for (mass = 0; mass < OHM_MASS_CLASSES; mass++)
            if (json_is_string(name) &&
                !strcmp(json_string_value(name), ohm_mass_class_names[mass]))
                break;
        if (mass == OHM_MASS_CLASSES)
            return ohm_cmd_fail(path,
                                "\"class\" is none of very light, light, medium, heavy, "
                                "very heavy",
                                NULL);
    }
    ohm_envelope_init(&b->envelope, json_number_value(floor), (ohm_mass_class)mass);
    for (int h = 0; h < OHM_DAY_HOURS; h++)
        b->heating_c[h] = b->cooling_c[h] = NAN;
    return OHM_EXIT_OK;
}

static int check(const char *path, ohm_building_file *b)
{
    ohm_err err = ohm_envelope_check(&b->envelope);
    if (ohm_failed(err)) {
        char where[40];
        (void)snprintf(where, sizeof where, "surface %u", err.at);
        return ohm_cmd_fail(path, err.what, err.at > 0 ? where : NULL);
    }
    for (int h = 0; h < OHM_DAY_HOURS; h++) {
        if (b->heating_c[h] > b->cooling_c[h])
            return ohm_cmd_fail(path, "t_set_heating is above t_set_cooling", NULL);
        if (fabs(b->heating_c[h]) > 100 || fabs(b->cooling_c[h]) > 100)
            return ohm_cmd_fail(path, "a set point is no temperature of a room in °C", NULL);
        if (!(b->internal_w[h] >= 0 && b->internal_w[h] <= 1e7))
            return ohm_cmd_fail(path, "internal_w is no power in W", NULL);
        if (!(b->ventilation_per_h[h] >= 0 && b->ventilation_per_h[h] <= 1000))
            return ohm_cmd_fail(path, "ventilation_ach is no number of air changes an hour", NULL);
    }
    if (b->mass_start_c < -100 || b->mass_start_c > 200)
        return ohm_cmd_fail(path, "t_m0 is no temperature of a building in °C", NULL);
    if (!(b->step_s >= 1 && b->step_s <= 3600) || fmod(3600, b->step_s) != 0)
        return ohm_cmd_fail(path, "dt_s must be whole parts of an hour, 3600 s at most", NULL);
    return OHM_EXIT_OK;
}

int ohm_building_take(const char *path, const json_t *root, ohm_building_file *out)
{
    ohm_building_file b = { .mass_start_c = NAN, .step_s = 3600 };
    int status = begin(path, root, &b);
    if (status == OHM_EXIT_OK)
        status = take_all(path, "", root, fields, &b);
    if (status == OHM_EXIT_OK)
        status = take_parts(path, json_object_get(root, "surfaces"), &b.envelope);
    if (status == OHM_EXIT_OK)
        status = check(path, &b);
    if (status == OHM_EXIT_OK)
        *out = b;
    return status;
}
