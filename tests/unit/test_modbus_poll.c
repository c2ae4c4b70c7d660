/* How Modbus devices are asked, in simulated time. */
#include "meter/poll_modbus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../modbus_world.h"

static ohm_modbus_profiles *profiles;
static ohm_sim_modbus_device devices[3];
static ohm_sim_modbus bus;
static mb_line line;
static ohm_modbus_poll poll;

static ohm_err begin_poll(ohm_modbus_poll *p, const char *profile, const char *address,
                          uint32_t baud, const ohm_poller *poller)
{
    const ohm_protocol_config config = {
        .modbus = profiles, .profile = profile, .address = address, .baud = baud
    };
    poller->release(p); /* of the test before */
    memset(p, 0, sizeof *p);
    return poller->init(p, &config);
}

/* A device of that profile as unit 7, and a poll of it. */
static void start(const char *profile, ohm_modbus_framing framing)
{
    memset(devices, 0, sizeof devices);
    devices[0].profile = ohm_modbus_profiles_find(profiles, profile);
    assert_non_null(devices[0].profile);
    devices[0].unit = 7;
    ohm_sim_modbus_set(&devices[0], OHM_Q_VOLTAGE_L1, 2301, -1);
    ohm_sim_modbus_set(&devices[0], OHM_Q_VOLTAGE, 2301, -1);
    ohm_sim_modbus_set(&devices[0], OHM_Q_POWER, -1234, 0);
    ohm_sim_modbus_set(&devices[0], OHM_Q_ENERGY_IMPORT, 5432100, 0);
    ohm_sim_modbus_set(&devices[0], OHM_Q_FREQUENCY, 50, 0);
    ohm_sim_modbus_init(&bus, framing, devices, 1);
    line = (mb_line){ .bus = &bus, .baud = framing == OHM_MODBUS_RTU ? 9600 : 0 };
    uint32_t baud = framing == OHM_MODBUS_RTU ? 9600 : 0;
    assert_false(ohm_failed(begin_poll(&poll, profile, "7", baud, &ohm_poller_modbus)));
}

static int64_t number(ohm_quantity_id id, int exponent)
{
    for (size_t i = 0; i < poll.profile->points_count; i++) {
        ohm_modbus_value v;
        if (poll.profile->points[i].quantity != id)
            continue;
        ohm_modbus_report_value(&poll.report, i, &v);
        assert_int_equal(v.kind, OHM_MODBUS_NUMBER);
        for (; v.number.exponent > exponent; v.number.exponent--)
            v.number.mantissa *= 10;
        assert_int_equal(v.number.exponent, exponent);
        return v.number.mantissa;
    }
    fail_msg("no such point");
    return 0;
}

static void every_profile_reads_what_its_device_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < profiles->count; i++) {
        const ohm_modbus_profile *p = profiles->items[i];
        for (int framing = OHM_MODBUS_RTU; !p->sunspec && framing <= OHM_MODBUS_TCP; framing++) {
            start(p->name, (ohm_modbus_framing)framing);
            ohm_sim_modbus_set(&devices[0], OHM_Q_BATTERY_CHARGE, 55, 0);
            line.chunk = i % 5;
            ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
            if (step.verdict != OHM_POLL_DONE)
                fail_msg("%s: %s", p->name, step.why);
            assert_ptr_equal(step.message, &poll.report);
            assert_int_equal(number(OHM_Q_POWER, 0), -1234);
            assert_int_equal(line.requests, poll.work->plan.reads_count);
        }
    }
}

static void whole_values_only(void **state)
{
    (void)state;
    start("iem3155", OHM_MODBUS_RTU);
    ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_DONE);
    assert_int_equal(number(OHM_Q_ENERGY_IMPORT, 0), 5432100);
    assert_int_equal(number(OHM_Q_VOLTAGE_L1, -1), 2301);
}

