/* Small changes of the best plan: each place where a device goes on or off is moved, a step of one
 * taken for another, a run moved, left out or joined to the next, and two such changes of two
 * devices at once. What the dynamic programs can't see, because the others' worth of energy changes
 * with the answer, is found here. There are thousands; the cuts (home_cuts.c) leave those few that
 * may be better, which are solved in the order of their promise, and each gives a cut in turn. */
#include "plan/home_own.h"

#include <math.h>
#include <string.h>

#define BETTER_EUR 1e-7
/* A move that costs more than this over the best by itself, relative, goes into no pair. */
#define PAIR_LOSS 0.02
/* Import and export change places where that is better by more than this. */
#define FLIP_EUR 1e-6

/* Patterns that are solved at most, from one day to two at a quarter of an hour; of more steps
 * fewer, since each takes longer, of fewer steps more. */
enum {
    TRIES = 48,
    TRIES_STEPS = 192,
    TRIES_FEW_STEPS = 96,
    TRIES_MAX = 400,
    TRIES_MIN = 8,
};

/* How far a step of tank or car may be taken for another. */
enum { SWAP_STEPS = 192 };
/* Spans of a move, of a pair of moves; moves of a device that go into pairs; moves to be solved;
 * patterns known to be no better. */
enum { SPANS_MAX = 2, PAIR_SPANS_MAX = 2 * SPANS_MAX, POOL = 40, QUEUE = 32, TRIED = 64 };

/* A device is on (or off) from one step up to another. */
typedef struct span {
    short from, to;
    unsigned char of, on;
} span;

typedef struct move {
    int count;
    span spans[PAIR_SPANS_MAX];
    double fixed_eur, least_eur; /* besides the linear program; in all, at least */
} move;

/* Moves in the order of least_eur. */
typedef struct moves {
    int count, most;
    move *of;
} moves;

typedef struct search {
    ohm_home_plan *plan;
    double at_eur[CUTS]; /* of the best plan, by its cuts */
    int own;             /* the cut that says most of it */
    double fixed_eur, tank_eur, starts_eur;
    unsigned char choices[OHM_HOME_STEPS_MAX];
    move pool_of[DEVICES][POOL], queue_of[QUEUE];
    moves pool[DEVICES], queue;
    uint64_t tried[TRIED];
    int tried_count;
} search;

/* --- may it be? ------------------------------------------------------------------------------- */

/* Runs of the heat pump that begin within the horizon last, save the last one. */
static bool pump_holds(const ohm_home *problem, const unsigned char *on)
{
    const ohm_home_pump *pump = &problem->pump;
    bool before = pump->running;
    int start = -1;
    for (int k = 0; k < problem->steps; k++) {
        if ((on[k] != 0) == before)
            continue;
        if (start >= 0 && k - start < (before ? pump->hold_on : pump->hold_off))
            return false;
        start = k;
        before = on[k] != 0;
    }
    return true;
}

static bool tank_holds(const ohm_home *problem, const unsigned char *on)
{
    tank_walk at = home_tank_start(problem);
    home_tank_walk(problem, on, 0, problem->steps, &at);
    return !at.wrong;
}

/* The least powers alone may not overfill the car, and it may charge. */
static bool car_holds(const ohm_home_plan *plan, const unsigned char *on)
{
    const ohm_home *problem = plan->problem;
    double least = 0;
    for (int k = 0; k < problem->steps; k++) {
        if (on[k] && !ohm_home_car_may(problem, k))
            return false;
        least += on[k] ? problem->dt_h * problem->car.ratio * problem->car.least_kw : 0;
        double need = plan->window_need[k + 1];
        if (need >= 0 && least > need + CAR_OVER_KWH)
            return false;
        least = need >= 0 ? 0 : least;
    }
    return true;
}

static bool sell_holds(const ohm_home *problem, const unsigned char *sell)
{
    for (int k = 0; k < problem->steps; k++)
        if (sell[k] && !home_chooses(problem, k))
            return false;
    return true;
}

