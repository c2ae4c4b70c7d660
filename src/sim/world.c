/* A world's loop: time from event to event, and the daemon's part between house and engine. */
#include "sim/world.h"

#include <stdlib.h>

#include "sim/world_own.h"

enum {
    BUSY_MS = 75 * OHM_SECOND_MS, /* so long after something happened, every two seconds count */
    GAP_MS = 2 * OHM_SECOND_MS,
    GAP_MS_MAX = 30 * OHM_SECOND_MS,
    SIGNAL_MS = OHM_HOUR_MS,
    FLOOD = 40,
    STORM_MS = 3 * OHM_SECOND_MS,
    ZONE_STALE_MS = 20 * OHM_MINUTE_MS,
    COMMAND_MS = 12 * OHM_HOUR_MS, /* on average */
};

/* xorshift64*: a seed, a history. */
uint32_t world_draw(ohm_world *w, uint32_t n)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    uint32_t drawn = (uint32_t)((w->random * UINT64_C(2685821657736338717)) >> 32);
    return n > 0 ? drawn % n : 0;
}

ohm_ms world_utc(const ohm_world *w)
{
    return w->config.start_ms + w->now.v;
}

void world_break(ohm_world *w, const char *invariant)
{
    if (w->result.broken)
        return; /* the first one is what matters */
    w->result.broken = invariant;
    w->result.broken_ms = world_utc(w);
}

void world_holds(ohm_world *w, bool holds, const char *invariant)
{
    w->result.asserted++;
    if (!holds)
        world_break(w, invariant);
}

void world_busy(ohm_world *w)
{
    w->busy_until = ohm_mono_after(w->now, BUSY_MS);
    ohm_mono_ms soon = ohm_mono_after(w->now, GAP_MS);
    w->frame_gap = GAP_MS;
    if (soon.v < w->frame_at.v)
        w->frame_at = soon;
    if (soon.v < w->tick_at.v)
        w->tick_at = soon;
}

/* --- the daemon ----------------------------------------------------------------------------- */

/* The daemon saves after every action. Most of that is never read: here it is done when it will
 * be, at the end of a process or of the disk, and now and then, since a start may find a state of
 * minutes ago. */
void world_save(ohm_world *w)
{
    w->saved_at = w->now;
    if (world_is(w, WORLD_DISK_FULL))
        return;
    w->unsaved = false;
    w->saved_mj = w->heard_mj;
    ohm_code code = ohm_engine_snapshot(w->engine, OHM_SNAPSHOT_START, w->saved, OHM_SNAPSHOT_MAX,
                                        &w->saved_len);
    world_holds(w, code == OHM_OK, "the state can be saved");
}

void world_feed(ohm_world *w, ohm_event event)
{
    if (!w->running)
        return;
    event.mono = (ohm_mono_ms){ w->now.v - w->boot_offset };
    event.utc_ms = world_utc(w) + w->clock_error;
    ohm_code code = ohm_engine_accepts(w->engine, &event);
    world_holds(w, code == OHM_OK || event.kind == OHM_EVENT_COMMAND,
                "what the world says fits the engine");
    if (code != OHM_OK)
        return;
    if (w->unsaved && world_is(w, WORLD_CUT_AT_WRITE))
        world_save(w);
    ohm_engine_step(w->engine, &event, &w->actions);
    w->result.events++;
    world_watch_actions(w, &event);
    bool acted = w->actions.count > 0;
    bool cut = acted && world_is(w, WORLD_CUT_AT_WRITE);
    for (uint16_t i = 0; i < w->actions.count; i++) {
        const ohm_action *action = &w->actions.items[i];
        if (w->on_action)
            w->on_action(w->ctx, action);
        const ohm_decision *d = &action->decision;
        if (action->notice == OHM_NOTICE_NONE && (d->switches || d->adjusts))
            world_relay_order(w, d->load, d->fed, d->setting);
    }
    if (cut) { /* the relays have moved, and nobody will know why */
        world_count_deed(w, WORLD_DEED_CUT_AT_WRITE);
        w->faults[WORLD_CUT_AT_WRITE].change = w->now;
        w->watch.promise.on = false;
        w->unsaved = false;
        w->disturbed = w->now;
        world_down(w, (40 + (int64_t)world_draw(w, 60)) * OHM_SECOND_MS, false);
        w->boot_id++;
        w->boot_offset = w->now.v;
        return;
    }
    w->unsaved = w->unsaved || acted;
    if (ohm_mono_since(w->now, w->saved_at) >= WORLD_SAVE_MS)
        world_save(w);
    world_watch_after(w, &event);
}

