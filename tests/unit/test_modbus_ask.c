/* Both ends of a line: a master that asks, a device that answers, and what lies between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/crc16_arc.h"
#include "wire/modbus_ask.h"
#include "wire/modbus_serve.h"

enum { REGISTERS = 100 };

/* --- a device -----------------------------------------------------------------------------------
 */

typedef struct device {
    uint8_t unit;
    uint16_t registers[REGISTERS];
} device;

static bool has_unit(void *ctx, uint8_t unit)
{
    return ((device *)ctx)->unit == unit;
}

static ohm_modbus_exception read_registers(void *ctx, const ohm_modbus_frame *request, uint8_t *out)
{
    const device *d = ctx;
    if (request->function == OHM_MODBUS_READ_COILS) {
        for (unsigned i = 0; i < request->count; i++)
            out[i / 8] |= (uint8_t)(((request->address + i) % 3 == 0) << i % 8);
        return OHM_MODBUS_NO_EXCEPTION;
    }
    if (request->address + request->count > REGISTERS)
        return OHM_MODBUS_ILLEGAL_ADDRESS;
    for (unsigned i = 0; i < request->count; i++)
        ohm_put_be16(out + 2 * i, d->registers[request->address + i]);
    return OHM_MODBUS_NO_EXCEPTION;
}

static ohm_modbus_exception write_registers(void *ctx, const ohm_modbus_frame *request)
{
    device *d = ctx;
    if (request->address + request->count > REGISTERS)
        return OHM_MODBUS_ILLEGAL_ADDRESS;
    for (unsigned i = 0; i < request->count; i++)
        d->registers[request->address + i] = ohm_be16(request->data.ptr + 2 * i);
    return OHM_MODBUS_NO_EXCEPTION;
}

static ohm_span identity(void *ctx, uint8_t unit, uint8_t id)
{
    static const char *const texts[] = { "ohmstead", "sim", "1.0" };
    (void)ctx;
    (void)unit;
    return id < 3 ? ohm_span_text(texts[id]) : ohm_span_of(NULL, 0);
}

typedef struct line {
    device device;
    ohm_modbus_device table;
    ohm_modbus_server server;
    ohm_modbus_ask ask;
    uint8_t reply[OHM_MODBUS_ADU_MAX];
    size_t reply_len;
} line;

static void start(line *l, ohm_modbus_framing framing)
{
    *l = (line){ .device = { .unit = 7 } };
    for (unsigned i = 0; i < REGISTERS; i++)
        l->device.registers[i] = (uint16_t)(1000 + i);
    l->table =
        (ohm_modbus_device){ has_unit, read_registers, write_registers, identity, &l->device };
    ohm_modbus_server_init(&l->server, framing);
    ohm_modbus_ask_init(&l->ask);
}

/* Asks, and has the device answer into l->reply. */
static void ask(line *l, const ohm_modbus_frame *request)
{
    size_t len = ohm_modbus_ask_begin(&l->ask, l->server.framing, request);
    ohm_span in = ohm_span_of(l->ask.sent, len);
    l->reply_len = 0;
    ohm_code code = ohm_modbus_serve(&l->server, &in, &l->table, l->reply, &l->reply_len);
    assert_int_equal(code, OHM_OK);
    assert_int_equal(in.len, 0);
}

static ohm_code take(line *l, const void *bytes, size_t len, ohm_modbus_frame *reply)
{
    return ohm_modbus_ask_take(&l->ask, ohm_span_of(bytes, len), reply);
}

static const ohm_modbus_frame read_three = { .unit = 7, .function = 3, .address = 10, .count = 3 };

/* --- tests --------------------------------------------------------------------------------------
 */

static void every_function_goes_there_and_back(void **state)
{
    (void)state;
    static const uint8_t value[] = { 0x12, 0x34, 0x56, 0x78 };
    const ohm_modbus_frame requests[] = {
        { .unit = 7, .function = 1, .address = 3, .count = 9 },
        read_three,
        { .unit = 7, .function = 4, .address = 0, .count = 100 },
        { .unit = 7, .function = 6, .address = 5, .count = 1, .data = { value, 2 } },
        { .unit = 7, .function = 16, .address = 20, .count = 2, .data = { value, 4 } },
        { .unit = 7, .function = 43, .address = 0, .count = 1 },
    };
    for (int framing = OHM_MODBUS_RTU; framing <= OHM_MODBUS_TCP; framing++) {
        for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
            for (size_t chunk = 1; chunk <= 300; chunk = chunk * 3 + 1) {
                static line l;
                ohm_modbus_frame reply;
                ohm_code code = OHM_MORE;
                start(&l, (ohm_modbus_framing)framing);
                ask(&l, &requests[i]);
                for (size_t at = 0; at < l.reply_len && code == OHM_MORE; at += chunk) {
                    size_t n = l.reply_len - at < chunk ? l.reply_len - at : chunk;
                    code = take(&l, l.reply + at, n, &reply);
                }
                assert_int_equal(code, OHM_OK);
                assert_int_equal(reply.exception, 0);
                assert_int_equal(reply.address, requests[i].address);
                assert_int_equal(l.ask.counters.replies, 1);
                assert_int_equal(l.ask.counters.noise_bytes, 0);
            }
        }
    }
}

