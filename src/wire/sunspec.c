#include "wire/sunspec.h"

enum {
    END_MODEL = 0xffff,
    HEADER = 2, /* number and length; offsets of points count from the number */
    MPPT_MODEL = 160,
    MPPT_FIRST = 10, /* of the first module of model 160 */
    MPPT_LEN = 20,
    MPPT_SHOWN = 6,
};

static const uint16_t places[] = { 40000, 50000, 0 };
enum { PLACES = sizeof places / sizeof *places };

/* --- the walk -----------------------------------------------------------------------------------
 */

void ohm_sunspec_begin(ohm_sunspec_walk *walk)
{
    *walk = (ohm_sunspec_walk){ 0 };
}

bool ohm_sunspec_next(const ohm_sunspec_walk *walk, uint16_t *ret_address, uint16_t *ret_count)
{
    if (walk->ended)
        return false;
    *ret_address = walk->found ? (uint16_t)walk->at : places[walk->base];
    *ret_count = HEADER;
    return true;
}

static void take_marker(ohm_sunspec_walk *walk, ohm_span data)
{
    if (data.len == 4 && memcmp(data.ptr, "SunS", 4) == 0) {
        walk->found = true;
        walk->at = places[walk->base] + 2u;
        return;
    }
    walk->base++;
    walk->ended = walk->base == PLACES;
}

static void take_header(ohm_sunspec_walk *walk, ohm_span data)
{
    if (data.len != 4) {
        walk->cut = true;
        walk->ended = true;
        return;
    }
    uint16_t id = ohm_be16(data.ptr), length = ohm_be16(data.ptr + 2);
    uint32_t next = walk->at + HEADER + length;
    if (id == END_MODEL) {
        walk->ended = true;
        return;
    }
    if (walk->count == OHM_SUNSPEC_MODELS_MAX || next + HEADER > 65536) {
        walk->cut = true;
        walk->ended = true;
        return;
    }
    walk->models[walk->count++] =
        (ohm_sunspec_model){ .id = id, .address = (uint16_t)walk->at, .length = length };
    walk->at = next;
}

void ohm_sunspec_take(ohm_sunspec_walk *walk, ohm_span data)
{
    assert(!walk->ended);
    if (walk->found)
        take_header(walk, data);
    else
        take_marker(walk, data);
}

/* --- what models mean ---------------------------------------------------------------------------
 */

typedef enum kind {
    UINT16,
    INT16,
    ACC32, /* 0: does not count */
    ACC64,
    FLOAT32,
    STRING,
} kind;

typedef struct row {
    uint8_t offset; /* from the model's number on; 0 ends a table */
    uint8_t kind;
    uint8_t factor; /* offset of its scale factor; 0: none */
    uint16_t quantity;
    int8_t scale; /* 1, or -1 where the house counts the other way */
    int8_t exponent;
    const char *name; /* of points without a quantity */
    const char *unit; /* likewise; NULL: none */
} row;

static const row common[] = {
    { 2, STRING, 16, OHM_Q_NONE, 1, 0, "manufacturer", NULL },
    { 18, STRING, 16, OHM_Q_NONE, 1, 0, "model", NULL },
    { 50, STRING, 16, OHM_Q_METER_ID, 1, 0, NULL, NULL },
    { 0 },
};

