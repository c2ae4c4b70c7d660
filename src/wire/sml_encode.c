#include "wire/sml_encode.h"

#include "wire/crc16.h"

enum {
    ESCAPE_LEN = 4,
    ALIGNMENT = 4,
    ABSENT = 0x01,
    BOOL_HEAD = 0x42,
    INTEGER = 0x50,
    UNSIGNED = 0x60,
    LIST = 0x70,
    NIBBLE = 0x0f,
    MORE = 0x80,
    NUMBER_LEN_MAX = 8,
    TRANSACTION_LEN = 4,
    MESSAGE_FIELDS = 6,
};

static const uint8_t escape[ESCAPE_LEN] = { 0x1b, 0x1b, 0x1b, 0x1b };
static const uint8_t version[ESCAPE_LEN] = { 1, 1, 1, 1 };

void ohm_sml_put_absent(ohm_writer *w)
{
    ohm_put_u8(w, ABSENT);
}

/* A type and a length below 256, in one byte or two. */
static void put_head(ohm_writer *w, uint8_t type, size_t length)
{
    assert(length <= UINT8_MAX);
    if (length > NIBBLE)
        ohm_put_u8(w, (uint8_t)(MORE | type | length >> 4));
    ohm_put_u8(w, (uint8_t)((length > NIBBLE ? 0 : type) | (length & NIBBLE)));
}

void ohm_sml_put_list(ohm_writer *w, size_t count)
{
    put_head(w, LIST, count);
}

void ohm_sml_put_octets(ohm_writer *w, ohm_span bytes)
{
    size_t head = bytes.len + 1 > NIBBLE ? 2 : 1;
    put_head(w, 0, bytes.len + head);
    ohm_put_bytes(w, bytes);
}

void ohm_sml_put_bool(ohm_writer *w, bool v)
{
    ohm_put_u8(w, BOOL_HEAD);
    ohm_put_u8(w, v ? 1 : 0);
}

static void put_number(ohm_writer *w, uint8_t type, uint64_t v, size_t len)
{
    assert(len >= 1 && len <= NUMBER_LEN_MAX);
    put_head(w, type, len + 1);
    while (len-- > 0)
        ohm_put_u8(w, (uint8_t)(v >> 8 * len));
}

void ohm_sml_put_unsigned(ohm_writer *w, uint64_t v, size_t len)
{
    assert(len == NUMBER_LEN_MAX || v >> 8 * len == 0);
    put_number(w, UNSIGNED, v, len);
}

void ohm_sml_put_integer(ohm_writer *w, int64_t v, size_t len)
{
    assert(len == NUMBER_LEN_MAX || (v >> (8 * len - 1)) == (v < 0 ? -1 : 0));
    put_number(w, INTEGER, (uint64_t)v, len);
}

size_t ohm_sml_begin_message(ohm_writer *w, uint32_t transaction, uint16_t tag)
{
    uint8_t id[TRANSACTION_LEN];
    size_t from = w->len;
    ohm_put_be32(id, transaction);
    ohm_sml_put_list(w, MESSAGE_FIELDS);
    ohm_sml_put_octets(w, ohm_span_of(id, sizeof id));
    ohm_sml_put_unsigned(w, 0, 1); /* group */
    ohm_sml_put_unsigned(w, 0, 1); /* go on after an error */
    ohm_sml_put_list(w, 2);
    ohm_sml_put_unsigned(w, tag, 2);
    return from;
}

void ohm_sml_end_message(ohm_writer *w, size_t from)
{
    if (w->full)
        return;
    uint16_t crc = ohm_crc16(w->ptr + from, w->len - from);
    ohm_sml_put_unsigned(w, (uint16_t)(crc << 8 | crc >> 8), 2);
    ohm_put_u8(w, 0);
}

void ohm_sml_put_file(ohm_writer *w, ohm_span messages)
{
    size_t from = w->len, padding = (ALIGNMENT - messages.len % ALIGNMENT) % ALIGNMENT;
    ohm_put_bytes(w, ohm_span_of(escape, sizeof escape));
    ohm_put_bytes(w, ohm_span_of(version, sizeof version));
    for (size_t i = 0; i < messages.len;) {
        bool literal =
            messages.len - i >= ESCAPE_LEN && !memcmp(messages.ptr + i, escape, ESCAPE_LEN);
        size_t n = literal ? ESCAPE_LEN : 1;
        if (literal)
            ohm_put_bytes(w, ohm_span_of(escape, sizeof escape));
        ohm_put_bytes(w, ohm_span_part(messages, i, n));
        i += n;
    }
    for (size_t i = 0; i < padding; i++)
        ohm_put_u8(w, 0);
    ohm_put_bytes(w, ohm_span_of(escape, sizeof escape));
    ohm_put_u8(w, 0x1a);
    ohm_put_u8(w, (uint8_t)padding);
    if (w->full)
        return;
    uint16_t crc = ohm_crc16(w->ptr + from, w->len - from);
    ohm_put_u8(w, (uint8_t)crc);
    ohm_put_u8(w, (uint8_t)(crc >> 8));
}
