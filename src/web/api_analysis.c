/* GET /api/v1/analysis/quality: three phases, power factor and the voltage of a meter's supply.
 * GET /api/v1/analysis/stats: statistics and key figures of what a meter counts.
 *
 * The answers are those of the verbs `quality` and `stats` (docs/analysis.md), of the store. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/degree_days.h"
#include "base/number.h"
#include "web/analysis_price.h"
#include "web/analysis_sun.h"
#include "web/bill_question.h"
#include "web/command.h"
#include "web/grow.h"
#include "web/inner.h"

enum { DAYS = 35, ANSWER_MAX = 8 << 20 };

typedef struct analysis_query {
    ohm_bill_query bill; /* the range, and the contract whose prices count */
    const ohm_tz *tz;
    ohm_analysis_meter meter;
    ohm_mains_settings set;
    /* Of stats. */
    ohm_stats_by by;
    bool priced; /* by the site's contract */
    double g_co2_per_kwh, eur_per_kwh, base_c;
    uint16_t parts_count, others_count;
    ohm_analysis_meter parts[OHM_STATS_PARTS_MAX], others[OHM_STATS_OTHERS_MAX];
    ohm_analysis_beside beside; /* the main meter: who may produce */
    char temperature[OHM_SERIES_KEY_MAX], pieces[OHM_SERIES_KEY_MAX]; /* device; "": none */
    ohm_quantity_id temperature_quantity, pieces_quantity;
} analysis_query;

_Static_assert(sizeof(analysis_query) <= OHM_HISTORY_QUERY_MAX, "a question fits its queue");

/* --- what is asked ---------------------------------------------------------------------------- */

static bool number_of(ohm_exchange *x, const char *key, double scale, double *io)
{
    const char *text = ohm_target_query(&x->target, key);
    int64_t mantissa;
    int exponent;
    if (!text)
        return true;
    ohm_code code = ohm_number_decimal(ohm_span_text(text), &mantissa, &exponent);
    if (code == OHM_OK && mantissa >= 0 && exponent >= -12 && exponent <= 9) {
        *io = (double)mantissa * pow(10, exponent) * scale;
        return true;
    }
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

static void name_meter(const ohm_view *view, const ohm_view_meter *meter, ohm_analysis_meter *out)
{
    (void)snprintf(out->device, sizeof out->device, "%s/%s/%s", view->site_id, meter->zone,
                   meter->device);
    (void)snprintf(out->name, sizeof out->name, "%s", meter->device);
}

/* The meter that `meter` names; the main one without. -1: answered. */
static int meter_of(ohm_exchange *x, const ohm_view *view)
{
    const char *id = ohm_target_query(&x->target, "meter");
    for (int m = 0; id && m < view->meters_count; m++)
        if (!strcmp(view->meters[m].device, id))
            return m;
    if (!id && view->main_meter < view->meters_count)
        return view->main_meter;
    ohm_reply_fault(x, OHM_FAULT_METER, "meter");
    return -1;
}

/* The range and the meter that both ask about. NULL: answered. */
static const ohm_view *begin(ohm_exchange *x, const char *const *keys, analysis_query *q,
                             int *meter)
{
    const ohm_view *view;
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q->bill, &view))
        return NULL;
    q->tz = ohm_web_tz(x->web);
    *meter = meter_of(x, view);
    if (*meter < 0)
        return NULL;
    name_meter(view, &view->meters[*meter], &q->meter);
    /* Whole local days, so that days, weeks and months are. */
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(q->tz, view->time_ms).date);
    q->bill.range =
        (ohm_interval){ ohm_date_interval(q->tz, ohm_date_from_days(today - DAYS)).from_ms,
                        view->time_ms };
    if (!ohm_bill_time(x, view, "from", &q->bill.range.from_ms) ||
        !ohm_bill_time(x, view, "to", &q->bill.range.to_ms) || !ohm_bill_range(x, &q->bill))
        return NULL;
    if (ohm_history_table_step_ms(q->bill.range) == 0) { /* hours would not be told apart */
        ohm_reply_fault(x, OHM_FAULT_QUERY, "from");
        return NULL;
    }
    return view;
}

