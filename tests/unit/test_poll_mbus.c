/* The M-Bus master against simulated meters, in simulated time: readouts, FCB, selection, and
 * lines that lose, double and damage bytes. A wrong value must never come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_lab.h"
#include "host/crypto_digest.h"
#include "meter/poll_mbus.h"
#include "wire/mbus_quantity.h"

enum { BAUD = 2400, START_MS = 1000000000 };

typedef struct seen {
    int messages, alarms;
    uint8_t access[64];
    char id[9];
    const ohm_sim_mbus_meter *meter; /* who must have said it */
    const ohm_sim_mbus *bus;
} seen;

/* Each register must be the meter's own, of this moment. */
static void check_values(const seen *s, const ohm_mbus_message *m)
{
    static const uint16_t registers[] = { OHM_Q_ENERGY_IMPORT, OHM_Q_VOLUME };
    for (size_t i = 0; i < m->records_count; i++) {
        ohm_quantity_id id = ohm_mbus_quantity(m, &m->records[i], NULL);
        int64_t value = 0;
        if ((id != registers[0] && id != registers[1]) || s->meter->kind == OHM_SIM_MBUS_HEAT ||
            s->meter->kind == OHM_SIM_MBUS_GAS)
            continue;
        assert_int_equal(ohm_mbus_quantise(&m->records[i], id, &value), OHM_OK);
        if (id == OHM_Q_VOLUME)
            value /= 10; /* litres */
        /* the register at the last request, or a repeated telegram from shortly before */
        int64_t now = ohm_sim_mbus_register(s->meter, s->bus->now_ms);
        assert_in_range(value, now - 100, now);
    }
}

static void on_message(void *ctx, const void *message)
{
    seen *s = ctx;
    const ohm_mbus_message *m = message;
    if (m->body == OHM_MBUS_ALARM) {
        s->alarms++;
        return;
    }
    assert_true(s->messages < 64);
    s->access[s->messages++] = m->access;
    memcpy(s->id, m->id, sizeof s->id);
    assert_memory_equal(m->secondary, s->meter->identity, 8);
    check_values(s, m);
}

typedef struct bench {
    ohm_sim_mbus bus;
    mbus_lab lab;
    seen seen;
} bench;

/* A lab over `meters`, of which the asked one is meters[0]. */
static bench *set_up(ohm_sim_mbus_meter *meters, size_t count, const char *address)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    ohm_sim_mbus_init(&b->bus, meters, count);
    b->seen.meter = &meters[0];
    b->seen.bus = &b->bus;
    b->lab = (mbus_lab){ .bus = &b->bus,
                         .poller = &ohm_poller_mbus,
                         .state = calloc(1, ohm_poller_mbus.state_size),
                         .baud = BAUD,
                         .seed = 7,
                         .now_ms = START_MS,
                         .on_message = on_message,
                         .ctx = &b->seen };
    assert_non_null(b->lab.state);
    const ohm_protocol_config config = { .line = true, .baud = BAUD, .address = address };
    assert_int_equal(ohm_poller_mbus.init(b->lab.state, &config).code, OHM_OK);
    return b;
}

static void tear_down(bench *b)
{
    ohm_poller_mbus.release(b->lab.state);
    free(b->lab.state);
    free(b);
}

static void by_primary_address(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        ohm_sim_mbus_meter meters[2] = { ohm_sim_mbus_make((ohm_sim_mbus_kind)kind, 5, 12345678),
                                         ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 6, 87654321) };
        bench *b = set_up(meters, 2, "5");
        assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
        assert_int_equal(b->seen.messages, 1);
        assert_string_equal(b->seen.id, "12345678");
        assert_int_equal(b->lab.requests, 2); /* reset, data */
        assert_int_equal(b->lab.timeouts, 0);
        assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
        assert_int_equal(b->seen.messages, 2);
        assert_true(b->seen.access[1] != b->seen.access[0]); /* a new telegram each time */
        tear_down(b);
    }
}

static void by_secondary_address(void **state)
{
    (void)state;
    static const char *const addresses[] = { "1234567877040207", "12345678", "1234567F",
                                             "FF34567877040207", "12345678FFFFFF07" };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        ohm_sim_mbus_meter meters[2] = { ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345678),
                                         ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 0, 87654321) };
        bench *b = set_up(meters, 2, addresses[i]);
        assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
        assert_int_equal(b->seen.messages, 1);
        assert_false(meters[0].selected); /* the bus is left as it was */
        tear_down(b);
    }
}

