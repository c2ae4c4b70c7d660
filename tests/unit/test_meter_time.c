#include "meter/meter_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/tzdata.h"
#include "meter/protocol.h"
#include "wire/mbus_frame.h"

enum { NONE = 0x7fff }; /* no deviation */

static ohm_dlms_time said_at(const char *rfc3339, int deviation_min, uint8_t status)
{
    ohm_tz utc;
    ohm_ms ms = 0;
    ohm_tz_utc(&utc);
    assert_int_equal(ohm_rfc3339_parse(ohm_span_text(rfc3339), &ms).code, OHM_OK);
    ohm_dlms_time t = { .present = true, .status = status, .local = ohm_civil_from_utc(&utc, ms) };
    if (deviation_min != NONE) {
        t.has_deviation = true;
        t.deviation_min = (int16_t)deviation_min;
    }
    return t;
}

static ohm_ms instant(const char *rfc3339)
{
    ohm_ms ms = OHM_NO_MS;
    if (rfc3339)
        assert_int_equal(ohm_rfc3339_parse(ohm_span_text(rfc3339), &ms).code, OHM_OK);
    return ms;
}

static void frames_get_their_time(void **state)
{
    (void)state;
    ohm_tz paris;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &paris).code, OHM_OK);
    static const struct {
        const char *why;
        const char *local; /* the meter's, written with a Z that means nothing */
        int deviation_min;
        int status;
        const char *now, *last, *want;
        bool recorded, standard, no_zone;
    } rows[] = {
        { "winter in Paris", "2026-11-20T13:00:00Z", NONE, 0, "2026-11-20T12:00:03Z", NULL,
          "2026-11-20T12:00:00Z", 0, 0, 0 },
        { "summer in Paris, whatever the status says", "2026-07-01T14:00:00Z", NONE, 0,
          "2026-07-01T12:00:03Z", NULL, "2026-07-01T12:00:00Z", 0, 0, 0 },
        { "a deviation needs no zone: UTC = local + deviation", "2026-07-01T14:00:00Z", -120, 0x80,
          "2026-07-01T12:00:03Z", NULL, "2026-07-01T12:00:00Z", 0, 0, 1 },
        { "summer in Paris, a deviation the other way round", "2026-07-01T14:00:00Z", 120, 0x80,
          "2026-07-01T12:00:03Z", NULL, "2026-07-01T12:00:00Z", 0, 0, 0 },
        { "so in winter, of a recording", "2024-12-01T13:00:00Z", 60, 0, "2026-07-01T12:00:03Z",
          NULL, "2024-12-01T12:00:00Z", 1, 0, 0 },
        { "and of a meter that keeps standard time", "2026-07-01T13:00:00Z", 60, 0,
          "2026-07-01T12:00:03Z", NULL, "2026-07-01T12:00:00Z", 0, 0, 0 },
        { "a meter of another zone is believed", "2026-07-01T07:00:00Z", 300, 0,
          "2026-07-01T12:00:03Z", NULL, "2026-07-01T12:00:00Z", 0, 0, 0 },
        { "no zone: reception", "2026-07-01T14:00:00Z", NONE, 0, "2026-07-01T12:00:03Z", NULL,
          "2026-07-01T12:00:03Z", 0, 0, 1 },
        { "a meter that never changes to summer time", "2026-07-01T13:00:00Z", NONE, 0,
          "2026-07-01T12:00:03Z", NULL, "2026-07-01T12:00:00Z", 0, 1, 0 },
        { "the meter stands at 1970", "1970-01-01T00:03:00Z", NONE, 0, "2026-07-01T12:00:03Z", NULL,
          "2026-07-01T12:00:03Z", 0, 0, 0 },
        { "the meter is 11 minutes fast", "2026-11-20T13:11:00Z", NONE, 0, "2026-11-20T12:00:00Z",
          NULL, "2026-11-20T12:00:00Z", 0, 0, 0 },
        { "the meter is 11 minutes slow", "2026-11-20T12:49:00Z", NONE, 0, "2026-11-20T12:00:00Z",
          NULL, "2026-11-20T12:00:00Z", 0, 0, 0 },
        { "the meter is 9 minutes fast", "2026-11-20T13:09:00Z", NONE, 0, "2026-11-20T12:00:00Z",
          NULL, "2026-11-20T12:09:00Z", 0, 0, 0 },
        { "the meter was left in summer time", "2026-11-20T14:00:00Z", NONE, 0,
          "2026-11-20T12:00:00Z", NULL, "2026-11-20T12:00:00Z", 0, 0, 0 },
        { "our clock is not set: the meter knows", "2026-11-20T13:00:00Z", NONE, 0, NULL, NULL,
          "2026-11-20T12:00:00Z", 0, 0, 0 },
        { "nobody knows", "1970-01-01T00:03:00Z", NONE, 0, NULL, NULL, NULL, 0, 0, 0 },
        { "the meter doubts its own clock", "2026-11-20T13:00:00Z", NONE, 1, "2026-11-20T12:00:03Z",
          NULL, "2026-11-20T12:00:03Z", 0, 0, 0 },
        { "a recording keeps its times", "2021-07-06T14:58:16Z", NONE, 0, "2026-11-20T12:00:00Z",
          NULL, "2021-07-06T12:58:16Z", 1, 0, 0 },
        { "autumn, the first 02:30 by our clock", "2026-10-25T02:30:00Z", NONE, 0,
          "2026-10-25T00:30:02Z", NULL, "2026-10-25T00:30:00Z", 0, 0, 0 },
        { "autumn, the second 02:30 by our clock", "2026-10-25T02:30:00Z", NONE, 0,
          "2026-10-25T01:30:02Z", NULL, "2026-10-25T01:30:00Z", 0, 0, 0 },
        { "autumn, the meter says summer", "2026-10-25T02:30:00Z", NONE, 0x80, NULL, NULL,
          "2026-10-25T00:30:00Z", 0, 0, 0 },
        { "autumn by order: nothing before", "2026-10-25T02:30:00Z", NONE, 0, NULL, NULL,
          "2026-10-25T00:30:00Z", 0, 0, 0 },
        { "autumn by order: 02:59 was there", "2026-10-25T02:00:00Z", NONE, 0, NULL,
          "2026-10-25T00:59:55Z", "2026-10-25T01:00:00Z", 0, 0, 0 },
        { "autumn, a recording by order", "2021-10-31T02:00:00Z", NONE, 0, "2026-10-25T01:30:02Z",
          "2021-10-31T00:59:55Z", "2021-10-31T01:00:00Z", 1, 0, 0 },
        { "spring: 02:30 never was", "2026-03-29T02:30:00Z", NONE, 0, "2026-03-29T01:30:02Z", NULL,
          "2026-03-29T01:30:02Z", 0, 0, 0 },
    };
    static ohm_dlms_message message;
    static ohm_meter_profile standard = { .clock = OHM_CLOCK_STANDARD };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        message = (ohm_dlms_message){ .profile = rows[i].standard ? &standard : NULL };
        message.time = said_at(rows[i].local, rows[i].deviation_min, (uint8_t)rows[i].status);
        ohm_meter_clock clock = { rows[i].no_zone ? NULL : &paris, !rows[i].recorded,
                                  instant(rows[i].last), NULL };
        ohm_ms got = ohm_meter_time_of(&clock, &message, instant(rows[i].now));
        if (got != instant(rows[i].want)) {
            char text[OHM_RFC3339_MAX] = "none";
            if (got != OHM_NO_MS)
                (void)ohm_rfc3339_write(got, text);
            fail_msg("%s: %s", rows[i].why, text);
        }
    }
}

