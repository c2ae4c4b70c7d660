/* What of the coming day the plan does not decide: Ecowatt, a person, a phase. */
#include "support/day.h"

/* Two cheap hours in which Ecowatt holds the tank off alone: the zone uses them, the tank does not,
 * though there is room for both. */
static void one_is_held_off(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        ohm_day_job *job = job_new(9, 0.3);
        ohm_day_facts *facts = &job->facts;
        int load = held ? OHM_DAY_ZONE : OHM_HOME_TANK, other = held ? OHM_HOME_TANK : OHM_DAY_ZONE;
        add_load(facts, OHM_HOME_TANK, "tank", 2.4, 1);
        add_zone(facts, 1);
        for (int k = 48; k < 56; k++) {
            facts->price_eur[k] = 0.02;
            ohm_day_hold(facts, load, k, OHM_DAY_BY_ECOWATT);
        }
        ohm_day_solve(job);
        assert_true(job->planned);
        int runs = 0;
        for (int k = 48; k < 56; k++) {
            runs += job->runs[other][k];
            if (job->runs[load][k])
                fail_msg("load %d is held off and fed in step %d", load, k);
        }
        assert_true(runs > 0);
        job_free(job);
    }
}

/* Off by hand for four hours: not planned in them, and told so. */
static void off_by_hand_is_off(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(9, 0.3);
    add_load(&job->facts, OHM_HOME_TANK, "tank", 2.4, 1);
    for (int k = 0; k < STEPS; k++) {
        job->facts.price_eur[k] = k < 16 ? 0.05 : 0.25;
        if (k < 16)
            ohm_day_hold(&job->facts, OHM_HOME_TANK, k, OHM_DAY_BY_HAND);
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    for (int k = 0; k < 16; k++)
        assert_false(job->runs[OHM_HOME_TANK][k]);
    assert_int_equal(job->actions[0].reason.why, OHM_PLAN_WHY_HAND);
    job_free(job);
}

/* Fed by hand: it draws and heats, and leaves so much less for others. */
static void fed_by_hand_is_fed(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(4, 0.3);
    ohm_day_facts *facts = &job->facts;
    add_zone(facts, 1);
    add_load(facts, OHM_HOME_TANK, "tank", 2.4, 1);
    facts->water_kwh = 0.2;
    for (int k = 0; k < 8; k++) {
        facts->by[OHM_DAY_ZONE][k] = OHM_DAY_BY_HAND;
        facts->fed_share[OHM_DAY_ZONE][k] = 1;
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    double x = 19.5, keep = exp(-80.0 / 800 / 4);
    for (int k = 0; k < 8; k++) {
        assert_true(fabs((double)job->levels[OHM_DAY_ZONE][k] - x) < 0.01 ||
                    fabs((double)job->levels[OHM_DAY_ZONE][k] -
                         (keep * x + (1 - keep) * (-3 + 2000.0 / 80))) < 0.01);
        x = keep * x + (1 - keep) * (-3 + 2000.0 / 80);
        assert_true(job->runs[OHM_DAY_ZONE][k] && !job->runs[OHM_HOME_TANK][k]);
        assert_true(fabs(job->day.base_kw[k] - 2.3) < 1e-6);
    }
    assert_int_equal(job->actions[0].reason.why, OHM_PLAN_WHY_HAND);
    job_free(job);
}

/* A tank that is fed by hand is full then, and its own thermostat ends it. */
static void a_tank_fed_by_hand_gets_full(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(9, 0.3);
    ohm_day_facts *facts = &job->facts;
    add_load(facts, OHM_HOME_TANK, "tank", 2.4, 1);
    facts->water_kwh = 1;
    for (int k = 0; k < 40; k++) {
        facts->by[OHM_HOME_TANK][k] = OHM_DAY_BY_HAND;
        facts->fed_share[OHM_HOME_TANK][k] = 1;
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    double kwh = 0, room_kwh = ohm_day_water_room_kwh(&facts->plan);
    for (int k = 0; k < STEPS; k++)
        kwh += (job->day.base_kw[k] - 0.3) / 4;
    assert_true(fabs(kwh - (room_kwh - 1)) < 1e-6);
    job_free(job);
}

/* One of a zone's two heaters is off all day: the room is told with what the other one can do. */
static void half_a_zone_heats_half(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(9, 0.3);
    ohm_day_facts *facts = &job->facts;
    add_zone(facts, 1);
    for (int k = 0; k < STEPS; k++) {
        facts->by[OHM_DAY_ZONE][k] = OHM_DAY_BY_HAND;
        facts->off_share[OHM_DAY_ZONE][k] = 0.5F;
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    double keep = exp(-80.0 / 800 / 4), x = 19.5, last_c = x, warmest = 0;
    int runs = 0;
    for (int k = 0; k < STEPS; k++) {
        last_c = x;
        x = keep * x + (1 - keep) * (-3 + (job->runs[OHM_DAY_ZONE][k] ? 1000.0 / 80 : 0));
        warmest = fmax(warmest, (double)job->levels[OHM_DAY_ZONE][k]);
        runs += job->runs[OHM_DAY_ZONE][k];
    }
    /* 1 kW keeps 9.5 degrees at -3: it heats all the time, and the room cools all the same. */
    assert_true(runs > STEPS - 8 && warmest < 19.6);
    assert_true(fabs((double)job->levels[OHM_DAY_ZONE][STEPS - 1] - last_c) < 0.01);
    job_free(job);
}

/* Two of 2 kW on a phase with room for 3: never at once, though the site has room for both; one of
 * 3.5 never. */
static void a_phase_has_its_own_room(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        ohm_day_job *job = job_new(9, 0.3);
        ohm_day_facts *facts = &job->facts;
        add_zone(facts, 2);
        add_load(facts, OHM_HOME_TANK, "tank", big ? 3.5 : 2, 1);
        facts->water_kwh = 0.2;
        for (int k = 0; k < STEPS; k++)
            ohm_day_scope_limit(facts, 1, k, 3);
        facts->scopes[1].draw_kw[OHM_DAY_ZONE] = 2;
        facts->scopes[1].draw_kw[OHM_HOME_TANK] = big ? 3.5F : 2;
        ohm_day_scopes_hold(facts);
        ohm_day_solve(job);
        assert_true(job->planned);
        int water = 0, heat = 0;
        for (int k = 0; k < STEPS; k++) {
            water += job->runs[OHM_HOME_TANK][k];
            heat += job->runs[OHM_DAY_ZONE][k];
            assert_false(job->runs[OHM_HOME_TANK][k] && job->runs[OHM_DAY_ZONE][k]);
        }
        assert_true((water > 0) == !big && heat > 10);
        bool told = false;
        for (int i = 0; i < job->actions_count; i++)
            told = told || (job->actions[i].load == OHM_HOME_TANK &&
                            job->actions[i].reason.why == OHM_PLAN_WHY_ROOM);
        assert_true(told);
        job_free(job);
    }
}

/* A charger that the phase has less room for than it might draw charges with that. */
static void a_setpoint_fits_its_phase(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(12, 0.3);
    ohm_day_facts *facts = &job->facts;
    ohm_day_load *car = add_load(facts, OHM_HOME_CAR, "car", 7.4, 1);
    car->each_kw[0] = 7.4;
    car->least_kw = 1.4;
    car->step_w = 230;
    facts->car_left_kwh = 20;
    for (int k = 0; k < STEPS; k++)
        ohm_day_scope_limit(facts, 1, k, k < 4 ? 1 : 4.6);
    facts->scopes[1].draw_kw[OHM_HOME_CAR] = 7.4F;
    ohm_day_scopes_hold(facts);
    ohm_day_solve(job);
    assert_true(job->planned);
    for (int k = 0; k < READY; k++)
        assert_true(job->runs[OHM_HOME_CAR][k] ? k >= 4 && job->car_w[k] <= 4600 : true);
    assert_true((double)job->levels[OHM_HOME_CAR][READY - 1] > 19.9);
    job_free(job);
}

/* What a person feeds is not made to wait for another one of its interlock. */
static void fed_by_hand_others_wait(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(9, 0.3);
    ohm_day_facts *facts = &job->facts;
    add_load(facts, OHM_HOME_TANK, "tank", 2, 1)->interlock[0] = 1;
    add_zone(facts, 2);
    facts->loads[OHM_DAY_ZONE].interlock[0] = 1;
    facts->water_kwh = 0.2;
    for (int k = 0; k < 16; k++) {
        facts->by[OHM_HOME_TANK][k] = OHM_DAY_BY_HAND;
        facts->fed_share[OHM_HOME_TANK][k] = 1;
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    for (int k = 0; k < STEPS; k++) {
        assert_false(job->runs[OHM_HOME_TANK][k] && job->runs[OHM_DAY_ZONE][k]);
        assert_true(k >= 16 || job->runs[OHM_HOME_TANK][k]);
    }
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_held_off),           cmocka_unit_test(off_by_hand_is_off),
        cmocka_unit_test(fed_by_hand_is_fed),        cmocka_unit_test(a_tank_fed_by_hand_gets_full),
        cmocka_unit_test(half_a_zone_heats_half),    cmocka_unit_test(a_phase_has_its_own_room),
        cmocka_unit_test(a_setpoint_fits_its_phase), cmocka_unit_test(fed_by_hand_others_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
