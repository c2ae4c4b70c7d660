/* What shows by the day: remainders, yields, flows that never rest, machines that cycle. */
#include <math.h>
#include <string.h>

#include "analysis/detect_more.h"
#include "analysis/rank.h"

enum { DAY_HOURS = 24, KNOWN_DAYS = 14, KNOWN_WEEKENDS = 6, LEFT_OUT_MAX = 28, BEST_DAYS = 10 };

static const double whole_day = 0.7; /* of its steps: less is no day */

/* --- what is usual --------------------------------------------------------------------------- */

/* A day that was flagged is not learnt, but what lasts four weeks is how it is now. */
static void learn(ohm_usual *u, double value, bool flagged)
{
    if (flagged && ++u->left_out < LEFT_OUT_MAX)
        return;
    if (flagged)
        u->count = u->next = 0;
    u->left_out = 0;
    u->of[u->next] = value;
    u->next = (u->next + 1) % OHM_USUAL_DAYS;
    u->count += u->count < OHM_USUAL_DAYS;
}

/* The middle of the days and, if asked for, the usual distance from it. NAN: too few are known. */
static double middle_of_days(const ohm_usual *u, int least, double *ret_spread)
{
    double of[OHM_USUAL_DAYS];
    memcpy(of, u->of, (size_t)u->count * sizeof *of);
    size_t n = ohm_rank_sort(of, (size_t)u->count);
    double middle = ohm_rank_quantile(of, n, 0.5);
    for (size_t i = 0; i < n; i++)
        of[i] = fabs(of[i] - middle);
    n = ohm_rank_sort(of, n);
    if (ret_spread)
        *ret_spread = 1.4826 * ohm_rank_quantile(of, n, 0.5);
    return u->count >= least ? middle : NAN;
}

static double middle_of(const ohm_usual *u, double *ret_spread)
{
    return middle_of_days(u, KNOWN_DAYS, ret_spread);
}

/* --- alarms ---------------------------------------------------------------------------------- */

static void raise(ohm_told *t, const ohm_detect_alarm *alarm, ohm_detect_news *news)
{
    if (t->open)
        return;
    *t = (ohm_told){ true, *alarm };
    t->alarm.end_ms = OHM_NO_MS;
    news->alarm[news->count++] = t->alarm;
}

static void clear(ohm_told *t, ohm_ms end_ms, ohm_detect_news *news)
{
    if (!t->open)
        return;
    t->open = false;
    t->alarm.end_ms = end_ms;
    news->alarm[news->count++] = t->alarm;
}

/* Of one series and type one alarm is open at a time: the graver one takes the other's place. */
static void raise_over(ohm_told *t, ohm_told *lesser, const ohm_detect_alarm *alarm, ohm_ms now_ms,
                       ohm_detect_news *news)
{
    if (!t->open)
        clear(lesser, now_ms, news);
    raise(t, alarm, news);
}

void ohm_told_end(ohm_told *t, ohm_ms end_ms, ohm_detect_news *news)
{
    news->count = 0;
    clear(t, end_ms, news);
}

static double hours_of(int slots, double hours)
{
    return hours * slots / DAY_HOURS;
}

/* --- a meter against its sub-meters ---------------------------------------------------------- */

static const double over_ratio = 0.02, over_h = 2;
static const double rest_spreads = 4, rest_least = 0.1;

static void exceeds(ohm_leftover *d, const ohm_detect_reading *r, double left, int slots,
                    ohm_detect_news *news)
{
    double level = middle_of(&d->level, NULL);
    double most = over_ratio * fmax(fabs(r->value), isnan(level) ? 0 : level);
    if (left >= -most) {
        d->run = 0;
        clear(&d->over, r->time_ms, news);
        return;
    }
    if (d->run++ == 0) {
        d->run_ms = r->time_ms;
        d->worst = 0;
    }
    d->worst += left;
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_RESIDUE,
                                     .start_ms = d->run_ms,
                                     .onset_ms = d->run_ms,
                                     .expected = 0,
                                     .actual = d->worst / d->run };
    if (d->run >= hours_of(slots, over_h))
        raise_over(&d->over, &d->off, &alarm, r->time_ms, news);
}

