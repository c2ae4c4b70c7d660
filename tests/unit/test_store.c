#include "store/store.h"

#include <errno.h>
#include <sys/stat.h>

#include "store_fixture.h"

#define POWER  "home/ground/main/power_import"
#define ENERGY "home/ground/main/energy_import"

static buckets got; /* too big for the stack of a sanitized build */

static ohm_err range(const fixture *f, const char *key, ohm_ms from, ohm_ms to, int64_t step)
{
    got.count = 0;
    ohm_reader *reader = fixture_read(f);
    ohm_err err =
        ohm_reader_range(reader, key, (ohm_interval){ from, to }, step, collect_bucket, &got);
    assert_int_equal(ohm_reader_damaged_of(reader), 0);
    ohm_reader_close(reader);
    return err;
}

static void the_file_is_private_and_opens_again(void **state)
{
    fixture *f = *state;
    struct stat st;
    char side[80];
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 12);
    fixture_commit(f);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    snprintf(side, sizeof side, "%s-wal", f->path);
    assert_int_equal(stat(side, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);

    assert_int_equal(chmod(f->path, 0644), 0);
    fixture_reopen(f);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void one_serve_a_folder(void **state)
{
    fixture *f = *state;
    ohm_store *first = NULL, *second = NULL;
    ohm_postgres_config place;
    ohm_store_options options = { .path = f->path,
                                  .exclusive = true,
                                  .postgres = fixture_place(f, &place) };
    assert_int_equal(ohm_store_open(&options, &first).code, OHM_OK);
    assert_int_equal(ohm_store_open(&options, &second).code, OHM_BUSY);
    ohm_store_close(first);
    assert_int_equal(ohm_store_open(&options, &second).code, OHM_OK);
    ohm_store_close(second);
}

static void a_missing_folder_is_named(void **state)
{
    (void)state;
    ohm_store *store = NULL;
    ohm_store_options options = { .path = "/tmp/ohm_no_such_folder/x/ohmstead.db" };
    ohm_err err = ohm_store_open(&options, &store);
    assert_int_equal(err.code, OHM_UNKNOWN);
    assert_int_equal(err.at, ENOENT);
    ohm_reader *reader = NULL;
    assert_int_equal(ohm_reader_open(options.path, &reader).code, OHM_UNKNOWN);
    assert_null(store);
    assert_null(reader);
}

static void devices_have_one_name(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *why, *name;
        uint16_t device;
        ohm_code code;
    } rows[] = {
        { "another device", "home/ground/solar", 1, OHM_OK },
        { "the same again", "home/ground/solar", 1, OHM_OK },
        { "another name for it", "home/ground/other", 1, OHM_CONFLICT },
        { "no zone", "home/main", 2, OHM_BAD_FORMAT },
        { "an empty part", "home//main", 2, OHM_BAD_FORMAT },
        { "an empty end", "home/ground/", 2, OHM_BAD_FORMAT },
        { "too many parts", "a/b/c/d", 2, OHM_BAD_FORMAT },
        { "an index too high", "a/b/c", OHM_DEVICES_MAX, OHM_RANGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_store_set_device(f->store, rows[i].device, rows[i].name).code != rows[i].code)
            fail_msg("%s", rows[i].why);
}

static void bad_frames_are_refused(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *why;
        uint16_t device, count, quantity;
        uint8_t quality;
        ohm_ms time_ms;
        ohm_code code;
    } rows[] = {
        { "good", 0, 1, OHM_Q_POWER, 0, T0, OHM_OK },
        { "nothing said", 0, 0, OHM_Q_POWER, 0, T0, OHM_OK },
        { "a device without a name", 7, 1, OHM_Q_POWER, 0, T0, OHM_UNKNOWN },
        { "no such device", OHM_DEVICES_MAX, 1, OHM_Q_POWER, 0, T0, OHM_UNKNOWN },
        { "too many values", 0, OHM_FRAME_VALUES_MAX + 1, OHM_Q_POWER, 0, T0, OHM_RANGE },
        { "no quantity", 0, 1, OHM_Q_NONE, 0, T0, OHM_RANGE },
        { "a text", 0, 1, OHM_Q_METER_ID, 0, T0, OHM_RANGE },
        { "beyond the table", 0, 1, OHM_QUANTITIES_COUNT, 0, T0, OHM_RANGE },
        { "no such quality", 0, 1, OHM_Q_POWER, 4, T0, OHM_RANGE },
        { "a clock at 1970", 0, 1, OHM_Q_POWER, 0, 5000, OHM_RANGE },
        { "before time", 0, 1, OHM_Q_POWER, 0, OHM_NO_MS, OHM_RANGE },
        { "after 2100", 0, 1, OHM_Q_POWER, 0, OHM_STORE_TIME_MAX, OHM_RANGE },
        { "the last instant", 0, 1, OHM_Q_POWER, 0, OHM_STORE_TIME_MAX - 1, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_frame frame = { .device = rows[i].device,
                            .count = rows[i].count,
                            .time_ms = rows[i].time_ms };
        frame.values[0] = (ohm_value){ rows[i].quantity, rows[i].quality, 1 };
        ohm_code code = ohm_store_frame(f->store, &frame);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
    fixture_commit(f);
    assert_int_equal(ohm_store_counters_of(f->store).frames, 2);
}

static void raw_readings_come_back_in_order(void **state)
{
    fixture *f = *state;
    fixture_frame(f, T0 + 2000, OHM_Q_POWER_IMPORT, -5);
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, INT64_MAX); /* late: kept in its place */
    fixture_frame(f, T0 + 1000, OHM_Q_POWER_IMPORT, INT64_MIN);
    fixture_frame(f, T0 + 1500, OHM_Q_VOLTAGE_L1, 23010);
    assert_int_equal(range(f, POWER, T0, T0 + 9000, 0).code, OHM_UNKNOWN); /* not committed */
    fixture_commit(f);

    assert_int_equal(range(f, POWER, T0, T0 + 9000, 0).code, OHM_OK);
    assert_int_equal(got.count, 3);
    assert_true(got.items[0].from_ms == T0 && got.items[0].last == INT64_MAX);
    assert_true(got.items[1].from_ms == T0 + 1000 && got.items[1].mean == INT64_MIN);
    assert_true(got.items[2].from_ms == T0 + 2000 && got.items[2].max == -5);

    assert_int_equal(range(f, POWER, T0 + 1, T0 + 2000, 0).code, OHM_OK); /* half open */
    assert_int_equal(got.count, 1);
    assert_int_equal(range(f, "home/ground/main/power_export", T0, T0 + 1, 0).code, OHM_UNKNOWN);
    assert_int_equal(range(f, "home/ground/other/power_import", T0, T0 + 1, 0).code, OHM_UNKNOWN);
    assert_int_equal(range(f, "nonsense", T0, T0 + 1, 0).code, OHM_UNKNOWN);
}

static void messages_of_one_instant_become_one_row(void **state)
{
    fixture *f = *state;
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 10);
    fixture_frame(f, T0, OHM_Q_VOLTAGE_L1, 23000); /* the list's second part */
    fixture_commit(f);
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 11); /* said again, later: wins */
    ohm_frame twice = { .device = 0, .count = 2, .time_ms = T0 + 1 };
    twice.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, 1 };
    twice.values[1] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_ESTIMATED, 2 };
    assert_int_equal(ohm_store_frame(f->store, &twice), OHM_OK);
    fixture_commit(f);

    assert_int_equal(range(f, POWER, T0, T0 + 2, 0).code, OHM_OK);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.items[0].last, 11);
    assert_int_equal(got.items[1].last, 2);
    assert_int_equal(got.items[1].quality, OHM_QUALITY_ESTIMATED);
    assert_int_equal(range(f, "home/ground/main/voltage_l1", T0, T0 + 2, 0).code, OHM_OK);
    assert_int_equal(got.count, 1);
    assert_int_equal(ohm_store_counters_of(f->store).merged_frames, 2);
}

