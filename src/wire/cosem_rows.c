#include "wire/cosem_rows.h"

#include "wire/push_internal.h"

/* A header of that kind; its count. */
static bool open_item(ohm_axdr *c, uint8_t tag, uint32_t *count)
{
    ohm_axdr_item item;
    if (ohm_axdr_next(c, &item) != OHM_OK || item.tag != tag)
        return false;
    *count = item.count;
    return true;
}

static bool open_structure(ohm_axdr *c, uint32_t count)
{
    uint32_t got = 0;
    return open_item(c, OHM_AXDR_STRUCTURE, &got) && got == count;
}

static bool take_number(ohm_axdr *c, int64_t *out)
{
    ohm_axdr_item item;
    bool big = false;
    return ohm_axdr_next(c, &item) == OHM_OK && ohm_axdr_integer(&item, out, &big) && !big;
}

static bool take_code(ohm_axdr *c, uint8_t out[static OHM_OBIS_LEN])
{
    ohm_axdr_item item;
    if (ohm_axdr_next(c, &item) != OHM_OK || item.tag != OHM_AXDR_OCTETS ||
        item.bytes.len != OHM_OBIS_LEN)
        return false;
    memcpy(out, item.bytes.ptr, OHM_OBIS_LEN);
    return true;
}

/* --- values -------------------------------------------------------------------------------------
 */

int8_t ohm_cosem_scale_index(uint16_t class_id)
{
    if (class_id == OHM_CLASS_REGISTER || class_id == OHM_CLASS_EXTENDED)
        return 3;
    return class_id == OHM_CLASS_DEMAND ? 4 : 0;
}

ohm_code ohm_cosem_scale_parse(ohm_span item, ohm_cosem_scale *out)
{
    ohm_axdr c = ohm_axdr_over(item);
    int64_t scaler = 0, unit = 0;
    if (!open_structure(&c, 2) || !take_number(&c, &scaler) || !take_number(&c, &unit) ||
        scaler < INT8_MIN || scaler > INT8_MAX || unit < 0 || unit > UINT8_MAX)
        return OHM_BAD_FORMAT;
    *out = (ohm_cosem_scale){ true, (int8_t)scaler, (uint8_t)unit };
    return OHM_OK;
}

/* Is it what the object is about, rather than its status or the time of its maximum? */
static bool is_main(const ohm_cosem_ref *ref)
{
    if (ref->class_id == OHM_CLASS_DISCONNECTOR)
        return ref->index == 3;
    return ref->index == 2;
}

