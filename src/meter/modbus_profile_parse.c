/* One profile's YAML by a table of fields, then what no table can check. */
#include <stdlib.h>

#include "base/number.h"
#include "config/nearest.h"
#include "link/link.h"
#include "meter/modbus_profiles.h"

enum { UNIT_TEXT_MAX = 8 };

typedef struct number64 {
    bool given;
    uint64_t value;
} number64;

typedef struct add_row {
    uint16_t address;
} add_row;

typedef struct point_row {
    char quantity[OHM_MODBUS_NAME_MAX], name[OHM_MODBUS_NAME_MAX];
    char unit[UNIT_TEXT_MAX];
    bool has_table, has_type, has_order, has_address;
    int table, type, order;
    int64_t words;
    uint16_t address;
    ohm_modbus_decimal scale;
    number64 absent, mask, factor;
    uint16_t adds_count;
    add_row adds[OHM_MODBUS_ADDS_MAX];
    uint32_t line;
} point_row;

typedef struct file_row {
    char name[OHM_MODBUS_NAME_MAX], label[OHM_MODBUS_LABEL_MAX], source[OHM_MODBUS_SOURCE_MAX];
    bool sunspec;
    int64_t unit, baud, registers_max, gap, pause_ms, reply_ms;
    char framing[4];
    int table, type, order;
    uint16_t points_count;
    point_row points[OHM_MODBUS_POINTS_MAX];
} file_row;

/* In the order of their functions, from 1. */
static const char *const tables[] = { "coil", "discrete", "holding", "input", NULL };

/* --- scalars ------------------------------------------------------------------------------------
 */

/* 12 or 0x0c. */
static bool read_number(ohm_span text, uint64_t *out)
{
    uint64_t value = 0;
    bool hex = text.len > 2 && text.ptr[0] == '0' && text.ptr[1] == 'x';
    for (size_t i = hex ? 2 : 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        unsigned digit = c >= '0' && c <= '9'          ? c - (unsigned)'0'
                         : hex && c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10
                         : hex && c >= 'A' && c <= 'F' ? c - (unsigned)'A' + 10
                                                       : 99;
        uint64_t base = hex ? 16 : 10;
        if (digit == 99 || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out = value;
    return text.len > 0;
}

static const char *parse_address(ohm_span text, void *target)
{
    uint64_t value = 0;
    if (!read_number(text, &value) || value > UINT16_MAX)
        return "an address from 0 to 65535, or 0x0000 to 0xffff";
    *(uint16_t *)target = (uint16_t)value;
    return NULL;
}

static const char *parse_bits(ohm_span text, void *target)
{
    number64 *out = target;
    if (!read_number(text, &out->value))
        return "a number, or 0x and hex digits";
    out->given = true;
    return NULL;
}

static const char *parse_scale(ohm_span text, void *target)
{
    ohm_modbus_decimal *out = target;
    bool good = ohm_number_decimal(text, &out->mantissa, &out->exponent) == OHM_OK;
    if (!good || out->mantissa == 0 || out->exponent < -12 || out->exponent > 9)
        return "a decimal that is not 0, such as 0.1 or -1";
    return NULL;
}

/* --- tables -------------------------------------------------------------------------------------
 */

#define TEXT(k, type_, member, must, text)                                                         \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_TEXT, .offset = offsetof(type_, member),                       \
        .size = sizeof(((type_ *)0)->member), .required = must, .help = text                       \
    }
#define INT(k, member, least, most, text)                                                          \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_INT, .offset = offsetof(file_row, member), .min = least,       \
        .max = most, .help = text                                                                  \
    }
#define CHOICE(k, type_, member, list, given, text)                                                \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CHOICE, .offset = offsetof(type_, member), .choices = list,    \
        .given_offset = given, .help = text                                                        \
    }
#define CUSTOM(k, member, function, must, text)                                                    \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CUSTOM, .offset = offsetof(point_row, member),                 \
        .parse = function, .required = must, .help = text                                          \
    }

static const ohm_field add_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(add_row, address),
      .parse = parse_address,
      .help = "an address" },
    { 0 },
};

