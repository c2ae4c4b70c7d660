#include "control/setting.h"
#include "engine/table_rows.h"

/* --- plain numbers, for lists of them ------------------------------------------------------ */

static const ohm_field plain_bool[] = { { .name = "item", .type = OHM_FIELD_BOOL } };
static const ohm_field plain_u8[] = { { .name = "item", .type = OHM_FIELD_U8 } };
static const ohm_field plain_u16[] = { { .name = "item", .type = OHM_FIELD_U16 } };
static const ohm_field plain_i32[] = { { .name = "item", .type = OHM_FIELD_I32 } };
static const ohm_field plain_i64[] = { { .name = "item", .type = OHM_FIELD_I64 } };
static const ohm_fields of_bool = TABLE(plain_bool), of_u8 = TABLE(plain_u8),
                        of_u16 = TABLE(plain_u16), of_i32 = TABLE(plain_i32),
                        of_i64 = TABLE(plain_i64);

/* --- events ------------------------------------------------------------------------------- */

static const ohm_field boot_output[] = {
    NUMBER(ohm_boot_output, known, BOOL),
    NUMBER(ohm_boot_output, fed, BOOL),
    NUMBER(ohm_boot_output, settled_ms, SPAN),
    SINCE(7, ohm_boot_output, setting, I32),
};
static const ohm_fields of_boot_output = TABLE(boot_output);

static const ohm_field boot[] = {
    NUMBER(ohm_boot, boot_id, U64),
    NUMBER(ohm_boot, clock_set, BOOL),
    LIST(ohm_boot, outputs, outputs_count, of_boot_output),
};
const ohm_fields ohm_fields_boot = TABLE(boot);

static const ohm_field value[] = {
    BELOW(ohm_value, quantity, U16, OHM_QUANTITIES_COUNT),
    BELOW(ohm_value, quality, U8, OHM_QUALITY_ESTIMATED + 1),
    NUMBER(ohm_value, value, I64),
};
static const ohm_fields of_value = TABLE(value);

static const ohm_field frame[] = {
    NUMBER(ohm_frame, device, U16),
    NUMBER(ohm_frame, time_ms, I64),
    LIST(ohm_frame, values, count, of_value),
};
const ohm_fields ohm_fields_frame = TABLE(frame);

static const ohm_field interval[] = {
    NUMBER(ohm_signal_interval, when.from_ms, SPAN),
    NUMBER(ohm_signal_interval, when.to_ms, SPAN),
    NUMBER(ohm_signal_interval, level, I32),
};
static const ohm_fields of_interval = TABLE(interval);

static const ohm_field signal_set[] = {
    BELOW(ohm_signal_set, kind, CODE, OHM_SIGNAL_KINDS_COUNT),
    NUMBER(ohm_signal_set, made_ms, TIME),
    NUMBER(ohm_signal_set, fetched_ms, TIME),
    LIST(ohm_signal_set, intervals, count, of_interval),
};
const ohm_fields ohm_fields_signal = TABLE(signal_set);

static const ohm_field command[] = {
    NUMBER(ohm_command, id, U64),
    BELOW(ohm_command, kind, CODE, OHM_COMMANDS_COUNT),
    NUMBER(ohm_command, load, U16),
    NUMBER(ohm_command, fed, BOOL),
    NUMBER(ohm_command, until_ms, I64),
    NUMBER(ohm_command, interval.from_ms, I64),
    NUMBER(ohm_command, interval.to_ms, I64),
    NUMBER(ohm_command, level, I32),
    NUMBER(ohm_command, limit, U16),
    NUMBER(ohm_command, va, I32),
    TEXT(ohm_command, actor),
    SINCE_BELOW(6, ohm_command, plan.why, CODE, OHM_PLAN_WHYS_COUNT),
    SINCE(6, ohm_command, plan.ueur_per_kwh, I32),
    SINCE(6, ohm_command, plan.instead_ueur_per_kwh, I32),
    SINCE(7, ohm_command, zone, U16),
    SINCE(7, ohm_command, set_cc, I32),
    SINCE(7, ohm_command, exact, BOOL),
    SINCE(7, ohm_command, setting, I32),
};
const ohm_fields ohm_fields_command = TABLE(command);

