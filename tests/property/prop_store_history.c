/* Random operations on years of readings and on a naive model of them: imports, corrections,
 * live frames, folding, erasing, merging, on a disk that fails at any write, sync or allocation.
 * An operation that failed has happened whole or not at all; what is read, raw and in steps, is
 * what the model says. Fixed seeds: a failure repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/fault_vfs.h"
#include "../unit/store_folder.h"
#include "base/wide.h"
#include "store/history.h"
#include "store/query.h"
#include "store/store.h"
#include "store/stray.h"

#define T0   INT64_C(1795305600000)
#define TICK INT64_C(500) /* ms between two instants of the model */

enum {
    SERIES = 3,
    INSTANTS = 4000,
    OPERATIONS = 240,
    OPERATIONS_SANITIZED = 80,
};

static const char *const keys[SERIES] = { "home/ground/main/power_import",
                                          "home/ground/main/energy_import",
                                          "home/roof/solar/power_import" };
static const ohm_quantity_id quantities[SERIES] = { OHM_Q_POWER_IMPORT, OHM_Q_ENERGY_IMPORT,
                                                    OHM_Q_POWER_IMPORT };

typedef struct cell {
    bool known;
    uint8_t quality;
    int64_t value;
} cell;

typedef cell line[INSTANTS];
static line live[SERIES], after[SERIES]; /* `after`: when the operation at hand has happened */
static uint64_t seed;
static char path[64];

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

/* --- operations: each changes `after`, and the store as far as the disk lets it ---------- */

static ohm_err open_history(ohm_conflict conflict, ohm_history **ret)
{
    ohm_history_options options = { .path = path, .conflict = conflict };
    return ohm_history_open(&options, ret);
}

static cell any_cell(uint32_t s, uint32_t t, uint32_t style)
{
    cell c = { true, dice(20) ? OHM_QUALITY_GOOD : (uint8_t)dice(4), 0 };
    if (style == 0)
        c.value = (int64_t)((uint64_t)dice(UINT32_MAX) << 20 | dice(1 << 20)); /* incompressible */
    else
        c.value = s == 1 ? (int64_t)t * 3 + dice(2) - (dice(200) == 0 ? 5000 : 0) : dice(90);
    return c;
}

static ohm_err add(void)
{
    static ohm_point points[INSTANTS];
    uint32_t s = dice(SERIES), from = dice(INSTANTS), n = 1 + dice(dice(3) ? 40 : INSTANTS);
    uint32_t stride = dice(3) ? 1 : 1 + dice(5), style = dice(4);
    bool keep = dice(2);
    size_t count = 0;
    for (uint32_t t = from; t < INSTANTS && count < n; t += stride) {
        cell c = any_cell(s, t, style);
        points[count++] = (ohm_point){ time_of(t), c.value, c.quality };
        if (!keep || !after[s][t].known)
            after[s][t] = c;
    }
    ohm_history *h;
    ohm_history_counts counts = { 0 };
    ohm_history_run run = { keys[s], points, count };
    OHM_TRY(open_history(keep ? OHM_CONFLICT_KEEP : OHM_CONFLICT_REPLACE, &h));
    ohm_err err = ohm_history_add(h, &run, 1, "import/test", "1", &counts);
    ohm_history_close(h);
    return err;
}

static ohm_err frames(void)
{
    ohm_store *store;
    ohm_store_options options = { .path = path, .group_commit_ms = 3600000 };
    uint32_t s = dice(SERIES), from = dice(INSTANTS), n = 1 + dice(60);
    OHM_TRY(ohm_store_open(&options, &store));
    ohm_err err = ohm_store_set_device(store, 0, s == 2 ? "home/roof/solar" : "home/ground/main");
    for (uint32_t t = from; t < INSTANTS && t < from + n && !ohm_failed(err); t++) {
        cell c = any_cell(s, t, 1);
        ohm_frame frame = { .device = 0, .count = 1, .time_ms = time_of(t) };
        frame.values[0] = (ohm_value){ (uint16_t)quantities[s], c.quality, c.value };
        assert_int_equal(ohm_store_frame(store, &frame), OHM_OK);
        after[s][t] = c;
    }
    if (!ohm_failed(err))
        err = ohm_store_commit_wait(store);
    if (ohm_failed(err))
        fault_clear(); /* or the store goes on trying as it closes; what was queued gets there */
    ohm_store_close(store);
    return err;
}

static ohm_err fold(void)
{
    ohm_history *h;
    OHM_TRY(open_history(OHM_CONFLICT_KEEP, &h));
    ohm_err err = ohm_history_fold(h, time_of(dice(INSTANTS + 100)));
    ohm_history_close(h);
    return err;
}

static bool any_known(uint32_t s)
{
    for (uint32_t t = 0; t < INSTANTS; t++)
        if (live[s][t].known)
            return true;
    return false;
}

