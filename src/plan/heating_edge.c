/* Along an edge of the corners of heating: which one, what moves, and where it ends. */
#include "plan/heating_corner_own.h"

#include <math.h>

/* What moves by less than this along an edge stays. */
#define STILL 1e-9

/* --- which one -------------------------------------------------------------------------------- */

/* An edge that saves so much a unit; `scale`: what a unit of power is of its own. */
static void consider(edge *best, int what, double sense, double saves, double scale)
{
    best->count++;
    if (saves * scale <= best->score)
        return;
    best->what = what;
    best->sense = sense;
    best->rate = -saves;
    best->score = saves * scale;
}

/* The price of a limit should be between `low` and `high`. */
static void look_at_limit(edge *best, int what, double price, const double range[2], double scale,
                          double least)
{
    if ((price - range[1]) * scale > least)
        consider(best, what, 1, price - range[1], scale);
    else if ((range[0] - price) * scale > least)
        consider(best, what, -1, range[0] - price, scale);
}

edge ohm_corner_choose(const corner *c, const ohm_heating *of, double least)
{
    edge best = { .what = NONE };
    double cb = fabs(of->c[0] * of->b[0] + of->c[1] * of->b[1]);
    double scale = fabs(of->d) > cb ? fabs(of->d) : cb;
    const double low[2] = { -of->low_price, 0 }, high[2] = { 0, of->high_price };
    for (int k = 0; k < of->steps; k++) {
        const step *s = &c->step[k];
        if (s->power == LOW && -s->reduced > least)
            consider(&best, k, 1, -s->reduced, 1);
        else if (s->power == HIGH && s->reduced > least)
            consider(&best, k, -1, s->reduced, 1);
        if (is_at(s->comfort))
            look_at_limit(&best, of->steps + k, s->slope, s->comfort == AT_LOW ? low : high, scale,
                          least);
    }
    for (int i = 0; i < 2; i++) {
        const double end[2] = { -of->end_price[i], 0 };
        if (is_at(c->end[i]))
            look_at_limit(&best, 2 * of->steps + i, c->end_slope[i], end, fabs(of->b[i]), least);
    }
    return best;
}

/* --- what moves ------------------------------------------------------------------------------- */

/* What the free powers before must do for the edge; returns the first step that moves. */
static int edge_back(corner *c, const ohm_heating *of, const edge *along)
{
    double move[3] = { 0, 0, 0 };
    int n = of->steps, k = along->what >= 2 * n ? n - 1 : along->what % n, first = k;
    if (along->what >= 2 * n)
        move[along->what - 2 * n] = along->sense;
    for (int at = k; at >= 0; at--) {
        step *s = &c->step[at];
        bool here = at == k && along->what < 2 * n;
        move[OWN] = 0;
        if (here && along->what >= n)
            move[OWN] = along->sense;
        if (here && along->what < n) {
            for (int i = 0; i < 2; i++)
                move[i] = s->pending >> i & 1 ? -s->beta[i] * along->sense : 0;
            move[OWN] = -of->d * along->sense;
        }
        s->feed_move = 0;
        first = at;
        int q = s->pivot;
        if (q != NONE) {
            double by = move[q];
            s->feed_move = by * s->inverse;
            move[q] = 0;
            for (int i = 0; i < 2; i++)
                if (i != q && s->pending >> i & 1)
                    move[i] -= s->ratio[i] * by;
            if (s->place != NONE)
                move[OWN] -= s->ratio[OWN] * by;
        }
        if (s->place != NONE)
            move[s->place] = move[OWN];
        if (move[0] == 0 && move[1] == 0)
            break;
    }
    return first;
}

static void edge_forth(corner *c, const ohm_heating *of, const edge *along, int first,
                       double end[2])
{
    double x0 = 0, x1 = 0;
    int n = of->steps, last = along->what >= 2 * n ? n - 1 : along->what % n;
    for (int k = first; k < n; k++) {
        step *s = &c->step[k];
        double u = along->what == k ? along->sense : 0;
        if (s->pivot != NONE)
            u = (k <= last ? s->feed_move : 0) - (s->gain[0] * x0 + s->gain[1] * x1);
        s->du = u;
        s->dy = of->c[0] * x0 + of->c[1] * x1 + of->d * u;
        double then = of->a[0][0] * x0 + of->a[0][1] * x1 + of->b[0] * u;
        x1 = of->a[1][0] * x0 + of->a[1][1] * x1 + of->b[1] * u;
        x0 = then;
    }
    end[0] = x0;
    end[1] = x1;
}

/* --- where it ends ---------------------------------------------------------------------------- */

static bool has_low(const ohm_heating *of)
{
    return of->low_price > 0;
}

static bool has_high(const ohm_heating *of)
{
    return of->high_price > 0 || of->high_curve > 0;
}

