#include "wire/modbus_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static ohm_modbus_profile profile;
static ohm_modbus_plan plan;

static ohm_modbus_point *add(uint8_t function, uint16_t address, ohm_modbus_type type)
{
    ohm_modbus_point *p = &profile.points[profile.points_count++];
    *p =
        (ohm_modbus_point){ .function = function,
                            .address = address,
                            .type = (uint8_t)type,
                            .words =
                                (uint8_t)(type == OHM_MODBUS_BIT ? 1 : ohm_modbus_type_words(type)),
                            .scale = 1,
                            .unit = "" };
    return p;
}

static void start(uint16_t most, uint16_t gap)
{
    profile = (ohm_modbus_profile){ .registers_max = most, .gap = gap };
}

/* Answers read by read from a table whose register n holds n. */
static void poll_all(void)
{
    uint8_t data[256];
    for (size_t i = 0; i < plan.reads_count; i++) {
        const ohm_modbus_read *r = &plan.reads[i];
        bool bits = r->function <= OHM_MODBUS_READ_DISCRETE;
        memset(data, 0, sizeof data);
        for (unsigned k = 0; k < r->count; k++) {
            if (bits)
                data[k / 8] |= (uint8_t)(((r->address + k) % 2) << k % 8);
            else
                ohm_put_be16(data + 2 * k, (uint16_t)(r->address + k));
        }
        ohm_modbus_plan_keep(&plan, i,
                             ohm_span_of(data, bits ? (r->count + 7u) / 8 : 2u * r->count));
    }
}

static const struct {
    const char *why;
    uint16_t most, gap;
    uint16_t addresses[8]; /* of uint32 points; ended by 9999 */
    size_t reads;
} plans[] = {
    { "neighbours are one read", 125, 0, { 0, 2, 4, 9999 }, 1 },
    { "a hole is two", 125, 0, { 0, 4, 9999 }, 2 },
    { "a small hole is read in vain", 125, 2, { 0, 4, 9999 }, 1 },
    { "a larger one is not", 125, 2, { 0, 5, 9999 }, 2 },
    { "no read is longer than the device allows", 4, 100, { 0, 2, 4, 6, 9999 }, 2 },
    { "no value is cut in two", 3, 100, { 0, 2, 4, 9999 }, 3 },
    { "the order of the file does not matter", 125, 0, { 4, 0, 2, 9999 }, 1 },
    { "two points may share registers", 125, 0, { 0, 1, 0, 9999 }, 1 },
    { "the last register", 125, 10, { 65534, 9999 }, 1 },
};

static void plans_are_the_fewest_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        start(plans[i].most, plans[i].gap);
        for (size_t k = 0; plans[i].addresses[k] != 9999; k++)
            (void)add(3, plans[i].addresses[k], OHM_MODBUS_UINT32);
        assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
        if (plan.reads_count != plans[i].reads)
            fail_msg("%s: %u reads", plans[i].why, plan.reads_count);
    }
}

static void tables_are_read_apart(void **state)
{
    (void)state;
    ohm_modbus_value v;
    start(125, 10);
    (void)add(3, 0, OHM_MODBUS_UINT16);
    (void)add(4, 1, OHM_MODBUS_UINT16);
    (void)add(1, 5, OHM_MODBUS_BIT);
    (void)add(1, 8, OHM_MODBUS_BIT);
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
    assert_int_equal(plan.reads_count, 3);
    ohm_modbus_plan_value(&plan, 1, &v);
    assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE); /* nothing was read yet */
    poll_all();
    for (size_t i = 0; i < 4; i++) {
        static const int64_t want[] = { 0, 1, 1, 0 };
        ohm_modbus_plan_value(&plan, i, &v);
        assert_int_equal(v.kind, OHM_MODBUS_NUMBER);
        assert_int_equal(v.number.mantissa, want[i]);
    }
}

