#include "cmd/rule_build.h"
#include "control/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/site_build.h"
#include "config/nearest.h"

typedef struct build {
    const ohm_rule_names *names;
    const char *file;
    ohm_rule_set *set;
    ohm_schema_report *report;
    uint16_t main_device;
} build;

#define WRONG(b, line, path, ...) ohm_schema_error((b)->report, (b)->file, line, path, __VA_ARGS__)

/* --- names ---------------------------------------------------------------------------- */

static uint16_t device_of(build *b, const ohm_site_when *w)
{
    const char *near = NULL;
    if (!w->device[0])
        return b->main_device;
    for (uint16_t i = 0; i < b->names->count; i++) {
        if (!strcmp(b->names->ids[i], w->device))
            return i;
        near = ohm_nearest_pick(ohm_span_text(w->device), b->names->ids[i], near);
    }
    WRONG(b, w->line, "rules.when.device", "'%s' is not the id of a meter or sensor%s%s", w->device,
          near ? ": is it meant to be " : "", near ? near : "");
    return 0;
}

static uint16_t load_of(build *b, const ohm_site_rule *r, const ohm_load *loads, uint16_t count)
{
    const char *near = NULL;
    for (uint16_t i = 0; i < count; i++) {
        if (!strcmp(loads[i].id, r->load))
            return i;
        near = ohm_nearest_pick(ohm_span_text(r->load), loads[i].id, near);
    }
    WRONG(b, r->line, "rules.load", "'%s' is not the id of a load%s%s", r->load,
          near ? ": is it meant to be " : "", near ? near : "");
    return 0;
}

/* The series among those that rules look at. */
static uint16_t input_of(build *b, uint16_t device, ohm_quantity_id quantity, unsigned line)
{
    ohm_rule_set *set = b->set;
    for (uint16_t i = 0; i < set->inputs_count; i++)
        if (set->inputs[i].device == device && set->inputs[i].quantity == quantity)
            return i;
    if (set->inputs_count == OHM_RULE_INPUTS_MAX) {
        WRONG(b, line, "rules", "they look at more than %d series", OHM_RULE_INPUTS_MAX);
        return 0;
    }
    set->inputs[set->inputs_count] = (ohm_rule_input){
        .device = device,
        .quantity = (uint16_t)quantity,
        .stale_ms = b->names->stale_ms[device],
    };
    return set->inputs_count++;
}

static void look_at_surplus(build *b, unsigned line)
{
    ohm_rule_set *set = b->set;
    set->surplus_export = input_of(b, b->main_device, OHM_Q_POWER_EXPORT, line);
    set->surplus_import = input_of(b, b->main_device, OHM_Q_POWER_IMPORT, line);
    set->surplus_net = input_of(b, b->main_device, OHM_Q_POWER, line);
}

/* --- conditions ----------------------------------------------------------------------- */

/* Thousandths of the unit in the decimals of the quantity. */
static int64_t scaled(build *b, const ohm_site_when *w, int64_t thousandths)
{
    int decimals = ohm_quantity_get((ohm_quantity_id)w->quantity)->decimals;
    int64_t value = thousandths;
    for (int i = decimals; i > 3; i--)
        value *= 10;
    for (int i = decimals; i < 3; i++) {
        if (value % 10)
            WRONG(b, w->line, "rules.when", "%s has %d decimals at most",
                  ohm_quantity_get((ohm_quantity_id)w->quantity)->name, decimals);
        value /= 10;
    }
    return value;
}

/* How many things the condition is about: it has to be one. */
static int kinds_of(const ohm_site_when *w)
{
    return w->has_quantity + w->has_surplus + (w->has_price_above || w->has_price_below) +
           (w->level > 0) + (w->has_time || w->has_days) + (w->day > 0) + (w->tomorrow > 0) +
           (w->cheapest_h > 0) + (w->presence > 0) + (w->order[0] != 0) +
           (w->has_co2_above || w->has_co2_below) + (w->has_outdoor_above || w->has_outdoor_below) +
           (w->has_tomorrow_above || w->has_tomorrow_below) + (w->overrun_h > 0);
}

