#include "control/rule.h"

#include <string.h>

void ohm_rule_set_init(ohm_rule_set *set)
{
    memset(set, 0, sizeof *set);
    set->surplus_export = set->surplus_import = set->surplus_net = OHM_INPUT_NONE;
}

bool ohm_rules_look_at(const ohm_rule_set *set, ohm_when_kind kind)
{
    for (uint16_t i = 0; i < set->count; i++)
        for (uint8_t w = 0; w < set->rules[i].whens_count; w++)
            if (set->rules[i].whens[w].kind == kind)
                return true;
    return false;
}

bool ohm_rules_read(const ohm_rule_set *set, uint16_t device)
{
    for (uint16_t i = 0; i < set->inputs_count; i++)
        if (set->inputs[i].device == device)
            return true;
    return false;
}

void ohm_rules_frame(const ohm_rule_set *set, ohm_rules *rules, const ohm_frame *frame,
                     ohm_mono_ms now)
{
    for (uint16_t i = 0; i < set->inputs_count; i++) {
        if (set->inputs[i].device != frame->device)
            continue;
        for (uint16_t v = 0; v < frame->count; v++) {
            const ohm_value *value = &frame->values[v];
            bool good = value->quality != OHM_QUALITY_SUSPECT &&
                        value->value >= -OHM_RULE_VALUE_MAX && value->value <= OHM_RULE_VALUE_MAX;
            if (value->quantity == set->inputs[i].quantity && good)
                rules->inputs[i] = (ohm_input_state){ true, value->value, now };
        }
    }
}

/* --- conditions ----------------------------------------------------------------------- */

typedef enum truth { NOT_KNOWN = -1, IS_FALSE = 0, IS_TRUE = 1 } truth;

static bool value_of(const ohm_rule_set *set, const ohm_rules *rules, uint16_t input,
                     ohm_mono_ms now, int64_t *ret_value)
{
    if (input >= set->inputs_count)
        return false;
    const ohm_input_state *state = &rules->inputs[input];
    *ret_value = state->value;
    return state->known && ohm_mono_since(now, state->mono) <= set->inputs[input].stale_ms;
}

bool ohm_rules_spare(const ohm_rule_set *set, const ohm_rules *rules, ohm_mono_ms now,
                     int64_t *ret_w, ohm_mono_ms *ret_mono)
{
    int64_t out = 0, in = 0, net = 0;
    bool both = value_of(set, rules, set->surplus_net, now, &net);
    bool export = value_of(set, rules, set->surplus_export, now, &out);
    if (!both && !export)
        return false;
    if (!both) {
        if (!value_of(set, rules, set->surplus_import, now, &in))
            in = 0;
        net = in - out;
    }
    int decimals = ohm_quantity_get(OHM_Q_POWER)->decimals; /* of all three */
    for (int i = 0; i < decimals; i++)
        net /= 10;
    *ret_w = -net;
    *ret_mono = rules->inputs[both ? set->surplus_net : set->surplus_export].mono;
    return true;
}

bool ohm_rule_follows(const ohm_rule *rule)
{
    for (uint8_t w = 0; w < rule->whens_count; w++)
        if (rule->whens[w].kind == OHM_WHEN_SURPLUS && !rule->whens[w].below)
            return true;
    return false;
}

/* In W; what the load takes because this rule has it fed would be fed back without it. */
static bool surplus_of(const ohm_rule_set *set, const ohm_rules *rules, const ohm_rule *rule,
                       const ohm_rules_now *now, int64_t *ret_w)
{
    ohm_mono_ms mono;
    if (!ohm_rules_spare(set, rules, now->mono, ret_w, &mono))
        return false;
    bool own = rules->rules[rule - set->rules].active;
    if (own && rule->load < now->loads_count && now->states[rule->load].fed)
        *ret_w += ohm_load_drawn_va(&now->loads[rule->load], &now->states[rule->load]);
    return true;
}

static truth time_holds(const ohm_when *when, const ohm_rules_now *now)
{
    if (!now->calendar)
        return NOT_KNOWN;
    bool whole = when->from_minute == when->to_minute;
    bool wraps = when->from_minute > when->to_minute;
    bool after = now->minute >= when->from_minute, before = now->minute < when->to_minute;
    bool within = whole || (wraps ? after || before : after && before);
    /* What follows midnight belongs to the evening before. */
    unsigned day = now->weekday;
    if (wraps && before && !after)
        day = (day + 6) % 7;
    return within && (when->weekdays >> day) & 1 ? IS_TRUE : IS_FALSE;
}

/* So long before, and not any more once it is. */
static truth is_ahead(ohm_ms begins_ms, int64_t ahead_ms, const ohm_rules_now *now)
{
    bool near = begins_ms != OHM_NO_MS && begins_ms - now->utc_ms <= ahead_ms;
    return near ? IS_TRUE : IS_FALSE;
}