static void steps_aggregate_and_show_gaps(void **state)
{
    fixture *f = *state;
    static const struct {
        ohm_ms at;
        int64_t power;
        uint8_t quality;
    } said[] = {
        { 0, 10, OHM_QUALITY_GOOD },         { 500, 11, OHM_QUALITY_UNAUTHENTICATED },
        { 999, 30, OHM_QUALITY_GOOD },       { 2000, -1, OHM_QUALITY_GOOD },
        { 2001, -2, OHM_QUALITY_GOOD },      { 2002, 9999, OHM_QUALITY_SUSPECT },
        { 4000, 9999, OHM_QUALITY_SUSPECT }, { 5000, 3, OHM_QUALITY_GOOD },
        { 5001, 4, OHM_QUALITY_GOOD },
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        ohm_frame frame = { .device = 0, .count = 2, .time_ms = T0 + said[i].at };
        frame.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, said[i].quality, said[i].power };
        frame.values[1] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, 1000 + (int64_t)i };
        assert_int_equal(ohm_store_frame(f->store, &frame), OHM_OK);
    }
    fixture_commit(f);
    assert_int_equal(range(f, POWER, T0, T0 + 5500, 1000).code, OHM_OK);
    assert_int_equal(got.count, 6);
    static const ohm_bucket want[] = {
        { T0, 3, OHM_QUALITY_UNAUTHENTICATED, 17, 10, 30, 30 },
        { T0 + 1000, 0, 0, 0, 0, 0, 0 },
        { T0 + 2000, 2, OHM_QUALITY_GOOD, -2, -2, -1, -2 }, /* -1.5 goes away from zero */
        { T0 + 3000, 0, 0, 0, 0, 0, 0 },
        { T0 + 4000, 0, 0, 0, 0, 0, 0 }, /* a suspect value is none */
        { T0 + 5000, 2, OHM_QUALITY_GOOD, 4, 3, 4, 4 },
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const ohm_bucket *a = &got.items[i], *b = &want[i];
        if (a->from_ms != b->from_ms || a->count != b->count || a->quality != b->quality ||
            a->mean != b->mean || a->min != b->min || a->max != b->max || a->last != b->last)
            fail_msg("step %zu: count %u mean %lld", i, a->count, (long long)a->mean);
    }
    assert_int_equal(range(f, ENERGY, T0, T0 + 1000, 1000).code, OHM_OK);
    assert_int_equal(got.items[0].mean, 1002); /* a register: its last */
    assert_int_equal(range(f, ENERGY, T0 - 5000, T0 - 1000, 1000).code, OHM_OK);
    assert_int_equal(got.count, 4);
    assert_int_equal(got.items[3].count, 0);
}

