/* Slow changes: of the base load, and of the whole day's shape. */
#include <math.h>
#include <string.h>

#include "analysis/detect_own.h"
#include "analysis/rank.h"

/* clip - slack: no single look is enough. */
static const double slack = 1.5, clip = 5.9, least_level = 4, level_step = 1.25;
static const double margin = 1.3; /* of what comes over what was seen while it was calm */
static const double most_level = 16;
static const double often_fade = 0.9975, often_more = 2; /* a look (0.98 a day); of the threshold */
static const double far_quantile = 0.8, far_share = 0.5;
/* What is worth an alarm: of the mean load, of the base load. */
static const double worth_rise = 0.1, worth_fall = 0.3;
static const double spread_floor = 0.05; /* of the level: less is no change of a load */
static const double present_share = 0.6;
static const double calm = 2; /* deviations at which a slow alarm clears */
static const double scale_quantile = 0.9, scale_floor = 0.12, known_times = 4;
static const double settled = 0.25;
static const double sudden = 0.33; /* of what moved was there a day ago */
enum {
    ACCEPTED_LOOKS = 14 * LOOKS_A_DAY,
    SHAPE = 5,
    SHAPE_DAYS = 28,
    TAUGHT_DAYS = 28,
    WEEK_DAYS = 7
};

size_t own_window(const ohm_detect *d, int64_t day, int slot, int count, double *out)
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

/* The middle of the looks, and the usual distance from it: of half of them or, where most of them
 * are one value, of four in five. */
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
    double far = fmax(1.4826 * ohm_rank_quantile(of, n, 0.5),
                      far_share * ohm_rank_quantile(of, n, far_quantile));
    *ret_spread = fmax(fmax(far, spread_floor * fabs(middle)), 1e-9);
    return middle;
}

/* A deviation of looks in units of their usual one; whether the rise, or the fall, that it is would
 * be worth an alarm. */
typedef struct look {
    double deviation;
    bool worth[2];
} look;

/* A sum that is over its level waits there until what it is about is worth it. */
static bool add(double *sum, const look *l, int side, double level)
{
    *sum = fmax(*sum + (side == 0 ? l->deviation : -l->deviation) - slack, 0);
    if (*sum > level && !l->worth[side])
        *sum = level;
    if (*sum <= level)
        return false;
    *sum = 0;
    return true;
}

static double level_of(int i)
{
    return least_level * pow(level_step, i);
}

static void try_levels(cusum *c, const look *l)
{
    for (int i = 0; i < LEVELS; i++)
        for (int side = 0; side < 2; side++)
            c->cries[i] += add(&c->tried[i][side], l, side, level_of(i));
}

/* Above the lowest level that never cried while it was calm, but no higher than some: who cried
 * then, or has lately, has to be further off for a while instead. */
static double chosen_level(const cusum *c)
{
    int i = LEVELS - 1;
    while (i > 0 && c->cries[i - 1] == 0)
        i--;
    return fmin(margin * level_of(i), most_level) * (1 + often_more * c->often);
}

/* What a level that moved is called: by its ratio, or by how fast it went. */
static ohm_detect_type kind_of(double ratio, double moved_then, double moved_now)
{
    static const double ratios[] = { 0.1, 1 / 3.0, 0.5, 0.57735, 1.73205, 2, 3, 10 };
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
        if (fabs(ratio / ratios[i] - 1) < 0.07) /* of transformers taken for others */
            return OHM_DETECT_CT_RATIO;
    return fabs(moved_then) < sudden * fabs(moved_now) ? OHM_DETECT_STEP : OHM_DETECT_DRIFT;
}

