#include "meter/line_hunt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static ohm_mono_ms at(int64_t ms)
{
    return (ohm_mono_ms){ ms };
}

static const ohm_protocol two = {
    .name = "two", .baud = 1200, .framing = "7E1", .others = { { 9600, "7E1" }, { 9600, "8N1" } }
};
static const ohm_protocol one = { .name = "one", .baud = 2400, .framing = "8E1" };

static void lines_of(const ohm_line_hunt *hunt, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = 0;
    for (int i = 0; i < hunt->count; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%u %s", i ? ", " : "", hunt->lines[i].baud,
                                hunt->lines[i].framing);
    assert_true(len < cap);
}

static void what_is_tried(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const ohm_protocol *protocol;
        uint32_t baud;
        const char *framing, *want;
    } rows[] = {
        { "all that the protocol has", &two, 0, "", "1200 7E1, 9600 7E1, 9600 8N1" },
        { "no other speed than the configured one", &two, 9600, "", "9600 7E1, 9600 8N1" },
        { "nor than an odd one", &two, 4800, "", "4800 7E1" },
        { "no other framing", &two, 0, "8N1", "1200 8N1, 9600 8N1" },
        { "nothing is left open", &two, 9600, "7E1", "9600 7E1" },
        { "there is but one", &one, 0, "", "2400 8E1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_line_hunt hunt;
        char got[256];
        ohm_line_hunt_init(&hunt, rows[i].protocol, rows[i].baud, rows[i].framing, 0);
        lines_of(&hunt, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, got);
    }
}

/* Of a line of which nothing is known: every protocol that speaks by itself has its turn, and
 * none twice. */
static void every_protocol_has_its_turn(void **state)
{
    (void)state;
    ohm_line_hunt hunt;
    ohm_line_hunt_init(&hunt, NULL, 0, "", 0);
    assert_int_equal(ohm_line_hunt_now(&hunt)->baud, 2400);
    for (size_t p = 0; p < ohm_protocols_count; p++) {
        int found = 0;
        for (int i = 0; i < hunt.count; i++)
            found += hunt.lines[i].baud == ohm_protocols[p]->baud &&
                     !strcmp(hunt.lines[i].framing, ohm_protocols[p]->framing);
        assert_int_equal(found, ohm_protocols[p]->next ? 1 : found);
    }
    ohm_line_hunt_init(&hunt, NULL, 9600, "8N1", 0);
    assert_int_equal(hunt.count, 1);
}

static void noise_moves_on(void **state)
{
    (void)state;
    ohm_line_hunt hunt;
    ohm_line_hunt_init(&hunt, &two, 0, "", 100);
    assert_false(ohm_line_hunt_next(&hunt, at(1000))); /* silence is no noise */
    ohm_line_hunt_bytes(&hunt, 10, at(1000));
    assert_false(ohm_line_hunt_next(&hunt, at(1200))); /* a disturbance */
    ohm_line_hunt_bytes(&hunt, 10, at(1050));
    assert_false(ohm_line_hunt_next(&hunt, at(1099)));
    assert_true(ohm_line_hunt_next(&hunt, at(1100)));
    assert_int_equal(ohm_line_hunt_now(&hunt)->baud, 9600);
    assert_false(ohm_line_hunt_next(&hunt, at(2000))); /* it has its own time */
    ohm_line_hunt_bytes(&hunt, 100, at(2000));
    assert_true(ohm_line_hunt_next(&hunt, at(2100)));
    ohm_line_hunt_bytes(&hunt, 100, at(2200));
    assert_true(ohm_line_hunt_next(&hunt, at(2300)));
    assert_int_equal(ohm_line_hunt_now(&hunt)->baud, 1200); /* round and round */
}

/* A meter that pushes once a minute: its bytes are no noise as soon as they are a frame. */
static void a_frame_stays(void **state)
{
    (void)state;
    ohm_line_hunt hunt;
    ohm_line_hunt_init(&hunt, &two, 0, "", 100);
    for (int64_t t = 0; t < 10 * 60000; t += 60000) {
        ohm_line_hunt_bytes(&hunt, 400, at(t));
        assert_false(ohm_line_hunt_next(&hunt, at(t)));
        ohm_line_hunt_bytes(&hunt, 400, at(t + 90));
        assert_false(ohm_line_hunt_next(&hunt, at(t + 90)));
        ohm_line_hunt_frame(&hunt);
        assert_false(ohm_line_hunt_next(&hunt, at(t + 500)));
    }
    ohm_line_hunt_init(&hunt, &one, 0, "", 100);
    ohm_line_hunt_bytes(&hunt, 400, at(0));
    assert_false(ohm_line_hunt_next(&hunt, at(10000))); /* nowhere to go */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_tried),
        cmocka_unit_test(every_protocol_has_its_turn),
        cmocka_unit_test(noise_moves_on),
        cmocka_unit_test(a_frame_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
