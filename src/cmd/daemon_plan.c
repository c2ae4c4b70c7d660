/* Plans of the coming day in the daemon: the loop says what is known, a worker plans, the loop asks
 * the engine for what the plan wants now. A request is an event like a person's command, so that
 * replay has it; what stands above it in the arbitration goes first. Without a plan nothing is
 * asked, and each load's own thermostat goes on. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"

enum {
    BUDGET_MS = 1500,
    AGAIN_MS = 20 * OHM_SECOND_MS, /* between two plannings, however much changes */
    LOOK_MS = 5 * OHM_SECOND_MS,   /* how often it is looked whether anything changed */
};

/* --- what is asked ---------------------------------------------------------------------------- */

bool ohm_daemon_plan_feed(ohm_daemon_plan *p, const ohm_command *command)
{
    ohm_event event = { .kind = OHM_EVENT_COMMAND, .command = command };
    event.mono = ohm_clock_mono();
    event.utc_ms = ohm_clock_utc();
    bool good = ohm_engine_accepts(p->daemon->engine, &event) == OHM_OK;
    if (good)
        ohm_daemon_feed(p->daemon, event);
    return good;
}

static void take_back(ohm_daemon_plan *p, int device)
{
    if (!p->asked[device].on)
        return;
    p->asked[device].on = false;
    for (int k = 0; k < p->facts.loads[device].count; k++) {
        const ohm_command command = { .kind = OHM_COMMAND_PLAN_CLEAR,
                                      .load = p->facts.loads[device].loads[k],
                                      .actor = "plan" };
        (void)ohm_daemon_plan_feed(p, &command); /* what the engine never had is none */
    }
}

static const ohm_day_action *action_at(const ohm_day_job *job, int device, ohm_ms at_ms)
{
    for (int i = 0; job && i < job->actions_count; i++) {
        const ohm_day_action *a = &job->actions[i];
        if (a->load == device && at_ms >= a->from_ms && at_ms < a->to_ms)
            return a;
    }
    return NULL;
}

/* What the plan wants now, if it is not what was asked already. */
static void ask(ohm_daemon_plan *p)
{
    ohm_ms now_ms = ohm_clock_utc();
    ohm_mono_ms now = ohm_clock_mono();
    ohm_daemon_battery_ask(p);
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        const ohm_day_action *a = action_at(p->last, i, now_ms);
        ohm_day_asked *before = &p->asked[i];
        if (!a) {
            take_back(p, i);
            continue;
        }
        bool same = before->on && before->fed == a->runs && before->until_ms == a->to_ms &&
                    before->why == a->reason.why && before->watts == a->watts;
        if (same && (!before->refused || ohm_mono_since(now, before->asked) < AGAIN_MS))
            continue;
        *before = (ohm_day_asked){ .on = true,
                                   .fed = a->runs,
                                   .watts = a->watts,
                                   .until_ms = a->to_ms,
                                   .why = a->reason.why,
                                   .asked = now };
        for (int k = 0; k < p->facts.loads[i].count; k++) {
            const ohm_command command = { .kind = OHM_COMMAND_PLAN,
                                          .load = p->facts.loads[i].loads[k],
                                          .fed = a->runs,
                                          .until_ms = a->to_ms,
                                          .plan = a->reason,
                                          .exact = a->watts > 0,
                                          .setting = a->watts,
                                          .actor = "plan" };
            before->refused = !ohm_daemon_plan_feed(p, &command) || before->refused;
        }
        if (before->refused && !same)
            ohm_log(OHM_LOG_WARNING, "plan refused by the engine load=%s (asked again)",
                    p->facts.loads[i].id);
    }
}

/* --- the work --------------------------------------------------------------------------------- */

static void job_free(ohm_day_job *job)
{
    if (job)
        free(job->json);
    free(job);
}

static void work(uv_work_t *w)
{
    ohm_daemon_plan *p = w->data;
    ohm_fault_stack();
    ohm_day_solve(p->job);
}

static void show(ohm_daemon_plan *p, ohm_day_job *job)
{
    pthread_mutex_lock(&p->lock);
    free(p->json);
    p->json = job->json;
    p->json_len = job->json_len;
    pthread_mutex_unlock(&p->lock);
    job->json = NULL;
}

static void worked(uv_work_t *w, int status)
{
    ohm_daemon_plan *p = w->data;
    ohm_day_job *job = p->job;
    p->job = NULL;
    if (status != 0 || job->cancelled || p->daemon->stopping) {
        job_free(job);
        return;
    }
    show(p, job); /* what is asked and what is shown are one plan, or none */
    if (!job->planned)
        ohm_log(OHM_LOG_WARNING, "no plan why=\"%s\" (thermostats go on)", job->why);
    job_free(p->last);
    p->last = job->planned ? job : NULL;
    ohm_daemon_outlook_planned(p->daemon);
    if (!job->planned)
        job_free(job);
    ask(p);
}

static void begin(ohm_daemon_plan *p, const ohm_day_facts *facts)
{
    p->job = calloc(1, sizeof *p->job);
    if (!p->job)
        return; /* tried again in a while */
    p->job->facts = *facts;
    p->job->budget_ms = BUDGET_MS;
    p->work.data = p;
    if (uv_queue_work(&p->daemon->loop, &p->work, work, worked) == 0)
        return;
    job_free(p->job);
    p->job = NULL;
}

/* Nothing can be planned: said on the page, and nothing more is asked. */
static void give_up(ohm_daemon_plan *p, const ohm_day_facts *facts, const char *why)
{
    ohm_day_job *job = calloc(1, sizeof *job);
    if (!job)
        return;
    job->facts = *facts;
    job->facts.steps = 0;
    job->why = why;
    ohm_day_tell_none(job);
    show(p, job);
    job_free(job);
    job_free(p->last);
    p->last = NULL;
    ask(p);
}

