/* Random operations on a store and on a naive model of it: what is read must be the same, also
 * after the store was closed and opened again. Fixed seeds: a failure repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/store_folder.h"
#include "base/wide.h"
#include "store/reader.h"
#include "store/store.h"
#include "store/stray.h"

enum {
    DEVICES = 3,
    QUANTITIES = 6,
    INSTANTS = 400, /* a small time, so that frames meet */
    STATES = 8,
    RECORDS = 2000,
    OPERATIONS = 4000,
};

#define T0 INT64_C(1795305600000)

static const ohm_quantity_id quantities[QUANTITIES] = {
    OHM_Q_POWER_IMPORT, OHM_Q_POWER_EXPORT,  OHM_Q_VOLTAGE_L1,
    OHM_Q_CURRENT_L1,   OHM_Q_ENERGY_IMPORT, OHM_Q_DISCONNECTOR,
};
static const char *const devices[DEVICES] = { "home/ground/main", "home/roof/solar",
                                              "shed/ground/main" };

typedef struct cell {
    bool known;
    uint8_t quality;
    int64_t value;
} cell;

/* What the store should hold. */
typedef struct model {
    cell cells[DEVICES][QUANTITIES][INSTANTS];
    uint32_t states[STATES]; /* 0 = absent, else what its text says */
    uint32_t events[RECORDS], journal[RECORDS];
    uint64_t events_count, journal_count;
} model;

static model live;
static uint64_t seed;

static uint32_t dice(uint32_t sides) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) >> 16) % sides;
}

static int64_t any_value(void)
{
    int64_t value = (int64_t)(((uint64_t)dice(UINT32_MAX) << 32 | dice(UINT32_MAX)) >> dice(64));
    return dice(2) ? value : -value;
}

static const char *path;
static ohm_store *store;

static void open_store(void)
{
    ohm_store_options options = { .path = path, .group_commit_ms = 3600000 };
    assert_int_equal(ohm_store_open(&options, &store).code, OHM_OK);
    for (uint16_t d = 0; d < DEVICES; d++) /* another order each time: names count, not numbers */
        assert_int_equal(
            ohm_store_set_device(store, (uint16_t)((d + live.journal_count) % DEVICES), devices[d])
                .code,
            OHM_OK);
}

static uint16_t index_of(uint16_t d, uint64_t opened_at)
{
    return (uint16_t)((d + opened_at) % DEVICES);
}

static uint64_t opened_at;

static void do_frame(void)
{
    uint16_t d = (uint16_t)dice(DEVICES);
    uint32_t t = dice(INSTANTS);
    ohm_frame frame = { .device = index_of(d, opened_at), .time_ms = T0 + t };
    frame.count = (uint16_t)(1 + dice(QUANTITIES + 2)); /* at times one quantity twice */
    for (uint16_t i = 0; i < frame.count; i++) {
        uint32_t q = dice(QUANTITIES);
        cell c = { true, dice(4) ? OHM_QUALITY_GOOD : (uint8_t)dice(4), any_value() };
        frame.values[i] = (ohm_value){ (uint16_t)quantities[q], c.quality, c.value };
        live.cells[d][q][t] = c;
    }
    assert_int_equal(ohm_store_frame(store, &frame), OHM_OK);
}

static void do_state(void)
{
    char key[16], text[16];
    uint32_t which = dice(STATES), value = dice(4) ? 1 + dice(1000) : 0;
    (void)snprintf(key, sizeof key, "state/%u", which);
    (void)snprintf(text, sizeof text, "%u", value);
    ohm_span span = value ? ohm_span_text(text) : ohm_span_of(NULL, 0);
    if (dice(20) == 0)
        assert_int_equal(ohm_store_put_wait(store, key, span).code, OHM_OK);
    else
        assert_int_equal(ohm_store_put(store, key, span), OHM_OK);
    live.states[which] = value;
}

