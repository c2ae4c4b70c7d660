/* The book of alarms: latches, ends, is acknowledged and taught, and survives as bytes. */
#include "analysis/alarms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY_MS (INT64_C(24) * OHM_HOUR_MS)
static const ohm_ms t0 = INT64_C(1700006400000); /* Wednesday, 2023-11-15T00:00:00Z */
static ohm_alarms book, other;
static uint8_t bytes[OHM_ALARMS_BYTES_MAX];
static ohm_tz utc;

static int begin_book(void **state)
{
    (void)state;
    ohm_tz_utc(&utc);
    ohm_alarms_init(&book);
    return 0;
}

static ohm_alarm alarm_of(const char *series, ohm_detect_type type, ohm_ms start_ms, int32_t off_w)
{
    ohm_alarm a = { .type = type,
                    .start_ms = start_ms,
                    .told_ms = start_ms + OHM_HOUR_MS,
                    .end_ms = OHM_NO_MS,
                    .expected_w = 1000,
                    .actual_w = 1000 + off_w,
                    .cost_ueur_per_day = OHM_ALARM_NO_COST };
    (void)snprintf(a.series, sizeof a.series, "%s", series);
    return a;
}

static ohm_code begin(const char *series, ohm_detect_type type, ohm_ms start_ms, int32_t off_w,
                      uint32_t *ret_id)
{
    ohm_alarm a = alarm_of(series, type, start_ms, off_w);
    return ohm_alarms_begin(&book, &utc, &a, ret_id);
}

static void it_latches_until_it_ends(void **state)
{
    (void)state;
    uint32_t id = 0, again = 0;
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0 + OHM_HOUR_MS, 600, &again), OHM_CONFLICT);
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -1000, &again), OHM_OK);
    assert_int_equal(begin("b", OHM_DETECT_DRIFT, t0, 500, &again), OHM_OK);
    assert_int_equal(book.count, 3);
    assert_int_equal(ohm_alarms_end(&book, "a", OHM_DETECT_DRIFT, t0 + 2 * OHM_HOUR_MS), id);
    assert_int_equal(ohm_alarms_end(&book, "a", OHM_DETECT_DRIFT, t0 + 3 * OHM_HOUR_MS), 0);
    assert_false(ohm_alarm_is_open(ohm_alarms_find(&book, id)));
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &again), OHM_CONFLICT);
    assert_true(ohm_alarm_is_open(ohm_alarms_find(&book, id))); /* told again: it goes on */
    assert_int_equal(ohm_alarms_end(&book, "a", OHM_DETECT_DRIFT, t0 + 2 * OHM_HOUR_MS), id);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0 + DAY_MS, 500, &again), OHM_OK);
    assert_true(again > id);
}

static void an_end_is_never_before_its_begin(void **state)
{
    (void)state;
    uint32_t id = 0;
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -1000, &id), OHM_OK);
    (void)ohm_alarms_end(&book, "a", OHM_DETECT_ZERO, t0 - DAY_MS);
    assert_int_equal(ohm_alarms_find(&book, id)->end_ms, t0);
}

static void what_a_new_detector_does_not_see_is_over(void **state)
{
    (void)state;
    uint32_t id = 0, ended[OHM_DETECT_TYPES];
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -500, &id), OHM_OK);
    assert_int_equal(begin("b", OHM_DETECT_ZERO, t0, -500, &id), OHM_OK);
    assert_int_equal(ohm_alarms_sync(&book, "a", 1u << OHM_DETECT_DRIFT, t0 + DAY_MS, ended), 1);
    assert_int_equal(ohm_alarms_find(&book, ended[0])->type, OHM_DETECT_ZERO);
    assert_int_equal(ohm_alarms_sync(&book, "a", 0, t0 + DAY_MS, ended), 1);
    assert_true(ohm_alarm_is_open(ohm_alarms_find(&book, id)));
}

static void it_is_acknowledged_once(void **state)
{
    (void)state;
    uint32_t id = 0;
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -500, &id), OHM_OK);
    assert_int_equal(ohm_alarms_acknowledge(&book, id + 1, "user:x", t0), OHM_UNKNOWN);
    assert_int_equal(ohm_alarms_acknowledge(&book, id, "user:marie", t0 + 1), OHM_OK);
    assert_int_equal(ohm_alarms_acknowledge(&book, id, "user:paul", t0 + 2), OHM_OK);
    const ohm_alarm *a = ohm_alarms_find(&book, id);
    assert_string_equal(a->acked_by, "user:marie");
    assert_int_equal(a->acked_ms, t0 + 1);
    assert_true(ohm_alarm_is_open(a));
}

