/* A day's devices and its battery as one plan: never dearer than one after the other, nor than
 * thermostats with the inverter's own mode, never below its bound, and what the battery holds is
 * never sold. And loads of an interlock never run together. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/daemon_plan.h"

enum { ROUNDS = 40, ROUNDS_SANITIZED = 8, STEPS = 48 };

static uint64_t seed;
static ohm_tz tz;

static double draw(double low, double high)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static void add_zone(ohm_day_facts *facts, int z)
{
    double power_kw = draw(1, 3);
    facts->loads[OHM_DAY_ZONE + z] =
        (ohm_day_load){ .there = true, .count = 1, .power_kw = power_kw };
    facts->zones[z] = (ohm_day_zone){ .loss_w_per_k = power_kw * draw(20, 50),
                                      .store_wh_per_k = power_kw * draw(500, 2500),
                                      .cop = 1,
                                      .below_k = 1,
                                      .above_k = 1,
                                      .indoor_c = draw(19, 20.5) };
    for (int k = 0; k < facts->steps; k++)
        facts->zones[z].set_c[k] = 20;
}

/* A day by half hours: panels or none, three kinds of contracts, some of the devices. */
static void make(ohm_day_facts *facts, int round)
{
    seed = (uint64_t)round * UINT64_C(0x9E3779B97F4A7C15) + 1;
    ohm_tz_utc(&tz);
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000) + (int)draw(0, 24) * OHM_HOUR_MS;
    facts->step_ms = 30 * OHM_MINUTE_MS;
    facts->steps = facts->priced = STEPS;
    facts->subscribed_kw = draw(5.5, 9);
    facts->hygiene_due_ms = facts->wish_ready_ms = OHM_NO_MS;
    facts->car_left_kwh = draw(2, 15);
    facts->plan.litres = (int)draw(100, 300);
    facts->water_kwh = ohm_day_water_room_kwh(&facts->plan) * draw(0.2, 0.8);
    double sun_kw = draw(0, 1) < 0.3 ? 0 : draw(1, 6), cold_c = draw(-5, 12);
    int contract = (int)draw(0, 3);
    for (int k = 0; k < STEPS; k++) {
        ohm_civil at = ohm_civil_from_utc(&tz, facts->from_ms + k * facts->step_ms);
        double hour = at.hour + at.minute / 60.0, high = sin((hour - 7) * M_PI / 11);
        bool dear = at.hour >= 6 && at.hour < 22;
        facts->import_kw[k] = facts->subscribed_kw;
        facts->price_eur[k] = contract == 0   ? 0.2
                              : contract == 1 ? (dear ? 0.21 : 0.16)
                                              : (dear ? 0.55 : 0.15);
        facts->export_eur[k] = 0.04;
        facts->sun_kw[k] = hour > 7 && hour < 18 ? sun_kw * high : 0;
        facts->base_kw[k] = draw(0.2, 0.6) + (at.hour >= 18 && at.hour < 22 ? draw(0, 1.5) : 0);
        facts->outdoor_c[k] = cold_c;
    }
    facts->loads[OHM_HOME_TANK] =
        (ohm_day_load){ .there = draw(0, 1) < 0.8, .count = 1, .power_kw = draw(1.2, 2.5) };
    facts->loads[OHM_HOME_CAR] =
        (ohm_day_load){ .there = draw(0, 1) < 0.5, .count = 1, .power_kw = draw(2, 4) };
    int zones = (int)draw(0, 3);
    for (int z = 0; z < zones; z++)
        add_zone(facts, z);
    facts->battery = (ohm_day_battery){ .there = true,
                                        .capacity_kwh = draw(3, 12),
                                        .charge_kw = draw(1, 4),
                                        .discharge_kw = draw(1, 4),
                                        .charge_ratio = 0.95,
                                        .discharge_ratio = 0.95,
                                        .reserve_ratio = draw(0, 0.2),
                                        .wear_eur_per_kwh = draw(0, 0.02),
                                        .step_w = 1,
                                        .charged_ratio = draw(0, 1) };
}