static bool holds(const ohm_home_plan *plan, device of, const unsigned char *on)
{
    return of == DEVICE_PUMP   ? pump_holds(plan->problem, on)
           : of == DEVICE_TANK ? tank_holds(plan->problem, on)
           : of == DEVICE_CAR  ? car_holds(plan, on)
                               : sell_holds(plan->problem, on);
}

static unsigned char *of_device(pattern *at, device of)
{
    unsigned char *const all[DEVICES] = { at->pump, at->tank, at->car, at->sell };
    return all[of];
}

bool home_change(ohm_home_plan *plan, device of, int from, int to, bool on)
{
    unsigned char *now = of_device(&plan->now, of), before[OHM_HOME_STEPS_MAX];
    size_t count = (size_t)(to - from);
    memcpy(before, now + from, count);
    memset(now + from, on, count);
    if (of == DEVICE_BATTERY)
        memset(plan->now.way + from, on ? WAY_OUT : WAY_IN, count);
    if (memcmp(before, now + from, count) != 0 && holds(plan, of, now))
        return true;
    memcpy(now + from, before, count);
    return false;
}

/* Import or export, where a step chooses, is what is cheaper with that on, by the cut that says
 * most of the best plan. */
static unsigned char answer(const search *s, int k, unsigned char choice)
{
    const home_cuts *cuts = &s->plan->cuts;
    unsigned char other = choice ^ (1u << DEVICE_BATTERY);
    const double *of = cuts->eur + (size_t)k * CHOICES * CUTS + s->own;
    bool flips =
        home_chooses(s->plan->problem, k) && of[other * CUTS] < of[choice * CUTS] - FLIP_EUR;
    return flips ? other : choice;
}

/* --- what it costs at least ------------------------------------------------------------------- */

/* By all cuts, the linear program alone. */
static double least_of(search *s, const span *spans, int count)
{
    const home_cuts *cuts = &s->plan->cuts;
    double eur[CUTS], least = -INFINITY;
    memcpy(eur, s->at_eur, sizeof eur);
    for (int i = 0; i < count; i++) {
        unsigned char bit = (unsigned char)(1u << spans[i].of);
        for (int k = spans[i].from; k < spans[i].to; k++) {
            unsigned char now = s->choices[k], then = spans[i].on ? now | bit : now & ~bit;
            if (spans[i].of != DEVICE_BATTERY)
                then = answer(s, k, then);
            const double *of = cuts->eur + (size_t)k * CHOICES * CUTS;
            for (int c = 0; c < CUTS; c++)
                eur[c] += of[then * CUTS + c] - of[now * CUTS + c];
            s->choices[k] = then;
        }
    }
    for (int i = count - 1; i >= 0; i--)
        for (int k = spans[i].from; k < spans[i].to; k++)
            s->choices[k] = (unsigned char)home_choice(&s->plan->best, k);
    for (int c = 0; c < cuts->count; c++)
        least = home_max(least, eur[c]);
    return least;
}

/* Into plan->now, which is the best plan. */
static void apply(search *s, const span *spans, int count)
{
    for (int i = 0; i < count; i++) {
        unsigned char *on = of_device(&s->plan->now, (device)spans[i].of);
        memset(on + spans[i].from, spans[i].on, (size_t)(spans[i].to - spans[i].from));
    }
}

static void take_back(search *s, const span *spans, int count)
{
    for (int i = 0; i < count; i++) {
        size_t from = (size_t)spans[i].from;
        memcpy(of_device(&s->plan->now, (device)spans[i].of) + from,
               of_device(&s->plan->best, (device)spans[i].of) + from, (size_t)spans[i].to - from);
    }
}

/* What the tank costs with these spans in plan->now; INFINITY where that may not be. One that costs
 * no less than `room_eur` may be told as too little. */
static double tank_eur(const search *s, const span *spans, int count, double room_eur)
{
    const ohm_home *problem = s->plan->problem;
    const unsigned char *on = s->plan->now.tank;
    ohm_home_gave gave[OHM_HOME_LIMITS] = { 0 };
    int from = problem->steps;
    for (int i = 0; i < count; i++)
        from = spans[i].from < from ? spans[i].from : from;
    bool exact;
    tank_walk at = s->plan->walks[from];
    home_tank_walk(problem, on, from, problem->steps, &at);
    if (at.wrong)
        return INFINITY;
    double least = home_tank_least_eur(problem, &at, &exact);
    return exact || least >= room_eur ? least : home_tank_cost(problem, on, gave);
}

