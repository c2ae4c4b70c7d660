/* The HDLC link by hand-made frames: what a meter may answer, and what it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/dlms_encode.h"
#include "wire/hdlc.h"
#include "wire/hdlc_link.h"

enum { OURS = 0x21 /* client 16 */, THEIRS = 0x03 /* server 1 */ };

static ohm_hdlc_link l;
static uint8_t apdu[300];
static ohm_mono_ms now = { 5000 };
static uint8_t control; /* of the frame taken last */
static bool segment;
static size_t info_len;

/* A frame of the meter's. */
static ohm_line_event hear(int frame_control, bool more, const void *info, size_t len)
{
    uint8_t ours[] = { OURS }, theirs[] = { THEIRS }, bytes[400];
    const ohm_hdlc_addresses to = { ohm_span_of(ours, 1), ohm_span_of(theirs, 1),
                                    (uint8_t)frame_control };
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_put_hdlc(&w, &to, more, ohm_span_of(info, len));
    ohm_span in = ohm_writer_span(&w);
    return ohm_hdlc_link_input(&l, &in, now);
}

static bool take(void)
{
    ohm_span out;
    ohm_hdlc_frame f;
    size_t claimed = 0;
    if (!ohm_hdlc_link_take(&l, &out, now))
        return false;
    assert_int_equal(ohm_hdlc_parse(out, &f, &claimed), OHM_OK);
    control = f.control;
    segment = f.segment;
    info_len = f.info.len;
    return true;
}

/* Silence until T1. */
static ohm_line_event silence(void)
{
    now.v = l.wake.v;
    return ohm_hdlc_link_tick(&l, now);
}

static void begin(uint8_t window)
{
    static const uint8_t ua[] = { 0x81, 0x80, 12, 5, 1, 64, 6, 1, 64, 7, 1, 3, 8, 1, 3 };
    const ohm_hdlc_link_config c = { .client = 16,
                                     .server = 1,
                                     .info_max = 64,
                                     .window = window,
                                     .apdu = apdu,
                                     .apdu_max = sizeof apdu };
    assert_int_equal(ohm_hdlc_link_init(&l, &c), OHM_OK);
    ohm_hdlc_link_open(&l, now);
    assert_true(take());
    assert_int_equal(control, 0x93);
    assert_false(take());
    assert_int_equal(hear(0x73, false, ua, sizeof ua), OHM_LINE_OPEN);
    assert_int_equal(l.send_max, 64);
    assert_int_equal(l.send_window, window < 3 ? window : 3);
    assert_true(ohm_hdlc_link_is_open(&l));
}

static uint8_t question[200];
static const uint8_t answer[] = { 0xe6, 0xe7, 0, 0xc4, 1, 0xc1, 0, 0 };

/* One question of one frame, asked. */
static void ask(uint8_t want)
{
    ohm_hdlc_link_send(&l, ohm_span_of(question, 20), now);
    assert_true(take());
    assert_int_equal(control, want);
    assert_false(take());
}

static void numbers_go_round(void **state)
{
    (void)state;
    begin(1);
    for (int i = 0; i < 20; i++) {
        int n = i & 7, next = (i + 1) & 7;
        ask((uint8_t)(n << 5 | 0x10 | n << 1));
        assert_int_equal(hear(next << 5 | 0x10 | n << 1, false, answer, sizeof answer),
                         OHM_LINE_APDU);
        assert_int_equal(l.apdu.len, 5);
        assert_int_equal(l.apdu.ptr[0], 0xc4);
        /* The same once more: dropped, and not taken for the next answer. */
        assert_int_equal(hear(next << 5 | 0x10 | n << 1, false, answer, sizeof answer),
                         OHM_LINE_NOTHING);
        assert_false(take());
    }
}

