/* The daemon's plan of a day, from what is known of it to what is told. */
#include "cmd/daemon_plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the house draws beside its planned loads is counted without the sun: the plan has that
 * apart, and would count it twice. */
static void the_sun_is_counted_once(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double net_kw, sun_kw, fed_kw[2];
        int count;
        double want;
    } rows[] = {
        { "no panels", 0.6, 0, { 0 }, 0, 0.6 },
        { "panels take half of it off the meter", 0.3, 0.3, { 0 }, 0, 0.6 },
        { "they feed the grid", -1.4, 2.0, { 0 }, 0, 0.6 },
        { "the tank draws from them", 1.0, 2.0, { 2.4 }, 1, 0.6 },
        { "a load that is fed and draws nothing", 0.3, 0.3, { 2.4 }, 1, 0.6 },
        { "of two the one that fits", 3.0, 0, { 3.7, 2.4 }, 2, 0.6 },
        { "less sun than was forecast", -3.0, 2.0, { 0 }, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = ohm_day_base_kw(rows[i].net_kw, rows[i].sun_kw, rows[i].fed_kw, rows[i].count);
        if (fabs(got - rows[i].want) > 1e-9)
            fail_msg("%s: %g", rows[i].why, got);
    }
}

/* Two days by five minutes in which dear and cheap steps alternate: a car of no least stay follows
 * each of them. All of it is told, and each action ends where the next one begins. */
static void a_long_restless_plan_is_told_whole(void **state)
{
    (void)state;
    static ohm_tz tz;
    ohm_tz_utc(&tz);
    ohm_day_job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    ohm_day_facts *facts = &job->facts;
    ohm_site_plan_defaults(&facts->plan);
    facts->plan.home_minute = 0;
    facts->plan.ready_minute = 24 * 60 - 1;
    facts->plan.need_wh = 60000;
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000);
    facts->step_ms = 5 * OHM_MINUTE_MS;
    facts->steps = facts->priced = OHM_DAY_STEPS_MAX;
    facts->subscribed_kw = 20;
    facts->car_left_kwh = 60;
    for (int i = 0; i < OHM_DAY_ZONE; i++)
        facts->loads[i] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 3 };
    for (int k = 0; k < facts->steps; k++)
        facts->price_eur[k] = k % 2 ? 0.05 : 0.50;
    job->budget_ms = 60000;
    ohm_day_solve(job);
    assert_true(job->planned);
    assert_true(job->actions_count > 192); /* a shorter list was once full here */
    assert_non_null(job->json);
    assert_true(job->json_len > 96 * 1024); /* and a buffer */
    for (int i = 1; i < job->actions_count; i++) {
        const ohm_day_action *a = &job->actions[i - 1], *b = &job->actions[i];
        assert_true(a->load != b->load || (a->to_ms == b->from_ms && a->runs != b->runs));
        assert_true(b->to_ms <= facts->from_ms + facts->steps * facts->step_ms);
    }
    free(job->json);
    free(job);
}

/* Two zones behind one meter, a cold night with a cheap half: both are kept within their bands,
 * each in its own, and together they draw no more than there is. */
static void zones_are_planned_together(void **state)
{
    (void)state;
    static ohm_tz tz;
    ohm_tz_utc(&tz);
    ohm_day_job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    ohm_day_facts *facts = &job->facts;
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000);
    facts->step_ms = 15 * OHM_MINUTE_MS;
    facts->steps = facts->priced = 96;
    facts->subscribed_kw = 3.2;
    facts->car_left_kwh = (double)NAN;
    for (int z = 0; z < 2; z++) {
        facts->loads[OHM_DAY_ZONE + z] =
            (ohm_day_load){ .there = true, .count = 1, .power_kw = z ? 1.5 : 2 };
        facts->zones[z] = (ohm_day_zone){ .loss_w_per_k = z ? 40 : 60,
                                          .store_wh_per_k = 1200,
                                          .cop = 1,
                                          .below_k = 1,
                                          .above_k = 1,
                                          .indoor_c = z ? 18 : 20 };
        for (int k = 0; k < facts->steps; k++)
            facts->zones[z].set_c[k] = z ? 18 : 20;
    }
    for (int k = 0; k < facts->steps; k++) {
        facts->price_eur[k] = k >= 48 ? 0.30 : 0.10;
        facts->outdoor_c[k] = 2;
    }
    job->budget_ms = 60000;
    ohm_day_solve(job);
    assert_true(job->planned);
    double dear = 0, cheap = 0;
    for (int k = 0; k < facts->steps; k++) {
        double kw = 0;
        for (int z = 0; z < 2; z++) {
            int i = OHM_DAY_ZONE + z;
            double set_c = (double)facts->zones[z].set_c[k], level_c = (double)job->levels[i][k];
            if (level_c < set_c - 1.3 || level_c > set_c + 1.3)
                fail_msg("zone %d, step %d: %g", z, k, level_c);
            kw += job->runs[i][k] ? facts->loads[i].power_kw : 0;
        }
        assert_true(kw <= facts->subscribed_kw + 1e-6); /* never both at once */
        *(k >= 48 ? &dear : &cheap) += kw;
    }
    assert_true(cheap > dear); /* heated ahead while it is cheap */

    double paid[2], comfort[2], wear[2];
    const char *keys[] = { "\"plan\":{\"paid_eur\":", "\"thermostat\":{\"paid_eur\":" };
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(job->json, keys[i]);
        assert_non_null(at);
        paid[i] = strtod(at + strlen(keys[i]), NULL);
        comfort[i] = strtod(strstr(at, "comfort_eur\":") + strlen("comfort_eur\":"), NULL);
        wear[i] = strtod(strstr(at, "wear_eur\":") + strlen("wear_eur\":"), NULL);
    }
    /* Energy alone is paid, of both zones; each start of either is wear. */
    double energy_eur = 0, starts = 0;
    for (int z = 0; z < 2; z++)
        for (int k = 0; k < facts->steps; k++) {
            const bool *runs = job->runs[OHM_DAY_ZONE + z];
            double kwh = runs[k] ? facts->loads[OHM_DAY_ZONE + z].power_kw / 4 : 0;
            energy_eur += facts->price_eur[k] * kwh;
            starts += runs[k] && (k == 0 || !runs[k - 1]);
        }
    if (fabs(paid[0] - energy_eur) > 0.002 || fabs(wear[0] - 0.05 * starts) > 0.002)
        fail_msg("paid %g of %g, wear %g of %g starts", paid[0], energy_eur, wear[0], starts);
    if (paid[0] + comfort[0] + wear[0] > paid[1] + comfort[1] + wear[1])
        fail_msg("plan %g + %g, thermostats %g + %g", paid[0], comfort[0], paid[1], comfort[1]);
    free(job->json);
    free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sun_is_counted_once),
        cmocka_unit_test(a_long_restless_plan_is_told_whole),
        cmocka_unit_test(zones_are_planned_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