/* With its key it reads as any other; without, or with another's, that is what is wrong. */
static void enciphered(void **state)
{
    (void)state;
    static const ohm_mbus_cipher cipher = { &ohm_crypto_digests, "not any meter's" };
    static const struct {
        const char *why;
        const char *key; /* NULL: none */
        bool ciphered;
        ohm_meter_state state;
    } rows[] = {
        { "the key", "not any meter's", true, OHM_METER_OK },
        { "no key", NULL, true, OHM_METER_NO_KEY },
        { "another key", "nor is this one", true, OHM_METER_WRONG_KEY },
        { "a key, and a meter that does without", "not any meter's", false, OHM_METER_UNPROTECTED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_sim_mbus_meter meters[1] = { ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 5, 12345678) };
        meters[0].cipher = rows[i].ciphered ? &cipher : NULL;
        meters[0].telegrams = 2;
        bench *b = set_up(meters, 1, "5");
        ohm_protocol_config config = { .line = true, .baud = BAUD, .address = "5" };
        config.key_len = rows[i].key ? 16 : 0;
        if (rows[i].key)
            memcpy(config.key, rows[i].key, 16);
        assert_int_equal(ohm_poller_mbus.init(b->lab.state, &config).code, OHM_OK);
        const ohm_poll_step end = lab_converse(&b->lab, false);
        bool good = rows[i].state == OHM_METER_OK;
        if ((end.verdict == OHM_POLL_DONE) != good || (!good && end.state != rows[i].state))
            fail_msg("%s: %s", rows[i].why, good ? "not read" : end.why);
        assert_int_equal(b->seen.messages, good ? 2 : 0);
        tear_down(b);
    }
}

static void by_fabrication_number(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[2] = { ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345678),
                                     ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345678) };
    meters[0].fabrication = 11223344;
    meters[1].fabrication = 11223345;
    bench *b = set_up(meters, 2, "12345678+11223344");
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(meters[0].asked, 1);
    assert_int_equal(meters[1].asked, 0);
    tear_down(b);
}

static void the_only_meter(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_GAS, 17, 12345678);
    bench *b = set_up(&meter, 1, NULL);
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->seen.messages, 1);
    tear_down(b);
}

static void many_telegrams(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 5, 12345678);
    meter.telegrams = 7;
    meter.alarm = true;
    bench *b = set_up(&meter, 1, "5");
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->seen.messages, 7);
    assert_int_equal(b->seen.alarms, 1);
    assert_int_equal(meter.asked, 7);

    /* the reset begins anew */
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->seen.messages, 14);
    assert_int_equal(meter.at, 6);
    tear_down(b);
}

static void a_meter_that_never_ends(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 5, 12345678);
    meter.telegrams = 2;
    meter.sticky_fcb = true;
    bench *b = set_up(&meter, 1, "5");
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->seen.messages, OHM_MBUS_TELEGRAMS_MAX);
    tear_down(b);
}

static void who_says_no(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 5, 12345678);
    meter.busy = true;
    bench *b = set_up(&meter, 1, "5");
    ohm_poll_step step = lab_converse(&b->lab, false);
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    assert_int_equal(step.state, OHM_METER_REFUSED);
    assert_string_equal(step.why, "application too busy for handling the request");
    tear_down(b);
}

static void who_does_not_answer(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool probe;
        unsigned requests;
    } rows[] = {
        { "5", false, 5 }, /* two resets, three requests */
        { "5", true, 1 },
        { "12345678", false, 3 },
        { "12345678", true, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 5, 12345678);
        meter.dead = true;
        bench *b = set_up(&meter, 1, rows[i].address);
        ohm_poll_step step = lab_converse(&b->lab, rows[i].probe);
        assert_int_equal(step.verdict, OHM_POLL_FAILED);
        assert_int_equal(step.state, OHM_METER_NO_ANSWER);
        assert_int_equal(b->lab.requests, rows[i].requests);
        assert_int_equal(b->seen.messages, 0);
        tear_down(b);
    }
}

/* A meter that acknowledges whatever is asked is there: it has no data, or nobody to give them. */
static void who_only_acknowledges(void **state)
{
    (void)state;
    static const uint8_t ack = 0xe5;
    ohm_sim_mbus_meter meters[1] = { ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 5, 12345678) };
    bench *b = set_up(meters, 1, "5");
    const ohm_poll_time now = { { START_MS }, OHM_NO_MS };
    ohm_poll_step step = ohm_poller_mbus.begin(b->lab.state, false, now);
    for (int i = 0; i < 20 && step.verdict == OHM_POLL_SEND; i++) {
        ohm_span in = ohm_span_of(&ack, 1);
        step = ohm_poller_mbus.on_bytes(b->lab.state, &in, now);
        if (step.verdict == OHM_POLL_WAIT)
            step = ohm_poller_mbus.on_timeout(b->lab.state, now);
    }
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    assert_int_equal(step.state, OHM_METER_REFUSED);
    assert_non_null(strstr(step.why, "acknowledges"));
    tear_down(b);
}

