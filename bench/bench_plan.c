/* The planner: 96 steps of heating, cold and warm, against GLPK and Clp on the same linear programs
 * in the same run; a home with all devices; a heating season in closed loop. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plan_problems.h"
#include "plan_rivals.h"

enum { TURNS = 2, RIVAL_REPLAYS = 12, TIMES_MAX = DAYS * BENCH_REPLAYS, SEASON_STEPS = 17568 };

static double now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

typedef struct times {
    double us[TIMES_MAX];
    int count;
} times;

static double part(times *of, double share)
{
    qsort(of->us, (size_t)of->count, sizeof *of->us, by_size);
    return of->us[(int)(share * (of->count - 1))];
}

static void add_times(times *to, const times *more)
{
    memcpy(to->us + to->count, more->us, (size_t)more->count * sizeof *more->us);
    to->count += more->count;
}

static bool missed;

static void judge(const char *what, double value, const char *unit, double mark, bool at_most)
{
    bool ok = at_most ? value <= mark : value >= mark;
    missed = missed || !ok;
    printf("%s: %.1f %s (mark: %s %g) %s\n", what, value, unit, at_most ? "<=" : ">=", mark,
           ok ? "ok" : "MISSED");
}

static void *get(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory)
        abort();
    return memory;
}

typedef struct plans {
    bench_heating problem;
    ohm_heating_plan plan;
    double x0[BENCH_REPLAYS][2], objective[BENCH_REPLAYS];
    void *memory;
} plans;

/* The states from which each replay starts: the plan's first power, lived. */
static void make(plans *p, int day, int states, double curve)
{
    bench_heating_make(&p->problem, day, states);
    p->problem.problem.high_curve = curve;
    p->memory = get(ohm_heating_size(BENCH_STEPS, states));
    ohm_heating_init(&p->plan, BENCH_STEPS, states, p->memory);
    double x[2] = { p->problem.problem.x0[0], p->problem.problem.x0[1] };
    for (int t = 0; t < BENCH_REPLAYS; t++) {
        ohm_heating_result result;
        ohm_heating at = bench_heating_at(&p->problem, t, x);
        memcpy(p->x0[t], x, sizeof x);
        ohm_heating_solve(&p->plan, &at, &(ohm_heating_options){ 0 }, &result);
        p->objective[t] = result.objective_eur;
        double then[2] = { 0 };
        for (int i = 0; i < states; i++) {
            then[i] = at.b[i] * p->plan.u[0] + at.drift[i][0];
            for (int j = 0; j < states; j++)
                then[i] += at.a[i][j] * x[j];
        }
        memcpy(x, then, sizeof x);
    }
}

/* The best of a few turns of each replay: what the machine did besides is not ours. */
static void time_ours(plans *p, bool warm, times *out)
{
    double best[BENCH_REPLAYS];
    for (int t = 0; t < BENCH_REPLAYS; t++)
        best[t] = INFINITY;
    for (int turn = 0; turn < TURNS; turn++)
        for (int t = 0; t < BENCH_REPLAYS; t++) {
            ohm_heating at = bench_heating_at(&p->problem, t, p->x0[t]);
            ohm_heating_result result;
            const ohm_heating_options options = { .warm = warm && t > 0 };
            double start = now_us();
            ohm_heating_solve(&p->plan, &at, &options, &result);
            best[t] = fmin(best[t], now_us() - start);
        }
    for (int t = 1; t < BENCH_REPLAYS; t++)
        out->us[out->count++] = best[t];
}

static double wrong; /* the largest relative difference of an objective */
static int failed;   /* rivals' answers that are none */

static void time_rival(plans *p, rival_kind kind, bool warm, times *out)
{
    rival_lp lp;
    ohm_heating at = bench_heating_at(&p->problem, 0, p->x0[0]);
    rival_lp_make(&lp, &at);
    rival_load(kind, &lp);
    (void)rival_solve(kind);
    for (int t = 1; t < RIVAL_REPLAYS; t++) {
        at = bench_heating_at(&p->problem, t, p->x0[t]);
        rival_lp_update(&lp, &at);
        if (!warm)
            rival_load(kind, &lp);
        double start = now_us();
        if (warm)
            rival_change(kind, &lp);
        double objective = rival_solve(kind);
        out->us[out->count++] = now_us() - start;
        double apart = fabs(objective - p->objective[t]) / fmax(1, fabs(objective));
        if (apart > 1e-3)
            failed++;
        else if (kind != GLPK_INTERIOR) /* it stops early at times */
            wrong = fmax(wrong, apart);
    }
    rival_lp_free(&lp);
}

static void heating(plans *all, int states)
{
    static times cold, warm;
    char what[96];
    cold.count = warm.count = 0;
    for (int day = 0; day < DAYS; day++) {
        make(&all[day], day, states, 0);
        time_ours(&all[day], false, &cold);
        time_ours(&all[day], true, &warm);
    }
    const char *name = states == 1 ? "one state" : "two states";
    (void)snprintf(what, sizeof what, "heating, 96 steps, %s, warm, median", name);
    judge(what, part(&warm, 0.5), "us", 50, true);
    (void)snprintf(what, sizeof what, "heating, 96 steps, %s, cold, median", name);
    judge(what, part(&cold, 0.5), "us", 120, true);
    (void)snprintf(what, sizeof what, "heating, 96 steps, %s, cold, p99", name);
    judge(what, part(&cold, 0.99), "us", 250, true);
    double best[2] = { INFINITY, INFINITY };
    for (int kind = 0; kind < RIVALS; kind++)
        for (int w = 0; w < 2 && rival_is_there((rival_kind)kind); w++) {
            static times of;
            if (w == 1 && kind != GLPK_SIMPLEX && kind != CLP_DUAL)
                continue; /* these begin anew each time */
            of.count = 0;
            for (int day = 0; day < DAYS; day++)
                time_rival(&all[day], (rival_kind)kind, w == 1, &of);
            double median = part(&of, 0.5);
            printf("  %s, %s: median %.0f us, p99 %.0f us\n", rival_names[kind],
                   w ? "warm" : "cold", median, part(&of, 0.99));
            best[w] = fmin(best[w], median);
        }
    if (isfinite(best[1])) {
        (void)snprintf(what, sizeof what, "as fast as the best of them, %s, warm", name);
        judge(what, best[1] / part(&warm, 0.5), "times", 4, false);
        (void)snprintf(what, sizeof what, "as fast as the best of them, %s, cold", name);
        judge(what, best[0] / part(&cold, 0.5), "times", 30, false);
        printf("objectives apart, relative: %.1e; of theirs %d are none\n", wrong, failed);
    }
    for (int day = 0; day < DAYS; day++)
        free(all[day].memory);
}

