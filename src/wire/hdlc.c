#include "wire/hdlc.h"

#include "wire/crc16.h"

enum {
    FORMAT_LEN = 2,
    CHECK_LEN = 2,
    ADDRESS_MAX = 4,
};

/* Length of the address at p: 1, 2 or 4; 0 if there is none such; -1 if more bytes are needed. */
static int address_len(const uint8_t *p, size_t left)
{
    for (int n = 1; n <= ADDRESS_MAX; n++) {
        if ((size_t)n > left)
            return -1;
        if ((p[n - 1] & 1) != 0)
            return n == 3 ? 0 : n;
    }
    return 0;
}

/* Both addresses and the control byte; *end is behind them. */
static ohm_code read_header(ohm_span window, ohm_hdlc_frame *frame, size_t *end)
{
    size_t pos = 1 + FORMAT_LEN;
    ohm_span *const addresses[] = { &frame->destination, &frame->source };
    for (int i = 0; i < 2; i++) {
        int n = address_len(window.ptr + pos, window.len - pos);
        if (n <= 0)
            return n < 0 ? OHM_MORE : OHM_BAD_FORMAT;
        *addresses[i] = (ohm_span){ window.ptr + pos, (size_t)n };
        pos += (size_t)n;
    }
    if (pos >= window.len)
        return OHM_MORE;
    frame->control = window.ptr[pos];
    *end = pos + 1;
    return OHM_OK;
}

/* Carries the CRC to `end` and compares it with the check sequence there. */
static bool check(const uint8_t *ptr, size_t from, size_t end, uint16_t *crc)
{
    *crc = ohm_crc16_update(*crc, ptr + from, end - from);
    return ohm_crc16_final(*crc) == ohm_le16(ptr + end);
}

ohm_code ohm_hdlc_parse(ohm_span window, ohm_hdlc_frame *out, size_t *claimed)
{
    *claimed = 0;
    if (window.len > 0 && window.ptr[0] != OHM_HDLC_FLAG)
        return OHM_BAD_FORMAT;
    if (window.len < 2)
        return OHM_MORE;
    if ((window.ptr[1] & 0xf0) != 0xa0)
        return OHM_BAD_FORMAT;
    if (window.len < 1 + FORMAT_LEN)
        return OHM_MORE;

    uint16_t format = ohm_be16(window.ptr + 1);
    size_t close = 1 + (size_t)(format & OHM_HDLC_LENGTH_MAX); /* place of the closing flag */
    ohm_hdlc_frame frame = { .segment = (format & 0x0800) != 0, .size = close };
    size_t header = 0;
    ohm_code code = read_header(window, &frame, &header);
    if (code != OHM_OK)
        return code;
    bool has_info = close > header + CHECK_LEN;
    if (close < header + CHECK_LEN || (has_info && close < header + 2 * CHECK_LEN))
        return OHM_BAD_FORMAT;

    *claimed = close + 1;
    uint16_t crc = OHM_CRC16_INIT;
    size_t from = 1;
    if (has_info) {
        if (window.len < header + CHECK_LEN)
            return OHM_MORE;
        if (!check(window.ptr, from, header, &crc))
            return OHM_BAD_CHECKSUM;
        from = header;
    }
    if (window.len < *claimed)
        return OHM_MORE;
    size_t fcs = close - CHECK_LEN;
    if (!check(window.ptr, from, fcs, &crc) || window.ptr[close] != OHM_HDLC_FLAG)
        return OHM_BAD_CHECKSUM;
    if (has_info)
        frame.info = ohm_span_part(window, header + CHECK_LEN, fcs - header - CHECK_LEN);
    *out = frame;
    return OHM_OK;
}
