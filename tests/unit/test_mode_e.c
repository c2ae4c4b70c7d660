/* The sign-on of IEC 62056-21 mode E, against the simulated meter and against what heads do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/cosem_server.h"
#include "wire/mode_e.h"

static ohm_cosem_server meter;
static ohm_mode_e m;
static ohm_mono_ms now;

/* Until the sign-on is over; the meter hears all of it. */
static ohm_mode_e_event sign_on(size_t chunk)
{
    uint8_t heard[256];
    ohm_mode_e_open(&m, now);
    for (int turn = 0; turn < 100; turn++) {
        ohm_writer out = ohm_writer_over(heard, sizeof heard);
        ohm_span bytes;
        while (ohm_mode_e_take(&m, &bytes, now))
            ohm_cosem_server_input(&meter, bytes, &out);
        ohm_span all = ohm_writer_span(&out);
        while (all.len > 0) {
            ohm_span part = ohm_span_part(all, 0, all.len < chunk ? all.len : chunk);
            all = ohm_span_part(all, part.len, all.len - part.len);
            ohm_mode_e_event event = ohm_mode_e_input(&m, &part, now);
            if (event != OHM_MODE_E_NOTHING)
                return event;
        }
        if (out.len > 0)
            continue;
        now.v = m.wake.v;
        ohm_mode_e_event event = ohm_mode_e_tick(&m, now);
        if (event != OHM_MODE_E_NOTHING)
            return event;
    }
    return OHM_MODE_E_NOTHING;
}

static void meters_and_heads(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        unsigned ways;
        size_t chunk;
        uint32_t most, baud;
        ohm_mode_e_event event;
    } rows[] = {
        { "as the standard has it", 0, 100, 0, 9600, OHM_MODE_E_DONE },
        { "byte by byte", 0, 1, 0, 9600, OHM_MODE_E_DONE },
        { "the head sends back what we say", OHM_SERVER_ECHO, 3, 0, 9600, OHM_MODE_E_DONE },
        { "it changes over without a word", OHM_SERVER_SILENT_ACK, 9, 0, 9600, OHM_MODE_E_DONE },
        { "both", OHM_SERVER_ECHO | OHM_SERVER_SILENT_ACK, 9, 0, 9600, OHM_MODE_E_DONE },
        { "slower than the meter could", 0, 100, 2400, 2400, OHM_MODE_E_DONE },
        { "no HDLC here", OHM_SERVER_NO_HDLC, 100, 0, 0, OHM_MODE_E_FAILED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_cosem_server_init(&meter);
        meter.line = OHM_SERVER_MODE_E;
        meter.ways = rows[i].ways;
        assert_int_equal(ohm_mode_e_init(&m, NULL, rows[i].most), OHM_OK);
        if (sign_on(rows[i].chunk) != rows[i].event)
            fail_msg("%s: %s", rows[i].why, m.what);
        if (rows[i].event == OHM_MODE_E_DONE)
            assert_int_equal(m.baud, rows[i].baud);
        if (rows[i].event == OHM_MODE_E_DONE)
            assert_string_equal(m.identity, "SIM5\\2SIM0001.B40");
    }
}