static void the_like_of_what_was_taught_is_not_told(void **state)
{
    (void)state;
    static const struct {
        const char *why, *series;
        ohm_detect_type type;
        int64_t after_ms;
        int32_t off_w;
        ohm_code code;
    } rows[] = {
        { "the same a day later", "a", OHM_DETECT_SPIKE, DAY_MS, 2000, OHM_END },
        { "two hours later", "a", OHM_DETECT_SPIKE, DAY_MS + 2 * OHM_HOUR_MS, 2000, OHM_END },
        { "two hours before", "a", OHM_DETECT_SPIKE, DAY_MS - 2 * OHM_HOUR_MS, 2000, OHM_END },
        { "three hours later", "a", OHM_DETECT_SPIKE, DAY_MS + 3 * OHM_HOUR_MS, 2000, OHM_OK },
        { "half as much again", "a", OHM_DETECT_SPIKE, DAY_MS, 3000, OHM_END },
        { "twice as much", "a", OHM_DETECT_SPIKE, DAY_MS, 4000, OHM_OK },
        { "less", "a", OHM_DETECT_SPIKE, DAY_MS, 100, OHM_END },
        { "the other way", "a", OHM_DETECT_SPIKE, DAY_MS, -2000, OHM_OK },
        { "on a Saturday", "a", OHM_DETECT_SPIKE, 3 * DAY_MS, 2000, OHM_OK },
        { "another type", "a", OHM_DETECT_STEP, DAY_MS, 2000, OHM_OK },
        { "another series", "b", OHM_DETECT_SPIKE, DAY_MS, 2000, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t id = 0, next = 0;
        ohm_alarms_init(&book);
        assert_int_equal(begin("a", OHM_DETECT_SPIKE, t0 + OHM_HOUR_MS, 2000, &id), OHM_OK);
        assert_int_equal(ohm_alarms_teach(&book, &utc, id, "user:marie", t0), OHM_OK);
        assert_false(ohm_alarm_is_open(ohm_alarms_find(&book, id)));
        (void)ohm_alarms_end(&book, "a", OHM_DETECT_SPIKE, t0 + 2 * OHM_HOUR_MS);
        ohm_code code = begin(rows[i].series, rows[i].type, t0 + OHM_HOUR_MS + rows[i].after_ms,
                              rows[i].off_w, &next);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
}

static void what_was_taught_can_be_taken_back(void **state)
{
    (void)state;
    uint32_t id = 0, next = 0;
    assert_int_equal(ohm_alarms_teach(&book, &utc, 1, "user:marie", t0), OHM_UNKNOWN);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    assert_int_equal(ohm_alarms_unteach(&book, id), OHM_UNKNOWN);
    assert_int_equal(ohm_alarms_teach(&book, &utc, id, "user:marie", t0), OHM_OK);
    assert_int_equal(ohm_alarms_teach(&book, &utc, id, "user:marie", t0), OHM_OK);
    assert_int_equal(book.taught_count, 1);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0 + OHM_HOUR_MS, 500, &next), OHM_CONFLICT);
    assert_int_equal(ohm_alarms_unteach(&book, id), OHM_OK);
    assert_true(ohm_alarm_is_open(ohm_alarms_find(&book, id)));
    (void)ohm_alarms_end(&book, "a", OHM_DETECT_DRIFT, t0 + OHM_HOUR_MS);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0 + DAY_MS, 500, &next), OHM_OK);
}

static void a_drift_has_no_hour(void **state)
{
    (void)state;
    uint32_t id = 0;
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    assert_int_equal(ohm_alarms_teach(&book, &utc, id, "user:marie", t0), OHM_OK);
    (void)ohm_alarms_end(&book, "a", OHM_DETECT_DRIFT, t0 + OHM_HOUR_MS);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0 + 80 * OHM_HOUR_MS, 500, &id), OHM_END);
}