/* What was put into the ring a day ago. */
static double day_ago(const cusum *c, double if_none)
{
    return c->count >= LOOKS_A_DAY ? c->ring[(c->next - LOOKS_A_DAY + LOOKS) % LOOKS] : if_none;
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

static void unlatch(cusum *c)
{
    c->sum[0] = c->sum[1] = 0;
    c->latched = false;
    c->held = 0;
}

static void move(cusum *c, double by)
{
    for (int i = 0; i < c->count && isfinite(by); i++)
        c->ring[i] += by;
}

/* A deviation into its sums; raises as `of` says, from when the sum began. */
static void judge(ohm_detect *d, cusum *c, const look *l, ohm_detect_alarm of,
                  ohm_detect_news *news)
{
    c->often *= often_fade;
    double level = chosen_level(c);
    for (int side = 0; side < 2; side++)
        c->since_ms[side] = c->sum[side] > 0 ? c->since_ms[side] : of.start_ms;
    bool up = add(&c->sum[0], l, 0, level), down = add(&c->sum[1], l, 1, level);
    of.onset_ms = c->since_ms[up ? 0 : 1];
    if ((up || down) && !c->latched) {
        c->often++;
        own_raise_since(d, &of, news);
    }
    c->latched = c->latched || up || down;
    if (!up && !down && c->latched && fabs(l->deviation) < calm) {
        unlatch(c);
        clear_levels(d, of.start_ms, news);
    }
}

/* Thresholds are found in the weeks in between, alarms told after. */
static void weigh(ohm_detect *d, cusum *c, look l, const ohm_detect_alarm *of,
                  ohm_detect_news *news)
{
    l.deviation = fmin(fmax(l.deviation, -clip), clip);
    if (own_age(d) >= WARM_DAYS && own_age(d) < CALM_DAYS)
        try_levels(c, &l);
    if (own_age(d) >= CALM_DAYS)
        judge(d, c, &l, *of, news);
}

/* What was flagged is not learnt; what lasts two weeks is how it is now: the looks move there from
 * their middle, and the alarm is over. */
static void put(ohm_detect *d, cusum *c, double value, double middle, ohm_detect_news *news)
{
    c->held = c->latched ? c->held + 1 : 0;
    if (c->latched && c->held < ACCEPTED_LOOKS)
        return;
    if (c->latched) {
        move(c, value - middle);
        unlatch(c);
        clear_levels(d, d->last_ms, news);
    }
    c->ring[c->next] = value;
    c->next = (c->next + 1) % LOOKS;
    c->count += c->count < LOOKS;
}

/* Every second working day, and all days off: so many are about as many. */
static bool is_alike(int64_t day, int back)
{
    bool weekend = own_is_weekend(day);
    return own_is_weekend(day - back) == weekend && (weekend || (back + back / WEEK_DAYS) % 2 == 0);
}

/* Of days alike one, the slots from one to another that were measured on it and on the day. */
static size_t of_days_alike(const ohm_detect *d, int64_t day, int from, int to, double *out)
{
    const float *now = own_day(d, day);
    size_t n = 0;
    for (int back = 1; back <= SHAPE_DAYS && now; back++) {
        const float *then = is_alike(day, back) ? own_day(d, day - back) : NULL;
        for (int at = from; then && at < to; at++)
            if (!isnan(now[at]) && !isnan(then[at]))
                out[n++] = (double)then[at];
    }
    return n;
}

/* The values of the same slots as the last day's measured ones on days alike, sorted. */
static size_t days_alike(const ohm_detect *d, int64_t day, int slot, double *out)
{
    size_t n = of_days_alike(d, day, 0, slot + 1, out);
    n += of_days_alike(d, day - 1, slot + 1, d->slots, out + n);
    return ohm_rank_sort(out, n);
}

/* By how much (a logarithm) every quantile of the day went the same way, its small ones as its
 * great ones: what people do moves some of them, a transformer moves all. 0: they disagree. */
static double agreed(const double *now, size_t n, const double *usually, size_t m)
{
    static const double at[SHAPE] = { 0.08, 0.25, 0.5, 0.75, 0.92 };
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < SHAPE; i++) {
        double a = ohm_rank_quantile(now, n, at[i]), b = ohm_rank_quantile(usually, m, at[i]);
        double moved = a > 0 && b > 0 ? log(a / b) : 0;
        least = fmin(least, moved);
        most = fmax(most, moved);
    }
    return least > 0 ? least : most < 0 ? most : 0;
}

static double scale_of(const cusum *c, double *scratch)
{
    for (int i = 0; i < c->count; i++)
        scratch[i] = fabs(c->ring[i]);
    size_t n = ohm_rank_sort(scratch, (size_t)c->count);
    return fmax(ohm_rank_quantile(scratch, n, scale_quantile), scale_floor);
}

/* Whether the base load is known, and not on its way just now: half of a day after a step would be
 * told as half of the step. */
static bool is_settled(const ohm_detect *d, const ohm_detect_alarm *of)
{
    double last = d->base.ring[(d->base.next - 1 + LOOKS) % LOOKS];
    return fabs(of->actual - last) <= settled * fabs(of->actual - of->expected); /* of NAN: no */
}

/* The whole of the day, `n` sorted values at the scratch's begin, against days alike; `of` has what
 * the base load says. */
static void look_at_shape(ohm_detect *d, const ohm_detect_reading *r, size_t n, ohm_detect_alarm of,
                          ohm_detect_news *news)
{
    cusum *c = &d->shape;
    double *now = own_scratch(d), *usually = now + d->slots;
    size_t m = days_alike(d, r->day, r->slot, usually);
    if ((double)m < known_times * (double)n)
        return;
    double moved = agreed(now, n, usually, m);
    if (c->count >= LOOKS / 2 && d->day >= d->shape_from_day && is_settled(d, &of)) {
        of.type = kind_of(exp(moved), day_ago(c, 0), moved);
        weigh(d, c, (look){ moved / scale_of(c, usually), { true, true } }, &of, news);
    }
    put(d, c, moved, 0, news);
}

void own_look(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    cusum *c = &d->base;
    bool knows = c->count >= LOOKS / 2;
    double spread = 1, middle = knows ? usual(d, &spread) : NAN; /* takes the scratch for itself */
    size_t n = own_window(d, r->day, r->slot, d->slots, own_scratch(d));
    if ((double)n < present_share * d->slots || !d->known)
        return;
    double now = ohm_rank_quantile(own_scratch(d), n, 0.1);
    ohm_detect_alarm of = { .start_ms = r->time_ms,
                            .onset_ms = r->time_ms,
                            .end_ms = OHM_NO_MS,
                            .expected = middle,
                            .actual = now };
    look_at_shape(d, r, n, of, news);
    of.type = kind_of(middle > 0 ? now / middle : 1, day_ago(c, middle) - middle, now - middle);
    const look l = { (now - middle) / spread,
                     { now - middle >= worth_rise * fabs(d->mean),
                       middle - now >= worth_fall * fabs(middle) } };
    if (knows)
        weigh(d, c, l, &of, news);
    put(d, c, now, middle, news);
}

/* The looks move to where the level went: the last of its four weeks are as the next. */
void own_teach_level(ohm_detect *d, const ohm_detect_alarm *alarm)
{
    cusum *c = &d->base;
    double moved = alarm->actual - alarm->expected;
    move(c, moved);
    unlatch(c);
    /* Days alike are of the level before for four weeks. */
    unlatch(&d->shape);
    d->shape_from_day = d->day + TAUGHT_DAYS;
}
