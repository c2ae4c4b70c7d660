/* Nights that stay at the day's level. */
#include <math.h>
#include <string.h>

#include "analysis/detect_own.h"
#include "analysis/rank.h"

enum {
    NIGHTS_MIN = 14,
    NIGHT_H = 8,
    NIGHT_BEGIN_H = 22,
    NIGHT_END_H = 6,
    PAIRS_MIN = 30,
    AS_COLD_MIN = 3,
    ACCEPTED_NIGHTS = 14, /* in a row */
};

static const double night_share = 0.7, night_quantile = 0.2; /* of its steps, of their values */
static const double high_quantile = 0.9, spread_floor = 0.05;
/* Two in a row, above most nights; a single one, above all. */
static const double odd_far = 4, odd_of_work = 0.7, odd_rise = 1.1;
static const double alone_far = 8, alone_of_work = 0.85, alone_rise = 1.2;
static const double odd_fade = 0.98, odd_rare = 0.3; /* none for two months */
static const double apart_k = 1; /* two nights that say something of the temperature */
static const double about_k = 2; /* nights that are as cold */

void ohm_detect_outdoor(ohm_detect *d, double outdoor_c)
{
    d->outdoor_c = outdoor_c;
}

static void keep_night(ohm_detect *d, double level, double outdoor_c)
{
    d->night[d->next_night] = level;
    d->night_c[d->next_night] = outdoor_c;
    d->next_night = (d->next_night + 1) % NIGHTS;
    d->nights += d->nights < NIGHTS;
}

/* What a night takes more per kelvin (Theil 1950, Sen 1968: the median of all pairs' slopes), not
 * above 0: only what heats is meant. 0: too few pairs know it. */
static double per_kelvin(const ohm_detect *d)
{
    double *slopes = own_scratch(d);
    size_t n = 0;
    for (int i = 0; i < d->nights; i++)
        for (int j = 0; j < i; j++) {
            double apart = d->night_c[i] - d->night_c[j];
            if (fabs(apart) >= apart_k)
                slopes[n++] = (d->night[i] - d->night[j]) / apart;
        }
    n = ohm_rank_sort(slopes, n);
    return n >= PAIRS_MIN ? fmin(ohm_rank_quantile(slopes, n, 0.5), 0) : 0;
}

/* Whether the cold may be why: few nights as cold are known, or three of them were about there
 * (the first of odd ones is among them). Not, where the temperature of few nights is known. */
static bool may_be_cold(const ohm_detect *d, double level, double outdoor_c)
{
    int known = 0, as_cold = 0, about = 0;
    for (int i = 0; i < d->nights; i++) {
        bool is_cold = d->night_c[i] < outdoor_c + about_k; /* of NAN: no */
        known += isfinite(d->night_c[i]);
        as_cold += is_cold;
        about += is_cold && d->night_c[i] > outdoor_c - about_k && level < odd_rise * d->night[i];
    }
    return isfinite(outdoor_c) && known >= NIGHTS_MIN && (as_cold < AS_COLD_MIN || about > 2);
}

typedef struct usual_nights {
    double middle, spread, highest, high;
} usual_nights;

/* Of nights as cold as this one, as far as both temperatures are known. */
static usual_nights nights_of(const ohm_detect *d, double outdoor_c)
{
    double of[NIGHTS], slope = per_kelvin(d);
    for (int i = 0; i < d->nights; i++) {
        double colder = outdoor_c - d->night_c[i];
        of[i] = d->night[i] + (isfinite(colder) ? slope * colder : 0);
    }
    size_t n = ohm_rank_sort(of, (size_t)d->nights);
    usual_nights u = { .middle = ohm_rank_quantile(of, n, 0.5), .highest = NAN };
    u.highest = n > 0 ? of[n - 1] : NAN;
    u.high = ohm_rank_quantile(of, n, high_quantile);
    for (size_t i = 0; i < n; i++)
        of[i] = fabs(of[i] - u.middle);
    n = ohm_rank_sort(of, n);
    u.spread = fmax(1.4826 * ohm_rank_quantile(of, n, 0.5), spread_floor * fabs(u.middle));
    return u;
}

