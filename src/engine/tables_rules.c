/* The tables of the household's rules: what they are, and what is remembered of them. */
#include "engine/table_rows.h"

static const ohm_field when[] = {
    BELOW(ohm_when, kind, CODE, OHM_WHENS_COUNT),
    NUMBER(ohm_when, input, U16),
    NUMBER(ohm_when, below, BOOL),
    NUMBER(ohm_when, threshold, SPAN),
    NUMBER(ohm_when, hysteresis, SPAN),
    NUMBER(ohm_when, for_ms, SPAN),
    NUMBER(ohm_when, from_minute, U16),
    NUMBER(ohm_when, to_minute, U16),
    NUMBER(ohm_when, weekdays, U8),
    SINCE(7, ohm_when, unless, BOOL),
    SINCE(7, ohm_when, tomorrow, BOOL),
    SINCE(7, ohm_when, ahead_ms, SPAN),
};
static const ohm_fields of_when = TABLE(when);

static const ohm_field rule[] = {
    TEXT(ohm_rule, id),
    NUMBER(ohm_rule, load, U16),
    NUMBER(ohm_rule, fed, BOOL),
    NUMBER(ohm_rule, otherwise, BOOL),
    NUMBER(ohm_rule, priority, U8),
    NUMBER(ohm_rule, least_ms, SPAN),
    NUMBER(ohm_rule, most_ms, SPAN),
    LIST(ohm_rule, whens, whens_count, of_when),
    SINCE(7, ohm_rule, exact, BOOL),
    SINCE(7, ohm_rule, setting, I32),
};
static const ohm_fields of_rule = TABLE(rule);

static const ohm_field rule_input[] = {
    NUMBER(ohm_rule_input, device, U16),
    NUMBER(ohm_rule_input, quantity, U16),
    NUMBER(ohm_rule_input, stale_ms, SPAN),
};
static const ohm_fields of_rule_input = TABLE(rule_input);

static const ohm_field rule_set[] = {
    LIST(ohm_rule_set, inputs, inputs_count, of_rule_input),
    NUMBER(ohm_rule_set, surplus_export, U16),
    NUMBER(ohm_rule_set, surplus_import, U16),
    NUMBER(ohm_rule_set, surplus_net, U16),
    LIST(ohm_rule_set, rules, count, of_rule),
};
const ohm_fields ohm_fields_rule_set = TABLE(rule_set);

static const ohm_field rules_change[] = {
    PART(ohm_rules_change, set, ohm_fields_rule_set),
    TEXT(ohm_rules_change, actor),
    { NAME(ohm_rules_change, rule), .type = OHM_FIELD_TEXT, .limit = OHM_LOAD_ID_MAX, .since = 7 },
    SINCE_BELOW(7, ohm_rules_change, deed, CODE, OHM_RULES_DEEDS_COUNT),
    SINCE(7, ohm_rules_change, untried, BOOL),
};
const ohm_fields ohm_fields_rules_change = TABLE(rules_change);

static const ohm_field when_state[] = {
    NUMBER(ohm_when_state, on, BOOL),
    NUMBER(ohm_when_state, since_mono.v, SPAN),
    SINCE(9, ohm_when_state, known, BOOL),
};
static const ohm_fields of_when_state = TABLE(when_state);

static const ohm_field rule_state[] = {
    NUMBER(ohm_rule_state, active, BOOL),       NUMBER(ohm_rule_state, spent, BOOL),
    NUMBER(ohm_rule_state, since_mono.v, SPAN), NUMBER(ohm_rule_state, since_ms, TIME),
    NUMBER(ohm_rule_state, known, BOOL),        NUMBER(ohm_rule_state, holds, BOOL),
    ROW(ohm_rule_state, whens, of_when_state),
};
const ohm_fields ohm_fields_rule_state = TABLE(rule_state);

static const ohm_field input_state[] = {
    NUMBER(ohm_input_state, known, BOOL),
    NUMBER(ohm_input_state, value, SPAN),
    NUMBER(ohm_input_state, mono.v, SPAN),
};
const ohm_fields ohm_fields_input_state = TABLE(input_state);
