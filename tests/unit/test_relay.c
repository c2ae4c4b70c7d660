#include "relay/board.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static ohm_relay_report last;
static int reports;
static bool refuse;
static int sets;

static void on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    (void)ctx;
    (void)board;
    last = *report;
    reports++;
}

static ohm_err open_ok(ohm_board *board)
{
    (void)board;
    return ohm_ok();
}

static ohm_err read_energised(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)board;
    *ret_coil = channel == 1;
    return ohm_ok();
}

static ohm_err read_nothing(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)board;
    (void)channel;
    (void)ret_coil;
    return ohm_fail(OHM_UNSUPPORTED, 0, "it can't say");
}

static ohm_err set_or_refuse(ohm_board *board, uint8_t channel, int32_t coil)
{
    (void)board;
    (void)channel;
    (void)coil;
    sets++;
    return refuse ? ohm_fail(OHM_IO, 0, "unplugged") : ohm_ok();
}

static const ohm_board_driver fake = {
    .name = "fake",
    .channels = 2,
    .operation_min_ms = 3000,
    .operations_per_minute_max = 5,
    .open = open_ok,
    .read = read_energised,
    .set = set_or_refuse,
};

static ohm_board *new_board(const ohm_board_driver *driver)
{
    ohm_board_config config = {
        .id = "b",
        .driver = driver,
        .channels_count = 2,
        .channels = { { .contact = OHM_CONTACT_NC, .load = 0, .failsafe_fed = true },
                      { .contact = OHM_CONTACT_NO, .load = 1 } },
    };
    ohm_board *board = NULL;
    reports = sets = 0;
    refuse = false;
    assert_int_equal(ohm_board_new(&config, on_report, NULL, &board).code, OHM_OK);
    return board;
}

static ohm_mono_ms at(int64_t ms)
{
    return (ohm_mono_ms){ ms };
}

static void opening_moves_nothing(void **state)
{
    (void)state;
    ohm_board *board = new_board(&fake);
    assert_int_equal(sets, 0);
    assert_true(ohm_board_fed(board, 0)); /* NC, coil off */
    assert_true(ohm_board_fed(board, 1)); /* NO, coil on */
    ohm_board_want(board, 0, true, at(0));
    assert_int_equal(sets, 0); /* already so: no operation, but a confirmation */
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    ohm_board_free(board);
}

/* Whatever it is taken for, the first order goes out. */
static void a_board_that_cannot_be_read_obeys_the_first_order(void **state)
{
    (void)state;
    ohm_board_driver mute = fake;
    mute.read = read_nothing;
    ohm_board *board = new_board(&mute);
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_UNKNOWN);
    assert_true(ohm_board_fed(board, 0));
    ohm_board_want(board, 0, true, at(0));
    assert_int_equal(sets, 1);
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_OK);
    ohm_board_want(board, 0, true, at(1));
    assert_int_equal(sets, 1); /* now it is known */
    ohm_board_free(board);
}

static void contacts_decide_the_coil(void **state)
{
    (void)state;
    ohm_board *board = new_board(&fake);
    ohm_board_want(board, 0, false, at(0));
    assert_true(ohm_board_coil(board, 0)); /* NC opens when energised */
    ohm_board_want(board, 1, false, at(0));
    assert_false(ohm_board_coil(board, 1)); /* NO opens when released */
    ohm_board_free(board);
}

static void too_soon_is_kept_and_the_newest_wins(void **state)
{
    (void)state;
    ohm_board *board = new_board(&fake);
    ohm_board_want(board, 0, false, at(1000));
    ohm_board_want(board, 0, true, at(1500));
    assert_int_equal(sets, 1);
    assert_int_equal(ohm_board_tick(board, at(2000)).v, 4000);
    ohm_board_want(board, 0, false, at(2500)); /* back to what it is: nothing left to do */
    assert_int_equal(ohm_board_tick(board, at(9000)).v, INT64_MAX);
    assert_int_equal(sets, 1);
    ohm_board_want(board, 0, true, at(9500));
    assert_int_equal(sets, 2);
    ohm_board_free(board);
}

