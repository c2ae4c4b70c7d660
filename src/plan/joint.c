#include "plan/arena.h"
#include "plan/joint_own.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { ROUNDS_MAX = 20, SWEEPS_MAX = 6, QUIET_ROUNDS = 2, DEVICE_POWERS = 4 };

/* A better plan is one by more than this. */
#define BETTER_EUR 1e-7
/* Of the gap, against 1 + |objective|, beside each zone's own tolerance: nothing better is looked
 * for. */
#define GOOD_ENOUGH 1e-4
#define ZONE_EUR    1e-3
/* Slopes that differ by less are one. */
#define SAME_EUR 1e-9
#define LEAST_A  1e-6

/* A whole plan: the zones on or off, what charges, discharges, fills the car and the tank. */
typedef struct way {
    unsigned char *on[OHM_JOINT_ZONES_MAX];
    double *kw[DEVICE_POWERS];
    double own_eur, wear_eur, stored_eur; /* of the devices, by themselves */
    ohm_home_gave gave[OHM_HOME_LIMITS];  /* by them */
    double eur;                           /* all of it */
} way;

struct ohm_joint_plan {
    const ohm_joint *problem;
    const ohm_home_clock *clock;
    size_t home_bytes;
    void *home_memory;
    zone_work work;
    way best, tried;
    double *load, *none, *price;     /* of the problem that the home's planner gets */
    double *eur;                     /* of a step on of one zone */
    double *shared_eur;              /* the price of a kW in a step, of all */
    double *best_shared, *best_over; /* where the bound is highest */
    double *over; /* by how much more is asked for at that price than is offered */
    double *u[CONTROLS], *told[OHM_JOINT_ZONES_MAX];
    double *rules_kw; /* at the meter, all by the rules */
    double bound_eur;
    int rounds;
};

/* --- the check and memory -------------------------------------------------------------------- */

static bool has_devices(const ohm_home *home)
{
    return home->has_battery || home->has_car || home->has_tank;
}

ohm_err ohm_joint_check(const ohm_joint *problem)
{
    ohm_home home = problem->home;
    if (problem->zones < 1 || problem->zones > OHM_JOINT_ZONES_MAX)
        return ohm_fail(OHM_RANGE, 0, "the number of zones is out of range");
    if (home.has_pump)
        return ohm_fail(OHM_RANGE, 0, "a pump beside the zones is one too many");
    OHM_TRY(ohm_home_check(&home));
    home.has_pump = true;
    for (int z = 0; z < problem->zones; z++) {
        const ohm_joint_zone *zone = &problem->zone[z];
        home.pump = zone->pump;
        home.cop = zone->cop;
        home.drift = zone->drift;
        home.offset = zone->offset;
        OHM_TRY(ohm_home_check(&home));
        if (zone->pump.least_kw < zone->pump.most_kw)
            return ohm_fail(OHM_RANGE, (uint32_t)z, "a zone is on or off");
        if (zone->pump.a < LEAST_A || zone->pump.c < LEAST_A)
            return ohm_fail(OHM_RANGE, (uint32_t)z, "a zone keeps no heat");
    }
    return ohm_ok();
}

static void take_line(arena *in, line *to, int points)
{
    to->x = take(in, (size_t)points * sizeof(double));
    to->y = take(in, (size_t)points * sizeof(double));
}

static void take_work(arena *in, zone_work *to, size_t steps)
{
    for (int i = 0; i < PUMP_STATES; i++) {
        take_line(in, &to->now[i], LINE_KEPT);
        take_line(in, &to->then[i], LINE_KEPT);
    }
    take_line(in, &to->led[0], LINE_LED);
    take_line(in, &to->led[1], LINE_LED);
    take_line(in, &to->least, LINE_POINTS);
    to->low = take(in, (steps + 1) * sizeof(double));
    to->high = take(in, (steps + 1) * sizeof(double));
    to->turns = take(in, 2 * steps * sizeof(line_turns));
}

