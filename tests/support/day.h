/* A small day for tests of the daemon's plan. */
#ifndef TESTS_SUPPORT_DAY_H
#define TESTS_SUPPORT_DAY_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/daemon_plan.h"

enum { STEPS = 64, READY = 32 };

/* Sixteen hours from six on, one price; a car is ready after eight. */
static inline ohm_day_job *job_new(double limit_kw, double base_kw)
{
    static ohm_tz tz;
    ohm_day_job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    ohm_day_facts *facts = &job->facts;
    ohm_tz_utc(&tz);
    ohm_site_plan_defaults(&facts->plan);
    facts->tz = &tz;
    facts->from_ms = INT64_C(1767225600000) + 6 * OHM_HOUR_MS;
    facts->step_ms = 15 * OHM_MINUTE_MS;
    facts->steps = facts->priced = STEPS;
    facts->subscribed_kw = 9;
    facts->hygiene_due_ms = OHM_NO_MS;
    facts->wish_ready_ms = facts->from_ms + READY * facts->step_ms;
    for (int k = 0; k < STEPS; k++) {
        facts->import_kw[k] = limit_kw;
        facts->price_eur[k] = 0.20;
        facts->outdoor_c[k] = -3;
        facts->base_kw[k] = base_kw;
    }
    job->budget_ms = 60000;
    return job;
}

static inline void job_free(ohm_day_job *job)
{
    free(job->json);
    free(job);
}

static inline ohm_day_load *add_load(ohm_day_facts *facts, int i, const char *id, double kw,
                                     int tier)
{
    ohm_day_load *load = &facts->loads[i];
    *load = (ohm_day_load){ .there = true, .count = 1, .power_kw = kw, .tier = (uint8_t)tier };
    strcpy(load->id, id);
    return load;
}

static inline void add_zone(ohm_day_facts *facts, int tier)
{
    add_load(facts, OHM_DAY_ZONE, "heater", 2, tier);
    facts->zones[0] = (ohm_day_zone){ .loss_w_per_k = 80,
                                      .store_wh_per_k = 800,
                                      .cop = 1,
                                      .below_k = 1,
                                      .above_k = 1,
                                      .indoor_c = 19.5 };
    for (int k = 0; k < facts->steps; k++)
        facts->zones[0].set_c[k] = 20;
}

#endif