/* Into plan->now, if it can be and costs no more than `room_eur` besides the linear program; what
 * it does cost so. */
static bool can(search *s, const span *spans, int count, double room_eur, double *ret_fixed_eur)
{
    device of = (device)spans[0].of;
    pattern *now = &s->plan->now;
    double tank = s->tank_eur, starts = s->starts_eur;
    apply(s, spans, count);
    if (of == DEVICE_TANK)
        tank = tank_eur(s, spans, count, room_eur - starts);
    if (of == DEVICE_PUMP)
        starts = home_starts_eur(s->plan->problem, now->pump);
    bool may = tank + starts < room_eur;
    may = may && (of == DEVICE_TANK || holds(s->plan, of, of_device(now, of)));
    take_back(s, spans, count);
    *ret_fixed_eur = tank + starts;
    return may;
}

static bool has_room(const moves *in, double least_eur)
{
    return in->count < in->most || least_eur < in->of[in->count - 1].least_eur;
}

static void insert(moves *in, const move *what)
{
    int at = in->count < in->most ? in->count++ : in->count - 1;
    while (at > 0 && in->of[at - 1].least_eur > what->least_eur) {
        in->of[at] = in->of[at - 1];
        at--;
    }
    in->of[at] = *what;
}

static double cutoff_eur(const search *s)
{
    return s->plan->best_eur - BETTER_EUR;
}

/* A move of one device: into its pool, and into the queue if it may be better. */
static void consider(search *s, const span *spans, int count)
{
    moves *pool = &s->pool[spans[0].of];
    /* Of what is left, no more can be saved than there is. */
    double saved = spans[0].of == DEVICE_TANK   ? s->tank_eur
                   : spans[0].of == DEVICE_PUMP ? 2 * s->plan->problem->pump.start_eur
                                                : 0;
    double best = s->plan->best_eur, least = least_of(s, spans, count);
    double most = best + PAIR_LOSS * (1 + fabs(best));
    if (pool->count == pool->most)
        most = home_max(cutoff_eur(s), home_min(most, pool->of[POOL - 1].least_eur));
    if (least + s->fixed_eur - saved >= most)
        return;
    move made = { .count = count };
    memcpy(made.spans, spans, (size_t)count * sizeof *spans);
    if (!can(s, spans, count, most - least, &made.fixed_eur))
        return;
    made.least_eur = least + made.fixed_eur;
    if (has_room(pool, made.least_eur))
        insert(pool, &made);
    if (made.least_eur < cutoff_eur(s) && has_room(&s->queue, made.least_eur))
        insert(&s->queue, &made);
}

static void consider_pair(search *s, const move *a, const move *b)
{
    move both = { .count = a->count + b->count };
    memcpy(both.spans, a->spans, (size_t)a->count * sizeof(span));
    memcpy(both.spans + a->count, b->spans, (size_t)b->count * sizeof(span));
    both.fixed_eur = a->fixed_eur + b->fixed_eur - s->fixed_eur;
    both.least_eur = least_of(s, both.spans, both.count) + both.fixed_eur;
    if (both.least_eur < cutoff_eur(s) && has_room(&s->queue, both.least_eur))
        insert(&s->queue, &both);
}

/* --- which there are -------------------------------------------------------------------------- */

/* The step after the run that step k is in. */
static int run_end(const ohm_home *problem, const unsigned char *on, int k)
{
    int end = k + 1;
    while (end < problem->steps && on[end] == on[k])
        end++;
    return end;
}

static span span_of(device of, int from, int to, bool on)
{
    return (span){ (short)from, (short)to, (unsigned char)of, on };
}

