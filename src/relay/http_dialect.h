/* What switches on HTTP understand and say: a row a maker. Text in, text out; nothing is sent here.
 *
 *   shelly-http   Gen2 and later: /rpc/Switch.Set and /rpc/Switch.GetStatus
 *   shelly1-http  Gen1: /relay/N
 *   tasmota-http  /cm?cmnd=POWER
 *   http          URLs of the configuration, in which {device} stands for the channel's name
 *
 * A channel's name is "host", "host:port" or, with the relay's number, "host/2". Every order says
 * which state, none "the other one". */
#ifndef OHM_RELAY_HTTP_DIALECT_H
#define OHM_RELAY_HTTP_DIALECT_H

#include "base/err.h"
#include "base/span.h"

enum { OHM_HTTP_SWITCH_URL_MAX = 512 };

/* Who asks, and what of. */
typedef struct ohm_http_switch {
    const char *name;             /* of the channel */
    int64_t deadman_s;            /* 0: none */
    const char *on, *off, *state; /* "http": its URLs */
    const char *pointer;          /* "http": where the state is in the answer; "" = all of it */
} ohm_http_switch;

typedef struct ohm_http_dialect {
    const char *name;
    bool lets_go; /* knows a dead-man */
    /* OHM_TOO_BIG: no URL comes of it. */
    ohm_code (*set)(const ohm_http_switch *s, bool on, char out[static OHM_HTTP_SWITCH_URL_MAX]);
    ohm_code (*ask)(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX]);
    /* Before the first order, where the dead-man is a setting of the device; NULL: it goes with the
     * orders. */
    ohm_code (*prepare)(const ohm_http_switch *s, char out[static OHM_HTTP_SWITCH_URL_MAX]);
    /* Where the answer to `ask` says that the coil is. Hostile bytes: false, it does not. */
    bool (*read)(const ohm_http_switch *s, ohm_span body, bool *ret_on);
} ohm_http_dialect;

extern const ohm_http_dialect ohm_http_shelly, ohm_http_shelly1, ohm_http_tasmota, ohm_http_own;

/* NULL: none of that name. */
const ohm_http_dialect *ohm_http_dialect_find(const char *name);

struct json_t;
/* What a JSON pointer (RFC 6901) points to, "" = the whole; NULL: nothing. */
const struct json_t *ohm_http_point(const struct json_t *value, const char *pointer);

/* Is it the name of a channel of this dialect? */
bool ohm_http_name_good(const ohm_http_dialect *dialect, const char *name);

#endif