/* Meters that keep standard time all year, or go with the people, without saying which. */
static void standard_or_civil(void **state)
{
    (void)state;
    ohm_tz paris;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &paris).code, OHM_OK);
    static const struct {
        const char *why, *local, *now, *want;
        bool recorded, no_zone;
    } rows[] = {
        { "winter: both are one", "2026-11-20T13:00:00Z", "2026-11-20T12:00:03Z",
          "2026-11-20T12:00:00Z", false, false },
        { "winter, recorded", "2026-11-20T13:00:00Z", NULL, "2026-11-20T12:00:00Z", true, false },
        { "July, standard time", "2026-07-01T13:00:00Z", "2026-07-01T12:00:03Z",
          "2026-07-01T12:00:00Z", false, false },
        { "July, civil time", "2026-07-01T14:00:00Z", "2026-07-01T12:00:03Z",
          "2026-07-01T12:00:00Z", false, false },
        { "July, slow by 20 minutes", "2026-07-01T13:40:00Z", "2026-07-01T12:00:00Z",
          "2026-07-01T11:40:00Z", false, false },
        { "July, recorded: nobody can tell", "2026-07-01T13:00:00Z", "2026-07-01T12:00:03Z", NULL,
          true, false },
        { "July, our clock is not set", "2026-07-01T13:00:00Z", NULL, NULL, false, false },
        { "spring: civil 02:30 never was", "2026-03-29T02:30:00Z", "2026-03-29T01:30:02Z",
          "2026-03-29T01:30:00Z", false, false },
        { "no zone", "2026-11-20T13:00:00Z", "2026-11-20T12:00:03Z", NULL, false, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_dlms_time said = said_at(rows[i].local, NONE, 0);
        const ohm_meter_clock clock = { rows[i].no_zone ? NULL : &paris, !rows[i].recorded,
                                        OHM_NO_MS, NULL };
        if (ohm_meter_clock_either(&clock, &said.local, instant(rows[i].now)) !=
            instant(rows[i].want))
            fail_msg("%s", rows[i].why);
    }
}