static void do_record(bool event)
{
    uint32_t number = 1 + dice(1000000);
    ohm_span bytes = ohm_span_of(&number, sizeof number);
    uint64_t *count = event ? &live.events_count : &live.journal_count;
    if (*count == RECORDS)
        return;
    (event ? live.events : live.journal)[*count] = number;
    ++*count;
    ohm_code code = event ? ohm_store_event(store, *count, T0 + any_value() % 100000, bytes)
                          : ohm_store_journal(store, *count, T0, 'd', bytes, bytes);
    assert_int_equal(code, OHM_OK);
}

/* --- comparing ---------------------------------------------------------------------------- */

typedef struct place {
    uint16_t d;
    uint32_t q, t;
    int64_t step;
} place;

static bool check_raw(void *ctx, const ohm_bucket *bucket)
{
    place *p = ctx;
    while (p->t < INSTANTS && !live.cells[p->d][p->q][p->t].known)
        p->t++;
    assert_true(p->t < INSTANTS);
    const cell *c = &live.cells[p->d][p->q][p->t];
    assert_int_equal(bucket->from_ms, T0 + p->t);
    assert_int_equal(bucket->quality, c->quality);
    assert_true(bucket->last == c->value && bucket->mean == c->value);
    p->t++;
    return true;
}

static bool stray[INSTANTS]; /* of the series at hand */

static void mark_strays(uint16_t d, uint32_t q)
{
    static ohm_point points[INSTANTS];
    bool counter = ohm_quantity_get(quantities[q])->kind == OHM_COUNTER;
    size_t count = 0, i = 0;
    for (uint32_t t = 0; t < INSTANTS; t++) {
        const cell *c = &live.cells[d][q][t];
        if (c->known && c->quality != OHM_QUALITY_SUSPECT)
            points[count++] = (ohm_point){ T0 + t, c->value, c->quality };
    }
    for (uint32_t t = 0; t < INSTANTS; t++) {
        const cell *c = &live.cells[d][q][t];
        bool good = c->known && c->quality != OHM_QUALITY_SUSPECT;
        stray[t] = counter && good && ohm_stray_is(points, count, i++);
    }
}

static bool check_step(void *ctx, const ohm_bucket *bucket)
{
    place *p = ctx;
    ohm_bucket want = { .from_ms = T0 + p->t };
    ohm_wide sum = ohm_wide_of(0);
    for (int64_t i = 0; i < p->step && p->t < INSTANTS; i++, p->t++) {
        const cell *c = &live.cells[p->d][p->q][p->t];
        if (!c->known || c->quality == OHM_QUALITY_SUSPECT || stray[p->t])
            continue;
        want.min = want.count == 0 || c->value < want.min ? c->value : want.min;
        want.max = want.count == 0 || c->value > want.max ? c->value : want.max;
        want.last = c->value;
        want.count++;
        sum = ohm_wide_add(sum, ohm_wide_of(c->value));
    }
    assert_int_equal(bucket->from_ms, want.from_ms);
    assert_int_equal(bucket->count, want.count);
    assert_true(bucket->min == want.min && bucket->max == want.max && bucket->last == want.last);
    if (want.count > 0 && ohm_quantity_get(quantities[p->q])->kind == OHM_GAUGE) {
        ohm_wide off = ohm_wide_subtract(sum, ohm_wide_product(bucket->mean, want.count));
        off = ohm_wide_add(off, off); /* at most half a step away */
        assert_true(ohm_wide_compare(off, ohm_wide_of(want.count)) <= 0);
        assert_true(ohm_wide_compare(off, ohm_wide_of(-(int64_t)want.count)) >= 0);
    } else {
        assert_true(bucket->mean == want.last);
    }
    return true;
}