static const ohm_field output[] = {
    NUMBER(ohm_event, output.load, U16),
    BELOW(ohm_event, output.state, CODE, OHM_OUTPUTS_COUNT),
    NUMBER(ohm_event, output.fed, BOOL),
    SINCE(7, ohm_event, output.setting, I32),
};
const ohm_fields ohm_fields_output = TABLE(output);

static const ohm_field clock[] = {
    NUMBER(ohm_event, clock.set, BOOL),
    NUMBER(ohm_event, clock.jump_ms, I64),
};
const ohm_fields ohm_fields_clock = TABLE(clock);

static const ohm_field note[] = {
    BELOW(ohm_note, notice, CODE, OHM_NOTICES_COUNT),
    NUMBER(ohm_note, device, U16),
    BELOW(ohm_note, quantity, U16, OHM_QUANTITIES_COUNT),
    NUMBER(ohm_note, detail, I64),
    TEXT(ohm_note, device_id),
};
const ohm_fields ohm_fields_note = TABLE(note);

/* --- actions ------------------------------------------------------------------------------ */

static const ohm_field action[] = {
    NUMBER(ohm_action, seq, U64),
    NUMBER(ohm_action, time_ms, TIME),
    BELOW(ohm_action, notice, CODE, OHM_NOTICES_COUNT),
    NUMBER(ohm_action, decision.load, U16),
    NUMBER(ohm_action, decision.fed, BOOL),
    NUMBER(ohm_action, decision.switches, BOOL),
    BELOW(ohm_action, decision.cause, CODE, OHM_CAUSES_COUNT),
    BELOW(ohm_action, decision.hold, CODE, OHM_HOLDS_COUNT),
    NUMBER(ohm_action, decision.level, I32),
    NUMBER(ohm_action, decision.expected_w, I32),
    NUMBER(ohm_action, decision.pressure.limit, U16),
    NUMBER(ohm_action, decision.pressure.phase, U8),
    NUMBER(ohm_action, decision.pressure.blind, BOOL),
    NUMBER(ohm_action, decision.pressure.va, I32),
    NUMBER(ohm_action, decision.pressure.measured_va, I32),
    NUMBER(ohm_action, decision.pressure.trip_s, I32),
    NUMBER(ohm_action, decision.until_ms, TIME),
    NUMBER(ohm_action, command_id, U64),
    NUMBER(ohm_action, device, U16),
    BELOW(ohm_action, quantity, CODE, OHM_QUANTITIES_COUNT),
    NUMBER(ohm_action, detail, I64),
    TEXT(ohm_action, actor),
    SINCE_BELOW(6, ohm_action, decision.plan.why, CODE, OHM_PLAN_WHYS_COUNT),
    SINCE(6, ohm_action, decision.plan.ueur_per_kwh, I32),
    SINCE(6, ohm_action, decision.plan.instead_ueur_per_kwh, I32),
    SINCE(6, ohm_action, decision.rule, U16),
    SINCE(7, ohm_action, decision.adjusts, BOOL),
    SINCE(7, ohm_action, decision.setting, I32),
    { NAME(ohm_action, rule), .type = OHM_FIELD_TEXT, .limit = OHM_LOAD_ID_MAX, .since = 7 },
};
const ohm_fields ohm_fields_action = TABLE(action);

/* --- the configuration -------------------------------------------------------------------- */

static const ohm_field tz_rule[] = {
    NUMBER(ohm_tz_rule, kind, U8), NUMBER(ohm_tz_rule, month, U8),
    NUMBER(ohm_tz_rule, week, U8), NUMBER(ohm_tz_rule, weekday, U8),
    NUMBER(ohm_tz_rule, day, I16), NUMBER(ohm_tz_rule, time_s, I32),
};
static const ohm_fields of_tz_rule = TABLE(tz_rule);

static const ohm_field tz[] = {
    TEXT(ohm_tz, name),
    LIST(ohm_tz, type_offset_s, types_count, of_i32),
    MORE(ohm_tz, type_is_dst, types_count, of_bool),
    LIST(ohm_tz, transition_s, transitions_count, of_i64),
    MORE(ohm_tz, transition_type, transitions_count, of_u8),
    NUMBER(ohm_tz, first_type, U8),
    NUMBER(ohm_tz, has_rule, BOOL),
    NUMBER(ohm_tz, rule_has_dst, BOOL),
    NUMBER(ohm_tz, rule_std_s, I32),
    NUMBER(ohm_tz, rule_dst_s, I32),
    PART(ohm_tz, rule_to_dst, of_tz_rule),
    PART(ohm_tz, rule_to_std, of_tz_rule),
};
static const ohm_fields of_tz = TABLE(tz);

