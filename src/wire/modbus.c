#include "wire/modbus.h"

#include "wire/crc16_arc.h"

enum {
    EXCEPTION_BIT = 0x80,
    MEI_IDENTITY = 14,
    CRC_LEN = 2,
    COIL_ON = 0xff00,
    RTU_MAX = 256,
};

/* --- functions ----------------------------------------------------------------------------------
 */

static bool is_read(uint8_t function)
{
    return function >= OHM_MODBUS_READ_COILS && function <= OHM_MODBUS_READ_INPUT;
}

static bool is_write_one(uint8_t function)
{
    return function == OHM_MODBUS_WRITE_COIL || function == OHM_MODBUS_WRITE_REGISTER;
}

static bool is_write_many(uint8_t function)
{
    return function == OHM_MODBUS_WRITE_COILS || function == OHM_MODBUS_WRITE_REGISTERS;
}

static bool of_bits(uint8_t function)
{
    return function == OHM_MODBUS_READ_COILS || function == OHM_MODBUS_READ_DISCRETE ||
           function == OHM_MODBUS_WRITE_COIL || function == OHM_MODBUS_WRITE_COILS;
}

static size_t bytes_of(uint8_t function, size_t count)
{
    return of_bits(function) ? (count + 7) / 8 : 2 * count;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static size_t put(uint8_t *out, ohm_span bytes)
{
    if (bytes.len > 0)
        memcpy(out, bytes.ptr, bytes.len);
    return bytes.len;
}

static size_t put_address(uint8_t *out, const ohm_modbus_frame *f)
{
    ohm_put_be16(out, f->address);
    ohm_put_be16(out + 2, f->count);
    return 4;
}

/* Behind the function code. */
static size_t put_request(uint8_t *out, const ohm_modbus_frame *f)
{
    if (is_read(f->function))
        return put_address(out, f);
    if (f->function == OHM_MODBUS_IDENTIFY) {
        out[0] = MEI_IDENTITY;
        out[1] = (uint8_t)f->count;
        out[2] = (uint8_t)f->address;
        return 3;
    }
    assert(is_write_many(f->function) && f->data.len == bytes_of(f->function, f->count));
    (void)put_address(out, f);
    out[4] = (uint8_t)f->data.len;
    return 5 + put(out + 5, f->data);
}

static size_t put_reply(uint8_t *out, const ohm_modbus_frame *f)
{
    if (is_write_many(f->function))
        return put_address(out, f);
    out[0] = f->function == OHM_MODBUS_IDENTIFY ? MEI_IDENTITY : (uint8_t)f->data.len;
    return 1 + put(out + 1, f->data);
}

static size_t put_pdu(uint8_t *out, const ohm_modbus_frame *f)
{
    out[0] = f->function;
    if (f->reply && f->exception) {
        out[0] |= EXCEPTION_BIT;
        out[1] = f->exception;
        return 2;
    }
    if (is_write_one(f->function)) {
        assert(f->data.len == 2);
        ohm_put_be16(out + 1, f->address);
        return 3 + put(out + 3, f->data);
    }
    return 1 + (f->reply ? put_reply(out + 1, f) : put_request(out + 1, f));
}

size_t ohm_modbus_encode(ohm_modbus_framing framing, const ohm_modbus_frame *frame,
                         uint8_t out[static OHM_MODBUS_ADU_MAX])
{
    assert(frame->data.len <= OHM_MODBUS_PDU_MAX - 2);
    assert(frame->function > 0 && frame->function < EXCEPTION_BIT);
    if (framing == OHM_MODBUS_TCP) {
        size_t len = put_pdu(out + OHM_MODBUS_MBAP_LEN, frame);
        assert(len <= OHM_MODBUS_PDU_MAX);
        ohm_put_be16(out, frame->transaction);
        ohm_put_be16(out + 2, 0);
        ohm_put_be16(out + 4, (uint16_t)(len + 1));
        out[6] = frame->unit;
        return OHM_MODBUS_MBAP_LEN + len;
    }
    out[0] = frame->unit;
    size_t len = 1 + put_pdu(out + 1, frame);
    assert(len + CRC_LEN <= RTU_MAX);
    uint16_t crc = ohm_crc16_modbus(out, len);
    out[len] = (uint8_t)crc;
    out[len + 1] = (uint8_t)(crc >> 8);
    return len + CRC_LEN;
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* Up to the objects: function, MEI type, code, conformity, more follows, next object, number. */
enum { IDENTITY_HEAD = 7 };

static ohm_code identity_length(ohm_span pdu, size_t *out)
{
    if (pdu.len < IDENTITY_HEAD)
        return OHM_MORE;
    size_t at = IDENTITY_HEAD;
    for (unsigned i = 0; i < pdu.ptr[IDENTITY_HEAD - 1]; i++) {
        if (at + 2 > OHM_MODBUS_PDU_MAX)
            return OHM_BAD_FORMAT;
        if (at + 2 > pdu.len)
            return OHM_MORE;
        at += 2u + pdu.ptr[at + 1];
    }
    *out = at;
    return at <= OHM_MODBUS_PDU_MAX ? OHM_OK : OHM_BAD_FORMAT;
}

static ohm_code request_length(ohm_span pdu, size_t *out)
{
    uint8_t function = pdu.ptr[0];
    *out = 5;
    if (is_read(function) || is_write_one(function))
        return OHM_OK;
    if (function == OHM_MODBUS_IDENTIFY) {
        *out = 4;
        return OHM_OK;
    }
    if (!is_write_many(function))
        return OHM_UNSUPPORTED;
    if (pdu.len < 6)
        return OHM_MORE;
    *out = 6u + pdu.ptr[5];
    return *out <= OHM_MODBUS_PDU_MAX ? OHM_OK : OHM_BAD_FORMAT;
}

static ohm_code reply_length(ohm_span pdu, size_t *out)
{
    uint8_t function = pdu.ptr[0];
    *out = 2;
    if (function & EXCEPTION_BIT)
        return OHM_OK;
    *out = 5;
    if (is_write_one(function) || is_write_many(function))
        return OHM_OK;
    if (function == OHM_MODBUS_IDENTIFY)
        return identity_length(pdu, out);
    if (!is_read(function))
        return OHM_UNSUPPORTED;
    if (pdu.len < 2)
        return OHM_MORE;
    *out = 2u + pdu.ptr[1];
    return *out <= OHM_MODBUS_PDU_MAX ? OHM_OK : OHM_BAD_FORMAT;
}

/* The length of the PDU that `pdu` begins with. */
static ohm_code pdu_length(ohm_span pdu, bool reply, size_t *out)
{
    if (pdu.len == 0)
        return OHM_MORE;
    return reply ? reply_length(pdu, out) : request_length(pdu, out);
}

static ohm_code read_request(ohm_span pdu, ohm_modbus_frame *f)
{
    const uint8_t *p = pdu.ptr;
    f->function = p[0];
    if (f->function == OHM_MODBUS_IDENTIFY) {
        f->count = p[2];
        f->address = p[3];
        return p[1] == MEI_IDENTITY ? OHM_OK : OHM_UNSUPPORTED;
    }
    f->address = ohm_be16(p + 1);
    f->count = is_write_one(f->function) ? 1 : ohm_be16(p + 3);
    if (is_write_one(f->function))
        f->data = ohm_span_part(pdu, 3, 2);
    else if (is_write_many(f->function))
        f->data = ohm_span_part(pdu, 6, pdu.len - 6);
    return OHM_OK;
}

static ohm_code read_reply(ohm_span pdu, ohm_modbus_frame *f)
{
    const uint8_t *p = pdu.ptr;
    f->function = p[0] & (EXCEPTION_BIT - 1);
    if (p[0] & EXCEPTION_BIT) {
        f->exception = p[1];
        return p[1] != 0 && f->function != 0 ? OHM_OK : OHM_BAD_FORMAT;
    }
    if (is_read(f->function)) {
        f->data = ohm_span_part(pdu, 2, pdu.len - 2);
        bool whole = f->data.len > 0 && (of_bits(f->function) || f->data.len % 2 == 0);
        return whole ? OHM_OK : OHM_BAD_FORMAT;
    }
    if (f->function == OHM_MODBUS_IDENTIFY) {
        f->data = ohm_span_part(pdu, 2, pdu.len - 2);
        return p[1] == MEI_IDENTITY ? OHM_OK : OHM_UNSUPPORTED;
    }
    f->address = ohm_be16(p + 1);
    f->count = is_write_one(f->function) ? 1 : ohm_be16(p + 3);
    if (is_write_one(f->function))
        f->data = ohm_span_part(pdu, 3, 2);
    return OHM_OK;
}

static ohm_code read_pdu(ohm_span pdu, bool reply, ohm_modbus_frame *f)
{
    f->reply = reply;
    return reply ? read_reply(pdu, f) : read_request(pdu, f);
}

static ohm_code parse_tcp(ohm_span window, bool reply, ohm_modbus_frame *out)
{
    if (window.len < OHM_MODBUS_MBAP_LEN + 1)
        return OHM_MORE;
    size_t len = ohm_be16(window.ptr + 4);
    if (ohm_be16(window.ptr + 2) != 0 || len < 2 || len > OHM_MODBUS_PDU_MAX + 1)
        return OHM_BAD_FORMAT;
    if (window.len < OHM_MODBUS_MBAP_LEN - 1 + len)
        return OHM_MORE;

    ohm_span pdu = ohm_span_part(window, OHM_MODBUS_MBAP_LEN, len - 1);
    ohm_modbus_frame f = {
        .transaction = ohm_be16(window.ptr),
        .unit = window.ptr[6],
        .function = pdu.ptr[0] & (EXCEPTION_BIT - 1),
        .reply = reply,
        .size = OHM_MODBUS_MBAP_LEN + pdu.len,
    };
    size_t wanted = 0;
    ohm_code code = pdu_length(pdu, reply, &wanted);
    if (code == OHM_OK && wanted == pdu.len)
        code = read_pdu(pdu, reply, &f);
    else if (code != OHM_UNSUPPORTED)
        code = OHM_BAD_FORMAT; /* shorter or longer than its function says */
    if (code == OHM_OK || code == OHM_UNSUPPORTED)
        *out = f;
    return code;
}

static bool crc_fits(ohm_span bytes)
{
    return ohm_crc16_modbus(bytes.ptr, bytes.len - CRC_LEN) ==
           ohm_le16(bytes.ptr + bytes.len - CRC_LEN);
}

static ohm_code parse_rtu(ohm_span window, bool reply, ohm_modbus_frame *out)
{
    if (window.len < 2)
        return OHM_MORE;
    size_t len = 0;
    ohm_code code = pdu_length(ohm_span_part(window, 1, window.len - 1), reply, &len);
    if (code != OHM_OK)
        return code;
    size_t size = 1 + len + CRC_LEN;
    if (window.len < size)
        return OHM_MORE;
    if (!crc_fits(ohm_span_part(window, 0, size)))
        return OHM_BAD_CHECKSUM;
    ohm_modbus_frame f = { .unit = window.ptr[0], .size = size };
    code = read_pdu(ohm_span_part(window, 1, len), reply, &f);
    if (code == OHM_OK)
        *out = f;
    return code;
}

ohm_code ohm_modbus_parse(ohm_modbus_framing framing, ohm_span window, bool reply,
                          ohm_modbus_frame *out)
{
    return framing == OHM_MODBUS_TCP ? parse_tcp(window, reply, out)
                                     : parse_rtu(window, reply, out);
}

ohm_code ohm_modbus_parse_whole(ohm_span bytes, bool reply, ohm_modbus_frame *out)
{
    if (bytes.len < 2 + CRC_LEN || bytes.len > RTU_MAX)
        return OHM_BAD_FORMAT;
    if (!crc_fits(bytes))
        return OHM_BAD_CHECKSUM;
    ohm_modbus_frame f = { .unit = bytes.ptr[0],
                           .function = bytes.ptr[1] & (EXCEPTION_BIT - 1),
                           .reply = reply,
                           .size = bytes.len };
    ohm_span pdu = ohm_span_part(bytes, 1, bytes.len - 1 - CRC_LEN);
    size_t len = 0;
    ohm_code code = pdu_length(pdu, reply, &len);
    if (code == OHM_OK && len == pdu.len)
        code = read_pdu(pdu, reply, &f);
    else if (code != OHM_UNSUPPORTED)
        code = OHM_BAD_FORMAT;
    if (code == OHM_OK || code == OHM_UNSUPPORTED)
        *out = f;
    return code;
}

/* --- meaning ------------------------------------------------------------------------------------
 */

ohm_modbus_exception ohm_modbus_request_check(const ohm_modbus_frame *request)
{
    uint8_t function = request->function;
    if (function == OHM_MODBUS_IDENTIFY)
        return request->count >= 1 && request->count <= 4 ? OHM_MODBUS_NO_EXCEPTION
                                                          : OHM_MODBUS_ILLEGAL_VALUE;
    size_t most = 1;
    if (is_read(function))
        most = of_bits(function) ? OHM_MODBUS_READ_BITS_MAX : OHM_MODBUS_READ_REGISTERS_MAX;
    else if (is_write_many(function))
        most = of_bits(function) ? OHM_MODBUS_WRITE_BITS_MAX : OHM_MODBUS_WRITE_REGISTERS_MAX;
    else if (!is_write_one(function))
        return OHM_MODBUS_ILLEGAL_FUNCTION;

    if (request->count < 1 || request->count > most)
        return OHM_MODBUS_ILLEGAL_VALUE;
    if (is_write_many(function) && request->data.len != bytes_of(function, request->count))
        return OHM_MODBUS_ILLEGAL_VALUE;
    if (function == OHM_MODBUS_WRITE_COIL) {
        uint16_t value = ohm_be16(request->data.ptr);
        if (value != 0 && value != COIL_ON)
            return OHM_MODBUS_ILLEGAL_VALUE;
    }
    return (uint32_t)request->address + request->count <= 65536 ? OHM_MODBUS_NO_EXCEPTION
                                                                : OHM_MODBUS_ILLEGAL_ADDRESS;
}

static const char *mismatch(const ohm_modbus_frame *asked, const ohm_modbus_frame *reply)
{
    if (reply->unit != asked->unit)
        return "another unit answers";
    if (reply->function != asked->function)
        return "the answer is to another function";
    if (reply->exception)
        return NULL;
    if (is_read(asked->function))
        return reply->data.len == bytes_of(asked->function, asked->count)
                   ? NULL
                   : "the answer has another length than was asked for";
    if (asked->function == OHM_MODBUS_IDENTIFY)
        return NULL;
    if (reply->address != asked->address)
        return "the answer is to another address";
    if (is_write_one(asked->function))
        return ohm_span_equal(reply->data, asked->data) ? NULL : "another value was written";
    return reply->count == asked->count ? NULL : "another number of values was written";
}

ohm_code ohm_modbus_match(const ohm_modbus_frame *asked, ohm_modbus_frame *reply, const char **what)
{
    const char *why = mismatch(asked, reply);
    if (why) {
        *what = why;
        return OHM_CONFLICT;
    }
    reply->address = asked->address;
    reply->count = asked->count;
    return OHM_OK;
}

bool ohm_modbus_bit(ohm_span data, size_t index)
{
    assert(index / 8 < data.len);
    return data.ptr[index / 8] >> index % 8 & 1;
}

int64_t ohm_modbus_silence_us(uint32_t baud)
{
    if (baud == 0 || baud > 19200)
        return 1750;
    return (INT64_C(3500000) * 11 + baud - 1) / baud;
}

const char *ohm_modbus_exception_text(uint8_t exception)
{
    static const char *const texts[] = {
        [OHM_MODBUS_ILLEGAL_FUNCTION] = "illegal function",
        [OHM_MODBUS_ILLEGAL_ADDRESS] = "illegal data address",
        [OHM_MODBUS_ILLEGAL_VALUE] = "illegal data value",
        [OHM_MODBUS_DEVICE_FAILURE] = "device failure",
        [OHM_MODBUS_ACKNOWLEDGE] = "acknowledge",
        [OHM_MODBUS_DEVICE_BUSY] = "device busy",
        [7] = "negative acknowledge",
        [8] = "memory parity error",
        [OHM_MODBUS_GATEWAY_PATH] = "gateway path unavailable",
        [OHM_MODBUS_GATEWAY_SILENT] = "the device behind the gateway does not answer",
    };
    const char *text = exception < sizeof texts / sizeof *texts ? texts[exception] : NULL;
    return text ? text : "exception";
}

ohm_code ohm_modbus_identity_next(ohm_span data, size_t *at, uint8_t *ret_id, ohm_span *ret_text)
{
    enum { HEAD = IDENTITY_HEAD - 2 }; /* `data` begins behind function and MEI type */
    if (data.len < HEAD)
        return OHM_BAD_FORMAT;
    size_t from = *at ? *at : HEAD;
    if (from >= data.len)
        return OHM_END;
    if (data.len - from < 2 || data.ptr[from + 1] > data.len - from - 2)
        return OHM_BAD_FORMAT;
    *ret_id = data.ptr[from];
    *ret_text = ohm_span_part(data, from + 2, data.ptr[from + 1]);
    *at = from + 2 + data.ptr[from + 1];
    return OHM_OK;
}
