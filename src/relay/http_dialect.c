#include "relay/http_dialect.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HOST_MAX = 96,
    PART_MAX = 4,
    TOKEN_MAX = 64,
    POINTER_DEPTH_MAX = 16,
    PULSE_BASE = 100,
    PULSE_MAX_S = 64800,
};

typedef struct place {
    char host[HOST_MAX]; /* with its port */
    char part[PART_MAX]; /* "" = not said */
} place;

/* "host[:port][/number]". */
static bool parse_name(const char *name, place *out)
{
    const char *slash = strchr(name, '/');
    size_t len = slash ? (size_t)(slash - name) : strlen(name);
    const char *part = slash ? slash + 1 : "";
    if (len == 0 || len >= sizeof out->host || strlen(part) >= sizeof out->part ||
        (slash && !*part) || strspn(part, "0123456789") != strlen(part))
        return false;
    memcpy(out->host, name, len);
    out->host[len] = '\0';
    memcpy(out->part, part, strlen(part) + 1);
    return strspn(out->host,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == len;
}

static ohm_code whole(int len)
{
    return len >= 0 && len < OHM_HTTP_SWITCH_URL_MAX ? OHM_OK : OHM_TOO_BIG;
}

static json_t *parse(ohm_span body)
{
    json_error_t error;
    return json_loadb((const char *)body.ptr, body.len, JSON_DECODE_ANY, &error);
}

/* --- Shelly ------------------------------------------------------------------------------------
 */

static const char *number_of(const place *p)
{
    return p->part[0] ? p->part : "0";
}

static ohm_code shelly_set(const ohm_http_switch *s, bool on,
                           char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    place p;
    char after[40] = "";
    if (!parse_name(s->name, &p))
        return OHM_BAD_FORMAT;
    if (on && s->deadman_s > 0)
        (void)snprintf(after, sizeof after, "&toggle_after=%" PRId64, s->deadman_s);
    return whole(snprintf(out, OHM_HTTP_SWITCH_URL_MAX, "http://%s/rpc/Switch.Set?id=%s&on=%s%s",
                          p.host, number_of(&p), on ? "true" : "false", after));
}

static ohm_code shelly_ask(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    place p;
    if (!parse_name(s->name, &p))
        return OHM_BAD_FORMAT;
    return whole(snprintf(out, OHM_HTTP_SWITCH_URL_MAX, "http://%s/rpc/Switch.GetStatus?id=%s",
                          p.host, number_of(&p)));
}

static bool read_member(ohm_span body, const char *key, bool *ret_on)
{
    json_t *root = parse(body);
    const json_t *on = json_object_get(root, key);
    bool said = json_is_boolean(on);
    if (said)
        *ret_on = json_is_true(on);
    json_decref(root);
    return said;
}

static bool shelly_read(const ohm_http_switch *s, ohm_span body, bool *ret_on)
{
    (void)s;
    return read_member(body, "output", ret_on);
}

const ohm_http_dialect ohm_http_shelly = {
    .name = "shelly-http",
    .lets_go = true,
    .set = shelly_set,
    .ask = shelly_ask,
    .read = shelly_read,
};

static ohm_code shelly1_set(const ohm_http_switch *s, bool on,
                            char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    place p;
    char after[40] = "";
    if (!parse_name(s->name, &p))
        return OHM_BAD_FORMAT;
    if (on && s->deadman_s > 0)
        (void)snprintf(after, sizeof after, "&timer=%" PRId64, s->deadman_s);
    return whole(snprintf(out, OHM_HTTP_SWITCH_URL_MAX, "http://%s/relay/%s?turn=%s%s", p.host,
                          number_of(&p), on ? "on" : "off", after));
}

static ohm_code shelly1_ask(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    place p;
    if (!parse_name(s->name, &p))
        return OHM_BAD_FORMAT;
    return whole(
        snprintf(out, OHM_HTTP_SWITCH_URL_MAX, "http://%s/relay/%s", p.host, number_of(&p)));
}

static bool shelly1_read(const ohm_http_switch *s, ohm_span body, bool *ret_on)
{
    (void)s;
    return read_member(body, "ison", ret_on);
}

const ohm_http_dialect ohm_http_shelly1 = {
    .name = "shelly1-http",
    .lets_go = true,
    .set = shelly1_set,
    .ask = shelly1_ask,
    .read = shelly1_read,
};

/* --- Tasmota -----------------------------------------------------------------------------------
 */

static ohm_code tasmota_command(const ohm_http_switch *s, const char *command, const char *with,
                                char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    place p;
    if (!parse_name(s->name, &p))
        return OHM_BAD_FORMAT;
    return whole(snprintf(out, OHM_HTTP_SWITCH_URL_MAX, "http://%s/cm?cmnd=%s%s%s%s", p.host,
                          command, p.part[0] ? p.part : "1", *with ? "%20" : "", with));
}

static ohm_code tasmota_set(const ohm_http_switch *s, bool on,
                            char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    return tasmota_command(s, "POWER", on ? "ON" : "OFF", out);
}

static ohm_code tasmota_ask(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    return tasmota_command(s, "POWER", "", out);
}

/* PulseTime: how long an ON lasts, 100 + seconds; each ON begins it anew. 0 turns it off. */
static ohm_code tasmota_prepare(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    char text[24];
    int64_t seconds = s->deadman_s < PULSE_MAX_S ? s->deadman_s : PULSE_MAX_S;
    (void)snprintf(text, sizeof text, "%" PRId64, seconds > 0 ? seconds + PULSE_BASE : 0);
    return tasmota_command(s, "PulseTime", text, out);
}

/* With one relay it leaves the number out, unless it is told not to. */
static bool tasmota_read(const ohm_http_switch *s, ohm_span body, bool *ret_on)
{
    place p;
    char key[16];
    if (!parse_name(s->name, &p))
        return false;
    json_t *root = parse(body);
    const char *number = p.part[0] ? p.part : "1";
    (void)snprintf(key, sizeof key, "POWER%s", number);
    const char *text = json_string_value(json_object_get(root, key));
    if (!text && strcmp(number, "1") == 0)
        text = json_string_value(json_object_get(root, "POWER"));
    bool on = text && strcmp(text, "ON") == 0, off = text && strcmp(text, "OFF") == 0;
    json_decref(root);
    if (on || off)
        *ret_on = on;
    return on || off;
}

const ohm_http_dialect ohm_http_tasmota = {
    .name = "tasmota-http",
    .lets_go = true,
    .set = tasmota_set,
    .ask = tasmota_ask,
    .prepare = tasmota_prepare,
    .read = tasmota_read,
};

/* --- URLs of the configuration -----------------------------------------------------------------
 */

/* {device} and {deadman_s}; what else stands in braces stays. */
static ohm_code fill(const ohm_http_switch *s, const char *from,
                     char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    static const char device[] = "{device}", deadman[] = "{deadman_s}";
    size_t at = 0;
    char seconds[24];
    (void)snprintf(seconds, sizeof seconds, "%" PRId64, s->deadman_s);
    while (*from) {
        char one[2] = { *from, '\0' };
        const char *with = one;
        size_t step = 1;
        if (strncmp(from, device, sizeof device - 1) == 0) {
            with = s->name;
            step = sizeof device - 1;
        } else if (strncmp(from, deadman, sizeof deadman - 1) == 0) {
            with = seconds;
            step = sizeof deadman - 1;
        }
        size_t len = strlen(with);
        if (len >= OHM_HTTP_SWITCH_URL_MAX - at)
            return OHM_TOO_BIG;
        memcpy(out + at, with, len);
        at += len;
        from += step;
    }
    out[at] = '\0';
    return OHM_OK;
}

static ohm_code own_set(const ohm_http_switch *s, bool on, char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    return fill(s, on ? s->on : s->off, out);
}

static ohm_code own_ask(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX])
{
    return fill(s, s->state, out);
}