static truth level_holds(const ohm_when *when, const ohm_rules_now *now)
{
    if (!now->calendar || now->level == OHM_LEVEL_NONE)
        return NOT_KNOWN;
    bool is = now->level >= when->threshold;
    if (when->ahead_ms == 0)
        return is ? IS_TRUE : IS_FALSE;
    return is ? IS_FALSE : is_ahead(now->next_level_ms[when->threshold], when->ahead_ms, now);
}

static truth day_holds(const ohm_when *when, const ohm_rules_now *now)
{
    bool of_next = when->tomorrow || when->ahead_ms > 0;
    uint8_t code = of_next ? now->next_day : now->day;
    if (!now->calendar || !code)
        return NOT_KNOWN;
    if (code != when->threshold)
        return IS_FALSE;
    return when->ahead_ms > 0 ? is_ahead(now->next_day_ms, when->ahead_ms, now) : IS_TRUE;
}

static truth cheap_holds(const ohm_when *when, const ohm_rules_now *now)
{
    if (!now->calendar || now->cheaper_hours < 0)
        return NOT_KNOWN;
    return now->cheaper_hours < when->threshold ? IS_TRUE : IS_FALSE;
}

static truth presence_holds(const ohm_when *when, const ohm_rules_now *now)
{
    if (now->presence < 0)
        return NOT_KNOWN;
    return (now->presence == 0) == when->below ? IS_TRUE : IS_FALSE;
}

static truth order_holds(const ohm_when *when, const ohm_rules_now *now)
{
    if (!now->limits || when->input >= now->limits_count)
        return NOT_KNOWN;
    const ohm_limit_state *limit = &now->limits[when->input];
    return limit->set && limit->va < when->threshold ? IS_TRUE : IS_FALSE;
}

/* True, false or not known, before its duration. */
static truth raw_of(const ohm_rule_set *set, const ohm_rules *rules, const ohm_rule *rule,
                    const ohm_when *when, bool was_on, const ohm_rules_now *now)
{
    int64_t value = 0;
    bool known = false;
    switch (when->kind) {
    case OHM_WHEN_TIME:
        return time_holds(when, now);
    case OHM_WHEN_LEVEL:
        return level_holds(when, now);
    case OHM_WHEN_DAY:
        return day_holds(when, now);
    case OHM_WHEN_CHEAP:
        return cheap_holds(when, now);
    case OHM_WHEN_PRESENCE:
        return presence_holds(when, now);
    case OHM_WHEN_ORDER:
        return order_holds(when, now);
    case OHM_WHEN_CO2:
    case OHM_WHEN_OUTDOOR:
    case OHM_WHEN_OVERRUN:
        return (truth)ohm_rule_ahead(when, was_on, now);
    case OHM_WHEN_VALUE:
        known = value_of(set, rules, when->input, now->mono, &value);
        break;
    case OHM_WHEN_SURPLUS:
        known = surplus_of(set, rules, rule, now, &value);
        break;
    case OHM_WHEN_PRICE:
        value = now->price_ueur;
        known = now->calendar && value != OHM_RULE_NO_PRICE;
        break;
    case OHM_WHENS_COUNT:
        break;
    }
    if (!known)
        return NOT_KNOWN;
    int64_t slack = was_on ? when->hysteresis : 0;
    bool holds = when->below ? value < when->threshold + slack : value > when->threshold - slack;
    return holds ? IS_TRUE : IS_FALSE;
}

static truth condition_holds(const ohm_rule_set *set, const ohm_rules *rules, const ohm_rule *rule,
                             const ohm_when *when, ohm_when_state *state, const ohm_rules_now *now)
{
    truth raw = raw_of(set, rules, rule, when, state->on, now);
    if (raw == IS_TRUE && !state->on)
        state->since_mono = now->mono;
    state->on = raw == IS_TRUE;
    state->known = raw != NOT_KNOWN;
    if (raw != IS_TRUE)
        return raw;
    return ohm_mono_since(now->mono, state->since_mono) >= when->for_ms ? IS_TRUE : IS_FALSE;
}

static truth when_holds(const ohm_rule_set *set, const ohm_rules *rules, const ohm_rule *rule,
                        const ohm_when *when, ohm_when_state *state, const ohm_rules_now *now)
{
    truth is = condition_holds(set, rules, rule, when, state, now);
    if (!when->unless || is == NOT_KNOWN)
        return is;
    return is == IS_TRUE ? IS_FALSE : IS_TRUE;
}

/* --- rules ---------------------------------------------------------------------------- */

static void step_rule(const ohm_rule_set *set, ohm_rules *rules, uint16_t i,
                      const ohm_rules_now *now)
{
    const ohm_rule *rule = &set->rules[i];
    ohm_rule_state *state = &rules->rules[i];
    truth all = IS_TRUE;
    for (uint8_t w = 0; w < rule->whens_count; w++) {
        truth one = when_holds(set, rules, rule, &rule->whens[w], &state->whens[w], now);
        if (one == IS_FALSE || (one == NOT_KNOWN && all == IS_TRUE))
            all = one;
    }
    state->known = all != NOT_KNOWN;
    state->holds = all == IS_TRUE;
    int64_t lasted_ms = ohm_mono_since(now->mono, state->since_mono);
    if (all == IS_FALSE) /* a sensor that is silent for a while does not begin it anew */
        state->spent = false;
    if (state->active && rule->most_ms > 0 && lasted_ms >= rule->most_ms) {
        state->active = false;
        state->spent = all == IS_TRUE;
    } else if (state->active && all != IS_TRUE && lasted_ms >= rule->least_ms) {
        state->active = false;
    } else if (!state->active && all == IS_TRUE && !state->spent) {
        state->active = true;
        state->since_mono = now->mono;
        state->since_ms = now->calendar ? now->utc_ms : OHM_NO_MS;
    }
}

