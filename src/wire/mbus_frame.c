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
