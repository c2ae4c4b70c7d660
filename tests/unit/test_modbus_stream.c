#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../modbus_streams.h"

static ohm_modbus m;
static const ohm_modbus_config any = { 0 };

/* Decodes it all: 'P' a pair, 'Q' a request alone, 'A' an answer alone, 'x' a refusal. */
static const char *story(const stream *s, size_t chunk)
{
    static char told[64];
    size_t len = 0;
    ohm_modbus_init(&m, &any);
    for (size_t at = 0; at <= s->len; at += chunk) {
        size_t n = s->len - at < chunk ? s->len - at : chunk;
        ohm_span in = ohm_span_of(s->bytes + at, n);
        if (at + n == s->len)
            ohm_modbus_finish(&m);
        const ohm_modbus_message *message = NULL;
        ohm_modbus_reject reject;
        ohm_code code;
        while ((code = ohm_modbus_next(&m, &in, &message, &reject)) != OHM_MORE &&
               code != OHM_END) {
            assert_true(len + 1 < sizeof told);
            char c = 'x';
            if (code == OHM_OK)
                c = !message->has_reply ? 'Q' : message->has_request ? 'P' : 'A';
            told[len++] = c;
        }
        if (code == OHM_END)
            break;
    }
    told[len] = 0;
    return told;
}

static void pairs_come_out_of_both_framings(void **state)
{
    (void)state;
    for (int framing = OHM_MODBUS_RTU; framing <= OHM_MODBUS_TCP; framing++) {
        stream s = { 0 };
        stream_pair(&s, (ohm_modbus_framing)framing, 1, 0, 60);
        stream_pair(&s, (ohm_modbus_framing)framing, 2, 342, 2);
        stream_pair(&s, (ohm_modbus_framing)framing, 1, 0, 125);
        for (size_t chunk = 1; chunk <= s.len; chunk++) {
            assert_string_equal(story(&s, chunk), "PPP");
            assert_int_equal(m.counters.frames, 6);
            assert_int_equal(m.counters.bytes_skipped, 0);
        }
    }
}

static void halves_come_out_alone(void **state)
{
    (void)state;
    const ohm_modbus_frame question = { .unit = 3, .function = 3, .address = 9, .count = 1 };
    const ohm_modbus_frame answer = {
        .reply = true, .unit = 4, .function = 3, .data = { (const uint8_t *)"\x01\x02", 2 }
    };
    stream s = { 0 };
    stream_add(&s, OHM_MODBUS_RTU, &answer);
    stream_add(&s, OHM_MODBUS_RTU, &question);
    stream_add(&s, OHM_MODBUS_RTU, &question);
    stream_pair(&s, OHM_MODBUS_RTU, 1, 7, 2);
    stream_add(&s, OHM_MODBUS_RTU, &question);
    assert_string_equal(story(&s, 1), "AQQPQ");
    assert_int_equal(m.counters.unanswered, 3);
    assert_int_equal(m.framing, OHM_MODBUS_BELIEVE_RTU);
}

static void writes_are_pairs_of_equals(void **state)
{
    (void)state;
    ohm_modbus_frame write = { .unit = 3,
                               .function = 6,
                               .address = 9,
                               .count = 1,
                               .data = { (const uint8_t *)"\x01\x02", 2 } };
    stream s = { 0 };
    stream_add(&s, OHM_MODBUS_RTU, &write);
    write.reply = true;
    stream_add(&s, OHM_MODBUS_RTU, &write);
    assert_string_equal(story(&s, 3), "P");
}

