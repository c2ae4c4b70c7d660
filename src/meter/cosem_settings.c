#include "meter/cosem_settings.h"

#include "base/civil.h"
#include "base/number.h"

enum {
    PUBLIC = 16,
    DAYS = 1,
    DAYS_MAX = 400,
    INFO_MIN = 32,
};

typedef const char *set_fn(ohm_cosem_settings *s, ohm_span value);

/* --- values: NULL, or what would have been right ------------------------------------------------
 */

static bool number(ohm_span text, int64_t low, int64_t high, int64_t *out)
{
    return ohm_number_int(text, out) == OHM_OK && *out >= low && *out <= high;
}

static const char *set_line(ohm_cosem_settings *s, ohm_span v)
{
    s->line = ohm_span_is(v, "hdlc")      ? OHM_COSEM_LINE_HDLC
              : ohm_span_is(v, "wrapper") ? OHM_COSEM_LINE_WRAPPER
              : ohm_span_is(v, "mode-e")  ? OHM_COSEM_LINE_MODE_E
                                          : OHM_COSEM_LINE_USUAL;
    return s->line == OHM_COSEM_LINE_USUAL ? "line= is hdlc, wrapper or mode-e" : NULL;
}

static const char *set_client(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 1, 127, &n))
        return "client= is a number from 1 to 127";
    s->client = (uint8_t)n;
    return NULL;
}

static const char *set_server(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 0, 0x3fff, &n))
        return "server= is a number from 0 to 16383";
    s->server = (uint16_t)n;
    return NULL;
}

static const char *set_physical(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 0, 0x3fff, &n))
        return "physical= is a number from 0 to 16383";
    s->physical = (uint16_t)n;
    return NULL;
}

static const char *set_address_len(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 1, 4, &n) || n == 3)
        return "address-bytes= is 1, 2 or 4";
    s->address_len = (uint8_t)n;
    return NULL;
}

static const char *set_info(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, INFO_MIN, OHM_HDLC_INFO_MAX, &n))
        return "frame= is a number from 32 to 2030";
    s->info_max = (uint16_t)n;
    return NULL;
}

static const char *set_window(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 1, OHM_HDLC_WINDOW_MAX, &n))
        return "window= is a number from 1 to 7";
    s->window = (uint8_t)n;
    return NULL;
}

static const char *set_timeout(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 100, 60000, &n))
        return "timeout-ms= is a number from 100 to 60000";
    s->timeout_ms = n;
    return NULL;
}

static const char *set_auth(ohm_cosem_settings *s, ohm_span v)
{
    int auth = ohm_cosem_auth_find(v);
    if (auth < 0)
        return "auth= is none, low, high, md5, sha1, gmac or sha256";
    s->auth = (ohm_cosem_auth)auth;
    return NULL;
}

static const char *set_security(ohm_cosem_settings *s, ohm_span v)
{
    static const struct {
        const char *name;
        uint8_t control;
    } policies[] = { { "none", 0 }, { "sign", 0x10 }, { "encrypt", 0x20 }, { "both", 0x30 } };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (ohm_span_is(v, policies[i].name)) {
            s->control = (uint8_t)((s->control & 0x0f) | policies[i].control);
            return NULL;
        }
    return "security= is none, sign, encrypt or both";
}

static const char *set_suite(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 0, 2, &n))
        return "suite= is 0, 1 or 2";
    s->control = (uint8_t)((s->control & 0xf0) | n);
    return NULL;
}

static const char *yes_no(ohm_span v, bool *out, const char *otherwise)
{
    *out = ohm_span_is(v, "yes");
    return *out || ohm_span_is(v, "no") ? NULL : otherwise;
}

static const char *set_dedicated(ohm_cosem_settings *s, ohm_span v)
{
    return yes_no(v, &s->dedicated, "dedicated-key= is yes or no");
}

static const char *set_transfer(ohm_cosem_settings *s, ohm_span v)
{
    return yes_no(v, &s->transfer, "gbt= is yes or no");
}

static const char *set_browse(ohm_cosem_settings *s, ohm_span v)
{
    return yes_no(v, &s->browse, "browse= is yes or no");
}

/* A text is written once and read at every turn: what moves something in the house is no part of
 * it (meter/meter_deeds.h). */
static const char *no_set_clock(ohm_cosem_settings *s, ohm_span v)
{
    (void)s;
    (void)v;
    return "set-clock= is no setting: read --set-clock sets the clock";
}

