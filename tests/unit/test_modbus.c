#include "wire/modbus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "wire/crc16_arc.h"

enum { BYTES_MAX = 300 };

/* "01 03 …" to bytes. */
static ohm_span hex(const char *text, uint8_t out[static BYTES_MAX])
{
    size_t len = 0;
    unsigned byte;
    int used;
    for (; sscanf(text, " %2x%n", &byte, &used) == 1; text += used)
        out[len++] = (uint8_t)byte;
    return ohm_span_of(out, len);
}

static void the_crc_is_the_one_of_the_standard(void **state)
{
    (void)state;
    const uint8_t frame[] = { 0x02, 0x07 };
    assert_int_equal(ohm_crc16_modbus(frame, 2), 0x1241); /* Serial Line V1.02, appendix B */
    assert_int_equal(ohm_crc16_arc_update(0, (const uint8_t *)"123456789", 9), 0xbb3d);
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t b = (uint8_t)byte;
        unsigned crc = byte;
        for (int i = 0; i < 8; i++)
            crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
        assert_int_equal(ohm_crc16_arc_update(0, &b, 1), crc);
    }
}

/* The examples of the Application Protocol V1.1b3 §6, as RTU and as TCP. */
static const struct {
    const char *why;
    bool reply;
    ohm_modbus_frame frame;
    const char *data, *pdu;
} rows[] = {
    { "§6.1 coils 20-38",
      false,
      { .function = 1, .address = 19, .count = 19 },
      "",
      "01 0013 0013" },
    { "§6.1 their state", true, { .function = 1 }, "cd 6b 05", "01 03 cd6b05" },
    { "§6.2 discrete inputs",
      false,
      { .function = 2, .address = 196, .count = 22 },
      "",
      "02 00c4 0016" },
    { "§6.3 holding 108-110",
      false,
      { .function = 3, .address = 107, .count = 3 },
      "",
      "03 006b 0003" },
    { "§6.3 their values", true, { .function = 3 }, "022b 0000 0064", "03 06 022b 0000 0064" },
    { "§6.4 input register 9",
      false,
      { .function = 4, .address = 8, .count = 1 },
      "",
      "04 0008 0001" },
    { "§6.4 its value", true, { .function = 4 }, "000a", "04 02 000a" },
    { "§6.5 coil 173 on",
      false,
      { .function = 5, .address = 172, .count = 1 },
      "ff00",
      "05 00ac ff00" },
    { "§6.5 echoed", true, { .function = 5, .address = 172, .count = 1 }, "ff00", "05 00ac ff00" },
    { "§6.6 register 2",
      false,
      { .function = 6, .address = 1, .count = 1 },
      "0003",
      "06 0001 0003" },
    { "§6.11 ten coils",
      false,
      { .function = 15, .address = 19, .count = 10 },
      "cd 01",
      "0f 0013 000a 02 cd01" },
    { "§6.11 done", true, { .function = 15, .address = 19, .count = 10 }, "", "0f 0013 000a" },
    { "§6.12 two registers",
      false,
      { .function = 16, .address = 1, .count = 2 },
      "000a 0102",
      "10 0001 0002 04 000a 0102" },
    { "§6.12 done", true, { .function = 16, .address = 1, .count = 2 }, "", "10 0001 0002" },
    { "§6.21 identification", false, { .function = 43, .count = 1 }, "", "2b 0e 01 00" },
    { "§6.21 two objects",
      true,
      { .function = 43 },
      "01 01 00 00 02 00 02 4142 01 01 43",
      "2b 0e 01 01 00 00 02 00 02 4142 01 01 43" },
    { "§7 exception", true, { .function = 1, .exception = 2 }, "", "81 02" },
};

static void assert_same(const char *why, const ohm_modbus_frame *a, const ohm_modbus_frame *b)
{
    bool same = a->unit == b->unit && a->function == b->function && a->reply == b->reply &&
                a->exception == b->exception && a->address == b->address && a->count == b->count &&
                ohm_span_equal(a->data, b->data);
    if (!same)
        fail_msg("%s", why);
}

static void frames_are_written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int framing = OHM_MODBUS_RTU; framing <= OHM_MODBUS_TCP; framing++) {
            uint8_t pdu_bytes[BYTES_MAX], data_bytes[BYTES_MAX], out[OHM_MODBUS_ADU_MAX];
            ohm_span pdu = hex(rows[i].pdu, pdu_bytes);
            ohm_modbus_frame frame = rows[i].frame, back;
            frame.unit = 17;
            frame.transaction = 0x1234;
            frame.reply = rows[i].reply;
            frame.data = hex(rows[i].data, data_bytes);
            size_t len = ohm_modbus_encode((ohm_modbus_framing)framing, &frame, out);
            size_t head = framing == OHM_MODBUS_TCP ? 7 : 1;
            assert_int_equal(len, head + pdu.len + (framing == OHM_MODBUS_TCP ? 0 : 2));
            if (memcmp(out + head, pdu.ptr, pdu.len) != 0)
                fail_msg("%s is written otherwise", rows[i].why);
            assert_int_equal(out[head - 1], 17);
            for (size_t part = 0; part < len; part++)
                assert_int_equal(ohm_modbus_parse((ohm_modbus_framing)framing,
                                                  ohm_span_of(out, part), frame.reply, &back),
                                 OHM_MORE);
            assert_int_equal(ohm_modbus_parse((ohm_modbus_framing)framing, ohm_span_of(out, len),
                                              frame.reply, &back),
                             OHM_OK);
            assert_same(rows[i].why, &frame, &back);
            assert_int_equal(back.size, len);
            if (framing == OHM_MODBUS_RTU) {
                assert_int_equal(ohm_modbus_parse_whole(ohm_span_of(out, len), frame.reply, &back),
                                 OHM_OK);
                assert_same(rows[i].why, &frame, &back);
            } else {
                assert_int_equal(back.transaction, 0x1234);
            }
        }
    }
}

