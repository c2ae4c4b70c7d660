/* The state, day by day: judge what was said, learn, say what comes, with its band. */
#include "analysis/forecast.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

enum {
    FIRST_FIT_DAYS = 7, /* nothing is learnt before a week is known */
    FITTED_DAYS = 14,
    FULL_DAYS = 60, /* so long every day counts */
    REHEARSAL_DAYS = 4,
    STATE_BYTES = 256 << 10, /* what is left of them is for days that are looked through */
    PAST_DAYS_MIN = 76,      /* of quarters with weather, which take more */
    ROUNDED_BYTES = 3 * 16,  /* arrays begin at multiples of 16 */
    RESIDUAL_BYTES = 31 << 10,
    RESIDUAL_DAYS_MAX = 49,
    BAND_MIN_ERRORS = 5,
    ABSURD_PART = 8, /* of a day at most */
};

static const double load_power = 0.5;  /* big values weigh less: what is asked for is the median */
static const double absurd_times = 20; /* what was ever measured in the last weeks */
static const double score_decay = 0.97;
static const double bias_share = 0.25; /* of the middle of its own errors */
static const double aim_ratio = 0.8, band_rate = 0.05, band_min = -0.5, band_max = 1;

/* --- memory
 * --------------------------------------------------------------------------------------- */

static bool valid(const ohm_forecast_options *o)
{
    return (o->slots == 24 || o->slots == 48 || o->slots == 96) && o->others >= 0 &&
           o->others <= OHM_FORECAST_OTHERS_MAX;
}

