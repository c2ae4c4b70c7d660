/* What never happens, looked at from outside a world's engine: by what it ordered, what the relays
 * did and what the house drew. */
#include "sim/world_own.h"

#include "control/shed.h"
#include "grid/ecowatt.h"

enum {
    SLACK_MS = 10 * OHM_MINUTE_MS,
    TODAY_SLACK_WH = 2000, /* the register's first reading of a day may be minutes old */
};

void world_watch_init(ohm_world *w)
{
    w->watch = (world_watch){ .last_on = INT64_MIN / 2 };
    for (int i = 0; i < OHM_WORLD_LOADS_MAX; i++)
        w->watch.loads[i].free_since = w->watch.loads[i].shed_since = w->watch.loads[i].low_since =
            w->watch.loads[i].blind_since = INT64_MAX;
}

/* The daemon starts: the loads are as the relays were left. */
void world_watch_start(ohm_world *w)
{
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        world_watch_load *load = &w->watch.loads[i];
        bool fed = w->relays[i].told_fed;
        if (!load->known || load->fed != fed)
            load->changed = w->now.v;
        if (w->unsaved) /* a full disk: when it was switched, nobody knows any more */
            load->changed = INT64_MIN / 2;
        load->known = true;
        load->fed = fed;
        load->free_since = load->shed_since = load->low_since = load->blind_since = INT64_MAX;
    } /* what the journal said of a load that is still off holds */
    w->watch.last_on = INT64_MIN / 2;
    w->watch.today = (ohm_date){ 0 };
}

/* --- what is ordered ----------------------------------------------------------------------- */

/* Another one of its interlock is fed, by its contact or by its order. Of a contact that is stuck,
 * or that lies, nobody can know. */
static bool shares_interlock(const ohm_world *w, uint16_t load)
{
    uint8_t interlock = w->config.engine.loads[load].interlock;
    for (uint16_t j = 0; j < w->config.engine.loads_count && interlock > 0; j++) {
        const world_relay *r = &w->relays[j];
        bool honest = !r->stuck && !r->liar;
        bool fed = r->fed || (r->told_fed && !r->refuses);
        if (j != load && w->config.engine.loads[j].interlock == interlock && honest && fed)
            return true;
    }
    return false;
}

/* The engine that runs has heard a load's sensor, and not long ago. */
static bool hears(const ohm_world *w, uint16_t load)
{
    ohm_mono_ms at = w->felt_at[load];
    return at.v >= w->started.v && at.v > 0 && ohm_mono_since(w->now, at) < SLACK_MS;
}

/* What its sensor says below its frost floor keeps a zone on, but for hard limits and people; and a
 * thermostat lets nothing rest that is colder than the coldest it has to make, if nobody said so.
 */
static void watch_zone(ohm_world *w, const ohm_decision *d)
{
    const ohm_world_load *zone = &w->config.loads[d->load];
    static const unsigned soft = 1U << OHM_CAUSE_ECOWATT | 1U << OHM_CAUSE_CAP |
                                 1U << OHM_CAUSE_PLAN | 1U << OHM_CAUSE_RULE |
                                 1U << OHM_CAUSE_THERMOSTAT;
    int64_t felt = w->felt[d->load];
    bool heard = hears(w, d->load);
    bool told = false;
    for (uint16_t z = 0; z < w->config.engine.zones_count; z++)
        told = told || (w->config.engine.zones[z].loads[0] == d->load &&
                        ohm_engine_zones_of(w->engine)[z].overridden);
    world_holds(w, !heard || felt >= zone->frost_cc || !(soft >> d->cause & 1),
                "a frost floor yields to hard limits alone");
    int64_t least_cc = zone->set_cc - ZONE_NIGHT_CC - ZONE_BAND_CC;
    world_holds(w, !heard || told || felt >= least_cc || d->cause != OHM_CAUSE_THERMOSTAT,
                "a thermostat lets no cold zone rest");
}

/* Somebody asks for it: a person, a plan or a rule. Left alone a battery charges from no grid. */
static bool is_asked_for(const ohm_world *w, uint16_t load)
{
    const ohm_load_state *state = &ohm_engine_loads_of(w->engine)[load];
    return w->config.engine.loads[load].gives_w == 0 ||
           (state->overridden && state->override_fed) || (state->planned && state->plan_fed) ||
           (state->rule != OHM_RULE_NONE && state->rule_fed);
}

