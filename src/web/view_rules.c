/* The household's rules, as the API says them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/setting.h"
#include "web/view_json.h"

static void key_scaled(ohm_json *json, const char *key, int64_t value, int decimals)
{
    ohm_json_key_decimal(json, key, value, -decimals);
}

static const char *const kinds[OHM_WHENS_COUNT] = { "value", "surplus", "price",    "ecowatt",
                                                    "time",  "day",     "cheapest", "presence",
                                                    "order", "co2",     "outdoor",  "overrun" };

/* Whose quantity a condition is about, in which unit, with so many decimals. */
static int write_about(ohm_json *json, const ohm_view *view, const ohm_rule_set *set,
                       const ohm_when *when)
{
    const ohm_rule_input *input = when->kind == OHM_WHEN_VALUE ? &set->inputs[when->input] : NULL;
    const ohm_quantity *quantity =
        input ? ohm_quantity_get((ohm_quantity_id)input->quantity) : NULL;
    bool known = input && input->device < view->meters_count;
    const char *unit = when->kind == OHM_WHEN_SURPLUS   ? "W"
                       : when->kind == OHM_WHEN_PRICE   ? "EUR/kWh"
                       : when->kind == OHM_WHEN_CO2     ? "g/kWh"
                       : when->kind == OHM_WHEN_OUTDOOR ? "°C"
                       : when->kind == OHM_WHEN_OVERRUN ? "W"
                                                        : NULL;
    ohm_json_key_str(json, "kind", kinds[when->kind]);
    ohm_json_key_str(json, "device", known ? view->meters[input->device].device : NULL);
    ohm_json_key_str(json, "quantity", quantity ? quantity->name : NULL);
    ohm_json_key_str(json, "unit", quantity ? quantity->unit : unit);
    return quantity                         ? quantity->decimals
           : when->kind == OHM_WHEN_PRICE   ? 6
           : when->kind == OHM_WHEN_OUTDOOR ? 2
                                            : 0;
}

static void write_when(ohm_json *json, const ohm_view *view, const ohm_rule_set *set,
                       const ohm_when *when)
{
    ohm_json_object(json);
    int decimals = write_about(json, view, set, when);
    if (when->kind == OHM_WHEN_TIME) {
        ohm_json_key_int(json, "from_minute", when->from_minute);
        ohm_json_key_int(json, "to_minute", when->to_minute);
        ohm_json_key(json, "weekdays");
        ohm_json_array(json);
        for (int day = 0; day < 7; day++)
            if ((when->weekdays >> day) & 1)
                ohm_json_int(json, day + 1);
        ohm_json_end(json);
    } else if (when->kind == OHM_WHEN_DAY) {
        static const char *const days[] = { NULL, "blue", "white", "red", "normal", "peak" };
        ohm_json_key_str(json, "day", days[when->threshold]);
        ohm_json_key_bool(json, "tomorrow", when->tomorrow);
    } else if (when->kind == OHM_WHEN_PRESENCE) {
        ohm_json_key_str(json, "presence", when->below ? "away" : "home");
    } else {
        if (when->kind == OHM_WHEN_ORDER)
            ohm_json_key_str(json, "limit", ohm_view_limit_id(view, when->input));
        ohm_json_key_bool(json, "below", when->below);
        key_scaled(json, "threshold", when->threshold, decimals);
        key_scaled(json, "hysteresis", when->hysteresis, decimals);
    }
    bool outlook = ohm_when_outlook(when->kind) < OHM_OUTLOOKS_COUNT;
    if (outlook)
        ohm_json_key_bool(json, "tomorrow", when->tomorrow);
    if (outlook || when->kind == OHM_WHEN_DAY || when->kind == OHM_WHEN_LEVEL)
        ohm_json_key_int(json, "ahead_h", when->ahead_ms / OHM_HOUR_MS);
    ohm_json_key_int(json, "for_s", when->for_ms / OHM_SECOND_MS);
    ohm_json_end(json);
}

static void write_whens(ohm_json *json, const ohm_view *view, const ohm_rule_set *set,
                        const ohm_rule *rule, bool unless)
{
    ohm_json_key(json, unless ? "unless" : "when");
    ohm_json_array(json);
    for (uint8_t i = 0; i < rule->whens_count; i++)
        if (rule->whens[i].unless == unless)
            write_when(json, view, set, &rule->whens[i]);
    ohm_json_end(json);
}

