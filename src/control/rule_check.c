/* What a set of rules can't have, and where two of them contradict each other. */
#include <string.h>

#include "control/rule.h"
#include "control/setting.h"

static ohm_err check_when(const ohm_rule_set *set, const ohm_when *when, uint16_t at)
{
    if (when->kind >= OHM_WHENS_COUNT)
        return ohm_fail(OHM_RANGE, at, "a condition is of no kind");
    if (when->kind == OHM_WHEN_VALUE && when->input >= set->inputs_count)
        return ohm_fail(OHM_UNKNOWN, at, "a condition looks at no series");
    if (when->kind == OHM_WHEN_SURPLUS && set->surplus_export >= set->inputs_count &&
        set->surplus_net >= set->inputs_count)
        return ohm_fail(OHM_UNKNOWN, at, "nobody says the surplus");
    if (when->threshold < -OHM_RULE_VALUE_MAX || when->threshold > OHM_RULE_VALUE_MAX ||
        when->hysteresis < 0 || when->hysteresis > OHM_RULE_VALUE_MAX)
        return ohm_fail(OHM_RANGE, at, "a threshold is out of range");
    if (when->for_ms < 0 || when->for_ms > OHM_RULE_TIME_MAX)
        return ohm_fail(OHM_RANGE, at, "a duration is negative or above a week");
    if (when->kind == OHM_WHEN_LEVEL && (when->threshold < 1 || when->threshold > OHM_LEVEL_MAX))
        return ohm_fail(OHM_RANGE, at, "Ecowatt's levels are 1 to 3");
    bool outlook = ohm_when_outlook(when->kind) < OHM_OUTLOOKS_COUNT;
    bool ahead = when->kind == OHM_WHEN_LEVEL || when->kind == OHM_WHEN_DAY || outlook;
    if (when->ahead_ms < 0 || when->ahead_ms > OHM_RULE_TIME_MAX || (when->ahead_ms && !ahead))
        return ohm_fail(OHM_RANGE, at, "ahead is of what is told of hours, a week at most");
    if (when->kind == OHM_WHEN_OVERRUN && (when->below || when->ahead_ms == 0))
        return ohm_fail(OHM_RANGE, at, "an overrun is to come within some hours");
    if (outlook && when->tomorrow && (when->kind != OHM_WHEN_OUTDOOR || when->ahead_ms > 0))
        return ohm_fail(OHM_RANGE, at, "tomorrow is of days and of the weather");
    if (when->kind == OHM_WHEN_DAY && (when->threshold < 1 || when->threshold > OHM_RULE_CODE_MAX))
        return ohm_fail(OHM_RANGE, at, "a day has no such code");
    if (when->kind == OHM_WHEN_CHEAP && (when->threshold < 1 || when->threshold > 24))
        return ohm_fail(OHM_RANGE, at, "the cheapest hours are 1 to 24");
    if (when->kind == OHM_WHEN_ORDER && when->input >= OHM_LIMITS_MAX)
        return ohm_fail(OHM_UNKNOWN, at, "an order is of no limit");
    if (when->kind == OHM_WHEN_TIME && (when->from_minute >= 24 * 60 || when->to_minute > 24 * 60 ||
                                        !when->weekdays || when->weekdays > 127))
        return ohm_fail(OHM_RANGE, at, "a time is none, or on no day");
    return ohm_ok();
}

static ohm_err check_rule(const ohm_rule_set *set, uint16_t at, const ohm_load *loads,
                          uint16_t loads_count)
{
    const ohm_rule *rule = &set->rules[at];
    if (!rule->id[0] || !memchr(rule->id, '\0', sizeof rule->id))
        return ohm_fail(OHM_BAD_FORMAT, at, "a rule has no id");
    for (uint16_t i = 0; i < at; i++)
        if (!strcmp(set->rules[i].id, rule->id))
            return ohm_fail(OHM_CONFLICT, at, "two rules have one id");
    if (rule->load >= loads_count)
        return ohm_fail(OHM_UNKNOWN, at, "a rule is about no load");
    if (loads[rule->load].never_shed && (!rule->fed || rule->otherwise))
        return ohm_fail(OHM_DENIED, at, "a rule sheds a load that is never to be shed");
    if (rule->exact && (loads[rule->load].kind == OHM_LOAD_SWITCHED ||
                        !ohm_setting_agrees(&loads[rule->load], rule->fed, rule->setting)))
        return ohm_fail(OHM_UNSUPPORTED, at, "a rule asks a load for what it can't take");
    if (rule->priority < 1 || rule->priority > OHM_RULE_PRIORITY_MAX)
        return ohm_fail(OHM_RANGE, at, "priorities are 1 to 9");
    if (rule->least_ms < 0 || rule->least_ms > OHM_RULE_TIME_MAX || rule->most_ms < 0 ||
        rule->most_ms > OHM_RULE_TIME_MAX)
        return ohm_fail(OHM_RANGE, at, "a duration is negative or above a week");
    if (rule->most_ms > 0 && rule->most_ms < rule->least_ms)
        return ohm_fail(OHM_CONFLICT, at, "a rule asks for longer than it may");
    if (!rule->whens_count || rule->whens_count > OHM_RULE_WHENS_MAX)
        return ohm_fail(OHM_RANGE, at, "a rule has no condition, or too many");
    for (uint8_t i = 0; i < rule->whens_count; i++)
        OHM_TRY(check_when(set, &rule->whens[i], at));
    return ohm_ok();
}

