/* Plans of the coming day in the daemon: the loop says what is known, a worker plans, the loop asks
 * the engine for what the plan wants now. A request is an event like a person's command, so that
 * replay has it; what stands above it in the arbitration goes first. Without a plan nothing is
 * asked, and each load's own thermostat goes on. */
#include <math.h>
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
    AGAIN_MS = 20 * OHM_SECOND_MS,  /* between two plannings, however much changes */
    LOOK_MS = 5 * OHM_SECOND_MS,    /* how often it is looked whether anything changed */
    LEARN_MS = 10 * OHM_MINUTE_MS,  /* a quarter of the day is known after so much of it */
    SENSOR_MS = 30 * OHM_MINUTE_MS, /* an older temperature is none */
    DAY_MS = 24 * OHM_HOUR_MS,
};

/* Less of what the meter may draw is planned with. */
#define ROOM_SHARE 0.95
/* Of a contract that does not say. */
#define ROOM_KW 12.0

/* What was asked of the engine for a load. */
typedef struct asked {
    bool on, fed;
    ohm_ms until_ms;
    ohm_plan_why why;
} asked;

struct ohm_daemon_plan {
    ohm_daemon *daemon;
    ohm_day_facts facts; /* what does not change, and what is counted on the way */
    ohm_day_job *job;    /* under way, or NULL */
    ohm_day_job *last;   /* the plan that holds, or NULL */
    uv_work_t work;
    uint64_t mark; /* of what the last one knew */
    ohm_mono_ms begun, counted, looked;
    asked asked[OHM_DAY_LOADS];
    double base_kw[OHM_DAY_SLOTS];
    int64_t base_ms[OHM_DAY_SLOTS];
    double water_kwh, car_got_kwh; /* where no sensor says so */
    bool car_was_home;
    pthread_mutex_t lock; /* of json: the web's threads read it */
    char *json;
    size_t json_len;
};

/* --- what is known ---------------------------------------------------------------------------- */

static int minute_of_day(const ohm_daemon *d, ohm_ms utc_ms)
{
    ohm_civil local = ohm_civil_from_utc(&d->config->tz, utc_ms);
    return local.hour * 60 + local.minute;
}

/* The temperature that a meter says, NAN if none lately. */
double ohm_daemon_plan_sensor_c(const ohm_daemon *d, const char *id)
{
    for (int i = 0; id[0] && i < d->site->meters_count; i++) {
        const ohm_daemon_latest *latest = &d->latest[i];
        if (strcmp(d->devices[i].id, id) != 0)
            continue;
        for (int k = 0; k < latest->values_count; k++) {
            const ohm_daemon_value *v = &latest->values[k];
            if (v->quantity == OHM_Q_TEMPERATURE && v->time_ms != OHM_NO_MS &&
                ohm_daemon_value_age(latest, v, ohm_clock_mono()) <= SENSOR_MS)
                return (double)v->value / 100;
        }
    }
    return NAN;
}

/* What the site may draw: the lowest limit that is given, of whatever force. */
static double subscribed_kw(const ohm_daemon *d)
{
    ohm_bounds bounds;
    double va = d->config->has_contract ? d->config->contract.subscribed_va : 0;
    ohm_engine_bounds(d->engine, &bounds);
    for (int f = OHM_FORCE_CAP; f < OHM_FORCES_COUNT; f++) {
        const ohm_bound *b = &bounds.at[f][0];
        if (b->given && (va <= 0 || b->va < va))
            va = b->va;
    }
    return va > 0 ? va / 1000 * ROOM_SHARE : ROOM_KW;
}

/* The price of each step; past the last that is known, that of the same time a day before. */
static void know_prices(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_contract *contract = &d->config->contract;
    int day = (int)(DAY_MS / facts->step_ms);
    ohm_price price = { .until_ms = OHM_NO_MS };
    ohm_code code = OHM_GAP;
    facts->priced = 0;
    for (int k = 0; k < facts->steps; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
        code = ohm_daemon_price(d, at_ms, &price);
        int before = k >= day ? k - day : k - 1;
        bool known = code == OHM_OK;
        facts->price_eur[k] = known         ? (double)price.ueur_per_kwh * 1e-6
                              : before >= 0 ? facts->price_eur[before]
                                            : 0;
        if (known && facts->priced == k)
            facts->priced = k + 1;
        int row = ohm_contract_row(contract, ohm_civil_from_utc(&d->config->tz, at_ms).date);
        int64_t sold = row >= 0 ? contract->rows[row].export_ueur_per_kwh : 0;
        facts->export_eur[k] = sold > 0 ? (double)sold * 1e-6 : 0;
    }
}