static size_t take(size_t *at, size_t floats)
{
    size_t from = *at;
    *at += (floats * sizeof(float) + 15) & ~(size_t)15;
    return from;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* Where each array lies; returns the whole size. */
static size_t lay_out(ohm_forecast *f)
{
    const ohm_forecast_options *o = &f->options;
    size_t at = (sizeof *f + 15) & ~(size_t)15, slots = (size_t)o->slots;
    int day_bytes = o->slots * (int)sizeof(float);
    f->per_hour = o->slots / HOURS;
    f->features = OWN_FEATURES - (o->solar ? WEEK_DAYS : 0);
    for (int i = 0; i < o->others; i++)
        f->features += (o->warmth >> i & 1) != 0 ? OTHER_FEATURES : PLAIN_FEATURES;
    f->gram_len = (f->features + 1) * (f->features + 2) / 2;
    f->residual_days = at_most(RESIDUAL_BYTES / (MODELS * day_bytes), RESIDUAL_DAYS_MAX);
    f->values = take(&at, RING_DAYS * slots);
    f->typical = take(&at, NEAR_DAYS * slots);
    for (int i = 0; i < o->others; i++)
        f->others[i] = take(&at, NEAR_DAYS * slots);
    f->gram = take(&at, (size_t)(MODELS * HOURS * f->gram_len));
    f->coef = take(&at, (size_t)MODELS * (HOURS + 1) * FEATURES_MAX);
    f->residuals = take(&at, MODELS * slots * (size_t)f->residual_days);
    f->residual_born = take(&at, (MODELS * slots * ((size_t)f->residual_days + 1) + 3) / 4);
    f->profile = take(&at, (size_t)MODELS * PROFILE_FLOATS);
    f->said = take(&at, (MODELS + 1) * slots * SAID_FLOATS);
    int past_bytes = day_bytes + (BLOCKS + 1) * (int)sizeof(float);
    int fit = (STATE_BYTES - ROUNDED_BYTES - (int)at) / past_bytes;
    f->past_days = fit < PAST_DAYS_MIN ? PAST_DAYS_MIN : at_most(fit, OWN_PAST_DAYS_MAX);
    f->past = take(&at, slots * (size_t)f->past_days);
    f->past_blocks = take(&at, BLOCKS * (size_t)f->past_days);
    f->past_kind = take(&at, (size_t)f->past_days);
    return at;
}

size_t ohm_forecast_size(const ohm_forecast_options *options)
{
    ohm_forecast f;
    if (!valid(options))
        return 0;
    memset(&f, 0, sizeof f);
    f.options = *options;
    return lay_out(&f);
}

ohm_forecast *ohm_forecast_create(const ohm_forecast_options *options, void *memory)
{
    ohm_forecast *f = memory;
    assert(valid(options));
    memset(f, 0, ohm_forecast_size(options));
    f->options = *options;
    (void)lay_out(f);
    return f;
}

/* --- the model's scale
 * ---------------------------------------------------------------------------- */

static double bend(const ohm_forecast *f, double v)
{
    if (f->options.solar)
        return v;
    return v < 0 ? -pow(-v, load_power) : pow(v, load_power);
}

static double unbend(const ohm_forecast *f, double v)
{
    if (f->options.solar)
        return v;
    return v < 0 ? -pow(-v, 1 / load_power) : pow(v, 1 / load_power);
}

/* Chosen once, from the first day that says something: sums of squares stay small. */
static void choose_scale(ohm_forecast *f, const double *values)
{
    double sum = 0, size = 0;
    int count = 0;
    for (int s = 0; s < f->options.slots; s++) {
        double v = bend(f, values[s]);
        sum += isnan(v) ? 0 : v;
        size += isnan(v) ? 0 : fabs(v);
        count += !isnan(v);
    }
    if (!count)
        return;
    f->middle = f->options.solar ? 0 : sum / count;
    f->scale = size > 0 ? size / count : 1;
    f->scaled = true;
}

static double to_model(const ohm_forecast *f, double v)
{
    return (bend(f, v) - f->middle) / f->scale;
}

static double from_model(const ohm_forecast *f, double v)
{
    double back = unbend(f, v * f->scale + f->middle);
    return f->signs || isnan(back) ? back : fmax(back, 0); /* fmax makes a number of NAN */
}

/* --- a day that is over
 * --------------------------------------------------------------------------- */

/* The errors of a slot, sorted, each with the place in time that it is of. */
typedef struct errors {
    float *value;
    uint8_t *born, *count;
} errors;

static errors errors_of(const ohm_forecast *f, int model, int slot)
{
    size_t at = (size_t)(model * f->options.slots + slot);
    uint8_t *bytes = (uint8_t *)own_array(f, f->residual_born);
    return (errors){ own_array(f, f->residuals) + at * (size_t)f->residual_days,
                     bytes + at * ((size_t)f->residual_days + 1) + 1,
                     bytes + at * ((size_t)f->residual_days + 1) };
}

static void replace_error(const errors *e, int at, float error)
{
    int n = *e->count, old = 0;
    while (old < n && e->born[old] != at)
        old++;
    if (old < n) {
        memmove(e->value + old, e->value + old + 1, (size_t)(n - old - 1) * sizeof *e->value);
        memmove(e->born + old, e->born + old + 1, (size_t)(n - old - 1));
        n--;
    }
    if (!isnan(error)) {
        int i = n++;
        for (; i > 0 && e->value[i - 1] > error; i--) {
            e->value[i] = e->value[i - 1];
            e->born[i] = e->born[i - 1];
        }
        e->value[i] = error;
        e->born[i] = (uint8_t)at;
    }
    *e->count = (uint8_t)n;
}

/* The band: its errors, and whether it held 8 of 10 values (adaptive conformal inference,
 * Gibbs and Candès 2021: the width follows how often it failed). */
static void judge_band(ohm_forecast *f, int model, const said *b, const double *values)
{
    int in = 0, count = 0, at = f->residual_next[model];
    for (int s = 0; s < f->options.slots; s++) {
        double v = values[s], middle = from_model(f, (double)b[s].mixed);
        errors e = errors_of(f, model, s);
        replace_error(&e, at, (float)(v - middle));
        if (isnan(v) || isnan((double)b[s].low))
            continue;
        count++;
        in += v >= (double)b[s].low && v <= (double)b[s].high;
    }
    f->residual_next[model] = (at + 1) % f->residual_days;
    f->residual_count[model] = at_most(f->residual_count[model] + 1, f->residual_days);
    if (!count || f->judged[model] <= BAND_MIN_ERRORS)
        return;
    double to = f->band[model] + band_rate * (aim_ratio - (double)in / count);
    f->band[model] = fmin(fmax(to, band_min), band_max);
}

/* How far the first day was off, and the two simple rules, as measured. */
static void keep_score(ohm_forecast *f, const said *b, const double *values)
{
    f->error_sum *= score_decay;
    f->error_count *= score_decay;
    f->simple_sum[0] *= score_decay;
    f->simple_sum[1] *= score_decay;
    for (int s = 0; s < f->options.slots; s++) {
        double y = values[s];
        if (isnan(y) || isnan(b[s].mixed))
            continue;
        f->error_sum += fabs(y - from_model(f, (double)b[s].mixed));
        f->simple_sum[0] += fabs(y - from_model(f, (double)b[s].expert[FOUR_WEEKS]));
        f->simple_sum[1] += fabs(y - from_model(f, (double)b[s].expert[LAST_WEEK]));
        f->error_count += 1;
    }
}

/* What a model said of that day, before it was; NULL: nothing. */
static const said *said_of(const ohm_forecast *f, int model, int64_t day)
{
    int which = model == 0 ? 0 : MODELS;
    const said_day *of = &f->said_day[which];
    return of->made && of->day == day ? own_said(f, which) : NULL;
}

static void judge(ohm_forecast *f, const ohm_forecast_day *day, const float *model_values,
                  const double *values)
{
    for (int model = 0; model < MODELS; model++) {
        const said *b = said_of(f, model, day->day);
        if (!b)
            continue;
        judge_band(f, model, b, values);
        if (model == 0)
            keep_score(f, b, values);
        own_judge(f, model, own_is_rest_day(day->day, day->holiday), b, model_values);
    }
}

static void fit(ohm_forecast *f, const ohm_forecast_day *day, const float *model_values)
{
    outlook o;
    for (int model = 0; model < MODELS; model++) {
        own_outlook(f, day->day - model, day, &o);
        own_accumulate(f, model, &o, model_values, said_of(f, model, day->day));
        own_profile_learn(f, model, &o, model_values);
    }
}

static void put_in_ring(ohm_forecast *f, const ohm_forecast_day *day, const float *model_values)
{
    double typical[OHM_FORECAST_SLOTS_MAX], unused[2][OHM_FORECAST_SLOTS_MAX];
    int slots = f->options.slots, place = own_place(day->day);
    int near = own_turn(day->day, NEAR_DAYS);
    own_base(f, day->day, day->day, day->holiday, typical, unused[0], unused[1]);
    f->ring[place] = (ring_day){ day->day, true, day->holiday };
    memcpy(own_array(f, f->values) + place * slots, model_values,
           (size_t)slots * sizeof *model_values);
    for (int s = 0; s < slots; s++) {
        own_array(f, f->typical)[near * slots + s] = (float)typical[s];
        for (int i = 0; i < f->options.others; i++)
            own_array(f, f->others[i])[near * slots + s] =
                day->others[i] ? (float)day->others[i][s] : NAN;
    }
}

/* The greatest that the last weeks were, bent. */
static double greatest(const ohm_forecast *f)
{
    double most = 0;
    for (int64_t day = f->last_day; day > f->last_day - RING_DAYS; day--) {
        const float *of = own_values(f, day);
        for (int s = 0; of && s < f->options.slots; s++)
            most = fmax(most, fabs((double)of[s] * f->scale + f->middle));
    }
    return most;
}

/* A few values of a day that are far beyond all before are no measurement; where a good part of a
 * day is so the site has changed. */
static void leave_out_absurd(const ohm_forecast *f, double *values)
{
    double limit = f->days >= FIRST_FIT_DAYS ? bend(f, absurd_times) * greatest(f) : 0;
    int count = 0;
    for (int s = 0; s < f->options.slots; s++)
        count += fabs(bend(f, values[s])) > limit;
    if (limit <= 0 || count > f->options.slots / ABSURD_PART)
        return;
    for (int s = 0; s < f->options.slots; s++)
        if (fabs(bend(f, values[s])) > limit)
            values[s] = NAN;
}

bool ohm_forecast_learn(ohm_forecast *f, const ohm_forecast_day *day)
{
    float model_values[OHM_FORECAST_SLOTS_MAX];
    double values[OHM_FORECAST_SLOTS_MAX];
    if (f->days && day->day <= f->last_day)
        return false;
    if (!f->scaled)
        choose_scale(f, day->values);
    if (!f->scaled) /* nothing but gaps so far */
        return true;
    memcpy(values, day->values, (size_t)f->options.slots * sizeof *values);
    leave_out_absurd(f, values);
    for (int s = 0; s < f->options.slots; s++) {
        model_values[s] = (float)to_model(f, values[s]);
        f->signs = f->signs || (values[s] < 0 && !f->options.solar);
    }
    judge(f, day, model_values, values);
    if (f->days >= FIRST_FIT_DAYS)
        fit(f, day, model_values);
    own_seasons_learn(f, day->day, day->holiday, model_values);
    put_in_ring(f, day, model_values);
    own_remember(f, day->day, day->holiday, model_values);
    f->first_day = f->days ? f->first_day : day->day;
    f->last_day = day->day;
    f->days++;
    return true;
}

void ohm_forecast_unlearn(ohm_forecast *f, int64_t day, int slot)
{
    assert(slot >= 0 && slot < f->options.slots);
    if (own_values(f, day))
        own_array(f, f->values)[own_place(day) * f->options.slots + slot] = NAN;
    if (f->days && day <= f->last_day && day > f->last_day - f->past_days)
        own_forget_slot(f, day, slot);
}

/* --- the days that come
 * --------------------------------------------------------------------------- */

/* Deciles and mean of a slot's errors, added to what its neighbours' are. */
static void add_deciles(const errors *e, double at[OHM_FORECAST_DECILES], double *mean)
{
    int n = *e->count;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)e->value[i];
    *mean += sum / n;
    for (int k = 0; k < OHM_FORECAST_DECILES; k++) {
        double place = 0.1 * (k + 1) * (n - 1);
        int i = (int)place, next = at_most(i + 1, n - 1);
        double here = (double)e->value[i], step = (double)e->value[next] - here;
        at[k] += here + (place - i) * step;
    }
}

