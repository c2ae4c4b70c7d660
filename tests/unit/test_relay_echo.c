/* Boards that answer later: orders are believed when they are confirmed, and not before. */
#include "relay/board.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "relay/switch_dialect.h"

enum { S = 1000 };

static ohm_relay_report last;
static int reports, sets, reads;
static bool told; /* the coil that was ordered last */

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

static ohm_err read_later(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)board;
    (void)channel;
    (void)ret_coil;
    reads++;
    return ohm_fail(OHM_MORE, 0, "it is asked");
}

static ohm_err set_later(ohm_board *board, uint8_t channel, int32_t coil)
{
    (void)board;
    (void)channel;
    sets++;
    told = coil;
    return ohm_fail(OHM_MORE, 0, "it is on its way");
}

static const ohm_board_driver slow = {
    .name = "slow",
    .channels = 1,
    .operation_min_ms = 3 * S,
    .operations_per_minute_max = 20,
    .echo_ms = 2 * S,
    .stale_ms = 60 * S,
    .open = open_ok,
    .read = read_later,
    .set = set_later,
};

static ohm_mono_ms at(int64_t ms)
{
    return (ohm_mono_ms){ ms };
}

static ohm_board *new_board(void)
{
    const ohm_board_config config = {
        .id = "b",
        .driver = &slow,
        .channels_count = 1,
        .channels = { { .contact = OHM_CONTACT_NC, .load = 0, .failsafe_fed = true } },
    };
    ohm_board *board = NULL;
    reports = sets = reads = 0;
    assert_int_equal(ohm_board_new(&config, on_report, NULL, &board).code, OHM_OK);
    return board;
}

/* Fed and confirmed, at 1 s. */
static ohm_board *settled_board(void)
{
    ohm_board *board = new_board();
    ohm_board_want(board, 0, true, at(0));
    ohm_board_echo(board, 0, false, at(S));
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    reports = sets = reads = 0;
    return board;
}

/* A board that refuses an order, or whose coil somebody moves, is told again who says it again. */
static void failsafe_is_asked_for_until_it_is_there(void **state)
{
    (void)state;
    ohm_board *board = settled_board();
    ohm_board_want(board, 0, false, at(10 * S));
    ohm_board_echo(board, 0, true, at(11 * S));
    assert_false(ohm_board_is_safe(board));
    sets = 0;
    ohm_board_failsafe(board, at(20 * S));
    assert_int_equal(sets, 1);
    ohm_board_failsafe(board, at(20 * S)); /* under way: no second order */
    assert_int_equal(sets, 1);
    ohm_board_refused(board, 0, at(21 * S));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    int s = 22;
    for (; s < 60 && sets < 2; s++) {
        ohm_board_failsafe(board, at(s * S));
        (void)ohm_board_tick(board, at(s * S));
        if (sets == 1 && reads > 0) /* it rested, is back, and says where it is */
            ohm_board_echo(board, 0, true, at(s * S));
    }
    assert_int_equal(sets, 2);
    assert_false(told);
    assert_false(ohm_board_is_safe(board));
    ohm_board_echo(board, 0, false, at(s * S));
    assert_true(ohm_board_is_safe(board));
    ohm_board_echo(board, 0, true, at((s + 1) * S)); /* a button */
    assert_false(ohm_board_is_safe(board));
    sets = 0;
    ohm_board_failsafe(board, at((s + 10) * S));
    assert_int_equal(sets, 1);
    int before = reports;
    ohm_board_echo(board, 0, false, at((s + 11) * S));
    ohm_board_failsafe(board, at((s + 12) * S)); /* where it is there: not a word */
    assert_int_equal(reports, before + 1);
    ohm_board_free(board);
}

