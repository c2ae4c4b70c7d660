#include "sim/house.h"

#include <math.h>

enum {
    TICK_S = OHM_HOUSE_TICK_MS / 1000,
    DAY_S = 86400,
    TANK_LITRES = 200,
    MINUTE_S = 60,
};

#define HEATER_W       2400.0
#define RADIATORS_W    4500.0
#define CAR_W          3700.0
#define LAUNDRY_HOT_W  2100.0
#define LAUNDRY_TURN_W 250.0

#define WATER_WH_PER_L_K   1.163
#define COLD_WATER_C       12.0
#define TANK_LOSS_W_PER_K  2.0
#define HOUSE_LOSS_W_PER_K 110.0
#define OPEN_WINDOWS       5.0    /* times that loss, when it is warm inside */
#define HOUSE_WH_PER_K     1500.0 /* the air and what follows it within the hour */

/* What is random: one stream of numbers each, so that adding one changes no other. */
typedef enum stream {
    STREAM_BASE,
    STREAM_FLICKER,
    STREAM_LIGHT,
    STREAM_CLOUD,
    STREAM_OUTDOOR,
    STREAM_HOB,
    STREAM_VOLTAGE, /* and the two after it: one a phase */
    STREAM_HABIT = STREAM_VOLTAGE + OHM_HOUSE_PHASES,
} stream;

/* --- randomness as a function of time: no state, so any step gives the same house ------------ */