static void values_come_as_they_are(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    start(&l, OHM_MODBUS_RTU);
    ask(&l, &read_three);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    assert_int_equal(ohm_be16(reply.data.ptr + 4), 1012);
    const ohm_modbus_frame coils = { .unit = 7, .function = 1, .address = 1, .count = 10 };
    ask(&l, &coils);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ohm_modbus_bit(reply.data, i), (1 + i) % 3 == 0);
    const ohm_modbus_frame beyond = { .unit = 7, .function = 3, .address = 99, .count = 2 };
    ask(&l, &beyond);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    assert_int_equal(reply.exception, OHM_MODBUS_ILLEGAL_ADDRESS);
    assert_int_equal(l.ask.counters.exceptions, 1);
}

static void identification_comes_whole(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    const ohm_modbus_frame request = { .unit = 7, .function = 43, .address = 1, .count = 4 };
    start(&l, OHM_MODBUS_TCP);
    ask(&l, &request);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    size_t at = 0;
    uint8_t id;
    ohm_span text;
    assert_int_equal(ohm_modbus_identity_next(reply.data, &at, &id, &text), OHM_OK);
    assert_true(ohm_span_is(text, "sim"));
    assert_int_equal(ohm_modbus_identity_next(reply.data, &at, &id, &text), OHM_END);
}

static void what_is_not_the_answer_is_skipped(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    uint8_t other[OHM_MODBUS_ADU_MAX];
    start(&l, OHM_MODBUS_RTU);
    ask(&l, &read_three);
    /* Its own echo, noise, the answer of another unit, and one that is damaged. */
    assert_int_equal(take(&l, l.ask.sent, l.ask.sent_len, &reply), OHM_MORE);
    assert_int_equal(l.ask.counters.echoes, 1);
    assert_int_equal(take(&l, "\x55\x07\xaa\x00", 4, &reply), OHM_MORE);
    ohm_modbus_ask_silence(&l.ask);
    const ohm_modbus_frame foreign = {
        .reply = true, .unit = 8, .function = 3, .data = { (const uint8_t *)"abcdef", 6 }
    };
    size_t len = ohm_modbus_encode(OHM_MODBUS_RTU, &foreign, other);
    assert_int_equal(take(&l, other, len, &reply), OHM_MORE);
    assert_int_equal(l.ask.counters.foreign, 1);
    memcpy(other, l.reply, l.reply_len);
    other[4] ^= 1;
    assert_int_equal(take(&l, other, l.reply_len, &reply), OHM_MORE);
    ohm_modbus_ask_silence(&l.ask);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    assert_int_equal(reply.count, 3);
}

static void noise_right_before_the_answer_costs_nothing(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    uint8_t bytes[OHM_MODBUS_ADU_MAX + 4];
    start(&l, OHM_MODBUS_RTU);
    ask(&l, &read_three);
    memcpy(bytes, "\x00\x07\x03\xff", 4); /* the last three might begin a long answer */
    memcpy(bytes + 4, l.reply, l.reply_len);
    assert_int_equal(take(&l, bytes, 4 + l.reply_len, &reply), OHM_OK);
    assert_int_equal(l.ask.counters.noise_bytes, 4);
}

static void a_late_answer_is_not_the_next_one(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    uint8_t late[OHM_MODBUS_ADU_MAX];
    start(&l, OHM_MODBUS_TCP);
    ask(&l, &read_three);
    size_t len = l.reply_len;
    memcpy(late, l.reply, len);
    assert_string_equal(ohm_modbus_ask_timeout(&l.ask), "no answer");
    const ohm_modbus_frame next = { .unit = 7, .function = 3, .address = 50, .count = 3 };
    ask(&l, &next);
    assert_int_equal(take(&l, late, len, &reply), OHM_MORE);
    assert_int_equal(l.ask.counters.late, 1);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    assert_int_equal(ohm_be16(reply.data.ptr), 1050);
}

