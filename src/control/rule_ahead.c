/* Conditions on what is told of the hours that come: CO2, the weather, an overrun. */
#include "control/rule.h"
#include "grid/signal.h"

int ohm_when_outlook(ohm_when_kind kind)
{
    return kind == OHM_WHEN_CO2       ? OHM_OUTLOOK_CO2
           : kind == OHM_WHEN_OUTDOOR ? OHM_OUTLOOK_OUTDOOR
           : kind == OHM_WHEN_OVERRUN ? OHM_OUTLOOK_OVERRUN
                                      : OHM_OUTLOOKS_COUNT;
}

/* Of when it speaks: now, the hours from now on, or the whole of tomorrow. */
static ohm_interval window_of(const ohm_when *when, const ohm_rules_now *now)
{
    if (when->tomorrow)
        return now->tomorrow;
    int64_t ms = when->ahead_ms > 0 ? when->ahead_ms : 1;
    return (ohm_interval){ now->utc_ms, now->utc_ms + ms };
}

static bool is_so(const ohm_when *when, bool was_on, int64_t value)
{
    int64_t slack = was_on ? when->hysteresis : 0;
    return when->below ? value < when->threshold + slack : value > when->threshold - slack;
}

/* One hour that is so is enough. That none is takes all of tomorrow, and of the hours from now on
 * more than half, without a gap: a forecast ends somewhere, and what it does not reach must not
 * keep a rule from ever being over. */
int ohm_rule_ahead(const ohm_when *when, bool was_on, const ohm_rules_now *now)
{
    const ohm_signal_set *told = now->outlooks[ohm_when_outlook(when->kind)];
    if (!now->calendar || !told)
        return -1;
    const ohm_interval window = window_of(when, now);
    ohm_ms known_ms = window.from_ms; /* up to when all is told */
    for (uint16_t i = 0; i < told->count; i++) {
        const ohm_signal_interval *one = &told->intervals[i];
        if (one->when.to_ms <= window.from_ms || one->when.from_ms >= window.to_ms)
            continue;
        if (is_so(when, was_on, one->level))
            return 1;
        if (one->when.from_ms <= known_ms)
            known_ms = one->when.to_ms;
    }
    bool most = !when->tomorrow && known_ms - window.from_ms > (window.to_ms - window.from_ms) / 2;
    return most || known_ms >= window.to_ms ? 0 : -1;
}