ohm_code ohm_cosem_value_add(ohm_dlms_message *m, const ohm_cosem_ref *ref, ohm_span item,
                             const ohm_cosem_scale *scale)
{
    ohm_axdr c = ohm_axdr_over(item);
    const ohm_push_object object = {
        .obis = ref->obis,
        .class_id = ref->class_id,
        .attribute = (uint8_t)ref->index,
        .position = m->count,
    };
    ohm_code code = ohm_push_add(m, &c, &object);
    if (code != OHM_OK)
        return code == OHM_TOO_BIG ? code : OHM_BAD_FORMAT;
    ohm_dlms_value *value = &m->values[m->count - 1];
    value->quantity = (uint16_t)(is_main(ref) ? ohm_obis_quantity(ref->obis) : OHM_Q_NONE);
    if (scale->known) {
        value->scaler = scale->scaler;
        value->unit = scale->unit;
        value->scaler_source = OHM_SCALER_PUSH;
    }
    return OHM_OK;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

ohm_code ohm_cosem_columns_parse(ohm_span item, ohm_cosem_columns *out)
{
    ohm_axdr c = ohm_axdr_over(item);
    ohm_cosem_columns columns = { .clock = -1 };
    uint32_t count = 0;
    if (!open_item(&c, OHM_AXDR_ARRAY, &count) || count == 0)
        return OHM_BAD_FORMAT;
    if (count > OHM_COSEM_COLUMNS_MAX)
        return OHM_TOO_BIG;
    columns.count = (uint8_t)count;
    for (uint32_t i = 0; i < count; i++) {
        ohm_cosem_ref *ref = &columns.refs[i];
        int64_t class_id = 0, index = 0, element = 0;
        if (!open_structure(&c, 4) || !take_number(&c, &class_id) || !take_code(&c, ref->obis) ||
            !take_number(&c, &index) || !take_number(&c, &element) || class_id < 0 ||
            class_id > UINT16_MAX || index < INT8_MIN || index > INT8_MAX)
            return OHM_BAD_FORMAT;
        ref->class_id = (uint16_t)class_id;
        ref->index = (int8_t)index;
        if (ref->class_id == OHM_CLASS_CLOCK && ref->index == 2 && columns.clock < 0)
            columns.clock = (int8_t)i;
    }
    *out = columns;
    return OHM_OK;
}

ohm_code ohm_cosem_rows_init(ohm_cosem_rows *r, const ohm_cosem_columns *columns, uint32_t period_s,
                             ohm_span buffer)
{
    *r = (ohm_cosem_rows){ .columns = columns, .period_s = period_s };
    r->cursor = ohm_axdr_over(buffer);
    return open_item(&r->cursor, OHM_AXDR_ARRAY, &r->left) ? OHM_OK : OHM_BAD_FORMAT;
}

/* The time of the row before and one period, on the meter's own clock. */
static void move_on(ohm_dlms_time *time, uint32_t period_s)
{
    ohm_tz utc;
    ohm_ms at_ms = 0, last_ms = 0;
    ohm_tz_utc(&utc);
    (void)ohm_civil_to_utc(&utc, time->local, &at_ms, &last_ms);
    time->local = ohm_civil_from_utc(&utc, at_ms + period_s * (ohm_ms)OHM_SECOND_MS);
    time->weekday = (uint8_t)ohm_date_weekday(time->local.date);
}

/* The clock of a row: as it says, or as it follows. */
static void read_clock(ohm_cosem_rows *r, ohm_span cell, bool null)
{
    ohm_axdr c = ohm_axdr_over(cell);
    ohm_axdr_item item;
    ohm_dlms_time said = { .present = false, .status = OHM_DLMS_TIME_NO_STATUS };
    if (null && r->time.present && r->period_s > 0) {
        move_on(&r->time, r->period_s);
        r->clock[0] = OHM_AXDR_OCTETS;
        r->clock[1] = OHM_DLMS_TIME_LEN;
        ohm_dlms_time_write(&r->time, r->clock + 2);
        r->cells[r->columns->clock] = ohm_span_of(r->clock, sizeof r->clock);
        return;
    }
    bool good = !null && ohm_axdr_next(&c, &item) == OHM_OK &&
                item.bytes.len == OHM_DLMS_TIME_LEN &&
                ohm_dlms_time_parse(item.bytes.ptr, &said) == OHM_OK;
    r->time = said;
    r->time.present = good && said.present;
    r->cells[r->columns->clock] = null ? ohm_span_of(cell.ptr, 0) : cell;
}

ohm_code ohm_cosem_rows_next(ohm_cosem_rows *r)
{
    if (r->left == 0)
        return OHM_END;
    if (!open_structure(&r->cursor, r->columns->count))
        return OHM_BAD_FORMAT;
    r->left--;
    for (int i = 0; i < r->columns->count; i++) {
        size_t from = r->cursor.pos;
        if (ohm_axdr_skip(&r->cursor) != OHM_OK)
            return OHM_BAD_FORMAT;
        ohm_span cell = ohm_span_of(r->cursor.ptr + from, r->cursor.pos - from);
        bool null = cell.ptr[0] == OHM_AXDR_NULL;
        if (i == r->columns->clock)
            read_clock(r, cell, null);
        else if (!null)
            r->cells[i] = cell;
    }
    return OHM_OK;
}

/* --- objects ------------------------------------------------------------------------------------
 */

ohm_code ohm_cosem_objects_init(ohm_cosem_objects *o, ohm_span item)
{
    *o = (ohm_cosem_objects){ .cursor = ohm_axdr_over(item) };
    return open_item(&o->cursor, OHM_AXDR_ARRAY, &o->left) ? OHM_OK : OHM_BAD_FORMAT;
}

ohm_code ohm_cosem_objects_next(ohm_cosem_objects *o, ohm_cosem_ref *ref, uint8_t *version)
{
    int64_t class_id = 0, v = 0;
    if (o->left == 0)
        return OHM_END;
    /* class_id, version, logical_name and, unless they were left out, access_rights */
    uint32_t members = 0;
    if (!open_item(&o->cursor, OHM_AXDR_STRUCTURE, &members) || (members != 3 && members != 4) ||
        !take_number(&o->cursor, &class_id) || !take_number(&o->cursor, &v) || class_id < 0 ||
        class_id > UINT16_MAX || v < 0 || v > UINT8_MAX)
        return OHM_BAD_FORMAT;
    *ref = (ohm_cosem_ref){ .class_id = (uint16_t)class_id };
    *version = (uint8_t)v;
    if (!take_code(&o->cursor, ref->obis) || (members == 4 && ohm_axdr_skip(&o->cursor) != OHM_OK))
        return OHM_BAD_FORMAT;
    o->left--;
    return OHM_OK;
}