static void check_series(ohm_reader *reader, uint16_t d, uint32_t q)
{
    char key[OHM_SERIES_KEY_MAX];
    (void)snprintf(key, sizeof key, "%s/%s", devices[d], ohm_quantity_get(quantities[q])->name);
    bool any = false;
    for (uint32_t t = 0; t < INSTANTS; t++)
        any = any || live.cells[d][q][t].known;

    ohm_interval all = { T0, T0 + INSTANTS };
    place p = { d, q, 0, 0 };
    ohm_code want = any ? OHM_OK : OHM_UNKNOWN;
    assert_int_equal(ohm_reader_range(reader, key, all, 0, check_raw, &p).code, want);
    while (p.t < INSTANTS && !live.cells[d][q][p.t].known)
        p.t++;
    assert_int_equal(p.t, INSTANTS); /* none is missing */
    p = (place){ d, q, 0, 1 + dice(INSTANTS + 10) };
    mark_strays(d, q);
    assert_int_equal(ohm_reader_range(reader, key, all, p.step, check_step, &p).code, want);
    if (any)
        assert_int_equal(p.t, INSTANTS);
}

static bool check_event(void *ctx, const ohm_record *record)
{
    uint64_t *next = ctx;
    assert_int_equal(record->seq, *next + 1);
    assert_int_equal(record->encoded.len, sizeof(uint32_t));
    const uint32_t *want = record->kind == 'e' ? live.events : live.journal;
    assert_memory_equal(record->encoded.ptr, &want[*next], sizeof(uint32_t));
    ++*next;
    return true;
}

static void check_states(ohm_reader *reader)
{
    for (uint32_t i = 0; i < STATES; i++) {
        char key[16];
        uint8_t *bytes = NULL;
        size_t len = 0;
        (void)snprintf(key, sizeof key, "state/%u", i);
        ohm_err err = ohm_reader_get(reader, key, &bytes, &len);
        assert_int_equal(err.code, live.states[i] ? OHM_OK : OHM_UNKNOWN);
        if (live.states[i])
            assert_int_equal(atoi((const char *)bytes), live.states[i]);
        free(bytes);
    }
}

static void check_all(ohm_reader *reader)
{
    for (uint16_t d = 0; d < DEVICES; d++)
        for (uint32_t q = 0; q < QUANTITIES; q++)
            check_series(reader, d, q);
    uint64_t from = live.events_count ? dice((uint32_t)live.events_count) : 0, next = from;
    assert_int_equal(ohm_reader_events(reader, from + 1, check_event, &next).code, OHM_OK);
    assert_int_equal(next, live.events_count);
    next = 0;
    assert_int_equal(ohm_reader_journal_from(reader, 0, check_event, &next).code, OHM_OK);
    assert_int_equal(next, live.journal_count);
    check_states(reader);
    assert_int_equal(ohm_reader_damaged_of(reader), 0);
}

static void compare(void)
{
    ohm_reader *reader = NULL;
    assert_int_equal(ohm_store_commit_wait(store).code, OHM_OK);
    assert_int_equal(ohm_reader_open(path, &reader).code, OHM_OK);
    check_all(reader);
    ohm_reader_close(reader);
}

static void operate(void)
{
    uint32_t n = dice(1000);
    if (n < 700)
        do_frame();
    else if (n < 800)
        do_state();
    else if (n < 980)
        do_record(n % 9 != 0);
    else if (n < 993)
        assert_int_equal(ohm_store_commit_wait(store).code, OHM_OK);
    else
        compare();
}

static void a_store_is_what_its_model_is(void **state)
{
    (void)state;
    char dir[STORE_FOLDER_MAX], file[64];
    assert_true(store_folder_make(dir));
    (void)snprintf(file, sizeof file, "%s/ohmstead.db", dir);
    path = file;
    for (uint64_t s = 1; s <= 3; s++) {
        seed = s;
        memset(&live, 0, sizeof live);
        open_store();
        opened_at = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            operate();
            if (i % 500 != 499)
                continue;
            ohm_store_close(store); /* commits what is queued */
            opened_at = live.journal_count;
            open_store();
            compare();
        }
        ohm_store_close(store);
        assert_int_equal(unlink(file), 0);
    }
    assert_true(store_folder_remove(dir));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_store_is_what_its_model_is) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
