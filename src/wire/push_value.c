#include "wire/push_internal.h"

/* Text as meters write it: printable ASCII, padded with zeros at most. */
static bool as_text(ohm_span bytes, ohm_span *text)
{
    size_t len = bytes.len;
    while (len > 0 && bytes.ptr[len - 1] == 0)
        len--;
    if (len == 0 && bytes.len > 0)
        return false; /* zeros are no text */
    for (size_t i = 0; i < len; i++)
        if (bytes.ptr[i] < 0x20 || bytes.ptr[i] > 0x7e)
            return false;
    *text = (ohm_span){ bytes.ptr, len };
    return true;
}

static void set_octets(ohm_dlms_value *value, ohm_span bytes)
{
    ohm_dlms_time time;
    value->bytes = bytes;
    if (bytes.len == OHM_DLMS_TIME_LEN && ohm_dlms_time_parse(bytes.ptr, &time) == OHM_OK)
        value->kind = OHM_DLMS_DATETIME;
    else
        value->kind = as_text(bytes, &value->bytes) ? OHM_DLMS_TEXT : OHM_DLMS_OCTETS;
}

static void set_value(ohm_dlms_value *value, const ohm_axdr_item *item)
{
    bool big = false;
    if (ohm_axdr_integer(item, &value->raw, &big)) {
        value->kind = OHM_DLMS_INTEGER;
        if (item->tag == OHM_AXDR_BOOL)
            value->kind = OHM_DLMS_BOOL;
        if (item->tag == OHM_AXDR_ENUM)
            value->kind = OHM_DLMS_ENUM;
        if (big)
            value->kind = OHM_DLMS_UNSIGNED;
        return;
    }
    if (ohm_axdr_float(item, &value->real)) {
        value->kind = OHM_DLMS_FLOAT;
        return;
    }
    switch (item->tag) {
    case OHM_AXDR_NULL:
        value->kind = OHM_DLMS_NULL;
        break;
    case OHM_AXDR_BITS:
        value->kind = OHM_DLMS_BITS;
        value->raw = item->count;
        value->bytes = item->bytes;
        break;
    case OHM_AXDR_OCTETS:
    case OHM_AXDR_TEXT:
    case OHM_AXDR_UTF8:
    case OHM_AXDR_DATETIME:
        set_octets(value, item->bytes);
        break;
    default: /* date and time alone */
        value->kind = OHM_DLMS_OCTETS;
        value->bytes = item->bytes;
        break;
    }
}

ohm_code ohm_push_add_item(ohm_dlms_message *m, ohm_axdr *c, size_t from, const ohm_axdr_item *item,
                           const ohm_push_object *object)
{
    if (m->count == OHM_DLMS_VALUES_MAX)
        return OHM_TOO_BIG;
    ohm_dlms_value *value = &m->values[m->count];
    *value = (ohm_dlms_value){
        .class_id = object->class_id,
        .attribute = object->attribute,
        .part = object->part,
        .position = object->position,
    };
    if (item->tag == OHM_AXDR_ARRAY || item->tag == OHM_AXDR_STRUCTURE) {
        c->pos = from;
        ohm_code code = ohm_axdr_skip(c);
        if (code != OHM_OK)
            return code;
        value->kind = OHM_DLMS_COMPLEX;
        value->bytes = (ohm_span){ c->ptr + from, c->pos - from };
    } else {
        set_value(value, item);
    }
    if (object->obis) {
        memcpy(value->obis, object->obis, OHM_OBIS_LEN);
        value->has_obis = true;
    }
    m->count++;
    return OHM_OK;
}

ohm_code ohm_push_add(ohm_dlms_message *m, ohm_axdr *c, const ohm_push_object *object)
{
    size_t from = c->pos;
    ohm_axdr_item item;
    ohm_code code = ohm_axdr_next(c, &item);
    return code == OHM_OK ? ohm_push_add_item(m, c, from, &item, object) : code;
}
