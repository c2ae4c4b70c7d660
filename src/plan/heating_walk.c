#include "plan/heating_walk.h"

#include "plan/lanes.h"

#include <math.h>

/* Of the sizes at hand: what is smaller is rounding. */
#define NOTHING 1e-12

/* How the power goes on: per unit of the state. */
typedef struct course {
    double u_rate, l, l_rate, v, v_rate; /* l: d comfort / d y; v: d what follows / d z */
    bool keep_y, keep_z;                 /* stays at the corner */
} course;

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double y_of(const walk *w)
{
    return w->c * w->x + w->d * w->u + w->offset;
}

static double z_of(const walk *w)
{
    return w->a * w->x + w->b * w->u + w->drift;
}

static double on_line(const lines *of, int i, double at)
{
    return of->value[i] + of->rate[i] * (at - of->x[i]);
}

static double comfort_at(const walk *w, int i, double y)
{
    return on_line(&w->comfort, i, y);
}

static double worth_at(const walk *w, int j, double z)
{
    return on_line(&w->next, j, z);
}

/* --- where to go from here ------------------------------------------------------------------- */

/* The derivative by the power, where y and z leave their corners downwards or upwards. */
typedef struct place {
    int i, j; /* lines of y and z */
    double l, v, slope;
} place;

static place place_of(const walk *w, bool y_below, bool z_below)
{
    place p = { w->y.at - (w->y.corner && y_below), w->z.at - (w->z.corner && z_below), 0, 0, 0 };
    p.l = comfort_at(w, p.i, y_of(w));
    p.v = worth_at(w, p.j, z_of(w));
    p.slope = w->cost + w->d * p.l + w->b * p.v;
    return p;
}

static double rounding(const walk *w, const place *p)
{
    return NOTHING * (fabs(w->cost) + w->d * fabs(p->l) + w->b * fabs(p->v));
}

/* The line down to whose beginning it pays to go: where all is level, past those that are still
 * worth too much. */
static int pays_until(const walk *w, const place *p)
{
    const lines *next = &w->next;
    double most = -(w->cost + w->d * p->l) / w->b;
    int j = p->j;
    if (w->comfort.rate[p->i] > 0 || next->rate[j] > 0)
        return j;
    while (j > 1 && next->rate[j - 1] <= 0 && next->value[j - 1] > most)
        j--;
    return j;
}

/* Down at this very state, where `p` says that it pays, until it no longer does or to a corner. */
static void fall(walk *w, const place *p)
{
    double most = w->u - w->low_u, to_y = INFINITY, to_z = INFINITY;
    int j = pays_until(w, p);
    if (p->i > 0 && w->d > 0)
        to_y = (y_of(w) - w->comfort.x[p->i]) / w->d;
    if (p->j > 0)
        to_z = (z_of(w) - w->next.x[j]) / w->b;
    double bend = w->d * w->d * w->comfort.rate[p->i] + w->b * w->b * w->next.rate[p->j];
    double way = smaller(most, smaller(to_y, to_z));
    bool stops = bend > 0 && p->slope < way * bend;
    way = stops ? p->slope / bend : way > 0 ? way : 0;
    w->u = way >= most ? w->low_u : w->u - way;
    w->y = (stand){ p->i, !stops && to_y <= way };
    w->z = (stand){ j, !stops && to_z <= way };
    for (double z = z_of(w); !w->z.corner && w->z.at < p->j && w->next.x[w->z.at + 1] <= z;)
        w->z.at++;
}

/* With y, z or neither held at its corner. */
static course course_at(const walk *w, const place *p, double u_rate)
{
    course o = { .u_rate = u_rate, .l = p->l, .v = p->v };
    o.l_rate = w->comfort.rate[p->i] * (w->c + w->d * u_rate);
    o.v_rate = w->next.rate[p->j] * (w->a + w->b * u_rate);
    return o;
}

static course hold_y(const walk *w, const place *p)
{
    course o = course_at(w, p, -w->c / w->d);
    o.keep_y = true;
    o.l = -(w->cost + w->b * o.v) / w->d;
    o.l_rate = -w->b * o.v_rate / w->d;
    return o;
}

