#include "wire/d0.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/readout_encode.h"

enum { BYTES_MAX = 4096 };

static ohm_d0 decoder;

typedef struct outcome {
    int messages, rejections;
    ohm_d0_reject reject;
} outcome;

typedef struct bytes {
    uint8_t bytes[BYTES_MAX];
    size_t len;
} bytes;

static outcome feed(ohm_span in, bool finish)
{
    outcome out = { 0 };
    ohm_code code;
    if (finish)
        ohm_d0_finish(&decoder);
    do {
        const ohm_d0_message *m;
        ohm_d0_reject reject;
        code = ohm_d0_next(&decoder, &in, &m, &reject);
        out.messages += code == OHM_OK;
        if (code != OHM_OK && code != OHM_MORE && code != OHM_END) {
            out.rejections++;
            out.reject = reject;
        }
    } while (code != OHM_MORE && code != OHM_END);
    return out;
}

static outcome decode(ohm_d0_config config, ohm_span in)
{
    ohm_d0_init(&decoder, &config);
    return feed(in, true);
}

static const ohm_d0_config strict = { .recorded = false }, recorded = { .recorded = true };

/* "/OHM5x", these lines between STX and ETX, and their block check. */
static bytes readout_of(const char *lines)
{
    bytes b;
    ohm_writer w = ohm_writer_over(b.bytes, sizeof b.bytes);
    ohm_put_text(&w, "/OHM5x\r\n");
    size_t stx = w.len;
    ohm_put_u8(&w, 0x02);
    ohm_put_text(&w, lines);
    ohm_d0_put_end(&w, stx);
    assert_false(w.full);
    b.len = w.len;
    return b;
}

static ohm_span span_of(const bytes *b)
{
    return (ohm_span){ b->bytes, b->len };
}

static void append(bytes *b, ohm_span more)
{
    assert_true(more.len <= sizeof b->bytes - b->len);
    memcpy(b->bytes + b->len, more.ptr, more.len);
    b->len += more.len;
}

static const char household[] =
    "F.F(00)\r\nC.1.0(40012345)\r\n0.9.1(101502)\r\n0.9.2(261120)\r\n"
    "1.8.1(001846.250*kWh)\r\n1.8.1*03(1800*kWh)\r\n16.7.0(-0.812*kW)\r\n";

static void a_readout_is_read(void **state)
{
    (void)state;
    const bytes b = readout_of(household);
    outcome out = decode(strict, span_of(&b));
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    const ohm_d0_message *m = &decoder.message;
    assert_true(m->checked && !m->damaged);
    assert_true(ohm_span_is(m->ident.id, "x"));
    assert_string_equal(m->id, "40012345");
    assert_int_equal(m->readout.count, 7);
    assert_true(m->time.present && m->time.local.hour == 10 && m->time.local.date.day == 20);
    int64_t quantised;
    assert_int_equal(ohm_readout_quantise(&m->readout.sets[4], &quantised), OHM_OK);
    assert_int_equal(quantised, 1846250);
    assert_int_equal(m->readout.sets[4].quantity, OHM_Q_ENERGY_IMPORT_T1);
    assert_int_equal(m->readout.sets[5].quantity, OHM_Q_NONE); /* three months ago */
    assert_int_equal(ohm_readout_quantise(&m->readout.sets[6], &quantised), OHM_OK);
    assert_int_equal(quantised, -8120);
    assert_int_equal(decoder.counters.bytes_skipped, 0);
}

