/* One file of data/meters as a profile: read by the tables below, then checked and packed. */
#include <stdio.h>

#include "config/schema.h"
#include "meter/profiles.h"
#include "wire/dlms_unit.h"

enum {
    TITLE_BYTES_MAX = 8,
    SCALER_MAX = 18,
    LAYOUT_ANY = -1, /* of a rule_row */
};

typedef struct hex_bytes {
    uint8_t len;
    uint8_t bytes[TITLE_BYTES_MAX];
} hex_bytes;

typedef struct rule_row {
    char manufacturer[4], list_id[OHM_PROFILE_TEXT_MAX], device[OHM_PROFILE_TEXT_MAX];
    hex_bytes title, destination, source;
    int layout;
    uint32_t line;
} rule_row;

typedef struct scaler_row {
    ohm_obis_pattern obis;
    int64_t scaler;
    uint8_t unit;
} scaler_row;

typedef struct item_row {
    uint8_t obis[OHM_OBIS_LEN];
    uint8_t type;
    int part; /* ohm_value_part */
} item_row;

typedef struct list_row {
    item_row items[OHM_PROFILE_ITEMS_MAX];
    uint16_t count;
    uint32_t line;
} list_row;

typedef struct file_row {
    char name[OHM_PROFILE_NAME_MAX], label[OHM_PROFILE_LABEL_MAX];
    int clock; /* ohm_profile_clock */
    bool has_rules, has_lists;
    uint16_t rules_count, scalers_count, lists_count;
    rule_row rules[OHM_PROFILE_RULES_MAX];
    scaler_row scalers[OHM_PROFILE_ROWS_MAX];
    list_row lists[OHM_PROFILE_LISTS_MAX];
} file_row;

/* --- scalars ------------------------------------------------------------------------------------
 */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool hex_into(ohm_span text, size_t max, hex_bytes *out)
{
    if (text.len == 0 || text.len % 2 || text.len / 2 > max)
        return false;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.ptr[i]), low = hex_digit(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    out->len = (uint8_t)(text.len / 2);
    return true;
}

static const char *parse_title(ohm_span text, void *target)
{
    return hex_into(text, TITLE_BYTES_MAX, target) ? NULL : "1 to 8 bytes in hex";
}

static const char *parse_address(ohm_span text, void *target)
{
    return hex_into(text, OHM_PROFILE_ADDRESS_MAX, target) ? NULL : "1 to 4 bytes in hex";
}

static const char *parse_pattern(ohm_span text, void *target)
{
    return ohm_obis_pattern_parse(text, target) == OHM_OK ? NULL : "an OBIS code, as 1-*:1.8.0";
}

static const char *parse_unit(ohm_span text, void *target)
{
    uint8_t unit = ohm_dlms_unit_find(text);
    memcpy(target, &unit, sizeof unit);
    return unit != OHM_UNIT_UNKNOWN ? NULL : "a unit: W, var, Wh, A, V, Hz, 1 …";
}

static const char *parse_code(ohm_span text, void *target)
{
    return ohm_obis_parse(text, target) == OHM_OK ? NULL : "an OBIS code, as 1-0:1.8.0";
}

static const char *parse_type(ohm_span text, void *target)
{
    int type = ohm_profile_type_find(text);
    uint8_t tag = (uint8_t)type;
    if (type >= 0)
        memcpy(target, &tag, sizeof tag);
    return type >= 0 ? NULL : "a type: u32, octets, any …";
}

/* --- the tables ---------------------------------------------------------------------------------
 */

#define TEXT(k, type_, member, must, text)                                                         \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_TEXT, .offset = offsetof(type_, member),                       \
        .size = sizeof(((type_ *)0)->member), .required = must, .help = text                       \
    }
#define CUSTOM(k, type_, member, how, must, text)                                                  \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CUSTOM, .offset = offsetof(type_, member), .parse = how,       \
        .required = must, .help = text                                                             \
    }
#define CHOICE(k, type_, member, list, text)                                                       \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CHOICE, .offset = offsetof(type_, member), .choices = list,    \
        .help = text                                                                               \
    }

static const char *const clocks[] = {
    [OHM_CLOCK_CIVIL] = "civil", [OHM_CLOCK_STANDARD] = "standard", NULL
};
/* From OHM_PUSH_SELF_DESCRIBING on: "any" states nothing. */
static const char *const layouts[] = { "self-describing", "pairs",   "records",
                                       "positional",      "tagless", NULL };
