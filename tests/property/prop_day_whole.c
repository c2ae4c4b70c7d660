/* Days of any kind through all of the daemon's planning: what somebody decided holds, no interlock
 * or phase is broken, no load is planned above a limit, and what is told is whole and adds up. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/daemon_plan.h"

enum { ROUNDS = 40, ROUNDS_SANITIZED = 6, STEPS = 48 };

static uint64_t seed;
static ohm_tz tz;

static double draw(double low, double high)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static bool chance(double of)
{
    return draw(0, 1) < of;
}

static void add_load(ohm_day_facts *facts, int i, double power_kw)
{
    ohm_day_load *load = &facts->loads[i];
    *load = (ohm_day_load){ .there = true,
                            .count = 1,
                            .power_kw = power_kw,
                            .each_kw = { power_kw },
                            .tier = (uint8_t)draw(1, 4),
                            .interlock = { chance(0.3) ? (uint8_t)draw(1, 3) : 0 } };
    (void)snprintf(load->id, sizeof load->id, "l%d", i);
}

static void add_zone(ohm_day_facts *facts, int z)
{
    double power_kw = draw(0.5, 3), cop = chance(0.5) ? 1 : draw(2, 4);
    add_load(facts, OHM_DAY_ZONE + z, power_kw);
    facts->zones[z] = (ohm_day_zone){ .loss_w_per_k = power_kw * cop * draw(15, 60),
                                      .store_wh_per_k = power_kw * cop * draw(300, 2500),
                                      .cop = cop,
                                      .below_k = 1,
                                      .above_k = 1,
                                      .indoor_c = draw(14, 23),
                                      .runs = chance(0.5) };
    for (int k = 0; k < facts->steps; k++)
        facts->zones[z].set_c[k] = k % 24 < 14 ? 20 : 17;
}

/* By hand or by a rule from now on, or by Ecowatt in some hours. */
static void decide(ohm_day_facts *facts, int i)
{
    int from = 0, to = (int)draw(1, STEPS);
    ohm_day_by by = OHM_DAY_BY_HAND;
    if (chance(0.4)) {
        by = OHM_DAY_BY_ECOWATT;
        from = (int)draw(0, STEPS / 2);
        to = from + (int)draw(1, 8);
    }
    double share = i >= OHM_DAY_ZONE && chance(0.4) ? draw(0.2, 0.8) : 1;
    bool fed = by == OHM_DAY_BY_HAND && chance(0.5);
    for (int k = from; k < to; k++) {
        facts->by[i][k] = (uint8_t)by;
        *(fed ? &facts->fed_share[i][k] : &facts->off_share[i][k]) = (float)share;
    }
}

static void add_scopes(ohm_day_facts *facts)
{
    for (uint8_t s = 1; s < OHM_SCOPES_ALL; s++) {
        if (!chance(0.15))
            continue;
        double room_kw = draw(-0.5, 5);
        for (int k = 0; k < STEPS; k++)
            ohm_day_scope_limit(facts, s, k, room_kw);
        for (int i = 0; i < OHM_DAY_LOADS; i++)
            if (facts->loads[i].there && chance(0.5))
                facts->scopes[s].draw_kw[i] = (float)facts->loads[i].each_kw[0];
    }
    ohm_day_scopes_hold(facts);
}

