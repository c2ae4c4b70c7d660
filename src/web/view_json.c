#include "web/view_json.h"

#include "control/setting.h"

/* --- words of the API ----------------------------------------------------------------- */

static const char *power_word(bool fed)
{
    return fed ? "fed" : "shed";
}

/* Text that may be empty, for "not known". */
static void key_text(ohm_json *json, const char *key, const char *text)
{
    ohm_json_key_str(json, key, text[0] ? text : NULL);
}

static void key_level(ohm_json *json, const char *key, int level)
{
    if (level < 0)
        ohm_json_key_null(json, key);
    else
        ohm_json_key_int(json, key, level);
}

int ohm_view_find_meter(const ohm_view *view, const char *device)
{
    for (int i = 0; i < view->meters_count; i++)
        if (!strcmp(view->meters[i].device, device))
            return i;
    return -1;
}

/* --- now and today -------------------------------------------------------------------- */

/* The main meter's value of a quantity, if it is fresh enough to be called "now"; else NULL. */
static const ohm_view_value *value_now(const ohm_view *view, ohm_quantity_id quantity)
{
    if (!view->meter_fresh || view->main_meter >= view->meters_count)
        return NULL;
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    for (int i = 0; i < meter->values_count; i++) {
        const ohm_view_value *v = ohm_view_values(view, meter) + i;
        bool fresh = v->age_ms <= meter->stale_after_ms;
        if (v->quantity == quantity)
            return fresh && v->quality != OHM_QUALITY_SUSPECT ? v : NULL;
    }
    return NULL;
}

static void key_value(ohm_json *json, const char *key, const ohm_view_value *value)
{
    if (!value) {
        ohm_json_key_null(json, key);
        return;
    }
    const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)value->quantity);
    ohm_json_key_decimal(json, key, value->value, -(int)quantity->decimals);
}

/* Power in one direction. A meter that shows one signed power has its share of it. */
static void key_power(ohm_json *json, const char *key, const ohm_view_value *power,
                      const ohm_view_value *signed_power, int sign)
{
    ohm_view_value share;
    if (!power && signed_power) {
        share = *signed_power;
        share.value = share.value * sign > 0 ? share.value * sign : 0;
        power = &share;
    }
    key_value(json, key, power);
}

static void write_phase(ohm_json *json, const ohm_view *view, int phase)
{
    /* The three phases of a quantity are neighbours in the table. */
    ohm_quantity_id offset = (ohm_quantity_id)(phase - 1);
    const ohm_view_value *power = value_now(view, OHM_Q_POWER_IMPORT_L1 + offset);
    const ohm_view_value *both = value_now(view, OHM_Q_POWER_L1 + offset);
    const ohm_view_value *voltage = value_now(view, OHM_Q_VOLTAGE_L1 + offset);
    const ohm_view_value *current = value_now(view, OHM_Q_CURRENT_L1 + offset);
    if (!power && !both && !voltage && !current)
        return;
    ohm_json_object(json);
    ohm_json_key_int(json, "phase", phase);
    key_power(json, "import_w", power, both, 1);
    key_value(json, "voltage_v", voltage);
    key_value(json, "current_a", current);
    ohm_json_end(json);
}

/* A Tempo colour as its quantity counts; NULL where the meter does not know it yet. */
static const char *tempo_name(const ohm_view_value *colour)
{
    static const char *const names[] = { NULL, "blue", "white", "red" };
    bool known = colour && colour->value > 0 && colour->value < 4;
    return known ? names[colour->value] : NULL;
}