void world_down(ohm_world *w, int64_t ms, bool held)
{
    if (w->running && w->unsaved)
        world_save(w);
    if (w->running && held)
        world_count_deed(w, WORLD_DEED_HELD);
    else if (w->running)
        world_relay_release(w);
    w->running = false;
    w->start_at = ohm_mono_after(w->now, ms);
}

void world_stop(ohm_world *w)
{
    if (!w->running || w->stopped)
        return;
    world_feed(w, (ohm_event){ .kind = OHM_EVENT_STOP });
    w->stopped = true;
    w->stop_end = ohm_mono_after(w->now, WORLD_STOP_MS);
    w->stop_next = ohm_mono_after(w->now, OHM_SECOND_MS);
    world_busy(w);
}

/* As the daemon does (cmd/daemon_stop.c): a second at a time until all is back, or long enough was
 * waited; then one more is let go of each second. */
static void go_on_stopping(ohm_world *w)
{
    bool late = ohm_mono_since(w->now, w->stop_end) >= 0;
    if (ohm_engine_is_settled(w->engine) || (late && ohm_engine_is_let_go(w->engine))) {
        w->disturbed = w->now;
        world_down(w, (5 + (int64_t)world_draw(w, 60)) * OHM_SECOND_MS, false);
        return;
    }
    w->stop_next = ohm_mono_after(w->now, OHM_SECOND_MS);
    world_feed(w, (ohm_event){ .kind = late ? OHM_EVENT_STOP : OHM_EVENT_TICK });
}

static void start(ohm_world *w)
{
    world_reconfigure(w);
    ohm_err err = ohm_fail(OHM_UNKNOWN, 0, "nothing saved");
    if (w->saved_len > 0)
        err = ohm_engine_restore(w->engine, ohm_span_of(w->saved, w->saved_len));
    if (!ohm_failed(err))
        ohm_engine_reconfigure(w->engine, &w->config.engine);
    else
        ohm_engine_init(w->engine, &w->config.engine);
    world_holds(w, !ohm_failed(err) || w->saved_len == 0, "a saved state can be read");
    if (w->unsaved)
        world_count_deed(w, WORLD_DEED_FORGOTTEN);
    ohm_engine_number_from(w->engine, w->watch.next_seq);
    memset(&w->boot, 0, sizeof w->boot);
    w->boot.boot_id = w->boot_id;
    w->boot.clock_set = w->clock_set;
    w->boot.outputs_count = w->config.engine.loads_count;
    for (uint16_t i = 0; i < w->boot.outputs_count; i++) {
        world_relay_read(w, i);
        w->boot.outputs[i] = (ohm_boot_output){ .known = true,
                                                .fed = w->relays[i].told_fed,
                                                .setting = w->relays[i].told_setting };
    }
    w->running = true;
    w->stopped = false;
    w->started = w->now;
    w->heard_mj = w->saved_mj; /* of what came later it knows nothing */
    w->result.starts++;
    w->disturbed = w->now;
    world_watch_start(w);
    world_feed(w, (ohm_event){ .kind = OHM_EVENT_START, .boot = &w->boot });
    world_signal(w);
    w->signal_at = ohm_mono_after(w->now, SIGNAL_MS);
    world_busy(w);
}

/* --- time ----------------------------------------------------------------------------------- */

static ohm_mono_ms earlier(ohm_mono_ms a, ohm_mono_ms b)
{
    return a.v < b.v ? a : b;
}

static ohm_mono_ms next_event(const ohm_world *w)
{
    ohm_mono_ms next = earlier(world_house_next(w), world_faults_next(w));
    if (!w->running) /* and it does not start while there is no power */
        return w->house.powered ? earlier(next, w->start_at) : next;
    next = earlier(next, earlier(w->frame_at, w->tick_at));
    if (w->stopped)
        next = earlier(next, w->stop_next);
    return earlier(next, earlier(w->signal_at, w->command_at));
}

