/* What goes wrong in a world, and what people and the grid ask of it. */
#include "control/setting.h"
#include "sim/world_own.h"

enum {
    SIGNAL_DAYS = 3,
    HUNDRED_DAYS_S = 100 * 86400,
    METER_QUANTITIES = 8,
};

/* How often, and how long at the least and most, in seconds. */
static const struct {
    size_t rate; /* in ohm_world_faults */
    int32_t least_s, most_s;
} kinds[WORLD_FAULTS_COUNT] = {
    [WORLD_METER_SILENT] = { offsetof(ohm_world_faults, meter_silent), 5, 7200 },
    [WORLD_METER_FROZEN] = { offsetof(ohm_world_faults, meter_frozen), 60, 7200 },
    [WORLD_METER_UNIT] = { offsetof(ohm_world_faults, meter_unit), 1, 3600 },
    [WORLD_REGISTER_BACK] = { offsetof(ohm_world_faults, register_back), 1, 600 },
    [WORLD_CLOCK_JUMP] = { offsetof(ohm_world_faults, clock_jump), 60, 14400 },
    [WORLD_CLOCK_LOST] = { offsetof(ohm_world_faults, clock_lost), 60, 7200 },
    [WORLD_RELAY_STUCK] = { offsetof(ohm_world_faults, relay_stuck), 600, 86400 },
    [WORLD_RELAY_LIAR] = { offsetof(ohm_world_faults, relay_liar), 600, 14400 },
    [WORLD_RELAY_REFUSES] = { offsetof(ohm_world_faults, relay_refuses), 60, 14400 },
    [WORLD_POWER_CUT] = { offsetof(ohm_world_faults, power_cut), 1, 7200 },
    [WORLD_KILLED] = { offsetof(ohm_world_faults, killed), 1, 2 },
    [WORLD_CUT_AT_WRITE] = { offsetof(ohm_world_faults, cut_at_write), 1, 86400 },
    [WORLD_DISK_FULL] = { offsetof(ohm_world_faults, disk_full), 60, 86400 },
    [WORLD_FLOOD] = { offsetof(ohm_world_faults, flood), 10, 600 },
    [WORLD_COMMAND_STORM] = { offsetof(ohm_world_faults, command_storm), 30, 600 },
    [WORLD_STOPPED] = { offsetof(ohm_world_faults, stopped), 1, 2 },
    [WORLD_SENSOR_SILENT] = { offsetof(ohm_world_faults, sensor_silent), 600, 172800 },
    [WORLD_SENSOR_FROZEN] = { offsetof(ohm_world_faults, sensor_frozen), 600, 432000 },
    [WORLD_SIGNAL_SILENT] = { offsetof(ohm_world_faults, signal_silent), 600, 345600 },
    [WORLD_RECONFIGURED] = { offsetof(ohm_world_faults, reconfigured), 1, 2 },
    [WORLD_RULES_CHANGED] = { offsetof(ohm_world_faults, rules_changed), 1, 2 },
};

bool world_is(const ohm_world *w, world_fault fault)
{
    return w->faults[fault].on;
}

static ohm_mono_ms next_of(ohm_world *w, world_fault fault)
{
    int32_t rate;
    memcpy(&rate, (const char *)&w->config.faults + kinds[fault].rate, sizeof rate);
    if (rate <= 0)
        return (ohm_mono_ms){ INT64_MAX };
    uint32_t mean_s = (uint32_t)(HUNDRED_DAYS_S / rate);
    return ohm_mono_after(w->now, (60 + (int64_t)world_draw(w, 2 * mean_s)) * OHM_SECOND_MS);
}

static void jump(ohm_world *w, int64_t ms, bool set)
{
    bool was_set = w->clock_set;
    w->clock_error += ms;
    w->clock_set = set;
    ohm_event event = { .kind = OHM_EVENT_CLOCK };
    event.clock.set = set;
    event.clock.jump_ms = ms;
    if (ms != 0 || set != was_set)
        world_feed(w, event);
}