static void a_start_asks_before_it_orders(void **state)
{
    (void)state;
    ohm_board *board = new_board();
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_UNKNOWN);
    assert_int_equal(ohm_board_echo_age_ms(board, 0, at(0)), -1);
    ohm_board_want(board, 0, true, at(0));
    assert_int_equal(reads, 1);
    assert_int_equal(sets, 0);
    ohm_board_echo(board, 0, false, at(500)); /* where it should be: nothing moves */
    assert_int_equal(sets, 0);
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    assert_int_equal(ohm_board_operations(board, 0), 0);
    assert_int_equal(ohm_board_echo_age_ms(board, 0, at(800)), 300);
    ohm_board_free(board);

    board = new_board();
    ohm_board_want(board, 0, true, at(0));
    ohm_board_echo(board, 0, true, at(500)); /* elsewhere: one order */
    assert_int_equal(sets, 1);
    assert_false(told);
    ohm_board_echo(board, 0, false, at(600));
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    ohm_board_free(board);
}

static void an_order_is_believed_when_it_is_confirmed(void **state)
{
    (void)state;
    ohm_board *board = settled_board();
    ohm_board_want(board, 0, false, at(10 * S));
    assert_int_equal(sets, 1);
    assert_true(told && ohm_board_is_busy(board));
    assert_int_equal(reports, 0);
    ohm_board_echo(board, 0, false, at(10 * S + 100)); /* of before the order */
    assert_int_equal(reports, 0);
    ohm_board_echo(board, 0, true, at(10 * S + 200));
    assert_int_equal(reports, 1);
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    assert_false(ohm_board_is_busy(board) || ohm_board_fed(board, 0));
    ohm_board_free(board);
}

static void silence_is_asked_thrice_and_then_told(void **state)
{
    (void)state;
    ohm_board *board = settled_board();
    ohm_board_want(board, 0, false, at(10 * S));
    for (int64_t t = 11; t <= 15; t++)
        (void)ohm_board_tick(board, at(t * S));
    assert_int_equal(sets, OHM_RELAY_TRIES);
    assert_int_equal(ohm_board_operations(board, 0), 1); /* the same order is one operation */
    assert_int_equal(reports, 0);
    (void)ohm_board_tick(board, at(16 * S));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    assert_true(ohm_board_fed(board, 0));
    reads = 0;
    (void)ohm_board_tick(board, at(20 * S)); /* it rests */
    assert_int_equal(reads, 0);
    (void)ohm_board_tick(board, at(27 * S)); /* then it is asked where it is */
    assert_int_equal(reads, 1);
    assert_int_equal(sets, OHM_RELAY_TRIES);
    ohm_board_echo(board, 0, true, at(28 * S)); /* the order had come through after all */
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    assert_false(ohm_board_fed(board, 0));
    ohm_board_free(board);
}

static void another_hand_is_told(void **state)
{
    (void)state;
    ohm_board *board = settled_board();
    ohm_board_echo(board, 0, true, at(10 * S));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    assert_true(last.coil);
    (void)ohm_board_tick(board, at(11 * S)); /* it is not fought over */
    assert_int_equal(sets, 0);
    ohm_board_want(board, 0, true, at(71 * S));
    ohm_board_echo(board, 0, true, at(72 * S)); /* asked first: it was long ago */
    ohm_board_echo(board, 0, false, at(73 * S));
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    ohm_board_free(board);
}

static void what_is_away_is_unknown(void **state)
{
    (void)state;
    ohm_board *board = settled_board();
    ohm_board_lost(board, 0);
    assert_int_equal(last.state, OHM_OUTPUT_UNKNOWN);
    (void)ohm_board_tick(board, at(10 * S));
    assert_int_equal(reads, 1);
    ohm_board_found(board, 0, at(11 * S));
    ohm_board_echo(board, 0, false, at(11 * S));
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    assert_int_equal(sets, 0);
    ohm_board_free(board);
}

static void an_old_echo_is_asked_for_again(void **state)
{
    (void)state;
    ohm_board *board = settled_board();
    (void)ohm_board_tick(board, at(60 * S));
    assert_int_equal(reads, 0);
    (void)ohm_board_tick(board, at(61 * S));
    assert_int_equal(reads, 1);
    ohm_board_echo(board, 0, false, at(62 * S));
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    ohm_board_free(board);
}

