/* Parts of the history that can't be read any more are looked for before somebody needs them. */
#include "store/look.h"

#include "store/chunk.h"
#include "store/history.h"
#include "store/query.h"
#include "store_fixture.h"

#define POWER  "home/ground/main/power_import"
#define ENERGY "home/ground/main/energy_import"

enum { POINTS = 9000 }; /* more than one chunk each */

static void set(const fixture *f, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 60000); /* the store's own thread may be at it */
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int64_t number(const fixture *f, const char *sql)
{
    sqlite3 *db;
    int64_t value = -1;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 60000);
    assert_int_equal(ohm_db_number(db, sql, &value).code, OHM_OK);
    sqlite3_close(db);
    return value;
}

static bool count_point(void *ctx, const ohm_point *point)
{
    (void)point;
    ++*(uint64_t *)ctx;
    return true;
}

static uint64_t readings_of(const fixture *f, const char *key)
{
    uint64_t n = 0;
    ohm_reader *reader = fixture_read(f);
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_query_points(reader, key, all, count_point, &n).code, OHM_OK);
    ohm_reader_close(reader);
    return n;
}

static void fill(const fixture *f)
{
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path };
    ohm_history_counts counts = { 0 };
    ohm_point *points = calloc(POINTS, sizeof *points);
    assert_non_null(points);
    for (int i = 0; i < POINTS; i++)
        points[i] = (ohm_point){ T0 - i * INT64_C(60000), 1000000 - i, OHM_QUALITY_GOOD };
    const ohm_history_run runs[] = { { POWER, points, POINTS }, { ENERGY, points, POINTS } };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, runs, 2, NULL, NULL, &counts).code, OHM_OK);
    ohm_history_close(h);
    free(points);
}

static void live(fixture *f)
{
    ohm_store_options options = { .path = f->path, .group_commit_ms = 3600000, .tidy_ms = 1 };
    ohm_store_close(f->store);
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
}

/* Waits for the store's own thread; the test's deadline is that of its runner. */
static void wait_for(const fixture *f, uint64_t damaged)
{
    while (ohm_store_counters_of(f->store).damaged != damaged)
        usleep(1000);
    assert_int_equal(number(f, "SELECT count(*) FROM damaged"), damaged);
}

#define LAST "(SELECT k FROM chunk ORDER BY k DESC LIMIT 1)"

/* Found by itself, known until it reads again, and nothing is touched. */
static void damage_is_looked_for(void **state)
{
    fixture *f = *state;
    fill(f);
    int64_t chunks = number(f, "SELECT count(*) FROM chunk");
    ohm_store_close(f->store);
    f->store = NULL;
    set(f, "UPDATE chunk SET data=CAST(X'ff'||substr(data,2) AS BLOB) WHERE k=" LAST);
    live(f);
    wait_for(f, 1);
    assert_int_equal(number(f, "SELECT place='found' AND k=" LAST " FROM damaged"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM chunk"), chunks);
    assert_int_equal(readings_of(f, POWER), POINTS);
    uint64_t left = readings_of(f, ENERGY);
    assert_true(left > 0 && left < POINTS);
    ohm_store_close(f->store);
    f->store = NULL;
    set(f, "UPDATE chunk SET data=CAST(X'01'||substr(data,2) AS BLOB) WHERE k=" LAST);
    live(f);
    while (number(f, "SELECT count(*) FROM damaged") != 0)
        usleep(1000);
    wait_for(f, 0);
    assert_int_equal(readings_of(f, ENERGY), POINTS);
}

/* What fills the hole puts the bytes aside: one part is damaged, not two. */
static void what_is_found_is_counted_once(void **state)
{
    fixture *f = *state;
    fill(f);
    ohm_store_close(f->store);
    f->store = NULL;
    set(f, "UPDATE chunk SET data=CAST(X'ff'||substr(data,2) AS BLOB) WHERE k=" LAST);
    live(f);
    wait_for(f, 1);
    fill(f);
    assert_int_equal(readings_of(f, ENERGY), POINTS);
    assert_int_equal(number(f, "SELECT count(*) FROM damaged WHERE place='chunk'"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM damaged WHERE place='found'"), 0);
}

/* A bite at a time, once through and then after a week. */
static void a_look_has_an_end(void **state)
{
    enum { CHUNKS = 40 };
    const fixture *f = *state;
    sqlite3 *db;
    ohm_look look = { 0 };
    bool more = true;
    int bites = 0;
    ohm_ms now_ms = T0;
    assert_int_equal(ohm_db_open_writer(f->path, &db).code, OHM_OK);
    for (int i = 1; i <= CHUNKS; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "INSERT INTO chunk VALUES(%lld,1,0,0,0,0,0,0,0,0,0,0,0,X'00')",
                 (long long)i << OHM_CHUNK_TIME_BITS);
        assert_int_equal(ohm_db_exec(db, sql).code, OHM_OK);
    }
    for (; ohm_look_is_due(&look, now_ms); bites++)
        assert_int_equal(ohm_look_bite(db, &look, now_ms, &more).code, OHM_OK);
    assert_int_equal(bites, 3);
    assert_false(more);
    assert_int_equal(number(f, "SELECT count(*) FROM damaged WHERE place='found'"), CHUNKS);
    now_ms += 7 * 24 * OHM_HOUR_MS - 1;
    assert_false(ohm_look_is_due(&look, now_ms));
    now_ms++;
    set(f, "DELETE FROM chunk WHERE k%2=0");
    set(f, "DELETE FROM chunk WHERE k>=(SELECT k FROM chunk ORDER BY k LIMIT 1 OFFSET 10)");
    while (ohm_look_is_due(&look, now_ms))
        assert_int_equal(ohm_look_bite(db, &look, now_ms, &more).code, OHM_OK);
    assert_int_equal(number(f, "SELECT count(*) FROM damaged WHERE place='found'"),
                     number(f, "SELECT count(*) FROM chunk"));
    sqlite3_close(db);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(damage_is_looked_for),
        WITH_STORE(what_is_found_is_counted_once),
        WITH_STORE(a_look_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
