/* What gives way in a day without enough power gives way in its order: of every plan there is,
 * tried one by one, none draws less above its limit, and then none leaves a load of a higher tier
 * less without what it needs. Of one tier the car gives way before the tank. Two loads that would
 * have to change at once are not always found: in one day of forty. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/daemon_plan.h"

enum { ROUNDS = 60, ROUNDS_SANITIZED = 4, STEPS = 5, LOADS = 4 };

static uint64_t seed;
static ohm_tz tz;

static double draw(double low, double high)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static void add_load(ohm_day_facts *facts, int i, double power_kw, int rooms_tier)
{
    int tier = i >= OHM_DAY_ZONE ? rooms_tier : 2 + (draw(0, 1) < 0.4);
    facts->loads[i] =
        (ohm_day_load){ .there = true, .count = 1, .power_kw = power_kw, .tier = (uint8_t)tier };
}

static void add_zone(ohm_day_facts *facts, int z, int tier, double store)
{
    double power_kw = draw(0.8, 2.5), cop = draw(0, 1) < 0.5 ? 1 : draw(2, 4);
    add_load(facts, OHM_DAY_ZONE + z, power_kw, tier);
    facts->zones[z] = (ohm_day_zone){ .loss_w_per_k = power_kw * cop * draw(15, 60),
                                      .store_wh_per_k = power_kw * cop * store,
                                      .cop = cop,
                                      .below_k = 1,
                                      .above_k = 1,
                                      .indoor_c = draw(16, 20.5) };
    for (int k = 0; k < facts->steps; k++)
        facts->zones[z].set_c[k] = 20;
}

/* Five hours with room for one or two loads at a time, or none: a tank, a car, one zone or two. */
static void make(ohm_day_facts *facts, int round, bool rooms_last)
{
    seed = (uint64_t)round * UINT64_C(0x9E3779B97F4A7C15) + 1;
    ohm_tz_utc(&tz);
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000) + (draw(0, 1) < 0.5 ? 5 : 17) * OHM_HOUR_MS;
    facts->step_ms = OHM_HOUR_MS;
    facts->steps = facts->priced = STEPS;
    facts->subscribed_kw = draw(2, 5);
    facts->hygiene_due_ms = OHM_NO_MS;
    facts->wish_ready_ms = facts->from_ms + STEPS * OHM_HOUR_MS;
    facts->car_left_kwh = draw(2, 12);
    facts->plan.litres = (int)draw(50, 200);
    facts->plan.day_litres = (int)draw(80, 400);
    facts->water_kwh = ohm_day_water_room_kwh(&facts->plan) * draw(0, 0.4);
    for (int k = 0; k < STEPS; k++) {
        facts->import_kw[k] = facts->subscribed_kw;
        facts->price_eur[k] = draw(0.1, 0.6);
        facts->base_kw[k] = draw(0.2, 1.5) + (draw(0, 1) < 0.1 ? 4 : 0);
        facts->outdoor_c[k] = -3;
    }
    add_load(facts, OHM_HOME_TANK, draw(1, 2.5), 0);
    add_load(facts, OHM_HOME_CAR, draw(1.4, 3), 0);
    int zones = 1 + (int)draw(0, 2);
    for (int z = 0; z < zones; z++)
        /* Where they come first: such that a kWh shows within the horizon. */
        add_zone(facts, z, rooms_last ? 4 : 1, rooms_last ? draw(30, 150) : draw(300, 2500));
}

/* What gives way, in its order: the last first. */
typedef struct lack {
    double of[3]; /* kWh above the limit; hot water and the car, or the other way round, or rooms */
} lack;

static const int of_day[LOADS] = { OHM_HOME_TANK, OHM_HOME_CAR, OHM_DAY_ZONE, OHM_DAY_ZONE + 1 };

static bool runs(unsigned plan, int load, int k)
{
    return plan >> (load * STEPS + k) & 1;
}

/* What heat it would take to make good the kelvin hours below the bands, kWh of power; at the start
 * of each step, as plans count them. */
static double cold_kwh(const ohm_day_facts *facts, unsigned plan)
{
    double kwh = 0;
    for (int z = 0; z < LOADS - 2 && facts->loads[OHM_DAY_ZONE + z].there; z++) {
        const ohm_day_zone *zone = &facts->zones[z];
        double keep = exp(-zone->loss_w_per_k / zone->store_wh_per_k), x = zone->indoor_c;
        double warmer = zone->cop * facts->loads[OHM_DAY_ZONE + z].power_kw * 1000;
        for (int k = 0; k < STEPS; k++) {
            double cold_k = fmax(0, (double)zone->set_c[k] - zone->below_k - x);
            kwh += cold_k * zone->loss_w_per_k / (1000 * zone->cop);
            double heat = runs(plan, 2 + z, k) ? warmer / zone->loss_w_per_k : 0;
            x = keep * x + (1 - keep) * (facts->outdoor_c[k] + heat);
        }
    }
    return kwh;
}