static const ohm_field point_map[] = {
    TEXT("quantity", point_row, quantity, false, "of the house's table: power, energy_import …"),
    TEXT("name", point_row, name, false, "where no quantity fits: it is shown, and no series"),
    CUSTOM("address", address, parse_address, true, "on the wire, from 0"),
    CHOICE("table", point_row, table, tables, offsetof(point_row, has_table), "default: defaults"),
    CHOICE("type", point_row, type, ohm_modbus_type_names, offsetof(point_row, has_type),
           "default: defaults"),
    CHOICE("order", point_row, order, ohm_modbus_order_names, offsetof(point_row, has_order),
           "default: defaults"),
    { .key = "words",
      .type = OHM_FIELD_INT,
      .offset = offsetof(point_row, words),
      .min = 1,
      .max = OHM_MODBUS_STRING_WORDS_MAX,
      .help = "registers of a string" },
    TEXT("unit", point_row, unit, false, "of the scaled number: V, kWh …"),
    CUSTOM("scale", scale, parse_scale, false, "factor, an exact decimal, default 1"),
    CUSTOM("absent", absent, parse_bits, false, "bits that mean: no value"),
    CUSTOM("factor", factor, parse_bits, false,
           "address of a register with a power of ten to multiply with"),
    CUSTOM("mask", mask, parse_bits, false, "of the bits that count, shifted down"),
    { .key = "add",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(point_row, adds),
      .size = sizeof(add_row),
      .fields = add_scalar,
      .list_max = OHM_MODBUS_ADDS_MAX,
      .count_offset = offsetof(point_row, adds_count),
      .help = "addresses of values that are added: the other phases" },
    { 0 },
};

static const ohm_field device_map[] = {
    INT("unit", unit, 0, 255, "unit id, default 1"),
    INT("baud", baud, 300, 921600, "serial speed, default 9600"),
    TEXT("framing", file_row, framing, false, "8N1, 8E1 …, default 8N1"),
    INT("registers_max", registers_max, 1, OHM_MODBUS_READ_REGISTERS_MAX,
        "registers of one request, default 125"),
    INT("gap", gap, 0, 100, "registers read in vain to spare a request, default 0"),
    INT("pause_ms", pause_ms, 0, 5000, "between two requests, default 0"),
    INT("reply_ms", reply_ms, 50, 10000, "longest wait for an answer, default 1000"),
    { 0 },
};

static const ohm_field defaults_map[] = {
    CHOICE("table", file_row, table, tables, 0, "coil, discrete, holding or input"),
    CHOICE("type", file_row, type, ohm_modbus_type_names, 0, "uint16, float32 …"),
    CHOICE("order", file_row, order, ohm_modbus_order_names, 0, "abcd, cdab, badc, dcba"),
    { 0 },
};

static const ohm_field file_map[] = {
    TEXT("name", file_row, name, true, "a-z, 0-9 and -"),
    TEXT("label", file_row, label, true, "for people"),
    TEXT("source", file_row, source, true, "where the map was published"),
    { .key = "sunspec",
      .type = OHM_FIELD_BOOL,
      .offset = offsetof(file_row, sunspec),
      .help = "true: the device describes itself, no points" },
    { .key = "device", .type = OHM_FIELD_MAP, .fields = device_map, .help = "how it is asked" },
    { .key = "defaults",
      .type = OHM_FIELD_MAP,
      .fields = defaults_map,
      .help = "of points that don't say: holding, uint16, abcd" },
    { .key = "points",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(file_row, points),
      .size = sizeof(point_row),
      .fields = point_map,
      .list_max = OHM_MODBUS_POINTS_MAX,
      .count_offset = offsetof(file_row, points_count),
      .line_offset = offsetof(point_row, line),
      .help = "what its registers mean" },
    { 0 },
};

/* --- checks -------------------------------------------------------------------------------------
 */

typedef struct check {
    const char *file;
    ohm_schema_report *report;
    unsigned line;
    char path[24];
} check;

#define WRONG(c, ...) ohm_schema_error((c)->report, (c)->file, (c)->line, (c)->path, __VA_ARGS__)