/* An inverter feeds: its power is negative in the house. */
static const row inverter[] = {
    { 2, UINT16, 6, OHM_Q_CURRENT, 1, 0, NULL, NULL },
    { 3, UINT16, 6, OHM_Q_CURRENT_L1, 1, 0, NULL, NULL },
    { 4, UINT16, 6, OHM_Q_CURRENT_L2, 1, 0, NULL, NULL },
    { 5, UINT16, 6, OHM_Q_CURRENT_L3, 1, 0, NULL, NULL },
    { 7, UINT16, 13, OHM_Q_VOLTAGE_L1_L2, 1, 0, NULL, NULL },
    { 8, UINT16, 13, OHM_Q_VOLTAGE_L2_L3, 1, 0, NULL, NULL },
    { 9, UINT16, 13, OHM_Q_VOLTAGE_L3_L1, 1, 0, NULL, NULL },
    { 10, UINT16, 13, OHM_Q_VOLTAGE_L1, 1, 0, NULL, NULL },
    { 11, UINT16, 13, OHM_Q_VOLTAGE_L2, 1, 0, NULL, NULL },
    { 12, UINT16, 13, OHM_Q_VOLTAGE_L3, 1, 0, NULL, NULL },
    { 14, INT16, 15, OHM_Q_POWER, -1, 0, NULL, NULL },
    { 16, UINT16, 17, OHM_Q_FREQUENCY, 1, 0, NULL, NULL },
    { 18, INT16, 19, OHM_Q_APPARENT_POWER, 1, 0, NULL, NULL },
    { 20, INT16, 21, OHM_Q_REACTIVE_POWER, -1, 0, NULL, NULL },
    { 22, INT16, 23, OHM_Q_POWER_FACTOR, 1, -2, NULL, NULL },
    { 24, ACC32, 26, OHM_Q_ENERGY_EXPORT, 1, 0, NULL, NULL },
    { 27, UINT16, 28, OHM_Q_DC_CURRENT, 1, 0, NULL, NULL },
    { 29, UINT16, 30, OHM_Q_DC_VOLTAGE, 1, 0, NULL, NULL },
    { 31, INT16, 32, OHM_Q_DC_POWER, 1, 0, NULL, NULL },
    { 33, INT16, 37, OHM_Q_TEMPERATURE, 1, 0, NULL, NULL },
    { 38, UINT16, 0, OHM_Q_NONE, 1, 0, "state", NULL },
    { 0 },
};

static const row inverter_float[] = {
    { 2, FLOAT32, 0, OHM_Q_CURRENT, 1, 0, NULL, NULL },
    { 4, FLOAT32, 0, OHM_Q_CURRENT_L1, 1, 0, NULL, NULL },
    { 6, FLOAT32, 0, OHM_Q_CURRENT_L2, 1, 0, NULL, NULL },
    { 8, FLOAT32, 0, OHM_Q_CURRENT_L3, 1, 0, NULL, NULL },
    { 10, FLOAT32, 0, OHM_Q_VOLTAGE_L1_L2, 1, 0, NULL, NULL },
    { 12, FLOAT32, 0, OHM_Q_VOLTAGE_L2_L3, 1, 0, NULL, NULL },
    { 14, FLOAT32, 0, OHM_Q_VOLTAGE_L3_L1, 1, 0, NULL, NULL },
    { 16, FLOAT32, 0, OHM_Q_VOLTAGE_L1, 1, 0, NULL, NULL },
    { 18, FLOAT32, 0, OHM_Q_VOLTAGE_L2, 1, 0, NULL, NULL },
    { 20, FLOAT32, 0, OHM_Q_VOLTAGE_L3, 1, 0, NULL, NULL },
    { 22, FLOAT32, 0, OHM_Q_POWER, -1, 0, NULL, NULL },
    { 24, FLOAT32, 0, OHM_Q_FREQUENCY, 1, 0, NULL, NULL },
    { 26, FLOAT32, 0, OHM_Q_APPARENT_POWER, 1, 0, NULL, NULL },
    { 28, FLOAT32, 0, OHM_Q_REACTIVE_POWER, -1, 0, NULL, NULL },
    { 30, FLOAT32, 0, OHM_Q_POWER_FACTOR, 1, -2, NULL, NULL },
    { 32, FLOAT32, 0, OHM_Q_ENERGY_EXPORT, 1, 0, NULL, NULL },
    { 34, FLOAT32, 0, OHM_Q_DC_CURRENT, 1, 0, NULL, NULL },
    { 36, FLOAT32, 0, OHM_Q_DC_VOLTAGE, 1, 0, NULL, NULL },
    { 38, FLOAT32, 0, OHM_Q_DC_POWER, 1, 0, NULL, NULL },
    { 40, FLOAT32, 0, OHM_Q_TEMPERATURE, 1, 0, NULL, NULL },
    { 48, UINT16, 0, OHM_Q_NONE, 1, 0, "state", NULL },
    { 0 },
};

static const row nameplate[] = {
    { 3, UINT16, 4, OHM_Q_NONE, 1, 0, "power_rated", "W" },
    { 0 },
};

static const row settings[] = {
    { 2, UINT16, 22, OHM_Q_NONE, 1, 0, "power_max", "W" },
    { 0 },
};

static const row status[] = {
    { 2, UINT16, 0, OHM_Q_NONE, 1, 0, "pv_connection", NULL },
    { 5, ACC64, 0, OHM_Q_NONE, 1, 0, "energy_lifetime", "Wh" },
    { 0 },
};