/* A fault begins. */
static void begin(ohm_world *w, world_fault fault)
{
    static const int64_t factors[] = { 1000, -1000 }; /* kW for W, and the other way round */
    world_fault_state *f = &w->faults[fault];
    f->load = (uint16_t)world_draw(w, w->config.engine.loads_count);
    world_relay *relay = &w->relays[f->load];
    switch (fault) {
    case WORLD_METER_UNIT:
        f->factor = factors[world_draw(w, 2)];
        break;
    case WORLD_CLOCK_JUMP:
        f->factor = world_draw(w, 2) ? OHM_HOUR_MS : -OHM_HOUR_MS;
        jump(w, f->factor, w->clock_set);
        break;
    case WORLD_CLOCK_LOST: /* and the power with it, for a moment */
        world_down(w, 40 * OHM_SECOND_MS, false);
        w->boot_id++;
        w->boot_offset = w->now.v;
        w->clock_error = -world_utc(w);
        w->clock_set = false;
        break;
    case WORLD_RELAY_STUCK:
        relay->stuck = true;
        break;
    case WORLD_RELAY_LIAR:
        relay->liar = true;
        break;
    case WORLD_RELAY_REFUSES:
        relay->refuses = true;
        break;
    case WORLD_POWER_CUT:
        w->house.powered = false;
        world_down(w, INT64_MAX / 4, false);
        break;
    case WORLD_KILLED: /* half of all boards then keep their coils as they are */
        world_down(w, (1 + (int64_t)world_draw(w, 60)) * OHM_SECOND_MS, world_draw(w, 2));
        break;
    case WORLD_STOPPED:
        world_stop(w);
        break;
    case WORLD_RECONFIGURED:
        world_stop(w);
        w->reload = true;
        break;
    case WORLD_RULES_CHANGED:
        world_change_rules(w);
        break;
    case WORLD_SENSOR_SILENT:
    case WORLD_SENSOR_FROZEN:
        for (uint16_t i = 0; i < w->config.engine.loads_count && !world_has_sensor(w, f->load); i++)
            f->load = (uint16_t)((f->load + 1) % w->config.engine.loads_count);
        break;
    case WORLD_REGISTER_BACK: /* below zero, or by more than a house draws in a day */
        f->factor = world_draw(w, 2) ? 0 : 1000000 + (int64_t)world_draw(w, 10000000);
        break;
    case WORLD_SIGNAL_SILENT:
    case WORLD_METER_SILENT:
    case WORLD_METER_FROZEN:
    case WORLD_CUT_AT_WRITE: /* when something is written next */
    case WORLD_DISK_FULL:
    case WORLD_FLOOD:
    case WORLD_COMMAND_STORM:
    case WORLD_FAULTS_COUNT:
        break;
    }
}

static void end(ohm_world *w, world_fault fault)
{
    world_relay *relay = &w->relays[w->faults[fault].load];
    switch (fault) {
    case WORLD_CLOCK_JUMP:
        if (w->clock_set)
            jump(w, -w->clock_error, true);
        break;
    case WORLD_CLOCK_LOST:
        jump(w, -w->clock_error, true);
        break;
    case WORLD_RELAY_STUCK:
        relay->stuck = false;
        relay->fed = relay->told_fed;
        relay->setting = relay->told_setting;
        break;
    case WORLD_RELAY_LIAR:
        relay->liar = false;
        break;
    case WORLD_RELAY_REFUSES:
        relay->refuses = false;
        break;
    case WORLD_POWER_CUT:
        w->house.powered = true;
        w->boot_id++;
        w->boot_offset = w->now.v;
        w->start_at = ohm_mono_after(w->now, 40 * OHM_SECOND_MS);
        break;
    case WORLD_METER_SILENT:
    case WORLD_METER_FROZEN:
    case WORLD_METER_UNIT:
    case WORLD_REGISTER_BACK:
    case WORLD_KILLED:
    case WORLD_CUT_AT_WRITE:
    case WORLD_DISK_FULL:
    case WORLD_FLOOD:
    case WORLD_COMMAND_STORM:
    case WORLD_STOPPED:
    case WORLD_SENSOR_SILENT:
    case WORLD_SENSOR_FROZEN:
    case WORLD_SIGNAL_SILENT:
    case WORLD_RECONFIGURED:
    case WORLD_RULES_CHANGED:
    case WORLD_FAULTS_COUNT:
        break;
    }
}

