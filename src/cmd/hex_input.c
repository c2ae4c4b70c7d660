#include "cmd/hex_input.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of a hex digit, or -1. */
static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void ohm_hex_input_init(ohm_hex_input *input, ohm_input_form form)
{
    *input = (ohm_hex_input){ .form = form };
}

static ohm_err take_hex(ohm_hex_input *input, ohm_span in, uint8_t *out, size_t *len)
{
    for (size_t i = 0; i < in.len; i++, input->at++) {
        int value = digit(in.ptr[i]);
        if (value < 0 && !is_blank(in.ptr[i]))
            return ohm_fail(OHM_BAD_FORMAT, 0, "a character that is not hex");
        if (value < 0 && input->half)
            return ohm_fail(OHM_BAD_FORMAT, 0, "a byte with one hex digit");
        if (value < 0)
            continue;
        if (input->half)
            out[(*len)++] = (uint8_t)(input->high << 4 | value);
        else
            input->high = (uint8_t)value;
        input->half = !input->half;
    }
    return ohm_ok();
}

static ohm_err take_decided(ohm_hex_input *input, ohm_span in, uint8_t *out, size_t *len)
{
    if (input->form == OHM_INPUT_HEX)
        return take_hex(input, in, out, len);
    if (in.len > 0)
        memcpy(out + *len, in.ptr, in.len);
    *len += in.len;
    input->at += in.len;
    return ohm_ok();
}

ohm_err ohm_hex_input_take(ohm_hex_input *input, ohm_span in, uint8_t *out, size_t *ret_len)
{
    *ret_len = 0;
    while (input->form == OHM_INPUT_AUTO && in.len > 0) {
        uint8_t c = in.ptr[0];
        if (!is_blank(c) && digit(c) < 0) {
            input->form = OHM_INPUT_RAW;
            break;
        }
        input->kept[input->kept_len++] = c;
        in = ohm_span_part(in, 1, in.len - 1);
        if (input->kept_len == OHM_INPUT_LOOK)
            input->form = OHM_INPUT_HEX;
    }
    if (input->form == OHM_INPUT_AUTO)
        return ohm_ok();
    ohm_span kept = ohm_span_of(input->kept, input->kept_len);
    input->kept_len = 0;
    OHM_TRY(take_decided(input, kept, out, ret_len));
    return take_decided(input, in, out, ret_len);
}

ohm_err ohm_hex_input_finish(ohm_hex_input *input, uint8_t out[static OHM_INPUT_LOOK],
                             size_t *ret_len)
{
    *ret_len = 0;
    if (input->form == OHM_INPUT_AUTO) {
        input->form = OHM_INPUT_HEX; /* short, and nothing but hex */
        ohm_span kept = ohm_span_of(input->kept, input->kept_len);
        input->kept_len = 0;
        OHM_TRY(take_hex(input, kept, out, ret_len));
    }
    return input->half ? ohm_fail(OHM_BAD_FORMAT, 0, "the last byte has one hex digit") : ohm_ok();
}

ohm_code ohm_hex_parse(ohm_span text, uint8_t *out, size_t cap, size_t *ret_len)
{
    if (text.len % 2)
        return OHM_BAD_FORMAT;
    if (text.len / 2 > cap)
        return OHM_TOO_BIG;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = digit(text.ptr[i]), low = digit(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return OHM_BAD_FORMAT;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret_len = text.len / 2;
    return OHM_OK;
}
