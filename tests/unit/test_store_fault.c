/* Every write, sync and allocation fails once, each in a run of its own: what was acknowledged
 * is there, what was queued is kept and written when the disk is well again, and the file stays
 * whole. */
#include "fault_vfs.h"

#include <stdlib.h>

#include "host/syserr.h"
#include "store_fixture.h"

#define POWER "home/ground/main/power_import"

enum { STEPS = 5, STATE_BYTES = 5000 /* more than a page */ };

/* What is there before a run: nothing, so that the file is made, and one step is queued; or a file
 * that was made, for all steps. */
typedef struct beginning {
    const char *file; /* NULL: nothing */
    uint32_t steps;
} beginning;

typedef struct run {
    const char *why;
    fixture *f;
    uint32_t steps;        /* in all */
    uint32_t acknowledged; /* of them */
    uint32_t waited;       /* the last value that put_wait confirmed */
    atomic_int reports;    /* calls of on_health */
    atomic_int health;     /* the last one: an ohm_code */
} run;

static void on_health(void *ctx, ohm_err state)
{
    run *r = ctx;
    r->reports++;
    r->health = (int)state.code;
}

static ohm_err open_store(run *r)
{
    ohm_store_options options = {
        .path = r->f->path, .group_commit_ms = 3600000, .on_health = on_health, .ctx = r
    };
    OHM_TRY(ohm_store_open(&options, &r->f->store));
    return ohm_store_set_device(r->f->store, 0, "home/ground/main");
}

/* A step queues one of each; all of it fits the queues even if no commit ever works. */
static void queue_step(run *r, uint32_t step)
{
    uint8_t state[STATE_BYTES];
    memset(state, (int)step, sizeof state);
    ohm_span some = ohm_span_text("0123456789");
    ohm_ms at = T0 + step * INT64_C(1000);
    fixture_frame(r->f, at, OHM_Q_POWER_IMPORT, step);
    fixture_frame(r->f, at, OHM_Q_VOLTAGE_L1, step); /* merged */
    fixture_frame(r->f, at + 1, (ohm_quantity_id)(OHM_Q_POWER_IMPORT + step), step);
    assert_int_equal(ohm_store_event(r->f->store, step, at, some), OHM_OK);
    assert_int_equal(ohm_store_put(r->f->store, "state", ohm_span_of(state, sizeof state)), OHM_OK);
    assert_int_equal(ohm_store_journal(r->f->store, step, at, 'n', some, some), OHM_OK);
}

static void work(run *r)
{
    char text[16];
    for (uint32_t step = 1; step <= r->steps; step++) {
        queue_step(r, step);
        if (!ohm_failed(ohm_store_commit_wait(r->f->store)))
            r->acknowledged = step;
        snprintf(text, sizeof text, "%u", step);
        if (!ohm_failed(ohm_store_put_wait(r->f->store, "waited", ohm_span_text(text))))
            r->waited = step;
    }
}

static bool check_frame(void *ctx, const ohm_bucket *bucket)
{
    uint32_t *count = ctx;
    ++*count;
    return bucket->from_ms == T0 + *count * INT64_C(1000) && bucket->last == *count;
}

static bool count_record(void *ctx, const ohm_record *record)
{
    uint32_t *count = ctx;
    ++*count;
    return record->seq == *count;
}

static void must(const run *r, bool good, const char *what)
{
    if (!good)
        fail_msg("%s: %s", r->why, what);
}

/* At least `least` steps are there, whole. */
static void check(const run *r, uint32_t least)
{
    uint32_t frames = 0, events = 0, journal = 0;
    ohm_interval range = { T0, T0 + 1000000 };
    char detail[200];
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_reader *reader = fixture_read(r->f);
    must(r, !ohm_failed(ohm_reader_check(reader, detail, sizeof detail)), detail);
    ohm_err err = ohm_reader_range(reader, POWER, range, 1000, check_frame, &frames);
    (void)err; /* no such series when nothing was written */
    frames = 0;
    err = ohm_reader_range(reader, POWER, range, 0, check_frame, &frames);
    must(r, err.code == OHM_OK || err.code == OHM_UNKNOWN, "reading frames");
    must(r, !ohm_failed(ohm_reader_events(reader, 0, count_record, &events)), "reading events");
    must(r, !ohm_failed(ohm_reader_journal_from(reader, 0, count_record, &journal)), "journal");
    must(r, frames >= least && frames <= r->steps, "frames");
    must(r, events >= least && journal >= least, "events and journal");
    must(r, ohm_reader_damaged_of(reader) == 0, "rows");
    if (!ohm_failed(ohm_reader_get(reader, "waited", &bytes, &len)))
        must(r, (uint32_t)atoi((const char *)bytes) == r->waited, "a withdrawn value");
    else
        must(r, r->waited == 0, "an acknowledged value");
    free(bytes);
    if (least > 0) {
        must(r, !ohm_failed(ohm_reader_get(reader, "state", &bytes, &len)), "state");
        must(r, len == STATE_BYTES && bytes[0] >= least && bytes[len - 1] == bytes[0], "state");
        free(bytes);
    }
    ohm_reader_close(reader);
}