static void the_oldest_that_is_over_goes_first(void **state)
{
    (void)state;
    uint32_t id = 0;
    char series[16];
    for (int i = 0; i < OHM_ALARMS_MAX; i++) {
        (void)snprintf(series, sizeof series, "s%d", i);
        assert_int_equal(begin(series, OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    }
    assert_int_equal(begin("more", OHM_DETECT_DRIFT, t0, 500, &id), OHM_TOO_BIG);
    assert_int_equal(book.lost, 1);
    assert_int_equal(ohm_alarms_end(&book, "s7", OHM_DETECT_DRIFT, t0), 8);
    assert_int_equal(begin("more", OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    assert_int_equal(book.count, OHM_ALARMS_MAX);
    assert_null(ohm_alarms_find(&book, 8));
    assert_non_null(ohm_alarms_find(&book, id));
}

/* Its number is how the teaching is taken back. */
static void what_taught_stays(void **state)
{
    (void)state;
    uint32_t id = 0, more = 0;
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &id), OHM_OK);
    assert_int_equal(ohm_alarms_teach(&book, &utc, id, "user:marie", t0), OHM_OK);
    (void)ohm_alarms_end(&book, "a", OHM_DETECT_DRIFT, t0 + OHM_HOUR_MS);
    for (int i = 0; i < 2 * OHM_ALARMS_MAX; i++) {
        ohm_ms at_ms = t0 + i * DAY_MS;
        assert_int_equal(begin("b", OHM_DETECT_DRIFT, at_ms, 500, &more), OHM_OK);
        (void)ohm_alarms_end(&book, "b", OHM_DETECT_DRIFT, at_ms + OHM_HOUR_MS);
    }
    assert_int_equal(ohm_alarms_unteach(&book, id), OHM_OK);
    assert_int_equal(begin("b", OHM_DETECT_DRIFT, t0 - DAY_MS, 500, &more), OHM_OK);
    assert_null(ohm_alarms_find(&book, id));
}

static void a_better_register_takes_over(void **state)
{
    (void)state;
    uint32_t seen = 0, twice = 0, there = 0, next = 0;
    ohm_taught taught[2];
    assert_int_equal(begin("a", OHM_DETECT_SPIKE, t0, 500, &seen), OHM_OK);
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &twice), OHM_OK);
    assert_int_equal(begin("better", OHM_DETECT_DRIFT, t0, 500, &there), OHM_OK);
    assert_int_equal(ohm_alarms_teach(&book, &utc, seen, "user:marie", t0), OHM_OK);
    assert_true(ohm_alarms_rename(&book, "a", "better"));
    assert_false(ohm_alarms_rename(&book, "a", "better"));
    assert_string_equal(ohm_alarms_find(&book, seen)->series, "better");
    assert_true(ohm_alarm_is_open(ohm_alarms_find(&book, there)));
    assert_false(ohm_alarm_is_open(ohm_alarms_find(&book, twice))); /* latched once */
    assert_int_equal(ohm_alarms_taught_of(&book, "a", taught, 2), 0);
    assert_int_equal(ohm_alarms_taught_of(&book, "better", taught, 2), 1);
    assert_int_equal(taught[0].id, seen);
    (void)ohm_alarms_end(&book, "better", OHM_DETECT_SPIKE, t0 + OHM_HOUR_MS);
    assert_int_equal(begin("better", OHM_DETECT_SPIKE, t0 + DAY_MS, 500, &next), OHM_END);
}

static void nothing_stays_of_a_series_that_is_erased(void **state)
{
    (void)state;
    uint32_t a = 0, b = 0;
    assert_int_equal(begin("a", OHM_DETECT_DRIFT, t0, 500, &a), OHM_OK);
    assert_int_equal(begin("b", OHM_DETECT_DRIFT, t0, 500, &b), OHM_OK);
    assert_int_equal(ohm_alarms_teach(&book, &utc, a, "user:marie", t0), OHM_OK);
    assert_true(ohm_alarms_forget(&book, "a"));
    assert_false(ohm_alarms_forget(&book, "a"));
    assert_int_equal(book.count, 1);
    assert_int_equal(book.taught_count, 0);
    assert_non_null(ohm_alarms_find(&book, b));
}

static void a_clock_that_went_back_is_judged_again(void **state)
{
    (void)state;
    ohm_alarms_clock(&book, t0);
    assert_true(book.judged_ms == OHM_NO_MS);
    book.judged_ms = t0 + DAY_MS;
    ohm_alarms_clock(&book, t0);
    assert_int_equal(book.judged_ms, t0);
    ohm_alarms_clock(&book, t0 + OHM_HOUR_MS);
    assert_int_equal(book.judged_ms, t0);
}

/* A book that is full and as wide as can be. */
static void fill(void)
{
    char series[OHM_ALARM_SERIES_MAX];
    memset(series, 'x', sizeof series);
    for (int i = 0; i < OHM_ALARMS_MAX; i++) {
        uint32_t id = 0;
        (void)snprintf(series + 140, sizeof series - 140, "%019d", i);
        assert_int_equal(begin(series, OHM_DETECT_CT_REVERSED, t0, -500, &id), OHM_OK);
        if (i < OHM_ALARMS_TAUGHT_MAX)
            assert_int_equal(
                ohm_alarms_teach(&book, &utc, id, "user:abcdefghijklmnopqrstuvwxyz01234567", t0),
                OHM_OK);
    }
    uint32_t more = ohm_alarms_find(&book, OHM_ALARMS_MAX)->id;
    assert_int_equal(ohm_alarms_teach(&book, &utc, more, "user:a", t0), OHM_TOO_BIG);
}

