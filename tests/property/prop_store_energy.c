/* The ledger of energy against a naive model: after any imports, corrections, live frames, folding
 * and erasing, each hour and each day's period is the difference of the register between its ends,
 * in a zone whose clocks change in between. Fixed seeds: a failure repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../unit/store_folder.h"
#include "host/tzdata.h"
#include "store/history.h"
#include "store/store.h"
#include "store/stray.h"

#define KEY  "home/ground/main/energy_import"
#define T0   INT64_C(1792706400000)       /* 2026-10-23 00:00 in Paris; 2026-10-25 has 25 hours */
#define TICK (INT64_C(7) * OHM_MINUTE_MS) /* between two instants of the model */

enum {
    INSTANTS = 1200, /* six days */
    OPERATIONS = 150,
    OPERATIONS_SANITIZED = 30,
};

typedef struct cell {
    bool known, stray;
    uint8_t quality;
    int64_t value;
} cell;

static cell line[INSTANTS];
static uint64_t seed;
static char path[64];
static ohm_tz paris;

static uint32_t dice(uint32_t sides) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) >> 16) % sides;
}

static ohm_ms time_of(uint32_t t)
{
    return T0 + t * TICK;
}

static ohm_ms local(ohm_date date, uint8_t hour, uint8_t minute)
{
    ohm_ms first_ms, last_ms;
    ohm_civil at = { .date = date, .hour = hour, .minute = minute };
    (void)ohm_civil_to_utc(&paris, at, &first_ms, &last_ms);
    return first_ms;
}

/* Off-peak until 06:30 and from 22:00 on. */
static uint16_t cut_day(void *ctx, ohm_date date,
                        ohm_energy_piece out[static OHM_ENERGY_PIECES_MAX])
{
    (void)ctx;
    out[0] = (ohm_energy_piece){ local(date, 0, 0), "hc" };
    out[1] = (ohm_energy_piece){ local(date, 6, 30), "hp" };
    out[2] = (ohm_energy_piece){ local(date, 22, 0), "hc" };
    return 3;
}

static const ohm_energy_plan plan = { .tz = &paris, .mark = "hp-hc", .day = cut_day };

/* --- operations ----------------------------------------------------------------------------- */

static cell any_cell(uint32_t t)
{
    cell c = { true, false, dice(20) ? OHM_QUALITY_GOOD : (uint8_t)dice(4), 0 };
    c.value = (int64_t)t * 40 + dice(40) - (dice(100) == 0 ? 20000 : 0);
    return c;
}

static void add(ohm_history *h, bool keep)
{
    static ohm_point points[INSTANTS];
    uint32_t from = dice(INSTANTS), n = 1 + dice(dice(3) ? 40 : INSTANTS);
    uint32_t stride = dice(3) ? 1 : 1 + dice(20);
    size_t count = 0;
    for (uint32_t t = from; t < INSTANTS && count < n; t += stride) {
        cell c = any_cell(t);
        points[count++] = (ohm_point){ time_of(t), c.value, c.quality };
        if (!keep || !line[t].known)
            line[t] = c;
    }
    ohm_history_counts counts = { 0 };
    ohm_history_run run = { KEY, points, count };
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
}

static void frames(void)
{
    ohm_store *store;
    ohm_store_options options = { .path = path, .group_commit_ms = 3600000 };
    uint32_t from = dice(INSTANTS), n = 1 + dice(60);
    assert_int_equal(ohm_store_open(&options, &store).code, OHM_OK);
    assert_int_equal(ohm_store_set_device(store, 0, "home/ground/main").code, OHM_OK);
    for (uint32_t t = from; t < INSTANTS && t < from + n; t++) {
        ohm_frame frame = { .device = 0, .count = 1, .time_ms = time_of(t) };
        line[t] = any_cell(t);
        frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, line[t].quality, line[t].value };
        assert_int_equal(ohm_store_frame(store, &frame), OHM_OK);
    }
    assert_int_equal(ohm_store_commit_wait(store).code, OHM_OK);
    ohm_store_close(store);
}

static void erase(ohm_history *h)
{
    uint64_t erased;
    uint32_t from = dice(INSTANTS), to = from + 1 + dice(INSTANTS / 4);
    for (uint32_t t = from; t < INSTANTS && t < to; t++)
        line[t].known = false;
    ohm_interval range = { time_of(from), time_of(to) };
    ohm_err err = ohm_history_erase(h, KEY, range, &erased);
    assert_true(err.code == OHM_OK || err.code == OHM_UNKNOWN);
}

static void operate(void)
{
    ohm_history *h;
    bool keep = dice(2);
    ohm_history_options options = { .path = path,
                                    .conflict = keep ? OHM_CONFLICT_KEEP : OHM_CONFLICT_REPLACE };
    if (dice(4) == 0)
        frames();
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    if (dice(4))
        add(h, keep);
    else
        erase(h);
    if (dice(2))
        assert_int_equal(ohm_history_fold(h, OHM_STORE_TIME_MAX).code, OHM_OK);
    if (dice(2)) /* rows of what is known so far, whatever follows */
        assert_int_equal(ohm_history_energy(h, &plan, dice(8) == 0).code, OHM_OK);
    ohm_history_close(h);
}

