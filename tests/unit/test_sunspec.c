/* SunSpec devices: maps as a device has them, walked through and read. */
#include "wire/sunspec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../modbus_world.h"

enum { MAP_MAX = 600 };

typedef struct map {
    uint16_t words[MAP_MAX];
    uint16_t len;
} map;

static ohm_modbus_profiles *profiles;

static void begin(map *m)
{
    memset(m, 0, sizeof *m);
    m->words[0] = 0x5375; /* "Su" */
    m->words[1] = 0x6e53; /* "nS" */
    m->len = 2;
}

/* A model full of "not implemented"; returns its words from its number on. */
static uint16_t *add_model(map *m, uint16_t id, uint16_t length)
{
    uint16_t *w = &m->words[m->len];
    assert_true(m->len + 2 + length + 2 <= MAP_MAX);
    w[0] = id;
    w[1] = length;
    for (unsigned i = 0; i < length; i++)
        w[2 + i] = 0x8000;
    m->len = (uint16_t)(m->len + 2 + length);
    return w;
}

static void end(map *m)
{
    m->words[m->len++] = 0xffff;
    m->words[m->len++] = 0;
}

static void put_text(uint16_t *w, const char *text, size_t words)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < words; i++)
        w[i] = (uint16_t)((2 * i < len ? (unsigned)text[2 * i] << 8 : 0) |
                          (2 * i + 1 < len ? (unsigned)text[2 * i + 1] : 0));
}

static void put_32(uint16_t *w, uint32_t value)
{
    w[0] = (uint16_t)(value >> 16);
    w[1] = (uint16_t)value;
}

static void put_float(uint16_t *w, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_32(w, bits);
}

static void add_common(map *m)
{
    uint16_t *w = add_model(m, 1, 66);
    put_text(w + 2, "Maker", 16);
    put_text(w + 18, "Model 3", 16);
    put_text(w + 50, "SN-0042", 16);
}

static void add_inverter(map *m)
{
    uint16_t *w = add_model(m, 103, 50);
    w[10] = 2301; /* PhVphA */
    w[13] = (uint16_t)-1;
    w[14] = 425; /* W */
    w[15] = 1;
    w[16] = 5001; /* Hz */
    w[17] = (uint16_t)-2;
    put_32(w + 24, 1234567);
    w[26] = 0;
    w[33] = 412; /* TmpCab */
    w[37] = (uint16_t)-1;
    w[38] = 4;
}

/* --- a device and its reader --------------------------------------------------------------------
 */

static ohm_sim_modbus_device device;
static ohm_sim_modbus bus;
static mb_line line;
static ohm_modbus_poll poll;

static ohm_poll_step read_map(const map *m, uint16_t from)
{
    const ohm_protocol_config config = { .modbus = profiles, .profile = "sunspec", .address = "1" };
    memset(&device, 0, sizeof device);
    device.unit = 1;
    device.image = m->words;
    device.image_from = from;
    device.image_count = m->len;
    ohm_sim_modbus_init(&bus, OHM_MODBUS_TCP, &device, 1);
    line = (mb_line){ .bus = &bus };
    ohm_poller_modbus.release(&poll);
    memset(&poll, 0, sizeof poll);
    assert_false(ohm_failed(ohm_poller_modbus.init(&poll, &config)));
    return mb_converse(&line, &ohm_poller_modbus, &poll, false);
}

static bool value_of(const char *name, ohm_modbus_value *out)
{
    for (size_t i = 0; i < poll.profile->points_count; i++)
        if (!strcmp(poll.profile->points[i].name, name)) {
            ohm_modbus_report_value(&poll.report, i, out);
            return true;
        }
    return false;
}

static void check(const char *name, int64_t mantissa, int exponent)
{
    ohm_modbus_value v;
    if (!value_of(name, &v) || v.kind != OHM_MODBUS_NUMBER)
        fail_msg("%s has no value", name);
    for (; v.number.exponent > exponent; v.number.exponent--)
        v.number.mantissa *= 10;
    if (v.number.mantissa != mantissa || v.number.exponent != exponent)
        fail_msg("%s is %lld e%d", name, (long long)v.number.mantissa, v.number.exponent);
}