static void segments_both_ways(void **state)
{
    (void)state;
    begin(1);
    ohm_hdlc_link_send(&l, ohm_span_of(question, 150), now); /* 153 bytes: 64, 64, 25 */
    assert_true(take());
    assert_int_equal(control, 0x10);
    assert_true(segment);
    assert_int_equal(info_len, 64);
    assert_int_equal(hear(0x31, false, NULL, 0), OHM_LINE_NOTHING); /* RR 1 */
    assert_true(take());
    assert_int_equal(control, 0x12);
    assert_int_equal(hear(0x51, false, NULL, 0), OHM_LINE_NOTHING);
    assert_true(take());
    assert_int_equal(control, 0x14);
    assert_false(segment);
    assert_int_equal(info_len, 25);
    assert_int_equal(hear(0x70, true, answer, 5), OHM_LINE_NOTHING); /* I 0, more follows */
    assert_true(take());
    assert_int_equal(control, 0x31);                                 /* RR 1 */
    assert_int_equal(hear(0x70, true, answer, 5), OHM_LINE_NOTHING); /* the same again */
    assert_int_equal(hear(0x72, false, answer + 5, 3), OHM_LINE_APDU);
    assert_int_equal(l.apdu.len, 5);
    assert_int_equal(l.counters.dropped, 1);
}

static void a_window_with_a_loss(void **state)
{
    (void)state;
    begin(3);
    ohm_hdlc_link_send(&l, ohm_span_of(question, 200), now); /* four frames */
    assert_true(take());
    assert_int_equal(control, 0x00);
    assert_true(take());
    assert_int_equal(control, 0x02);
    assert_true(take());
    assert_int_equal(control, 0x14); /* the third asks for an answer */
    assert_false(take());
    assert_int_equal(hear(0x31, false, NULL, 0), OHM_LINE_NOTHING); /* only the first came */
    assert_true(take());
    assert_int_equal(control, 0x02);
    assert_true(take());
    assert_true(take());
    assert_int_equal(control, 0x16);
    assert_false(segment);
    /* Of the meter's window of three the second is lost: it is asked for. */
    assert_int_equal(hear(0x80, true, answer, 4), OHM_LINE_NOTHING);
    assert_int_equal(hear(0x94, false, answer + 6, 2), OHM_LINE_NOTHING);
    assert_true(take());
    assert_int_equal(control, 0x31);
    assert_int_equal(hear(0x82, true, answer + 4, 2), OHM_LINE_NOTHING);
    assert_int_equal(hear(0x94, false, answer + 6, 2), OHM_LINE_APDU);
    assert_int_equal(l.apdu.len, 5);
}

static void not_ready_yet(void **state)
{
    (void)state;
    begin(1);
    ask(0x10);
    assert_int_equal(hear(0x35, false, NULL, 0), OHM_LINE_NOTHING); /* RNR 1 */
    assert_false(take());
    assert_int_equal(silence(), OHM_LINE_NOTHING);
    assert_true(take());
    assert_int_equal(control, 0x11); /* RR 0: and now? */
    assert_int_equal(hear(0x31, false, NULL, 0), OHM_LINE_NOTHING);
    assert_int_equal(silence(), OHM_LINE_NOTHING);
    assert_true(take());
    assert_int_equal(hear(0x30, false, answer, sizeof answer), OHM_LINE_APDU);
    /* Not for ever. */
    ask(0x32);
    ohm_line_event event = OHM_LINE_NOTHING;
    for (int i = 0; i < 200 && event == OHM_LINE_NOTHING; i++) {
        event = hear(0x51, false, NULL, 0);
        if (event == OHM_LINE_NOTHING) {
            event = silence();
            assert_true(event != OHM_LINE_NOTHING || take());
        }
    }
    assert_int_equal(event, OHM_LINE_FAILED);
    assert_string_equal(l.what, "the meter acknowledges, but never answers");
}

static void rejected_and_silent(void **state)
{
    (void)state;
    begin(1);
    ask(0x10);
    assert_int_equal(hear(0x19, false, NULL, 0), OHM_LINE_NOTHING); /* REJ 0 */
    assert_true(take());
    assert_int_equal(control, 0x10);
    assert_int_equal(silence(), OHM_LINE_NOTHING);
    assert_true(take());
    assert_int_equal(control, 0x10);
    assert_int_equal(hear(0x31, false, NULL, 0),
                     OHM_LINE_NOTHING); /* it came; the answer not yet */
    assert_int_equal(silence(), OHM_LINE_NOTHING);
    assert_true(take());
    assert_int_equal(control, 0x11);
    for (int i = 0; i < OHM_HDLC_TRIES; i++) {
        assert_int_equal(silence(), OHM_LINE_NOTHING);
        assert_true(take());
        assert_int_equal(control, 0x11);
    }
    assert_int_equal(silence(), OHM_LINE_FAILED);
    assert_string_equal(l.what, "the meter stopped answering");
    assert_int_equal(l.wake.v, OHM_LINE_NEVER);
}

