#include "grid/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "grid/signal.h"
#include "host/tzdata.h"

enum { MIN = OHM_MINUTE_MS };

static ohm_tz paris;

static int load_zone(void **state)
{
    (void)state;
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris));
}

static ohm_ms at(const char *text)
{
    ohm_ms ms = 0;
    if (ohm_failed(ohm_rfc3339_parse(ohm_span_text(text), &ms)))
        fail_msg("%s", text);
    return ms;
}

/* Minutes on the monotonic clock. */
static ohm_mono_ms mono(int64_t minutes)
{
    return (ohm_mono_ms){ minutes * MIN };
}

static int64_t minutes_of(ohm_mono_ms t)
{
    return t.v / MIN;
}

/* A set that is known until an instant. */
static ohm_signal_set known_until(const char *text)
{
    ohm_signal_set set;
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    assert_int_equal(ohm_signal_put(&set, (ohm_signal_interval){ { 0, at(text) }, 1 }), OHM_OK);
    return set;
}

static void outcomes_ask_for_their_wait(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_call_outcome outcomes[4]; /* the last one counts; each ends at minute 0 */
        int count;
        int64_t retry_after_s;
        uint32_t random;
        int64_t want_min;
    } rows[] = {
        { "all is well: hourly", { OHM_CALL_DONE }, 1, -1, 0, 60 },
        { "failed: the gap", { OHM_CALL_FAILED }, 1, -1, 0, 15 },
        { "twice: double", { OHM_CALL_FAILED, OHM_CALL_FAILED }, 2, -1, 0, 30 },
        { "with jitter up to a quarter",
          { OHM_CALL_FAILED, OHM_CALL_FAILED },
          2,
          -1,
          UINT32_MAX,
          37 },
        { "three times", { OHM_CALL_FAILED, OHM_CALL_FAILED, OHM_CALL_FAILED }, 3, -1, 0, 60 },
        { "a success forgets", { OHM_CALL_FAILED, OHM_CALL_DONE, OHM_CALL_FAILED }, 3, -1, 0, 15 },
        { "429 without a word", { OHM_CALL_TOO_MANY }, 1, -1, 0, 15 },
        { "Retry-After is obeyed", { OHM_CALL_TOO_MANY }, 1, 1800, 0, 30 },
        { "and never shortens the gap", { OHM_CALL_TOO_MANY }, 1, 60, 0, 15 },
        { "also on 503", { OHM_CALL_FAILED }, 1, 3600, 0, 60 },
        { "a mad one is a day", { OHM_CALL_TOO_MANY }, 1, INT64_MAX, 0, 24 * 60 },
        { "zero asks for nothing", { OHM_CALL_TOO_MANY, OHM_CALL_TOO_MANY }, 2, 0, 0, 30 },
        { "401 once: a new token after the gap", { OHM_CALL_UNAUTHORISED }, 1, -1, 0, 15 },
        { "401 again: stop", { OHM_CALL_UNAUTHORISED, OHM_CALL_UNAUTHORISED }, 2, -1, 0, 60 },
        { "403: stop", { OHM_CALL_FORBIDDEN }, 1, -1, 0, 60 },
        { "offline: soon again", { OHM_CALL_OFFLINE }, 1, -1, 0, 1 },
        { "still offline", { OHM_CALL_OFFLINE, OHM_CALL_OFFLINE, OHM_CALL_OFFLINE }, 3, -1, 0, 4 },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_schedule s;
        ohm_signal_set set = known_until("2026-01-19T00:00:00Z");
        ohm_schedule_init(&s, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, mono(0));
        for (int i = 0; i < rows[r].count; i++) {
            ohm_schedule_started(&s, mono(0));
            ohm_schedule_ended(&s, rows[r].outcomes[i], rows[r].retry_after_s, rows[r].random,
                               mono(0));
        }
        ohm_mono_ms next = ohm_schedule_next(&s, ohm_signal_end(&set), &paris,
                                             at("2026-01-15T10:00:00Z"), mono(0));
        if (minutes_of(next) != rows[r].want_min)
            fail_msg("%s: %lld min", rows[r].why, (long long)minutes_of(next));
    }
}

