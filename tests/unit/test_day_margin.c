/* What the daemon's plan leaves free: room beside what the house is expected to draw, and the place
 * of another load of an interlock. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/daemon_plan.h"

static ohm_tz tz;

enum { STEPS = 48, NEED_KWH = 9 };

/* Twelve hours from midnight on with a car of 3 kW and 6 kW at the meter: the first four cost
 * least, but the house may draw 2 kW more than the 2 kW that are expected then. */
static ohm_day_job *night_new(void)
{
    ohm_day_job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    ohm_day_facts *facts = &job->facts;
    ohm_tz_utc(&tz);
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000);
    facts->step_ms = 15 * OHM_MINUTE_MS;
    facts->steps = facts->priced = STEPS;
    facts->subscribed_kw = 6;
    facts->hygiene_due_ms = facts->wish_ready_ms = OHM_NO_MS;
    facts->plan.home_minute = 18 * 60;
    facts->plan.ready_minute = 10 * 60;
    facts->car_left_kwh = NEED_KWH;
    facts->loads[OHM_HOME_CAR] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 3 };
    for (int k = 0; k < STEPS; k++) {
        facts->import_kw[k] = 6;
        facts->price_eur[k] = k < 16 ? 0.15 : 0.16;
        facts->base_kw[k] = k < 16 ? 2 : 0.5;
        facts->margin_kw[k] = k < 16 ? 2 : 0.5;
    }
    job->budget_ms = 60000;
    return job;
}

static void job_free(ohm_day_job *job)
{
    free(job->json);
    free(job);
}

static double car_kwh(const ohm_day_job *job, int from, int to)
{
    double kwh = 0;
    for (int k = from; k < to; k++)
        kwh += job->runs[OHM_HOME_CAR][k] ? 3 * 0.25 : 0;
    return kwh;
}

static bool tells(const ohm_day_job *job, const char *what)
{
    return memmem(job->json, job->json_len, what, strlen(what));
}

static void the_margin_is_the_eighth_decile(void **state)
{
    (void)state;
    ohm_base_value base = { .origin = OHM_BASE_LEARNT, .kw = 1 };
    ohm_forecast_value sun = { .mean = 2000 };
    for (int i = 0; i < OHM_FORECAST_DECILES; i++) {
        base.decile_kw[i] = 0.4 + 0.2 * i; /* 1.8 kW in eight times of ten at most */
        sun.decile[i] = 1000 + 400 * i;
    }
    assert_true(fabs(ohm_day_margin_kw(&base, NULL) - 0.8) < 1e-9);
    assert_true(fabs(ohm_day_margin_kw(&base, &sun) - hypot(0.8, 0.6)) < 1e-9);
    base.origin = OHM_BASE_PROFILE; /* nobody says how sure that is */
    assert_true(ohm_day_margin_kw(&base, NULL) == 0);
    base = (ohm_base_value){ .origin = OHM_BASE_LEARNT, .kw = 3 }; /* a mean of rare peaks */
    assert_true(ohm_day_margin_kw(&base, NULL) == 0);
    sun.decile[1] = (double)NAN;
    assert_true(ohm_day_margin_kw(&base, &sun) == 0);
}

static void room_is_left_where_comfort_allows(void **state)
{
    (void)state;
    ohm_day_job *job = night_new();
    ohm_day_solve(job);
    assert_true(job->planned);
    assert_true(car_kwh(job, 1, 16) < 1e-9); /* the step under way is measured */
    assert_true(fabs(car_kwh(job, 0, STEPS) - NEED_KWH) < 0.8);
    int margins = 0;
    for (int i = 0; i < job->actions_count; i++)
        margins += job->actions[i].reason.why == OHM_PLAN_WHY_MARGIN;
    assert_true(margins > 0);
    assert_true(tells(job, "\"why\":\"margin\""));
    assert_true(tells(job, "\"margin_w\":[0,2000,2000"));
    for (int k = 1; k < STEPS; k++)
        assert_true(ohm_day_over_kw(job, k) + job->facts.margin_kw[k] < 1e-9);
    job_free(job);
}