static const char *no_allow(ohm_cosem_settings *s, ohm_span v)
{
    (void)s;
    (void)v;
    return "allow-disconnect= is no setting: the configuration says allow_disconnect: true";
}

static const char *no_relay(ohm_cosem_settings *s, ohm_span v)
{
    (void)s;
    (void)v;
    return "relay= is no setting: read --relay moves it";
}

static const char *set_secret(ohm_cosem_settings *s, ohm_span v)
{
    s->secret_hex = ohm_span_is(v, "hex");
    return s->secret_hex || ohm_span_is(v, "text") ? NULL : "secret= is text or hex";
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static const char *set_title(ohm_cosem_settings *s, ohm_span v)
{
    const char *wrong = "title= is our system title, 16 hex digits";
    if (v.len != 2 * sizeof s->title)
        return wrong;
    for (size_t i = 0; i < sizeof s->title; i++) {
        int high = digit(v.ptr[2 * i]), low = digit(v.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return wrong;
        s->title[i] = (uint8_t)(high << 4 | low);
    }
    s->has_title = true;
    return NULL;
}

static const char *set_call(ohm_cosem_settings *s, ohm_span v)
{
    if (v.len > OHM_MODE_E_ADDRESS_MAX)
        return "call= has at most 32 characters";
    memcpy(s->call, v.ptr, v.len);
    s->call[v.len] = 0;
    return NULL;
}

static const char *set_baud_max(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 300, 19200, &n))
        return "baud-max= is a number from 300 to 19200";
    s->baud_max = (uint32_t)n;
    return NULL;
}

static const char *set_counter(ohm_cosem_settings *s, ohm_span v)
{
    s->has_counter = true;
    return ohm_obis_parse(v, s->counter) == OHM_OK ? NULL : "counter= is a code like 0-0:43.1.0";
}

/* The part before the next comma; *rest loses both. */
static ohm_span next_part(ohm_span *rest)
{
    const uint8_t *comma = memchr(rest->ptr, ',', rest->len);
    size_t len = comma ? (size_t)(comma - rest->ptr) : rest->len;
    ohm_span part = ohm_span_part(*rest, 0, len);
    size_t gone = comma ? len + 1 : len;
    *rest = ohm_span_part(*rest, gone, rest->len - gone);
    return part;
}

/* "1-0:1.8.0", "3/1-0:1.8.0" with its class, "4/1-0:1.6.0/5" with an attribute too. */
static bool read_ref(ohm_span text, ohm_cosem_ref *out)
{
    int64_t n = 0;
    *out = (ohm_cosem_ref){ .class_id = 0 };
    const uint8_t *slash = memchr(text.ptr, '/', text.len);
    if (!slash)
        return ohm_obis_parse(text, out->obis) == OHM_OK;
    size_t len = (size_t)(slash - text.ptr);
    if (!number(ohm_span_part(text, 0, len), 1, UINT16_MAX, &n))
        return false;
    out->class_id = (uint16_t)n;
    text = ohm_span_part(text, len + 1, text.len - len - 1);
    slash = memchr(text.ptr, '/', text.len);
    if (!slash)
        return ohm_obis_parse(text, out->obis) == OHM_OK;
    len = (size_t)(slash - text.ptr);
    if (!number(ohm_span_part(text, len + 1, text.len - len - 1), 1, 127, &n))
        return false;
    out->index = (int8_t)n;
    return ohm_obis_parse(ohm_span_part(text, 0, len), out->obis) == OHM_OK;
}

static const char *set_read(ohm_cosem_settings *s, ohm_span v)
{
    while (v.len > 0) {
        if (s->registers_count == OHM_COSEM_REGISTERS_MAX)
            return "read= has at most 64 codes";
        if (!read_ref(next_part(&v), &s->registers[s->registers_count]))
            return "read= is codes like 1-0:1.8.0 or 3/1-0:1.8.0, with commas between";
        s->registers_count++;
    }
    return s->registers_count ? NULL : "read= is codes like 1-0:1.8.0, with commas between";
}

static const char *set_profile(ohm_cosem_settings *s, ohm_span v)
{
    while (v.len > 0) {
        if (s->profiles_count == OHM_COSEM_PROFILES_MAX)
            return "profile= has at most 4 codes";
        if (ohm_obis_parse(next_part(&v), s->profiles[s->profiles_count]) != OHM_OK)
            return "profile= is codes like 1-0:99.1.0, with commas between";
        s->profiles_count++;
    }
    return s->profiles_count ? NULL : "profile= is codes like 1-0:99.1.0";
}

