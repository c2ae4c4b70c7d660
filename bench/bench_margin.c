/* What uncertain forecasts cost, and what helps: days of many homes that are planned anew each hour
 * with what is forecast of their base load and sun, and lived with what came. A planned load that
 * finds no room is cut, as the shedding engine does. Compared: plans by the mean alone, plans that
 * leave the room of a decile free (always, or where comfort and deadlines lose nothing), plans
 * chosen among three scenarios by what they cost in twelve, and plans that know what comes. Three
 * days of each home.
 *
 *     bench_margin [HOMES [FIRST]] */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/home.h"

enum {
    PER_HOUR = 4,
    DAY = 24 * PER_HOUR,
    LIVED = 3 * DAY,
    LEN = 4 * DAY,
    PATHS = 60,
    TRIED = 12, /* of them, by which a plan among scenarios is chosen */
    ASKS = 60,  /* how often the solver asks its clock: the same work in each run */
    DEVICES = 3,
};
enum { TANK, CAR, ZONE };

static const double dt_h = 1.0 / PER_HOUR;
static const double cut_eur = 0.02; /* a cut, for wear and whoever notices */

typedef struct house {
    double limit_kw, power_kw[DEVICES], tank_most_kwh, car_need_kwh, keep, heat_c_per_kwh;
    double price[LEN], draw_kw[LEN], here[LEN], outdoor_c[LEN];
    double mean_kw[LEN], sun_kw[LEN];               /* what is forecast */
    double base_of[PATHS][LEN], sun_of[PATHS][LEN]; /* what may come; the first path comes */
    double decile_kw[10][LEN];                      /* of base less sun, above its mean */
} house;

typedef struct state {
    double tank_kwh, car_kwh, room_c;
    bool ran[DEVICES];
    int held; /* steps since the zone's heating changed */
} state;

typedef struct bill {
    double energy_eur, short_eur;
    int cuts;
} bill;

typedef struct schedule {
    bool on[DEVICES][DAY];
} schedule;

static uint64_t seed;

static double uniform(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(seed >> 11) * 0x1p-53;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(2 * M_PI * uniform());
}

/* --- homes ------------------------------------------------------------------------------------ */

static double usual_kw(double clock, double size)
{
    double kw = 0.25 + 0.25 * exp(-pow((clock - 7.5) / 1.2, 2)) +
                0.4 * exp(-pow((clock - 12.5) / 1.2, 2)) + 1.1 * exp(-pow((clock - 19.5) / 1.8, 2));
    return size * kw;
}