static bool due(const ohm_world *w, ohm_mono_ms at)
{
    return ohm_mono_since(at, w->now) <= 0;
}

/* The same again and again, other people's meters, and old news. */
static void flood(ohm_world *w)
{
    for (int i = 0; i < FLOOD && w->running; i++) {
        ohm_frame other = w->frame;
        other.device = i % 2 == 0 ? 0 : (uint16_t)(1 + world_draw(w, 20));
        for (int v = 0; v < other.count && other.device != 0; v++)
            other.values[v].value = (int64_t)world_draw(w, UINT32_MAX) - INT32_MAX;
        world_feed(w, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &other });
        if (i % 10 == 0 && w->running)
            world_feed(w, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &w->signal });
    }
}

/* Sensors of rooms and tanks say theirs as often as the meter is to. */
static void tell_sensors(ohm_world *w)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count && w->running; i++) {
        if (!world_has_sensor(w, i))
            continue;
        if (world_is(w, WORLD_SENSOR_SILENT) && w->faults[WORLD_SENSOR_SILENT].load == i) {
            world_count_deed(w, WORLD_DEED_SENSOR_MUTE);
            continue;
        }
        ohm_frame frame = { .device = (uint16_t)(WORLD_SENSORS + i),
                            .time_ms = world_utc(w),
                            .count = 1 };
        bool still = world_is(w, WORLD_SENSOR_FROZEN) && w->faults[WORLD_SENSOR_FROZEN].load == i;
        int64_t value;
        uint16_t quantity = world_sensed(w, i, &value);
        if (still && w->felt[i] != 0)
            world_count_deed(w, WORLD_DEED_SENSOR_STILL);
        else
            w->felt[i] = value;
        frame.values[0] = (ohm_value){ quantity, OHM_QUALITY_GOOD, w->felt[i] };
        w->felt_at[i] = w->now;
        world_feed(w, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
    }
}

static void tell_frame(ohm_world *w)
{
    bool busy = w->now.v < w->busy_until.v;
    w->frame_gap = busy ? GAP_MS : 2 * w->frame_gap;
    if (w->frame_gap > GAP_MS_MAX)
        w->frame_gap = GAP_MS_MAX;
    w->frame_at = ohm_mono_after(w->now, w->frame_gap);
    if (!w->house.powered)
        return;
    tell_sensors(w);
    if (world_is(w, WORLD_METER_SILENT) || !w->running)
        return;
    if (!world_is(w, WORLD_METER_FROZEN) || w->frame.count == 0)
        world_make_frame(w, &w->frame);
    world_feed(w, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &w->frame });
    if (world_is(w, WORLD_FLOOD))
        flood(w);
    w->tick_at = ohm_mono_after(w->now, w->frame_gap);
}

static void tell(ohm_world *w)
{
    if (due(w, w->signal_at)) {
        w->signal_at = ohm_mono_after(w->now, SIGNAL_MS);
        world_signal(w);
    }
    if (due(w, w->command_at)) {
        bool storm = world_is(w, WORLD_COMMAND_STORM);
        int64_t ms = storm ? STORM_MS : 1 + (int64_t)world_draw(w, 2 * COMMAND_MS);
        w->command_at = ohm_mono_after(w->now, ms);
        if (!w->config.unasked)
            world_command(w);
    }
    if (due(w, w->frame_at))
        tell_frame(w);
    if (due(w, w->tick_at)) {
        bool busy = w->now.v < w->busy_until.v;
        w->tick_at = ohm_mono_after(w->now, busy ? GAP_MS : 10 * (int64_t)OHM_SECOND_MS);
        world_feed(w, (ohm_event){ .kind = OHM_EVENT_TICK });
    }
    if (w->stopped && w->running && due(w, w->stop_next))
        go_on_stopping(w);
    world_relay_report(w);
}

