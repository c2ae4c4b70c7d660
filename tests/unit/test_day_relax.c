/* What gives way in the daemon's plan of a day, and how it is told; and a plan that nobody waits
 * for. */
#include "support/day.h"

/* The entry of a limit that gave way in the plan; NULL: it did not. */
static const char *gave(const ohm_day_job *job, const char *limit)
{
    static char text[4096];
    const char *from = memmem(job->json, job->json_len, "\"plan\":{", 8);
    assert_non_null(from);
    const char *to = memmem(from, job->json_len - (size_t)(from - job->json), "\"thermostat\"", 12);
    assert_true(to && (size_t)(to - from) < sizeof text);
    memcpy(text, from, (size_t)(to - from));
    text[to - from] = '\0';
    return strstr(text, limit);
}

static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

/* The limit leaves too little for the heater: the room gets cold, and no limit is passed. */
static void a_heater_does_not_pass_a_limit(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(3, 1.5);
    add_zone(&job->facts, 1);
    ohm_day_solve(job);
    assert_true(job->planned);
    for (int k = 0; k < STEPS; k++)
        assert_false(job->runs[OHM_DAY_ZONE][k]);
    assert_null(gave(job, "subscribed_power"));
    const char *cold = gave(job, "{\"limit\":\"temp_min\",\"load\":\"heater\"");
    assert_non_null(cold);
    /* As it is counted: 1.5 EUR for each kelvin hour below 19. */
    double x = 19.5, kh = 0;
    for (int k = 0; k < STEPS; k++) {
        kh += fmax(0, 19 - x) / 4;
        x = -3 + (x + 3) * exp(-80.0 / 800 / 4);
    }
    assert_true(fabs(number_after(cold, "\"cost_eur\":") - 1.5 * kh) < 0.01);
    job_free(job);
}

/* What nobody plans passes the limit by itself: told, at its price, whoever else has to wait. */
static void the_house_itself_passes_a_limit(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(3, 0.3);
    add_zone(&job->facts, 1);
    job->facts.loads[OHM_DAY_ZONE].power_kw = 2.8; /* 3.1 with the house */
    for (int k = 8; k < 12; k++)
        job->facts.base_kw[k] = 5;
    ohm_day_solve(job);
    assert_true(job->planned);
    for (int k = 0; k < STEPS; k++)
        assert_false(job->runs[OHM_DAY_ZONE][k]);
    const char *over = gave(job, "{\"limit\":\"subscribed_power\",\"load\":null,\"steps\":4");
    assert_non_null(over);
    assert_true(fabs(number_after(over, "\"most\":") - 2) < 1e-3);
    assert_true(fabs(number_after(over, "\"cost_eur\":") - 5 * 2) < 0.01);
    double paid = number_after(gave(job, "\"paid_eur\""), "\"paid_eur\":");
    double drawn = 0.2 * ((STEPS - 4) * 0.3 + 4 * 3) / 4; /* no more than the limit */
    if (fabs(paid - drawn) > 0.002)
        fail_msg("paid %g, not %g", paid, drawn);
    job_free(job);
}

/* Room for one of two: who shedding would cut first goes without. */
static void tiers_say_who_goes_without(void **state)
{
    (void)state;
    for (int car_first = 0; car_first < 2; car_first++) {
        ohm_day_job *job = job_new(2.5, 0.3);
        add_load(&job->facts, OHM_HOME_CAR, "car", 2, car_first ? 3 : 2);
        job->facts.car_left_kwh = 14;
        add_zone(&job->facts, car_first ? 2 : 3);
        ohm_day_solve(job);
        assert_true(job->planned);
        double car_kwh = (double)job->levels[OHM_HOME_CAR][READY - 1], coldest_c = 20;
        for (int k = 0; k < STEPS; k++) {
            coldest_c = fmin(coldest_c, (double)job->levels[OHM_DAY_ZONE][k]);
            assert_false(job->runs[OHM_HOME_CAR][k] && job->runs[OHM_DAY_ZONE][k]);
        }
        bool right =
            car_first ? car_kwh >= 13.9 && coldest_c < 18 : coldest_c > 18.5 && car_kwh < 10;
        if (!right)
            fail_msg("the car first: %d: it gets %g kWh, the room falls to %g", car_first, car_kwh,
                     coldest_c);
        const char *lacks = gave(job, "{\"limit\":\"car_need\",\"load\":\"car\"");
        assert_true((lacks != NULL) == !car_first);
        if (lacks) /* 1.5 EUR a kWh */
            assert_true(fabs(number_after(lacks, "\"cost_eur\":") - 1.5 * (14 - car_kwh)) < 0.01);
        job_free(job);
    }
}

/* Overdue on the dearest day there is: heated through all the same. */
static void hygiene_is_worth_a_dear_hour(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(9, 0.3);
    ohm_day_facts *facts = &job->facts;
    add_load(facts, OHM_HOME_TANK, "tank", 2.4, 1);
    facts->plan.hygiene_days = 7;
    facts->plan.hygiene_c = facts->plan.water_high_c = 70;
    facts->water_kwh = 5;
    facts->hygiene_due_ms = facts->from_ms - 30 * OHM_HOUR_MS;
    for (int k = 0; k < STEPS; k++)
        facts->price_eur[k] = k < 48 ? 0.76 : 0.12;
    ohm_day_solve(job);
    assert_true(job->planned);
    double through_kwh = ohm_day_hygiene_kwh(&facts->plan);
    int first = STEPS;
    for (int k = STEPS - 1; k >= 0; k--)
        if ((double)job->levels[OHM_HOME_TANK][k] >= through_kwh - 0.1)
            first = k;
    if (first >= 48)
        fail_msg("put off to step %d", first);
    job_free(job);
}

/* The first plan there is, that of the rules: nothing is searched any more. */
static void a_plan_that_is_dropped_ends(void **state)
{
    (void)state;
    double paid[2];
    for (int dropped = 0; dropped < 2; dropped++) {
        ohm_day_job *job = job_new(9, 0.3);
        add_zone(&job->facts, 1);
        add_load(&job->facts, OHM_HOME_TANK, "tank", 2.4, 1);
        job->facts.water_kwh = 1;
        for (int k = 0; k < STEPS; k++)
            job->facts.price_eur[k] = k % 16 < 8 ? 0.1 : 0.4;
        job->cancelled = dropped == 1;
        ohm_day_solve(job);
        const char *plan = gave(job, "\"paid_eur\""); /* from there on */
        paid[dropped] = number_after(plan, "\"paid_eur\":");
        char *rules = memmem(job->json, job->json_len, "\"thermostat\":{", 14);
        assert_non_null(rules);
        double by_rules = number_after(rules, "\"paid_eur\":");
        assert_true((fabs(paid[dropped] - by_rules) < 1e-9) == (dropped == 1));
        job_free(job);
    }
    assert_true(paid[0] < paid[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heater_does_not_pass_a_limit),
        cmocka_unit_test(the_house_itself_passes_a_limit),
        cmocka_unit_test(tiers_say_who_goes_without),
        cmocka_unit_test(a_plan_that_is_dropped_ends),
        cmocka_unit_test(hygiene_is_worth_a_dear_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