static void residue_day(ohm_leftover *d, ohm_ms now_ms, int slots, ohm_detect_news *news)
{
    bool weekend = (((d->day + 3) % 7) + 7) % 7 >= 5;
    ohm_usual *of = &d->rest[weekend];
    if (d->steps < whole_day * slots)
        return;
    double spread, usual = middle_of_days(of, weekend ? KNOWN_WEEKENDS : KNOWN_DAYS, &spread);
    double rest = d->left / d->steps, level = middle_of(&d->level, NULL);
    double most = fmax(rest_spreads * spread, rest_least * fabs(level));
    bool off = !d->over.open && fabs(rest - usual) > most; /* of NAN: no */
    if (off && d->off_days++ == 0)
        d->off_ms = now_ms - DAY_HOURS * OHM_HOUR_MS;
    if (!off) {
        d->off_days = 0;
        clear(&d->off, now_ms, news);
    }
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_RESIDUE,
                                     .start_ms = now_ms,
                                     .onset_ms = d->off_ms,
                                     .expected = usual,
                                     .actual = rest };
    if (d->off_days >= 2)
        raise(&d->off, &alarm, news);
    learn(of, rest, off || d->over.open);
    learn(&d->level, d->whole / d->steps, false);
}

void ohm_residue_step(ohm_leftover *d, const ohm_detect_reading *whole, double parts, int slots,
                      ohm_detect_news *news)
{
    news->count = 0;
    if (d->began && whole->day != d->day) {
        residue_day(d, whole->time_ms, slots, news);
        d->whole = d->left = 0;
        d->steps = 0;
    }
    d->began = true;
    d->day = whole->day;
    if (!isfinite(whole->value) || !isfinite(parts))
        return;
    d->whole += whole->value;
    d->left += whole->value - parts;
    d->steps++;
    exceeds(d, whole, whole->value - parts, slots, news);
}

/* --- solar panels ---------------------------------------------------------------------------- */

typedef struct yield_rule {
    double low;    /* of the usual yield */
    int days;      /* in a row */
    int best_days; /* the best of so many is compared */
    double bright; /* a day's light must be so much of the brightest */
} yield_rule;

static const yield_rule yield_rules[] = {
    [OHM_LIGHT_NONE] = { 0.6, 1, BEST_DAYS, 0 },
    [OHM_LIGHT_MEASURED] = { 0.8, 3, 1, 0.3 },
    [OHM_LIGHT_CLEAR] = { 0.75, 1, BEST_DAYS, 0 },
    [OHM_LIGHT_FORECAST] = { 0.75, 5, 1, 0.3 },
};
static const double brightest_fade = 0.99;

/* The best of the last days; NAN: too few are known. */
static double best_of(ohm_yield *y, double ratio, int days)
{
    memmove(y->best + 1, y->best, (BEST_DAYS - 1) * sizeof *y->best);
    y->best[0] = ratio;
    y->bests += y->bests < BEST_DAYS;
    double best = ratio;
    for (int i = 1; i < days && i < y->bests; i++)
        best = fmax(best, y->best[i]);
    return y->bests >= days ? best : NAN;
}

static void yield_day(ohm_yield *y, ohm_ms now_ms, int slots, ohm_detect_news *news)
{
    const yield_rule *rule = &yield_rules[y->kind];
    double light = y->kind == OHM_LIGHT_NONE ? y->steps : y->light;
    y->brightest = fmax(y->brightest * brightest_fade, light);
    if (y->steps < whole_day * slots || !(light > rule->bright * y->brightest))
        return;
    double ratio = best_of(y, y->energy / light, rule->best_days);
    double usual = middle_of(&y->usual, NULL);
    if (isnan(ratio))
        return;
    bool low = ratio < rule->low * usual;
    if (low && y->low_days++ == 0)
        y->low_ms = now_ms - rule->best_days * DAY_HOURS * OHM_HOUR_MS;
    if (!low) {
        y->low_days = 0;
        clear(&y->told, now_ms, news);
    }
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_PV_YIELD,
                                     .start_ms = now_ms,
                                     .onset_ms = y->low_ms,
                                     .expected = usual * light / y->steps,
                                     .actual = ratio * light / y->steps };
    if (y->low_days >= rule->days)
        raise(&y->told, &alarm, news);
    learn(&y->usual, ratio, low);
}