static void dumps_and_pushes(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        int messages;
        ohm_code code; /* of the refusal; OHM_OK: none */
    } rows[] = {
        { "mode D", "/OHM3x\r\n\r\n1.8.0(1*kWh)\r\n!\r\n", 1, OHM_OK },
        { "three of them",
          "/A_C3x\r\n/ABC3x\r\n\r\n1.8.0(1)\r\n!\r\n/ABC3x\r\n\r\n1.8.0(1)\r\n!\r\n", 2, OHM_OK },
        { "without control characters", "/OHM5x\r\n1.8.0(1*kWh)\r\n!\r\n", 1, OHM_OK },
        { "LF alone", "/OHM5x\n1.8.0(1*kWh)\n!\n", 1, OHM_OK },
        { "nothing behind !", "/OHM5x\r\n1.8.0(1*kWh)\r\n!", 1, OHM_OK },
        { "! in the line of a set", "/OHM5x\r\n1.8.0(1*kWh)!\r\n", 1, OHM_OK },
        { "an echoed call", "/?!\r\n/OHM5x\r\n1.8.0(1)\r\n!\r\n", 1, OHM_OK },
        { "an echoed acknowledgement",
          "/OHM5x\r\n\x06"
          "050\r\n\x02"
          "1.8.0(1)\r\n!\r\n",
          1, OHM_OK },
        { "fill",
          "\x7f\x7f/OHM5x\r\n\x7f\x7f"
          "1.8.0(1)\r\n!\r\n",
          1, OHM_OK },
        { "an STX in the identification", "/OHM5\x02x\r\n1.8.0(1)\r\n!\r\n", 1, OHM_OK },
        { "the checksum of a telegram", "/OHM5x\r\n1-0:1.8.0(1)\r\n!522B\r\n", 1, OHM_OK },
        { "! in a bracket", "/OHM5x\r\n0-0:96.13.0(no!)\r\n1.8.0(1)\r\n!\r\n", 1, OHM_OK },
        { "ETX and check never came",
          "/OHM5x\r\n\x02"
          "1.8.0(1)\r\n!\r\n",
          1, OHM_OK },
        { "ETX without check",
          "/OHM5x\r\n\x02"
          "1.8.0(1)\r\n!\r\n\x03",
          0, OHM_GAP },
        { "something else behind the end",
          "/OHM5x\r\n\x02"
          "1.8.0(1)\r\n!\r\n1.8.0(2)\r\n",
          0, OHM_GAP },
        { "no end", "/OHM5x\r\n1.8.0(1*kWh)\r\n", 0, OHM_GAP },
        { "no data", "/OHM5x\r\n!\r\n", 0, OHM_BAD_FORMAT },
        { "programming mode",
          "/OHM5x\r\n\x02"
          "1.8.0(1)\x04\x11",
          0, OHM_BAD_FORMAT },
        { "words behind !", "/OHM5x\r\n1.8.0(1)\r\n!nothing\r\n", 0, OHM_BAD_FORMAT },
        { "no sets", "/OHM5x\r\nwhat is this\r\n!\r\n", 0, OHM_BAD_FORMAT },
        { "cut by the next", "/OHM5x\r\n1.8.0(1\r\n/OHM5x\r\n1.8.0(1)\r\n!\r\n", 1, OHM_GAP },
        { "twice a name", "/OHM5x\r\n/OHM5x\r\n1.8.0(1)\r\n!\r\n", 1, OHM_GAP },
        { "a long acknowledgement",
          "/OHM5x\r\n\x06"
          "0123456789\r\n1.8.0(1)\r\n!\r\n",
          0, OHM_BAD_FORMAT },
        { "nothing of it", "it was a dark and stormy night", 0, OHM_BAD_FORMAT },
        { "nothing", "", 0, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome out = decode(recorded, ohm_span_text(rows[i].text));
        if (i == 1)
            out.rejections = 0; /* A_C is no manufacturer: passed */
        if (out.messages != rows[i].messages || (out.rejections > 0) != (rows[i].code != OHM_OK) ||
            (out.rejections > 0 && out.reject.code != rows[i].code))
            fail_msg("%s: %d messages, %d refusals: %s", rows[i].why, out.messages, out.rejections,
                     out.rejections ? ohm_code_name(out.reject.code) : "");
    }
}