static void any_flipped_bit_of_rtu_is_found(void **state)
{
    (void)state;
    uint8_t bytes[BYTES_MAX];
    ohm_span good = hex("01 04 04 43 66 80 00 af f6", bytes);
    uint16_t crc = ohm_crc16_modbus(good.ptr, 7);
    bytes[7] = (uint8_t)crc;
    bytes[8] = (uint8_t)(crc >> 8);
    ohm_modbus_frame f;
    assert_int_equal(ohm_modbus_parse(OHM_MODBUS_RTU, good, true, &f), OHM_OK);
    for (unsigned bit = 0; bit < 72; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(ohm_modbus_parse(OHM_MODBUS_RTU, good, true, &f), OHM_OK);
        assert_int_not_equal(ohm_modbus_parse_whole(good, true, &f), OHM_OK);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static const struct {
    const char *why;
    const char *bytes;
    bool reply;
    ohm_code want;
} bad_tcp[] = {
    { "another protocol", "0001 0001 0006 01 03 0000 0001", false, OHM_BAD_FORMAT },
    { "no PDU", "0001 0000 0001 01 03 0000 0001", false, OHM_BAD_FORMAT },
    { "longer than any PDU", "0001 0000 00ff 01 03 0000 0001", false, OHM_BAD_FORMAT },
    { "shorter than its function", "0001 0000 0005 01 03 0000 00", false, OHM_BAD_FORMAT },
    { "longer than its function", "0001 0000 0007 01 03 0000 0001 00", false, OHM_BAD_FORMAT },
    { "half a register", "0001 0000 0006 01 03 03 000102", true, OHM_BAD_FORMAT },
    { "no register", "0001 0000 0003 01 03 00", true, OHM_BAD_FORMAT },
    { "exception 0", "0001 0000 0003 01 83 00", true, OHM_BAD_FORMAT },
    { "objects longer than the frame", "0001 0000 000b 01 2b 0e 01 01 00 00 01 00 05 41", true,
      OHM_BAD_FORMAT },
    { "a function of another kind", "0001 0000 0002 01 11", false, OHM_UNSUPPORTED },
    { "another MEI type", "0001 0000 0005 01 2b 0d 0000", false, OHM_UNSUPPORTED },
};

static void bad_frames_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_tcp / sizeof *bad_tcp; i++) {
        uint8_t bytes[BYTES_MAX];
        ohm_modbus_frame f = { .unit = 99 };
        ohm_span window = hex(bad_tcp[i].bytes, bytes);
        ohm_code code = ohm_modbus_parse(OHM_MODBUS_TCP, window, bad_tcp[i].reply, &f);
        if (code != bad_tcp[i].want)
            fail_msg("%s: %s", bad_tcp[i].why, ohm_code_name(code));
        if (code == OHM_UNSUPPORTED)
            assert_int_equal(f.size, window.len);
        else
            assert_int_equal(f.unit, 99); /* written on success only */
    }
}

static void unknown_functions_end_with_silence(void **state)
{
    (void)state;
    uint8_t bytes[BYTES_MAX] = { 9, 0x11 };
    uint16_t crc = ohm_crc16_modbus(bytes, 2);
    bytes[2] = (uint8_t)crc;
    bytes[3] = (uint8_t)(crc >> 8);
    ohm_modbus_frame f;
    assert_int_equal(ohm_modbus_parse(OHM_MODBUS_RTU, ohm_span_of(bytes, 4), false, &f),
                     OHM_UNSUPPORTED);
    assert_int_equal(ohm_modbus_parse_whole(ohm_span_of(bytes, 4), false, &f), OHM_UNSUPPORTED);
    assert_int_equal(f.unit, 9);
    assert_int_equal(f.function, 0x11);
    assert_int_equal(ohm_modbus_parse_whole(ohm_span_of(bytes, 3), false, &f), OHM_BAD_FORMAT);
}