static void take_way(arena *in, way *to, int zones, size_t steps)
{
    for (int z = 0; z < zones; z++)
        to->on[z] = take(in, steps);
    for (int i = 0; i < DEVICE_POWERS; i++)
        to->kw[i] = take(in, steps * sizeof(double));
}

static ohm_joint_plan *take_all(const ohm_joint *problem, arena *in)
{
    ohm_joint_plan *plan = take(in, sizeof *plan), scratch;
    ohm_joint_plan *to = plan ? plan : &scratch;
    size_t steps = (size_t)problem->home.steps, numbers = steps * sizeof(double);
    double **const series[] = { &to->load,       &to->none, &to->price,       &to->eur,
                                &to->shared_eur, &to->over, &to->best_shared, &to->best_over };
    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        *series[i] = take(in, numbers);
    for (int i = 0; i < CONTROLS; i++)
        to->u[i] = take(in, numbers);
    for (int z = 0; z < problem->zones; z++)
        to->told[z] = take(in, numbers);
    to->rules_kw = take(in, numbers);
    take_way(in, &to->best, problem->zones, steps);
    take_way(in, &to->tried, problem->zones, steps);
    take_work(in, &to->work, steps);
    to->home_bytes = ohm_home_size(&problem->home);
    to->home_memory = take(in, to->home_bytes);
    return plan;
}

size_t ohm_joint_size(const ohm_joint *problem)
{
    arena in = { NULL, 0 };
    (void)take_all(problem, &in);
    return in.used;
}

ohm_joint_plan *ohm_joint_init(const ohm_joint *problem, void *memory)
{
    arena in = { memory, 0 };
    memset(memory, 0, sizeof(ohm_joint_plan));
    ohm_joint_plan *plan = take_all(problem, &in);
    plan->problem = problem;
    memset(plan->none, 0, (size_t)problem->home.steps * sizeof(double));
    for (int i = 0; i < CONTROLS; i++)
        memset(plan->u[i], 0, (size_t)problem->home.steps * sizeof(double));
    return plan;
}

/* --- what a plan costs ----------------------------------------------------------------------- */

static void copy_way(const ohm_joint *problem, way *to, const way *from)
{
    size_t steps = (size_t)problem->home.steps;
    way kept = *to;
    *to = *from;
    memcpy(to->on, kept.on, sizeof to->on);
    memcpy(to->kw, kept.kw, sizeof to->kw);
    for (int z = 0; z < problem->zones; z++)
        memcpy(to->on[z], from->on[z], steps);
    for (int i = 0; i < DEVICE_POWERS; i++)
        memcpy(to->kw[i], from->kw[i], steps * sizeof(double));
}

/* What the meter shows, less what may be curtailed: of all but one zone; -1: of all. */
static double net_kw(const ohm_joint *problem, const way *of, int k, int but)
{
    const ohm_home *home = &problem->home;
    double kw = home->load_kw[k] - home->pv_kw[k] + of->kw[0][k] - of->kw[1][k] + of->kw[2][k] +
                of->kw[3][k];
    for (int z = 0; z < problem->zones; z++)
        kw += z != but && of->on[z][k] ? joint_zone_kw(problem, z) : 0;
    return kw;
}

/* The cheaper side, where import and export exclude each other. */
static split meter_of(const ohm_home *home, int k, double kw)
{
    split buys = home_split(home, k, false, kw);
    if (!home_chooses(home, k))
        return buys;
    split sells = home_split(home, k, true, kw);
    double over = FORBIDDEN_EUR_PER_KWH * home->dt_h;
    return sells.cost_eur + over * sells.over_kw < buys.cost_eur + over * buys.over_kw ? sells
                                                                                       : buys;
}

static double meter_eur(const ohm_home *home, int k, double kw)
{
    split at = meter_of(home, k, kw);
    return at.cost_eur + FORBIDDEN_EUR_PER_KWH * home->dt_h * at.over_kw;
}

static double eur_of(const ohm_joint *problem, const way *of)
{
    double eur = of->own_eur, starts;
    for (int k = 0; k < problem->home.steps; k++)
        eur += meter_eur(&problem->home, k, net_kw(problem, of, k, -1));
    for (int z = 0; z < problem->zones; z++)
        eur += joint_zone_eur(problem, z, of->on[z], NULL, &starts);
    return eur;
}

