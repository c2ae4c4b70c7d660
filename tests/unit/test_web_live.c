/* The ring of live events: where a stream starts, what it gets, and what it misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/live.h"

static const ohm_ms now_ms = INT64_C(1795305600000);

static int begin(void **state)
{
    ohm_live *live = calloc(1, sizeof *live);
    if (!live)
        return -1;
    ohm_live_init(live, now_ms);
    *state = live;
    return 0;
}

static int end(void **state)
{
    ohm_live_release(*state);
    free(*state);
    return 0;
}

static void add(ohm_live *live, const char *text)
{
    assert_int_equal(ohm_live_add(live, true, ohm_span_text(text)), OHM_OK);
}

static void set_state(ohm_live *live, const char *text)
{
    ohm_blob *blob = ohm_blob_new(ohm_span_text(text));
    assert_non_null(blob);
    ohm_live_set_state(live, blob);
    ohm_blob_unref(blob);
}

/* What a stream that has seen so much gets, as "a b c"; *seen is its newest afterwards. */
static const char *told(const ohm_live *live, uint64_t *seen)
{
    static char text[8192];
    size_t len = 0;
    ohm_live_event event;
    text[0] = '\0';
    while (ohm_live_next(live, *seen, &event)) {
        assert_true(event.id > *seen);
        *seen = event.id;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len ? " " : "",
                                (int)event.data->len, (const char *)event.data->bytes);
        assert_true(len < sizeof text);
    }
    return text;
}

static void nothing_at_first(void **state)
{
    ohm_live *live = *state;
    uint64_t seen = ohm_live_start(live, 0);
    assert_string_equal(told(live, &seen), "");
    assert_true(ohm_live_state_is_old(live)); /* there is none */
    add(live, "a");
    assert_string_equal(told(live, &seen), "a");
    assert_string_equal(told(live, &seen), "");
}

static void a_stream_starts_with_the_state(void **state)
{
    ohm_live *live = *state;
    add(live, "a");
    set_state(live, "S");
    assert_false(ohm_live_state_is_old(live));
    uint64_t seen = ohm_live_start(live, 0);
    assert_string_equal(told(live, &seen), "S");
    add(live, "b");
    assert_true(ohm_live_state_is_old(live));
    assert_string_equal(told(live, &seen), "b");
}

static void only_the_newest_state_is_told(void **state)
{
    ohm_live *live = *state;
    set_state(live, "S1");
    uint64_t seen = ohm_live_start(live, 0);
    assert_string_equal(told(live, &seen), "S1");
    set_state(live, "S2");
    add(live, "a");
    set_state(live, "S3");
    add(live, "b");
    assert_string_equal(told(live, &seen), "a S3 b");
}

/* A large site's is large: it goes when nobody follows, and the next stream gets a newer one. */
static void a_state_that_nobody_follows_is_forgotten(void **state)
{
    ohm_live *live = *state;
    set_state(live, "S1");
    add(live, "a");
    uint64_t seen = ohm_live_start(live, 0);
    assert_string_equal(told(live, &seen), "S1 a");
    ohm_live_forget_state(live);
    ohm_live_forget_state(live);
    assert_true(ohm_live_state_is_old(live));
    add(live, "b");
    assert_string_equal(told(live, &seen), "b");
    set_state(live, "S2");
    uint64_t other = ohm_live_start(live, 0);
    assert_string_equal(told(live, &other), "S2");
}

static void the_last_event_id_brings_what_was_missed(void **state)
{
    ohm_live *live = *state;
    set_state(live, "S1");
    add(live, "a");
    uint64_t seen = ohm_live_start(live, 0);
    assert_string_equal(told(live, &seen), "S1 a");
    uint64_t last = seen;
    add(live, "b");
    add(live, "c");
    set_state(live, "S2");
    seen = ohm_live_start(live, last);
    assert_string_equal(told(live, &seen), "b c S2");
    /* One that has seen all starts with the state all the same: it shows that it is alive. */
    seen = ohm_live_start(live, seen);
    assert_string_equal(told(live, &seen), "S2");
}

static void ids_of_another_run_or_invented_start_with_the_state(void **state)
{
    ohm_live *live = *state;
    static const uint64_t ids[] = { 0, UINT64_MAX, (uint64_t)INT64_MAX, 1795305600000 + 100 };
    add(live, "a");
    set_state(live, "S");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        uint64_t seen = ohm_live_start(live, ids[i]);
        assert_string_equal(told(live, &seen), "S");
    }
    uint64_t seen = ohm_live_start(live, 1795305599999); /* an earlier run's: all of this one */
    assert_string_equal(told(live, &seen), "a S");
}

static void a_slow_stream_misses_the_oldest_and_goes_on(void **state)
{
    ohm_live *live = *state;
    char text[16];
    set_state(live, "S");
    uint64_t seen = ohm_live_start(live, 0);
    for (int i = 0; i < OHM_LIVE_RING_MAX + 44; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        add(live, text);
    }
    const char *got = told(live, &seen);
    assert_memory_equal(got, "S 44 45 ", 8);
    (void)snprintf(text, sizeof text, " %d", OHM_LIVE_RING_MAX + 43);
    assert_string_equal(got + strlen(got) - strlen(text), text);
    int count = 0;
    for (const char *p = got; *p; p++)
        count += *p == ' ';
    assert_int_equal(count, OHM_LIVE_RING_MAX);
}

/* A clock at 1970 starts low, and still never with an id of nothing. */
static void ids_start_above_zero(void **state)
{
    (void)state;
    ohm_live live;
    ohm_live_init(&live, 0);
    add(&live, "a");
    uint64_t seen = 0;
    assert_string_equal(told(&live, &seen), "a");
    assert_true(seen > 0);
    ohm_live_release(&live);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH(nothing_at_first),
        WITH(a_stream_starts_with_the_state),
        WITH(only_the_newest_state_is_told),
        WITH(a_state_that_nobody_follows_is_forgotten),
        WITH(the_last_event_id_brings_what_was_missed),
        WITH(ids_of_another_run_or_invented_start_with_the_state),
        WITH(a_slow_stream_misses_the_oldest_and_goes_on),
        cmocka_unit_test(ids_start_above_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