ohm_err ohm_rules_check(const ohm_rule_set *set, const ohm_load *loads, uint16_t loads_count)
{
    if (set->count > OHM_RULES_MAX || set->inputs_count > OHM_RULE_INPUTS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "there are too many rules, or they look at too much");
    for (uint16_t i = 0; i < set->inputs_count; i++) {
        const ohm_rule_input *input = &set->inputs[i];
        if (input->device >= OHM_DEVICES_MAX || input->quantity >= OHM_QUANTITIES_COUNT)
            return ohm_fail(OHM_RANGE, 0, "a series is none");
        if (input->stale_ms <= 0 || input->stale_ms > OHM_RULE_TIME_MAX)
            return ohm_fail(OHM_RANGE, 0, "a series is never, or always, too old");
    }
    const uint16_t power[] = { set->surplus_export, set->surplus_import, set->surplus_net };
    for (int i = 0; i < 3 && set->count; i++)
        if (power[i] != OHM_INPUT_NONE && power[i] >= set->inputs_count)
            return ohm_fail(OHM_UNKNOWN, 0, "the surplus is of no series");
    for (uint16_t i = 0; i < set->count; i++)
        OHM_TRY(check_rule(set, i, loads, loads_count));
    return ohm_ok();
}

/* --- contradictions ------------------------------------------------------------------- */

/* The values of one thing at which all conditions on it may hold, once they do: (low, high). */
typedef struct span {
    ohm_when_kind kind;
    const ohm_when *when; /* of the first */
    int64_t low, high;
    unsigned mask; /* of what has few values: those that may be */
} span;

static bool is_same(const span *s, const ohm_when *when)
{
    bool names = s->kind == OHM_WHEN_VALUE || s->kind == OHM_WHEN_ORDER;
    /* The least of some hours and the most of them are two things. */
    bool sides = ohm_when_outlook(s->kind) < OHM_OUTLOOKS_COUNT &&
                 (when->ahead_ms > 0 || when->tomorrow) && s->when->below != when->below;
    return s->kind == when->kind && !sides && (!names || s->when->input == when->input) &&
           s->when->tomorrow == when->tomorrow && s->when->ahead_ms == when->ahead_ms;
}

/* The code that a day has to have, or home and away; 0: it has no such few values. */
static unsigned bits_of(const ohm_when *when)
{
    if (when->kind == OHM_WHEN_DAY)
        return 1U << when->threshold;
    if (when->kind == OHM_WHEN_PRESENCE)
        return when->below ? 1U : 2U;
    return 0;
}

/* Where in one number both sides are: an hour's place, an order's VA. */
static void narrow_below(span *s, const ohm_when *when)
{
    int64_t edge = when->threshold;
    if (!when->unless)
        s->high = s->high < edge ? s->high : edge;
    else if (when->for_ms == 0)
        s->low = s->low > edge - 1 ? s->low : edge - 1;
}

/* An exception leaves what its condition is not; one that has to last is no bound. */
static void narrow_unless(span *s, const ohm_when *when)
{
    if (when->for_ms > 0)
        return;
    bool upper = when->kind == OHM_WHEN_LEVEL || !when->below;
    int64_t edge = when->kind == OHM_WHEN_LEVEL ? when->threshold
                   : when->below                ? when->threshold - 1
                                                : when->threshold + 1;
    if (upper)
        s->high = s->high < edge ? s->high : edge;
    else
        s->low = s->low > edge ? s->low : edge;
}

static void narrow(span *s, const ohm_when *when)
{
    unsigned bits = bits_of(when);
    if (bits) {
        s->mask &= !when->unless ? bits : when->for_ms > 0 ? ~0U : ~bits;
    } else if (when->kind == OHM_WHEN_CHEAP || when->kind == OHM_WHEN_ORDER) {
        narrow_below(s, when);
    } else if (when->unless) {
        narrow_unless(s, when);
    } else if (when->kind == OHM_WHEN_LEVEL) {
        s->low = s->low > when->threshold - 1 ? s->low : when->threshold - 1;
    } else if (when->below) {
        int64_t high = when->threshold + when->hysteresis;
        s->high = s->high < high ? s->high : high;
    } else {
        int64_t low = when->threshold - when->hysteresis;
        s->low = s->low > low ? s->low : low;
    }
}

/* A value strictly between, and near to what was written. */
static int64_t between(const span *s)
{
    if (s->low <= -OHM_RULE_VALUE_MAX * 4 && s->high >= OHM_RULE_VALUE_MAX * 4)
        return 0;
    if (s->low <= -OHM_RULE_VALUE_MAX * 4)
        return s->high - 1;
    if (s->high >= OHM_RULE_VALUE_MAX * 4)
        return s->low + 1;
    return s->low + (s->high - s->low) / 2;
}