static void make(ohm_day_facts *facts, int round)
{
    seed = (uint64_t)round * UINT64_C(0x9E3779B97F4A7C15) + 1;
    ohm_tz_utc(&tz);
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000) + (int)draw(0, 24) * OHM_HOUR_MS;
    facts->step_ms = 30 * OHM_MINUTE_MS;
    facts->steps = facts->priced = STEPS;
    facts->subscribed_kw = draw(1, 9);
    facts->hygiene_due_ms =
        chance(0.3) ? facts->from_ms + (int)draw(-20, 40) * OHM_HOUR_MS : OHM_NO_MS;
    facts->wish_ready_ms =
        chance(0.3) ? facts->from_ms + (int)draw(1, 30) * OHM_HOUR_MS : OHM_NO_MS;
    facts->car_left_kwh = chance(0.5) ? draw(0, 30) : (double)NAN;
    facts->plan.litres = (int)draw(100, 300);
    facts->plan.hygiene_days = 7;
    facts->water_kwh = ohm_day_water_room_kwh(&facts->plan) * draw(0, 1);
    double sun_kw = chance(0.4) ? draw(1, 6) : 0, cold_c = draw(-10, 15);
    bool negative = chance(0.2), tight = chance(0.4);
    for (int k = 0; k < STEPS; k++) {
        double hour = fmod(k / 2.0, 24);
        facts->import_kw[k] =
            tight && k > 10 && k < 20 ? facts->subscribed_kw * draw(0, 1) : facts->subscribed_kw;
        facts->price_eur[k] = (hour < 8 ? 0.15 : 0.3) - (negative && k > 24 && k < 30 ? 0.5 : 0);
        facts->export_eur[k] = negative && k > 24 && k < 30 ? -0.05 : 0.04;
        facts->weight_eur[k] = k > 30 && k < 34 ? 0.1 : 0;
        facts->sun_kw[k] = hour > 8 && hour < 17 ? sun_kw * sin((hour - 8) * M_PI / 9) : 0;
        facts->base_kw[k] = draw(0.1, 0.8) + (chance(0.1) ? 3 : 0);
        facts->margin_kw[k] = draw(0, 0.6);
        facts->outdoor_c[k] = cold_c;
    }
    if (chance(0.7))
        add_load(facts, OHM_HOME_TANK, draw(1, 3));
    if (chance(0.6))
        add_load(facts, OHM_HOME_CAR, draw(2, 7));
    if (facts->loads[OHM_HOME_CAR].there && chance(0.5)) {
        facts->loads[OHM_HOME_CAR].least_kw = 1.4;
        facts->loads[OHM_HOME_CAR].step_w = 230;
    }
    int zones = (int)draw(0, 4);
    for (int z = 0; z < zones; z++)
        add_zone(facts, z);
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (facts->loads[i].there && chance(0.25))
            decide(facts, i);
    if (chance(0.5))
        add_scopes(facts);
    if (chance(0.4))
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

static bool excludes(const ohm_day_load *a, const ohm_day_load *b)
{
    return a->interlock[0] && a->interlock[0] == b->interlock[0];
}

/* Of the loads that the plan runs by its own will in a step: one, or -1. */
static int willed(const ohm_day_job *job, int k)
{
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (job->facts.loads[i].there && job->runs[i][k] && !ohm_day_is_taken(&job->facts, i, k))
            return i;
    return -1;
}

static void check_step(const ohm_day_job *job, int round, int k)
{
    const ohm_day_facts *facts = &job->facts;
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        const ohm_day_load *load = &facts->loads[i];
        if (!load->there)
            continue;
        if (ohm_day_is_taken(facts, i, k) && job->runs[i][k] != ohm_day_is_fed(facts, i, k))
            fail_msg("%d: load %d does what nobody decided in step %d", round, i, k);
        for (int j = 0; j < i; j++)
            if (facts->loads[j].there && excludes(load, &facts->loads[j]) && job->runs[i][k] &&
                job->runs[j][k] && !(ohm_day_is_fed(facts, i, k) && ohm_day_is_fed(facts, j, k)))
                fail_msg("%d: loads %d and %d run together in step %d", round, i, j, k);
    }
    for (int s = 1; s < OHM_SCOPES_ALL; s++) {
        const ohm_day_scope *scope = &facts->scopes[s];
        double kw = 0;
        bool will = false;
        for (int i = 0; i < OHM_DAY_LOADS && scope->limited; i++) {
            if (!facts->loads[i].there || !job->runs[i][k] || scope->draw_kw[i] <= 0)
                continue;
            double share = i == OHM_HOME_CAR && job->car_w[k] > 0
                               ? job->car_w[k] / 1000.0 / facts->loads[i].each_kw[0]
                               : 1;
            kw += share * (double)scope->draw_kw[i];
            will = will || !ohm_day_is_taken(facts, i, k);
        }
        if (will && kw > (double)scope->room_kw[k] + 0.01)
            fail_msg("%d: %g kW on scope %d with room for %g in step %d", round, kw, s,
                     (double)scope->room_kw[k], k);
    }
}

/* By how much loads of the plan's own will pass the site's limit; a charger's watts by less than a
 * step. */
