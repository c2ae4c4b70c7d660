#include "fetch/token.h"

#include <string.h>

#include "fetch/json_body.h"

/* The characters of a bearer token (RFC 6750 §2.1), so that it can't break out of its header. */
static bool is_token_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~+/=", c));
}

static ohm_err read_token(const json_t *root, ohm_token *out)
{
    const json_t *text = json_object_get(root, "access_token");
    if (!json_is_string(text) && json_object_get(root, "error"))
        return ohm_fail(OHM_DENIED, 0, "the service answered with an error, not with a token");
    if (!json_is_string(text) || json_string_length(text) == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the answer has no token");
    size_t len = json_string_length(text);
    if (len >= sizeof out->text)
        return ohm_fail(OHM_TOO_BIG, 0, "the token is too long");
    for (size_t i = 0; i < len; i++)
        if (!is_token_char(json_string_value(text)[i]))
            return ohm_fail(OHM_BAD_FORMAT, 0, "the token has characters that a token can't have");

    int64_t expires_in_s = 0;
    ohm_code code = ohm_json_body_int(root, "expires_in", 0, INT32_MAX, &expires_in_s);
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_fail(code, 0, "the token's expires_in is not a number of seconds");
    memset(out, 0, sizeof *out);
    memcpy(out->text, json_string_value(text), len);
    out->expires_in_s = expires_in_s;
    return ohm_ok();
}

ohm_err ohm_token_parse(ohm_span body, ohm_token *out)
{
    json_t *root = NULL;
    OHM_TRY(ohm_json_body_load(body, OHM_TOKEN_BODY_MAX, &root));
    ohm_err err = read_token(root, out);
    json_decref(root);
    return err;
}

/* The `at`th byte of "id:secret". */
static uint8_t pair_byte(const char *id, size_t id_len, const char *secret, size_t at)
{
    if (at < id_len)
        return (uint8_t)id[at];
    return at == id_len ? ':' : (uint8_t)secret[at - id_len - 1];
}

ohm_code ohm_basic_header(const char *id, const char *secret, char out[static OHM_BASIC_MAX])
{
    static const char start[] = "Authorization: Basic ";
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t id_len = strlen(id), len = id_len + 1 + strlen(secret);
    if (strchr(id, ':'))
        return OHM_BAD_FORMAT;
    if (len > (OHM_BASIC_MAX - sizeof start) / 4 * 3)
        return OHM_TOO_BIG;
    memcpy(out, start, sizeof start - 1);
    char *p = out + sizeof start - 1;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < len ? pair_byte(id, id_len, secret, i + k) : 0);
        for (size_t k = 0; k < 4; k++)
            *p++ = i + k <= len ? digits[three >> (18 - 6 * k) & 63] : '=';
    }
    *p = '\0';
    return OHM_OK;
}