void ohm_daemon_plan_tick(ohm_daemon *d)
{
    ohm_daemon_plan *p = d->plan;
    ohm_mono_ms now = ohm_clock_mono();
    ohm_daemon_twins_tick(d);
    if (!p || d->stopping || ohm_engine_is_starting(d->engine))
        return;
    ohm_daemon_car_tick(p);
    ohm_daemon_plan_count(p);
    if (!p->job)
        ask(p); /* time goes on in the plan */
    bool soon = p->begun.v != 0 && ohm_mono_since(now, p->begun) < AGAIN_MS;
    if (p->job || soon || ohm_mono_since(now, p->looked) < LOOK_MS)
        return;
    p->looked = now;
    ohm_day_facts *facts = malloc(sizeof *facts);
    if (!facts)
        return;
    const char *why = ohm_daemon_plan_know(p, facts);
    uint64_t mark =
        why ? (uint64_t)(uintptr_t)why : ohm_day_mark(facts); /* each reason is one text */
    if (mark != p->mark) {
        p->mark = mark;
        p->begun = now;
        if (why)
            give_up(p, facts, why);
        else
            begin(p, facts);
    }
    free(facts);
}

/* --- its life --------------------------------------------------------------------------------- */

static ohm_day_load load_of(const ohm_daemon *d, uint32_t line, const char *id)
{
    ohm_day_load out = { .there = false };
    for (uint16_t i = 0; line && i < d->config->loads_count; i++)
        if (!strcmp(d->config->loads[i].id, id)) {
            double kw = d->config->loads[i].nominal_w / 1000.0;
            out = (ohm_day_load){
                .there = true, .count = 1, .loads = { i }, .each_kw = { kw }, .power_kw = kw
            };
            out.interlock[0] = d->config->loads[i].interlock;
            out.tier = d->config->loads[i].tier;
            if (d->config->loads[i].kind == OHM_LOAD_MODULATED) {
                out.least_kw = d->config->loads[i].min_w / 1000.0;
                out.step_w = d->config->loads[i].step_w;
            }
            (void)snprintf(out.id, sizeof out.id, "%s", id);
        }
    return out;
}

/* What an earlier run asked for is no plan of this one's. */
static void forget_earlier(ohm_daemon *d)
{
    const ohm_load_state *states = ohm_engine_loads_of(d->engine);
    for (uint16_t i = 0; i < d->config->loads_count; i++) {
        const ohm_command command = { .kind = OHM_COMMAND_PLAN_CLEAR, .load = i, .actor = "plan" };
        if (states[i].planned)
            ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_COMMAND, .command = &command });
    }
}

ohm_err ohm_daemon_plan_start(ohm_daemon *d, ohm_reader *reader)
{
    const ohm_site_plan *plan = &d->site->plan;
    forget_earlier(d);
    OHM_TRY(ohm_daemon_twins_start(d, reader));
    if (!d->site->plan_line || d->options.no_plan)
        return ohm_ok();
    ohm_daemon_plan *p = calloc(1, sizeof *p);
    if (!p)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    p->daemon = d;
    p->facts.plan = *plan;
    p->facts.tz = &d->config->tz;
    p->facts.step_ms = plan->step_minutes * OHM_MINUTE_MS;
    p->facts.steps = (int)(plan->hours * OHM_HOUR_MS / p->facts.step_ms);
    p->facts.has_demo = d->demo;
    p->facts.loads[OHM_HOME_TANK] = load_of(d, plan->water_line, plan->water_load);
    p->facts.loads[OHM_HOME_CAR] = load_of(d, plan->car_line, plan->car_load);
    p->facts.loads[OHM_DAY_ZONE] = load_of(d, plan->heating_line, plan->heating_load);
    ohm_day_zones_start(d, &p->facts);
    ohm_daemon_battery_start(d, &p->facts);
    int failed = pthread_mutex_init(&p->lock, NULL);
    assert(!failed);
    (void)failed;
    d->plan = p;
    OHM_TRY(ohm_daemon_plan_recall(p, reader));
    return ohm_daemon_car_listen(p);
}

void ohm_daemon_plan_drop(ohm_daemon *d)
{
    if (d->plan && d->plan->job)
        d->plan->job->cancelled = true;
}

void ohm_daemon_plan_cancel(ohm_daemon *d)
{
    ohm_daemon_twins_save(d);
    if (!d->plan)
        return;
    ohm_order_stop(&d->plan->orders);
    ohm_daemon_plan_save(d->plan);
    ohm_daemon_plan_drop(d);
}

void ohm_daemon_plan_free(ohm_daemon *d)
{
    ohm_daemon_plan *p = d->plan;
    ohm_daemon_twins_free(d);
    if (!p)
        return;
    assert(!p->job); /* the loop has ended, and waited for it */
    job_free(p->last);
    free(p->json);
    ohm_base_release(&p->base);
    pthread_mutex_destroy(&p->lock);
    free(p);
    d->plan = NULL;
}

ohm_code ohm_daemon_plan_read(void *daemon, char **ret_text, size_t *ret_len)
{
    ohm_daemon *d = daemon;
    ohm_daemon_plan *p = d->plan;
    ohm_code code = OHM_UNKNOWN;
    if (!p)
        return OHM_UNKNOWN;
    pthread_mutex_lock(&p->lock);
    if (p->json) {
        *ret_text = malloc(p->json_len);
        code = *ret_text ? OHM_OK : OHM_NO_MEMORY;
        if (*ret_text) {
            memcpy(*ret_text, p->json, p->json_len);
            *ret_len = p->json_len;
        }
    } else {
        code = OHM_MORE;
    }
    pthread_mutex_unlock(&p->lock);
    return code;
}