static double number_of(const ohm_segment *segment)
{
    double value = (double)segment->mantissa;
    for (int e = segment->exponent; e > 0; e--)
        value *= 10;
    for (int e = segment->exponent; e < 0; e++)
        value /= 10;
    return value;
}

/* False: nobody says how warm it will be. What the forecast does not reach is as its last hour. */
static bool know_weather(const ohm_daemon *d, ohm_day_facts *facts)
{
    bool warm = facts->has_demo, sun = false;
    for (int k = 0; k < facts->steps && !facts->has_demo; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms + facts->step_ms / 2;
        const ohm_segment *outdoor = ohm_daemon_outdoor_at(d, at_ms);
        const ohm_segment *panels = ohm_daemon_panels_at(d, at_ms);
        warm = warm || outdoor;
        sun = sun || panels;
        facts->outdoor_c[k] = outdoor ? number_of(outdoor) : k > 0 ? facts->outdoor_c[k - 1] : 0;
        double watts = panels ? number_of(panels) : 0;
        facts->sun_kw[k] = watts > 0 ? watts / 1000 : 0;
    }
    facts->has_sun = sun;
    return warm;
}

static void know_loads(ohm_daemon_plan *p, ohm_day_facts *facts)
{
    const ohm_daemon *d = p->daemon;
    const ohm_house *house = facts->has_demo ? ohm_demo_house(d) : NULL;
    const ohm_site_plan *plan = &facts->plan;
    if (house)
        facts->demo = *house;
    double water_c = house ? house->tank_c : ohm_daemon_plan_sensor_c(d, plan->water_sensor);
    facts->water_seen = !isnan(water_c);
    facts->water_kwh = facts->water_seen ? ohm_day_water_kwh(plan, water_c) : p->water_kwh;
    double left = (double)plan->need_wh / 1000 - p->car_got_kwh;
    facts->car_left_kwh = house ? (house->car_wh_left > 0 ? house->car_wh_left / 1000 : NAN)
                          : p->car_was_home ? (left > 0 ? left : 0)
                                            : NAN;
}

/* NULL, or why nothing can be planned. A room whose temperature nobody says is left to its
 * thermostat; the others are planned without it. */
static const char *know(ohm_daemon_plan *p, ohm_day_facts *facts)
{
    ohm_daemon *d = p->daemon;
    *facts = p->facts;
    facts->made_ms = ohm_clock_utc();
    facts->from_ms = facts->made_ms - facts->made_ms % facts->step_ms;
    if (!d->clock_set)
        return "the clock is not set";
    if (!d->config->has_contract)
        return "there is no contract: prices are not known";
    facts->subscribed_kw = subscribed_kw(d);
    know_prices(d, facts);
    if (facts->priced == 0)
        return "no price is known";
    know_loads(p, facts);
    bool weather = know_weather(d, facts);
    double own_c = facts->has_demo ? ohm_demo_house(d)->indoor_c
                                   : ohm_daemon_plan_sensor_c(d, facts->plan.heating_sensor);
    ohm_day_zones_know(d, facts, weather, own_c);
    for (int i = 0; i < OHM_DAY_SLOTS; i++)
        facts->base_kw[i] =
            p->base_ms[i] >= LEARN_MS ? p->base_kw[i] : (double)facts->plan.base_w / 1000;
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (facts->loads[i].there)
            return NULL;
    return "neither the weather nor the room's temperature is known";
}

