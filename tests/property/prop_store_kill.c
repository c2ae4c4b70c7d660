/* kill -9 in a loop. A child writes step after step and says on a pipe what was acknowledged, and
 * folds its frames as it goes; it is killed at any moment, and all that it said must be there, and
 * nothing by halves.
 *
 * OHM_KILLS sets the rounds (default 20), and shows how far they are. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/store_folder.h"
#include "store/reader.h"
#include "store/store.h"

#define T0    INT64_C(1795305600000)
#define POWER "home/ground/main/power_import"

enum { ROUNDS = 20, STEPS_MAX = 200 };

/* --- the child ---------------------------------------------------------------------------- */

static int ack_pipe;

static void acknowledge(void *ctx, ohm_err result)
{
    uint64_t step = (uint64_t)(uintptr_t)ctx;
    if (!ohm_failed(result))
        (void)!write(ack_pipe, &step, sizeof step); /* nobody listens: we are killed anyway */
}

/* Queued in this order, so that any batch holds a prefix of it. */
static bool queue_step(ohm_store *store, uint64_t step)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)step);
    ohm_frame frame = { .device = 0, .count = 2, .time_ms = T0 + (ohm_ms)step };
    frame.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, (int64_t)step };
    frame.values[1] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, (int64_t)step * 1000 };
    ohm_span span = ohm_span_text(text);
    return ohm_store_frame(store, &frame) == OHM_OK &&
           ohm_store_event(store, step, frame.time_ms, span) == OHM_OK &&
           ohm_store_put(store, "step", span) == OHM_OK &&
           ohm_store_journal(store, step, frame.time_ms, 'd', span, span) == OHM_OK;
}

/* Long after all that is said: every reading is old enough for housekeeping. */
static ohm_ms much_later(void)
{
    return T0 + INT64_C(100) * 24 * OHM_HOUR_MS;
}

static void write_until_killed(const char *path, uint64_t from, int fd)
{
    ohm_store *store = NULL;
    ohm_store_options options = {
        .path = path, .exclusive = true, .tidy_ms = 1, .now = much_later
    };
    ack_pipe = fd;
    if (ohm_failed(ohm_store_open(&options, &store)) ||
        ohm_failed(ohm_store_set_device(store, 0, "home/ground/main")))
        _exit(1);
    for (uint64_t step = from;; step++) {
        while (!queue_step(store, step)) /* full: an event that is in already is dropped */
            usleep(100);
        while (ohm_store_commit(store, acknowledge, (void *)(uintptr_t)step) == OHM_BUSY)
            usleep(100);
    }
}

/* --- the parent --------------------------------------------------------------------------- */

typedef struct kept {
    uint64_t frames, events, journal, state;
} kept;

static bool check_frame(void *ctx, const ohm_bucket *bucket)
{
    kept *k = ctx;
    assert_int_equal(bucket->from_ms, T0 + (ohm_ms)k->frames + 1);
    assert_int_equal(bucket->last, k->frames + 1);
    k->frames++;
    return true;
}

static bool check_record(void *ctx, const ohm_record *record)
{
    kept *k = ctx;
    char text[24];
    uint64_t *count = record->kind == 'e' ? &k->events : &k->journal;
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)*count + 1);
    assert_int_equal(record->seq, *count + 1);
    assert_true(ohm_span_is(record->encoded, text));
    ++*count;
    return true;
}

static ohm_code read_frames(ohm_reader *reader, kept *k)
{
    ohm_code code;
    uint64_t before;
    do {
        before = k->frames;
        ohm_ms from = T0 + (ohm_ms)before + 1;
        ohm_interval range = { from, from + OHM_BUCKETS_MAX };
        code = ohm_reader_range(reader, POWER, range, 0, check_frame, k).code;
    } while (code == OHM_OK && k->frames > before);
    return code;
}

/* What the file holds, each row of it checked. */
static kept read_all(const char *path)
{
    kept k = { 0 };
    ohm_reader *reader = NULL;
    uint8_t *bytes = NULL;
    size_t len;
    char detail[200];
    assert_int_equal(ohm_reader_open(path, &reader).code, OHM_OK);
    assert_int_equal(ohm_reader_check(reader, detail, sizeof detail).code, OHM_OK);
    ohm_code code = read_frames(reader, &k);
    assert_true(code == OHM_OK || code == OHM_UNKNOWN);
    assert_int_equal(ohm_reader_events(reader, 0, check_record, &k).code, OHM_OK);
    assert_int_equal(ohm_reader_journal_from(reader, 0, check_record, &k).code, OHM_OK);
    if (!ohm_failed(ohm_reader_get(reader, "step", &bytes, &len)))
        k.state = strtoull((const char *)bytes, NULL, 10);
    free(bytes);
    assert_int_equal(ohm_reader_damaged_of(reader), 0);
    ohm_reader_close(reader);
    return k;
}

static uint64_t dice(uint64_t *seed, uint64_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % sides;
}

/* Lets a child write until it has acknowledged some steps, kills it a little later, and gives
 * the last step it acknowledged; 0 if none. */
static uint64_t run_and_kill(const char *path, uint64_t from, uint64_t steps, unsigned later_us)
{
    int fds[2];
    uint64_t step = 0, last = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        write_until_killed(path, from, fds[1]);
    }
    close(fds[1]);
    while (last < from + steps && read(fds[0], &step, sizeof step) == (ssize_t)sizeof step)
        last = step;
    usleep(later_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(fds[0], &step, sizeof step) == (ssize_t)sizeof step)
        last = step;
    close(fds[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it wrote until the end */
    return last;
}

/* So many kills of who writes one file; how many steps were acknowledged. */
static uint64_t kill_often(uint64_t *seed, int rounds)
{
    char dir[STORE_FOLDER_MAX], path[64];
    uint64_t from = 1;
    assert_true(store_folder_make(dir));
    (void)snprintf(path, sizeof path, "%s/ohmstead.db", dir);
    for (int i = 0; i < rounds; i++) {
        uint64_t steps = dice(seed, STEPS_MAX);
        uint64_t last = run_and_kill(path, from, steps, (unsigned)dice(seed, 5000));
        kept k = read_all(path);
        assert_true(k.journal >= last); /* the last thing of a step */
        assert_true(k.state >= k.journal && k.events >= k.state && k.frames >= k.events);
        assert_true(k.frames - k.journal <= 1); /* one prefix of what was queued */
        from = k.journal + 1;
    }
    assert_true(from > (uint64_t)rounds); /* it did write */
    assert_true(store_folder_remove(dir));
    return from - 1;
}

static void what_was_acknowledged_is_there(void **state)
{
    const char *wanted = getenv("OHM_KILLS");
    int rounds = wanted ? atoi(wanted) : ROUNDS, done = 0;
    uint64_t seed = 8420, steps = 0;
    (void)state;
    while (done < rounds) { /* each file is read whole after each kill: none gets too long */
        int some = rounds - done < ROUNDS ? rounds - done : ROUNDS;
        steps += kill_often(&seed, some);
        done += some;
        if (wanted)
            (void)fprintf(stderr, "killed %d times of %d: %llu steps acknowledged, none lost\n",
                          done, rounds, (unsigned long long)steps);
    }
    assert_true(rounds > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_acknowledged_is_there) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
