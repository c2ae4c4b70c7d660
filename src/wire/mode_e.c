#include "wire/mode_e.h"

enum { IDLE, CALLING, NAMED, CONFIRMING, SETTLING, OVER }; /* state */

enum {
    ACK = 0x06,
    TRIES = 3,
    /* §6.4.3: between two messages lie 200 ms to 1.5 s, between two characters at most 1.5 s. */
    REACTION_MS = 1500,
    NETWORK_MS = 1000, /* a head behind a network, and its port */
    QUIET_MS = 220,    /* the shortest reaction time, and some */
    CHARACTER_MS = 34, /* ten bits at 300 baud */
    LINE_MS = 10000,   /* a whole answer: noise holds nobody up for longer */
    SEVEN_BITS = 0x7f,
    ACK_LEN = 6,
};

/* The letter of a speed (§6.3.14). */
static const uint32_t bauds[] = { 300, 600, 1200, 2400, 4800, 9600, 19200 };
enum { BAUDS_COUNT = sizeof bauds / sizeof *bauds };

ohm_code ohm_mode_e_init(ohm_mode_e *m, const char *address, uint32_t baud_max)
{
    size_t len = address ? strlen(address) : 0;
    *m = (ohm_mode_e){ .what = "", .baud_max = baud_max };
    if (len > OHM_MODE_E_ADDRESS_MAX)
        return OHM_TOO_BIG;
    for (size_t i = 0; i < len; i++)
        if (address[i] <= ' ' || address[i] > '~' || strchr("/!?", address[i]))
            return OHM_BAD_FORMAT;
    if (len > 0)
        memcpy(m->address, address, len);
    m->wake.v = INT64_MAX;
    return OHM_OK;
}

static void wake_in(ohm_mode_e *m, ohm_mono_ms now, int64_t ms)
{
    m->wake = ohm_mono_after(now, ms);
    if (m->wake.v > m->limit.v)
        m->wake = m->limit;
}

static void step(ohm_mode_e *m, uint8_t state)
{
    m->state = state;
    m->to_send = state == CALLING || state == CONFIRMING;
    m->len = 0;
}

void ohm_mode_e_open(ohm_mode_e *m, ohm_mono_ms now)
{
    m->tries = 0;
    m->echoes = m->echoed = false;
    m->wake = now;
    step(m, CALLING);
}

static size_t write_call(const ohm_mode_e *m, uint8_t *out)
{
    size_t len = strlen(m->address);
    memcpy(out, "/?", 2);
    memcpy(out + 2, m->address, len);
    memcpy(out + 2 + len, "!\r\n", 3);
    return len + 5;
}

static size_t write_ack(const ohm_mode_e *m, uint8_t out[static ACK_LEN])
{
    const uint8_t bytes[ACK_LEN] = { ACK, '2', m->z, '2', '\r', '\n' };
    memcpy(out, bytes, ACK_LEN);
    return ACK_LEN;
}

bool ohm_mode_e_take(ohm_mode_e *m, ohm_span *out, ohm_mono_ms now)
{
    if (!m->to_send)
        return false;
    m->to_send = false;
    bool call = m->state == CALLING;
    size_t len = call ? write_call(m, m->out) : write_ack(m, m->out);
    m->limit = ohm_mono_after(now, LINE_MS);
    wake_in(m, now, (int64_t)len * CHARACTER_MS + REACTION_MS + NETWORK_MS);
    *out = ohm_span_of(m->out, len);
    return true;
}

static ohm_mode_e_event fail(ohm_mode_e *m, const char *what)
{
    m->state = OVER;
    m->to_send = false;
    m->wake.v = INT64_MAX;
    m->what = what;
    return OHM_MODE_E_FAILED;
}

static ohm_mode_e_event call_again(ohm_mode_e *m)
{
    if (++m->tries >= TRIES)
        return fail(m, "nobody answers the call at 300 baud: is the head in its place?");
    step(m, CALLING);
    return OHM_MODE_E_NOTHING;
}