static const row controls[] = {
    { 4, UINT16, 0, OHM_Q_NONE, 1, 0, "connected", NULL },
    { 5, UINT16, 23, OHM_Q_NONE, 1, 0, "power_limit", "%" },
    { 0 },
};

static const row storage[] = {
    { 8, UINT16, 22, OHM_Q_BATTERY_CHARGE, 1, 0, NULL, NULL },
    { 10, UINT16, 24, OHM_Q_BATTERY_VOLTAGE, 1, 0, NULL, NULL },
    { 0 },
};

static const row meter[] = {
    { 2, INT16, 6, OHM_Q_CURRENT, 1, 0, NULL, NULL },
    { 3, INT16, 6, OHM_Q_CURRENT_L1, 1, 0, NULL, NULL },
    { 4, INT16, 6, OHM_Q_CURRENT_L2, 1, 0, NULL, NULL },
    { 5, INT16, 6, OHM_Q_CURRENT_L3, 1, 0, NULL, NULL },
    { 7, INT16, 15, OHM_Q_VOLTAGE, 1, 0, NULL, NULL },
    { 8, INT16, 15, OHM_Q_VOLTAGE_L1, 1, 0, NULL, NULL },
    { 9, INT16, 15, OHM_Q_VOLTAGE_L2, 1, 0, NULL, NULL },
    { 10, INT16, 15, OHM_Q_VOLTAGE_L3, 1, 0, NULL, NULL },
    { 12, INT16, 15, OHM_Q_VOLTAGE_L1_L2, 1, 0, NULL, NULL },
    { 13, INT16, 15, OHM_Q_VOLTAGE_L2_L3, 1, 0, NULL, NULL },
    { 14, INT16, 15, OHM_Q_VOLTAGE_L3_L1, 1, 0, NULL, NULL },
    { 16, INT16, 17, OHM_Q_FREQUENCY, 1, 0, NULL, NULL },
    { 18, INT16, 22, OHM_Q_POWER, 1, 0, NULL, NULL },
    { 19, INT16, 22, OHM_Q_POWER_L1, 1, 0, NULL, NULL },
    { 20, INT16, 22, OHM_Q_POWER_L2, 1, 0, NULL, NULL },
    { 21, INT16, 22, OHM_Q_POWER_L3, 1, 0, NULL, NULL },
    { 23, INT16, 27, OHM_Q_APPARENT_POWER, 1, 0, NULL, NULL },
    { 24, INT16, 27, OHM_Q_APPARENT_POWER_L1, 1, 0, NULL, NULL },
    { 25, INT16, 27, OHM_Q_APPARENT_POWER_L2, 1, 0, NULL, NULL },
    { 26, INT16, 27, OHM_Q_APPARENT_POWER_L3, 1, 0, NULL, NULL },
    { 28, INT16, 32, OHM_Q_REACTIVE_POWER, 1, 0, NULL, NULL },
    { 29, INT16, 32, OHM_Q_REACTIVE_POWER_L1, 1, 0, NULL, NULL },
    { 30, INT16, 32, OHM_Q_REACTIVE_POWER_L2, 1, 0, NULL, NULL },
    { 31, INT16, 32, OHM_Q_REACTIVE_POWER_L3, 1, 0, NULL, NULL },
    { 33, INT16, 37, OHM_Q_POWER_FACTOR, 1, -2, NULL, NULL },
    { 34, INT16, 37, OHM_Q_POWER_FACTOR_L1, 1, -2, NULL, NULL },
    { 35, INT16, 37, OHM_Q_POWER_FACTOR_L2, 1, -2, NULL, NULL },
    { 36, INT16, 37, OHM_Q_POWER_FACTOR_L3, 1, -2, NULL, NULL },
    { 38, ACC32, 54, OHM_Q_ENERGY_EXPORT, 1, 0, NULL, NULL },
    { 40, ACC32, 54, OHM_Q_ENERGY_EXPORT_L1, 1, 0, NULL, NULL },
    { 42, ACC32, 54, OHM_Q_ENERGY_EXPORT_L2, 1, 0, NULL, NULL },
    { 44, ACC32, 54, OHM_Q_ENERGY_EXPORT_L3, 1, 0, NULL, NULL },
    { 46, ACC32, 54, OHM_Q_ENERGY_IMPORT, 1, 0, NULL, NULL },
    { 48, ACC32, 54, OHM_Q_ENERGY_IMPORT_L1, 1, 0, NULL, NULL },
    { 50, ACC32, 54, OHM_Q_ENERGY_IMPORT_L2, 1, 0, NULL, NULL },
    { 52, ACC32, 54, OHM_Q_ENERGY_IMPORT_L3, 1, 0, NULL, NULL },
    { 55, ACC32, 71, OHM_Q_APPARENT_ENERGY_EXPORT, 1, 0, NULL, NULL },
    { 63, ACC32, 71, OHM_Q_APPARENT_ENERGY_IMPORT, 1, 0, NULL, NULL },
    { 72, ACC32, 104, OHM_Q_REACTIVE_ENERGY_Q1, 1, 0, NULL, NULL },
    { 80, ACC32, 104, OHM_Q_REACTIVE_ENERGY_Q2, 1, 0, NULL, NULL },
    { 88, ACC32, 104, OHM_Q_REACTIVE_ENERGY_Q3, 1, 0, NULL, NULL },
    { 96, ACC32, 104, OHM_Q_REACTIVE_ENERGY_Q4, 1, 0, NULL, NULL },
    { 0 },
};

