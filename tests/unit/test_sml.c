#include "wire/sml.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../sml_files.h"
#include "wire/crc16.h"

static ohm_sml decoder;

typedef struct outcome {
    int messages, rejections;
    const ohm_sml_message *last;
    ohm_sml_reject reject;
} outcome;

static outcome feed(ohm_span in, bool finish)
{
    outcome out = { 0 };
    ohm_code code;
    if (finish)
        ohm_sml_finish(&decoder);
    do {
        ohm_sml_reject reject;
        code = ohm_sml_next(&decoder, &in, &out.last, &reject);
        out.messages += code == OHM_OK;
        if (code != OHM_OK && code != OHM_MORE && code != OHM_END) {
            out.rejections++;
            out.reject = reject;
        }
    } while (code != OHM_MORE && code != OHM_END);
    return out;
}

static outcome decode(const sml_bytes *b)
{
    ohm_sml_init(&decoder);
    return feed(sml_span(b), true);
}

static void append(sml_bytes *b, ohm_span more)
{
    assert_true(more.len <= sizeof b->bytes - b->len);
    memcpy(b->bytes + b->len, more.ptr, more.len);
    b->len += more.len;
}

/* The transport's CRC, as if the file had always been like this. */
static void seal(sml_bytes *b, bool kermit)
{
    uint16_t crc =
        kermit ? ohm_crc16_update(0, b->bytes, b->len - 2) : ohm_crc16(b->bytes, b->len - 2);
    b->bytes[b->len - 2] = (uint8_t)crc;
    b->bytes[b->len - 1] = (uint8_t)(crc >> 8);
}

/* A file with one entry whose value the case writes. */
static sml_bytes file_of(const uint8_t *value, size_t len, int8_t scaler)
{
    static const uint8_t power[] = { 1, 0, 16, 7, 0, 255 };
    uint8_t inner[SML_BYTES_MAX];
    sml_bytes b;
    ohm_writer m = ohm_writer_over(inner, sizeof inner);
    size_t from = sml_begin_list(&m, 1);
    sml_entry(&m, power, OHM_UNIT_W, scaler);
    ohm_put_bytes(&m, ohm_span_of(value, len));
    ohm_sml_put_absent(&m);
    sml_end_list(&m, from);
    ohm_writer w = ohm_writer_over(b.bytes, sizeof b.bytes);
    ohm_sml_put_file(&w, ohm_writer_span(&m));
    b.len = w.len;
    return b;
}

static void a_file_is_read(void **state)
{
    (void)state;
    sml_bytes b = sml_household(0x01020304, -1234);
    outcome out = decode(&b);
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    const ohm_sml_message *m = &decoder.message;
    assert_string_equal(m->id, "1OHM0012345678");
    assert_int_equal(m->sensor_time.clock, OHM_SML_INDEX);
    assert_int_equal(m->sensor_time.seconds, 4711);
    assert_int_equal(m->count, 4);
    assert_true(ohm_span_is(m->values[0].bytes, "OHM"));
    assert_int_equal(m->values[1].quantity, OHM_Q_ENERGY_IMPORT);
    assert_int_equal(m->values[1].raw, 0x01020304);
    assert_int_equal(m->values[1].scaler, -1);
    assert_int_equal(m->values[2].raw, 0x1b1b1b1b);
    assert_int_equal(m->values[3].raw, -1234);
    int64_t quantised;
    assert_int_equal(ohm_sml_value_quantise(&m->values[3], &quantised), OHM_OK);
    assert_int_equal(quantised, -12340);
    assert_int_equal(ohm_sml_value_quantise(&m->values[1], &quantised), OHM_OK);
    assert_int_equal(quantised, (0x01020304 + 5) / 10);
    assert_int_equal(ohm_sml_value_quantise(&m->values[0], &quantised), OHM_UNKNOWN);
    assert_int_equal(decoder.counters.frames, 1);
    assert_int_equal(decoder.counters.others, 2);
    assert_int_equal(decoder.counters.bytes, b.len);
    assert_int_equal(decoder.counters.bytes_skipped, 0);
}

