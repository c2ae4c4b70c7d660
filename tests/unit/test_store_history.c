/* History: readings put in by importers, folded out of frames, erased, renamed, merged, and what
 * is then read of them in steps. */
#include "host/tzdata.h"
#include "store/history.h"
#include "store/query.h"
#include "store_fixture.h"

#define POWER  "home/ground/main/power_import"
#define ENERGY "home/ground/main/energy_import"

static ohm_history *open_history(const fixture *f, ohm_conflict conflict)
{
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path, .conflict = conflict };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    return h;
}

static ohm_history_counts add(const fixture *f, ohm_conflict conflict, const char *key,
                              const ohm_point *points, size_t n)
{
    ohm_history *h = open_history(f, conflict);
    ohm_history_counts counts = { 0 };
    ohm_history_run run = { key, points, n };
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    ohm_history_close(h);
    return counts;
}

typedef struct list {
    size_t count;
    ohm_point points[64];
} list;

static bool collect_point(void *ctx, const ohm_point *point)
{
    list *all = ctx;
    assert_true(all->count < sizeof all->points / sizeof *all->points);
    all->points[all->count++] = *point;
    return true;
}

static list points_of(const fixture *f, const char *key)
{
    list all = { 0 };
    ohm_reader *reader = fixture_read(f);
    ohm_interval range = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_query_points(reader, key, range, collect_point, &all).code, OHM_OK);
    assert_int_equal(ohm_reader_damaged_of(reader), 0);
    ohm_reader_close(reader);
    return all;
}

static bool count_point(void *ctx, const ohm_point *point)
{
    (void)point;
    ++*(size_t *)ctx;
    return true;
}

static size_t count_of(const fixture *f, const char *key)
{
    size_t n = 0;
    ohm_reader *reader = fixture_read(f);
    ohm_interval range = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    ohm_err err = ohm_query_points(reader, key, range, count_point, &n);
    ohm_reader_close(reader);
    return err.code == OHM_UNKNOWN ? SIZE_MAX : n;
}

static void import_counts_what_it_meets(void **state)
{
    const fixture *f = *state;
    const ohm_point first[] = {
        { T0 + 2000, 20, OHM_QUALITY_GOOD },
        { T0, 0, OHM_QUALITY_GOOD },
        { T0 + 9000, 90, OHM_QUALITY_ESTIMATED },
        { 5, 1, OHM_QUALITY_GOOD }, /* 1970 */
        { T0 + 1, 1, 4 },           /* no such quality */
        { T0 + 2000, 20, OHM_QUALITY_GOOD },
    };
    ohm_history_counts c = add(f, OHM_CONFLICT_KEEP, POWER, first, 6);
    assert_int_equal(c.added, 3);
    assert_int_equal(c.refused, 2);
    assert_int_equal(c.same, 1);
    c = add(f, OHM_CONFLICT_KEEP, POWER, first, 6); /* interrupted and begun again */
    assert_int_equal(c.added, 0);
    assert_int_equal(c.same, 4);

    const ohm_point second[] = {
        { T0, 7, OHM_QUALITY_GOOD },
        { T0 + 5000, 50, OHM_QUALITY_GOOD },
        { T0 + 10000, 100, OHM_QUALITY_GOOD },
    };
    c = add(f, OHM_CONFLICT_KEEP, POWER, second, 3);
    assert_int_equal(c.added, 2);
    assert_int_equal(c.overlaps, 1);
    assert_int_equal(c.conflicts, 1);
    list all = points_of(f, POWER);
    assert_int_equal(all.count, 5);
    assert_int_equal(all.points[0].value, 0);
    c = add(f, OHM_CONFLICT_REPLACE, POWER, second, 3);
    assert_int_equal(c.same, 2);
    all = points_of(f, POWER);
    assert_int_equal(all.points[0].value, 7);
    assert_int_equal(all.points[3].quality, OHM_QUALITY_ESTIMATED);

    const ohm_point twice[] = {
        { T0 + 20000, 1, OHM_QUALITY_GOOD },
        { T0 + 20000, 2, OHM_QUALITY_GOOD },
        { T0 + 20000, 3, OHM_QUALITY_GOOD },
    };
    c = add(f, OHM_CONFLICT_KEEP, POWER, twice, 3); /* the first one of a file stays, too */
    assert_int_equal(c.conflicts, 2);
    all = points_of(f, POWER);
    assert_int_equal(all.points[5].value, 1);
    c = add(f, OHM_CONFLICT_REPLACE, POWER, twice, 3);
    all = points_of(f, POWER);
    assert_int_equal(all.points[5].value, 3);
}