static bool is_over(const ohm_joint_plan *plan)
{
    return plan->clock && plan->clock->is_over && plan->clock->is_over(plan->clock->ctx);
}

/* --- one after the other --------------------------------------------------------------------- */

/* The zone's best answer to all others; true if it is another one, and cheaper. */
static bool answer(ohm_joint_plan *plan, way *of, int z)
{
    const ohm_joint *problem = plan->problem;
    double kw = joint_zone_kw(problem, z), starts, before, after;
    size_t steps = (size_t)problem->home.steps;
    unsigned char *on = of->on[z], old[OHM_HOME_STEPS_MAX];
    before = joint_zone_eur(problem, z, on, NULL, &starts);
    for (int k = 0; k < problem->home.steps; k++) {
        double rest = net_kw(problem, of, k, z);
        plan->eur[k] = meter_eur(&problem->home, k, rest + kw) - meter_eur(&problem->home, k, rest);
        before += on[k] ? plan->eur[k] : 0;
    }
    memcpy(old, on, steps);
    (void)joint_zone_solve(problem, z, plan->eur, &plan->work, on);
    after = joint_zone_eur(problem, z, on, NULL, &starts);
    for (int k = 0; k < problem->home.steps; k++)
        after += on[k] ? plan->eur[k] : 0;
    if (after < before - BETTER_EUR)
        return true;
    memcpy(on, old, steps);
    return false;
}

static void take_turns(ohm_joint_plan *plan, way *of)
{
    int zones = plan->problem->zones, quiet = 0;
    for (int i = 0; i < SWEEPS_MAX * zones && quiet < zones && !is_over(plan); i++)
        quiet = answer(plan, of, (i + plan->rounds) % zones) ? 0 : quiet + 1;
    of->eur = eur_of(plan->problem, of);
}

/* The devices' controls and what they cost by themselves. */
static void take_devices(const ohm_joint *problem, const ohm_home_controls *controls,
                         const ohm_home_result *result, way *to)
{
    size_t bytes = (size_t)problem->home.steps * sizeof(double);
    memcpy(to->kw[0], controls->charge_kw, bytes);
    memcpy(to->kw[1], controls->discharge_kw, bytes);
    memcpy(to->kw[2], controls->car_kw, bytes);
    for (int k = 0; k < problem->home.steps; k++)
        to->kw[3][k] = problem->home.tank.power_kw * controls->tank_on[k];
    memcpy(to->gave, result->gave, sizeof to->gave);
    to->gave[OHM_HOME_POWER] = to->gave[OHM_HOME_FEED_IN] = (ohm_home_gave){ 0 };
    to->wear_eur = result->wear_eur;
    to->stored_eur = result->stored_eur;
    to->own_eur = result->wear_eur - result->stored_eur;
    for (int i = 0; i < OHM_HOME_LIMITS; i++)
        to->own_eur += to->gave[i].cost_eur;
}

/* The devices against the zones as they are. */
static ohm_home_result solve_home(ohm_joint_plan *plan, const way *of, bool brief,
                                  ohm_home_controls *controls)
{
    const ohm_joint *problem = plan->problem;
    ohm_home home = problem->home;
    ohm_home_result result;
    home.brief = brief;
    home.load_kw = plan->load;
    for (int k = 0; k < home.steps; k++) {
        plan->load[k] = problem->home.load_kw[k];
        for (int z = 0; z < problem->zones; z++)
            plan->load[k] += of->on[z][k] ? joint_zone_kw(problem, z) : 0;
    }
    ohm_home_solve(ohm_home_init(&home, plan->home_memory), &home, plan->clock, controls, &result);
    return result;
}

/* `tried` with other devices, where that is cheaper. */
static void answer_home(ohm_joint_plan *plan, bool brief)
{
    ohm_home_controls controls;
    way *tried = &plan->tried;
    if (!has_devices(&plan->problem->home) || is_over(plan))
        return;
    ohm_home_result result = solve_home(plan, tried, brief, &controls);
    double eur = tried->eur;
    take_devices(plan->problem, &controls, &result, tried);
    tried->eur = eur_of(plan->problem, tried);
    if (tried->eur >= eur)
        tried->eur = INFINITY; /* what was before is in `best`, or given up */
}

