#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/limiter.h"

static const ohm_limit three = { .every_ms = 1000, .burst = 3 };

static ohm_mono_ms at(int64_t ms)
{
    return (ohm_mono_ms){ 50000 + ms };
}

static int64_t wait_of(const ohm_limiter *l, const char *key, int64_t ms)
{
    return ohm_limiter_wait_ms(l, "k", ohm_span_text(key), three, at(ms));
}

static void take(ohm_limiter *l, const char *key, int64_t ms)
{
    ohm_limiter_take(l, "k", ohm_span_text(key), three, at(ms));
}

static void a_burst_then_one_by_one(void **state)
{
    (void)state;
    static ohm_limiter l;
    ohm_limiter_init(&l);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wait_of(&l, "a", 0), 0);
        take(&l, "a", 0);
    }
    assert_int_equal(wait_of(&l, "a", 0), 1000);
    assert_int_equal(wait_of(&l, "a", 999), 1);
    assert_int_equal(wait_of(&l, "a", 1000), 0);
    take(&l, "a", 1000);
    assert_int_equal(wait_of(&l, "a", 1000), 1000);
    assert_int_equal(wait_of(&l, "a", 9000), 0); /* full again: three */
    for (int i = 0; i < 3; i++)
        take(&l, "a", 9000);
    assert_int_equal(wait_of(&l, "a", 9000), 1000);
}

static void tries_that_come_too_early_make_the_wait_no_longer(void **state)
{
    (void)state;
    static ohm_limiter l;
    ohm_limiter_init(&l);
    for (int i = 0; i < 1000; i++)
        take(&l, "a", 0);
    assert_int_equal(wait_of(&l, "a", 0), 1000);
}

static void keys_and_kinds_are_apart(void **state)
{
    (void)state;
    static ohm_limiter l;
    ohm_limiter_init(&l);
    for (int i = 0; i < 3; i++)
        take(&l, "a", 0);
    assert_int_equal(wait_of(&l, "b", 0), 0);
    assert_int_equal(wait_of(&l, "", 0), 0);
    assert_int_equal(ohm_limiter_wait_ms(&l, "other", ohm_span_text("a"), three, at(0)), 0);
    /* "ka" + "b" is not "k" + "ab" */
    assert_int_not_equal(ohm_limiter_hash(&l, "ka", ohm_span_text("b")),
                         ohm_limiter_hash(&l, "k", ohm_span_text("ab")));
    ohm_limiter_forgive(&l, "k", ohm_span_text("b"));
    assert_int_equal(wait_of(&l, "a", 0), 1000);
    ohm_limiter_forgive(&l, "k", ohm_span_text("a"));
    assert_int_equal(wait_of(&l, "a", 0), 0);
}

static void each_process_hashes_its_own_way(void **state)
{
    (void)state;
    static ohm_limiter l, other;
    ohm_limiter_init(&l);
    ohm_limiter_init(&other);
    assert_int_not_equal(ohm_limiter_hash(&l, "k", ohm_span_text("a")),
                         ohm_limiter_hash(&other, "k", ohm_span_text("a")));
    uint8_t big[1000] = { 0 }; /* longer than what is hashed */
    uint64_t hash = ohm_limiter_hash(&l, "k", ohm_span_of(big, sizeof big));
    big[999] = 1;
    assert_int_equal(ohm_limiter_hash(&l, "k", ohm_span_of(big, sizeof big)), hash);
}

/* Who is limited longest stays so, however many others come. */
static void a_full_table_forgets_those_it_limits_least(void **state)
{
    (void)state;
    static ohm_limiter l;
    char key[16];
    ohm_limiter_init(&l);
    for (int i = 0; i < 3; i++)
        take(&l, "villain", 0);
    for (int i = 0; i < 10 * OHM_LIMITER_ROWS; i++) {
        (void)snprintf(key, sizeof key, "%d", i);
        take(&l, key, 0);
    }
    assert_int_equal(wait_of(&l, "villain", 0), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_one_by_one),
        cmocka_unit_test(tries_that_come_too_early_make_the_wait_no_longer),
        cmocka_unit_test(keys_and_kinds_are_apart),
        cmocka_unit_test(each_process_hashes_its_own_way),
        cmocka_unit_test(a_full_table_forgets_those_it_limits_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
