/* Slow changes of the base load, and nights that are like days. */
#include <math.h>
#include <string.h>

#include "analysis/detect_own.h"
#include "analysis/rank.h"

static const double slack = 2, clip = 6, least_level = 4, level_step = 1.25;
static const double spread_floor = 0.05; /* of the level: less is no change of a load */
static const double present_share = 0.6, night_share = 0.7;
static const double night_quantile = 0.2, night_of_work = 0.85, night_rise = 1.1,
                    night_ratio_rise = 0.8;
static const double calm = 2; /* deviations at which a slow alarm clears */
enum {
    NIGHTS_MIN = 14,
    NIGHT_BEGIN_H = 22,
    NIGHT_H = 8,
    NIGHT_END_H = 6,
    WORK_BEGIN_H = 8,
    WORK_H = 10
};

/* The values of `count` slots that end with this one, sorted; their number. */
static size_t window(const ohm_detect *d, int64_t day, int slot, int count, double *out)
{
    size_t n = 0;
    for (int i = 0; i < count; i++) {
        int at = slot - i;
        double v = own_value(d, at < 0 ? day - 1 : day, at < 0 ? at + d->slots : at);
        if (!isnan(v))
            out[n++] = v;
    }
    return ohm_rank_sort(out, n);
}

/* The middle of the looks, and the usual distance from it. */
static double usual(const ohm_detect *d, double *ret_spread)
{
    double *of = own_scratch(d);
    size_t n = (size_t)d->base.count;
    memcpy(of, d->base.ring, n * sizeof *of);
    n = ohm_rank_sort(of, n);
    double middle = ohm_rank_quantile(of, n, 0.5);
    for (size_t i = 0; i < n; i++)
        of[i] = fabs(of[i] - middle);
    n = ohm_rank_sort(of, n);
    *ret_spread =
        fmax(fmax(1.4826 * ohm_rank_quantile(of, n, 0.5), spread_floor * fabs(middle)), 1e-9);
    return middle;
}

static bool add(double *sum, double deviation, double level)
{
    *sum = fmax(*sum + deviation - slack, 0);
    if (*sum <= level)
        return false;
    *sum = 0;
    return true;
}

static double level_of(int i)
{
    return least_level * pow(level_step, i);
}

static void try_levels(cusum *c, double deviation)
{
    for (int i = 0; i < LEVELS; i++) {
        bool up = add(&c->tried[i][0], deviation, level_of(i));
        bool down = add(&c->tried[i][1], -deviation, level_of(i));
        c->cries[i] += up + down;
    }
}

/* The lowest level that never cried while it was calm. */
static double chosen_level(const cusum *c)
{
    int i = LEVELS - 1;
    while (i > 0 && c->cries[i - 1] == 0)
        i--;
    return level_of(i);
}

/* What a level that moved is called: by its ratio, or by how fast it went. */
static ohm_detect_type kind_of(const ohm_detect *d, double middle, double now)
{
    static const double ratios[] = { 0.5, 0.57735, 2 }; /* of transformers taken for others */
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios && middle > 0; i++)
        if (fabs(now / middle / ratios[i] - 1) < 0.07)
            return OHM_DETECT_CT_RATIO;
    int day_ago = (d->base.next - LOOKS_A_DAY + LOOKS) % LOOKS;
    double then = d->base.count >= LOOKS_A_DAY ? d->base.ring[day_ago] : middle;
    return fabs(then - middle) < 0.33 * fabs(now - middle) ? OHM_DETECT_STEP : OHM_DETECT_DRIFT;
}

static void clear_levels(ohm_detect *d, ohm_ms now_ms, ohm_detect_news *news)
{
    static const ohm_detect_type types[] = { OHM_DETECT_STEP, OHM_DETECT_DRIFT,
                                             OHM_DETECT_CT_RATIO };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const open_alarm *o = &d->open[types[i]];
        ohm_ms latest_ms = o->alarm.start_ms + d->step_ms;
        if (o->open)
            own_clear(d, types[i], now_ms < latest_ms ? now_ms : latest_ms, news);
    }
}

