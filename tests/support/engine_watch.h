/* A watcher of engines: keeps its own account of what the actions did, and fails by the name of
 * the invariant that was broken (docs/architecture.md, "What never happens"). For the property
 * tests and the worlds; it believes the events and the actions, not the engine's state. */
#ifndef OHM_TESTS_SUPPORT_ENGINE_WATCH_H
#define OHM_TESTS_SUPPORT_ENGINE_WATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "grid/ecowatt.h"

typedef struct watch_load {
    bool fed;
    int64_t changed_mono;  /* last switching, of what is known */
    int64_t free_mono;     /* since when nothing asks for a shed; INT64_MAX: something does */
    int64_t grid_off_mono; /* since when it has been off, the grid asking; INT64_MAX: it is not */
    bool failed;
    bool on_min_excused; /* this step says that its minimum on time yields to a breaker */
    uint64_t sheds, restores;
} watch_load;

typedef struct watch {
    const ohm_engine_config *config;
    uint64_t seed; /* printed with what fails: the command to see it again */
    bool started;
    uint64_t boot_id, next_seq;
    int64_t mono, last_on_mono, stop_mono;
    int64_t step_ms_max; /* the longest time between two events */
    bool stopping;
    bool ending; /* this step is the end of the process */
    ohm_date date;
    int64_t import_wh, cost_ueur;
    uint64_t limited_sheds;
    watch_load loads[OHM_LOADS_MAX];
} watch;

#define WATCH(w, name, holds)                                                                      \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fail_msg("invariant \"%s\" broken, seed %llu, mono %lld", name,                        \
                     (unsigned long long)(w)->seed, (long long)(w)->mono);                         \
    } while (0)

static inline void watch_init(watch *w, const ohm_engine_config *config, uint64_t seed)
{
    *w = (watch){ .config = config, .seed = seed, .last_on_mono = INT64_MIN / 2 };
    for (uint16_t i = 0; i < config->loads_count; i++)
        w->loads[i] = (watch_load){ .fed = config->loads[i].failsafe_fed,
                                    .free_mono = INT64_MAX,
                                    .grid_off_mono = INT64_MAX };
}

static inline void watch_start(watch *w, const ohm_event *event)
{
    const ohm_boot *boot = event->boot;
    bool same_boot = w->started && boot->boot_id == w->boot_id;
    for (uint16_t i = 0; i < w->config->loads_count; i++) {
        watch_load *load = &w->loads[i];
        bool known = i < boot->outputs_count && boot->outputs[i].known;
        bool fed = known ? boot->outputs[i].fed : load->fed;
        load->failed = false;
        load->free_mono = INT64_MAX;
        load->grid_off_mono = INT64_MAX;
        if (same_boot && fed == load->fed)
            continue;
        load->fed = fed;
        load->changed_mono = event->mono.v - (known ? boot->outputs[i].settled_ms : 0);
    }
    if (!same_boot)
        w->last_on_mono = INT64_MIN / 2;
    w->boot_id = boot->boot_id;
    w->started = true;
    w->stopping = false;
    w->mono = event->mono.v;
    w->date = (ohm_date){ 0 }; /* what a crash lost comes back with the next register */
}

static inline void watch_output(watch *w, const ohm_event *event)
{
    watch_load *load = &w->loads[event->output.load];
    if (event->output.state == OHM_OUTPUT_FAILED) {
        load->failed = true;
        load->grid_off_mono = INT64_MAX;
        if (load->fed != event->output.fed)
            load->changed_mono = event->mono.v;
        load->fed = event->output.fed;
    } else if (event->output.state == OHM_OUTPUT_OK && event->output.fed == load->fed) {
        load->failed = false;
    }
}

static inline void watch_move(watch *w, const ohm_engine *engine, const ohm_action *action)
{
    const ohm_decision *d = &action->decision;
    const ohm_load *config = &w->config->loads[d->load];
    watch_load *load = &w->loads[d->load];
    int64_t lasted_ms = w->mono - load->changed_mono;
    int64_t gap_ms = w->config->restore_gap_ms;
    if (w->stopping && gap_ms > 1000)
        gap_ms = 1000;

    WATCH(w, "a switching changes the state", d->fed != load->fed);
    if (w->ending) {
        WATCH(w, "the end leaves the fail-safe state", d->fed == config->failsafe_fed);
        w->last_on_mono = d->fed ? w->mono : w->last_on_mono;
    } else if (d->fed) {
        WATCH(w, "never on before off_min", lasted_ms >= config->off_min_ms);
        WATCH(w, "one load comes on per gap", w->mono - w->last_on_mono >= gap_ms);
        w->last_on_mono = w->mono;
        load->restores++;
    } else {
        WATCH(w, "never off before on_min, but for a breaker and told",
              lasted_ms >= config->on_min_ms ||
                  (load->on_min_excused && d->cause == OHM_CAUSE_BREAKER));
        WATCH(w, "never_shed is never shed", !config->never_shed);
        load->sheds++;
        w->limited_sheds += d->pressure.limit != OHM_LIMIT_NONE;
    }
    bool promised = d->fed && config->shed_max_ms > 0;
    WATCH(w, "a start switches nothing",
          !ohm_engine_is_starting(engine) || w->stopping || promised ||
              (!d->fed && d->cause == OHM_CAUSE_BREAKER));
    WATCH(w, "a switching says what it changes",
          d->expected_w == (d->fed ? config->nominal_w : -config->nominal_w));
    load->fed = d->fed;
    load->changed_mono = w->mono;
}

