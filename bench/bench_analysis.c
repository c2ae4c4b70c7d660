/* Forecasts: a year learnt anew, and the day after: learn a day, say 48 hours. Detection: a reading
 * of a year of quarters of an hour. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analysis/detect.h"
#include "analysis/forecast.h"

enum { SLOTS = 24, YEAR = 365, DAYS = YEAR + 60, IN_FULL = 60, ROUNDS = 5 };
static const double REFIT_MARK_MS = 100, DAY_MARK_MS = 0.5, STATE_MARK_KIB = 256;
static const double PROPHET_MS = 2950; /* an origin of the steel plant, measured elsewhere */

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void one_day(ohm_forecast *f, int day, ohm_forecast_value *said)
{
    static unsigned seed = 1;
    double values[SLOTS];
    const ohm_forecast_day ahead[2] = { { .day = day }, { .day = day + 1 } };
    ohm_forecast_make(f, ahead, 2, said);
    for (int s = 0; s < SLOTS; s++) {
        seed = seed * 1664525u + 1013904223u;
        values[s] = 2 + sin(s / 4.0) + (day % 7 > 4) + (seed >> 8) / 1.6e7;
    }
    const ohm_forecast_day was = { .day = day, .values = values };
    (void)ohm_forecast_learn(f, &was);
}

static const char *verdict(double value, double mark)
{
    return value <= mark ? "ok" : "MISSED";
}

enum { QUARTERS = 96 };

static void bench_detect(void)
{
    void *memory = malloc(ohm_detect_size(QUARTERS));
    ohm_detect *d = memory ? ohm_detect_create(QUARTERS, memory) : NULL;
    ohm_detect_news news;
    unsigned seed = 1;
    size_t alarms = 0;
    double start_ms = now_ms();
    for (int i = 0; d && i < YEAR * QUARTERS; i++) {
        seed = seed * 1664525u + 1013904223u;
        double value = 2 + sin(i * 6.28318 / QUARTERS) + (seed >> 8) / 1.6e7;
        const ohm_detect_reading r = { i * (ohm_ms)900000, i / QUARTERS, i % QUARTERS, value };
        ohm_detect_step(d, &r, &news);
        alarms += (size_t)news.count;
    }
    printf("detect, a reading: %.2f us; %zu KiB a series; %zu alarms of noise in a year\n",
           1e3 * (now_ms() - start_ms) / (YEAR * QUARTERS), ohm_detect_size(QUARTERS) / 1024,
           alarms);
    free(memory);
}

int main(void)
{
    bench_detect();
    static ohm_forecast_value said[2 * SLOTS];
    const ohm_forecast_options options = { .slots = SLOTS };
    size_t bytes = ohm_forecast_size(&options);
    void *memory = malloc(bytes);
    double refit_ms = INFINITY, day_ms = INFINITY;
    for (int round = 0; memory && round < ROUNDS; round++) {
        ohm_forecast *f = ohm_forecast_create(&options, memory);
        double start_ms = now_ms();
        for (int day = 0; day < YEAR; day++)
            one_day(f, day, day >= YEAR - IN_FULL ? said : NULL);
        double middle_ms = now_ms();
        for (int day = YEAR; day < DAYS; day++)
            one_day(f, day, said);
        double each_ms = (now_ms() - middle_ms) / (DAYS - YEAR);
        refit_ms = fmin(refit_ms, middle_ms - start_ms);
        day_ms = fmin(day_ms, each_ms);
    }
    free(memory);
    printf("forecast, update and 48 hours: %.3f ms (mark: %.1f) %s; 1/%.0f of Prophet\n", day_ms,
           DAY_MARK_MS, verdict(day_ms, DAY_MARK_MS), PROPHET_MS / day_ms);
    printf("forecast, a year anew: %.1f ms (mark: %.0f) %s\n", refit_ms, REFIT_MARK_MS,
           verdict(refit_ms, REFIT_MARK_MS));
    printf("forecast, state: %.0f KiB (mark: %.0f) %s\n", (double)bytes / 1024, STATE_MARK_KIB,
           verdict((double)bytes / 1024, STATE_MARK_KIB));
    return 0;
}
