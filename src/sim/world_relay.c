/* The relays of a world: what they are told, what they do, what they say. */
#include "control/setting.h"
#include "sim/world_own.h"

static void move(ohm_world *w, world_relay *r, bool fed)
{
    r->moved[r->moved_next] = w->now.v;
    r->moved_next = (r->moved_next + 1) % WORLD_OPERATIONS;
    r->moves++;
    r->fed = fed;
}

/* May it operate now, by its rating? */
static bool may_move(const ohm_world *w, const world_relay *r)
{
    int64_t oldest = r->moved[r->moved_next];
    int64_t last = r->moved[(r->moved_next + WORLD_OPERATIONS - 1) % WORLD_OPERATIONS];
    bool many = r->moves >= WORLD_OPERATIONS && w->now.v - oldest < OHM_MINUTE_MS;
    bool soon = r->moves > 0 && w->now.v - last < WORLD_RELAY_MS;
    return !many && !soon;
}

/* A liar says anything that a load can be. */
static void lie(ohm_world *w, uint16_t load, world_relay *r)
{
    const ohm_load *config = &w->config.engine.loads[load];
    world_count_deed(w, WORLD_DEED_LIE);
    r->report_state = (ohm_output_state)world_draw(w, OHM_OUTPUTS_COUNT);
    r->report_fed = world_draw(w, 2);
    if (config->kind != OHM_LOAD_SWITCHED)
        r->report_setting = ohm_setting_usual(config, r->report_fed);
}

void world_relay_order(ohm_world *w, uint16_t load, bool fed, int32_t setting)
{
    world_relay *r = &w->relays[load];
    bool rated = w->config.engine.loads[load].kind == OHM_LOAD_SWITCHED; /* a level wears nothing */
    if (r->told_fed != fed)
        w->minute.switched[load]++;
    r->told_fed = fed;
    r->told_setting = setting;
    r->settles = false;
    r->report = true;
    r->report_fed = fed;
    r->report_setting = setting;
    r->report_state = OHM_OUTPUT_OK;
    bool moves = r->fed != fed || r->setting != setting;
    if (r->refuses) {
        world_count_deed(w, WORLD_DEED_REFUSED);
        r->report_state = OHM_OUTPUT_FAILED;
        r->report_fed = r->fed;
        r->report_setting = r->setting;
    } else if (r->stuck && moves) {
        world_count_deed(w, WORLD_DEED_SWALLOWED);
    } else if (moves) {
        world_holds(w, !rated || may_move(w, r), "a relay operates no more often than it is rated");
        move(w, r, fed);
        r->setting = setting;
    }
    if (r->liar && world_draw(w, 2))
        lie(w, load, r);
    world_house_draw(w);
    world_busy(w);
}

void world_relay_release(ohm_world *w)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        world_relay *r = &w->relays[i];
        r->report = r->settles = false;
        r->told_fed = w->config.engine.loads[i].failsafe_fed;
        r->told_setting = w->config.engine.loads[i].safe_setting;
        if (!r->stuck) {
            r->fed = r->told_fed;
            r->setting = r->told_setting;
        }
        r->moves = 0; /* a start reads before it writes */
    }
    world_house_draw(w);
    world_busy(w);
}

void world_relay_read(ohm_world *w, uint16_t load)
{
    world_relay *r = &w->relays[load];
    r->report = r->settles = false; /* that was for the run before */
    if (r->stuck)
        return; /* its coil is as it was told */
    r->told_fed = r->fed;
    r->told_setting = r->setting;
}

/* What a board reports of an order that failed it makes true, as soon as the relay may move: the
 * echo may have been what was lost (relay/board.c). */
static void settle(ohm_world *w, world_relay *r)
{
    bool there = r->fed == r->report_fed && r->setting == r->report_setting;
    if (there || r->stuck || r->refuses || !may_move(w, r))
        return;
    r->settles = false;
    move(w, r, r->report_fed);
    r->setting = r->report_setting;
    world_house_draw(w);
    world_busy(w);
}

void world_relay_report(ohm_world *w)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count && w->running; i++) {
        world_relay *r = &w->relays[i];
        if (r->settles)
            settle(w, r);
        if (!r->report)
            continue;
        r->report = false;
        r->settles = r->report_state == OHM_OUTPUT_FAILED;
        r->told_fed = r->settles ? r->report_fed : r->told_fed;
        r->told_setting = r->settles ? r->report_setting : r->told_setting;
        ohm_event event = { .kind = OHM_EVENT_OUTPUT };
        event.output.load = i;
        event.output.state = r->report_state;
        event.output.fed = r->report_fed;
        event.output.setting = r->report_setting;
        world_feed(w, event);
    }
}