/* The same without: the cheap hours it is. */
static void what_is_sure_needs_none(void **state)
{
    (void)state;
    ohm_day_job *job = night_new();
    memset(job->facts.margin_kw, 0, sizeof job->facts.margin_kw);
    ohm_day_solve(job);
    assert_true(fabs(car_kwh(job, 0, 16) - NEED_KWH) < 0.8);
    assert_false(tells(job, "\"why\":\"margin\""));
    assert_true(tells(job, "\"margin_w\":[0,0,0"));
    job_free(job);
}

/* Where the car gets too little beside the margin it charges all the same. */
static void a_deadline_goes_before_it(void **state)
{
    (void)state;
    ohm_day_job *job = night_new();
    for (int k = 0; k < STEPS; k++)
        job->facts.margin_kw[k] = 5;
    ohm_day_solve(job);
    assert_true(fabs(car_kwh(job, 0, STEPS) - NEED_KWH) < 0.8);
    assert_true(tells(job, "\"margin_w\":[0,0,0"));
    job_free(job);
}

/* One heated zone counts to what passes the limit. */
static void a_lone_zone_is_counted(void **state)
{
    (void)state;
    ohm_day_job *job = night_new();
    ohm_day_facts *facts = &job->facts;
    facts->loads[OHM_HOME_CAR].there = false;
    facts->loads[OHM_DAY_ZONE] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 2 };
    facts->zones[0] = (ohm_day_zone){ .loss_w_per_k = 60,
                                      .store_wh_per_k = 1200,
                                      .cop = 1,
                                      .below_k = 1,
                                      .above_k = 1,
                                      .indoor_c = 19 };
    for (int k = 0; k < STEPS; k++)
        facts->zones[0].set_c[k] = 20;
    ohm_day_solve(job);
    int ran = 0;
    for (int k = 0; k < STEPS; k++) {
        bool runs = job->runs[OHM_DAY_ZONE][k];
        double want = facts->base_kw[k] - 6 + (runs ? 2 : 0);
        ran += runs;
        assert_true(fabs(ohm_day_over_kw(job, k) - want) < 1e-6);
    }
    assert_true(ran > 0);
    job_free(job);
}

static int together(const ohm_day_job *job, int a, int b)
{
    int steps = 0;
    for (int k = 0; k < STEPS; k++)
        steps += job->runs[a][k] && job->runs[b][k];
    return steps;
}

/* Tank and car never run together: both want the four cheap hours, and both get what they need. */
static void an_interlock_is_kept(void **state)
{
    (void)state;
    for (int apart = 0; apart < 2; apart++) {
        ohm_day_job *job = night_new();
        ohm_day_facts *facts = &job->facts;
        facts->plan.litres = 200;
        facts->water_kwh = 0.3 * ohm_day_water_room_kwh(&facts->plan);
        facts->loads[OHM_HOME_TANK] =
            (ohm_day_load){ .there = true, .count = 1, .power_kw = 2, .tier = 2 };
        facts->loads[OHM_HOME_CAR].tier = 1;
        for (int i = 0; i < OHM_DAY_ZONE; i++)
            facts->loads[i].interlock[0] = apart ? 7 : 0;
        for (int k = 0; k < STEPS; k++)
            facts->margin_kw[k] = 0;
        for (int k = 0; k < 16; k++)
            facts->base_kw[k] = 0.5;
        ohm_day_solve(job);
        assert_true(job->planned);
        int both = together(job, OHM_HOME_TANK, OHM_HOME_CAR);
        assert_true(apart ? both == 0 : both > 0);
        assert_true(fabs(car_kwh(job, 0, STEPS) - NEED_KWH) < 0.8);
        assert_true(tells(job, "\"why\":\"interlock\"") == apart);
        job_free(job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_margin_is_the_eighth_decile),
        cmocka_unit_test(room_is_left_where_comfort_allows),
        cmocka_unit_test(what_is_sure_needs_none),
        cmocka_unit_test(a_deadline_goes_before_it),
        cmocka_unit_test(a_lone_zone_is_counted),
        cmocka_unit_test(an_interlock_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