static const ohm_field slot[] = {
    NUMBER(ohm_contract_slot, from_minute, U16), NUMBER(ohm_contract_slot, to_minute, U16),
    NUMBER(ohm_contract_slot, period, U8),       NUMBER(ohm_contract_slot, weekdays, U8),
    NUMBER(ohm_contract_slot, codes, U8),        NUMBER(ohm_contract_slot, holidays, U8),
    NUMBER(ohm_contract_slot, season_from, U16), NUMBER(ohm_contract_slot, season_to, U16),
    NUMBER(ohm_contract_slot, from.year, I16),   NUMBER(ohm_contract_slot, from.month, U8),
    NUMBER(ohm_contract_slot, from.day, U8),     NUMBER(ohm_contract_slot, to.year, I16),
    NUMBER(ohm_contract_slot, to.month, U8),     NUMBER(ohm_contract_slot, to.day, U8),
};
static const ohm_fields of_slot = TABLE(slot);

static const ohm_field period[] = { TEXT(ohm_period, id) };
static const ohm_fields of_period = TABLE(period);

static const ohm_field price_row[] = {
    NUMBER(ohm_price_row, from.year, I16),
    NUMBER(ohm_price_row, from.month, U8),
    NUMBER(ohm_price_row, from.day, U8),
    NUMBER(ohm_price_row, unverified, BOOL),
    ROW(ohm_price_row, ueur_per_kwh, of_i64),
    NUMBER(ohm_price_row, subscription_ueur_per_year, I64),
    NUMBER(ohm_price_row, export_ueur_per_kwh, I64),
};
static const ohm_fields of_price_row = TABLE(price_row);

static const ohm_field vat_row[] = {
    NUMBER(ohm_vat_row, from.year, I16), NUMBER(ohm_vat_row, from.month, U8),
    NUMBER(ohm_vat_row, from.day, U8),   NUMBER(ohm_vat_row, subscription, U16),
    NUMBER(ohm_vat_row, energy, U16),
};
static const ohm_fields of_vat_row = TABLE(vat_row);

static const ohm_field charge[] = {
    TEXT(ohm_charge, id),
    NUMBER(ohm_charge, from.year, I16),
    NUMBER(ohm_charge, from.month, U8),
    NUMBER(ohm_charge, from.day, U8),
    NUMBER(ohm_charge, to.year, I16),
    NUMBER(ohm_charge, to.month, U8),
    NUMBER(ohm_charge, to.day, U8),
    NUMBER(ohm_charge, unit, U8),
    NUMBER(ohm_charge, reduced_vat, BOOL),
    NUMBER(ohm_charge, ueur, I64),
};
static const ohm_fields of_charge = TABLE(charge);

static const ohm_field contract[] = {
    TEXT(ohm_contract, name),
    NUMBER(ohm_contract, subscribed_va, I32),
    LIST(ohm_contract, periods, periods_count, of_period),
    NUMBER(ohm_contract, rest_period, U8),
    NUMBER(ohm_contract, spot_period, U8),
    NUMBER(ohm_contract, spot.factor_ppm, I64),
    NUMBER(ohm_contract, spot.loss_ppm, I64),
    NUMBER(ohm_contract, spot.fee_ueur_per_kwh, I64),
    NUMBER(ohm_contract, spot.tax_ueur_per_kwh, I64),
    NUMBER(ohm_contract, holidays, U8),
    NUMBER(ohm_contract, codes, U8),
    NUMBER(ohm_contract, day_start_minute, U16),
    NUMBER(ohm_contract, months_alike, BOOL),
    NUMBER(ohm_contract, tax_excluded, BOOL),
    LIST(ohm_contract, slots, slots_count, of_slot),
    LIST(ohm_contract, rows, rows_count, of_price_row),
    LIST(ohm_contract, vats, vats_count, of_vat_row),
    LIST(ohm_contract, charges, charges_count, of_charge),
    NUMBER(ohm_contract, professional.tan_phi_ppm, I64),
    NUMBER(ohm_contract, professional.reactive_ueur_per_kvarh, I64),
    PART(ohm_contract, professional.reactive, of_slot),
    NUMBER(ohm_contract, professional.overrun_ueur_per_hour, I64),
    NUMBER(ohm_contract, professional.overrun_ueur_per_kva, I64),
};
static const ohm_fields of_contract = TABLE(contract);