/* The mean of the deciles of the slot and of what is near it (their mean is smoother than the
 * deciles of all errors together), moved by a part of what it was off lately. */
static void add_band(const ohm_forecast *f, int model, int slot, double middle,
                     ohm_forecast_value *out)
{
    double at[OHM_FORECAST_DECILES] = { 0 }, mean = 0;
    int reach = f->per_hour == 1 ? 1 : f->per_hour / 2, lists = 0;
    for (int s = slot - reach; s <= slot + reach; s++) {
        if (s < 0 || s >= f->options.slots)
            continue;
        errors e = errors_of(f, model, s);
        if (*e.count < BAND_MIN_ERRORS)
            continue;
        add_deciles(&e, at, &mean);
        lists++;
    }
    double median = middle + (lists ? bias_share * at[4] / lists : 0);
    double wider = lists ? (1 + f->band[model]) / lists : 0, floor = f->signs ? -INFINITY : 0;
    for (int k = 0; k < OHM_FORECAST_DECILES; k++)
        out->decile[k] = isnan(middle) ? NAN : fmax(median + wider * (at[k] - at[4]), floor);
    out->mean = isnan(middle) ? NAN : fmax(middle + (lists ? mean / lists : 0), floor);
}

static void make_day(ohm_forecast *f, const ohm_forecast_day *day, int64_t origin, said *to,
                     ohm_forecast_value *out)
{
    outlook o;
    int model = day->day > origin;
    own_outlook(f, origin, day, &o);
    own_median(f, &o);
    own_short(f, &o);
    own_season(f, &o);
    own_alike(f, model, &o);
    own_seasons_say(f, &o);
    o.has_profile = false;
    if (out) /* in a rehearsal it costs too much */
        own_profile_say(f, model, &o);
    own_mix(f, model, &o, to);
    for (int s = 0; s < f->options.slots; s++) {
        to[s].low = to[s].high = NAN;
        if (!out)
            continue;
        add_band(f, model, s, from_model(f, (double)to[s].mixed), &out[s]);
        to[s].low = (float)out[s].decile[0];
        to[s].high = (float)out[s].decile[OHM_FORECAST_DECILES - 1];
    }
}

