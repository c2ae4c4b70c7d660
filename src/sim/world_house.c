/* The house of a world: what its loads want, what people switch on, what the breaker feels. */
#include "control/setting.h"
#include "sim/world_own.h"

enum {
    TANK_WH_PER_K = 232, /* 200 litres of water */
    ZONE_WH_PER_K = 4000,
    ZONE_W_PER_K = 110, /* what goes through the walls */
    BATTERY_WH = 8000,
    POWER_BACK_S_MIN = 120,
    POWER_BACK_S_MAX = 2400,
};

static const double tank_on_c = 55, tank_off_c = 60, zone_on_c = 19.0, zone_off_c = 19.6;

static ohm_civil local(const ohm_world *w)
{
    return w->house.local;
}

/* The calendar costs more than all the rest: once a minute is enough. */
static void look_at_the_clock(ohm_world *w)
{
    ohm_ms utc_ms = world_utc(w);
    if (utc_ms < w->house.local_until_ms)
        return;
    w->house.local = ohm_civil_from_utc(&w->config.engine.tz, utc_ms);
    w->house.local_until_ms = utc_ms - utc_ms % OHM_MINUTE_MS + OHM_MINUTE_MS;
}

/* 1 in the middle of a winter, 0 in that of a summer. */
static double winter(const ohm_world *w)
{
    ohm_civil c = local(w);
    int day = (c.date.month - 1) * 30 + c.date.day;
    int away = day > 195 ? day - 195 : 195 - day; /* from mid-July */
    return away > 180 ? 1 : away / 180.0;
}

static bool in_hours(const ohm_world *w, int32_t from_h, int32_t to_h)
{
    int hour = local(w).hour;
    return from_h <= to_h ? hour >= from_h && hour < to_h : hour >= from_h || hour < to_h;
}

/* --- people ---------------------------------------------------------------------------------- */

static ohm_mono_ms after_s(const ohm_world *w, int64_t seconds)
{
    return ohm_mono_after(w->now, seconds * OHM_SECOND_MS);
}

static int64_t idle_s(ohm_world *w, const ohm_world_use *use)
{
    int32_t mean_s = 86400 / (use->a_day > 0 ? use->a_day : 1);
    return 30 + world_draw(w, (uint32_t)(2 * mean_s));
}

static void change_use(ohm_world *w, uint16_t i)
{
    const ohm_world_use *use = &w->config.uses[i];
    world_use *state = &w->house.uses[i];
    if (state->on) {
        state->on = false;
        state->change = after_s(w, idle_s(w, use));
        return;
    }
    if (!w->house.powered || !in_hours(w, use->from_h, use->to_h)) {
        state->change = after_s(w, 600 + world_draw(w, 1800));
        return;
    }
    state->on = true;
    uint32_t more_s = (uint32_t)(use->most_s - use->least_s) + 1;
    state->change = after_s(w, use->least_s + (int64_t)world_draw(w, more_s));
}

/* --- loads ------------------------------------------------------------------------------------ */

static double drawn_w(const ohm_world *w, uint16_t i)
{
    bool draws = w->house.powered && w->relays[i].fed && w->house.loads[i].wants;
    int32_t most_w = w->config.loads[i].draws_w, setting = w->relays[i].setting;
    bool told = w->config.engine.loads[i].kind == OHM_LOAD_MODULATED && setting < most_w;
    return !draws ? 0 : told ? setting : most_w;
}

/* In its inverter's own mode a battery feeds the house while it can, and charges from no grid. No
 * more than its phase draws: nothing is fed in. */
static void give(ohm_world *w, uint16_t i)
{
    const world_relay *relay = &w->relays[i];
    world_load *load = &w->house.loads[i];
    load->gives_w = 0;
    if (w->config.loads[i].kind != OHM_WORLD_BATTERY || !w->house.powered || relay->fed ||
        load->left_wh >= BATTERY_WH)
        return;
    int32_t told_w = -ohm_setting_battery_w(relay->setting);
    int64_t most_w = relay->setting == OHM_SETTING_OWN ? w->config.engine.loads[i].gives_w : told_w;
    int64_t *drawn_w =
        &w->house.phase_w[w->config.three_phase ? w->config.engine.loads[i].phase - 1 : 0];
    load->gives_w = most_w < *drawn_w ? most_w : *drawn_w;
    *drawn_w -= load->gives_w;
}

static void pass_battery(world_load *load, double wh, double hours)
{
    load->left_wh += (double)load->gives_w * hours - wh;
    if (load->left_wh < 0)
        load->left_wh = 0;
    if (load->left_wh > BATTERY_WH)
        load->left_wh = BATTERY_WH;
}

uint16_t world_sensed(const ohm_world *w, uint16_t load, int64_t *ret_value)
{
    bool battery = w->config.loads[load].kind == OHM_WORLD_BATTERY;
    const world_load *is = &w->house.loads[load];
    *ret_value =
        battery ? (int64_t)(1000 - 1000 * is->left_wh / BATTERY_WH) : (int64_t)(is->temp_c * 100);
    return battery ? OHM_Q_BATTERY_CHARGE : OHM_Q_TEMPERATURE;
}