static void back_off_has_an_end(void **state)
{
    (void)state;
    ohm_schedule s;
    ohm_schedule_init(&s, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, mono(0));
    for (int i = 0; i < 70000; i++) {
        ohm_schedule_started(&s, mono(0));
        ohm_schedule_ended(&s, OHM_CALL_FAILED, -1, UINT32_MAX, mono(0));
        assert_true(s.not_before.v <= OHM_SCHEDULE_BACKOFF_MAX_MS * 5LL / 4);
    }
}

static void the_calendar_asks(void **state)
{
    (void)state;
    static const struct {
        const char *why, *last, *now, *known_until, *want;
    } rows[] = {
        { "daytime: hourly", "2026-01-15T09:00:00Z", "2026-01-15T09:10:00Z", "2026-01-18T23:00:00Z",
          "2026-01-15T10:00:00Z" },
        { "the evening's file", "2026-01-15T15:50:00Z", "2026-01-15T15:51:00Z",
          "2026-01-18T23:00:00Z", "2026-01-15T16:05:00Z" },
        { "but not within the gap", "2026-01-15T15:55:00Z", "2026-01-15T15:56:00Z",
          "2026-01-18T23:00:00Z", "2026-01-15T16:10:00Z" },
        { "a new day", "2026-01-15T22:40:00Z", "2026-01-15T23:01:00Z", "2026-01-18T23:00:00Z",
          "2026-01-15T23:05:00Z" },
        { "the third day ahead is missing at night", "2026-01-15T23:10:00Z", "2026-01-15T23:11:00Z",
          "2026-01-18T23:00:00Z", "2026-01-15T23:25:00Z" },
        { "until it is there", "2026-01-15T23:10:00Z", "2026-01-15T23:11:00Z",
          "2026-01-19T23:00:00Z", "2026-01-16T00:10:00Z" },
        { "or the night is over", "2026-01-16T01:20:00Z", "2026-01-16T01:35:00Z",
          "2026-01-18T23:00:00Z", "2026-01-16T02:20:00Z" },
        { "after a long sleep: at once", "2026-01-10T10:00:00Z", "2026-01-15T10:00:00Z",
          "2026-01-10T23:00:00Z", "2026-01-10T11:00:00Z" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_schedule s;
        ohm_mono_ms start = { 1000000 };
        ohm_signal_set set = known_until(rows[r].known_until);
        ohm_schedule_init(&s, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, start);
        ohm_schedule_started(&s, start);
        ohm_schedule_ended(&s, OHM_CALL_DONE, -1, 0, start);
        ohm_ms last_ms = at(rows[r].last), now_ms = at(rows[r].now);
        ohm_mono_ms now = ohm_mono_after(start, now_ms - last_ms);
        ohm_mono_ms next = ohm_schedule_next(&s, ohm_signal_end(&set), &paris, now_ms, now);
        ohm_ms next_ms = last_ms + ohm_mono_since(next, start);
        if (next_ms != at(rows[r].want)) {
            char got[OHM_RFC3339_MAX];
            (void)ohm_rfc3339_write(next_ms, got);
            fail_msg("%s: %s", rows[r].why, got);
        }
    }
}

static void restarts_ask_no_oftener(void **state)
{
    (void)state;
    static const struct {
        const char *why, *record, *now;
        ohm_code code;
        int64_t want_min; /* from now, with nothing in hand */
    } rows[] = {
        { "five minutes after a call",
          "{\"last\":1768471200000,\"not_before\":1768471200000,\"failures\":0,"
          "\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_OK, 55 },
        { "five minutes after a failure",
          "{\"last\":1768471200000,\"not_before\":1768472100000,\"failures\":1,"
          "\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_OK, 10 },
        { "Retry-After goes on",
          "{\"last\":1768471200000,\"not_before\":1768478400000,\"failures\":1,"
          "\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_OK, 115 },
        { "a call in the future: the clock went back",
          "{\"last\":1868471200000,\"not_before\":0,\"failures\":1,\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_OK, 15 },
        { "a hold in the far future is a day",
          "{\"last\":1768471200000,\"not_before\":9223372036854775807,\"failures\":1,"
          "\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_OK, 24 * 60 },
        { "never called", "{\"last\":0,\"not_before\":0,\"failures\":0,\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_OK, 0 },
        { "nonsense: the gap", "{}", "2026-01-15T10:05:00Z", OHM_BAD_FORMAT, 15 },
        { "cut short", "{\"last\":17684712", "2026-01-15T10:05:00Z", OHM_BAD_FORMAT, 15 },
        { "empty", "", "2026-01-15T10:05:00Z", OHM_BAD_FORMAT, 15 },
        { "negative",
          "{\"last\":-9223372036854775808,\"not_before\":0,\"failures\":0,\"unauthorised\":0}",
          "2026-01-15T10:05:00Z", OHM_BAD_FORMAT, 15 },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_schedule s;
        ohm_schedule_init(&s, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, mono(1000));
        ohm_ms now_ms = at(rows[r].now);
        ohm_code code = ohm_schedule_restore(&s, ohm_span_text(rows[r].record), now_ms, mono(1000));
        ohm_mono_ms next = ohm_schedule_next(&s, OHM_NO_MS, &paris, now_ms, mono(1000));
        if (code != rows[r].code || minutes_of(next) - 1000 != rows[r].want_min)
            fail_msg("%s: %lld min", rows[r].why, (long long)minutes_of(next) - 1000);
    }
}

static void what_is_saved_is_restored(void **state)
{
    (void)state;
    ohm_schedule s, back;
    ohm_schedule_init(&s, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, mono(7));
    ohm_schedule_started(&s, mono(10));
    ohm_schedule_ended(&s, OHM_CALL_UNAUTHORISED, 4000, 0, mono(11));
    char record[OHM_SCHEDULE_RECORD_MAX];
    size_t len = ohm_schedule_save(&s, at("2026-01-15T10:00:00Z"), mono(20), record);
    ohm_schedule_init(&back, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, mono(500));
    /* Half an hour later, on another run's clock. */
    assert_int_equal(ohm_schedule_restore(&back, ohm_span_of(record, len),
                                          at("2026-01-15T10:30:00Z"), mono(500)),
                     OHM_OK);
    assert_true(back.called);
    assert_int_equal(minutes_of(back.last), 500 - 40);
    assert_int_equal(back.not_before.v, mono(500 - 39).v + 4000 * OHM_SECOND_MS);
    assert_int_equal(back.failures, 1);
    assert_int_equal(back.unauthorised, 1);
}

static void offline_costs_no_call(void **state)
{
    (void)state;
    ohm_schedule s;
    ohm_schedule_init(&s, ohm_pace_of(OHM_SOURCE_ECOWATT), 0, 0, mono(0));
    ohm_schedule_started(&s, mono(0));
    ohm_schedule_ended(&s, OHM_CALL_OFFLINE, -1, 0, mono(0));
    assert_false(s.called);
    ohm_schedule_started(&s, mono(2));
    ohm_schedule_ended(&s, OHM_CALL_DONE, -1, 0, mono(2));
    ohm_schedule_started(&s, mono(62));
    ohm_schedule_ended(&s, OHM_CALL_OFFLINE, -1, 0, mono(62));
    assert_int_equal(minutes_of(s.last), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_ask_for_their_wait), cmocka_unit_test(back_off_has_an_end),
        cmocka_unit_test(the_calendar_asks),           cmocka_unit_test(restarts_ask_no_oftener),
        cmocka_unit_test(what_is_saved_is_restored),   cmocka_unit_test(offline_costs_no_call),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
