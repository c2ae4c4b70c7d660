#include "wire/mbus_master.h"

#include "base/number.h"

enum {
    ID_LEN = 4,
    MASK_LEN = 8,
    ANY_DIGIT = 0xf,
    CI_SELECT = 0x52,
    USUAL_BAUD = 2400,
};

/* --- addresses ---------------------------------------------------------------------------------
 */

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool take_hex(ohm_span text, uint8_t *out)
{
    for (size_t i = 0; i < text.len; i += 2) {
        int high = digit_of(text.ptr[i]), low = digit_of(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static ohm_err parse_primary(ohm_span text, ohm_mbus_target *out)
{
    int64_t address = 0;
    if (ohm_number_int(text, &address) != OHM_OK || address < 0 ||
        (address > OHM_MBUS_PRIMARY_MAX && address != OHM_MBUS_ONLY))
        return ohm_fail(OHM_RANGE, 0,
                        "no M-Bus address: 0 to 250, 254, or a secondary one of 8 or "
                        "16 digits");
    *out = (ohm_mbus_target){ .primary = (uint8_t)address };
    return ohm_ok();
}

ohm_err ohm_mbus_target_parse(ohm_span text, ohm_mbus_target *out)
{
    ohm_mbus_target target = { .secondary = true, .primary = OHM_MBUS_SELECTED };
    const uint8_t *plus = text.len > 0 ? memchr(text.ptr, '+', text.len) : NULL;
    size_t len = plus ? (size_t)(plus - text.ptr) : text.len;
    if (!plus && len < 2 * ID_LEN)
        return parse_primary(text, out);
    memset(target.mask, 0xff, sizeof target.mask);
    if ((len != 2 * ID_LEN && len != 2 * MASK_LEN) ||
        !take_hex(ohm_span_part(text, 0, len), target.mask))
        return ohm_fail(OHM_BAD_FORMAT, 0,
                        "a secondary address has 8 or 16 digits, with F for any");
    if (plus) {
        ohm_span rest = ohm_span_part(text, len + 1, text.len - len - 1);
        target.has_fabrication = true;
        if (rest.len != 2 * ID_LEN || !take_hex(rest, target.fabrication))
            return ohm_fail(OHM_BAD_FORMAT, (uint32_t)len + 1, "a fabrication number has 8 digits");
    }
    *out = target;
    return ohm_ok();
}

static size_t put_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    return 2 * n;
}

size_t ohm_mbus_target_write(const ohm_mbus_target *t, char out[static OHM_MBUS_TARGET_TEXT_MAX])
{
    size_t len = 0;
    if (!t->secondary) {
        if (t->primary >= 100)
            out[len++] = (char)('0' + t->primary / 100);
        if (t->primary >= 10)
            out[len++] = (char)('0' + t->primary / 10 % 10);
        out[len++] = (char)('0' + t->primary % 10);
        return len;
    }
    len = put_hex(t->mask, sizeof t->mask, out);
    if (t->has_fabrication) {
        out[len++] = '+';
        len += put_hex(t->fabrication, sizeof t->fabrication, out + len);
    }
    return len;
}

bool ohm_mbus_mask_fits(const uint8_t mask[static MASK_LEN], const uint8_t said[static MASK_LEN],
                        bool nibbles)
{
    size_t digits = nibbles ? 2 * MASK_LEN : 2 * ID_LEN;
    for (size_t i = 0; i < digits; i++) {
        unsigned shift = i % 2 ? 0 : 4;
        unsigned wanted = mask[i / 2] >> shift & 0xfu;
        if (wanted != ANY_DIGIT && wanted != (said[i / 2] >> shift & 0xfu))
            return false;
    }
    if (nibbles)
        return true;
    bool maker = (mask[4] == 0xff && mask[5] == 0xff) || (mask[4] == said[4] && mask[5] == said[5]);
    return maker && (mask[6] == 0xff || mask[6] == said[6]) &&
           (mask[7] == 0xff || mask[7] == said[7]);
}

bool ohm_mbus_target_fits(const ohm_mbus_target *t, const ohm_mbus_message *m)
{
    if (!t->secondary)
        return t->primary == OHM_MBUS_ONLY || m->address == t->primary;
    /* Without the long header nothing says who it is: it was selected. */
    return !m->has_maker || ohm_mbus_mask_fits(t->mask, m->secondary, true);
}

/* --- frames ------------------------------------------------------------------------------------
 */

size_t ohm_mbus_put_select(const ohm_mbus_target *t, uint8_t out[static OHM_MBUS_REQUEST_MAX])
{
    static const uint8_t fabrication_head[] = { 0x0c, 0x78 };
    uint8_t data[MASK_LEN + sizeof fabrication_head + ID_LEN], frame[OHM_MBUS_LONG_MAX];
    size_t len = MASK_LEN;
    for (size_t i = 0; i < ID_LEN; i++)
        data[i] = t->mask[ID_LEN - 1 - i];
    memcpy(data + ID_LEN, t->mask + ID_LEN, MASK_LEN - ID_LEN);
    if (t->has_fabrication) {
        memcpy(data + len, fabrication_head, sizeof fabrication_head);
        len += sizeof fabrication_head;
        for (size_t i = 0; i < ID_LEN; i++)
            data[len++] = t->fabrication[ID_LEN - 1 - i];
    }
    size_t size = ohm_mbus_put_long(OHM_MBUS_SND_UD, OHM_MBUS_SELECTED, CI_SELECT,
                                    ohm_span_of(data, len), frame);
    assert(size <= OHM_MBUS_REQUEST_MAX);
    memcpy(out, frame, size);
    return size;
}

/* --- times (EN 13757-2 §5.5.3) -----------------------------------------------------------------
 */

static uint32_t bits_ms(uint32_t bits, uint32_t baud)
{
    return bits * 1000 / (baud ? baud : USUAL_BAUD) + 1;
}

uint32_t ohm_mbus_answer_ms(uint32_t baud, bool remote)
{
    enum { BITS = 330, MORE_MS = 50, USB_MS = 100, NET_MS = 500 };
    return bits_ms(BITS, baud) + MORE_MS + (remote ? NET_MS : USB_MS);
}

uint32_t ohm_mbus_gap_ms(uint32_t baud, bool remote)
{
    enum { BITS = 33, USB_MS = 100, NET_MS = 500 };
    return bits_ms(BITS, baud) + (remote ? NET_MS : USB_MS);
}

uint32_t ohm_mbus_idle_ms(uint32_t baud)
{
    enum { BITS = 33, MORE_MS = 5 };
    return bits_ms(BITS, baud) + MORE_MS;
}
