#include "control/setting.h"
#include "control/shed.h"
#include "engine/codec.h"
#include "engine/fields.h"
#include "engine/state.h"

/* A snapshot's first bytes are its version and its kind; an event's kind is below 100. */
enum { VERSION_MIN = 4 };

bool ohm_snapshot_is(ohm_span bytes, ohm_snapshot_kind *ret_kind)
{
    if (bytes.len < 2 || bytes.ptr[0] < VERSION_MIN || bytes.ptr[0] > OHM_FORM ||
        (bytes.ptr[1] != OHM_SNAPSHOT_START && bytes.ptr[1] != OHM_SNAPSHOT_CHECKPOINT))
        return false;
    *ret_kind = (ohm_snapshot_kind)bytes.ptr[1];
    return true;
}

static ohm_code write_as(const ohm_engine *engine, uint8_t version, ohm_snapshot_kind kind,
                         uint8_t *out, size_t cap, size_t *ret_len)
{
    if (cap < 2)
        return OHM_TOO_BIG;
    out[0] = version;
    out[1] = (uint8_t)kind;
    ohm_codec codec;
    ohm_codec_write(&codec, out, cap);
    codec.version = version;
    codec.pos = 2;
    ohm_fields_put(&codec, &ohm_fields_engine, engine);
    if (!ohm_codec_failed(&codec))
        *ret_len = codec.pos;
    return codec.err.code;
}

ohm_code ohm_engine_snapshot(const ohm_engine *engine, ohm_snapshot_kind kind, uint8_t *out,
                             size_t cap, size_t *ret_len)
{
    return write_as(engine, OHM_FORM, kind, out, cap, ret_len);
}

bool ohm_engine_is_as(const ohm_engine *engine, ohm_span bytes, uint8_t *room, size_t cap)
{
    ohm_snapshot_kind kind;
    size_t len = 0;
    return ohm_snapshot_is(bytes, &kind) &&
           write_as(engine, bytes.ptr[0], kind, room, cap, &len) == OHM_OK && len == bytes.len &&
           memcmp(room, bytes.ptr, len) == 0;
}

/* --- what the bytes must mean ------------------------------------------------------------- */

static bool in_order(const ohm_signal_set *set)
{
    for (uint16_t i = 0; i < set->count; i++) {
        ohm_interval when = set->intervals[i].when;
        if (when.from_ms >= when.to_ms ||
            (i > 0 && when.from_ms < set->intervals[i - 1].when.to_ms))
            return false;
    }
    return true;
}

/* What the meter showed is bounded, so that sums of it are. */
static bool is_learnt_ok(const ohm_load_state *state)
{
    bool ok = state->learnt_va >= 0 && state->learnt_va <= OHM_LIMIT_VA_MAX && state->day_ms >= 0 &&
              (!state->sure || state->learnt_va > 0);
    for (uint8_t i = 0; i < state->steps_count; i++)
        ok = ok && state->steps_va[i] > 0 && state->steps_va[i] <= OHM_LIMIT_VA_MAX;
    for (int p = 0; p < 3; p++)
        ok = ok && state->phase_va[p] >= 0 && state->phase_va[p] <= 2 * OHM_LIMIT_VA_MAX;
    return ok;
}

static bool is_told_ok(const ohm_load *load, const ohm_load_state *state)
{
    int32_t most_w = load->nominal_w + load->gives_w;
    bool bounded = state->moved_w >= -most_w && state->moved_w <= most_w;
    return ohm_setting_agrees(load, state->fed, state->setting) && bounded && state->most_w >= 0 &&
           ohm_setting_ok(load, state->most_w) && state->sun_w >= 0 &&
           ohm_setting_ok(load, state->sun_w) &&
           (!state->override_exact ||
            ohm_setting_agrees(load, state->override_fed, state->override_setting)) &&
           (!state->plan_exact || ohm_setting_agrees(load, state->plan_fed, state->plan_setting));
}

