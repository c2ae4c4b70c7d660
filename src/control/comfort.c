/* What time alone does to loads; what spares one: its budget of a day, and the comfort that its
 * sensor guards. */
#include "control/control.h"
#include "control/look.h"

enum { SLACK_CC = 50, SLACK_PART = 20 }; /* half a kelvin; of others a twentieth of the floor */

static bool is_shed(const ohm_load_state *state)
{
    static const unsigned causes = 1U << OHM_CAUSE_ECOWATT | 1U << OHM_CAUSE_BREAKER |
                                   1U << OHM_CAUSE_GRID | 1U << OHM_CAUSE_CAP;
    return !state->fed && (causes >> state->cause & 1);
}

/* The day begins with its first shed. */
static void count_day(ohm_load_state *state, int64_t elapsed_ms, ohm_mono_ms now)
{
    if (state->day_ms > 0 && ohm_mono_since(now, state->day_mono) >= OHM_LOAD_DAY_MS) {
        state->day_ms = 0;
        state->spent = false;
    }
    if (!is_shed(state))
        return;
    if (state->day_ms == 0)
        state->day_mono = now;
    state->day_ms += elapsed_ms;
}

static void watch_budget(const ohm_load *load, uint16_t i, ohm_load_state *state,
                         ohm_decisions *decisions)
{
    if (load->shed_day_ms == 0) {
        state->spent = false;
        return;
    }
    if (state->day_ms < load->shed_day_ms || state->spent)
        return;
    if (decisions->news_count == OHM_NEWS_MAX)
        return; /* many at once: the next step says it, and does not forget it */
    state->spent = true;
    decisions->news[decisions->news_count++] =
        (ohm_news){ .kind = OHM_NEWS_BUDGET, .load = i, .detail = state->day_ms };
}

uint16_t ohm_control_count(const ohm_control_rules *rules, ohm_control *control,
                           const ohm_control_now *now, ohm_decisions *decisions)
{
    int64_t elapsed_ms = ohm_mono_since(now->mono, control->counted_mono);
    if (control->counted_mono.v == 0 || elapsed_ms < 0)
        elapsed_ms = 0;
    control->counted_mono = now->mono;
    uint16_t shed_count = 0;
    for (uint16_t i = 0; i < rules->count; i++) {
        const ohm_load *load = &rules->loads[i];
        ohm_load_state *state = &control->loads[i];
        if (state->resting && ohm_mono_since(now->mono, state->rest_end_mono) >= 0)
            state->resting = false;
        if (state->planned && ohm_mono_since(now->mono, state->plan_end_mono) >= 0)
            ohm_control_plan_clear(state);
        if (state->shedding && load->shed_max_ms > 0)
            shed_count++;
        count_day(state, elapsed_ms, now->mono);
        watch_budget(load, i, state, decisions);
        if (state->felt && ohm_mono_since(now->mono, state->felt_mono) > OHM_LOAD_FELT_MS)
            state->felt = false;
        if (state->chilly)
            state->chilly = state->felt && load->comfort_device > 0;
    }
    return shed_count;
}

/* What was below its floor is spared until it is somewhat above: a sensor that flickers at the edge
 * must not switch it each time. */
static int64_t slack_of(const ohm_load *load)
{
    if (load->comfort_quantity == OHM_Q_TEMPERATURE)
        return SLACK_CC;
    return (load->comfort_min < 0 ? -load->comfort_min : load->comfort_min) / SLACK_PART;
}

void ohm_control_feel(ohm_control *control, const ohm_control_rules *rules, const ohm_frame *frame,
                      ohm_mono_ms now)
{
    for (uint16_t i = 0; i < rules->count; i++) {
        const ohm_load *load = &rules->loads[i];
        ohm_load_state *state = &control->loads[i];
        if (load->comfort_device != frame->device + 1)
            continue;
        for (uint16_t v = 0; v < frame->count; v++) {
            const ohm_value *value = &frame->values[v];
            if (value->quantity != load->comfort_quantity || value->quality == OHM_QUALITY_SUSPECT)
                continue;
            state->felt = true;
            state->felt_mono = now;
            state->chilly = value->value < load->comfort_min + (state->chilly ? slack_of(load) : 0);
        }
    }
}