static void ends(void **state)
{
    (void)state;
    static const struct {
        const char *why, *what;
        int control;
        size_t len;
    } rows[] = {
        { "DM", "the meter has ended the link (DM)", 0x1f, 0 },
        { "FRMR", "the meter does not understand a frame (FRMR)", 0x97, 0 },
        { "no LLC", "an answer without the LLC header", 0x30, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1);
        ask(0x10);
        assert_int_equal(hear(rows[i].control, false, "zz", rows[i].len), OHM_LINE_FAILED);
        assert_string_equal(l.what, rows[i].what);
    }
    /* Longer than can be held. */
    begin(1);
    ask(0x10);
    ohm_line_event event = OHM_LINE_NOTHING;
    for (int i = 0; i < 8 && event == OHM_LINE_NOTHING; i++) {
        event = hear(0x30 | (i & 7) << 1, true, question, 64);
        if (event == OHM_LINE_NOTHING)
            assert_true(take());
    }
    assert_int_equal(event, OHM_LINE_FAILED);
    assert_string_equal(l.what, "an answer longer than can be held");
    /* An orderly end; and one that nobody confirms. */
    begin(1);
    ohm_hdlc_link_shut(&l, now);
    assert_true(take());
    assert_int_equal(control, 0x53);
    assert_int_equal(hear(0x73, false, NULL, 0), OHM_LINE_SHUT);
    begin(1);
    ohm_hdlc_link_shut(&l, now);
    for (int i = 0; i < OHM_HDLC_TRIES; i++) {
        assert_true(take());
        assert_int_equal(silence(), OHM_LINE_NOTHING);
    }
    assert_true(take());
    assert_int_equal(silence(), OHM_LINE_SHUT);
}

/* What is not for us changes nothing. */
static void strangers(void **state)
{
    (void)state;
    uint8_t bytes[64], ours[] = { OURS }, other[] = { 0x05 };
    begin(1);
    ask(0x10);
    const ohm_hdlc_addresses to = { ohm_span_of(ours, 1), ohm_span_of(other, 1), 0x30 };
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_put_hdlc(&w, &to, false, ohm_span_of(answer, sizeof answer));
    ohm_span in = ohm_writer_span(&w);
    assert_int_equal(ohm_hdlc_link_input(&l, &in, now), OHM_LINE_NOTHING);
    assert_int_equal(l.counters.foreign, 1);
    assert_int_equal(hear(0x13, false, answer, sizeof answer), OHM_LINE_NOTHING); /* a push */
    assert_int_equal(hear(0x73, false, NULL, 0), OHM_LINE_NOTHING); /* a UA that is late */
    bytes[w.len - 2] ^= 1;
    in = ohm_writer_span(&w);
    assert_int_equal(ohm_hdlc_link_input(&l, &in, now), OHM_LINE_NOTHING);
    assert_int_equal(l.counters.bad_fcs, 1);
    assert_int_equal(hear(0x30, false, answer, sizeof answer), OHM_LINE_APDU);
}

/* A line that never ends saying nothing is given up. */
static void babble(void **state)
{
    (void)state;
    static const uint8_t noise[] = { 0x7e, 0xa0, 0x55, 0x7e, 0xff };
    begin(1);
    ask(0x10);
    ohm_line_event event = OHM_LINE_NOTHING;
    int64_t began_ms = now.v;
    while (event == OHM_LINE_NOTHING && now.v < began_ms + 1000 * 1000) {
        ohm_span in = ohm_span_of(noise, sizeof noise);
        now.v += 500;
        event = ohm_hdlc_link_input(&l, &in, now);
        if (event == OHM_LINE_NOTHING)
            event = ohm_hdlc_link_tick(&l, now);
        (void)take();
    }
    assert_int_equal(event, OHM_LINE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_round),
        cmocka_unit_test(segments_both_ways),
        cmocka_unit_test(a_window_with_a_loss),
        cmocka_unit_test(not_ready_yet),
        cmocka_unit_test(rejected_and_silent),
        cmocka_unit_test(ends),
        cmocka_unit_test(strangers),
        cmocka_unit_test(babble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
