/* Exponential smoothing with a day's and a week's season (Holt-Winters with two seasons, and an
 * error that lasts for some hours: J. W. Taylor, "Short-term electricity demand forecasting using
 * double seasonal exponential smoothing", J. Operational Research Society 54, 2003). It follows
 * hour by hour, where the regressions follow day by day: three of them, of different speed. */
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

enum { HURRY_DAYS = 4 * WEEK_DAYS }; /* so long a week's season is learnt faster */

static const double hurry = 0.4;

/* How much of an error each part takes over, how much of it is left an hour later, and how many
 * times the usual error counts in full: one that is greater counts as that (a median's way). */
typedef struct speed {
    double level, day, week, lasting, clip;
} speed;

static const speed speeds[SEASONS] = {
    { 0.03, 0.1, 0.2, 0.95, 1 },
    { 0.02, 0.02, 0.1, 0.95, 1 },
    { 0.005, 0.3, 0.3, 0.95, INFINITY },
};

static int row_of(const ohm_forecast *f, int64_t day, bool holiday)
{
    if (f->options.solar)
        return 0;
    return holiday ? WEEK_DAYS - 1 : own_weekday(day);
}

static void learn_hour(const ohm_forecast *f, const speed *by, seasons *of, int row, int hour,
                       double value)
{
    double limit = by->clip * f->usual_error[0][hour], week = by->week, of_day = by->day;
    double off = value - (double)(of->level + of->day[hour] + of->week[row][hour]);
    if (isnan(value)) {
        of->off *= (float)by->lasting;
        return;
    }
    if (limit > 0)
        off = fmin(fmax(off, -limit), limit);
    if (f->days < HURRY_DAYS)
        week = fmax(week, hurry);
    if (f->days < WEEK_DAYS) { /* a mean day first */
        of_day = fmax(of_day, 1.0 / (1 + f->days));
        week = 0;
    }
    of->level += (float)(by->level * off);
    of->day[hour] += (float)(of_day * off);
    of->week[row][hour] += (float)(week * off);
    of->off = (float)off;
}

void own_seasons_learn(ohm_forecast *f, int64_t day, bool holiday, const float *values)
{
    int row = row_of(f, day, holiday);
    for (int hour = 0; hour < HOURS; hour++) {
        double sum = 0;
        for (int s = hour * f->per_hour; s < (hour + 1) * f->per_hour; s++)
            sum += (double)values[s];
        for (int i = 0; i < SEASONS; i++)
            learn_hour(f, &speeds[i], &f->seasons[i], row, hour, sum / f->per_hour);
    }
}

void own_seasons_say(const ohm_forecast *f, outlook *o)
{
    int row = row_of(f, o->day, o->holiday);
    for (int i = 0; i < SEASONS; i++) {
        const seasons *of = &f->seasons[i];
        double hours = (double)(o->day - f->last_day - 1) * HOURS;
        double lasting = speeds[i].lasting, off = (double)of->off * pow(lasting, hours);
        for (int hour = 0; hour < HOURS; hour++) {
            double base = 0;
            for (int s = hour * f->per_hour; s < (hour + 1) * f->per_hour; s++)
                base += o->base[s];
            off *= lasting;
            o->seasons[i][hour] = (double)(of->level + of->day[hour] + of->week[row][hour]) + off -
                                  base / f->per_hour;
        }
    }
}