static void each(ohm_day_job *job, int load, const ohm_home_controls *controls)
{
    (void)job;
    (void)load;
    (void)controls;
}

static void one_plan_is_no_dearer(void **state)
{
    (void)state;
    static ohm_day_job job;
    double turns_eur = 0, joined_eur = 0, rules_eur = 0, bound_eur = 0;
    const char *sanitized = getenv("OHM_SANITIZED");
    int rounds = sanitized ? ROUNDS_SANITIZED : ROUNDS;
    for (int round = 0; round < rounds; round++) {
        ohm_day_sum sum;
        void *memory;
        memset(&job, 0, sizeof job);
        make(&job.facts, round);
        job.budget_ms = 60000;
        ohm_day_make(&job.facts, &job.day);
        assert_false(ohm_failed(ohm_day_plan_zones(&job, NULL, NULL, &memory, &sum, each)));
        ohm_day_battery_plan(&job.facts, &sum.controls, NULL, &job.battery);
        ohm_home_battery battery = ohm_day_battery_of(&job.facts);
        double turns = sum.plan.wear_eur + ohm_day_given_eur(sum.gave) -
                       sum.gave[OHM_HOME_POWER].cost_eur + job.battery.plan.all_eur +
                       battery.start_kwh * battery.end_eur_per_kwh;
        assert_false(ohm_failed(ohm_day_join_battery(&job, &memory, &sum, each)));
        if (sum.plan.all_eur > turns + 1e-6 || sum.bound_eur > sum.plan.all_eur + 1e-6)
            fail_msg("%d: %g, %g in turns, bound %g", round, sum.plan.all_eur, turns,
                     sum.bound_eur);
        for (int k = 0; k < STEPS; k++)
            assert_true(job.battery.kw[k] >= 0 || job.battery.export_kw[k] < 1e-9);
        turns_eur += turns;
        joined_eur += sum.plan.all_eur;
        rules_eur += sum.rules.all_eur;
        bound_eur += sum.bound_eur;
        free(memory);
    }
    print_message("%d days: %.3f EUR as one, %.3f in turns, %.3f by rules, bound %.3f\n", rounds,
                  joined_eur, turns_eur, rules_eur, bound_eur);
    assert_true(joined_eur < turns_eur && joined_eur < rules_eur);
}

/* All of them in one interlock: no plan has two of them run in a step. */
static void interlocks_are_kept(void **state)
{
    (void)state;
    static ohm_day_job job;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS, ran = 0;
    for (int round = 0; round < rounds; round++) {
        memset(&job, 0, sizeof job);
        make(&job.facts, round);
        job.budget_ms = 60000;
        job.facts.battery.there = round % 4 == 0;
        for (int i = 0; i < OHM_DAY_LOADS; i++) {
            job.facts.loads[i].interlock[0] = 1;
            job.facts.loads[i].tier = (uint8_t)draw(1, 3.9);
        }
        ohm_day_solve(&job);
        for (int k = 0; k < STEPS && job.planned; k++) {
            int run = 0;
            for (int i = 0; i < OHM_DAY_LOADS; i++)
                run += job.facts.loads[i].there && job.runs[i][k];
            if (run > 1)
                fail_msg("%d: %d run in step %d", round, run, k);
            ran += run;
        }
        for (int i = 0; i < job.actions_count; i++) {
            const ohm_day_action *a = &job.actions[i];
            int k = (int)((a->from_ms - job.facts.from_ms) / job.facts.step_ms);
            bool waits = a->reason.why == OHM_PLAN_WHY_INTERLOCK;
            assert_true(waits == (!a->runs && job.facts.by[a->load][k] == OHM_DAY_BY_INTERLOCK));
        }
        free(job.json);
    }
    assert_true(ran > 5 * rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(one_plan_is_no_dearer),
                                        cmocka_unit_test(interlocks_are_kept) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
