#include "meter/health.h"

enum {
    NOISE_BYTES = 512, /* longer than any frame of a push at the slowest line's pace */
    NOISE_MS = 10000,  /* and for so long */
    TAG_FAILURES = 2,  /* in a row: one may be a frame that lied past its checksum */
};

static const int64_t never = INT64_MIN;

void ohm_meter_health_init(ohm_meter_health *h, int64_t stale_after_ms, ohm_mono_ms now)
{
    *h = (ohm_meter_health){
        .stale_after_ms = stale_after_ms,
        .up_ms = now.v,
        .bytes_ms = never,
        .frame_ms = never,
        .message_ms = never,
        .trouble_ms = never,
        .trouble = OHM_METER_OK,
        .read = OHM_METER_OK,
    };
}

void ohm_meter_health_up(ohm_meter_health *h, ohm_mono_ms now)
{
    h->up = true;
    h->failed = false;
    h->up_ms = now.v;
    h->noise_bytes = 0;
}

void ohm_meter_health_down(ohm_meter_health *h, bool was_up)
{
    h->up = false;
    h->failed = h->failed || !was_up;
}

void ohm_meter_health_bytes(ohm_meter_health *h, size_t count, ohm_mono_ms now)
{
    h->bytes_ms = now.v;
    h->noise_bytes += count;
}

void ohm_meter_health_frame(ohm_meter_health *h, ohm_mono_ms now)
{
    h->frame_ms = now.v;
    h->noise_bytes = 0;
}

void ohm_meter_health_message(ohm_meter_health *h, ohm_mono_ms now)
{
    h->message_ms = now.v;
    h->was_ok = true;
    h->trouble = OHM_METER_OK;
    h->tag_failures = 0;
}

/* A device's bytes choose the state: one that is no trouble is taken as want of an answer, never
 * as a reason to stop the process. */
void ohm_meter_health_trouble(ohm_meter_health *h, ohm_meter_state trouble, ohm_mono_ms now)
{
    if (!ohm_meter_state_trouble(trouble))
        trouble = OHM_METER_NO_ANSWER;
    h->trouble_ms = now.v;
    h->tag_failures = trouble == OHM_METER_WRONG_KEY ? h->tag_failures + 1 : 0;
    if (trouble != OHM_METER_WRONG_KEY || h->tag_failures >= TAG_FAILURES)
        h->trouble = trouble;
}

void ohm_meter_health_read(ohm_meter_health *h, ohm_meter_state read)
{
    h->read = ohm_meter_state_read(read) ? read : OHM_METER_PARTLY;
}

static bool recent(const ohm_meter_health *h, int64_t at_ms, ohm_mono_ms now)
{
    return at_ms != never && now.v - at_ms < h->stale_after_ms;
}

ohm_meter_state ohm_meter_health_state(const ohm_meter_health *h, ohm_mono_ms now)
{
    ohm_meter_state silent = h->was_ok ? OHM_METER_STALE : OHM_METER_NO_BYTES;
    ohm_meter_state early = h->was_ok ? OHM_METER_STALE : OHM_METER_STARTING;
    if (!h->up && h->failed)
        return OHM_METER_UNREACHABLE;
    if (recent(h, h->message_ms, now))
        return h->read;
    /* A device that is asked seldom has its trouble until it answers. */
    if (h->trouble != OHM_METER_OK && (h->asked || recent(h, h->trouble_ms, now)))
        return h->trouble;
    if (!h->up || h->asked)
        return early;
    if (h->noise_bytes >= NOISE_BYTES && now.v - h->up_ms >= NOISE_MS &&
        !recent(h, h->frame_ms, now))
        return OHM_METER_NO_FRAME;
    if (now.v - h->up_ms < h->stale_after_ms || recent(h, h->frame_ms, now))
        return early;
    bool noise = recent(h, h->bytes_ms, now);
    return noise ? OHM_METER_NO_FRAME : silent;
}