static void values_of_every_type(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t len, bytes[12];
        int kind;
        int64_t raw;
    } cases[] = {
        { "absent", 1, { 0x01 }, OHM_SML_NULL, 0 },
        { "octets", 3, { 0x03, 'h', 'i' }, OHM_SML_OCTETS, 0 },
        { "true", 2, { 0x42, 1 }, OHM_SML_BOOL, 1 },
        { "any other byte is true too", 2, { 0x42, 0xff }, OHM_SML_BOOL, 1 },
        { "one byte, negative", 2, { 0x52, 0xff }, OHM_SML_INTEGER, -1 },
        { "three bytes are signed by their first",
          4,
          { 0x54, 0x80, 0, 0 },
          OHM_SML_INTEGER,
          -8388608 },
        { "five bytes", 6, { 0x56, 0, 0xff, 0xff, 0xff, 0xff }, OHM_SML_INTEGER, 4294967295 },
        { "eight bytes", 9, { 0x59, 0x80, 0, 0, 0, 0, 0, 0, 0 }, OHM_SML_INTEGER, INT64_MIN },
        { "nine bytes that are a sign and eight",
          10,
          { 0x5a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe },
          OHM_SML_INTEGER,
          -2 },
        { "an unsigned byte", 2, { 0x62, 0xff }, OHM_SML_UNSIGNED, 255 },
        { "unsigned, nine bytes", 10, { 0x6a, 0, 0, 0, 0, 0, 0, 0, 0, 7 }, OHM_SML_UNSIGNED, 7 },
        { "a length in two bytes", 4, { 0xe0, 0x04, 0x12, 0x34 }, OHM_SML_UNSIGNED, 0x1234 },
        { "a list is passed whole", 4, { 0x72, 0x01, 0x62, 0x05 }, OHM_SML_LIST, 0 },
        { "lists in lists", 5, { 0x71, 0x71, 0x71, 0x71, 0x01 }, OHM_SML_LIST, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sml_bytes b = file_of(cases[i].bytes, cases[i].len, 0);
        outcome out = decode(&b);
        const ohm_sml_value *v = &decoder.message.values[0];
        if (out.messages != 1 || v->kind != cases[i].kind || v->raw != cases[i].raw)
            fail_msg("%s: %d messages, kind %d, %lld", cases[i].why, out.messages, v->kind,
                     (long long)v->raw);
    }
}