/* What must not keep anything from going as it should. */
static bool is_mild(world_fault fault)
{
    return fault == WORLD_DISK_FULL || fault == WORLD_COMMAND_STORM || fault == WORLD_FLOOD ||
           fault == WORLD_CUT_AT_WRITE || fault == WORLD_SENSOR_SILENT ||
           fault == WORLD_SENSOR_FROZEN || fault == WORLD_SIGNAL_SILENT ||
           fault == WORLD_RULES_CHANGED;
}

void world_faults_change(ohm_world *w)
{
    for (int i = 0; i < WORLD_FAULTS_COUNT; i++) {
        world_fault_state *f = &w->faults[i];
        if (ohm_mono_since(f->change, w->now) > 0)
            continue;
        w->disturbed = w->now;
        if (f->on) {
            f->on = false;
            end(w, (world_fault)i);
            f->change = next_of(w, (world_fault)i);
        } else {
            uint32_t more_s = (uint32_t)(kinds[i].most_s - kinds[i].least_s);
            int64_t long_s = kinds[i].least_s + (int64_t)world_draw(w, more_s);
            if (i == WORLD_DISK_FULL && w->running && w->unsaved)
                world_save(w);
            f->on = true;
            f->change = ohm_mono_after(w->now, long_s * OHM_SECOND_MS);
            world_count_fault(w, (world_fault)i);
            begin(w, (world_fault)i);
        }
        world_house_draw(w);
        world_busy(w);
    }
    for (int i = 0; i < WORLD_FAULTS_COUNT; i++)
        if (w->faults[i].on && !is_mild((world_fault)i))
            w->disturbed = w->now;
}

ohm_mono_ms world_faults_next(const ohm_world *w)
{
    ohm_mono_ms next = w->faults[0].change;
    for (int i = 1; i < WORLD_FAULTS_COUNT; i++)
        if (w->faults[i].change.v < next.v)
            next = w->faults[i].change;
    return next;
}

void world_faults_init(ohm_world *w)
{
    for (int i = 0; i < WORLD_FAULTS_COUNT; i++)
        w->faults[i].change = next_of(w, (world_fault)i);
}

/* --- the meter ----------------------------------------------------------------------------- */

static void add(ohm_frame *frame, int quantity, int64_t value)
{
    frame->values[frame->count++] = (ohm_value){ (uint16_t)quantity, OHM_QUALITY_GOOD, value };
}

void world_make_frame(ohm_world *w, ohm_frame *out)
{
    const world_fault_state *unit = &w->faults[WORLD_METER_UNIT];
    int64_t times = unit->on && unit->factor > 0 ? unit->factor : 1;
    int64_t by = unit->on && unit->factor < 0 ? -unit->factor : 1;
    int64_t wh = w->house.import_mj / 3600000;
    if (world_is(w, WORLD_REGISTER_BACK))
        wh = w->faults[WORLD_REGISTER_BACK].factor > 0 ? wh - w->faults[WORLD_REGISTER_BACK].factor
                                                       : -wh / 1000;
    else if (w->clock_set) /* without a clock nothing is counted */
        w->heard_mj = w->house.import_mj;
    *out = (ohm_frame){ .time_ms = world_utc(w) };
    if (w->config.tic) {
        add(out, OHM_Q_SUBSCRIBED_POWER, w->config.engine.contract.subscribed_va);
        add(out, OHM_Q_BREAKING_POWER, w->config.engine.contract.subscribed_va);
        add(out, OHM_Q_APPARENT_POWER_IMPORT, world_site_w(w) * 10 * times / by);
    } else {
        add(out, OHM_Q_POWER_IMPORT, world_site_w(w) * 10 * times / by);
    }
    for (int p = 0; p < WORLD_PHASES && w->config.three_phase; p++)
        add(out, (w->config.tic ? OHM_Q_APPARENT_POWER_IMPORT_L1 : OHM_Q_POWER_IMPORT_L1) + p,
            w->house.phase_w[p] * 10 * times / by);
    add(out, OHM_Q_ENERGY_IMPORT, wh);
}

/* --- people and the grid ------------------------------------------------------------------- */