static void build_value(build *b, const ohm_site_when *w, ohm_when *out)
{
    if (w->has_above == w->has_below)
        WRONG(b, w->line, "rules.when", "a quantity is above or below a value");
    out->kind = OHM_WHEN_VALUE;
    out->below = w->has_below;
    out->threshold = scaled(b, w, w->has_below ? w->below : w->above);
    out->hysteresis = scaled(b, w, w->hysteresis);
    out->input = input_of(b, device_of(b, w), (ohm_quantity_id)w->quantity, w->line);
}

static void build_time(const ohm_site_when *w, ohm_when *out)
{
    out->kind = OHM_WHEN_TIME;
    out->weekdays = w->has_days ? w->days : 127;
    out->from_minute = w->has_time ? w->minutes[0] : 0;
    out->to_minute = w->has_time ? w->minutes[1] : 0;
    if (out->to_minute == 24 * 60)
        out->to_minute = 0; /* up to midnight: wraps to its begin */
}

/* What is told of the hours that come. */
typedef struct outlook_words {
    ohm_when_kind kind;
    const char *twice, *missing;
} outlook_words;

static const outlook_words outlooks[OHM_OUTLOOKS_COUNT] = {
    { OHM_WHEN_CO2, "a CO2 content is above or below: two conditions",
      "waits for CO2 that nobody tells: configure a signal of it (eco2mix)" },
    { OHM_WHEN_OUTDOOR, "a temperature outdoors is above or below: two conditions",
      "waits for a forecast that nobody asks for: configure a signal of open-meteo" },
    { OHM_WHEN_OVERRUN, "", "waits for a forecast that nobody makes: configure a plan" },
};

/* False: it is about none of that. */
static bool build_outlook(build *b, const ohm_site_when *w, ohm_when *out)
{
    const struct {
        bool above, below;
        int64_t above_at, below_at;
        ohm_outlook of;
        const char *paths[2];
    } sides[] = {
        { w->has_co2_above,
          w->has_co2_below,
          w->co2_above_g,
          w->co2_below_g,
          OHM_OUTLOOK_CO2,
          { "rules.when.co2_above", "rules.when.co2_below" } },
        { w->has_outdoor_above,
          w->has_outdoor_below,
          w->outdoor_above_cc,
          w->outdoor_below_cc,
          OHM_OUTLOOK_OUTDOOR,
          { "rules.when.outdoor_above", "rules.when.outdoor_below" } },
        { w->has_tomorrow_above,
          w->has_tomorrow_below,
          w->tomorrow_above_cc,
          w->tomorrow_below_cc,
          OHM_OUTLOOK_OUTDOOR,
          { "rules.when.tomorrow_above", "rules.when.tomorrow_below" } },
        { w->overrun_h > 0,
          false,
          w->overrun_w,
          0,
          OHM_OUTLOOK_OVERRUN,
          { "rules.when.overrun_h", NULL } },
    };
    size_t i = 0;
    while (i < sizeof sides / sizeof *sides && !sides[i].above && !sides[i].below)
        i++;
    if (i == sizeof sides / sizeof *sides)
        return false;
    const outlook_words *words = &outlooks[sides[i].of];
    const char *path = sides[i].paths[sides[i].below];
    if (sides[i].above && sides[i].below)
        WRONG(b, w->line, "rules.when", "%s", words->twice);
    if (!b->names->has_outlook[sides[i].of])
        WRONG(b, w->line, path, "%s", words->missing);
    out->kind = words->kind;
    out->below = sides[i].below;
    out->threshold = sides[i].below ? sides[i].below_at : sides[i].above_at;
    out->tomorrow = w->has_tomorrow_above || w->has_tomorrow_below;
    if (w->overrun_h > b->names->plan_h && b->names->has_outlook[OHM_OUTLOOK_OVERRUN])
        WRONG(b, w->line, path, "the plan looks %d hours ahead (plan.hours)",
              (int)b->names->plan_h);
    out->ahead_ms = (w->overrun_h > 0 ? w->overrun_h : w->ahead_h) * OHM_HOUR_MS;
    return true;
}