static course hold_z(const walk *w, const place *p)
{
    course o = course_at(w, p, -w->a / w->b);
    o.keep_z = true;
    o.v = -(w->cost + w->d * o.l) / w->b;
    o.v_rate = -w->d * o.l_rate / w->b;
    return o;
}

/* The rate that keeps the derivative by the power at 0 in these lines; flat: none of them bends. */
static double smooth_rate(const walk *w, const place *p, bool *ret_flat)
{
    double bend_y = w->d * w->comfort.rate[p->i], bend_z = w->b * w->next.rate[p->j];
    double bend = w->d * bend_y + w->b * bend_z;
    *ret_flat = !(bend > 0);
    return *ret_flat ? 0 : -(bend_y * w->c + bend_z * w->a) / bend;
}

typedef struct corner {
    double rate; /* of the power, that stays at it */
    bool is_y;
} corner;

static int corners_of(const walk *w, corner out[2])
{
    const corner y = { -w->c / w->d, true }, z = { -w->a / w->b, false };
    int count = 0;
    if (w->y.corner)
        out[count++] = y;
    if (w->z.corner)
        out[count++] = z;
    if (count == 2 && z.rate < y.rate) {
        out[0] = z;
        out[1] = y;
    }
    return count;
}

/* Between two corners' rates y and z leave to certain sides. From the lowest rates up, of which
 * `p` is the place, until the derivative by the power is no longer below 0. */
static course decide(const walk *w, place p)
{
    corner at[2];
    int count = corners_of(w, at);
    bool y_below = w->y.corner, z_below = w->z.corner;
    place before = p;
    for (int r = 0;; r++) {
        bool flat;
        double small = rounding(w, &p), rate = smooth_rate(w, &p, &flat);
        bool bends = fabs(p.slope) <= small && !flat;
        if (r > 0 && (p.slope > small || (bends && rate < at[r - 1].rate)))
            return (at[r - 1].is_y ? hold_y : hold_z)(w, &before);
        if (r == count || (bends && rate <= at[r].rate))
            return course_at(w, &p, bends ? rate : 0);
        before = p;
        y_below = y_below && !at[r].is_y;
        z_below = z_below && at[r].is_y;
        p = place_of(w, y_below, z_below);
    }
}

/* --- one stage ------------------------------------------------------------------------------- */

static void leave(stand *at, bool keep, double rate)
{
    if (!at->corner || keep)
        return;
    at->at -= rate < 0;
    at->corner = false;
}

/* Until what holds a corner lets go: its multiplier would leave [low, high]. */
static double to_release(double value, double rate, double low, double high)
{
    if (rate == 0)
        return INFINITY;
    double way = rate < 0 ? (low - value) / rate : (high - value) / rate;
    return way > 0 ? way : 0;
}

/* Until an argument comes to the end of its line; *ret_at is the corner there. */
static double to_end(double value, double rate, double below, double above, int at, int *ret_at)
{
    if (rate == 0)
        return INFINITY;
    double way = ((rate < 0 ? below : above) - value) / rate;
    *ret_at = rate < 0 ? at : at + 1;
    return way > 0 ? way : 0;
}

static double way_y(const walk *w, const course *o, int *ret_at)
{
    double y = y_of(w);
    int i = w->y.at;
    *ret_at = -1;
    if (o->keep_y)
        return to_release(o->l, o->l_rate, comfort_at(w, i - 1, y), comfort_at(w, i, y));
    double below = i > 0 ? w->comfort.x[i] : -INFINITY;
    double above = i + 1 < w->comfort.count ? w->comfort.x[i + 1] : INFINITY;
    return to_end(y, w->c + w->d * o->u_rate, below, above, i, ret_at);
}

static double way_z(const walk *w, const course *o, int *ret_at)
{
    double z = z_of(w);
    int j = w->z.at;
    *ret_at = -1;
    if (o->keep_z)
        return to_release(o->v, o->v_rate, worth_at(w, j - 1, z), worth_at(w, j, z));
    double below = j > 0 ? w->next.x[j] : -INFINITY;
    double above = j + 1 < w->next.count ? w->next.x[j + 1] : INFINITY;
    return to_end(z, w->a + w->b * o->u_rate, below, above, j, ret_at);
}

