/* Rules as YAML: what the page keeps, and shows to be copied. Nothing is written that would be read
 * the same without it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/site_rule.h"

typedef struct sink {
    char *out;
    size_t cap, len;
    bool full;
    bool first; /* of a group: no comma before the next key */
} sink;

__attribute__((format(printf, 2, 3))) static void put(sink *s, const char *format, ...)
{
    va_list args;
    size_t left = s->cap - s->len;
    va_start(args, format);
    int n = vsnprintf(s->out + s->len, left, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= left)
        s->full = true;
    else
        s->len += (size_t)n;
}

/* In quotes, whatever it is. */
static void put_text(sink *s, const char *text)
{
    put(s, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20)
            put(s, "\\x%02x", (unsigned)c);
        else
            put(s, "%s%c", c == '"' || c == '\\' ? "\\" : "", *text);
    }
    put(s, "\"");
}

/* Without zeros at its end. */
static void put_decimal(sink *s, int64_t value, int decimals)
{
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    put(s, "%s%" PRIu64, value < 0 ? "-" : "", size / unit);
    uint64_t rest = size % unit;
    if (rest)
        put(s, ".");
    while (rest) {
        unit /= 10;
        put(s, "%" PRIu64, rest / unit);
        rest %= unit;
    }
}

static void put_key(sink *s, const char *key)
{
    put(s, "%s%s: ", s->first ? "" : ", ", key);
    s->first = false;
}

static void put_days(sink *s, uint8_t days)
{
    static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    bool first = true;
    put_key(s, "days");
    put(s, "\"");
    for (int i = 0; i < 7; i++) {
        if (!((days >> i) & 1))
            continue;
        put(s, "%s%s", first ? "" : ",", names[i]);
        first = false;
    }
    put(s, "\"");
}

static void put_minute(sink *s, unsigned minute)
{
    put(s, "%02u:%02u", minute / 60 % 100, minute % 60);
}

static void put_bounds(sink *s, const ohm_site_when *w)
{
    const struct {
        bool given;
        const char *key;
        int64_t value;
        int decimals;
    } bounds[] = {
        { w->has_above, "above", w->above, 3 },
        { w->has_below, "below", w->below, 3 },
        { w->has_surplus, "surplus_w", w->surplus_w, 0 },
        { w->has_price_above, "price_above", w->price_above_ueur, 6 },
        { w->has_price_below, "price_below", w->price_below_ueur, 6 },
        { w->has_hysteresis, "hysteresis", w->hysteresis, 3 },
        { w->level > 0, "ecowatt_level", w->level, 0 },
        { w->ahead_h > 0, "ahead_h", w->ahead_h, 0 },
        { w->cheapest_h > 0, "cheapest_h", w->cheapest_h, 0 },
        { w->has_co2_above, "co2_above", w->co2_above_g, 0 },
        { w->has_co2_below, "co2_below", w->co2_below_g, 0 },
        { w->has_outdoor_above, "outdoor_above", w->outdoor_above_cc, 2 },
        { w->has_outdoor_below, "outdoor_below", w->outdoor_below_cc, 2 },
        { w->has_tomorrow_above, "tomorrow_above", w->tomorrow_above_cc, 2 },
        { w->has_tomorrow_below, "tomorrow_below", w->tomorrow_below_cc, 2 },
        { w->overrun_h > 0, "overrun_h", w->overrun_h, 0 },
        { w->overrun_w > 0, "overrun_w", w->overrun_w, 0 },
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        if (!bounds[i].given)
            continue;
        put_key(s, bounds[i].key);
        put_decimal(s, bounds[i].value, bounds[i].decimals);
    }
}

static void put_when(sink *s, const ohm_site_when *w)
{
    put(s, "      - {");
    s->first = true;
    if (w->device[0]) {
        put_key(s, "device");
        put_text(s, w->device);
    }
    if (w->has_quantity) {
        put_key(s, "quantity");
        put(s, "%s", ohm_quantity_get((ohm_quantity_id)w->quantity)->name);
    }
    put_bounds(s, w);
    static const char *const days[] = { "", "blue", "white", "red", "normal", "peak" };
    const struct {
        const char *key, *value;
    } words[] = {
        { "day", days[w->day] },
        { "tomorrow", days[w->tomorrow] },
        { "presence", w->presence == 1   ? "home"
                      : w->presence == 2 ? "away"
                                         : "" },
        { "order", w->order },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!words[i].value[0])
            continue;
        put_key(s, words[i].key);
        put_text(s, words[i].value);
    }
    if (w->has_time) {
        put_key(s, "time");
        put(s, "\"");
        put_minute(s, w->minutes[0]);
        put(s, "-");
        put_minute(s, w->minutes[1]);
        put(s, "\"");
    }
    if (w->has_days)
        put_days(s, w->days);
    if (w->for_s) {
        put_key(s, "for_s");
        put_decimal(s, w->for_s, 0);
    }
    put(s, "}\n");
}

static void put_rule(sink *s, const ohm_site_rule *rule)
{
    put(s, "  - id: ");
    put_text(s, rule->id);
    put(s, "\n    when:\n");
    for (uint16_t i = 0; i < rule->whens_count; i++)
        put_when(s, &rule->whens[i]);
    if (rule->unless_count)
        put(s, "    unless:\n");
    for (uint16_t i = 0; i < rule->unless_count; i++)
        put_when(s, &rule->unless[i]);
    put(s, "    load: ");
    put_text(s, rule->load);
    put(s, "\n    then: %s\n", ohm_site_rule_thens[rule->then]);
    if (rule->setpoint_w)
        put(s, "    setpoint_w: %" PRId64 "\n", rule->setpoint_w);
    if (rule->setpoint_a) {
        put(s, "    setpoint_a: ");
        put_decimal(s, rule->setpoint_a, 1);
        put(s, "\n");
    }
    if (rule->otherwise)
        put(s, "    otherwise: true\n");
    if (rule->at_least_s)
        put(s, "    at_least_s: %" PRId64 "\n", rule->at_least_s);
    if (rule->at_most_s)
        put(s, "    at_most_s: %" PRId64 "\n", rule->at_most_s);
    if (rule->priority != 5)
        put(s, "    priority: %" PRId64 "\n", rule->priority);
}

static ohm_code end(const sink *s, size_t *ret_len)
{
    if (s->full)
        return OHM_TOO_BIG;
    *ret_len = s->len;
    return OHM_OK;
}

ohm_code ohm_site_rule_write(const ohm_site_rule *rule, char *out, size_t cap, size_t *ret_len)
{
    sink s = { .out = out, .cap = cap };
    put_rule(&s, rule);
    return end(&s, ret_len);
}

ohm_code ohm_own_rules_write(const ohm_own_rules *rules, char *out, size_t cap, size_t *ret_len)
{
    sink s = { .out = out, .cap = cap };
    put(&s, "# Rules written in the page: ohmstead writes this file, the page changes it.\n");
    put(&s, "rules:%s\n", rules->count ? "" : " []");
    for (uint16_t i = 0; i < rules->count; i++)
        put_rule(&s, &rules->items[i]);
    put(&s, "notes:%s\n", rules->count ? "" : " []");
    for (uint16_t i = 0; i < rules->count; i++) {
        const ohm_own_note *note = &rules->notes[i];
        put(&s, "  - {id: ");
        put_text(&s, rules->items[i].id);
        put(&s, ", armed: %s, tried: %s, by: ", note->armed ? "true" : "false",
            note->tried ? "true" : "false");
        put_text(&s, note->by);
        put(&s, ", at_s: %" PRId64 "}\n", note->at_s);
    }
    return end(&s, ret_len);
}
