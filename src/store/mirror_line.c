#include "store/mirror_line.h"

#include "base/json.h"
#include "base/number.h"

enum { PARTS = 3 }; /* site, zone, device */

typedef struct text {
    char *out;
    size_t cap, len; /* len above cap: it did not fit */
} text;

static void put(text *t, const char *words, size_t len)
{
    if (t->len <= t->cap && len <= t->cap - t->len)
        memcpy(t->out + t->len, words, len);
    t->len += len;
}

static void put_words(text *t, const char *words)
{
    put(t, words, strlen(words));
}

/* `special` get a backslash before them. */
static void put_escaped(text *t, ohm_span words, const char *special)
{
    for (size_t i = 0; i < words.len; i++) {
        const char c = (char)words.ptr[i];
        if (strchr(special, c))
            put(t, "\\", 1);
        put(t, &c, 1);
    }
}

/* "site/zone/device"; false: it has other parts. */
static bool split(const char *key, ohm_span parts[static PARTS])
{
    for (int i = 0; i < PARTS; i++) {
        const char *end = i + 1 < PARTS ? strchr(key, '/') : key + strlen(key);
        if (!end || end == key)
            return false;
        parts[i] = ohm_span_of(key, (size_t)(end - key));
        key = end + 1;
    }
    return true;
}

static void put_number(text *t, int64_t mantissa, int exponent)
{
    char digits[32];
    size_t len;
    ohm_json json;
    ohm_json_init(&json, digits, sizeof digits);
    ohm_json_decimal(&json, mantissa, exponent);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    put(t, digits, len);
}

ohm_code ohm_mirror_series_init(ohm_mirror_series *series, const char *key,
                                ohm_quantity_id quantity, unsigned revision, bool single_field)
{
    static const char *const special = ",= ";
    ohm_span parts[PARTS];
    if (!split(key, parts))
        return OHM_BAD_FORMAT;
    const char *name = ohm_quantity_get(quantity)->name;
    text t = { series->prefix, sizeof series->prefix, 0 };
    put_words(&t, "ohmstead");
    if (single_field) {
        put_words(&t, "_");
        put_words(&t, name);
    }
    put_words(&t, ",device=");
    put_escaped(&t, parts[2], special);
    if (revision > 0) {
        put_words(&t, ",rev=");
        put_number(&t, revision, 0);
    }
    put_words(&t, ",site=");
    put_escaped(&t, parts[0], special);
    put_words(&t, ",zone=");
    put_escaped(&t, parts[1], special);
    put_words(&t, " ");
    put_words(&t, single_field ? "value" : name);
    put_words(&t, "=");
    if (t.len > t.cap)
        return OHM_TOO_BIG;
    series->prefix_len = t.len;
    series->quantity = quantity;
    return OHM_OK;
}

size_t ohm_mirror_line(const ohm_mirror_series *series, ohm_ms time_ms, int64_t value,
                       char out[static OHM_MIRROR_LINE_MAX])
{
    text t = { out, OHM_MIRROR_LINE_MAX, 0 };
    put(&t, series->prefix, series->prefix_len);
    put_number(&t, value, -ohm_quantity_get(series->quantity)->decimals);
    put_words(&t, " ");
    put_number(&t, time_ms, 0);
    put_words(&t, "\n");
    assert(t.len <= t.cap);
    return t.len;
}

static void put_label(text *t, const char *name, ohm_span value)
{
    put_words(t, ",");
    put_words(t, name);
    put_words(t, "=\"");
    put_escaped(t, value, "\"\\");
    put_words(t, "\"");
}

ohm_code ohm_mirror_selector(const char *key, ohm_quantity_id quantity, int revision, char *out,
                             size_t cap)
{
    ohm_span parts[PARTS];
    if (!split(key, parts))
        return OHM_BAD_FORMAT;
    text t = { out, cap, 0 };
    put_words(&t, "{__name__=\"ohmstead_");
    put_words(&t, ohm_quantity_get(quantity)->name);
    put_words(&t, "\"");
    put_label(&t, "device", parts[2]);
    put_label(&t, "site", parts[0]);
    put_label(&t, "zone", parts[1]);
    if (revision >= 0) {
        put_words(&t, ",rev=\""); /* an empty label is one that is not there */
        if (revision > 0)
            put_number(&t, revision, 0);
        put_words(&t, "\"");
    }
    put_words(&t, "}");
    put(&t, "", 1);
    return t.len <= t.cap ? OHM_OK : OHM_TOO_BIG;
}

bool ohm_mirror_quantise(ohm_span number, ohm_quantity_id quantity, int64_t *out)
{
    int64_t value;
    int exponent;
    if (ohm_number_decimal(number, &value, &exponent) != OHM_OK)
        return false;
    exponent += ohm_quantity_get(quantity)->decimals;
    for (; exponent > 0 && value != 0; exponent--)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    for (; exponent < -1 && value != 0; exponent++)
        value /= 10; /* beyond the digit that rounds */
    if (exponent == -1)
        value = (value + (value < 0 ? -5 : 5)) / 10;
    *out = value;
    return true;
}
