/* The daemon's plan of a day, from what is known of it to what is told. */
#include "cmd/daemon_plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ohm_tz tz;

/* A quiet day from a midnight on: one price, 2 degrees, nothing planned yet. */
static ohm_day_job *job_new(int step_minutes, int steps, double subscribed_kw)
{
    ohm_day_job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    ohm_day_facts *facts = &job->facts;
    ohm_tz_utc(&tz);
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000);
    facts->step_ms = step_minutes * OHM_MINUTE_MS;
    facts->steps = facts->priced = steps;
    facts->subscribed_kw = subscribed_kw;
    facts->car_left_kwh = (double)NAN;
    facts->hygiene_due_ms = facts->wish_ready_ms = OHM_NO_MS;
    for (int k = 0; k < steps; k++) {
        facts->import_kw[k] = subscribed_kw;
        facts->price_eur[k] = 0.20;
        facts->outdoor_c[k] = 2;
        facts->base_kw[k] = 0.3;
    }
    job->budget_ms = 60000;
    return job;
}

/* Where its JSON, which has no end of a string, says that; NULL. */
static const char *says(const ohm_day_job *job, const char *what)
{
    return memmem(job->json, job->json_len, what, strlen(what));
}

static void job_free(ohm_day_job *job)
{
    free(job->json);
    free(job);
}

static void add_zone(ohm_day_facts *facts, int z, double power_kw, double set_c)
{
    facts->loads[OHM_DAY_ZONE + z] =
        (ohm_day_load){ .there = true, .count = 1, .power_kw = power_kw };
    facts->zones[z] = (ohm_day_zone){ .loss_w_per_k = 60,
                                      .store_wh_per_k = 1200,
                                      .cop = 1,
                                      .below_k = 1,
                                      .above_k = 1,
                                      .indoor_c = set_c };
    for (int k = 0; k < facts->steps; k++)
        facts->zones[z].set_c[k] = (float)set_c;
}

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

/* What panels make is measured, where a meter says it; one that sleeps where there is no sun makes
 * nothing, and one that is silent by day leaves it unknown. */
static void what_the_sun_makes_now(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int meters, silent;
        double made_w, forecast_w, want_w;
    } rows[] = {
        { "no meter: as forecast", 0, 0, 0, 1500, 1500 },
        { "no meter, no panels", 0, 0, 0, 0, 0 },
        { "no meter, and who forecasts is silent", 0, 0, 0, (double)NAN, (double)NAN },
        { "measured, less than forecast", 1, 0, 400, 1500, 400 },
        { "an inverter asleep at night", 1, 1, 0, 0, 0 },
        { "one silent by day", 2, 1, 700, 1500, (double)NAN },
        { "silent, and nobody forecasts", 1, 1, 0, (double)NAN, (double)NAN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got =
            ohm_day_sun_w(rows[i].meters, rows[i].silent, rows[i].made_w, rows[i].forecast_w);
        if (isnan(rows[i].want_w) ? !isnan(got) : got != rows[i].want_w)
            fail_msg("%s: %g", rows[i].why, got);
    }
}

/* Two days by five minutes in which dear and cheap steps alternate: a car of no least stay follows
 * each of them. All of it is told, and each action ends where the next one begins. */
static void a_long_restless_plan_is_told_whole(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(5, OHM_DAY_STEPS_MAX, 20);
    ohm_day_facts *facts = &job->facts;
    facts->plan.home_minute = 0;
    facts->plan.ready_minute = 24 * 60 - 1;
    facts->plan.need_wh = 60000;
    facts->car_left_kwh = 60;
    for (int i = 0; i < OHM_DAY_ZONE; i++)
        facts->loads[i] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 3 };
    for (int k = 0; k < facts->steps; k++)
        facts->price_eur[k] = k % 2 ? 0.05 : 0.50;
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
    job_free(job);
}