static void check_none(const char *name)
{
    ohm_modbus_value v;
    assert_true(value_of(name, &v));
    assert_int_equal(v.kind, OHM_MODBUS_NO_VALUE);
    assert_false(v.wrong);
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void an_inverter_is_read_wherever_its_map_is(void **state)
{
    (void)state;
    static const uint16_t places[] = { 40000, 50000, 0 };
    for (size_t i = 0; i < 3; i++) {
        map m;
        begin(&m);
        add_common(&m);
        add_inverter(&m);
        end(&m);
        ohm_poll_step step = read_map(&m, places[i]);
        if (step.verdict != OHM_POLL_DONE)
            fail_msg("%u: %s", places[i], step.why);
        check("voltage_l1", 2301, -1);
        check("power", -4250, 0); /* it feeds */
        check("frequency", 5001, -2);
        check("energy_export", 1234567, 0);
        check("temperature", 412, -1);
        check("state", 4, 0);
        check_none("current");
        check_none("power_factor");
        assert_string_equal(poll.report.id, "SN-0042");
        /* The next poll needs no walk: the common model and the inverter are one read. */
        uint64_t before = line.requests;
        step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
        assert_int_equal(step.verdict, OHM_POLL_DONE);
        assert_int_equal(line.requests - before, poll.work->plan.reads_count);
        assert_true(poll.work->plan.reads_count <= 2);
    }
}

static void meters_of_integers_and_floats(void **state)
{
    (void)state;
    map m;
    begin(&m);
    add_common(&m);
    uint16_t *w = add_model(&m, 203, 105);
    w[18] = (uint16_t)-1500; /* W */
    w[19] = (uint16_t)-500;
    w[22] = 0;
    put_32(w + 38, 777); /* exported */
    put_32(w + 46, 0);   /* does not count */
    w[54] = 1;
    end(&m);
    assert_int_equal(read_map(&m, 40000).verdict, OHM_POLL_DONE);
    check("power", -1500, 0);
    check("power_l1", -500, 0);
    check("energy_export", 7770, 0);
    check_none("energy_import");
    check_none("power_l2");

    begin(&m);
    w = add_model(&m, 213, 124);
    put_float(w + 28, 1234.5F);
    put_float(w + 68, 55555.0F);
    put_32(w + 26, 0x7fc00000); /* no frequency */
    for (unsigned i = 2; i < 126; i++)
        if (w[i] == 0x8000)
            w[i] = 0x7fc0;
    end(&m);
    assert_int_equal(read_map(&m, 40000).verdict, OHM_POLL_DONE);
    check("power", 12345, -1);
    check("energy_import", 55555, 0);
    check_none("frequency");
}

static void strings_of_modules_and_storage(void **state)
{
    (void)state;
    map m;
    begin(&m);
    add_inverter(&m);
    uint16_t *w = add_model(&m, 160, 8 + 2 * 20);
    w[2] = (uint16_t)-2;
    w[3] = (uint16_t)-1;
    w[4] = 0;
    w[5] = 0;
    for (unsigned i = 0; i < 20; i++)
        w[10 + i] = 0xffff; /* the first module is not there */
    w[30 + 9] = 512;        /* the second module */
    w[30 + 10] = 4000;
    w[30 + 11] = 2048;
    w = add_model(&m, 124, 24);
    w[8] = 555;
    w[22] = (uint16_t)-1;
    (void)add_model(&m, 64999, 10); /* a maker's own */
    end(&m);
    assert_int_equal(read_map(&m, 40000).verdict, OHM_POLL_DONE);
    check("mppt2_current", 512, -2);
    check("mppt2_voltage", 400, 0);
    check("mppt2_power", 2048, 0);
    check_none("mppt1_power");
    check("battery_charge", 555, -1);
    assert_int_equal(poll.work->walk.count, 4);
}

static void what_is_no_map_is_said(void **state)
{
    (void)state;
    map m;
    begin(&m);
    add_inverter(&m);
    end(&m);
    ohm_poll_step step = read_map(&m, 1000); /* nowhere where it should be */
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    assert_int_equal(step.state, OHM_METER_REFUSED);
    begin(&m);
    (void)add_model(&m, 64999, 10);
    end(&m);
    assert_int_equal(read_map(&m, 40000).state, OHM_METER_UNKNOWN_LAYOUT);
    begin(&m);
    add_inverter(&m); /* no end: the device refuses what is behind it */
    assert_int_equal(read_map(&m, 40000).verdict, OHM_POLL_DONE);
    assert_true(poll.work->walk.cut);
}

/* Any map leads to a plan, and a walk ends. */
static void hostile_maps_end(void **state)
{
    (void)state;
    static ohm_modbus_profile profile;
    static ohm_modbus_plan plan;
    uint32_t seed = 3;
    for (int round = 0; round < 2000; round++) {
        ohm_sunspec_walk walk;
        uint16_t address, count;
        int steps = 0;
        ohm_sunspec_begin(&walk);
        while (ohm_sunspec_next(&walk, &address, &count)) {
            uint8_t data[4];
            seed = seed * 1664525u + 1013904223u;
            static const uint16_t ids[] = { 1, 103, 113, 120, 121, 122, 124, 160, 203, 213, 7 };
            ohm_put_be16(data, ids[seed >> 8 & 7]);
            ohm_put_be16(data + 2, (uint16_t)(seed >> 20 & 255));
            if (!walk.found)
                memcpy(data, "SunS", 4);
            ohm_sunspec_take(&walk, ohm_span_of(data, 4));
            assert_true(++steps <= OHM_SUNSPEC_MODELS_MAX + 4);
        }
        profile = (ohm_modbus_profile){ .registers_max = 125, .gap = 100 };
        ohm_sunspec_profile(&walk, &profile);
        assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
        for (size_t i = 0; i < profile.points_count; i++)
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(profile.points[i].name, profile.points[k].name);
    }
}

static int load(void **state)
{
    ohm_profile_fault fault;
    (void)state;
    return ohm_modbus_profiles_load(NULL, &profiles, &fault) == OHM_OK ? 0 : 1;
}

static int unload(void **state)
{
    (void)state;
    ohm_poller_modbus.release(&poll);
    ohm_modbus_profiles_free(profiles);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inverter_is_read_wherever_its_map_is),
        cmocka_unit_test(meters_of_integers_and_floats),
        cmocka_unit_test(strings_of_modules_and_storage),
        cmocka_unit_test(what_is_no_map_is_said),
        cmocka_unit_test(hostile_maps_end),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