/* Hands the answer's bytes over as they are. */
static ohm_code give(ohm_json *json, char *bytes, char **ret_json, size_t *ret_len)
{
    ohm_code code = ohm_json_finish(json, ret_len);
    if (code == OHM_OK)
        *ret_json = bytes;
    else
        free(bytes);
    return code;
}

static void analysis_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, OHM_PRIVATE);
}

/* --- quality ---------------------------------------------------------------------------------- */

static ohm_code write_quality(ohm_history_table *t, const analysis_query *query, char **ret_json,
                              size_t *ret_len)
{
    ohm_mains q = { .columns = &t->columns, .tz = query->tz, .set = query->set };
    ohm_json json;
    ohm_code code = ohm_analysis_mains(t, query->meter.device, &q);
    if (code == OHM_OK)
        ohm_history_table_trim(t);
    if (code == OHM_OK && t->columns.rows == 0)
        code = OHM_UNKNOWN;
    if (code != OHM_OK)
        return code;
    q.step_ms = t->step_ms;
    q.room = malloc((3 * t->columns.rows + 1) * sizeof *q.room);
    char *bytes = malloc(ANSWER_MAX);
    code = q.room && bytes ? OHM_OK : OHM_NO_MEMORY;
    if (code == OHM_OK) {
        ohm_json_init(&json, bytes, ANSWER_MAX);
        ohm_mains_write(&json, &q);
        code = give(&json, bytes, ret_json, ret_len);
    } else {
        free(bytes);
    }
    free(q.room);
    return code;
}

static ohm_code run_quality(ohm_reader *reader, const void *query, const atomic_bool *stop,
                            char **ret_json, size_t *ret_len)
{
    const analysis_query *q = query;
    ohm_history_table t;
    ohm_code code = ohm_history_table_init(&t, reader, q->bill.range,
                                           ohm_history_table_step_ms(q->bill.range), stop);
    if (code == OHM_OK)
        code = write_quality(&t, q, ret_json, ret_len);
    ohm_history_table_free(&t);
    return code;
}

void ohm_api_quality(ohm_exchange *x)
{
    static const char *const keys[] = { "meter",
                                        "from",
                                        "to",
                                        "nominal",
                                        "tan_limit",
                                        "running_kw",
                                        "bank_step_kvar",
                                        "short_circuit_kva",
                                        "eur_per_kvar",
                                        "eur_per_kvarh",
                                        "subscribed_kva",
                                        NULL };
    analysis_query q = { .set = { .nominal_v = 230,
                                  .tan_limit = 0.4,
                                  .running_w = NAN,
                                  .bank_step_kvar = 12.5,
                                  .short_circuit_kva = NAN,
                                  .eur_per_kvar = NAN,
                                  .eur_per_kvarh = NAN } };
    int meter;
    const ohm_view *view = begin(x, keys, &q, &meter);
    if (!view)
        return;
    if (meter == view->main_meter && view->contract_va > 0)
        q.set.subscribed_va = view->contract_va;
    if (number_of(x, "nominal", 1, &q.set.nominal_v) &&
        number_of(x, "tan_limit", 1, &q.set.tan_limit) &&
        number_of(x, "running_kw", 1000, &q.set.running_w) &&
        number_of(x, "bank_step_kvar", 1, &q.set.bank_step_kvar) &&
        number_of(x, "short_circuit_kva", 1, &q.set.short_circuit_kva) &&
        number_of(x, "eur_per_kvar", 1, &q.set.eur_per_kvar) &&
        number_of(x, "eur_per_kvarh", 1, &q.set.eur_per_kvarh) &&
        number_of(x, "subscribed_kva", 1000, &q.set.subscribed_va))
        ohm_years_send(x, run_quality, &q, sizeof q, analysis_done);
}