static void a_dry_run_writes_nothing(void **state)
{
    const fixture *f = *state;
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path, .dry_run = true };
    ohm_history_counts c = { 0 };
    const ohm_point one = { T0, 1, OHM_QUALITY_GOOD };
    ohm_history_run run = { POWER, &one, 1 };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, &run, 1, "import/x", "1", &c).code, OHM_OK);
    assert_int_equal(c.added, 1);
    ohm_history_close(h);
    assert_true(count_of(f, POWER) == SIZE_MAX); /* not even its name */
}

static void what_is_no_series_is_refused(void **state)
{
    const fixture *f = *state;
    static const struct {
        const char *why, *key;
        ohm_code want;
    } rows[] = {
        { "no quantity", "home/ground/main", OHM_BAD_FORMAT },
        { "five parts", "a/b/c/d/power", OHM_BAD_FORMAT },
        { "an empty part", "a//c/power", OHM_BAD_FORMAT },
        { "not in the table", "a/b/c/moonlight", OHM_UNKNOWN },
        { "a text", "a/b/c/meter_id", OHM_UNKNOWN },
    };
    ohm_history *h = open_history(f, OHM_CONFLICT_KEEP);
    const ohm_point one = { T0, 1, OHM_QUALITY_GOOD };
    ohm_history_counts c = { 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_history_run runs[] = { { POWER, &one, 1 }, { rows[i].key, &one, 1 } };
        ohm_err err = ohm_history_add(h, runs, 2, NULL, NULL, &c);
        if (err.code != rows[i].want || err.at != 1)
            fail_msg("%s: %s at %u", rows[i].why, err.what, err.at);
    }
    assert_int_equal(c.added, 0);
    ohm_history_close(h);
    assert_true(count_of(f, POWER) == SIZE_MAX); /* whole or not at all */
}

/* A frame is newer than what was imported for its instant, and what is imported after it meets
 * it too. */
static void frames_and_history_are_one(void **state)
{
    const fixture *f = *state;
    const ohm_point old[] = { { T0, 1, 0 }, { T0 + 1000, 2, 0 }, { T0 + 3000, 4, 0 } };
    add(f, OHM_CONFLICT_KEEP, POWER, old, 3);
    fixture_frame(f, T0 + 1000, OHM_Q_POWER_IMPORT, 20);
    fixture_frame(f, T0 + 2000, OHM_Q_POWER_IMPORT, 30);
    fixture_frame(f, T0 + 4000, OHM_Q_ENERGY_IMPORT, 5);
    fixture_commit(f);
    list all = points_of(f, POWER);
    assert_int_equal(all.count, 4);
    assert_int_equal(all.points[1].value, 20);
    assert_int_equal(all.points[2].value, 30);

    const ohm_point late[] = { { T0 + 2000, 31, 0 } };
    ohm_history_counts c = add(f, OHM_CONFLICT_KEEP, POWER, late, 1);
    assert_int_equal(c.conflicts, 1);
    list again = points_of(f, POWER);
    assert_int_equal(again.count, all.count);
    for (size_t i = 0; i < all.count; i++) /* field by field: a point has padding */
        assert_true(again.points[i].time_ms == all.points[i].time_ms &&
                    again.points[i].value == all.points[i].value &&
                    again.points[i].quality == all.points[i].quality);
    assert_int_equal(points_of(f, ENERGY).count, 1);
}

