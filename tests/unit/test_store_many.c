/* A building of ten thousand series: all are kept, found, folded and read, each for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/quantity.h"
#include "store/history.h"
#include "store/reader.h"
#include "store_folder.h"

#define T0 INT64_C(1795305600000)

enum { QUANTITIES = 20, SERIES = 500 * QUANTITIES, SERIES_SANITIZED = 100 * QUANTITIES };
enum { HOURS = 48, RUNS = 1000 };

static unsigned series_of_the_tower = SERIES;

static void name_of(unsigned n, char key[static OHM_SERIES_KEY_MAX])
{
    ohm_quantity_id quantity = (ohm_quantity_id)(OHM_Q_POWER_IMPORT + n % QUANTITIES);
    (void)snprintf(key, OHM_SERIES_KEY_MAX, "tower/flat%u/meter/%s", n / QUANTITIES,
                   ohm_quantity_get(quantity)->name);
}

/* No two series have the same readings. */
static int64_t value_of(unsigned n, int hour)
{
    return 1000 * (int64_t)n + hour;
}

static void add_all(ohm_history *history)
{
    static ohm_point points[RUNS][HOURS];
    static char keys[RUNS][OHM_SERIES_KEY_MAX];
    static ohm_history_run runs[RUNS];
    ohm_history_counts counts = { 0 };
    for (unsigned first = 0; first < series_of_the_tower; first += RUNS) {
        for (unsigned r = 0; r < RUNS; r++) {
            name_of(first + r, keys[r]);
            for (int h = 0; h < HOURS; h++)
                points[r][h] = (ohm_point){ T0 + h * (int64_t)OHM_HOUR_MS, value_of(first + r, h),
                                            OHM_QUALITY_GOOD };
            runs[r] = (ohm_history_run){ keys[r], points[r], HOURS };
        }
        assert_int_equal(ohm_history_add(history, runs, RUNS, NULL, NULL, &counts).code, OHM_OK);
    }
    assert_int_equal(counts.added, series_of_the_tower * HOURS);
}

static bool count_series(void *ctx, const ohm_series_info *info)
{
    (void)info;
    ++*(unsigned *)ctx;
    return true;
}

static bool check_hour(void *ctx, const ohm_bucket *bucket)
{
    int64_t *next = ctx; /* the value to come */
    assert_int_equal(bucket->last, *next);
    ++*next;
    return true;
}

static void each_is_itself(const char *path)
{
    ohm_reader *reader = NULL;
    assert_int_equal(ohm_reader_open(path, &reader).code, OHM_OK);
    unsigned count = 0;
    assert_int_equal(ohm_reader_series(reader, count_series, &count).code, OHM_OK);
    assert_int_equal(count, series_of_the_tower);
    const ohm_interval all = { T0, T0 + HOURS * (int64_t)OHM_HOUR_MS };
    for (unsigned n = 0; n < series_of_the_tower; n++) {
        char key[OHM_SERIES_KEY_MAX];
        ohm_bucket last;
        name_of(n, key);
        assert_int_equal(ohm_reader_last(reader, key, T0, &last).code, OHM_OK);
        assert_int_equal(last.last, value_of(n, HOURS - 1));
        if (n % 37)
            continue;
        int64_t next = value_of(n, 0);
        assert_int_equal(ohm_reader_range(reader, key, all, 0, check_hour, &next).code, OHM_OK);
        assert_int_equal(next, value_of(n, HOURS));
    }
    assert_int_equal(ohm_reader_damaged_of(reader), 0);
    ohm_reader_close(reader);
}

static void ten_thousand_series(void **state)
{
    (void)state;
    char folder[STORE_FOLDER_MAX], path[STORE_FOLDER_MAX + 16];
    assert_true(store_folder_make(folder));
    (void)snprintf(path, sizeof path, "%s/store.db", folder);
    ohm_history *history = NULL;
    ohm_history_options options = { .path = path };
    assert_int_equal(ohm_history_open(&options, &history).code, OHM_OK);
    add_all(history);
    each_is_itself(path);
    assert_int_equal(ohm_history_fold(history, T0 + INT64_C(10) * 24 * OHM_HOUR_MS).code, OHM_OK);
    each_is_itself(path);
    ohm_history_close(history);
    assert_true(store_folder_remove(folder));
}

int main(void)
{
    if (getenv("OHM_SANITIZED"))
        series_of_the_tower = SERIES_SANITIZED;
    const struct CMUnitTest tests[] = { cmocka_unit_test(ten_thousand_series) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
