/* What one column of power can't tell: phases that were exchanged, sub-meters that don't add up,
 * solar panels that yield less than their light, leaks, and a machine whose cycles change.
 *
 * Each is a small state, zeroed to begin with, fed step by step like a detector (analysis/detect.h:
 * equal steps, NAN for what was not measured) and telling alarms the same way; nothing depends on
 * later readings. Each compares a day with the middle of the last five weeks, learns no day that it
 * flagged for up to four weeks (what lasts longer is usual), and tells an alarm once.
 *
 * Pure; states are plain data and can be copied. */
#ifndef OHM_ANALYSIS_DETECT_MORE_H
#define OHM_ANALYSIS_DETECT_MORE_H

#include "analysis/detect.h"

enum { OHM_USUAL_DAYS = 35, OHM_SWAP_WAYS = 6, OHM_SWAP_HOURS = 48 };

/* Figures of the last days. */
typedef struct ohm_usual {
    int count, next, left_out; /* left_out: days in a row that were flagged */
    double of[OHM_USUAL_DAYS];
} ohm_usual;

/* The alarm that is open, or was the last. */
typedef struct ohm_told {
    bool open;
    ohm_detect_alarm alarm;
} ohm_told;

/* --- three phases ---------------------------------------------------------------------------
 * From an instant on the three columns (currents, powers) fit the usual days of each other better
 * than their own: two were exchanged, or all three turned. Phases that are alike can't be told
 * apart, and are not. Each hour of working days and week-ends has its mean and spread; how much
 * better another order fits is summed (CUSUM). The alarm begins about when it happened and ends
 * when it was noticed; then the new order is the usual one. */
typedef struct ohm_swap {
    bool began;
    int64_t first_day;
    double mean[3][OHM_SWAP_HOURS], spread[3][OHM_SWAP_HOURS];
    int count[OHM_SWAP_HOURS];
    double sum[OHM_SWAP_WAYS];
    ohm_ms since_ms[OHM_SWAP_WAYS];
    int way[3]; /* of the last alarm: column i now shows what column way[i] did */
} ohm_swap;

void ohm_swap_step(ohm_swap *s, const ohm_detect_reading *r, const double of[3], int slots,
                   ohm_detect_news *news);

/* --- a meter against its sub-meters ---------------------------------------------------------
 * `parts` is their sum. More than the whole (by 2 % of it and of its usual day) for two hours; or
 * a day whose remainder is far off the usual one (of working days, or week-ends), for two days.
 * expected: 0, or the usual remainder; actual: the remainder; both as means. */
typedef struct ohm_leftover {
    bool began;
    int64_t day;
    double whole, left, worst; /* sums of the day; of the run that exceeds */
    int steps, run, off_days;
    ohm_ms run_ms, off_ms;
    ohm_usual level, rest[2]; /* means of days; of working days, of week-ends */
    ohm_told over, off;
} ohm_leftover;

void ohm_residue_step(ohm_leftover *d, const ohm_detect_reading *whole, double parts, int slots,
                      ohm_detect_news *news);

/* --- solar panels ---------------------------------------------------------------------------
 * `light` is what shines: measured, or of a clear sky at that place, or NAN where neither is
 * known. A measured light is compared day by day, on days bright enough, and so is one that was
 * forecast; a clear sky (and none) by the best of the last days. Told after three days below 0.8
 * (measured), five below 0.75 (forecast: a day's is off by a quarter at times), ten below 0.75
 * (clear sky), ten below 0.6 (nothing known: seasons must not look like faults) of the usual
 * yield. */
typedef enum ohm_light_kind {
    OHM_LIGHT_NONE,
    OHM_LIGHT_MEASURED,
    OHM_LIGHT_CLEAR,
    OHM_LIGHT_FORECAST
} ohm_light_kind;

typedef struct ohm_yield {
    ohm_light_kind kind;
    bool began;
    int64_t day;
    double energy, light;
    int steps, low_days;
    ohm_ms low_ms;
    double brightest; /* day's light, faded */
    double best[10];  /* of the last days, for what is compared by the best */
    int bests;
    ohm_usual usual;
    ohm_told told;
} ohm_yield;

void ohm_yield_step(ohm_yield *y, const ohm_detect_reading *r, double light, int slots,
                    ohm_detect_news *news);

/* --- water, gas -----------------------------------------------------------------------------
 * A flow that used to rest every day and has not for two days; or twice the greatest flow of the
 * last weeks for two hours. expected: 0, or the greatest; actual: the least flow since. */
typedef struct ohm_leak {
    bool began;
    int64_t day, first_day;
    double least, greatest;   /* of the day */
    double least_since, most; /* since it last rested; of the last weeks, faded */
    int run, steps;
    ohm_ms rested_ms, run_ms;
    ohm_usual rests; /* 1: the day had rest */
    ohm_told slow, burst;
} ohm_leak;

void ohm_leak_step(ohm_leak *l, const ohm_detect_reading *r, int slots, ohm_detect_news *news);

/* --- a machine that cycles ------------------------------------------------------------------
 * A fridge, a heat pump: the share of the day that it runs, its power when it runs and its starts,
 * each against its usual ones, two days out of their range. The mean power may depend on the cold
 * (outdoor °C, NAN: not known); where
 * that is known it alone is judged, as power and starts follow the cold too. expected and actual
 * are of the figure. The alarm is a drift. */
typedef enum ohm_cycle_figure {
    OHM_CYCLE_MEAN,
    OHM_CYCLE_POWER,
    OHM_CYCLE_STARTS
} ohm_cycle_figure;
enum { OHM_CYCLE_FIGURES = 3 };

typedef struct ohm_cycles {
    bool began, running;
    int64_t day;
    double sum, sum_on, cold, peak; /* peak: of the last weeks, faded */
    int steps, steps_on, starts, colds;
    int off_days[OHM_CYCLE_FIGURES];
    ohm_ms off_ms[OHM_CYCLE_FIGURES];
    ohm_usual usual[OHM_CYCLE_FIGURES], colds_of;
    ohm_told told[OHM_CYCLE_FIGURES];
} ohm_cycles;

void ohm_cycles_step(ohm_cycles *c, const ohm_detect_reading *r, double outdoor_c, int slots,
                     ohm_detect_news *news);

/* Clears what is open, at the end of a file. */
void ohm_told_end(ohm_told *t, ohm_ms end_ms, ohm_detect_news *news);

#endif