/* Whether a night is to be told. A single odd one now and then is how people live: where there was
 * one in the last two months it takes two in a row. */
static bool is_told(ohm_detect *d, double level, const usual_nights *u)
{
    double far = (level - u->middle) / fmax(u->spread, 1e-9);
    bool odd = own_age(d) >= CALM_DAYS && d->nights >= NIGHTS_MIN && far > odd_far &&
               level > odd_of_work * d->work && level > odd_rise * fmax(u->high, d->night_taught);
    d->odd_often *= odd_fade;
    bool alone = odd && d->odd_often < odd_rare && far > alone_far &&
                 level > alone_of_work * d->work && level > alone_rise * u->highest;
    if (!odd && d->odd_nights == 1)
        d->odd_often += 1;
    d->odd_nights = odd ? d->odd_nights + (d->odd_nights < NIGHTS) : 0;
    return alone || d->odd_nights > 1;
}

/* What lasts two weeks is how it is now: the nights before move to where these are. */
static bool is_how_it_is(ohm_detect *d, double by)
{
    if (d->odd_nights < ACCEPTED_NIGHTS)
        return false;
    for (int i = 0; i < d->nights; i++)
        d->night[i] += by;
    d->odd_nights = 0;
    return true;
}

static void whole_night(ohm_detect *d, const ohm_detect_reading *r, double outdoor_c,
                        ohm_detect_news *news)
{
    double *of = own_scratch(d);
    int hour = d->slots / 24;
    size_t n = own_window(d, r->day, r->slot, NIGHT_H * hour, of);
    if ((double)n < night_share * NIGHT_H * hour)
        return;
    double level = ohm_rank_quantile(of, n, night_quantile); /* before the scratch is another's */
    usual_nights u = nights_of(d, outdoor_c);
    if (is_told(d, level, &u) && !may_be_cold(d, level, outdoor_c) &&
        !is_how_it_is(d, level - u.middle)) {
        ohm_ms onset_ms = r->time_ms + d->step_ms - NIGHT_H * OHM_HOUR_MS;
        onset_ms -= (d->odd_nights - 1) * INT64_C(24) * OHM_HOUR_MS;
        const ohm_detect_alarm alarm = { OHM_DETECT_LEFT_ON, r->time_ms, onset_ms,
                                         OHM_NO_MS,          u.middle,   level };
        own_raise_since(d, &alarm, news);
        return; /* such a night is not learnt */
    }
    const open_alarm *o = &d->open[OHM_DETECT_LEFT_ON];
    own_clear(d, OHM_DETECT_LEFT_ON, o->alarm.start_ms + d->step_ms, news);
    if (!d->open[OHM_DETECT_STEP].open &&
        !d->open[OHM_DETECT_CT_RATIO].open) /* a level that moved moves nights, too */
        keep_night(d, level, outdoor_c);
}

void own_night(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    int hour = d->slots / 24;
    bool night = r->slot >= NIGHT_BEGIN_H * hour || r->slot < NIGHT_END_H * hour;
    if (night && isfinite(d->outdoor_c)) {
        d->sum_c += d->outdoor_c;
        d->steps_c += d->steps_c < OHM_DETECT_SLOTS_MAX;
    }
    if (r->slot + 1 != NIGHT_END_H * hour)
        return;
    bool known = 2 * d->steps_c >= NIGHT_H * hour;
    whole_night(d, r, known ? d->sum_c / d->steps_c : (double)NAN, news);
    d->sum_c = 0;
    d->steps_c = 0;
}

void own_teach_night(ohm_detect *d, const ohm_detect_alarm *alarm)
{
    if (isfinite(alarm->actual))
        d->night_taught = fmax(d->night_taught, alarm->actual);
    d->odd_nights = 0;
}
