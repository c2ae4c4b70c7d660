#include "wire/replay_guard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t one[OHM_SYSTEM_TITLE_LEN] = "OHM00001";
static const uint8_t two[OHM_SYSTEM_TITLE_LEN] = "OHM00002";

static void counters_rise_for_each_title_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const uint8_t *title;
        uint32_t key_id, counter;
        ohm_code code;
    } rows[] = {
        { "first of all, even 0", one, 1, 0, OHM_OK },
        { "the same again", one, 1, 0, OHM_REPLAYED },
        { "a jump ahead", one, 1, 1000, OHM_OK },
        { "an older one", one, 1, 999, OHM_REPLAYED },
        { "another meter counts for itself", two, 1, 5, OHM_OK },
        { "so does another key", one, 2, 5, OHM_OK },
        { "the first pair is unharmed", one, 1, 1000, OHM_REPLAYED },
        { "the last counter there is", one, 1, UINT32_MAX, OHM_OK },
        { "no way around", one, 1, 0, OHM_REPLAYED },
    };
    ohm_replay_guard guard;
    ohm_replay_init(&guard);
    uint64_t changes = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_code code = ohm_replay_check(&guard, rows[i].title, rows[i].key_id, rows[i].counter);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
        if (code == OHM_OK) {
            ohm_replay_accept(&guard, rows[i].title, rows[i].key_id, rows[i].counter);
            changes++;
        }
        assert_int_equal(guard.changes, changes);
    }
}

static void a_full_guard_takes_no_new_title(void **state)
{
    (void)state;
    ohm_replay_guard guard;
    ohm_replay_init(&guard);
    for (uint32_t key = 0; key < OHM_REPLAY_SLOTS; key++) {
        assert_int_equal(ohm_replay_check(&guard, one, key, 1), OHM_OK);
        ohm_replay_accept(&guard, one, key, 1);
    }
    assert_int_equal(ohm_replay_check(&guard, two, 0, 1), OHM_TOO_BIG);
    assert_int_equal(ohm_replay_check(&guard, one, 3, 2), OHM_OK);
}

static void a_copy_restores_it(void **state)
{
    (void)state;
    ohm_replay_guard guard;
    ohm_replay_init(&guard);
    ohm_replay_accept(&guard, one, 7, 70);
    ohm_replay_guard restored = guard;
    assert_int_equal(ohm_replay_check(&restored, one, 7, 70), OHM_REPLAYED);
    assert_int_equal(ohm_replay_check(&restored, one, 7, 71), OHM_OK);
}

static void the_first_title_that_proves_a_key_makes_others_strangers(void **state)
{
    (void)state;
    ohm_replay_guard guard;
    ohm_replay_init(&guard);
    assert_false(ohm_replay_is_stranger(&guard, one, 7)); /* nobody is known */
    ohm_replay_accept(&guard, one, 7, 70);
    assert_false(ohm_replay_is_stranger(&guard, one, 7));
    assert_true(ohm_replay_is_stranger(&guard, two, 7));
    assert_false(ohm_replay_is_stranger(&guard, two, 8)); /* another key: a first use */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_rise_for_each_title_and_key),
        cmocka_unit_test(a_full_guard_takes_no_new_title),
        cmocka_unit_test(a_copy_restores_it),
        cmocka_unit_test(the_first_title_that_proves_a_key_makes_others_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
