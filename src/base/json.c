#include "base/json.h"

#include "base/civil.h"

static const char hex_digits[] = "0123456789abcdef";

static void put(ohm_json *json, const void *bytes, size_t n)
{
    if (json->len <= json->cap && n <= json->cap - json->len)
        memcpy(json->out + json->len, bytes, n);
    else if (json->len < json->cap)
        json->cap = json->len; /* nothing more is written: what is there stays a clean prefix */
    json->len += n;
}

static void put_char(ohm_json *json, char c)
{
    put(json, &c, 1);
}

static void put_text(ohm_json *json, const char *text)
{
    put(json, text, strlen(text));
}

/* The decimal digits of `value`, ending at the end of `out`; returns where they start. */
static size_t digits_of(uint64_t value, char out[static 20])
{
    size_t at = 20;
    do {
        out[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return at;
}

/* What every value does first: a comma where one is due, and the check that a value may stand
 * here. */
static void before_value(ohm_json *json)
{
    if (json->depth == 0) {
        assert(json->len == 0 && "one value only at the top");
        return;
    }
    unsigned top = json->depth - 1u;
    if (json->close[top] == '}') {
        assert(json->after_key && "a member needs its key first");
        json->after_key = false;
        return;
    }
    if (json->has_items[top])
        put_char(json, ',');
    json->has_items[top] = true;
}

static void open_with(ohm_json *json, char open_char, char close_char)
{
    before_value(json);
    assert(json->depth < OHM_JSON_DEPTH_MAX);
    json->close[json->depth] = close_char;
    json->has_items[json->depth] = false;
    json->depth++;
    put_char(json, open_char);
}

void ohm_json_init(ohm_json *json, char *out, size_t cap)
{
    memset(json, 0, sizeof *json);
    json->out = out;
    json->cap = cap;
}

void ohm_json_object(ohm_json *json)
{
    open_with(json, '{', '}');
}

void ohm_json_array(ohm_json *json)
{
    open_with(json, '[', ']');
}

void ohm_json_end(ohm_json *json)
{
    assert(json->depth > 0);
    assert(!json->after_key && "a key without its value");
    put_char(json, json->close[--json->depth]);
}

/* The length of the valid UTF-8 sequence at the start of `p`, or 0 (Unicode 15, table 3-7). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
    uint8_t lead = p[0];
    if (lead < 0x80)
        return 1;
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > n)
        return 0;
    /* The second byte's range keeps out overlong forms, surrogates and above U+10FFFF. */
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void put_escape(ohm_json *json, uint8_t c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof named; i += 2)
        if ((uint8_t)named[i] == c) {
            put_char(json, '\\');
            put_char(json, named[i + 1]);
            return;
        }
    put_text(json, "\\u00");
    put_char(json, hex_digits[c >> 4]);
    put_char(json, hex_digits[c & 15]);
}

static void put_string(ohm_json *json, ohm_span text)
{
    put_char(json, '"');
    for (size_t i = 0; i < text.len;) {
        size_t run = 0;
        while (i + run < text.len && is_plain(text.ptr[i + run]))
            run++;
        if (run) {
            put(json, text.ptr + i, run);
            i += run;
            continue;
        }
        size_t length = utf8_length(text.ptr + i, text.len - i);
        if (length == 0)
            put_text(json, "\xef\xbf\xbd"); /* U+FFFD, one for each byte that is no text */
        else if (length == 1)
            put_escape(json, text.ptr[i]);
        else
            put(json, text.ptr + i, length);
        i += length ? length : 1;
    }
    put_char(json, '"');
}

void ohm_json_key(ohm_json *json, const char *key)
{
    assert(json->depth > 0 && json->close[json->depth - 1] == '}');
    assert(!json->after_key);
    if (json->has_items[json->depth - 1])
        put_char(json, ',');
    json->has_items[json->depth - 1] = true;
    put_string(json, ohm_span_text(key));
    put_char(json, ':');
    json->after_key = true;
}

void ohm_json_null(ohm_json *json)
{
    before_value(json);
    put_text(json, "null");
}

void ohm_json_bool(ohm_json *json, bool value)
{
    before_value(json);
    put_text(json, value ? "true" : "false");
}

void ohm_json_int(ohm_json *json, int64_t value)
{
    ohm_json_decimal(json, value, 0);
}

static void put_decimal(ohm_json *json, bool negative, uint64_t rest, int exponent)
{
    assert(exponent >= -18 && exponent <= 18);
    before_value(json);
    for (; exponent < 0 && rest % 10 == 0; exponent++)
        rest /= 10; /* 230.10 is 230.1; 0 ends at exponent 0 */

    char digits[20];
    size_t at = digits_of(rest, digits);
    size_t count = sizeof digits - at;
    if (negative)
        put_char(json, '-');
    if (exponent >= 0) {
        put(json, digits + at, count);
        for (; exponent > 0 && rest != 0; exponent--)
            put_char(json, '0');
        return;
    }
    size_t decimals = (size_t)-exponent;
    if (count > decimals)
        put(json, digits + at, count - decimals);
    else
        put_char(json, '0');
    put_char(json, '.');
    for (size_t i = count; i < decimals; i++)
        put_char(json, '0');
    size_t shown = count < decimals ? count : decimals;
    put(json, digits + sizeof digits - shown, shown);
}

void ohm_json_decimal(ohm_json *json, int64_t mantissa, int exponent)
{
    bool negative = mantissa < 0;
    uint64_t magnitude = negative ? 0 - (uint64_t)mantissa : (uint64_t)mantissa;
    put_decimal(json, negative, magnitude, exponent);
}

void ohm_json_unsigned(ohm_json *json, uint64_t mantissa, int exponent)
{
    put_decimal(json, false, mantissa, exponent);
}

void ohm_json_str(ohm_json *json, const char *text)
{
    ohm_json_span(json, ohm_span_text(text));
}

void ohm_json_span(ohm_json *json, ohm_span text)
{
    before_value(json);
    put_string(json, text);
}

void ohm_json_hex(ohm_json *json, ohm_span bytes)
{
    before_value(json);
    put_char(json, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        put_char(json, hex_digits[bytes.ptr[i] >> 4]);
        put_char(json, hex_digits[bytes.ptr[i] & 15]);
    }
    put_char(json, '"');
}

void ohm_json_time(ohm_json *json, int64_t utc_ms)
{
    if (utc_ms == OHM_NO_MS) {
        ohm_json_null(json);
        return;
    }
    char text[OHM_RFC3339_MAX];
    size_t len = ohm_rfc3339_write(utc_ms, text);
    ohm_json_span(json, ohm_span_of(text, len));
}

void ohm_json_raw(ohm_json *json, ohm_span value)
{
    assert(value.len > 0);
    before_value(json);
    put(json, value.ptr, value.len);
}

void ohm_json_key_int(ohm_json *json, const char *key, int64_t value)
{
    ohm_json_key(json, key);
    ohm_json_int(json, value);
}

void ohm_json_key_bool(ohm_json *json, const char *key, bool value)
{
    ohm_json_key(json, key);
    ohm_json_bool(json, value);
}

void ohm_json_key_str(ohm_json *json, const char *key, const char *text)
{
    ohm_json_key(json, key);
    if (text)
        ohm_json_str(json, text);
    else
        ohm_json_null(json);
}

void ohm_json_key_span(ohm_json *json, const char *key, ohm_span text)
{
    ohm_json_key(json, key);
    ohm_json_span(json, text);
}

void ohm_json_key_time(ohm_json *json, const char *key, int64_t utc_ms)
{
    ohm_json_key(json, key);
    ohm_json_time(json, utc_ms);
}

void ohm_json_key_decimal(ohm_json *json, const char *key, int64_t mantissa, int exponent)
{
    ohm_json_key(json, key);
    ohm_json_decimal(json, mantissa, exponent);
}

void ohm_json_key_null(ohm_json *json, const char *key)
{
    ohm_json_key(json, key);
    ohm_json_null(json);
}

ohm_code ohm_json_finish(ohm_json *json, size_t *ret_len)
{
    assert(json->depth == 0 && "every object and array is closed");
    assert(json->len > 0 && "there is a value");
    *ret_len = json->len;
    return json->len > json->cap ? OHM_TOO_BIG : OHM_OK;
}