static const row meter_float[] = {
    { 2, FLOAT32, 0, OHM_Q_CURRENT, 1, 0, NULL, NULL },
    { 4, FLOAT32, 0, OHM_Q_CURRENT_L1, 1, 0, NULL, NULL },
    { 6, FLOAT32, 0, OHM_Q_CURRENT_L2, 1, 0, NULL, NULL },
    { 8, FLOAT32, 0, OHM_Q_CURRENT_L3, 1, 0, NULL, NULL },
    { 10, FLOAT32, 0, OHM_Q_VOLTAGE, 1, 0, NULL, NULL },
    { 12, FLOAT32, 0, OHM_Q_VOLTAGE_L1, 1, 0, NULL, NULL },
    { 14, FLOAT32, 0, OHM_Q_VOLTAGE_L2, 1, 0, NULL, NULL },
    { 16, FLOAT32, 0, OHM_Q_VOLTAGE_L3, 1, 0, NULL, NULL },
    { 20, FLOAT32, 0, OHM_Q_VOLTAGE_L1_L2, 1, 0, NULL, NULL },
    { 22, FLOAT32, 0, OHM_Q_VOLTAGE_L2_L3, 1, 0, NULL, NULL },
    { 24, FLOAT32, 0, OHM_Q_VOLTAGE_L3_L1, 1, 0, NULL, NULL },
    { 26, FLOAT32, 0, OHM_Q_FREQUENCY, 1, 0, NULL, NULL },
    { 28, FLOAT32, 0, OHM_Q_POWER, 1, 0, NULL, NULL },
    { 30, FLOAT32, 0, OHM_Q_POWER_L1, 1, 0, NULL, NULL },
    { 32, FLOAT32, 0, OHM_Q_POWER_L2, 1, 0, NULL, NULL },
    { 34, FLOAT32, 0, OHM_Q_POWER_L3, 1, 0, NULL, NULL },
    { 36, FLOAT32, 0, OHM_Q_APPARENT_POWER, 1, 0, NULL, NULL },
    { 38, FLOAT32, 0, OHM_Q_APPARENT_POWER_L1, 1, 0, NULL, NULL },
    { 40, FLOAT32, 0, OHM_Q_APPARENT_POWER_L2, 1, 0, NULL, NULL },
    { 42, FLOAT32, 0, OHM_Q_APPARENT_POWER_L3, 1, 0, NULL, NULL },
    { 44, FLOAT32, 0, OHM_Q_REACTIVE_POWER, 1, 0, NULL, NULL },
    { 46, FLOAT32, 0, OHM_Q_REACTIVE_POWER_L1, 1, 0, NULL, NULL },
    { 48, FLOAT32, 0, OHM_Q_REACTIVE_POWER_L2, 1, 0, NULL, NULL },
    { 50, FLOAT32, 0, OHM_Q_REACTIVE_POWER_L3, 1, 0, NULL, NULL },
    { 52, FLOAT32, 0, OHM_Q_POWER_FACTOR, 1, 0, NULL, NULL },
    { 54, FLOAT32, 0, OHM_Q_POWER_FACTOR_L1, 1, 0, NULL, NULL },
    { 56, FLOAT32, 0, OHM_Q_POWER_FACTOR_L2, 1, 0, NULL, NULL },
    { 58, FLOAT32, 0, OHM_Q_POWER_FACTOR_L3, 1, 0, NULL, NULL },
    { 60, FLOAT32, 0, OHM_Q_ENERGY_EXPORT, 1, 0, NULL, NULL },
    { 62, FLOAT32, 0, OHM_Q_ENERGY_EXPORT_L1, 1, 0, NULL, NULL },
    { 64, FLOAT32, 0, OHM_Q_ENERGY_EXPORT_L2, 1, 0, NULL, NULL },
    { 66, FLOAT32, 0, OHM_Q_ENERGY_EXPORT_L3, 1, 0, NULL, NULL },
    { 68, FLOAT32, 0, OHM_Q_ENERGY_IMPORT, 1, 0, NULL, NULL },
    { 70, FLOAT32, 0, OHM_Q_ENERGY_IMPORT_L1, 1, 0, NULL, NULL },
    { 72, FLOAT32, 0, OHM_Q_ENERGY_IMPORT_L2, 1, 0, NULL, NULL },
    { 74, FLOAT32, 0, OHM_Q_ENERGY_IMPORT_L3, 1, 0, NULL, NULL },
    { 76, FLOAT32, 0, OHM_Q_APPARENT_ENERGY_EXPORT, 1, 0, NULL, NULL },
    { 84, FLOAT32, 0, OHM_Q_APPARENT_ENERGY_IMPORT, 1, 0, NULL, NULL },
    { 92, FLOAT32, 0, OHM_Q_REACTIVE_ENERGY_Q1, 1, 0, NULL, NULL },
    { 100, FLOAT32, 0, OHM_Q_REACTIVE_ENERGY_Q2, 1, 0, NULL, NULL },
    { 108, FLOAT32, 0, OHM_Q_REACTIVE_ENERGY_Q3, 1, 0, NULL, NULL },
    { 116, FLOAT32, 0, OHM_Q_REACTIVE_ENERGY_Q4, 1, 0, NULL, NULL },
    { 0 },
};

