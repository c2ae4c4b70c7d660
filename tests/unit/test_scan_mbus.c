/* The search of an M-Bus in simulated time: who is found, on good lines and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_lab.h"
#include "meter/scan.h"

enum { BAUD = 2400, FOUND_MAX = 300 };

typedef struct finds {
    int found, unclear, progress, doubled;
    char where[FOUND_MAX][OHM_SCAN_WHERE_MAX];
    char unclear_where[OHM_SCAN_WHERE_MAX];
    uint32_t done;
} finds;

static void on_message(void *ctx, const void *message)
{
    finds *f = ctx;
    const ohm_scan_note *note = message;
    assert_true(note->done <= note->total);
    assert_true(note->done >= f->done);
    f->done = note->done;
    if (note->kind == OHM_SCAN_PROGRESS) {
        f->progress++;
        return;
    }
    if (note->kind == OHM_SCAN_UNCLEAR) {
        assert_non_null(note->why);
        f->unclear++;
        memcpy(f->unclear_where, note->where, sizeof note->where);
        return;
    }
    assert_non_null(note->message);
    for (int i = 0; i < f->found; i++)
        f->doubled += !strcmp(f->where[i], note->where);
    memcpy(f->where[f->found++], note->where, sizeof note->where);
}

static bool echo;
static ohm_sim_mbus_several acks, data;

/* Searches a bus; the lab's line is as it was set. */
static finds search(mbus_lab *lab, ohm_sim_mbus_meter *meters, size_t count, const char *where)
{
    static ohm_sim_mbus bus;
    finds f = { .found = 0 };
    ohm_sim_mbus_init(&bus, meters, count);
    bus.echo = echo;
    bus.acks = (uint8_t)acks;
    bus.data = (uint8_t)data;
    lab->bus = &bus;
    lab->poller = ohm_scanner_mbus.poller;
    lab->state = calloc(1, lab->poller->state_size);
    assert_non_null(lab->state);
    lab->baud = BAUD;
    lab->now_ms = 1000000000;
    lab->on_message = on_message;
    lab->ctx = &f;
    const ohm_protocol_config config = { .line = true, .baud = BAUD, .address = where };
    assert_int_equal(lab->poller->init(lab->state, &config).code, OHM_OK);
    assert_int_equal(lab_converse(lab, false).verdict, OHM_POLL_DONE);
    free(lab->state);
    return f;
}

static bool has(const finds *f, const char *where)
{
    for (int i = 0; i < f->found; i++)
        if (!strcmp(f->where[i], where))
            return true;
    return false;
}

static bool found_identity(const finds *f, const ohm_sim_mbus_meter *m)
{
    char where[OHM_MBUS_TARGET_TEXT_MAX + 1];
    ohm_mbus_target target = { .secondary = true };
    memcpy(target.mask, m->identity, sizeof target.mask);
    where[ohm_mbus_target_write(&target, where)] = 0;
    return has(f, where);
}

static void primary_addresses(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[] = {
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 1, 12345678),
        ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 17, 12345679),
        ohm_sim_mbus_make(OHM_SIM_MBUS_GAS, 250, 12345670),
        ohm_sim_mbus_make(OHM_SIM_MBUS_GAS, 99, 12345671), /* two of one address */
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 99, 12345672),
    };
    mbus_lab lab = { .seed = 1 };
    finds f = search(&lab, meters, 5, NULL);
    assert_int_equal(f.found, 3);
    assert_true(has(&f, "1") && has(&f, "17") && has(&f, "250"));
    assert_int_equal(f.unclear, 1);
    assert_string_equal(f.unclear_where, "99");
    assert_int_equal(f.progress, 250 - 4 + 1);

    f = search(&lab, meters, 5, "2-98");
    assert_int_equal(f.found, 1);
    f = search(&lab, meters, 5, "17");
    assert_int_equal(f.found, 1);
    echo = true; /* which the port drops */
    f = search(&lab, meters, 3, "primary");
    echo = false;
    assert_int_equal(f.found, 3);
    assert_int_equal(f.unclear, 0);
}