static ohm_err erase(void)
{
    ohm_history *h;
    uint64_t erased;
    uint32_t s = dice(SERIES), from = dice(INSTANTS), n = 1 + dice(INSTANTS / 4);
    if (!any_known(s))
        return ohm_ok();
    for (uint32_t t = from; t < INSTANTS && t < from + n; t++)
        after[s][t].known = false;
    OHM_TRY(open_history(OHM_CONFLICT_KEEP, &h));
    ohm_interval range = { time_of(from), time_of(from + n) };
    ohm_err err = ohm_history_erase(h, keys[s], range, &erased);
    ohm_history_close(h);
    return err.code == OHM_UNKNOWN ? ohm_ok() : err; /* its name goes with a merge */
}

static ohm_err merge(void)
{
    ohm_history *h;
    ohm_history_counts counts = { 0 };
    if (!any_known(0) || !any_known(2))
        return ohm_ok();
    for (uint32_t t = 0; t < INSTANTS; t++) {
        if (!after[0][t].known)
            after[0][t] = after[2][t];
        after[2][t].known = false;
    }
    OHM_TRY(open_history(OHM_CONFLICT_KEEP, &h));
    ohm_err err = ohm_history_merge(h, keys[2], keys[0], &counts);
    ohm_history_close(h);
    return err;
}

/* --- comparing ---------------------------------------------------------------------------- */

typedef struct walk {
    line *lines;
    uint32_t s, t;
    bool equal;
} walk;

static bool check_point(void *ctx, const ohm_point *p)
{
    walk *w = ctx;
    const cell *row = w->lines[w->s];
    while (w->t < INSTANTS && !row[w->t].known)
        w->t++;
    w->equal = w->t < INSTANTS && p->time_ms == time_of(w->t) && p->value == row[w->t].value &&
               p->quality == row[w->t].quality;
    w->t++;
    return w->equal;
}

static bool is_model(ohm_reader *reader, line *lines)
{
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    for (uint32_t s = 0; s < SERIES; s++) {
        walk w = { lines, s, 0, true };
        ohm_err err = ohm_query_points(reader, keys[s], all, check_point, &w);
        assert_true(err.code == OHM_OK || err.code == OHM_UNKNOWN);
        while (w.t < INSTANTS && !lines[s][w.t].known)
            w.t++;
        if (!w.equal || w.t < INSTANTS)
            return false;
    }
    assert_int_equal(ohm_reader_damaged_of(reader), 0);
    return true;
}

typedef struct naive {
    const cell *row;
    bool stray[INSTANTS];
    bool counter;
    int64_t gap_ms;
    bool stopped;
} naive;

static bool counts_at(const naive *n, int64_t t)
{
    return n->row[t].known && n->row[t].quality != OHM_QUALITY_SUSPECT && !n->stray[t];
}

/* The rule has tests of its own (test_store_history.c): here it is asked for every reading of
 * the series at once, there for those of a query, by chunks and frames. */
static void mark_strays(naive *n)
{
    static ohm_point points[INSTANTS];
    size_t count = 0, i = 0;
    for (uint32_t t = 0; t < INSTANTS; t++)
        if (counts_at(n, t))
            points[count++] = (ohm_point){ time_of(t), n->row[t].value, n->row[t].quality };
    for (uint32_t t = 0; t < INSTANTS; t++)
        if (n->row[t].known && n->row[t].quality != OHM_QUALITY_SUSPECT)
            n->stray[t] = ohm_stray_is(points, count, i++);
}

/* The next reading that counts in a direction from t, which is not looked at; -1: none. */
static int64_t seek(const naive *n, int64_t t, int direction)
{
    do {
        t += direction;
    } while (t >= 0 && t < INSTANTS && !counts_at(n, t));
    return t >= 0 && t < INSTANTS ? t : -1;
}

/* What the register had gained at an instant, by a sum over all its readings. */
static ohm_wide gained_at(const naive *n, ohm_ms at)
{
    ohm_wide sum = ohm_wide_of(0);
    for (int64_t a = seek(n, -1, 1), b; a >= 0 && (b = seek(n, a, 1)) >= 0; a = b) {
        int64_t rise = n->row[b].value - n->row[a].value;
        if (rise < 0 || time_of((uint32_t)a) >= at)
            continue;
        ohm_ms until = at < time_of((uint32_t)b) ? at : time_of((uint32_t)b);
        ohm_wide part = ohm_wide_product(rise, until - time_of((uint32_t)a));
        sum = ohm_wide_add(sum, ohm_wide_divide(part, (b - a) * TICK, NULL));
    }
    return sum;
}

static ohm_wide integral_of(const naive *n, ohm_interval step, int64_t *held_ms)
{
    ohm_wide sum = ohm_wide_of(0);
    for (int64_t a = seek(n, -1, 1), b; a >= 0 && (b = seek(n, a, 1)) >= 0; a = b) {
        ohm_ms from = time_of((uint32_t)a), to = time_of((uint32_t)b);
        if (to - from > n->gap_ms)
            continue;
        from = from > step.from_ms ? from : step.from_ms;
        to = to < step.to_ms ? to : step.to_ms;
        if (to <= from)
            continue;
        *held_ms += to - from;
        sum = ohm_wide_add(sum, ohm_wide_product(n->row[a].value, to - from));
    }
    return sum;
}

