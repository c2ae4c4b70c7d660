/* What changes the house: overrides of loads, levels by hand, the prototype's update_hvalue.
 *
 * Each becomes one command to the loop; the answer shows the outcome after its commit. */
#include "control/setting.h"
#include "web/api.h"
#include "web/body.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

enum {
    OVERRIDE_MINUTES_MAX = 7 * 24 * 60,
    AHEAD_MS_MAX = 7 * 24 * OHM_HOUR_MS,
};

/* The view to judge by, or NULL with a fault answered. */
static const ohm_view *view_of(ohm_exchange *x)
{
    const ohm_view *view = ohm_web_view(x->web);
    if (!view)
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
    return view;
}

static void reply_refusal(ohm_exchange *x, ohm_code outcome, ohm_fault out_of_range)
{
    if (outcome == OHM_RANGE)
        ohm_reply_fault(x, out_of_range, NULL);
    else
        ohm_reply_outcome(x, outcome);
}

/* --- loads ---------------------------------------------------------------------------- */

typedef struct load_of_view {
    const ohm_view *view;
    uint16_t load;
} load_of_view;

static void write_load(ohm_json *json, const void *ctx)
{
    const load_of_view *l = ctx;
    ohm_view_write_load(json, l->view, l->load);
}

static void override_done(ohm_exchange *x, ohm_code outcome)
{
    load_of_view l = { ohm_web_view(x->web), (uint16_t)x->user };
    if (outcome == OHM_OK && l.load < l.view->loads_count)
        ohm_reply_json(x, MHD_HTTP_OK, write_load, &l);
    else
        reply_refusal(x, outcome, OHM_FAULT_UNTIL);
}

/* The load of the path; -1: answered. */
static int load_of(ohm_exchange *x, const ohm_view *view)
{
    int load = ohm_view_find_load(view, x->params[0]);
    if (load < 0)
        ohm_reply_fault(x, OHM_FAULT_LOAD, NULL);
    x->user = load;
    return load;
}

/* The end of an override, given as an instant or as minutes from now. */
static bool read_end(ohm_exchange *x, const json_t *body, ohm_ms now_ms, ohm_ms *out)
{
    const json_t *minutes = json_object_get(body, "minutes");
    int64_t count;
    if (!minutes == !json_object_get(body, "until")) {
        ohm_body_fault(x, OHM_FAULT_UNTIL, "until");
        return false;
    }
    if (!minutes) {
        if (!ohm_body_time(x, body, "until", out))
            return false;
        if (*out - now_ms >= OHM_MINUTE_MS && *out - now_ms <= AHEAD_MS_MAX)
            return true;
        ohm_body_fault(x, OHM_FAULT_UNTIL, "until");
        return false;
    }
    if (!json_is_integer(minutes) || json_integer_value(minutes) < 1 ||
        json_integer_value(minutes) > OVERRIDE_MINUTES_MAX) {
        ohm_body_fault(x, OHM_FAULT_UNTIL, "minutes");
        return false;
    }
    count = json_integer_value(minutes);
    *out = now_ms + count * OHM_MINUTE_MS;
    return true;
}

/* An order of a pilot wire, by its name. */
static bool read_order(ohm_exchange *x, const json_t *body, const ohm_load *load,
                       ohm_command *command)
{
    ohm_order order;
    const char *name = ohm_body_text(x, body, "order", 16);
    if (!name)
        return false;
    bool good = load->kind == OHM_LOAD_PILOT && ohm_order_find(name, &order) &&
                ohm_setting_ok(load, (int32_t)order);
    if (!good) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "order");
        return false;
    }
    command->exact = true;
    command->setting = (int32_t)order;
    command->fed = ohm_setting_feeds(load, command->setting);
    return true;
}

/* W of a setpoint, or amperes on each of its phases: the step that is nearest below. */
static bool read_setpoint(ohm_exchange *x, const json_t *body, const char *member,
                          const ohm_load *load, ohm_command *command)
{
    bool amperes = !strcmp(member, "setpoint_a");
    int64_t value, least, most;
    if (load->kind != OHM_LOAD_MODULATED || (amperes && load->w_per_a == 0)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, member);
        return false;
    }
    if (amperes) {
        ohm_setting_amperes(load, &least, &most);
        if (!ohm_body_tenths(x, body, member, least, most, &value))
            return false;
        value = value * load->w_per_a / 10;
    } else if (!ohm_body_int(x, body, member, load->min_w, load->nominal_w, &value)) {
        return false;
    }
    command->exact = command->fed = true;
    command->setting = ohm_setting_snap(load, value);
    return true;
}