static void secondary_addresses(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[40];
    mbus_lab lab = { .seed = 2 };
    for (unsigned i = 0; i < 40; i++)
        meters[i] = ohm_sim_mbus_make((ohm_sim_mbus_kind)(i % 4), 0, i * i * 61237u % 100000000u);
    finds f = search(&lab, meters, 40, "secondary");
    assert_int_equal(f.found, 40);
    assert_int_equal(f.unclear + f.doubled, 0);
    for (int i = 0; i < 40; i++)
        assert_true(found_identity(&f, &meters[i]));
    for (int i = 0; i < 40; i++)
        assert_false(meters[i].selected);

    f = search(&lab, meters, 0, "secondary");
    assert_int_equal(f.found + f.unclear, 0);
    assert_true(lab.requests < 10000);

    f = search(&lab, meters, 40, "FFFFFFFFFFFFFF07"); /* water only */
    assert_int_equal(f.found, 10);
}

/* One identification for several: told apart by the rest, whether they know F in it or not. */
static void the_same_identification(void **state)
{
    (void)state;
    for (int nibbles = 0; nibbles <= 1; nibbles++) {
        ohm_sim_mbus_meter meters[] = {
            ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345678),
            ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 0, 12345678),
            ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345678),
            ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345679),
        };
        mbus_lab lab = { .seed = 3 };
        meters[2].identity[6] = 0xab; /* another version */
        for (int i = 0; i < 4; i++)
            meters[i].nibbles = nibbles;
        finds f = search(&lab, meters, 4, "secondary");
        assert_int_equal(f.found, 4);
        assert_int_equal(f.unclear + f.doubled, 0);
        for (int i = 0; i < 4; i++)
            assert_true(found_identity(&f, &meters[i]));
    }
}

static void hex_digits(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[] = {
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 0, 12345678),
        ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 0, 12345678),
    };
    mbus_lab lab = { .seed = 4 };
    meters[0].identity[3] = 0x7e;
    meters[1].identity[3] = 0x7c;
    finds f = search(&lab, meters, 2, "secondary");
    assert_int_equal(f.found, 2);
}

static void twins(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[] = {
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 1, 12345678),
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 2, 12345678),
        ohm_sim_mbus_make(OHM_SIM_MBUS_GAS, 3, 55555555),
    };
    mbus_lab lab = { .seed = 5 };
    meters[1].fabrication = 1; /* says other data: a collision */
    meters[1].access = 77;
    finds f = search(&lab, meters, 3, "secondary");
    assert_int_equal(f.found, 1);
    assert_true(found_identity(&f, &meters[2]));
    assert_true(f.unclear >= 1);
}

/* Level converters that keep answers apart, or let the loudest through: a good telegram is no
 * proof that only one meter answers. */
static void several_in_turn(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_sim_mbus_several acks, data;
        bool damaged; /* whatever the first meter says */
    } rows[] = {
        { "two E5, two telegrams", OHM_SIM_MBUS_IN_TURN, OHM_SIM_MBUS_IN_TURN, false },
        { "two E5, one telegram", OHM_SIM_MBUS_IN_TURN, OHM_SIM_MBUS_LOUDEST, false },
        { "one E5, two telegrams", OHM_SIM_MBUS_TOGETHER, OHM_SIM_MBUS_IN_TURN, false },
        { "one E5, one damaged", OHM_SIM_MBUS_TOGETHER, OHM_SIM_MBUS_TOGETHER, false },
        { "a damaged one, a good one", OHM_SIM_MBUS_TOGETHER, OHM_SIM_MBUS_IN_TURN, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_sim_mbus_meter meters[] = {
            ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 99, 12345678),
            ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 99, 12345679),
            ohm_sim_mbus_make(OHM_SIM_MBUS_GAS, 3, 12345670),
        };
        mbus_lab lab = { .seed = 6 };
        meters[0].bad_checksum = rows[i].damaged;
        acks = rows[i].acks;
        data = rows[i].data;
        finds f = search(&lab, meters, 3, "123456FF");
        int found = rows[i].damaged ? 2 : 3;
        if (f.found != found || f.unclear != 3 - found || f.doubled != 0)
            fail_msg("%s: %d found, %d unclear", rows[i].why, f.found, f.unclear);
        if (data == OHM_SIM_MBUS_LOUDEST)
            continue; /* a primary address answers with data only: nothing tells */
        f = search(&lab, meters, 3, "primary");
        if (f.found != 1 || f.unclear != 1 || strcmp(f.unclear_where, "99") != 0)
            fail_msg("%s: primary: %d found, %d unclear", rows[i].why, f.found, f.unclear);
    }
    acks = data = OHM_SIM_MBUS_TOGETHER;
}

