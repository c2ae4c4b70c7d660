/* What people change while it runs: rules armed, edited and removed, another configuration. */
#include "sim/world_own.h"

enum {
    RULES_MOST = 5,
    SENSOR_STALE_MS = 20 * OHM_MINUTE_MS,
    DAY_MINUTES = 24 * 60,
};

bool world_has_sensor(const ohm_world *w, uint16_t load)
{
    return w->config.loads[load].comfort > 0 || w->config.loads[load].set_cc > 0;
}

/* --- rules ----------------------------------------------------------------------------------- */

static ohm_when draw_when(ohm_world *w, const ohm_rule_set *set)
{
    static const ohm_when_kind kinds[] = { OHM_WHEN_TIME, OHM_WHEN_LEVEL, OHM_WHEN_PRESENCE,
                                           OHM_WHEN_ORDER, OHM_WHEN_VALUE };
    const ohm_engine_config *c = &w->config.engine;
    ohm_when when = { .kind = kinds[world_draw(w, sizeof kinds / sizeof *kinds)],
                      .input = OHM_INPUT_NONE,
                      .below = world_draw(w, 2),
                      .unless = world_draw(w, 4) == 0,
                      .for_ms = world_draw(w, 3) * (int64_t)OHM_MINUTE_MS };
    if ((when.kind == OHM_WHEN_VALUE && set->inputs_count == 0) ||
        (when.kind == OHM_WHEN_ORDER && c->limits_count == 0))
        when.kind = OHM_WHEN_TIME;
    if (when.kind == OHM_WHEN_TIME) {
        when.below = false;
        when.from_minute = (uint16_t)world_draw(w, DAY_MINUTES);
        when.to_minute =
            (uint16_t)((when.from_minute + 1 + world_draw(w, DAY_MINUTES - 1)) % DAY_MINUTES);
        when.weekdays = (uint8_t)(1 + world_draw(w, 127));
    } else if (when.kind == OHM_WHEN_LEVEL) {
        when.below = false;
        when.threshold = 1 + world_draw(w, 3);
    } else if (when.kind == OHM_WHEN_ORDER) {
        when.below = true;
        when.input = (uint16_t)world_draw(w, c->limits_count);
        when.threshold = 1000 + world_draw(w, 9000);
    } else if (when.kind == OHM_WHEN_VALUE) {
        when.input = (uint16_t)world_draw(w, set->inputs_count);
        when.threshold = 1600 + world_draw(w, 600);
        if (set->inputs[when.input].quantity == OHM_Q_BATTERY_CHARGE)
            when.threshold -= 1500;
        when.hysteresis = 10 + world_draw(w, 50);
    }
    return when;
}

static void draw_rule(ohm_world *w, ohm_rule_set *set)
{
    ohm_rule *rule = &set->rules[set->count++];
    *rule = (ohm_rule){ .load = (uint16_t)world_draw(w, w->config.engine.loads_count),
                        .fed = world_draw(w, 2),
                        .otherwise = world_draw(w, 4) == 0,
                        .priority = (uint8_t)(1 + world_draw(w, OHM_RULE_PRIORITY_MAX)),
                        .least_ms = world_draw(w, 2) * 10 * (int64_t)OHM_MINUTE_MS };
    rule->most_ms = world_draw(w, 3) == 0 ? OHM_HOUR_MS : 0;
    memcpy(rule->id, "rule_", 5);
    rule->id[5] = (char)('a' + set->count);
    rule->whens_count = (uint8_t)(1 + world_draw(w, 2));
    for (uint8_t i = 0; i < rule->whens_count; i++)
        rule->whens[i] = draw_when(w, set);
}

/* Sets that the daemon would refuse, it refuses here: by the same checks. */
void world_change_rules(ohm_world *w)
{
    const ohm_engine_config *c = &w->config.engine;
    static const ohm_rules_deed deeds[] = { OHM_RULES_CHANGED, OHM_RULES_ARMED, OHM_RULES_DISARMED,
                                            OHM_RULES_REMOVED };
    ohm_rules_change change = { .actor = "world" };
    ohm_rule_example example;
    uint16_t a, b;
    if (!w->running || w->stopped)
        return;
    ohm_rule_set_init(&change.set);
    int64_t value;
    for (uint16_t i = 0; i < c->loads_count; i++)
        if (world_has_sensor(w, i))
            change.set.inputs[change.set.inputs_count++] =
                (ohm_rule_input){ (uint16_t)(WORLD_SENSORS + i), world_sensed(w, i, &value),
                                  SENSOR_STALE_MS };
    for (uint32_t n = world_draw(w, RULES_MOST + 1); n > 0; n--)
        draw_rule(w, &change.set);
    change.deed = deeds[world_draw(w, sizeof deeds / sizeof *deeds)];
    if (change.deed != OHM_RULES_CHANGED)
        memcpy(change.rule, "rule_b", sizeof "rule_b");
    if (ohm_failed(ohm_rules_check(&change.set, c->loads, c->loads_count)) ||
        ohm_rules_conflict(&change.set, &a, &b, &example)) {
        world_count_deed(w, WORLD_DEED_RULES_REFUSED);
        return;
    }
    world_count_deed(w, WORLD_DEED_RULES_CHANGED);
    w->config.engine.rules = change.set; /* in the household's file, before the engine has them */
    world_feed(w, (ohm_event){ .kind = OHM_EVENT_RULES, .rules = &change });
}

bool world_rule_may_shed(const ohm_world *w, uint16_t load)
{
    const ohm_rule_set *set = &w->config.engine.rules;
    for (uint16_t i = 0; i < set->count; i++)
        if (set->rules[i].load == load && (!set->rules[i].fed || set->rules[i].otherwise))
            return true;
    return false;
}

/* --- another configuration ------------------------------------------------------------------- */

/* Between two runs: other tiers, times, limits and thresholds than the world's file has. What the
 * daemon would refuse to start with stays as it was. */
void world_reconfigure(ohm_world *w)
{
    ohm_engine_config *c = &w->config.engine, before = *c;
    if (!w->reload)
        return;
    w->reload = false;
    c->ecowatt_threshold = 2 + (int32_t)world_draw(w, 2);
    for (uint16_t i = 0; i < c->limits_count; i++)
        c->limits[i].va = (int32_t)((int64_t)w->file.limits[i].va * (90 + world_draw(w, 21)) / 100);
    for (uint16_t i = 0; i < c->loads_count; i++) {
        const ohm_load *first = &w->file.loads[i];
        c->loads[i].off_min_ms = first->off_min_ms * (1 + world_draw(w, 3));
        c->loads[i].on_min_ms = first->on_min_ms * (1 + world_draw(w, 3));
        c->loads[i].shed_max_ms = first->shed_max_ms / (1 + world_draw(w, 2));
        if (!first->never_shed)
            c->loads[i].tier = (uint8_t)(1 + world_draw(w, 3));
    }
    if (ohm_failed(ohm_engine_config_check(c)))
        *c = before;
    else
        world_count_deed(w, WORLD_DEED_RECONFIGURED);
}