/* On a line, a readout without STX and ETX may be a damaged one. */
static void what_needs_no_block_check(void **state)
{
    (void)state;
    static const char push[] = "/OHM3x\r\n\r\n1.8.0(92345.6*kWh)\r\n!\r\n",
                      asked[] = "/OHM5x\r\n1.8.0(92345.6*kWh)\r\n!\r\n",
                      open[] = "/OHM5x\r\n\r\n\x02"
                               "1.8.0(92345.6*kWh)\r\n!\r\n";
    const bytes checked = readout_of("1.8.0(12345.6*kWh)\r\n");
    static const struct {
        const char *why;
        bool recorded, checked_before;
        const char *text;
        int messages, rejections;
    } rows[] = {
        { "mode D never has one", false, false, push, 1, 0 },
        { "a meter that sends one always does", false, true, push, 1, 1 },
        { "STX and ETX were lost", false, false, asked, 0, 1 },
        { "likewise behind a good one", false, true, asked, 1, 1 },
        { "ETX was lost", false, false, open, 0, 1 },
        { "a dump without its control characters", true, false, asked, 1, 0 },
        { "one that was edited", true, true, asked, 2, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bytes b = { .len = 0 };
        if (rows[i].checked_before)
            append(&b, span_of(&checked));
        append(&b, ohm_span_text(rows[i].text));
        outcome out = decode(rows[i].recorded ? recorded : strict, span_of(&b));
        if (out.messages != rows[i].messages || out.rejections != rows[i].rejections)
            fail_msg("%s: %d messages, %d refusals", rows[i].why, out.messages, out.rejections);
        if (rows[i].rejections > 0 && rows[i].text != open)
            assert_int_equal(out.reject.code, OHM_BAD_CHECKSUM);
        if (i == 6)
            assert_true(decoder.message.damaged);
    }
}

/* Mode D is complete with its line; what may have lost its STX waits for the byte behind it. */
static void when_a_push_is_complete(void **state)
{
    (void)state;
    ohm_d0_init(&decoder, &recorded);
    assert_int_equal(feed(ohm_span_text("/OHM3x\r\n\r\n1.8.0(1)\r\n!\r\n"), false).messages, 1);
    assert_int_equal(feed(ohm_span_text("/OHM3x\r\n1.8.0(1)\r\n!\r\n"), false).messages, 0);
    assert_int_equal(feed(ohm_span_text("/"), false).messages, 1);
}

static void a_lost_stx(void **state)
{
    (void)state;
    bytes b = readout_of(household);
    memmove(b.bytes + 8, b.bytes + 9, b.len - 9);
    b.len--;
    assert_int_equal(decode(strict, span_of(&b)).messages, 1);
    assert_true(decoder.message.checked);
    b.bytes[20] ^= 1;
    outcome out = decode(strict, span_of(&b));
    assert_int_equal(out.messages, 0);
    assert_int_equal(out.reject.code, OHM_BAD_CHECKSUM);
}

static void any_flipped_bit_is_found(void **state)
{
    (void)state;
    const bytes good = readout_of(household);
    for (size_t bit = 8 * 8; bit < 8 * good.len; bit++) {
        bytes b = good;
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        append(&b, span_of(&good));
        outcome out = decode(strict, span_of(&b));
        bool stx_lost = bit / 8 == 8 && out.messages == 2; /* the data are whole */
        if (out.messages != 1 && !stx_lost)
            fail_msg("bit %zu: %d messages", bit, out.messages);
        if (!decoder.message.checked)
            fail_msg("bit %zu: the wrong one", bit);
    }
}

static void cut_readouts_are_refused(void **state)
{
    (void)state;
    const bytes good = readout_of(household);
    for (size_t len = 12; len < good.len - 4; len++) {
        outcome out = decode(strict, ohm_span_of(good.bytes, len));
        if (out.messages != 0 || out.rejections != 1)
            fail_msg("cut at %zu: %d messages, %d refusals", len, out.messages, out.rejections);
    }
}

/* Somebody hid his serial number: only a recording is still shown, and says what it is. */
static void edited_recordings(void **state)
{
    (void)state;
    bytes b = readout_of(household);
    b.bytes[25] ^= 1;
    const bytes once = b;
    append(&b, span_of(&once));
    outcome out = decode(recorded, span_of(&b));
    assert_int_equal(out.messages, 2);
    assert_int_equal(out.rejections, 2);
    assert_int_equal(out.reject.code, OHM_BAD_CHECKSUM);
    assert_true(decoder.message.damaged && !decoder.message.checked);
    assert_int_equal(decode(strict, span_of(&b)).messages, 0);
}

static void configurations(void **state)
{
    (void)state;
    const ohm_d0_config asked = { .checked_only = true },
                        others = { .recorded = true, .among_others = true };
    const char *dump = "/OHM5x\r\n1.8.0(1)\r\n!\r\n",
               *telegram = "/OHM5x\r\n1-0:1.8.0(1)\r\n!522B\r\n",
               *version = "/OHM5x\r\n1-3:0.2.8(50)\r\n1.8.0(1)\r\n!\r\n",
               *lost = "/OHM5x\r\n1-0:1.8.0(1)\r\n1-0:2.8.0(1)\r\n!\r\n",
               *whole = "/OHM5x\r\n1-0:1.8.0*255(1)\r\n1-0:2.8.0(1)\r\n!\r\n";
    const bytes good = readout_of(household);
    assert_int_equal(decode(asked, ohm_span_text(dump)).reject.code, OHM_BAD_CHECKSUM);
    assert_int_equal(decode(asked, span_of(&good)).messages, 1);
    assert_int_equal(decode(others, ohm_span_text(dump)).messages, 1);
    assert_int_equal(decode(others, ohm_span_text(telegram)).reject.code, OHM_UNSUPPORTED);
    assert_int_equal(decode(others, ohm_span_text(version)).reject.code, OHM_UNSUPPORTED);
    assert_int_equal(decode(others, ohm_span_text(lost)).reject.code, OHM_UNSUPPORTED);
    assert_int_equal(decode(others, ohm_span_text(whole)).messages, 1);
    assert_int_equal(decode(others, span_of(&good)).messages, 1);
}

static void a_readout_without_end(void **state)
{
    (void)state;
    static uint8_t stream[3 * OHM_D0_BLOCK_MAX];
    const bytes good = readout_of(household);
    memset(stream, 'x', sizeof stream);
    memcpy(stream, "/OHM5x\r\n", 8);
    memcpy(stream + sizeof stream - good.len, good.bytes, good.len);
    for (size_t chunk = 1; chunk <= sizeof stream; chunk = chunk * 11 + 1) {
        int messages = 0, rejections = 0;
        ohm_d0_init(&decoder, &strict);
        for (size_t from = 0; from < sizeof stream; from += chunk) {
            size_t n = sizeof stream - from < chunk ? sizeof stream - from : chunk;
            outcome out = feed(ohm_span_of(stream + from, n), false);
            messages += out.messages;
            rejections += out.rejections;
        }
        assert_int_equal(messages, 1);
        assert_int_equal(rejections, 1);
    }
}

static void the_line_breaks(void **state)
{
    (void)state;
    const bytes good = readout_of(household);
    ohm_d0_init(&decoder, &strict);
    assert_int_equal(feed(ohm_span_of(good.bytes, 60), false).rejections, 0);
    ohm_d0_reset(&decoder);
    outcome out = feed(span_of(&good), false);
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    assert_int_equal(decoder.message.offset, 60);
}

static void load_profiles(void **state)
{
    (void)state;
    static const struct {
        const char *why, *line;
        int rows; /* -1: no profile */
    } cases[] = {
        { "two channels, two rows",
          "P.01(0261120001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)\r\n(1)(2)\r\n(3)(4)\r\n", 2 },
        { "no rows yet", "P.01(0261120001500)(00)(15)(1)(1.5)(kW)\r\n", 0 },
        { "without seconds", "P.01(12611200015)(00)(15)(1)(1.5)(kW)(7)\r\n", 1 },
        { "another address", "1.8.0(0261120001500)(00)(15)(1)(1.5)(kW)(7)\r\n", -1 },
        { "no time", "P.01(nothing)(00)(15)(1)(1.5)(kW)(7)\r\n", -1 },
        { "no period", "P.01(0261120001500)(00)(0)(1)(1.5)(kW)(7)\r\n", -1 },
        { "no channel", "P.01(0261120001500)(00)(15)(0)\r\n", -1 },
        { "more channels than any meter", "P.01(0261120001500)(00)(15)(17)\r\n", -1 },
        { "a head cut short", "P.01(0261120001500)(00)(15)(2)(1.5)(kW)(2.5)\r\n", -1 },
        { "a row cut short",
          "P.01(0261120001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)\r\n(1)(2)\r\n(3)\r\n", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bytes b = readout_of(cases[i].line);
        ohm_d0_profile p;
        assert_int_equal(decode(strict, span_of(&b)).messages, 1);
        const ohm_readout *r = &decoder.message.readout;
        bool is = ohm_d0_profile_parse(r, &r->sets[0], &p) == OHM_OK;
        if (is != (cases[i].rows >= 0) || (is && p.rows != cases[i].rows))
            fail_msg("%s: %d rows", cases[i].why, is ? p.rows : -1);
        if (i == 0) {
            assert_true(ohm_span_is(p.channel[1].code, "2.5") && p.period_min == 15);
            assert_int_equal(p.time.season, OHM_READOUT_WINTER);
            assert_true(ohm_span_is(r->values[p.first + 3], "4"));
        }
    }
}

static void clocks(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        bool present;
        int season;
    } cases[] = {
        { "0.9.1(101502)0.9.2(261120)\r\n", true, OHM_READOUT_UNSAID },
        { "0.9.1(10:15:02)0.9.2(26-11-20)\r\n", true, OHM_READOUT_UNSAID },
        { "0.9.1(0101502)0.9.2(0261120)\r\n", true, OHM_READOUT_WINTER },
        { "0.9.1(2101502)0.9.2(261120)\r\n", true, OHM_READOUT_UTC },
        { "0-0:1.0.0(261120101502W)\r\n", true, OHM_READOUT_WINTER },
        { "0.9.1(101502)\r\n", false, 0 },
        { "0.9.1(251502)0.9.2(261120)\r\n", false, 0 },
        { "0.9.1(soon)0.9.2(261120)\r\n", false, 0 },
        { "0.9.1(10150222)0.9.2(261120)\r\n", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bytes b = readout_of(cases[i].lines);
        assert_int_equal(decode(strict, span_of(&b)).messages, 1);
        const ohm_readout_time *t = &decoder.message.time;
        if (t->present != cases[i].present || (t->present && t->season != cases[i].season))
            fail_msg("%s: %d %d", cases[i].lines, t->present, t->season);
        if (t->present)
            assert_true(t->local.date.month == 11 && t->local.minute == 15);
    }
}

static void speeds(void **state)
{
    (void)state;
    bool mode_b;
    assert_int_equal(ohm_d0_baud('0', &mode_b), 300);
    assert_int_equal(ohm_d0_baud('6', &mode_b), 19200);
    assert_false(mode_b);
    assert_int_equal(ohm_d0_baud('A', &mode_b), 600);
    assert_true(mode_b);
    assert_int_equal(ohm_d0_baud('F', &mode_b), 19200);
    assert_int_equal(ohm_d0_baud('7', &mode_b), 0);
    assert_int_equal(ohm_d0_baud('-', &mode_b), 0);
    assert_false(mode_b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_readout_is_read),
        cmocka_unit_test(dumps_and_pushes),
        cmocka_unit_test(what_needs_no_block_check),
        cmocka_unit_test(when_a_push_is_complete),
        cmocka_unit_test(a_lost_stx),
        cmocka_unit_test(any_flipped_bit_is_found),
        cmocka_unit_test(cut_readouts_are_refused),
        cmocka_unit_test(edited_recordings),
        cmocka_unit_test(configurations),
        cmocka_unit_test(a_readout_without_end),
        cmocka_unit_test(the_line_breaks),
        cmocka_unit_test(load_profiles),
        cmocka_unit_test(clocks),
        cmocka_unit_test(speeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
