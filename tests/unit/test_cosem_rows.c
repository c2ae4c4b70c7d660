/* Answers to values: scales, columns, rows with what they leave out, lists of objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/cosem_rows.h"

static const ohm_cosem_ref clock_ref = { OHM_CLASS_CLOCK, { 0, 0, 1, 0, 0, 255 }, 2 };
static const ohm_cosem_ref import_ref = { OHM_CLASS_REGISTER, { 1, 0, 1, 8, 0, 255 }, 2 };
static ohm_dlms_message message;

static ohm_dlms_time at(uint8_t day, uint8_t hour, uint8_t minute)
{
    return (ohm_dlms_time){ .present = true,
                            .status = 0,
                            .weekday = 1,
                            .local = { { 2026, 3, day }, hour, minute, 0, 0 } };
}

static void put_columns(ohm_writer *w)
{
    ohm_axdr_put_array(w, 2);
    ohm_axdr_put_object(w, clock_ref.class_id, clock_ref.obis, 2);
    ohm_axdr_put_object(w, import_ref.class_id, import_ref.obis, 2);
}

static int64_t number(ohm_span item)
{
    ohm_axdr c = ohm_axdr_over(item);
    ohm_axdr_item it;
    int64_t v = 0;
    bool big = false;
    assert_int_equal(ohm_axdr_next(&c, &it), OHM_OK);
    assert_true(ohm_axdr_integer(&it, &v, &big));
    return v;
}

static void scales(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[8];
        size_t len;
        ohm_code code;
        int8_t scaler;
        uint8_t unit;
    } rows[] = {
        { "Wh", { 2, 2, 15, 0, 22, 30 }, 6, OHM_OK, 0, 30 },
        { "tenths of a volt", { 2, 2, 15, 0xff, 22, 35 }, 6, OHM_OK, -1, 35 },
        { "three members", { 2, 3, 15, 0, 22, 30 }, 6, OHM_BAD_FORMAT, 0, 0 },
        { "cut", { 2, 2, 15, 0, 22 }, 5, OHM_BAD_FORMAT, 0, 0 },
        { "an impossible scaler", { 2, 2, 16, 1, 0, 22, 30 }, 7, OHM_BAD_FORMAT, 0, 0 },
        { "nothing", { 0 }, 1, OHM_BAD_FORMAT, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_cosem_scale scale = { .known = false };
        ohm_code code = ohm_cosem_scale_parse(ohm_span_of(rows[i].bytes, rows[i].len), &scale);
        if (code != rows[i].code || scale.scaler != rows[i].scaler || scale.unit != rows[i].unit)
            fail_msg("%s", rows[i].why);
    }
    assert_int_equal(ohm_cosem_scale_index(OHM_CLASS_REGISTER), 3);
    assert_int_equal(ohm_cosem_scale_index(OHM_CLASS_DEMAND), 4);
    assert_int_equal(ohm_cosem_scale_index(OHM_CLASS_CLOCK), 0);
}

static void values(void **state)
{
    (void)state;
    static const uint8_t item[] = { OHM_AXDR_U32, 0, 0, 1, 0 };
    static const ohm_cosem_ref maximum_at = { OHM_CLASS_EXTENDED, { 1, 0, 1, 6, 0, 255 }, 5 };
    const ohm_cosem_scale kilo = { true, 3, 30 };
    int64_t quantised = 0;
    message.count = 0;
    assert_int_equal(
        ohm_cosem_value_add(&message, &import_ref, ohm_span_of(item, sizeof item), &kilo), OHM_OK);
    assert_int_equal(message.values[0].quantity, OHM_Q_ENERGY_IMPORT);
    assert_int_equal(ohm_dlms_value_quantise(&message.values[0], &quantised), OHM_OK);
    assert_int_equal(quantised, 256000);
    assert_int_equal(
        ohm_cosem_value_add(&message, &maximum_at, ohm_span_of(item, sizeof item), &kilo), OHM_OK);
    assert_int_equal(message.values[1].quantity, OHM_Q_NONE); /* its time, not its value */
    assert_int_equal(ohm_cosem_value_add(&message, &import_ref, ohm_span_of(item, 3), &kilo),
                     OHM_BAD_FORMAT);
    assert_int_equal(message.count, 2);
}