static void erasing(void **state)
{
    const fixture *f = *state;
    enum { N = 30000 };
    ohm_point *points = calloc(N, sizeof *points);
    assert_non_null(points);
    for (int i = 0; i < N; i++)
        points[i] = (ohm_point){ T0 + i * INT64_C(1000), i * 7919 % 1000, 0 };
    assert_int_equal(add(f, OHM_CONFLICT_KEEP, POWER, points, N).added, N);
    assert_int_equal(count_of(f, POWER), N);
    ohm_history *h = open_history(f, OHM_CONFLICT_KEEP);
    uint64_t erased = 0;
    ohm_interval middle = { T0 + 100000, T0 + 20000000 };
    assert_int_equal(ohm_history_erase(h, POWER, middle, &erased).code, OHM_OK);
    assert_int_equal(erased, 19900);
    assert_int_equal(count_of(f, POWER), N - 19900);
    assert_int_equal(ohm_history_erase(h, POWER, middle, &erased).code, OHM_OK);
    assert_int_equal(erased, 0);
    assert_int_equal(ohm_history_erase(h, ENERGY, middle, &erased).code, OHM_UNKNOWN);
    assert_int_equal(ohm_history_delete(h, POWER, &erased).code, OHM_OK);
    assert_int_equal(erased, N - 19900);
    assert_true(count_of(f, POWER) == SIZE_MAX);
    assert_int_equal(ohm_history_scrub(h).code, OHM_OK);
    ohm_history_close(h);
    free(points);
}

/* The daemon goes on writing under the old name, which becomes a new series. */
static void renaming_and_merging(void **state)
{
    const fixture *f = *state;
    const char *to = "home/cellar/old/power_import";
    ohm_history *h = open_history(f, OHM_CONFLICT_KEEP);
    ohm_history_counts c = { 0 };
    uint64_t erased;
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 1);
    fixture_commit(f);
    assert_int_equal(ohm_history_rename(h, POWER, "a/b/c/power_export").code, OHM_CONFLICT);
    assert_int_equal(ohm_history_rename(h, POWER, POWER).code, OHM_CONFLICT);
    assert_int_equal(ohm_history_rename(h, ENERGY, "a/b/c/energy_import").code, OHM_UNKNOWN);
    assert_int_equal(ohm_history_rename(h, POWER, to).code, OHM_OK);
    fixture_frame(f, T0 + 1000, OHM_Q_POWER_IMPORT, 2);
    fixture_commit(f);
    assert_int_equal(points_of(f, to).points[0].value, 1);
    assert_int_equal(points_of(f, POWER).points[0].value, 2);

    assert_int_equal(ohm_history_merge(h, to, to, &c).code, OHM_CONFLICT);
    assert_int_equal(ohm_history_merge(h, to, POWER, &c).code, OHM_OK);
    assert_int_equal(c.added, 1);
    assert_int_equal(points_of(f, POWER).count, 2);
    assert_true(count_of(f, to) == SIZE_MAX);
    assert_int_equal(ohm_history_delete(h, POWER, &erased).code, OHM_OK);
    fixture_frame(f, T0 + 2000, OHM_Q_POWER_IMPORT, 3);
    fixture_commit(f);
    assert_int_equal(points_of(f, POWER).points[0].value, 3);
    ohm_history_close(h);
}

/* --- steps -------------------------------------------------------------------------------- */

typedef struct slices {
    uint32_t count;
    ohm_slice items[500];
} slices;

static bool collect_slice(void *ctx, const ohm_slice *slice)
{
    slices *all = ctx;
    assert_true(all->count < sizeof all->items / sizeof *all->items);
    all->items[all->count++] = *slice;
    return true;
}

static slices steps(const fixture *f, const ohm_steps_query *query)
{
    slices all = { 0 };
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_query_steps(reader, query, collect_slice, &all).code, OHM_OK);
    ohm_reader_close(reader);
    return all;
}