void ohm_yield_step(ohm_yield *y, const ohm_detect_reading *r, double light, int slots,
                    ohm_detect_news *news)
{
    news->count = 0;
    if (y->began && r->day != y->day) {
        yield_day(y, r->time_ms, slots, news);
        y->energy = y->light = 0;
        y->steps = 0;
    }
    y->began = true;
    y->day = r->day;
    if (!isfinite(r->value) || (y->kind != OHM_LIGHT_NONE && !isfinite(light)))
        return;
    y->energy += fmax(r->value, 0);
    y->light += y->kind != OHM_LIGHT_NONE ? fmax(light, 0) : 0;
    y->steps++;
}

/* --- water, gas ------------------------------------------------------------------------------ */

static const double rest_ratio = 0.005, burst_times = 2, burst_h = 2, rests_share = 0.8;
static const double most_fade = 0.99;
enum { NO_REST_H = 48 };

static void leak_day(ohm_leak *l, int slots)
{
    if (l->steps < whole_day * slots)
        return;
    learn(&l->rests, l->least <= rest_ratio * l->most, l->slow.open);
    l->most = fmax(l->most * most_fade, l->burst.open ? 0 : l->greatest);
}

/* Whether it used to rest on most days. */
static bool used_to_rest(const ohm_leak *l)
{
    double sum = 0;
    for (int i = 0; i < l->rests.count; i++)
        sum += l->rests.of[i];
    return l->rests.count >= KNOWN_DAYS && sum >= rests_share * l->rests.count;
}

static void never_rests(ohm_leak *l, const ohm_detect_reading *r, ohm_ms step_ms,
                        ohm_detect_news *news)
{
    if (r->value <= rest_ratio * l->most) {
        l->rested_ms = r->time_ms + step_ms;
        l->least_since = INFINITY;
        clear(&l->slow, r->time_ms, news);
        return;
    }
    l->least_since = fmin(l->least_since, r->value);
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_LEAK,
                                     .start_ms = r->time_ms,
                                     .onset_ms = l->rested_ms,
                                     .expected = 0,
                                     .actual = l->least_since };
    if (used_to_rest(l) && r->time_ms + step_ms - l->rested_ms >= NO_REST_H * OHM_HOUR_MS)
        raise(&l->slow, &alarm, news);
}

static void bursts(ohm_leak *l, const ohm_detect_reading *r, int slots, ohm_detect_news *news)
{
    bool known = l->rests.count >= KNOWN_DAYS;
    if (!known || r->value <= burst_times * l->most) {
        l->run = 0;
        clear(&l->burst, r->time_ms, news);
        return;
    }
    if (l->run++ == 0)
        l->run_ms = r->time_ms;
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_LEAK,
                                     .start_ms = l->run_ms,
                                     .onset_ms = l->run_ms,
                                     .expected = l->most,
                                     .actual = r->value };
    if (l->run >= hours_of(slots, burst_h))
        raise_over(&l->burst, &l->slow, &alarm, r->time_ms, news);
}

void ohm_leak_step(ohm_leak *l, const ohm_detect_reading *r, int slots, ohm_detect_news *news)
{
    ohm_ms step_ms = DAY_HOURS * OHM_HOUR_MS / slots;
    news->count = 0;
    if (!l->began || r->day != l->day) {
        if (l->began)
            leak_day(l, slots);
        l->least = INFINITY;
        l->greatest = 0;
        l->steps = 0;
    }
    if (!l->began) {
        l->rested_ms = r->time_ms;
        l->least_since = INFINITY;
    }
    l->began = true;
    l->day = r->day;
    if (!isfinite(r->value))
        return;
    l->least = fmin(l->least, r->value);
    l->greatest = fmax(l->greatest, r->value);
    l->steps++;
    bursts(l, r, slots, news);
    if (!l->burst.open)
        never_rests(l, r, step_ms, news);
}

/* --- a machine that cycles ------------------------------------------------------------------- */

static const double cycle_spreads = 4, cycle_least = 0.25, cycle_floor = 0.04;
static const double running_ratio = 0.3, running_half = 0.5, heating_limit_c = 18;

/* What is expected of the mean power in such a cold, by least squares over the days known; and how
 * far they were off it. */