/* The number behind a key, after that part of its JSON. */
static double number_after(const ohm_day_job *job, const char *part, const char *key)
{
    const char *at = says(job, part);
    assert_non_null(at);
    at = strstr(at, key);
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

/* Two zones behind one meter, a cold night with a cheap half: both are kept within their bands,
 * each in its own, and together they draw no more than there is. */
static void zones_are_planned_together(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(15, 96, 3.2);
    ohm_day_facts *facts = &job->facts;
    add_zone(facts, 0, 2, 20);
    add_zone(facts, 1, 1.5, 18);
    facts->zones[1].loss_w_per_k = 40;
    for (int k = 0; k < facts->steps; k++) {
        facts->price_eur[k] = k >= 48 ? 0.30 : 0.10;
        facts->base_kw[k] = 0;
    }
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
    const char *keys[] = { "\"plan\":{", "\"thermostat\":{" };
    for (int i = 0; i < 2; i++) {
        paid[i] = number_after(job, keys[i], "paid_eur\":");
        comfort[i] = number_after(job, keys[i], "comfort_eur\":");
        wear[i] = number_after(job, keys[i], "wear_eur\":");
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
    /* How far from the best of all is told. */
    double gap_eur = number_after(job, "\"gap_eur", "\":");
    if (!(gap_eur >= 0 && gap_eur < 0.15 * (paid[0] + comfort[0] + wear[0])) ||
        says(job, "\"gap_eur\":null"))
        fail_msg("gap %g of %g", gap_eur, paid[0] + comfort[0] + wear[0]);
    job_free(job);
}

/* A warm day, and an evening whose set point falls: a room that is kept no warmer than it has to be
 * is above its band then, and nothing is said to give way for that. */
static void warmth_that_nothing_could_help_gives_no_way(void **state)
{
    (void)state;
    for (int zones = 1; zones <= 2; zones++)
        for (int warm = 0; warm < 2; warm++) {
            ohm_day_job *job = job_new(15, 96, 9);
            ohm_day_facts *facts = &job->facts;
            for (int z = 0; z < zones; z++) {
                add_zone(facts, z, 3, 20);
                facts->zones[z].indoor_c = warm ? 26 : 20;
            }
            for (int k = 0; k < facts->steps; k++) {
                facts->outdoor_c[k] = warm ? 24 : 2;
                for (int z = 0; z < zones; z++)
                    facts->zones[z].set_c[k] = k < 48 ? 20 : 16;
            }
            ohm_day_solve(job);
            assert_true(job->planned);
            /* But for what starts and stops leave above the low edge, when it falls. */
            const char *end = says(job, "\"thermostat\":{");
            const char *above = says(job, "\"limit\":\"temp_max\"");
            bool told = above && above < end;
            if (told && (warm || number_after(job, "temp_max", "\"most\":") > 0.5 ||
                         number_after(job, "temp_max", "\"cost_eur\":") > 0.1))
                fail_msg("%d zones, warm %d: %.60s", zones, warm, above);
            double comfort = number_after(job, "\"plan\":{\"paid_eur\"", "comfort_eur\":");
            double without = number_after(job, "\"thermostat\":{\"paid", "comfort_eur\":");
            double paid = number_after(job, "\"plan\":{", "paid_eur\":");
            if (comfort > without + 0.001 || paid < 0.3 * 24 * 0.2 - 0.01 || (warm && without != 0))
                fail_msg("%d zones, warm %d: %g, %g, %g", zones, warm, comfort, without, paid);
            job_free(job);
        }
}

/* A tank and a zone, one price all day. From 18 to 20 h Ecowatt is red and holds both off, or a
 * limit leaves room for neither, or the house is about to draw that much itself: they take their
 * energy before, and say so. A day without has the room colder at six, and says nothing of it. */
static void what_stops_it_is_prepared_for(void **state)
{
    (void)state;
    enum { FROM = 18 * 4, TO = 20 * 4, NOTHING = 0, HELD, LIMIT, OVERRUN, CASES };
    static const ohm_plan_why ahead[CASES] = { OHM_PLAN_WHY_NONE, OHM_PLAN_WHY_RED,
                                               OHM_PLAN_WHY_AHEAD, OHM_PLAN_WHY_AHEAD };
    double room_c[CASES] = { 0 };
    for (int of = 0; of < CASES; of++) {
        ohm_day_job *job = job_new(15, 96, 9);
        ohm_day_facts *facts = &job->facts;
        facts->loads[OHM_HOME_TANK] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 2.4 };
        facts->water_kwh = 2;
        add_zone(facts, 0, 3, 20);
        facts->zones[0].loss_w_per_k = 120;
        for (int k = FROM; k < TO; k++) {
            for (int i = 0; i <= OHM_DAY_ZONE && of == HELD; i++)
                ohm_day_hold(facts, i, k, OHM_DAY_BY_ECOWATT);
            facts->level[k] = of == HELD ? 3 : 1;
            facts->import_kw[k] = of == LIMIT ? 1 : 9;
            facts->base_kw[k] = of == OVERRUN ? 8 : 0.3;
        }
        ohm_day_solve(job);
        assert_true(job->planned);
        room_c[of] = (double)job->levels[OHM_DAY_ZONE][FROM - 1];
        bool told[OHM_DAY_LOADS] = { false };
        for (int i = 0; i < job->actions_count; i++) {
            const ohm_day_action *a = &job->actions[i];
            int from = (int)((a->from_ms - facts->from_ms) / facts->step_ms);
            bool within = from >= FROM && from < TO;
            told[a->load] = told[a->load] || (a->runs && a->reason.why == ahead[of]);
            if (within && a->runs && of != NOTHING)
                fail_msg("case %d: load %d is fed from step %d", of, a->load, from);
            if (of == HELD && within && a->reason.why != OHM_PLAN_WHY_HELD)
                fail_msg("held off, and told %d", (int)a->reason.why);
        }
        for (int k = FROM; k < TO && of != NOTHING; k++)
            for (int i = 0; i < OHM_DAY_LOADS; i++)
                assert_false(job->runs[i][k]);
        if (of != NOTHING)
            assert_true(told[OHM_DAY_ZONE] || told[OHM_HOME_TANK]);
        /* The tank lasts through it. */
        assert_true((double)job->levels[OHM_HOME_TANK][TO - 1] >=
                    job->day.home.tank.least_kwh - 0.05);
        bool red = says(job, "\"ecowatt_red\"") != NULL;
        assert_true(red == (of == HELD));
        job_free(job);
    }
    for (int of = HELD; of < CASES; of++)
        if (room_c[of] < room_c[NOTHING] + 0.3)
            fail_msg("case %d: %g at six, without %g", of, room_c[of], room_c[NOTHING]);
}

/* The cycle against legionella knows what the house draws: cheap hours without room are none. */
static void a_tank_is_heated_through_where_there_is_room(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(15, 96, 9);
    ohm_day_facts *facts = &job->facts;
    facts->loads[OHM_HOME_TANK] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 2.4 };
    facts->water_kwh = 1;
    facts->plan.hygiene_days = 7;
    facts->hygiene_due_ms = facts->from_ms + 20 * OHM_HOUR_MS;
    for (int k = 4; k < 20; k++) {
        facts->price_eur[k] = 0.15;
        facts->base_kw[k] = 7.5;
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    assert_true(job->day.hygiene_from >= 20 && job->day.hygiene_to <= 80);
    job_free(job);
}

/* Two zones and two hours in which Ecowatt holds both off, or a limit leaves room for neither. */
static void zones_stand_back_together(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        ohm_day_job *job = job_new(30, 48, 9);
        ohm_day_facts *facts = &job->facts;
        for (int z = 0; z < 2; z++)
            add_zone(facts, z, 2, 20);
        for (int k = 36; k < 40; k++) {
            for (int z = 0; z < 2 && held; z++)
                ohm_day_hold(facts, OHM_DAY_ZONE + z, k, OHM_DAY_BY_ECOWATT);
            facts->import_kw[k] = held ? 9 : 1;
        }
        ohm_day_solve(job);
        assert_true(job->planned);
        int runs = 0;
        for (int k = 0; k < 48; k++)
            for (int z = 0; z < 2; z++) {
                runs += job->runs[OHM_DAY_ZONE + z][k];
                if (k >= 36 && k < 40 && job->runs[OHM_DAY_ZONE + z][k])
                    fail_msg("case %d: zone %d is fed in step %d", held, z, k);
            }
        assert_true(runs > 0);
        job_free(job);
    }
}