/* Errors that last some hours, and ovens that come or don't. */
static void make_paths(house *h, double size, double peak_sun_kw)
{
    for (int p = 0; p < PATHS; p++) {
        double off = normal(), cloud = normal(), oven_kw = 0;
        int oven = 0;
        for (int k = 0; k < LEN; k++) {
            double clock = fmod(18 + k * dt_h, 24);
            off = 0.93 * off + 0.37 * normal();
            cloud = 0.96 * cloud + 0.28 * normal();
            bool meal = (clock > 18 && clock < 21) || (clock > 11.5 && clock < 13);
            if (oven == 0 && uniform() < (meal ? 0.12 : 0.01)) {
                oven = 1 + (int)(uniform() * 4);
                oven_kw = size * (0.8 + 1.7 * uniform());
            }
            h->base_of[p][k] = usual_kw(clock, size) * exp(0.4 * off - 0.08) + (oven ? oven_kw : 0);
            oven -= oven > 0;
            double high = sin((clock - 7) * M_PI / 11);
            h->sun_of[p][k] = clock > 7 && clock < 18
                                  ? peak_sun_kw * high * (0.15 + 0.85 / (1 + exp(-1.5 * cloud)))
                                  : 0;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void forecast(house *h)
{
    double net[PATHS];
    for (int k = 0; k < LEN; k++) {
        h->mean_kw[k] = h->sun_kw[k] = 0;
        for (int p = 0; p < PATHS; p++) {
            h->mean_kw[k] += h->base_of[p][k] / PATHS;
            h->sun_kw[k] += h->sun_of[p][k] / PATHS;
            net[p] = h->base_of[p][k] - h->sun_of[p][k];
        }
        qsort(net, PATHS, sizeof *net, by_size);
        for (int q = 0; q < 10; q++)
            h->decile_kw[q][k] = net[q * PATHS / 10] - (h->mean_kw[k] - h->sun_kw[k]);
    }
}

static void make_home(house *h, uint64_t number, state *s)
{
    static const double subscribed[] = { 6, 6, 6, 9 };
    seed = number * UINT64_C(0x9E3779B97F4A7C15) + 1;
    int size = (int)(uniform() * 4), contract = (int)(uniform() * 3);
    bool big = subscribed[size] > 6;
    h->limit_kw = 0.95 * subscribed[size];
    h->power_kw[TANK] = 1.6 + 1.4 * uniform();
    h->power_kw[CAR] = uniform() < 0.2 ? 0 : big && uniform() < 0.6 ? 7.4 : 3.2;
    h->power_kw[ZONE] = (big ? 2.5 : 1.5) * (0.8 + 0.7 * uniform());
    h->tank_most_kwh = 6 + 6 * uniform();
    h->car_need_kwh = h->power_kw[CAR] * (1.5 + 3.5 * uniform());
    double loss_kw_k = 0.08 + 0.06 * uniform(), store = loss_kw_k * (30 + 50 * uniform());
    double cold_c = h->power_kw[ZONE] / loss_kw_k * (0.3 + 0.3 * uniform());
    h->keep = exp(-loss_kw_k * dt_h / store);
    h->heat_c_per_kwh = (1 - h->keep) / loss_kw_k;
    for (int k = 0; k < LEN; k++) {
        double clock = fmod(18 + k * dt_h, 24);
        bool dear = clock >= 6 && clock < 22;
        h->price[k] = contract == 0   ? 0.2
                      : contract == 1 ? (dear ? 0.21 : 0.16)
                                      : (dear ? 0.71 : 0.15);
        h->draw_kw[k] = 0.05 + ((clock >= 6 && clock < 9) || (clock >= 18 && clock < 22)
                                    ? h->tank_most_kwh * 0.08
                                    : 0);
        h->here[k] = clock >= 18 || clock < 7.5;
        h->outdoor_c[k] = 19.5 - cold_c * (0.8 + 0.2 * sin((clock + 3) * M_PI / 12));
    }
    make_paths(h, big ? 1.6 : 1.1, uniform() < 0.5 ? 0 : 3 * (big ? 2 : 1));
    forecast(h);
    *s = (state){ h->tank_most_kwh * (0.3 + 0.3 * uniform()), 0, 19.6, { false }, 9 };
}

/* --- life ------------------------------------------------------------------------------------- */

static void live(const house *h, state *s, const bool want[DEVICES], int k, double base_kw,
                 double sun_kw, bill *b)
{
    bool on[DEVICES];
    double kw = base_kw - sun_kw;
    memcpy(on, want, sizeof on);
    on[CAR] = on[CAR] && h->here[k] > 0.5 && s->car_kwh < h->car_need_kwh;
    on[TANK] = on[TANK] && s->tank_kwh + h->power_kw[TANK] * dt_h <= h->tank_most_kwh + 1e-9;
    for (int i = 0; i < DEVICES; i++)
        kw += on[i] ? h->power_kw[i] : 0;
    static const int order[] = { CAR, TANK, ZONE };
    for (int i = 0; i < DEVICES && kw > h->limit_kw; i++)
        if (on[order[i]]) {
            on[order[i]] = false;
            kw -= h->power_kw[order[i]];
            b->cuts++;
        }
    b->energy_eur += (kw > 0 ? kw * h->price[k] : kw * 0.04) * dt_h;
    s->tank_kwh += ((on[TANK] ? h->power_kw[TANK] : 0) - h->draw_kw[k]) * dt_h;
    s->car_kwh += on[CAR] ? h->power_kw[CAR] * dt_h : 0;
    s->room_c = h->keep * s->room_c + (1 - h->keep) * h->outdoor_c[k] +
                (on[ZONE] ? h->power_kw[ZONE] * h->heat_c_per_kwh : 0);
    s->held = on[ZONE] == s->ran[ZONE] ? s->held + 1 : 1;
    memcpy(s->ran, on, sizeof on);
    if (s->tank_kwh < h->tank_most_kwh / 10)
        b->short_eur += 1.0 * dt_h + (s->tank_kwh < 0 ? -2 * s->tank_kwh : 0);
    s->tank_kwh = fmax(s->tank_kwh, 0);
    b->short_eur += 1.5 * dt_h * fmax(0, 19 - s->room_c) + 0.4 * dt_h * fmax(0, s->room_c - 21);
    if (h->here[k] > 0.5 && k + 1 < LEN && h->here[k + 1] < 0.5) {
        b->short_eur += 1.5 * fmax(0, h->car_need_kwh - s->car_kwh - 1e-6);
        s->car_kwh = 0;
    }
}

/* What is left is worth what it takes to put it there. */
static double total_eur(const house *h, const state *s, const bill *b)
{
    double worth = 0.15 * (s->tank_kwh + (s->room_c - 19) / h->heat_c_per_kwh +
                           (s->car_kwh < h->car_need_kwh ? s->car_kwh : h->car_need_kwh));
    return b->energy_eur + b->short_eur + cut_eur * b->cuts - worth;
}

/* --- plans ------------------------------------------------------------------------------------ */

static bool is_over(void *ctx)
{
    int *left = ctx;
    return --*left < 0;
}

/* What the coming day's plan is made of: net load, and what may be drawn. */
static double plan_day(const house *h, const state *s, int from, const double *base_kw,
                       const double *sun_kw, const double *import_kw, schedule *out)
{
    static double series[9][DAY];
    for (int k = 0; k < DAY; k++) {
        int at = from + k;
        const double values[9] = { h->price[at],
                                   0.04,
                                   base_kw[at],
                                   sun_kw[at],
                                   h->draw_kw[at],
                                   h->here[at],
                                   1,
                                   (1 - h->keep) * h->outdoor_c[at],
                                   0 };
        for (int i = 0; i < 9; i++)
            series[i][k] = values[i];
    }
    bool car = h->power_kw[CAR] > 0;
    for (int k = 1, over = 0; k < DAY; k++) { /* one stay */
        over = over || (series[5][k] < series[5][k - 1]);
        series[5][k] = over ? 0 : series[5][k];
    }
    ohm_home home = {
        .steps = DAY,
        .dt_h = dt_h,
        .subscribed_kw = h->limit_kw,
        .has_car = car,
        .has_tank = true,
        .has_pump = true,
        .brief = true,
        .car = { h->power_kw[CAR], h->power_kw[CAR], 1,
                 h->here[from] > 0.5 ? fmax(0, h->car_need_kwh - s->car_kwh) : h->car_need_kwh, 1.5,
                 h->here[from] > 0.5 ? dt_h : 13.5, 0 },
        .tank = { h->power_kw[TANK], 0, s->tank_kwh, h->tank_most_kwh / 10, h->tank_most_kwh, 1 },
        .pump = { .least_kw = h->power_kw[ZONE],
                  .most_kw = h->power_kw[ZONE],
                  .start_eur = 0.05,
                  .hold_on = 2,
                  .hold_off = 2,
                  .running = s->ran[ZONE],
                  .a = h->keep,
                  .b = h->heat_c_per_kwh / dt_h * dt_h,
                  .c = 1,
                  .start_c = s->room_c,
                  .end_c = 20,
                  .low_c = 19,
                  .high_c = 21,
                  .low_eur = 1.5 * dt_h,
                  .high_eur = 0.4 * dt_h,
                  .end_eur = 0.15 / h->heat_c_per_kwh },
        .import_eur = series[0],
        .export_eur = series[1],
        .load_kw = series[2],
        .pv_kw = series[3],
        .draw_kw = series[4],
        .car_here = series[5],
        .cop = series[6],
        .drift = series[7],
        .offset = series[8],
        .import_kw = import_kw + from,
    };
    static void *memory;
    static size_t room;
    size_t needs = ohm_home_size(&home);
    if (needs > room) {
        free(memory);
        memory = malloc(room = needs);
    }
    ohm_err err = memory ? ohm_home_check(&home) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (ohm_failed(err)) {
        (void)fprintf(stderr, "bench_margin: %s\n", err.what);
        exit(1);
    }
    int asks = ASKS;
    const ohm_home_clock clock = { is_over, &asks };
    ohm_home_controls c;
    ohm_home_result result;
    ohm_home_solve(ohm_home_init(&home, memory), &home, &clock, &c, &result);
    double gave = 0;
    for (int i = 0; i < OHM_HOME_LIMITS; i++)
        gave += result.gave[i].cost_eur;
    for (int k = 0; k < DAY; k++) {
        out->on[TANK][k] = c.tank_on[k] > 0.5;
        out->on[CAR][k] = car && c.car_kw[k] > 0;
        out->on[ZONE][k] = c.pump_on[k] > 0.5;
    }
    return gave;
}

/* The room that is left free beside what is expected; never more than there is. */
static void leave_room(const house *h, int from, int decile, double *import_kw)
{
    for (int k = 0; k < LEN; k++) {
        double room = fmax(0, h->limit_kw - (h->mean_kw[k] - h->sun_kw[k]));
        double margin = decile > 0 && k > from ? fmax(0, h->decile_kw[decile][k]) : 0;
        import_kw[k] = h->limit_kw - fmin(margin, room);
    }
}

typedef enum way { KNOWN, MEAN, P70, P80, P90, P80_IF, P90_IF, SCENARIOS, WAYS } way;
static const char *const names[WAYS] = { "what came was known",
                                         "the mean alone",
                                         "70 % left free",
                                         "80 % left free",
                                         "90 % left free",
                                         "80 %, where comfort allows",
                                         "90 %, where comfort allows",
                                         "the best of three scenarios" };

static double expected_eur(const house *h, const state *s, int from, const schedule *plan)
{
    double sum = 0;
    for (int p = PATHS - TRIED; p < PATHS; p++) {
        state then = *s;
        bill b = { 0 };
        for (int k = 0; k < DAY; k++) {
            bool want[DEVICES];
            for (int i = 0; i < DEVICES; i++)
                want[i] = plan->on[i][k];
            live(h, &then, want, from + k, h->base_of[p][from + k], h->sun_of[p][from + k], &b);
        }
        sum += total_eur(h, &then, &b);
    }
    return sum / TRIED;
}

static void plan_by(const house *h, const state *s, int from, way by, schedule *out)
{
    static const int deciles[WAYS] = {
        [P70] = 7, [P80] = 8, [P90] = 9, [P80_IF] = 8, [P90_IF] = 9
    };
    double import_kw[LEN], base_kw[LEN];
    schedule other;
    leave_room(h, from, deciles[by], import_kw);
    if (by == KNOWN) {
        (void)plan_day(h, s, from, h->base_of[0], h->sun_of[0], import_kw, out);
    } else if (by == SCENARIOS) {
        double best = INFINITY;
        static const int of[] = { 2, 0, 8 };
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < LEN; k++)
                base_kw[k] = fmax(0, h->mean_kw[k] + (of[i] ? h->decile_kw[of[i]][k] : 0));
            (void)plan_day(h, s, from, base_kw, h->sun_kw, import_kw, &other);
            double eur = expected_eur(h, s, from, &other);
            if (eur < best)
                *out = other;
            best = fmin(best, eur);
        }
    } else {
        double gave = plan_day(h, s, from, h->mean_kw, h->sun_kw, import_kw, out);
        if (by != P80_IF && by != P90_IF)
            return;
        leave_room(h, from, 0, import_kw);
        if (gave > 0.01 &&
            plan_day(h, s, from, h->mean_kw, h->sun_kw, import_kw, &other) < gave - 0.01)
            *out = other;
    }
}

static double live_day(const house *h, state s, way by, bill *b)
{
    *b = (bill){ 0 };
    for (int k = 0; k < LIVED; k++) {
        static schedule plan;
        static int made;
        bool want[DEVICES];
        if (k % PER_HOUR == 0) {
            plan_by(h, &s, k, by, &plan);
            made = k;
        }
        for (int i = 0; i < DEVICES; i++)
            want[i] = plan.on[i][k - made];
        live(h, &s, want, k, h->base_of[0][k], h->sun_of[0][k], b);
    }
    return total_eur(h, &s, b);
}

int main(int argc, char **argv)
{
    static house h;
    int homes = argc > 1 ? atoi(argv[1]) : 40, first = argc > 2 ? atoi(argv[2]) : 1;
    double eur[WAYS] = { 0 }, energy[WAYS] = { 0 }, lost[WAYS] = { 0 };
    int cuts[WAYS] = { 0 };
    for (int n = first; n < first + homes; n++) {
        state s;
        make_home(&h, (uint64_t)n, &s);
        for (int w = 0; w < WAYS; w++) {
            bill b;
            eur[w] += live_day(&h, s, (way)w, &b);
            energy[w] += b.energy_eur;
            lost[w] += b.short_eur;
            cuts[w] += b.cuts;
        }
    }
    for (int w = 0; w < WAYS; w++)
        printf("%s: %.3f EUR a home (energy %.3f, comfort and car %.3f), %.2f cuts; of the mean "
               "alone: %.4f of the price, %.2f of the cuts\n",
               names[w], eur[w] / homes, energy[w] / homes, lost[w] / homes,
               (double)cuts[w] / homes, eur[w] / eur[MEAN], (double)cuts[w] / cuts[MEAN]);
    return 0;
}
