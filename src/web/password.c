#include "web/password.h"

#include <sodium.h>

#include "host/assets.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Characters of UTF-8: every byte that does not go on with another. */
static size_t count_chars(ohm_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}

static bool same_word(ohm_span a, ohm_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

/* "aaaaaaaa", "12345678", "hgfedcba", "abababab": each byte follows from one or two before. */
static bool is_a_row(ohm_span p)
{
    bool same = true, up = true, down = true, pairs = p.len > 2;
    for (size_t i = 1; i < p.len; i++) {
        int step = lower(p.ptr[i]) - lower(p.ptr[i - 1]);
        same &= step == 0;
        up &= step == 1 || step == -9; /* 9 is followed by 0 */
        down &= step == -1 || step == 9;
        pairs &= i < 2 || lower(p.ptr[i]) == lower(p.ptr[i - 2]);
    }
    return same || up || down || pairs;
}

/* One word a line, lower case. */
static bool is_listed(ohm_span word)
{
    const ohm_asset *list = ohm_asset_find(ohm_span_text("data/passwords/common.txt"));
    ohm_span rest = list->bytes;
    while (rest.len) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        if (same_word(word, ohm_span_part(rest, 0, len)))
            return true;
        rest = end ? ohm_span_part(rest, len + 1, rest.len - len - 1) : (ohm_span){ NULL, 0 };
    }
    return false;
}

/* "password2024!" is still "password". */
static ohm_span without_tail(ohm_span p)
{
    while (p.len && !(lower(p.ptr[p.len - 1]) >= 'a' && lower(p.ptr[p.len - 1]) <= 'z') &&
           p.ptr[p.len - 1] < 0x80)
        p.len--;
    return p;
}

ohm_password_verdict ohm_password_check(ohm_span password, const char *user)
{
    size_t chars = count_chars(password);
    if (chars < OHM_PASSWORD_CHARS_MIN)
        return OHM_PASSWORD_SHORT;
    if (chars > OHM_PASSWORD_CHARS_MAX || password.len > OHM_PASSWORD_BYTES_MAX)
        return OHM_PASSWORD_LONG;
    ohm_span word = without_tail(password);
    ohm_span name = ohm_span_text(user);
    bool is_name = name.len && (same_word(password, name) || same_word(word, name));
    if (is_name || is_a_row(password) || is_listed(password) || is_listed(word))
        return OHM_PASSWORD_COMMON;
    return OHM_PASSWORD_GOOD;
}

ohm_code ohm_password_hash(ohm_span password, char out[static OHM_PASSWORD_HASH_MAX])
{
    _Static_assert(OHM_PASSWORD_HASH_MAX >= crypto_pwhash_argon2id_STRBYTES, "room for the text");
    int failed = crypto_pwhash_argon2id_str(out, (const char *)password.ptr, password.len,
                                            OHM_PASSWORD_PASSES, OHM_PASSWORD_MEMORY);
    return failed ? OHM_NO_MEMORY : OHM_OK;
}

bool ohm_password_is(const char *hash, ohm_span password)
{
    /* Of a password that nobody knows, with the parameters above. */
    static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
                                 "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    bool good = crypto_pwhash_argon2id_str_verify(hash ? hash : nobody, (const char *)password.ptr,
                                                  password.len) == 0;
    return good && hash;
}
