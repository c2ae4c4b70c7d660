/* Which speed and framing a line speaks, found out by trying: bytes that come for a while and
 * make no frame are read at another of the speeds that the protocol knows. Pure: times are given.
 *
 * What makes a frame stays. A line that fell silent is not tried: only noise shows that the speed
 * is wrong; and it counts from its first byte, because a meter may pause for a minute between
 * its pushes. */
#ifndef OHM_METER_LINE_HUNT_H
#define OHM_METER_LINE_HUNT_H

#include "base/time.h"
#include "meter/protocol.h"

enum { OHM_LINE_HUNT_MAX = 16 };

typedef struct ohm_line_hunt {
    ohm_protocol_line lines[OHM_LINE_HUNT_MAX];
    uint8_t count, at; /* lines[at] is set now */
    int64_t pause_ms;  /* noise for so long is enough */
    bool noisy;
    int64_t noise_ms; /* since when */
    uint64_t noise_bytes;
} ohm_line_hunt;

/* The lines of one protocol, or of all of them (NULL). What is configured is not tried anew:
 * `baud` 0 and `framing` "" are not. pause_ms 0: as long as a frame of these may take. */
void ohm_line_hunt_init(ohm_line_hunt *hunt, const ohm_protocol *protocol, uint32_t baud,
                        const char *framing, int64_t pause_ms);

static inline const ohm_protocol_line *ohm_line_hunt_now(const ohm_line_hunt *hunt)
{
    return &hunt->lines[hunt->at];
}

/* Bytes came, which so far are noise; a frame came. */
void ohm_line_hunt_bytes(ohm_line_hunt *hunt, size_t count, ohm_mono_ms now);
void ohm_line_hunt_frame(ohm_line_hunt *hunt);

/* Is it time for the next one? Then ohm_line_hunt_now is another. */
bool ohm_line_hunt_next(ohm_line_hunt *hunt, ohm_mono_ms now);

#endif
