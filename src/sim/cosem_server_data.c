/* The objects of the simulated meter. */
#include "sim/cosem_server_own.h"
#include "wire/axdr.h"

enum {
    DATA = 1,
    REGISTER = 3,
    PROFILE = 7,
    CLOCK = 8,
    ASSOCIATION = 15,
    DISCONNECTOR = 70,
    /* Data access results. */
    TEMPORARY = 2,
    DENIED = 3,
    NOT_FOUND = 4,
    WRONG_CLASS = 9,
    WRONG_TYPE = 12,
    OTHER_REASON = 250,
    DAY_2099 = 47481, /* its last, since 1970 */
    BILLS = 3,
    BAD_ROW = 9,
    ZERO_ROW = 50,
    WATT_HOURS = 30,
};

typedef struct object {
    uint16_t class_id;
    uint8_t obis[OHM_OBIS_LEN];
    uint8_t version;
    int8_t scaler;
    uint8_t unit;
    int32_t value;
    const char *text;
} object;

static const object objects[] = {
    { DATA, { 0, 0, 42, 0, 0, 255 }, 0, 0, 0, 0, "" }, /* its name */
    { DATA, { 0, 0, 96, 1, 0, 255 }, 0, 0, 0, 0, "00000001" },
    { DATA, { 0, 0, 43, 1, 0, 255 }, 0, 0, 0, 0, NULL },
    { CLOCK, { 0, 0, 1, 0, 0, 255 }, 0, 0, 0, 0, NULL },
    { REGISTER, { 1, 0, 1, 7, 0, 255 }, 0, 0, 27, 1362, NULL },
    { REGISTER, { 1, 0, 2, 7, 0, 255 }, 0, 0, 27, 0, NULL },
    { REGISTER, { 1, 0, 32, 7, 0, 255 }, 0, -1, 35, 2304, NULL },
    { REGISTER, { 1, 0, 31, 7, 0, 255 }, 0, -2, 33, 591, NULL },
    { REGISTER, { 1, 0, 1, 8, 0, 255 }, 0, 0, 30, 0, NULL },
    { REGISTER, { 1, 0, 2, 8, 0, 255 }, 0, 0, 30, 0, NULL },
    { PROFILE, { 1, 0, 99, 1, 0, 255 }, 1, 0, 0, 0, NULL },
    { PROFILE, { 0, 0, 98, 1, 0, 255 }, 1, 0, 0, 0, NULL },
    { PROFILE, { 0, 0, 99, 98, 0, 255 }, 1, 0, 0, 0, NULL },
    { ASSOCIATION, { 0, 0, 40, 0, 0, 255 }, 1, 0, 0, 0, NULL },
    { DISCONNECTOR, { 0, 0, 96, 3, 10, 255 }, 0, 0, 0, 0, NULL },
};
enum { OBJECTS_COUNT = sizeof objects / sizeof *objects, LONG_LIST = 2600 };

static const uint8_t import_code[] = { 1, 0, 1, 8, 0, 255 };
static const uint8_t export_code[] = { 1, 0, 2, 8, 0, 255 };
static const uint8_t clock_code[] = { 0, 0, 1, 0, 0, 255 };
static const uint8_t event_code[] = { 0, 0, 96, 11, 0, 255 };

uint32_t ohm_cosem_server_import_wh(uint32_t row)
{
    return 25149419 + row * 125 + row % 7;
}

uint32_t ohm_cosem_server_export_wh(uint32_t row)
{
    return 812000 + row / 8; /* often as in the row before */
}

static ohm_dlms_time clock_at(const ohm_cosem_server *s, ohm_ms utc_ms)
{
    ohm_tz utc;
    if (s->tz)
        return ohm_dlms_time_from_utc(s->tz, utc_ms);
    ohm_tz_utc(&utc);
    ohm_dlms_time t = ohm_dlms_time_from_utc(&utc, utc_ms + OHM_HOUR_MS);
    t.deviation_min = -60;
    return t;
}

