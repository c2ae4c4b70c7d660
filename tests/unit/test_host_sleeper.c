#include "host/sleeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 50000, KEPT = 700, PAGES_MAX = 32 };

static int resident(const ohm_sleeper *s)
{
    unsigned char there[PAGES_MAX];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (s->size + page - 1) / page;
    int count = 0;
    assert_true(pages <= PAGES_MAX);
    assert_int_equal(mincore(s->memory, s->size, there), 0);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    return count;
}

static void asleep_it_costs_its_first_bytes(void **state)
{
    (void)state;
    ohm_sleeper s;
    assert_true(ohm_sleeper_init(&s, SIZE, KEPT));
    uint8_t *m = s.memory;
    assert_int_equal(resident(&s), 0);
    memset(m, 0x5a, SIZE);
    for (int round = 0; round < 3; round++) {
        ohm_sleeper_sleep(&s);
        ohm_sleeper_sleep(&s);
        assert_int_equal(resident(&s), 0);
        const uint8_t *look = ohm_sleeper_look(&s);
        assert_int_equal(look[0], 0x5a);
        assert_int_equal(look[KEPT - 1], 0x5a);
        ohm_sleeper_wake(&s);
        ohm_sleeper_wake(&s);
        assert_ptr_equal(s.memory, m);
        assert_ptr_equal(ohm_sleeper_look(&s), m);
        for (int i = 0; i < SIZE; i++)
            if (m[i] != (i < KEPT ? 0x5a : 0))
                fail_msg("round %d: byte %d is %02x", round, i, m[i]);
        memset(m + KEPT, round, SIZE - KEPT);
    }
    ohm_sleeper_release(&s);
    ohm_sleeper_release(&s);
    assert_null(s.memory);
}

static void some_never_sleep(void **state)
{
    (void)state;
    ohm_sleeper s;
    assert_true(ohm_sleeper_init(&s, SIZE, 0));
    memset(s.memory, 0x5a, SIZE);
    ohm_sleeper_sleep(&s);
    assert_int_equal(((const uint8_t *)ohm_sleeper_look(&s))[SIZE - 1], 0x5a);
    ohm_sleeper_wake(&s);
    assert_int_equal(((const uint8_t *)s.memory)[SIZE - 1], 0x5a);
    ohm_sleeper_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asleep_it_costs_its_first_bytes),
        cmocka_unit_test(some_never_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