static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '-' && *p != '_')
            return false;
    return *name != 0;
}

static void check_quantity(check *c, const point_row *row, ohm_modbus_point *p)
{
    if (!row->quantity[0]) {
        if (!is_name(row->name))
            WRONG(c, "a point has a quantity, or a name of a-z, 0-9, _ and -");
        memcpy(p->name, row->name, sizeof p->name);
        return;
    }
    if (row->name[0])
        WRONG(c, "a point with a quantity has its name");
    memcpy(p->name, row->quantity, sizeof p->name);
    p->quantity = (uint16_t)ohm_quantity_find(ohm_span_text(row->quantity));
    if (p->quantity != OHM_Q_NONE)
        return;
    const char *best = NULL;
    for (int i = 1; i < OHM_QUANTITIES_COUNT; i++)
        best = ohm_nearest_pick(ohm_span_text(row->quantity),
                                ohm_quantity_get((ohm_quantity_id)i)->name, best);
    WRONG(c, best ? "no quantity '%s' (did you mean '%s'?)" : "no quantity '%s'%s", row->quantity,
          best ? best : "");
}

static void check_unit(check *c, const point_row *row, ohm_modbus_point *p)
{
    int exponent = 0;
    const ohm_quantity *q = ohm_quantity_get((ohm_quantity_id)p->quantity);
    p->unit = "";
    if (!ohm_modbus_unit(ohm_span_text(row->unit), &p->unit, &exponent)) {
        WRONG(c, "no unit '%s' (W, var, VA, Wh, varh, VAh, V, A, Hz, with k, M, G or m; C, %%, 1)",
              row->unit);
        return;
    }
    if (p->quantity != OHM_Q_NONE && strcmp(q->unit, p->unit) != 0)
        WRONG(c, "%s is in %s, not in '%s'", q->name, *q->unit ? q->unit : "no unit", row->unit);
    p->scale = row->scale.mantissa;
    p->scale_exponent = (int8_t)(row->scale.exponent + exponent);
}

static void check_place(check *c, const file_row *file, ohm_modbus_point *p)
{
    bool bits = p->function <= OHM_MODBUS_READ_DISCRETE;
    if (bits != (p->type == OHM_MODBUS_BIT))
        WRONG(c, "coils and discrete inputs are of type bit, registers are not");
    if (p->words == 0)
        WRONG(c, "a string says how many registers it has (words)");
    if (!bits && p->words > file->registers_max)
        WRONG(c, "it has %u registers, and a request at most %lld", p->words,
              (long long)file->registers_max);
    for (int i = -1; i < p->adds_count; i++)
        if ((i < 0 ? p->address : p->adds[i]) + p->words > 65536)
            WRONG(c, "it ends behind the last register");
    if (p->adds_count > 0 && p->type == OHM_MODBUS_STRING)
        WRONG(c, "text can't be added up");
    bool text = p->quantity != OHM_Q_NONE &&
                ohm_quantity_get((ohm_quantity_id)p->quantity)->kind == OHM_TEXT;
    if (p->quantity != OHM_Q_NONE && text != (p->type == OHM_MODBUS_STRING))
        WRONG(c, "%s is %s", p->name, text ? "text" : "a number");
}

static ohm_modbus_point point_of(const file_row *file, const point_row *row)
{
    ohm_modbus_type type = (ohm_modbus_type)(row->has_type ? row->type : file->type);
    ohm_modbus_point p = {
        .function = (uint8_t)(1 + (row->has_table ? row->table : file->table)),
        .type = (uint8_t)type,
        .order = (uint8_t)(row->has_order ? row->order : file->order),
        .words = (uint8_t)(type == OHM_MODBUS_BIT      ? 1
                           : type == OHM_MODBUS_STRING ? row->words
                                                       : ohm_modbus_type_words(type)),
        .address = row->address,
        .adds_count = (uint8_t)row->adds_count,
        .has_absent = row->absent.given,
        .absent = row->absent.value,
        .mask = row->mask.value,
        .has_factor = row->factor.given,
        .factor = (uint16_t)row->factor.value,
    };
    for (size_t i = 0; i < row->adds_count; i++)
        p.adds[i] = row->adds[i].address;
    return p;
}