/* One module of model 160, from the module's beginning. */
static const row mppt[] = {
    { 9, UINT16, 2, OHM_Q_NONE, 1, 0, "current", "A" },
    { 10, UINT16, 3, OHM_Q_NONE, 1, 0, "voltage", "V" },
    { 11, UINT16, 4, OHM_Q_NONE, 1, 0, "power", "W" },
    { 12, ACC32, 5, OHM_Q_NONE, 1, 0, "energy", "Wh" },
    { 0 },
};

static const struct {
    uint16_t id;
    const char *name;
    const row *rows; /* NULL: of modules */
} models[] = {
    { 1, "common", common },
    { 101, "single-phase inverter", inverter },
    { 102, "split-phase inverter", inverter },
    { 103, "three-phase inverter", inverter },
    { 111, "single-phase inverter", inverter_float },
    { 112, "split-phase inverter", inverter_float },
    { 113, "three-phase inverter", inverter_float },
    { 120, "nameplate", nameplate },
    { 121, "settings", settings },
    { 122, "status", status },
    { 123, "controls", controls },
    { 124, "storage", storage },
    { MPPT_MODEL, "strings of modules", NULL },
    { 201, "single-phase meter", meter },
    { 202, "split-phase meter", meter },
    { 203, "three-phase meter", meter },
    { 204, "delta meter", meter },
    { 211, "single-phase meter", meter_float },
    { 212, "split-phase meter", meter_float },
    { 213, "three-phase meter", meter_float },
    { 214, "delta meter", meter_float },
};
enum { MODELS = sizeof models / sizeof *models };

static int find(uint16_t id)
{
    for (int i = 0; i < MODELS; i++)
        if (models[i].id == id)
            return i;
    return -1;
}

const char *ohm_sunspec_model_name(uint16_t id)
{
    int i = find(id);
    return i < 0 ? NULL : models[i].name;
}

/* --- points -------------------------------------------------------------------------------------
 */

static void set_kind(const row *r, ohm_modbus_point *p)
{
    static const struct {
        uint8_t type, words;
        bool has_absent;
        uint64_t absent;
    } kinds[] = {
        [UINT16] = { OHM_MODBUS_UINT16, 1, true, 0xffff },
        [INT16] = { OHM_MODBUS_INT16, 1, true, 0x8000 },
        [ACC32] = { OHM_MODBUS_UINT32, 2, true, 0 },
        [ACC64] = { OHM_MODBUS_UINT64, 4, true, 0 },
        [FLOAT32] = { OHM_MODBUS_FLOAT32, 2, false, 0 }, /* not a number */
        [STRING] = { OHM_MODBUS_STRING, 0, false, 0 },
    };
    p->type = kinds[r->kind].type;
    p->words = r->kind == STRING ? r->factor : kinds[r->kind].words;
    p->has_absent = kinds[r->kind].has_absent;
    p->absent = kinds[r->kind].absent;
}

