#include "meter/profiles.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "base/number.h"
#include "wire/dlms_unit.h"

/* One file being read. After the first fault everything returns false. */
typedef struct reader {
    yaml_document_t doc;
    const char *file;
    ohm_profile_fault *fault;
} reader;

/* One key of a mapping: who reads its value into the mapping's target. */
typedef struct key_row {
    const char *key;
    bool (*read)(reader *r, yaml_node_t *node, void *target);
    bool required;
} key_row;

enum { KEYS_MAX = 8 };

/* --- faults -------------------------------------------------------------------------------------
 */

static bool fail_at(reader *r, yaml_mark_t mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail_at(reader *r, yaml_mark_t mark, const char *format, ...)
{
    char what[OHM_PROFILE_FAULT_MAX / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    (void)snprintf(r->fault->text, sizeof r->fault->text, "%.150s:%zu:%zu: %s", r->file,
                   mark.line + 1, mark.column + 1, what);
    return false;
}

static const char *kind_of(const yaml_node_t *node)
{
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return "text";
    case YAML_SEQUENCE_NODE:
        return "a list";
    case YAML_MAPPING_NODE:
        return "a mapping";
    case YAML_NO_NODE:
        break;
    }
    return "nothing";
}

/* --- scalars ------------------------------------------------------------------------------------
 */

/* Text without NUL; the span lives as long as the document, and is empty on failure. */
static bool scalar(reader *r, const yaml_node_t *node, ohm_span *out)
{
    *out = ohm_span_of("", 0);
    if (node->type != YAML_SCALAR_NODE)
        return fail_at(r, node->start_mark, "%s where a word or a number belongs", kind_of(node));
    if (node->data.scalar.length == 0 ||
        memchr(node->data.scalar.value, 0, node->data.scalar.length))
        return fail_at(r, node->start_mark, "an empty value");
    *out = ohm_span_of(node->data.scalar.value, node->data.scalar.length);
    return true;
}

static int shown(ohm_span text)
{
    return text.len < 40 ? (int)text.len : 40;
}

/* Text of at most size - 1 bytes into a zeroed array. */
static bool text_into(reader *r, const yaml_node_t *node, char *out, size_t size)
{
    ohm_span text;
    if (!scalar(r, node, &text))
        return false;
    if (text.len >= size)
        return fail_at(r, node->start_mark, "longer than %zu characters", size - 1);
    memcpy(out, text.ptr, text.len);
    return true;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool hex_into(reader *r, const yaml_node_t *node, uint8_t *out, size_t max, uint8_t *ret_len)
{
    ohm_span text;
    if (!scalar(r, node, &text))
        return false;
    if (text.len % 2 || text.len / 2 > max)
        return fail_at(r, node->start_mark, "'%.*s' is not 1 to %zu bytes in hex", shown(text),
                       (const char *)text.ptr, max);
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.ptr[i]), low = hex_digit(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return fail_at(r, node->start_mark, "'%.*s' is not hex", shown(text),
                           (const char *)text.ptr);
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret_len = (uint8_t)(text.len / 2);
    return true;
}

/* One of `names`; *out becomes its index. */
static bool choice_into(reader *r, const yaml_node_t *node, const char *const *names, size_t count,
                        uint8_t *out)
{
    ohm_span text;
    if (!scalar(r, node, &text))
        return false;
    char accepted[120] = "";
    for (size_t i = 0; i < count; i++) {
        if (ohm_span_is(text, names[i])) {
            *out = (uint8_t)i;
            return true;
        }
        (void)snprintf(accepted + strlen(accepted), sizeof accepted - strlen(accepted), "%s%s",
                       i ? ", " : "", names[i]);
    }
    return fail_at(r, node->start_mark, "'%.*s' is not one of: %s", shown(text),
                   (const char *)text.ptr, accepted);
}

static bool scaler_into(reader *r, const yaml_node_t *node, int8_t *out)
{
    ohm_span text;
    int64_t number = 0;
    if (!scalar(r, node, &text))
        return false;
    if (ohm_number_int(text, &number) != OHM_OK || number < -18 || number > 18)
        return fail_at(r, node->start_mark, "'%.*s' is not a scaler (a whole number, -18 to 18)",
                       shown(text), (const char *)text.ptr);
    *out = (int8_t)number;
    return true;
}

/* --- mappings and lists -------------------------------------------------------------------------
 */

static yaml_node_t *node_of(reader *r, int id)
{
    yaml_node_t *node = yaml_document_get_node(&r->doc, id);
    assert(node);
    return node;
}

static const key_row *row_of(const key_row *rows, ohm_span key)
{
    for (; rows->key; rows++)
        if (ohm_span_is(key, rows->key))
            return rows;
    return NULL;
}

/* Reads a mapping by a table ended by a NULL key. */
static bool map_into(reader *r, yaml_node_t *node, const key_row *rows, void *target)
{
    bool seen[KEYS_MAX] = { false };
    if (node->type != YAML_MAPPING_NODE)
        return fail_at(r, node->start_mark, "%s where a mapping belongs", kind_of(node));
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key_node = node_of(r, pair->key);
        ohm_span key;
        if (!scalar(r, key_node, &key))
            return false;
        const key_row *row = row_of(rows, key);
        if (!row)
            return fail_at(r, key_node->start_mark, "unknown key '%.*s'", shown(key),
                           (const char *)key.ptr);
        if (seen[row - rows])
            return fail_at(r, key_node->start_mark, "'%s' is there twice", row->key);
        seen[row - rows] = true;
        if (!row->read(r, node_of(r, pair->value), target))
            return false;
    }
    for (int i = 0; rows[i].key; i++)
        if (rows[i].required && !seen[i])
            return fail_at(r, node->start_mark, "'%s' is missing", rows[i].key);
    return true;
}

/* The number of items of a list, 1 to `max`. */
static bool list_count(reader *r, const yaml_node_t *node, size_t max, size_t *out)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return fail_at(r, node->start_mark, "%s where a list belongs", kind_of(node));
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count == 0 || count > max)
        return fail_at(r, node->start_mark, "a list of %zu (1 to %zu are accepted)", count, max);
    *out = count;
    return true;
}

