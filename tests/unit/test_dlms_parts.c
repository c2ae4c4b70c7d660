/* Pushes that come in parts, of which some are missing, repeated or out of order. */
#include "wire/dlms.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../decode.h"

/* The frames of a stream that the encoders made: each begins and ends with its own flag. */
static size_t frames_of(const push *p, ohm_span *out)
{
    size_t n = 0;
    for (size_t at = 0; at < p->len;) {
        size_t len = (size_t)(ohm_be16(p->bytes + at + 1) & 0x7ff) + 2;
        out[n++] = ohm_span_part(push_span(p), at, len);
        at += len;
    }
    return n;
}

static void blocks_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *why, *order; /* of the blocks 1 to 4 */
        int messages, rejections;
        uint64_t gaps, abandoned;
    } rows[] = {
        { "as sent", "1234", 1, 0, 0, 0 },
        { "a repeated block is harmless", "12234", 1, 0, 0, 0 },
        { "so is the last one", "12344", 1, 0, 0, 0 },
        { "and the first one", "11234", 1, 0, 0, 0 },
        { "one is missing", "134", 0, 1, 1, 0 },
        { "two are swapped", "12243", 0, 1, 1, 0 },
        { "an older one comes again", "12314", 0, 1, 1, 1 },
        { "joined in the middle", "3412341234", 2, 1, 1, 0 },
        { "given up, then whole", "121234", 1, 0, 0, 1 },
        { "the last one never comes", "123", 0, 1, 1, 0 },
    };
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    const push whole = push_gbt(&list);
    ohm_span frames[4];
    assert_int_equal(frames_of(&whole, frames), 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        push stream = { .len = 0 };
        for (const char *c = rows[i].order; *c; c++)
            push_append(&stream, frames[*c - '1']);
        outcome out = decode_push(&config, stream);
        if (out.messages != rows[i].messages || out.rejections != rows[i].rejections ||
            decoder.counters.gaps != rows[i].gaps ||
            decoder.counters.abandoned != rows[i].abandoned)
            fail_msg("%s: %d messages, %d rejections (%s)", rows[i].why, out.messages,
                     out.rejections, out.rejections ? out.reject.what : "");
    }
}

static void no_segment_may_be_missing(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    const push whole = push_hdlc(&list, 100);
    ohm_span frames[8];
    size_t count = frames_of(&whole, frames);
    assert_int_equal(count, 5);
    for (size_t lost = 0; lost < count; lost++) {
        push stream = { .len = 0 };
        for (size_t i = 0; i < count; i++) {
            push_append(&stream, frames[i]);
            stream.bytes[stream.len - 10] ^= i == lost ? 1 : 0; /* its check fails */
        }
        push_append(&stream, push_span(&whole));
        outcome out = decode_push(&config, stream);
        assert_int_equal(out.messages, 1); /* the second one */
        assert_int_equal(decoder.counters.bad_fcs, 1);
        /* The loss is known by itself, not only by what a patched body would look like. */
        assert_int_equal(decoder.counters.gaps, lost == count - 1 ? 0 : 1);
        assert_int_equal(decoder.counters.abandoned, lost == count - 1 ? 1 : 0);
        assert_int_equal(decoder.counters.bad_format, 0);
    }
}

static void a_broken_line_starts_anew(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    const push whole = push_gbt(&list);
    ohm_dlms_init(&decoder, &config);
    assert_int_equal(feed(ohm_span_part(push_span(&whole), 0, 300), false).messages, 0);
    ohm_dlms_reset(&decoder);
    outcome out = feed(push_span(&whole), true);
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    assert_int_equal(decoder.counters.bytes, 300 + whole.len);
}