/* Nothing tells two meters of one identity apart; one whose every answer comes twice is found
 * all the same where nothing is left to ask. */
static void twins_in_turn(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[] = {
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 1, 12345678),
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 2, 12345678),
    };
    mbus_lab lab = { .seed = 7 };
    acks = data = OHM_SIM_MBUS_IN_TURN;
    finds f = search(&lab, meters, 2, "12345678FFFFFFFF");
    assert_int_equal(f.found, 0);
    assert_true(f.unclear >= 1);
    data = OHM_SIM_MBUS_LOUDEST;
    f = search(&lab, meters, 2, "12345678B5150107");
    assert_int_equal(f.found + f.unclear, 0); /* nobody has it */
    f = search(&lab, meters, 2, "1234567877040207");
    assert_int_equal(f.found, 1);
    acks = data = OHM_SIM_MBUS_TOGETHER;
}

/* Noise is no meter, and no collision. */
static void noise(void **state)
{
    (void)state;
    ohm_sim_mbus_meter meters[] = {
        ohm_sim_mbus_make(OHM_SIM_MBUS_WATER, 5, 12345678),
        ohm_sim_mbus_make(OHM_SIM_MBUS_HEAT, 6, 22345678),
    };
    for (int i = 0; i < 5; i++) {
        mbus_lab lab = { .seed = 100 + (uint64_t)i, .babble = true };
        finds f = search(&lab, meters, 2, "1-60");
        assert_int_equal(f.found, 2);
        assert_int_equal(f.doubled, 0);
    }
    for (int i = 0; i < 5; i++) {
        mbus_lab lab = { .seed = 200 + (uint64_t)i, .drop = 50, .late_ms = 100 };
        finds f = search(&lab, meters, 2, "1-60");
        assert_int_equal(f.doubled, 0);
        assert_true(f.found >= 1);
    }
}

static void what_is_no_place(void **state)
{
    (void)state;
    static const char *const wrong[] = { "60-1", "1-251", "everywhere", "1-", "123456", "" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        void *search_state = calloc(1, ohm_scanner_mbus.poller->state_size);
        const ohm_protocol_config config = { .address = wrong[i] };
        assert_non_null(search_state);
        assert_true(ohm_scanner_mbus.poller->init(search_state, &config).code != OHM_OK);
        free(search_state);
    }
}

static void the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ohm_scanners_count; i++) {
        const ohm_scanner *row = ohm_scanners[i];
        assert_ptr_equal(ohm_scanner_find(row->protocol->name), row);
        assert_true(row->poller && row->where && row->json && row->text);
    }
    assert_null(ohm_scanner_find("auto"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primary_addresses),
        cmocka_unit_test(secondary_addresses),
        cmocka_unit_test(the_same_identification),
        cmocka_unit_test(hex_digits),
        cmocka_unit_test(twins),
        cmocka_unit_test(several_in_turn),
        cmocka_unit_test(twins_in_turn),
        cmocka_unit_test(noise),
        cmocka_unit_test(what_is_no_place),
        cmocka_unit_test(the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