/* What a plan depends on, in steps that matter: another one is another plan. */
static uint64_t mark_of(const ohm_day_facts *facts)
{
    uint64_t mark = 14695981039346656037u;
    const int64_t single[] = { facts->from_ms, facts->priced, llround(facts->subscribed_kw * 10),
                               llround(facts->water_kwh * 2),
                               isnan(facts->car_left_kwh) ? -1 : llround(facts->car_left_kwh) };
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        mark = (mark ^ (uint64_t)single[i]) * 1099511628211u;
    for (int z = 0; z < OHM_DAY_ZONES_MAX; z++) {
        const ohm_day_zone *zone = &facts->zones[z];
        if (!facts->loads[OHM_DAY_ZONE + z].there)
            continue;
        mark = (mark ^ (uint64_t)llround(zone->indoor_c * 2)) * 1099511628211u + (uint64_t)z;
        mark = (mark ^ (uint64_t)llround(zone->loss_w_per_k)) * 1099511628211u;
        for (int k = 0; k < facts->steps; k++)
            mark = (mark ^ (uint64_t)lround((double)zone->set_c[k] * 10)) * 1099511628211u;
    }
    for (int k = 0; k < facts->steps; k++) {
        mark = (mark ^ (uint64_t)llround(facts->price_eur[k] * 1e5)) * 1099511628211u;
        mark = (mark ^ (uint64_t)llround(facts->sun_kw[k] * 4)) * 1099511628211u;
        mark = (mark ^ (uint64_t)llround(facts->outdoor_c[k])) * 1099511628211u;
    }
    return mark;
}

/* --- what is counted on the way --------------------------------------------------------------- */

/* What the main meter feeds back, W. */
static double export_w(const ohm_daemon *d)
{
    const ohm_daemon_latest *latest = &d->latest[d->config->main_device];
    for (int k = 0; k < latest->values_count; k++)
        if (latest->values[k].quantity == OHM_Q_POWER_EXPORT)
            return ohm_quantity_value(OHM_Q_POWER_EXPORT, latest->values[k].value);
    return 0;
}

/* What the panels make now, as forecast: the plan counts them apart from what is drawn. */
static double panels_kw(const ohm_daemon *d)
{
    const ohm_segment *panels = ohm_daemon_panels_at(d, ohm_clock_utc());
    double kw = panels ? number_of(panels) / 1000 : 0;
    return kw > 0 ? kw : 0;
}

/* What the site draws beside the planned loads, by quarters of the day. */
static void count_base(ohm_daemon_plan *p, int minute, int64_t ms)
{
    const ohm_daemon *d = p->daemon;
    const ohm_supply *supply = &ohm_engine_control_of(d->engine)->supply;
    const ohm_load_state *states = ohm_engine_loads_of(d->engine);
    if (!ohm_engine_meter_fresh_of(d->engine) || supply->import_w < 0)
        return;
    double fed_kw[OHM_DAY_LOADS * OHM_HEAT_LOADS_MAX];
    int fed = 0;
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        for (int k = 0; k < p->facts.loads[i].count; k++)
            if (states[p->facts.loads[i].loads[k]].fed)
                fed_kw[fed++] = p->facts.loads[i].each_kw[k];
    double kw =
        ohm_day_base_kw((supply->import_w - export_w(d)) / 1000.0, panels_kw(d), fed_kw, fed);
    int slot = minute * OHM_DAY_SLOTS / (24 * 60);
    int64_t known = p->base_ms[slot] < DAY_MS ? p->base_ms[slot] : DAY_MS;
    p->base_kw[slot] += (kw - p->base_kw[slot]) * (double)ms / (double)(known + ms);
    p->base_ms[slot] = known + ms;
}

