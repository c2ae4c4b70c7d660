#include "control/limit.h"

#include <assert.h>
#include <string.h>
ohm_force ohm_limit_force(ohm_limit_kind kind)
{
    static const ohm_force forces[OHM_LIMIT_KINDS_COUNT] = {
        [OHM_LIMIT_FUSE] = OHM_FORCE_SAFETY,
        [OHM_LIMIT_GRID] = OHM_FORCE_GRID,
        [OHM_LIMIT_CAP] = OHM_FORCE_CAP,
    };
    assert(kind < OHM_LIMIT_KINDS_COUNT);
    return forces[kind];
}

const char *ohm_limit_kind_name(ohm_limit_kind kind)
{
    static const char *const names[OHM_LIMIT_KINDS_COUNT] = {
        [OHM_LIMIT_FUSE] = "fuse",
        [OHM_LIMIT_GRID] = "grid",
        [OHM_LIMIT_CAP] = "cap",
    };
    assert(kind < OHM_LIMIT_KINDS_COUNT);
    return names[kind];
}

static ohm_err check_limit(const ohm_power_limit *limit, uint32_t i)
{
    if (!memchr(limit->id, '\0', sizeof limit->id))
        return ohm_fail(OHM_TOO_BIG, i, "a limit's id is too long");
    if (limit->id[0] == '\0')
        return ohm_fail(OHM_BAD_FORMAT, i, "a limit has no id");
    if (limit->kind >= OHM_LIMIT_KINDS_COUNT)
        return ohm_fail(OHM_RANGE, i, "a limit is a fuse, of the grid, or a cap");
    if (limit->phase > 3)
        return ohm_fail(OHM_RANGE, i, "a limit's phase is 1, 2, 3, or 0 for all together");
    if (limit->va < 0 || limit->va > OHM_LIMIT_VA_MAX)
        return ohm_fail(OHM_RANGE, i, "a limit's power is out of range");
    if (limit->branch > OHM_BRANCHES_MAX || (limit->branch > 0 && limit->phase > 0))
        return ohm_fail(OHM_RANGE, i, "a limit is of the site, a phase or a branch");
    if (limit->day != OHM_DAY_UNKNOWN && limit->day != OHM_DAY_WHITE && limit->day != OHM_DAY_RED &&
        limit->day != OHM_DAY_PEAK)
        return ohm_fail(OHM_RANGE, i, "a limit's day is white, red or peak");
    bool at_times = limit->ecowatt_level != 0 || limit->day != OHM_DAY_UNKNOWN;
    if (limit->kind == OHM_LIMIT_FUSE && (limit->va == 0 || at_times))
        return ohm_fail(OHM_CONFLICT, i, "a fuse has a power, and holds at any time");
    if (limit->ecowatt_level != 0 &&
        (limit->ecowatt_level < OHM_LEVEL_SHED_MIN || limit->ecowatt_level > OHM_LEVEL_MAX))
        return ohm_fail(OHM_RANGE, i, "a limit's level is 2 or 3: lower levels never shed");
    return ohm_ok();
}

ohm_err ohm_limits_check(const ohm_power_limit *limits, uint16_t count)
{
    if (count > OHM_LIMITS_MAX)
        return ohm_fail(OHM_TOO_BIG, count, "too many limits");
    for (uint32_t i = 0; i < count; i++) {
        OHM_TRY(check_limit(&limits[i], i));
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(limits[i].id, limits[j].id) == 0)
                return ohm_fail(OHM_CONFLICT, i, "two limits have the same id");
    }
    return ohm_ok();
}

static bool is_day(ohm_day_code wanted, ohm_day_code day)
{
    return wanted == OHM_DAY_UNKNOWN || day == wanted ||
           (wanted == OHM_DAY_WHITE && day == OHM_DAY_RED);
}

int32_t ohm_limit_now(const ohm_power_limit *limit, const ohm_limit_state *state, int32_t level,
                      ohm_day_code day)
{
    if (limit->ecowatt_level != 0 && level < limit->ecowatt_level)
        return OHM_LIMIT_VA_NONE;
    if (!is_day(limit->day, day))
        return OHM_LIMIT_VA_NONE;
    if (state->set)
        return state->va; /* an order of 0 VA is one */
    return limit->va > 0 ? limit->va : OHM_LIMIT_VA_NONE;
}

void ohm_bounds_add(ohm_bounds *bounds, ohm_force force, uint8_t scope, ohm_bound bound)
{
    assert(force > OHM_FORCE_NONE && force < OHM_FORCES_COUNT && scope < OHM_SCOPES_ALL);
    ohm_bound *at = &bounds->at[force][scope];
    if (bound.va < 0 || (at->given && at->va <= bound.va))
        return;
    *at = bound;
    at->given = true;
    bounds->any = true;
}
