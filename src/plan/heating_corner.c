#include "plan/arena.h"
#include "plan/heating_corner_own.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { MENDS_MAX = 6, TRIES_MAX = 40, MEETS_A_STEP = 3 };

/* An equation that a power does less than this to can't be kept by it. */
#define FAINT 1e-7
/* What an edge saves at least, in parts of the dearest power. */
#define CHEAPER 1e-9

/* --- factor: backwards ------------------------------------------------------------------------ */

typedef struct equation {
    double v[2], beta, rho; /* v·x + beta·u = rho */
    int origin;             /* a step, or steps + i of what the last state i lacks */
} equation;

static double faintness(const equation *e)
{
    return fabs(e->beta) / (fabs(e->v[0]) + fabs(e->v[1]) + 1e-300);
}

/* Which equation a free power keeps; the step's own one where it can. */
static int choose_pivot(const equation *e, int there)
{
    int best = NONE;
    double most = FAINT;
    for (int i = 0; i < 3; i++) {
        double strong = there >> i & 1 ? faintness(&e[i]) : 0;
        if (strong > most) {
            most = strong;
            best = i;
        }
    }
    return best;
}

static void eliminate(step *s, equation *e, int there, int q)
{
    double inverse = 1 / e[q].beta;
    s->inverse = inverse;
    s->feed = e[q].rho * inverse;
    for (int j = 0; j < 2; j++) {
        s->pivot_rows[j] = e[q].v[j];
        s->gain[j] = e[q].v[j] * inverse;
    }
    for (int i = 0; i < 3; i++) {
        if (i == q || !(there >> i & 1))
            continue;
        double ratio = e[i].beta * inverse;
        s->ratio[i] = ratio;
        e[i].v[0] -= ratio * e[q].v[0];
        e[i].v[1] -= ratio * e[q].v[1];
        e[i].rho -= ratio * e[q].rho;
    }
    s->origin = (int16_t)e[q].origin;
    s->pivot = (int8_t)q;
}

static void let_go(corner *c, const ohm_heating *of, int origin)
{
    uint8_t *where = origin < of->steps ? &c->step[origin].comfort : &c->end[origin - of->steps];
    *where = *where == AT_HIGH ? OVER : INSIDE; /* by its value, later */
}

/* The equations of x_{k+1} in `e` become those of x_k. false: the corner had to be changed. */
static bool factor_step(corner *c, const ohm_heating *of, int k, equation e[3], int *pending)
{
    step *s = &c->step[k];
    int there = *pending;
    s->pending = (int8_t)there;
    s->pivot = s->place = NONE;
    for (int i = 0; i < 2; i++) {
        if (!(there >> i & 1))
            continue;
        double g0 = e[i].v[0], g1 = e[i].v[1];
        e[i].v[0] = of->a[0][0] * g0 + of->a[1][0] * g1;
        e[i].v[1] = of->a[0][1] * g0 + of->a[1][1] * g1;
        e[i].beta = s->beta[i] = of->b[0] * g0 + of->b[1] * g1;
        e[i].rho -= g0 * of->drift[0][k] + g1 * of->drift[1][k];
    }
    if (is_at(s->comfort)) {
        double kink = s->comfort == AT_LOW ? of->y_min : of->y_max;
        e[OWN] = (equation){ { of->c[0], of->c[1] }, of->d, kink - of->offset[k], k };
        there |= 1 << OWN;
    }
    if (s->power == FREE) {
        int q = choose_pivot(e, there);
        if (q == NONE) {
            s->power = s->u - of->u_min > of->u_max - s->u ? HIGH : LOW;
            return false;
        }
        eliminate(s, e, there, q);
        there &= ~(1 << q);
    } else {
        s->u = s->power == LOW ? of->u_min : of->u_max;
        for (int i = 0; i < 3; i++)
            if (there >> i & 1)
                e[i].rho -= e[i].beta * s->u;
    }
    if (there >> OWN & 1) {
        int place = there & 1 ? 1 : 0;
        if (there >> place & 1) {
            let_go(c, of, k);
            return false;
        }
        e[place] = e[OWN];
        s->place = (int8_t)place;
        there = (there | 1 << place) & 3;
    }
    *pending = there;
    return true;
}