static void judge(ohm_detect *d, const ohm_detect_reading *r, double middle, double deviation,
                  double now, ohm_detect_news *news)
{
    cusum *c = &d->base;
    double level = chosen_level(c);
    for (int side = 0; side < 2; side++)
        c->since_ms[side] = c->sum[side] > 0 ? c->since_ms[side] : r->time_ms;
    bool up = add(&c->sum[0], deviation, level), down = add(&c->sum[1], -deviation, level);
    if ((up || down) && !c->latched) {
        ohm_ms onset_ms = c->since_ms[up ? 0 : 1];
        const ohm_detect_alarm alarm = {
            kind_of(d, middle, now), r->time_ms, onset_ms, OHM_NO_MS, middle, now
        };
        own_raise_since(d, &alarm, news);
    }
    c->latched = c->latched || up || down;
    if (!up && !down && c->latched && fabs(deviation) < calm) {
        c->latched = false;
        clear_levels(d, r->time_ms, news);
    }
}

void own_look(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    cusum *c = &d->base;
    double *of = own_scratch(d), spread;
    size_t n = window(d, r->day, r->slot, d->slots, of);
    if ((double)n < present_share * d->slots || !d->known)
        return;
    double now = ohm_rank_quantile(of, n, 0.1);
    if (c->count >= LOOKS / 2) {
        double middle = usual(d, &spread);
        double deviation = fmin(fmax((now - middle) / spread, -clip), clip);
        if (own_age(d) >= WARM_DAYS && own_age(d) < CALM_DAYS)
            try_levels(c, deviation);
        if (own_age(d) >= CALM_DAYS)
            judge(d, r, middle, deviation, now, news);
    }
    c->ring[c->next] = now;
    c->next = (c->next + 1) % LOOKS;
    c->count += c->count < LOOKS;
}

static double most(const double *of, int count)
{
    double highest = 0;
    for (int i = 0; i < count; i++)
        highest = fmax(highest, of[i]);
    return highest;
}

static void keep_night(ohm_detect *d, double level, double ratio)
{
    d->night[d->next_night] = level;
    d->night_ratio[d->next_night] = ratio;
    d->next_night = (d->next_night + 1) % NIGHTS;
    d->nights += d->nights < NIGHTS;
}

void own_night(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    double *of = own_scratch(d);
    int hour = d->slots / 24;
    size_t n = window(d, r->day, r->slot, NIGHT_H * hour, of);
    if ((double)n < night_share * NIGHT_H * hour)
        return;
    double level = ohm_rank_quantile(of, n, night_quantile);
    n = window(d, r->day - 1, (WORK_BEGIN_H + WORK_H) * hour - 1, WORK_H * hour, of);
    double work = n > 0 ? ohm_rank_quantile(of, n, 0.5) : NAN;
    double ratio = work > 0 ? level / work : 1, usual_night = most(d->night, d->nights);
    if (own_age(d) >= CALM_DAYS && d->nights >= NIGHTS_MIN && level > night_of_work * d->work &&
        level > night_rise * usual_night &&
        ratio > night_ratio_rise * most(d->night_ratio, d->nights)) {
        ohm_ms onset_ms = r->time_ms + d->step_ms - NIGHT_H * OHM_HOUR_MS;
        const ohm_detect_alarm alarm = { OHM_DETECT_LEFT_ON, r->time_ms,  onset_ms,
                                         OHM_NO_MS,          usual_night, level };
        own_raise_since(d, &alarm, news);
        return; /* such a night is not learnt */
    }
    const open_alarm *o = &d->open[OHM_DETECT_LEFT_ON];
    own_clear(d, OHM_DETECT_LEFT_ON, o->alarm.start_ms + d->step_ms, news);
    keep_night(d, level, ratio);
}

void own_teach_night(ohm_detect *d, const ohm_detect_alarm *alarm)
{
    if (isfinite(alarm->actual))
        keep_night(d, alarm->actual, 1);
}

/* The looks move to where the level went: the last of its four weeks are as the next. */
void own_teach_level(ohm_detect *d, const ohm_detect_alarm *alarm)
{
    cusum *c = &d->base;
    double moved = alarm->actual - alarm->expected;
    for (int i = 0; i < c->count && isfinite(moved); i++)
        c->ring[i] += moved;
    c->sum[0] = c->sum[1] = 0;
    c->latched = false;
}