static void odd_meters(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 5, 12345678);
    meter.no_reset_ack = true;
    bench *b = set_up(&meter, 1, "5");
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->seen.messages, 1);
    tear_down(b);

    meter.no_reset_ack = false;
    meter.slow_ms = 250; /* more than the standard allows, less than we wait */
    b = set_up(&meter, 1, "5");
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->lab.timeouts, 0);
    tear_down(b);

    meter.slow_ms = 0;
    meter.bad_checksum = true;
    b = set_up(&meter, 1, "5");
    ohm_poll_step step = lab_converse(&b->lab, false);
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    assert_int_equal(step.code, OHM_BAD_CHECKSUM);
    assert_int_equal(b->seen.messages, 0);
    tear_down(b);
}

static void an_echo_that_stays(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 5, 12345678);
    bench *b = set_up(&meter, 1, "12345678");
    b->bus.echo = true;
    b->lab.keep_echo = true; /* even if the port did not drop it */
    assert_int_equal(lab_converse(&b->lab, false).verdict, OHM_POLL_DONE);
    assert_int_equal(b->seen.messages, 1);
    tear_down(b);
}

/* Two meters of one address: nothing comes out, and the reason is said. */
static void a_collision(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[2] = { ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 5, 12345678),
                                     ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 5, 87654321) };
    bench *b = set_up(meters, 2, "5");
    ohm_poll_step step = lab_converse(&b->lab, false);
    assert_int_equal(step.verdict, OHM_POLL_FAILED);
    assert_int_equal(step.code, OHM_BAD_CHECKSUM);
    assert_int_equal(b->seen.messages, 0);
    tear_down(b);
}

/* Whatever the line does, no wrong value comes out (on_message asserts it), and a line that is
 * merely bad is read in the end. */
static void bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        unsigned lose, twice, flip, drop, late_ms;
        bool babble;
    } rows[] = {
        { "loses", 4, 0, 0, 0, 0, false },       { "doubles", 0, 4, 0, 0, 0, false },
        { "damages", 0, 0, 4, 0, 0, false },     { "drops", 0, 0, 0, 200, 0, false },
        { "is late", 0, 0, 0, 0, 400, false },   { "babbles", 0, 0, 0, 0, 0, true },
        { "all of it", 2, 2, 2, 50, 200, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_sim_mbus_meter meter = ohm_sim_mbus_make(OHM_SIM_MBUS_ELECTRICITY, 5, 12345678);
        bench *b = set_up(&meter, 1, i % 2 ? "5" : "12345678");
        b->lab.lose = rows[i].lose;
        b->lab.twice = rows[i].twice;
        b->lab.flip = rows[i].flip;
        b->lab.drop = rows[i].drop;
        b->lab.late_ms = rows[i].late_ms;
        b->lab.babble = rows[i].babble;
        int good = 0;
        for (int k = 0; k < 200; k++) {
            good += lab_converse(&b->lab, false).verdict == OHM_POLL_DONE;
            b->seen.messages = 0;
            b->lab.now_ms += 60000;
        }
        if (good < 120)
            fail_msg("a line that %s: %d of 200", rows[i].why, good);
        tear_down(b);
    }
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ohm_code code;
    } rows[] = {
        { "0", OHM_OK },
        { "250", OHM_OK },
        { "254", OHM_OK },
        { "12345678", OHM_OK },
        { "1234567F", OHM_OK },
        { "ffffffffffffffff", OHM_OK },
        { "1234567824400107+87654321", OHM_OK },
        { "12345678+87654321", OHM_OK },
        { "", OHM_RANGE },
        { "251", OHM_RANGE },
        { "255", OHM_RANGE },
        { "-1", OHM_RANGE },
        { "five", OHM_RANGE },
        { "123456789", OHM_BAD_FORMAT },
        { "1234567G", OHM_BAD_FORMAT },
        { "12345678+8765432", OHM_BAD_FORMAT },
        { "+87654321", OHM_BAD_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mbus_target target;
        ohm_err err = ohm_mbus_target_parse(ohm_span_text(rows[i].text), &target);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].text, ohm_code_name(err.code));
        if (err.code != OHM_OK)
            continue;
        char back[OHM_MBUS_TARGET_TEXT_MAX];
        ohm_mbus_target again;
        size_t len = ohm_mbus_target_write(&target, back);
        assert_int_equal(ohm_mbus_target_parse(ohm_span_of(back, len), &again).code, OHM_OK);
        assert_memory_equal(&again, &target, sizeof target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_primary_address),
        cmocka_unit_test(by_secondary_address),
        cmocka_unit_test(enciphered),
        cmocka_unit_test(by_fabrication_number),
        cmocka_unit_test(the_only_meter),
        cmocka_unit_test(many_telegrams),
        cmocka_unit_test(a_meter_that_never_ends),
        cmocka_unit_test(who_says_no),
        cmocka_unit_test(who_does_not_answer),
        cmocka_unit_test(who_only_acknowledges),
        cmocka_unit_test(odd_meters),
        cmocka_unit_test(an_echo_that_stays),
        cmocka_unit_test(a_collision),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