static bool is_there(const ohm_modbus_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->points_count; i++)
        if (!strcmp(profile->points[i].name, name))
            return true;
    return false;
}

/* "mppt2_power" */
static void module_name(unsigned module, const char *name, char out[static OHM_MODBUS_NAME_MAX])
{
    static const char head[] = "mppt";
    size_t len = strlen(name);
    assert(sizeof head + 1 + len < OHM_MODBUS_NAME_MAX && module < 10);
    memcpy(out, head, sizeof head - 1);
    out[sizeof head - 1] = (char)('0' + module);
    out[sizeof head] = '_';
    memcpy(out + sizeof head + 1, name, len + 1);
}

/* A row of a model, or of a module of it that begins `from` registers behind its number. */
static void add(const ohm_sunspec_model *m, const row *r, unsigned module, unsigned from,
                ohm_modbus_profile *out)
{
    ohm_modbus_point p = { .function = OHM_MODBUS_READ_HOLDING, .quantity = r->quantity };
    set_kind(r, &p);
    unsigned end = from + r->offset + p.words;
    bool factor = r->factor != 0 && r->kind != STRING;
    bool inside = end <= (unsigned)HEADER + m->length &&
                  (!factor || r->factor < (unsigned)HEADER + m->length);
    const char *name = r->name ? r->name : ohm_quantity_get((ohm_quantity_id)r->quantity)->name;
    assert(strlen(name) < sizeof p.name);
    if (module > 0)
        module_name(module, name, p.name);
    else
        memcpy(p.name, name, strlen(name) + 1);
    if (!inside || is_there(out, p.name) || out->points_count == OHM_MODBUS_POINTS_MAX)
        return;
    p.address = (uint16_t)(m->address + from + r->offset);
    p.has_factor = factor;
    p.factor = (uint16_t)(m->address + r->factor);
    p.scale = r->scale;
    p.scale_exponent = r->exponent;
    const char *unit = ohm_quantity_get((ohm_quantity_id)r->quantity)->unit;
    p.unit = r->unit ? r->unit : unit;
    out->points[out->points_count++] = p;
}

static void add_modules(const ohm_sunspec_model *m, ohm_modbus_profile *out)
{
    unsigned end = (unsigned)HEADER + m->length;
    unsigned count = end < MPPT_FIRST ? 0 : (end - MPPT_FIRST) / MPPT_LEN;
    for (unsigned module = 1; module <= count && module <= MPPT_SHOWN; module++)
        for (const row *r = mppt; r->offset; r++)
            add(m, r, module, MPPT_FIRST + (module - 1) * MPPT_LEN, out);
}

/* A plan holds so much; what is over it are points without a quantity, the last first. */
static void fit(ohm_modbus_profile *out)
{
    unsigned parts = 0, bytes = 0;
    for (size_t i = 0; i < out->points_count; i++) {
        const ohm_modbus_point *p = &out->points[i];
        parts += 1 + p->has_factor;
        bytes += 2u * p->words + 2u * p->has_factor;
    }
    while (parts > OHM_MODBUS_SPANS_MAX || bytes > OHM_MODBUS_POOL_MAX) {
        const ohm_modbus_point *p = &out->points[--out->points_count];
        parts -= 1 + p->has_factor;
        bytes -= 2u * p->words + 2u * p->has_factor;
    }
}

void ohm_sunspec_profile(const ohm_sunspec_walk *walk, ohm_modbus_profile *out)
{
    out->points_count = 0;
    for (int pass = 0; pass < 2; pass++) /* what has a quantity first */
        for (size_t i = 0; i < walk->count; i++) {
            const ohm_sunspec_model *m = &walk->models[i];
            int known = find(m->id);
            if (known < 0)
                continue;
            for (const row *r = models[known].rows; r && r->offset; r++)
                if ((r->quantity != OHM_Q_NONE) == (pass == 0))
                    add(m, r, 0, 0, out);
            if (!models[known].rows && pass == 1)
                add_modules(m, out);
        }
    fit(out);
}
