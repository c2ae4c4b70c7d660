/* Wrong readings of a register among good ones: which they are, and that no energy comes of them.
 */
#include "store/history.h"
#include "store/query.h"
#include "store/stray.h"
#include "store_fixture.h"

#define ENERGY "home/ground/main/energy_import"

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

static void add(const fixture *f, const ohm_point *points, size_t n)
{
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path, .conflict = OHM_CONFLICT_REPLACE };
    ohm_history_counts counts = { 0 };
    ohm_history_run run = { ENERGY, points, n };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    ohm_history_close(h);
}

/* The register of each row is read every ten seconds. */
static void strays_are_told_from_another_meter(void **state)
{
    (void)state;
    static const struct {
        const char *why, *want; /* `x`: a stray */
        int64_t values[10];
    } rows[] = {
        { "it rises", ".........", { 5, 5, 6, 9, 9, 40, 41, 41, 50 } },
        { "one down", "...x.....", { 500, 501, 503, 3, 504, 505, 507, 507, 510 } },
        { "one up", "...x.....", { 500, 501, 503, 9000, 504, 505, 507, 507, 510 } },
        { "at the second", ".x.......", { 500, 3, 503, 503, 504, 505, 507, 507, 510 } },
        { "at the last but one", ".......x.", { 500, 501, 503, 503, 504, 505, 507, 0, 510 } },
        { "two down", "...xx....", { 500, 501, 503, 3, 4, 505, 507, 507, 510 } },
        { "two down, falling", "...xx....", { 500, 501, 503, 4, 3, 505, 507, 507, 510 } },
        { "two up", "...xx....", { 500, 501, 503, 9000, 9002, 505, 507, 507, 510 } },
        { "up, then down", "...xx....", { 500, 501, 503, 9000, 3, 505, 507, 507, 510 } },
        { "down, then up", "...xx....", { 500, 501, 503, 3, 9000, 505, 507, 507, 510 } },
        { "down, good, up", "..x.x....", { 500, 501, 3, 502, 900, 505, 507, 507, 510 } },
        { "as long as nothing is used", "..x.x....", { 9, 9, 8, 9, 8, 9, 9, 9, 9 } },
        { "three are a meter", ".........", { 500, 501, 503, 3, 4, 5, 507, 507, 510 } },
        { "another meter", ".........", { 500, 501, 503, 3, 4, 5, 7, 8, 8 } },
        { "it rolls over", ".........", { 99990, 99995, 99999, 3, 9, 15, 20, 22, 30 } },
        { "a new one passes the old", ".........", { 100, 110, 120, 0, 9, 100, 110, 121, 130 } },
        { "it goes on as fast", ".........", { 0, 100, 200, 150, 250, 350, 450, 550, 650 } },
        { "soon as far as the old", ".........", { 0, 10, 40, 0, 50, 90, 120, 150, 190 } },
        { "the first, the last", ".........", { 9000, 501, 503, 503, 504, 505, 507, 507, 3 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_point points[9];
        char got[10] = "";
        for (int k = 0; k < 9; k++)
            points[k] = (ohm_point){ T0 + k * INT64_C(10000), rows[i].values[k], 0 };
        for (size_t k = 0; k < 9; k++)
            got[k] = ohm_stray_is(points, 9, k) ? 'x' : '.';
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].why, got, rows[i].want);
    }
}

static void check_gained(const fixture *f, ohm_steps_query *q, int64_t want, int stray)
{
    static const int64_t lengths[] = { 400000, 7000, 95000 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        q->step.ms = lengths[i];
        slices s = steps(f, q);
        int64_t sum = 0;
        for (uint32_t k = 0; k < s.count; k++) {
            const ohm_slice *one = &s.items[k];
            ohm_ms at_ms = T0 + stray * INT64_C(10000);
            sum += one->energy;
            assert_false(one->flags & OHM_SLICE_RESET);
            if (one->flags & OHM_SLICE_ENERGY && one->from_ms <= at_ms && one->to_ms > at_ms)
                assert_true(one->flags & OHM_SLICE_STRAY);
        }
        if (sum != want)
            fail_msg("stray %d, steps of %lld: %lld", stray, (long long)lengths[i], (long long)sum);
    }
}