static void values_are_scaled_masked_and_summed(void **state)
{
    (void)state;
    ohm_modbus_value v;
    start(125, 10);
    ohm_modbus_point *p = add(3, 100, OHM_MODBUS_UINT16);
    p->scale = -5;
    p->scale_exponent = -1;
    p = add(3, 0x0ff0, OHM_MODBUS_UINT16);
    p->mask = 0x0f00;
    p = add(3, 200, OHM_MODBUS_UINT16);
    p->adds_count = 2;
    p->adds[0] = 201;
    p->adds[1] = 202;
    p = add(3, 300, OHM_MODBUS_UINT16);
    p->has_absent = true;
    p->absent = 300;
    p = add(3, 299, OHM_MODBUS_UINT16);
    p->has_absent = true;
    p->absent = 300;
    p->adds_count = 1;
    p->adds[0] = 300;
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
    poll_all();
    ohm_modbus_plan_value(&plan, 0, &v);
    assert_int_equal(v.number.mantissa, -50);
    assert_int_equal(v.number.exponent, 0);
    ohm_modbus_plan_value(&plan, 1, &v);
    assert_int_equal(v.number.mantissa, 15);
    ohm_modbus_plan_value(&plan, 2, &v);
    assert_int_equal(v.number.mantissa, 603);
    ohm_modbus_plan_value(&plan, 3, &v);
    assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE);
    assert_false(v.wrong); /* the device says that it has none */
    ohm_modbus_plan_value(&plan, 4, &v);
    assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE); /* a part is missing: no sum */
}

static void a_register_may_say_the_factor(void **state)
{
    (void)state;
    ohm_modbus_value v;
    start(125, 0);
    ohm_modbus_point *p = add(3, 50, OHM_MODBUS_UINT16); /* 50 × 10^3 */
    p->has_factor = true;
    p->factor = 3;
    p = add(3, 51, OHM_MODBUS_UINT16);
    p->has_factor = true;
    p->factor = 11; /* no factor is that large */
    p = add(3, 52, OHM_MODBUS_UINT16);
    p->has_factor = true;
    p->factor = 0x8000;
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
    poll_all();
    ohm_modbus_plan_value(&plan, 0, &v);
    assert_int_equal(v.number.mantissa, 50);
    assert_int_equal(v.number.exponent, 3);
    ohm_modbus_plan_value(&plan, 1, &v);
    assert_true(v.kind == OHM_MODBUS_NO_VALUE && v.wrong);
    ohm_modbus_plan_value(&plan, 2, &v);
    assert_true(v.kind == OHM_MODBUS_NO_VALUE && !v.wrong);
}

static void one_answer_has_what_it_has(void **state)
{
    (void)state;
    uint8_t data[20];
    ohm_modbus_value v;
    for (unsigned i = 0; i < 10; i++)
        ohm_put_be16(data + 2 * i, (uint16_t)(100 + i));
    ohm_modbus_frame reply = {
        .reply = true, .function = 3, .address = 100, .count = 10, .data = { data, 20 }
    };
    start(125, 0);
    ohm_modbus_point *inside = add(3, 109, OHM_MODBUS_UINT16),
                     *over = add(3, 109, OHM_MODBUS_INT32);
    ohm_modbus_point *before = add(3, 99, OHM_MODBUS_INT32), *other = add(4, 100, OHM_MODBUS_INT16);
    ohm_modbus_point *both = add(3, 101, OHM_MODBUS_UINT16);
    both->adds_count = 1;
    both->adds[0] = 102;
    ohm_modbus_reply_value(inside, &reply, &v);
    assert_int_equal(v.number.mantissa, 109);
    ohm_modbus_reply_value(both, &reply, &v);
    assert_int_equal(v.number.mantissa, 203);
    both->adds[0] = 110;
    const ohm_modbus_point *none[] = { over, before, other, both };
    for (size_t i = 0; i < 4; i++) {
        ohm_modbus_reply_value(none[i], &reply, &v);
        assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE);
    }
    reply.exception = 2;
    ohm_modbus_reply_value(inside, &reply, &v);
    assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE);
    ohm_modbus_point *bit = add(1, 5, OHM_MODBUS_BIT);
    const ohm_modbus_frame coils = { .reply = true,
                                     .function = 1,
                                     .address = 3,
                                     .count = 4,
                                     .data = { (const uint8_t *)"\x04", 1 } };
    ohm_modbus_reply_value(bit, &coils, &v);
    assert_int_equal(v.number.mantissa, 1);
    bit->address = 7;
    ohm_modbus_reply_value(bit, &coils, &v);
    assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE);
}