/* The limit whose source orders; what it orders may have to be below a value. */
static void build_ordered(build *b, const ohm_site_when *w, ohm_when *out)
{
    uint16_t i = 0;
    while (i < b->names->limits_count && strcmp(b->names->limits[i].id, w->order) != 0)
        i++;
    if (i == b->names->limits_count)
        WRONG(b, w->line, "rules.when.order", "'%s' is not the id of a limit", w->order);
    else if (b->names->limits[i].kind == OHM_LIMIT_FUSE)
        WRONG(b, w->line, "rules.when.order", "'%s' is a fuse, which takes no orders", w->order);
    out->kind = OHM_WHEN_ORDER;
    out->input = i;
    out->threshold = w->has_below ? w->below / 1000 : OHM_LIMIT_VA_MAX + 1;
}

/* Of what has names or hours. */
static void build_named(build *b, const ohm_site_when *w, ohm_when *out)
{
    if (w->order[0]) {
        build_ordered(b, w, out);
    } else if (w->presence > 0) {
        out->kind = OHM_WHEN_PRESENCE;
        out->below = w->presence == 2;
    } else if (w->cheapest_h > 0) {
        out->kind = OHM_WHEN_CHEAP;
        out->threshold = w->cheapest_h;
    } else {
        out->kind = OHM_WHEN_DAY;
        out->tomorrow = w->tomorrow > 0;
        out->threshold = w->tomorrow > 0 ? w->tomorrow : w->day;
        out->ahead_ms = w->ahead_h * OHM_HOUR_MS;
    }
}

static void build_when(build *b, const ohm_site_when *w, ohm_when *out)
{
    *out = (ohm_when){ .for_ms = w->for_s * OHM_SECOND_MS };
    if (kinds_of(w) != 1) {
        WRONG(
            b, w->line, "rules.when",
            "a condition is about one thing: quantity, surplus_w, price_above or price_below, "
            "cheapest_h, ecowatt_level, day, tomorrow, presence, order, co2_above or co2_below, "
            "outdoor_above or outdoor_below, tomorrow_above or tomorrow_below, overrun_h, or time "
            "and days");
        return;
    }
    bool bounded = w->has_above || (w->has_below && !w->order[0]) || w->device[0];
    bool hours =
        w->has_co2_above || w->has_co2_below || w->has_outdoor_above || w->has_outdoor_below;
    if (w->ahead_h && !w->level && !w->day && !hours)
        WRONG(b, w->line, "rules.when.ahead_h", "goes with ecowatt_level, day, co2_… or outdoor_…");
    if (w->overrun_w && !w->overrun_h)
        WRONG(b, w->line, "rules.when.overrun_w", "goes with overrun_h");
    if (bounded && !w->has_quantity)
        WRONG(b, w->line, "rules.when", "device, above and below go with a quantity");
    if (w->has_hysteresis && !w->has_quantity && !w->has_surplus)
        WRONG(b, w->line, "rules.when.hysteresis", "goes with a quantity or surplus_w");
    if (build_outlook(b, w, out))
        return;
    if (w->has_quantity) {
        build_value(b, w, out);
    } else if (w->has_surplus) {
        out->kind = OHM_WHEN_SURPLUS;
        out->threshold = w->surplus_w;
        out->hysteresis = w->has_hysteresis ? w->hysteresis / 1000 : OHM_SURPLUS_HYSTERESIS_W;
        look_at_surplus(b, w->line);
    } else if (w->level > 0) {
        out->kind = OHM_WHEN_LEVEL;
        out->threshold = w->level;
        out->ahead_ms = w->ahead_h * OHM_HOUR_MS;
        if (!b->names->has_ecowatt)
            WRONG(b, w->line, "rules.when.ecowatt_level",
                  "waits for a signal that nobody asks for: configure ecowatt");
    } else if (w->has_time || w->has_days) {
        build_time(w, out);
    } else if (!w->has_price_above && !w->has_price_below) {
        build_named(b, w, out);
    } else {
        if (w->has_price_above && w->has_price_below)
            WRONG(b, w->line, "rules.when", "a price is above or below: two conditions");
        out->kind = OHM_WHEN_PRICE;
        out->below = w->has_price_below;
        out->threshold = w->has_price_below ? w->price_below_ueur : w->price_above_ueur;
    }
}

