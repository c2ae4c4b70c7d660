/* The thermal twin: a year of hourly steps of one zone under an ideal controller. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "building/zone_batch.h"

enum { HOURS = 8760, ROUNDS = 200 };
static const double MARK_MS = 0.15, BATCH_MARK_US = 20;

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A year as smooth as it is false; what matters is that heating, cooling and neither take turns. */
static void make_weather(ohm_zone_input *year)
{
    for (int h = 0; h < HOURS; h++) {
        double day = sin(2 * M_PI * (h - 9) / 24.0), season = -cos(2 * M_PI * (h - 480) / 8760.0);
        double outdoor_c = 11 + 9 * season + 5 * day, sun = day > 0 ? day * (2 + season) : 0;
        year[h] = (ohm_zone_input){ outdoor_c, outdoor_c, 900 * sun, 250 + 150 * day };
    }
}

/* Eight houses that differ, side by side. */
static void batch(const ohm_zone *house, ohm_zone_setpoints set, const ohm_zone_input *year)
{
    double best_s = INFINITY, heating_wh = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start_s = now_s();
        ohm_zone_batch b;
        ohm_zone_batch_init(&b, 3600);
        for (int i = 0; i < OHM_ZONE_LANES; i++) {
            ohm_zone one = *house;
            one.c_m_j_per_k *= 1 + 0.1 * i;
            ohm_zone_model m = ohm_zone_prepare(&one, 3600);
            ohm_zone_batch_add(&b, &m, 20, set);
        }
        ohm_zone_batch_run(&b, year, HOURS);
        double took_s = now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
        heating_wh = b.heating_wh[0];
    }
    double each_us = 1e6 * best_s / OHM_ZONE_LANES;
    printf("twin year, a scenario of a batch: %.1f us (mark: %.0f) %s\n", each_us, BATCH_MARK_US,
           each_us <= BATCH_MARK_US ? "ok" : "MISSED");
    printf("twin year in a batch: the first heats %.0f kWh\n", heating_wh / 1000);
}

int main(void)
{
    static ohm_zone_input year[HOURS];
    make_weather(year);
    const ohm_zone house = { 86.8,         29.9, 2730, 1863, 60, 19.8e6, 300, 540, OHM_ZONE_SURFACE,
                             OHM_ZONE_AIR, 6000, 3000 };
    const ohm_zone_setpoints set = { 20, 26 };
    double heating_wh = 0, cooling_wh = 0, best_s = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        double start_s = now_s(), mass_c = 20;
        ohm_zone_model m = ohm_zone_prepare(&house, 3600);
        heating_wh = cooling_wh = 0;
        for (int h = 0; h < HOURS; h++) {
            ohm_zone_output out = ohm_zone_ideal(&m, mass_c, &year[h], set);
            mass_c = out.mass_end_c;
            heating_wh += out.hvac_w > 0 ? out.hvac_w : 0;
            cooling_wh -= out.hvac_w < 0 ? out.hvac_w : 0;
        }
        double took_s = now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
    }
    printf("twin year, hourly, one zone: %.3f ms (mark: %.2f) %s\n", 1e3 * best_s, MARK_MS,
           1e3 * best_s <= MARK_MS ? "ok" : "MISSED");
    printf("twin step with ideal control: %.1f ns\n", 1e9 * best_s / HOURS);
    printf("twin year: heats %.0f kWh, cools %.0f kWh\n", heating_wh / 1000, cooling_wh / 1000);
    batch(&house, set, year);
    return 0;
}
