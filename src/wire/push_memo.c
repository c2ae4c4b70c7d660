#include "wire/push_internal.h"

enum {
    FACTS = 6,
};

void ohm_push_forget(ohm_push_memo *memo)
{
    memset(memo, 0, sizeof *memo);
}

/* --- the profile of a sender and list ------------------------------------------------------- */

static void facts_of(const ohm_push_facts *facts, ohm_span out[static FACTS])
{
    out[0] = facts->title;
    out[1] = facts->destination;
    out[2] = facts->source;
    out[3] = facts->device;
    out[4] = facts->list_id;
    out[5] = facts->types;
}

static bool same_facts(const ohm_push_memo *memo, uint8_t layout, const ohm_span *seen)
{
    if (!memo->choice.valid || memo->choice.layout != layout)
        return false;
    for (int i = 0; i < FACTS; i++)
        if (!ohm_span_equal(seen[i], (ohm_span){ memo->choice.bytes[i], memo->choice.lens[i] }))
            return false;
    return true;
}

const ohm_meter_profile *ohm_push_choose(const ohm_push_context *context)
{
    if (context->forced)
        return context->forced;
    ohm_push_memo *memo = context->memo;
    ohm_span seen[FACTS];
    facts_of(&context->facts, seen);
    if (same_facts(memo, (uint8_t)context->facts.layout, seen))
        return memo->choice.profile;

    const ohm_meter_profile *profile =
        ohm_profile_choose(context->profiles, context->profiles_count, &context->facts);
    memo->choice.valid = true;
    memo->choice.layout = (uint8_t)context->facts.layout;
    memo->choice.profile = profile;
    for (int i = 0; i < FACTS; i++) {
        memo->choice.valid &= seen[i].len <= OHM_PUSH_MEMO_NAME_MAX;
        if (!memo->choice.valid)
            break; /* longer than any real name: chosen anew each time */
        memo->choice.lens[i] = (uint8_t)seen[i].len;
        if (seen[i].len > 0)
            memcpy(memo->choice.bytes[i], seen[i].ptr, seen[i].len);
    }
    return profile;
}

/* --- the list of a self-describing body ----------------------------------------------------- */

static bool begins_with_list(const ohm_push_memo *memo, ohm_span body)
{
    size_t len = memo->list.len;
    return len > 0 && body.len >= len && memcmp(body.ptr, memo->list.bytes, len) == 0;
}

bool ohm_push_recall_list(const ohm_push_memo *memo, ohm_span body, ohm_push_list *out)
{
    if (!begins_with_list(memo, body))
        return false;
    out->end = memo->list.len;
    out->count = memo->list.count;
    out->first = memo->list.first;
    out->values = memo->list.values;
    for (uint32_t i = 0; i < out->count; i++)
        out->objects[i] = (ohm_push_object){
            .obis = body.ptr + memo->list.objects[i].obis_at,
            .class_id = memo->list.objects[i].class_id,
            .attribute = memo->list.objects[i].attribute,
        };
    return true;
}

void ohm_push_remember_list(ohm_push_memo *memo, ohm_span body, const ohm_push_list *list)
{
    memo->list.len = 0;
    if (list->end > OHM_PUSH_MEMO_LIST_MAX || list->count > OHM_PUSH_MEMO_OBJECTS)
        return;
    memo->list.len = (uint16_t)list->end;
    memo->list.count = (uint16_t)list->count;
    memo->list.first = (uint16_t)list->first;
    memo->list.values = (uint16_t)list->values;
    memcpy(memo->list.bytes, body.ptr, list->end);
    for (uint32_t i = 0; i < list->count; i++) {
        memo->list.objects[i].class_id = list->objects[i].class_id;
        memo->list.objects[i].attribute = list->objects[i].attribute;
        memo->list.objects[i].obis_at = (uint16_t)(list->objects[i].obis - body.ptr);
    }
}

ohm_axdr_walk ohm_push_begin_walk(const ohm_push_memo *memo, ohm_span body)
{
    ohm_axdr_walk walk = { 0 };
    if (begins_with_list(memo, body)) {
        walk.pos = memo->list.len;
        walk.left[0] = memo->list.values;
        walk.depth = 1;
    }
    return walk;
}

/* --- quantity and scale of a register ------------------------------------------------------- */

static uint64_t key_of(const ohm_dlms_value *value)
{
    return 1ULL << 63 | (uint64_t)value->attribute << 48 | (uint64_t)ohm_be32(value->obis) << 16 |
           ohm_be16(value->obis + 4);
}

/* Attribute 2 is the value of a register or of data; of the disconnector, 3 is its state. */
static ohm_quantity_id quantity_of(const ohm_dlms_value *value)
{
    ohm_quantity_id id = ohm_obis_quantity(value->obis);
    uint8_t value_at = id == OHM_Q_DISCONNECTOR ? 3 : 2;
    return value->attribute == 0 || value->attribute == value_at ? id : OHM_Q_NONE;
}

static bool is_number(const ohm_dlms_value *value)
{
    return value->kind == OHM_DLMS_INTEGER || value->kind == OHM_DLMS_UNSIGNED ||
           value->kind == OHM_DLMS_FLOAT;
}

/* The place of a register: its own, else a free one, else the first it might have had. */
static size_t place_of(const ohm_push_memo *memo, uint64_t key)
{
    enum { PROBES = 4 };
    size_t first = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 56) % OHM_PUSH_MEMO_REGISTERS;
    for (size_t i = 0; i < PROBES; i++) {
        size_t at = (first + i) % OHM_PUSH_MEMO_REGISTERS;
        if (memo->registers[at].key == key || memo->registers[at].key == 0)
            return at;
    }
    return first;
}

void ohm_push_identify(ohm_push_memo *memo, const ohm_meter_profile *profile, ohm_dlms_value *value)
{
    if (memo->profile != profile) {
        memset(memo->registers, 0, sizeof memo->registers);
        memo->profile = profile;
    }
    uint64_t key = key_of(value);
    size_t at = place_of(memo, key);
    if (memo->registers[at].key != key) {
        const ohm_profile_row *row = profile ? ohm_profile_row_find(profile, value->obis) : NULL;
        memo->registers[at].key = key;
        memo->registers[at].quantity = (uint16_t)quantity_of(value);
        memo->registers[at].unit = ohm_obis_unit(value->obis);
        memo->registers[at].scaler = row ? row->scaler : 0;
        memo->registers[at].scaler_source = row ? OHM_SCALER_PROFILE : OHM_SCALER_NONE;
        if (row && row->unit != OHM_UNIT_UNKNOWN)
            memo->registers[at].unit = row->unit;
    }
    value->quantity = memo->registers[at].quantity;
    if (!is_number(value) || value->scaler_source == OHM_SCALER_PUSH)
        return;
    value->unit = memo->registers[at].unit;
    value->scaler = memo->registers[at].scaler;
    value->scaler_source = memo->registers[at].scaler_source;
}