static const char *const parts[] = {
    [OHM_PART_WHOLE] = "whole", [OHM_PART_TIME] = "time", [OHM_PART_DATE] = "date", NULL
};

static void rule_defaults(void *element)
{
    *(rule_row *)element = (rule_row){ .layout = LAYOUT_ANY };
}

static const ohm_field rule_map[] = {
    TEXT("manufacturer", rule_row, manufacturer, false, "three capital letters"),
    TEXT("list_id", rule_row, list_id, false, "the list's own name begins so"),
    TEXT("device", rule_row, device, false, "the logical device name begins so"),
    CUSTOM("title", rule_row, title, parse_title, false, "the system title begins so, hex"),
    CUSTOM("destination", rule_row, destination, parse_address, false, "HDLC address, hex"),
    CUSTOM("source", rule_row, source, parse_address, false, "HDLC address, hex"),
    CHOICE("layout", rule_row, layout, layouts, "how a push names its values"),
    { 0 },
};

static const ohm_field scaler_map[] = {
    CUSTOM("", scaler_row, obis, parse_pattern, true, "which registers"),
    { .key = "scaler",
      .type = OHM_FIELD_INT,
      .offset = offsetof(scaler_row, scaler),
      .min = -SCALER_MAX,
      .max = SCALER_MAX,
      .required = true,
      .help = "value = raw × 10^scaler" },
    CUSTOM("unit", scaler_row, unit, parse_unit, false, "default the OBIS code's"),
    { 0 },
};

static const ohm_field item_map[] = {
    CUSTOM("obis", item_row, obis, parse_code, true, "its OBIS code"),
    CUSTOM("type", item_row, type, parse_type, true, "the A-XDR type that it must have"),
    CHOICE("part", item_row, part, parts, "of the object, default whole"),
    { 0 },
};

static const ohm_field list_items[] = {
    { .key = "",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(list_row, items),
      .size = sizeof(item_row),
      .fields = item_map,
      .list_max = OHM_PROFILE_ITEMS_MAX,
      .count_offset = offsetof(list_row, count) },
    { 0 },
};

static const ohm_field file_map[] = {
    TEXT("name", file_row, name, true, "a-z, 0-9 and -"),
    TEXT("label", file_row, label, true, "for people"),
    CHOICE("clock", file_row, clock, clocks, "how it runs without a deviation, default civil"),
    { .key = "match",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(file_row, rules),
      .size = sizeof(rule_row),
      .fields = rule_map,
      .list_max = OHM_PROFILE_RULES_MAX,
      .count_offset = offsetof(file_row, rules_count),
      .defaults = rule_defaults,
      .line_offset = offsetof(rule_row, line),
      .given_offset = offsetof(file_row, has_rules),
      .help = "which meters it is of: all conditions of one rule" },
    { .key = "scalers",
      .type = OHM_FIELD_KEYED,
      .offset = offsetof(file_row, scalers),
      .size = sizeof(scaler_row),
      .fields = scaler_map,
      .list_max = OHM_PROFILE_ROWS_MAX,
      .count_offset = offsetof(file_row, scalers_count),
      .help = "of registers; the first that matches" },
    { .key = "lists",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(file_row, lists),
      .size = sizeof(list_row),
      .fields = list_items,
      .list_max = OHM_PROFILE_LISTS_MAX,
      .count_offset = offsetof(file_row, lists_count),
      .line_offset = offsetof(list_row, line),
      .given_offset = offsetof(file_row, has_lists),
      .help = "layouts without OBIS codes: all elements in order" },
    { 0 },
};

/* --- what the tables can't tell -----------------------------------------------------------------
 */

static bool is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '-')
            return false;
    return *name != 0;
}

static bool is_manufacturer(const char text[static 4])
{
    if (!text[0])
        return true; /* no condition */
    for (int i = 0; i < 3; i++)
        if (text[i] < 'A' || text[i] > 'Z')
            return false;
    return true;
}

static bool states_nothing(const rule_row *r)
{
    return !r->manufacturer[0] && !r->list_id[0] && !r->device[0] && r->title.len == 0 &&
           r->destination.len == 0 && r->source.len == 0 && r->layout == LAYOUT_ANY;
}