/* `stops`: from STOP on gaps are short, for what is to come back before the end. */
static void watch_order(ohm_world *w, const ohm_decision *d, bool ending, bool stops)
{
    const ohm_load *config = &w->config.engine.loads[d->load];
    world_watch_load *load = &w->watch.loads[d->load];
    int64_t lasted_ms = w->now.v - load->changed;
    bool gap = w->now.v - w->watch.last_on >= w->config.engine.restore_gap_ms;
    world_holds(w, d->fed != load->fed, "a switching changes the state");
    world_holds(w, !ending || d->fed == config->failsafe_fed, "the end leaves the fail-safe state");
    world_holds(w, ending || !d->fed || lasted_ms >= config->off_min_ms, "never on before off_min");
    world_holds(w, ending || stops || !d->fed || gap, "one load comes on per gap");
    world_holds(w, ending || d->fed || lasted_ms >= config->on_min_ms || load->on_min_excused,
                "never off before on_min but for a breaker, and told");
    world_holds(w, !d->fed || !shares_interlock(w, d->load), "never two of an interlock");
    bool soft = d->cause == OHM_CAUSE_ECOWATT || d->cause == OHM_CAUSE_CAP;
    bool cold = hears(w, d->load) && w->felt[d->load] < w->config.loads[d->load].comfort;
    world_holds(w, ending || d->fed || !soft || !cold, "comfort yields to hard limits alone");
    if (w->config.loads[d->load].set_cc > 0 && !ending && !d->fed)
        watch_zone(w, d);
    world_holds(w, d->fed || !config->never_shed, "never_shed is never shed");
    world_holds(w, !d->fed || is_asked_for(w, d->load), "a battery charges when it is asked to");
    if (!d->fed && (d->cause == OHM_CAUSE_BREAKER || d->cause == OHM_CAUSE_CAP))
        w->result.sheds_by_power++;
    if (!d->fed && (d->cause == OHM_CAUSE_ECOWATT || d->cause == OHM_CAUSE_GRID))
        w->result.sheds_by_grid++;
    if (d->fed)
        w->watch.last_on = w->now.v;
    load->fed = d->fed;
    load->changed = w->now.v;
    w->result.switchings++;
}

/* An acknowledged override holds until its end, whatever happens. */
static void watch_answer(ohm_world *w, const ohm_command *command)
{
    world_promise *p = &w->watch.promise;
    bool same = p->on && command->load == p->load;
    if (command->kind == OHM_COMMAND_OVERRIDE_CLEAR && same)
        p->on = false;
    if (command->kind != OHM_COMMAND_OVERRIDE || (p->on && !same))
        return;
    int64_t ms = command->until_ms - (world_utc(w) + w->clock_error);
    *p = (world_promise){ .on = !world_is(w, WORLD_DISK_FULL),
                          .load = command->load,
                          .fed = command->fed,
                          .end = w->now.v + ms };
}

void world_watch_actions(ohm_world *w, const ohm_event *event)
{
    bool ending = event->kind == OHM_EVENT_STOP && w->stopped;
    bool stops = event->kind == OHM_EVENT_STOP || w->stopped;
    bool refused = false;
    for (int i = 0; i < OHM_WORLD_LOADS_MAX; i++)
        w->watch.loads[i].on_min_excused = false;
    for (uint16_t i = 0; i < w->actions.count; i++) {
        const ohm_action *action = &w->actions.items[i];
        const ohm_decision *d = &action->decision;
        world_count_action(w, action);
        world_holds(w, w->watch.next_seq == 0 || action->seq == w->watch.next_seq,
                    "actions are numbered without a gap");
        w->watch.next_seq = action->seq + 1;
        if (action->notice == OHM_NOTICE_ON_MIN_BROKEN)
            w->watch.loads[d->load].on_min_excused = true;
        if (action->notice == OHM_NOTICE_SHED_MAX_BROKEN)
            w->watch.loads[d->load].shed_max_excused = true;
        refused = refused || action->notice == OHM_NOTICE_COMMAND_REFUSED;
        if (action->notice == OHM_NOTICE_COMMAND_DONE && event->kind == OHM_EVENT_COMMAND)
            watch_answer(w, event->command);
        if (action->notice != OHM_NOTICE_NONE)
            continue;
        bool explained = d->fed || d->cause != OHM_CAUSE_NORMAL || d->hold != OHM_HOLD_NONE;
        world_holds(w, explained, "a shed has a reason");
        bool green = d->level != OHM_LEVEL_NONE && d->level < OHM_LEVEL_SHED_MIN;
        world_holds(w, d->cause != OHM_CAUSE_ECOWATT || !green, "levels 0 and 1 never shed");
        if (d->switches)
            watch_order(w, d, ending, stops);
    }
    if (event->kind == OHM_EVENT_COMMAND && !refused)
        world_count_command(w, event->command->kind);
}

/* --- what is the case ---------------------------------------------------------------------- */