static ohm_err check_loads(const ohm_engine *engine)
{
    for (uint16_t i = 0; i < engine->config.loads_count; i++) {
        const ohm_load_state *state = &engine->control.loads[i];
        bool shed_by_hand = state->overridden && !state->override_fed;
        if (shed_by_hand && engine->config.loads[i].never_shed)
            return ohm_fail(OHM_CONFLICT, i, "a load never to be shed is shed by hand");
        if (!is_told_ok(&engine->config.loads[i], state))
            return ohm_fail(OHM_RANGE, i, "a load was told what it can't be");
        if (!is_learnt_ok(state))
            return ohm_fail(OHM_RANGE, i, "what was learnt of a load is out of range");
        if (state->planned && !state->plan_fed && engine->config.loads[i].never_shed)
            return ohm_fail(OHM_CONFLICT, i, "a load never to be shed is shed by a plan");
        if (state->exhausted && (!state->shedding || engine->config.loads[i].shed_max_ms == 0))
            return ohm_fail(OHM_CONFLICT, i, "a longest shed is over that never began");
    }
    return ohm_ok();
}

static bool heat_ok(const int64_t *heat, int count)
{
    for (int i = 0; i < count; i++)
        if (heat[i] < 0 || heat[i] > OHM_THERMAL_HEAT_MAX)
            return false;
    return true;
}

static ohm_err check_supply(const ohm_supply *supply)
{
    for (int s = 0; s < OHM_SCOPES; s++)
        if (supply->va[s] < 0 || supply->va[s] > 2 * OHM_ENGINE_POWER_W_MAX)
            return ohm_fail(OHM_RANGE, 0, "the power drawn is out of range");
    if (supply->import_w < -1 || supply->import_w > 2 * OHM_ENGINE_POWER_W_MAX)
        return ohm_fail(OHM_RANGE, 0, "the power drawn is out of range");
    if (supply->subscribed_va < 0 || supply->subscribed_va > OHM_LIMIT_VA_MAX ||
        supply->breaking_va < 0 || supply->breaking_va > OHM_LIMIT_VA_MAX)
        return ohm_fail(OHM_RANGE, 0, "the subscribed power is out of range");
    if (supply->period_ms < 0 || supply->period_ms > OHM_SUPPLY_PERIOD_MS_MAX)
        return ohm_fail(OHM_RANGE, 0, "the meter's pace is out of range");
    if (supply->export_w < -1 || supply->export_w > 2 * OHM_ENGINE_POWER_W_MAX)
        return ohm_fail(OHM_RANGE, 0, "what is fed is out of range");
    if (!ohm_supply_stretch_ok(&supply->stretch) || !ohm_supply_stretch_ok(&supply->fed))
        return ohm_fail(OHM_RANGE, 0, "the energy counted is out of range");
    return ohm_ok();
}

static ohm_err check_limits(const ohm_engine *engine)
{
    const ohm_control *control = &engine->control;
    OHM_TRY(check_supply(&control->supply));
    if (!heat_ok(control->heat, OHM_SCOPES) || !heat_ok(control->fuse_heat, OHM_LIMITS_MAX))
        return ohm_fail(OHM_RANGE, 0, "the heat of a breaker is out of range");
    for (uint16_t i = 0; i < engine->config.limits_count; i++)
        if (control->limits[i].va < 0 || control->limits[i].va > OHM_LIMIT_VA_MAX)
            return ohm_fail(OHM_RANGE, i, "a limit's power is out of range");
    for (uint16_t b = 0; b < engine->config.branches_count; b++)
        OHM_TRY(check_supply(&control->branches[b].supply));
    for (uint16_t i = 0; i < engine->config.loads_count; i++)
        if (control->loads[i].restore_failures > OHM_SHED_DOUBLINGS_MAX)
            return ohm_fail(OHM_RANGE, i, "a load came back in vain too often");
    return ohm_ok();
}