static void keep(ohm_joint_plan *plan)
{
    if (plan->tried.eur < plan->best.eur - BETTER_EUR)
        copy_way(plan->problem, &plan->best, &plan->tried);
}

/* From `tried` on: the zones by turns, the devices, the zones again. */
static void settle(ohm_joint_plan *plan)
{
    take_turns(plan, &plan->tried);
    double eur = plan->tried.eur;
    bool near = eur < plan->best.eur + 0.01 * (1 + fabs(plan->best.eur));
    keep(plan);
    if (!near || !has_devices(&plan->problem->home))
        return;
    answer_home(plan, true);
    if (plan->tried.eur >= eur)
        return;
    take_turns(plan, &plan->tried);
    keep(plan);
}

/* --- the price of what is shared ------------------------------------------------------------- */

/* What it costs where the meter would be at that price of a kW, less the price; of where it might
 * be the point nearest to what is asked for. */
static double offered(const pieces *of, double price, double asked_kw, double *ret_kw)
{
    double eur = of->start_eur - price * of->from, from = of->from, till = of->from;
    for (int i = 0; i < of->count; i++) {
        eur += of->slope[i] < price ? (of->slope[i] - price) * of->width[i] : 0;
        from += of->slope[i] < price - SAME_EUR ? of->width[i] : 0;
        till += of->slope[i] <= price + SAME_EUR ? of->width[i] : 0;
    }
    *ret_kw = home_max(from, home_min(till, asked_kw));
    return eur;
}

/* The devices at those prices, no meter in the way: their bound, and what they ask for. */
static double devices_at_prices(ohm_joint_plan *plan, double *asked_kw)
{
    const ohm_home *given = &plan->problem->home;
    ohm_home home = *given;
    ohm_home_controls controls;
    ohm_home_result result;
    if (!has_devices(given))
        return 0;
    home.brief = true;
    home.load_kw = home.pv_kw = plan->none;
    home.import_eur = home.export_eur = plan->price;
    home.import_kw = home.weight_eur = NULL;
    home.subscribed_kw = 1 + given->battery.charge_kw + given->battery.discharge_kw +
                         given->car.most_kw + given->tank.power_kw;
    for (int k = 0; k < home.steps; k++)
        plan->price[k] = plan->shared_eur[k] / home.dt_h;
    ohm_home_solve(ohm_home_init(&home, plan->home_memory), &home, plan->clock, &controls, &result);
    for (int k = 0; k < home.steps; k++)
        asked_kw[k] += controls.charge_kw[k] - controls.discharge_kw[k] + controls.car_kw[k] +
                       home.tank.power_kw * controls.tank_on[k];
    return result.bound_eur;
}

/* The bound at those prices. Leaves in `tried` what the zones would do then, with the best plan's
 * devices, and in `over` what is asked for beyond what is offered. */
static double at_prices(ohm_joint_plan *plan)
{
    const ohm_joint *problem = plan->problem;
    const ohm_home *home = &problem->home;
    double *over = plan->over, eur = 0;
    copy_way(problem, &plan->tried, &plan->best);
    for (int k = 0; k < home->steps; k++)
        over[k] = home->load_kw[k] - home->pv_kw[k];
    for (int k = 0; k < home->steps; k++)
        eur += plan->shared_eur[k] * over[k];
    eur += devices_at_prices(plan, over);
    for (int z = 0; z < problem->zones; z++) {
        double kw = joint_zone_kw(problem, z);
        for (int k = 0; k < home->steps; k++)
            plan->eur[k] = plan->shared_eur[k] * kw;
        eur += joint_zone_solve(problem, z, plan->eur, &plan->work, plan->tried.on[z]);
        for (int k = 0; k < home->steps; k++)
            over[k] += plan->tried.on[z][k] ? kw : 0;
    }
    for (int k = 0; k < home->steps; k++) {
        pieces of;
        double kw;
        home_grid_bound(home, k, &of);
        eur += offered(&of, plan->shared_eur[k], over[k], &kw);
        over[k] -= kw;
    }
    return eur;
}