/* Of a plan, as it is lived. INFINITY: the tank would boil over, or the car get too much. */
static lack live(const ohm_day_job *job, unsigned plan)
{
    const ohm_day_facts *facts = &job->facts;
    const ohm_home *home = &job->day.home;
    double water = facts->water_kwh, car = 0, over = 0, short_water = 0;
    for (int k = 0; k < STEPS; k++) {
        double room = facts->import_kw[k] - facts->base_kw[k], kw = 0;
        for (int i = 0; i < LOADS; i++)
            kw += runs(plan, i, k) ? facts->loads[of_day[i]].power_kw : 0;
        over += fmax(0, kw - fmax(0, room));
        double in = runs(plan, 0, k) ? home->tank.power_kw : 0;
        water = (1 - home->tank.loss_ratio) * water + in - home->draw_kw[k];
        short_water += fmax(0, -water);
        water = fmax(0, water);
        car += runs(plan, 1, k) ? home->car.most_kw : 0;
        over += water > home->tank.most_kwh + 1e-9 ? INFINITY : 0;
    }
    over += car > facts->car_left_kwh + 2 ? INFINITY : 0;
    double left = fmax(0, facts->car_left_kwh - car);
    int car_tier = facts->loads[OHM_HOME_CAR].tier, tier = facts->loads[OHM_HOME_TANK].tier;
    if (facts->loads[OHM_DAY_ZONE].tier > tier && facts->loads[OHM_DAY_ZONE].tier > car_tier)
        return (lack){ { over, cold_kwh(facts, plan), 0 } };
    return car_tier > tier ? (lack){ { over, left, short_water } }
                           : (lack){ { over, short_water, left } };
}

/* More than the prices of the levels leave open. */
static bool gave_too_early(const lack *got, const lack *least)
{
    static const double open[] = { 0.01, 0.1, 0.1 };
    for (int i = 0; i < 3; i++)
        if (fabs(got->of[i] - least->of[i]) > 1e-6 &&
            (got->of[i] < least->of[i] || got->of[i] > least->of[i] + open[i]))
            return got->of[i] > least->of[i];
    return false;
}

static bool is_less(const lack *a, const lack *b)
{
    for (int i = 0; i < 3; i++)
        if (fabs(a->of[i] - b->of[i]) > 1e-6)
            return a->of[i] < b->of[i];
    return false;
}

/* The least of all plans that run none but `count` loads from `from` on. */
static lack least_of(const ohm_day_job *job, int from, int count)
{
    lack least = live(job, 0);
    for (unsigned any = 1; any < 1U << count * STEPS; any++) {
        lack at = live(job, any << from * STEPS);
        if (is_less(&at, &least))
            least = at;
    }
    return least;
}

static unsigned planned(const ohm_day_job *job)
{
    unsigned plan = 0;
    for (int i = 0; i < LOADS; i++)
        for (int k = 0; k < STEPS; k++)
            plan |= (unsigned)job->runs[of_day[i]][k] << (i * STEPS + k);
    return plan;
}

/* Days in which the levels above the last one are as they would be without it. */
static void all_in_order(bool rooms_last)
{
    static ohm_day_job job;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS, scarce = 0, wrong = 0;
    const char *from = getenv("OHM_FROM");
    int first = from ? atoi(from) : 0;
    for (int round = first; round < first + rounds; round++) {
        memset(&job, 0, sizeof job);
        make(&job.facts, round, rooms_last);
        job.budget_ms = 60000;
        ohm_day_solve(&job);
        assert_true(job.planned);
        free(job.json);
        lack least = rooms_last ? least_of(&job, 2, 2) : least_of(&job, 0, 2);
        lack got = live(&job, planned(&job));
        scarce += least.of[1] + least.of[2] > 1e-3;
        wrong += gave_too_early(&got, &least);
        assert_true(got.of[0] < least.of[0] + 0.05); /* a breaker comes before all */
        if (gave_too_early(&got, &least))
            print_message("%d: plan %05x lacks %.3f %.3f %.3f; least %.3f %.3f %.3f\n", round,
                          planned(&job), got.of[0], got.of[1], got.of[2], least.of[0], least.of[1],
                          least.of[2]);
    }
    print_message("%d of %d days lack something, %d in another order\n", scarce, rounds, wrong);
    assert_true(scarce > rounds / 3);
    assert_true(wrong <= 1 + rounds / 40);
}

static void rooms_give_way_first(void **state)
{
    (void)state;
    all_in_order(false);
}

static void rooms_give_way_last(void **state)
{
    (void)state;
    all_in_order(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rooms_give_way_first),
                                        cmocka_unit_test(rooms_give_way_last) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
