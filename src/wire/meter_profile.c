#include "wire/meter_profile.h"

#include "wire/axdr.h"

const char *ohm_push_layout_name(ohm_push_layout layout)
{
    static const char *const names[OHM_PUSH_LAYOUTS_COUNT] = {
        [OHM_PUSH_ANY] = "any",
        [OHM_PUSH_SELF_DESCRIBING] = "self-describing",
        [OHM_PUSH_PAIRS] = "pairs",
        [OHM_PUSH_RECORDS] = "records",
        [OHM_PUSH_POSITIONAL] = "positional",
        [OHM_PUSH_TAGLESS] = "tagless",
    };
    assert((unsigned)layout < OHM_PUSH_LAYOUTS_COUNT);
    return names[layout];
}

int ohm_profile_type_find(ohm_span name)
{
    static const struct {
        const char *name;
        uint8_t tag;
    } types[] = {
        { "null", OHM_AXDR_NULL },
        { "array", OHM_AXDR_ARRAY },
        { "structure", OHM_AXDR_STRUCTURE },
        { "bool", OHM_AXDR_BOOL },
        { "bits", OHM_AXDR_BITS },
        { "i32", OHM_AXDR_I32 },
        { "u32", OHM_AXDR_U32 },
        { "octets", OHM_AXDR_OCTETS },
        { "text", OHM_AXDR_TEXT },
        { "utf8", OHM_AXDR_UTF8 },
        { "bcd", OHM_AXDR_BCD },
        { "i8", OHM_AXDR_I8 },
        { "i16", OHM_AXDR_I16 },
        { "u8", OHM_AXDR_U8 },
        { "u16", OHM_AXDR_U16 },
        { "i64", OHM_AXDR_I64 },
        { "u64", OHM_AXDR_U64 },
        { "enum", OHM_AXDR_ENUM },
        { "f32", OHM_AXDR_F32 },
        { "f64", OHM_AXDR_F64 },
        { "datetime", OHM_AXDR_DATETIME },
        { "date", OHM_AXDR_DATE },
        { "time", OHM_AXDR_TIME },
        { "any", OHM_PROFILE_TYPE_ANY },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ohm_span_is(name, types[i].name))
            return types[i].tag;
    return -1;
}

static bool begins_with(ohm_span bytes, const void *prefix, size_t len)
{
    return bytes.len >= len && memcmp(bytes.ptr, prefix, len) == 0;
}

/* What a rule states, all of which holds: one for each condition and one for each of its bytes,
 * so that the narrower of two prefixes weighs more; -1 if a condition fails. */
static int rule_score(const ohm_profile_rule *rule, const ohm_push_facts *facts)
{
    ohm_span maker = facts->title.len > 0 ? facts->title : facts->device;
    const struct {
        ohm_span seen;
        const void *wanted;
        size_t len;
    } conditions[] = {
        { maker, rule->manufacturer, strlen(rule->manufacturer) },
        { facts->list_id, rule->list_id, strlen(rule->list_id) },
        { facts->device, rule->device, strlen(rule->device) },
        { facts->title, rule->title_prefix, rule->title_prefix_len },
        { facts->destination, rule->destination, rule->destination_len },
        { facts->source, rule->source, rule->source_len },
    };
    int score = 0;
    if (rule->layout != OHM_PUSH_ANY) {
        if (rule->layout != facts->layout)
            return -1;
        score++;
    }
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        if (conditions[i].len == 0)
            continue;
        if (!begins_with(conditions[i].seen, conditions[i].wanted, conditions[i].len))
            return -1;
        score += 1 + (int)conditions[i].len;
    }
    return score;
}

static int profile_score(const ohm_meter_profile *profile, const ohm_push_facts *facts)
{
    if (facts->layout == OHM_PUSH_POSITIONAL && !ohm_profile_list_find(profile, facts->types))
        return -1;
    int best = -1;
    for (int i = 0; i < profile->rules_count; i++) {
        int score = rule_score(&profile->rules[i], facts);
        if (score > best)
            best = score;
    }
    return best;
}

const ohm_meter_profile *ohm_profile_choose(const ohm_meter_profile *profiles, size_t count,
                                            const ohm_push_facts *facts)
{
    const ohm_meter_profile *best = NULL;
    int best_score = -1;
    for (size_t i = 0; i < count; i++) {
        int score = profile_score(&profiles[i], facts);
        if (score > best_score) {
            best_score = score;
            best = &profiles[i];
        }
    }
    return best;
}

static bool list_fits(const ohm_profile_list *list, ohm_span types)
{
    if (list->count != types.len)
        return false;
    for (size_t i = 0; i < types.len; i++)
        if (list->items[i].type != OHM_PROFILE_TYPE_ANY && list->items[i].type != types.ptr[i])
            return false;
    return true;
}

const ohm_profile_list *ohm_profile_list_find(const ohm_meter_profile *profile, ohm_span types)
{
    for (int i = 0; i < profile->lists_count; i++)
        if (list_fits(&profile->lists[i], types))
            return &profile->lists[i];
    return NULL;
}

const ohm_profile_row *ohm_profile_row_find(const ohm_meter_profile *profile,
                                            const uint8_t obis[static OHM_OBIS_LEN])
{
    for (int i = 0; i < profile->rows_count; i++)
        if (ohm_obis_matches(&profile->rows[i].obis, obis))
            return &profile->rows[i];
    return NULL;
}
