/* Phases that were exchanged: which order of the columns fits the usual days best. */
#include "analysis/detect_more.h"

#include <math.h>
#include <string.h>

static const int ways[OHM_SWAP_WAYS][3] = {
    { 0, 1, 2 }, { 1, 0, 2 }, { 2, 1, 0 }, { 0, 2, 1 }, { 1, 2, 0 }, { 2, 0, 1 },
};
static const double clip = 4, slack = 0.7, cry = 12; /* spreads, summed over hours */
static const double fits = 5;     /* spreads, of the three together: an order that explains them */
static const double doubtful = 3; /* above, nothing is learnt */
static const double spread_floor = 0.05, least_spread = 0.02;
enum { LEARNT_DAYS = 14, MEMORY = 20, BIN_MIN = 3, DAY_HOURS = 24 };

static int bin_of(const ohm_detect_reading *r, int slots)
{
    bool weekend = (((r->day + 3) % 7) + 7) % 7 >= 5;
    return r->slot * DAY_HOURS / slots + (weekend ? DAY_HOURS : 0);
}

/* What a column usually does at this hour, better known with each day. */
static void learn(ohm_swap *s, int bin, const double of[3], int an_hour)
{
    int most = MEMORY * an_hour;
    double share = 1.0 / (s->count[bin] < most ? s->count[bin] + 1 : most);
    for (int i = 0; i < 3; i++) {
        double off = of[i] - s->mean[i][bin];
        s->mean[i][bin] += share * off;
        s->spread[i][bin] += share * ((s->count[bin] ? fabs(off) : 0) - s->spread[i][bin]);
    }
    s->count[bin] += s->count[bin] < most;
}

/* How far the columns are from usual if they stand in this order: the likelihood of a Laplace
 * distribution, of which the part of the spreads alone is the same in every order. */
static double distance(const ohm_swap *s, int bin, const double of[3], const int way[3])
{
    double greatest = 0, sum = 0;
    for (int i = 0; i < 3; i++)
        greatest = fmax(greatest, fabs(s->mean[i][bin]));
    for (int i = 0; i < 3; i++) {
        double mean = s->mean[way[i]][bin], spread = s->spread[way[i]][bin];
        spread = fmax(spread + spread_floor * fabs(mean), least_spread * greatest + 1e-9);
        sum += fmin(fabs(of[i] - mean) / spread, clip);
    }
    return sum;
}

static void take_way(ohm_swap *s, const int way[3])
{
    ohm_swap was = *s;
    for (int i = 0; i < 3; i++) {
        memcpy(s->mean[i], was.mean[way[i]], sizeof s->mean[i]);
        memcpy(s->spread[i], was.spread[way[i]], sizeof s->spread[i]);
        s->way[i] = way[i];
    }
    memset(s->sum, 0, sizeof s->sum);
}

static void tell(const ohm_swap *s, int way, const ohm_detect_reading *r, const double of[3],
                 ohm_ms step_ms, int bin, ohm_detect_news *news)
{
    int column = ways[way][0] != 0 ? 0 : 1; /* the first that moved */
    ohm_detect_alarm alarm = { .type = OHM_DETECT_PHASE_SWAP,
                               .start_ms = s->since_ms[way],
                               .onset_ms = s->since_ms[way],
                               .end_ms = OHM_NO_MS,
                               .expected = s->mean[column][bin],
                               .actual = of[column] };
    news->alarm[news->count++] = alarm;
    alarm.end_ms = r->time_ms + step_ms;
    news->alarm[news->count++] = alarm;
}

void ohm_swap_step(ohm_swap *s, const ohm_detect_reading *r, const double of[3], int slots,
                   ohm_detect_news *news)
{
    int bin = bin_of(r, slots), an_hour = slots / DAY_HOURS, best = 0;
    double own, highest = 0;
    news->count = 0;
    if (!s->began)
        s->first_day = r->day;
    s->began = true;
    if (!isfinite(of[0]) || !isfinite(of[1]) || !isfinite(of[2]))
        return;
    if (r->day - s->first_day < LEARNT_DAYS || s->count[bin] < BIN_MIN) {
        learn(s, bin, of, an_hour);
        return;
    }
    own = distance(s, bin, of, ways[0]);
    for (int w = 1; w < OHM_SWAP_WAYS; w++) {
        double other = distance(s, bin, of, ways[w]), gain = other < fits ? own - other : 0;
        s->since_ms[w] = s->sum[w] > 0 ? s->since_ms[w] : r->time_ms;
        s->sum[w] = fmax(0, s->sum[w] + (gain - slack) / an_hour);
        if (s->sum[w] > highest) {
            highest = s->sum[w];
            best = w;
        }
    }
    if (highest > cry) {
        tell(s, best, r, of, DAY_HOURS * OHM_HOUR_MS / slots, bin, news);
        take_way(s, ways[best]);
    } else if (highest < doubtful) {
        learn(s, bin, of, an_hour);
    }
}
