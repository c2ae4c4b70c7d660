#include "wire/crc16.h"
#include "wire/dlms_encode.h"

enum {
    FLAG = 0x7e,
    HDLC_FORMAT = 0xa000,
    HDLC_SEGMENT = 0x0800,
    HDLC_LENGTH_MAX = 0x7ff,
    LLC_LEN = 3,
    GBT_HEAD = 7, /* with a length of one byte */
    GBT_LAST = 0x80,
    GBT_STREAMING = 0x40,
    MBUS_HEAD = 5, /* C A CI STSAP DTSAP */
    MBUS_FINAL = 0x10,
};

static const uint8_t llc[LLC_LEN] = { 0xe6, 0xe7, 0x00 };

ohm_hdlc_addresses ohm_hdlc_e450(void)
{
    static const uint8_t destination[] = { 0xce, 0xff };
    static const uint8_t source[] = { 0x03 };
    return (ohm_hdlc_addresses){
        .destination = { destination, sizeof destination },
        .source = { source, sizeof source },
        .control = 0x13,
    };
}

/* Appends the check sequence of everything since `from`, low byte first. */
static void put_check(ohm_writer *w, size_t from)
{
    if (w->full)
        return;
    uint16_t crc = ohm_crc16(w->ptr + from, w->len - from);
    ohm_put_u8(w, (uint8_t)crc);
    ohm_put_u8(w, (uint8_t)(crc >> 8));
}

void ohm_put_hdlc(ohm_writer *w, const ohm_hdlc_addresses *to, bool segment, ohm_span info)
{
    size_t length = 2 + to->destination.len + to->source.len + 1 + 2;
    if (info.len > 0)
        length += info.len + 2;
    assert(length <= HDLC_LENGTH_MAX);

    ohm_put_u8(w, FLAG);
    size_t from = w->len;
    ohm_put_u16(w, (uint16_t)(HDLC_FORMAT | (segment ? HDLC_SEGMENT : 0) | (int)length));
    ohm_put_bytes(w, to->destination);
    ohm_put_bytes(w, to->source);
    ohm_put_u8(w, to->control);
    if (info.len > 0) {
        put_check(w, from);
        ohm_put_bytes(w, info);
    }
    put_check(w, from);
    ohm_put_u8(w, FLAG);
}

/* `head` and `body` as the information of one frame; together at most the frame's maximum. */
static void put_frame(ohm_writer *w, const ohm_hdlc_addresses *to, bool segment, ohm_span head,
                      ohm_span body)
{
    uint8_t bytes[HDLC_LENGTH_MAX];
    ohm_writer info = ohm_writer_over(bytes, sizeof bytes);
    ohm_put_bytes(&info, head);
    ohm_put_bytes(&info, body);
    assert(!info.full);
    ohm_put_hdlc(w, to, segment, ohm_writer_span(&info));
}

/* The first at most `max` bytes of *rest, which loses them. */
static ohm_span take(ohm_span *rest, size_t max)
{
    ohm_span part = ohm_span_part(*rest, 0, rest->len < max ? rest->len : max);
    *rest = ohm_span_part(*rest, part.len, rest->len - part.len);
    return part;
}

void ohm_put_hdlc_push(ohm_writer *w, const ohm_hdlc_addresses *to, ohm_span apdu, size_t info_max)
{
    assert(info_max > LLC_LEN);
    ohm_span head = { llc, LLC_LEN };
    do {
        ohm_span body = take(&apdu, info_max - head.len);
        put_frame(w, to, apdu.len > 0, head, body);
        head.len = 0;
    } while (apdu.len > 0);
}

void ohm_put_gbt_push(ohm_writer *w, const ohm_hdlc_addresses *to, ohm_span apdu, size_t info_max)
{
    assert(info_max > LLC_LEN + GBT_HEAD);
    assert(info_max - GBT_HEAD < 0x80); /* the block's length takes one byte */
    uint16_t block = 1;
    do {
        uint8_t bytes[LLC_LEN + GBT_HEAD];
        ohm_writer head = ohm_writer_over(bytes, sizeof bytes);
        if (block == 1)
            ohm_put_bytes(&head, (ohm_span){ llc, LLC_LEN });
        ohm_span body = take(&apdu, info_max - head.len - GBT_HEAD);
        ohm_put_u8(&head, 0xe0);
        ohm_put_u8(&head, (uint8_t)(GBT_STREAMING | (apdu.len > 0 ? 0 : GBT_LAST)));
        ohm_put_u16(&head, block++);
        ohm_put_u16(&head, 0);
        ohm_put_u8(&head, (uint8_t)body.len);
        put_frame(w, to, false, ohm_writer_span(&head), body);
    } while (apdu.len > 0);
}

static void put_mbus(ohm_writer *w, uint8_t ci, ohm_span data)
{
    const uint8_t length = (uint8_t)(MBUS_HEAD + data.len);
    const uint8_t head[] = { 0x68, length, length, 0x68, 0x53, 0xff, ci, 0x01, 0x67 };
    uint8_t sum = 0;
    for (size_t i = 4; i < sizeof head; i++)
        sum = (uint8_t)(sum + head[i]);
    for (size_t i = 0; i < data.len; i++)
        sum = (uint8_t)(sum + data.ptr[i]);
    ohm_put_bytes(w, (ohm_span){ head, sizeof head });
    ohm_put_bytes(w, data);
    ohm_put_u8(w, sum);
    ohm_put_u8(w, 0x16);
}

void ohm_put_mbus_push(ohm_writer *w, ohm_span apdu, size_t data_max)
{
    assert(data_max > 0);
    assert(data_max + MBUS_HEAD <= 0xff);
    uint8_t sequence = 0;
    do {
        ohm_span data = take(&apdu, data_max);
        put_mbus(w, (uint8_t)((sequence++ & 0x0f) | (apdu.len > 0 ? 0 : MBUS_FINAL)), data);
    } while (apdu.len > 0);
}

void ohm_put_wrapper(ohm_writer *w, uint16_t source, uint16_t destination, ohm_span apdu)
{
    assert(apdu.len <= 0xffff);
    ohm_put_u16(w, 1);
    ohm_put_u16(w, source);
    ohm_put_u16(w, destination);
    ohm_put_u16(w, (uint16_t)apdu.len);
    ohm_put_bytes(w, apdu);
}
