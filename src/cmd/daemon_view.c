#include "cmd/daemon.h"

#include <stdio.h>

#include "host/clock.h"

enum { DROPS_SHOWN_MS = OHM_HOUR_MS };

enum {
    AT_ONCE_METERS_MAX = 16, /* the view of a larger site is not copied for each of its frames */
    PUBLISH_EVERY_MS = 500,
};

static void copy_text(char out[static OHM_VIEW_TEXT_MAX], const char *text)
{
    (void)snprintf(out, OHM_VIEW_TEXT_MAX, "%s", text);
}

/* A merge or a rest has no line: it is as fresh as the last source that was used. */
static void view_made(const ohm_daemon *d, int index, const char *how, ohm_view_meter *out)
{
    const ohm_daemon_latest *latest = &d->latest[index];
    int64_t age_ms = ohm_mono_since(ohm_clock_mono(), latest->last);
    bool fresh = latest->seen && age_ms < latest->stale_after_ms;
    (void)snprintf(out->status.protocol, sizeof out->status.protocol, "%s", how);
    out->status.state = fresh ? OHM_METER_OK : latest->seen ? OHM_METER_STALE : OHM_METER_STARTING;
}

static void view_merge(const ohm_daemon *d, int index, const ohm_merge *merge, ohm_view_meter *out)
{
    view_made(d, index, "merge", out);
    out->disagreements_count =
        (uint16_t)ohm_merge_disagreements(merge, out->disagreements, OHM_VIEW_DISAGREEMENTS_MAX);
}

/* Sub-meters that count more than their main meter disagree with it. */
static void view_rest(const ohm_daemon *d, int index, const ohm_residue *rest, ohm_view_meter *out)
{
    view_made(d, index, "rest", out);
    out->disagreements_count = rest->negative;
    out->disagreements[0] = OHM_Q_POWER;
}

static void view_meter(const ohm_daemon *d, int index, ohm_view *v)
{
    ohm_view_meter *out = &v->meters[index];
    const ohm_daemon_device *m = &d->devices[index];
    const ohm_daemon_latest *latest = &d->latest[index];
    out->device = m->id;
    out->zone = m->zone;
    out->name = m->name;
    out->source_of = (uint16_t)(m->place.source_of + 1);
    out->part_of = (uint16_t)(m->place.part_of + 1);
    const ohm_merge *merge = ohm_daemon_merge_of(d, index);
    if (d->meters[index])
        out->status = *ohm_meter_status_of(d->meters[index]);
    if (merge)
        view_merge(d, index, merge, out);
    const ohm_residue *rest = ohm_daemon_rest_of(d, index);
    if (rest)
        view_rest(d, index, rest, out);
    if (d->demo && !d->meters[index])
        view_made(d, index, "demo", out);
    /* By the clock that never jumps: a meter's silence is no younger for a wall clock put back. */
    int64_t age_ms = ohm_mono_since(ohm_clock_mono(), latest->last);
    out->last_ms = latest->seen ? v->time_ms - age_ms : OHM_NO_MS;
    out->stale_after_ms = latest->stale_after_ms;
    for (int i = 0; i < latest->values_count && out->values_count < OHM_FRAME_VALUES_MAX; i++) {
        const ohm_daemon_value *value = &latest->values[i];
        if (value->time_ms == OHM_NO_MS)
            continue;
        const ohm_view_value shown = {
            .quantity = value->quantity,
            .quality = value->quality,
            .age_ms = ohm_daemon_value_age(latest, value, ohm_clock_mono()),
            .value = value->value,
            .time_ms = value->time_ms,
        };
        ohm_view_add(v, out, &shown);
    }
}

static bool is_before(ohm_date a, ohm_date b)
{
    return ohm_days_from_date(a) < ohm_days_from_date(b);
}

/* Which row of the contract holds, and whether it is known to be out of date. */
static void view_row(const ohm_contract *contract, ohm_date today, ohm_view *v)
{
    for (int i = 0; i < contract->rows_count; i++)
        if (!is_before(today, contract->rows[i].from))
            v->price_since = contract->rows[i].from;
    v->price_superseded = contract->superseded.year && !is_before(today, contract->superseded);
}

