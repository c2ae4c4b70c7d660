#include "control/heat.h"

#include <assert.h>
#include <string.h>

enum { DAY_MINUTES = 24 * 60, WEEK_MINUTES = 7 * DAY_MINUTES, STALE_MS_MAX = 86400000 };

void ohm_heat_init(ohm_heat_state *state)
{
    *state = (ohm_heat_state){ .override_end_ms = OHM_NO_MS };
}

/* --- checking ----------------------------------------------------------------------------- */

static bool is_set(int32_t cc)
{
    return cc >= OHM_HEAT_SET_CC_MIN && cc <= OHM_HEAT_SET_CC_MAX;
}

static bool is_air(int64_t cc)
{
    return cc >= OHM_HEAT_AIR_CC_MIN && cc <= OHM_HEAT_AIR_CC_MAX;
}

static ohm_err check_times(const ohm_heat_zone *zone, uint16_t at)
{
    if (zone->times_count == 0 || zone->times_count > OHM_HEAT_TIMES_MAX)
        return ohm_fail(OHM_RANGE, at, "a zone has 1 to 16 set points");
    for (uint16_t i = 0; i < zone->times_count; i++) {
        const ohm_heat_time *time = &zone->times[i];
        if (time->minute >= DAY_MINUTES || time->weekdays == 0 || time->weekdays > 0x7f)
            return ohm_fail(OHM_RANGE, at, "a set point has a minute of a day of the week");
        if (!is_set(time->set_cc))
            return ohm_fail(OHM_RANGE, at, "a set point is between 5 and 35 C");
        for (uint16_t j = 0; j < i; j++)
            if (zone->times[j].minute == time->minute && zone->times[j].weekdays & time->weekdays)
                return ohm_fail(OHM_CONFLICT, at, "two set points begin at once");
    }
    return ohm_ok();
}

static ohm_err check_bands(const ohm_heat_zone *zone, uint16_t at)
{
    if (zone->hysteresis_cc < 10 || zone->hysteresis_cc > OHM_HEAT_SLACK_CC_MAX)
        return ohm_fail(OHM_RANGE, at, "a thermostat's hysteresis is between 0.1 and 10 K");
    if (zone->frost_cc < 0 || zone->frost_cc > OHM_HEAT_FROST_CC_MAX)
        return ohm_fail(OHM_RANGE, at, "a frost floor is between 0 and 15 C");
    if (zone->below_cc < zone->hysteresis_cc || zone->below_cc > OHM_HEAT_SLACK_CC_MAX ||
        zone->above_cc < zone->hysteresis_cc || zone->above_cc > OHM_HEAT_SLACK_CC_MAX)
        return ohm_fail(OHM_RANGE, at,
                        "a plan may go as far as the thermostat does at the least, 10 K at most");
    if (zone->stale_ms <= 0 || zone->stale_ms > STALE_MS_MAX)
        return ohm_fail(OHM_RANGE, at, "a sensor is silent after one second to one day");
    return ohm_ok();
}

static ohm_err check_loads(const ohm_heat_zone *zones, uint16_t at, const ohm_load *loads,
                           uint16_t loads_count)
{
    const ohm_heat_zone *zone = &zones[at];
    if (zone->loads_count == 0 || zone->loads_count > OHM_HEAT_LOADS_MAX)
        return ohm_fail(OHM_RANGE, at, "a zone has 1 to 8 loads that heat it");
    for (uint16_t i = 0; i < zone->loads_count; i++) {
        if (zone->loads[i] >= loads_count)
            return ohm_fail(OHM_UNKNOWN, at, "a zone is heated by a load that is not there");
        if (loads[zone->loads[i]].never_shed)
            return ohm_fail(OHM_CONFLICT, at, "a load that is never shed has no thermostat here");
        for (uint16_t z = 0; z <= at; z++)
            for (uint16_t k = 0; k < (z < at ? zones[z].loads_count : i); k++)
                if (zones[z].loads[k] == zone->loads[i])
                    return ohm_fail(OHM_CONFLICT, at, "a load heats two zones");
    }
    return ohm_ok();
}

