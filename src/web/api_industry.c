/* As the industrial prototype's routes, in its shapes and right in content: what it made up is
 * measured or null (docs/api.md says which member means what).
 *
 * GET /api/industrie/equilibre-phases, /facteur-puissance and /charges-par-machine tell of now,
 * from the meters; /kpi-energetiques of the last hour, from the store. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/phases.h"
#include "analysis/power_factor.h"
#include "store/query.h"
#include "web/api.h"
#include "web/command.h"
#include "web/grow.h"
#include "web/inner.h"

static const double least_mean_a = 5;   /* below, currents say nothing of balance */
static const double least_va = 10;      /* below, no power factor is worth a name */
static const double tan_limit = 0.4;    /* above, reactive energy is billed (TURPE) */
static const double tan_wanted = 0.329; /* cos phi 0.95, the prototype's aim */

static double value_of(const ohm_view *view, const ohm_view_meter *meter, ohm_quantity_id id)
{
    for (int i = 0; i < meter->values_count; i++) {
        const ohm_view_value *v = ohm_view_values(view, meter) + i;
        if (v->quantity == id && v->age_ms <= meter->stale_after_ms &&
            v->quality != OHM_QUALITY_SUSPECT)
            return (double)v->value * pow(10, -(int)ohm_quantity_get(id)->decimals);
    }
    return NAN;
}

static bool three_of(const ohm_view *view, ohm_quantity_id first, double out[OHM_PHASES])
{
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    for (int p = 0; p < OHM_PHASES; p++)
        out[p] = value_of(view, meter, (ohm_quantity_id)((int)first + p));
    return isfinite(out[0]) && isfinite(out[1]) && isfinite(out[2]);
}

/* Of two directions what is drawn, or one signed power. */
static double power_of(const ohm_view *view, const ohm_view_meter *meter)
{
    double import = value_of(view, meter, OHM_Q_POWER_IMPORT);
    double export = value_of(view, meter, OHM_Q_POWER_EXPORT);
    if (isfinite(import))
        return export > 0 ? import - export : import;
    return value_of(view, meter, OHM_Q_POWER);
}

/* The same of reactive power. */
static double reactive_of(const ohm_view *view, const ohm_view_meter *meter)
{
    double lagging = value_of(view, meter, OHM_Q_REACTIVE_POWER_IMPORT);
    double leading = value_of(view, meter, OHM_Q_REACTIVE_POWER_EXPORT);
    if (!isfinite(lagging))
        return value_of(view, meter, OHM_Q_REACTIVE_POWER);
    return leading > 0 ? lagging - leading : lagging;
}

static void key_number(ohm_json *json, const char *key, double value)
{
    if (isfinite(value) && fabs(value) < 9e11)
        ohm_json_key_decimal(json, key, llround(value * 1e6), -6);
    else
        ohm_json_key_null(json, key);
}

/* The view, with a fresh main meter; else the answer was given. */
static const ohm_view *measured(ohm_exchange *x)
{
    const ohm_view *view = ohm_web_view(x->web);
    if (x->target.pairs_count > 0) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
        return NULL;
    }
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return NULL;
    }
    if (view->meters_count > 0 && view->meter_fresh)
        return view;
    ohm_reply_fault(x, OHM_FAULT_UNMEASURED, NULL);
    return NULL;
}

static void begin(ohm_json *json, const ohm_view *view)
{
    ohm_json_object(json);
    ohm_json_key_time(json, "timestamp", view->meters[view->main_meter].last_ms);
}

/* --- balance ---------------------------------------------------------------------------------- */

typedef struct balance {
    const ohm_view *view;
    bool has_volts, has_amps;
    double volts[OHM_PHASES], amps[OHM_PHASES];
    double score; /* NAN: nothing measured says anything of balance */
} balance;

static const char *balance_advice(double score)
{
    if (score < 0.05)
        return "Équilibre excellent - Pas d'action nécessaire";
    if (score < 0.1)
        return "Équilibre acceptable - Surveillance recommandée";
    if (score < 0.2)
        return "Déséquilibre modéré - Redistribution de charge conseillée";
    return "Déséquilibre important - Rééquilibrage urgent nécessaire";
}