static void mbus_frames_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *why, *order;
        int messages, rejections;
    } rows[] = {
        { "as sent", "123", 1, 0 },
        { "a repeated frame is harmless", "1223", 1, 0 },
        { "one is missing", "13", 0, 1 },
        { "joined in the middle", "23123", 1, 1 },
        { "given up, then whole", "12123", 1, 0 },
        { "the last one never comes", "12", 0, 1 },
        { "its end comes twice", "1233", 1, 1 },
    };
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    push stream;
    ohm_writer w = push_writer(&stream);
    ohm_put_mbus_push(&w, push_span(&list), 150);
    push_done(&stream, &w);
    const ohm_span whole = push_span(&stream);
    const ohm_span frames[] = { ohm_span_part(whole, 0, 161), ohm_span_part(whole, 161, 161),
                                ohm_span_part(whole, 322, whole.len - 322) };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        push p = { .len = 0 };
        for (const char *c = rows[i].order; *c; c++)
            push_append(&p, frames[*c - '1']);
        outcome out = decode_push(&config, p);
        if (out.messages != rows[i].messages || out.rejections != rows[i].rejections)
            fail_msg("%s: %d messages, %d rejections", rows[i].why, out.messages, out.rejections);
        assert_int_equal(decoder.counters.gaps, rows[i].rejections);
    }
}

static void an_mbus_frame_of_another_protocol(void **state)
{
    (void)state;
    static const uint8_t frame[] = { 0x68, 6, 6, 0x68, 0x08, 1, 0x72, 1, 2, 3, 0x81, 0x16 };
    const ohm_dlms_config config = plain_config();
    outcome out = decode(&config, (ohm_span){ frame, sizeof frame });
    assert_int_equal(out.reject.code, OHM_UNSUPPORTED);
    assert_int_equal(decoder.counters.not_push, 1);
}

static void segments_of_numbered_frames_must_follow(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    for (uint8_t jump = 0; jump < 2; jump++) {
        push p;
        ohm_writer w = push_writer(&p);
        ohm_hdlc_addresses to = ohm_hdlc_e450();
        static const uint8_t llc[] = { 0xe6, 0xe7, 0x00 };
        push info = { .len = 0 };
        push_append(&info, (ohm_span){ llc, sizeof llc });
        push_append(&info, push_span(&list));
        for (size_t i = 0; i < 5; i++) {
            size_t from = 83 * i;
            to.control = (uint8_t)((6 + i + (i > 2 ? jump : 0)) % 8 << 1); /* N(S), wraps */
            ohm_put_hdlc(&w, &to, i < 4, ohm_span_part(push_span(&info), from, 83));
        }
        push_done(&p, &w);
        outcome out = decode_push(&config, p);
        assert_int_equal(out.messages, jump == 0);
        assert_int_equal(out.rejections, jump);
    }
}

/* One frame full of what could be the beginning of others. */
static push frame_of_starts(void)
{
    static const uint8_t start[] = { 0x7e, 0xa0, 0x30, 0x03, 0x03, 0x13, 0x00, 0x00 };
    push info = { .len = 0 };
    for (int i = 0; i < 10; i++)
        push_append(&info, (ohm_span){ start, sizeof start });
    push p;
    ohm_writer w = push_writer(&p);
    const ohm_hdlc_addresses to = ohm_hdlc_e450();
    ohm_put_hdlc(&w, &to, false, push_span(&info));
    push_done(&p, &w);
    return p;
}

static void damage_is_told_once_a_frame(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push records = push_records(5);
    const push good = push_hdlc(&records, 500);
    push damaged = frame_of_starts();
    damaged.bytes[50] ^= 1;
    static const uint8_t liar[] = { 0x7e, 0xa7, 0xff, 0x03, 0x03, 0x13, 0x00, 0x00 };
    push p = good;
    push_append(&p, push_span(&damaged));
    outcome out = decode_push(&config, p);
    assert_int_equal(out.rejections, 1);
    assert_int_equal(decoder.counters.bad_fcs, 1);

    p = good; /* a header that claims two kilobytes silences nothing behind a good frame */
    push_append(&p, (ohm_span){ liar, sizeof liar });
    push_append(&p, push_span(&good));
    push_append(&p, push_span(&damaged));
    out = decode_push(&config, p);
    assert_int_equal(out.messages, 2);
    assert_int_equal(decoder.counters.bad_fcs, 2);
}

static void frames_behind_a_bare_push_are_found(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    push p = push_records(5);
    const push records = push_records(6);
    const push frame = push_hdlc(&records, 500);
    push_append(&p, ohm_span_text("xyz"));
    push_append(&p, push_span(&frame));
    assert_int_equal(decode_push(&config, p).messages, 1); /* what has a checksum */
}