/* What a device does, and how the conversation ends. */
static const struct {
    const char *why;
    ohm_sim_modbus_fault fault;
    uint8_t left;
    uint16_t slow_ms;
    bool probe;
    ohm_poll_verdict verdict;
    ohm_meter_state state;
    uint64_t requests; /* 0: whatever */
} faults[] = {
    { "dead", OHM_SIM_MODBUS_DEAD, 0, 0, false, OHM_POLL_FAILED, OHM_METER_NO_ANSWER, 3 },
    { "dead, and known to be", OHM_SIM_MODBUS_DEAD, 0, 0, true, OHM_POLL_FAILED,
      OHM_METER_NO_ANSWER, 1 },
    { "missed one", OHM_SIM_MODBUS_DEAD, 1, 0, false, OHM_POLL_DONE, 0, 0 },
    { "slow", OHM_SIM_MODBUS_GOOD, 0, 600, false, OHM_POLL_DONE, 0, 0 },
    { "too slow", OHM_SIM_MODBUS_GOOD, 0, 9000, false, OHM_POLL_FAILED, OHM_METER_NO_ANSWER, 0 },
    { "busy for once", OHM_SIM_MODBUS_BUSY, 1, 0, false, OHM_POLL_DONE, 0, 0 },
    { "busy", OHM_SIM_MODBUS_BUSY, 0, 0, false, OHM_POLL_FAILED, OHM_METER_REFUSED, 3 },
    { "failing", OHM_SIM_MODBUS_FAILING, 0, 0, false, OHM_POLL_FAILED, OHM_METER_REFUSED, 1 },
    { "another answers", OHM_SIM_MODBUS_OTHER_UNIT, 0, 0, false, OHM_POLL_FAILED,
      OHM_METER_NO_ANSWER, 3 },
    { "noise before each answer", OHM_SIM_MODBUS_NOISY, 0, 0, false, OHM_POLL_DONE, 0, 0 },
    { "one damaged answer", OHM_SIM_MODBUS_DAMAGED, 1, 0, false, OHM_POLL_DONE, 0, 0 },
    { "half an answer", OHM_SIM_MODBUS_CUT, 1, 0, false, OHM_POLL_DONE, 0, 0 },
};

static void trouble_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        start("sdm630", OHM_MODBUS_RTU);
        devices[0].fault = (uint8_t)faults[i].fault;
        devices[0].faults_left = faults[i].left;
        devices[0].slow_ms = faults[i].slow_ms;
        ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, faults[i].probe);
        bool same = step.verdict == faults[i].verdict &&
                    (step.verdict == OHM_POLL_DONE || step.state == faults[i].state) &&
                    (faults[i].requests == 0 || line.requests == faults[i].requests);
        if (!same)
            fail_msg("%s: %s after %llu", faults[i].why, step.why ? step.why : "done",
                     (unsigned long long)line.requests);
        if (step.verdict == OHM_POLL_DONE)
            assert_int_equal(number(OHM_Q_POWER, 0), -1234);
        else
            assert_null(step.message);
    }
}

static void tcp_trouble_has_its_hint(void **state)
{
    (void)state;
    start("sdm630", OHM_MODBUS_RTU); /* a gateway that hands serial frames through */
    assert_false(ohm_failed(begin_poll(&poll, "sdm630", "7", 0, &ohm_poller_modbus)));
    ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.state, OHM_METER_NO_ANSWER);
    assert_non_null(strstr(step.why, "modbus-rtu"));
    assert_false(ohm_failed(begin_poll(&poll, "sdm630", "7", 0, &ohm_poller_modbus_rtu)));
    step = mb_converse(&line, &ohm_poller_modbus_rtu, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_DONE);

    start("sdm630", OHM_MODBUS_TCP);
    devices[0].fault = OHM_SIM_MODBUS_DAMAGED;
    step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    start("sdm630", OHM_MODBUS_TCP);
    assert_false(ohm_failed(begin_poll(&poll, "sdm630", "8", 0, &ohm_poller_modbus)));
    step = mb_converse(&line, &ohm_poller_modbus, &poll, false); /* a gateway says so */
    assert_int_equal(step.state, OHM_METER_NO_ANSWER);
    assert_int_equal(line.requests, 1);
}

/* An answer that comes after its request was repeated must not answer the next one, which looks
 * the same but for its address. */
static void late_answers(uint16_t slow_ms, bool one_by_one, bool must_read)
{
    static const char yaml[] = "name: three\nlabel: l\nsource: s\ndevice: { reply_ms: 100 }\n"
                               "points:\n"
                               "  - { quantity: power, address: 0, unit: W }\n"
                               "  - { quantity: power_l1, address: 500, unit: W }\n"
                               "  - { quantity: power_l2, address: 1000, unit: W }\n";
    static ohm_modbus_profile three;
    ohm_schema_report report = { 0 };
    int done = 0;
    assert_int_equal(ohm_modbus_profile_parse(ohm_span_text(yaml), "three", &three, &report),
                     OHM_OK);
    start("sdm630", OHM_MODBUS_RTU);
    devices[0].profile = &three;
    ohm_sim_modbus_set(&devices[0], OHM_Q_POWER, 111, 0);
    ohm_sim_modbus_set(&devices[0], OHM_Q_POWER_L1, 222, 0);
    ohm_sim_modbus_set(&devices[0], OHM_Q_POWER_L2, 333, 0);
    ohm_modbus_profiles *all = profiles;
    ohm_modbus_profiles mine = { .count = 1, .items = { &three } };
    profiles = &mine;
    assert_false(ohm_failed(begin_poll(&poll, "three", "7", 9600, &ohm_poller_modbus)));
    profiles = all;
    devices[0].slow_ms = slow_ms;
    line.one_by_one = one_by_one;
    for (int i = 0; i < 20; i++) {
        /* As a port does: a device that failed is probed, and others take their time between. */
        bool probe = i % 3 == 2;
        ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, probe);
        line.now_ms += 40 * (i % 4);
        if (step.verdict != OHM_POLL_DONE)
            continue;
        done++;
        assert_int_equal(number(OHM_Q_POWER, 0), 111);
        assert_int_equal(number(OHM_Q_POWER_L1, 0), 222);
        assert_int_equal(number(OHM_Q_POWER_L2, 0), 333);
    }
    assert_true(done > 0 || !must_read);
}