ohm_err ohm_heat_check(const ohm_heat_zone *zones, uint16_t count, const ohm_load *loads,
                       uint16_t loads_count)
{
    if (count > OHM_HEAT_ZONES_MAX)
        return ohm_fail(OHM_TOO_BIG, count, "too many zones");
    for (uint16_t i = 0; i < count; i++) {
        const ohm_heat_zone *zone = &zones[i];
        if (!zone->id[0] || !memchr(zone->id, '\0', sizeof zone->id) ||
            !memchr(zone->name, '\0', sizeof zone->name))
            return ohm_fail(OHM_BAD_FORMAT, i, "a zone has no id");
        for (uint16_t j = 0; j < i; j++)
            if (strcmp(zones[j].id, zone->id) == 0)
                return ohm_fail(OHM_CONFLICT, i, "two zones have one id");
        if (zone->device >= OHM_DEVICES_MAX)
            return ohm_fail(OHM_UNKNOWN, i, "a zone's sensor is no device");
        OHM_TRY(check_bands(zone, i));
        OHM_TRY(check_times(zone, i));
        OHM_TRY(check_loads(zones, i, loads, loads_count));
    }
    return ohm_ok();
}

bool ohm_heat_state_ok(const ohm_heat_state *state)
{
    return (!state->known || is_air(state->air_cc)) && (!state->has_set || is_set(state->set_cc)) &&
           (!state->overridden || is_set(state->override_cc));
}

/* --- what is known ------------------------------------------------------------------------ */

bool ohm_heat_reads(const ohm_heat_zone *zones, uint16_t count, uint16_t device)
{
    for (uint16_t i = 0; i < count; i++)
        if (zones[i].device == device)
            return true;
    return false;
}

static void says_anew(ohm_heat_state *state, ohm_mono_ms now)
{
    state->same_mono = now;
    state->still = false;
}

void ohm_heat_frame(const ohm_heat_zone *zones, uint16_t count, ohm_heat_state *states,
                    const ohm_frame *frame, ohm_mono_ms now)
{
    for (uint16_t v = 0; v < frame->count; v++) {
        const ohm_value *value = &frame->values[v];
        if (value->quantity != OHM_Q_TEMPERATURE || value->quality == OHM_QUALITY_SUSPECT ||
            !is_air(value->value))
            continue;
        for (uint16_t i = 0; i < count; i++) {
            if (zones[i].device != frame->device)
                continue;
            if (!states[i].known || states[i].air_cc != (int32_t)value->value)
                says_anew(&states[i], now);
            states[i].known = true;
            states[i].air_cc = (int32_t)value->value;
            states[i].mono = now;
        }
    }
}

int32_t ohm_heat_set_at(const ohm_heat_zone *zone, uint8_t weekday, uint16_t minute)
{
    int now = weekday * DAY_MINUTES + minute, nearest = WEEK_MINUTES;
    int32_t set_cc = zone->times[0].set_cc;
    for (uint16_t i = 0; i < zone->times_count; i++)
        for (int day = 0; day < 7; day++) {
            if (!(zone->times[i].weekdays >> day & 1))
                continue;
            int ago = now - (day * DAY_MINUTES + zone->times[i].minute);
            ago = ago < 0 ? ago + WEEK_MINUTES : ago;
            if (ago < nearest) {
                nearest = ago;
                set_cc = zone->times[i].set_cc;
            }
        }
    return set_cc;
}

void ohm_heat_override(ohm_heat_state *state, int32_t set_cc, ohm_mono_ms end_mono, ohm_ms end_ms)
{
    state->overridden = true;
    state->override_cc = set_cc;
    state->override_end_mono = end_mono;
    state->override_end_ms = end_ms;
}

void ohm_heat_override_clear(ohm_heat_state *state)
{
    state->overridden = false;
    state->override_end_ms = OHM_NO_MS;
}

/* --- the thermostat ----------------------------------------------------------------------- */

/* On below `on_cc`, off from `off_cc` on, in between as before. */
static bool latch(bool was, int32_t air_cc, int32_t on_cc, int32_t off_cc)
{
    return air_cc < on_cc || (was && air_cc < off_cc);
}

static void find_set(const ohm_heat_zone *zone, ohm_heat_state *state, const ohm_heat_now *now)
{
    if (state->overridden && ohm_mono_since(now->mono, state->override_end_mono) >= 0)
        ohm_heat_override_clear(state);
    if (state->overridden)
        state->set_cc = state->override_cc;
    else if (now->calendar)
        state->set_cc = ohm_heat_set_at(zone, now->weekday, now->minute);
    else if (!state->has_set)
        state->set_cc = zone->times[0].set_cc; /* without a clock, and without a memory */
    state->has_set = true;
}