static const char *set_from(ohm_cosem_settings *s, ohm_span v)
{
    return ohm_failed(ohm_rfc3339_parse(v, &s->from_ms)) ? "from= is like 2026-01-15T00:00:00Z"
                                                         : NULL;
}

static const char *set_to(ohm_cosem_settings *s, ohm_span v)
{
    return ohm_failed(ohm_rfc3339_parse(v, &s->to_ms)) ? "to= is like 2026-01-16T00:00:00Z" : NULL;
}

static const char *set_entries(ohm_cosem_settings *s, ohm_span v)
{
    const uint8_t *dash = memchr(v.ptr, '-', v.len);
    size_t len = dash ? (size_t)(dash - v.ptr) : v.len;
    int64_t first = 0, last = 0;
    bool good = number(ohm_span_part(v, 0, len), 1, UINT32_MAX, &first);
    if (dash && len + 1 < v.len)
        good = good && number(ohm_span_part(v, len + 1, v.len - len - 1), first, UINT32_MAX, &last);
    else if (!dash)
        last = first;
    s->first = (uint32_t)first;
    s->last = (uint32_t)last;
    return good ? NULL : "entries= is like 1-96, or 10- to the end";
}

static const char *set_days(ohm_cosem_settings *s, ohm_span v)
{
    int64_t n = 0;
    if (!number(v, 0, DAYS_MAX, &n))
        return "days= is a number from 0 to 400";
    s->days = (uint16_t)n;
    return NULL;
}

/* --- the line -----------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    set_fn *set;
} keys[] = {
    { "line", set_line },
    { "client", set_client },
    { "server", set_server },
    { "physical", set_physical },
    { "address-bytes", set_address_len },
    { "frame", set_info },
    { "window", set_window },
    { "timeout-ms", set_timeout },
    { "auth", set_auth },
    { "secret", set_secret },
    { "security", set_security },
    { "suite", set_suite },
    { "dedicated-key", set_dedicated },
    { "title", set_title },
    { "counter", set_counter },
    { "call", set_call },
    { "baud-max", set_baud_max },
    { "read", set_read },
    { "profile", set_profile },
    { "from", set_from },
    { "to", set_to },
    { "entries", set_entries },
    { "days", set_days },
    { "browse", set_browse },
    { "gbt", set_transfer },
    { "set-clock", no_set_clock },
    { "allow-disconnect", no_allow },
    { "relay", no_relay },
};
enum { KEYS_COUNT = sizeof keys / sizeof *keys };

static const char *set(ohm_cosem_settings *s, ohm_span word)
{
    const uint8_t *equals = memchr(word.ptr, '=', word.len);
    if (!equals)
        return "not key=value";
    size_t len = (size_t)(equals - word.ptr);
    for (int i = 0; i < KEYS_COUNT; i++)
        if (ohm_span_is(ohm_span_part(word, 0, len), keys[i].name))
            return keys[i].set(s, ohm_span_part(word, len + 1, word.len - len - 1));
    return "no such key (docs/dlms-client.md lists them)";
}

/* What only makes sense together. */
static const char *check(const ohm_cosem_settings *s)
{
    if ((s->control & 0x30) != 0 && s->auth == OHM_COSEM_NONE)
        return "security= needs an auth=";
    if (s->dedicated && (s->control & 0x30) == 0)
        return "dedicated-key= needs a security=";
    return NULL;
}

ohm_err ohm_cosem_settings_parse(const char *text, ohm_cosem_settings *out)
{
    ohm_cosem_settings s = {
        .client = PUBLIC,
        .server = 1,
        .from_ms = OHM_NO_MS,
        .to_ms = OHM_NO_MS,
        .days = DAYS,
        .title = { 'O', 'H', 'M', 0, 0, 0, 0, 1 },
    };
    ohm_span rest = ohm_span_text(text ? text : "");
    size_t at = 0;
    while (at < rest.len) {
        size_t end = at;
        while (end < rest.len && rest.ptr[end] != ' ')
            end++;
        const char *wrong = end > at ? set(&s, ohm_span_part(rest, at, end - at)) : NULL;
        if (wrong)
            return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, wrong);
        at = end + 1;
    }
    const char *wrong = check(&s);
    if (wrong)
        return ohm_fail(OHM_CONFLICT, 0, wrong);
    *out = s;
    return ohm_ok();
}