/* The run from `from` to `to` begins and ends elsewhere, is left out, or goes as it is. */
static void consider_run(search *s, device of, bool on, int from, int to)
{
    enum { FAR_STEPS = 4 };
    int steps = s->plan->problem->steps;
    span whole = span_of(of, from, to, !on);
    consider(s, &whole, 1);
    for (int by = 1; by <= FAR_STEPS; by++) {
        /* The edges outwards; inwards they are those of the runs beside it, save at the ends. */
        span before = span_of(of, from - by, from, on), after = span_of(of, to, to + by, on);
        span first = span_of(of, from, from + by, !on), last = span_of(of, to - by, to, !on);
        if (from - by >= 0)
            consider(s, &before, 1);
        if (to + by <= steps)
            consider(s, &after, 1);
        if (from == 0 && by < to - from)
            consider(s, &first, 1);
        if (to == steps && by < to - from)
            consider(s, &last, 1);
        if (from - by >= 0 && by < to - from)
            consider(s, (const span[]){ before, last }, 2);
        if (to + by <= steps && by < to - from)
            consider(s, (const span[]){ after, first }, 2);
    }
}

/* Single steps, and one taken for another. */
static void consider_steps(search *s, device of, const unsigned char *on, bool far)
{
    int steps = s->plan->problem->steps;
    for (int k = 0; k < steps && !home_is_over(s->plan); k++) {
        span one = span_of(of, k, k + 1, !on[k]);
        consider(s, &one, 1);
        int from = k > SWAP_STEPS ? k - SWAP_STEPS : 0;
        int to = k < steps - SWAP_STEPS ? k + SWAP_STEPS : steps;
        for (int l = from; l < to && far && on[k] && of != DEVICE_BATTERY; l++)
            if (!on[l])
                consider(s, (const span[]){ one, span_of(of, l, l + 1, true) }, 2);
    }
}

static void consider_device(search *s, device of, bool far)
{
    const ohm_home *problem = s->plan->problem;
    const unsigned char *on = of_device(&s->plan->best, of);
    for (int from = 0, to; from < problem->steps; from = to) {
        to = run_end(problem, on, from);
        consider_run(s, of, on[from], from, to);
    }
    if (of != DEVICE_PUMP)
        consider_steps(s, of, on, far);
}

static void look_at_best(search *s)
{
    const ohm_home_plan *plan = s->plan;
    for (int k = 0; k < plan->problem->steps; k++)
        s->choices[k] = (unsigned char)home_choice(&plan->best, k);
    home_cuts_at(&plan->cuts, plan->problem->steps, s->choices, s->at_eur);
    s->own = 0;
    for (int c = 1; c < CUTS; c++)
        s->own = s->at_eur[c] > s->at_eur[s->own] ? c : s->own;
}

static void consider_all(search *s, bool far)
{
    ohm_home_plan *plan = s->plan;
    const ohm_home *problem = plan->problem;
    ohm_home_gave gave[OHM_HOME_LIMITS] = { 0 };
    plan->decided += far ? 2 : 0; /* it takes as long */
    home_copy_pattern(problem, &plan->now, &plan->best);
    look_at_best(s);
    s->tank_eur = problem->has_tank ? home_tank_cost(problem, plan->best.tank, gave) : 0;
    if (problem->has_tank) {
        plan->walks[0] = home_tank_start(problem);
        for (int k = 0; k < problem->steps; k++) {
            plan->walks[k + 1] = plan->walks[k];
            home_tank_walk(problem, plan->best.tank, k, k + 1, &plan->walks[k + 1]);
        }
    }
    s->starts_eur = home_starts_eur(problem, plan->best.pump);
    s->fixed_eur = s->tank_eur + s->starts_eur;
    s->queue = (moves){ 0, QUEUE, s->queue_of };
    for (int d = 0; d < DEVICES; d++) {
        s->pool[d] = (moves){ 0, POOL, s->pool_of[d] };
        if (home_has(problem, (device)d) && !home_is_over(plan))
            consider_device(s, (device)d, far);
    }
    for (int d = 0; d < DEVICES; d++)
        for (int e = 0; e < d && far && !home_is_over(plan); e++)
            for (int i = 0; i < s->pool[d].count; i++)
                for (int j = 0; j < s->pool[e].count; j++)
                    consider_pair(s, &s->pool[d].of[i], &s->pool[e].of[j]);
}

/* --- the search ------------------------------------------------------------------------------- */