static void ranges_have_bounds(void **state)
{
    fixture *f = *state;
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 1);
    fixture_commit(f);
    static const struct {
        const char *why;
        ohm_ms from, to;
        int64_t step;
        ohm_code code;
    } rows[] = {
        { "as many steps as allowed", T0, T0 + 10000, 1, OHM_OK },
        { "one too many", T0, T0 + 10001, 1, OHM_TOO_BIG },
        { "empty", T0, T0, 1, OHM_RANGE },
        { "backwards", T0, T0 - 1, 1, OHM_RANGE },
        { "a negative step", T0, T0 + 1, -1, OHM_RANGE },
        { "from the beginning of numbers", INT64_MIN, T0, 0, OHM_RANGE },
        { "long before 2000, raw", -1000, T0 + 1, 0, OHM_OK },
        { "all times in one step", 0, INT64_MAX / 2, INT64_MAX, OHM_OK },
        { "after 2100", OHM_STORE_TIME_MAX, OHM_STORE_TIME_MAX + 5, 1, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_code code = range(f, POWER, rows[i].from, rows[i].to, rows[i].step).code;
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
    for (int i = 1; i <= OHM_BUCKETS_MAX; i++) {
        fixture_frame(f, T0 + i, OHM_Q_POWER_IMPORT, i);
        if (i % 1000 == 0)
            fixture_commit(f);
    }
    assert_int_equal(range(f, POWER, T0, T0 + OHM_BUCKETS_MAX, 0).code, OHM_OK);
    assert_int_equal(got.count, OHM_BUCKETS_MAX);
    assert_int_equal(range(f, POWER, T0, T0 + OHM_BUCKETS_MAX + 1, 0).code, OHM_TOO_BIG);
}

static void the_last_reading_is_found(void **state)
{
    fixture *f = *state;
    ohm_bucket last;
    assert_int_equal(ohm_store_set_device(f->store, 1, "home/ground/solar").code, OHM_OK);
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 1);
    fixture_frame(f, T0 + 1000, OHM_Q_POWER_IMPORT, 2);
    fixture_frame(f, T0 + 2000, OHM_Q_VOLTAGE_L1, 3);
    ohm_frame other = { .device = 1, .count = 1, .time_ms = T0 + 3000 };
    other.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, 4 };
    assert_int_equal(ohm_store_frame(f->store, &other), OHM_OK);
    fixture_commit(f);
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_last(reader, POWER, T0, &last).code, OHM_OK);
    assert_true(last.from_ms == T0 + 1000 && last.last == 2 && last.count == 1);
    assert_int_equal(ohm_reader_last(reader, POWER, T0 + 1001, &last).code, OHM_END);
    assert_int_equal(ohm_reader_last(reader, "x", T0, &last).code, OHM_UNKNOWN);
    ohm_reader_close(reader);
}