static void view_price(const ohm_daemon *d, ohm_view *v)
{
    v->has_contract = d->config->has_contract;
    if (!v->has_contract)
        return;
    const ohm_contract *contract = &d->config->contract;
    memcpy(v->contract_name, contract->name, sizeof v->contract_name);
    v->contract_va = contract->subscribed_va;
    if (!d->clock_set)
        return;
    v->has_price = ohm_daemon_price(d, v->time_ms, &v->price) == OHM_OK;
    view_row(contract, ohm_civil_from_utc(&d->config->tz, v->time_ms).date, v);
    v->has_next_price = v->has_price && v->price.until_ms != OHM_NO_MS &&
                        ohm_daemon_price(d, v->price.until_ms, &v->next_price) == OHM_OK;
    if (v->has_price)
        v->period = contract->periods[v->price.period];
    if (v->has_next_price)
        v->next_period = contract->periods[v->next_price.period];
}

static void view_ecowatt(const ohm_daemon *d, ohm_view *v)
{
    const ohm_signal_set *set = ohm_engine_ecowatt_of(d->engine);
    v->ecowatt = *set;
    v->ecowatt_demo = d->demo;
    v->ecowatt_configured = d->demo || d->config->has_ecowatt;
    v->ecowatt_stale = ohm_engine_ecowatt_state_of(d->engine) != OHM_SIGNAL_FRESH;
    v->ecowatt_now = ohm_engine_ecowatt_level_of(d->engine, v->time_ms);
    copy_text(v->ecowatt_error, d->ecowatt_error);
    for (int i = 0; i < set->count; i++)
        v->ecowatt_manual[i] =
            ohm_engine_level_is_manual(d->engine, set->intervals[i].when.from_ms);
}

static const char *wave_of(ohm_relay_role role)
{
    static const char *const waves[] = { [OHM_RELAY_FEEDS] = NULL,
                                         [OHM_RELAY_POSITIVE] = "positive",
                                         [OHM_RELAY_NEGATIVE] = "negative",
                                         [OHM_RELAY_FULL] = "full",
                                         [OHM_RELAY_LEVEL] = NULL };
    return waves[role];
}

static void view_relays(const ohm_daemon *d, ohm_view *v)
{
    for (int b = 0; b < d->site->boards_count; b++) {
        const ohm_board *board = d->boards[b];
        if (!board)
            continue;
        const ohm_board_config *config = ohm_board_config_of(board);
        for (uint8_t c = 0; c < config->channels_count; c++) {
            if (v->relays_count == OHM_VIEW_RELAYS_MAX)
                return;
            ohm_view_relay *r = &v->relays[v->relays_count++];
            *r = (ohm_view_relay){
                .channel = c,
                .load = config->channels[c].load,
                .contact_nc = config->channels[c].contact == OHM_CONTACT_NC,
                .coil = ohm_board_coil(board, c),
                .led = config->channels[c].load >= 0 && ohm_board_fed(board, c),
                .state = ohm_board_state(board, c),
                .echo_age_ms = ohm_board_echo_age_ms(board, c, ohm_clock_mono()),
                .operations = ohm_board_operations(board, c),
                .wave = wave_of(config->channels[c].role),
            };
            (void)snprintf(r->board, sizeof r->board, "%s", config->id);
        }
    }
}

/* Of every meter: one that can't be reached is told at once, whatever the engine waits for. */
static uint32_t problems_of_meters(const ohm_view *v)
{
    uint32_t problems = 0;
    for (int i = 0; i < v->meters_count; i++) {
        const ohm_meter_status *status = &v->meters[i].status;
        if (!ohm_meter_state_read(status->state) && status->state != OHM_METER_STARTING)
            problems |= OHM_PROBLEM_METER_SILENT;
        if (status->clock_off_s)
            problems |= OHM_PROBLEM_METER_CLOCK;
    }
    return problems;
}