static void make_time(const ohm_cosem_server *s, ohm_ms utc_ms,
                      uint8_t out[static OHM_DLMS_TIME_LEN])
{
    ohm_dlms_time t = clock_at(s, utc_ms);
    t.has_deviation = (s->ways & OHM_SERVER_NO_DEVIATION) == 0;
    if ((s->ways & OHM_SERVER_EASTERN) != 0)
        t.deviation_min = (int16_t)-t.deviation_min;
    ohm_dlms_time_write(&t, out);
}

/* What the clock shows, as a number. */
static ohm_ms shown(const ohm_dlms_time *t)
{
    ohm_tz utc;
    ohm_ms at_ms = 0, last_ms = 0;
    ohm_tz_utc(&utc);
    (void)ohm_civil_to_utc(&utc, t->local, &at_ms, &last_ms);
    return at_ms;
}

/* An instant of 12 bytes; without a deviation it is the meter's local time. One that compares what
 * clocks show takes it as that. */
static bool read_time(const ohm_cosem_server *s, ohm_span bytes, ohm_ms *out)
{
    ohm_dlms_time t;
    if (bytes.len != OHM_DLMS_TIME_LEN || ohm_dlms_time_parse(bytes.ptr, &t) != OHM_OK ||
        !t.present)
        return false;
    *out = shown(&t);
    if ((s->ways & OHM_SERVER_EASTERN) != 0)
        t.deviation_min = (int16_t)-t.deviation_min;
    if ((s->ways & OHM_SERVER_LOCAL) == 0)
        *out += (t.has_deviation ? t.deviation_min : -60) * (ohm_ms)OHM_MINUTE_MS;
    return true;
}

static const object *find(uint16_t class_id, const uint8_t *obis, uint8_t *error)
{
    *error = NOT_FOUND;
    for (int i = 0; i < OBJECTS_COUNT; i++) {
        if (memcmp(objects[i].obis, obis, OHM_OBIS_LEN) != 0)
            continue;
        if (objects[i].class_id == class_id)
            return &objects[i];
        *error = WRONG_CLASS;
    }
    return NULL;
}

/* --- profiles -----------------------------------------------------------------------------------
 */

typedef struct table {
    uint32_t rows;
    ohm_ms first_ms, period_ms;
    int columns;
} table;

static table table_of(const ohm_cosem_server *s, const object *o)
{
    if (o->obis[2] == 99 && o->obis[3] == 98)
        return (table){ s->events, s->first_row_ms, 7 * OHM_MINUTE_MS, 2 };
    if (o->obis[2] == 98)
        return (table){ BILLS, s->first_row_ms - 62 * 24 * (ohm_ms)OHM_HOUR_MS,
                        31 * 24 * (ohm_ms)OHM_HOUR_MS, 3 };
    return (table){ s->rows, s->first_row_ms, OHM_COSEM_SERVER_PERIOD_MS, 4 };
}

static ohm_ms row_ms(const ohm_cosem_server *s, const table *t, uint32_t row)
{
    if (t->columns == 2 && (s->ways & OHM_SERVER_PAIRS) != 0)
        row /= 2;
    if (t->columns == 4 && row == 95 && (s->ways & OHM_SERVER_FUTURE) != 0)
        return DAY_2099 * 24 * (ohm_ms)OHM_HOUR_MS;
    return t->first_ms + row * t->period_ms;
}

static void put_captures(const ohm_cosem_server *s, const object *o, ohm_writer *w)
{
    bool events = o->obis[2] == 99 && o->obis[3] == 98, bills = o->obis[2] == 98;
    ohm_axdr_put_array(w, events ? 2 : bills ? 3 : 4);
    ohm_axdr_put_object(w, CLOCK, clock_code, 2);
    if (events) {
        ohm_axdr_put_object(w, DATA, event_code, 2);
        return;
    }
    if (!bills) {
        static const uint8_t status[] = { 0, 0, 96, 10, 1, 255 };
        ohm_axdr_put_object(w, DATA, status, 2);
    }
    ohm_axdr_put_object(w, REGISTER, s->swapped ? export_code : import_code, 2);
    ohm_axdr_put_object(w, REGISTER, s->swapped ? import_code : export_code, 2);
}