/* Until the power comes to its lower limit, or leaves the upper one. */
static double way_u(const walk *w, const course *o)
{
    if (o->u_rate < 0)
        return (w->low_u - w->u) / o->u_rate;
    double slope = w->cost + w->d * o->l + w->b * o->v;
    double rate = w->d * o->l_rate + w->b * o->v_rate;
    return w->u > w->low_u && slope < 0 && rate > 0 ? -slope / rate : INFINITY;
}

static void go(walk *w, const course *o, double way)
{
    w->x += way;
    if (o->keep_y)
        w->u = (w->comfort.x[w->y.at] - w->offset - w->c * w->x) / w->d;
    else if (o->keep_z)
        w->u = (w->next.x[w->z.at] - w->drift - w->a * w->x) / w->b;
    else
        w->u += o->u_rate * way;
    w->u = w->u > w->low_u ? smaller(w->u, w->high_u) : w->low_u;
}

/* A derivative never falls: what does is rounding's. A line that goes on as the last one did is
 * none. */
static void add_line(walk *w, double x, double value, double rate)
{
    lines *to = &w->out;
    int last = to->count - 1;
    double end = last >= 0 ? on_line(to, last, x) : value;
    value = value > end ? value : end;
    if (to->count >= w->lines_max ||
        (last >= 0 && rate == to->rate[last] && value - end <= NOTHING * fabs(value)))
        return;
    to->x[to->count] = x;
    to->value[to->count] = value;
    to->rate[to->count++] = rate;
}

/* The lines `from` up to but not `to` of what follows, as those of this stage: where the power
 * stays, x and all that is paid for are lines of them. */
typedef struct image {
    double shift, inv, keep, value, bend, start;
} image;

static void copy_lines(walk *w, int from, int to, image at)
{
    const double *restrict zs = w->next.x, *restrict vs = w->next.value;
    const double *restrict rs = w->next.rate;
    int room = w->lines_max - w->out.count, count = to - from < room ? to - from : room;
    double *restrict x = w->out.x + w->out.count, *restrict v = w->out.value + w->out.count;
    double *restrict r = w->out.rate + w->out.count;
    OHM_LANES
    for (int i = 0; i < count; i++) {
        x[i] = (zs[from + i] - at.shift) * at.inv;
        v[i] = at.value + at.bend * (x[i] - at.start) + at.keep * vs[from + i];
        r[i] = at.bend + at.keep * at.keep * rs[from + i];
    }
    w->out.count += count;
}

static void add_piece(walk *w, const course *o, double x, double u, double worth)
{
    if (w->pieces_count < w->pieces_max)
        w->pieces[w->pieces_count++] = (piece){ x, u, o->u_rate, o->l, o->l_rate, worth, worth };
}

static void end_piece(walk *w, double worth)
{
    if (w->pieces_count)
        w->pieces[w->pieces_count - 1].worth_end = worth;
}

/* One course, as far as it goes. */
static void advance(walk *w, double high, const course *at)
{
    course o = *at;
    leave(&w->y, o.keep_y, w->c + w->d * o.u_rate);
    leave(&w->z, o.keep_z, w->a + w->b * o.u_rate);
    int at_y, at_z;
    double to_y = way_y(w, &o, &at_y), to_z = way_z(w, &o, &at_z), to_u = way_u(w, &o);
    double way = smaller(smaller(to_y, to_z), smaller(to_u, high - w->x));
    double worth = w->c * o.l + w->a * o.v, rate = w->c * o.l_rate + w->a * o.v_rate;
    if (way > 0 || high <= w->x) {
        add_line(w, w->x, worth, rate);
        add_piece(w, &o, w->x, w->u, worth);
        end_piece(w, worth + rate * way);
    }
    go(w, &o, way);
    if (to_y <= way && at_y >= 0)
        w->y = (stand){ at_y, w->d > 0 };
    if (to_z <= way && at_z >= 0)
        w->z = (stand){ at_z, true };
    if (to_u <= way && o.u_rate < 0)
        w->u = w->low_u;
}

/* The first line after j that begins at `end` or later, or where what follows is worth more than
 * `most`, or bends while that matters. */
static int last_line(const walk *w, int j, double end, double most)
{
    const lines *next = &w->next;
    j++;
    if (most == INFINITY)
        while (j < next->count && next->x[j] < end)
            j++;
    else
        while (j < next->count && next->x[j] < end && next->value[j] <= most && next->rate[j] <= 0)
            j++;
    return j;
}