/* One token of a JSON pointer (RFC 6901, §4), with ~0 and ~1 undone. False: too long. */
static bool take_token(const char **at, char out[static TOKEN_MAX])
{
    size_t n = 0;
    const char *p = *at;
    for (; *p && *p != '/'; p++) {
        char c = *p;
        if (c == '~' && (p[1] == '0' || p[1] == '1'))
            c = *++p == '0' ? '~' : '/';
        if (n + 1 >= TOKEN_MAX)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    *at = p;
    return true;
}

const json_t *ohm_http_point(const json_t *value, const char *pointer)
{
    char token[TOKEN_MAX];
    for (int depth = 0; value && *pointer; depth++) {
        if (*pointer++ != '/' || depth == POINTER_DEPTH_MAX || !take_token(&pointer, token))
            return NULL;
        bool number = token[0] && strspn(token, "0123456789") == strlen(token);
        value = json_is_array(value) && number ? json_array_get(value, strtoul(token, NULL, 10))
                                               : json_object_get(value, token);
    }
    return value;
}

/* A word for a state: true, on, 1. */
static bool read_word(const char *text, size_t len, bool *ret_on)
{
    static const struct {
        const char *word;
        bool on;
    } words[] = { { "on", true },     { "off", false }, { "true", true },
                  { "false", false }, { "1", true },    { "0", false } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == len && strncasecmp(words[i].word, text, len) == 0) {
            *ret_on = words[i].on;
            return true;
        }
    return false;
}

static bool read_json(const json_t *value, bool *ret_on)
{
    if (json_is_string(value))
        return read_word(json_string_value(value), json_string_length(value), ret_on);
    bool number = json_is_integer(value) &&
                  (json_integer_value(value) == 0 || json_integer_value(value) == 1);
    if (!number && !json_is_boolean(value))
        return false;
    *ret_on = number ? json_integer_value(value) == 1 : json_is_true(value);
    return true;
}

/* Without a pointer the body is the state: as JSON, or as a bare word. */
static bool own_read(const ohm_http_switch *s, ohm_span body, bool *ret_on)
{
    json_t *root = parse(body);
    bool said = root && read_json(ohm_http_point(root, s->pointer), ret_on);
    json_decref(root);
    if (said || root || s->pointer[0])
        return said;
    const char *text = (const char *)body.ptr;
    size_t len = body.len;
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        len--;
    return len > 0 && read_word(text, len, ret_on);
}

const ohm_http_dialect ohm_http_own = {
    .name = "http",
    .lets_go = true, /* where its URL has {deadman_s}; by itself it has none */
    .set = own_set,
    .ask = own_ask,
    .read = own_read,
};

/* --- the table ---------------------------------------------------------------------------------
 */

const ohm_http_dialect *ohm_http_dialect_find(const char *name)
{
    static const ohm_http_dialect *const all[] = { &ohm_http_shelly, &ohm_http_shelly1,
                                                   &ohm_http_tasmota, &ohm_http_own };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

/* What may stand in a URL as it is (RFC 3986, §2.3, and what parts a path). */
bool ohm_http_name_good(const ohm_http_dialect *dialect, const char *name)
{
    place p;
    if (dialect != &ohm_http_own)
        return parse_name(name, &p);
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:[]/";
    return *name && strspn(name, good) == strlen(name);
}