static double expect_by_cold(const ohm_cycles *c, double cold, double *ret_spread)
{
    const ohm_usual *y = &c->usual[OHM_CYCLE_MEAN], *x = &c->colds_of;
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (int i = 0; i < y->count; i++) {
        n++;
        sx += x->of[i];
        sy += y->of[i];
        sxx += x->of[i] * x->of[i];
        sxy += x->of[i] * y->of[i];
    }
    double across = sxx - sx * sx / fmax(n, 1);
    double slope = across > 1e-6 ? (sxy - sx * sy / n) / across : 0;
    double level = (sy - slope * sx) / fmax(n, 1);
    double of[OHM_USUAL_DAYS];
    for (int i = 0; i < y->count; i++)
        of[i] = fabs(y->of[i] - level - slope * x->of[i]);
    size_t count = ohm_rank_sort(of, (size_t)y->count);
    *ret_spread = 1.4826 * ohm_rank_quantile(of, count, 0.5);
    return y->count >= KNOWN_DAYS ? level + slope * cold : NAN;
}

static void judge_figure(ohm_cycles *c, int figure, double value, double expected, double spread,
                         ohm_ms now_ms, ohm_detect_news *news)
{
    double floor = fmax(cycle_floor * fabs(expected), figure == OHM_CYCLE_STARTS ? 1 : 0);
    double most = fmax(cycle_spreads * fmax(spread, floor), cycle_least * fabs(expected));
    bool off = fabs(value - expected) > most; /* of NAN: no */
    if (off && c->off_days[figure]++ == 0)
        c->off_ms[figure] = now_ms - DAY_HOURS * OHM_HOUR_MS;
    if (!off) {
        c->off_days[figure] = 0;
        clear(&c->told[figure], now_ms, news);
    }
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_DRIFT,
                                     .start_ms = now_ms,
                                     .onset_ms = c->off_ms[figure],
                                     .expected = expected,
                                     .actual = value };
    if (c->off_days[figure] >= 2)
        raise(&c->told[figure], &alarm, news);
}

static void cycles_day(ohm_cycles *c, ohm_ms now_ms, int slots, ohm_detect_news *news)
{
    double spread, cold = c->colds > 0 ? c->cold / c->colds : 0;
    double figures[OHM_CYCLE_FIGURES] = {
        c->sum / fmax(c->steps, 1),
        c->steps_on > 0 ? c->sum_on / c->steps_on : NAN,
        c->starts,
    };
    if (c->steps < whole_day * slots)
        return;
    double expected = expect_by_cold(c, cold, &spread);
    judge_figure(c, OHM_CYCLE_MEAN, figures[0], expected, spread, now_ms, news);
    for (int i = 1; i < OHM_CYCLE_FIGURES && c->colds == 0; i++) {
        expected = middle_of(&c->usual[i], &spread);
        judge_figure(c, i, figures[i], expected, spread, now_ms, news);
    }
    for (int i = 0; i < OHM_CYCLE_FIGURES; i++)
        if (!isnan(figures[i]))
            learn(&c->usual[i], figures[i], c->off_days[i] > 0);
    learn(&c->colds_of, cold, c->off_days[OHM_CYCLE_MEAN] > 0);
}

static void cycle(ohm_cycles *c, double value)
{
    double usual = middle_of(&c->usual[OHM_CYCLE_POWER], NULL);
    bool running = value > (isnan(usual) ? running_ratio * c->peak : running_half * usual);
    c->starts += running && !c->running;
    c->running = running;
    c->steps_on += running;
    c->sum_on += running ? value : 0;
    c->sum += value;
    c->steps++;
    c->peak = fmax(c->peak, value);
}

void ohm_cycles_step(ohm_cycles *c, const ohm_detect_reading *r, double outdoor_c, int slots,
                     ohm_detect_news *news)
{
    news->count = 0;
    if (c->began && r->day != c->day) {
        cycles_day(c, r->time_ms, slots, news);
        c->sum = c->sum_on = c->cold = 0;
        c->steps = c->steps_on = c->starts = c->colds = 0;
        c->peak *= most_fade;
    }
    c->began = true;
    c->day = r->day;
    if (isfinite(outdoor_c)) {
        c->cold += fmax(0, heating_limit_c - outdoor_c);
        c->colds++;
    }
    if (isfinite(r->value))
        cycle(c, r->value);
}