/* --- statistics ------------------------------------------------------------------------------- */

/* Sub-meters of the meter, its sources where it is merged, and of the main one who may produce. */
static void find_meters(const ohm_view *view, int meter, analysis_query *q)
{
    for (int m = 0; m < view->meters_count; m++) {
        const ohm_view_meter *other = &view->meters[m];
        if (m == meter)
            continue;
        if (other->part_of == meter + 1 && q->parts_count < OHM_STATS_PARTS_MAX)
            name_meter(view, other, &q->parts[q->parts_count++]);
        else if (other->source_of == meter + 1 && q->others_count < OHM_STATS_OTHERS_MAX)
            name_meter(view, other, &q->others[q->others_count++]);
    }
    if (meter == view->main_meter)
        ohm_analysis_beside_of(view, &q->beside);
}

/* "home/ground/outdoor/temperature" into its device and quantity. */
static bool series_of(ohm_exchange *x, const char *key, char device[static OHM_SERIES_KEY_MAX],
                      ohm_quantity_id *ret)
{
    const char *text = ohm_target_query(&x->target, key);
    const char *slash = text ? strrchr(text, '/') : NULL;
    if (!text)
        return true;
    if (slash && strlen(text) < OHM_SERIES_KEY_MAX)
        *ret = ohm_quantity_find(ohm_span_text(slash + 1));
    if (*ret == OHM_Q_NONE) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, key);
        return false;
    }
    (void)snprintf(device, OHM_SERIES_KEY_MAX, "%.*s", (int)(slash - text), text);
    return true;
}

static bool by_of(ohm_exchange *x, ohm_stats_by *io)
{
    static const char *const names[] = { "day", "week", "month", "year" };
    const char *text = ohm_target_query(&x->target, "by");
    for (int i = 0; text && i < 4; i++)
        if (!strcmp(text, names[i])) {
            *io = (ohm_stats_by)i;
            return true;
        }
    if (text)
        ohm_reply_fault(x, OHM_FAULT_QUERY, "by");
    return !text;
}

static ohm_code column_of(ohm_history_table *t, const ohm_analysis_meter *meter,
                          ohm_stats_power *out)
{
    ohm_column *column;
    ohm_code code = ohm_analysis_power(t, meter, false, &column);
    *out = (ohm_stats_power){ .column = column, .scale = 1, .unit = "W" };
    return code;
}

static double above_0(double value)
{
    return value < 0 ? 0 : value; /* NAN stays */
}

/* What the site used: what it drew; with own production what it drew, less what it gave, and what
 * it made. */
static ohm_code add_load(ohm_history_table *t, const analysis_query *q, ohm_stats *s)
{
    ohm_column *sun, *load;
    ohm_code code = ohm_analysis_sun(t, &q->beside, &sun);
    if (code == OHM_OK)
        code = ohm_analysis_power(t, &q->meter, sun != NULL, &load);
    if (code != OHM_OK)
        return code;
    if (!load)
        return OHM_UNKNOWN;
    s->load = (ohm_stats_power){ .column = load, .scale = 1, .unit = "W" };
    if (!sun)
        return OHM_OK;
    for (size_t row = 0; row < t->room; row++)
        load->values[row] = above_0(load->values[row] + sun->values[row]);
    s->solar = (ohm_stats_power){ .column = sun, .scale = 1, .unit = "W" };
    return OHM_OK;
}