/* --- match
 * ---------------------------------------------------------------------------------------- */

static bool rule_manufacturer(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    if (!text_into(r, node, rule->manufacturer, sizeof rule->manufacturer))
        return false;
    for (int i = 0; i < 3; i++)
        if (rule->manufacturer[i] < 'A' || rule->manufacturer[i] > 'Z')
            return fail_at(r, node->start_mark, "a manufacturer is three capital letters");
    return true;
}

static bool rule_list_id(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    return text_into(r, node, rule->list_id, sizeof rule->list_id);
}

static bool rule_device(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    return text_into(r, node, rule->device, sizeof rule->device);
}

static bool rule_title(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    return hex_into(r, node, rule->title_prefix, sizeof rule->title_prefix,
                    &rule->title_prefix_len);
}

static bool rule_destination(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    return hex_into(r, node, rule->destination, sizeof rule->destination, &rule->destination_len);
}

static bool rule_source(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    return hex_into(r, node, rule->source, sizeof rule->source, &rule->source_len);
}

static bool rule_layout(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_rule *rule = target;
    const char *names[OHM_PUSH_LAYOUTS_COUNT - 1];
    for (int i = 0; i < OHM_PUSH_LAYOUTS_COUNT - 1; i++)
        names[i] = ohm_push_layout_name((ohm_push_layout)(i + 1)); /* "any" states nothing */
    if (!choice_into(r, node, names, OHM_PUSH_LAYOUTS_COUNT - 1, &rule->layout))
        return false;
    rule->layout++;
    return true;
}

static const key_row rule_keys[] = {
    { "manufacturer", rule_manufacturer, false },
    { "list_id", rule_list_id, false },
    { "device", rule_device, false },
    { "title", rule_title, false },
    { "destination", rule_destination, false },
    { "source", rule_source, false },
    { "layout", rule_layout, false },
    { NULL, NULL, false },
};