static void add_meet(corner *c, int *count, int what, double at, double jump, bool hard)
{
    c->meets[(*count)++] = (ohm_corner_meet){ at > 0 ? at : 0, jump, what, hard };
}

/* The corners of a cost that lie ahead of a value that moves by dy. `down`: it has left them, down
 * or up, where it stands. */
static void meet_costs(corner *c, const ohm_heating *of, int *count, int what, const step *s,
                       unsigned where)
{
    double dy = s->dy;
    bool curved = of->high_curve > 0;
    if (dy > 0) {
        if (where == UNDER && has_low(of))
            add_meet(c, count, what, (of->y_min - s->y) / dy, of->low_price * dy, false);
        if (where <= INSIDE && has_high(of))
            add_meet(c, count, what, (of->y_max - s->y) / dy, of->high_price * dy, curved);
    } else {
        if (where == OVER && has_high(of))
            add_meet(c, count, what, (of->y_max - s->y) / dy, -of->high_price * dy, false);
        if (where >= INSIDE && has_low(of))
            add_meet(c, count, what, (of->y_min - s->y) / dy, -of->low_price * dy, false);
    }
}

static unsigned leaves_to(unsigned comfort, double sense)
{
    if (comfort == AT_LOW)
        return sense > 0 ? INSIDE : UNDER;
    return sense > 0 ? OVER : INSIDE;
}

static int find_meets(corner *c, const ohm_heating *of, const edge *along, int first,
                      const double end[2], const double dend[2])
{
    int count = 0, n = of->steps;
    for (int k = first; k < n; k++) {
        const step *s = &c->step[k];
        if (s->power == FREE && fabs(s->du) > STILL)
            add_meet(c, &count, k, ((s->du > 0 ? of->u_max : of->u_min) - s->u) / s->du, 0, true);
        if (fabs(s->dy) < STILL)
            continue;
        if (!is_at(s->comfort))
            meet_costs(c, of, &count, n + k, s, s->comfort);
        else if (along->what == n + k)
            meet_costs(c, of, &count, n + k, s, leaves_to(s->comfort, along->sense));
    }
    if (along->what < n)
        add_meet(c, &count, along->what, of->u_max - of->u_min, 0, true);
    for (int i = 0; i < 2; i++) {
        unsigned where = c->end[i];
        if (along->what == 2 * n + i)
            where = leaves_to(where, along->sense);
        if (fabs(dend[i]) < STILL || !(of->end_price[i] > 0) || (is_at(where)))
            continue;
        if ((where == UNDER) == (dend[i] > 0))
            add_meet(c, &count, 2 * n + i, (of->end[i] - end[i]) / dend[i],
                     of->end_price[i] * fabs(dend[i]), false);
    }
    return count;
}

/* A value that passes a corner of its cost, or stays at it. */
static void pass(uint8_t *where, bool up, bool stays)
{
    if (stays)
        *where = up ? (*where == UNDER ? AT_LOW : AT_HIGH) : (*where == OVER ? AT_HIGH : AT_LOW);
    else
        *where = up ? (*where == UNDER ? INSIDE : OVER) : (*where == OVER ? INSIDE : UNDER);
}

static void arrive(corner *c, const ohm_heating *of, int what, bool stays, const double dend[2])
{
    int n = of->steps;
    if (what < n)
        c->step[what].power = c->step[what].du > 0 ? HIGH : LOW;
    else if (what < 2 * n)
        pass(&c->step[what - n].comfort, c->step[what - n].dy > 0, stays);
    else
        pass(&c->end[what - 2 * n], dend[what - 2 * n] > 0, stays);
}

static void depart(corner *c, const ohm_heating *of, const edge *along)
{
    int n = of->steps;
    uint8_t *where =
        along->what < 2 * n ? &c->step[along->what % n].comfort : &c->end[along->what - 2 * n];
    if (along->what < n)
        c->step[along->what].power = FREE;
    else
        *where = (uint8_t)leaves_to(*where, along->sense);
}

/* Along the edge as long as it gets cheaper. */
static bool go(corner *c, const ohm_heating *of, const edge *along, int count, const double dend[2])
{
    double rate = along->rate;
    depart(c, of, along);
    for (int left = count; left > 0; left--) {
        int next = 0;
        for (int i = 1; i < left; i++)
            if (c->meets[i].at < c->meets[next].at)
                next = i;
        ohm_corner_meet meet = c->meets[next];
        c->meets[next] = c->meets[left - 1];
        rate += meet.jump;
        bool stays = meet.hard || rate >= 0;
        arrive(c, of, meet.what, stays, dend);
        if (stays)
            return true;
    }
    return false;
}

bool ohm_corner_follow(corner *c, const ohm_heating *of, const edge *along, const double end[2])
{
    double move[2];
    int first = edge_back(c, of, along);
    edge_forth(c, of, along, first, move);
    int count = find_meets(c, of, along, first, end, move);
    return go(c, of, along, count, move);
}
