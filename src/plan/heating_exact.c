#include "plan/arena.h"
#include "plan/heating_walk.h"

#include <assert.h>
#include <math.h>

/* In steps of all the power: how far from powers that may be good. */
#define BAND 1.0
/* A state this near to a corner of what follows may be at it. */
#define NEAR 1e-7

/* Pieces and lines that a step adds, at most as far as is known. */
enum { PIECES_A_STEP = 64, SPARE = 64 };

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* --- the whole horizon ------------------------------------------------------------------------ */

/* Of how power and state act on comfort and on what follows. */
static double determinant(const ohm_heating *of)
{
    return of->b[0] * of->c[0] - of->a[0][0] * of->d;
}

bool ohm_heating_exact_fits(const ohm_heating *of)
{
    return of->states == 1 && of->steps <= OHM_HEATING_EXACT_STEPS_MAX && of->a[0][0] > 0 &&
           of->b[0] > 0 && of->c[0] > 0 && of->d >= 0 && of->u_max > of->u_min &&
           of->y_min <= of->y_max &&
           fabs(determinant(of)) > 1e-9 * (of->b[0] * of->c[0] + of->a[0][0] * of->d);
}

static void take_all(ohm_heating_exact *work, int steps, arena *in)
{
    size_t count = (size_t)steps;
    work->pieces_max = count * PIECES_A_STEP + SPARE;
    work->lines_max = count * (count + SPARE) + SPARE;
    work->pieces = take(in, work->pieces_max * sizeof *work->pieces);
    work->lines.x = take(in, work->lines_max * sizeof(double));
    work->lines.value = take(in, work->lines_max * sizeof(double));
    work->lines.rate = take(in, work->lines_max * sizeof(double));
}

size_t ohm_heating_exact_size(int steps)
{
    ohm_heating_exact work;
    arena in = { NULL, 0 };
    if (steps > OHM_HEATING_EXACT_STEPS_MAX)
        return 0;
    take_all(&work, steps, &in);
    return in.used;
}

void ohm_heating_exact_init(ohm_heating_exact *work, int steps, void *memory)
{
    arena in = { memory, 0 };
    assert(steps <= OHM_HEATING_EXACT_STEPS_MAX);
    take_all(work, steps, &in);
}

/* Below and above the comfort's limits, and between them where there is anything. */
static void fill_comfort(walk *w, const ohm_heating *of)
{
    int i = 0;
    w->comfort = (lines){ w->corners[0], w->corners[1], w->corners[2], 0 };
    const struct {
        double x, value, rate;
        bool there;
    } rows[COMFORT_LINES] = { { of->y_min, -of->low_price, 0, true },
                              { of->y_min, 0, 0, of->y_max > of->y_min },
                              { of->y_max, of->high_price, 2 * of->high_curve, true } };
    for (int r = 0; r < COMFORT_LINES; r++) {
        w->comfort.x[i] = rows[r].x;
        w->comfort.value[i] = rows[r].value;
        w->comfort.rate[i] = rows[r].rate;
        i += rows[r].there;
    }
    w->comfort.count = i;
}

/* Between which states each stage can be; of those, no further from where the powers `near` lead
 * than BAND steps of all the power. */
static void fill_reach(ohm_heating_exact *work, const ohm_heating *of, const double *near)
{
    double x = of->x0[0], band = BAND * of->b[0] * (of->u_max - of->u_min);
    work->low[0] = work->high[0] = x;
    for (int k = 0; k < of->steps; k++) {
        double low = of->a[0][0] * work->low[k] + of->b[0] * of->u_min + of->drift[0][k];
        double high = of->a[0][0] * work->high[k] + of->b[0] * of->u_max + of->drift[0][k];
        if (near) {
            x = of->a[0][0] * x + of->b[0] * near[k] + of->drift[0][k];
            low = low > x - band ? low : x - band;
            high = smaller(high, x + band);
        }
        work->low[k + 1] = low;
        work->high[k + 1] = high;
    }
}

/* What the last state lacks costs. */
static lines lines_of(const ohm_heating_exact *work, size_t from, size_t to)
{
    const lines *all = &work->lines;
    return (lines){ all->x + from, all->value + from, all->rate + from, (int)(to - from) };
}

static void fill_end(const ohm_heating_exact *work, const ohm_heating *of, lines *out)
{
    double low = work->low[of->steps], high = work->high[of->steps], end = of->end[0];
    bool lacks = end > low && of->end_price[0] > 0;
    out->x[0] = low;
    out->x[1] = end;
    out->value[0] = lacks ? -of->end_price[0] : 0;
    out->value[1] = out->rate[0] = out->rate[1] = 0;
    out->count = lacks && end < high ? 2 : 1;
}

static bool backwards(ohm_heating_exact *work, const ohm_heating *of)
{
    walk w = { .a = of->a[0][0],
               .b = of->b[0],
               .c = of->c[0],
               .d = of->d,
               .low_u = of->u_min,
               .high_u = of->u_max };
    size_t pieces = 0, used = 0;
    fill_comfort(&w, of);
    w.out = lines_of(work, 0, 0);
    fill_end(work, of, &w.out);
    for (int k = of->steps - 1; k >= 0; k--) {
        int turn = of->steps - 1 - k;
        work->line[turn] = used;
        work->piece[turn] = pieces;
        used += (size_t)w.out.count;
        w.cost = of->cost[k];
        w.drift = of->drift[0][k];
        w.offset = of->offset[k];
        w.next = w.out;
        w.out = lines_of(work, used, used);
        w.pieces = work->pieces + pieces;
        w.lines_max = (int)(work->lines_max - used);
        w.pieces_max = (int)(work->pieces_max - pieces);
        w.pieces_count = 0;
        if (!ohm_heating_walk(&w, work->low[k], work->high[k]))
            return false;
        pieces += (size_t)w.pieces_count;
    }
    work->line[of->steps] = used;
    work->line[of->steps + 1] = used + (size_t)w.out.count;
    work->piece[of->steps] = pieces;
    return true;
}