static void check_points(check *c, const file_row *file, ohm_modbus_profile *out)
{
    for (size_t i = 0; i < file->points_count; i++) {
        const point_row *row = &file->points[i];
        ohm_modbus_point *p = &out->points[i];
        c->line = row->line;
        *p = point_of(file, row);
        check_quantity(c, row, p);
        check_unit(c, row, p);
        check_place(c, file, p);
        if (row->words && p->type != OHM_MODBUS_STRING)
            WRONG(c, "only a string says how many registers it has");
        if (row->factor.value > UINT16_MAX)
            WRONG(c, "no register has the address of its factor");
        if (row->mask.given && row->mask.value == 0)
            WRONG(c, "a mask of no bits");
        for (size_t k = 0; k < i; k++)
            if (!strcmp(out->points[k].name, p->name))
                WRONG(c, "'%s' was there before", p->name);
    }
    out->points_count = file->points_count;
    c->line = 0;
}

static void check_file(check *c, const file_row *file, ohm_modbus_profile *out)
{
    ohm_modbus_plan *plan = NULL;
    if (!is_name(file->name))
        WRONG(c, "a name is made of a-z, 0-9, _ and -");
    if (ohm_link_framing_check(file->framing) != OHM_OK)
        WRONG(c, "no framing '%s' (8N1, 8E1 …)", file->framing);
    if (file->sunspec == (file->points_count > 0))
        WRONG(c, file->sunspec ? "a SunSpec device describes itself: no points"
                               : "no points, and no 'sunspec: true'");
    unsigned before = c->report->errors;
    check_points(c, file, out);
    if (c->report->errors > before)
        return; /* a plan needs points that are right */
    plan = calloc(1, sizeof *plan);
    if (plan && ohm_modbus_plan_make(out, plan) != OHM_OK)
        WRONG(c, "more registers than a device is asked for (%d values, %d bytes)",
              OHM_MODBUS_SPANS_MAX, OHM_MODBUS_POOL_MAX);
    free(plan);
}

static void defaults(file_row *file)
{
    *file = (file_row){ .unit = 1,
                        .baud = 9600,
                        .framing = "8N1",
                        .registers_max = OHM_MODBUS_READ_REGISTERS_MAX,
                        .reply_ms = 1000,
                        .table = OHM_MODBUS_READ_HOLDING - 1 };
    for (size_t i = 0; i < OHM_MODBUS_POINTS_MAX; i++)
        file->points[i].scale.mantissa = 1;
}

static ohm_code read_file(ohm_span yaml, const char *name, file_row *file, ohm_modbus_profile *out,
                          ohm_schema_report *report)
{
    defaults(file);
    ohm_code code = ohm_schema_read(file_map, yaml, name, file, report);
    if (code != OHM_OK)
        return code;
    *out = (ohm_modbus_profile){
        .sunspec = file->sunspec,
        .registers_max = (uint16_t)file->registers_max,
        .gap = (uint16_t)file->gap,
        .pause_ms = (uint16_t)file->pause_ms,
        .reply_ms = (uint16_t)file->reply_ms,
        .baud = (uint32_t)file->baud,
        .unit = (uint8_t)file->unit,
    };
    memcpy(out->name, file->name, sizeof out->name);
    memcpy(out->label, file->label, sizeof out->label);
    memcpy(out->source, file->source, sizeof out->source);
    memcpy(out->framing, file->framing, sizeof out->framing);
    unsigned before = report->errors;
    check c = { .file = name, .report = report, .path = "" };
    check_file(&c, file, out);
    return report->errors == before ? OHM_OK : OHM_BAD_FORMAT;
}

ohm_code ohm_modbus_profile_parse(ohm_span yaml, const char *file, ohm_modbus_profile *out,
                                  ohm_schema_report *report)
{
    file_row *row = calloc(1, sizeof *row);
    if (!row)
        return OHM_NO_MEMORY;
    ohm_code code = read_file(yaml, file, row, out, report);
    free(row);
    return code;
}