/* Two hours of one price: what weighs more than the other's is left, it is told that a weight
 * decides, and nobody is paid it. */
static void a_weight_decides_where_prices_do_not(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(60, 24, 9);
    ohm_day_facts *facts = &job->facts;
    facts->loads[OHM_HOME_CAR] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 3 };
    facts->plan.home_minute = 0;
    facts->plan.ready_minute = 6 * 60;
    facts->car_left_kwh = 9;
    for (int k = 0; k < 24; k++)
        facts->weight_eur[k] = k < 3 ? 0.05 : 0.01;
    ohm_day_solve(job);
    assert_true(job->planned);
    for (int k = 0; k < 6; k++)
        assert_true(job->runs[OHM_HOME_CAR][k] == (k >= 3));
    assert_int_equal(job->actions[0].reason.why, OHM_PLAN_WHY_WEIGHT);
    assert_int_equal(job->actions[0].reason.ueur_per_kwh, 250000);
    /* 9 kWh and the house's 7.2 at 0.20; the weights of both. */
    if (!says(job, "\"paid_eur\":3.24,\"weights_eur\":0.198"))
        fail_msg("%s", says(job, "\"plan\":"));
    job_free(job);
}

/* A month of a house that cooks at seven, and on Sundays at noon. */
static void what_the_house_draws_is_learnt(void **state)
{
    (void)state;
    enum { DAYS = 35 };
    const ohm_ms first_ms = INT64_C(1767225600000); /* a Thursday */
    ohm_base base, again;
    ohm_tz_utc(&tz);
    assert_true(ohm_base_init(&base) && ohm_base_init(&again));
    assert_int_equal(ohm_base_at(&base, &tz, first_ms, 0.4).origin, OHM_BASE_CONFIGURED);
    for (int h = 0; h < DAYS * 24; h++) {
        bool sunday = h / 24 % 7 == 3;
        double kw = h % 24 == (sunday ? 12 : 19) ? 3 : 0.3;
        ohm_ms at_ms = first_ms + (ohm_ms)h * OHM_HOUR_MS + OHM_HOUR_MS / 2;
        (void)ohm_base_count(&base, &tz, NULL, at_ms, kw, OHM_HOUR_MS);
        if (h == 24) /* the next quarter of that hour is not known yet, the hour's half is */
            assert_int_equal(ohm_base_at(&base, &tz, at_ms, 0.4).origin, OHM_BASE_PROFILE);
    }
    (void)ohm_base_count(&base, &tz, NULL, first_ms + (ohm_ms)DAYS * 24 * OHM_HOUR_MS, 0.3,
                         OHM_MINUTE_MS);
    const ohm_ms thursday_ms = first_ms + (ohm_ms)DAYS * 24 * OHM_HOUR_MS;
    ohm_base_value cooks = ohm_base_at(&base, &tz, thursday_ms + 19 * OHM_HOUR_MS, 0);
    ohm_base_value rests = ohm_base_at(&base, &tz, thursday_ms + 12 * OHM_HOUR_MS, 0);
    assert_int_equal(cooks.origin, OHM_BASE_LEARNT);
    if (cooks.kw < 2 || rests.kw > 1)
        fail_msg("%g kW at seven, %g at noon", cooks.kw, rests.kw);
    assert_true(cooks.decile_kw[0] <= cooks.decile_kw[8]);

    size_t len = 0;
    uint8_t *bytes = ohm_base_save(&base, &len);
    assert_non_null(bytes);
    assert_true(ohm_base_load(&again, ohm_span_of(bytes, len)));
    ohm_base_value kept = ohm_base_at(&again, &tz, thursday_ms + 19 * OHM_HOUR_MS, 0);
    assert_true(fabs(kept.kw - cooks.kw) < 0.2);
    for (size_t cut = 0; cut < len; cut += 997) /* whatever is damaged is as new */
        assert_false(ohm_base_load(&again, ohm_span_of(bytes, cut)));
    assert_int_equal(ohm_base_days(&again), 0);
    free(bytes);
    ohm_base_release(&base);
    ohm_base_release(&again);
}