/* Of a load that has settings one of them, half the time; now and then one that it has not. */
static void ask_exactly(ohm_world *w, ohm_command *command)
{
    const ohm_engine_config *c = &w->config.engine;
    if (command->load >= c->loads_count || c->loads[command->load].kind == OHM_LOAD_SWITCHED)
        return;
    const ohm_load *load = &c->loads[command->load];
    uint32_t most = load->kind == OHM_LOAD_PILOT ? OHM_ORDERS_COUNT : (uint32_t)load->nominal_w;
    command->exact = world_draw(w, 2);
    command->setting = (int32_t)world_draw(w, most + (uint32_t)load->gives_w + 1) - load->gives_w;
    if (command->setting < 0 && command->setting > -load->gives_w / 4)
        command->setting = OHM_SETTING_REST;
    if (command->exact && ohm_setting_ok(load, command->setting))
        command->fed = ohm_setting_feeds(load, command->setting);
}

void world_command(ohm_world *w)
{
    ohm_ms utc_ms = world_utc(w) + w->clock_error;
    const ohm_engine_config *c = &w->config.engine;
    ohm_command command = {
        .id = ++w->command_id,
        .kind = (ohm_command_kind)world_draw(w, OHM_COMMANDS_COUNT),
        .load = (uint16_t)world_draw(w, c->loads_count + 1U),
        .fed = world_draw(w, 2),
        .until_ms = utc_ms + (int64_t)world_draw(w, 4 * OHM_HOUR_MS) - OHM_MINUTE_MS,
        .interval = { utc_ms - OHM_MINUTE_MS, utc_ms + world_draw(w, 2 * OHM_HOUR_MS) },
        .level = (int32_t)world_draw(w, 5),
        .limit = (uint16_t)world_draw(w, c->limits_count + 1U),
        .va = (int32_t)world_draw(w, 9000),
        .plan = { .why = OHM_PLAN_WHY_LATER },
        .zone = (uint16_t)world_draw(w, c->zones_count + 1U),
        .set_cc = (int32_t)(1500 + world_draw(w, 800)),
        .actor = "world",
    };
    ask_exactly(w, &command);
    ohm_event event = { .kind = OHM_EVENT_COMMAND, .command = &command };
    w->result.commands++;
    world_feed(w, event);
    if (world_is(w, WORLD_COMMAND_STORM) && w->running) { /* somebody else's, at the same time */
        command.id = ++w->command_id;
        command.fed = !command.fed;
        command.exact = false;
        w->result.commands++;
        world_feed(w, event);
    }
    world_busy(w);
}

/* The level of an hour: tense mornings and evenings on some days of winter. */
static int32_t level_of(const ohm_world *w, ohm_ms utc_ms)
{
    ohm_civil c = ohm_civil_from_utc(&w->config.engine.tz, utc_ms);
    bool cold = c.date.month >= 11 || c.date.month <= 3;
    uint64_t mixed =
        (w->seed + (uint64_t)ohm_days_from_date(c.date)) * UINT64_C(0x9e3779b97f4a7c15);
    int32_t dice = (int32_t)((mixed >> 40) % 100);
    bool peak = (c.hour >= 8 && c.hour < 13) || (c.hour >= 18 && c.hour < 20);
    if (!cold || !peak || dice >= w->config.tense_days)
        return 1;
    return dice % 3 == 0 ? 3 : 2;
}

void world_signal(ohm_world *w)
{
    if (world_is(w, WORLD_SIGNAL_SILENT)) {
        world_count_deed(w, WORLD_DEED_SIGNAL_MUTE);
        return;
    }
    ohm_signal_init(&w->signal, OHM_SIGNAL_ECOWATT);
    ohm_ms now_ms = world_utc(w);
    ohm_ms from_ms = now_ms - now_ms % OHM_HOUR_MS - OHM_HOUR_MS;
    w->signal.made_ms = w->signal.fetched_ms = now_ms;
    for (int h = 0; h < SIGNAL_DAYS * 24; h++) {
        ohm_ms t = from_ms + h * (int64_t)OHM_HOUR_MS;
        w->signal.intervals[w->signal.count++] =
            (ohm_signal_interval){ { t, t + OHM_HOUR_MS }, level_of(w, t) };
    }
    world_feed(w, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &w->signal });
}