/* One column of a row; `compact`: without its tag. */
static void put_u(ohm_writer *w, uint8_t tag, uint32_t v, bool compact)
{
    if (!compact)
        ohm_put_u8(w, tag);
    if (tag == OHM_AXDR_U8)
        ohm_put_u8(w, (uint8_t)v);
    else
        ohm_put_u32(w, v);
}

static void put_clock(const ohm_cosem_server *s, ohm_writer *w, ohm_ms utc_ms, bool compact)
{
    uint8_t time[OHM_DLMS_TIME_LEN];
    make_time(s, utc_ms, time);
    if (!compact)
        ohm_put_u8(w, OHM_AXDR_OCTETS);
    ohm_put_u8(w, sizeof time);
    ohm_put_bytes(w, ohm_span_of(time, sizeof time));
}

static uint32_t energy(const ohm_cosem_server *s, uint32_t wh)
{
    return s->kilo ? wh / 1000 : wh;
}

/* Null where the row before says it already: the clock as the row before and a period. */
static void put_row(const ohm_cosem_server *s, const table *t, uint32_t row, bool first,
                    ohm_writer *w)
{
    bool compact = (s->ways & OHM_SERVER_COMPACT) != 0;
    bool nulls = (s->ways & OHM_SERVER_NULL_ROWS) != 0 && !first && !compact;
    if (!compact)
        ohm_axdr_put_structure(w, (size_t)t->columns);
    if (nulls && t->columns == 4 && row % 4 != 0)
        ohm_axdr_put_null(w);
    else
        put_clock(s, w, row_ms(s, t, row), compact);
    if (t->columns == 2) {
        put_u(w, OHM_AXDR_U8, row + 1, compact);
        return;
    }
    if (t->columns == 4)
        put_u(w, OHM_AXDR_U8, 0, compact);
    if (s->swapped)
        put_u(w, OHM_AXDR_U32, energy(s, ohm_cosem_server_export_wh(row)), compact);
    bool zero = (s->ways & OHM_SERVER_ZERO) != 0 && row == ZERO_ROW;
    put_u(w, OHM_AXDR_U32, zero ? 0 : energy(s, ohm_cosem_server_import_wh(row)), compact);
    if (s->swapped)
        return;
    if (nulls && ohm_cosem_server_export_wh(row) == ohm_cosem_server_export_wh(row - 1))
        ohm_axdr_put_null(w);
    else
        put_u(w, OHM_AXDR_U32, energy(s, ohm_cosem_server_export_wh(row)), compact);
}

/* One column too many, and all of them empty. */
static void put_bad_row(const table *t, ohm_writer *w)
{
    ohm_axdr_put_structure(w, (size_t)t->columns + 1);
    for (int i = 0; i <= t->columns; i++)
        ohm_axdr_put_null(w);
}

/* Rows [from, to] of those there are; 1 is the first. */
static void put_rows(ohm_cosem_server *s, const table *t, uint32_t from, uint32_t to, ohm_writer *w)
{
    uint32_t count = from >= 1 && from <= to ? to - from + 1 : 0;
    if ((s->ways & OHM_SERVER_COMPACT) == 0) {
        ohm_axdr_put_array(w, count);
        for (uint32_t i = 0; i < count; i++)
            if (i == BAD_ROW && (s->ways & OHM_SERVER_BAD_ROW) != 0)
                put_bad_row(t, w);
            else
                put_row(s, t, from - 1 + i, i == 0, w);
        return;
    }
    static const uint8_t types[] = { OHM_AXDR_OCTETS, OHM_AXDR_U8, OHM_AXDR_U32, OHM_AXDR_U32 };
    ohm_writer rows = ohm_writer_over(s->expanded + sizeof s->expanded / 2, sizeof s->expanded / 2);
    for (uint32_t i = 0; i < count; i++)
        put_row(s, t, from - 1 + i, i == 0, &rows);
    assert(!rows.full);
    ohm_put_u8(w, OHM_AXDR_COMPACT);
    ohm_put_u8(w, OHM_AXDR_STRUCTURE);
    ohm_put_u8(w, (uint8_t)t->columns);
    ohm_put_u8(w, types[0]);
    for (int i = 1; i < t->columns; i++)
        ohm_put_u8(w, t->columns == 3 ? OHM_AXDR_U32 : types[i]);
    ohm_axdr_put_length(w, rows.len);
    ohm_put_bytes(w, ohm_writer_span(&rows));
}