static const ohm_field contract_change[] = {
    NUMBER(ohm_contract_change, has_contract, BOOL),
    PART(ohm_contract_change, contract, of_contract),
    NUMBER(ohm_contract_change, power_w_max, SPAN),
    TEXT(ohm_contract_change, actor),
};
const ohm_fields ohm_fields_contract_change = TABLE(contract_change);

static const ohm_field load_config[] = {
    TEXT(ohm_load, id),
    TEXT(ohm_load, name),
    NUMBER(ohm_load, tier, U8),
    NUMBER(ohm_load, phase, U8),
    NUMBER(ohm_load, nominal_w, I32),
    NUMBER(ohm_load, ecowatt_threshold, I32),
    NUMBER(ohm_load, on_min_ms, SPAN),
    NUMBER(ohm_load, off_min_ms, SPAN),
    NUMBER(ohm_load, shed_max_ms, SPAN),
    NUMBER(ohm_load, rest_min_ms, SPAN),
    NUMBER(ohm_load, failsafe_fed, BOOL),
    NUMBER(ohm_load, never_shed, BOOL),
    SINCE(5, ohm_load, branch, U8),
    SINCE(5, ohm_load, interlock, U8),
    SINCE(5, ohm_load, shed_day_ms, SPAN),
    SINCE(5, ohm_load, comfort_device, U16),
    SINCE(5, ohm_load, comfort_quantity, U16),
    SINCE(5, ohm_load, comfort_min, I64),
    SINCE_BELOW(7, ohm_load, kind, CODE, OHM_LOAD_KINDS_COUNT),
    SINCE(7, ohm_load, shed_setting, I32),
    SINCE(7, ohm_load, safe_setting, I32),
    SINCE(7, ohm_load, min_w, I32),
    SINCE(7, ohm_load, step_w, I32),
    SINCE(9, ohm_load, gives_w, I32),
    SINCE_BELOW(7, ohm_load, orders, U8, 1 << OHM_ORDERS_COUNT),
    SINCE(9, ohm_load, w_per_a, I32),
    SINCE(10, ohm_load, weight, U8),
};
static const ohm_fields of_load_config = TABLE(load_config);

static const ohm_field limit_config[] = {
    TEXT(ohm_power_limit, id),
    BELOW(ohm_power_limit, kind, CODE, OHM_LIMIT_KINDS_COUNT),
    NUMBER(ohm_power_limit, phase, U8),
    NUMBER(ohm_power_limit, va, I32),
    NUMBER(ohm_power_limit, ecowatt_level, I32),
    { NAME(ohm_power_limit, day), .type = OHM_FIELD_CODE, .limit = OHM_DAY_CODES_COUNT,
      .since = 5 },
    SINCE(5, ohm_power_limit, branch, U8),
};
static const ohm_fields of_limit_config = TABLE(limit_config);