static bool asked(const ohm_world *w, uint16_t i, ohm_ms utc_ms)
{
    const ohm_load *config = &w->config.engine.loads[i];
    const ohm_load_state *state = &ohm_engine_loads_of(w->engine)[i];
    int32_t threshold =
        config->ecowatt_threshold ? config->ecowatt_threshold : w->config.engine.ecowatt_threshold;
    bool grid = ohm_engine_ecowatt_level_of(w->engine, utc_ms) >= threshold;
    return (state->overridden && !state->override_fed) || grid || w->stopped ||
           state->cause == OHM_CAUSE_OWN || state->cause == OHM_CAUSE_INTERLOCK ||
           state->hold == OHM_HOLD_INTERLOCK || (state->planned && !state->plan_fed) ||
           state->warmth == OHM_WARMTH_REST || state->warmth == OHM_WARMTH_HOT ||
           (state->cause == OHM_CAUSE_RULE && world_rule_may_shed(w, i)) ||
           ohm_engine_is_starting(w->engine) || state->output_failures > 0;
}

/* What a load takes at the least when it comes, with what has to be free beside it. */
static int64_t need_of(const ohm_load *load)
{
    int32_t least_w = load->kind == OHM_LOAD_MODULATED ? load->min_w : load->nominal_w;
    return (int64_t)least_w * 11 / 10 + OHM_SHED_MARGIN_VA;
}

/* By what is really drawn: are so many W for a load free on every limit, with all others that are
 * off? */
static bool has_room(const ohm_world *w, const ohm_bounds *bounds, uint16_t i, int64_t need_w)
{
    for (uint16_t j = 0; j < w->config.engine.loads_count; j++) {
        const ohm_load *load = &w->config.engine.loads[j];
        /* One that does not come, for another of its interlock is fed or comes, needs nothing. */
        uint8_t interlock = w->config.engine.loads[i].interlock;
        bool locked = shares_interlock(w, j) || (interlock > 0 && load->interlock == interlock);
        if (j != i && !w->relays[j].fed && !locked)
            need_w += need_of(load);
    }
    for (int f = OHM_FORCE_CAP; f < OHM_FORCES_COUNT; f++)
        for (int s = 0; s < OHM_SCOPES; s++) {
            /* W are taken for VA / 0.95 where the meter has no VA; else that is some to spare. */
            int64_t drawn = (s == 0 ? world_site_w(w) : w->house.phase_w[s - 1]) * 100 / 95 + 1;
            int64_t comes = w->config.tic ? need_w : need_w * 100 / 95;
            if (bounds->at[f][s].given && drawn + comes > bounds->at[f][s].va)
                return false;
        }
    return true;
}

/* What a limit lowered rises again, when all that is off would fit beside two steps of it: a step
 * at a time, each after its hold. */
static void watch_setpoint(ohm_world *w, const ohm_bounds *bounds, uint16_t i)
{
    const ohm_load *config = &w->config.engine.loads[i];
    const ohm_load_state *state = &ohm_engine_loads_of(w->engine)[i];
    world_watch_load *load = &w->watch.loads[i];
    if (config->kind != OHM_LOAD_MODULATED)
        return;
    bool lowered = state->fed && state->most_w > 0 && state->setting == state->most_w &&
                   state->output_failures == 0;
    bool calm = w->now.v - w->disturbed.v > OHM_MINUTE_MS && !w->stopped;
    int64_t steps_w = 2 * (int64_t)config->step_w + OHM_SHED_MARGIN_VA;
    int64_t room_w = need_of(config) > steps_w ? need_of(config) : steps_w;
    if (!lowered || !calm || ohm_engine_is_starting(w->engine) || !has_room(w, bounds, i, room_w))
        load->low_since = INT64_MAX;
    else if (load->low_since == INT64_MAX || state->setting > load->low_w ||
             state->restore_failures < load->failures)
        load->low_since = w->now.v;
    load->low_w = state->setting;
    load->failures = state->restore_failures;
    int64_t hold_ms = (int64_t)OHM_SHED_HOLD_MS << (state->restore_failures + 1);
    bool stays =
        load->low_since != INT64_MAX && w->now.v - load->low_since > 2 * hold_ms + SLACK_MS;
    world_holds(w, !stays, "a setpoint that was lowered rises when there is room");
}

/* A meter that was caught lying is believed after some more Wh, a while where little is drawn:
 * until then the plates of what is fed count, and not what is drawn. */
static bool is_doubted(const ohm_world *w, const ohm_load_state *state, world_watch_load *load)
{
    int64_t drawn_w = world_site_w(w) > 1 ? world_site_w(w) : 1;
    int64_t most_ms = 2 * OHM_SUPPLY_STRETCH_WH * (int64_t)OHM_HOUR_MS / drawn_w;
    if (!state->pressure.blind || load->blind_since == INT64_MAX)
        load->blind_since = state->pressure.blind ? w->now.v : INT64_MAX;
    return state->pressure.blind && w->now.v - load->blind_since <= most_ms;
}

