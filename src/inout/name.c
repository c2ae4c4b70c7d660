#include "inout/name.h"

/* U+00C0 to U+00FF without their accents; '_' is no letter. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo_ouuuuytsaaaaaaaceeeeiiiidnooooo_ouuuuyty";
_Static_assert(sizeof latin == 65, "64 characters and the end");

/* One character from the front: what it folds to, 0 for a combining accent, which vanishes. */
static char fold_one(ohm_span text, size_t at, size_t *used)
{
    uint8_t c = text.ptr[at];
    *used = 1;
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return (char)c;
    uint8_t next = at + 1 < text.len ? text.ptr[at + 1] : 0;
    bool two = (c & 0xe0) == 0xc0 && (next & 0xc0) == 0x80;
    *used = two ? 2 : 1;
    unsigned code = two ? (unsigned)(c & 0x1f) << 6 | (next & 0x3f) : c;
    if (code >= 0xc0 && code <= 0xff)
        return latin[code - 0xc0];
    return code >= 0x300 && code <= 0x36f ? 0 : '_';
}

size_t ohm_name_fold(ohm_span text, char *out, size_t cap)
{
    assert(cap > 0);
    size_t len = 0;
    for (size_t at = 0, used; at < text.len && len + 1 < cap; at += used) {
        char c = fold_one(text, at, &used);
        if (c == 0 || (c == '_' && (len == 0 || out[len - 1] == '_')))
            continue;
        out[len++] = c;
    }
    while (len > 0 && out[len - 1] == '_')
        len--;
    out[len] = '\0';
    return len;
}

bool ohm_name_is(ohm_span text, const char *folded)
{
    char name[OHM_NAME_MAX];
    (void)ohm_name_fold(text, name, sizeof name);
    return !strcmp(name, folded);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

ohm_span ohm_trim(ohm_span text)
{
    static const uint8_t wide[] = { 0xc2, 0xa0 }; /* U+00A0 */
    for (bool again = true; again;) {
        again = false;
        if (text.len && is_blank(text.ptr[0])) {
            text = ohm_span_part(text, 1, text.len - 1);
            again = true;
        } else if (text.len >= 2 && !memcmp(text.ptr, wide, 2)) {
            text = ohm_span_part(text, 2, text.len - 2);
            again = true;
        }
        if (text.len && is_blank(text.ptr[text.len - 1])) {
            text.len--;
            again = true;
        } else if (text.len >= 2 && !memcmp(text.ptr + text.len - 2, wide, 2)) {
            text.len -= 2;
            again = true;
        }
    }
    return text;
}