static const ohm_field config[] = {
    PART(ohm_engine_config, tz, of_tz),
    NUMBER(ohm_engine_config, main_device, U16),
    TEXT(ohm_engine_config, main_id),
    NUMBER(ohm_engine_config, meter_stale_ms, SPAN),
    NUMBER(ohm_engine_config, power_w_max, I64),
    NUMBER(ohm_engine_config, has_ecowatt, BOOL),
    NUMBER(ohm_engine_config, ecowatt_threshold, I32),
    NUMBER(ohm_engine_config, start_wait_ms, SPAN),
    NUMBER(ohm_engine_config, restore_gap_ms, SPAN),
    NUMBER(ohm_engine_config, restore_jitter_ms, SPAN),
    NUMBER(ohm_engine_config, seed, U64),
    NUMBER(ohm_engine_config, base_va, I32),
    LIST(ohm_engine_config, limits, limits_count, of_limit_config),
    NUMBER(ohm_engine_config, has_contract, BOOL),
    PART(ohm_engine_config, contract, of_contract),
    LIST(ohm_engine_config, loads, loads_count, of_load_config),
    { NAME(ohm_engine_config, branches), .type = OHM_FIELD_LIST, ITEMS(ohm_engine_config, branches),
      .count_offset = offsetof(ohm_engine_config, branches_count), .items = &of_u16, .since = 5 },
    PART_SINCE(6, ohm_engine_config, rules, ohm_fields_rule_set),
    { NAME(ohm_engine_config, zones), .type = OHM_FIELD_LIST, ITEMS(ohm_engine_config, zones),
      .count_offset = offsetof(ohm_engine_config, zones_count), .items = &ohm_fields_heat_zone,
      .since = 7 },
    { NAME(ohm_engine_config, silence_ms), .type = OHM_FIELD_ROW,
      ITEMS(ohm_engine_config, silence_ms), .items = &of_i64, .since = 10 },
};
static const ohm_fields of_config = TABLE(config);

/* --- the state ---------------------------------------------------------------------------- */

static const ohm_field pressure[] = {
    NUMBER(ohm_pressure, limit, U16),       BELOW(ohm_pressure, phase, U8, OHM_SCOPES_ALL),
    NUMBER(ohm_pressure, blind, BOOL),      NUMBER(ohm_pressure, va, I32),
    NUMBER(ohm_pressure, measured_va, I32), NUMBER(ohm_pressure, trip_s, I32),
};
static const ohm_fields of_pressure = TABLE(pressure);