static void tcp_answers_may_come_in_any_order(void **state)
{
    (void)state;
    stream s = { 0 };
    for (uint16_t i = 0; i < 6; i++) {
        const ohm_modbus_frame q = {
            .transaction = i, .unit = 1, .function = 3, .address = (uint16_t)(10 * i), .count = 1
        };
        stream_add(&s, OHM_MODBUS_TCP, &q);
    }
    for (uint16_t i = 6; i-- > 0;) {
        const uint8_t data[2] = { 0, (uint8_t)i };
        const ohm_modbus_frame a = {
            .transaction = i, .reply = true, .unit = 1, .function = 3, .data = { data, 2 }
        };
        stream_add(&s, OHM_MODBUS_TCP, &a);
    }
    assert_string_equal(story(&s, 5), "PPPPPP");
    assert_int_equal(m.message.reply.address, 0); /* the last was the first question's */
}

static void damage_costs_the_frames_it_touches(void **state)
{
    (void)state;
    for (size_t at = 0; at < 17; at++) {
        stream s = { 0 };
        stream_pair(&s, OHM_MODBUS_RTU, 3, 0, 2);
        size_t first = s.len;
        stream_pair(&s, OHM_MODBUS_RTU, 1, 0, 2); /* 8 and 9 bytes */
        stream_pair(&s, OHM_MODBUS_RTU, 2, 0, 2);
        s.bytes[first + at] ^= 0x10;
        const char *told = story(&s, 7);
        assert_string_equal(told, at < 8 ? "PxAP" : "PxQP");
    }
    stream s = { 0 };
    stream_pair(&s, OHM_MODBUS_RTU, 1, 0, 60);
    s.len -= 1;
    assert_string_equal(story(&s, 10), "xQ");
}

static void noise_proves_nothing(void **state)
{
    (void)state;
    const ohm_modbus_frame answer = {
        .reply = true, .unit = 4, .function = 3, .data = { (const uint8_t *)"\x01\x02", 2 }
    };
    stream s = { .len = 3, .bytes = "abc" };
    stream_add(&s, OHM_MODBUS_RTU, &answer); /* might be anything */
    assert_string_equal(story(&s, 2), "x");
    assert_int_equal(m.framing, 0);
    stream_pair(&s, OHM_MODBUS_RTU, 1, 0, 2);
    stream_add(&s, OHM_MODBUS_RTU, &answer);
    assert_string_equal(story(&s, 2), "xPA");
}

static void tcp_ends_at_its_first_bad_header(void **state)
{
    (void)state;
    stream s = { 0 };
    stream_pair(&s, OHM_MODBUS_TCP, 1, 0, 2);
    size_t end = s.len;
    stream_pair(&s, OHM_MODBUS_TCP, 1, 1, 2);
    s.bytes[end + 2] = 1;
    assert_string_equal(story(&s, 9), "Px");
    assert_int_equal(m.counters.bytes_skipped, s.len - end);
    ohm_modbus_reset(&m);
    ohm_span in = ohm_span_of(s.bytes, end);
    const ohm_modbus_message *message = NULL;
    ohm_modbus_reject reject;
    assert_int_equal(ohm_modbus_next(&m, &in, &message, &reject), OHM_OK);
}

static void an_unknown_function_is_named_and_passed(void **state)
{
    (void)state;
    stream s = { 0 };
    stream_pair(&s, OHM_MODBUS_TCP, 1, 0, 2);
    static const uint8_t odd[] = { 0, 9, 0, 0, 0, 2, 1, 0x11 };
    memcpy(s.bytes + s.len, odd, sizeof odd);
    s.len += sizeof odd;
    stream_pair(&s, OHM_MODBUS_TCP, 1, 1, 2);
    assert_string_equal(story(&s, 9), "PxP");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_come_out_of_both_framings),
        cmocka_unit_test(halves_come_out_alone),
        cmocka_unit_test(writes_are_pairs_of_equals),
        cmocka_unit_test(tcp_answers_may_come_in_any_order),
        cmocka_unit_test(damage_costs_the_frames_it_touches),
        cmocka_unit_test(noise_proves_nothing),
        cmocka_unit_test(tcp_ends_at_its_first_bad_header),
        cmocka_unit_test(an_unknown_function_is_named_and_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