static ohm_code gather(ohm_history_table *t, const analysis_query *q, ohm_stats *s)
{
    ohm_code code = add_load(t, q, s);
    for (int i = 0; i < q->parts_count && code == OHM_OK; i++) {
        code = column_of(t, &q->parts[i], &s->parts[s->parts_count]);
        s->parts_count += code == OHM_OK && s->parts[s->parts_count].column;
    }
    for (int i = 0; i < q->others_count && code == OHM_OK; i++) {
        code = column_of(t, &q->others[i], &s->others[s->others_count]);
        s->others_count += code == OHM_OK && s->others[s->others_count].column;
    }
    if (code == OHM_OK && q->temperature[0]) {
        ohm_column *column = ohm_history_table_column(t, "temperature");
        code = column
                   ? ohm_history_table_mean(t, column, q->temperature, q->temperature_quantity, 1)
                   : OHM_NO_MEMORY;
        s->temperature = column;
    }
    if (code == OHM_OK && q->pieces[0]) {
        ohm_column *column = ohm_history_table_column(t, "pieces");
        code = column ? ohm_history_table_last(t, column, q->pieces, q->pieces_quantity)
                      : OHM_NO_MEMORY;
        s->pieces = column;
    }
    return code;
}

static ohm_code write_stats(ohm_history_table *t, const analysis_query *q, ohm_stats *s,
                            char **ret_json, size_t *ret_len)
{
    double *eur = malloc((t->columns.rows + 1) * sizeof *eur);
    char *bytes = malloc(ANSWER_MAX);
    ohm_json json;
    s->room = malloc((t->columns.rows + 1) * sizeof *s->room);
    ohm_code code = eur && bytes && s->room ? OHM_OK : OHM_NO_MEMORY;
    if (code == OHM_OK && q->priced)
        code = ohm_analysis_prices(t, &q->bill, q->tz, eur);
    s->eur_of_rows = q->priced ? eur : NULL;
    if (code == OHM_OK) {
        ohm_json_init(&json, bytes, ANSWER_MAX);
        ohm_stats_write(&json, s);
        code = give(&json, bytes, ret_json, ret_len);
    } else {
        free(bytes);
    }
    free(s->room);
    free(eur);
    return code;
}

static ohm_code run_stats(ohm_reader *reader, const void *query, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    const analysis_query *q = query;
    ohm_stats *s = calloc(1, sizeof *s);
    ohm_history_table t;
    ohm_code code = ohm_history_table_init(&t, reader, q->bill.range,
                                           ohm_history_table_step_ms(q->bill.range), stop);
    if (!s)
        code = OHM_NO_MEMORY;
    if (code == OHM_OK) {
        s->columns = &t.columns;
        s->tz = q->tz;
        s->step_ms = t.step_ms;
        s->by = q->by;
        s->eur_per_kwh = q->eur_per_kwh;
        s->g_co2_per_kwh = q->g_co2_per_kwh;
        s->base_c = q->base_c;
        code = gather(&t, q, s);
    }
    if (code == OHM_OK) {
        ohm_history_table_trim(&t);
        code = t.columns.rows > 0 ? write_stats(&t, q, s, ret_json, ret_len) : OHM_UNKNOWN;
    }
    ohm_history_table_free(&t);
    free(s);
    return code;
}

void ohm_api_stats(ohm_exchange *x)
{
    static const char *const keys[] = { "meter", "from",   "to",          "by",   "price",
                                        "co2",   "pieces", "temperature", "base", NULL };
    analysis_query q = { .by = OHM_STATS_MONTH,
                         .eur_per_kwh = NAN,
                         .g_co2_per_kwh = NAN,
                         .base_c = OHM_DEGREE_DAYS_BASE_C };
    int meter;
    const ohm_view *view = begin(x, keys, &q, &meter);
    if (!view)
        return;
    find_meters(view, meter, &q);
    q.priced = !ohm_target_query(&x->target, "price");
    if (by_of(x, &q.by) && number_of(x, "price", 1, &q.eur_per_kwh) &&
        number_of(x, "co2", 1, &q.g_co2_per_kwh) && number_of(x, "base", 1, &q.base_c) &&
        series_of(x, "pieces", q.pieces, &q.pieces_quantity) &&
        series_of(x, "temperature", q.temperature, &q.temperature_quantity))
        ohm_years_send(x, run_stats, &q, sizeof q, analysis_done);
}