static void bits_that_can_not_be_are_wrong(void **state)
{
    (void)state;
    ohm_modbus_value v;
    start(125, 0);
    (void)add(3, 0x0fa0, OHM_MODBUS_BCD16);
    ohm_modbus_point *p = add(3, 0x7fff, OHM_MODBUS_INT64);
    p->scale = 1000;
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
    poll_all();
    for (size_t i = 0; i < 2; i++) {
        ohm_modbus_plan_value(&plan, i, &v);
        assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE);
        assert_true(v.wrong);
    }
}

static void a_refused_read_is_taken_apart(void **state)
{
    (void)state;
    start(125, 10);
    (void)add(3, 0, OHM_MODBUS_UINT16);
    (void)add(3, 2, OHM_MODBUS_UINT32);
    (void)add(3, 2, OHM_MODBUS_UINT16);
    (void)add(3, 8, OHM_MODBUS_UINT16);
    (void)add(3, 90, OHM_MODBUS_UINT16);
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
    assert_int_equal(plan.reads_count, 2);
    assert_true(ohm_modbus_plan_refused(&plan, 0));
    assert_int_equal(plan.reads_count, 4);
    assert_int_equal(plan.reads[1].address, 2);
    assert_int_equal(plan.reads[1].count, 2); /* as long as the longer of the two */
    assert_int_equal(plan.reads[3].address, 90);
    assert_false(ohm_modbus_plan_refused(&plan, 1)); /* it has none: not asked again */
    assert_int_equal(plan.reads_count, 3);
    poll_all();
    /* The next poll's plan begins with what is known by now. */
    uint8_t noted[OHM_MODBUS_SPANS_MAX];
    static ohm_modbus_plan before;
    before = plan;
    ohm_modbus_plan_note(&plan, noted);
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
    ohm_modbus_plan_recall(&plan, noted);
    assert_int_equal(plan.reads_count, before.reads_count);
    for (size_t i = 0; i < plan.reads_count; i++) {
        assert_int_equal(plan.reads[i].address, before.reads[i].address);
        assert_int_equal(plan.reads[i].count, before.reads[i].count);
        assert_int_equal(plan.reads[i].parts, before.reads[i].parts);
    }
    poll_all();
    static const bool have[] = { true, false, false, true, true };
    for (size_t i = 0; i < 5; i++) {
        ohm_modbus_value v;
        ohm_modbus_plan_value(&plan, i, &v);
        assert_int_equal(v.kind, have[i] ? OHM_MODBUS_NUMBER : OHM_MODBUS_NO_VALUE);
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    start(125, 0);
    for (int i = 0; i < OHM_MODBUS_POINTS_MAX; i++) {
        ohm_modbus_point *p = add(3, (uint16_t)i, OHM_MODBUS_UINT16);
        p->adds_count = 1;
    }
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_TOO_BIG);
    start(125, 0);
    for (int i = 0; i < 20; i++)
        add(3, (uint16_t)(40 * i), OHM_MODBUS_STRING)->words = 32;
    assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_TOO_BIG);
}

static const struct {
    const char *text, *base;
    int exponent;
} units[] = {
    { "kWh", "Wh", 3 },     { "W", "W", 0 },     { "MW", "W", 6 },  { "mA", "A", -3 },
    { "kvarh", "varh", 3 }, { "%", "%", 0 },     { "C", "C", 0 },   { "", "", 0 },
    { "kC", NULL, 0 },      { "k", NULL, 0 },    { "KW", NULL, 0 }, { "kkW", NULL, 0 },
    { "kHz", "Hz", 3 },     { "VAh", "VAh", 0 },
};

static void units_have_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const char *base = NULL;
        int exponent = 0;
        bool known = ohm_modbus_unit(ohm_span_text(units[i].text), &base, &exponent);
        if (known != (units[i].base != NULL) || exponent != units[i].exponent)
            fail_msg("%s", units[i].text);
        if (known)
            assert_string_equal(base, units[i].base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_the_fewest_reads),
        cmocka_unit_test(tables_are_read_apart),
        cmocka_unit_test(values_are_scaled_masked_and_summed),
        cmocka_unit_test(a_register_may_say_the_factor),
        cmocka_unit_test(one_answer_has_what_it_has),
        cmocka_unit_test(bits_that_can_not_be_are_wrong),
        cmocka_unit_test(a_refused_read_is_taken_apart),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(units_have_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