/* splitmix64's finaliser over the seed, the stream and an index. */
static uint64_t hash(uint64_t seed, unsigned stream_id, int64_t index)
{
    uint64_t z =
        seed + 0x9e3779b97f4a7c15u * ((uint64_t)index + 1) + 0xd1b54a32d192ed03u * stream_id;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static double uniform(uint64_t seed, unsigned stream_id, int64_t index)
{
    return (double)(hash(seed, stream_id, index) >> 11) * 0x1p-53;
}

/* A line through random points every `period_s`, between 0 and 1. */
static double drift(uint64_t seed, unsigned stream_id, int64_t now_s, int64_t period_s)
{
    int64_t knot = now_s / period_s;
    double part = (double)(now_s % period_s) / (double)period_s;
    double a = uniform(seed, stream_id, knot);
    double b = uniform(seed, stream_id, knot + 1);
    return a + (b - a) * part;
}

/* sin(pi x) for x in [0, 1], to 0.2 %, without libm (Bhaskara's formula). */
static double arch(double x)
{
    double p = x * (1 - x);
    return 16 * p / (5 - 4 * p);
}

/* cos(2 pi x), x >= 0. */
static double cosine(double x)
{
    double turn = x + 0.25 - (double)(int64_t)(x + 0.25);
    return turn < 0.5 ? arch(2 * turn) : -arch(2 * turn - 1);
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double whole(double x)
{
    return floor(x + 0.5);
}

/* --- the day of the house --------------------------------------------------------------------- */

/* Where a tick lies in local time. */
typedef struct moment {
    int64_t now_s; /* UTC */
    int64_t day;   /* local days since 1970 */
    int32_t day_s; /* seconds since local midnight */
    int weekday;   /* 0 = Monday */
    double winter; /* 1 in mid January, -1 in mid July */
} moment;

static moment moment_of(const ohm_tz *tz, int64_t tick)
{
    ohm_ms utc_ms = tick * OHM_HOUSE_TICK_MS;
    moment m = { .now_s = tick * TICK_S };
    int64_t local_s = m.now_s + ohm_tz_offset_s(tz, utc_ms);
    m.day = local_s / DAY_S;
    m.day_s = (int32_t)(local_s % DAY_S);
    m.weekday = (int)((m.day + 3) % 7);
    m.winter = cosine((double)(m.day + 350) / 365.2425);
    return m;
}

/* A habit: about the same time every day. `at` is its minute of the day, moved by up to
 * `jitter` minutes either way; true in the `minutes` after it. */
typedef struct habit {
    int at, jitter, minutes;
    unsigned id;
} habit;

static int32_t habit_start_s(const ohm_house *house, const moment *m, const habit *h)
{
    double off = 2 * uniform(house->seed, STREAM_HABIT + h->id, m->day) - 1;
    return (int32_t)((h->at + whole(off * h->jitter)) * MINUTE_S);
}

static bool habit_now(const ohm_house *house, const moment *m, const habit *h)
{
    int32_t start_s = habit_start_s(house, m, h);
    return m->day_s >= start_s && m->day_s < start_s + h->minutes * MINUTE_S;
}

/* True in the one tick in which the habit starts. */
static bool habit_starts(const ohm_house *house, const moment *m, const habit *h)
{
    int32_t late_s = m->day_s - habit_start_s(house, m, h);
    return late_s >= 0 && late_s < TICK_S;
}

/* Hot water: when, and how many litres. */
static const struct {
    habit when;
    double litres;
} draws[] = {
    { { 6 * 60 + 50, 10, 6, 0 }, 45 },  { { 7 * 60 + 20, 10, 5, 1 }, 35 },
    { { 12 * 60 + 50, 20, 3, 2 }, 10 }, { { 17 * 60 + 30, 30, 2, 3 }, 6 },
    { { 20 * 60 + 15, 20, 4, 4 }, 15 }, { { 21 * 60 + 15, 25, 6, 5 }, 45 },
};
enum { DRAWS_COUNT = sizeof draws / sizeof *draws };

static const habit kettle = { 7 * 60, 15, 4, 10 };
static const habit lunch = { 12 * 60 + 5, 15, 30, 11 };
static const habit dinner = { 19 * 60 + 10, 20, 45, 12 };
static const habit dawn_light = { 6 * 60 + 30, 10, 85, 13 };
static const habit car_home = { 18 * 60 + 10, 25, 1, 14 };
static const habit car_home_saturday = { 12 * 60 + 30, 40, 1, 15 };
static const habit car_away = { 7 * 60 + 30, 10, 1, 16 };
static const habit wash_morning = { 9 * 60 + 45, 40, 1, 17 };
static const habit wash_afternoon = { 14 * 60 + 30, 60, 1, 18 };
enum { HABIT_CAR_NEED = 30, HABIT_WASH = 31 };

/* --- one tick -----------------------------------------------------------------------------------
 */

static double wh_of(int64_t mj)
{
    return (double)mj / 3600000.0;
}

/* What the tick that ends did to the tank, the rooms, the car and the laundry. */
static void finish_tick(ohm_house *house, const moment *m)
{
    double hours = (double)TICK_S / 3600.0;
    double tank_wh = wh_of(house->heated_mj[OHM_HOUSE_WATER_HEATER]) -
                     TANK_LOSS_W_PER_K * (house->tank_c - 18) * hours;
    for (int i = 0; i < DRAWS_COUNT; i++) {
        if (!habit_now(house, m, &draws[i].when))
            continue;
        double litres = draws[i].litres * TICK_S / (draws[i].when.minutes * MINUTE_S);
        tank_wh -= litres * WATER_WH_PER_L_K * (house->tank_c - COLD_WATER_C);
    }
    house->tank_c += tank_wh / (TANK_LITRES * WATER_WH_PER_L_K);

    double gains_w = 350 + 0.25 * house->solar_w;
    double loss_w_per_k = HOUSE_LOSS_W_PER_K * (house->indoor_c > 23 ? OPEN_WINDOWS : 1);
    double rooms_wh = wh_of(house->heated_mj[OHM_HOUSE_HEATING]) +
                      (gains_w - loss_w_per_k * (house->indoor_c - house->outdoor_c)) * hours;
    house->indoor_c = clamp(house->indoor_c + rooms_wh / HOUSE_WH_PER_K, -20, 27);

    double car_wh = house->car_wh_left - wh_of(house->heated_mj[OHM_HOUSE_CAR]);
    house->car_wh_left = car_wh > 0 ? car_wh : 0;
    double wash_wh = house->laundry_wh_left - wh_of(house->heated_mj[OHM_HOUSE_LAUNDRY]);
    house->laundry_wh_left = wash_wh > 0 ? wash_wh : 0;
    for (int i = 0; i < OHM_HOUSE_LOADS; i++)
        house->heated_mj[i] = 0;
}

/* The loads that may be shed: what each would take if it were fed. */
static void want(ohm_house *house, const moment *m)
{
    if (house->tank_c < 54)
        house->tank_heats = true;
    else if (house->tank_c >= 60)
        house->tank_heats = false;
    house->wants_w[OHM_HOUSE_WATER_HEATER] = house->tank_heats ? HEATER_W : 0;

    bool night = m->day_s < 5 * 3600 + 1800 || m->day_s >= 22 * 3600;
    double set_c = night ? 17.5 : 20;
    if (house->indoor_c < set_c - 0.15)
        house->radiators_heat = true;
    else if (house->indoor_c > set_c + 0.15)
        house->radiators_heat = false;
    house->wants_w[OHM_HOUSE_HEATING] = house->radiators_heat ? RADIATORS_W : 0;

    double need_wh = 4000 + 7000 * uniform(house->seed, STREAM_HABIT + HABIT_CAR_NEED, m->day);
    bool weekend = m->weekday >= 5;
    if (habit_starts(house, m, weekend ? &car_home_saturday : &car_home))
        house->car_wh_left = weekend ? 0.6 * need_wh : need_wh;
    if (!weekend && habit_starts(house, m, &car_away))
        house->car_wh_left = 0; /* gone, charged or not */
    house->wants_w[OHM_HOUSE_CAR] = house->car_wh_left > 0 ? CAR_W : 0;

    bool second_wash = hash(house->seed, STREAM_HABIT + HABIT_WASH, m->day) % 3 == 0 || weekend;
    if (habit_starts(house, m, &wash_morning) ||
        (second_wash && habit_starts(house, m, &wash_afternoon)))
        house->laundry_wh_left += 950;
    double left_wh = house->laundry_wh_left;
    house->wants_w[OHM_HOUSE_LAUNDRY] = left_wh > 350 ? LAUNDRY_HOT_W
                                        : left_wh > 0 ? LAUNDRY_TURN_W
                                                      : 0;
}

/* On for `on_s` in every `period_s`: a compressor. */
static bool cycles(const ohm_house *house, int64_t now_s, int64_t period_s, int64_t on_s)
{
    return (now_s + (int64_t)(house->seed % 1801)) % period_s < on_s;
}

static double lights_w(const ohm_house *house, const moment *m)
{
    double share = 0.5 + 0.5 * drift(house->seed, STREAM_LIGHT, m->now_s, 1200);
    int32_t dusk_s = (int32_t)(19 * 3600 - m->winter * 2 * 3600);
    bool evening = m->day_s >= dusk_s && m->day_s < 23 * 3600;
    bool morning = m->winter > 0 && habit_now(house, m, &dawn_light);
    return evening ? 260 * share : morning ? 180 * share : 0;
}

static double hob_w(const ohm_house *house, const moment *m)
{
    if (habit_now(house, m, &kettle))
        return 1900;
    if (!habit_now(house, m, &lunch) && !habit_now(house, m, &dinner))
        return 0;
    bool on = uniform(house->seed, STREAM_HOB, m->now_s / 20) < 0.6;
    return on ? 1800 : 0;
}

static double sun_w(const ohm_house *house, const moment *m)
{
    double half_day_s = (6 - 2 * m->winter) * 3600;
    double x = ((double)m->day_s - (13 * 3600 - half_day_s)) / (2 * half_day_s);
    if (x <= 0 || x >= 1)
        return 0;
    double clouds = 0.5 * drift(house->seed, STREAM_CLOUD, m->now_s, 4 * 3600) +
                    0.5 * drift(house->seed, STREAM_CLOUD, m->now_s, 420);
    double clear = arch(x) * arch(x) * (0.72 - 0.23 * m->winter);
    return house->solar_wp * clear * clamp(1.25 - clouds, 0.15, 1);
}

/* Everything that is not a load to shed: the rest of the house, and the panels. */
static void live(ohm_house *house, const moment *m)
{
    double base = drift(house->seed, STREAM_BASE, m->now_s, 900);
    double flicker = uniform(house->seed, STREAM_FLICKER, m->now_s / TICK_S);
    double fridge_w = cycles(house, m->now_s, 2700, 840) ? 95 : 2;
    double freezer_w = cycles(house, m->now_s + 977, 3720, 1500) ? 120 : 2;

    house->solar_w = whole(sun_w(house, m));
    house->rest_w[0] = whole(130 + 70 * base + 6 * flicker + lights_w(house, m));
    house->rest_w[1] = whole(45 + 25 * base + 3 * flicker + fridge_w);
    house->rest_w[2] =
        whole(30 + 20 * base + 2 * flicker + freezer_w + hob_w(house, m)) - house->solar_w;
    house->rest_var[0] = whole(-40 - 30 * base); /* power supplies are capacitive */
    house->rest_var[1] = whole(0.6 * fridge_w + 8 * flicker);
    house->rest_var[2] = whole(0.6 * freezer_w + 5 * flicker);
}

static void start_tick(ohm_house *house, const ohm_tz *tz, int64_t tick)
{
    moment m = moment_of(tz, tick);
    if (house->started)
        finish_tick(house, &m);
    house->started = true;
    house->tick = tick;

    double afternoon = -cosine((double)(m.day_s + DAY_S - 3 * 3600) / DAY_S);
    double weather = drift(house->seed, STREAM_OUTDOOR, m.now_s, 2 * DAY_S);
    house->outdoor_c = 11 - 8.5 * m.winter + 3.5 * afternoon + 7 * (weather - 0.5);
    house->off_peak = m.day_s < 6 * 3600 || m.day_s >= 22 * 3600;
    live(house, &m);
    want(house, &m);
}

/* The power of each phase with these loads fed, and the voltage under it. */
static void feed(ohm_house *house, const bool fed[static OHM_HOUSE_LOADS])
{
    for (int i = 0; i < OHM_HOUSE_LOADS; i++)
        house->load_w[i] = fed[i] ? house->wants_w[i] : 0;

    double radiator_w = house->load_w[OHM_HOUSE_HEATING] / OHM_HOUSE_PHASES;
    const double *load_w = house->load_w;
    const double own_w[OHM_HOUSE_PHASES] = { load_w[OHM_HOUSE_WATER_HEATER], load_w[OHM_HOUSE_CAR],
                                             load_w[OHM_HOUSE_LAUNDRY] };
    const double var_per_w[OHM_HOUSE_PHASES] = { 0, 0.04, 0.12 };
    for (int p = 0; p < OHM_HOUSE_PHASES; p++) {
        house->phase_w[p] = house->rest_w[p] + own_w[p] + radiator_w;
        house->phase_var[p] = house->rest_var[p] + whole(own_w[p] * var_per_w[p]);
        double grid = drift(house->seed, STREAM_VOLTAGE + (unsigned)p, house->tick * TICK_S, 600);
        house->phase_v[p] = 230 + 5 * grid - 0.001 * house->phase_w[p];
    }
}

/* Counts `ms` at the present power: whole watts by whole milliseconds, so nothing is lost. */
static void count(ohm_house *house, int64_t ms)
{
    int64_t power_w = 0, reactive_var = 0;
    for (int p = 0; p < OHM_HOUSE_PHASES; p++) {
        power_w += (int64_t)house->phase_w[p];
        reactive_var += (int64_t)house->phase_var[p];
    }
    int64_t *rate_mj = house->off_peak ? &house->import_t2_mj : &house->import_t1_mj;
    if (power_w >= 0) {
        house->import_mj += power_w * ms;
        *rate_mj += power_w * ms;
    } else {
        house->export_mj -= power_w * ms;
    }
    if (reactive_var >= 0)
        house->reactive_mj[power_w >= 0 ? 0 : 1] += reactive_var * ms;
    else
        house->reactive_mj[power_w >= 0 ? 3 : 2] -= reactive_var * ms;
    for (int i = 0; i < OHM_HOUSE_LOADS; i++)
        house->heated_mj[i] += (int64_t)house->load_w[i] * ms;
}

/* --- what the header promises ----------------------------------------------------------------- */

void ohm_house_init(ohm_house *house, uint64_t seed, ohm_ms start_ms)
{
    assert(start_ms >= 0);
    *house = (ohm_house){
        .seed = seed,
        .solar_wp = 3000,
        .time_ms = start_ms,
        .tank_c = 57,
        .indoor_c = 19,
        .outdoor_c = 10,
    };
    /* A meter that has counted for a few years; 3 600 000 mJ are one Wh. */
    house->import_t1_mj = (14210000 + (int64_t)(seed % 1000)) * 3600000;
    house->import_t2_mj = (9830000 + (int64_t)(seed % 700)) * 3600000;
    house->import_mj = house->import_t1_mj + house->import_t2_mj;
    house->export_mj = (int64_t)4120000 * 3600000;
    for (int i = 0; i < 4; i++)
        house->reactive_mj[i] = (int64_t)(i == 0 ? 5200000 : 310000) * 3600000;
    for (int p = 0; p < OHM_HOUSE_PHASES; p++)
        house->phase_v[p] = 230;
}

void ohm_house_step(ohm_house *house, const ohm_tz *tz, ohm_ms to_ms,
                    const bool fed[static OHM_HOUSE_LOADS])
{
    assert(to_ms >= house->time_ms);
    while (house->time_ms < to_ms) {
        int64_t tick = house->time_ms / OHM_HOUSE_TICK_MS;
        if (!house->started || tick != house->tick)
            start_tick(house, tz, tick);
        feed(house, fed);
        ohm_ms end_ms = (tick + 1) * OHM_HOUSE_TICK_MS;
        if (end_ms > to_ms)
            end_ms = to_ms;
        count(house, end_ms - house->time_ms);
        house->time_ms = end_ms;
    }
}

void ohm_house_draw_water(ohm_house *house, double litres)
{
    assert(litres >= 0 && litres <= TANK_LITRES);
    house->tank_c -= (house->tank_c - COLD_WATER_C) * litres / TANK_LITRES;
}

void ohm_house_live(ohm_house *house, const ohm_tz *tz, ohm_ms to_ms, int64_t every_ms,
                    void (*sample)(void *ctx, const ohm_house *house), void *ctx)
{
    static const bool all[OHM_HOUSE_LOADS] = { true, true, true, true };
    assert(every_ms > 0);
    while (house->time_ms < to_ms) {
        ohm_ms next_ms = (house->time_ms / every_ms + 1) * every_ms;
        ohm_house_step(house, tz, next_ms < to_ms ? next_ms : to_ms, all);
        if (house->time_ms == next_ms)
            sample(ctx, house);
    }
}