static void rtu_inside_a_tcp_line_is_found_out(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    start(&l, OHM_MODBUS_TCP);
    (void)ohm_modbus_ask_begin(&l.ask, OHM_MODBUS_TCP, &read_three);
    assert_int_equal(take(&l, "\x07\x03\x06\x01\x02\x03\x04\x05\x06\xaa\xbb", 11, &reply),
                     OHM_BAD_FORMAT);
    assert_true(l.ask.broken);
    assert_int_equal(take(&l, "\x00", 1, &reply), OHM_BAD_FORMAT);
}

static void a_cut_answer_says_so(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    start(&l, OHM_MODBUS_RTU);
    ask(&l, &read_three);
    assert_int_equal(take(&l, l.reply, 5, &reply), OHM_MORE);
    assert_string_equal(ohm_modbus_ask_timeout(&l.ask), "the answer was cut short");
    assert_int_equal(take(&l, l.reply + 5, l.reply_len - 5, &reply), OHM_MORE); /* too late */
}

static void a_device_answers_for_itself_only(void **state)
{
    (void)state;
    static line l;
    ohm_modbus_frame reply;
    ohm_modbus_frame request = read_three;
    request.unit = 8;
    start(&l, OHM_MODBUS_RTU);
    ask(&l, &request);
    assert_int_equal(l.reply_len, 0);
    start(&l, OHM_MODBUS_TCP);
    ask(&l, &request);
    assert_int_equal(take(&l, l.reply, l.reply_len, &reply), OHM_OK);
    assert_int_equal(reply.exception, OHM_MODBUS_GATEWAY_SILENT);
}

static void a_broadcast_is_done_and_not_answered(void **state)
{
    (void)state;
    static line l;
    static const uint8_t value[] = { 0, 99 };
    const ohm_modbus_frame request = {
        .unit = 0, .function = 6, .address = 1, .count = 1, .data = { value, 2 }
    };
    start(&l, OHM_MODBUS_RTU);
    ask(&l, &request);
    assert_int_equal(l.reply_len, 0);
    assert_int_equal(l.device.registers[1], 99);
}

static void an_unknown_function_is_refused(void **state)
{
    (void)state;
    static line l;
    uint8_t bytes[4] = { 7, 0x11 };
    uint16_t crc = ohm_crc16_modbus(bytes, 2);
    bytes[2] = (uint8_t)crc;
    bytes[3] = (uint8_t)(crc >> 8);
    start(&l, OHM_MODBUS_RTU);
    ohm_span in = ohm_span_of(bytes, 4);
    assert_int_equal(ohm_modbus_serve(&l.server, &in, &l.table, l.reply, &l.reply_len), OHM_MORE);
    size_t len = ohm_modbus_serve_silence(&l.server, &l.table, l.reply);
    ohm_modbus_frame f;
    assert_int_equal(ohm_modbus_parse(OHM_MODBUS_RTU, ohm_span_of(l.reply, len), true, &f), OHM_OK);
    assert_int_equal(f.function, 0x11);
    assert_int_equal(f.exception, OHM_MODBUS_ILLEGAL_FUNCTION);
}

static void a_device_finds_its_request_behind_noise(void **state)
{
    (void)state;
    static line l;
    uint8_t bytes[2 * OHM_MODBUS_ADU_MAX];
    start(&l, OHM_MODBUS_RTU);
    size_t len = ohm_modbus_ask_begin(&l.ask, OHM_MODBUS_RTU, &read_three);
    memset(bytes, 0x01, 20); /* requests to unit 1 with wrong checksums */
    memcpy(bytes + 20, l.ask.sent, len);
    ohm_span in = ohm_span_of(bytes, 20 + len);
    assert_int_equal(ohm_modbus_serve(&l.server, &in, &l.table, l.reply, &l.reply_len), OHM_OK);
    assert_true(l.reply_len > 0);
    assert_int_equal(l.server.noise_bytes, 20);
    start(&l, OHM_MODBUS_TCP);
    in = ohm_span_of(bytes, 20 + len);
    assert_int_equal(ohm_modbus_serve(&l.server, &in, &l.table, l.reply, &l.reply_len),
                     OHM_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_goes_there_and_back),
        cmocka_unit_test(values_come_as_they_are),
        cmocka_unit_test(identification_comes_whole),
        cmocka_unit_test(what_is_not_the_answer_is_skipped),
        cmocka_unit_test(noise_right_before_the_answer_costs_nothing),
        cmocka_unit_test(a_late_answer_is_not_the_next_one),
        cmocka_unit_test(rtu_inside_a_tcp_line_is_found_out),
        cmocka_unit_test(a_cut_answer_says_so),
        cmocka_unit_test(a_device_answers_for_itself_only),
        cmocka_unit_test(a_broadcast_is_done_and_not_answered),
        cmocka_unit_test(an_unknown_function_is_refused),
        cmocka_unit_test(a_device_finds_its_request_behind_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