static void pass_load(ohm_world *w, uint16_t i, double hours)
{
    world_load *load = &w->house.loads[i];
    double wh = drawn_w(w, i) * hours;
    double zone_w;
    switch (w->config.loads[i].kind) {
    case OHM_WORLD_TANK:
        load->temp_c += wh / TANK_WH_PER_K - 0.25 * hours;
        break;
    case OHM_WORLD_ZONE:
        zone_w = ZONE_W_PER_K * (w->house.outdoor_c - load->temp_c);
        load->temp_c += (wh + zone_w * hours) / ZONE_WH_PER_K;
        break;
    case OHM_WORLD_CAR:
        load->left_wh -= wh;
        break;
    case OHM_WORLD_BATTERY:
        pass_battery(load, wh, hours);
        break;
    case OHM_WORLD_PLUG:
    case OHM_WORLD_KINDS_COUNT:
        break;
    }
}

/* A thermostat; true if it changed its mind. */
static bool thermostat(world_load *load, double on_c, double off_c)
{
    bool before = load->wants;
    if (load->temp_c <= on_c)
        load->wants = true;
    else if (load->temp_c >= off_c)
        load->wants = false;
    return load->wants != before;
}

static bool change_load(ohm_world *w, uint16_t i)
{
    world_load *load = &w->house.loads[i];
    bool before = load->wants;
    switch (w->config.loads[i].kind) {
    case OHM_WORLD_TANK:
        return thermostat(load, tank_on_c, tank_off_c);
    case OHM_WORLD_ZONE:
        return thermostat(load, zone_on_c, zone_off_c);
    case OHM_WORLD_CAR:
    case OHM_WORLD_BATTERY:
        load->wants = load->left_wh > 0;
        break;
    case OHM_WORLD_PLUG:
    case OHM_WORLD_KINDS_COUNT:
        load->wants = true;
        break;
    }
    return load->wants != before;
}

/* What people do with tanks and cars, in this stretch of time. */
static void live(ohm_world *w, double hours)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        ohm_world_kind kind = w->config.loads[i].kind;
        world_load *load = &w->house.loads[i];
        if (kind == OHM_WORLD_TANK && (in_hours(w, 6, 9) || in_hours(w, 19, 22)) &&
            world_draw(w, 10000) < 4000 * hours)
            load->temp_c -= 5 + world_draw(w, 8);
        if (kind == OHM_WORLD_CAR && in_hours(w, 18, 20) && load->left_wh <= 0 &&
            world_draw(w, 10000) < 3000 * hours)
            load->left_wh = 3000 + world_draw(w, 17000);
    }
}

/* --- the meter and its breaker ---------------------------------------------------------------- */

static int64_t rated_va(const ohm_world *w, int scope)
{
    int32_t va = w->config.engine.contract.subscribed_va;
    return scope == 0 ? va : va / WORLD_PHASES;
}

int64_t world_site_w(const ohm_world *w)
{
    return w->house.phase_w[0] + w->house.phase_w[1] + w->house.phase_w[2];
}

static int64_t scope_w(const ohm_world *w, int scope)
{
    return scope == 0 ? world_site_w(w) : w->house.phase_w[scope - 1];
}

static void add_w(ohm_world *w, uint8_t phase, int64_t watts)
{
    if (!w->config.three_phase)
        w->house.phase_w[0] += watts;
    else if (phase > 0)
        w->house.phase_w[phase - 1] += watts;
    else
        for (int p = 0; p < WORLD_PHASES; p++)
            w->house.phase_w[p] += watts / WORLD_PHASES;
}

void world_house_draw(ohm_world *w)
{
    for (int p = 0; p < WORLD_PHASES; p++)
        w->house.phase_w[p] = 0;
    if (w->house.powered) {
        add_w(w, 0, w->config.base_w);
        for (uint16_t i = 0; i < w->config.uses_count; i++)
            if (w->house.uses[i].on)
                add_w(w, w->config.uses[i].phase, w->config.uses[i].power_w);
        for (uint16_t i = 0; i < w->config.engine.loads_count; i++)
            add_w(w, w->config.engine.loads[i].phase, (int64_t)drawn_w(w, i));
    }
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++)
        give(w, i);
    bool over = false;
    for (int s = w->config.three_phase ? 1 : 0; s <= (w->config.three_phase ? 3 : 0); s++)
        over = over || scope_w(w, s) > rated_va(w, s);
    if (!over)
        w->over_since = INT64_MAX;
    else if (w->over_since == INT64_MAX)
        w->over_since = w->now.v;
}

static int64_t on_phase(const ohm_world *w, uint8_t of, int phase, int64_t watts)
{
    if (!w->config.three_phase)
        return phase == 0 ? watts : 0;
    return of == 0 ? watts / WORLD_PHASES : of == phase + 1 ? watts : 0;
}