/* Due within the day: through it goes in the cheap hours, for an hour, and the plan says why.
 * Overdue: at once, but not while Ecowatt holds it off. Due later: nothing. */
static void a_tank_is_heated_through_before_it_is_due(void **state)
{
    (void)state;
    const struct {
        const char *why;
        int due_h, held_h, from_h, to_h; /* held from midnight on; heated between */
    } rows[] = {
        { "due at eight in the evening, cheap from one to five", 20, 0, 1, 5 },
        { "due at three: before that", 3, 0, 0, 3 },
        { "overdue: at once", -30, 0, 0, 3 },
        { "overdue, and held off until two", -30, 2, 2, 5 },
        { "due in three days", 72, 0, -1, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_day_job *job = job_new(15, 96, 9);
        ohm_day_facts *facts = &job->facts;
        facts->loads[OHM_HOME_TANK] = (ohm_day_load){ .there = true, .count = 1, .power_kw = 2.4 };
        facts->water_kwh = 1;
        facts->plan.hygiene_days = 7;
        facts->hygiene_due_ms = facts->from_ms + (ohm_ms)rows[i].due_h * OHM_HOUR_MS;
        for (int k = 0; k < facts->steps; k++) {
            facts->price_eur[k] = k >= 4 && k < 20 ? 0.15 : 0.21;
            if (k < rows[i].held_h * 4)
                ohm_day_hold(facts, OHM_HOME_TANK, k, OHM_DAY_BY_ECOWATT);
        }
        ohm_day_solve(job);
        assert_true(job->planned);
        double through_kwh = ohm_day_hygiene_kwh(&facts->plan);
        int hot = 0, first = -1, told = 0;
        for (int k = 0; k < facts->steps; k++) {
            bool is_hot = (double)job->levels[OHM_HOME_TANK][k] >= through_kwh - 1e-3;
            hot += is_hot;
            first = is_hot && first < 0 ? k : first;
        }
        for (int n = 0; n < job->actions_count; n++)
            told += job->actions[n].reason.why == OHM_PLAN_WHY_HYGIENE;
        bool any = rows[i].from_h >= 0;
        /* At once: put off by a step it would be, step after step. */
        assert_true(rows[i].due_h > 0 || rows[i].held_h > 0 || job->runs[OHM_HOME_TANK][0]);
        if ((hot >= 4) != any || (told > 0) != any)
            fail_msg("%s: hot in %d steps, told %d times", rows[i].why, hot, told);
        if (any && (first < rows[i].from_h * 4 || first >= rows[i].to_h * 4))
            fail_msg("%s: hot from step %d on", rows[i].why, first);
        job_free(job);
    }
}

/* Sixty degrees for an hour, in minutes; by the sensor, with its wobble, or by what it was fed. */
static void a_tank_is_through_after_its_time(void **state)
{
    (void)state;
    const ohm_ms start_ms = INT64_C(1767225600000);
    ohm_site_plan plan;
    ohm_site_plan_defaults(&plan);
    const struct {
        const char *why;
        double c, dip_c, kwh;
        int64_t hygiene_c;
        int wants; /* minutes; 0: never */
    } rows[] = {
        { "59.6 is what 60 looks like", 59.6, 59.6, 0, 60, 60 },
        { "a dip of a degree stops the clock for a minute", 60, 58.5, 0, 60, 61 },
        { "one of three begins it anew", 60, 57, 0, 60, 91 },
        { "four minutes at 65", 65.2, 65.2, 0, 65, 4 },
        { "two at 70", 70, 70, 0, 70, 2 },
        { "never warm enough", 58, 58, 9, 60, 0 },
        { "no sensor, and full", (double)NAN, (double)NAN, 9, 60, 60 },
        { "no sensor, and not full", (double)NAN, (double)NAN, 2, 60, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_day_hygiene_state of = { .through_ms = OHM_NO_MS };
        bool through;
        plan.hygiene_c = rows[i].hygiene_c;
        plan.water_high_c = rows[i].hygiene_c;
        assert_true(ohm_day_hygiene_count(&of, &plan, 20, 0, start_ms, 0, &through) && !through);
        assert_int_equal(of.through_ms, start_ms); /* from now on it is counted */
        int got = 0;
        of.through_ms -= OHM_HOUR_MS;
        for (int m = 1; m <= 200 && !got; m++) {
            double c = m == 31 ? rows[i].dip_c : rows[i].c;
            ohm_ms at_ms = start_ms + (ohm_ms)m * OHM_MINUTE_MS;
            bool news =
                ohm_day_hygiene_count(&of, &plan, c, rows[i].kwh, at_ms, OHM_MINUTE_MS, &through);
            got = news && through ? m : 0;
        }
        if (got != rows[i].wants)
            fail_msg("%s: after %d minutes", rows[i].why, got);
    }
}

/* A charger from 1.4 kW on, by 230 W: no more than the other hours leave, and no power that it
 * can't be told; what was asked for once is there by then. */
static void a_car_is_asked_for_watts(void **state)
{
    (void)state;
    ohm_day_job *job = job_new(15, 96, 3.5);
    ohm_day_facts *facts = &job->facts;
    facts->loads[OHM_HOME_CAR] = (ohm_day_load){
        .there = true, .count = 1, .power_kw = 7.36, .least_kw = 1.38, .step_w = 230
    };
    facts->wish_ready_ms = facts->from_ms + 7 * OHM_HOUR_MS;
    facts->wished = true;
    facts->plan.need_wh = 12000;
    facts->car_left_kwh = 12;
    for (int k = 0; k < 96; k++) {
        facts->base_kw[k] = k < 8 ? 1.5 : 0.5;
        facts->price_eur[k] = k < 24 ? 0.15 : 0.21;
    }
    ohm_day_solve(job);
    assert_true(job->planned);
    double kwh = 0;
    for (int k = 0; k < 96; k++) {
        int32_t w = job->car_w[k];
        kwh += w / 4000.0;
        if (w != 0 && (w < 1380 || (w - 1380) % 230 != 0))
            fail_msg("step %d: %d W", k, w);
        assert_true(w / 1000.0 <= 3.5 - facts->base_kw[k] + 0.23);
        assert_true(k < 28 || w == 0);
        /* By how much the limit is passed is what rules are told of. */
        double over_kw = facts->base_kw[k] + w / 1000.0 - 3.5;
        assert_true(fabs(ohm_day_over_kw(job, k) - over_kw) < 1e-9);
        job->battery.planned = true; /* what it gives is off the meter, what it takes on it */
        job->battery.kw[k] = k % 2 ? 1.2 : -0.7;
        assert_true(fabs(ohm_day_over_kw(job, k) - over_kw - job->battery.kw[k]) < 1e-9);
        job->battery.planned = false;
    }
    if (kwh < 11.9 || kwh > 14.2)
        fail_msg("%g kWh by seven", kwh);
    assert_non_null(says(job, "\"setpoint_w\":"));
    assert_non_null(says(job, "\"ready\":\"2026-01-01T07:00:00"));
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sun_is_counted_once),
        cmocka_unit_test(what_the_sun_makes_now),
        cmocka_unit_test(a_long_restless_plan_is_told_whole),
        cmocka_unit_test(zones_are_planned_together),
        cmocka_unit_test(warmth_that_nothing_could_help_gives_no_way),
        cmocka_unit_test(what_stops_it_is_prepared_for),
        cmocka_unit_test(a_tank_is_heated_through_where_there_is_room),
        cmocka_unit_test(zones_stand_back_together),
        cmocka_unit_test(a_weight_decides_where_prices_do_not),
        cmocka_unit_test(what_the_house_draws_is_learnt),
        cmocka_unit_test(a_tank_is_heated_through_before_it_is_due),
        cmocka_unit_test(a_tank_is_through_after_its_time),
        cmocka_unit_test(a_car_is_asked_for_watts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