static void watch_load(ohm_world *w, const ohm_bounds *bounds, uint16_t i, ohm_ms utc_ms)
{
    const ohm_load *config = &w->config.engine.loads[i];
    const ohm_load_state *state = &ohm_engine_loads_of(w->engine)[i];
    world_watch_load *load = &w->watch.loads[i];
    bool calm = w->now.v - w->disturbed.v > OHM_MINUTE_MS;
    int64_t hold_ms = (int64_t)OHM_SHED_HOLD_MS << (state->restore_failures + 1);
    int64_t turns_ms = (w->config.engine.loads_count + 2) *
                       (OHM_SHED_COLD_GAP *
                            (w->config.engine.restore_gap_ms + w->config.engine.restore_jitter_ms) +
                        30 * OHM_SECOND_MS);

    if (load->fed && load->free_since != INT64_MAX &&
        w->now.v - load->free_since > w->result.release_ms)
        w->result.release_ms = w->now.v - load->free_since;
    bool kept = !calm || is_doubted(w, state, load) || asked(w, i, utc_ms);
    if (load->fed || kept || !has_room(w, bounds, i, need_of(config)))
        load->free_since = INT64_MAX;
    else if (load->free_since == INT64_MAX)
        load->free_since = w->now.v;
    bool stays = load->free_since != INT64_MAX &&
                 w->now.v - load->free_since > config->off_min_ms + hold_ms + turns_ms;
    world_holds(w, !stays, "no load stays shed after its cause ended");

    /* A relay that lies may feed what the engine was told is off. */
    bool limited = !load->fed && !w->relays[i].fed &&
                   (state->cause == OHM_CAUSE_BREAKER || state->cause == OHM_CAUSE_GRID ||
                    state->cause == OHM_CAUSE_CAP);
    if (!limited)
        load->shed_since = INT64_MAX;
    else if (load->shed_since == INT64_MAX)
        load->shed_since = w->now.v;
    if (load->fed && w->relays[i].fed)
        load->shed_max_excused = false;
    int64_t longest_ms = config->shed_max_ms > 0 ? config->shed_max_ms : OHM_SHED_LONGEST_MS;
    bool long_ago = load->shed_since != INT64_MAX &&
                    w->now.v - load->shed_since > longest_ms + hold_ms + turns_ms + SLACK_MS;
    world_holds(w, !long_ago || !calm || load->shed_max_excused,
                "a longest shed ends, or the journal says why not");
}

static void watch_promise(ohm_world *w)
{
    world_promise *p = &w->watch.promise;
    bool clock = world_is(w, WORLD_CLOCK_JUMP) || world_is(w, WORLD_CLOCK_LOST) ||
                 world_is(w, WORLD_POWER_CUT);
    if (clock || w->now.v > p->end - 2 * OHM_SECOND_MS)
        p->on = false; /* across those an end may come nearer */
    if (!p->on)
        return;
    const ohm_load_state *state = &ohm_engine_loads_of(w->engine)[p->load];
    world_holds(w, state->overridden && state->override_fed == p->fed,
                "what was acknowledged is kept");
}

/* A day's energy is never more than what was drawn, and never goes down. */
static void watch_today(ohm_world *w)
{
    const ohm_engine_today *t = ohm_engine_today_of(w->engine);
    int64_t counted_wh = w->house.import_mj / 3600000;
    /* A day goes on from what the meter last said; after a start, from what was saved of that. */
    bool started = w->watch.today.year == 0;
    int64_t since_wh = (started ? w->saved_mj : w->heard_mj) / 3600000;
    bool same_day = ohm_days_from_date(t->date) == ohm_days_from_date(w->watch.today);
    if (!same_day) {
        w->watch.today = t->date;
        w->watch.counted_wh = since_wh - t->import_wh;
    } else {
        int64_t most_wh = counted_wh - w->watch.counted_wh + TODAY_SLACK_WH;
        world_holds(w, t->import_wh >= w->watch.today_wh, "energy of a day never decreases");
        world_holds(w, t->import_wh <= most_wh, "no bad frame yields energy");
    }
    w->watch.today_wh = t->import_wh;
}

void world_watch_after(ohm_world *w, const ohm_event *event)
{
    ohm_bounds bounds;
    ohm_engine_bounds(w->engine, &bounds);
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        const ohm_load_state *state = &ohm_engine_loads_of(w->engine)[i];
        bool honest = state->output_failures == 0 && !w->relays[i].liar && !w->relays[i].refuses;
        bool same =
            state->fed == w->watch.loads[i].fed && state->setting == w->relays[i].told_setting;
        world_holds(w, same || !honest, "the state is what the actions made");
        w->watch.loads[i].fed = state->fed; /* a failed output says where it is */
        watch_setpoint(w, &bounds, i);
        watch_load(w, &bounds, i, event->utc_ms);
    }
    watch_promise(w);
    watch_today(w);
}