static const ohm_field load_state[] = {
    NUMBER(ohm_load_state, fed, BOOL),
    BELOW(ohm_load_state, cause, CODE, OHM_CAUSES_COUNT),
    BELOW(ohm_load_state, hold, CODE, OHM_HOLDS_COUNT),
    NUMBER(ohm_load_state, level, I32),
    NUMBER(ohm_load_state, has_changed, BOOL),
    NUMBER(ohm_load_state, changed_mono.v, SPAN),
    NUMBER(ohm_load_state, since_ms, TIME),
    NUMBER(ohm_load_state, until_ms, TIME),
    NUMBER(ohm_load_state, overridden, BOOL),
    NUMBER(ohm_load_state, override_fed, BOOL),
    NUMBER(ohm_load_state, override_end_mono.v, SPAN),
    NUMBER(ohm_load_state, override_end_ms, TIME),
    BELOW(ohm_load_state, output, CODE, OHM_OUTPUTS_COUNT),
    NUMBER(ohm_load_state, output_failures, U16),
    NUMBER(ohm_load_state, failed_fed, BOOL),
    NUMBER(ohm_load_state, output_retry_mono.v, SPAN),
    NUMBER(ohm_load_state, shedding, BOOL),
    NUMBER(ohm_load_state, shed_start_mono.v, SPAN),
    NUMBER(ohm_load_state, shed_end_mono.v, SPAN),
    NUMBER(ohm_load_state, exhausted, BOOL),
    NUMBER(ohm_load_state, resting, BOOL),
    NUMBER(ohm_load_state, rest_end_mono.v, SPAN),
    BELOW(ohm_load_state, force, CODE, OHM_FORCES_COUNT),
    PART(ohm_load_state, pressure, of_pressure),
    PART(ohm_load_state, said, of_pressure),
    NUMBER(ohm_load_state, limited, BOOL),
    NUMBER(ohm_load_state, limited_mono.v, SPAN),
    NUMBER(ohm_load_state, reason_mono.v, SPAN),
    NUMBER(ohm_load_state, room, BOOL),
    NUMBER(ohm_load_state, room_mono.v, SPAN),
    NUMBER(ohm_load_state, restore_failures, U8),
    NUMBER(ohm_load_state, overdue, BOOL),
    NUMBER(ohm_load_state, limited_ms, SPAN),
    NUMBER(ohm_load_state, rush, BOOL),
    NUMBER(ohm_load_state, restate, BOOL),
    NUMBER(ohm_load_state, switchings, U64),
    { NAME(ohm_load_state, steps_count), .type = OHM_FIELD_U8, .limit = OHM_LOAD_STEPS + 1,
      .since = 5 },
    { NAME(ohm_load_state, steps_va), .type = OHM_FIELD_MORE, ITEMS(ohm_load_state, steps_va),
      .count_offset = offsetof(ohm_load_state, steps_count), .count_is_byte = true,
      .items = &of_i32, .since = 5 },
    { NAME(ohm_load_state, phase_va), .type = OHM_FIELD_ROW, ITEMS(ohm_load_state, phase_va),
      .items = &of_i32, .since = 5 },
    SINCE(5, ohm_load_state, learnt_va, I32),
    SINCE(5, ohm_load_state, sure, BOOL),
    SINCE(5, ohm_load_state, empty, U8),
    SINCE(5, ohm_load_state, suspect, BOOL),
    SINCE(5, ohm_load_state, day_ms, SPAN),
    SINCE(5, ohm_load_state, day_mono.v, SPAN),
    SINCE(5, ohm_load_state, spent, BOOL),
    SINCE(5, ohm_load_state, chilly, BOOL),
    SINCE(5, ohm_load_state, felt, BOOL),
    SINCE(5, ohm_load_state, felt_mono.v, SPAN),
    SINCE(6, ohm_load_state, planned, BOOL),
    SINCE(6, ohm_load_state, plan_fed, BOOL),
    SINCE(6, ohm_load_state, plan_end_mono.v, SPAN),
    SINCE_BELOW(6, ohm_load_state, plan.why, CODE, OHM_PLAN_WHYS_COUNT),
    SINCE(6, ohm_load_state, plan.ueur_per_kwh, I32),
    SINCE(6, ohm_load_state, plan.instead_ueur_per_kwh, I32),
    SINCE_BELOW(6, ohm_load_state, plan_said.why, CODE, OHM_PLAN_WHYS_COUNT),
    SINCE(6, ohm_load_state, plan_said.ueur_per_kwh, I32),
    SINCE(6, ohm_load_state, plan_said.instead_ueur_per_kwh, I32),
    SINCE(6, ohm_load_state, said_rule, U16),
    SINCE(7, ohm_load_state, setting, I32),
    SINCE(7, ohm_load_state, override_exact, BOOL),
    SINCE(7, ohm_load_state, override_setting, I32),
    SINCE(7, ohm_load_state, plan_exact, BOOL),
    SINCE(7, ohm_load_state, plan_setting, I32),
    SINCE(7, ohm_load_state, moved_w, I32),
    SINCE(7, ohm_load_state, moved_mono.v, SPAN),
    SINCE(7, ohm_load_state, most_w, I32),
    SINCE_BELOW(7, ohm_load_state, most_force, CODE, OHM_FORCES_COUNT),
    PART_SINCE(7, ohm_load_state, most_pressure, of_pressure),
    SINCE(7, ohm_load_state, rises, BOOL),
    SINCE(7, ohm_load_state, rise_w, I32),
    SINCE(7, ohm_load_state, rise_mono.v, SPAN),
    SINCE(7, ohm_load_state, raised, BOOL),
    SINCE(7, ohm_load_state, raised_mono.v, SPAN),
    SINCE(7, ohm_load_state, sun_w, I32),
    SINCE_BELOW(7, ohm_load_state, sun_way, U8, 3),
    SINCE(7, ohm_load_state, sun_change_w, I32),
    SINCE(7, ohm_load_state, sun_mono.v, SPAN),
    SINCE(7, ohm_load_state, idle, BOOL),
    SINCE(9, ohm_load_state, borrows, BOOL),
};
static const ohm_fields of_load_state = TABLE(load_state);

static const ohm_field meter_register[] = {
    NUMBER(ohm_register, known, BOOL),         NUMBER(ohm_register, time_ms, TIME),
    NUMBER(ohm_register, mono.v, SPAN),        NUMBER(ohm_register, wh, SPAN),
    NUMBER(ohm_register, doubted, BOOL),       NUMBER(ohm_register, confirmations, U8),
    NUMBER(ohm_register, doubt_ms, TIME),      NUMBER(ohm_register, doubt_wh, SPAN),
    NUMBER(ohm_register, doubt_last_wh, SPAN), NUMBER(ohm_register, doubt_last_mono.v, SPAN),
    NUMBER(ohm_register, doubt_last_ms, TIME),
};
static const ohm_fields of_register = TABLE(meter_register);