/* By range: the restricting object (a clock), from, to, columns. */
static uint8_t put_range(ohm_cosem_server *s, const table *t, ohm_span access, ohm_writer *w)
{
    ohm_axdr c = { access.ptr, access.len, 3 };
    ohm_axdr_item item;
    ohm_ms from_ms = 0, to_ms = 0;
    if (access.len < 4 || ohm_axdr_skip(&c) != OHM_OK || ohm_axdr_next(&c, &item) != OHM_OK ||
        !read_time(s, item.bytes, &from_ms) || ohm_axdr_next(&c, &item) != OHM_OK ||
        !read_time(s, item.bytes, &to_ms))
        return WRONG_TYPE;
    uint32_t first = 0, last = 0;
    for (uint32_t i = 0; i < t->rows; i++) {
        const ohm_dlms_time show = clock_at(s, row_ms(s, t, i));
        ohm_ms at_ms = (s->ways & OHM_SERVER_LOCAL) != 0 ? shown(&show) : row_ms(s, t, i);
        if (at_ms < from_ms || at_ms > to_ms)
            continue;
        first = first ? first : i + 1;
        last = i + 1;
    }
    put_rows(s, t, first, last, w);
    return 0;
}

static uint8_t put_buffer(ohm_cosem_server *s, const object *o, ohm_span access, ohm_writer *w)
{
    table t = table_of(s, o);
    if ((s->ways & OHM_SERVER_DENIES) != 0)
        return DENIED;
    if (access.len == 0 || (s->ways & OHM_SERVER_NO_LISTS) != 0) {
        put_rows(s, &t, 1, t.rows, w);
        return 0;
    }
    if (access.ptr[0] == 1 && (s->ways & OHM_SERVER_NO_RANGES) != 0)
        return OTHER_REASON;
    if (access.ptr[0] == 1)
        return put_range(s, &t, access, w);
    if (access.ptr[0] != 2 || access.len < 13)
        return WRONG_TYPE;
    uint32_t from = ohm_be32(access.ptr + 4), to = ohm_be32(access.ptr + 9);
    put_rows(s, &t, from, to == 0 || to > t.rows ? t.rows : to, w);
    return 0;
}

static uint8_t get_profile(ohm_cosem_server *s, const object *o, uint8_t index, ohm_span access,
                           ohm_writer *w)
{
    table t = table_of(s, o);
    switch (index) {
    case 2:
        return put_buffer(s, o, access, w);
    case 3:
        put_captures(s, o, w);
        return 0;
    case 4:
        ohm_axdr_put_u32(w, t.columns == 4 ? (uint32_t)(t.period_ms / 1000) : 0);
        return 0;
    case 7:
        ohm_axdr_put_u32(w, t.rows);
        return 0;
    case 8:
        ohm_axdr_put_u32(w, OHM_COSEM_SERVER_ROWS_MAX);
        return 0;
    default:
        return DENIED;
    }
}

/* --- the rest -----------------------------------------------------------------------------------
 */