/* --- the model ------------------------------------------------------------------------------ */

static bool is_good(uint32_t t)
{
    return line[t].known && line[t].quality != OHM_QUALITY_SUSPECT;
}

static void mark_strays(void)
{
    static ohm_point points[INSTANTS];
    size_t count = 0, i = 0;
    for (uint32_t t = 0; t < INSTANTS; t++)
        if (is_good(t))
            points[count++] = (ohm_point){ time_of(t), line[t].value, line[t].quality };
    for (uint32_t t = 0; t < INSTANTS; t++)
        line[t].stray = is_good(t) && ohm_stray_is(points, count, i++);
}

static uint32_t next_good(uint32_t t)
{
    while (t < INSTANTS && (!is_good(t) || line[t].stray))
        t++;
    return t;
}

static uint32_t last_good(void)
{
    uint32_t t = INSTANTS;
    while (t > 0 && !is_good(t - 1))
        t--;
    return t; /* one behind it; 0: none */
}

/* What the register had gained at an instant. */
static int64_t gained(ohm_ms at_ms)
{
    int64_t sum = 0;
    for (uint32_t a = next_good(0), b; (b = next_good(a + 1)) < INSTANTS; a = b) {
        int64_t rise = line[b].value - line[a].value;
        if (time_of(a) >= at_ms)
            break;
        if (rise < 0)
            continue;
        ohm_ms until_ms = at_ms < time_of(b) ? at_ms : time_of(b);
        sum += rise * (until_ms - time_of(a)) / (time_of(b) - time_of(a));
    }
    return sum;
}

/* --- comparing ------------------------------------------------------------------------------ */

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    int64_t value = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
    sqlite3_finalize(stmt);
    return value;
}

static void compare_hours(sqlite3 *db)
{
    uint32_t first = next_good(0), last = last_good();
    ohm_ms at_ms = 0, end_ms = 0;
    if (last) {
        at_ms = time_of(first) - time_of(first) % OHM_HOUR_MS;
        end_ms = time_of(last - 1) - time_of(last - 1) % OHM_HOUR_MS;
    }
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT utc_ms, wh FROM energy_hour ORDER BY utc_ms",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; at_ms += OHM_HOUR_MS) {
        assert_int_equal(sqlite3_column_int64(stmt, 0), at_ms);
        assert_int_equal(sqlite3_column_int64(stmt, 1),
                         gained(at_ms + OHM_HOUR_MS) - gained(at_ms));
    }
    sqlite3_finalize(stmt);
    assert_true(at_ms == end_ms || (at_ms > end_ms && first == last - 1));
}

static void compare_days(sqlite3 *db)
{
    uint32_t last = last_good();
    ohm_ms end_ms = last ? time_of(last - 1) - time_of(last - 1) % OHM_HOUR_MS : 0;
    for (int i = -1; i < 8; i++) {
        char sql[160];
        ohm_date date = ohm_date_from_days(ohm_days_from_date((ohm_date){ 2026, 10, 23 }) + i);
        ohm_ms ends[4] = { local(date, 0, 0), local(date, 6, 30), local(date, 22, 0),
                           ohm_date_interval(&paris, date).to_ms };
        int64_t want[2] = { 0, 0 };
        for (int k = 0; k < 3; k++) {
            ohm_ms to_ms = ends[k + 1] < end_ms ? ends[k + 1] : end_ms;
            if (to_ms > ends[k])
                want[k == 1] += gained(to_ms) - gained(ends[k]);
        }
        for (int k = 0; k < 2; k++) {
            snprintf(sql, sizeof sql,
                     "SELECT coalesce(sum(wh),0) FROM energy_day WHERE date='2026-10-%02d'"
                     " AND period='%s'",
                     date.day, k ? "hp" : "hc");
            assert_int_equal(number(db, sql), want[k]);
        }
    }
}

static void compare(void)
{
    ohm_history *h;
    sqlite3 *db;
    const ohm_history_options options = { .path = path };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_fold(h, OHM_STORE_TIME_MAX).code, OHM_OK);
    assert_int_equal(ohm_history_energy(h, &plan, false).code, OHM_OK);
    ohm_history_close(h);
    mark_strays();
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM energy_changed"), 0);
    compare_hours(db);
    compare_days(db);
    assert_int_equal(number(db, "SELECT coalesce(sum(wh),0) FROM energy_day"),
                     number(db, "SELECT coalesce(sum(wh),0) FROM energy_hour"));
    sqlite3_close(db);
}

static void rows_are_the_differences_of_the_register(void **state)
{
    (void)state;
    char dir[STORE_FOLDER_MAX];
    bool sanitized = getenv("OHM_SANITIZED") != NULL;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &paris).code, OHM_OK);
    assert_true(store_folder_make(dir));
    (void)snprintf(path, sizeof path, "%s/ohmstead.db", dir);
    seed = 8420;
    for (int i = 0; i < (sanitized ? OPERATIONS_SANITIZED : OPERATIONS); i++) {
        operate();
        if (dice(3) == 0)
            compare();
    }
    compare();
    assert_true(store_folder_remove(dir));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_differences_of_the_register),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