/* The middle of a block can look like a wrapper that announces kilobytes. */
static void a_line_joined_at_zeros_waits_for_nothing(void **state)
{
    (void)state;
    static const uint8_t tails[][12] = {
        { 0, 1, 0, 0, 0x70, 0x0f, 0, 0, 0xcb, 0xc6, 0x0c, 7 },
        { 0, 1, 0, 0, 0x77, 0xdb, 8, 0x4c, 0x47, 0x5a, 0x67, 1 },
        { 0, 1, 8, 0, 0xff, 9, 6, 1, 0, 1, 7, 0 },
    };
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    const push whole = push_gbt(&list);
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        ohm_dlms_init(&decoder, &config);
        assert_int_equal(feed((ohm_span){ tails[i], sizeof tails[i] }, false).messages, 0);
        assert_int_equal(feed(push_span(&whole), false).messages, 1);
        assert_int_equal(decoder.counters.bytes_skipped, sizeof tails[i]);
    }
}

static void a_stream_that_ends_inside_a_push_says_so(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(1000);
    push stream = push_gbt(&list);
    for (; stream.len > 3; stream.len--) {
        outcome out = decode_push(&config, stream);
        assert_int_equal(out.messages, stream.len == 491);
        assert_int_equal(out.rejections > 0, stream.len != 491);
        if (out.rejections > 0)
            assert_int_equal(out.reject.code, OHM_GAP);
    }
}

/* One byte more or less costs the units that it touches, not all that follow. */
static void a_wrapper_stream_goes_on_after_a_lost_byte(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push one = push_records(948), unit = push_wrapper(&one);
    enum { UNITS = 10 };
    for (size_t at = 0; at < unit.len; at++) {
        for (int k = 0; k < 4; k++) {
            int more = k % 2, which = 3 * (k / 2);
            push stream = { .len = 0 };
            for (int i = 0; i < UNITS; i++) {
                ohm_span whole = push_span(&unit);
                if (i == which) { /* byte `at` is lost, or comes twice */
                    push_append(&stream, ohm_span_part(whole, 0, at + (size_t)more));
                    whole = ohm_span_part(whole, at + 1 - (size_t)more,
                                          whole.len - at - 1 + (size_t)more);
                }
                push_append(&stream, whole);
            }
            outcome out = decode_push(&config, stream);
            bool head = which == 0 && at <= 8; /* nothing tells yet what it is */
            if (out.messages < (head ? 0 : UNITS - 2) || decoder.counters.messages > UNITS)
                fail_msg("byte %zu %s: %d messages", at, more ? "twice" : "lost", out.messages);
        }
    }
}

/* A unit without a checksum is believed when the next one stands at its end, or nothing does. */
static void a_unit_without_checksum_waits(void **state)
{
    (void)state;
    const push one = push_records(948), other = push_records(949);
    const push units[] = { push_wrapper(&one), one }, next[] = { push_wrapper(&other), other };
    for (int i = 0; i < 2; i++) {
        const ohm_dlms_config config = plain_config();
        ohm_span unit = push_span(&units[i]), more = push_span(&next[i]);
        ohm_dlms_init(&decoder, &config);
        assert_int_equal(feed(unit, false).messages, 0);
        ohm_dlms_quiet(&decoder); /* a push every 10 s is not late by 10 s */
        assert_int_equal(feed((ohm_span){ NULL, 0 }, false).messages, 1);
        assert_int_equal(feed((ohm_span){ NULL, 0 }, false).messages, 0);

        assert_int_equal(feed(ohm_span_part(more, 0, 30), false).messages, 0);
        ohm_dlms_quiet(&decoder); /* inside a unit: a slow line, which goes on */
        assert_int_equal(feed(ohm_span_part(more, 30, more.len - 30), false).messages, 0);
        assert_int_equal(feed(unit, false).messages, 1); /* the next one follows at once */
        outcome out = feed((ohm_span){ NULL, 0 }, true); /* and the end of a file */
        assert_int_equal(out.messages, 1);
        assert_int_equal(decoder.counters.bytes_skipped, 0);

        push extra = units[i]; /* one byte too many, at the end of a file */
        push_append(&extra, ohm_span_text("x"));
        out = decode_push(&config, extra);
        assert_int_equal(out.messages, 0);
        assert_int_equal(out.reject.code, OHM_GAP);
    }
}