static inline void watch_actions(watch *w, const ohm_engine *engine, const ohm_actions *actions)
{
    for (uint16_t i = 0; i < w->config->loads_count; i++)
        w->loads[i].on_min_excused = false;
    for (uint16_t i = 0; i < actions->count; i++) {
        const ohm_action *action = &actions->items[i];
        if (action->notice == OHM_NOTICE_ON_MIN_BROKEN)
            w->loads[action->decision.load].on_min_excused = true;
        WATCH(w, "actions are numbered without a gap",
              w->next_seq == 0 || action->seq == w->next_seq);
        w->next_seq = action->seq + 1;
        if (action->notice != OHM_NOTICE_NONE)
            continue;
        const ohm_decision *d = &action->decision;
        if (d->switches)
            watch_move(w, engine, action);
        WATCH(w, "a decision says where the load is", d->fed == w->loads[d->load].fed);
        bool explained = d->fed || d->cause != OHM_CAUSE_NORMAL || d->hold != OHM_HOLD_NONE;
        WATCH(w, "a shed has a reason", explained);
        WATCH(w, "levels 0 and 1 never shed",
              d->cause != OHM_CAUSE_ECOWATT || d->level == OHM_LEVEL_NONE ||
                  d->level >= OHM_LEVEL_SHED_MIN);
    }
}

/* What asks for a shed, from the hours in force and the overrides in force. */
static inline bool watch_asked(const watch *w, const ohm_engine *engine, uint16_t i, ohm_ms utc_ms)
{
    const ohm_load *config = &w->config->loads[i];
    const ohm_load_state *state = &ohm_engine_loads_of(engine)[i];
    int32_t threshold =
        config->ecowatt_threshold ? config->ecowatt_threshold : w->config->ecowatt_threshold;
    bool known = ohm_engine_clock_set_of(engine);
    bool grid = known ? ohm_ecowatt_level_at(ohm_engine_ecowatt_of(engine), utc_ms) >= threshold
                      : state->cause == OHM_CAUSE_ECOWATT;
    bool by_hand = state->overridden && !state->override_fed;
    bool failsafe = w->stopping && !config->failsafe_fed;
    if (state->force != OHM_FORCE_NONE) /* whether there is room is what the worlds look at */
        return true;
    return (grid && !config->never_shed) || by_hand || failsafe || w->loads[i].failed;
}

static inline void watch_load_after(watch *w, const ohm_engine *engine, uint16_t i, ohm_ms utc_ms)
{
    const ohm_load *config = &w->config->loads[i];
    const ohm_load_state *state = &ohm_engine_loads_of(engine)[i];
    watch_load *load = &w->loads[i];
    WATCH(w, "the state is what the actions made", state->fed == load->fed);
    WATCH(w, "an override has an end",
          !state->overridden || (state->override_end_mono.v > w->mono &&
                                 state->override_end_mono.v - w->mono <= 7 * 86400000LL));

    /* Every load may have to come back before this one, one an event at best. */
    int64_t turns_ms = (w->config->loads_count + 2) * (w->config->restore_gap_ms + w->step_ms_max);
    if (load->fed || watch_asked(w, engine, i, utc_ms))
        load->free_mono = INT64_MAX;
    else if (load->free_mono == INT64_MAX)
        load->free_mono = w->mono;
    WATCH(w, "no load stays shed after its cause ended",
          load->free_mono == INT64_MAX ||
              w->mono - load->free_mono <=
                  config->off_min_ms + w->config->start_wait_ms + turns_ms);

    bool grid = !load->fed && state->cause == OHM_CAUSE_ECOWATT;
    if (!grid)
        load->grid_off_mono = INT64_MAX;
    else if (load->grid_off_mono == INT64_MAX)
        load->grid_off_mono = w->mono;
    WATCH(w, "the longest shed is kept",
          config->shed_max_ms == 0 || load->grid_off_mono == INT64_MAX ||
              w->mono - load->grid_off_mono <=
                  config->shed_max_ms +
                      (w->step_ms_max > 1000 ? turns_ms + config->off_min_ms : 0));
}

static inline void watch_today(watch *w, const ohm_engine *engine)
{
    const ohm_engine_today *t = ohm_engine_today_of(engine);
    bool same_day = t->date.day == w->date.day && t->date.month == w->date.month &&
                    t->date.year == w->date.year;
    WATCH(w, "energy of a day never decreases", !same_day || t->import_wh >= w->import_wh);
    WATCH(w, "cost of a day never decreases", !same_day || t->cost_ueur >= w->cost_ueur);
    w->date = t->date;
    w->import_wh = t->import_wh;
    w->cost_ueur = t->cost_ueur;
}

/* After each step. */
static inline void watch_step(watch *w, const ohm_engine *engine, const ohm_event *event,
                              const ohm_actions *actions)
{
    if (event->kind == OHM_EVENT_START)
        watch_start(w, event);
    w->mono = event->mono.v;
    w->ending = event->kind == OHM_EVENT_STOP && w->stopping;
    if (event->kind == OHM_EVENT_STOP)
        w->stopping = true;
    if (event->kind == OHM_EVENT_OUTPUT)
        watch_output(w, event);
    watch_actions(w, engine, actions);
    for (uint16_t i = 0; i < w->config->loads_count; i++)
        watch_load_after(w, engine, i, event->utc_ms);
    watch_today(w, engine);
}

#endif