static bool factor(corner *c, const ohm_heating *of)
{
    equation e[3] = { { .origin = NONE } };
    int pending = 0;
    for (int i = 0; i < 2; i++)
        if (is_at(c->end[i])) {
            e[i] = (equation){ { i == 0, i == 1 }, 0, of->end[i], of->steps + i };
            pending |= 1 << i;
        }
    for (int k = of->steps - 1; k >= 0; k--)
        if (!factor_step(c, of, k, e, &pending))
            return false;
    for (int i = 0; i < 2; i++)
        if (pending >> i & 1)
            let_go(c, of, e[i].origin);
    return pending == 0;
}

/* --- the point: forwards ---------------------------------------------------------------------- */

/* The powers and what they lead to. With `mend`, a free power that has no room goes to its limit,
 * and lets go what it kept. Returns how many did. */
static int lead(corner *c, const ohm_heating *of, bool mend, double end[2])
{
    double x0 = of->x0[0], x1 = of->x0[1];
    int changed = 0;
    for (int k = 0; k < of->steps; k++) {
        step *s = &c->step[k];
        double u = s->u;
        if (s->power == FREE) {
            u = s->feed - (s->gain[0] * x0 + s->gain[1] * x1);
            if (mend && !(u >= of->u_min && u <= of->u_max)) {
                s->power = u > of->u_max ? HIGH : LOW;
                u = u > of->u_max ? of->u_max : of->u_min;
                let_go(c, of, s->origin);
                changed++;
            }
        }
        s->x[0] = x0;
        s->x[1] = x1;
        s->u = u;
        s->y = of->c[0] * x0 + of->c[1] * x1 + (of->d * u + of->offset[k]);
        double then = of->a[0][0] * x0 + of->a[0][1] * x1 + (of->b[0] * u + of->drift[0][k]);
        x1 = of->a[1][0] * x0 + of->a[1][1] * x1 + (of->b[1] * u + of->drift[1][k]);
        x0 = then;
    }
    end[0] = x0;
    end[1] = x1;
    return changed;
}

/* What is at no limit is where its value says. false: it costs by a curve there. */
static bool sort_out(corner *c, const ohm_heating *of, const double end[2])
{
    for (int k = 0; k < of->steps; k++) {
        step *s = &c->step[k];
        if (!is_at(s->comfort))
            s->comfort = s->y < of->y_min ? UNDER : s->y > of->y_max ? OVER : INSIDE;
    }
    bool over = false;
    for (int k = 0; k < of->steps; k++)
        over = over || c->step[k].comfort == OVER;
    for (int i = 0; i < 2; i++)
        if (!is_at(c->end[i]))
            c->end[i] = end[i] < of->end[i] ? UNDER : INSIDE;
    return !(over && of->high_curve > 0);
}

static bool mend(corner *c, const ohm_heating *of, double end[2])
{
    int tries = 0;
    for (int turn = 0; turn < MENDS_MAX; turn++) {
        while (!factor(c, of))
            if (++tries > TRIES_MAX)
                return false;
        if (lead(c, of, true, end) == 0)
            return sort_out(c, of, end);
    }
    return false;
}

/* --- prices ----------------------------------------------------------------------------------- */

static double slope_of(const ohm_heating *of, unsigned comfort)
{
    return comfort == UNDER ? -of->low_price : comfort == OVER ? of->high_price : 0;
}

