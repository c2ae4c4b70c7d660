#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/changes.h"
#include "store/mirror_own.h"

/* --- lines -------------------------------------------------------------------------------- */

static void test_lines(void **state)
{
    static const struct {
        const char *why, *key;
        ohm_quantity_id quantity;
        unsigned revision;
        bool single;
        int64_t value;
        const char *want;
    } rows[] = {
        { "decimals of the quantity", "home/ground/main", OHM_Q_POWER_IMPORT, 0, false, 12345,
          "ohmstead,device=main,site=home,zone=ground power_import=1234.5 1700000000123\n" },
        { "a register", "home/ground/main", OHM_Q_ENERGY_IMPORT, 0, false, 5,
          "ohmstead,device=main,site=home,zone=ground energy_import=5 1700000000123\n" },
        { "below nothing", "h/z/d", OHM_Q_TEMPERATURE, 0, false, -5,
          "ohmstead,device=d,site=h,zone=z temperature=-0.05 1700000000123\n" },
        { "a corrected series", "h/z/d", OHM_Q_POWER, 2, false, 10,
          "ohmstead,device=d,rev=2,site=h,zone=z power=1 1700000000123\n" },
        { "an engine that leaves single fields out", "h/z/d", OHM_Q_POWER, 0, true, 10,
          "ohmstead_power,device=d,site=h,zone=z value=1 1700000000123\n" },
        { "what tags escape", "h h/z,z/d=d", OHM_Q_POWER, 0, false, 10,
          "ohmstead,device=d\\=d,site=h\\ h,zone=z\\,z power=1 1700000000123\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mirror_series series;
        char line[OHM_MIRROR_LINE_MAX + 1];
        assert_int_equal(ohm_mirror_series_init(&series, rows[i].key, rows[i].quantity,
                                                rows[i].revision, rows[i].single),
                         OHM_OK);
        line[ohm_mirror_line(&series, 1700000000123, rows[i].value, line)] = '\0';
        if (strcmp(line, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, line);
    }
}

static void test_names_that_are_no_series(void **state)
{
    ohm_mirror_series series;
    char long_key[OHM_MIRROR_PREFIX_MAX + 8];
    (void)state;
    memset(long_key, 'x', sizeof long_key);
    memcpy(long_key, "h/z/", 4);
    long_key[sizeof long_key - 1] = '\0';
    assert_int_equal(ohm_mirror_series_init(&series, "h/z", OHM_Q_POWER, 0, false), OHM_BAD_FORMAT);
    assert_int_equal(ohm_mirror_series_init(&series, "h//d", OHM_Q_POWER, 0, false),
                     OHM_BAD_FORMAT);
    assert_int_equal(ohm_mirror_series_init(&series, long_key, OHM_Q_POWER, 0, false), OHM_TOO_BIG);
}

static void test_selectors(void **state)
{
    char out[128], small[40];
    (void)state;
    assert_int_equal(ohm_mirror_selector("h/z/d", OHM_Q_POWER, -1, out, sizeof out), OHM_OK);
    assert_string_equal(out, "{__name__=\"ohmstead_power\",device=\"d\",site=\"h\",zone=\"z\"}");
    assert_int_equal(ohm_mirror_selector("h/z/\"", OHM_Q_POWER, 0, out, sizeof out), OHM_OK);
    assert_string_equal(
        out, "{__name__=\"ohmstead_power\",device=\"\\\"\",site=\"h\",zone=\"z\",rev=\"\"}");
    assert_int_equal(ohm_mirror_selector("h/z/d", OHM_Q_POWER, 3, small, sizeof small),
                     OHM_TOO_BIG);
}

static void test_floats_come_back(void **state)
{
    static const struct {
        const char *why, *text;
        bool good;
        int64_t want;
    } rows[] = {
        { "as it was sent", "1234.5", true, 12345 },
        { "the float's last digit lost", "1234.4999999999999", true, 12345 },
        { "and the other way", "1234.5000000000002", true, 12345 },
        { "half away from zero", "-0.05", true, -1 },
        { "with an exponent", "1.2e+09", true, INT64_C(12000000000) },
        { "a small one", "1e-300", true, 0 },
        { "not a number", "NaN", false, 0 },
        { "too large", "1e30", false, 0 },
        { "nothing", "", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = 0;
        bool good = ohm_mirror_quantise(ohm_span_text(rows[i].text), OHM_Q_POWER, &value);
        if (good != rows[i].good || value != rows[i].want)
            fail_msg("%s: %d %lld", rows[i].why, good, (long long)value);
    }
}

/* --- what is there ------------------------------------------------------------------------ */

static void test_an_export_is_compared(void **state)
{
    ohm_mirror_there there;
    (void)state;
    ohm_err err = ohm_mirror_there_parse(ohm_span_text("2000,2\n1000,1\n2000,2\n3000,3.0\n"),
                                         OHM_Q_POWER, &there);
    assert_int_equal(err.code, OHM_OK);
    assert_int_equal(there.count, 4);
    assert_true(ohm_mirror_there_has(&there, 1000, 10));
    assert_true(ohm_mirror_there_has(&there, 2000, 20)); /* there twice, and equal */
    assert_false(ohm_mirror_there_has(&there, 2500, 25));
    assert_false(there.differs);
    assert_true(ohm_mirror_there_more(&there));
    assert_false(ohm_mirror_there_has(&there, 3000, 31)); /* another value */
    assert_true(there.differs);
    assert_false(ohm_mirror_there_more(&there));
    ohm_mirror_there_free(&there);
}

static void test_exports_that_do_not_read(void **state)
{
    static const char *const rows[] = { "1000", "x,1\n", "1000,x\n", "1000,1\n\n", "1,2,3\n" };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mirror_there there;
        ohm_err err = ohm_mirror_there_parse(ohm_span_text(rows[i]), OHM_Q_POWER, &there);
        assert_int_equal(err.code, OHM_BAD_FORMAT);
        assert_int_equal(err.at, i == 3 ? 2 : 1);
    }
}

/* --- what is owed ------------------------------------------------------------------------- */

enum { BASE_HOURS = 400000, DEVICES = 3, MINUTES = 600 };

static const ohm_ms base_ms = (ohm_ms)BASE_HOURS * OHM_HOUR_MS;

typedef struct world {
    ohm_mirror_todo todo;
    int stored[DEVICES][MINUTES]; /* the version of a reading in the store; 0: there is none */
    int there[DEVICES][MINUTES];  /* and in the engine */
    char record[DEVICES * OHM_MIRROR_RECORD_MAX];
    uint32_t seed;
} world;

static uint32_t draw(world *w, uint32_t below)
{
    w->seed = w->seed * 1664525u + 1013904223u;
    return (w->seed >> 8) % below;
}

static void put_record(world *w)
{
    size_t len = 0;
    for (uint16_t d = 0; d < DEVICES; d++) {
        len += ohm_mirror_todo_save(&w->todo.places[d], w->record + len);
        w->record[len++] = '\n';
    }
    w->record[len] = '\0';
    w->todo.changed = false;
}

static void begin(world *w)
{
    ohm_mirror_todo_init(&w->todo);
    for (uint16_t d = 0; d < DEVICES; d++)
        ohm_mirror_todo_device(&w->todo, d, (const char *[]){ "h/z/a", "h/z/b", "h/z/c" }[d]);
    assert_int_equal(ohm_mirror_todo_restore(&w->todo, ohm_span_text(w->record)).code, OHM_OK);
    for (uint16_t d = 0; d < DEVICES; d++) {
        int first = 0, last = MINUTES;
        while (first < MINUTES && !w->stored[d][first])
            first++;
        while (last > first && !w->stored[d][last - 1])
            last--;
        if (last > first)
            ohm_mirror_todo_extent(&w->todo, d,
                                   (ohm_interval){ base_ms + first * OHM_MINUTE_MS,
                                                   base_ms + (last - 1) * OHM_MINUTE_MS + 1 });
    }
}

static void note(world *w)
{
    uint16_t d = (uint16_t)draw(w, DEVICES);
    uint32_t minute = draw(w, MINUTES);
    ohm_mirror_todo_note(&w->todo, d, base_ms + minute * OHM_MINUTE_MS);
    if (w->todo.changed)
        put_record(w);
    w->stored[d][minute]++;
}

/* What a piece covers is sent as the store has it while it is out. */
static void fly(world *w, ohm_mono_ms now)
{
    ohm_mirror_piece pieces[DEVICES];
    int count = 0;
    ohm_mirror_todo_settle(&w->todo, 0, now);
    while (count < DEVICES &&
           ohm_mirror_todo_take(&w->todo, OHM_STORE_TIME_MAX, now, &pieces[count]))
        count++;
    bool reaches = draw(w, 4) > 0;
    for (int i = 0; i < count; i++)
        for (int minute = 0; minute < MINUTES; minute++) {
            ohm_ms at_ms = base_ms + minute * OHM_MINUTE_MS;
            bool inside = at_ms >= pieces[i].range.from_ms && at_ms < pieces[i].range.to_ms;
            if (inside && reaches && w->stored[pieces[i].device][minute])
                w->there[pieces[i].device][minute] = w->stored[pieces[i].device][minute];
        }
    for (uint32_t n = draw(w, 3); n > 0; n--)
        note(w);            /* meanwhile */
    if (draw(w, 10) == 0) { /* cut short: nobody hears of it */
        begin(w);
        return;
    }
    if (!reaches) {
        ohm_mirror_todo_fail(&w->todo);
        return;
    }
    ohm_mirror_todo_done(&w->todo, now);
    if (draw(w, 3) > 0)
        put_record(w);
}

static void test_what_is_stored_is_sent(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 100; seed++) {
        world *w = calloc(1, sizeof *w);
        assert_non_null(w);
        w->seed = seed * 2654435761u;
        begin(w);
        ohm_mono_ms now = { 0 };
        for (int step = 0; step < 150; step++, now.v++) {
            if (draw(w, 3) == 0)
                fly(w, now);
            else
                note(w);
        }
        for (int step = 0; ohm_mirror_todo_oldest(&w->todo, OHM_STORE_TIME_MAX) != OHM_NO_MS;
             step++, now.v++) {
            assert_true(step < 2000); /* it comes to an end though it goes on losing */
            ohm_mirror_piece piece;
            ohm_mirror_todo_settle(&w->todo, 0, now);
            assert_true(ohm_mirror_todo_take(&w->todo, OHM_STORE_TIME_MAX, now, &piece));
            for (int m = 0; m < MINUTES; m++) {
                ohm_ms at_ms = base_ms + m * OHM_MINUTE_MS;
                if (at_ms >= piece.range.from_ms && at_ms < piece.range.to_ms)
                    w->there[piece.device][m] = w->stored[piece.device][m];
            }
            ohm_mirror_todo_done(&w->todo, now);
        }
        assert_memory_equal(w->there, w->stored, sizeof w->stored);
        free(w);
    }
}

static void test_years_without_a_reading_need_no_pieces(void **state)
{
    ohm_mirror_todo todo;
    ohm_mirror_piece piece;
    (void)state;
    ohm_mirror_todo_init(&todo);
    ohm_mirror_todo_device(&todo, 0, "h/z/d");
    assert_false(ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ 0 }, &piece));
    ohm_mirror_todo_extent(&todo, 0, (ohm_interval){ base_ms, base_ms + 40 * OHM_HOUR_MS });
    assert_int_equal(ohm_mirror_todo_oldest(&todo, OHM_STORE_TIME_MAX), base_ms);
    int pieces = 0;
    while (ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ 0 }, &piece)) {
        assert_true(piece.range.to_ms - piece.range.from_ms <= OHM_MIRROR_PIECE_MS);
        ohm_mirror_todo_done(&todo, (ohm_mono_ms){ 0 });
        pieces++;
    }
    assert_in_range(pieces, 2, 3);
}

