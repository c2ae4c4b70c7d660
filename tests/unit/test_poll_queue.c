#include "meter/poll_queue.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MAX = 6 };

static ohm_mono_ms at(int64_t ms)
{
    return (ohm_mono_ms){ ms };
}

static void picks(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t count;
        ohm_poll_slot slots[MAX];
        bool after_dead;
        int want;
        int64_t wait_ms;
    } rows[] = {
        { "nobody", 0, { { 0 } }, false, -1, -1 },
        { "nobody yet", 2, { { 100, 1500, 0 }, { 100, 1200, 0 } }, false, -1, 200 },
        { "the longest overdue", 3, { { 9, 990, 0 }, { 9, 900, 0 }, { 9, 950, 0 } }, false, 1, 0 },
        { "equal ones in their order", 2, { { 9, 900, 0 }, { 9, 900, 0 } }, false, 0, 0 },
        { "due to the millisecond", 1, { { 9, 1000, 0 } }, false, 0, 0 },
        { "a dead one has its turn", 2, { { 9, 990, 0 }, { 9, 900, 3 } }, false, 1, 0 },
        { "but not twice running", 2, { { 9, 990, 0 }, { 9, 900, 3 } }, true, 0, 0 },
        { "unless nobody else is due", 2, { { 9, 1990, 0 }, { 9, 900, 3 } }, true, 1, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_poll_slot *slots[MAX];
        int64_t wait_ms = 77;
        for (size_t s = 0; s < rows[i].count; s++)
            slots[s] = &rows[i].slots[s];
        int got = ohm_poll_pick(slots, rows[i].count, rows[i].after_dead, at(1000), &wait_ms);
        if (got != rows[i].want || (got < 0 && wait_ms != rows[i].wait_ms))
            fail_msg("%s: %d, wait %lld", rows[i].why, got, (long long)wait_ms);
    }
}

static void keeps_its_pace(void **state)
{
    (void)state;
    ohm_poll_slot slot;
    ohm_poll_slot_init(&slot, 10000, at(500));
    assert_int_equal(slot.due_ms, 500);
    ohm_poll_ended(&slot, true, at(1300)); /* however long it took */
    assert_int_equal(slot.due_ms, 10500);
    ohm_poll_ended(&slot, true, at(45000)); /* what was missed is not caught up with */
    assert_int_equal(slot.due_ms, 45000);
    ohm_poll_slot_init(&slot, 0, at(0)); /* nobody is asked without a pause */
    ohm_poll_ended(&slot, true, at(1));
    assert_int_equal(slot.due_ms, OHM_POLL_PACE_MS_MIN);
}

static void rests_longer_and_longer(void **state)
{
    (void)state;
    ohm_poll_slot slot;
    static const int64_t rests_ms[] = { 10000, 20000, 40000, 80000, 160000, 300000, 300000 };
    ohm_poll_slot_init(&slot, 10000, at(0));
    for (size_t i = 0; i < sizeof rests_ms / sizeof *rests_ms; i++) {
        ohm_poll_ended(&slot, false, at(1000));
        assert_int_equal(slot.due_ms, 1000 + rests_ms[i]);
        assert_int_equal(slot.failures, i + 1);
    }
    ohm_poll_ended(&slot, true, at(400000));
    assert_int_equal(slot.failures, 0);
    ohm_poll_slot_init(&slot, 900000, at(0)); /* slower than the longest rest: its own pace */
    ohm_poll_ended(&slot, false, at(0));
    ohm_poll_ended(&slot, false, at(0));
    assert_int_equal(slot.due_ms, 900000);
}

/* A hundred of them on a line that manages one a second: each comes round every hundred. */
static void fair_when_overloaded(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    static ohm_poll_slot slots[COUNT];
    const ohm_poll_slot *list[COUNT];
    int turns[COUNT] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        ohm_poll_slot_init(&slots[i], i % 2 ? 1000 : 30000, at(0));
        list[i] = &slots[i];
    }
    for (int64_t ms = 0; ms < 3000000; ms += 1000) {
        int64_t wait_ms;
        int next = ohm_poll_pick(list, COUNT, false, at(ms), &wait_ms);
        assert_true(next >= 0);
        turns[next]++;
        ohm_poll_ended(&slots[next], true, at(ms + 1000));
    }
    for (int i = 0; i < COUNT; i++)
        assert_true(turns[i] >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks),
        cmocka_unit_test(keeps_its_pace),
        cmocka_unit_test(rests_longer_and_longer),
        cmocka_unit_test(fair_when_overloaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
