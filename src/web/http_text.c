#include "web/http_text.h"

/* --- characters ----------------------------------------------------------------------- */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool ohm_text_same(ohm_span a, ohm_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static bool same_text(ohm_span a, const char *b)
{
    return ohm_text_same(a, ohm_span_text(b));
}

static ohm_span trim(ohm_span s)
{
    while (s.len && is_space(s.ptr[0]))
        s = ohm_span_part(s, 1, s.len - 1);
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* Cuts the text at the first `mark`: what is before it comes back, *rest is what follows.
 * Without a mark *rest becomes empty. */
static ohm_span cut(ohm_span *rest, uint8_t mark)
{
    const uint8_t *at = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
    size_t n = at ? (size_t)(at - rest->ptr) : rest->len;
    ohm_span head = ohm_span_part(*rest, 0, n);
    *rest = at ? ohm_span_part(*rest, n + 1, rest->len - n - 1) : ohm_span_part(*rest, n, 0);
    return head;
}

ohm_code ohm_text_uint(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (!text[0] || (text[0] == '0' && text[1]))
        return OHM_BAD_FORMAT;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9')
            return OHM_BAD_FORMAT;
        uint64_t digit = (uint64_t)(*p - '0');
        if (digit > max || value > (max - digit) / 10)
            return OHM_RANGE;
        value = value * 10 + digit;
    }
    *out = value;
    return OHM_OK;
}

/* --- targets -------------------------------------------------------------------------- */

/* Decodes `raw` to `*to`, ends it with a NUL and moves `*to` behind. `plus`: "+" is a space. */
static bool decode(ohm_span raw, bool plus, char **to)
{
    char *out = *to;
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t c = raw.ptr[i];
        if (c == '+' && plus) {
            c = ' ';
        } else if (c == '%') {
            int high = raw.len - i > 2 ? hex_digit(raw.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(raw.ptr[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c >= 0x7f || c == '#' || c == '\\' || c == '"' || c == '<' || c == '>') {
            return false; /* must be escaped in a target */
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        *out++ = (char)c;
    }
    *out++ = '\0';
    *to = out;
    return true;
}

static ohm_code parse_path(ohm_span rest, ohm_target *out, char **to)
{
    if (!rest.len)
        return OHM_OK;
    for (bool last = false; !last;) {
        last = !memchr(rest.ptr, '/', rest.len);
        ohm_span raw = cut(&rest, '/');
        if (out->segments_count == OHM_TARGET_SEGMENTS_MAX)
            return OHM_TOO_BIG;
        const char *segment = *to;
        if (!raw.len || !decode(raw, false, to))
            return OHM_BAD_FORMAT;
        if (strchr(segment, '/') || !strcmp(segment, ".") || !strcmp(segment, ".."))
            return OHM_BAD_FORMAT;
        out->segments[out->segments_count++] = segment;
        if (!last && !rest.len)
            return OHM_BAD_FORMAT; /* a slash at the end */
    }
    return OHM_OK;
}

static ohm_code parse_query(ohm_span rest, ohm_target *out, char **to)
{
    while (rest.len) {
        ohm_span value = cut(&rest, '&');
        ohm_span key = cut(&value, '=');
        if (out->pairs_count == OHM_QUERY_PAIRS_MAX)
            return OHM_TOO_BIG;
        const char *key_text = *to;
        if (!key.len || !decode(key, true, to) || ohm_target_query(out, key_text))
            return OHM_BAD_FORMAT;
        const char *value_text = *to;
        if (!decode(value, true, to))
            return OHM_BAD_FORMAT;
        out->keys[out->pairs_count] = key_text;
        out->values[out->pairs_count++] = value_text;
    }
    return OHM_OK;
}

ohm_code ohm_target_parse(ohm_span raw, ohm_target *out)
{
    out->segments_count = 0;
    out->pairs_count = 0;
    if (raw.len > OHM_TARGET_MAX)
        return OHM_TOO_BIG;
    if (!raw.len || raw.ptr[0] != '/')
        return OHM_BAD_FORMAT;
    ohm_span query = raw;
    ohm_span path = cut(&query, '?');
    memcpy(out->path, path.ptr, path.len);
    out->path[path.len] = '\0';
    if (strlen(out->path) != path.len)
        return OHM_BAD_FORMAT;

    char *to = out->text;
    ohm_code code = parse_path(ohm_span_part(path, 1, path.len - 1), out, &to);
    return code == OHM_OK ? parse_query(query, out, &to) : code;
}

const char *ohm_target_query(const ohm_target *target, const char *key)
{
    for (int i = 0; i < target->pairs_count; i++)
        if (!strcmp(target->keys[i], key))
            return target->values[i];
    return NULL;
}

/* --- credentials ---------------------------------------------------------------------- */

bool ohm_cookie_find(ohm_span header, const char *name, ohm_span *ret_value)
{
    while (header.len) {
        ohm_span value = cut(&header, ';');
        ohm_span key = trim(cut(&value, '='));
        if (ohm_span_is(key, name)) {
            *ret_value = trim(value);
            return true;
        }
    }
    return false;
}

bool ohm_bearer_parse(ohm_span header, ohm_span *ret_token)
{
    ohm_span token = trim(header);
    ohm_span scheme = cut(&token, ' ');
    token = trim(token);
    if (!same_text(scheme, "bearer") || !token.len)
        return false;
    for (size_t i = 0; i < token.len; i++)
        if (!is_alnum(token.ptr[i]) && !is_one_of(token.ptr[i], "-._~+/="))
            return false;
    *ret_token = token;
    return true;
}

/* --- hosts and origins ---------------------------------------------------------------- */

static bool parse_port(ohm_span text, uint16_t *ret_port)
{
    unsigned port = 0;
    if (!text.len || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *ret_port = (uint16_t)port;
    return port > 0 && port <= 65535;
}

/* Four numbers of at most three digits; their size does not matter here. */
static bool looks_like_ipv4(ohm_span name)
{
    unsigned parts = 0;
    while (name.len) {
        bool more = memchr(name.ptr, '.', name.len) != NULL;
        ohm_span part = cut(&name, '.');
        if (!part.len || part.len > 3 || (more && !name.len))
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (part.ptr[i] < '0' || part.ptr[i] > '9')
                return false;
        parts++;
    }
    return parts == 4;
}

static bool valid_name(ohm_span name)
{
    if (!name.len || name.len > 253)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && !is_one_of(name.ptr[i], "-._"))
            return false;
    return name.ptr[0] != '.' && name.ptr[0] != '-';
}

static bool valid_ipv6(ohm_span name)
{
    if (name.len < 2 || name.len > 45 || !memchr(name.ptr, ':', name.len))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (hex_digit(name.ptr[i]) < 0 && name.ptr[i] != ':' && name.ptr[i] != '.')
            return false;
    return true;
}

ohm_code ohm_host_parse(ohm_span header, ohm_host *out)
{
    ohm_host host = { { NULL, 0 }, false, 0 };
    ohm_span rest = header;
    bool has_port = false;
    if (header.len && header.ptr[0] == '[') {
        rest = ohm_span_part(header, 1, header.len - 1);
        if (!rest.len || !memchr(rest.ptr, ']', rest.len))
            return OHM_BAD_FORMAT;
        host.name = cut(&rest, ']');
        host.is_address = true;
        has_port = rest.len > 0;
        if (!valid_ipv6(host.name) || (has_port && rest.ptr[0] != ':'))
            return OHM_BAD_FORMAT;
        if (has_port)
            rest = ohm_span_part(rest, 1, rest.len - 1);
    } else {
        has_port = header.len && memchr(header.ptr, ':', header.len);
        host.name = cut(&rest, ':');
        host.is_address = looks_like_ipv4(host.name);
        if (!valid_name(host.name))
            return OHM_BAD_FORMAT;
    }
    if (has_port && !parse_port(rest, &host.port))
        return OHM_BAD_FORMAT;
    *out = host;
    return OHM_OK;
}

ohm_code ohm_origin_parse(ohm_span header, ohm_origin *out)
{
    static const char http[] = "http://", https[] = "https://";
    bool tls = header.len > sizeof https - 1 && !memcmp(header.ptr, https, sizeof https - 1);
    bool plain = header.len > sizeof http - 1 && !memcmp(header.ptr, http, sizeof http - 1);
    if (!tls && !plain)
        return OHM_BAD_FORMAT;
    size_t skip = tls ? sizeof https - 1 : sizeof http - 1;
    ohm_span authority = ohm_span_part(header, skip, header.len - skip);
    ohm_host host;
    ohm_code code = ohm_host_parse(authority, &host);
    if (code == OHM_OK)
        *out = (ohm_origin){ tls, authority };
    return code;
}

/* --- preferences ---------------------------------------------------------------------- */

/* A weight in thousandths: "1", "0.5", "0.001". What is no weight counts as 0. */
static int parse_weight(ohm_span text)
{
    if (!text.len || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1'))
        return 0;
    int weight = (text.ptr[0] - '0') * 1000, scale = 100;
    if (text.len > 1 && text.ptr[1] != '.')
        return 0;
    for (size_t i = 2; i < text.len; i++, scale /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        weight += (text.ptr[i] - '0') * scale;
    }
    return weight > 1000 ? 1000 : weight;
}

/* Takes the next "name;q=0.5" off a list. */
static bool next_item(ohm_span *list, ohm_span *ret_name, int *ret_weight)
{
    while (list->len) {
        ohm_span rest = cut(list, ',');
        ohm_span name = trim(cut(&rest, ';'));
        int weight = 1000;
        while (rest.len) {
            ohm_span value = cut(&rest, ';');
            ohm_span key = trim(cut(&value, '='));
            if (same_text(key, "q"))
                weight = parse_weight(trim(value));
        }
        if (!name.len)
            continue;
        *ret_name = name;
        *ret_weight = weight;
        return true;
    }
    return false;
}

bool ohm_accepts_gzip(ohm_span accept_encoding)
{
    ohm_span name;
    int weight, any = 0, gzip = -1;
    while (next_item(&accept_encoding, &name, &weight)) {
        if (same_text(name, "gzip"))
            gzip = weight;
        else if (same_text(name, "*"))
            any = weight;
    }
    return gzip >= 0 ? gzip > 0 : any > 0;
}

bool ohm_prefers_french(ohm_span accept_language)
{
    ohm_span name;
    int weight, french = 0, english = 0;
    bool french_first = false;
    while (next_item(&accept_language, &name, &weight)) {
        ohm_span primary = cut(&name, '-');
        if (same_text(primary, "fr") && weight > french) {
            french = weight;
            french_first = !english;
        } else if (same_text(primary, "en") && weight > english) {
            english = weight;
        }
    }
    return french > english || (french && french == english && french_first);
}

bool ohm_prefers_json(ohm_span accept)
{
    ohm_span name;
    int weight, json = 0, html = 0;
    while (next_item(&accept, &name, &weight)) {
        if (same_text(name, "application/json") && weight > json)
            json = weight;
        else if (same_text(name, "text/html") && weight > html)
            html = weight;
    }
    return json > html; /* wildcards are no preference */
}

bool ohm_etag_matches(ohm_span if_none_match, const char *etag)
{
    while (if_none_match.len) {
        ohm_span item = trim(cut(&if_none_match, ','));
        if (ohm_span_is(item, "*"))
            return true;
        if (item.len > 2 && item.ptr[0] == 'W' && item.ptr[1] == '/')
            item = ohm_span_part(item, 2, item.len - 2); /* weak comparison is enough for 304 */
        if (item.len < 2 || item.ptr[0] != '"' || item.ptr[item.len - 1] != '"')
            continue;
        if (ohm_span_is(ohm_span_part(item, 1, item.len - 2), etag))
            return true;
    }
    return false;
}

bool ohm_is_json_type(ohm_span content_type)
{
    ohm_span rest = content_type;
    if (!same_text(trim(cut(&rest, ';')), "application/json"))
        return false;
    while (rest.len) {
        ohm_span value = cut(&rest, ';');
        ohm_span key = trim(cut(&value, '='));
        value = trim(value);
        if (same_text(key, "charset") && !same_text(value, "utf-8") &&
            !same_text(value, "\"utf-8\""))
            return false;
    }
    return true;
}
