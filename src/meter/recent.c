#include "meter/recent.h"

#include <stdlib.h>

enum { ROUND = 64 };

/* Room for so many bytes more, as far as they may be kept: as much as its messages need. */
static bool make_room(ohm_recent *r, size_t more)
{
    size_t wanted = r->raw_len + more < OHM_RECENT_RAW_MAX ? r->raw_len + more : OHM_RECENT_RAW_MAX;
    if (wanted <= r->raw_cap)
        return true;
    wanted = (wanted + ROUND - 1) / ROUND * ROUND;
    uint8_t *raw = realloc(r->raw, wanted);
    if (!raw)
        return false;
    r->raw = raw;
    r->raw_cap = (uint16_t)wanted;
    return true;
}

void ohm_recent_bytes(ohm_recent *r, ohm_span bytes)
{
    if (r->raw_full) {
        r->raw_full = r->raw_cut = false;
        r->raw_len = 0;
    }
    if (bytes.len > OHM_RECENT_RAW_MAX) {
        bytes = ohm_span_part(bytes, bytes.len - OHM_RECENT_RAW_MAX, OHM_RECENT_RAW_MAX);
        r->raw_cut = true;
    }
    if (!make_room(r, bytes.len))
        return; /* nothing to see is no harm */
    size_t room = OHM_RECENT_RAW_MAX - r->raw_len;
    if (bytes.len > room) {
        size_t gone = bytes.len - room;
        memmove(r->raw, r->raw + gone, r->raw_len - gone);
        r->raw_len -= gone;
        r->raw_cut = true;
    }
    if (bytes.len > 0)
        memcpy(r->raw + r->raw_len, bytes.ptr, bytes.len);
    r->raw_len += bytes.len;
}

/* Writes into what there is; says how long it would have been. */
static bool try_json(ohm_recent *r, const ohm_protocol *protocol, const void *message,
                     const ohm_meter_clock *clock, size_t *ret_wanted)
{
    ohm_json json;
    ohm_json_init(&json, r->json, r->json_cap);
    protocol->json(&json, message, clock);
    bool fits = ohm_json_finish(&json, ret_wanted) == OHM_OK;
    r->json_len = fits ? *ret_wanted : 0;
    return fits;
}

void ohm_recent_message(ohm_recent *r, const ohm_protocol *protocol, const void *message,
                        const ohm_meter_clock *clock, ohm_ms now_ms)
{
    size_t wanted = 0;
    r->raw_full = true;
    r->came_ms = now_ms;
    if (try_json(r, protocol, message, clock, &wanted) || wanted > OHM_RECENT_JSON_MAX)
        return;
    wanted += ROUND; /* the next one may be a little longer */
    char *bigger = realloc(r->json, wanted);
    if (!bigger)
        return;
    r->json = bigger;
    r->json_cap = wanted;
    (void)try_json(r, protocol, message, clock, &wanted);
}

void ohm_recent_free(ohm_recent *r)
{
    free(r->raw);
    free(r->json);
    *r = (ohm_recent){ .came_ms = OHM_NO_MS };
}

void ohm_recent_write(const ohm_recent *r, ohm_json *json)
{
    ohm_json_key(json, "hex");
    if (r->raw_len > 0)
        ohm_json_hex(json, ohm_span_of(r->raw, r->raw_len));
    else
        ohm_json_null(json);
    ohm_json_key_bool(json, "cut", r->raw_cut);
    ohm_json_key_time(json, "came", r->came_ms);
    ohm_json_key(json, "message");
    if (r->json_len > 0)
        ohm_json_raw(json, ohm_span_of(r->json, r->json_len));
    else
        ohm_json_null(json);
}