static uint32_t problems_of(const ohm_daemon *d, const ohm_view *v)
{
    uint32_t problems = problems_of_meters(v);
    if (!v->meter_fresh && !ohm_engine_is_starting(d->engine))
        problems |= OHM_PROBLEM_METER_SILENT;
    if (d->store_health != OHM_OK)
        problems |= d->store_full ? OHM_PROBLEM_STORE_FULL : OHM_PROBLEM_STORE_FAILED;
    if (!d->clock_set)
        problems |= OHM_PROBLEM_CLOCK_UNSET;
    if (v->ecowatt_stale && d->config->has_ecowatt)
        problems |= OHM_PROBLEM_ECOWATT_STALE;
    if (v->ecowatt_error[0])
        problems |= OHM_PROBLEM_ECOWATT_REFUSED;
    bool dropped = d->drops && ohm_mono_since(ohm_clock_mono(), d->drops_mono) < DROPS_SHOWN_MS;
    if (d->record_lost || dropped)
        problems |= OHM_PROBLEM_QUEUE_DROPS;
    for (int i = 0; i < v->meters_count; i++)
        if (v->meters[i].disagreements_count > 0)
            problems |= OHM_PROBLEM_SOURCES_DISAGREE;
    for (int i = 0; i < v->loads_count; i++)
        if (v->load_states[i].output == OHM_OUTPUT_FAILED)
            problems |= OHM_PROBLEM_OUTPUT_FAILED;
    if (d->odds_count > 0)
        problems |= OHM_PROBLEM_OPTION_IGNORED;
    if (ohm_daemon_aborts_unread(d))
        problems |= OHM_PROBLEM_ABORTS_UNREAD;
    return problems;
}

/* How a limit stands on its scope. */
static void view_bound(const ohm_daemon *d, const ohm_bounds *bounds, ohm_force force,
                       uint16_t index, ohm_view_limit *out)
{
    const ohm_control *control = ohm_engine_control_of(d->engine);
    uint8_t scope =
        index == OHM_LIMIT_MAIN ? out->phase : ohm_limit_scope(&d->config->limits[index]);
    const ohm_supply *supply = ohm_control_supply(control, scope);
    const ohm_bound *bound = &bounds->at[force][scope];
    bool blind = ohm_control_is_blind(control, d->config->silence_ms, scope, ohm_clock_mono());
    bool known = !blind && ((supply->scopes >> (scope < OHM_SCOPES ? scope : 0)) & 1);
    out->in_force = bound->given && bound->limit == index;
    out->measured_va = known ? ohm_control_va(control, scope) : -1;
    out->trip_s = -1;
    if (out->in_force && known && force == OHM_FORCE_SAFETY)
        out->trip_s = ohm_engine_left_s(d->engine, scope, bound);
}

static void view_limits(const ohm_daemon *d, ohm_view *v)
{
    const ohm_control *control = ohm_engine_control_of(d->engine);
    ohm_bounds bounds;
    ohm_engine_bounds(d->engine, &bounds);
    int level = d->clock_set ? ohm_engine_ecowatt_level_of(d->engine, v->time_ms) : OHM_LEVEL_NONE;
    int32_t said = control->supply.subscribed_va + control->supply.breaking_va;
    for (uint8_t s = 0; s < OHM_SCOPES; s++) {
        const ohm_bound *bound = &bounds.at[OHM_FORCE_SAFETY][s];
        if (!bound->given || bound->limit != OHM_LIMIT_MAIN)
            continue;
        ohm_view_limit *out = &v->limits[v->limits_count++];
        *out = (ohm_view_limit){
            .id = "main",
            .main = true,
            .phase = s,
            .va = bound->va,
            .by_meter = said > 0,
            .until_ms = OHM_NO_MS,
        };
        view_bound(d, &bounds, OHM_FORCE_SAFETY, OHM_LIMIT_MAIN, out);
    }
    for (uint16_t i = 0; i < d->config->limits_count; i++) {
        const ohm_power_limit *limit = &d->config->limits[i];
        const ohm_limit_state *state = &control->limits[i];
        ohm_view_limit *out = &v->limits[v->limits_count++];
        *out = (ohm_view_limit){
            .kind = limit->kind,
            .phase = limit->phase,
            .va = ohm_limit_now(limit, state, level, ohm_engine_day_of(d->engine)),
            .configured_va = limit->va,
            .ecowatt_level = (uint8_t)limit->ecowatt_level,
            .meter =
                limit->branch > 0 ? d->devices[d->config->branches[limit->branch - 1]].id : NULL,
            .ordered = state->set,
            .until_ms = state->set ? state->end_ms : OHM_NO_MS,
        };
        memcpy(out->id, limit->id, sizeof out->id);
        view_bound(d, &bounds, ohm_limit_force(limit->kind), i, out);
    }
}