void ohm_rules_step(const ohm_rule_set *set, ohm_rules *rules, const ohm_rules_now *now)
{
    for (uint16_t i = 0; i < set->count; i++)
        step_rule(set, rules, i, now);
}

uint16_t ohm_rules_ask(const ohm_rule_set *set, const ohm_rules *rules, uint16_t load,
                       bool *ret_fed)
{
    uint16_t best = OHM_RULE_NONE;
    int best_rank = 0;
    for (uint16_t i = 0; i < set->count; i++) {
        const ohm_rule *rule = &set->rules[i];
        const ohm_rule_state *state = &rules->rules[i];
        bool opposite = rule->otherwise && state->known && (!state->holds || state->spent);
        if (rule->load != load || (!state->active && !opposite))
            continue;
        int rank = rule->priority + (state->active ? OHM_RULE_PRIORITY_MAX + 1 : 0);
        if (best != OHM_RULE_NONE && rank <= best_rank)
            continue;
        best = i;
        best_rank = rank;
        *ret_fed = rule->fed == state->active;
    }
    return best;
}

/* --- another set ---------------------------------------------------------------------- */

/* The series' place in the other set; OHM_INPUT_NONE: it has none. */
static uint16_t place_of(const ohm_rule_set *set, const ohm_rule_input *input)
{
    for (uint16_t i = 0; i < set->inputs_count; i++)
        if (set->inputs[i].device == input->device && set->inputs[i].quantity == input->quantity)
            return i;
    return OHM_INPUT_NONE;
}

static bool is_same_when(const ohm_rule_set *from, const ohm_when *a, const ohm_rule_set *to,
                         const ohm_when *b)
{
    bool same = a->kind == b->kind && a->below == b->below && a->unless == b->unless &&
                a->threshold == b->threshold && a->hysteresis == b->hysteresis &&
                a->for_ms == b->for_ms && a->tomorrow == b->tomorrow &&
                a->ahead_ms == b->ahead_ms && a->from_minute == b->from_minute &&
                a->to_minute == b->to_minute && a->weekdays == b->weekdays;
    if (!same || a->kind != OHM_WHEN_VALUE)
        return same && a->input == b->input;
    return place_of(to, &from->inputs[a->input]) == b->input;
}

static bool is_same_rule(const ohm_rule_set *from, const ohm_rule *a, const ohm_rule_set *to,
                         const ohm_rule *b)
{
    bool same = !strcmp(a->id, b->id) && a->load == b->load && a->fed == b->fed &&
                a->otherwise == b->otherwise && a->exact == b->exact && a->setting == b->setting &&
                a->priority == b->priority && a->least_ms == b->least_ms &&
                a->most_ms == b->most_ms && a->whens_count == b->whens_count;
    for (uint8_t w = 0; same && w < a->whens_count; w++)
        same = is_same_when(from, &a->whens[w], to, &b->whens[w]);
    return same;
}

void ohm_rules_carry(const ohm_rule_set *from, const ohm_rules *before, const ohm_rule_set *to,
                     ohm_rules *ret_after)
{
    ohm_rules after;
    memset(&after, 0, sizeof after);
    for (int i = 0; i < OHM_RULES_MAX; i++)
        after.rules[i].since_ms = OHM_NO_MS;
    for (uint16_t i = 0; i < to->inputs_count; i++) {
        uint16_t was = place_of(from, &to->inputs[i]);
        if (was != OHM_INPUT_NONE)
            after.inputs[i] = before->inputs[was];
    }
    for (uint16_t i = 0; i < to->count; i++)
        for (uint16_t j = 0; j < from->count; j++)
            if (is_same_rule(from, &from->rules[j], to, &to->rules[i]))
                after.rules[i] = before->rules[j];
    *ret_after = after;
}

void ohm_rules_rebase(ohm_rules *rules, int64_t shift_ms)
{
    for (int i = 0; i < OHM_RULES_MAX; i++) {
        ohm_rule_state *rule = &rules->rules[i];
        rule->since_mono = ohm_mono_after(rule->since_mono, shift_ms);
        for (int w = 0; w < OHM_RULE_WHENS_MAX; w++)
            rule->whens[w].since_mono = ohm_mono_after(rule->whens[w].since_mono, shift_ms);
    }
    for (int i = 0; i < OHM_RULE_INPUTS_MAX; i++)
        rules->inputs[i].mono = ohm_mono_after(rules->inputs[i].mono, shift_ms);
}
