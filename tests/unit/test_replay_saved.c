#include "meter/replay_saved.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t title[OHM_SYSTEM_TITLE_LEN] = { 'L', 'G', 'Z', 0, 0, 0, 4, 0x50 };
enum { KEY = 7 };

static void writes_and_reads_back(void **state)
{
    (void)state;
    ohm_replay_guard guard, got;
    uint8_t bytes[OHM_REPLAY_SAVED_MAX];
    ohm_replay_init(&guard);
    assert_int_equal(ohm_replay_write(&guard, bytes), 4);
    for (uint8_t i = 0; i < OHM_REPLAY_SLOTS; i++) {
        uint8_t other[OHM_SYSTEM_TITLE_LEN] = { i };
        ohm_replay_accept(&guard, other, 0xfedcba98u + i, 0xffffff00u + i);
    }
    size_t len = ohm_replay_write(&guard, bytes);
    assert_int_equal(len, sizeof bytes);
    assert_int_equal(ohm_replay_read(ohm_span_of(bytes, len), &got), OHM_OK);
    assert_int_equal(got.count, OHM_REPLAY_SLOTS);
    assert_memory_equal(got.slots, guard.slots, sizeof guard.slots);
    assert_int_equal(got.changes, 0);
}

static void refuses_what_it_did_not_write(void **state)
{
    (void)state;
    ohm_replay_guard guard, untouched;
    uint8_t bytes[OHM_REPLAY_SAVED_MAX + 1] = { 0 };
    ohm_replay_init(&guard);
    ohm_replay_accept(&guard, title, KEY, 100);
    size_t len = ohm_replay_write(&guard, bytes);
    untouched = guard;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(ohm_replay_read(ohm_span_of(bytes, cut), &guard), OHM_BAD_FORMAT);
    assert_int_equal(ohm_replay_read(ohm_span_of(bytes, len + 1), &guard), OHM_BAD_FORMAT);
    bytes[3] = OHM_REPLAY_SLOTS + 1;
    assert_int_equal(ohm_replay_read(ohm_span_of(bytes, sizeof bytes), &guard), OHM_BAD_FORMAT);
    bytes[3] = 1;
    bytes[2]++;
    assert_int_equal(ohm_replay_read(ohm_span_of(bytes, len), &guard), OHM_BAD_FORMAT);
    assert_memory_equal(&guard, &untouched, sizeof guard);
}

/* Whenever the process dies, what it accepted is refused afterwards; and it writes seldom. */
static void a_crash_never_lets_a_replay_in(void **state)
{
    (void)state;
    ohm_replay_guard guard, disk;
    ohm_replay_init(&guard);
    ohm_replay_init(&disk);
    int writes = 0;
    uint32_t committed = 0; /* what a crash leaves if a commit takes two messages' time */
    uint32_t due[2] = { 0, 0 };
    for (uint32_t counter = 1000; counter < 2000; counter++) {
        assert_int_equal(ohm_replay_check(&guard, title, KEY, counter), OHM_OK);
        ohm_replay_accept(&guard, title, KEY, counter);
        if (ohm_replay_due(&guard, &disk)) {
            ohm_replay_ahead(&guard, OHM_REPLAY_MARGIN, &disk);
            writes++;
        }
        if (writes > 1) /* the first of all is waited for */
            assert_true(committed >= counter);
        committed = due[0] ? due[0] : committed;
        due[0] = due[1];
        due[1] = disk.slots[0].counter;
        ohm_replay_guard restarted = disk;
        assert_int_equal(ohm_replay_check(&restarted, title, KEY, counter), OHM_REPLAYED);
        assert_int_equal(ohm_replay_check(&restarted, title, KEY, counter + OHM_REPLAY_MARGIN + 1),
                         OHM_OK);
    }
    assert_in_range(writes, 100, 1000 / (OHM_REPLAY_MARGIN - OHM_REPLAY_LEFT) + 1);
}

static void counters_end_at_their_end(void **state)
{
    (void)state;
    ohm_replay_guard guard, disk;
    ohm_replay_init(&guard);
    ohm_replay_accept(&guard, title, KEY, UINT32_MAX - 3);
    ohm_replay_ahead(&guard, OHM_REPLAY_MARGIN, &disk);
    assert_int_equal(disk.slots[0].counter, UINT32_MAX);
    assert_false(ohm_replay_due(&guard, &disk)); /* there is nothing higher to write */
    ohm_replay_init(&guard);
    ohm_replay_accept(&guard, title, KEY, 2);
    assert_true(ohm_replay_due(&guard, &guard)); /* below the margin too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_back),
        cmocka_unit_test(refuses_what_it_did_not_write),
        cmocka_unit_test(a_crash_never_lets_a_replay_in),
        cmocka_unit_test(counters_end_at_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