static void nothing_known(const ohm_forecast *f, int count, ohm_forecast_value *out)
{
    for (int i = 0; i < count * f->options.slots; i++) {
        out[i].mean = NAN;
        for (int k = 0; k < OHM_FORECAST_DECILES; k++)
            out[i].decile[k] = NAN;
    }
}

/* In a rehearsal a quarter of the days are fitted: all hours in sixteen days. */
static bool is_rehearsal_fit(int64_t origin)
{
    return ((origin / REHEARSAL_DAYS) & 3) == 0;
}

void ohm_forecast_make(ohm_forecast *f, const ohm_forecast_day *ahead, int count,
                       ohm_forecast_value *out)
{
    int64_t origin = ahead[0].day;
    said third[OHM_FORECAST_SLOTS_MAX];
    assert(count >= 1 && count <= OHM_FORECAST_DAYS_MAX);
    assert(!f->days || origin > f->last_day);
    if (!f->days) {
        if (out)
            nothing_known(f, count, out);
        return;
    }
    if (f->said_day[1].made && f->said_day[1].day == origin) {
        f->said_day[MODELS] = f->said_day[1]; /* what was said a day ago is judged too */
        memcpy(own_said(f, MODELS), own_said(f, 1), (size_t)f->options.slots * sizeof(said));
    }
    own_forget(f, origin);
    for (int model = 0; model < MODELS; model++) {
        if (f->days >= FITTED_DAYS && (out || f->days < FULL_DAYS || is_rehearsal_fit(origin)))
            own_solve(f, model, origin);
        const ohm_forecast_day *day = &ahead[at_most(model, count - 1)];
        if (out || f->days < FULL_DAYS || is_rehearsal_fit(origin))
            own_weigh(f, model, own_is_rest_day(day->day, day->holiday));
    }
    for (int i = 0; i < count; i++) {
        make_day(f, &ahead[i], origin, i < MODELS ? own_said(f, i) : third,
                 out ? out + (size_t)i * (size_t)f->options.slots : NULL);
        if (i < MODELS)
            f->said_day[i] = (said_day){ ahead[i].day, true };
    }
}

double ohm_forecast_error(const ohm_forecast *f, double *ret_simple)
{
    *ret_simple =
        f->error_count > 0 ? fmin(f->simple_sum[0], f->simple_sum[1]) / f->error_count : NAN;
    return f->error_count > 0 ? f->error_sum / f->error_count : NAN;
}

int ohm_forecast_days(const ohm_forecast *f)
{
    return f->days;
}

int64_t ohm_forecast_last_day(const ohm_forecast *f)
{
    return f->last_day;
}