static void price_back(corner *c, const ohm_heating *of)
{
    double p0 = c->end[0] == UNDER ? -of->end_price[0] : 0;
    double p1 = c->end[1] == UNDER ? -of->end_price[1] : 0;
    for (int k = of->steps - 1; k >= 0; k--) {
        step *s = &c->step[k];
        double slope = slope_of(of, s->comfort);
        double base = of->cost[k] + of->b[0] * p0 + of->b[1] * p1 + of->d * slope;
        double q0 = of->a[0][0] * p0 + of->a[1][0] * p1 + slope * of->c[0];
        double q1 = of->a[0][1] * p0 + of->a[1][1] * p1 + slope * of->c[1];
        s->slope = slope;
        s->base = base;
        if (s->power == FREE) {
            s->alpha = -base * s->inverse;
            q0 += s->alpha * s->pivot_rows[0];
            q1 += s->alpha * s->pivot_rows[1];
        }
        p0 = q0;
        p1 = q1;
    }
}

static void price_forth(corner *c, const ohm_heating *of)
{
    double mu[2] = { 0, 0 };
    for (int k = 0; k < of->steps; k++) {
        step *s = &c->step[k];
        int own = s->place, q = s->pivot;
        double kept = 0;
        if (own != NONE)
            s->slope = mu[own];
        if (q != NONE) {
            kept = s->alpha;
            for (int i = 0; i < 2; i++)
                if (i != q && s->pending >> i & 1)
                    kept -= mu[i] * s->ratio[i];
            if (own != NONE)
                kept -= s->slope * s->ratio[OWN];
            if (q == OWN)
                s->slope = kept;
            else
                mu[q] = kept;
            s->reduced = 0;
            continue;
        }
        double reduced = s->base;
        for (int i = 0; i < 2; i++)
            if (s->pending >> i & 1)
                reduced += mu[i] * s->beta[i];
        if (own != NONE)
            reduced += of->d * s->slope;
        s->reduced = reduced;
    }
    for (int i = 0; i < 2; i++)
        c->end_slope[i] = is_at(c->end[i]) ? mu[i] : c->end[i] == UNDER ? -of->end_price[i] : 0;
}

/* --- the bound -------------------------------------------------------------------------------- */