static void key_highest(ohm_json *json, const char *key, bool there, const double of[OHM_PHASES])
{
    int most = of[1] > of[0] ? 1 : 0;
    most = of[2] > of[most] ? 2 : most;
    if (there)
        ohm_json_key_int(json, key, most + 1);
    else
        ohm_json_key_null(json, key);
}

static void write_balance(ohm_json *json, const void *ctx)
{
    const balance *b = ctx;
    begin(json, b->view);
    ohm_json_key(json, "equilibre");
    ohm_json_object(json);
    if (isnan(b->score))
        ohm_json_key_null(json, "equilibre_global");
    else
        ohm_json_key_bool(json, "equilibre_global", b->score < 0.1);
    key_number(json, "score_equilibre", b->score);
    key_highest(json, "phase_plus_chargee_tension", b->has_volts, b->volts);
    key_highest(json, "phase_plus_chargee_courant", b->has_amps, b->amps);
    ohm_json_key_str(json, "recommandations", isnan(b->score) ? NULL : balance_advice(b->score));
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_api_industry_balance(ohm_exchange *x)
{
    const ohm_view *view = measured(x);
    double pct;
    if (!view)
        return;
    balance b = { .view = view, .score = NAN };
    b.has_volts = three_of(view, OHM_Q_VOLTAGE_L1, b.volts) && ohm_deviation(b.volts, 1, &pct);
    if (b.has_volts) /* of a dead supply nothing is the highest */
        b.score = pct / 100;
    b.has_amps = three_of(view, OHM_Q_CURRENT_L1, b.amps);
    if (!b.has_volts && !b.has_amps) {
        ohm_reply_fault(x, OHM_FAULT_UNMEASURED, "voltage_l1");
        return;
    }
    if (b.has_amps && ohm_deviation(b.amps, least_mean_a, &pct))
        b.score = fmax(b.score, pct / 100); /* fmax leaves NAN out */
    ohm_reply_json(x, MHD_HTTP_OK, write_balance, &b);
}

/* --- power factor ----------------------------------------------------------------------------- */

typedef struct factor {
    const ohm_view *view;
    ohm_power_factor of;
    double p_kw, q_kvar, tan_phi;
} factor;

static const char *factor_grade(const ohm_power_factor *of)
{
    if (!of->defined)
        return "indéfini";
    if (of->factor >= 0.95)
        return "excellent";
    if (of->factor >= 0.90)
        return "bon";
    if (of->factor >= 0.85)
        return "acceptable";
    return of->factor >= 0.80 ? "médiocre" : "critique";
}

static void write_bank(ohm_json *json, const factor *f)
{
    double to_limit = ohm_capacitor_kvar(f->p_kw, f->tan_phi, tan_limit);
    double to_one = ohm_capacitor_kvar(f->p_kw, f->tan_phi, 0);
    ohm_json_key(json, "capacite_batteries_necesaire"); /* as the prototype spells it */
    ohm_json_object(json);
    key_number(json, "capacite_min_kvar", to_limit);
    key_number(json, "capacite_max_kvar", to_one);
    key_number(json, "capacite_recommandee_kvar",
               ohm_capacitor_kvar(f->p_kw, f->tan_phi, tan_wanted));
    ohm_json_end(json);
}

static void write_factor(ohm_json *json, const void *ctx)
{
    const factor *f = ctx;
    bool above = f->of.defined && f->tan_phi > tan_limit;
    begin(json, f->view);
    ohm_json_key(json, "facteur_puissance");
    ohm_json_object(json);
    key_number(json, "facteur_puissance", f->of.defined ? f->of.factor : NAN);
    ohm_json_key_str(json, "evaluation", factor_grade(&f->of));
    /* The part of the reactive energy that is billed where it is billed at all. */
    key_number(json, "penalite_applicable",
               !f->of.defined ? NAN
               : above        ? 1 - tan_limit / f->tan_phi
                              : 0);
    ohm_json_key_null(json, "economies_compensation"); /* capacitors save no active energy */
    ohm_json_key_bool(json, "compensation_recommandee", above);
    write_bank(json, f);
    key_number(json, "tan_phi", f->tan_phi);
    if (f->of.quadrant > 0)
        ohm_json_key_int(json, "quadrant", f->of.quadrant);
    else
        ohm_json_key_null(json, "quadrant");
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_api_industry_factor(ohm_exchange *x)
{
    const ohm_view *view = measured(x);
    if (!view)
        return;
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    double p_w = power_of(view, meter), q_var = reactive_of(view, meter);
    if (!isfinite(p_w) || !isfinite(q_var)) {
        ohm_reply_fault(x, OHM_FAULT_UNMEASURED, "reactive_power_import");
        return;
    }
    factor f = { .view = view, .p_kw = p_w / 1000, .q_kvar = q_var / 1000 };
    f.of = ohm_power_factor_of(p_w, q_var, NAN, least_va);
    f.tan_phi = f.of.defined ? q_var / p_w : NAN;
    ohm_reply_json(x, MHD_HTTP_OK, write_factor, &f);
}

/* --- machines --------------------------------------------------------------------------------- */

/* The parts of the main meter: what they draw, and what is left over ("divers") where no meter
 * says so itself. Sums leave out a machine that is silent. While the site feeds in nobody knows
 * what its own production feeds: no part of it has a percentage. */
static void write_machines(ohm_json *json, const void *ctx)
{
    const ohm_view *view = ctx;
    double total_w = power_of(view, &view->meters[view->main_meter]), sum_w = 0;
    bool all = true;
    static const char *const members[] = { "charges_par_equipement", "pourcentages" };
    begin(json, view);
    for (int pass = 0; pass < 2; pass++) {
        double scale = pass == 0 ? 1e-3 : total_w > 0 ? 100 / total_w : NAN;
        sum_w = 0;
        ohm_json_key(json, members[pass]);
        ohm_json_object(json);
        for (int m = 0; m < view->meters_count; m++) {
            if (view->meters[m].part_of != view->main_meter + 1)
                continue;
            double w = power_of(view, &view->meters[m]);
            all = all && isfinite(w);
            sum_w += isfinite(w) ? w : 0;
            key_number(json, view->meters[m].device, w * scale);
        }
        key_number(json, "divers", all && total_w >= 0 ? fmax(0, total_w - sum_w) * scale : NAN);
        ohm_json_end(json);
        if (pass == 0)
            key_number(json, "total_consomme", total_w / 1000);
    }
    ohm_json_end(json);
}

void ohm_api_industry_machines(ohm_exchange *x)
{
    const ohm_view *view = measured(x);
    if (view)
        ohm_reply_json(x, MHD_HTTP_OK, write_machines, view);
}

/* --- the last hour ---------------------------------------------------------------------------- */

typedef struct hour_query {
    char device[OHM_SERIES_KEY_MAX];
    char period[32]; /* "10:00 - 11:00" */
    ohm_interval range;
} hour_query;

typedef struct hour {
    const atomic_bool *stop;
    bool has_power, has_energy;
    double mean_kw, max_kw, kwh;
    uint32_t good, all;
} hour;

static bool hour_stopped(void *ctx)
{
    const hour *h = ctx;
    return atomic_load_explicit(h->stop, memory_order_relaxed);
}

static bool add_power(void *ctx, const ohm_slice *s)
{
    hour *h = ctx;
    double scale = pow(10, -(int)ohm_quantity_get(OHM_Q_POWER_IMPORT)->decimals) / 1000;
    if (s->count == 0 || !(s->flags & OHM_SLICE_MEAN))
        return true;
    h->has_power = true;
    h->mean_kw = (double)s->mean * scale;
    h->max_kw = (double)s->max * scale;
    return true;
}

static bool add_energy(void *ctx, const ohm_slice *s)
{
    hour *h = ctx;
    h->has_energy = s->flags & OHM_SLICE_ENERGY;
    h->kwh = (double)s->energy / 1000;
    return true;
}

static bool add_point(void *ctx, const ohm_point *point)
{
    hour *h = ctx;
    h->all++;
    h->good += point->quality == OHM_QUALITY_GOOD || point->quality == OHM_QUALITY_UNAUTHENTICATED;
    return !hour_stopped(h);
}

static ohm_code ask(ohm_reader *reader, const hour_query *q, hour *h, ohm_quantity_id quantity,
                    bool (*row)(void *ctx, const ohm_slice *slice))
{
    char key[OHM_SERIES_KEY_MAX];
    const char *name = ohm_quantity_get(quantity)->name;
    if ((size_t)snprintf(key, sizeof key, "%s/%s", q->device, name) >= sizeof key)
        return OHM_UNKNOWN;
    const ohm_steps_query asked = { .series_key = key,
                                    .range = q->range,
                                    .step = { OHM_STEP_MS, OHM_HOUR_MS },
                                    .rows_max = 1,
                                    .cancelled = hour_stopped,
                                    .cancelled_ctx = h };
    ohm_err err = ohm_query_steps(reader, &asked, row, h);
    if (row == add_power && !ohm_failed(err))
        err = ohm_query_points(reader, key, q->range, add_point, h);
    return err.code == OHM_BUSY ? OHM_MORE : err.code == OHM_UNKNOWN ? OHM_OK : err.code;
}

static void write_hour(ohm_json *json, const hour_query *q, const hour *h)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "periode", q->period);
    ohm_json_key(json, "kpis");
    ohm_json_object(json);
    key_number(json, "puissance_moyenne_kw", h->has_power ? h->mean_kw : NAN);
    key_number(json, "puissance_max_kw", h->has_power ? h->max_kw : NAN);
    key_number(json, "consommation_horaire_kwh", h->has_energy ? h->kwh : NAN);
    ohm_json_key_null(json, "efficacite_globale"); /* nothing here measures what is made of it */
    ohm_json_key_int(json, "heures_analyse", 1);
    key_number(json, "qualite_donnees", h->all > 0 ? 100.0 * h->good / h->all : NAN);
    ohm_json_end(json);
    ohm_json_end(json);
}