static void settle(ohm_mode_e *m, ohm_mono_ms now)
{
    step(m, SETTLING);
    m->wake = ohm_mono_after(now, QUIET_MS);
}

/* "/XXXZ\2identification": our own call begins with "/?". */
static ohm_mode_e_event on_identification(ohm_mode_e *m, const uint8_t *p, size_t len,
                                          ohm_mono_ms now)
{
    if (len >= 2 && p[1] == '?') {
        m->echoes = true;
        return OHM_MODE_E_NOTHING;
    }
    if (len < 7 || p[4] < '0' || p[4] > '9')
        return fail(m, "the meter names no speed that this mode has");
    size_t shown = len - 1 < sizeof m->identity - 1 ? len - 1 : sizeof m->identity - 1;
    memcpy(m->identity, p + 1, shown);
    m->identity[shown] = 0;
    if (p[5] != '\\' || p[6] != '2')
        return fail(m, "the meter offers no HDLC on its optical port (no \\2 in its name)");
    size_t z = (size_t)(p[4] - '0');
    if (z >= BAUDS_COUNT)
        return fail(m, "the meter names no speed that this mode has");
    while (z > 0 && m->baud_max != 0 && bauds[z] > m->baud_max)
        z--;
    m->z = (uint8_t)('0' + z);
    m->baud = bauds[z];
    step(m, NAMED);
    m->wake = ohm_mono_after(now, QUIET_MS);
    return OHM_MODE_E_NOTHING;
}

/* A line without its end. */
static ohm_mode_e_event on_line(ohm_mode_e *m, const uint8_t *p, size_t len, ohm_mono_ms now)
{
    const uint8_t *slash = memchr(p, '/', len);
    if (m->state == CALLING)
        return slash ? on_identification(m, slash, len - (size_t)(slash - p), now)
                     : OHM_MODE_E_NOTHING;
    const uint8_t *ack = memchr(p, ACK, len);
    if (!ack || m->state != CONFIRMING)
        return OHM_MODE_E_NOTHING;
    if (m->echoes && !m->echoed) {
        m->echoed = true; /* the first one is our own, come back */
        return OHM_MODE_E_NOTHING;
    }
    settle(m, now);
    return OHM_MODE_E_NOTHING;
}

ohm_mode_e_event ohm_mode_e_input(ohm_mode_e *m, ohm_span *in, ohm_mono_ms now)
{
    ohm_mode_e_event event = OHM_MODE_E_NOTHING;
    if (in->len > 0 && (m->state == CALLING || m->state == CONFIRMING) && !m->to_send)
        wake_in(m, now, REACTION_MS + NETWORK_MS);
    while (in->len > 0 && event == OHM_MODE_E_NOTHING && !m->to_send) {
        uint8_t byte = in->ptr[0] & SEVEN_BITS;
        *in = ohm_span_part(*in, 1, in->len - 1);
        if (byte == '\n' && m->len > 0) {
            size_t len = m->len - (m->line[m->len - 1] == '\r');
            m->len = 0;
            event = on_line(m, m->line, len, now);
        } else if (byte != '\n') {
            if (m->len == sizeof m->line)
                m->len = 0; /* noise */
            m->line[m->len++] = byte;
        }
    }
    return event;
}

ohm_mode_e_event ohm_mode_e_tick(ohm_mode_e *m, ohm_mono_ms now)
{
    if (m->to_send || now.v < m->wake.v)
        return OHM_MODE_E_NOTHING;
    switch (m->state) {
    case CALLING:
        return call_again(m);
    case NAMED:
        step(m, CONFIRMING);
        return OHM_MODE_E_NOTHING;
    case CONFIRMING: /* some change over without saying so */
        settle(m, now);
        return OHM_MODE_E_NOTHING;
    case SETTLING:
        m->state = OVER;
        m->wake.v = INT64_MAX;
        return OHM_MODE_E_DONE;
    default:
        return OHM_MODE_E_NOTHING;
    }
}
