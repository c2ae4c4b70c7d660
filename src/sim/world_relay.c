/* The relays of a world: what they are told, what they do, what they say. */
#include "sim/world_own.h"

void world_relay_order(ohm_world *w, uint16_t load, bool fed)
{
    world_relay *r = &w->relays[load];
    r->told_fed = fed;
    r->report = true;
    r->report_fed = fed;
    r->report_state = OHM_OUTPUT_OK;
    if (r->refuses) {
        r->report_state = OHM_OUTPUT_FAILED;
        r->report_fed = r->fed;
    } else if (!r->stuck && r->fed != fed) {
        int64_t oldest = r->moved[r->moved_next];
        int64_t last = r->moved[(r->moved_next + WORLD_OPERATIONS - 1) % WORLD_OPERATIONS];
        bool many = r->moves >= WORLD_OPERATIONS && w->now.v - oldest < OHM_MINUTE_MS;
        bool soon = r->moves > 0 && w->now.v - last < WORLD_RELAY_MS;
        if (many || soon)
            world_break(w, "a relay operates no more often than it is rated");
        r->moved[r->moved_next] = w->now.v;
        r->moved_next = (r->moved_next + 1) % WORLD_OPERATIONS;
        r->moves++;
        r->fed = fed;
    }
    if (r->liar && world_draw(w, 2)) {
        r->report_state = (ohm_output_state)world_draw(w, OHM_OUTPUTS_COUNT);
        r->report_fed = world_draw(w, 2);
    }
    world_house_draw(w);
    world_busy(w);
}

void world_relay_release(ohm_world *w)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        world_relay *r = &w->relays[i];
        r->report = false;
        if (!r->stuck)
            r->fed = w->config.engine.loads[i].failsafe_fed;
        r->told_fed = r->fed;
        r->moves = 0; /* a start reads before it writes */
    }
    world_house_draw(w);
    world_busy(w);
}

void world_relay_report(ohm_world *w)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count && w->running; i++) {
        world_relay *r = &w->relays[i];
        if (!r->report)
            continue;
        r->report = false;
        ohm_event event = { .kind = OHM_EVENT_OUTPUT };
        event.output.load = i;
        event.output.state = r->report_state;
        event.output.fed = r->report_fed;
        world_feed(w, event);
    }
}