/* "then: eco": fed or shed, as that order feeds the heater or not. */
static void build_order(build *b, const ohm_site_rule *r, const ohm_load *loads, uint16_t count,
                        ohm_rule *rule)
{
    if (r->then < OHM_RULE_ORDERS || rule->load >= count)
        return;
    const ohm_load *load = &loads[rule->load];
    rule->exact = true;
    rule->setting = r->then - OHM_RULE_ORDERS;
    if (load->kind != OHM_LOAD_PILOT || !ohm_setting_ok(load, rule->setting)) {
        WRONG(b, r->line, "rules.then", "'%s' can't take the order %s", load->id,
              ohm_site_rule_thens[r->then]);
        rule->exact = false;
        return;
    }
    rule->fed = ohm_setting_feeds(load, rule->setting);
}

/* "setpoint_w: 2000", "setpoint_a: 10": fed, with so much. */
/* Whether a load can be told so many tenths of an ampere; what it can be told, as "6 to 16 A". */
static bool are_amperes(const ohm_load *load, int64_t tenths, char *out, size_t cap)
{
    int64_t least, most;
    ohm_setting_amperes(load, &least, &most);
    (void)snprintf(out, cap, "%g to %g A", (double)least / 10, (double)most / 10);
    return tenths >= least && tenths <= most;
}

static void build_setpoint(build *b, const ohm_site_rule *r, const ohm_load *loads, uint16_t count,
                           ohm_rule *rule)
{
    if ((r->setpoint_w == 0 && r->setpoint_a == 0) || rule->load >= count)
        return;
    const ohm_load *load = &loads[rule->load];
    const char *path = r->setpoint_a ? "rules.setpoint_a" : "rules.setpoint_w";
    char range[32];
    int64_t watts = r->setpoint_a ? r->setpoint_a * load->w_per_a / 10 : r->setpoint_w;
    if (load->kind != OHM_LOAD_MODULATED)
        WRONG(b, r->line, path, "'%s' takes no setpoint: leave it out", load->id);
    else if (r->setpoint_a && r->setpoint_w)
        WRONG(b, r->line, path, "and setpoint_w say the same: one of them");
    else if (r->setpoint_a && load->w_per_a == 0)
        WRONG(b, r->line, path, "the setpoint of '%s' is in W: setpoint_w", load->id);
    else if (r->then != 0)
        WRONG(b, r->line, path, "goes with then: fed (with otherwise: shed else)");
    else if (r->setpoint_a && !are_amperes(load, r->setpoint_a, range, sizeof range))
        WRONG(b, r->line, path, "'%s' takes %s, on each of its phases", load->id, range);
    else if (!r->setpoint_a && !ohm_setting_ok(load, (int32_t)watts))
        WRONG(b, r->line, path, "'%s' takes %d to %d W", load->id, (int)load->min_w,
              (int)load->nominal_w);
    else {
        rule->exact = true;
        rule->setting = ohm_setting_snap(load, watts);
    }
}

static void build_rule(build *b, const ohm_site_rule *r, const ohm_load *loads, uint16_t count)
{
    ohm_rule *rule = &b->set->rules[b->set->count++];
    memcpy(rule->id, r->id, sizeof rule->id);
    rule->load = load_of(b, r, loads, count);
    rule->fed = r->then == 0;
    build_order(b, r, loads, count, rule);
    build_setpoint(b, r, loads, count, rule);
    rule->otherwise = r->otherwise;
    rule->priority = (uint8_t)r->priority;
    rule->least_ms = r->at_least_s * OHM_SECOND_MS;
    rule->most_ms = r->at_most_s * OHM_SECOND_MS;
    if (r->whens_count + r->unless_count > OHM_RULE_WHENS_MAX) {
        WRONG(b, r->line, "rules.unless", "a rule has %d conditions and exceptions at most",
              OHM_RULE_WHENS_MAX);
        return;
    }
    for (uint16_t i = 0; i < r->whens_count; i++)
        build_when(b, &r->whens[i], &rule->whens[rule->whens_count++]);
    for (uint16_t i = 0; i < r->unless_count; i++) {
        build_when(b, &r->unless[i], &rule->whens[rule->whens_count]);
        rule->whens[rule->whens_count++].unless = true;
    }
}

