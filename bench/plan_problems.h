/* For bench_plan: heating problems of eight kinds of days and two models, and a home, as smooth as
 * they are false. */
#ifndef OHM_BENCH_PLAN_PROBLEMS_H
#define OHM_BENCH_PLAN_PROBLEMS_H

#include <math.h>
#include <string.h>

#include "plan/heating.h"
#include "plan/home.h"

enum { BENCH_STEPS = 96, BENCH_REPLAYS = 96, BENCH_LEN = BENCH_STEPS + BENCH_REPLAYS, DAYS = 8 };

typedef struct bench_heating {
    ohm_heating problem; /* of replay 0; the series are below */
    double cost[BENCH_LEN], offset[BENCH_LEN], drift[2][BENCH_LEN];
} bench_heating;

typedef struct bench_day {
    double outdoor_c, swing_c, sun_kw, cheap_eur, dear_eur, high_c;
    bool pump;
} bench_day;

/* A mild and a cold day, a dear one, frost, a change of price with a heat pump, sun, a tight upper
 * limit, spring. */
static const bench_day bench_days[DAYS] = {
    { 9, 4, 0.6, 0.1325, 0.1612, 28, false }, { 2, 4, 0.4, 0.1499, 0.1871, 28, false },
    { 0, 5, 0.5, 0.1575, 0.7060, 28, false }, { -9, 3, 0.3, 0.1575, 0.7060, 28, false },
    { 3, 4, 0.5, 0.1325, 0.7060, 28, true },  { 6, 6, 3.0, 0.1325, 0.1612, 28, false },
    { 1, 4, 0.5, 0.1575, 0.7060, 21, false }, { 12, 6, 4.0, 0.1325, 0.1612, 24, false },
};

static inline void bench_heating_make(bench_heating *to, int day, int states)
{
    const bench_day *of = &bench_days[day];
    ohm_heating *p = &to->problem;
    *p = (ohm_heating){ .steps = BENCH_STEPS,
                        .states = states,
                        .u_max = day == 3 ? 7 : 10,
                        .y_min = 19,
                        .y_max = of->high_c,
                        .low_price = 0.75,
                        .high_price = 0.1 };
    p->a[0][0] = states == 1 ? 0.992 : 0.82;
    p->b[0] = states == 1 ? 0.0425 : 0.16;
    p->c[0] = states == 1 ? 0.935 : 1;
    p->d = states == 1 ? 0.873 : 0.0753;
    if (states == 2) {
        p->a[0][1] = 0.165;
        p->a[1][0] = 0.0055;
        p->a[1][1] = 0.993;
        p->b[1] = 0.0005;
    }
    for (int i = 0; i < states; i++) {
        p->x0[i] = 20.2;
        p->end[i] = 20;
        p->end_price[i] = i + 1 == states ? 2.5 : 0.1;
    }
    for (int k = 0; k < BENCH_LEN; k++) {
        double hour = 0.25 * k, outdoor = of->outdoor_c + of->swing_c * sin((hour - 9) * M_PI / 12);
        double sun = fmax(0, of->sun_kw * sin((hour - 7) * M_PI / 11)) * (fmod(hour, 24) < 18);
        bool dear = fmod(hour, 24) >= 6 && fmod(hour, 24) < 22;
        double cop = of->pump ? 2.6 + 0.08 * outdoor : 1;
        to->cost[k] = 0.25 * (dear ? of->dear_eur : of->cheap_eur) / cop;
        for (int i = 0; i < states; i++)
            to->drift[i][k] =
                outdoor * (1 - p->a[i][0] - (states == 2 ? p->a[i][1] : 0)) + p->b[i] * sun;
        to->offset[k] = outdoor * (1 - p->c[0]) + p->d * 0.5 * sun + 0.2;
    }
}

/* The problem t steps later, from where `x0` says. */
static inline ohm_heating bench_heating_at(const bench_heating *of, int t, const double x0[2])
{
    ohm_heating p = of->problem;
    p.cost = of->cost + t;
    p.offset = of->offset + t;
    for (int i = 0; i < p.states; i++) {
        p.drift[i] = of->drift[i] + t;
        p.x0[i] = x0[i];
    }
    return p;
}

enum { HOME_STEPS = 192 };

typedef struct bench_home {
    ohm_home problem;
    double series[9][HOME_STEPS];
} bench_home;

/* All devices, sun, two days of which the second is dear; `steps` of them. */
static inline void bench_home_make(bench_home *to, int steps, int day)
{
    ohm_home *p = &to->problem;
    *p = (ohm_home){ .steps = steps,
                     .dt_h = 0.25,
                     .subscribed_kw = day ? 9 : 6,
                     .has_battery = true,
                     .has_car = true,
                     .has_tank = true,
                     .has_pump = true,
                     .battery = { 1, 10, 4, 5, 5, 0.95, 0.95, 0.015 },
                     .car = { 1.4, 7.4, 0.92, 22, 1.5 },
                     .tank = { 2.4, 0.004, 4.5, 1.5, 8.5, 1 },
                     .pump = { 0.8, 3.2, 0.02, 4, 4, false, 0.992, 0.0425, 0.935, 0.873, 20.2, 20,
                               19.5, 23, 0.75, 0.15, 0.29 } };
    for (int k = 0; k < steps; k++) {
        double hour = 0.25 * k + 18, clock = fmod(hour, 24);
        double outdoor = (day ? 8 : 1) + 4 * sin((hour - 9) * M_PI / 12);
        bool dear = clock >= 6 && clock < 22;
        double values[9] = { dear ? (day ? 0.187 : 0.706) : 0.15,
                             0.04,
                             0.4 + 0.3 * (k % 5) + (clock > 18 && clock < 21 ? 1.5 : 0),
                             fmax(0, (day ? 5 : 2) * sin((clock - 7) * M_PI / 11)),
                             k % 24 == 5  ? 3
                             : k % 9 == 2 ? 0.8
                                          : 0,
                             clock >= 18 || clock < 7.5 ? 1 : 0,
                             2.6 + 0.07 * outdoor,
                             outdoor * (1 - 0.992) + 0.01,
                             outdoor * (1 - 0.935) + 0.4 };
        if (clock < 7 || clock > 18)
            values[3] = 0;
        for (int i = 0; i < 9; i++)
            to->series[i][k] = values[i];
    }
    const double **const at[9] = { &p->import_eur, &p->export_eur, &p->load_kw,
                                   &p->pv_kw,      &p->draw_kw,    &p->car_here,
                                   &p->cop,        &p->drift,      &p->offset };
    for (int i = 0; i < 9; i++)
        *at[i] = to->series[i];
}

#endif