static bool profile_match(reader *r, yaml_node_t *node, void *target)
{
    ohm_meter_profile *profile = target;
    size_t count = 0;
    if (!list_count(r, node, OHM_PROFILE_RULES_MAX, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        yaml_node_t *item = node_of(r, node->data.sequence.items.start[i]);
        if (!map_into(r, item, rule_keys, &profile->rules[i]))
            return false;
        if (item->data.mapping.pairs.start == item->data.mapping.pairs.top)
            return fail_at(r, item->start_mark, "a rule without a condition");
    }
    profile->rules_count = (uint8_t)count;
    return true;
}

/* --- scalers
 * -------------------------------------------------------------------------------------- */

static bool row_scaler(reader *r, yaml_node_t *node, void *target)
{
    return scaler_into(r, node, &((ohm_profile_row *)target)->scaler);
}

static bool row_unit(reader *r, yaml_node_t *node, void *target)
{
    ohm_profile_row *row = target;
    ohm_span text;
    if (!scalar(r, node, &text))
        return false;
    row->unit = ohm_dlms_unit_find(text);
    if (row->unit == OHM_UNIT_UNKNOWN)
        return fail_at(r, node->start_mark, "unknown unit '%.*s' (W, var, Wh, A, V, Hz, 1 ...)",
                       shown(text), (const char *)text.ptr);
    return true;
}

static const key_row row_keys[] = {
    { "scaler", row_scaler, true },
    { "unit", row_unit, false },
    { NULL, NULL, false },
};

static bool profile_scalers(reader *r, yaml_node_t *node, void *target)
{
    ohm_meter_profile *profile = target;
    if (node->type != YAML_MAPPING_NODE)
        return fail_at(r, node->start_mark, "%s where a mapping belongs", kind_of(node));
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key_node = node_of(r, pair->key);
        if (profile->rows_count == OHM_PROFILE_ROWS_MAX)
            return fail_at(r, key_node->start_mark, "more than %d scalers", OHM_PROFILE_ROWS_MAX);
        ohm_profile_row *row = &profile->rows[profile->rows_count++];
        ohm_span key;
        if (!scalar(r, key_node, &key))
            return false;
        if (ohm_obis_pattern_parse(key, &row->obis) != OHM_OK)
            return fail_at(r, key_node->start_mark, "'%.*s' is not an OBIS code (1-*:1.8.0)",
                           shown(key), (const char *)key.ptr);
        yaml_node_t *value = node_of(r, pair->value);
        bool good = value->type == YAML_MAPPING_NODE ? map_into(r, value, row_keys, row)
                                                     : scaler_into(r, value, &row->scaler);
        if (!good)
            return false;
    }
    return true;
}

/* --- lists
 * ---------------------------------------------------------------------------------------- */

static bool item_obis(reader *r, yaml_node_t *node, void *target)
{
    ohm_span text;
    if (!scalar(r, node, &text))
        return false;
    if (ohm_obis_parse(text, ((ohm_profile_item *)target)->obis) != OHM_OK)
        return fail_at(r, node->start_mark, "'%.*s' is not an OBIS code (1-0:1.8.0)", shown(text),
                       (const char *)text.ptr);
    return true;
}

static bool item_type(reader *r, yaml_node_t *node, void *target)
{
    ohm_span text;
    if (!scalar(r, node, &text))
        return false;
    int type = ohm_profile_type_find(text);
    if (type < 0)
        return fail_at(r, node->start_mark, "unknown type '%.*s' (u32, octets, any ...)",
                       shown(text), (const char *)text.ptr);
    ((ohm_profile_item *)target)->type = (uint8_t)type;
    return true;
}

static bool item_part(reader *r, yaml_node_t *node, void *target)
{
    static const char *const names[] = {
        [OHM_PART_WHOLE] = "whole",
        [OHM_PART_TIME] = "time",
        [OHM_PART_DATE] = "date",
    };
    return choice_into(r, node, names, 3, &((ohm_profile_item *)target)->part);
}

static const key_row item_keys[] = {
    { "obis", item_obis, true },
    { "type", item_type, true },
    { "part", item_part, false },
    { NULL, NULL, false },
};