/* Market prices may be below zero, and so may a day's cost. */
static ohm_err check_cost(const ohm_ledger *ledger)
{
    if (ledger->cost_neur < -OHM_LEDGER_NEUR_MAX || ledger->cost_neur > OHM_LEDGER_NEUR_MAX)
        return ohm_fail(OHM_RANGE, 0, "the cost of today is out of range");
    if (ledger->today.unpriced_wh < 0 || ledger->today.unpriced_wh > ledger->today.import_wh)
        return ohm_fail(OHM_RANGE, 0, "more energy has no price than was counted");
    int64_t wh = 0;
    for (int i = 0; i < OHM_LEDGER_QUARTERS; i++) {
        if (ledger->quarter_wh[i] < 0 || ledger->quarter_wh[i] > OHM_LEDGER_DAY_WH_MAX)
            return ohm_fail(OHM_RANGE, (uint32_t)i, "the energy of a quarter is out of range");
        wh += ledger->quarter_wh[i];
    }
    if (wh > OHM_LEDGER_DAY_WH_MAX)
        return ohm_fail(OHM_RANGE, 0, "the energy of today is out of range");
    return in_order(&ledger->spot) ? ohm_ok()
                                   : ohm_fail(OHM_BAD_FORMAT, 0, "prices are out of order");
}

static ohm_err check(const ohm_engine *engine)
{
    const ohm_ledger *ledger = &engine->ledger;
    OHM_TRY(ohm_engine_config_check(&engine->config));
    OHM_TRY(check_loads(engine));
    OHM_TRY(check_limits(engine));
    for (uint16_t i = 0; i < engine->config.zones_count; i++)
        if (!ohm_heat_state_ok(&engine->zones[i]))
            return ohm_fail(OHM_RANGE, i, "a zone's temperature is out of range");
    if (engine->next_seq == 0 || engine->next_seq > UINT64_MAX / 2)
        return ohm_fail(OHM_RANGE, 0, "the next action's number is out of range");
    if (engine->running && !engine->ran)
        return ohm_fail(OHM_CONFLICT, 0, "an engine runs that never started");
    if (!in_order(&engine->ecowatt.published) || !in_order(&engine->ecowatt.by_hand))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a signal's hours are out of order");
    for (int i = 0; i < OHM_OUTLOOKS_COUNT; i++)
        if (!in_order(&engine->outlooks[i]))
            return ohm_fail(OHM_BAD_FORMAT, 0, "what is told of hours is out of order");
    if (ledger->import.confirmations > OHM_LEDGER_CONFIRMATIONS ||
        ledger->export.confirmations > OHM_LEDGER_CONFIRMATIONS)
        return ohm_fail(OHM_RANGE, 0, "a register is confirmed too often");
    return check_cost(ledger);
}

/* What an older version did not know, and what is not known by being zero. */
static void migrate(ohm_engine *engine, uint8_t version)
{
    if (version < 5) /* when the meter said what is subscribed: until now at the latest */
        engine->control.supply.subscribed_mono = engine->control.supply.breaking_mono =
            engine->mono;
}

ohm_err ohm_engine_restore(ohm_engine *engine, ohm_span bytes)
{
    ohm_snapshot_kind kind;
    if (!ohm_snapshot_is(bytes, &kind))
        return ohm_fail(OHM_BAD_FORMAT, 0, "this is not a snapshot of an engine");

    ohm_engine restored; /* some 100 KB: once a start, or a replay */
    memset(&restored, 0, sizeof restored);
    for (int i = 0; i < OHM_LOADS_MAX; i++)
        ohm_control_init(&restored.control.loads[i]);
    ohm_rule_set_init(&restored.config.rules);
    ohm_engine_rules_clear(&restored);
    ohm_engine_heat_clear(&restored);
    ohm_codec codec;
    ohm_codec_read(&codec, bytes);
    codec.version = bytes.ptr[0];
    codec.pos = 2;
    ohm_fields_get(&codec, &ohm_fields_engine, &restored);
    migrate(&restored, codec.version);
    if (codec.pos < bytes.len)
        ohm_codec_fail(&codec, OHM_BAD_FORMAT, "bytes are left over");
    if (ohm_codec_failed(&codec))
        return codec.err;
    OHM_TRY(check(&restored));
    if (ohm_engine_layer(&restored) != OHM_OK)
        return ohm_fail(OHM_TOO_BIG, 0, "the hours by hand do not fit");
    if (kind == OHM_SNAPSHOT_START)
        restored.running = false;
    *engine = restored;
    return ohm_ok();
}