/* --- what switches on MQTT say ------------------------------------------------------------------
 */

static void names_are_a_device_and_a_part(void **state)
{
    (void)state;
    static const struct {
        const char *text, *device, *part; /* device NULL: refused */
    } rows[] = {
        { "plug", "plug", "" },
        { "house/cellar plug", "house/cellar plug", "" },
        { "pro4pm:2", "pro4pm", "2" },
        { "wall:left", "wall", "left" },
        { "", NULL, NULL },
        { ":1", NULL, NULL },
        { "plug:", NULL, NULL },
        { "all/+", NULL, NULL },
        { "quote\"d", NULL, NULL },
        { "plug:a-part-that-is-too-long", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_switch_name name;
        ohm_code code = ohm_switch_name_parse(rows[i].text, &name);
        assert_int_equal(code, rows[i].device ? OHM_OK : OHM_BAD_FORMAT);
        if (!rows[i].device)
            continue;
        assert_string_equal(name.device, rows[i].device);
        assert_string_equal(name.part, rows[i].part);
    }
}

static void what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const ohm_switch_dialect *dialect;
        const char *name, *topic, *payload;
        ohm_switch_said_kind kind;
        bool on;
    } rows[] = {
        { "shelly: where it is", &ohm_switch_shelly, "pm:2", "ohm/rpc",
          "{\"id\":7,\"result\":{\"id\":2,\"output\":true}}", OHM_SWITCH_STATE, true },
        { "shelly: done", &ohm_switch_shelly, "pm:2", "ohm/rpc",
          "{\"id\":7,\"result\":{\"was_on\":false}}", OHM_SWITCH_DONE, false },
        { "shelly: of another call", &ohm_switch_shelly, "pm:2", "ohm/rpc",
          "{\"id\":6,\"result\":{\"output\":true}}", OHM_SWITCH_NOTHING, false },
        { "shelly: refused", &ohm_switch_shelly, "pm", "ohm/rpc",
          "{\"id\":7,\"error\":{\"code\":-103}}", OHM_SWITCH_REFUSED, false },
        { "shelly: by itself", &ohm_switch_shelly, "pm", "pm/events/rpc",
          "{\"method\":\"NotifyStatus\",\"params\":{\"switch:0\":{\"output\":false}}}",
          OHM_SWITCH_STATE, false },
        { "shelly: its other relay", &ohm_switch_shelly, "pm:1", "pm/events/rpc",
          "{\"params\":{\"switch:0\":{\"output\":false}}}", OHM_SWITCH_NOTHING, false },
        { "shelly: away", &ohm_switch_shelly, "pm", "pm/online", "false", OHM_SWITCH_AWAY, false },
        { "shelly: here", &ohm_switch_shelly, "pm", "pm/online", "true", OHM_SWITCH_HERE, false },
        { "shelly: garbage", &ohm_switch_shelly, "pm", "ohm/rpc", "{\"id\":7,", OHM_SWITCH_NOTHING,
          false },
        { "tasmota: on", &ohm_switch_tasmota, "plug", "stat/plug/POWER", "ON", OHM_SWITCH_STATE,
          true },
        { "tasmota: with a number", &ohm_switch_tasmota, "plug", "stat/plug/POWER1", "OFF",
          OHM_SWITCH_STATE, false },
        { "tasmota: the second", &ohm_switch_tasmota, "plug:2", "stat/plug/POWER2", "ON",
          OHM_SWITCH_STATE, true },
        { "tasmota: not the second", &ohm_switch_tasmota, "plug:2", "stat/plug/POWER", "ON",
          OHM_SWITCH_NOTHING, false },
        { "tasmota: neither", &ohm_switch_tasmota, "plug", "stat/plug/POWER", "HOLD",
          OHM_SWITCH_NOTHING, false },
        { "tasmota: away", &ohm_switch_tasmota, "plug", "tele/plug/LWT", "Offline", OHM_SWITCH_AWAY,
          false },
        { "zigbee: on", &ohm_switch_zigbee2mqtt, "a/b c", "ohm/a/b c",
          "{\"linkquality\":1,\"state\":\"ON\"}", OHM_SWITCH_STATE, true },
        { "zigbee: a side", &ohm_switch_zigbee2mqtt, "w:left", "ohm/w",
          "{\"state_left\":\"OFF\",\"state_right\":\"ON\"}", OHM_SWITCH_STATE, false },
        { "zigbee: no state", &ohm_switch_zigbee2mqtt, "w", "ohm/w", "{\"power\":3}",
          OHM_SWITCH_NOTHING, false },
        { "zigbee: away, in words", &ohm_switch_zigbee2mqtt, "w", "ohm/w/availability", "offline",
          OHM_SWITCH_AWAY, false },
        { "zigbee: here, in JSON", &ohm_switch_zigbee2mqtt, "w", "ohm/w/availability",
          "{\"state\":\"online\"}", OHM_SWITCH_HERE, false },
        { "zigbee: our own order", &ohm_switch_zigbee2mqtt, "w", "ohm/w/set", "{\"state\":\"ON\"}",
          OHM_SWITCH_NOTHING, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_switch_name name;
        assert_int_equal(ohm_switch_name_parse(rows[i].name, &name), OHM_OK);
        const ohm_switch_call call = { .name = &name, .base = "ohm", .id = 7 };
        ohm_switch_said said =
            rows[i].dialect->read(&call, rows[i].topic, ohm_span_text(rows[i].payload));
        if (said.kind != rows[i].kind || said.on != rows[i].on)
            fail_msg("%s: %d %d", rows[i].why, (int)said.kind, said.on);
    }
}