static bool profile_lists(reader *r, yaml_node_t *node, void *target)
{
    ohm_meter_profile *profile = target;
    size_t lists = 0;
    if (!list_count(r, node, OHM_PROFILE_LISTS_MAX, &lists))
        return false;
    for (size_t i = 0; i < lists; i++) {
        yaml_node_t *list_node = node_of(r, node->data.sequence.items.start[i]);
        size_t items = 0;
        if (!list_count(r, list_node, OHM_PROFILE_ITEMS_MAX, &items))
            return false;
        for (size_t j = 0; j < items; j++) {
            yaml_node_t *item = node_of(r, list_node->data.sequence.items.start[j]);
            if (!map_into(r, item, item_keys, &profile->lists[i].items[j]))
                return false;
        }
        profile->lists[i].count = (uint8_t)items;
    }
    profile->lists_count = (uint8_t)lists;
    return true;
}

/* --- the file
 * ------------------------------------------------------------------------------------- */

static bool profile_name(reader *r, yaml_node_t *node, void *target)
{
    ohm_meter_profile *profile = target;
    if (!text_into(r, node, profile->name, sizeof profile->name))
        return false;
    for (const char *c = profile->name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '-')
            return fail_at(r, node->start_mark, "a name is made of a-z, 0-9 and '-'");
    return true;
}

static bool profile_label(reader *r, yaml_node_t *node, void *target)
{
    ohm_meter_profile *profile = target;
    return text_into(r, node, profile->label, sizeof profile->label);
}

static bool profile_clock(reader *r, yaml_node_t *node, void *target)
{
    static const char *const names[] = {
        [OHM_CLOCK_CIVIL] = "civil",
        [OHM_CLOCK_STANDARD] = "standard",
    };
    return choice_into(r, node, names, 2, &((ohm_meter_profile *)target)->clock);
}

static const key_row profile_keys[] = {
    { "name", profile_name, true },
    { "label", profile_label, true },
    { "clock", profile_clock, false },
    { "match", profile_match, false },
    { "scalers", profile_scalers, false },
    { "lists", profile_lists, false },
    { NULL, NULL, false },
};

/* One document and nothing after it. */
static bool alone(reader *r, yaml_parser_t *parser)
{
    yaml_document_t next;
    if (!yaml_parser_load(parser, &next))
        return fail_at(r, parser->problem_mark, "%s", parser->problem);
    const yaml_node_t *root = yaml_document_get_root_node(&next);
    bool good = !root || fail_at(r, root->start_mark, "a second document");
    yaml_document_delete(&next);
    return good;
}

ohm_code ohm_profile_parse(ohm_span yaml, const char *file, ohm_meter_profile *out,
                           ohm_profile_fault *fault)
{
    reader r = { .file = file, .fault = fault };
    yaml_parser_t parser;
    yaml_mark_t top = { 0 };
    if (yaml.len > OHM_PROFILE_FILE_MAX) {
        (void)fail_at(&r, top, "larger than %d bytes", OHM_PROFILE_FILE_MAX);
        return OHM_TOO_BIG;
    }
    if (!yaml_parser_initialize(&parser))
        return OHM_NO_MEMORY;
    yaml_parser_set_input_string(&parser, yaml.ptr, yaml.len);

    bool good = false;
    ohm_meter_profile profile = { .clock = OHM_CLOCK_CIVIL };
    if (!yaml_parser_load(&parser, &r.doc)) {
        (void)fail_at(&r, parser.problem_mark, "%s", parser.problem ? parser.problem : "no YAML");
    } else {
        yaml_node_t *root = yaml_document_get_root_node(&r.doc);
        good =
            root ? map_into(&r, root, profile_keys, &profile) : fail_at(&r, top, "an empty file");
        good = good && alone(&r, &parser);
        yaml_document_delete(&r.doc);
    }
    yaml_parser_delete(&parser);
    if (!good)
        return OHM_BAD_FORMAT;
    *out = profile;
    return OHM_OK;
}
