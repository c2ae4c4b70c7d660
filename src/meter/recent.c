#include "meter/recent.h"

#include <stdlib.h>

#include "base/squeeze.h"

enum { ROUND = 32 };

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

void ohm_recent_message(ohm_recent *r, const ohm_protocol *protocol, const void *message,
                        const ohm_meter_clock *clock, ohm_ms now_ms)
{
    char text[OHM_RECENT_JSON_MAX];
    uint8_t small[OHM_SQUEEZE_MAX(OHM_RECENT_JSON_MAX)];
    ohm_json json;
    size_t len = 0;
    r->raw_full = true;
    r->came_ms = now_ms;
    r->json_len = 0;
    ohm_json_init(&json, text, sizeof text);
    protocol->json(&json, message, clock);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return;
    len = ohm_squeeze(ohm_span_of((const uint8_t *)text, len), small, sizeof small);
    if (len > r->json_cap) {
        size_t wanted = len + ROUND; /* the next one may be a little longer */
        uint8_t *bigger = realloc(r->json, wanted);
        if (!bigger)
            return;
        r->json = bigger;
        r->json_cap = (uint16_t)wanted;
    }
    memcpy(r->json, small, len);
    r->json_len = (uint16_t)len;
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
    uint8_t text[OHM_RECENT_JSON_MAX];
    size_t len = 0;
    if (r->json_len > 0 &&
        ohm_unsqueeze(ohm_span_of(r->json, r->json_len), text, sizeof text, &len) == OHM_OK)
        ohm_json_raw(json, ohm_span_of(text, len));
    else
        ohm_json_null(json);
}