/* Null is as before, the clock a period later, over midnight and a leap day's month too. */
static void rows_leave_things_out(void **state)
{
    (void)state;
    uint8_t bytes[256], columns_bytes[64];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_writer c = ohm_writer_over(columns_bytes, sizeof columns_bytes);
    ohm_cosem_columns columns;
    ohm_cosem_rows rows;
    put_columns(&c);
    assert_int_equal(ohm_cosem_columns_parse(ohm_writer_span(&c), &columns), OHM_OK);
    assert_int_equal(columns.count, 2);
    assert_int_equal(columns.clock, 0);
    const ohm_dlms_time late = at(31, 23, 45);
    ohm_axdr_put_array(&w, 4);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_null(&w); /* nothing went before: not known */
    ohm_axdr_put_null(&w);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_time(&w, &late);
    ohm_axdr_put_u32(&w, 1000);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_null(&w);
    ohm_axdr_put_u32(&w, 1001);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_null(&w);
    ohm_axdr_put_null(&w);
    assert_int_equal(ohm_cosem_rows_init(&rows, &columns, 900, ohm_writer_span(&w)), OHM_OK);
    assert_int_equal(ohm_cosem_rows_next(&rows), OHM_OK);
    assert_false(rows.time.present);
    assert_int_equal(rows.cells[0].len, 0);
    assert_int_equal(rows.cells[1].len, 0);
    assert_int_equal(ohm_cosem_rows_next(&rows), OHM_OK);
    assert_int_equal(rows.time.local.hour, 23);
    assert_int_equal(number(rows.cells[1]), 1000);
    assert_int_equal(ohm_cosem_rows_next(&rows), OHM_OK);
    assert_int_equal(rows.time.local.date.month, 4);
    assert_int_equal(rows.time.local.date.day, 1);
    assert_int_equal(rows.time.local.hour, 0);
    assert_int_equal(number(rows.cells[1]), 1001);
    assert_int_equal(rows.cells[0].len, 14);
    assert_int_equal(ohm_cosem_rows_next(&rows), OHM_OK);
    assert_int_equal(rows.time.local.minute, 15);
    assert_int_equal(number(rows.cells[1]), 1001);
    assert_int_equal(ohm_cosem_rows_next(&rows), OHM_END);
}

static void what_is_no_table(void **state)
{
    (void)state;
    uint8_t bytes[512];
    ohm_cosem_columns columns;
    ohm_cosem_rows rows;
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_array(&w, 0);
    assert_int_equal(ohm_cosem_columns_parse(ohm_writer_span(&w), &columns), OHM_BAD_FORMAT);
    w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_array(&w, OHM_COSEM_COLUMNS_MAX + 1);
    for (int i = 0; i <= OHM_COSEM_COLUMNS_MAX; i++)
        ohm_axdr_put_object(&w, 3, import_ref.obis, 2);
    assert_int_equal(ohm_cosem_columns_parse(ohm_writer_span(&w), &columns), OHM_TOO_BIG);
    w = ohm_writer_over(bytes, sizeof bytes);
    put_columns(&w);
    assert_int_equal(ohm_cosem_columns_parse(ohm_span_of(bytes, w.len - 1), &columns),
                     OHM_BAD_FORMAT);
    assert_int_equal(ohm_cosem_columns_parse(ohm_writer_span(&w), &columns), OHM_OK);
    w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_array(&w, 1);
    ohm_axdr_put_structure(&w, 1); /* one cell for two columns */
    ohm_axdr_put_u32(&w, 1);
    assert_int_equal(ohm_cosem_rows_init(&rows, &columns, 900, ohm_writer_span(&w)), OHM_OK);
    assert_int_equal(ohm_cosem_rows_next(&rows), OHM_BAD_FORMAT);
    ohm_axdr_put_u32(&w, 1);
    assert_int_equal(ohm_cosem_rows_init(&rows, &columns, 900, ohm_span_of(bytes + 4, w.len - 4)),
                     OHM_BAD_FORMAT);
}

static void objects(void **state)
{
    (void)state;
    static const uint8_t list[] = { 1, 1, 2, 4, 0x12, 0, 3, 0x11, 2, 9, 6, 1,
                                    0, 1, 8, 0, 255,  2, 2, 1,    0, 1, 0 };
    ohm_cosem_objects o;
    ohm_cosem_ref ref;
    uint8_t version = 0;
    assert_int_equal(ohm_cosem_objects_init(&o, ohm_span_of(list, sizeof list)), OHM_OK);
    assert_int_equal(ohm_cosem_objects_next(&o, &ref, &version), OHM_OK);
    assert_int_equal(ref.class_id, 3);
    assert_int_equal(version, 2);
    assert_memory_equal(ref.obis, import_ref.obis, OHM_OBIS_LEN);
    assert_int_equal(ohm_cosem_objects_next(&o, &ref, &version), OHM_END);
    /* Without access rights: three members, not two nor five. */
    uint8_t brief[17];
    memcpy(brief, list, sizeof brief);
    static const uint8_t members[] = { 3, 2, 5 };
    for (size_t i = 0; i < sizeof members; i++) {
        brief[3] = members[i];
        assert_int_equal(ohm_cosem_objects_init(&o, ohm_span_of(brief, sizeof brief)), OHM_OK);
        assert_int_equal(ohm_cosem_objects_next(&o, &ref, &version),
                         i == 0 ? OHM_OK : OHM_BAD_FORMAT);
    }
    assert_int_equal(ohm_cosem_objects_init(&o, ohm_span_of(list, sizeof list - 2)), OHM_OK);
    assert_int_equal(ohm_cosem_objects_next(&o, &ref, &version), OHM_BAD_FORMAT);
    assert_int_equal(ohm_cosem_objects_init(&o, ohm_span_of(list + 2, 4)), OHM_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales),
        cmocka_unit_test(values),
        cmocka_unit_test(rows_leave_things_out),
        cmocka_unit_test(what_is_no_table),
        cmocka_unit_test(objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