static void test_the_future_waits(void **state)
{
    ohm_mirror_todo todo;
    ohm_mirror_piece piece;
    (void)state;
    ohm_mirror_todo_init(&todo);
    ohm_mirror_todo_device(&todo, 0, "h/z/d");
    ohm_mirror_todo_note(&todo, 0, base_ms);
    ohm_mirror_todo_note(&todo, 0,
                         base_ms + (ohm_ms)1000 * OHM_HOUR_MS); /* a meter's clock gone wrong */
    ohm_ms limit_ms = base_ms + OHM_HOUR_MS;
    assert_true(ohm_mirror_todo_take(&todo, limit_ms, (ohm_mono_ms){ 0 }, &piece));
    assert_int_equal(piece.range.to_ms, limit_ms);
    ohm_mirror_todo_done(&todo, (ohm_mono_ms){ 0 });
    assert_false(ohm_mirror_todo_take(&todo, limit_ms, (ohm_mono_ms){ 0 }, &piece));
    assert_int_equal(ohm_mirror_todo_oldest(&todo, limit_ms), OHM_NO_MS);
}

/* A late reading is compared with what is there; what was sent a moment ago does not show yet. */
static void test_late_pieces_wait_for_what_was_sent(void **state)
{
    ohm_mirror_todo todo;
    ohm_mirror_piece piece;
    const int64_t settle_ms = 5000;
    (void)state;
    ohm_mirror_todo_init(&todo);
    ohm_mirror_todo_device(&todo, 0, "h/z/d");
    ohm_mirror_todo_note(&todo, 0, base_ms);
    ohm_mirror_todo_note(&todo, 0, base_ms + 100);
    ohm_mirror_todo_settle(&todo, settle_ms, (ohm_mono_ms){ 10000 });
    assert_true(ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ 10000 }, &piece));
    ohm_mirror_todo_done(&todo, (ohm_mono_ms){ 15000 });
    ohm_mirror_todo_note(&todo, 0, base_ms + 50);
    for (int64_t now = 10001; now < 15000; now += 999) {
        ohm_mirror_todo_settle(&todo, settle_ms, (ohm_mono_ms){ now });
        assert_false(ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ now }, &piece));
    }
    ohm_mirror_todo_settle(&todo, settle_ms, (ohm_mono_ms){ 15000 });
    ohm_mirror_todo_settle(&todo, settle_ms, (ohm_mono_ms){ 20000 });
    assert_true(ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ 20000 }, &piece));
    assert_true(piece.late);
    assert_int_equal(piece.range.to_ms, base_ms + 101); /* never into the tail */
    ohm_mirror_todo_done(&todo, (ohm_mono_ms){ 25000 });
    ohm_mirror_todo_note(&todo, 0, base_ms + 60);
    assert_false(ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ 24999 }, &piece));
    assert_true(ohm_mirror_todo_take(&todo, OHM_STORE_TIME_MAX, (ohm_mono_ms){ 25000 }, &piece));
}