static void it_survives_as_bytes(void **state)
{
    (void)state;
    size_t len = 0, again_len = 0;
    static uint8_t again[OHM_ALARMS_BYTES_MAX];
    fill();
    book.judged_ms = t0;
    assert_int_equal(ohm_alarms_encode(&book, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len), &other), OHM_OK);
    assert_int_equal(ohm_alarms_encode(&other, again, sizeof again, &again_len), OHM_OK);
    assert_int_equal(len, again_len);
    assert_memory_equal(bytes, again, len);
    assert_string_equal(other.taught[3].series, book.taught[3].series);
    assert_int_equal(other.alarm[9].actual_w, 500);
    assert_int_equal(ohm_alarms_encode(&book, again, len - 1, &again_len), OHM_TOO_BIG);
}

/* Tokens are named in any language; one such name must not cost the whole book. */
static void names_are_of_any_language(void **state)
{
    (void)state;
    static const char actor[] = "token:Chaudi\xc3\xa8re \xe2\x82\xac";
    uint32_t id = 0;
    size_t len = 0;
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -500, &id), OHM_OK);
    assert_int_equal(ohm_alarms_acknowledge(&book, id, actor, t0), OHM_OK);
    assert_int_equal(ohm_alarms_encode(&book, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len), &other), OHM_OK);
    assert_string_equal(ohm_alarms_find(&other, id)->acked_by, actor);
}

static void bytes_that_are_none_are_refused(void **state)
{
    (void)state;
    uint32_t id = 0;
    size_t len = 0;
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -1, &id), OHM_OK);
    assert_int_equal(ohm_alarms_teach(&book, &utc, id, "user:a", t0), OHM_OK);
    assert_int_equal(ohm_alarms_encode(&book, bytes, sizeof bytes, &len), OHM_OK);
    other.next_id = 77;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, cut), &other), OHM_BAD_FORMAT);
    bytes[len] = 0;
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len + 1), &other), OHM_BAD_FORMAT);
    bytes[15] = 9; /* the version, behind the magic */
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len), &other), OHM_UNSUPPORTED);
    assert_int_equal(other.next_id, 77);
}

/* --- version 1, as it was written: the lowest byte first ------------------------------------- */

static size_t old_len;

static void old_number(int64_t value, int len)
{
    for (int i = 0; i < len; i++)
        bytes[old_len++] = (uint8_t)((uint64_t)value >> 8 * i);
}

static void old_text(const char *text)
{
    old_number((int64_t)strlen(text), 1);
    memcpy(bytes + old_len, text, strlen(text));
    old_len += strlen(text);
}

static void old_alarm(uint32_t id, ohm_ms told_ms, int flags)
{
    old_number(id, 8);
    old_text("left_on");
    old_text("home/ground/main/energy_import");
    old_number(t0, 8);
    old_number(told_ms, 8);
    old_number(OHM_NO_MS, 8);
    old_number(t0 + 2 * OHM_HOUR_MS, 8);
    old_text("user:Zo\xc3\xa9");
    old_number(flags, 8);
    old_number(1, 8);
    old_number(1234567, 8);
    old_number(200, 4);
    old_number(-900, 4);
    for (int i = 0; i < 3 * OHM_ALARM_HOURS; i++)
        old_number(i == 30 ? OHM_ALARM_NO_W : i, 4);
}

static size_t old_book(ohm_ms told_ms)
{
    old_len = 0;
    old_number(0x6d6c4f41, 4);
    old_number(1, 4);
    old_number(9, 8); /* next */
    old_number(t0 + DAY_MS, 8);
    old_number(3, 8); /* lost */
    old_number(2, 8);
    old_alarm(4, told_ms, 2);
    old_alarm(7, told_ms, 1 | 2 | 4);
    old_number(1, 8);
    old_number(7, 8);
    old_text("left_on");
    old_text("home/ground/main/energy_import");
    old_number(-1, 8);
    old_number(1, 8);
    old_number(-1100, 4);
    return old_len;
}