void ohm_world_run(ohm_world *w, int64_t days)
{
    int64_t end = w->now.v + days * 24 * (int64_t)OHM_HOUR_MS;
    while (w->now.v < end && !w->result.broken) {
        ohm_mono_ms next = next_event(w);
        if (next.v > end)
            next.v = end;
        world_house_pass(w, next.v > w->now.v ? next.v - w->now.v : 0);
        world_house_change(w);
        world_faults_change(w);
        if (world_is(w, WORLD_COMMAND_STORM) && w->command_at.v > w->now.v + STORM_MS)
            w->command_at = ohm_mono_after(w->now, STORM_MS);
        if (!w->running && w->house.powered && due(w, w->start_at))
            start(w);
        if (w->running)
            tell(w);
    }
    w->result.import_wh = (w->house.import_mj - w->house.import_from_mj) / 3600000;
}

/* --- beginning and end ---------------------------------------------------------------------- */

void ohm_world_guard(ohm_load *load, uint16_t index, const ohm_world_load *is)
{
    load->comfort_device = (uint16_t)(WORLD_SENSORS + index + 1);
    load->comfort_quantity =
        is->kind == OHM_WORLD_BATTERY ? OHM_Q_BATTERY_CHARGE : OHM_Q_TEMPERATURE;
    load->comfort_min = is->comfort;
}

void ohm_world_heat(ohm_engine_config *config, uint16_t load, int32_t set_cc, int32_t frost_cc)
{
    ohm_heat_zone *zone = &config->zones[config->zones_count++];
    *zone = (ohm_heat_zone){
        .device = (uint16_t)(WORLD_SENSORS + load),
        .stale_ms = ZONE_STALE_MS,
        .stale_fed = load % 2 == 0,
        .hysteresis_cc = ZONE_BAND_CC,
        .frost_cc = frost_cc,
        .below_cc = ZONE_SLACK_CC,
        .above_cc = ZONE_SLACK_CC,
        .loads_count = 1,
        .loads = { load },
        .times_count = 2,
        .times = { { .minute = 6 * 60, .weekdays = 0x7f, .set_cc = set_cc },
                   { .minute = 22 * 60, .weekdays = 0x7f, .set_cc = set_cc - ZONE_NIGHT_CC } },
    };
    memcpy(zone->id, config->loads[load].id, sizeof zone->id);
    memcpy(zone->name, config->loads[load].id, sizeof config->loads[load].id);
}

ohm_err ohm_world_new(const ohm_world_config *config, uint64_t seed, ohm_world **ret_world)
{
    OHM_TRY(ohm_engine_config_check(&config->engine));
    if (config->engine.loads_count == 0 || config->engine.loads_count > OHM_WORLD_LOADS_MAX)
        return ohm_fail(OHM_RANGE, 0, "a world has 1 to 16 loads");
    ohm_world *w = calloc(1, sizeof *w);
    if (!w)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    w->engine = malloc(ohm_engine_size());
    w->saved = malloc(OHM_SNAPSHOT_MAX);
    if (!w->engine || !w->saved) {
        ohm_world_free(w);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    w->config = *config;
    w->config.engine.seed = seed;
    w->file = w->config.engine;
    w->seed = seed;
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    w->clock_set = true;
    w->boot_id = 1;
    w->now.v = OHM_HOUR_MS;
    w->over_since = INT64_MAX;
    w->disturbed = w->start_at = w->frame_at = w->tick_at = w->now;
    w->signal_at = w->command_at = ohm_mono_after(w->now, SIGNAL_MS);
    for (uint16_t i = 0; i < config->engine.loads_count; i++)
        w->relays[i] = (world_relay){ .fed = config->engine.loads[i].failsafe_fed,
                                      .told_fed = config->engine.loads[i].failsafe_fed,
                                      .setting = config->engine.loads[i].safe_setting,
                                      .told_setting = config->engine.loads[i].safe_setting };
    world_house_init(w);
    w->heard_mj = w->saved_mj = w->house.import_mj;
    world_faults_init(w);
    world_watch_init(w);
    world_house_draw(w);
    *ret_world = w;
    return ohm_ok();
}

void ohm_world_free(ohm_world *w)
{
    if (!w)
        return;
    free(w->engine);
    free(w->saved);
    free(w);
}

void ohm_world_listen(ohm_world *w, ohm_world_on_action on_action, void *ctx)
{
    w->on_action = on_action;
    w->ctx = ctx;
}

const ohm_world_result *ohm_world_result_of(const ohm_world *w)
{
    return &w->result;
}