static void view_run(const ohm_daemon *d, ohm_view *v)
{
    const ohm_abort_record *r = ohm_daemon_aborts(d);
    ohm_view_run *run = &v->run;
    run->mode = ohm_run_mode_name(d->mode);
    run->aborts = r->total;
    run->ends_ms = OHM_NO_MS;
    if (r->count > 0) {
        run->cause = ohm_abort_cause_name(r->items[0].cause);
        run->abort_ms = r->items[0].utc_ms;
        ohm_abort_signal_name(r->items[0].signal, run->signal);
    }
    if (!ohm_daemon_is_safe(d))
        return;
    run->ends_ms = v->time_ms + ohm_mono_since(ohm_daemon_safe_ends(d), ohm_clock_mono());
    v->problems |= OHM_PROBLEM_SAFE_MODE;
}

void ohm_daemon_publish(ohm_daemon *d)
{
    ohm_view *v = ohm_web_begin_view(d->web);
    ohm_view_clear(v, d->site->meters_count);
    v->time_ms = ohm_clock_utc();
    v->demo = d->demo;
    copy_text(v->site_id, d->site->id);
    copy_text(v->site_name, d->site->name);
    v->tz = d->config->tz;
    v->main_meter = d->config->main_device;
    for (int i = 0; i < v->meters_count; i++)
        view_meter(d, i, v);
    v->meter_fresh = ohm_engine_meter_fresh_of(d->engine);
    v->today = *ohm_engine_today_of(d->engine);
    v->today.known &= !ohm_engine_register_doubted_of(d->engine); /* not known is not 0 */
    view_price(d, v);
    view_ecowatt(d, v);
    ohm_daemon_view_signals(d, v);
    view_limits(d, v);
    v->loads_count = d->config->loads_count;
    memcpy(v->loads, d->config->loads, v->loads_count * sizeof *v->loads);
    memcpy(v->load_states, ohm_engine_loads_of(d->engine), v->loads_count * sizeof *v->load_states);
    v->rules = ohm_engine_config_of(d->engine)->rules;
    v->rule_states = *ohm_engine_rules_of(d->engine);
    ohm_daemon_zones_view(d, v);
    v->presence = ohm_engine_presence_of(d->engine);
    view_relays(d, v);
    ohm_store_counters counters = ohm_store_counters_of(d->store);
    v->dropped_readings = counters.dropped_frames;
    v->dropped_events = counters.dropped_events;
    v->problems = problems_of(d, v);
    view_run(d, v);
    ohm_store_far_of(d->store, &v->history);
    if (v->history.away)
        v->problems |= OHM_PROBLEM_HISTORY_AWAY;
    if (counters.damaged > 0)
        v->problems |= OHM_PROBLEM_HISTORY_DAMAGED;
    if (ohm_daemon_mirrors_view(d, v))
        v->problems |= OHM_PROBLEM_MIRROR_BEHIND;
    ohm_web_end_view(d->web);
    d->published_mono = ohm_clock_mono();
}

void ohm_daemon_publish_soon(ohm_daemon *d)
{
    bool small = d->site->meters_count <= AT_ONCE_METERS_MAX;
    if (small || ohm_mono_since(ohm_clock_mono(), d->published_mono) >= PUBLISH_EVERY_MS)
        ohm_daemon_publish(d);
}