/* What a kW more costs where the best plan is. */
static void first_prices(ohm_joint_plan *plan)
{
    const ohm_joint *problem = plan->problem;
    for (int k = 0; k < problem->home.steps; k++) {
        pieces of;
        home_grid_bound(&problem->home, k, &of);
        double left = net_kw(problem, &plan->best, k, -1) - of.from;
        int i = 0;
        while (i + 1 < of.count && left > of.width[i])
            left -= of.width[i++];
        plan->shared_eur[k] = of.slope[i];
    }
}

/* Dearer where too much is asked for, cheaper where too little; false: nothing is. */
static bool move_prices(ohm_joint_plan *plan, double far_eur)
{
    const ohm_home *home = &plan->problem->home;
    double square = 0;
    for (int k = 0; k < home->steps; k++)
        square += plan->over[k] * plan->over[k];
    for (int k = 0; k < home->steps && square > 1e-12; k++) {
        pieces of;
        home_grid_bound(home, k, &of);
        double price = plan->shared_eur[k] + far_eur / square * plan->over[k];
        plan->shared_eur[k] = home_max(of.slope[0], home_min(of.slope[of.count - 1], price));
    }
    return square > 1e-12;
}

static bool is_done(const ohm_joint_plan *plan)
{
    double gap = plan->best.eur - plan->bound_eur;
    return gap <= GOOD_ENOUGH * (1 + fabs(plan->best.eur)) + ZONE_EUR * plan->problem->zones;
}

/* The prices of the highest bound, or back to those. */
static void mark(ohm_joint_plan *plan, bool back)
{
    size_t bytes = (size_t)plan->problem->home.steps * sizeof(double);
    memcpy(back ? plan->shared_eur : plan->best_shared, back ? plan->best_shared : plan->shared_eur,
           bytes);
    memcpy(back ? plan->over : plan->best_over, back ? plan->best_over : plan->over, bytes);
}

/* Polyak's steps: as far as would close the gap; where that did not help for a while, half as far
 * from where the bound was highest. */
static void search(ohm_joint_plan *plan)
{
    double part = 1;
    int quiet = 0;
    first_prices(plan);
    for (; plan->rounds < ROUNDS_MAX && !is_over(plan); plan->rounds++) {
        double eur = at_prices(plan);
        bool higher = eur > plan->bound_eur + BETTER_EUR;
        quiet = higher ? 0 : quiet + 1;
        plan->bound_eur = home_max(plan->bound_eur, eur);
        if (higher)
            mark(plan, false);
        if (is_done(plan))
            break;
        settle(plan);
        if (quiet >= QUIET_ROUNDS) {
            mark(plan, true);
            part /= 2;
            quiet = 0;
            eur = plan->bound_eur;
        }
        if (is_done(plan) || !move_prices(plan, part * home_max(plan->best.eur - eur, 0)))
            break;
    }
}

/* --- the answer ------------------------------------------------------------------------------ */