/* Where the spans change a step that chooses: import or export, and what the battery does then. */
static void answer_all(search *s, const span *spans, int count)
{
    pattern *now = &s->plan->now;
    for (int i = 0; i < count; i++)
        for (int k = spans[i].from; k < spans[i].to; k++) {
            unsigned char choice = (unsigned char)home_choice(now, k);
            bool sells = now->sell[k];
            if (spans[i].of != DEVICE_BATTERY)
                now->sell[k] = answer(s, k, choice) >> DEVICE_BATTERY & 1;
            if (sells != now->sell[k] || spans[i].of == DEVICE_BATTERY)
                now->way[k] = now->sell[k] ? WAY_OUT : WAY_IN;
        }
}

/* FNV-1a of the decisions; true the second time. */
static bool was_tried(search *s)
{
    uint64_t sum = 14695981039346656037u;
    for (int d = 0; d < DEVICES; d++)
        for (int k = 0; k < s->plan->problem->steps; k++)
            sum = (sum ^ of_device(&s->plan->now, (device)d)[k]) * 1099511628211u;
    for (int i = 0; i < s->tried_count && i < TRIED; i++)
        if (s->tried[i] == sum)
            return true;
    s->tried[s->tried_count++ % TRIED] = sum;
    return false;
}

/* In place of the one that says least of the best plan. */
static void add_cut(search *s, double *const worth[4], const pattern *at, double eur)
{
    home_cuts *cuts = &s->plan->cuts;
    int to = 0;
    for (int c = 1; c < CUTS; c++)
        to = s->at_eur[c] < s->at_eur[to] ? c : to;
    if (cuts->count < CUTS)
        to = cuts->count++;
    home_cuts_set(cuts, to, s->plan->problem, worth, at, eur);
    home_cuts_at(cuts, s->plan->problem->steps, s->choices, s->at_eur);
}

/* true if it made a better plan. */
static bool try_move(search *s, const move *what)
{
    ohm_home_plan *plan = s->plan;
    double before = plan->best_eur;
    home_copy_pattern(plan->problem, &plan->now, &plan->best);
    apply(s, what->spans, what->count);
    answer_all(s, what->spans, what->count);
    if (was_tried(s))
        return false;
    double eur = home_try(plan, &plan->now);
    if (isfinite(eur) && !home_is_over(plan))
        add_cut(s, plan->cuts.worth, &plan->now, eur - what->fixed_eur);
    return plan->best_eur < before - BETTER_EUR;
}

int home_local_tries(int steps)
{
    int few = TRIES * TRIES_FEW_STEPS / steps, many = TRIES * TRIES_STEPS / steps;
    if (few > TRIES)
        return few < TRIES_MAX ? few : TRIES_MAX;
    return many > TRIES ? TRIES : many > TRIES_MIN ? many : TRIES_MIN;
}

/* The queue, as long as the newest cuts leave something of it. */
static bool try_queue(search *s, int most)
{
    ohm_home_plan *plan = s->plan;
    while (s->queue.count > 0 && plan->solved < most && !home_is_done(plan)) {
        if (try_move(s, &s->queue.of[0]))
            return true;
        moves left = { 0, QUEUE, s->queue_of };
        for (int i = 1, count = s->queue.count; i < count; i++) {
            move next = s->queue.of[i];
            next.least_eur = least_of(s, next.spans, next.count) + next.fixed_eur;
            if (next.least_eur < cutoff_eur(s))
                insert(&left, &next);
        }
        s->queue = left;
    }
    return false;
}

void home_local_search(ohm_home_plan *plan, int tries)
{
    search s = { .plan = plan };
    int most = plan->solved + tries;
    double fixed = home_fixed_eur(plan->problem, &plan->best);
    look_at_best(&s);
    add_cut(&s, plan->worth, &plan->best, plan->best_eur - fixed);
    /* The near ones; where none helps, the far ones, too. */
    for (bool far = false, ended = false; !ended;) {
        consider_all(&s, far);
        bool better = try_queue(&s, most);
        ended = (far && !better) || plan->solved >= most || home_is_done(plan);
        far = !better;
    }
}