static const ohm_field today[] = {
    NUMBER(ohm_engine_today, known, BOOL),       NUMBER(ohm_engine_today, date.year, I16),
    NUMBER(ohm_engine_today, date.month, U8),    NUMBER(ohm_engine_today, date.day, U8),
    NUMBER(ohm_engine_today, from_ms, TIME),     NUMBER(ohm_engine_today, complete, BOOL),
    NUMBER(ohm_engine_today, estimated, BOOL),   NUMBER(ohm_engine_today, has_cost, BOOL),
    NUMBER(ohm_engine_today, import_wh, SPAN),   NUMBER(ohm_engine_today, export_wh, SPAN),
    NUMBER(ohm_engine_today, unpriced_wh, SPAN), NUMBER(ohm_engine_today, cost_ueur, I64),
};
static const ohm_fields of_today = TABLE(today);

static const ohm_field limit_state[] = {
    NUMBER(ohm_limit_state, set, BOOL),
    NUMBER(ohm_limit_state, va, I32),
    NUMBER(ohm_limit_state, end_mono.v, SPAN),
    NUMBER(ohm_limit_state, end_ms, TIME),
};
static const ohm_fields of_limit_state = TABLE(limit_state);

static const ohm_field overrun[] = {
    NUMBER(ohm_overrun, on, BOOL),
    NUMBER(ohm_overrun, uncovered, BOOL),
    NUMBER(ohm_overrun, since_mono.v, SPAN),
};
static const ohm_fields of_overrun = TABLE(overrun);

static const ohm_field supply[] = {
    NUMBER(ohm_supply, seen, BOOL),
    NUMBER(ohm_supply, seen_mono.v, SPAN),
    NUMBER(ohm_supply, heard, BOOL),
    NUMBER(ohm_supply, heard_mono.v, SPAN),
    NUMBER(ohm_supply, period_ms, SPAN),
    NUMBER(ohm_supply, scopes, U8),
    ROW(ohm_supply, said_mono, of_i64),
    ROW(ohm_supply, pace_ms, of_i64),
    NUMBER(ohm_supply, ever, BOOL),
    NUMBER(ohm_supply, three_phase, BOOL),
    ROW(ohm_supply, va, of_i32),
    NUMBER(ohm_supply, import_w, I32),
    NUMBER(ohm_supply, subscribed_va, I32),
    NUMBER(ohm_supply, breaking_va, I32),
    NUMBER(ohm_supply, doubted, BOOL),
    NUMBER(ohm_supply, stretch.begun, BOOL),
    NUMBER(ohm_supply, stretch.fine, BOOL),
    NUMBER(ohm_supply, stretch.wh, SPAN),
    NUMBER(ohm_supply, stretch.last_wh, SPAN),
    NUMBER(ohm_supply, stretch.drawn_mj, I64),
    SINCE(10, ohm_supply, export_w, I32),
    SINCE(10, ohm_supply, fed.begun, BOOL),
    SINCE(10, ohm_supply, fed.fine, BOOL),
    SINCE(10, ohm_supply, fed.wh, SPAN),
    SINCE(10, ohm_supply, fed.last_wh, SPAN),
    SINCE(10, ohm_supply, fed.drawn_mj, I64),
    SINCE(5, ohm_supply, subscribed_mono.v, SPAN),
    SINCE(5, ohm_supply, breaking_mono.v, SPAN),
    SINCE(7, ohm_supply, feeds, BOOL),
};
static const ohm_fields of_supply = TABLE(supply);

static const ohm_field branch[] = {
    PART(ohm_branch, supply, of_supply),
    ROW(ohm_branch, overruns, of_overrun),
};
static const ohm_fields of_branch = TABLE(branch);

