/* What the engine's rules are told of the hours that come: CO2 and weather as the sources say them,
 * and by how much the plan of the day, with its forecast of the house, passes the site's limit.
 * Only what a rule looks at is told, by hours, and again when it changes. An hour that nobody says
 * is left out: a rule that looks there asks nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "cmd/rule_build.h"
#include "host/clock.h"

enum {
    HOURS = 72,
    EVERY_MS = OHM_MINUTE_MS,
    QUARTER_MS = 15 * OHM_MINUTE_MS,
    LATE_MS = 3 * OHM_HOUR_MS, /* what was said for so long ago stands for now: CO2 comes late */
};

typedef bool tell_hour(const ohm_daemon *d, ohm_ms hour_ms, double *ret_value);

static bool said(const ohm_segment *segment, double *ret_value)
{
    if (segment)
        *ret_value = ohm_day_number(segment);
    return segment;
}

static bool tell_co2(const ohm_daemon *d, ohm_ms hour_ms, double *ret_g)
{
    ohm_ms now_ms = ohm_clock_utc();
    if (now_ms < hour_ms || now_ms >= hour_ms + OHM_HOUR_MS)
        return said(ohm_daemon_co2_at(d, hour_ms + OHM_HOUR_MS / 2), ret_g);
    for (int64_t late_ms = 0; late_ms <= LATE_MS; late_ms += QUARTER_MS)
        if (said(ohm_daemon_co2_at(d, now_ms - late_ms), ret_g))
            return true;
    return false;
}

static bool tell_outdoor(const ohm_daemon *d, ohm_ms hour_ms, double *ret_cc)
{
    bool known = said(ohm_daemon_outdoor_at(d, hour_ms + OHM_HOUR_MS / 2), ret_cc);
    *ret_cc = known ? *ret_cc * 100 : 0;
    return known;
}

/* The worst of its steps; all of them are planned, or those that are left. */
static bool tell_overrun(const ohm_daemon *d, ohm_ms hour_ms, double *ret_w)
{
    const ohm_day_job *job = d->plan ? d->plan->last : NULL;
    bool known = false;
    for (int k = 0; job && k < job->facts.steps; k++) {
        ohm_ms at_ms = job->facts.from_ms + k * job->facts.step_ms;
        if (at_ms < hour_ms || at_ms >= hour_ms + OHM_HOUR_MS)
            continue;
        double w = ohm_day_over_kw(job, k) * 1000;
        *ret_w = known && *ret_w > w ? *ret_w : w;
        known = true;
    }
    return known;
}

static const struct {
    ohm_when_kind when;
    ohm_signal_kind signal;
    tell_hour *tell;
    int32_t least, most;
} rows[OHM_OUTLOOKS_COUNT] = {
    { OHM_WHEN_CO2, OHM_SIGNAL_CO2, tell_co2, 0, OHM_CO2_G_MAX },
    { OHM_WHEN_OUTDOOR, OHM_SIGNAL_OUTDOOR, tell_outdoor, -OHM_OUTDOOR_CC_MAX, OHM_OUTDOOR_CC_MAX },
    { OHM_WHEN_OVERRUN, OHM_SIGNAL_OVERRUN, tell_overrun, -OHM_ENGINE_POWER_W_MAX,
      OHM_ENGINE_POWER_W_MAX },
};

static void make(const ohm_daemon *d, int row, ohm_signal_set *out)
{
    ohm_ms now_ms = ohm_clock_utc();
    *out = (ohm_signal_set){ .kind = rows[row].signal, .made_ms = OHM_NO_MS, .fetched_ms = now_ms };
    for (int h = 0; h < HOURS; h++) {
        ohm_ms hour_ms = now_ms - now_ms % OHM_HOUR_MS + h * OHM_HOUR_MS;
        double value = 0;
        bool good = rows[row].tell(d, hour_ms, &value) && value >= rows[row].least &&
                    value <= rows[row].most; /* what no site can have is not told */
        if (good)
            out->intervals[out->count++] =
                (ohm_signal_interval){ { hour_ms, hour_ms + OHM_HOUR_MS }, (int32_t)lround(value) };
    }
}

static bool is_same(const ohm_signal_set *a, const ohm_signal_set *b)
{
    return a->count == b->count && a->kind == b->kind && a->fetched_ms != 0 && b->fetched_ms != 0 &&
           !memcmp(a->intervals, b->intervals, a->count * sizeof *a->intervals);
}

/* Each minute, and at once where a rule begins to look. Without a plan the hours of the last one
 * hold: they end by themselves, and those that a restart found go on. */
static bool is_due(ohm_daemon *d, int row)
{
    ohm_daemon_outlooks *o = &d->outlooks;
    bool looks = ohm_rules_look_at(&d->config->rules, rows[row].when);
    bool begins = looks && !o->looked[row];
    if (rows[row].when == OHM_WHEN_OVERRUN && !(d->plan && d->plan->last))
        return false;
    o->looked[row] = looks;
    return looks && (begins || ohm_mono_since(ohm_clock_mono(), o->told[row]) >= EVERY_MS);
}

void ohm_daemon_outlook_tick(ohm_daemon *d)
{
    ohm_signal_set *set = NULL;
    for (int row = 0; row < OHM_OUTLOOKS_COUNT && d->clock_set && !d->stopping; row++) {
        if (!is_due(d, row))
            continue;
        set = set ? set : malloc(sizeof *set);
        if (!set)
            return; /* the next tick tries again */
        d->outlooks.told[row] = ohm_clock_mono();
        make(d, row, set);
        if (is_same(set, &d->outlooks.last[row]))
            continue;
        d->outlooks.last[row] = *set;
        ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = set });
    }
    free(set);
}

void ohm_daemon_outlook_planned(ohm_daemon *d)
{
    d->outlooks.looked[OHM_OUTLOOK_OVERRUN] = false;
}

void ohm_daemon_outlooks_told(const ohm_daemon *d, bool out[static OHM_OUTLOOKS_COUNT])
{
    ohm_build_outlooks(d->site, out);
    out[OHM_OUTLOOK_OVERRUN] = out[OHM_OUTLOOK_OVERRUN] && !d->options.no_plan;
}