/* --- an example in words -------------------------------------------------------------- */

static void add_words(char *out, size_t cap, const char *what, double value, const char *unit)
{
    size_t len = strlen(out);
    (void)snprintf(out + len, cap - len, "%s%s %g%s%s", len ? ", " : "", what, value,
                   unit[0] ? " " : "", unit);
}

static void add_other(const build *b, char *out, size_t cap, const ohm_when *when, int64_t value)
{
    static const char *const days[] = { "of no code", "blue", "white", "red", "normal", "peak" };
    char what[OHM_LOAD_ID_MAX + 32];
    size_t len = strlen(out);
    const char *comma = len ? ", " : "";
    if (when->kind == OHM_WHEN_PRESENCE) {
        (void)snprintf(out + len, cap - len, "%s%s", comma, value ? "home" : "away");
    } else if (when->kind == OHM_WHEN_DAY) {
        (void)snprintf(out + len, cap - len, "%s%s %s", comma,
                       when->ahead_ms   ? "soon a day that is"
                       : when->tomorrow ? "tomorrow"
                                        : "a day that is",
                       days[value]);
    } else if (when->kind == OHM_WHEN_OUTDOOR) {
        add_words(out, cap,
                  when->tomorrow   ? "outdoors tomorrow"
                  : when->ahead_ms ? "soon outdoors"
                                   : "outdoors",
                  (double)value / 100, "C");
    } else if (when->kind == OHM_WHEN_CO2) {
        add_words(out, cap, when->ahead_ms ? "soon CO2" : "CO2", (double)value, "g/kWh");
    } else if (when->kind == OHM_WHEN_OVERRUN) {
        add_words(out, cap, "an overrun forecast of", (double)value, "W");
    } else if (when->kind == OHM_WHEN_CHEAP) {
        add_words(out, cap, "cheaper hours today:", (double)(value < 0 ? 0 : value), "");
    } else {
        (void)snprintf(what, sizeof what, "an order to %s of", b->names->limits[when->input].id);
        add_words(out, cap, what, (double)(value < 0 ? 0 : value), "VA");
    }
}

static void say_example(const build *b, const ohm_rule_example *e, char *out, size_t cap)
{
    static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday" };
    out[0] = '\0';
    for (uint16_t i = 0; i < e->inputs_count; i++) {
        const ohm_rule_input *input = &b->set->inputs[e->inputs[i].input];
        const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)input->quantity);
        char what[2 * OHM_SITE_RULE_NAME_MAX + 64];
        double value = (double)e->inputs[i].value;
        for (int d = 0; d < quantity->decimals; d++)
            value /= 10;
        (void)snprintf(what, sizeof what, "%s of %s", quantity->name, b->names->ids[input->device]);
        add_words(out, cap, what, value, quantity->unit);
    }
    if (e->has_surplus)
        add_words(out, cap, "surplus", (double)e->surplus_w, "W");
    if (e->has_price)
        add_words(out, cap, "price", (double)e->price_ueur / 1e6, "EUR/kWh");
    if (e->has_level)
        add_words(out, cap, "Ecowatt at level", (double)e->level, "");
    for (uint8_t i = 0; i < e->others_count; i++)
        add_other(b, out, cap, e->others[i].when, e->others[i].value);
    if (e->has_minute) {
        size_t len = strlen(out);
        (void)snprintf(out + len, cap - len, "%s%s %02d:%02d", len ? ", " : "",
                       days[e->minute / (24 * 60)], e->minute / 60 % 24, e->minute % 60);
    }
    if (!out[0])
        (void)snprintf(out, cap, "%s", e->neither ? "neither is so" : "always");
}