/* A room that was below its frost floor when its sensor fell silent is kept from freezing, and by a
 * heater without a thermostat not made an oven of: a quarter of each hour. */
static bool heats_blindly(const ohm_heat_zone *zone, const ohm_heat_state *s, ohm_mono_ms now)
{
    int64_t lost_ms = ohm_mono_since(now, s->mono) - zone->stale_ms;
    return s->frozen && lost_ms % OHM_HOUR_MS < OHM_HEAT_BLIND_MS;
}

static ohm_warmth warmth_of(const ohm_heat_zone *zone, ohm_heat_state *s, ohm_mono_ms now)
{
    if (!s->known && zone->stale_fed)
        return OHM_WARMTH_NONE;
    if (!s->known)
        return heats_blindly(zone, s, now) ? OHM_WARMTH_FROST : OHM_WARMTH_REST;
    int32_t band = zone->hysteresis_cc;
    int32_t low = s->set_cc - zone->below_cc, high = s->set_cc + zone->above_cc;
    s->frozen =
        latch(s->frozen, s->air_cc, zone->frost_cc, zone->frost_cc + OHM_HEAT_FROST_BAND_CC);
    s->heats = latch(s->heats, s->air_cc, s->set_cc - band, s->set_cc + band);
    s->cold = latch(s->cold, s->air_cc, low, low + band);
    s->hot = !latch(!s->hot, s->air_cc, high - band, high);
    if (s->frozen)
        return OHM_WARMTH_FROST;
    if (s->hot)
        return OHM_WARMTH_HOT;
    if (s->cold)
        return OHM_WARMTH_COLD;
    return s->heats ? OHM_WARMTH_HEAT : OHM_WARMTH_REST;
}

static ohm_heat_news news_of(const ohm_heat_zone *zone, ohm_heat_state *s, ohm_mono_ms now)
{
    if (!s->known && s->mono.v == 0)
        s->mono = now;
    if (s->same_mono.v == 0) /* of a snapshot that did not have it */
        s->same_mono = now;
    if (!s->lost && ohm_mono_since(now, s->mono) > zone->stale_ms) {
        s->known = false;
        s->lost = true;
        return OHM_HEAT_LOST;
    }
    if (s->known && s->lost) {
        s->lost = false;
        return OHM_HEAT_BACK;
    }
    if (s->known && !s->still && ohm_mono_since(now, s->same_mono) > OHM_HEAT_STILL_MS) {
        s->still = true;
        return OHM_HEAT_STILL;
    }
    return OHM_HEAT_NO_NEWS;
}

void ohm_heat_step(const ohm_heat_zone *zones, uint16_t count, ohm_heat_state *states,
                   ohm_load_state *loads, uint16_t loads_count, const ohm_heat_now *now,
                   ohm_heat_news *ret_news)
{
    for (uint16_t z = 0; z < count; z++) {
        const ohm_heat_zone *zone = &zones[z];
        ohm_heat_state *state = &states[z];
        ret_news[z] = news_of(zone, state, now->mono);
        find_set(zone, state, now);
        ohm_warmth warmth = warmth_of(zone, state, now->mono);
        for (uint16_t i = 0; i < zone->loads_count; i++) {
            assert(zone->loads[i] < loads_count);
            loads[zone->loads[i]].warmth = warmth;
        }
    }
}

void ohm_heat_start(const ohm_heat_zone *zones, uint16_t count, ohm_heat_state *states,
                    ohm_mono_ms now)
{
    for (uint16_t i = 0; i < count; i++) {
        int64_t wait_ms =
            zones[i].stale_ms < OHM_HEAT_WAIT_MS ? zones[i].stale_ms : OHM_HEAT_WAIT_MS;
        ohm_mono_ms least = ohm_mono_after(now, wait_ms - zones[i].stale_ms);
        if (states[i].mono.v != 0 && !states[i].lost && states[i].mono.v < least.v)
            states[i].mono = least;
    }
}

void ohm_heat_rebase(ohm_heat_state *states, uint16_t count, int64_t shift_ms)
{
    for (uint16_t i = 0; i < count; i++) {
        states[i].mono.v += states[i].mono.v ? shift_ms : 0;
        states[i].same_mono.v += states[i].same_mono.v ? shift_ms : 0;
        states[i].override_end_mono.v += shift_ms;
    }
}
