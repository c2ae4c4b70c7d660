#include "wire/push_internal.h"

enum {
    ENTRY_FIELDS = 4, /* class, OBIS, attribute, data index; newer objects add restrictions */
    CLASS_PUSH_SETUP = 40,
    OBJECT_LIST = 2, /* the attribute that is the list itself */
    GROUP_A_MAX = 15,
};

/* --- self-describing ------------------------------------------------------------------------ */

/* One {class, OBIS, attribute, index…} of a list; false if it is something else. */
static bool read_entry(ohm_axdr *c, ohm_push_object *out)
{
    ohm_axdr_item head, class_id, obis, attribute;
    if (ohm_axdr_next(c, &head) != OHM_OK || head.tag != OHM_AXDR_STRUCTURE ||
        head.count < ENTRY_FIELDS)
        return false;
    if (ohm_axdr_next(c, &class_id) != OHM_OK || class_id.tag != OHM_AXDR_U16 ||
        ohm_axdr_next(c, &obis) != OHM_OK || obis.tag != OHM_AXDR_OCTETS ||
        obis.bytes.len != OHM_OBIS_LEN || ohm_axdr_next(c, &attribute) != OHM_OK ||
        attribute.tag != OHM_AXDR_I8)
        return false;
    for (uint32_t i = 3; i < head.count; i++)
        if (ohm_axdr_skip(c) != OHM_OK)
            return false;
    *out = (ohm_push_object){
        .obis = obis.bytes.ptr,
        .class_id = ohm_be16(class_id.bytes.ptr),
        .attribute = attribute.bytes.ptr[0],
    };
    return true;
}

/* The list at the front of a body: OHM_OK, OHM_UNSUPPORTED if there is none, OHM_TOO_BIG. */
static ohm_code read_list(ohm_span body, ohm_push_list *out)
{
    ohm_axdr c = ohm_axdr_over(body);
    ohm_axdr_item top, list;
    if (ohm_axdr_next(&c, &top) != OHM_OK || top.tag != OHM_AXDR_STRUCTURE || top.count < 2 ||
        ohm_axdr_next(&c, &list) != OHM_OK || list.tag != OHM_AXDR_ARRAY || list.count == 0)
        return OHM_UNSUPPORTED;
    if (list.count > OHM_DLMS_VALUES_MAX)
        return OHM_TOO_BIG;
    for (uint32_t i = 0; i < list.count; i++)
        if (!read_entry(&c, &out->objects[i]))
            return OHM_UNSUPPORTED;
    /* The list is an object like the others: where it names itself, it is its own value. */
    const ohm_push_object *head = &out->objects[0];
    out->end = c.pos;
    out->count = list.count;
    out->first = head->class_id == CLASS_PUSH_SETUP && head->attribute == OBJECT_LIST ? 1 : 0;
    out->values = top.count - 1;
    return OHM_OK;
}

ohm_code ohm_push_read_described(ohm_dlms_message *m, ohm_span body, ohm_push_memo *memo,
                                 const char **what)
{
    ohm_push_list list;
    if (!ohm_push_recall_list(memo, body, &list)) {
        ohm_code code = read_list(body, &list);
        if (code != OHM_OK)
            return code;
        if (list.count - list.first != list.values) {
            *what = "the list names another number of objects than there are values";
            return OHM_BAD_FORMAT;
        }
        ohm_push_remember_list(memo, body, &list);
    }
    ohm_axdr values = { body.ptr, body.len, list.end };
    for (uint32_t i = list.first; i < list.count; i++) {
        list.objects[i].position = (uint16_t)(i - list.first + 1);
        ohm_code code = ohm_push_add(m, &values, &list.objects[i]);
        if (code != OHM_OK)
            return code;
    }
    return OHM_OK;
}

/* --- tagless -------------------------------------------------------------------------------- */

enum {
    TAGLESS_HEAD = 6,                          /* structure of 2: enum, array of n */
    DESCRIPTOR_LEN = 2 + 2 + OHM_OBIS_LEN + 1, /* structure of 2, class, OBIS, attribute */
};

/* Calls for each object; a NULL message only measures. */
static ohm_code walk_tagless(ohm_dlms_message *m, ohm_span body, size_t *end)
{
    static const uint8_t head[] = { OHM_AXDR_STRUCTURE, 2, OHM_AXDR_ENUM };
    static const uint8_t pair[] = { OHM_AXDR_STRUCTURE, 2 };
    if (body.len < TAGLESS_HEAD)
        return OHM_MORE;
    if (memcmp(body.ptr, head, sizeof head) != 0 || body.ptr[4] != OHM_AXDR_ARRAY ||
        body.ptr[5] == 0 || body.ptr[5] > 0x7f)
        return OHM_BAD_FORMAT;
    ohm_axdr c = { body.ptr, body.len, TAGLESS_HEAD };
    for (int i = 0; i < body.ptr[5]; i++) {
        const uint8_t *p = c.ptr + c.pos;
        if (c.len - c.pos < DESCRIPTOR_LEN)
            return OHM_MORE;
        if (memcmp(p, pair, sizeof pair) != 0 || p[4] > GROUP_A_MAX || p[9] != 0xff)
            return OHM_BAD_FORMAT;
        c.pos += DESCRIPTOR_LEN;
        const ohm_push_object object = {
            .obis = p + 4, .class_id = ohm_be16(p + 2), .attribute = p[10], .position = (uint16_t)i
        };
        ohm_code code = m ? ohm_push_add(m, &c, &object) : ohm_axdr_skip(&c);
        if (code != OHM_OK)
            return code;
    }
    *end = c.pos;
    return OHM_OK;
}

