/* The text of HTTP, read strictly: targets, queries, cookies, hosts, origins, preferences.
 *
 * No function here allocates, keeps state or trusts its input; what does not follow the grammar
 * is refused, not repaired. Sources: RFC 9110 (fields), RFC 3986 (targets), RFC 6265 (cookies),
 * RFC 6454 (origins). */
#ifndef OHM_WEB_HTTP_TEXT_H
#define OHM_WEB_HTTP_TEXT_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_TARGET_MAX = 1024, /* bytes of a request target; above: 414 */
    OHM_TARGET_SEGMENTS_MAX = 10,
    OHM_QUERY_PAIRS_MAX = 8,
};

/* A request target, cut and percent-decoded. The strings lie in `text`. */
typedef struct ohm_target {
    uint8_t segments_count;
    uint8_t pairs_count;
    const char *segments[OHM_TARGET_SEGMENTS_MAX]; /* "/a/b" has two; "/" has none */
    const char *keys[OHM_QUERY_PAIRS_MAX], *values[OHM_QUERY_PAIRS_MAX];
    char path[OHM_TARGET_MAX + 1]; /* as sent, without the query */
    char text[OHM_TARGET_MAX + OHM_TARGET_SEGMENTS_MAX + 2 * OHM_QUERY_PAIRS_MAX];
} ohm_target;

/* Origin form only ("/path?query"). OHM_BAD_FORMAT: a bad escape, a control character, "//",
 * "." or "..", a key twice; OHM_TOO_BIG: a limit above. `out` is undefined on failure. */
OHM_MUST_CHECK ohm_code ohm_target_parse(ohm_span raw, ohm_target *out);
/* The value of a key of the query, or NULL. */
const char *ohm_target_query(const ohm_target *target, const char *key);

/* The value of a cookie of that name; the first if there are several. */
bool ohm_cookie_find(ohm_span header, const char *name, ohm_span *ret_value);

/* The token of "Bearer TOKEN" (RFC 6750). */
bool ohm_bearer_parse(ohm_span header, ohm_span *ret_token);

typedef struct ohm_host {
    ohm_span name;   /* "example.org", "192.0.2.1", "::1" (without brackets) */
    bool is_address; /* an IP address: no name, so nothing that DNS could rebind */
    uint16_t port;   /* 0 = none given */
} ohm_host;
OHM_MUST_CHECK ohm_code ohm_host_parse(ohm_span header, ohm_host *out);

typedef struct ohm_origin {
    bool https;
    ohm_span host; /* "example.org:8443", as a Host field would have it */
} ohm_origin;
/* "null" and other schemes are OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_origin_parse(ohm_span header, ohm_origin *out);

/* Letters of any case are the same. */
bool ohm_text_same(ohm_span a, ohm_span b);

/* Preferences (RFC 9110 §12.5). An absent header is an empty span. */
bool ohm_accepts_gzip(ohm_span accept_encoding);
bool ohm_prefers_french(ohm_span accept_language); /* over English, which is the default */
bool ohm_prefers_json(ohm_span accept);            /* over HTML, which is the default */

/* Does an If-None-Match field name this entity tag (given without its quotes)? */
bool ohm_etag_matches(ohm_span if_none_match, const char *etag);

/* Is a Content-Type field application/json, in UTF-8? */
bool ohm_is_json_type(ohm_span content_type);

/* A whole number within bounds, without sign or zeros in front. */
OHM_MUST_CHECK ohm_code ohm_text_uint(const char *text, uint64_t max, uint64_t *out);

#endif