/* The tariff as the meter itself counts it; only of meters that say so. */
static void write_meter_tariff(ohm_json *json, const ohm_view *view)
{
    const ohm_view_value *index = value_now(view, OHM_Q_TARIFF_INDEX);
    const ohm_view_value *today = value_now(view, OHM_Q_TEMPO_TODAY);
    if (!index && !today)
        return;
    const ohm_meter_status *status = &view->meters[view->main_meter].status;
    ohm_json_key(json, "meter_tariff");
    ohm_json_object(json);
    key_text(json, "contract", status->contract);
    key_text(json, "period", status->period);
    key_value(json, "index", index);
    ohm_json_key(json, "tempo");
    if (today) {
        ohm_json_object(json);
        ohm_json_key_str(json, "today", tempo_name(today));
        ohm_json_key_str(json, "tomorrow", tempo_name(value_now(view, OHM_Q_TEMPO_TOMORROW)));
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_end(json);
}

/* What a meter says of its contract: apparent power, and what of it is subscribed. */
static void write_apparent(ohm_json *json, const ohm_view *view)
{
    const ohm_view_value *in = value_now(view, OHM_Q_APPARENT_POWER_IMPORT);
    const ohm_view_value *out = value_now(view, OHM_Q_APPARENT_POWER_EXPORT);
    const ohm_view_value *subscribed = value_now(view, OHM_Q_SUBSCRIBED_POWER);
    const ohm_view_value *overrun = value_now(view, OHM_Q_OVERRUN);
    if (in)
        key_value(json, "import_va", in);
    if (out)
        key_value(json, "export_va", out);
    if (subscribed)
        key_value(json, "subscribed_va", subscribed);
    if (overrun)
        ohm_json_key_bool(json, "overrun", overrun->value != 0);
}

static void write_now(ohm_json *json, const ohm_view *view)
{
    const ohm_view_value *both = value_now(view, OHM_Q_POWER);
    ohm_json_object(json);
    ohm_json_key_bool(json, "fresh", view->meter_fresh);
    key_power(json, "import_w", value_now(view, OHM_Q_POWER_IMPORT), both, 1);
    key_power(json, "export_w", value_now(view, OHM_Q_POWER_EXPORT), both, -1);
    write_apparent(json, view);
    write_meter_tariff(json, view);
    ohm_json_key(json, "phases");
    ohm_json_array(json);
    for (int phase = 1; phase <= 3; phase++)
        write_phase(json, view, phase);
    ohm_json_end(json);
    ohm_json_end(json);
}

/* "2026-11-22", or null for a date that is not set. */
static void key_date(ohm_json *json, const char *key, ohm_date date)
{
    char text[10];
    if (!ohm_date_valid(date.year, date.month, date.day) || date.year < 0 || date.year > 9999) {
        ohm_json_key_null(json, key);
        return;
    }
    int year = date.year;
    for (int i = 3; i >= 0; i--, year /= 10)
        text[i] = (char)('0' + year % 10);
    text[4] = text[7] = '-';
    text[5] = (char)('0' + date.month / 10);
    text[6] = (char)('0' + date.month % 10);
    text[8] = (char)('0' + date.day / 10);
    text[9] = (char)('0' + date.day % 10);
    ohm_json_key_span(json, key, ohm_span_of(text, sizeof text));
}

static void write_today(ohm_json *json, const ohm_engine_today *today)
{
    ohm_json_object(json);
    if (today->known) {
        key_date(json, "date", today->date);
        ohm_json_key_int(json, "import_wh", today->import_wh);
        ohm_json_key_int(json, "export_wh", today->export_wh);
    } else {
        ohm_json_key_null(json, "date");
        ohm_json_key_null(json, "import_wh");
        ohm_json_key_null(json, "export_wh");
    }
    if (today->known && today->has_cost)
        ohm_json_key_decimal(json, "cost_eur", today->cost_ueur, -6);
    else
        ohm_json_key_null(json, "cost_eur");
    ohm_json_key_int(json, "unpriced_wh", today->known ? today->unpriced_wh : 0);
    ohm_json_key_bool(json, "complete", today->known && today->complete);
    ohm_json_key_bool(json, "estimated", today->estimated);
    ohm_json_end(json);
}

static void write_tariff(ohm_json *json, const ohm_view *view)
{
    if (!view->has_contract || !view->has_price) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "name", view->contract_name);
    ohm_json_key_str(json, "period", view->period.id);
    ohm_json_key_decimal(json, "price_eur_per_kwh", view->price.ueur_per_kwh, -6);
    key_date(json, "since", view->price_since);
    ohm_json_key_bool(json, "superseded", view->price_superseded);
    ohm_json_key(json, "next");
    if (view->has_next_price) {
        ohm_json_object(json);
        ohm_json_key_time(json, "at", view->price.until_ms);
        ohm_json_key_str(json, "period", view->next_period.id);
        ohm_json_key_decimal(json, "price_eur_per_kwh", view->next_price.ueur_per_kwh, -6);
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_end(json);
}

/* --- the grid's signal ---------------------------------------------------------------- */

static void write_hour(ohm_json *json, const ohm_signal_interval *hour, bool manual)
{
    ohm_json_object(json);
    ohm_json_key_time(json, "from", hour->when.from_ms);
    ohm_json_key_time(json, "to", hour->when.to_ms);
    ohm_json_key_int(json, "level", hour->level);
    ohm_json_key_bool(json, "manual", manual);
    ohm_json_end(json);
}

static bool same_date(ohm_date a, ohm_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* Writes the day that starts with interval `first`; returns the index after its last. */
static int write_day(ohm_json *json, const ohm_view *view, int first)
{
    const ohm_signal_set *set = &view->ecowatt;
    ohm_date date = ohm_civil_from_utc(&view->tz, set->intervals[first].when.from_ms).date;
    int after = first;
    int32_t level = set->intervals[first].level;
    for (; after < set->count; after++) {
        const ohm_signal_interval *hour = &set->intervals[after];
        if (!same_date(date, ohm_civil_from_utc(&view->tz, hour->when.from_ms).date))
            break;
        if (hour->level > level)
            level = hour->level;
    }
    ohm_json_object(json);
    key_date(json, "date", date);
    ohm_json_key_int(json, "level", level);
    ohm_json_key(json, "hours");
    ohm_json_array(json);
    for (int i = first; i < after; i++)
        write_hour(json, &set->intervals[i], view->ecowatt_manual[i]);
    ohm_json_end(json);
    ohm_json_end(json);
    return after;
}

void ohm_view_write_ecowatt(ohm_json *json, const ohm_view *view)
{
    const ohm_signal_set *set = &view->ecowatt;
    /* Where nobody is asked, hours by hand are all there is, and as fresh as they are. */
    bool asked = view->ecowatt_configured;
    const char *state = !set->count                    ? asked ? "none" : "off"
                        : asked && view->ecowatt_stale ? "stale"
                                                       : "fresh";
    ohm_json_object(json);
    ohm_json_key_str(json, "state", state);
    ohm_json_key_str(json, "source", view->ecowatt_demo ? "demo" : asked ? "rte" : "manual");
    ohm_json_key_time(json, "made", set->count ? set->made_ms : OHM_NO_MS);
    ohm_json_key_time(json, "fetched", set->count ? set->fetched_ms : OHM_NO_MS);
    key_text(json, "error", view->ecowatt_error);
    key_level(json, "now", view->ecowatt_now);
    ohm_json_key(json, "days");
    ohm_json_array(json);
    for (int i = 0; i < set->count;)
        i = write_day(json, view, i);
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_view_write_critical(ohm_json *json, const ohm_view *view, int32_t threshold)
{
    ohm_json_object(json);
    ohm_json_key_int(json, "threshold", threshold);
    ohm_json_key(json, "hours");
    ohm_json_array(json);
    for (int i = 0; i < view->ecowatt.count; i++) {
        const ohm_signal_interval *hour = &view->ecowatt.intervals[i];
        if (hour->level >= threshold && hour->when.to_ms > view->time_ms)
            write_hour(json, hour, view->ecowatt_manual[i]);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

/* --- loads and relays ----------------------------------------------------------------- */

int ohm_view_find_load(const ohm_view *view, const char *id)
{
    for (int i = 0; i < view->loads_count; i++)
        if (!strcmp(view->loads[i].id, id))
            return i;
    return -1;
}

/* What a board says of a relay, and how often that was moved. */
static void write_contact(ohm_json *json, const ohm_view_relay *relay)
{
    ohm_json_key_str(json, "state", ohm_output_name(relay->state));
    if (relay->echo_age_ms >= 0)
        ohm_json_key_int(json, "echo_age_s", relay->echo_age_ms / OHM_SECOND_MS);
    else
        ohm_json_key_null(json, "echo_age_s");
    ohm_json_key_int(json, "operations", (int64_t)relay->operations);
}

static void write_output(ohm_json *json, const ohm_view *view, uint16_t load)
{
    const ohm_view_relay *relay = NULL;
    for (int i = 0; i < view->relays_count && !relay; i++)
        if (view->relays[i].load == (int)load)
            relay = &view->relays[i];
    if (!relay) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "board", relay->board);
    ohm_json_key_int(json, "channel", relay->channel);
    ohm_json_key_str(json, "contact", relay->contact_nc ? "NC" : "NO");
    ohm_json_key_bool(json, "coil", relay->coil);
    ohm_json_key_bool(json, "led", relay->led);
    write_contact(json, relay);
    ohm_json_end(json);
}

/* Of a heater on a pilot wire: its order, and those that it takes. */
static void write_setting(ohm_json *json, const ohm_load *load, const ohm_load_state *state)
{
    if (load->kind == OHM_LOAD_MODULATED) {
        ohm_setpoint_write(json, load, state->setting);
        if (load->w_per_a > 0)
            ohm_json_key_int(json, "w_per_a", load->w_per_a);
        ohm_json_key_int(json, "min_w", load->min_w);
        ohm_json_key_int(json, "step_w", load->step_w);
    }
    if (load->kind != OHM_LOAD_PILOT)
        return;
    ohm_json_key_str(json, "order", ohm_order_name((ohm_order)state->setting));
    ohm_json_key_str(json, "shed_order", ohm_order_name((ohm_order)load->shed_setting));
    ohm_json_key(json, "orders");
    ohm_json_array(json);
    for (int o = 0; o < (int)OHM_ORDERS_COUNT; o++)
        if (ohm_setting_ok(load, o))
            ohm_json_str(json, ohm_order_name((ohm_order)o));
    ohm_json_end(json);
}

/* The limit that keeps it off or lowers it, and who is never fed with it. */
static void write_company(ohm_json *json, const ohm_view *view, uint16_t index)
{
    const ohm_load *load = &view->loads[index];
    ohm_json_key_bool(json, "never_shed", load->never_shed);
    ohm_json_key_str(json, "limit", ohm_view_limit_id(view, view->load_states[index].said.limit));
    ohm_json_key(json, "not_with");
    ohm_json_array(json);
    for (uint16_t i = 0; i < view->loads_count && load->interlock > 0; i++)
        if (i != index && view->loads[i].interlock == load->interlock)
            ohm_json_str(json, view->loads[i].id);
    ohm_json_end(json);
}

void ohm_view_write_load(ohm_json *json, const ohm_view *view, uint16_t index)
{
    const ohm_load *load = &view->loads[index];
    const ohm_load_state *state = &view->load_states[index];
    ohm_json_object(json);
    ohm_json_key_str(json, "id", load->id);
    ohm_json_key_str(json, "name", load->name);
    ohm_json_key_int(json, "nominal_w", load->nominal_w);
    if (state->sure)
        ohm_json_key_int(json, "learnt_w", state->learnt_va);
    else
        ohm_json_key_null(json, "learnt_w");
    ohm_json_key_bool(json, "no_effect", state->suspect);
    ohm_json_key_int(json, "tier", load->tier);
    if (load->phase)
        ohm_json_key_int(json, "phase", load->phase);
    else
        ohm_json_key_null(json, "phase");
    write_company(json, view, index);
    ohm_json_key_str(json, "state", power_word(state->fed));
    write_setting(json, load, state);
    ohm_json_key_str(json, "cause", ohm_cause_name(state->cause));
    ohm_json_key_str(json, "held_by", ohm_hold_name(state->hold));
    key_level(json, "level", state->level);
    ohm_json_key_time(json, "since", state->since_ms);
    ohm_json_key_time(json, "until", state->until_ms);
    if (state->fed)
        ohm_json_key_null(json, "expected_w");
    else
        ohm_json_key_int(json, "expected_w", -(int64_t)ohm_load_drawn_va(load, state));
    ohm_json_key(json, "override");
    if (state->overridden) {
        ohm_json_object(json);
        ohm_json_key_str(json, "state", power_word(state->override_fed));
        if (state->override_exact && load->kind == OHM_LOAD_PILOT)
            ohm_json_key_str(json, "order", ohm_order_name((ohm_order)state->override_setting));
        if (state->override_exact && load->kind == OHM_LOAD_MODULATED)
            ohm_setpoint_write(json, load, state->override_setting);
        ohm_json_key_time(json, "until", state->override_end_ms);
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_key(json, "output");
    write_output(json, view, index);
    ohm_json_end(json);
}

void ohm_view_write_loads(ohm_json *json, const ohm_view *view)
{
    ohm_json_array(json);
    for (uint16_t i = 0; i < view->loads_count; i++)
        ohm_view_write_load(json, view, i);
    ohm_json_end(json);
}

static void write_relay(ohm_json *json, const ohm_view *view, const ohm_view_relay *relay)
{
    bool wired = relay->load >= 0 && relay->load < view->loads_count;
    ohm_json_object(json);
    ohm_json_key_str(json, "board", relay->board);
    ohm_json_key_int(json, "channel", relay->channel);
    ohm_json_key_str(json, "contact", relay->contact_nc ? "NC" : "NO");
    ohm_json_key_bool(json, "coil", relay->coil);
    ohm_json_key_bool(json, "led", relay->led);
    if (relay->wave)
        ohm_json_key_str(json, "wave", relay->wave);
    ohm_json_key_str(json, "load", wired ? view->loads[relay->load].id : NULL);
    write_contact(json, relay);
    ohm_json_end(json);
}

/* --- the whole ------------------------------------------------------------------------ */

static void write_site(ohm_json *json, const ohm_view *view)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "id", view->site_id);
    ohm_json_key_str(json, "name", view->site_name);
    ohm_json_key_str(json, "timezone", view->tz.name);
    ohm_json_key_bool(json, "demo", view->demo);
    if (view->contract_va)
        ohm_json_key_int(json, "contract_va", view->contract_va);
    else
        ohm_json_key_null(json, "contract_va");
    ohm_json_end(json);
}

static void write_run(ohm_json *json, const ohm_view_run *run)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "mode", run->mode ? run->mode : "normal");
    ohm_json_key_int(json, "aborts", run->aborts);
    ohm_json_key(json, "last");
    if (run->cause) {
        ohm_json_object(json);
        ohm_json_key_time(json, "time", run->abort_ms);
        ohm_json_key_str(json, "cause", run->cause);
        ohm_json_key_str(json, "signal", run->signal[0] ? run->signal : NULL);
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_key_time(json, "ends", run->mode && run->ends_ms ? run->ends_ms : OHM_NO_MS);
    ohm_json_end(json);
}

void ohm_view_write_state(ohm_json *json, const ohm_view *view)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "version", OHM_VERSION);
    ohm_json_key_time(json, "time", view->time_ms);
    ohm_json_key(json, "site");
    write_site(json, view);
    ohm_json_key(json, "run");
    write_run(json, &view->run);
    ohm_json_key(json, "meters");
    ohm_json_array(json);
    for (int i = 0; i < view->meters_count; i++)
        ohm_view_write_meter(json, view, (uint16_t)i,
                             i == view->main_meter || view->meters_count <= OHM_VIEW_WHOLE_METERS);
    ohm_json_end(json);
    ohm_json_key(json, "now");
    write_now(json, view);
    ohm_json_key(json, "today");
    write_today(json, &view->today);
    ohm_json_key(json, "tariff");
    write_tariff(json, view);
    ohm_json_key(json, "ecowatt");
    ohm_view_write_ecowatt(json, view);
    ohm_json_key(json, "limits");
    ohm_view_write_limits(json, view);
    ohm_json_key(json, "loads");
    ohm_view_write_loads(json, view);
    ohm_json_key(json, "relays");
    ohm_json_array(json);
    for (int i = 0; i < view->relays_count; i++)
        write_relay(json, view, &view->relays[i]);
    ohm_json_end(json);
    ohm_json_key(json, "health");
    ohm_view_write_health(json, view);
    ohm_json_end(json);
}