/* What is asked of the load: fed or shed, or exactly what. */
static bool read_power(ohm_exchange *x, const json_t *body, const ohm_load *load,
                       ohm_command *command)
{
    bool order = json_object_get(body, "order");
    bool watts = json_object_get(body, "setpoint_w"), amperes = json_object_get(body, "setpoint_a");
    const char *setpoint = amperes ? "setpoint_a" : watts ? "setpoint_w" : NULL;
    if (order && !setpoint && !json_object_get(body, "state"))
        return read_order(x, body, load, command);
    if (watts != amperes && !order && !json_object_get(body, "state"))
        return read_setpoint(x, body, setpoint, load, command);
    const char *state = ohm_body_text(x, body, "state", 8);
    if (!state)
        return false;
    command->fed = !strcmp(state, "fed");
    bool good = command->fed || !strcmp(state, "shed");
    if (good && !order && !setpoint)
        return true;
    ohm_body_fault(x, OHM_FAULT_MEMBER, !good ? "state" : order ? "order" : setpoint);
    return false;
}

void ohm_api_override_put(ohm_exchange *x)
{
    static const char *const members[] = { "state", "order",   "setpoint_w", "setpoint_a",
                                           "until", "minutes", NULL };
    const ohm_view *view = view_of(x);
    int load = view ? load_of(x, view) : -1;
    json_t *body = load < 0 ? NULL : ohm_body_read(x, members);
    if (!body)
        return;
    ohm_command command = { .kind = OHM_COMMAND_OVERRIDE, .load = (uint16_t)load };
    if (read_power(x, body, &view->loads[load], &command) &&
        read_end(x, body, view->time_ms, &command.until_ms))
        ohm_command_send(x, &command, override_done);
    json_decref(body);
}

void ohm_api_override_delete(ohm_exchange *x)
{
    const ohm_view *view = view_of(x);
    int load = view ? load_of(x, view) : -1;
    if (load < 0)
        return;
    ohm_command command = { .kind = OHM_COMMAND_OVERRIDE_CLEAR, .load = (uint16_t)load };
    ohm_command_send(x, &command, override_done);
}

/* --- limits --------------------------------------------------------------------------- */

static void write_limits(ohm_json *json, const void *view)
{
    ohm_view_write_limits(json, view);
}

static void limit_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        ohm_reply_json(x, MHD_HTTP_OK, write_limits, ohm_web_view(x->web));
    else
        reply_refusal(x, outcome, OHM_FAULT_UNTIL);
}

/* The limit of the path; -1: answered. */
static int limit_of(ohm_exchange *x, const ohm_view *view)
{
    int limit = ohm_view_find_limit(view, x->params[0]);
    if (limit < 0)
        ohm_reply_fault(x, OHM_FAULT_LIMIT, NULL);
    return limit;
}

void ohm_api_limit_put(ohm_exchange *x)
{
    static const char *const members[] = { "va", "until", "minutes", NULL };
    const ohm_view *view = view_of(x);
    int limit = view ? limit_of(x, view) : -1;
    json_t *body = limit < 0 ? NULL : ohm_body_read(x, members);
    if (!body)
        return;
    ohm_command command = { .kind = OHM_COMMAND_LIMIT, .limit = (uint16_t)limit };
    int64_t va;
    if (ohm_body_int(x, body, "va", 0, OHM_LIMIT_VA_MAX, &va) &&
        read_end(x, body, view->time_ms, &command.until_ms)) {
        command.va = (int32_t)va;
        ohm_command_send(x, &command, limit_done);
    }
    json_decref(body);
}

void ohm_api_limit_delete(ohm_exchange *x)
{
    const ohm_view *view = view_of(x);
    int limit = view ? limit_of(x, view) : -1;
    if (limit < 0)
        return;
    ohm_command command = { .kind = OHM_COMMAND_LIMIT_CLEAR, .limit = (uint16_t)limit };
    ohm_command_send(x, &command, limit_done);
}

/* --- levels --------------------------------------------------------------------------- */

static void write_ecowatt(ohm_json *json, const void *view)
{
    ohm_view_write_ecowatt(json, view);
}

static void level_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        ohm_reply_json(x, MHD_HTTP_OK, write_ecowatt, ohm_web_view(x->web));
    else
        reply_refusal(x, outcome, OHM_FAULT_HOURS);
}

static bool hours_are_near(ohm_interval hours, ohm_ms now_ms)
{
    return hours.from_ms < hours.to_ms && hours.to_ms > now_ms &&
           hours.to_ms - now_ms <= AHEAD_MS_MAX && now_ms - hours.from_ms <= AHEAD_MS_MAX;
}