ohm_code ohm_push_tagless_end(ohm_span body, size_t *end)
{
    return walk_tagless(NULL, body, end);
}

ohm_code ohm_push_read_tagless(ohm_dlms_message *m, ohm_span body)
{
    size_t end = 0;
    if (walk_tagless(NULL, body, &end) != OHM_OK)
        return OHM_UNSUPPORTED;
    return walk_tagless(m, body, &end);
}

/* --- positional ----------------------------------------------------------------------------- */

ohm_code ohm_push_read_positional(ohm_dlms_message *m, ohm_span body, const ohm_profile_list *list)
{
    ohm_axdr c = ohm_axdr_over(body);
    ohm_axdr_item top;
    ohm_code code = ohm_axdr_next(&c, &top);
    for (uint8_t i = 0; code == OHM_OK && i < list->count; i++) {
        const ohm_push_object object = { .obis = list->items[i].obis,
                                         .part = list->items[i].part,
                                         .position = i };
        code = ohm_push_add(m, &c, &object);
    }
    return code;
}

/* --- pairs and records ---------------------------------------------------------------------- */

/* An octet-string that can be an OBIS code; a serial number of six digits can't. */
static bool is_obis(const ohm_axdr_item *item)
{
    return item->tag == OHM_AXDR_OCTETS && item->bytes.len == OHM_OBIS_LEN &&
           item->bytes.ptr[0] <= GROUP_A_MAX;
}

/* Passes {scaler, unit} if it stands at the cursor, and gives it to the last value. */
static bool take_scaler_unit(ohm_dlms_message *m, ohm_axdr *c)
{
    const uint8_t *p = c->ptr + c->pos;
    if (c->len - c->pos < 6 || p[0] != OHM_AXDR_STRUCTURE || p[1] != 2 || p[2] != OHM_AXDR_I8 ||
        p[4] != OHM_AXDR_ENUM)
        return false;
    ohm_dlms_value *value = &m->values[m->count - 1];
    value->scaler = (int8_t)p[3];
    value->unit = p[5];
    value->scaler_source = OHM_SCALER_PUSH;
    c->pos += 6;
    return true;
}

/* The elements of a structure whose head was read, if it is a record. */
static ohm_code read_record(ohm_dlms_message *m, ohm_axdr *c, uint32_t fields, uint16_t position)
{
    ohm_axdr ahead = *c;
    ohm_axdr_item obis;
    if ((fields != 2 && fields != 3) || ohm_axdr_next(&ahead, &obis) != OHM_OK || !is_obis(&obis))
        return OHM_UNSUPPORTED;
    const ohm_push_object object = { .obis = obis.bytes.ptr, .position = position };
    ohm_code code = ohm_push_add(m, &ahead, &object);
    if (code != OHM_OK)
        return code;
    if (fields == 3 && !take_scaler_unit(m, &ahead)) {
        code = ohm_axdr_skip(&ahead);
        if (code != OHM_OK)
            return code;
    }
    *c = ahead;
    return OHM_OK;
}

/* One element of the body, with the value that follows it if it is an OBIS code. Returns how
 * many elements were taken, 0 on failure with *code as the reason. */
static uint32_t read_element(ohm_dlms_message *m, ohm_axdr *c, uint16_t position, uint32_t left,
                             ohm_code *code)
{
    size_t from = c->pos;
    ohm_axdr_item item;
    *code = ohm_axdr_next(c, &item);
    if (*code != OHM_OK)
        return 0;
    if (item.tag == OHM_AXDR_STRUCTURE) {
        *code = read_record(m, c, item.count, position);
        if (*code == OHM_OK)
            m->layout = OHM_PUSH_RECORDS;
        if (*code != OHM_UNSUPPORTED)
            return *code == OHM_OK ? 1 : 0;
    }
    ohm_push_object object = { .position = position };
    if (left > 1 && is_obis(&item)) {
        object.obis = item.bytes.ptr;
        *code = ohm_push_add(m, c, &object);
        if (*code != OHM_OK)
            return 0;
        m->layout = OHM_PUSH_PAIRS;
        return left > 2 && take_scaler_unit(m, c) ? 3 : 2;
    }
    *code = ohm_push_add_item(m, c, from, &item, &object);
    return *code == OHM_OK ? 1 : 0;
}

ohm_code ohm_push_read_pairs(ohm_dlms_message *m, ohm_span body)
{
    ohm_axdr c = ohm_axdr_over(body);
    ohm_axdr_item top;
    if (ohm_axdr_next(&c, &top) != OHM_OK ||
        (top.tag != OHM_AXDR_STRUCTURE && top.tag != OHM_AXDR_ARRAY))
        return OHM_UNSUPPORTED;
    ohm_push_layout first = OHM_PUSH_ANY;
    for (uint32_t i = 0; i < top.count;) {
        ohm_code code;
        uint32_t taken = read_element(m, &c, (uint16_t)i, top.count - i, &code);
        if (taken == 0)
            return code;
        if (first == OHM_PUSH_ANY)
            first = m->layout;
        i += taken;
    }
    m->layout = first;
    return first == OHM_PUSH_ANY ? OHM_UNSUPPORTED : OHM_OK;
}
