#include "meter/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { STALE_S = 30 };

static ohm_mono_ms at(int64_t seconds)
{
    return (ohm_mono_ms){ 1000 * seconds };
}

/* A story: what happens at which second, and the state that must follow at another. */
typedef enum what {
    UP,
    FAIL,
    BREAK,
    BYTES,
    BABBLE,
    FRAME,
    MESSAGE,
    NO_KEY,
    BAD_TAG,
    BARE,
    PART
} what;

typedef struct event {
    int second;
    what what;
} event;

static void apply(ohm_meter_health *h, event e)
{
    switch (e.what) {
    case UP:
        ohm_meter_health_up(h, at(e.second));
        break;
    case FAIL:
        ohm_meter_health_down(h, false);
        break;
    case BREAK:
        ohm_meter_health_down(h, true);
        break;
    case BYTES:
        ohm_meter_health_bytes(h, 20, at(e.second));
        break;
    case BABBLE:
        ohm_meter_health_bytes(h, 600, at(e.second));
        break;
    case FRAME:
        ohm_meter_health_frame(h, at(e.second));
        break;
    case MESSAGE:
        ohm_meter_health_frame(h, at(e.second));
        ohm_meter_health_message(h, at(e.second));
        break;
    case NO_KEY:
        ohm_meter_health_trouble(h, OHM_METER_NO_KEY, at(e.second));
        break;
    case BAD_TAG:
        ohm_meter_health_trouble(h, OHM_METER_WRONG_KEY, at(e.second));
        break;
    case PART:
        ohm_meter_health_message(h, at(e.second));
        ohm_meter_health_read(h, OHM_METER_PARTLY);
        break;
    case BARE:
        ohm_meter_health_trouble(h, OHM_METER_UNKNOWN_LAYOUT, at(e.second));
        break;
    }
}

static void stories(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        event events[6];
        int count, second;
        ohm_meter_state want;
    } rows[] = {
        { "nothing tried yet", { { 0, UP } }, 0, 1, OHM_METER_STARTING },
        { "no port", { { 0, FAIL } }, 1, 1, OHM_METER_UNREACHABLE },
        { "just opened", { { 0, UP } }, 1, 5, OHM_METER_STARTING },
        { "open and silent", { { 0, UP } }, 1, 30, OHM_METER_NO_BYTES },
        { "a little noise is too early to judge",
          { { 0, UP }, { 1, BYTES } },
          2,
          12,
          OHM_METER_STARTING },
        { "babble", { { 0, UP }, { 9, BABBLE } }, 2, 12, OHM_METER_NO_FRAME },
        { "babble, but not for long", { { 0, UP }, { 2, BABBLE } }, 2, 5, OHM_METER_STARTING },
        { "noise for long", { { 0, UP }, { 29, BYTES } }, 2, 31, OHM_METER_NO_FRAME },
        { "reads", { { 0, UP }, { 3, BYTES }, { 3, MESSAGE } }, 3, 10, OHM_METER_OK },
        { "reads until it is stale", { { 0, UP }, { 3, MESSAGE } }, 2, 32, OHM_METER_OK },
        { "silent after that", { { 0, UP }, { 3, MESSAGE } }, 2, 33, OHM_METER_STALE },
        { "babbles after that",
          { { 0, UP }, { 3, MESSAGE }, { 35, BABBLE } },
          3,
          40,
          OHM_METER_NO_FRAME },
        { "no key is said at once",
          { { 0, UP }, { 2, FRAME }, { 2, NO_KEY } },
          3,
          2,
          OHM_METER_NO_KEY },
        { "one bad tag may be chance",
          { { 0, UP }, { 2, FRAME }, { 2, BAD_TAG } },
          3,
          3,
          OHM_METER_STARTING },
        { "two are not", { { 0, UP }, { 2, BAD_TAG }, { 7, BAD_TAG } }, 3, 7, OHM_METER_WRONG_KEY },
        { "one bad tag between good messages",
          { { 0, UP }, { 2, MESSAGE }, { 7, BAD_TAG }, { 12, MESSAGE }, { 17, BAD_TAG } },
          5,
          50,
          OHM_METER_STALE },
        { "a new key at the meter shows when the last value is old",
          { { 0, UP }, { 2, MESSAGE }, { 7, BAD_TAG }, { 20, BAD_TAG }, { 31, BAD_TAG } },
          5,
          33,
          OHM_METER_WRONG_KEY },
        { "bare values", { { 0, UP }, { 2, FRAME }, { 2, BARE } }, 3, 3, OHM_METER_UNKNOWN_LAYOUT },
        { "not all of it came", { { 0, UP }, { 3, PART } }, 2, 10, OHM_METER_PARTLY },
        { "not all of it came, and then nothing",
          { { 0, UP }, { 3, PART } },
          2,
          40,
          OHM_METER_STALE },
        { "one list of two is understood",
          { { 0, UP }, { 2, MESSAGE }, { 3, BARE } },
          3,
          4,
          OHM_METER_OK },
        { "trouble does not last for ever",
          { { 0, UP }, { 2, NO_KEY } },
          2,
          40,
          OHM_METER_NO_BYTES },
        { "frames that are no pushes", { { 0, UP }, { 35, FRAME } }, 2, 40, OHM_METER_STARTING },
        { "the line breaks and comes back",
          { { 0, UP }, { 3, MESSAGE }, { 5, BREAK } },
          3,
          6,
          OHM_METER_OK },
        { "the line breaks and stays away",
          { { 0, UP }, { 3, MESSAGE }, { 5, BREAK }, { 6, FAIL } },
          4,
          6,
          OHM_METER_UNREACHABLE },
        { "and comes back later",
          { { 0, UP }, { 3, MESSAGE }, { 5, BREAK }, { 6, FAIL }, { 60, UP } },
          5,
          61,
          OHM_METER_STALE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_meter_health h;
        ohm_meter_health_init(&h, 1000 * STALE_S, at(0));
        for (int e = 0; e < rows[i].count; e++)
            apply(&h, rows[i].events[e]);
        ohm_meter_state got = ohm_meter_health_state(&h, at(rows[i].second));
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_meter_state_code(got));
    }
}