static void a_tag_needs_no_silence(void **state)
{
    (void)state;
    static const uint8_t junk[] = { 1, 2, 3 };
    const push one = push_records(948), unit = push_wrapper(&one);
    ohm_dlms_config config = plain_config();
    config.auth_key_len = 16;
    ohm_dlms_init(&decoder, &config);
    outcome out = feed(push_span(&unit), false); /* refused at once, as it is not proven */
    assert_int_equal(out.reject.code, OHM_DENIED);
    assert_int_equal(feed((ohm_span){ junk, sizeof junk }, false).messages, 0);
}

/* The end of a push is lost: the next one is not, and waits for no third. */
static void a_cut_unit_ends_where_the_next_begins(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push one = push_records(948), other = push_records(949);
    const push unit = push_wrapper(&one), next = push_wrapper(&other);
    for (size_t len = 1; len < unit.len; len++) {
        ohm_dlms_init(&decoder, &config);
        assert_int_equal(feed(push_span(&unit), false).messages, 0);
        ohm_dlms_quiet(&decoder);
        assert_int_equal(feed(ohm_span_part(push_span(&unit), 0, len), false).messages, 1);
        ohm_dlms_quiet(&decoder);
        outcome out = feed(push_span(&next), false);
        assert_int_equal(out.messages, 0);
        ohm_dlms_quiet(&decoder);
        out = feed((ohm_span){ NULL, 0 }, false);
        if (out.messages != 1 || out.last->values[1].raw != 949)
            fail_msg("cut at %zu: %d messages", len, out.messages);
    }
}

/* What a unit without a checksum holds must fill it. */
static void nothing_stands_behind_a_message(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    push apdu = push_records(948);
    push_append(&apdu, ohm_span_text("\x06"));
    const push rows[] = { push_wrapper(&apdu), push_mbus(&apdu) };
    for (int i = 0; i < 2; i++) {
        outcome out = decode_push(&config, rows[i]);
        assert_int_equal(out.messages, 0);
        assert_int_equal(out.reject.code, OHM_BAD_FORMAT);
        assert_int_equal(decoder.counters.messages, 0);
    }
}

/* One unit of a framing without a checksum, whoever made it, hides no frame that has one. */
static void a_wrapper_unit_hides_no_frame(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push records = push_records(77), unit = push_wrapper(&records);
    const push frames[] = { push_hdlc(&records, 500), push_mbus(&records) };
    for (int i = 0; i < 2; i++) {
        push stream = unit;
        push_append(&stream, push_span(&frames[i]));
        push_append(&stream, push_span(&frames[i]));
        outcome out = decode_push(&config, stream);
        assert_int_equal(out.messages, 2);
        ohm_dlms_init(&decoder, &config); /* alone at first, so that it is believed */
        assert_int_equal(feed(push_span(&unit), false).messages, 0);
        ohm_dlms_quiet(&decoder);
        assert_int_equal(feed(push_span(&frames[i]), false).messages, 2);
        assert_int_equal(feed(push_span(&frames[i]), false).messages, 1);
        assert_int_equal(decoder.counters.bytes_skipped, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_in_any_order),
        cmocka_unit_test(no_segment_may_be_missing),
        cmocka_unit_test(a_broken_line_starts_anew),
        cmocka_unit_test(mbus_frames_in_any_order),
        cmocka_unit_test(an_mbus_frame_of_another_protocol),
        cmocka_unit_test(segments_of_numbered_frames_must_follow),
        cmocka_unit_test(damage_is_told_once_a_frame),
        cmocka_unit_test(frames_behind_a_bare_push_are_found),
        cmocka_unit_test(a_line_joined_at_zeros_waits_for_nothing),
        cmocka_unit_test(a_wrapper_stream_goes_on_after_a_lost_byte),
        cmocka_unit_test(a_unit_without_checksum_waits),
        cmocka_unit_test(a_tag_needs_no_silence),
        cmocka_unit_test(a_cut_unit_ends_where_the_next_begins),
        cmocka_unit_test(nothing_stands_behind_a_message),
        cmocka_unit_test(a_wrapper_unit_hides_no_frame),
        cmocka_unit_test(a_stream_that_ends_inside_a_push_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