static bool time_at(const ohm_rule *rule, uint16_t week_minute)
{
    unsigned minute = week_minute % (24 * 60);
    for (uint8_t i = 0; i < rule->whens_count; i++) {
        const ohm_when *w = &rule->whens[i];
        if (w->kind != OHM_WHEN_TIME)
            continue;
        unsigned day = week_minute / (24 * 60);
        bool wraps = w->from_minute > w->to_minute;
        bool after = minute >= w->from_minute, before = minute < w->to_minute;
        if (wraps && before && !after)
            day = (day + 6) % 7;
        bool within = w->from_minute == w->to_minute || (wraps ? after || before : after && before);
        bool is = within && ((w->weekdays >> day) & 1);
        if (w->unless ? is && w->for_ms == 0 : !is)
            return false;
    }
    return true;
}

static bool has_time(const ohm_rule *rule)
{
    for (uint8_t i = 0; i < rule->whens_count; i++)
        if (rule->whens[i].kind == OHM_WHEN_TIME)
            return true;
    return false;
}

/* The first minute of the week at which the times of both hold. */
static bool meet_in_time(const ohm_rule *a, const ohm_rule *b, ohm_rule_example *e)
{
    e->has_minute = has_time(a) || has_time(b);
    for (uint16_t m = 0; m < OHM_WEEK_MINUTES; m++) {
        if (time_at(a, m) && time_at(b, m)) {
            e->minute = m;
            return true;
        }
    }
    return false;
}

static int64_t first_bit(unsigned mask)
{
    int64_t bit = 0;
    while (!((mask >> bit) & 1))
        bit++;
    return bit;
}

static void add_value(ohm_rule_example *e, const span *s)
{
    int64_t value = between(s);
    switch (s->kind) {
    case OHM_WHEN_VALUE:
        e->inputs[e->inputs_count].input = s->when->input;
        e->inputs[e->inputs_count++].value = value;
        break;
    case OHM_WHEN_SURPLUS:
        e->has_surplus = true;
        e->surplus_w = value;
        break;
    case OHM_WHEN_PRICE:
        e->has_price = true;
        e->price_ueur = value;
        break;
    case OHM_WHEN_LEVEL:
        e->has_level = true;
        e->level = (int32_t)value;
        break;
    case OHM_WHEN_DAY:
    case OHM_WHEN_CHEAP:
    case OHM_WHEN_PRESENCE:
    case OHM_WHEN_ORDER:
    case OHM_WHEN_CO2:
    case OHM_WHEN_OUTDOOR:
    case OHM_WHEN_OVERRUN:
        e->others[e->others_count].when = s->when;
        e->others[e->others_count++].value = bits_of(s->when) ? first_bit(s->mask) : value;
        break;
    case OHM_WHEN_TIME:
    case OHM_WHENS_COUNT:
        break;
    }
}

static bool meet(const ohm_rule *a, const ohm_rule *b, ohm_rule_example *e)
{
    span spans[2 * OHM_RULE_WHENS_MAX];
    int count = 0;
    *e = (ohm_rule_example){ .inputs_count = 0 };
    for (int i = 0; i < a->whens_count + b->whens_count; i++) {
        const ohm_when *when = i < a->whens_count ? &a->whens[i] : &b->whens[i - a->whens_count];
        if (when->kind == OHM_WHEN_TIME)
            continue;
        int s = 0;
        while (s < count && !is_same(&spans[s], when))
            s++;
        if (s == count)
            spans[count++] =
                (span){ when->kind, when, -OHM_RULE_VALUE_MAX * 4, OHM_RULE_VALUE_MAX * 4,
                        when->kind == OHM_WHEN_PRESENCE ? 3U : (2U << OHM_RULE_CODE_MAX) - 2 };
        narrow(&spans[s], when);
    }
    for (int s = 0; s < count; s++) {
        if (spans[s].high - spans[s].low < 2 || !spans[s].mask)
            return false;
        add_value(e, &spans[s]);
    }
    return meet_in_time(a, b, e);
}

bool ohm_rule_can_hold(const ohm_rule *rule)
{
    ohm_rule_example e;
    return meet(rule, rule, &e);
}

bool ohm_rules_contradict(const ohm_rule *a, const ohm_rule *b, ohm_rule_example *ret_example)
{
    ohm_rule_example e;
    if (a->load != b->load || a->priority != b->priority || a->fed == b->fed)
        return false;
    bool meets = meet(a, b, &e);
    if (!meets && !(a->otherwise && b->otherwise))
        return false;
    if (!meets)
        e = (ohm_rule_example){ .neither = true };
    *ret_example = e;
    return true;
}

bool ohm_rules_conflict(const ohm_rule_set *set, uint16_t *ret_a, uint16_t *ret_b,
                        ohm_rule_example *ret_example)
{
    for (uint16_t a = 0; a < set->count; a++)
        for (uint16_t b = (uint16_t)(a + 1); b < set->count; b++)
            if (ohm_rules_contradict(&set->rules[a], &set->rules[b], ret_example)) {
                *ret_a = a;
                *ret_b = b;
                return true;
            }
    return false;
}
