/* What came out of the laboratory, as text and as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/plan.h"

enum { OUTCOME_BYTES = 4096 };

double ohm_lab_total_eur(const ohm_lab_outcome *o)
{
    return o->sums.energy_eur + o->subscription_eur - o->sums.feed_in_eur;
}

static const ohm_lab_outcome *find(const ohm_lab_report *r, ohm_lab_mode mode, bool perfect)
{
    for (int i = 0; i < r->outcomes; i++)
        if (r->outcome[i].state == OHM_LAB_DONE && r->outcome[i].mode == mode &&
            r->outcome[i].perfect == perfect)
            return &r->outcome[i];
    return NULL;
}

/* Heat that one left in the house at the end more than the other is no loss: at the mean price. */
static double cost_even(const ohm_lab_outcome *o)
{
    double per_kwh = o->sums.import_kwh > 0 ? o->sums.energy_eur / o->sums.import_kwh : 0;
    double cop = o->sums.heating_kwh > 0 ? o->sums.heat_kwh / o->sums.heating_kwh : 1;
    return ohm_lab_total_eur(o) - per_kwh * o->sums.mass_gain_kwh / cop;
}

double ohm_lab_share(const ohm_lab_report *r)
{
    const ohm_lab_outcome *ideal = find(r, OHM_LAB_IDEAL, false);
    const ohm_lab_outcome *known = find(r, OHM_LAB_MPC, true);
    if (!r->compared || r->outcome[0].state != OHM_LAB_DONE || !ideal || !known ||
        cost_even(ideal) - cost_even(known) < 0.01)
        return NAN;
    return (cost_even(ideal) - cost_even(&r->outcome[0])) / (cost_even(ideal) - cost_even(known));
}

/* --- text --------------------------------------------------------------------------------------
 */

/* A number as it is read in the report's language; NAN: not known. */
static void print_number(const ohm_lab_report *r, int width, int decimals, double value)
{
    char text[64] = "-";
    if (!isnan(value))
        (void)snprintf(text, sizeof text, "%.*f", decimals, value);
    char *point = strchr(text, '.');
    if (point && r->french)
        *point = ',';
    printf(" %*s", width, text);
}

/* In a column so many characters wide, whatever bytes they take. */
static void print_word(const char *text, int width)
{
    int characters = 0;
    for (const char *c = text; *c; c++)
        characters += ((unsigned char)*c & 0xc0) != 0x80;
    int blanks = abs(width) - characters;
    printf("%*s%s%*s", width > 0 && blanks > 0 ? blanks : 0, "", text,
           width < 0 && blanks > 0 ? blanks : 0, "");
}

static void print_periods(const ohm_lab_report *r, const ohm_lab_outcome *o)
{
    printf("    ");
    for (int p = 0; p < o->periods_count; p++) {
        if (o->sums.period_kwh[p] <= 0)
            continue;
        printf(" %s", ohm_lab_say(r->french, o->periods[p].id));
        print_number(r, 0, 0, o->sums.period_kwh[p]);
        printf(" kWh");
        print_number(r, 0, 2, o->sums.period_eur[p]);
        printf(" EUR;");
    }
    putchar('\n');
}

static const struct {
    const char *head;
    int width;
} columns[] = { { "cost EUR", 9 }, { "import", 8 }, { "heat kWh", 8 }, { "cold Kh", 8 },
                { "hot Kh", 8 },   { "mean", 7 },   { "peak", 6 },     { "CO2", 6 } };

static void print_run(const ohm_lab_report *r, const ohm_lab_outcome *o)
{
    const ohm_lab_sums *s = &o->sums;
    const struct {
        int decimals;
        double value;
    } row[] = { { 2, ohm_lab_total_eur(o) },
                { 0, s->import_kwh },
                { 0, s->heat_kwh },
                { 1, o->has_zone ? s->cold_kh : NAN },
                { 1, o->has_zone ? s->hot_kh : NAN },
                { 2, o->has_zone ? s->operative_mean_c : NAN },
                { 1, s->import_peak_kw },
                { 0, s->co2_kg } };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        print_number(r, columns[i].width, row[i].decimals, row[i].value);
    putchar('\n');
    print_periods(r, o);
    if (s->over_h > 0) { /* a breaker would not have let it */
        printf("     %s", ohm_lab_say(r->french, "above the subscribed power:"));
        print_number(r, 0, 2, s->over_h);
        puts(" h");
    }
}

static void print_head(const ohm_lab_report *r)
{
    bool fr = r->french;
    printf("%s: %d %s, %s %s, %s %s", ohm_lab_say(fr, r->title), r->days,
           ohm_lab_say(fr, r->days == 1 ? "day" : "days"), ohm_lab_say(fr, "weather"),
           ohm_lab_say(fr, r->weather), ohm_lab_say(fr, "contract"), r->contract);
    if (r->red_days + r->white_days > 0)
        printf(" (%s %d, %s %d)", ohm_lab_say(fr, "red days:"), r->red_days,
               ohm_lab_say(fr, "white days:"), r->white_days);
    printf("\n%-34s", "");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        putchar(' ');
        print_word(ohm_lab_say(fr, columns[i].head), columns[i].width);
    }
    putchar('\n');
}

