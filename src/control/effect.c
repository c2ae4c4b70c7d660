/* What switchings do, by the meter: told after each, and learnt from those of one load alone.
 *
 * What a load draws is the median of its last steps that showed something, once most of them agree:
 * an oven that was switched on in the same seconds, or a thermostat that was off, moves it by
 * nothing. A row of switchings that show nothing is suspect: a contact that is stuck though its
 * board says otherwise, or nothing plugged in. One alone says that it draws nothing at present, a
 * tank that is hot, a car that is away: shedding it would not help, until the meter rises by as
 * much. */
#include "control/look.h"
#include "control/shed.h"

enum { LEAST_VA = 30, AGREE_PERCENT = 15, AGREE_VA = 50 };
/* What of its power a load draws at the least: as it was learnt, and by its plate. */
enum { SURE_PERCENT = 90, PLATE_PERCENT = 80 };

static int32_t distance(int32_t a, int32_t b)
{
    return a > b ? a - b : b - a;
}

/* Of a handful, without sorting them in place: the ring keeps their order. */
static int32_t median_of(const int32_t *steps, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        uint8_t below = 0, same = 0;
        for (uint8_t j = 0; j < count; j++) {
            below = (uint8_t)(below + (steps[j] < steps[i]));
            same = (uint8_t)(same + (steps[j] == steps[i]));
        }
        if (below <= count / 2 && below + same > count / 2)
            return steps[i];
    }
    return steps[0];
}

static void learn(ohm_load_state *state, int32_t step_va)
{
    for (int i = OHM_LOAD_STEPS - 1; i > 0; i--)
        state->steps_va[i] = state->steps_va[i - 1];
    state->steps_va[0] = step_va;
    if (state->steps_count < OHM_LOAD_STEPS)
        state->steps_count++;
    state->learnt_va = median_of(state->steps_va, state->steps_count);
    int agree = 0;
    for (uint8_t i = 0; i < state->steps_count; i++)
        agree += distance(state->steps_va[i], state->learnt_va) <=
                 state->learnt_va * AGREE_PERCENT / 100 + AGREE_VA;
    state->sure = agree >= OHM_LOAD_SURE && 2 * agree > state->steps_count;
}

static void learn_phases(const ohm_look *l, ohm_load_state *state, bool first)
{
    const ohm_supply *supply = &l->control->supply;
    for (int p = 0; p < 3 && supply->three_phase; p++) {
        int32_t change_va = supply->va[p + 1] - l->control->effect.before_phase_va[p];
        int32_t step_va = state->fed ? change_va : -change_va;
        if (step_va < 0)
            step_va = 0;
        state->phase_va[p] =
            first ? step_va : state->phase_va[p] + (step_va - state->phase_va[p]) / 4;
    }
}

static void count_empty(ohm_look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    if (state->empty < UINT8_MAX)
        state->empty++;
    if (state->empty < OHM_LOAD_EMPTY || state->suspect)
        return;
    state->suspect = true;
    ohm_look_tell(l, (ohm_news){ .kind = OHM_NEWS_NO_EFFECT, .load = i, .detail = state->empty });
}

/* What a setpoint lets it draw is told, what it draws is its own: a lower one may show nothing. One
 * that is cut drew its least. */
static void take_setpoint(ohm_look *l, uint16_t i, int32_t change_va)
{
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    int32_t step_va = l->control->effect.expected_va < 0 ? -change_va : change_va;
    if (step_va > load->min_w / 2) {
        state->empty = 0;
        state->suspect = false;
    } else if (!state->fed && step_va >= -load->min_w / 2) { /* less: somebody else's, too */
        count_empty(l, i);
    }
}

/* One load alone was switched, and the meter changed by that. */
static void take_step(ohm_look *l, uint16_t i, int32_t change_va)
{
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    if (load->kind == OHM_LOAD_MODULATED) {
        take_setpoint(l, i, change_va);
        return;
    }
    int32_t step_va = state->fed ? change_va : -change_va;
    int32_t least_va = load->nominal_w / 10 > LEAST_VA ? load->nominal_w / 10 : LEAST_VA;
    if (step_va > 3 * (int64_t)load->nominal_w + 300 || step_va < -least_va)
        return; /* somebody else's */
    if (step_va >= least_va) {
        learn_phases(l, state, state->steps_count == 0);
        learn(state, step_va);
        state->empty = 0;
        state->suspect = false;
        return;
    }
    state->idle = true;
    count_empty(l, i);
}

void ohm_shed_switched(const ohm_control_rules *rules, ohm_control *control, uint16_t load,
                       ohm_mono_ms now)
{
    control->loads[load].idle = false;
    int32_t va = ohm_load_drawn_va(&rules->loads[load], &control->loads[load]);
    if (rules->loads[load].kind != OHM_LOAD_MODULATED)
        ohm_shed_moved(rules, control, load, control->loads[load].fed ? va : -va, now);
}

void ohm_shed_moved(const ohm_control_rules *rules, ohm_control *control, uint16_t load,
                    int32_t change_va, ohm_mono_ms now)
{
    ohm_effect *effect = &control->effect;
    if (ohm_control_is_blind(control, rules->silence_ms, 0, now)) {
        effect->waits = false;
        return;
    }
    if (effect->waits) {
        effect->load = OHM_LOADS_MAX;
    } else {
        const int32_t *va_now = control->supply.va;
        *effect = (ohm_effect){ .load = load,
                                .before_va = va_now[0],
                                .before_phase_va = { va_now[1], va_now[2], va_now[3] } };
    }
    effect->waits = true;
    effect->expected_va += change_va;
    effect->mono = now;
}

/* The least that it draws when it does. */
static int64_t least_of(const ohm_load *load, const ohm_load_state *state)
{
    return state->sure ? (int64_t)state->learnt_va * SURE_PERCENT / 100
                       : (int64_t)load->nominal_w * PLATE_PERCENT / 100;
}

void ohm_shed_follow(const ohm_control_rules *rules, ohm_control *control, const int32_t *before_va)
{
    const ohm_supply *supply = &control->supply;
    const ohm_effect *effect = &control->effect;
    int64_t rise_va = (int64_t)supply->va[0] - before_va[0];
    if (effect->waits && effect->expected_va > 0)
        rise_va -= effect->expected_va; /* our own doing */
    for (uint16_t i = 0; i < rules->count; i++) {
        const ohm_load *load = &rules->loads[i];
        ohm_load_state *state = &control->loads[i];
        int64_t least_va = least_of(load, state);
        if (load->kind == OHM_LOAD_MODULATED)
            continue; /* it draws what it is told */
        if (supply->va[0] < least_va && !supply->feeds)
            state->idle = true;
        else if (rise_va >= least_va)
            state->idle = false;
    }
}

/* What the meter says once it can. */
void ohm_look_effect(ohm_look *l)
{
    ohm_effect *effect = &l->control->effect;
    const ohm_supply *supply = &l->control->supply;
    if (!effect->waits)
        return;
    if (ohm_control_is_blind(l->control, l->rules->silence_ms, 0, l->now->mono)) {
        effect->waits = false;
        return;
    }
    if (ohm_mono_since(supply->seen_mono, effect->mono) < OHM_SHED_SETTLE_MS)
        return;
    effect->waits = false;
    if (effect->load < l->rules->count)
        take_step(l, effect->load, supply->va[0] - effect->before_va);
    ohm_look_tell(l, (ohm_news){ .kind = OHM_NEWS_EFFECT,
                                 .load = effect->load,
                                 .expected_va = effect->expected_va,
                                 .detail = supply->va[0] - effect->before_va });
}