static void energies_share_their_ends(void **state)
{
    const fixture *f = *state;
    const ohm_point register_wh[] = {
        { T0 - 5000, 100, 0 },  { T0 + 5000, 110, 0 }, { T0 + 10000, 112, 0 },
        { T0 + 25000, 142, 0 }, { T0 + 35000, 3, 0 }, /* another meter */
        { T0 + 45000, 9, 0 },
    };
    add(f, OHM_CONFLICT_KEEP, ENERGY, register_wh, 6);
    ohm_steps_query q = { .series_key = ENERGY,
                          .range = { T0, T0 + 60000 },
                          .step = { OHM_STEP_MS, 10000 } };
    slices s = steps(f, &q);
    static const struct {
        int64_t energy;
        uint8_t flags;
    } want[] = {
        { 7, OHM_SLICE_ENERGY | OHM_SLICE_MEAN | OHM_SLICE_INTERPOLATED },
        { 20, OHM_SLICE_ENERGY | OHM_SLICE_MEAN | OHM_SLICE_INTERPOLATED },
        { 10, OHM_SLICE_ENERGY | OHM_SLICE_MEAN | OHM_SLICE_INTERPOLATED },
        { 3, OHM_SLICE_ENERGY | OHM_SLICE_MEAN | OHM_SLICE_INTERPOLATED | OHM_SLICE_RESET },
        { 3, OHM_SLICE_ENERGY | OHM_SLICE_MEAN | OHM_SLICE_INTERPOLATED | OHM_SLICE_PARTIAL },
        { 0, OHM_SLICE_PARTIAL },
    };
    assert_int_equal(s.count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        if (s.items[i].energy != want[i].energy || s.items[i].flags != want[i].flags)
            fail_msg("step %u: energy %lld, flags %u", i, (long long)s.items[i].energy,
                     s.items[i].flags);
    }
    q.gap_ms = 8000; /* now the readings are far from each other */
    s = steps(f, &q);
    assert_true(s.items[0].flags & OHM_SLICE_ESTIMATED);
}

static void a_mean_is_weighted_by_time(void **state)
{
    const fixture *f = *state;
    const ohm_point watts[] = {
        { T0 - 1000, 1000, 0 }, { T0 + 9000, 0, 0 },    { T0 + 9500, 77, OHM_QUALITY_SUSPECT },
        { T0 + 10000, 500, 0 }, { T0 + 15000, 700, 0 }, /* and then nothing for hours */
        { T0 + 9000000, 1, 0 },
    };
    add(f, OHM_CONFLICT_KEEP, POWER, watts, 6);
    ohm_steps_query q = { .series_key = POWER,
                          .range = { T0, T0 + 30000 },
                          .step = { OHM_STEP_MS, 10000 } };
    slices s = steps(f, &q);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.items[0].mean, 900);
    assert_int_equal(s.items[0].count, 1);
    assert_int_equal(s.items[0].held_ms, 10000);
    assert_int_equal(s.items[1].mean, 500);
    assert_int_equal(s.items[1].held_ms, 5000);
    assert_int_equal(s.items[1].max, 700);
    assert_true(s.items[1].flags & OHM_SLICE_PARTIAL);
    assert_int_equal(s.items[2].count, 0);
    assert_int_equal(s.items[2].flags, OHM_SLICE_PARTIAL);
    q.step.ms = 30000;
    s = steps(f, &q);
    assert_int_equal(s.items[0].energy, (1000 * 9 + 500 * 5) / 3600);
}