static const ohm_field engine[] = {
    PART(ohm_engine, config, of_config),
    NUMBER(ohm_engine, next_seq, U64),
    NUMBER(ohm_engine, ran, BOOL),
    NUMBER(ohm_engine, running, BOOL),
    NUMBER(ohm_engine, starting, BOOL),
    NUMBER(ohm_engine, stopping, BOOL),
    NUMBER(ohm_engine, clock_set, BOOL),
    NUMBER(ohm_engine, clock_blind, BOOL),
    NUMBER(ohm_engine, boot_id, U64),
    NUMBER(ohm_engine, mono.v, SPAN),
    NUMBER(ohm_engine, start_mono.v, SPAN),
    NUMBER(ohm_engine, utc_ms, SPAN),
    NUMBER(ohm_engine, meter.seen, BOOL),
    NUMBER(ohm_engine, meter.lost, BOOL),
    NUMBER(ohm_engine, meter.last_mono.v, SPAN),
    PART(ohm_engine, ecowatt.published, ohm_fields_signal),
    PART(ohm_engine, ecowatt.by_hand, ohm_fields_signal),
    NUMBER(ohm_engine, ecowatt.stale, BOOL),
    MORE(ohm_engine, control.loads, config.loads_count, of_load_state),
    NUMBER(ohm_engine, control.has_restored, BOOL),
    NUMBER(ohm_engine, control.restored_mono.v, SPAN),
    NUMBER(ohm_engine, control.gap_extra_ms, SPAN),
    NUMBER(ohm_engine, control.random, U64),
    NUMBER(ohm_engine, control.cold_end_mono.v, SPAN),
    NUMBER(ohm_engine, control.cold, BOOL),
    PART(ohm_engine, control.supply, of_supply),
    MORE(ohm_engine, control.limits, config.limits_count, of_limit_state),
    { .name = "overruns",
      .type = OHM_FIELD_ROW,
      .offset = offsetof(ohm_engine, control.overruns),
      .limit = (int)OHM_FORCES_COUNT * (int)OHM_SCOPES,
      .item_size = sizeof(ohm_overrun),
      .items = &of_overrun },
    ROW(ohm_engine, control.heat, of_i64),
    ROW(ohm_engine, control.fuse_heat, of_i64),
    NUMBER(ohm_engine, control.heated_mono.v, SPAN),
    NUMBER(ohm_engine, control.effect.waits, BOOL),
    NUMBER(ohm_engine, control.effect.load, U16),
    NUMBER(ohm_engine, control.effect.expected_va, I32),
    NUMBER(ohm_engine, control.effect.before_va, I32),
    NUMBER(ohm_engine, control.effect.mono.v, SPAN),
    PART(ohm_engine, ledger.import, of_register),
    PART(ohm_engine, ledger.export, of_register),
    PART(ohm_engine, ledger.today, of_today),
    NUMBER(ohm_engine, ledger.cost_neur, I64),
    NUMBER(ohm_engine, ledger.codes_day, SPAN),
    NUMBER(ohm_engine, ledger.codes, U64),
    ROW(ohm_engine, ledger.quarter_wh, of_i64),
    PART(ohm_engine, ledger.spot, ohm_fields_signal),
    PART_SINCE(9, ohm_engine, outlooks[OHM_OUTLOOK_CO2], ohm_fields_signal),
    PART_SINCE(9, ohm_engine, outlooks[OHM_OUTLOOK_OUTDOOR], ohm_fields_signal),
    PART_SINCE(9, ohm_engine, outlooks[OHM_OUTLOOK_OVERRUN], ohm_fields_signal),
    { .name = "before_phase_va",
      .type = OHM_FIELD_ROW,
      .offset = offsetof(ohm_engine, control.effect.before_phase_va),
      .limit = 3,
      .item_size = sizeof(int32_t),
      .items = &of_i32,
      .since = 5 },
    SINCE(5, ohm_engine, control.counted_mono.v, SPAN),
    { .name = "branches",
      .type = OHM_FIELD_MORE,
      .offset = offsetof(ohm_engine, control.branches),
      .limit = OHM_BRANCHES_MAX,
      .item_size = sizeof(ohm_branch),
      .count_offset = offsetof(ohm_engine, config.branches_count),
      .items = &of_branch,
      .since = 5 },
    MORE_SINCE(6, ohm_engine, rules.rules, config.rules.count, ohm_fields_rule_state),
    MORE_SINCE(6, ohm_engine, rules.inputs, config.rules.inputs_count, ohm_fields_input_state),
    MORE_SINCE(7, ohm_engine, zones, config.zones_count, ohm_fields_heat_state),
    SINCE_BELOW(7, ohm_engine, presence, U8, 3),
};
const ohm_fields ohm_fields_engine = TABLE(engine);
