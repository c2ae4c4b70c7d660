#include "meter/line_hunt.h"

enum {
    NOISE_BYTES = 16,    /* fewer may be a disturbance */
    KNOWN_MS = 4000,     /* the frames of a protocol with several speeds come one after the other */
    UNKNOWN_MS = 12000,  /* a push list may come every ten seconds */
    UNKNOWN_BAUD = 2400, /* the usual line of which nothing is known */
};

static void add(ohm_line_hunt *hunt, uint32_t baud, const char *framing)
{
    for (int i = 0; i < hunt->count; i++)
        if (hunt->lines[i].baud == baud && !strcmp(hunt->lines[i].framing, framing))
            return;
    if (hunt->count == OHM_LINE_HUNT_MAX)
        return;
    ohm_protocol_line *line = &hunt->lines[hunt->count++];
    line->baud = baud;
    memcpy(line->framing, framing, strlen(framing) + 1);
}

/* A line with what is configured in place of what is usual. */
static void add_line(ohm_line_hunt *hunt, const ohm_protocol_line *usual, uint32_t baud,
                     const char *framing)
{
    add(hunt, baud ? baud : usual->baud, *framing ? framing : usual->framing);
}

/* Those of the usual speed that is configured come first: their framing is likely. */
static void add_protocol(ohm_line_hunt *hunt, const ohm_protocol *protocol, uint32_t baud,
                         const char *framing)
{
    ohm_protocol_line usual = { .baud = protocol->baud };
    memcpy(usual.framing, protocol->framing, sizeof usual.framing);
    for (int i = 0; i < OHM_PROTOCOL_LINES_MAX && protocol->others[i].baud; i++)
        if (baud == protocol->others[i].baud)
            add_line(hunt, &protocol->others[i], baud, framing);
    add_line(hunt, &usual, baud, framing);
    for (int i = 0; i < OHM_PROTOCOL_LINES_MAX && protocol->others[i].baud; i++)
        if (baud == 0)
            add_line(hunt, &protocol->others[i], baud, framing);
}

void ohm_line_hunt_init(ohm_line_hunt *hunt, const ohm_protocol *protocol, uint32_t baud,
                        const char *framing, int64_t pause_ms)
{
    static const ohm_protocol_line unknown = { UNKNOWN_BAUD, "8E1" };
    *hunt = (ohm_line_hunt){ .pause_ms = pause_ms };
    if (pause_ms == 0)
        hunt->pause_ms = protocol ? KNOWN_MS : UNKNOWN_MS;
    if (protocol) {
        add_protocol(hunt, protocol, baud, framing);
        return;
    }
    add_line(hunt, &unknown, baud, framing);
    for (size_t i = 0; i < ohm_protocols_count; i++)
        if (ohm_protocols[i]->next)
            add_protocol(hunt, ohm_protocols[i], baud, framing);
}

void ohm_line_hunt_bytes(ohm_line_hunt *hunt, size_t count, ohm_mono_ms now)
{
    if (!hunt->noisy)
        hunt->noise_ms = now.v;
    hunt->noisy = true;
    hunt->noise_bytes += count;
}

void ohm_line_hunt_frame(ohm_line_hunt *hunt)
{
    hunt->noisy = false;
    hunt->noise_bytes = 0;
}

bool ohm_line_hunt_next(ohm_line_hunt *hunt, ohm_mono_ms now)
{
    bool due =
        hunt->noisy && hunt->noise_bytes >= NOISE_BYTES && now.v - hunt->noise_ms >= hunt->pause_ms;
    if (!due || hunt->count < 2)
        return false;
    hunt->at = (uint8_t)((hunt->at + 1) % hunt->count);
    ohm_line_hunt_frame(hunt);
    return true;
}
