/* The household's rules, as the API says them. */
#include "web/view_json.h"

static void key_scaled(ohm_json *json, const char *key, int64_t value, int decimals)
{
    ohm_json_key_decimal(json, key, value, -decimals);
}

/* Whose quantity a condition is about, in which unit, with so many decimals. */
static int write_about(ohm_json *json, const ohm_view *view, const ohm_when *when)
{
    static const char *const kinds[OHM_WHENS_COUNT] = { "value", "surplus", "price", "ecowatt",
                                                        "time" };
    const ohm_rule_input *input =
        when->kind == OHM_WHEN_VALUE ? &view->rules.inputs[when->input] : NULL;
    const ohm_quantity *quantity =
        input ? ohm_quantity_get((ohm_quantity_id)input->quantity) : NULL;
    bool known = input && input->device < view->meters_count;
    const char *unit = when->kind == OHM_WHEN_SURPLUS ? "W"
                       : when->kind == OHM_WHEN_PRICE ? "EUR/kWh"
                                                      : NULL;
    ohm_json_key_str(json, "kind", kinds[when->kind]);
    ohm_json_key_str(json, "device", known ? view->meters[input->device].device : NULL);
    ohm_json_key_str(json, "quantity", quantity ? quantity->name : NULL);
    ohm_json_key_str(json, "unit", quantity ? quantity->unit : unit);
    return quantity ? quantity->decimals : when->kind == OHM_WHEN_PRICE ? 6 : 0;
}

static void write_when(ohm_json *json, const ohm_view *view, const ohm_when *when)
{
    ohm_json_object(json);
    int decimals = write_about(json, view, when);
    if (when->kind == OHM_WHEN_TIME) {
        ohm_json_key_int(json, "from_minute", when->from_minute);
        ohm_json_key_int(json, "to_minute", when->to_minute);
        ohm_json_key(json, "weekdays");
        ohm_json_array(json);
        for (int day = 0; day < 7; day++)
            if ((when->weekdays >> day) & 1)
                ohm_json_int(json, day + 1);
        ohm_json_end(json);
    } else {
        ohm_json_key_bool(json, "below", when->below);
        key_scaled(json, "threshold", when->threshold, decimals);
        key_scaled(json, "hysteresis", when->hysteresis, decimals);
    }
    ohm_json_key_int(json, "for_s", when->for_ms / OHM_SECOND_MS);
    ohm_json_end(json);
}

static void write_rule(ohm_json *json, const ohm_view *view, uint16_t index)
{
    const ohm_rule *rule = &view->rules.rules[index];
    const ohm_rule_state *state = &view->rule_states.rules[index];
    bool wins = rule->load < view->loads_count && view->load_states[rule->load].rule == index;
    ohm_json_object(json);
    ohm_json_key_str(json, "id", rule->id);
    ohm_json_key_str(json, "load",
                     rule->load < view->loads_count ? view->loads[rule->load].id : NULL);
    ohm_json_key_str(json, "then", rule->fed ? "fed" : "shed");
    ohm_json_key_bool(json, "otherwise", rule->otherwise);
    ohm_json_key_int(json, "priority", rule->priority);
    ohm_json_key_int(json, "at_least_s", rule->least_ms / OHM_SECOND_MS);
    ohm_json_key_int(json, "at_most_s", rule->most_ms / OHM_SECOND_MS);
    ohm_json_key(json, "when");
    ohm_json_array(json);
    for (uint8_t i = 0; i < rule->whens_count; i++)
        write_when(json, view, &rule->whens[i]);
    ohm_json_end(json);
    if (state->known)
        ohm_json_key_bool(json, "holds", state->holds);
    else
        ohm_json_key_null(json, "holds");
    ohm_json_key_bool(json, "active", state->active);
    ohm_json_key_time(json, "since", state->active ? state->since_ms : OHM_NO_MS);
    ohm_json_key_bool(json, "wins", wins);
    ohm_json_end(json);
}

void ohm_view_write_rules(ohm_json *json, const ohm_view *view)
{
    ohm_json_object(json);
    ohm_json_key(json, "items");
    ohm_json_array(json);
    for (uint16_t i = 0; i < view->rules.count; i++)
        write_rule(json, view, i);
    ohm_json_end(json);
    ohm_json_end(json);
}