static void test_records_that_do_not_read(void **state)
{
    static const struct {
        const char *why, *record;
        ohm_code want;
    } rows[] = {
        { "nothing", "", OHM_OK },
        { "a device that is gone", "h/z/gone 1700000000000\n", OHM_OK },
        { "no time", "h/z/d\n", OHM_BAD_FORMAT },
        { "a time of no store", "h/z/d 12\n", OHM_BAD_FORMAT },
        { "half an interval", "h/z/d 1700000000000 1600000000000\n", OHM_BAD_FORMAT },
        { "backwards", "h/z/d 1700000000000 1600000000000-1500000000000\n", OHM_BAD_FORMAT },
        { "good", "h/z/d 1700000000000 1600000000000-1600003600000\n", OHM_OK },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mirror_todo todo;
        ohm_mirror_todo_init(&todo);
        ohm_mirror_todo_device(&todo, 0, "h/z/d");
        ohm_err err = ohm_mirror_todo_restore(&todo, ohm_span_text(rows[i].record));
        if (err.code != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
        bool good = i == 6;
        assert_int_equal(todo.places[0].through_ms,
                         good ? INT64_C(1700000000000) : OHM_STORE_TIME_MIN);
    }
}

/* --- what changed in the past ------------------------------------------------------------- */

static void test_changes_are_kept_by_device(void **state)
{
    char text[4 * OHM_CHANGE_LINE_MAX], more[4 * OHM_CHANGE_LINE_MAX];
    (void)state;
    size_t len = ohm_changes_add((ohm_span){ 0 }, ohm_span_text("h/z/a"),
                                 (ohm_interval){ 1000, 2000 }, text);
    len = ohm_changes_add(ohm_span_of(text, len), ohm_span_text("h/z/b b"), (ohm_interval){ 5, 6 },
                          more);
    len = ohm_changes_add(ohm_span_of(more, len), ohm_span_text("h/z/a"),
                          (ohm_interval){ 500, 1500 }, text);
    text[len] = '\0';
    assert_string_equal(text, "2 5 6 h/z/b b\n3 500 2000 h/z/a\n");
}

static void test_lines_of_changes_that_do_not_read(void **state)
{
    ohm_span text = ohm_span_text("x\n1 2\n1 2 3\n0 1 2 h/z/a\n1 2 2 h/z/a\n\n7 1 2 h/z/c\n9 1");
    ohm_change change;
    (void)state;
    assert_true(ohm_changes_next(&text, &change));
    assert_int_equal(change.number, 7);
    assert_true(ohm_span_is(change.device_key, "h/z/c"));
    assert_false(ohm_changes_next(&text, &change));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_names_that_are_no_series),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_floats_come_back),
        cmocka_unit_test(test_an_export_is_compared),
        cmocka_unit_test(test_exports_that_do_not_read),
        cmocka_unit_test(test_what_is_stored_is_sent),
        cmocka_unit_test(test_years_without_a_reading_need_no_pieces),
        cmocka_unit_test(test_the_future_waits),
        cmocka_unit_test(test_late_pieces_wait_for_what_was_sent),
        cmocka_unit_test(test_records_that_do_not_read),
        cmocka_unit_test(test_changes_are_kept_by_device),
        cmocka_unit_test(test_lines_of_changes_that_do_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