/* How far the power stays at its limit, or y at its corner. */
static double end_of(const walk *w, const course *o, double high, bool *ret_event)
{
    double way = INFINITY, y = y_of(w);
    int i = w->y.at;
    if (o->keep_y)
        way = (w->low_u - w->u) / o->u_rate;
    else if (i + 1 < w->comfort.count)
        way = (w->comfort.x[i + 1] - y) / w->c;
    way = way > 0 ? way : 0;
    *ret_event = w->x + way <= high;
    return *ret_event ? w->x + way : high;
}

/* Up to which worth of what follows the course goes on. */
static double most_of(const walk *w, const course *o)
{
    if (!o->keep_y && w->u <= w->low_u)
        return INFINITY;
    double l = o->keep_y ? comfort_at(w, w->y.at - 1, w->comfort.x[w->y.at]) : o->l;
    double held = w->cost + w->d * l;
    return (-held + NOTHING * (fabs(w->cost) + w->d * fabs(l))) / w->b;
}

/* The power stays at a limit, or y at its corner: what follows is gone through line by line, until
 * that ends, or no longer pays. */
static void glide(walk *w, double high, const course *o)
{
    bool event;
    double from = w->x, end = end_of(w, o, high, &event), keep = w->a + w->b * o->u_rate;
    double shift = z_of(w) - keep * from, rest = w->c * o->l + w->a * o->v - keep * o->v;
    image at = { shift, 1 / keep, keep, rest, w->c * o->l_rate, from };
    int j = w->z.at, to = last_line(w, j, keep * end + shift, most_of(w, o));
    double worth = rest + keep * o->v;
    w->z.corner = false; /* it rises */
    add_line(w, from, worth, at.bend + keep * keep * w->next.rate[j]);
    add_piece(w, o, from, w->u, worth);
    copy_lines(w, j + 1, to, at);
    bool stops = to < w->next.count && w->next.x[to] < keep * end + shift;
    w->z = stops ? (stand){ to, true } : (stand){ to - 1, false };
    double x = stops ? (w->next.x[to] - shift) * at.inv : end;
    x = x > from ? x : from;
    go(w, o, x - from);
    w->x = x;
    end_piece(w, on_line(&w->out, w->out.count - 1, w->x));
    if (stops || !event)
        return;
    if (o->keep_y)
        w->u = w->low_u;
    else
        w->y = (stand){ w->y.at + 1, w->d > 0 };
}

static int find(const double *x, int count, double at)
{
    int low = 0, high = count;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (x[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void begin(walk *w, double low)
{
    w->x = low;
    w->u = w->high_u;
    w->y = (stand){ find(w->comfort.x, w->comfort.count, y_of(w)), false };
    w->z = (stand){ find(w->next.x, w->next.count, z_of(w)), false };
}

/* Whether the power stays at its limit, y and z rising from `p`: at the lower one always, at the
 * upper one while that pays. */
static bool stays(const walk *w, const place *p)
{
    if (w->u <= w->low_u)
        return true;
    bool level = w->comfort.rate[p->i] <= 0 && w->next.rate[p->j] <= 0;
    return w->u >= w->high_u && level && p->slope <= rounding(w, p);
}

static void step(walk *w, double high)
{
    bool low = w->u <= w->low_u, cornered = w->y.corner || w->z.corner;
    place below = place_of(w, !low, !low);
    if (!low && below.slope > rounding(w, &below)) {
        fall(w, &below);
        return;
    }
    place above = cornered && !low ? place_of(w, false, false) : below;
    if (stays(w, &above)) {
        course o = course_at(w, &above, 0);
        w->y.corner = false;
        glide(w, high, &o);
        return;
    }
    course o = decide(w, below);
    if (o.keep_y && o.v_rate == 0 && w->a + w->b * o.u_rate > 0)
        glide(w, high, &o);
    else
        advance(w, high, &o);
}

bool ohm_heating_walk(walk *w, double low, double high)
{
    int turns = 8 * (w->next.count + 16);
    begin(w, low);
    /* A step may only fall: then nothing is there yet. */
    for (; turns > 0 && (w->x < high || w->pieces_count == 0); turns--)
        step(w, high);
    return turns > 0 && w->out.count < w->lines_max && w->pieces_count < w->pieces_max;
}