/* Wherever one reading is wrong, in a chunk or a frame: energy is the register's difference. */
static void one_stray_is_no_energy(void **state)
{
    enum { N = 41 };
    const fixture *f = *state;
    ohm_point points[N];
    for (int i = 0; i < N; i++)
        points[i] = (ohm_point){ T0 + i * INT64_C(10000), 50000 + i * 7 + i % 3, 0 };
    ohm_steps_query q = { .series_key = ENERGY, .range = { T0, T0 + 410000 } };
    int64_t want = points[N - 1].value - points[0].value;
    for (int at = 1; at < N - 1; at += 6) {
        const int64_t good = points[at].value;
        points[at].value = at % 4 == 1 ? 3 : 99000000;
        add(f, points, N);
        check_gained(f, &q, want, at);
        points[at].value = good;
    }
    add(f, points, N);
    fixture_frame(f, T0 + 200000, OHM_Q_ENERGY_IMPORT, 1);
    for (int i = 0; i < 30; i++) /* behind the chunk */
        fixture_frame(f, T0 + 400001 + i * 300, OHM_Q_ENERGY_IMPORT,
                      i == 20 ? 90000000 : points[N - 1].value);
    fixture_commit(f);
    check_gained(f, &q, want, 20);
    /* The range begins, and ends, at a stray. */
    q.range = (ohm_interval){ T0 + 200000, T0 + 406001 };
    check_gained(f, &q, points[N - 1].value - (points[19].value + points[21].value) / 2, 20);
}

/* Around instants: of chunks and frames, and never a stray. */
static void neighbours_are_found(void **state)
{
    enum { N = 200, STRAY = 50 };
    const fixture *f = *state;
    ohm_point points[N];
    for (int i = 0; i < N; i++)
        points[i] = (ohm_point){ T0 + i * INT64_C(10000), i == STRAY ? 3 : 50000 + i, 0 };
    add(f, points, N);
    const ohm_ms end = points[N - 1].time_ms;
    fixture_frame(f, end + 10000, OHM_Q_ENERGY_IMPORT, 60000);
    fixture_commit(f);
    const struct {
        const char *why;
        ohm_ms at_ms;
        int64_t before, after; /* -1: none */
        bool instead, there;
    } rows[] = {
        { "before all", T0 - 5, -1, 50000, false, false },
        { "the first", T0, -1, 50000, false, true },
        { "between", T0 + 105000, 50010, 50011, false, false },
        { "one that is there", T0 + 110000, 50010, 50011, false, true },
        { "as if it were not there", T0 + 110000, 50010, 50012, true, false },
        { "before the stray", T0 + STRAY * 10000 - 1, 50049, 50051, false, false },
        { "at the stray", T0 + STRAY * 10000, 50049, 50051, false, false },
        { "after the stray", T0 + STRAY * 10000 + 1, 50049, 50051, false, false },
        { "before the frame", end + 1, 50000 + N - 1, 60000, false, false },
        { "after all", end + 10001, 60000, -1, false, false },
    };
    ohm_reader *reader = fixture_read(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* Alone, and one of many. */
        const ohm_ms at_ms[] = { T0 - 10, rows[i].at_ms, end + 20000 };
        ohm_neighbours got[3];
        ohm_point earlier[2];
        for (int many = 0; many < 2; many++) {
            assert_int_equal(ohm_query_neighbours(reader, ENERGY, at_ms + !many, many ? 3 : 1,
                                                  rows[i].instead, got + !many, earlier)
                                 .code,
                             OHM_OK);
            const ohm_neighbours *g = &got[1];
            int64_t before = g->before.time_ms == OHM_NO_MS ? -1 : g->before.value;
            int64_t after = g->after.time_ms == OHM_NO_MS ? -1 : g->after.value;
            if (before != rows[i].before || after != rows[i].after || g->there != rows[i].there)
                fail_msg("%s: %lld, %lld", rows[i].why, (long long)before, (long long)after);
        }
        assert_int_equal(got[2].before.value, 60000);
        assert_true(got[2].after.time_ms == OHM_NO_MS);
        assert_int_equal(earlier[0].value, 50000 + N - 1);
        assert_true(earlier[0].time_ms == end);
    }
    ohm_neighbours none;
    ohm_point earlier[2];
    const ohm_ms at_ms = T0;
    assert_int_equal(
        ohm_query_neighbours(reader, "a/b/c/power_import", &at_ms, 1, false, &none, earlier).code,
        OHM_UNKNOWN);
    ohm_reader_close(reader);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strays_are_told_from_another_meter),
        WITH_STORE(one_stray_is_no_energy),
        WITH_STORE(neighbours_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