static void check_statistics(const naive *n, const ohm_slice *s)
{
    ohm_slice want = { .count = 0 };
    for (int64_t t = 0; t < INSTANTS; t++) {
        ohm_ms at = time_of((uint32_t)t);
        const cell *c = &n->row[t];
        if (!counts_at(n, t) || at < s->from_ms || at >= s->to_ms)
            continue;
        bool first = want.count++ == 0;
        want.first = first ? c->value : want.first;
        want.min = first || c->value < want.min ? c->value : want.min;
        want.max = first || c->value > want.max ? c->value : want.max;
        want.quality = c->quality > want.quality ? c->quality : want.quality;
        want.last = c->value;
        want.sum += c->value;
    }
    assert_int_equal(s->count, want.count);
    assert_int_equal(s->quality, want.quality);
    assert_true(s->first == want.first && s->last == want.last && s->sum == want.sum);
    assert_true(s->min == want.min && s->max == want.max);
}

static bool check_slice(void *ctx, const ohm_slice *s)
{
    const naive *n = ctx;
    check_statistics(n, s);
    if (n->counter) {
        ohm_wide want = ohm_wide_subtract(gained_at(n, s->to_ms), gained_at(n, s->from_ms));
        assert_true(ohm_wide_compare(ohm_wide_of(s->energy), want) == 0);
        return true;
    }
    int64_t held_ms = 0;
    ohm_wide sum = integral_of(n, (ohm_interval){ s->from_ms, s->to_ms }, &held_ms);
    assert_int_equal(s->held_ms, held_ms);
    if (held_ms > 0) {
        ohm_wide off = ohm_wide_subtract(sum, ohm_wide_product(s->mean, held_ms));
        off = ohm_wide_add(off, off); /* at most half a step away */
        assert_true(ohm_wide_compare(off, ohm_wide_of(held_ms)) <= 0);
        assert_true(ohm_wide_compare(off, ohm_wide_of(-held_ms)) >= 0);
        ohm_wide energy = ohm_wide_divide(sum, 3600000, NULL);
        assert_true(ohm_wide_compare(ohm_wide_of(s->energy), energy) == 0);
    }
    return true;
}

static void check_steps(ohm_reader *reader)
{
    static const int64_t gaps[] = { 500, 5000, 3600000 };
    uint32_t s = dice(SERIES), from = dice(INSTANTS), n = 1 + dice(INSTANTS);
    static naive model;
    model = (naive){ .row = live[s], .counter = s == 1, .gap_ms = gaps[dice(3)] };
    if (model.counter)
        mark_strays(&model);
    ohm_interval range = { time_of(from) - dice(700), time_of(from + n) + dice(700) };
    int64_t span = range.to_ms - range.from_ms;
    ohm_steps_query q = {
        .series_key = keys[s],
        .range = range,
        .step = { OHM_STEP_MS, 1 + span / 12 + dice((uint32_t)span) },
        .gap_ms = model.gap_ms,
    };
    ohm_err err = ohm_query_steps(reader, &q, check_slice, &model);
    assert_true(err.code == OHM_OK || err.code == OHM_UNKNOWN);
}

static void compare(bool failed)
{
    ohm_reader *reader = NULL;
    char detail[200];
    assert_int_equal(ohm_reader_open(path, &reader).code, OHM_OK);
    assert_int_equal(ohm_reader_check(reader, detail, sizeof detail).code, OHM_OK);
    bool happened = is_model(reader, after);
    if (!happened) {
        assert_true(failed); /* what was acknowledged is there */
        assert_true(is_model(reader, live));
        memcpy(after, live, sizeof live);
    }
    memcpy(live, after, sizeof live);
    check_steps(reader);
    ohm_reader_close(reader);
}

static void operate(void)
{
    static ohm_err (*const operations[])(void) = { add, add, add, frames, frames, fold, erase };
    bool fails = dice(3) == 0;
    if (fails)
        fault_set((fault_kind)(FAULT_FULL + dice(3)), 1 + (int)dice(dice(2) ? 30 : 400), dice(2));
    ohm_err err = dice(40) ? operations[dice(7)]() : merge();
    fault_clear();
    assert_true(fails || !ohm_failed(err));
    compare(ohm_failed(err));
}

static void readings_are_what_their_model_says(void **state)
{
    (void)state;
    char dir[STORE_FOLDER_MAX];
    bool sanitized = getenv("OHM_SANITIZED") != NULL;
    assert_true(store_folder_make(dir));
    (void)snprintf(path, sizeof path, "%s/ohmstead.db", dir);
    ohm_history *h;
    for (uint64_t s = 1; s <= 2; s++) {
        seed = s * 8420;
        memset(live, 0, sizeof live);
        memset(after, 0, sizeof after);
        assert_int_equal(open_history(OHM_CONFLICT_KEEP, &h).code, OHM_OK);
        ohm_history_close(h);
        for (int i = 0; i < (sanitized ? OPERATIONS_SANITIZED : OPERATIONS) / 2; i++)
            operate();
        assert_int_equal(unlink(path), 0);
    }
    assert_true(store_folder_remove(dir));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(readings_are_what_their_model_says) };
    if (!fault_install())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