/* The same by a telegram: a clock of type F that says 13:00 in July, with the summer flag or not.
 */
static void an_mbus_telegram(void **state)
{
    (void)state;
    static const struct {
        uint8_t hour, flag;
        const char *now, *want;
    } rows[] = {
        { 13, 0x00, "2026-07-01T12:00:03Z", "2026-07-01T12:00:00Z" },
        { 14, 0x00, "2026-07-01T12:00:03Z", "2026-07-01T12:00:00Z" },
        { 14, 0x80, "2026-07-01T12:00:03Z", "2026-07-01T12:00:00Z" },
        { 13, 0x80, "2026-07-01T12:00:03Z", "2026-07-01T12:00:03Z" }, /* an hour slow */
    };
    const ohm_protocol *mbus = ohm_protocol_find("mbus");
    ohm_tz paris;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &paris).code, OHM_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint8_t records[] = { 0x04, 0x6d, 0x00, rows[i].hour | rows[i].flag, 0x41, 0x37 };
        const ohm_protocol_config config = { .line = false };
        const ohm_meter_clock clock = { &paris, true, OHM_NO_MS, NULL };
        uint8_t frame[OHM_MBUS_LONG_MAX];
        ohm_span in = { frame, ohm_mbus_put_long(0x08, 1, 0x78,
                                                 ohm_span_of(records, sizeof records), frame) };
        ohm_protocol_reject reject;
        const void *message = NULL;
        void *decoder = calloc(1, mbus->state_size);
        assert_non_null(decoder);
        assert_int_equal(mbus->init(decoder, &config).code, OHM_OK);
        assert_int_equal(mbus->next(decoder, &in, &message, &reject), OHM_OK);
        assert_int_equal(mbus->time_of(message, &clock, instant(rows[i].now)),
                         instant(rows[i].want));
        free(decoder);
    }
}

static void the_clock_object_stands_in(void **state)
{
    (void)state;
    static const uint8_t bytes[OHM_DLMS_TIME_LEN] = { 0x07, 0xe7, 11,   10,   5,    10,
                                                      58,   50,   0xff, 0xff, 0xc4, 0 };
    static const uint8_t other[OHM_OBIS_LEN] = { 0, 1, 24, 2, 1, 255 };
    static ohm_dlms_message message;
    ohm_dlms_time said;
    message.count = 2;
    for (int i = 0; i < 2; i++) {
        message.values[i].kind = OHM_DLMS_DATETIME;
        message.values[i].bytes = ohm_span_of(bytes, sizeof bytes);
    }
    message.values[0].has_obis = true; /* when a gas meter was read: not the time of the push */
    memcpy(message.values[0].obis, other, sizeof other);
    message.count = 1;
    assert_false(ohm_meter_time_said(&message, &said));
    message.count = 2;
    assert_true(ohm_meter_time_said(&message, &said));
    ohm_meter_clock clock = { NULL, false, OHM_NO_MS, NULL };
    assert_int_equal(ohm_meter_time_resolve(&clock, &message, &said, OHM_NO_MS),
                     instant("2023-11-10T09:58:50Z"));
}

static void how_far_off_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t said_s, off_s; /* less our clock */
        bool recorded;
    } rows[] = {
        { "it agrees", 0, 0, false },
        { "a little fast", 600, 0, false },
        { "left in summer time", 3600, 3600, false },
        { "and slow", -601, -601, false },
        { "a recording is old, not off", -86400, 77, true },
    };
    const ohm_ms now_ms = instant("2026-11-20T12:00:00Z");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t off_ms = 77000;
        ohm_meter_clock clock = { NULL, !rows[i].recorded, OHM_NO_MS, &off_ms };
        (void)ohm_meter_clock_accept(&clock, now_ms + rows[i].said_s * 1000, now_ms);
        if (off_ms != rows[i].off_s * 1000)
            fail_msg("%s: %lld ms", rows[i].why, (long long)off_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_get_their_time), cmocka_unit_test(standard_or_civil),
        cmocka_unit_test(an_mbus_telegram),      cmocka_unit_test(the_clock_object_stands_in),
        cmocka_unit_test(how_far_off_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