int64_t world_base_w(const ohm_world *w, int phase)
{
    if (!w->house.powered)
        return 0;
    int64_t watts = on_phase(w, 0, phase, w->config.base_w);
    for (uint16_t i = 0; i < w->config.uses_count; i++)
        if (w->house.uses[i].on)
            watts += on_phase(w, w->config.uses[i].phase, phase, w->config.uses[i].power_w);
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++)
        if (w->config.engine.loads[i].never_shed && w->house.loads[i].wants)
            watts +=
                on_phase(w, w->config.engine.loads[i].phase, phase, w->config.loads[i].draws_w);
    return watts;
}

/* What nobody can shed on a scope: what people switched on, and loads whose relay does not move. */
static int64_t stubborn_w(const ohm_world *w, int scope)
{
    int64_t watts = 0;
    for (int p = 0; p < WORLD_PHASES; p++) {
        if (scope != 0 && scope != p + 1)
            continue;
        watts += world_base_w(w, p);
        for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
            const world_relay *relay = &w->relays[i];
            bool faulty = relay->stuck || relay->refuses || relay->liar;
            if (faulty && !w->config.engine.loads[i].never_shed)
                watts +=
                    on_phase(w, w->config.engine.loads[i].phase, p, w->config.loads[i].draws_w);
        }
    }
    return watts;
}

bool world_trip_was_preventable(const ohm_world *w, int scope)
{
    enum { REACTION_MS = 15000, UPSET_MS = 240000 };
    bool calm = w->running && w->over_since - w->disturbed.v > UPSET_MS;
    bool time = w->now.v - w->over_since > REACTION_MS;
    return calm && time && stubborn_w(w, scope) <= rated_va(w, scope);
}

static void trip(ohm_world *w, int scope)
{
    world_holds(w, !world_trip_was_preventable(w, scope),
                "no breaker trips that shedding could keep in");
    world_count_deed(w, WORLD_DEED_TRIP);
    w->result.trips++;
    w->house.powered = false;
    w->disturbed = w->now;
    int64_t back_s =
        POWER_BACK_S_MIN + world_draw(w, (uint32_t)(POWER_BACK_S_MAX - POWER_BACK_S_MIN));
    w->faults[WORLD_POWER_CUT].on = true;
    w->faults[WORLD_POWER_CUT].change = after_s(w, back_s);
    world_down(w, INT64_MAX / 4, false); /* until the power is back */
}

static void warm(ohm_world *w)
{
    int64_t seconds = ohm_mono_since(w->now, w->house.heated) / OHM_SECOND_MS;
    if (seconds <= 0)
        return;
    w->house.heated = ohm_mono_after(w->house.heated, seconds * OHM_SECOND_MS);
    int first = w->config.three_phase ? 1 : 0, last = w->config.three_phase ? 3 : 0;
    for (int s = first; s <= last; s++) {
        int32_t x = ohm_thermal_ratio(scope_w(w, s), rated_va(w, s));
        w->house.heat[s] = ohm_thermal_step(OHM_THERMAL_LINKY, w->house.heat[s], x, seconds);
        if (x > 1000)
            w->result.overrun_s += seconds;
        if (w->house.powered && ohm_thermal_left_s(OHM_THERMAL_LINKY, w->house.heat[s], x) == 0)
            trip(w, s);
    }
}

/* --- together ------------------------------------------------------------------------------- */

void world_house_pass(ohm_world *w, int64_t ms)
{
    double hours = (double)ms / OHM_HOUR_MS;
    int64_t site_w = world_site_w(w);
    w->house.import_mj += site_w * ms;
    world_trace_pass(w, ms);
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++)
        pass_load(w, i, hours);
    w->now = ohm_mono_after(w->now, ms);
    look_at_the_clock(w);
    int hour = local(w).hour;
    double daily = hour < 15 ? (hour - 8) / 7.0 : (22 - hour) / 7.0;
    w->house.outdoor_c = 22 - 19 * winter(w) + 3 * daily;
    warm(w);
    live(w, hours);
}

void world_house_change(ohm_world *w)
{
    bool changed = false;
    for (uint16_t i = 0; i < w->config.uses_count; i++) {
        if (ohm_mono_since(w->house.uses[i].change, w->now) > 0)
            continue;
        bool before = w->house.uses[i].on;
        change_use(w, i);
        changed = changed || before != w->house.uses[i].on;
    }
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++)
        changed = change_load(w, i) || changed;
    world_house_draw(w);
    if (changed)
        world_busy(w);
}

ohm_mono_ms world_house_next(const ohm_world *w)
{
    ohm_mono_ms next = after_s(w, 60);
    for (uint16_t i = 0; i < w->config.uses_count; i++)
        if (w->house.uses[i].change.v < next.v)
            next = w->house.uses[i].change;
    return next;
}

void world_house_init(ohm_world *w)
{
    w->house.powered = true;
    look_at_the_clock(w);
    w->house.heated = w->now;
    w->house.import_mj = w->house.import_from_mj = (int64_t)(14000000 + w->seed % 1000) * 3600000;
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        world_load *load = &w->house.loads[i];
        load->temp_c = w->config.loads[i].kind == OHM_WORLD_ZONE ? 19.3 : 58;
    }
    for (uint16_t i = 0; i < w->config.uses_count; i++)
        w->house.uses[i].change = after_s(w, idle_s(w, &w->config.uses[i]));
}