/* --- forwards: the powers, and a bound -------------------------------------------------------- */

static int find_piece(const piece *of, int count, double x)
{
    int low = 0, high = count;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (of[middle].x <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Prices of one step. Where the power is free, it and the state's worth say what a kelvin of
 * comfort costs; where it is at a limit, comfort itself does. */
typedef struct step_prices {
    double per_worth, constant;
} step_prices;

static double comfort_in(const piece *p, const step_prices *of, double x, double worth)
{
    return p->u_rate < 0 ? of->per_worth * worth + of->constant
                         : p->comfort + p->comfort_rate * (x - p->x);
}

/* At a corner a state's worth is anything between both sides, and so is comfort's. */
static double between(const piece *left, const step_prices *of, double x, double worth)
{
    const piece *right = left + 1;
    double below = left->worth_end, above = right->worth, l = comfort_in(left, of, x, below);
    double r = comfort_in(right, of, x, above);
    return above > below ? l + (r - l) * (worth - below) / (above - below) : l;
}

static double comfort_of(const piece *pieces, int count, int i, const step_prices *of, double x,
                         double worth)
{
    while (i > 0 && worth < pieces[i].worth && x - pieces[i].x < NEAR) {
        i--;
        if (worth >= pieces[i].worth_end)
            return between(&pieces[i], of, pieces[i + 1].x, worth);
    }
    while (i + 1 < count && pieces[i + 1].x - x < NEAR && worth > pieces[i].worth_end) {
        i++;
        if (worth <= pieces[i].worth)
            return between(&pieces[i - 1], of, pieces[i].x, worth);
    }
    return comfort_in(&pieces[i], of, x, worth);
}

static double on_line(const lines *of, int i, double x)
{
    return of->value[i] + of->rate[i] * (x - of->x[i]);
}

/* What the state is worth: at a corner the stage before said where between both sides. */
static double worth_of(const lines *of, double x, double said)
{
    int i = 0, high = of->count;
    while (high - i > 1) {
        int middle = (i + high) / 2;
        *(of->x[middle] <= x ? &i : &high) = middle;
    }
    int left = i;
    while (left > 0 && x - of->x[left] < NEAR)
        left--;
    while (i + 1 < of->count && of->x[i + 1] - x < NEAR)
        i++;
    double least = on_line(of, left, x), most = on_line(of, i, x);
    return said < least ? least : smaller(said, most);
}

/* The powers from the first state on; what comfort costs in each step goes to `comfort`. Returns
 * what the last state is worth. */
static double forwards(const ohm_heating_exact *work, const ohm_heating *of, double *u,
                       double *comfort)
{
    double x = of->x0[0], worth = 0, det = determinant(of);
    for (int k = 0; k < of->steps; k++) {
        int turn = of->steps - 1 - k;
        lines stage = lines_of(work, work->line[turn + 1], work->line[turn + 2]);
        const piece *pieces = work->pieces + work->piece[turn];
        int count = (int)(work->piece[turn + 1] - work->piece[turn]);
        int i = find_piece(pieces, count, x);
        double power = pieces[i].u + pieces[i].u_rate * (x - pieces[i].x);
        const step_prices prices = { of->b[0] / det, of->a[0][0] * of->cost[k] / det };
        u[k] = power > of->u_min ? smaller(power, of->u_max) : of->u_min;
        worth = worth_of(&stage, x, worth);
        comfort[k] = comfort_of(pieces, count, i, &prices, x, worth);
        worth = (worth - of->c[0] * comfort[k]) / of->a[0][0];
        x = of->a[0][0] * x + of->b[0] * u[k] + of->drift[0][k];
    }
    return worth;
}

/* A line below what comfort costs, of slope *l: what it is at y = 0. */
static double below_comfort(const ohm_heating *of, double *l)
{
    double most = of->high_curve > 0 ? INFINITY : of->high_price;
    *l = *l < -of->low_price ? -of->low_price : smaller(*l, most);
    if (*l <= 0)
        return -*l * of->y_min;
    double above = *l - of->high_price;
    return -*l * of->y_max - (above > 0 ? above * above / (4 * of->high_curve) : 0);
}

/* The Lagrangian's least value at these prices: no powers cost less. */
static double bound_of(const ohm_heating *of, const double *comfort, double worth)
{
    double next = worth < -of->end_price[0] ? -of->end_price[0] : worth > 0 ? 0 : worth;
    double sum = -next * of->end[0];
    for (int k = of->steps - 1; k >= 0; k--) {
        double l = comfort[k], constant = below_comfort(of, &l);
        double reduced = of->cost[k] + of->d * l + of->b[0] * next;
        sum += reduced * (reduced > 0 ? of->u_min : of->u_max);
        sum += constant + l * of->offset[k] + next * of->drift[0][k];
        next = of->c[0] * l + of->a[0][0] * next;
    }
    return sum + next * of->x0[0];
}

bool ohm_heating_exact_solve(ohm_heating_exact *work, const ohm_heating *problem,
                             const double *near, double *u, double *ret_bound)
{
    double comfort[OHM_HEATING_EXACT_STEPS_MAX];
    if (!ohm_heating_exact_fits(problem))
        return false;
    fill_reach(work, problem, near);
    if (!backwards(work, problem))
        return false;
    double worth = forwards(work, problem, u, comfort);
    *ret_bound = bound_of(problem, comfort, worth);
    return true;
}