static ohm_code run_hour(ohm_reader *reader, const void *query, const atomic_bool *stop,
                         char **ret_json, size_t *ret_len)
{
    enum { BYTES = 1024 };
    const hour_query *q = query;
    hour h = { .stop = stop };
    ohm_grow out = { .max = BYTES };
    ohm_json json;
    size_t len = 0;
    if (ohm_failed(ohm_reader_begin(reader)))
        return OHM_IO;
    ohm_code code = ask(reader, q, &h, OHM_Q_POWER_IMPORT, add_power);
    if (code == OHM_OK && !h.has_power)
        code = ask(reader, q, &h, OHM_Q_POWER, add_power);
    if (code == OHM_OK)
        code = ask(reader, q, &h, OHM_Q_ENERGY_IMPORT, add_energy);
    ohm_reader_end(reader);
    if (code == OHM_OK && !h.has_power && !h.has_energy)
        code = OHM_UNKNOWN;
    char *room = ohm_grow_room(&out, BYTES);
    if (code == OHM_OK && room) {
        ohm_json_init(&json, room, BYTES);
        write_hour(&json, q, &h);
        code = ohm_json_finish(&json, &len);
        out.len += len;
    }
    return ohm_grow_give(&out, code, ret_json, ret_len);
}

static void hour_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, OHM_PRIVATE);
}

void ohm_api_industry_hour(ohm_exchange *x)
{
    const ohm_view *view = ohm_web_view(x->web);
    hour_query q = { .period = "" };
    if (x->target.pairs_count > 0) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
        return;
    }
    if (!view || view->meters_count == 0) {
        ohm_reply_fault(x, view ? OHM_FAULT_METER : OHM_FAULT_STARTING, NULL);
        return;
    }
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    (void)snprintf(q.device, sizeof q.device, "%s/%s/%s", view->site_id, meter->zone,
                   meter->device);
    q.range = (ohm_interval){ view->time_ms - OHM_HOUR_MS, view->time_ms };
    ohm_civil from = ohm_civil_from_utc(&view->tz, q.range.from_ms);
    ohm_civil to = ohm_civil_from_utc(&view->tz, q.range.to_ms);
    (void)snprintf(q.period, sizeof q.period, "%02d:%02d - %02d:%02d", from.hour, from.minute,
                   to.hour, to.minute);
    ohm_history_send(x, run_hour, &q, sizeof q, hour_done);
}