typedef struct series_list {
    int count;
    ohm_series_info items[8];
} series_list;

static bool collect_series(void *ctx, const ohm_series_info *info)
{
    series_list *list = ctx;
    list->items[list->count++] = *info;
    return list->count < 3;
}

static void series_are_listed_by_key(void **state)
{
    fixture *f = *state;
    fixture_frame(f, T0, OHM_Q_VOLTAGE_L1, 1);
    fixture_frame(f, T0, OHM_Q_ENERGY_IMPORT, 1);
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 1);
    fixture_frame(f, T0, OHM_Q_POWER_EXPORT, 1);
    fixture_commit(f);
    series_list list = { 0 };
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_series(reader, collect_series, &list).code, OHM_OK);
    assert_int_equal(list.count, 3); /* the callback had enough */
    assert_string_equal(list.items[0].key, ENERGY);
    assert_int_equal(list.items[0].quantity, OHM_Q_ENERGY_IMPORT);
    assert_string_equal(list.items[1].key, "home/ground/main/power_export");
    assert_string_equal(list.items[2].key, POWER);
    ohm_reader_close(reader);
}

static void doctor_sees_size_and_health(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 100; i++)
        fixture_frame(f, T0 + i, OHM_Q_POWER_IMPORT, i);
    fixture_commit(f);
    ohm_reader *reader = fixture_read(f);
    ohm_store_size size;
    char detail[100];
    assert_int_equal(ohm_reader_size(reader, &size).code, OHM_OK);
    assert_int_equal(size.frames_count, 100);
    assert_true(size.db_bytes >= 4096 && size.wal_bytes > 0);
    assert_int_equal(ohm_reader_check(reader, detail, sizeof detail).code, OHM_OK);
    assert_string_equal(detail, "ok");
    ohm_reader_close(reader);
}

/* What tells a reader that what it knows may be old. */
static void the_version_changes_with_every_commit_and_nothing_else(void **state)
{
    fixture *f = *state;
    int64_t before, after;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_version(reader, &before).code, OHM_OK);
    assert_int_equal(ohm_reader_version(reader, &after).code, OHM_OK);
    assert_int_equal(after, before);
    for (int i = 0; i < 20; i++) { /* however close together */
        const char value = (char)('a' + i);
        assert_int_equal(ohm_store_put_wait(f->store, "web.x", ohm_span_of(&value, 1)).code,
                         OHM_OK);
        assert_int_equal(ohm_reader_version(reader, &after).code, OHM_OK);
        assert_int_not_equal(after, before);
        before = after;
    }
    ohm_store *other = fixture_open(f); /* as a verb beside the daemon */
    assert_int_equal(ohm_store_put_wait(other, "web.x", ohm_span_text("b")).code, OHM_OK);
    assert_int_equal(ohm_reader_version(reader, &after).code, OHM_OK);
    assert_int_not_equal(after, before);
    before = after;
    ohm_store_close(other);
    uint8_t *bytes;
    size_t len;
    assert_int_equal(ohm_reader_get(reader, "web.x", &bytes, &len).code, OHM_OK);
    free(bytes);
    assert_int_equal(ohm_reader_version(reader, &after).code, OHM_OK);
    assert_int_equal(after, before);
    ohm_reader_close(reader);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(the_file_is_private_and_opens_again),
        WITH_STORE(one_serve_a_folder),
        cmocka_unit_test(a_missing_folder_is_named),
        WITH_STORE(devices_have_one_name),
        WITH_STORE(bad_frames_are_refused),
        WITH_STORE(raw_readings_come_back_in_order),
        WITH_STORE(messages_of_one_instant_become_one_row),
        WITH_STORE(steps_aggregate_and_show_gaps),
        WITH_STORE(ranges_have_bounds),
        WITH_STORE(the_last_reading_is_found),
        WITH_STORE(series_are_listed_by_key),
        WITH_STORE(doctor_sees_size_and_health),
        WITH_STORE(the_version_changes_with_every_commit_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