static double between(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* The Lagrangian's least value at the prices: no powers cost less, whatever rounding did. */
static double bound_of(const corner *c, const ohm_heating *of)
{
    double p0 = between(c->end_slope[0], -of->end_price[0], 0);
    double p1 = between(c->end_slope[1], -of->end_price[1], 0);
    double sum = -(p0 * of->end[0] + p1 * of->end[1]);
    for (int k = of->steps - 1; k >= 0; k--) {
        double l = between(c->step[k].slope, -of->low_price, of->high_price);
        double reduced = of->cost[k] + of->d * l + (of->b[0] * p0 + of->b[1] * p1);
        sum += reduced * (reduced > 0 ? of->u_min : of->u_max);
        sum += l * (of->offset[k] - (l < 0 ? of->y_min : of->y_max));
        sum += p0 * of->drift[0][k] + p1 * of->drift[1][k];
        double q0 = of->c[0] * l + (of->a[0][0] * p0 + of->a[1][0] * p1);
        p1 = of->c[1] * l + (of->a[0][1] * p0 + of->a[1][1] * p1);
        p0 = q0;
    }
    return sum + (p0 * of->x0[0] + p1 * of->x0[1]);
}

/* --- all of it -------------------------------------------------------------------------------- */

bool ohm_heating_corner_fits(const ohm_heating *of)
{
    return of->states == 2 && of->steps <= OHM_HEATING_CORNER_STEPS_MAX && of->u_max > of->u_min &&
           of->y_min < of->y_max;
}

static void take_all(corner *c, int steps, arena *in)
{
    c->step = take(in, (size_t)steps * sizeof *c->step);
    c->meets = take(in, ((size_t)steps * MEETS_A_STEP + 3) * sizeof *c->meets);
}

size_t ohm_heating_corner_size(int steps)
{
    corner c;
    arena in = { NULL, 0 };
    if (steps > OHM_HEATING_CORNER_STEPS_MAX)
        return 0;
    take_all(&c, steps, &in);
    return in.used;
}

void ohm_heating_corner_init(corner *c, int steps, void *memory)
{
    arena in = { memory, 0 };
    assert(steps <= OHM_HEATING_CORNER_STEPS_MAX);
    *c = (corner){ .known = false };
    take_all(c, steps, &in);
}

void ohm_heating_corner_shift(corner *c, int steps)
{
    for (int k = 0; k + 1 < steps; k++) {
        c->step[k].power = c->step[k + 1].power;
        c->step[k].comfort = c->step[k + 1].comfort;
        c->step[k].u = c->step[k + 1].u;
    }
}

static double largest_cost(const ohm_heating *of)
{
    double most = 0;
    for (int k = 0; k < of->steps; k++)
        most = fabs(of->cost[k]) > most ? fabs(of->cost[k]) : most;
    return most;
}

/* Near an optimum what lies at a limit has a slack that is small against its multiplier. */
static bool is_kept(const ohm_stage_limit *soft, int k)
{
    double weight = soft->weight[k];
    return soft->slack[k] * weight < soft->slack_price[k] &&
           soft->over[k] * weight < soft->over_price[k];
}

void ohm_heating_corner_from(corner *c, const ohm_heating *of, const ohm_stage *stage)
{
    /* As ohm_heating makes them: the power's limits, then comfort's. */
    const ohm_stage_limit *least = &stage->limit[0], *most = &stage->limit[1];
    const ohm_stage_limit *low = &stage->limit[2], *high = &stage->limit[3];
    double unit = 0;
    for (int k = 0; k < of->steps; k++)
        unit = fabs(stage->cost[0][k]) > unit ? fabs(stage->cost[0][k]) : unit;
    unit /= of->u_max - of->u_min;
    for (int k = 0; k < of->steps; k++) {
        step *s = &c->step[k];
        s->u = stage->u[0][k];
        s->power = least->slack[k] * unit < least->slack_price[k] ? LOW
                   : most->slack[k] * unit < most->slack_price[k] ? HIGH
                                                                  : FREE;
        s->comfort = is_kept(low, k) ? AT_LOW : is_kept(high, k) ? AT_HIGH : INSIDE;
    }
    for (int i = 0; i < 2; i++)
        c->end[i] = is_kept(low, of->steps + i) ? AT_LOW : INSIDE;
    c->known = true;
}

static bool goes_over(const ohm_heating *of, const edge *along, const corner *c)
{
    int k = along->what - of->steps;
    return of->high_curve > 0 && k >= 0 && k < of->steps && along->sense > 0 &&
           c->step[k].comfort == AT_HIGH;
}

static void take_powers(const corner *c, const ohm_heating *of, double *u)
{
    for (int k = 0; k < of->steps; k++)
        u[k] = between(c->step[k].u, of->u_min, of->u_max);
}

bool ohm_heating_corner_solve(corner *c, const ohm_heating *of, const ohm_corner_patience *patience,
                              double *u, double *ret_bound)
{
    double end[2], least = CHEAPER * (largest_cost(of) + CHEAPER);
    c->known = false;
    c->edges = 0;
    if (!mend(c, of, end))
        return false;
    for (; c->edges <= patience->edges; c->edges++) {
        price_back(c, of);
        price_forth(c, of);
        edge along = ohm_corner_choose(c, of, least);
        if (along.what == NONE) {
            take_powers(c, of, u);
            *ret_bound = bound_of(c, of);
            c->known = true;
            return true;
        }
        if (goes_over(of, &along, c) || along.count > patience->choices)
            return false;
        if (!ohm_corner_follow(c, of, &along, end) || !factor(c, of))
            return false;
        (void)lead(c, of, false, end);
    }
    return false;
}