/* Days of 23 and of 25 hours, months and years, as a calendar in Paris has them. */
static void civil_steps(void **state)
{
    const fixture *f = *state;
    static ohm_tz paris;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &paris).code, OHM_OK);
    enum { HOURS = 400 * 24 };
    ohm_point *points = calloc(HOURS, sizeof *points);
    assert_non_null(points);
    ohm_ms from = INT64_C(1767222000000); /* 2026-01-01 00:00 in Paris */
    for (int i = 0; i < HOURS; i++)
        points[i] = (ohm_point){ from + i * INT64_C(3600000), i * INT64_C(1000), 0 };
    add(f, OHM_CONFLICT_KEEP, ENERGY, points, HOURS);
    free(points);
    ohm_interval year = { from, from + INT64_C(365) * 86400000 };
    ohm_steps_query q = {
        .series_key = ENERGY, .range = year, .step = { .unit = OHM_STEP_DAY }, .tz = &paris
    };
    slices s = steps(f, &q);
    int64_t sum = 0;
    assert_int_equal(s.count, 365);
    for (uint32_t i = 0; i < s.count; i++) {
        int64_t hours = (s.items[i].to_ms - s.items[i].from_ms) / 3600000;
        assert_int_equal(hours, i == 87 ? 23 : i == 297 ? 25 : 24); /* 29 March, 25 October */
        assert_int_equal(s.items[i].energy, hours * 1000);
        sum += s.items[i].energy;
    }
    assert_int_equal(sum, 365 * 24000);
    static const struct {
        ohm_step_unit unit;
        uint32_t count;
        int64_t second; /* energy of the second step, kWh */
    } rows[] = { { OHM_STEP_MONTH, 12, 28 * 24 },
                 { OHM_STEP_WEEK, 53, 7 * 24 },
                 { OHM_STEP_YEAR, 1, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        q.step.unit = rows[i].unit;
        s = steps(f, &q);
        assert_int_equal(s.count, rows[i].count);
        if (s.count > 1)
            assert_int_equal(s.items[1].energy, rows[i].second * 1000);
    }
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void questions_that_are_none(void **state)
{
    const fixture *f = *state;
    const ohm_point one = { T0, 1, 0 };
    add(f, OHM_CONFLICT_KEEP, POWER, &one, 1);
    static const struct {
        const char *why, *key;
        ohm_interval range;
        ohm_step step;
        uint32_t rows_max;
        ohm_code want;
    } rows[] = {
        { "good", POWER, { T0, T0 + 9 }, { OHM_STEP_MS, 3 }, 3, OHM_OK },
        { "one too many", POWER, { T0, T0 + 10 }, { OHM_STEP_MS, 3 }, 3, OHM_TOO_BIG },
        { "days too many", POWER, { T0, T0 + 4 * 86400000 }, { OHM_STEP_DAY, 0 }, 3, OHM_TOO_BIG },
        { "no step", POWER, { T0, T0 + 9 }, { OHM_STEP_MS, 0 }, 3, OHM_RANGE },
        { "no range", POWER, { T0, T0 }, { OHM_STEP_DAY, 0 }, 3, OHM_RANGE },
        { "no calendar", POWER, { 0, T0 }, { OHM_STEP_YEAR, 0 }, 3, OHM_RANGE },
        { "no series", ENERGY, { T0, T0 + 9 }, { OHM_STEP_MS, 3 }, 3, OHM_UNKNOWN },
    };
    ohm_reader *reader = fixture_read(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        slices all = { 0 };
        ohm_steps_query q = { .series_key = rows[i].key,
                              .range = rows[i].range,
                              .step = rows[i].step,
                              .rows_max = rows[i].rows_max };
        ohm_err err = ohm_query_steps(reader, &q, collect_slice, &all);
        if (err.code != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err.what);
        q.cancelled = always;
        if (rows[i].want == OHM_OK)
            assert_int_equal(ohm_query_steps(reader, &q, collect_slice, &all).code, OHM_BUSY);
    }
    ohm_reader_close(reader);
}

static bool check_extent(void *ctx, const ohm_extent *extent)
{
    ++*(int *)ctx;
    assert_string_equal(extent->info.key, POWER);
    assert_int_equal(extent->count, 3);
    assert_int_equal(extent->first_ms, T0 - 1000);
    assert_int_equal(extent->last_ms, T0 + 1000);
    return true;
}

static bool check_latest(void *ctx, const ohm_latest *latest)
{
    ++*(int *)ctx;
    if (strcmp(latest->info.key, POWER) == 0)
        assert_int_equal(latest->point.value, 3);
    else
        assert_int_equal(latest->point.value, latest->info.key[11] ? 1 : 9);
    return true;
}

static void what_there_is(void **state)
{
    const fixture *f = *state;
    const ohm_point old[] = { { T0 - 1000, 1, 0 }, { T0, 2, OHM_QUALITY_SUSPECT } };
    const ohm_point one = { T0, 9, 0 };
    add(f, OHM_CONFLICT_KEEP, POWER, old, 2);
    add(f, OHM_CONFLICT_KEEP, "a/b/c/power", &one, 1);
    add(f, OHM_CONFLICT_KEEP, "a/b/c/power_export", &old[0], 1);
    fixture_frame(f, T0 + 1000, OHM_Q_POWER_IMPORT, 3);
    fixture_commit(f);
    ohm_reader *reader = fixture_read(f);
    int n = 0;
    assert_int_equal(ohm_query_extents(reader, "home/", check_extent, &n).code, OHM_OK);
    assert_int_equal(n, 1);
    n = 0;
    assert_int_equal(ohm_query_latest(reader, check_latest, &n).code, OHM_OK);
    assert_int_equal(n, 3);
    ohm_ms first_ms = 0;
    assert_int_equal(ohm_query_first(reader, "a/b/c/power", &first_ms).code, OHM_OK);
    assert_int_equal(first_ms, T0);
    assert_int_equal(ohm_query_first(reader, "a/b/c/pow", &first_ms).code, OHM_OK);
    assert_int_equal(first_ms, OHM_NO_MS);
    ohm_reader_close(reader);
}

static bool count_latest(void *ctx, const ohm_latest *latest)
{
    uint32_t *n = ctx;
    *n += latest->point.value == 7;
    return true;
}

/* A neighbourhood: ten thousand series in one file. */
static void ten_thousand_series(void **state)
{
    const fixture *f = *state;
    enum { QUANTITIES = 25, DEVICES = 400, DEVICES_SANITIZED = 40 };
    int devices = getenv("OHM_SANITIZED") ? DEVICES_SANITIZED : DEVICES;
    static char keys[QUANTITIES][OHM_SERIES_KEY_MAX];
    ohm_history *h = open_history(f, OHM_CONFLICT_KEEP);
    const ohm_point points[] = { { T0, 3, 0 }, { T0 + 60000, 7, 0 } };
    ohm_history_counts c = { 0 };
    for (int d = 0; d < devices; d++) {
        ohm_history_run runs[QUANTITIES];
        for (int i = 0; i < QUANTITIES; i++) {
            ohm_quantity_id q = (ohm_quantity_id)(OHM_Q_POWER_IMPORT + i);
            snprintf(keys[i], sizeof keys[i], "town/street/m%d/%s", d, ohm_quantity_get(q)->name);
            runs[i] = (ohm_history_run){ keys[i], points, 2 };
        }
        assert_int_equal(ohm_history_add(h, runs, QUANTITIES, NULL, NULL, &c).code, OHM_OK);
    }
    ohm_history_close(h);
    uint32_t n = 0;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_query_latest(reader, count_latest, &n).code, OHM_OK);
    assert_int_equal(n, QUANTITIES * devices);
    ohm_reader_close(reader);
    assert_int_equal(points_of(f, "town/street/m39/power_import").points[0].value, 3);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

static void what_was_recorded_is_forgotten(void **state)
{
    fixture *f = *state;
    for (uint64_t i = 1; i <= 3; i++) { /* a row each */
        assert_int_equal(ohm_store_event(f->store, i, T0 + (ohm_ms)i * 1000, ohm_span_text("e")),
                         OHM_OK);
        fixture_commit(f);
    }
    ohm_history *h = NULL;
    const ohm_history_options options = { .path = f->path };
    uint64_t rows = 0;
    ohm_store_seqs seqs;
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_forget_events(h, T0 + 2500, &rows).code, OHM_OK);
    assert_int_equal(rows, 2);
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_seqs(reader, &seqs).code, OHM_OK);
    assert_int_equal(seqs.event, 3);
    ohm_reader_close(reader);
    assert_int_equal(ohm_history_forget_events(h, OHM_STORE_TIME_MAX, &rows).code, OHM_OK);
    assert_int_equal(rows, 1);
    ohm_history_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(import_counts_what_it_meets),
        WITH_STORE(a_dry_run_writes_nothing),
        WITH_STORE(what_is_no_series_is_refused),
        WITH_STORE(frames_and_history_are_one),
        WITH_STORE(erasing),
        WITH_STORE(what_was_recorded_is_forgotten),
        WITH_STORE(renaming_and_merging),
        WITH_STORE(energies_share_their_ends),
        WITH_STORE(a_mean_is_weighted_by_time),
        WITH_STORE(civil_steps),
        WITH_STORE(questions_that_are_none),
        WITH_STORE(what_there_is),
        WITH_STORE(ten_thousand_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