static void write_what(ohm_json *json, const ohm_view *view, const ohm_rule_set *set,
                       const ohm_rule *rule)
{
    ohm_json_key_str(json, "load",
                     rule->load < view->loads_count ? view->loads[rule->load].id : NULL);
    ohm_json_key_str(json, "then", rule->fed ? "fed" : "shed");
    bool watts =
        rule->load < view->loads_count && view->loads[rule->load].kind == OHM_LOAD_MODULATED;
    if (rule->exact && watts)
        ohm_setpoint_write(json, &view->loads[rule->load], rule->setting);
    else if (rule->exact)
        ohm_json_key_str(json, "order", ohm_order_name((ohm_order)rule->setting));
    ohm_json_key_bool(json, "otherwise", rule->otherwise);
    ohm_json_key_int(json, "priority", rule->priority);
    ohm_json_key_int(json, "at_least_s", rule->least_ms / OHM_SECOND_MS);
    ohm_json_key_int(json, "at_most_s", rule->most_ms / OHM_SECOND_MS);
    write_whens(json, view, set, rule, false);
    write_whens(json, view, set, rule, true);
}

/* What the engine makes of it; nothing is known of one that is not armed. */
static void write_state(ohm_json *json, const ohm_view *view, const char *id)
{
    uint16_t index = 0;
    while (index < view->rules.count && strcmp(view->rules.rules[index].id, id) != 0)
        index++;
    bool there = index < view->rules.count;
    const ohm_rule_state *state = &view->rule_states.rules[there ? index : 0];
    const ohm_rule *rule = &view->rules.rules[there ? index : 0];
    bool wins =
        there && rule->load < view->loads_count && view->load_states[rule->load].rule == index;
    if (there && state->known)
        ohm_json_key_bool(json, "holds", state->holds);
    else
        ohm_json_key_null(json, "holds");
    ohm_json_key(json, "lacks");
    ohm_json_array(json);
    for (uint8_t w = 0; there && w < rule->whens_count; w++)
        if (!state->whens[w].known)
            ohm_json_str(json, kinds[rule->whens[w].kind]);
    ohm_json_end(json);
    ohm_json_key_bool(json, "active", there && state->active);
    ohm_json_key_time(json, "since", there && state->active ? state->since_ms : OHM_NO_MS);
    ohm_json_key_bool(json, "wins", wins);
}

static void write_kept(ohm_json *json, const ohm_rules_shelf *shelf, const ohm_rule_kept *kept)
{
    char version[20];
    (void)snprintf(version, sizeof version, "%016" PRIx64, kept->version);
    ohm_json_key_str(json, "source", "page");
    ohm_json_key_bool(json, "armed", kept->armed);
    ohm_json_key_bool(json, "tried", kept->tried);
    ohm_json_key_str(json, "by", kept->by[0] ? kept->by : NULL);
    ohm_json_key_time(json, "at", kept->at_ms);
    ohm_json_key_str(json, "version", version);
    ohm_json_key_str(json, "fault", kept->fault[0] ? kept->fault : NULL);
    ohm_json_key_span(json, "yaml", ohm_span_of(shelf->yaml + kept->yaml_at, kept->yaml_len));
}

void ohm_view_write_rules(ohm_json *json, const ohm_view *view, const ohm_rules_shelf *shelf)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "fault", shelf->fault[0] ? shelf->fault : NULL);
    ohm_json_key_str(json, "presence",
                     view->presence < 0 ? NULL
                     : view->presence   ? "home"
                                        : "away");
    ohm_json_key(json, "outlooks");
    ohm_json_array(json);
    for (int k = 0; k < OHM_WHENS_COUNT; k++) {
        int outlook = ohm_when_outlook((ohm_when_kind)k);
        if (outlook < OHM_OUTLOOKS_COUNT && shelf->outlooks[outlook])
            ohm_json_str(json, kinds[k]);
    }
    ohm_json_end(json);
    ohm_json_key(json, "items");
    ohm_json_array(json);
    for (uint16_t i = 0; i < shelf->in_file && i < shelf->set.count; i++) {
        ohm_json_object(json);
        ohm_json_key_str(json, "id", shelf->set.rules[i].id);
        ohm_json_key_str(json, "source", "file");
        ohm_json_key_bool(json, "armed", true);
        write_what(json, view, &shelf->set, &shelf->set.rules[i]);
        write_state(json, view, shelf->set.rules[i].id);
        ohm_json_end(json);
    }
    for (uint16_t i = 0; i < shelf->kept_count; i++) {
        const ohm_rule_kept *kept = &shelf->kept[i];
        bool told = kept->place < shelf->set.count;
        bool runs = kept->armed && !kept->fault[0];
        ohm_json_object(json);
        ohm_json_key_str(json, "id", kept->id);
        write_kept(json, shelf, kept);
        if (told)
            write_what(json, view, &shelf->set, &shelf->set.rules[kept->place]);
        write_state(json, view, runs ? kept->id : "");
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}
