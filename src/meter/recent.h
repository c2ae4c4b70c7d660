/* The last message of a device, for people who look closer: as it came, and what it said, the
 * latter squeezed. Kept in memory of its own size, which grows to what its messages need and then
 * stays. */
#ifndef OHM_METER_RECENT_H
#define OHM_METER_RECENT_H

#include "meter/protocol.h"

enum {
    OHM_RECENT_RAW_MAX = 1024,
    OHM_RECENT_JSON_MAX = 16 * 1024, /* a longer message is not kept in the clear */
};

typedef struct ohm_recent {
    /* Bytes since the message before, the last OHM_RECENT_RAW_MAX of them. */
    uint8_t *raw;
    uint16_t raw_cap;
    size_t raw_len;
    bool raw_cut;  /* there were more before them */
    bool raw_full; /* a message came: the next bytes begin anew */
    uint8_t *json; /* what `decode` would print, squeezed */
    uint16_t json_len, json_cap;
    ohm_ms came_ms; /* of the message; OHM_NO_MS: none, or our clock was not set */
} ohm_recent;

void ohm_recent_bytes(ohm_recent *r, ohm_span bytes);
void ohm_recent_message(ohm_recent *r, const ohm_protocol *protocol, const void *message,
                        const ohm_meter_clock *clock, ohm_ms now_ms);
void ohm_recent_free(ohm_recent *r);

/* "hex", "cut", "came" and "message" as members of an open object. */
void ohm_recent_write(const ohm_recent *r, ohm_json *json);

#endif