static void a_book_of_version_1_is_read_on(void **state)
{
    (void)state;
    size_t len = old_book(t0 + OHM_HOUR_MS);
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len), &other), OHM_OK);
    assert_int_equal(other.next_id, 9);
    assert_int_equal(other.judged_ms, t0 + DAY_MS);
    assert_int_equal(other.lost, 3);
    assert_int_equal(other.count, 2);
    const ohm_alarm *seen = ohm_alarms_find(&other, 4), *normal = ohm_alarms_find(&other, 7);
    assert_int_equal(seen->type, OHM_DETECT_LEFT_ON);
    assert_string_equal(seen->series, "home/ground/main/energy_import");
    assert_string_equal(seen->acked_by, "user:Zo\xc3\xa9");
    assert_int_equal(seen->acked_ms, t0 + 2 * OHM_HOUR_MS);
    assert_int_equal(seen->end_ms, OHM_NO_MS);
    assert_true(seen->announced && !seen->end_announced && !seen->taught);
    assert_true(normal->announced && normal->end_announced && normal->taught);
    assert_int_equal(seen->severity, 1);
    assert_int_equal(seen->cost_ueur_per_day, 1234567);
    assert_int_equal(seen->expected_w, 200);
    assert_int_equal(seen->actual_w, -900);
    assert_int_equal(seen->band_w[OHM_ALARM_HIGH][23], 71);
    assert_int_equal(seen->band_w[OHM_ALARM_MIDDLE][6], OHM_ALARM_NO_W);
    assert_int_equal(other.taught_count, 1);
    assert_int_equal(other.taught[0].id, 7);
    assert_int_equal(other.taught[0].minute, -1);
    assert_true(other.taught[0].weekend);
    assert_int_equal(other.taught[0].off_w, -1100);
    size_t again = 0; /* and is written as the present one */
    static ohm_alarms third;
    assert_int_equal(ohm_alarms_encode(&other, bytes, sizeof bytes, &again), OHM_OK);
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, again), &third), OHM_OK);
    assert_memory_equal(&third.alarm[1], &other.alarm[1], sizeof third.alarm[1]);
}

static void what_is_no_book_of_version_1_is_refused(void **state)
{
    (void)state;
    size_t len = old_book(t0 + OHM_HOUR_MS);
    other.next_id = 77;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, cut), &other), OHM_BAD_FORMAT);
    assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len + 1), &other), OHM_BAD_FORMAT);
    static const ohm_ms wrong[] = { INT64_MAX, INT64_MIN + 1, OHM_NO_MS };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, old_book(wrong[i])), &other),
                         OHM_BAD_FORMAT);
    assert_int_equal(other.next_id, 77);
}

/* The differences between times of a book never overflow. */
static void times_out_of_all_range_are_refused(void **state)
{
    (void)state;
    static const ohm_ms wrong[] = { INT64_MAX, INT64_MIN + 1, OHM_NO_MS };
    uint32_t id = 0;
    size_t len = 0;
    assert_int_equal(begin("a", OHM_DETECT_ZERO, t0, -500, &id), OHM_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        book.alarm[0].told_ms = wrong[i];
        assert_int_equal(ohm_alarms_encode(&book, bytes, sizeof bytes, &len),
                         wrong[i] == OHM_NO_MS ? OHM_RANGE : OHM_OK);
        assert_int_equal(ohm_alarms_decode(ohm_span_of(bytes, len), &other), OHM_BAD_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_latches_until_it_ends, begin_book),
        cmocka_unit_test_setup(an_end_is_never_before_its_begin, begin_book),
        cmocka_unit_test_setup(what_a_new_detector_does_not_see_is_over, begin_book),
        cmocka_unit_test_setup(it_is_acknowledged_once, begin_book),
        cmocka_unit_test_setup(the_like_of_what_was_taught_is_not_told, begin_book),
        cmocka_unit_test_setup(what_was_taught_can_be_taken_back, begin_book),
        cmocka_unit_test_setup(a_drift_has_no_hour, begin_book),
        cmocka_unit_test_setup(the_oldest_that_is_over_goes_first, begin_book),
        cmocka_unit_test_setup(what_taught_stays, begin_book),
        cmocka_unit_test_setup(a_better_register_takes_over, begin_book),
        cmocka_unit_test_setup(nothing_stays_of_a_series_that_is_erased, begin_book),
        cmocka_unit_test_setup(a_clock_that_went_back_is_judged_again, begin_book),
        cmocka_unit_test_setup(it_survives_as_bytes, begin_book),
        cmocka_unit_test_setup(names_are_of_any_language, begin_book),
        cmocka_unit_test_setup(a_book_of_version_1_is_read_on, begin_book),
        cmocka_unit_test_setup(what_is_no_book_of_version_1_is_refused, begin_book),
        cmocka_unit_test_setup(times_out_of_all_range_are_refused, begin_book),
        cmocka_unit_test_setup(bytes_that_are_none_are_refused, begin_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