/* The same days where overheating costs by a curve too; the slowest day is told. */
static void curved(int states)
{
    static plans one;
    static times cold, warm, day_cold, day_warm;
    char what[96];
    double slowest_cold = 0, slowest_warm = 0;
    cold.count = warm.count = 0;
    for (int day = 0; day < DAYS; day++) {
        make(&one, day, states, 0.125);
        day_cold.count = day_warm.count = 0;
        time_ours(&one, false, &day_cold);
        time_ours(&one, true, &day_warm);
        slowest_cold = fmax(slowest_cold, part(&day_cold, 0.5));
        slowest_warm = fmax(slowest_warm, part(&day_warm, 0.5));
        add_times(&cold, &day_cold);
        add_times(&warm, &day_warm);
        free(one.memory);
    }
    const char *name = states == 1 ? "one state" : "two states";
    const struct {
        const char *how;
        double us, mark_us;
    } rows[] = { { "warm, median", part(&warm, 0.5), 50 },
                 { "warm, p99", part(&warm, 0.99), 250 },
                 { "cold, median", part(&cold, 0.5), 120 },
                 { "cold, p99", part(&cold, 0.99), 250 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(what, sizeof what, "heating up to a curve, %s, %s", name, rows[i].how);
        judge(what, rows[i].us, "us", rows[i].mark_us, true);
    }
    printf("  median of the slowest day: warm %.1f us, cold %.1f us\n", slowest_warm, slowest_cold);
}

static void home(int steps, double mark_ms)
{
    static bench_home problem;
    for (int day = 0; day < 2; day++) {
        ohm_home_controls controls;
        ohm_home_result result;
        char what[96];
        bench_home_make(&problem, steps, day);
        void *memory = get(ohm_home_size(&problem.problem));
        ohm_home_plan *plan = ohm_home_init(&problem.problem, memory);
        double best = INFINITY;
        for (int turn = 0; turn < 3; turn++) {
            double start = now_us();
            ohm_home_solve(plan, &problem.problem, NULL, &controls, &result);
            best = fmin(best, now_us() - start);
        }
        (void)snprintf(what, sizeof what, "home, all devices, %d h, %s", steps / 4,
                       day ? "spring" : "cold");
        judge(what, best / 1000, "ms", mark_ms, true);
        printf("  costs %.4f EUR, no plan less than %.4f\n", result.objective_eur,
               result.bound_eur);
        free(memory);
    }
}

/* A season in closed loop: a plan of 96 steps at each quarter of an hour, its first power lived. */
static void season(void)
{
    static double cost[SEASON_STEPS + BENCH_STEPS], drift[SEASON_STEPS + BENCH_STEPS];
    static double offset[SEASON_STEPS + BENCH_STEPS];
    bench_heating zone;
    ohm_heating_plan plan;
    bench_heating_make(&zone, 2, 1);
    for (int k = 0; k < SEASON_STEPS + BENCH_STEPS; k++) {
        double day = k / 96.0, hour = fmod(0.25 * k, 24), cold = sin(M_PI * day / 183);
        double outdoor = 9 - 9 * cold + 4 * sin((hour - 9) * M_PI / 12) + 3 * sin(day * 1.7);
        bool dear = hour >= 6 && hour < 22, red = (int)day % 8 == 3;
        cost[k] = 0.25 * (dear ? (red ? 0.706 : 0.1612) : 0.1325);
        drift[k] = outdoor * (1 - zone.problem.a[0][0]);
        offset[k] = outdoor * (1 - zone.problem.c[0]) + 0.3;
    }
    void *memory = get(ohm_heating_size(BENCH_STEPS, 1));
    ohm_heating_init(&plan, BENCH_STEPS, 1, memory);
    double x = 20, paid = 0, start = now_us();
    for (int t = 0; t < SEASON_STEPS; t++) {
        ohm_heating at = zone.problem;
        ohm_heating_result result;
        at.cost = cost + t;
        at.offset = offset + t;
        at.drift[0] = drift + t;
        at.x0[0] = x;
        ohm_heating_solve(&plan, &at, &(ohm_heating_options){ .warm = t > 0 }, &result);
        paid += cost[t] * plan.u[0];
        x = at.a[0][0] * x + at.b[0] * plan.u[0] + drift[t];
    }
    judge("heating season in closed loop, 17568 plans", (now_us() - start) / 1e6, "s", 1, true);
    printf("  pays %.0f EUR\n", paid);
    free(memory);
}

int main(void)
{
    static plans all[DAYS];
    if (!rivals_open())
        puts("neither libglpk nor libClp is here: nothing to compare with");
    heating(all, 1);
    heating(all, 2);
    curved(1);
    curved(2);
    home(96, 100);
    home(192, 300);
    season();
    return missed;
}