void ohm_api_level_put(ohm_exchange *x)
{
    static const char *const members[] = { "from", "to", "level", NULL };
    const ohm_view *view = view_of(x);
    json_t *body = view ? ohm_body_read(x, members) : NULL;
    if (!body)
        return;
    ohm_command command = { .kind = OHM_COMMAND_LEVEL };
    int64_t level;
    if (ohm_body_time(x, body, "from", &command.interval.from_ms) &&
        ohm_body_time(x, body, "to", &command.interval.to_ms) &&
        ohm_body_int(x, body, "level", 0, OHM_LEVEL_MAX, &level)) {
        command.level = (int32_t)level;
        if (hours_are_near(command.interval, view->time_ms))
            ohm_command_send(x, &command, level_done);
        else
            ohm_body_fault(x, OHM_FAULT_HOURS, "to");
    }
    json_decref(body);
}

void ohm_api_level_delete(ohm_exchange *x)
{
    ohm_command command = { .kind = OHM_COMMAND_LEVEL_CLEAR };
    ohm_command_send(x, &command, level_done);
}

/* --- the prototype's route ------------------------------------------------------------ */

/* "2026-11-22", or an instant that starts so (as RTE's "jour"). */
static bool read_day(const char *text, ohm_date *out)
{
    unsigned digits[8];
    static const uint8_t at[8] = { 0, 1, 2, 3, 5, 6, 8, 9 };
    size_t len = strlen(text);
    if (len < 10 || (len > 10 && text[10] != 'T') || text[4] != '-' || text[7] != '-')
        return false;
    for (int i = 0; i < 8; i++) {
        digits[i] = (unsigned)(text[at[i]] - '0');
        if (digits[i] > 9)
            return false;
    }
    unsigned year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    unsigned month = digits[4] * 10 + digits[5], day = digits[6] * 10 + digits[7];
    if (!ohm_date_valid((int)year, (int)month, (int)day))
        return false;
    *out = (ohm_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    return true;
}

/* A small number, as a number or as text: the prototype's client sent both. */
static bool read_small(const json_t *value, uint64_t max, uint64_t *out)
{
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        (uint64_t)json_integer_value(value) <= max) {
        *out = (uint64_t)json_integer_value(value);
        return true;
    }
    return json_is_string(value) && ohm_text_uint(json_string_value(value), max, out) == OHM_OK;
}

/* The hour `pas` of a local day: two hours where the clocks go back, none where they go on. */
static bool hour_of_day(const ohm_tz *tz, ohm_date date, uint64_t pas, ohm_interval *out)
{
    ohm_ms first_ms, last_ms;
    ohm_civil local = { .date = date, .hour = (uint8_t)pas };
    if (ohm_civil_to_utc(tz, local, &first_ms, &last_ms) == OHM_CIVIL_NEVER)
        return false;
    *out = (ohm_interval){ first_ms, last_ms + OHM_HOUR_MS };
    return true;
}

static void write_hvalue(ohm_json *json, const void *ctx)
{
    static const char *const members[] = { "signal", "pas", "hvalue" };
    ohm_json_object(json);
    ohm_json_key_str(json, "message", "hvalue mis à jour");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const json_t *value = json_object_get(ctx, members[i]);
        if (json_is_integer(value))
            ohm_json_key_int(json, members[i], json_integer_value(value));
        else
            ohm_json_key_str(json, members[i], json_string_value(value));
    }
    ohm_json_end(json);
}

/* The same words as the prototype's, with the members as they were sent. */
static void hvalue_done(ohm_exchange *x, ohm_code outcome)
{
    json_t *body = ohm_body_parse(ohm_span_of(x->body, x->body_len));
    if (outcome != OHM_OK)
        reply_refusal(x, outcome, OHM_FAULT_HOURS);
    else if (!body)
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    else
        ohm_reply_json(x, MHD_HTTP_OK, write_hvalue, body);
    json_decref(body);
}

static void take_hvalue(ohm_exchange *x, const ohm_view *view, const json_t *body)
{
    ohm_command command = { .kind = OHM_COMMAND_LEVEL };
    const char *signal = ohm_body_text(x, body, "signal", 40);
    uint64_t pas, level;
    ohm_date date;
    if (!signal)
        return;
    if (!read_day(signal, &date)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "signal");
    } else if (!read_small(json_object_get(body, "pas"), 23, &pas)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "pas");
    } else if (!read_small(json_object_get(body, "hvalue"), OHM_LEVEL_MAX, &level)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "hvalue");
    } else if (!hour_of_day(&view->tz, date, pas, &command.interval)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "pas");
    } else if (!hours_are_near(command.interval, view->time_ms)) {
        ohm_body_fault(x, OHM_FAULT_HOURS, "signal");
    } else {
        command.level = (int32_t)level;
        ohm_command_send(x, &command, hvalue_done);
    }
}

void ohm_api_hvalue(ohm_exchange *x)
{
    static const char *const members[] = { "signal", "pas", "hvalue", NULL };
    const ohm_view *view = view_of(x);
    json_t *body = view ? ohm_body_read(x, members) : NULL;
    if (!body)
        return;
    take_hvalue(x, view, body);
    json_decref(body);
}