/* What a meter says, against what follows from it. */
static void names(void **state)
{
    (void)state;
    static const struct {
        const char *why, *said;
        uint32_t baud; /* 0: refused */
    } rows[] = {
        { "an E450's relative", "/LGZ5\\2ZMD4054459.B40\r\n", 9600 },
        { "300 baud for ever", "/ABC0\\2X\r\n", 300 },
        { "the fastest", "/ABC6\\2X\r\n", 19200 },
        { "a speed that is reserved", "/ABC7\\2X\r\n", 0 },
        { "a letter is mode B", "/ABCE\\2X\r\n", 0 },
        { "mode C only", "/ABC5X12345\r\n", 0 },
        { "another protocol", "/ABC5\\3X\r\n", 0 },
        { "too short", "/ABC5\r\n", 0 },
        { "parity left in", "/\xccGZ5\\2\xd8\r\n", 9600 },
        { "noise first", "\xff\x01zz/LGZ5\\2X\r\n", 9600 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_span out, in = ohm_span_text(rows[i].said);
        assert_int_equal(ohm_mode_e_init(&m, "12345", 0), OHM_OK);
        ohm_mode_e_open(&m, now);
        assert_true(ohm_mode_e_take(&m, &out, now));
        assert_true(ohm_span_is(out, "/?12345!\r\n"));
        ohm_mode_e_event event = ohm_mode_e_input(&m, &in, now);
        bool good = event == OHM_MODE_E_NOTHING && m.baud == rows[i].baud && rows[i].baud;
        if (good != (rows[i].baud != 0) || (!good && event != OHM_MODE_E_FAILED))
            fail_msg("%s: %u %s", rows[i].why, m.baud, m.what);
        if (!good)
            continue;
        now.v = m.wake.v;
        assert_int_equal(ohm_mode_e_tick(&m, now), OHM_MODE_E_NOTHING);
        uint8_t ack[] = { 6, '2', (uint8_t)rows[i].said[4], '2', '\r', '\n' };
        assert_true(ohm_mode_e_take(&m, &out, now));
        assert_int_equal(out.len, sizeof ack);
        assert_int_equal(out.ptr[0], 6);
        assert_int_equal(out.ptr[5], '\n');
    }
}

/* §6.4.3 at 300 baud: a call with a long address, a meter that takes 1.5 s to react and whose
 * name comes a character at a time; then it needs 200 ms to turn round. */
static void reaction_times(void **state)
{
    (void)state;
    static const char name[] = "/ABC5\\2identification-X\r\n";
    static const int64_t character_ms = 34, longest_ms = 1500, shortest_ms = 200;
    ohm_span out;
    assert_int_equal(ohm_mode_e_init(&m, "12345678901234567890", 0), OHM_OK);
    ohm_mode_e_open(&m, now);
    assert_true(ohm_mode_e_take(&m, &out, now));
    now.v += (int64_t)out.len * character_ms + longest_ms;
    for (size_t i = 0; name[i]; i++) {
        ohm_span byte = ohm_span_of((const uint8_t *)name + i, 1);
        now.v += i == 3 ? longest_ms : character_ms;
        assert_int_equal(ohm_mode_e_tick(&m, now), OHM_MODE_E_NOTHING);
        assert_false(ohm_mode_e_take(&m, &out, now)); /* no second call in the middle of it */
        assert_int_equal(ohm_mode_e_input(&m, &byte, now), OHM_MODE_E_NOTHING);
    }
    const ohm_mono_ms named = now;
    assert_false(ohm_mode_e_take(&m, &out, now));
    now = m.wake;
    assert_true(now.v - named.v >= shortest_ms && now.v - named.v <= longest_ms);
    assert_int_equal(ohm_mode_e_tick(&m, now), OHM_MODE_E_NOTHING);
    assert_true(ohm_mode_e_take(&m, &out, now));
    assert_int_equal(out.ptr[0], 6);
}

/* Bytes for ever are no answer. */
static void noise_holds_nobody_up(void **state)
{
    (void)state;
    ohm_span out;
    int calls = 0;
    assert_int_equal(ohm_mode_e_init(&m, NULL, 0), OHM_OK);
    const ohm_mono_ms begun = now;
    ohm_mode_e_open(&m, now);
    ohm_mode_e_event event = OHM_MODE_E_NOTHING;
    while (event == OHM_MODE_E_NOTHING && now.v - begun.v < 60000) {
        calls += ohm_mode_e_take(&m, &out, now);
        now.v += 100;
        ohm_span noise = ohm_span_text("\x55");
        event = ohm_mode_e_input(&m, &noise, now);
        if (event == OHM_MODE_E_NOTHING)
            event = ohm_mode_e_tick(&m, now);
    }
    assert_int_equal(event, OHM_MODE_E_FAILED);
    assert_int_equal(calls, 3);
}

static void nobody_is_called_thrice(void **state)
{
    (void)state;
    ohm_span out;
    int calls = 0;
    assert_int_equal(ohm_mode_e_init(&m, NULL, 0), OHM_OK);
    ohm_mode_e_open(&m, now);
    ohm_mode_e_event event = OHM_MODE_E_NOTHING;
    while (event == OHM_MODE_E_NOTHING) {
        while (ohm_mode_e_take(&m, &out, now))
            calls++;
        now.v = m.wake.v;
        event = ohm_mode_e_tick(&m, now);
    }
    assert_int_equal(event, OHM_MODE_E_FAILED);
    assert_int_equal(calls, 3);
    assert_int_equal(ohm_mode_e_init(&m, "a/b", 0), OHM_BAD_FORMAT);
    assert_int_equal(ohm_mode_e_init(&m, "a b", 0), OHM_BAD_FORMAT);
    assert_int_equal(ohm_mode_e_init(&m, "123456789012345678901234567890123", 0), OHM_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meters_and_heads),        cmocka_unit_test(names),
        cmocka_unit_test(reaction_times),          cmocka_unit_test(noise_holds_nobody_up),
        cmocka_unit_test(nobody_is_called_thrice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
