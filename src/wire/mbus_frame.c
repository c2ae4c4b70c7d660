#include "wire/mbus_frame.h"

enum {
    HEAD = 4,       /* 68 L L 68 */
    OVERHEAD = 6,   /* with checksum and stop */
    FIELDS_MIN = 6, /* control, address, CI, two transport addresses, one byte */
    WRAP = 256,
};

/* Whether `length` bytes behind the head, their sum and the stop byte fit together. */
static bool fits(const uint8_t *frame, size_t length)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + frame[HEAD + i]);
    return sum == frame[HEAD + length] && frame[HEAD + length + 1] == OHM_MBUS_STOP;
}

static void describe(ohm_span window, size_t length, ohm_mbus_frame *out)
{
    *out = (ohm_mbus_frame){
        .control = window.ptr[HEAD],
        .address = window.ptr[HEAD + 1],
        .ci = window.ptr[HEAD + 2],
        .data = ohm_span_part(window, HEAD + 3, length - 3),
        .size = length + OVERHEAD,
    };
}

ohm_code ohm_mbus_frame_parse(ohm_span window, ohm_mbus_frame *out, size_t *claimed)
{
    *claimed = 0;
    if (window.len > 0 && window.ptr[0] != OHM_MBUS_START)
        return OHM_BAD_FORMAT;
    if (window.len < HEAD)
        return OHM_MORE;
    size_t length = window.ptr[1];
    if (window.ptr[2] != length || window.ptr[3] != OHM_MBUS_START)
        return OHM_BAD_FORMAT;

    bool wrapped = length < FIELDS_MIN;
    if (!wrapped) {
        *claimed = length + OVERHEAD;
        if (window.len < *claimed)
            return OHM_MORE;
        if (fits(window.ptr, length)) {
            describe(window, length, out);
            return OHM_OK;
        }
        if (window.ptr[*claimed - 1] == OHM_MBUS_STOP)
            return OHM_BAD_CHECKSUM; /* it ends where it says: damaged, not longer */
    }
    /* Before the longer form is known to fit, only the shorter one is claimed. */
    if (window.len < length + WRAP + OVERHEAD)
        return OHM_MORE;
    if (!fits(window.ptr, length + WRAP))
        return wrapped ? OHM_BAD_FORMAT : OHM_BAD_CHECKSUM;
    describe(window, length + WRAP, out);
    return OHM_OK;
}

/* --- the link layer of EN 13757-2 --------------------------------------------------------------
 */

static ohm_code parse_short(ohm_span window, ohm_mbus_link *out, size_t *claimed)
{
    *claimed = OHM_MBUS_SHORT_LEN;
    if (window.len < OHM_MBUS_SHORT_LEN)
        return OHM_MORE;
    const uint8_t *p = window.ptr;
    if (p[4] != OHM_MBUS_STOP || p[3] != (uint8_t)(p[1] + p[2]))
        return OHM_BAD_CHECKSUM;
    *out = (ohm_mbus_link){
        .kind = OHM_MBUS_LINK_SHORT,
        .control = p[1],
        .address = p[2],
        .size = OHM_MBUS_SHORT_LEN,
    };
    return OHM_OK;
}

static ohm_code parse_long(ohm_span window, ohm_mbus_link *out, size_t *claimed)
{
    enum { LENGTH_MIN = 3 }; /* C, A, CI */
    const uint8_t *p = window.ptr;
    if ((window.len >= 2 && p[1] < LENGTH_MIN) || (window.len >= 3 && p[2] != p[1]) ||
        (window.len >= HEAD && p[3] != OHM_MBUS_START))
        return OHM_BAD_FORMAT;
    if (window.len < HEAD)
        return OHM_MORE;
    *claimed = p[1] + (size_t)OVERHEAD;
    if (window.len < *claimed)
        return OHM_MORE;
    if (!fits(p, p[1]))
        return OHM_BAD_CHECKSUM;
    *out = (ohm_mbus_link){
        .kind = OHM_MBUS_LINK_LONG,
        .control = p[HEAD],
        .address = p[HEAD + 1],
        .ci = p[HEAD + 2],
        .data = ohm_span_part(window, HEAD + LENGTH_MIN, p[1] - (size_t)LENGTH_MIN),
        .size = *claimed,
    };
    return OHM_OK;
}

ohm_code ohm_mbus_link_parse(ohm_span window, ohm_mbus_link *out, size_t *claimed)
{
    *claimed = 0;
    if (window.len == 0)
        return OHM_MORE;
    switch (window.ptr[0]) {
    case OHM_MBUS_ACK:
        *claimed = 1;
        *out = (ohm_mbus_link){ .kind = OHM_MBUS_LINK_ACK, .size = 1 };
        return OHM_OK;
    case OHM_MBUS_SHORT_START:
        return parse_short(window, out, claimed);
    case OHM_MBUS_START:
        return parse_long(window, out, claimed);
    default:
        return OHM_BAD_FORMAT;
    }
}

static uint8_t sum_of(const uint8_t *p, size_t n)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + p[i]);
    return sum;
}

size_t ohm_mbus_put_long(uint8_t control, uint8_t address, uint8_t ci, ohm_span data,
                         uint8_t out[static OHM_MBUS_LONG_MAX])
{
    assert(data.len <= OHM_MBUS_DATA_MAX);
    size_t length = 3 + data.len;
    out[0] = out[3] = OHM_MBUS_START;
    out[1] = out[2] = (uint8_t)length;
    out[HEAD] = control;
    out[HEAD + 1] = address;
    out[HEAD + 2] = ci;
    if (data.len > 0)
        memcpy(out + HEAD + 3, data.ptr, data.len);
    out[HEAD + length] = sum_of(out + HEAD, length);
    out[HEAD + length + 1] = OHM_MBUS_STOP;
    return length + OVERHEAD;
}

void ohm_mbus_put_short(uint8_t control, uint8_t address, uint8_t out[static OHM_MBUS_SHORT_LEN])
{
    out[0] = OHM_MBUS_SHORT_START;
    out[1] = control;
    out[2] = address;
    out[3] = (uint8_t)(control + address);
    out[4] = OHM_MBUS_STOP;
}