static void check(const file_row *f, const char *file, ohm_schema_report *report)
{
    if (!is_name(f->name))
        ohm_schema_error(report, file, 0, "name", "a name is made of a-z, 0-9 and '-'");
    if (!f->label[0])
        ohm_schema_error(report, file, 0, "label", "is empty");
    if (f->has_rules && f->rules_count == 0)
        ohm_schema_error(report, file, 0, "match", "has no rule");
    for (int i = 0; i < f->rules_count; i++) {
        const rule_row *r = &f->rules[i];
        if (states_nothing(r))
            ohm_schema_error(report, file, r->line, "match", "a rule without a condition");
        if (!is_manufacturer(r->manufacturer))
            ohm_schema_error(report, file, r->line, "match.manufacturer",
                             "a manufacturer is three capital letters");
    }
    if (f->has_lists && f->lists_count == 0)
        ohm_schema_error(report, file, 0, "lists", "has no list");
    for (int i = 0; i < f->lists_count; i++)
        if (f->lists[i].count == 0)
            ohm_schema_error(report, file, f->lists[i].line, "lists", "a list without elements");
}

/* --- into a profile -----------------------------------------------------------------------------
 */

static ohm_profile_rule rule_of(const rule_row *r)
{
    ohm_profile_rule rule = {
        .title_prefix_len = r->title.len,
        .destination_len = r->destination.len,
        .source_len = r->source.len,
        .layout = (uint8_t)(r->layout + 1),
    };
    static_assert(LAYOUT_ANY + 1 == OHM_PUSH_ANY, "a layout follows from its place");
    memcpy(rule.manufacturer, r->manufacturer, sizeof rule.manufacturer);
    memcpy(rule.list_id, r->list_id, sizeof rule.list_id);
    memcpy(rule.device, r->device, sizeof rule.device);
    memcpy(rule.title_prefix, r->title.bytes, sizeof rule.title_prefix);
    memcpy(rule.destination, r->destination.bytes, sizeof rule.destination);
    memcpy(rule.source, r->source.bytes, sizeof rule.source);
    return rule;
}

static void take_list(const list_row *from, ohm_profile_list *out)
{
    out->count = (uint8_t)from->count;
    for (int i = 0; i < from->count; i++) {
        ohm_profile_item *item = &out->items[i];
        memcpy(item->obis, from->items[i].obis, sizeof item->obis);
        item->type = from->items[i].type;
        item->part = (uint8_t)from->items[i].part;
    }
}

static void take(const file_row *f, ohm_meter_profile *out)
{
    *out = (ohm_meter_profile){
        .clock = (uint8_t)f->clock,
        .rules_count = (uint8_t)f->rules_count,
        .rows_count = (uint8_t)f->scalers_count,
        .lists_count = (uint8_t)f->lists_count,
    };
    memcpy(out->name, f->name, sizeof out->name);
    memcpy(out->label, f->label, sizeof out->label);
    for (int i = 0; i < f->rules_count; i++)
        out->rules[i] = rule_of(&f->rules[i]);
    for (int i = 0; i < f->scalers_count; i++)
        out->rows[i] = (ohm_profile_row){ f->scalers[i].obis, (int8_t)f->scalers[i].scaler,
                                          f->scalers[i].unit };
    for (int i = 0; i < f->lists_count; i++)
        take_list(&f->lists[i], &out->lists[i]);
}

/* Keeps the first line of a report. */
static void keep_first(void *ctx, const char *text)
{
    ohm_profile_fault *fault = ctx;
    if (!fault->text[0])
        (void)snprintf(fault->text, sizeof fault->text, "%s", text);
}

ohm_code ohm_profile_parse(ohm_span yaml, const char *file, ohm_meter_profile *out,
                           ohm_profile_fault *fault)
{
    file_row row = { .clock = OHM_CLOCK_CIVIL };
    ohm_schema_report report = { .line = keep_first, .ctx = fault };
    fault->text[0] = 0;
    if (yaml.len > OHM_PROFILE_FILE_MAX) {
        ohm_schema_error(&report, file, 0, "", "larger than %d bytes", OHM_PROFILE_FILE_MAX);
        return OHM_TOO_BIG;
    }
    ohm_code code = ohm_schema_read(file_map, yaml, file, &row, &report);
    if (code != OHM_OK)
        return code;
    check(&row, file, &report);
    if (report.errors > 0)
        return OHM_BAD_FORMAT;
    take(&row, out);
    return OHM_OK;
}