/* What is at the meter, and all that is told of the best plan. */
static void account(ohm_joint_plan *plan, ohm_home_result *result)
{
    const ohm_joint *problem = plan->problem;
    const ohm_home *home = &problem->home;
    const way *best = &plan->best;
    memcpy(result->gave, best->gave, sizeof result->gave);
    result->wear_eur = best->wear_eur;
    result->stored_eur = best->stored_eur;
    result->weight_eur = 0;
    for (int k = 0; k < home->steps; k++) {
        split at = meter_of(home, k, net_kw(problem, best, k, -1));
        plan->u[IMPORT][k] = at.import_kw;
        double weight = home->weight_eur ? home->weight_eur[k] : 0;
        result->weight_eur += weight * home->dt_h * at.import_kw;
        plan->u[EXPORT][k] = at.export_kw;
        plan->u[CURTAIL][k] = at.curtail_kw;
        plan->u[SHED][k] = at.shed_kw;
        plan->u[TANK_ON][k] = best->kw[3][k] > 0;
        const double lack[2] = { at.shed_kw, at.over_kw };
        const double price[2] = { home_over_eur(home), FORBIDDEN_EUR_PER_KWH };
        for (int i = 0; i < 2; i++) {
            ohm_home_gave *gave = &result->gave[i ? OHM_HOME_FEED_IN : OHM_HOME_POWER];
            gave->cost_eur += lack[i] * price[i] * home->dt_h;
            gave->steps += lack[i] > 1e-6;
            gave->most = lack[i] > 1e-6 ? home_max(gave->most, lack[i]) : gave->most;
        }
    }
    for (int i = 0; i < 3; i++)
        memcpy(plan->u[CHARGE + i], best->kw[i], (size_t)home->steps * sizeof(double));
    for (int z = 0; z < problem->zones; z++) {
        double starts;
        (void)joint_zone_eur(problem, z, best->on[z], result->gave, &starts);
        result->wear_eur += starts;
        for (int k = 0; k < home->steps; k++)
            plan->told[z][k] = best->on[z][k];
    }
}

/* Thermostats, and the devices beside them: the first plan, and what the rules cost. */
static void begin(ohm_joint_plan *plan, ohm_home_result *result)
{
    const ohm_joint *problem = plan->problem;
    ohm_home_controls controls;
    way *tried = &plan->tried;
    for (int z = 0; z < problem->zones; z++)
        joint_zone_rules(problem, z, tried->on[z]);
    *result = solve_home(plan, tried, true, &controls);
    memcpy(plan->rules_kw, result->rules_kw, (size_t)problem->home.steps * sizeof *plan->rules_kw);
    result->rules_kw = plan->rules_kw;
    take_devices(problem, &controls, result, tried);
    tried->eur = eur_of(problem, tried);
    plan->best.eur = INFINITY;
    keep(plan);
    for (int z = 0; z < problem->zones; z++) {
        double starts;
        result->rules_eur += joint_zone_eur(problem, z, tried->on[z], result->rules_gave, &starts);
        result->rules_wear_eur += starts;
    }
}

/* The devices as if no zone were heated, and the zones of what they leave, or the other way round:
 * where there is not enough for both, no step of one of them leads there. */
static void yield(ohm_joint_plan *plan, bool devices)
{
    way *tried = &plan->tried;
    size_t steps = (size_t)plan->problem->home.steps;
    copy_way(plan->problem, tried, &plan->best);
    for (int z = 0; z < plan->problem->zones; z++)
        memset(tried->on[z], 0, steps);
    for (int i = 0; i < 4 && devices; i++)
        memset(tried->kw[i], 0, steps * sizeof(double));
    if (devices)
        take_turns(plan, tried);
    tried->eur = INFINITY;
    answer_home(plan, false);
    settle(plan);
}

void ohm_joint_solve(ohm_joint_plan *plan, const ohm_home_clock *clock, ohm_home_controls *controls,
                     ohm_joint_result *result)
{
    plan->clock = clock;
    plan->rounds = 0;
    plan->bound_eur = -INFINITY;
    begin(plan, &result->home);
    settle(plan);
    for (int i = 0; i < 2 && home_in_order(&plan->problem->home); i++)
        yield(plan, i == 1);
    search(plan);
    account(plan, &result->home);
    result->home.objective_eur = plan->best.eur;
    result->home.bound_eur = plan->bound_eur;
    result->home.time_over = is_over(plan);
    result->rounds = plan->rounds;
    *controls =
        (ohm_home_controls){ plan->u[IMPORT],  plan->u[EXPORT],    plan->u[CURTAIL], plan->u[SHED],
                             plan->u[CHARGE],  plan->u[DISCHARGE], plan->u[CAR],     plan->u[PUMP],
                             plan->u[TANK_ON], plan->u[PUMP_ON] };
}

const double *ohm_joint_on(const ohm_joint_plan *plan, int zone)
{
    assert(zone >= 0 && zone < plan->problem->zones);
    return plan->told[zone];
}
