#include "web/live.h"

void ohm_live_init(ohm_live *live, ohm_ms utc_ms)
{
    *live = (ohm_live){ .next_id = utc_ms > 0 ? (uint64_t)utc_ms : 1 };
}

void ohm_live_release(ohm_live *live)
{
    for (unsigned i = 0; i < live->count; i++)
        ohm_blob_unref(live->ring[(live->first + i) % OHM_LIVE_RING_MAX].data);
    ohm_blob_unref(live->state.data);
    *live = (ohm_live){ .next_id = live->next_id };
}

ohm_code ohm_live_add(ohm_live *live, bool decision, ohm_span json)
{
    ohm_blob *data = ohm_blob_new(json);
    if (!data)
        return OHM_NO_MEMORY;
    ohm_live_event *slot = &live->ring[(live->first + live->count) % OHM_LIVE_RING_MAX];
    if (live->count == OHM_LIVE_RING_MAX) {
        ohm_blob_unref(slot->data); /* the oldest */
        live->first = (live->first + 1) % OHM_LIVE_RING_MAX;
        live->count--;
    }
    *slot = (ohm_live_event){ live->next_id++, decision ? "decision" : "notice", data };
    live->count++;
    return OHM_OK;
}

void ohm_live_set_state(ohm_live *live, ohm_blob *state)
{
    ohm_blob_unref(live->state.data);
    live->state = (ohm_live_event){ live->next_id++, "state", ohm_blob_ref(state) };
}

void ohm_live_forget_state(ohm_live *live)
{
    ohm_blob_unref(live->state.data);
    live->state.data = NULL;
}

bool ohm_live_state_is_old(const ohm_live *live)
{
    if (!live->state.data)
        return true;
    unsigned last = (live->first + live->count - 1) % OHM_LIVE_RING_MAX;
    return live->count && live->ring[last].id > live->state.id;
}

uint64_t ohm_live_start(const ohm_live *live, uint64_t last_event_id)
{
    uint64_t before_state = live->state.data ? live->state.id - 1 : live->next_id - 1;
    bool ours = last_event_id > 0 && last_event_id < live->next_id;
    return ours && last_event_id < before_state ? last_event_id : before_state;
}

bool ohm_live_next(const ohm_live *live, uint64_t seen, ohm_live_event *ret_event)
{
    const ohm_live_event *next = NULL;
    if (live->state.data && live->state.id > seen)
        next = &live->state;
    /* Ids in the ring grow by one or two: look from the newest back to the first after `seen`. */
    for (unsigned i = live->count; i > 0; i--) {
        const ohm_live_event *event = &live->ring[(live->first + i - 1) % OHM_LIVE_RING_MAX];
        if (event->id <= seen)
            break;
        if (!next || event->id < next->id)
            next = event;
    }
    if (next)
        *ret_event = *next;
    return next != NULL;
}
