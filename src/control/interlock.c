/* Never two of these: whose place it is. */
#include "control/interlock.h"

bool ohm_interlock_other_is_fed(const ohm_step *s, uint16_t i, bool ending)
{
    uint8_t interlock = s->rules->loads[i].interlock;
    for (uint16_t j = 0; j < s->rules->count && interlock > 0; j++)
        if (j != i && s->rules->loads[j].interlock == interlock &&
            (ending ? s->control->loads[j].fed
                    : ohm_control_may_be_fed(&s->control->loads[j], s->now)))
            return true;
    return false;
}

/* It would be fed, if its output came on: it takes nobody's place until its next attempt, and none
 * at all once it refused too often. */
static bool is_broken(const ohm_step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    return ohm_load_is_broken(&s->rules->loads[i], state) ||
           (!state->fed && ohm_step_output_failed(state, s->now->mono));
}

/* Whose place it is, of two of an interlock that both would be fed: what comes on at all, what
 * nobody can shed, what a person asks for, a room in frost, the tier that is shed last, what is fed
 * already. */
static bool has_place_before(const ohm_step *s, uint16_t a, uint16_t b)
{
    bool broken = is_broken(s, a);
    if (broken != is_broken(s, b))
        return !broken;
    int rank[2];
    const uint16_t both[2] = { a, b };
    for (int k = 0; k < 2; k++) {
        const ohm_load *load = &s->rules->loads[both[k]];
        const ohm_load_state *state = &s->control->loads[both[k]];
        bool by_hand = s->plans[both[k]].cause == OHM_CAUSE_MANUAL;
        bool stuck = state->fed && ohm_step_output_failed(state, s->now->mono);
        bool frozen = s->plans[both[k]].cause == OHM_CAUSE_FROST;
        int first = load->never_shed ? 4 : stuck ? 3 : by_hand ? 2 : frozen ? 1 : 0;
        rank[k] = 1000 * first + 2 * load->tier + state->fed;
    }
    return rank[0] != rank[1] ? rank[0] > rank[1] : a < b;
}

/* It would be fed, and takes the place: a place that another one has, not before its minimum time
 * off is over. */
static bool takes_place(const ohm_step *s, uint16_t j, uint16_t from)
{
    const ohm_load_state *state = &s->control->loads[j];
    bool waits = s->control->loads[from].fed && !state->fed &&
                 !ohm_step_has_been_off(&s->rules->loads[j], state, s->now->mono);
    return s->plans[j].fed && !waits && !is_broken(s, j) && has_place_before(s, j, from);
}

bool ohm_interlock_yields(const ohm_step *s, uint16_t i)
{
    for (uint16_t j = 0; j < s->rules->count; j++)
        if (j != i && s->rules->loads[j].interlock == s->rules->loads[i].interlock &&
            takes_place(s, j, i))
            return true;
    return false;
}