/* The n-th call fails. False: there was no n-th call. */
static bool run_with_fault(run *r, int nth, bool lasting, fault_kind kind)
{
    fault_set(kind, nth, lasting);
    ohm_err err = open_store(r);
    if (ohm_failed(err)) {
        fault_clear();
        must(r, r->f->store == NULL, "no store after a failure");
        assert_int_equal(open_store(r).code, OHM_OK);
    }
    work(r);
    bool struck = fault.calls >= nth;
    fault_clear();
    must(r, !ohm_failed(ohm_store_commit_wait(r->f->store)), "the disk is well again");
    /* Nothing that was queued is gone; once it is closed all of it is looked at. */
    must(r, ohm_store_counters_of(r->f->store).journal == r->steps, "all of it is committed");
    must(r, r->health == OHM_OK, "the last report is that it is well");
    must(r, kind == FAULT_FULL || r->reports % 2 == 0, "health: ill and well again, in turns");
    must(r, ohm_store_counters_of(r->f->store).dropped_frames == 0, "drops");
    return struck;
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[64 << 10];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void each_call_fails_from(const beginning *from, const char *why, fault_kind kind,
                                 bool lasting, int stride)
{
    bool struck = true;
    for (int nth = 1; struck; nth += stride) {
        void *state = NULL;
        assert_int_equal(fixture_folder(&state), 0);
        run r = { .why = why, .f = state, .steps = from->steps };
        if (from->file)
            copy_file(from->file, r.f->path);
        struck = run_with_fault(&r, nth, lasting, kind);
        ohm_store_close(r.f->store);
        r.f->store = NULL;
        check(&r, r.steps);
        assert_int_equal(fixture_teardown(&state), 0);
        assert_true(nth < 100000);
    }
}

static void each_call_fails(const char *why, fault_kind kind, bool lasting, int stride)
{
    void *state = NULL;
    if (getenv("OHM_SANITIZED"))
        stride *= 7; /* every call is met by the plain build */
    assert_int_equal(fixture_setup(&state), 0);
    fixture *f = state;
    ohm_store_close(f->store); /* a file, with nothing in it yet */
    f->store = NULL;
    each_call_fails_from(&(beginning){ NULL, 1 }, why, kind, lasting, stride);
    each_call_fails_from(&(beginning){ f->path, STEPS }, why, kind, lasting, stride);
    assert_int_equal(fixture_teardown(&state), 0);
}

static void each_write_finds_the_disk_full_once(void **state)
{
    (void)state;
    each_call_fails("full once", FAULT_FULL, false, 1);
}

static void each_write_finds_the_disk_full_from_then_on(void **state)
{
    (void)state;
    each_call_fails("full", FAULT_FULL, true, 1);
}

static void each_write_fails_once(void **state)
{
    (void)state;
    each_call_fails("fails once", FAULT_IO, false, 1);
}

static void each_write_fails_from_then_on(void **state)
{
    (void)state;
    each_call_fails("fails", FAULT_IO, true, 1);
}

static void memory_runs_out(void **state)
{
    (void)state;
    const char *all = getenv("OHM_FAULTS"); /* "all": minutes instead of seconds */
    bool each = all && strcmp(all, "all") == 0;
    each_call_fails("no memory once", FAULT_MEMORY, false, each ? 1 : 29);
    each_call_fails("no memory", FAULT_MEMORY, true, each ? 1 : 47);
}

/* What was acknowledged before the disk filled up survives, and when the queue is full too, the
 * newest are dropped and counted. */
static void a_disk_that_stays_full_costs_only_what_does_not_fit(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 100; i++)
        fixture_frame(f, T0 + i, OHM_Q_POWER_IMPORT, i);
    fixture_commit(f);
    fault_set(FAULT_FULL, 1, true);
    ohm_code code = OHM_OK;
    uint32_t queued = 100;
    while (code == OHM_OK) {
        ohm_frame frame = { .device = 0, .count = 1, .time_ms = T0 + queued };
        frame.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, queued };
        code = ohm_store_frame(f->store, &frame);
        queued += code == OHM_OK;
    }
    assert_int_equal(code, OHM_BUSY);
    assert_int_equal(ohm_store_counters_of(f->store).dropped_frames, 1);
    ohm_err err = ohm_store_commit_wait(f->store);
    assert_true(ohm_err_is_full(err));
    assert_string_equal(err.what, "No space left on device");
    fault_clear();
    fixture_commit(f);
    assert_int_equal(ohm_store_counters_of(f->store).frames, queued);
    assert_true(ohm_store_counters_of(f->store).failed_commits >= 1);

    /* Well again in all ways: a queue that fills up is committed by itself. */
    static uint8_t big[16 << 10];
    for (uint64_t seq = 1; seq <= 10; seq++)
        assert_int_equal(ohm_store_event(f->store, seq, T0, ohm_span_of(big, sizeof big)), OHM_OK);
    while (ohm_store_counters_of(f->store).events == 0)
        usleep(1000);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_write_finds_the_disk_full_once),
        cmocka_unit_test(each_write_finds_the_disk_full_from_then_on),
        cmocka_unit_test(each_write_fails_once),
        cmocka_unit_test(each_write_fails_from_then_on),
        cmocka_unit_test(memory_runs_out),
        WITH_STORE(a_disk_that_stays_full_costs_only_what_does_not_fit),
    };
    if (!fault_install())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