/* The engine believes the report and asks again; an order of old must not come through later. */
static void refused_orders_are_reported_and_dropped(void **state)
{
    (void)state;
    ohm_board *board = new_board(&fake);
    refuse = true;
    ohm_board_want(board, 0, false, at(0));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    assert_true(ohm_board_fed(board, 0));
    refuse = false;
    (void)ohm_board_tick(board, at(2999));
    assert_int_equal(sets, 1);
    (void)ohm_board_tick(board, at(3000));
    assert_int_equal(sets, 2); /* it may have moved: what was reported is made true */
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    assert_true(ohm_board_fed(board, 0));
    assert_int_equal(ohm_board_tick(board, at(9000)).v, INT64_MAX);
    ohm_board_want(board, 0, false, at(9000));
    assert_false(ohm_board_fed(board, 0));
    ohm_board_free(board);
}

/* The answer was lost, not the order: taking it back must operate, not believe the old state. */
static void an_order_that_failed_may_have_moved_the_coil(void **state)
{
    (void)state;
    ohm_board *board = new_board(&fake);
    refuse = true;
    ohm_board_want(board, 0, false, at(0));
    refuse = false;
    ohm_board_want(board, 0, true, at(1000));
    assert_int_not_equal(last.state, OHM_OUTPUT_OK);
    (void)ohm_board_tick(board, at(3000));
    assert_int_equal(sets, 2);
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    assert_true(ohm_board_fed(board, 0));
    ohm_board_free(board);
}

/* Property: whatever is asked, no minute holds more operations than the rating. */
static void the_rating_holds(void **state)
{
    (void)state;
    ohm_board *board = new_board(&fake);
    uint64_t random = 88172645463325252u;
    int64_t times[4096];
    int done = 0, before = 0;
    for (int64_t t = 0; t < 3600000 && done < 4096; t += 250) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if (random % 3 == 0)
            ohm_board_want(board, 0, random & 64, at(t));
        (void)ohm_board_tick(board, at(t));
        if (sets > before)
            times[done++] = t;
        before = sets;
    }
    assert_true(done > 100);
    for (int i = 1; i < done; i++)
        assert_true(times[i] - times[i - 1] >= 3000);
    for (int i = 5; i < done; i++)
        assert_true(times[i] - times[i - 5] >= 60000);
    assert_int_equal(ohm_board_operations(board, 0), done);
    ohm_board_free(board);
}

static void failsafe_restores_each_contact(void **state)
{
    (void)state;
    ohm_board *board = new_board(ohm_board_driver_find("sim"));
    ohm_board_want(board, 0, false, at(0));
    ohm_board_want(board, 1, true, at(0));
    ohm_board_failsafe(board, at(5000));
    assert_true(ohm_board_fed(board, 0));
    assert_false(ohm_board_fed(board, 1));
    ohm_board_free(board);
}

static void unknown_drivers_and_channels_are_refused(void **state)
{
    (void)state;
    assert_null(ohm_board_driver_find("abacus"));
    ohm_board_config config = { .id = "b", .driver = &fake, .channels_count = 3 };
    ohm_board *board = NULL;
    assert_int_equal(ohm_board_new(&config, on_report, NULL, &board).code, OHM_RANGE);
    assert_null(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_moves_nothing),
        cmocka_unit_test(a_board_that_cannot_be_read_obeys_the_first_order),
        cmocka_unit_test(contacts_decide_the_coil),
        cmocka_unit_test(too_soon_is_kept_and_the_newest_wins),
        cmocka_unit_test(refused_orders_are_reported_and_dropped),
        cmocka_unit_test(an_order_that_failed_may_have_moved_the_coil),
        cmocka_unit_test(the_rating_holds),
        cmocka_unit_test(failsafe_restores_each_contact),
        cmocka_unit_test(unknown_drivers_and_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