void ohm_lab_print_text(const ohm_lab_report *r)
{
    print_head(r);
    for (int i = 0; i < r->outcomes; i++) {
        const ohm_lab_outcome *o = &r->outcome[i];
        if (o->state == OHM_LAB_NOT_RUN)
            continue;
        print_word(ohm_lab_say(r->french, o->name), -34);
        if (o->state == OHM_LAB_DONE)
            print_run(r, o);
        else
            puts(ohm_lab_say(r->french, " failed"));
    }
    if (!isnan(ohm_lab_share(r))) {
        printf("%s", ohm_lab_say(r->french, "of what a plan that knows everything saves against an "
                                            "ideal controller:"));
        print_number(r, 0, 1, 100 * ohm_lab_share(r));
        puts(" %");
    }
    puts(ohm_lab_say(r->french, "cost with subscription, less feed-in; import kWh; cold and hot: "
                                "degree-hours outside of comfort;\nmean: operative, °C; peak: kW "
                                "of a step; CO2: kg; -: not known, or nothing is heated"));
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static void json_outcome(ohm_json *j, const ohm_lab_outcome *o)
{
    const ohm_lab_sums *s = &o->sums;
    const struct {
        const char *key;
        double value;
    } rows[] = {
        { "cost_eur", ohm_lab_total_eur(o) },
        { "energy_eur", s->energy_eur },
        { "subscription_eur", o->subscription_eur },
        { "feed_in_eur", s->feed_in_eur },
        { "battery_wear_eur", s->wear_eur },
        { "import_kwh", s->import_kwh },
        { "export_kwh", s->export_kwh },
        { "heat_kwh", s->heat_kwh },
        { "heating_kwh", s->heating_kwh },
        { "load_kwh", s->load_kwh },
        { "pv_kwh", s->pv_kwh },
        { "battery_in_kwh", s->battery_in_kwh },
        { "car_kwh", s->car_kwh },
        { "car_short_kwh", s->car_short_kwh },
        { "tank_kwh", s->tank_kwh },
        { "water_short_kwh", s->water_short_kwh },
        { "cold_kh", s->cold_kh },
        { "hot_kh", s->hot_kh },
        { "operative_mean_c", o->has_zone ? s->operative_mean_c : NAN },
        { "operative_min_c", o->has_zone ? s->operative_least_c : NAN },
        { "operative_max_c", o->has_zone ? s->operative_most_c : NAN },
        { "import_peak_kw", s->import_peak_kw },
        { "over_subscribed_h", s->over_h },
        { "co2_kg", s->co2_kg },
        { "mass_gain_kwh", s->mass_gain_kwh },
        { "battery_gain_kwh", s->stored_gain_kwh },
        { "battery_gap_eur", s->battery_gap_eur },
        { "water_gain_kwh", s->water_gain_kwh },
        { "seconds", o->seconds },
    };
    ohm_json_object(j);
    ohm_json_key_str(j, "name", o->name);
    ohm_json_key_str(j, "mode", ohm_lab_mode_names[o->mode]);
    if (o->mode == OHM_LAB_MPC)
        ohm_json_key_str(j, "forecast", o->perfect ? "perfect" : "persistence");
    ohm_json_key_bool(j, "failed", o->state != OHM_LAB_DONE);
    for (size_t i = 0; o->state == OHM_LAB_DONE && i < sizeof rows / sizeof *rows; i++)
        ohm_plan_json_number(j, rows[i].key, rows[i].value);
    ohm_json_key_int(j, "plans", s->plans);
    ohm_json_key_int(j, "switchings", s->switchings);
    ohm_json_key(j, "periods");
    ohm_json_object(j);
    for (int p = 0; p < o->periods_count; p++) {
        ohm_json_key(j, o->periods[p].id);
        ohm_json_object(j);
        ohm_plan_json_number(j, "kwh", s->period_kwh[p]);
        ohm_plan_json_number(j, "eur", s->period_eur[p]);
        ohm_json_end(j);
    }
    ohm_json_end(j);
    ohm_json_end(j);
}

int ohm_lab_print_json(const ohm_lab_report *r)
{
    size_t cap = OUTCOME_BYTES * (size_t)(r->outcomes + 2), len = 0;
    char *text = malloc(cap);
    if (!text)
        return ohm_cmd_fail("simulate", "out of memory", NULL);
    ohm_json j;
    ohm_json_init(&j, text, cap);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "house", r->title);
    ohm_json_key_str(&j, "weather", r->weather);
    ohm_json_key_str(&j, "contract", r->contract);
    char at[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(r->frame->when.from_ms, at);
    ohm_json_key_str(&j, "start", at);
    (void)ohm_rfc3339_write(r->frame->when.to_ms, at);
    ohm_json_key_str(&j, "end", at);
    ohm_json_key_int(&j, "days", r->days);
    ohm_json_key_int(&j, "red_days", r->red_days);
    ohm_json_key_int(&j, "white_days", r->white_days);
    ohm_json_key_bool(&j, "interrupted", r->interrupted);
    if (r->compared)
        ohm_plan_json_number(&j, "share_of_omniscient_saving", ohm_lab_share(r));
    ohm_json_key(&j, "runs");
    ohm_json_array(&j);
    for (int i = 0; i < r->outcomes; i++)
        if (r->outcome[i].state != OHM_LAB_NOT_RUN)
            json_outcome(&j, &r->outcome[i]);
    ohm_json_end(&j);
    ohm_json_end(&j);
    int status = ohm_json_finish(&j, &len) == OHM_OK
                     ? OHM_EXIT_OK
                     : ohm_cmd_fail("answer", "is longer than it can be", NULL);
    if (status == OHM_EXIT_OK)
        printf("%.*s\n", (int)len, text);
    free(text);
    return status;
}