static void values_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t len, bytes[12];
    } cases[] = {
        { "an integer without bytes", 1, { 0x51 } },
        { "a bool of two bytes", 3, { 0x43, 1, 1 } },
        { "a type that SML does not have", 2, { 0x12, 1 } },
        { "a length of zero", 2, { 0x60, 1 } },
        { "a length beyond the file", 2, { 0x6f, 1 } },
        { "more length bytes than any file needs", 6, { 0xe0, 0x80, 0x80, 0x80, 0x04, 1 } },
        { "a length byte with a type in it", 4, { 0xe0, 0x14, 1, 2 } },
        { "a list of more entries than bytes", 3, { 0xff, 0x8f, 0x0f } },
        { "nine bytes that need them all", 10, { 0x5a, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
        { "unsigned above 64 bits", 10, { 0x6a, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sml_bytes b = file_of(cases[i].bytes, cases[i].len, 0);
        outcome out = decode(&b);
        if (out.messages != 0 || out.rejections != 1 || out.reject.code != OHM_BAD_FORMAT)
            fail_msg("%s: %d messages, %d refusals", cases[i].why, out.messages, out.rejections);
    }
}

static void sixty_four_bits_unsigned(void **state)
{
    (void)state;
    static const uint8_t all[] = { 0x69, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    sml_bytes b = file_of(all, sizeof all, 0);
    int64_t quantised;
    assert_int_equal(decode(&b).messages, 1);
    assert_true(decoder.message.values[0].huge);
    assert_int_equal(ohm_sml_value_quantise(&decoder.message.values[0], &quantised), OHM_RANGE);
}

static void checksums(void **state)
{
    (void)state;
    static const uint8_t one[] = { 0x52, 7 };
    sml_bytes b = file_of(one, sizeof one, 0);
    seal(&b, true);
    assert_int_equal(decode(&b).messages, 1); /* Holley's way */
    b.bytes[b.len - 1] ^= 1;
    assert_int_equal(decode(&b).reject.code, OHM_BAD_CHECKSUM);
    /* The message's own, inside a good file: its last bytes are 63 CRC CRC 00 and padding. */
    b = file_of(one, sizeof one, 0);
    size_t at = b.len - 8 - b.bytes[b.len - 3] - 3;
    assert_int_equal(b.bytes[at - 1], 0x63);
    uint8_t high = b.bytes[at];
    b.bytes[at] = b.bytes[at + 1];
    b.bytes[at + 1] = high;
    seal(&b, false);
    assert_int_equal(decode(&b).messages, 1); /* the other byte order */
    b.bytes[at] ^= 0x40;
    seal(&b, false);
    outcome out = decode(&b);
    assert_int_equal(out.messages, 0);
    assert_int_equal(out.reject.code, OHM_BAD_CHECKSUM);
    assert_string_equal(out.reject.stage, "message");
    assert_int_equal(decoder.counters.bad_crc, 1);
}

static void any_flipped_bit_is_found(void **state)
{
    (void)state;
    sml_bytes good = sml_household(25149419, 1500);
    for (size_t bit = 0; bit < 8 * good.len; bit++) {
        sml_bytes b = good;
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        append(&b, sml_span(&good));
        outcome out = decode(&b);
        if (out.messages != 1)
            fail_msg("bit %zu: %d messages", bit, out.messages);
    }
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    const sml_bytes good = sml_household(25149419, 1500);
    for (size_t len = 8; len < good.len; len++) {
        sml_bytes b = good;
        b.len = len;
        outcome out = decode(&b);
        assert_int_equal(out.messages, 0);
        assert_int_equal(out.rejections, 1);
        assert_int_equal(out.reject.code, OHM_GAP);
        append(&b, sml_span(&good));
        out = decode(&b);
        if (out.messages != 1 || out.rejections > 1)
            fail_msg("cut at %zu: %d messages, %d refusals", len, out.messages, out.rejections);
    }
}

static void entries_too_many(void **state)
{
    (void)state;
    static const uint8_t power[] = { 1, 0, 16, 7, 0, 255 };
    static uint8_t inner[8192], bytes[8192];
    for (size_t count = OHM_SML_VALUES_MAX; count <= OHM_SML_VALUES_MAX + 1; count++) {
        ohm_writer m = ohm_writer_over(inner, sizeof inner);
        size_t from = sml_begin_list(&m, count);
        for (size_t i = 0; i < count; i++) {
            sml_entry(&m, power, OHM_UNIT_W, 0);
            ohm_sml_put_unsigned(&m, i, 2);
            ohm_sml_put_absent(&m);
        }
        sml_end_list(&m, from);
        ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
        ohm_sml_put_file(&w, ohm_writer_span(&m));
        assert_false(w.full);
        ohm_sml_init(&decoder);
        outcome out = feed(ohm_writer_span(&w), true);
        assert_int_equal(out.messages, count == OHM_SML_VALUES_MAX);
        if (out.rejections > 0)
            assert_int_equal(out.reject.code, OHM_TOO_BIG);
    }
}

static void a_file_without_end(void **state)
{
    (void)state;
    static uint8_t bytes[3 * OHM_SML_FILE_MAX];
    const sml_bytes good = sml_household(25149419, 1500);
    memset(bytes, 0x55, sizeof bytes);
    memcpy(bytes, good.bytes, 8);
    memcpy(bytes + sizeof bytes - good.len, good.bytes, good.len);
    ohm_sml_init(&decoder);
    outcome out = feed(ohm_span_of(bytes, sizeof bytes), true);
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 1);
    assert_int_equal(out.reject.code, OHM_TOO_BIG);
}

static void the_line_breaks(void **state)
{
    (void)state;
    const sml_bytes good = sml_household(25149419, 1500);
    ohm_sml_init(&decoder);
    assert_int_equal(feed(ohm_span_of(good.bytes, 50), false).rejections, 0);
    ohm_sml_reset(&decoder);
    outcome out = feed(sml_span(&good), false);
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    assert_int_equal(decoder.message.offset, 50);
}

static void nothing_of_it(void **state)
{
    (void)state;
    ohm_sml_init(&decoder);
    outcome out = feed(ohm_span_text("/ISk5 a telegram of another protocol\r\n!"), true);
    assert_int_equal(out.rejections, 1);
    assert_int_equal(out.reject.code, OHM_BAD_FORMAT);
    ohm_sml_init(&decoder);
    assert_int_equal(feed(ohm_span_of(NULL, 0), true).rejections, 0);
}

static void server_ids(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t id[10];
        const char *want;
    } cases[] = {
        { "DIN 43863-5", { 10, 1, 'E', 'S', 'Y', 0x1a, 0, 0, 0, 42 }, "1ESY1A00000042" },
        { "the older first byte",
          { 9, 6, 'A', 'B', 'C', 0, 5, 0xf5, 0xe0, 0xff },
          "6ABC0099999999" },
        { "a number of nine digits",
          { 10, 1, 'E', 'S', 'Y', 0, 5, 0xf5, 0xe1, 0 },
          "0a014553590005f5e100" },
        { "no letters", { 10, 1, 'e', 'S', 'Y', 0, 0, 0, 0, 1 }, "0a016553590000000001" },
        { "another form", { 6, 'E', 'M', 'H', 1, 2, 3, 4, 5, 6 }, "06454d48010203040506" },
        { "text", "0123456789", "0123456789" },
    };
    char out[OHM_SML_ID_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ohm_sml_server_text(ohm_span_of(cases[i].id, 10), out);
        if (strcmp(out, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].why, out);
    }
    ohm_sml_server_text(ohm_span_of(NULL, 0), out);
    assert_string_equal(out, "");
    uint8_t large[200];
    memset(large, 0xee, sizeof large);
    ohm_sml_server_text(ohm_span_of(large, sizeof large), out);
    assert_int_equal(strlen(out), OHM_SML_ID_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(values_of_every_type),
        cmocka_unit_test(values_that_are_none),
        cmocka_unit_test(sixty_four_bits_unsigned),
        cmocka_unit_test(checksums),
        cmocka_unit_test(any_flipped_bit_is_found),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(entries_too_many),
        cmocka_unit_test(a_file_without_end),
        cmocka_unit_test(the_line_breaks),
        cmocka_unit_test(nothing_of_it),
        cmocka_unit_test(server_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
