/* A client and a meter on a line that loses, doubles, delays and adds bytes: what is read is
 * exactly what the meter holds, or a failure with its reason; never something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../cosem_talk.h"
#include "wire/axdr.h"

static const ohm_cosem_ref buffer = { 7, { 1, 0, 99, 1, 0, 255 }, 2 };
static talk t;

/* The whole value as the meter would give it over a good line. */
static size_t expected(uint8_t *out, size_t cap)
{
    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    assert_int_equal(talk_open(&t, &c), OHM_COSEM_READY);
    assert_int_equal(talk_get(&t, &buffer, ohm_span_of(NULL, 0)), OHM_COSEM_ANSWER);
    ohm_span value = t.client.answer.data;
    assert_true(value.len <= cap);
    memcpy(out, value.ptr, value.len);
    talk_release(&t);
    return value.len;
}

static void a_bad_line_never_lies(void **state)
{
    (void)state;
    static uint8_t want[16384];
    size_t len = expected(want, sizeof want);
    int good = 0;
    for (uint32_t seed = 1; seed <= 120; seed++) {
        bool ciphered = seed % 3 == 0;
        ohm_cosem_auth auth = ciphered ? OHM_COSEM_GMAC : OHM_COSEM_NONE;
        talk_init(&t, OHM_SERVER_HDLC, auth, ciphered ? 0x30 : 0);
        t.seed = seed * 2654435761u;
        t.loss = (int)(seed % 7) * 15;
        t.twice = (int)(seed % 5) * 20;
        t.late = (int)(seed % 4) * 20;
        t.junk = (int)(seed % 6) * 40;
        t.chunk = seed % 2 ? 1 + seed % 31 : 0;
        t.meter.pdu_max = seed % 2 ? 300 : 0xffff;
        t.meter.window = (uint8_t)(1 + seed % 3);
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, auth, t.meter.control);
        c.hdlc.window = t.meter.window;
        c.hdlc.tries = 8;
        if (talk_open(&t, &c) == OHM_COSEM_READY &&
            talk_get(&t, &buffer, ohm_span_of(NULL, 0)) == OHM_COSEM_ANSWER) {
            assert_int_equal(t.client.answer.error, 0);
            assert_true(ohm_span_equal(t.client.answer.data, ohm_span_of(want, len)));
            good++;
        } else {
            assert_int_equal(t.client.state, OHM_COSEM_BROKEN);
            assert_true(t.client.what[0] != 0);
        }
        talk_release(&t);
    }
    assert_true(good >= 90); /* lost frames are repeated: few conversations fail */
}

/* The meter's bytes in any split give the same. */
static void any_split(void **state)
{
    (void)state;
    static uint8_t want[16384];
    size_t len = expected(want, sizeof want);
    for (size_t chunk = 1; chunk < 150; chunk += chunk < 20 ? 1 : 17) {
        talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
        t.chunk = chunk;
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
        assert_int_equal(talk_open(&t, &c), OHM_COSEM_READY);
        assert_int_equal(talk_get(&t, &buffer, ohm_span_of(NULL, 0)), OHM_COSEM_ANSWER);
        assert_true(ohm_span_equal(t.client.answer.data, ohm_span_of(want, len)));
        talk_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_line_never_lies),
        cmocka_unit_test(any_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