static void what_they_are_told(void **state)
{
    (void)state;
    static const struct {
        const ohm_switch_dialect *dialect;
        const char *name;
        bool on;
        const char *topic, *payload;
    } rows[] = {
        { &ohm_switch_shelly, "pm:1", true, "pm/rpc",
          "{\"id\":7,\"src\":\"ohm\",\"method\":\"Switch.Set\",\"params\":{\"id\":1,\"on\":true,"
          "\"toggle_after\":300}}" },
        { &ohm_switch_shelly, "pm", false, "pm/rpc",
          "{\"id\":7,\"src\":\"ohm\",\"method\":\"Switch.Set\",\"params\":{\"id\":0,\"on\":false}"
          "}" },
        { &ohm_switch_tasmota, "plug", true, "cmnd/plug/POWER", "ON" },
        { &ohm_switch_tasmota, "plug:2", false, "cmnd/plug/POWER2", "OFF" },
        { &ohm_switch_zigbee2mqtt, "w:left", true, "ohm/w/set",
          "{\"state_left\":\"ON\",\"on_time\":300,\"off_wait_time\":0}" },
        { &ohm_switch_zigbee2mqtt, "w", false, "ohm/w/set", "{\"state\":\"OFF\"}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_switch_name name;
        ohm_switch_message message;
        assert_int_equal(ohm_switch_name_parse(rows[i].name, &name), OHM_OK);
        const ohm_switch_call call = { .name = &name, .base = "ohm", .id = 7, .deadman_s = 300 };
        rows[i].dialect->set(&call, rows[i].on, &message);
        assert_string_equal(message.topic, rows[i].topic);
        assert_string_equal(message.payload, rows[i].payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_asks_before_it_orders),
        cmocka_unit_test(failsafe_is_asked_for_until_it_is_there),
        cmocka_unit_test(an_order_is_believed_when_it_is_confirmed),
        cmocka_unit_test(silence_is_asked_thrice_and_then_told),
        cmocka_unit_test(another_hand_is_told),
        cmocka_unit_test(what_is_away_is_unknown),
        cmocka_unit_test(an_old_echo_is_asked_for_again),
        cmocka_unit_test(names_are_a_device_and_a_part),
        cmocka_unit_test(what_they_say),
        cmocka_unit_test(what_they_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