static double passed_kw(const ohm_day_job *job, int k)
{
    const ohm_day_facts *facts = &job->facts;
    double own_kw = job->day.base_kw[k] - facts->sun_kw[k] - facts->import_kw[k];
    double over_kw = ohm_day_over_kw(job, k);
    double step_kw = facts->loads[OHM_HOME_CAR].step_w / 1000.0;
    return willed(job, k) >= 0 ? over_kw - fmax(0, own_kw) - step_kw : 0;
}

static void check_told(const ohm_day_job *job, int round)
{
    int steps[OHM_DAY_LOADS] = { 0 };
    ohm_ms to_ms[OHM_DAY_LOADS];
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        to_ms[i] = job->facts.from_ms;
    for (int n = 0; n < job->actions_count; n++) {
        const ohm_day_action *a = &job->actions[n];
        if (a->from_ms != to_ms[a->load] || a->to_ms <= a->from_ms)
            fail_msg("%d: action %d of load %d does not follow", round, n, a->load);
        to_ms[a->load] = a->to_ms;
        steps[a->load] += (int)((a->to_ms - a->from_ms) / job->facts.step_ms);
        for (ohm_ms at = a->from_ms; at < a->to_ms; at += job->facts.step_ms)
            assert_true(a->runs ==
                        job->runs[a->load][(at - job->facts.from_ms) / job->facts.step_ms]);
    }
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        assert_int_equal(steps[i], job->facts.loads[i].there ? STEPS : 0);
    assert_non_null(job->json);
    for (const char *bad = "nan\0inf\0"; *bad; bad += 4)
        if (memmem(job->json, job->json_len, bad, 3))
            fail_msg("%d: %s is told", round, bad);
}

static double number_after(const ohm_day_job *job, const char *key)
{
    const char *plan = memmem(job->json, job->json_len, "\"plan\":{", 8);
    assert_non_null(plan);
    const char *at = memmem(plan, job->json_len - (size_t)(plan - job->json), key, strlen(key));
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

/* What is paid is what is drawn and fed in, at its price; what gives way adds up. */
static void check_paid(const ohm_day_job *job, int round)
{
    const ohm_day_facts *facts = &job->facts;
    double paid = 0;
    if (facts->loads[OHM_HOME_CAR].step_w > 0 || facts->price_eur[26] < 0)
        return; /* watts by steps are a little more; and curtailed sun is not told */
    for (int k = 0; k < STEPS; k++) {
        double kw = ohm_day_over_kw(job, k) + facts->import_kw[k];
        /* Without a battery what is more is not served, or curtailed. */
        bool all = job->battery.planned;
        double low_kw = all ? -INFINITY : -facts->subscribed_kw;
        kw = fmax(low_kw, all ? kw : fmin(kw, facts->import_kw[k]));
        paid += kw * (kw > 0 ? facts->price_eur[k] : facts->export_eur[k]) / 2;
    }
    double told = number_after(job, "\"paid_eur\":");
    if (fabs(told - paid) > 0.02 + 0.002 * fabs(paid))
        fail_msg("%d: %g is told to be paid, %g is", round, told, paid);
}

static void days_of_any_kind(void **state)
{
    (void)state;
    static ohm_day_job job;
    const char *from = getenv("OHM_FROM"), *count = getenv("OHM_COUNT");
    int rounds = count ? atoi(count) : getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
    int first = from ? atoi(from) : 0, passed = 0, planned = 0;
    for (int round = first; round < first + rounds; round++) {
        memset(&job, 0, sizeof job);
        make(&job.facts, round);
        job.budget_ms = 60000;
        ohm_day_solve(&job);
        if (!job.planned)
            fail_msg("%d: %s", round, job.why);
        planned++;
        double most_kw = 0;
        for (int k = 0; k < STEPS; k++) {
            check_step(&job, round, k);
            most_kw = fmax(most_kw, passed_kw(&job, k));
        }
        passed += most_kw > 0.05;
        if (most_kw > 0.05)
            print_message("%d: %g kW above a limit\n", round, most_kw);
        check_told(&job, round);
        check_paid(&job, round);
        free(job.json);
    }
    print_message("%d days, %d with a load above a limit\n", planned, passed);
    assert_true(20 * passed <= rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(days_of_any_kind) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