static const struct {
    const char *why;
    ohm_modbus_frame request;
    size_t len;
    ohm_modbus_exception want;
} requests[] = {
    { "125 registers", { .function = 3, .count = 125 }, 0, OHM_MODBUS_NO_EXCEPTION },
    { "126 registers", { .function = 3, .count = 126 }, 0, OHM_MODBUS_ILLEGAL_VALUE },
    { "none", { .function = 4, .count = 0 }, 0, OHM_MODBUS_ILLEGAL_VALUE },
    { "2000 coils", { .function = 1, .count = 2000 }, 0, OHM_MODBUS_NO_EXCEPTION },
    { "2001 inputs", { .function = 2, .count = 2001 }, 0, OHM_MODBUS_ILLEGAL_VALUE },
    { "the last register",
      { .function = 3, .address = 65535, .count = 1 },
      0,
      OHM_MODBUS_NO_EXCEPTION },
    { "one behind it",
      { .function = 3, .address = 65535, .count = 2 },
      0,
      OHM_MODBUS_ILLEGAL_ADDRESS },
    { "123 written", { .function = 16, .count = 123 }, 246, OHM_MODBUS_NO_EXCEPTION },
    { "too few bytes", { .function = 16, .count = 2 }, 2, OHM_MODBUS_ILLEGAL_VALUE },
    { "nine coils in two bytes", { .function = 15, .count = 9 }, 2, OHM_MODBUS_NO_EXCEPTION },
    { "a coil half on", { .function = 5, .count = 1 }, 2, OHM_MODBUS_ILLEGAL_VALUE },
    { "any register", { .function = 6, .count = 1 }, 2, OHM_MODBUS_NO_EXCEPTION },
    { "no such function", { .function = 17, .count = 1 }, 0, OHM_MODBUS_ILLEGAL_FUNCTION },
    { "identification code 5", { .function = 43, .count = 5 }, 0, OHM_MODBUS_ILLEGAL_VALUE },
};

static void requests_are_judged(void **state)
{
    (void)state;
    static const uint8_t data[246] = { 0x12, 0x34 };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        ohm_modbus_frame request = requests[i].request;
        request.data = ohm_span_of(data, requests[i].len);
        if (ohm_modbus_request_check(&request) != requests[i].want)
            fail_msg("%s", requests[i].why);
    }
}

static void answers_belong_to_their_requests(void **state)
{
    (void)state;
    static const uint8_t two[4] = { 0 };
    const ohm_modbus_frame asked = { .unit = 1, .function = 4, .address = 52, .count = 2 };
    const ohm_modbus_frame wrong[] = {
        { .reply = true, .unit = 2, .function = 4, .data = { two, 4 } },
        { .reply = true, .unit = 1, .function = 3, .data = { two, 4 } },
        { .reply = true, .unit = 1, .function = 4, .data = { two, 2 } },
        { .reply = true, .unit = 1, .function = 3, .exception = 2 },
    };
    const char *what = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ohm_modbus_frame reply = wrong[i];
        assert_int_equal(ohm_modbus_match(&asked, &reply, &what), OHM_CONFLICT);
        assert_non_null(what);
    }
    ohm_modbus_frame good = { .reply = true, .unit = 1, .function = 4, .data = { two, 4 } };
    assert_int_equal(ohm_modbus_match(&asked, &good, &what), OHM_OK);
    assert_int_equal(good.address, 52);
    assert_int_equal(good.count, 2);
    ohm_modbus_frame exception = { .reply = true, .unit = 1, .function = 4, .exception = 2 };
    assert_int_equal(ohm_modbus_match(&asked, &exception, &what), OHM_OK);
}

static void identification_is_walked(void **state)
{
    (void)state;
    uint8_t bytes[BYTES_MAX];
    ohm_span data = hex("01 81 00 00 02 00 02 4142 01 01 43", bytes), text;
    size_t at = 0;
    uint8_t id = 9;
    assert_int_equal(ohm_modbus_identity_next(data, &at, &id, &text), OHM_OK);
    assert_int_equal(id, 0);
    assert_true(ohm_span_is(text, "AB"));
    assert_int_equal(ohm_modbus_identity_next(data, &at, &id, &text), OHM_OK);
    assert_true(ohm_span_is(text, "C"));
    assert_int_equal(ohm_modbus_identity_next(data, &at, &id, &text), OHM_END);
    at = 0;
    assert_int_equal(ohm_modbus_identity_next(ohm_span_part(data, 0, 8), &at, &id, &text),
                     OHM_BAD_FORMAT);
}

static void silence_follows_the_speed(void **state)
{
    (void)state;
    assert_int_equal(ohm_modbus_silence_us(9600), 4011); /* 3.5 × 11 bits */
    assert_int_equal(ohm_modbus_silence_us(19200), 2006);
    assert_int_equal(ohm_modbus_silence_us(115200), 1750);
    assert_string_equal(ohm_modbus_exception_text(2), "illegal data address");
    assert_string_equal(ohm_modbus_exception_text(9), "exception");
    assert_string_equal(ohm_modbus_exception_text(200), "exception");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crc_is_the_one_of_the_standard),
        cmocka_unit_test(frames_are_written_and_read),
        cmocka_unit_test(any_flipped_bit_of_rtu_is_found),
        cmocka_unit_test(bad_frames_are_refused),
        cmocka_unit_test(unknown_functions_end_with_silence),
        cmocka_unit_test(requests_are_judged),
        cmocka_unit_test(answers_belong_to_their_requests),
        cmocka_unit_test(identification_is_walked),
        cmocka_unit_test(silence_follows_the_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