/* Tanks and cars without a sensor: as if their loads drew whenever they are fed. */
static void count_loads(ohm_daemon_plan *p, int minute, int64_t ms)
{
    const ohm_load_state *states = ohm_engine_loads_of(p->daemon->engine);
    const ohm_site_plan *plan = &p->facts.plan;
    const ohm_day_load *tank = &p->facts.loads[OHM_HOME_TANK], *car = &p->facts.loads[OHM_HOME_CAR];
    double hours = (double)ms / (double)OHM_HOUR_MS, room = ohm_day_water_room_kwh(plan);
    double used = (double)plan->day_litres * 0.033 / 24; /* kWh an hour, on the mean */
    if (tank->there) {
        p->water_kwh += hours * ((states[tank->loads[0]].fed ? tank->power_kw : 0) - used);
        p->water_kwh = p->water_kwh < 0 ? 0 : p->water_kwh > room ? room : p->water_kwh;
    }
    bool home = ohm_day_car_home(plan, minute);
    if (car->there && home != p->car_was_home)
        p->car_got_kwh = 0;
    if (car->there && home && states[car->loads[0]].fed)
        p->car_got_kwh += hours * car->power_kw;
    p->car_was_home = home;
}

static void count(ohm_daemon_plan *p)
{
    ohm_mono_ms now = ohm_clock_mono();
    int64_t ms = ohm_mono_since(now, p->counted);
    p->counted = now;
    if (!p->daemon->clock_set || ms <= 0 || ms > OHM_MINUTE_MS)
        return;
    int minute = minute_of_day(p->daemon, ohm_clock_utc());
    count_base(p, minute, ms);
    count_loads(p, minute, ms);
}

/* --- what is asked ---------------------------------------------------------------------------- */

static void feed(ohm_daemon_plan *p, const ohm_command *command)
{
    ohm_event event = { .kind = OHM_EVENT_COMMAND, .command = command };
    event.mono = ohm_clock_mono();
    event.utc_ms = ohm_clock_utc();
    if (ohm_engine_accepts(p->daemon->engine, &event) == OHM_OK)
        ohm_daemon_feed(p->daemon, event);
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
        feed(p, &command);
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
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        const ohm_day_action *a = action_at(p->last, i, now_ms);
        asked *before = &p->asked[i];
        if (!a) {
            take_back(p, i);
            continue;
        }
        if (before->on && before->fed == a->runs && before->until_ms == a->to_ms &&
            before->why == a->reason.why)
            continue;
        *before = (asked){ true, a->runs, a->to_ms, a->reason.why };
        for (int k = 0; k < p->facts.loads[i].count; k++) {
            const ohm_command command = { .kind = OHM_COMMAND_PLAN,
                                          .load = p->facts.loads[i].loads[k],
                                          .fed = a->runs,
                                          .until_ms = a->to_ms,
                                          .plan = a->reason,
                                          .actor = "plan" };
            feed(p, &command);
        }
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
    count(p);
    if (!p->job)
        ask(p); /* time goes on in the plan */
    bool soon = p->begun.v != 0 && ohm_mono_since(now, p->begun) < AGAIN_MS;
    if (p->job || soon || ohm_mono_since(now, p->looked) < LOOK_MS)
        return;
    p->looked = now;
    ohm_day_facts *facts = malloc(sizeof *facts);
    if (!facts)
        return;
    const char *why = know(p, facts);
    uint64_t mark = why ? (uint64_t)(uintptr_t)why : mark_of(facts); /* each reason is one text */
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
    p->counted = ohm_clock_mono();
    p->facts.plan = *plan;
    p->facts.tz = &d->config->tz;
    p->facts.step_ms = plan->step_minutes * OHM_MINUTE_MS;
    p->facts.steps = (int)(plan->hours * OHM_HOUR_MS / p->facts.step_ms);
    p->facts.has_demo = d->demo;
    p->facts.loads[OHM_HOME_TANK] = load_of(d, plan->water_line, plan->water_load);
    p->facts.loads[OHM_HOME_CAR] = load_of(d, plan->car_line, plan->car_load);
    p->facts.loads[OHM_DAY_ZONE] = load_of(d, plan->heating_line, plan->heating_load);
    ohm_day_zones_start(d, &p->facts);
    p->water_kwh = ohm_day_water_room_kwh(plan) / 2;
    int failed = pthread_mutex_init(&p->lock, NULL);
    assert(!failed);
    (void)failed;
    d->plan = p;
    return ohm_ok();
}

void ohm_daemon_plan_cancel(ohm_daemon *d)
{
    ohm_daemon_twins_save(d);
    if (d->plan && d->plan->job)
        d->plan->job->cancelled = true;
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