static void a_late_answer_is_waited_out(void **state)
{
    (void)state;
    for (uint16_t slow_ms = 90; slow_ms < 500; slow_ms += 7) {
        late_answers(slow_ms, false, slow_ms < 180);
        late_answers(slow_ms, true, slow_ms < 180);
    }
}

static void what_a_device_does_not_have_is_left_out(void **state)
{
    (void)state;
    start("shelly-3em", OHM_MODBUS_TCP);
    devices[0].strict = true; /* refuses every read that goes over a gap */
    ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_DONE);
    assert_int_equal(number(OHM_Q_POWER, 0), -1234);
    uint64_t first = line.requests;
    step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_DONE);
    assert_true(line.requests - first < first); /* it has learnt */

    start("sdm630", OHM_MODBUS_TCP);
    devices[0].profile = ohm_modbus_profiles_find(profiles, "umg"); /* not an SDM630 at all */
    step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.state, OHM_METER_REFUSED);
    devices[0].profile = ohm_modbus_profiles_find(profiles, "sdm630");
    step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_DONE); /* changed, and asked for all again */
}

static void a_wrong_profile_is_said(void **state)
{
    (void)state;
    start("em24", OHM_MODBUS_RTU);
    devices[0].profile = ohm_modbus_profiles_find(profiles, "sdm630");
    ohm_poll_step step = mb_converse(&line, &ohm_poller_modbus, &poll, false);
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    assert_int_equal(step.state, OHM_METER_WRONG_PROFILE);
    assert_null(step.message);
}

static void echoes_and_the_like_are_survived(void **state)
{
    (void)state;
    start("sdm630", OHM_MODBUS_RTU);
    bus.echo = true;
    assert_int_equal(mb_converse(&line, &ohm_poller_modbus, &poll, false).verdict, OHM_POLL_DONE);
    start("sdm630", OHM_MODBUS_RTU);
    line.loss = 200;
    line.seed = 7;
    int done = 0;
    for (int i = 0; i < 200; i++) {
        if (mb_converse(&line, &ohm_poller_modbus, &poll, false).verdict != OHM_POLL_DONE)
            continue;
        done++;
        assert_int_equal(number(OHM_Q_POWER, 0), -1234);
        assert_int_equal(number(OHM_Q_ENERGY_IMPORT, 0), 5432100);
    }
    assert_true(done > 150);
    ohm_meter_counters c = { 0 };
    ohm_poller_modbus.count(&poll, &c);
    assert_int_equal(c.messages, done);
    assert_true(c.bad_fcs > 0);
}

static void what_can_not_work_is_refused_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *address;
        uint32_t baud;
    } wrong[] = {
        { NULL, "1", 0 },     { "", "1", 0 },         { "nothing", "1", 0 },
        { "sdm630", "x", 0 }, { "sdm630", "256", 0 }, { "sdm630", "0", 9600 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_true(ohm_failed(begin_poll(&poll, wrong[i].profile, wrong[i].address, wrong[i].baud,
                                          &ohm_poller_modbus)));
    assert_false(ohm_failed(begin_poll(&poll, "sma", NULL, 0, &ohm_poller_modbus)));
    assert_int_equal(poll.unit, 3); /* the profile's own */
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
    ohm_modbus_profiles_free(profiles);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_reads_what_its_device_shows),
        cmocka_unit_test(whole_values_only),
        cmocka_unit_test(trouble_is_told_apart),
        cmocka_unit_test(tcp_trouble_has_its_hint),
        cmocka_unit_test(a_late_answer_is_waited_out),
        cmocka_unit_test(what_a_device_does_not_have_is_left_out),
        cmocka_unit_test(a_wrong_profile_is_said),
        cmocka_unit_test(echoes_and_the_like_are_survived),
        cmocka_unit_test(what_can_not_work_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