/* Whatever a device's bytes lead to is taken, if only as silence: they never end the process. */
static void any_trouble_is_taken(void **state)
{
    (void)state;
    for (int i = 0; i <= OHM_METER_STATES_COUNT; i++) {
        ohm_meter_health h;
        ohm_meter_state s = (ohm_meter_state)i;
        ohm_meter_health_init(&h, 1000 * STALE_S, at(0));
        h.asked = true;
        ohm_meter_health_up(&h, at(1));
        ohm_meter_health_trouble(&h, s, at(2));
        ohm_meter_health_trouble(&h, s, at(3));
        assert_int_equal(ohm_meter_health_state(&h, at(4)),
                         ohm_meter_state_trouble(s) ? s : OHM_METER_NO_ANSWER);
    }
    assert_true(ohm_meter_state_trouble(OHM_METER_NO_FRAME));
    assert_false(ohm_meter_state_trouble(OHM_METER_OK));
}

/* A device that is asked is as its last answer, or the want of one, says; however long ago. */
static void asked_devices(void **state)
{
    (void)state;
    ohm_meter_health h;
    ohm_meter_health_init(&h, 1000 * STALE_S, at(0));
    h.asked = true;
    ohm_meter_health_up(&h, at(1));
    assert_int_equal(ohm_meter_health_state(&h, at(100)), OHM_METER_STARTING);
    ohm_meter_health_trouble(&h, OHM_METER_NO_ANSWER, at(101));
    assert_int_equal(ohm_meter_health_state(&h, at(101)), OHM_METER_NO_ANSWER);
    assert_int_equal(ohm_meter_health_state(&h, at(1000)), OHM_METER_NO_ANSWER);
    ohm_meter_health_message(&h, at(1001));
    assert_int_equal(ohm_meter_health_state(&h, at(1002)), OHM_METER_OK);
    ohm_meter_health_trouble(&h, OHM_METER_REFUSED, at(1003));
    assert_int_equal(ohm_meter_health_state(&h, at(1003)), OHM_METER_OK); /* values still fresh */
    assert_int_equal(ohm_meter_health_state(&h, at(1100)), OHM_METER_REFUSED);
    ohm_meter_health_down(&h, true);
    assert_int_equal(ohm_meter_health_state(&h, at(1101)), OHM_METER_REFUSED);
    ohm_meter_health_down(&h, false);
    assert_int_equal(ohm_meter_health_state(&h, at(1102)), OHM_METER_UNREACHABLE);
}

static void every_state_has_its_words(void **state)
{
    (void)state;
    for (int i = 0; i < OHM_METER_STATES_COUNT; i++) {
        ohm_meter_state s = (ohm_meter_state)i;
        assert_true(strlen(ohm_meter_state_code(s)) > 1);
        assert_true(strlen(ohm_meter_state_text(s, false)) > 15);
        assert_true(strlen(ohm_meter_state_text(s, true)) > 15);
        assert_null(strstr(ohm_meter_state_text_for("mqtt", OHM_METER_NO_BYTES, true), "câble"));
        assert_string_equal(ohm_meter_state_text_for("dlms", s, true),
                            ohm_meter_state_text(s, true));
        assert_string_not_equal(ohm_meter_state_text(s, false), ohm_meter_state_text(s, true));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(ohm_meter_state_code(s),
                                    ohm_meter_state_code((ohm_meter_state)j));
    }
}

static void some_protocols_have_their_own_words(void **state)
{
    (void)state;
    static const struct {
        const char *protocol, *english, *french;
    } rows[] = {
        { "modbus", "modbus-rtu", "page web" },
        { "d0", "300 7E1", "tête optique" },
    };
    /* A meter at an optical head is asked, and not heard: the usual words send one to the cable. */
    assert_non_null(strstr(ohm_meter_state_text_for("d0", OHM_METER_NO_BYTES, false), "every_s"));
    assert_non_null(strstr(ohm_meter_state_text_for("d0", OHM_METER_NO_BYTES, true), "every_s"));
    assert_null(strstr(ohm_meter_state_text_for("d0", OHM_METER_NO_ANSWER, true), "RS-485"));
    assert_non_null(strstr(ohm_meter_state_text_for("d0", OHM_METER_NO_ANSWER, false), "head"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *p = rows[i].protocol;
        assert_non_null(
            strstr(ohm_meter_state_text_for(p, OHM_METER_NO_FRAME, false), rows[i].english));
        assert_non_null(
            strstr(ohm_meter_state_text_for(p, OHM_METER_NO_FRAME, true), rows[i].french));
        assert_string_equal(ohm_meter_state_text_for(p, OHM_METER_STALE, true),
                            ohm_meter_state_text(OHM_METER_STALE, true));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories),
        cmocka_unit_test(any_trouble_is_taken),
        cmocka_unit_test(asked_devices),
        cmocka_unit_test(every_state_has_its_words),
        cmocka_unit_test(some_protocols_have_their_own_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