/* --- all of it ------------------------------------------------------------------------ */

static void find_conflict(build *b, const ohm_site_rules *written)
{
    char words[512];
    uint16_t one, other;
    ohm_rule_example example;
    if (!ohm_rules_conflict(b->set, &one, &other, &example))
        return;
    say_example(b, &example, words, sizeof words);
    WRONG(b, written->items[other].line, "rules",
          "'%s' and '%s' ask opposite things of %s at once, as when: %s (give one of them another "
          "priority)",
          written->items[one].id, written->items[other].id, written->items[other].load, words);
}

ohm_code ohm_build_rules_apart(const ohm_rule_names *names, const ohm_site_rules *written,
                               const char *file, const ohm_load *loads, uint16_t loads_count,
                               ohm_rule_set *out, ohm_schema_report *report)
{
    build b = { names, file, out, report, names->main_device };
    unsigned errors = report->errors;
    ohm_rule_set_init(out);
    for (uint16_t i = 0; i < written->count; i++)
        build_rule(&b, &written->items[i], loads, loads_count);
    if (report->errors != errors)
        return OHM_BAD_FORMAT;
    ohm_err err = ohm_rules_check(out, loads, loads_count);
    if (ohm_failed(err))
        WRONG(&b, err.at < written->count ? written->items[err.at].line : 0, "rules", "%s",
              err.what);
    return report->errors == errors ? OHM_OK : OHM_BAD_FORMAT;
}

ohm_code ohm_build_named_rules(const ohm_rule_names *names, const ohm_site_rules *written,
                               const char *file, const ohm_load *loads, uint16_t loads_count,
                               ohm_rule_set *out, ohm_schema_report *report)
{
    build b = { names, file, out, report, names->main_device };
    unsigned errors = report->errors;
    ohm_code code = ohm_build_rules_apart(names, written, file, loads, loads_count, out, report);
    if (code == OHM_OK)
        find_conflict(&b, written);
    return report->errors == errors ? code : OHM_BAD_FORMAT;
}

void ohm_build_outlooks(const ohm_site *site, bool out[static OHM_OUTLOOKS_COUNT])
{
    memset(out, 0, OHM_OUTLOOKS_COUNT * sizeof *out);
    for (int i = 0; i < site->signals_count; i++) {
        const ohm_site_signal *signal = &site->signals[i];
        out[OHM_OUTLOOK_CO2] |= ohm_source_of(signal->source)->topic == OHM_TOPIC_CO2 ||
                                signal->source == OHM_SOURCE_OPENADR ||
                                !strcmp(signal->unit, "g/kWh");
        out[OHM_OUTLOOK_OUTDOOR] |= signal->source == OHM_SOURCE_OPEN_METEO;
    }
    out[OHM_OUTLOOK_OVERRUN] = site->plan_line > 0;
}

ohm_code ohm_build_own_rules(const ohm_site *site, const ohm_site_rules *written, const char *file,
                             const ohm_engine_config *config, ohm_rule_set *out,
                             ohm_schema_report *report)
{
    size_t count = site->meters_count;
    const char **ids = calloc(count + 1, sizeof *ids);
    int64_t *stale_ms = calloc(count + 1, sizeof *stale_ms);
    ohm_code code = OHM_NO_MEMORY;
    for (size_t i = 0; ids && stale_ms && i < count; i++) {
        ids[i] = site->meters[i].id;
        stale_ms[i] = ohm_build_stale_ms(site, (int)i);
    }
    ohm_rule_names names = { .ids = ids,
                             .stale_ms = stale_ms,
                             .count = site->meters_count,
                             .main_device = (uint16_t)ohm_build_main_meter(site),
                             .has_ecowatt = site->has_ecowatt,
                             .limits = config->limits,
                             .limits_count = config->limits_count };
    ohm_build_outlooks(site, names.has_outlook);
    names.plan_h = site->plan.hours;
    if (ids && stale_ms)
        code = ohm_build_named_rules(&names, written, file, config->loads, config->loads_count, out,
                                     report);
    free(ids);
    free(stale_ms);
    return code;
}
