#include "wire/readout_encode.h"

#include "wire/crc16_arc.h"

enum { DIGITS_MAX = 20, ETX = 0x03 };

static const char hex[] = "0123456789ABCDEF";

void ohm_put_text(ohm_writer *w, const char *text)
{
    ohm_put_bytes(w, ohm_span_text(text));
}

void ohm_readout_put_number(ohm_writer *w, const ohm_readout_number_form *form, int64_t raw)
{
    char text[DIGITS_MAX];
    int len = 0, total = form->digits + form->decimals;
    uint64_t rest = raw < 0 ? 0 - (uint64_t)raw : (uint64_t)raw;
    assert(total > form->decimals && total <= DIGITS_MAX);
    while (rest > 0 || len < total) {
        text[DIGITS_MAX - ++len] = (char)('0' + rest % 10);
        rest /= 10;
    }
    ohm_put_text(w, form->address);
    ohm_put_text(w, raw < 0 ? "(-" : "(");
    ohm_put_bytes(w, ohm_span_of(text + DIGITS_MAX - len, (size_t)(len - form->decimals)));
    if (form->decimals > 0) {
        ohm_put_text(w, ".");
        ohm_put_bytes(w, ohm_span_of(text + DIGITS_MAX - form->decimals, (size_t)form->decimals));
    }
    if (form->unit[0])
        ohm_put_text(w, "*");
    ohm_put_text(w, form->unit);
    ohm_put_text(w, ")\r\n");
}

void ohm_readout_put_set(ohm_writer *w, const char *address, const char *text)
{
    ohm_put_text(w, address);
    ohm_put_text(w, "(");
    ohm_put_text(w, text);
    ohm_put_text(w, ")\r\n");
}

void ohm_readout_put_name(ohm_writer *w, const char *address, const char *name)
{
    ohm_put_text(w, address);
    ohm_put_text(w, "(");
    for (; *name; name++) {
        ohm_put_u8(w, (uint8_t)hex[(uint8_t)*name >> 4]);
        ohm_put_u8(w, (uint8_t)hex[*name & 0x0f]);
    }
    ohm_put_text(w, ")\r\n");
}

void ohm_readout_time_write(const ohm_readout_time *time, char out[static OHM_READOUT_TIME_TEXT])
{
    const ohm_civil *l = &time->local;
    const unsigned parts[] = {
        (unsigned)l->date.year % 100, l->date.month, l->date.day, l->hour, l->minute, l->second
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        out[n++] = (char)('0' + parts[i] / 10);
        out[n++] = (char)('0' + parts[i] % 10);
    }
    if (time->season != OHM_READOUT_UNSAID)
        out[n++] = time->season == OHM_READOUT_SUMMER ? 'S' : 'W';
    out[n] = '\0';
}

void ohm_p1_put_end(ohm_writer *w, size_t from)
{
    ohm_put_text(w, "!");
    if (w->full)
        return;
    uint16_t crc = ohm_crc16_arc_update(0, w->ptr + from, w->len - from);
    for (int shift = 12; shift >= 0; shift -= 4)
        ohm_put_u8(w, (uint8_t)hex[crc >> shift & 0x0f]);
    ohm_put_text(w, "\r\n");
}

void ohm_d0_put_end(ohm_writer *w, size_t stx)
{
    uint8_t check = 0;
    ohm_put_text(w, "!\r\n");
    ohm_put_u8(w, ETX);
    if (w->full)
        return;
    for (size_t i = stx + 1; i < w->len; i++)
        check ^= w->ptr[i];
    ohm_put_u8(w, check);
}
