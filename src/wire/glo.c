#include "wire/glo.h"

#include "base/aead.h"
#include "wire/axdr.h"
#include "wire/replay_guard.h"

enum {
    HEAD = 1 + 4, /* security control and counter */
};

/* Title and length: *c is then at the security control. */
static ohm_code read_head(ohm_axdr *c, ohm_span *title, size_t *length)
{
    if (c->len < 2)
        return OHM_MORE;
    size_t title_len = c->ptr[1];
    if (c->ptr[0] != OHM_GLO_TAG || (title_len != 0 && title_len != OHM_SYSTEM_TITLE_LEN))
        return OHM_BAD_FORMAT;
    if (title_len > c->len - 2)
        return OHM_MORE;
    *title = (ohm_span){ c->ptr + 2, title_len };
    c->pos = 2 + title_len;
    ohm_code code = ohm_axdr_length(c, length);
    if (code == OHM_OK && *length < HEAD)
        return OHM_BAD_FORMAT;
    return code;
}

ohm_code ohm_glo_size(ohm_span apdu, size_t *size)
{
    ohm_axdr c = ohm_axdr_over(apdu);
    ohm_span title;
    size_t length = 0;
    ohm_code code = read_head(&c, &title, &length);
    if (code == OHM_OK)
        *size = c.pos + length;
    return code;
}

ohm_code ohm_glo_parse(ohm_span apdu, ohm_glo *out)
{
    ohm_axdr c = ohm_axdr_over(apdu);
    ohm_glo glo = { .size = 0 };
    size_t length = 0;
    ohm_code code = read_head(&c, &glo.title, &length);
    if (code != OHM_OK)
        return code;
    if (length > c.len - c.pos)
        return OHM_MORE;
    glo.size = c.pos + length;
    glo.control = c.ptr[c.pos];
    glo.counter = ohm_be32(c.ptr + c.pos + 1);
    glo.text = ohm_span_part(apdu, c.pos + HEAD, length - HEAD);
    if ((glo.control & OHM_GLO_AUTHENTICATED) != 0) {
        if (glo.text.len < OHM_AEAD_TAG_LEN)
            return OHM_BAD_FORMAT;
        glo.text.len -= OHM_AEAD_TAG_LEN;
        glo.tag = (ohm_span){ glo.text.ptr + glo.text.len, OHM_AEAD_TAG_LEN };
    }
    *out = glo;
    return OHM_OK;
}
