/* Phases and branches in the plan: a load that finds no room on its own one is off, and where two
 * or more would draw too much there together, who gives way first. The plan as a whole knows the
 * site's power alone (plan/home.h). What nobody plans is taken to be on the phases evenly, and on
 * no branch; panels help no phase. */
#include <math.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"

enum { PHASES = OHM_SCOPES - 1 };
static const double NEAR_KW = 1e-4;

void ohm_day_scope_limit(ohm_day_facts *facts, uint8_t scope, int k, double kw)
{
    ohm_day_scope *of = &facts->scopes[scope];
    for (int n = 0; n < facts->steps && !of->limited; n++)
        of->room_kw[n] = INFINITY;
    of->limited = true;
    of->room_kw[k] = fminf(of->room_kw[k], (float)kw);
}

static bool has_phases(const ohm_day_facts *facts)
{
    return facts->scopes[2].limited || facts->scopes[3].limited;
}

/* What hangs where: a load without a phase is on all of them where there are several. */
static void know_draws(const ohm_daemon *d, ohm_day_facts *facts)
{
    bool phases = has_phases(facts);
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        const ohm_day_load *load = &facts->loads[i];
        for (int n = 0; load->there && n < load->count; n++) {
            const ohm_load *of = &d->config->loads[load->loads[n]];
            for (int p = 1; p <= PHASES && phases; p++)
                facts->scopes[p].draw_kw[i] += of->phase == p   ? (float)load->each_kw[n]
                                               : of->phase == 0 ? (float)load->each_kw[n] / PHASES
                                                                : 0;
            if (of->branch > 0)
                facts->scopes[PHASES + of->branch].draw_kw[i] += (float)load->each_kw[n];
        }
    }
}

/* A load with a setpoint is planned with what it may draw where it may draw least. */
static void cap(ohm_day_facts *facts, int i, const ohm_day_scope *scope)
{
    ohm_day_load *load = &facts->loads[i];
    double most_kw = load->power_kw, share = (double)scope->draw_kw[i] / load->each_kw[0];
    for (int k = 0; k < facts->steps && share > 0; k++) {
        double kw = (double)scope->room_kw[k] / share;
        if (kw >= load->least_kw)
            most_kw = fmin(most_kw, kw);
    }
    load->power_kw = most_kw;
}

void ohm_day_scopes_hold(ohm_day_facts *facts)
{
    for (int s = 1; s < OHM_SCOPES_ALL; s++) {
        const ohm_day_scope *scope = &facts->scopes[s];
        for (int i = 0; scope->limited && i < OHM_DAY_LOADS; i++) {
            const ohm_day_load *load = &facts->loads[i];
            if (!load->there || scope->draw_kw[i] <= 0)
                continue;
            double least = load->step_w > 0 ? load->least_kw / load->each_kw[0] : 1;
            if (load->step_w > 0)
                cap(facts, i, scope);
            for (int k = 0; k < facts->steps; k++)
                if (least * (double)scope->draw_kw[i] > (double)scope->room_kw[k] + NEAR_KW &&
                    !ohm_day_is_taken(facts, i, k))
                    ohm_day_hold(facts, i, k, OHM_DAY_BY_ROOM);
        }
    }
}

void ohm_day_scopes_know(const ohm_daemon *d, ohm_day_facts *facts)
{
    know_draws(d, facts);
    for (int s = 1; s < OHM_SCOPES_ALL; s++)
        for (int k = 0; k < facts->steps && facts->scopes[s].limited && s <= PHASES; k++)
            facts->scopes[s].room_kw[k] -= (float)(facts->base_kw[k] / PHASES);
    ohm_day_scopes_hold(facts);
}

/* --- together --------------------------------------------------------------------------------- */

static double drawn_kw(const ohm_day_job *job, const ohm_day_scope *scope, int i, int k)
{
    const ohm_day_load *load = &job->facts.loads[i];
    double share =
        i == OHM_HOME_CAR && job->car_w[k] > 0 ? job->car_w[k] / 1000.0 / load->each_kw[0] : 1;
    return load->there && job->runs[i][k] ? share * (double)scope->draw_kw[i] : 0;
}

static double sum_kw(const ohm_day_job *job, const ohm_day_scope *scope, int k)
{
    double kw = 0;
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        kw += drawn_kw(job, scope, i, k);
    return kw;
}

/* Of those that run, on the scope and by the plan's will: who gives way first; -1. */
static int first_to_go(const ohm_day_job *job, const ohm_day_scope *scope, int k)
{
    int first = -1;
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (drawn_kw(job, scope, i, k) > 0 && !ohm_day_is_taken(&job->facts, i, k) &&
            (first < 0 || ohm_day_key(&job->facts, i) < ohm_day_key(&job->facts, first)))
            first = i;
    return first;
}

/* Room that nobody uses is for who gives way first; who does not fit beside that stays off. */
static void close_scope(ohm_day_job *job, const ohm_day_scope *scope, int k)
{
    ohm_day_facts *facts = &job->facts;
    double left_kw = (double)scope->room_kw[k] - sum_kw(job, scope, k) + NEAR_KW;
    bool seen[OHM_DAY_LOADS] = { false };
    for (int turn = 0; turn < OHM_DAY_LOADS; turn++) {
        int next = -1;
        for (int i = 0; i < OHM_DAY_LOADS; i++)
            if (facts->loads[i].there && scope->draw_kw[i] > 0 && !seen[i] && !job->runs[i][k] &&
                !ohm_day_is_taken(facts, i, k) &&
                (next < 0 || ohm_day_key(facts, i) < ohm_day_key(facts, next)))
                next = i;
        if (next < 0)
            return;
        seen[next] = true;
        if ((double)scope->draw_kw[next] <= left_kw)
            left_kw -= (double)scope->draw_kw[next];
        else
            ohm_day_hold(facts, next, k, OHM_DAY_BY_ROOM);
    }
}

bool ohm_day_crowds(ohm_day_job *job, bool last)
{
    bool any = false;
    for (int s = 1; s < OHM_SCOPES_ALL; s++) {
        const ohm_day_scope *scope = &job->facts.scopes[s];
        for (int k = 0; k < job->facts.steps && scope->limited; k++) {
            int first = 0;
            while (first >= 0 && sum_kw(job, scope, k) > (double)scope->room_kw[k] + NEAR_KW) {
                first = first_to_go(job, scope, k);
                if (first < 0)
                    break;
                ohm_day_hold(&job->facts, first, k, OHM_DAY_BY_ROOM);
                job->runs[first][k] = false; /* planned anew */
                any = true;
            }
            if (last)
                close_scope(job, scope, k);
        }
    }
    return any;
}