/* With access rights, or (selector 1, IEC 62056-6-2 class 15) without. */
static uint8_t put_object_list(const ohm_cosem_server *s, ohm_span access, ohm_writer *w)
{
    bool brief = access.len > 0;
    if (brief && ((s->ways & OHM_SERVER_NO_RANGES) != 0 || access.ptr[0] != 1))
        return DENIED;
    int count = (s->ways & OHM_SERVER_LONG_LIST) ? LONG_LIST : OBJECTS_COUNT;
    ohm_axdr_put_array(w, (size_t)count);
    for (int k = 0; k < count; k++) {
        int i = k % OBJECTS_COUNT;
        ohm_axdr_put_structure(w, brief ? 3 : 4);
        ohm_axdr_put_u16(w, objects[i].class_id);
        ohm_axdr_put_u8(w, objects[i].version);
        ohm_axdr_put_obis(w, objects[i].obis);
        if (brief)
            continue;
        ohm_axdr_put_structure(w, 2); /* access rights: of attributes, of methods */
        ohm_axdr_put_array(w, 1);
        ohm_axdr_put_structure(w, 3);
        ohm_axdr_put_i8(w, 2);
        ohm_axdr_put_enum(w, 1);
        ohm_axdr_put_null(w);
        ohm_axdr_put_array(w, 0);
    }
    return 0;
}

static uint8_t get_value(const ohm_cosem_server *s, const object *o, ohm_writer *w)
{
    if (o->class_id == DATA && o->text && !o->text[0])
        ohm_axdr_put_octets(w, ohm_span_text(s->name));
    else if (o->class_id == DATA && o->text)
        ohm_axdr_put_octets(w, ohm_span_text(o->text));
    else if (o->class_id == DATA)
        ohm_axdr_put_u32(w, s->heard_counter);
    else if (o->class_id == CLOCK)
        put_clock(s, w, s->time_ms, false);
    else if (!memcmp(o->obis, import_code, OHM_OBIS_LEN))
        ohm_axdr_put_u32(w, energy(s, ohm_cosem_server_import_wh(s->rows)));
    else if (!memcmp(o->obis, export_code, OHM_OBIS_LEN))
        ohm_axdr_put_u32(w, energy(s, ohm_cosem_server_export_wh(s->rows)));
    else
        ohm_axdr_put_i32(w, o->value);
    return 0;
}

uint8_t ohm_server_get(ohm_cosem_server *s, uint16_t class_id, const uint8_t *obis, uint8_t index,
                       ohm_span access, ohm_writer *w)
{
    uint8_t error = 0;
    const object *o = find(class_id, obis, &error);
    if (!o)
        return error;
    if (index == 1) {
        ohm_axdr_put_obis(w, o->obis);
        return 0;
    }
    if (class_id == PROFILE)
        return get_profile(s, o, index, access, w);
    if (class_id == ASSOCIATION && index == 2)
        return put_object_list(s, access, w);
    if (class_id == DISCONNECTOR && index == 2) {
        ohm_axdr_put_bool(w, s->connected);
        return 0;
    }
    if (class_id == DISCONNECTOR && index == 3) {
        ohm_axdr_put_enum(w, s->connected);
        return 0;
    }
    if (class_id == REGISTER && index == 3) {
        if ((s->ways & OHM_SERVER_MOODY) != 0)
            return TEMPORARY;
        ohm_axdr_put_scaler_unit(w, s->kilo && o->unit == WATT_HOURS ? 3 : o->scaler, o->unit);
        return 0;
    }
    bool has_value = class_id == DATA || class_id == CLOCK || class_id == REGISTER;
    return has_value && index == 2 ? get_value(s, o, w) : DENIED;
}

uint8_t ohm_server_set(ohm_cosem_server *s, uint16_t class_id, const uint8_t *obis, uint8_t index,
                       ohm_span value)
{
    uint8_t error = 0;
    const object *o = find(class_id, obis, &error);
    ohm_axdr c = ohm_axdr_over(value);
    ohm_axdr_item item;
    if (!o)
        return error;
    if (o->class_id != CLOCK || index != 2)
        return DENIED;
    if (ohm_axdr_next(&c, &item) != OHM_OK || item.tag != OHM_AXDR_OCTETS ||
        !read_time(s, item.bytes, &s->time_ms))
        return WRONG_TYPE;
    return 0;
}

uint8_t ohm_server_act(ohm_cosem_server *s, uint16_t class_id, const uint8_t *obis, uint8_t index)
{
    uint8_t error = 0;
    const object *o = find(class_id, obis, &error);
    if (!o || o->class_id != DISCONNECTOR || index < 1 || index > 2)
        return o ? DENIED : error;
    s->connected = index == 2;
    return 0;
}
