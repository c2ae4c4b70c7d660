/* The store as the daemon uses it: one thread feeds it, others change users and wait, another
 * one reads meanwhile. Made for the thread sanitizer, and true without it. */
#include <pthread.h>
#include <stdatomic.h>

#include "store_fixture.h"

#define POWER "home/ground/main/power_import"

enum { FRAMES = 600, WAITERS = 3, PUTS = 30 };

typedef struct job {
    fixture *f;
    int id;
    atomic_bool *stop;
    bool good; /* cmocka's assertions are for the test's own thread */
} job;

static void *put_and_wait(void *arg)
{
    job *j = arg;
    char key[16], text[16];
    snprintf(key, sizeof key, "user/%d", j->id);
    for (int i = 0; i < PUTS && j->good; i++) {
        snprintf(text, sizeof text, "%d", i);
        j->good = !ohm_failed(ohm_store_put_wait(j->f->store, key, ohm_span_text(text)));
    }
    return NULL;
}

typedef struct view {
    int64_t last;
    bool good;
} view;

/* One value a millisecond: whatever is committed begins at the first and has no holes. */
static bool check_bucket(void *ctx, const ohm_bucket *bucket)
{
    view *v = ctx;
    v->good = bucket->from_ms == T0 + v->last + 1 && bucket->last == v->last + 1;
    v->last = bucket->last;
    return v->good;
}

static bool count_record(void *ctx, const ohm_record *record)
{
    view *v = ctx;
    v->good = (int64_t)record->seq == v->last + 1;
    v->last = (int64_t)record->seq;
    return v->good;
}

static void *keep_reading(void *arg)
{
    job *j = arg;
    ohm_reader *reader = NULL;
    j->good = !ohm_failed(ohm_reader_open(j->f->path, &reader));
    int64_t seen = 0;
    while (j->good && !*j->stop) {
        view frames = { -1, true }, events = { 0, true };
        ohm_interval range = { T0, T0 + FRAMES };
        ohm_err err = ohm_reader_range(reader, POWER, range, 0, check_bucket, &frames);
        j->good = (err.code == OHM_OK || err.code == OHM_UNKNOWN) && frames.good &&
                  !ohm_failed(ohm_reader_events(reader, 0, count_record, &events)) && events.good &&
                  events.last >= seen;
        seen = events.last;
    }
    ohm_reader_close(reader);
    return NULL;
}

static void *keep_counting(void *arg)
{
    job *j = arg;
    uint64_t commits = 0;
    while (j->good && !*j->stop) {
        ohm_store_counters c = ohm_store_counters_of(j->f->store);
        j->good = c.commits >= commits;
        commits = c.commits;
        usleep(500);
    }
    return NULL;
}

static void count_done(void *ctx, ohm_err result)
{
    if (!ohm_failed(result))
        atomic_fetch_add((atomic_int *)ctx, 1);
}

static void feed(fixture *f, atomic_int *done)
{
    ohm_span some = ohm_span_text("event");
    for (int i = 0; i < FRAMES; i++) {
        fixture_frame(f, T0 + i, OHM_Q_POWER_IMPORT, i);
        assert_int_equal(ohm_store_event(f->store, (uint64_t)i + 1, T0 + i, some), OHM_OK);
        assert_int_equal(ohm_store_put(f->store, "engine", some), OHM_OK);
        if (i % 20 != 0)
            continue;
        ohm_code code = ohm_store_journal(f->store, (uint64_t)i + 1, T0, 'd', some, some);
        assert_int_equal(code, OHM_OK);
        while (ohm_store_commit(f->store, count_done, done) == OHM_BUSY)
            usleep(100);
    }
}

static void threads_do_not_disturb_each_other(void **state)
{
    fixture *f = *state;
    atomic_bool stop = false;
    atomic_int done = 0;
    pthread_t threads[WAITERS + 2];
    job jobs[WAITERS + 2];
    for (int i = 0; i < WAITERS + 2; i++) {
        jobs[i] = (job){ .f = f, .id = i, .stop = &stop, .good = true };
        void *(*work)(void *) = i < WAITERS ? put_and_wait : keep_reading;
        if (i == WAITERS + 1)
            work = keep_counting;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    feed(f, &done);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    fixture_commit(f);
    stop = true;
    pthread_join(threads[WAITERS], NULL);
    pthread_join(threads[WAITERS + 1], NULL);
    for (int i = 0; i < WAITERS + 2; i++)
        assert_true(jobs[i].good);
    assert_int_equal(done, FRAMES / 20);

    ohm_store_counters c = ohm_store_counters_of(f->store);
    assert_int_equal(c.frames, FRAMES);
    assert_int_equal(c.events, FRAMES);
    assert_int_equal(c.journal, FRAMES / 20);
    assert_int_equal(c.failed_commits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_do_not_disturb_each_other, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
