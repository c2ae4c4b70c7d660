/* For the tests of wire/modbus_stream.h: captured traffic made here, and what comes out of a
 * stream, as one number. */
#ifndef OHM_TESTS_MODBUS_STREAMS_H
#define OHM_TESTS_MODBUS_STREAMS_H

#include "wire/modbus_stream.h"

enum { STREAM_MAX = 4096 };

typedef struct stream {
    size_t len;
    uint8_t bytes[STREAM_MAX];
} stream;

static inline void stream_add(stream *s, ohm_modbus_framing framing, const ohm_modbus_frame *frame)
{
    assert(s->len + OHM_MODBUS_ADU_MAX <= STREAM_MAX);
    s->len += ohm_modbus_encode(framing, frame, s->bytes + s->len);
}

/* A request for `count` registers, and the answer. */
static inline void stream_pair(stream *s, ohm_modbus_framing framing, uint8_t unit,
                               uint16_t address, uint16_t count)
{
    uint8_t data[2 * OHM_MODBUS_READ_REGISTERS_MAX];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(unit * 31u + address + i);
    const ohm_modbus_frame request = { .transaction = (uint16_t)(address + unit),
                                       .unit = unit,
                                       .function = 4,
                                       .address = address,
                                       .count = count };
    const ohm_modbus_frame reply = { .transaction = request.transaction,
                                     .reply = true,
                                     .unit = unit,
                                     .function = 4,
                                     .data = { data, 2u * count } };
    stream_add(s, framing, &request);
    stream_add(s, framing, &reply);
}

static inline uint64_t digest_frame(uint64_t digest, const ohm_modbus_frame *f)
{
    digest = digest * 31 + f->unit + ((uint64_t)f->function << 8) + ((uint64_t)f->address << 16) +
             ((uint64_t)f->count << 32) + ((uint64_t)f->exception << 48);
    for (size_t i = 0; i < f->data.len; i++)
        digest = digest * 31 + f->data.ptr[i];
    return digest;
}

static inline uint64_t digest_modbus(ohm_span bytes, size_t chunk)
{
    static ohm_modbus m;
    const ohm_modbus_config config = { 0 };
    uint64_t digest = 0;
    ohm_modbus_init(&m, &config);
    while (true) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        const ohm_modbus_message *message = NULL;
        ohm_modbus_reject reject;
        ohm_code code;
        while ((code = ohm_modbus_next(&m, &in, &message, &reject)) != OHM_MORE &&
               code != OHM_END) {
            digest = digest * 31 + (uint64_t)code + (code == OHM_OK ? 0 : reject.offset);
            if (code == OHM_OK && message->has_request)
                digest = digest_frame(digest + 1, &message->request);
            if (code == OHM_OK && message->has_reply)
                digest = digest_frame(digest + 2, &message->reply);
        }
        if (code == OHM_END)
            return digest + m.counters.bytes_skipped;
        if (bytes.len == 0)
            ohm_modbus_finish(&m);
    }
}

#endif
